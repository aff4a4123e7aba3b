//! `cargo xtask check-mobile`: type-checks the core and its bindings for phones, without their C code.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::chroot::{Chroot, Recipe};
use crate::step;
use crate::workspace::Workspace;

/// Checks every target, also after one has failed, and says what that shows. `false` if one failed.
pub fn run(ws: &Workspace) -> Result<bool> {
    let chroot = Chroot::ensure(ws, &RECIPE)?;
    let stand_ins = StandIns::write(ws)?;
    let mut rows = Vec::new();
    for target in TARGETS {
        let started = Instant::now();
        let passed = check(ws, &chroot, &stand_ins, target)?;
        rows.push((*target, passed, started.elapsed()));
    }
    println!();
    for (target, passed, elapsed) in &rows {
        println!("{}", row(target, *passed, *elapsed));
    }
    let passed = rows.iter().filter(|(_, passed, _)| *passed).count();
    let failed = rows.len().saturating_sub(passed);
    println!("\n{MEANING}");
    println!("\ncheck-mobile: {passed} passed, {failed} failed");
    Ok(failed == 0)
}

/// Whether both packages were compiled for the target, now and without an error.
fn check(ws: &Workspace, chroot: &Chroot, stand_ins: &StandIns, target: &str) -> Result<bool> {
    // What cargo finds unchanged it passes over in silence; so the packages that count are made anew.
    let clean = cargo(ws, chroot, "clean", target)?;
    step::run(
        ws,
        &format!("forgetting the last check for {target}"),
        clean,
    )?;

    let mut command = cargo(ws, chroot, "check", target)?;
    command.args(["--lib", "-Zbuild-std=std,panic_unwind"]);
    // Debian has the standard library for phones as source only, which a stable compiler builds under this name.
    command.env("RUSTC_BOOTSTRAP", "1");
    // Lints are the business of `cargo xtask check` and of the pinned compiler; this one is newer.
    command.env("RUSTFLAGS", "--cap-lints=warn");
    stand_ins.tell(&mut command, target);
    let outcome = step::attempt(ws, &format!("checking for {target}"), command)?;
    if !outcome.succeeded {
        return Ok(false);
    }
    let missing = unchecked(&outcome.output);
    if !missing.is_empty() {
        let missing = missing.join(" and ");
        step::note(&format!(
            "{target}: cargo passed, but never checked {missing}"
        ));
    }
    Ok(missing.is_empty())
}

/// A cargo command of the chroot about both packages, as they are released, with a target directory apart.
fn cargo(ws: &Workspace, chroot: &Chroot, subcommand: &str, target: &str) -> Result<Command> {
    let mut command = chroot.command(ws, &ws.root, "cargo")?;
    // What the host's Rust was told does not hold for the chroot's.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO") || text.starts_with("RUST") {
            command.env_remove(name);
        }
    }
    command.args([subcommand, "--locked", "--release", "--target", target]);
    command.arg("--target-dir").arg(directory(ws));
    for package in PACKAGES {
        command.args(["--package", package]);
    }
    Ok(command)
}

/// The packages of which no line in cargo's output says that they were checked.
fn unchecked(output: &str) -> Vec<&'static str> {
    let is_checked = |package: &str| {
        output.lines().any(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some("Checking") && words.next() == Some(package)
        })
    };
    let packages = PACKAGES.iter().copied();
    packages.filter(|package| !is_checked(package)).collect()
}

fn row(target: &str, passed: bool, elapsed: Duration) -> String {
    let verdict = if passed { "passed" } else { "FAILED" };
    format!("{target:<22} {verdict} {:>7.1} s", elapsed.as_secs_f64())
}

/// What C libraries are told to build with, as there is neither an NDK nor an Apple SDK.
struct StandIns {
    tool: PathBuf,
    empty: PathBuf,
}

impl StandIns {
    fn write(ws: &Workspace) -> Result<Self> {
        // Not in cargo's own directory: it cleans none that it has not made itself.
        let folder = ws.target.join("mobile-stand-ins");
        let empty = folder.join("empty");
        for name in ["include", "lib"] {
            fs::create_dir_all(empty.join(name))?;
        }
        let tool = folder.join("tool");
        fs::write(&tool, STAND_IN)?;
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755))?;
        Ok(Self { tool, empty })
    }

    fn tell(&self, command: &mut Command, target: &str) {
        for name in ["CC", "CXX", "AR"] {
            command.env(format!("{name}_{}", target.replace('-', "_")), &self.tool);
        }
        // SQLCipher asks where OpenSSL is, and takes an empty place for it. Android's own build has the feature
        // `vendored-openssl` instead, which changes no Rust of this workspace and would compile OpenSSL here.
        command.env("OPENSSL_DIR", &self.empty);
        // Where Apple's SDK is would be asked of Xcode.
        command.env("SDKROOT", &self.empty);
    }
}

/// Cargo's output for phones, which has no part in the host's build.
fn directory(ws: &Workspace) -> PathBuf {
    ws.target.join("mobile")
}

const STAND_IN: &str = include_str!("mobile/stand_in.sh");
const TARGETS: &[&str] = &["aarch64-linux-android", "aarch64-apple-ios"];
const PACKAGES: &[&str] = &["tacita-core", "tacita-bindings"];

const MEANING: &str = "\
Passed means that the Rust of tacita-core and tacita-bindings, and of all they use, compiles for the phone.
Untested: their C code (SQLCipher, OpenSSL, AWS-LC), for which programs stood in that compile nothing; linking;
and running. A build for a phone needs the NDK or Xcode.";

/// Debian testing has a compiler that is new enough, and its standard library as source. What is built stays
/// as it is: to have a newer one, change `version`.
const RECIPE: Recipe = Recipe {
    name: "mobile",
    carries: "Rust for phones",
    suite: "testing",
    packages: &["rustc", "cargo", "rust-src", "gcc", "libc6-dev"],
    program: "cargo",
    version: "testing rust-src 1",
    elsewhere: "let rustup add the targets, and build with the NDK or Xcode",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_cargo_did_not_name_counts_as_unchecked() {
        let core = "    Checking tacita-core v0.1.0 (/x/core)\n";
        let bindings = "    Checking tacita-bindings v0.1.0 (/x/bindings)\n";
        assert_eq!(unchecked(&format!("{core}{bindings}")), [""; 0]);
        assert_eq!(unchecked(core), ["tacita-bindings"]);
        assert_eq!(unchecked("    Finished `release` profile\n"), PACKAGES);
        let fresh = "       Fresh tacita-core v0.1.0 (/x/core)\n";
        let longer = "    Checking tacita-core-more v0.1.0\n";
        assert_eq!(
            unchecked(&format!("{fresh}{longer}{bindings}")),
            ["tacita-core"]
        );
    }

    #[test]
    fn stand_in_creates_what_it_was_to_write_and_nothing_else() {
        let ws = Workspace::locate().unwrap();
        let folder = ws.target.join("mobile-stand-in-test");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for words in [
            ["-c", "a.c", "-o", "a.o"].as_slice(),
            &["cq", "liba.a", "a.o"],
            &["-E", "probe.c"],
        ] {
            let mut command = Command::new("sh");
            command.args(["-c", STAND_IN, "stand_in"]).args(words);
            let status = command.current_dir(&folder).status();
            assert!(status.unwrap().success());
        }
        let mut made: Vec<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        made.sort();
        assert_eq!(made, ["a.o", "liba.a"]);
        fs::remove_dir_all(&folder).unwrap();
    }
}
