//! `tacita-agent`: the Rust agent alone, started like those of the other languages.

use std::path::PathBuf;

use clap::Parser;

/// The Rust agent: JSON lines on standard input and output.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// Where the client's store is
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
}

fn main() -> anyhow::Result<()> {
    tacita_harness::agent::run(&Cli::parse().dir)
}
