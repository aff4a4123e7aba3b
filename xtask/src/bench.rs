//! `cargo xtask bench`: what the core costs, beside its own primitives and beside a peer.

use std::process::Command;

use anyhow::Result;

use crate::cli::BenchGroup;
use crate::workspace::Workspace;
use crate::{bench_kits, program, rust, step};

/// Where the benches are: a workspace of their own, with a Cargo.lock of its own.
const MANIFEST: &str = "harness/bench/Cargo.toml";

/// A build of the benches.
struct Build {
    title: &'static str,
    /// Below cargo's target directory.
    directory: &'static str,
    arguments: &'static [&'static str],
    flags: Option<&'static str>,
}

/// As everything is built: it runs on any x86-64.
const PORTABLE: Build = Build {
    title: "building the benches",
    directory: "bench",
    arguments: &[],
    flags: None,
};

/// With AVX2 in the baseline, as NEON is on every aarch64 phone. In the portable build, crates that choose
/// their vector code at run time call single instructions as functions.
const VECTOR: Build = Build {
    title: "building the benches for x86-64-v3",
    directory: "bench-v3",
    arguments: &["--no-default-features"],
    flags: Some("-C target-cpu=x86-64-v3"),
};

/// Builds and runs both, or one group as everything is built. Passing a limit is said and fails nothing; only what
/// cannot run fails.
pub fn run(ws: &Workspace, group: Option<BenchGroup>) -> Result<bool> {
    rust::set_up(ws)?;
    if group == Some(BenchGroup::Kits) {
        return bench_kits::run(ws);
    }
    if let Some(group) = group {
        let mut command = PORTABLE.program(ws, "tacita-bench")?;
        command.arg(format!("{group:?}").to_lowercase());
        let mut succeeded = show(command)?;
        if group == BenchGroup::Store {
            succeeded &= bench_kits::run(ws)?;
        }
        return Ok(succeeded);
    }
    println!("== As everything is built, for any processor of this kind ==\n");
    let mut succeeded = show(PORTABLE.program(ws, "tacita-bench")?)?;
    if has_vector_baseline() {
        println!(
            "\n== The same for x86-64-v3: vector instructions in the baseline, as on phones ==\n"
        );
        succeeded &= show(VECTOR.program(ws, "tacita-bench")?)?;
    }
    Ok(succeeded)
}

/// `cargo xtask dudect`: whether times depend on secrets, as t values.
pub fn dudect(ws: &Workspace) -> Result<bool> {
    let build = Build {
        title: "building dudect",
        arguments: &["--no-default-features"],
        ..PORTABLE
    };
    show(build.program(ws, "dudect")?)
}

impl Build {
    /// Builds one program.
    fn program(&self, ws: &Workspace, name: &str) -> Result<Command> {
        let target = ws.target.join(self.directory);
        let mut command = program::cargo(ws);
        command.args(["build", "--release", "--locked", "--bin", name]);
        command.args(["--manifest-path", MANIFEST]);
        command
            .args(self.arguments)
            .arg("--target-dir")
            .arg(&target);
        if let Some(flags) = self.flags {
            command.env("RUSTFLAGS", flags);
        }
        step::run(ws, self.title, command)?;
        Ok(program::program(ws, target.join("release").join(name)))
    }
}

fn show(mut command: Command) -> Result<bool> {
    Ok(command.status()?.success())
}

#[cfg(target_arch = "x86_64")]
fn has_vector_baseline() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi2")
        && std::arch::is_x86_feature_detected!("fma")
        && std::arch::is_x86_feature_detected!("movbe")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_vector_baseline() -> bool {
    false
}
