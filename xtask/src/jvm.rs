//! `cargo xtask jvm`: the library of this machine in an archive for a desktop's JVM, weighed and tested.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::counts::{self, Counts};
use crate::step::Outcome;
use crate::workspace::Workspace;
use crate::{bindings, kotlin, package, program, rust, step};

/// Builds the archives as released and says where they lie.
pub fn run(ws: &Workspace) -> Result<bool> {
    // The generator too.
    rust::build(ws)?;
    let (counts, outcome) = suite(ws)?;
    if !outcome.succeeded || counts.failed > 0 {
        return Ok(false);
    }
    kotlin::package_released(ws, &rust::build_released_library(ws)?)?;
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
    rust::set_up(ws)?;
    kotlin::set_up(ws)?;
    let library = rust::build_released_library(ws)?;
    let stripped = lay_out(ws, &library)?;
    let weighed = package::weigh(&stripped, package::MOST_BYTES);
    if let Err(error) = &weighed {
        step::note(&format!("{error:#}"));
    }
    bindings::generate_kotlin(ws, &library)?;
    if ws.path(REPORTS).exists() {
        fs::remove_dir_all(ws.path(REPORTS))?;
    }
    let outcome = kotlin::test_released(ws, &library)?;
    let mut counts = counts::count_surefire(&[ws.path(REPORTS)])?;
    match weighed {
        Ok(()) => counts.passed += 1,
        Err(_) => counts.failed += 1,
    }
    Ok((counts, outcome))
}

/// Puts a library, without what no program reads, beside itself into a folder of JNA's name for this machine, where
/// the archive takes it from; gives its path.
pub fn lay_out(ws: &Workspace, library: &Path) -> Result<PathBuf> {
    let folder = library
        .with_file_name("jvm")
        .join(resource_prefix(OS, ARCH)?);
    let stripped = folder.join(rust::library_name());
    fs::create_dir_all(&folder)?;
    if is_newer(&stripped, library)? {
        return Ok(stripped);
    }
    let mut command = program::program(ws, "strip");
    // What is neither for debuggers nor looked up by name; Apple's strip and that of everybody else.
    match OS {
        "macos" => command.args(["-S", "-x"]),
        _ => command.arg("--strip-unneeded"),
    };
    command.arg("-o").arg(&stripped).arg(library);
    step::run(ws, "stripping the library", command)?;
    Ok(stripped)
}

fn is_newer(made: &Path, source: &Path) -> Result<bool> {
    match fs::metadata(made) {
        Ok(made) => Ok(made.modified()? > fs::metadata(source)?.modified()?),
        Err(_) => Ok(false),
    }
}

/// JNA's name for a machine: `Platform.RESOURCE_PREFIX`.
fn resource_prefix(os: &str, arch: &str) -> Result<String> {
    let arch = match arch {
        "x86_64" => "x86-64",
        "aarch64" => "aarch64",
        _ => bail!("it is not known how JNA calls {arch}"),
    };
    match os {
        "linux" => Ok(format!("linux-{arch}")),
        "macos" => Ok(format!("darwin-{arch}")),
        _ => bail!("it is not known how JNA calls {os}"),
    }
}

/// Where the archives are gathered.
const ARCHIVES: &str = "target/jvm";
const REPORTS: &str = "android/jvm/target/surefire-reports";
