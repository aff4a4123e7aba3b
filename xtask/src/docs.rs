//! `cargo xtask docs`: the references of Rust, Kotlin and Swift, each of which has to be complete.

mod symbols;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::swift::Swift;
use crate::workspace::Workspace;
use crate::{bindings, kotlin, rust, step};

/// Builds every reference, also after one has failed, and says where each lies. `false` if one failed.
pub fn run(ws: &Workspace) -> Result<bool> {
    bindings::generate(ws)?;
    let mut lines = Vec::new();
    let mut failed = Vec::new();
    for (language, build) in REFERENCES {
        let folder = ws.target.join("docs").join(language);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        match build(ws, &folder).and_then(|start| existing(&folder, start)) {
            Ok(page) => lines.push(format!("{language:<7} {}", page.display())),
            Err(error) => {
                step::note(&format!("{language}: {error:#}"));
                failed.push(*language);
            }
        }
    }
    println!();
    for line in &lines {
        println!("{line}");
    }
    println!("\n{WHAT_THEY_ARE}");
    match failed.is_empty() {
        true => println!("docs: all {} references were built", REFERENCES.len()),
        false => println!("docs: failed: {}", failed.join(", ")),
    }
    Ok(failed.is_empty())
}

/// The page that a reference starts with; a program that has ended well has not always made one.
fn existing(folder: &Path, start: &str) -> Result<PathBuf> {
    let page = folder.join(start);
    if !page.is_file() {
        bail!("{} was not made", page.display());
    }
    Ok(page)
}

/// What the crates show to each other and to apps. Rustdoc's own lints, and `missing_docs` of the compiler, are errors.
fn rust(ws: &Workspace, folder: &Path) -> Result<&'static str> {
    rust::set_up(ws)?;
    let made = ws.target.join("doc");
    if made.exists() {
        fs::remove_dir_all(&made)?;
    }
    step::run(ws, "reference of Rust", rust::reference(ws))?;
    fs::create_dir_all(folder)?;
    fs::rename(&made, folder)?;
    Ok("tacita_core/index.html")
}

/// The kit and what of the bindings it hands out. Dokka fails over what the kit leaves undocumented.
fn kotlin(ws: &Workspace, folder: &Path) -> Result<&'static str> {
    kotlin::set_up(ws)?;
    step::run(ws, "reference of Kotlin", kotlin::reference(ws, folder))?;
    Ok("index.html")
}

/// The same in Swift. DocC passes over what is undocumented, so that is looked for before.
fn swift(ws: &Workspace, folder: &Path) -> Result<&'static str> {
    let swift = Swift::set_up(ws)?;
    let scratch = ws.target.join("docs-swift");
    if scratch.exists() {
        fs::remove_dir_all(&scratch)?;
    }
    let graphs = swift.write_symbols(ws, KIT, &scratch)?;
    symbols::keep_only(&graphs, KIT)?;
    let bare = symbols::undocumented(&graphs, KIT)?;
    if !bare.is_empty() {
        bail!(
            "{KIT} does not say what these are:\n  {}",
            bare.join("\n  ")
        );
    }
    fs::create_dir_all(folder)?;
    swift
        .convert(ws, &ws.path(CATALOG), &graphs, folder)
        .context("the symbols are documented, but DocC made no reference of them")?;
    Ok("documentation/tacitakit/index.html")
}

type Build = fn(&Workspace, &Path) -> Result<&'static str>;

const REFERENCES: &[(&str, Build)] = &[("rust", rust), ("kotlin", kotlin), ("swift", swift)];

const KIT: &str = "TacitaKit";
const CATALOG: &str = "ios/Sources/TacitaKit/TacitaKit.docc";

const WHAT_THEY_ARE: &str = "\
DocC's pages need a server: `python3 -m http.server --directory target/docs/swift`, then /documentation/tacitakit.
The kits' references also show functions for tests (testVault, runVector, …ForBench), which a release lacks. Not among
them is what needs Android's or Apple's frameworks: android/platform, TacitaPlatform, and the apps.";
