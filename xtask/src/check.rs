//! `cargo xtask check`: everything about the code that can be judged without running it.

use anyhow::{Result, bail};

use crate::cargo_tool::{CargoTool, UNOPTIMISED};
use crate::workspace::Workspace;
use crate::{program, readme, rust, source_rules, step, thin};

type Check = fn(&Workspace) -> Result<()>;

/// Runs every check, also after one has failed. `false` if any failed.
pub fn run(ws: &Workspace) -> Result<bool> {
    rust::set_up(ws)?;
    let checks: [(&str, Check); 9] = [
        ("format", format),
        ("lints", lints),
        ("layers", layers),
        ("switches", source_rules::check_switches),
        ("statements", source_rules::check_statements),
        ("thin apps", thin::check),
        ("dependencies", dependencies),
        ("licences and bans", licences_and_bans),
        ("README's map", readme::check_map),
    ];
    let mut failed = Vec::new();
    for (name, check) in checks {
        if let Err(error) = check(ws) {
            step::note(&format!("{name}: {error:#}"));
            failed.push(name);
        }
    }
    match failed.is_empty() {
        true => println!("check: all {} passed", checks.len()),
        false => println!("check: failed: {}", failed.join(", ")),
    }
    Ok(failed.is_empty())
}

fn format(ws: &Workspace) -> Result<()> {
    let mut command = program::cargo(ws);
    command.args(["fmt", "--all", "--check"]);
    step::run(ws, "cargo fmt", command)?;
    for (_, manifest) in APART {
        let mut command = program::cargo(ws);
        command.args(["fmt", "--check", "--manifest-path", manifest]);
        step::run(ws, "cargo fmt", command)?;
    }
    Ok(())
}

fn lints(ws: &Workspace) -> Result<()> {
    let mut command = rust::cargo(ws, "clippy");
    command.args(["--all-targets", "--", "--deny", "warnings"]);
    step::run(ws, "cargo clippy", command)?;
    for (title, manifest) in APART {
        let mut command = program::cargo(ws);
        command.args(["clippy", "--locked", "--all-targets", "--manifest-path"]);
        command.arg(manifest).arg("--target-dir").arg(&ws.target);
        command.args(["--", "--deny", "warnings"]);
        // Nothing is linked, so the fuzzer's own C++ need not be built.
        command.env("CUSTOM_LIBFUZZER_PATH", ws.path("libfuzzer/none.a"));
        step::run(ws, title, command)?;
    }
    Ok(())
}

/// Workspaces of their own, with crates that the product's lock file does not see.
const APART: [(&str, &str); 2] = [
    ("cargo clippy, benches", "harness/bench/Cargo.toml"),
    ("cargo clippy, fuzz programs", "fuzz/libfuzzer/Cargo.toml"),
];

/// The rule is a test of the core's own.
fn layers(ws: &Workspace) -> Result<()> {
    let mut command = rust::cargo(ws, "test");
    command.args(["--test", "layers"]);
    let outcome = step::run(ws, "layers", command)?;
    if crate::counts::count_libtest(&outcome.output).passed == 0 {
        bail!("the layer test ran nothing");
    }
    Ok(())
}

/// What must not be linked, and where. Bans that hold everywhere are in deny.toml.
fn dependencies(ws: &Workspace) -> Result<()> {
    for (package, banned) in [
        ("tacita-relay", "tacita-core"),
        ("tacita-wire", "tacita-core"),
        ("tacita-core", "uniffi"),
    ] {
        let mut command = program::cargo(ws);
        command.args([
            "tree",
            "--locked",
            "--package",
            package,
            "--edges",
            "normal,build",
        ]);
        command.args(["--target", "all", "--prefix", "none"]);
        let tree = step::run(ws, &format!("dependencies of {package}"), command)?.output;
        if !tree.lines().any(|line| names_crate(line, package)) {
            bail!("cargo tree shows nothing of {package}");
        }
        if tree.lines().any(|line| names_crate(line, banned)) {
            bail!("{package} depends on {banned}");
        }
    }
    Ok(())
}

/// Whether a line of `cargo tree` is this crate or one of its family (`uniffi_core`).
fn names_crate(line: &str, name: &str) -> bool {
    let found = line.split_whitespace().next().unwrap_or_default();
    found
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['_', '-']))
}

fn licences_and_bans(ws: &Workspace) -> Result<()> {
    let mut command = program::program(ws, CARGO_DENY.install(ws)?);
    command.args(["--locked", "check", "licenses", "bans", "sources"]);
    step::run(ws, "cargo deny", command)?;
    Ok(())
}

const CARGO_DENY: CargoTool = CargoTool {
    name: "cargo-deny",
    version: "0.20.2",
    build: UNOPTIMISED,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banned_crate_is_found_with_its_family_and_not_by_a_longer_name() {
        assert!(names_crate("uniffi v0.32.2", "uniffi"));
        assert!(names_crate("uniffi_core v0.32.2 (*)", "uniffi"));
        assert!(!names_crate("unified v1.0.0", "uniffi"));
        assert!(!names_crate(
            "tacita-wire v0.1.0 (/x/tacita-core)",
            "tacita-core"
        ));
    }
}
