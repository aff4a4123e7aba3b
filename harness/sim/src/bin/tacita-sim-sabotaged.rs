//! `tacita-sim-sabotaged`: looks for deliberate breakages of the engine; each must be found.

use std::process::ExitCode;

use clap::Parser;
use tacita_sim::sabotage;

/// Breaks the engine in one way at a time; the simulator must find each.
#[derive(Debug, Parser)]
struct Cli {
    /// Only the breakage of this name; may be given again
    #[arg(long)]
    only: Vec<String>,
    /// Seeds within which each must be found
    #[arg(long, default_value_t = sabotage::MOST_SEEDS)]
    seeds: u64,
    /// With one breakage: play the run of this seed and show all that happens in it
    #[arg(long, requires = "only")]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let is_good = match (cli.seed, cli.only.first()) {
        (Some(seed), Some(name)) => sabotage::show(name, seed),
        _ => sabotage::all(&cli.only, cli.seeds),
    };
    match is_good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
