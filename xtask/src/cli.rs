//! The command line.

use anyhow::Result;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

/// Tacita's commands. Each installs and builds what it needs first.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

/// One command.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Three people on three platforms talk; beside it, all that the relay learned
    Demo {
        /// What `tacita-harness demo` is told besides; try `-- --help`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Start a relay on this machine
    Relay {
        /// What `tacita-relay` is told; try `-- --help`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Open the Android app in a window on this machine
    Desktop {
        /// The directory of its store
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Photograph every screen of the Android app in every state and look
    Screens,
    /// Run every test in Rust, Kotlin and Swift
    Test {
        /// Leave a language out; the total says so
        #[arg(long, value_name = "LANGUAGE")]
        without: Option<Language>,
    },
    /// Check format, lints, layers, dependencies, licences and the README's map
    Check,
    /// Type-check core and bindings for Android and iOS; no C code, linking or running
    CheckMobile,
    /// Let all nine ordered pairs of Rust, Kotlin and Swift talk under faults
    Pairs {
        /// Messages each way
        #[arg(long, default_value_t = 1000)]
        messages: u32,
        /// Times that a client or the relay is killed, over all pairs
        #[arg(long, default_value_t = 90)]
        kills: u32,
        /// What `tacita-harness pairs` is told besides; try `-- --help`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Kill a client and the relay again and again during traffic; nothing lost or repeated
    Kill {
        /// Kills of a client, and as many of the relay
        #[arg(long, default_value_t = 500)]
        count: u32,
        /// What `tacita-harness kill` is told besides; try `-- --help`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Let each file operation of a scripted day fail once, on a client and on a relay
    Faults {
        /// Play one point again, as a failure names it
        #[arg(long, value_name = "POINT")]
        point: Option<String>,
        /// What `tacita-harness faults` is told besides; try `-- --help`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Read everything a relay holds and has logged, and look for what it must not know
    Exam {
        /// What `tacita-harness exam` is told besides; try `-- --help`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Simulate conversations against a model of the protocol, with thieves
    Conversations {
        /// How many
        #[arg(long, default_value_t = 100_000)]
        count: u64,
        /// Seed of the first one; the next has the next number
        #[arg(long, default_value_t = 1)]
        first: u64,
        /// Play this one again and show all that happens in it
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Simulate people, relays and a network under every fault, against a model
    Sim {
        /// How many runs
        #[arg(long, default_value_t = 1000)]
        seeds: u64,
        /// Seed of the first one; the next has the next number
        #[arg(long, default_value_t = 1)]
        first: u64,
        /// Play this one again and show all that happens in it
        #[arg(long, conflicts_with = "sabotage")]
        seed: Option<u64>,
        /// With --seed: no more than so many steps before the faults end
        #[arg(long, requires = "seed")]
        steps: Option<u64>,
        /// Break the engine in each of many ways instead; each must be found
        #[arg(long)]
        sabotage: bool,
    },
    /// Alter the two lowest layers in every small way; a test must fail
    Mutants {
        /// Only every n-th mutant from the k-th on, written k/n with k below n
        #[arg(long, default_value = "0/1")]
        shard: String,
        /// Leave out the mutants that an earlier run has judged
        #[arg(long)]
        resume: bool,
        /// Judge nothing, add up what earlier runs found
        #[arg(long)]
        score: bool,
    },
    /// Look for inputs that break a decoder, the session, the relay or the engine
    Fuzz {
        /// How long each target is run; two run at once
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
        minutes: u32,
        /// Run this target only; may be repeated
        #[arg(long)]
        target: Vec<String>,
        /// Put what reached something new into the committed corpus, minimised
        #[arg(long)]
        keep: bool,
    },
    /// Test the second implementation, in Python, and let it talk with the core both ways
    Reference,
    /// Search the models of handshake and ratchet for attacks; each mutant must have one
    Models,
    /// Measure the core, as ratios to its own primitives, to plain SQLite and to a peer
    Bench {
        /// This group alone
        #[arg(value_enum)]
        group: Option<BenchGroup>,
    },
    /// Look for times that depend on secrets; t values, not a gate
    Dudect,
    /// Build the library and generate its Kotlin and Swift bindings
    Bindings,
    /// Build the archives for a desktop's JVM as they are released; weigh and test them
    Jvm,
    /// Make the words of both apps of their tables, in Kotlin and Swift
    Words,
    /// Build the references of Rust, Kotlin and Swift; what lacks documentation fails
    Docs,
    /// Build the AAR for Android, where there is an NDK
    Android {
        /// Show and check every step; run none
        #[arg(long)]
        dry_run: bool,
    },
    /// Build the XCFramework and the Swift package for iOS, where there is Xcode
    Ios {
        /// Show and check every step; run none
        #[arg(long)]
        dry_run: bool,
    },
    /// Write the test vectors again, from seeds
    Vectors,
    /// Install the toolchains that are missing, and do nothing else
    Setup,
}

/// A language that a run can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// The Swift kit and agent.
    Swift,
}

/// Parses the command line; `--help` and errors end the program here.
pub fn parse() -> Result<Task> {
    let command = Cli::command();
    let groups = grouped_commands(&command);
    let matches = command
        .help_template("{about}\n\n{usage-heading} {usage}{after-help}\n\nOptions:\n{options}")
        .after_help(groups)
        .get_matches();
    Ok(Cli::from_arg_matches(&matches)?.task)
}

/// The commands under their headings, one line each.
fn grouped_commands(command: &clap::Command) -> String {
    let mut text = String::new();
    for (heading, names) in GROUPS {
        text.push_str(&format!("\n{heading}:\n"));
        for name in *names {
            let about = command
                .find_subcommand(name)
                .and_then(clap::Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            text.push_str(&format!("  {name:<14}{about}\n"));
        }
    }
    text.trim_end().to_owned()
}

const GROUPS: &[(&str, &[&str])] = &[
    ("See it", &["demo", "relay", "desktop", "screens"]),
    (
        "Test it",
        &[
            "test",
            "check",
            "check-mobile",
            "pairs",
            "kill",
            "faults",
            "exam",
            "reference",
            "sim",
            "conversations",
            "fuzz",
            "models",
            "mutants",
            "bench",
            "dudect",
        ],
    ),
    (
        "Build it",
        &[
            "bindings", "words", "docs", "jvm", "android", "ios", "vectors", "setup",
        ],
    ),
];

/// What is measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum BenchGroup {
    /// Messages of 100 bytes.
    Messages,
    /// Both sides of a handshake.
    Handshake,
    /// The stored form of a session.
    Session,
    /// The store beside plain SQLite, the engine on a disk, and a page and a start through both kits.
    Store,
    /// A text and its receipt through two engines.
    Engine,
    /// Opening a client to its first list, and lists that are told of changes.
    Screens,
    /// A page and a start through both kits.
    Kits,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_stands_in_one_group_and_has_one_line_of_help() {
        let command = Cli::command();
        let mut listed: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, names)| names.iter().copied())
            .collect();
        let mut known: Vec<&str> = command
            .get_subcommands()
            .map(clap::Command::get_name)
            .collect();
        listed.sort_unstable();
        known.sort_unstable();
        assert_eq!(listed, known);
        for line in grouped_commands(&command)
            .lines()
            .filter(|line| line.starts_with("  "))
        {
            assert!(line.len() > 20 && line.len() <= 100, "{line}");
        }
    }

    #[test]
    fn command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
