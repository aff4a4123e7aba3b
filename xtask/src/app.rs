//! `cargo xtask desktop` and `cargo xtask screens`: the Android app on this machine, in a window and in pictures.

use std::fs;
use std::os::unix::process::CommandExt as _;

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;
use crate::{bindings, kotlin, program};

/// Builds the app and opens it in a window; gives its arguments to it.
pub fn desktop(ws: &Workspace, arguments: &[String]) -> Result<bool> {
    kotlin::set_up_screens(ws)?;
    bindings::generate(ws)?;
    kotlin::build(ws, "tacita-app")?;
    let words = kotlin::desktop_command(ws);
    let (java, options) = words.split_first().context("no command")?;
    let mut command = program::program(ws, java);
    command.args(options).args(arguments);
    Err(command.exec()).context("opening the window")
}

/// Photographs every screen in every state and look, into a folder with one page that shows them all.
pub fn screens(ws: &Workspace) -> Result<bool> {
    kotlin::set_up_screens(ws)?;
    bindings::generate(ws)?;
    let folder = ws.target.join("screens");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let told = format!("tacita.screens={}", folder.display());
    let outcome = kotlin::run_app_test(ws, "PicturesTest", &[told])?;
    if !folder.join("index.html").is_file() {
        bail!("no pictures were taken");
    }
    let pictures = fs::read_dir(&folder)?
        .filter(|entry| {
            entry
                .as_ref()
                .is_ok_and(|entry| entry.path().extension().is_some_and(|end| end == "png"))
        })
        .count();
    println!(
        "{pictures} pictures: {}",
        folder.join("index.html").display()
    );
    Ok(outcome.succeeded)
}
