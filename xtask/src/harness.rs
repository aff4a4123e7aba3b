//! The commands that hand over to the harness once everything is built.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::agents::Agents;
use crate::workspace::Workspace;
use crate::{program, rust, step};

/// `cargo xtask demo`: goes on without a language whose toolchain cannot be had.
pub fn demo(ws: &Workspace, arguments: &[String]) -> Result<bool> {
    let agents = Agents::prepare_available(ws)?;
    let mut command = harness(ws, &agents, "demo");
    command.args(arguments);
    become_program(command)
}

/// `cargo xtask pairs`.
pub fn pairs(ws: &Workspace, messages: u32, kills: u32, arguments: &[String]) -> Result<bool> {
    let agents = Agents::prepare(ws, &[])?;
    let mut command = pairs_command(ws, &agents, messages, kills);
    command.args(arguments);
    become_program(command)
}

/// `cargo xtask kill`: the client is the Rust agent, which starts fastest and so dies most often.
pub fn kill(ws: &Workspace, count: u32, arguments: &[String]) -> Result<bool> {
    let agents = Agents::prepare_rust(ws)?;
    let mut command = harness(ws, &agents, "kill");
    command
        .args(["--count", &count.to_string()])
        .args(arguments);
    become_program(command)
}

/// `cargo xtask faults`: every point, or one again.
pub fn faults(ws: &Workspace, point: Option<&str>, arguments: &[String]) -> Result<bool> {
    rust::build(ws)?;
    let mut command = faults_command(ws);
    if let Some(point) = point {
        command.args(["--point", point]);
    }
    command.args(arguments);
    become_program(command)
}

/// A part of the points as a suite of `cargo xtask test`.
pub fn faults_suite(ws: &Workspace) -> Result<step::Outcome> {
    let mut command = faults_command(ws);
    command.args(["--every", &SUITE_EVERY.to_string()]);
    step::attempt(ws, "faults", command)
}

fn faults_command(ws: &Workspace) -> Command {
    let mut command = program::program(ws, ws.debug().join("tacita-harness"));
    command.arg("faults");
    command
}

/// `cargo xtask exam`.
pub fn exam(ws: &Workspace, arguments: &[String]) -> Result<bool> {
    let agents = Agents::prepare(ws, &[])?;
    let mut command = harness(ws, &agents, "exam");
    command.args(arguments);
    become_program(command)
}

/// The pairs as a suite of `cargo xtask test`.
pub fn pairs_suite(ws: &Workspace, agents: &Agents) -> Result<step::Outcome> {
    step::attempt(
        ws,
        "pairs",
        pairs_command(ws, agents, SUITE_MESSAGES, SUITE_KILLS),
    )
}

/// The insider exam as a suite of `cargo xtask test`.
pub fn exam_suite(ws: &Workspace, agents: &Agents) -> Result<step::Outcome> {
    step::attempt(ws, "exam", harness(ws, agents, "exam"))
}

/// `cargo xtask relay`.
pub fn relay(ws: &Workspace, arguments: &[String]) -> Result<bool> {
    rust::build(ws)?;
    let mut command = program::program(ws, ws.debug().join("tacita-relay"));
    if arguments.is_empty() {
        // For this machine alone, and out of the tree's way.
        command
            .arg("--data")
            .arg(ws.target.join("relay"))
            .args(["--listen", "127.0.0.1:4433"]);
    }
    command.args(arguments);
    become_program(command)
}

fn pairs_command(ws: &Workspace, agents: &Agents, messages: u32, kills: u32) -> Command {
    let mut command = harness(ws, agents, "pairs");
    command.args([
        "--messages",
        &messages.to_string(),
        "--kills",
        &kills.to_string(),
    ]);
    command
}

fn harness(ws: &Workspace, agents: &Agents, subcommand: &str) -> Command {
    let mut command = program::program(ws, ws.debug().join("tacita-harness"));
    command.arg(subcommand).args(agents.arguments());
    command.arg("--relay").arg(ws.debug().join("tacita-relay"));
    command
}

/// Replaces this process, so that signals and the exit code are the program's own.
fn become_program(mut command: Command) -> Result<bool> {
    let error = command.exec();
    Err(error).with_context(|| format!("starting {}", command.get_program().to_string_lossy()))
}

/// Enough to meet every fault in a run that ends within minutes; the full counts are the
/// defaults of `cargo xtask pairs`.
const SUITE_MESSAGES: u32 = 100;
const SUITE_KILLS: u32 = 50;
/// Every so many-th day of the fault sweep.
const SUITE_EVERY: u32 = 16;
