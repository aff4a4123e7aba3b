//! `cargo xtask conversations`: the simulator of the protocol, which is an example of the core.

use std::os::unix::process::CommandExt as _;

use anyhow::{Context as _, Result};

use crate::program;
use crate::workspace::Workspace;

/// Plays `count` conversations from the seed `first` on, or the one of `seed` again, all of it shown.
pub fn run(ws: &Workspace, count: u64, first: u64, seed: Option<u64>) -> Result<bool> {
    let mut command = program::cargo(ws);
    command.args(["run", "--release", "--locked", "--package", "tacita-core"]);
    // The simulator needs the two lowest layers only.
    command.args(["--no-default-features", "--example", "conversations", "--"]);
    match seed {
        Some(seed) => command.args(["--seed", &seed.to_string()]),
        None => command.args(["--count", &count.to_string(), "--first", &first.to_string()]),
    };
    Err(command.exec()).context("starting cargo")
}
