//! `pairs`: every ordered pair of languages plays every scenario, each with a relay of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::language::{AgentCommand, Programs};
use crate::play::{Outcome, Settings, play};
use crate::progress::Progress;
use crate::scenario::{Scenario, default_directory, load_all};

/// Arguments of `pairs`.
#[derive(Clone, Debug, clap::Args)]
pub struct PairsArgs {
    #[command(flatten)]
    programs: Programs,
    /// Messages each way
    #[arg(long, default_value_t = 1000)]
    messages: u32,
    /// SIGKILLs at random moments, shared out among the pairs, half of them of clients, half of relays
    #[arg(long, default_value_t = 90)]
    kills: u32,
    /// Directory of the scenario files
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
    /// Play these scenarios only
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    scenario: Vec<String>,
    /// Keep what clients and relays leave behind here
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// Plays all pairs; tells whether all passed.
///
/// # Errors
/// When it cannot begin.
pub fn run(arguments: &PairsArgs) -> Result<bool> {
    let (agents, left_out) = arguments.programs.agents()?;
    let directory = arguments
        .scenarios
        .clone()
        .unwrap_or_else(default_directory);
    let mut scenarios = load_all(&directory)?;
    if !arguments.scenario.is_empty() {
        scenarios.retain(|scenario| arguments.scenario.contains(&scenario.name));
    }
    ensure!(
        !scenarios.is_empty() && !agents.is_empty(),
        "there is nothing to play"
    );
    let pairs: Vec<(&AgentCommand, &AgentCommand)> = agents
        .iter()
        .flat_map(|a| agents.iter().map(move |b| (a, b)))
        .collect();
    let settings = Settings {
        relay: arguments.programs.relay()?,
        messages: arguments.messages,
        kills: arguments
            .kills
            .div_ceil(u32::try_from(pairs.len()).unwrap_or(1)),
    };
    let temporary = tempfile::tempdir()?;
    let stages = arguments.keep.as_deref().unwrap_or(temporary.path());
    let progress = Progress::new(u64::try_from(pairs.len() * scenarios.len()).unwrap_or_default());
    let (mut passed, mut failed) = (0, 0);
    for (a, b) in pairs {
        if play_pair(a, b, &scenarios, &settings, stages, &progress) {
            passed += 1;
        } else {
            failed += 1;
        }
    }
    progress.finish();
    let without: Vec<String> = left_out
        .iter()
        .map(|language| format!(", without {language}"))
        .collect();
    println!(
        "pairs: {passed} passed, {failed} failed{}",
        without.concat()
    );
    Ok(failed == 0)
}

fn play_pair(
    a: &AgentCommand,
    b: &AgentCommand,
    scenarios: &[Scenario],
    settings: &Settings,
    stages: &Path,
    progress: &Progress,
) -> bool {
    let name = format!("{} -> {}", a.language, b.language);
    let cast: BTreeMap<String, AgentCommand> = [("a", a), ("b", b), ("c", b)]
        .into_iter()
        .map(|(role, agent)| (role.to_owned(), agent.clone()))
        .collect();
    let started = Instant::now();
    let mut total = Outcome::default();
    let mut good = true;
    for scenario in scenarios {
        progress.start(&format!("{name}, {}", scenario.name));
        let began = Instant::now();
        let stage = stages.join(format!("{}-{}-{}", a.language, b.language, scenario.name));
        let took = || began.elapsed().as_secs_f32();
        match play(scenario, &cast, settings, &stage) {
            Ok(outcome) => {
                total.messages += outcome.messages;
                total.places += outcome.places;
                progress.done(&format!("  {name}, {}: {:.1} s", scenario.name, took()));
            }
            Err(error) => {
                good = false;
                progress.done(&format!(
                    "  {name}, {}: FAILED after {:.1} s: {error:#}",
                    scenario.name,
                    took()
                ));
            }
        }
    }
    let verdict = if good { "passed" } else { "FAILED" };
    progress.say(&format!(
        "{name}: {verdict}, {} messages, {} places watched, {:.0} s",
        total.messages,
        total.places,
        started.elapsed().as_secs_f32()
    ));
    good
}
