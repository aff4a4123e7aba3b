//! `cargo xtask mutants`: alters the two lowest layers in each small way there is; a test has to fail each time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::cargo_tool::{CargoTool, UNOPTIMISED};
use crate::program;
use crate::workspace::Workspace;

/// Judges the mutants of a shard and prints the score of all that were ever judged. `false` if it is too low.
pub fn run(ws: &Workspace, shard: &str, resume: bool, score_only: bool) -> Result<bool> {
    let tool = CARGO_MUTANTS.install(ws)?;
    let results = ws.target.join("mutants-results");
    fs::create_dir_all(&results)?;
    let all = list(ws, &tool)?;
    let mut verdicts = Verdicts::load(&results)?;
    if !score_only {
        let output = results.join(shard.replace('/', "-of-"));
        if !resume && output.is_dir() {
            fs::remove_dir_all(&output)?;
        }
        judge(ws, &tool, shard, resume, &output)?;
        verdicts.absorb(&results)?;
    }
    verdicts.keep(&all);
    verdicts.save(&results)?;
    Ok(verdicts.print(all.len()))
}

fn command(ws: &Workspace, tool: &Path) -> Command {
    let mut command = program::program(ws, tool);
    command.args(["mutants", "--package", "tacita-core"]);
    // Its own, and kept: only the core is built anew for each mutant.
    command.env("CARGO_TARGET_DIR", ws.target.join("mutants-build"));
    command
}

/// The names of all mutants that this tree has.
fn list(ws: &Workspace, tool: &Path) -> Result<BTreeSet<String>> {
    let mut command = command(ws, tool);
    let output = command.arg("--list").output().context("listing mutants")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().map(str::to_owned).collect())
}

fn judge(ws: &Workspace, tool: &Path, shard: &str, resume: bool, output: &Path) -> Result<()> {
    fs::create_dir_all(output)?;
    let mut command = command(ws, tool);
    // Round robin, so that a shard is a sample of every file.
    command.args(["--shard", shard, "--sharding", "round-robin"]);
    command
        .args(["--timeout", TEST_SECONDS, "--output"])
        .arg(output);
    if resume {
        command.arg("--iterate");
    }
    command.args(["--", "--"]).args(LEFT_OUT);
    let status = command.status().context("starting cargo-mutants")?;
    match status.code() {
        // All caught; some missed; some ran into the time limit.
        Some(0 | 2 | 3) => Ok(()),
        _ => bail!("cargo-mutants broke off ({status}); --resume goes on"),
    }
}

/// What became of each mutant, by its name.
#[derive(Debug, Default)]
struct Verdicts(BTreeMap<String, String>);

impl Verdicts {
    /// What is on disk, also of a run that was broken off.
    fn load(results: &Path) -> Result<Self> {
        let mut verdicts = Self::default();
        let ledger = ledger(results);
        if ledger.is_file() {
            for line in fs::read_to_string(ledger)?.lines() {
                if let Some((verdict, name)) = line.split_once('\t') {
                    verdicts.0.insert(name.to_owned(), verdict.to_owned());
                }
            }
        }
        verdicts.absorb(results)?;
        Ok(verdicts)
    }

    /// Takes in what cargo-mutants has written of every shard.
    fn absorb(&mut self, results: &Path) -> Result<()> {
        for entry in fs::read_dir(results)? {
            let written = entry?.path().join("mutants.out");
            for verdict in VERDICTS {
                let file = written.join(format!("{verdict}.txt"));
                if file.is_file() {
                    for name in fs::read_to_string(file)?.lines() {
                        self.0.insert(name.to_owned(), verdict.to_owned());
                    }
                }
            }
        }
        Ok(())
    }

    /// Forgets mutants of code that is no longer there.
    fn keep(&mut self, all: &BTreeSet<String>) {
        self.0.retain(|name, _| all.contains(name));
    }

    fn save(&self, results: &Path) -> Result<()> {
        let lines = self
            .0
            .iter()
            .map(|(name, verdict)| format!("{verdict}\t{name}\n"));
        fs::write(ledger(results), lines.collect::<String>())?;
        Ok(())
    }

    fn count(&self, verdict: &str) -> usize {
        self.0.values().filter(|other| *other == verdict).count()
    }

    /// Caught among caught and missed, in tenths of a per cent.
    fn score(&self) -> usize {
        let (caught, missed) = (self.count("caught"), self.count("missed"));
        (caught * 1000).checked_div(caught + missed).unwrap_or(0)
    }

    fn print(&self, all: usize) -> bool {
        for verdict in ["missed", "timeout"] {
            for (name, _) in self.0.iter().filter(|(_, other)| *other == verdict) {
                println!("{verdict:<9}{name}");
            }
        }
        let score = self.score();
        println!(
            "mutants: {} of {all} judged: {} caught, {} missed, {} timeouts, {} unviable; score {}.{} %",
            self.0.len(),
            self.count("caught"),
            self.count("missed"),
            self.count("timeout"),
            self.count("unviable"),
            score / 10,
            score % 10,
        );
        score >= DUE
    }
}

fn ledger(results: &Path) -> PathBuf {
    results.join("verdicts.txt")
}

const CARGO_MUTANTS: CargoTool = CargoTool {
    name: "cargo-mutants",
    version: "27.1.0",
    build: UNOPTIMISED,
};
const VERDICTS: [&str; 4] = ["caught", "missed", "timeout", "unviable"];
/// A mutant's tests take three seconds, unless it made a loop endless.
const TEST_SECONDS: &str = "200";
/// The longest test by far; what it finds, others find too.
const LEFT_OUT: [&str; 2] = ["--skip", "every_message_opens_exactly_once_in_any_schedule"];
/// The score that is due, in tenths of a per cent.
const DUE: usize = 900;

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(all: &[(&str, &str)]) -> Verdicts {
        let owned = all
            .iter()
            .map(|(name, verdict)| ((*name).to_owned(), (*verdict).to_owned()));
        Verdicts(owned.collect())
    }

    #[test]
    fn unviable_mutants_and_timeouts_do_not_count() {
        let some = [
            ("a", "caught"),
            ("b", "missed"),
            ("c", "unviable"),
            ("d", "timeout"),
        ];
        assert_eq!(verdicts(&some).score(), 500);
        assert_eq!(verdicts(&[]).score(), 0, "nothing judged is no success");
    }

    #[test]
    fn mutants_of_code_that_is_gone_are_forgotten() {
        let mut some = verdicts(&[("a", "caught"), ("b", "missed")]);
        some.keep(&BTreeSet::from(["a".to_owned()]));
        assert_eq!((some.0.len(), some.score()), (1, 1000));
    }
}
