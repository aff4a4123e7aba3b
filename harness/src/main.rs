//! `tacita-harness`: clients of three languages against a real relay, under faults.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use tacita_harness::{agent, demo, exam, faults, fixture, kill, pairs};

/// Clients of three languages against a real relay, under faults.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Be the Rust agent: JSON lines on standard input and output
    Agent {
        /// Where the client's store is
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
    },
    /// Play every scenario with every ordered pair of languages
    Pairs(pairs::PairsArgs),
    /// Kill clients and relay in mid-traffic; nothing may be lost or doubled
    Kill(kill::KillArgs),
    /// Read all that a relay holds and logged; sabotaged relays must be caught
    Exam(exam::ExamArgs),
    /// Let each file operation of a scripted day fail once, on a client and on a relay
    Faults(faults::FaultsArgs),
    /// Be the client whose file operations fail
    #[command(hide = true)]
    FaultClient(faults::ChildArgs),
    /// Be the relay whose file operations fail
    #[command(hide = true)]
    FaultRelay(faults::ChildArgs),
    /// Write a store of this version's schema for the tests that open every version
    Fixture(fixture::FixtureArgs),
    /// Three people talk, their relay is killed, and here is what it knows
    Demo(demo::DemoArgs),
}

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("tacita-harness: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<bool> {
    match command {
        Command::Agent { dir } => agent::run(dir).map(|()| true),
        Command::Pairs(arguments) => pairs::run(arguments),
        Command::Kill(arguments) => kill::run(arguments),
        Command::Exam(arguments) => exam::run(arguments).map(|()| true),
        Command::Faults(arguments) => faults::run(arguments),
        Command::FaultClient(arguments) => faults::run_client(arguments).map(|()| true),
        Command::FaultRelay(arguments) => faults::run_relay(arguments).map(|()| true),
        Command::Fixture(arguments) => fixture::run(arguments).map(|()| true),
        Command::Demo(arguments) => demo::run(arguments).map(|()| true),
    }
}
