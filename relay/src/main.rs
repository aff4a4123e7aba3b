//! `tacita-relay`: see `tacita_relay::cli`.

use clap::Parser;
use tacita_relay::cli::{Cli, run};

fn main() -> anyhow::Result<()> {
    run(Cli::parse())
}
