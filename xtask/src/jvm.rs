//! `cargo xtask jvm`: the library of this machine in an archive for a desktop's JVM, weighed and tested.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::counts::{self, Counts};
use crate::step::Outcome;
use crate::workspace::Workspace;
use crate::{bindings, kotlin, native, package, rust, step};

/// Builds the archives as released and says where they lie.
pub fn run(ws: &Workspace) -> Result<bool> {
    // The generator too.
    rust::build(ws)?;
    let library = released(ws)?;
    let (counts, outcome) = test(ws, &library)?;
    if !outcome.succeeded || counts.failed > 0 {
        return Ok(false);
    }
    kotlin::package_released(ws, &library)?;
    let folder = ws.path(ARCHIVES);
    fs::create_dir_all(&folder)?;
    for module in ["bindings", "kit", "jvm"] {
        let name = format!("tacita-{module}-{}.jar", env!("CARGO_PKG_VERSION"));
        let made = ws.path(&format!("android/{module}/target/{name}"));
        fs::copy(&made, folder.join(&name))
            .with_context(|| format!("{} was not made", made.display()))?;
        println!("{}", folder.join(&name).display());
    }
    Ok(true)
}

/// The same as tests: one for the library's weight, and those that open a store with the archive alone.
pub fn suite(ws: &Workspace) -> Result<(Counts, Outcome)> {
    let library = released(ws)?;
    test(ws, &library)
}

fn released(ws: &Workspace) -> Result<PathBuf> {
    rust::set_up(ws)?;
    kotlin::set_up(ws)?;
    rust::build_released_library(ws)
}

fn test(ws: &Workspace, library: &Path) -> Result<(Counts, Outcome)> {
    let stripped = native::lay_out(ws, library)?;
    let weighed = package::weigh(&stripped, package::MOST_BYTES);
    if let Err(error) = &weighed {
        step::note(&format!("{error:#}"));
    }
    bindings::generate_kotlin(ws, library)?;
    if ws.path(REPORTS).exists() {
        fs::remove_dir_all(ws.path(REPORTS))?;
    }
    let outcome = kotlin::test_released(ws, library)?;
    let mut counts = counts::count_surefire(&[ws.path(REPORTS)])?;
    match weighed {
        Ok(()) => counts.passed += 1,
        Err(_) => counts.failed += 1,
    }
    Ok((counts, outcome))
}

/// Where the archives are gathered.
const ARCHIVES: &str = "target/jvm";
const REPORTS: &str = "android/jvm/target/surefire-reports";
