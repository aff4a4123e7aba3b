//! The library of this machine, laid out so that JNA finds it in an archive.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{program, rust, step};

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
