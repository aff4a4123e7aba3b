//! Builds the workspace: one profile and one set of features for tests, agents and demo.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{apt, program, step};

/// Installs what Rust's part of the build links: the static libcrypto and its headers.
pub fn set_up(ws: &Workspace) -> Result<()> {
    if cfg!(target_os = "linux") {
        apt::ensure(ws, "SQLCipher", &["libssl-dev"])?;
    }
    Ok(())
}

/// Builds every library and program of the workspace.
pub fn build(ws: &Workspace) -> Result<()> {
    set_up(ws)?;
    let mut command = cargo(ws, "build");
    // This program is running, and cargo has just built it.
    command.args(["--exclude", "xtask"]);
    step::run(ws, "building the Rust workspace", command)?;
    Ok(())
}

/// Builds the library as it is released, but with what measuring needs; gives its directory.
pub fn build_fast_library(ws: &Workspace) -> Result<PathBuf> {
    build_library(ws, "bench-library", &["--features", "test-vault"])
}

/// Builds the library as it is released; gives its path.
pub fn build_released_library(ws: &Workspace) -> Result<PathBuf> {
    Ok(build_library(ws, "released-library", &[])?.join(library_name()))
}

fn build_library(ws: &Workspace, folder: &str, arguments: &[&str]) -> Result<PathBuf> {
    let target = ws.target.join(folder);
    let mut command = program::cargo(ws);
    command.args(["build", "--release", "--locked", "-p", "tacita-bindings"]);
    command.arg("--lib").args(arguments);
    command.arg("--target-dir").arg(&target);
    step::run(ws, "building the library as it is released", command)?;
    Ok(target.join("release"))
}

/// How this machine's system calls the library.
pub fn library_name() -> String {
    format!("{DLL_PREFIX}tacita{DLL_SUFFIX}")
}

/// The tests of what a build without the tests' own features refuses.
pub fn release_tests(ws: &Workspace) -> Command {
    let mut command = program::cargo(ws);
    command.args([
        "test",
        "--locked",
        "-p",
        "tacita-bindings",
        "--test",
        "release",
    ]);
    command
}

/// The reference of what other programs are built on.
pub fn reference(ws: &Workspace) -> Command {
    let mut command = program::cargo(ws);
    command.args(["doc", "--locked", "--no-deps", "--features", FEATURES]);
    for package in ["tacita-core", "tacita-bindings", "tacita-wire"] {
        command.args(["--package", package]);
    }
    command.env("RUSTDOCFLAGS", "--deny warnings");
    command
}

/// As [`cargo`], with one more feature.
pub fn cargo_with(ws: &Workspace, subcommand: &str, feature: &str) -> Command {
    let mut command = cargo(ws, subcommand);
    command.args(["--features", feature]);
    command
}

/// A cargo command over the whole workspace. The features are the same for all of them, so that
/// no two of them build the same crate differently in turns.
pub fn cargo(ws: &Workspace, subcommand: &str) -> Command {
    let mut command = program::cargo(ws);
    command.args([
        subcommand,
        "--locked",
        "--workspace",
        "--features",
        FEATURES,
    ]);
    command
}

const FEATURES: &str = "tacita-bindings/cli,tacita-bindings/test-vault";
