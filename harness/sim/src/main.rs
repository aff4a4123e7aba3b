//! `tacita-sim`: plays runs of the simulator.

use std::process::ExitCode;

use clap::Parser;

/// Many engines and a relay in virtual time, under every fault, against a model.
#[derive(Debug, Parser)]
struct Cli {
    /// How many runs
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// Seed of the first one; the next has the next number
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Play this one again and show all that happens in it
    #[arg(long)]
    seed: Option<u64>,
    /// With --seed: no more than so many steps before the faults end
    #[arg(long)]
    steps: Option<u64>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let is_good = match cli.seed {
        Some(seed) => tacita_sim::run::again(seed, cli.steps),
        None => tacita_sim::run::many(cli.first, cli.seeds),
    };
    match is_good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
