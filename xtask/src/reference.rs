//! The second implementation, in Python: its tests, its talk with the core, and the vectors it makes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{apt, counts, program, step};

/// `cargo xtask reference`. `false` if a test failed.
pub fn run(ws: &Workspace) -> Result<bool> {
    let mut build = program::cargo(ws);
    build.args(["build", "--locked", "--package", "tacita-vectors"]);
    step::run(ws, "building the core's side", build)?;
    let outcome = suite(ws)?;
    let counts = counts::count_pytest(&outcome.output);
    println!(
        "reference: {} passed, {} failed",
        counts.passed, counts.failed
    );
    Ok(outcome.succeeded && counts.passed > 0)
}

/// Its tests as a suite of `cargo xtask test`; the core's side is built already.
pub fn suite(ws: &Workspace) -> Result<step::Outcome> {
    let python = set_up(ws)?;
    let mut command = python_command(ws, &python);
    command.args(["-m", "pytest", "-p", "no:cacheprovider"]);
    command.env("TACITA_PEER", ws.debug().join("tacita-peer"));
    step::attempt(ws, "reference", command)
}

/// `cargo xtask vectors`: writes core/tests/vectors again.
pub fn vectors(ws: &Workspace) -> Result<bool> {
    let python = set_up(ws)?;
    let mut command = python_command(ws, &python);
    command
        .args(["-m", "tacita_reference.vectors"])
        .arg(ws.path("core/tests/vectors"));
    step::run(ws, "vectors", command)?;
    Ok(true)
}

fn python_command(ws: &Workspace, python: &Path) -> Command {
    let mut command = program::program(ws, python);
    command.current_dir(ws.path(FOLDER));
    // Nothing is left in the tree.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("MYPY_CACHE_DIR", ws.target.join("mypy"));
    command.env("RUFF_CACHE_DIR", ws.target.join("ruff"));
    command
}

/// The interpreter of a virtual environment with exactly the pinned packages, made if it is missing.
fn set_up(ws: &Workspace) -> Result<PathBuf> {
    let environment = ws.cache.join("reference");
    let python = environment.join("bin/python");
    let pinned = ws.path(FOLDER).join("requirements.txt");
    // Put there last, so that a broken installation is made again.
    let installed = environment.join("requirements.txt");
    let wanted = fs::read(&pinned)?;
    if python.exists() && fs::read(&installed).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    if !is_usable(ws) {
        apt::ensure(ws, "the reference", &["python3", "python3-venv"])?;
        if !is_usable(ws) {
            bail!("the reference needs Python 3.11 or later with venv");
        }
    }
    fs::create_dir_all(&ws.cache)?;
    let mut make = program::program(ws, "python3");
    make.args(["-m", "venv", "--clear"]).arg(&environment);
    step::run(ws, "a virtual environment for the reference", make)?;
    let mut install = program::program(ws, &python);
    install.args(["-m", "pip", "install", "--disable-pip-version-check"]);
    install.args(["--no-deps", "--require-hashes", "--requirement"]);
    install.arg(&pinned);
    step::run(ws, "installing the reference's packages", install)?;
    fs::write(&installed, wanted)?;
    Ok(python)
}

fn is_usable(ws: &Workspace) -> bool {
    let mut command = program::program(ws, "python3");
    command.args([
        "-c",
        "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))",
    ]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

const FOLDER: &str = "harness/reference";
