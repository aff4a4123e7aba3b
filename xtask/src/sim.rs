//! `cargo xtask sim`: the simulator of engines, relays and network, and its sabotaged build.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;
use crate::{program, rust, step};

/// What is to be played.
#[derive(Debug)]
pub struct Plan {
    /// How many runs.
    pub seeds: u64,
    /// Seed of the first.
    pub first: u64,
    /// This one again instead, all of it shown.
    pub seed: Option<u64>,
    /// With a seed: no more steps than this.
    pub steps: Option<u64>,
    /// Breakages instead, each of which must be found.
    pub sabotage: bool,
}

/// Builds the simulator and becomes it.
pub fn run(ws: &Workspace, plan: &Plan) -> Result<bool> {
    let mut command = if plan.sabotage {
        sabotaged(ws)?
    } else {
        let mut command = right(ws)?;
        match plan.seed {
            Some(seed) => command.args(["--seed", &seed.to_string()]),
            None => command
                .args(["--seeds", &plan.seeds.to_string(), "--first"])
                .arg(plan.first.to_string()),
        };
        if let Some(steps) = plan.steps {
            command.args(["--steps", &steps.to_string()]);
        }
        command
    };
    Err(command.exec()).context("starting the simulator")
}

/// A small number of runs, as a suite of `cargo xtask test`.
pub fn suite(ws: &Workspace) -> Result<step::Outcome> {
    let mut command = right(ws)?;
    command.args(["--seeds", SUITE_SEEDS]);
    step::attempt(ws, "sim", command)
}

fn right(ws: &Workspace) -> Result<Command> {
    rust::set_up(ws)?;
    let mut build = rust::cargo(ws, "build");
    build.args(["--bin", "tacita-sim"]);
    step::run(ws, "building the simulator", build)?;
    Ok(program::program(ws, ws.debug().join("tacita-sim")))
}

fn sabotaged(ws: &Workspace) -> Result<Command> {
    rust::set_up(ws)?;
    let mut build = rust::cargo_with(ws, "build", "tacita-sim/sabotage");
    build.args(["--bin", "tacita-sim-sabotaged"]);
    step::run(ws, "building the sabotaged simulator", build)?;
    Ok(program::program(
        ws,
        ws.debug().join("tacita-sim-sabotaged"),
    ))
}

/// The full count is what `cargo xtask sim --seeds 20000` plays.
const SUITE_SEEDS: &str = "200";
