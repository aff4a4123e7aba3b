//! `cargo xtask fuzz`: looks for inputs that break a target, two targets at a time, and tells what was tried.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use anyhow::{Context as _, Result, bail};

use crate::cargo_tool::{CargoTool, UNOPTIMISED};
use crate::workspace::Workspace;
use crate::{program, rust, step};

/// What to do.
#[derive(Debug)]
pub struct Plan {
    /// How long each target is run.
    pub minutes: u32,
    /// Which; none: all.
    pub targets: Vec<String>,
    /// Whether what was found to reach something new is committed, minimised.
    pub keep: bool,
}

/// Runs the targets. `false` if an input breaks one.
pub fn run(ws: &Workspace, plan: &Plan) -> Result<bool> {
    let targets = choose(&all_targets(ws)?, &plan.targets)?;
    let fuzz = Fuzz::build(ws)?;
    let queue = Mutex::new(targets.iter());
    let rows = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let work = || {
            while let Some(target) = queue.lock().ok().and_then(|mut queue| queue.next()) {
                let row = fuzz.discover(target, plan.minutes);
                if let Ok(mut rows) = rows.lock() {
                    rows.push((target.clone(), row));
                }
            }
        };
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let mut rows = rows.into_inner().unwrap_or_default();
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    let held = print(&fuzz, rows)?;
    if plan.keep && held {
        for target in &targets {
            fuzz.minimise(target)?;
        }
    }
    Ok(held)
}

/// One program for each target.
fn all_targets(ws: &Workspace) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(ws.path(PROGRAMS))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".rs").map(str::to_owned));
    }
    names.sort_unstable();
    match names.is_empty() {
        true => bail!("{PROGRAMS} has no programs"),
        false => Ok(names),
    }
}

fn choose(all: &[String], wanted: &[String]) -> Result<Vec<String>> {
    if let Some(unknown) = wanted.iter().find(|name| !all.contains(name)) {
        bail!("no target {unknown}; there are: {}", all.join(", "));
    }
    let is_wanted = |name: &&String| wanted.is_empty() || wanted.contains(name);
    Ok(all.iter().filter(is_wanted).cloned().collect())
}

/// The built programs.
struct Fuzz<'a> {
    ws: &'a Workspace,
    programs: PathBuf,
}

impl<'a> Fuzz<'a> {
    /// Builds all programs with the address sanitizer and overflow checks. `cfg(fuzzing)` stays off,
    /// so that no dependency behaves otherwise than in the product.
    fn build(ws: &'a Workspace) -> Result<Self> {
        rust::set_up(ws)?;
        let host = host(ws)?;
        let target = ws.target.join("fuzz");
        let mut command = program::program(ws, CARGO_FUZZ.install(ws)?);
        command.args(["build", "--fuzz-dir", FUZZ_DIR]);
        command.args(["--release", "--debug-assertions", "--no-cfg-fuzzing"]);
        command.arg("--target").arg(&host);
        command.arg("--target-dir").arg(&target);
        // The sanitizer is a flag that a stable compiler takes only when it is told to.
        command.env("RUSTC_BOOTSTRAP", "1");
        // Its own: the variable would put the product's build there too.
        command.env_remove("CARGO_TARGET_DIR");
        step::run(ws, "building the fuzz targets", command)?;
        write_seeds(ws)?;
        Ok(Self {
            ws,
            programs: target.join(host).join("release"),
        })
    }

    fn program(&self, target: &str) -> Command {
        let mut command = program::program(self.ws, self.programs.join(target));
        command.env("ASAN_OPTIONS", "detect_odr_violation=0");
        command
    }

    /// What was found new stays here, and the next run goes on with it.
    fn working_corpus(&self, target: &str) -> PathBuf {
        self.ws.target.join("fuzz/corpus").join(target)
    }

    fn committed_corpus(&self, target: &str) -> PathBuf {
        self.ws.path(CORPUS).join(target)
    }

    /// Made anew from today's code, so that a structure with a new form is not fuzzed from old ones only.
    fn seeds(&self, target: &str) -> PathBuf {
        self.ws.target.join(SEEDS).join(target)
    }

    fn findings(&self, target: &str) -> PathBuf {
        self.ws.target.join("fuzz/findings").join(target)
    }

    /// Runs one target for some minutes.
    fn discover(&self, target: &str, minutes: u32) -> Result<Row> {
        let (working, findings) = (self.working_corpus(target), self.findings(target));
        if findings.is_dir() {
            fs::remove_dir_all(&findings)?;
        }
        fs::create_dir_all(&working)?;
        fs::create_dir_all(&findings)?;
        let mut command = self.program(target);
        command.arg(&working).arg(self.committed_corpus(target));
        command.arg(self.seeds(target));
        command.arg(format!("-max_total_time={}", minutes.saturating_mul(60)));
        command.arg(format!("-artifact_prefix={}/", findings.display()));
        command.args(["-print_final_stats=1", "-timeout=60", "-rss_limit_mb=3072"]);
        let outcome = step::attempt(self.ws, &format!("fuzzing {target}"), command)?;
        let mut found: Vec<PathBuf> = fs::read_dir(&findings)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        found.sort();
        Ok(Row {
            succeeded: outcome.succeeded,
            executions: final_count(&outcome.output, "number_of_executed_units"),
            coverage: last_value(&outcome.output, "cov:"),
            corpus: fs::read_dir(&working)?.count(),
            found,
        })
    }

    /// Replaces the committed corpus by the smallest inputs, of it and of what was found, that reach
    /// the same code.
    fn minimise(&self, target: &str) -> Result<()> {
        let merged = self.ws.target.join("fuzz/merged").join(target);
        if merged.is_dir() {
            fs::remove_dir_all(&merged)?;
        }
        fs::create_dir_all(&merged)?;
        let committed = self.committed_corpus(target);
        fs::create_dir_all(&committed)?;
        let mut command = self.program(target);
        // By edges, not by how often each is passed: that keeps the corpus small.
        command.args(["-merge=1", "-use_counters=0", "-timeout=30"]);
        command
            .arg(&merged)
            .arg(&committed)
            .arg(self.seeds(target))
            .arg(self.working_corpus(target));
        step::run(self.ws, &format!("minimising {target}"), command)?;
        if fs::read_dir(&merged)?.count() == 0 {
            bail!("{target}: nothing is left of the corpus");
        }
        keep_regressions(&committed, &merged)?;
        fs::remove_dir_all(&committed)?;
        fs::create_dir_all(&committed)?;
        for entry in fs::read_dir(&merged)? {
            let entry = entry?;
            fs::copy(entry.path(), committed.join(entry.file_name()))?;
        }
        Ok(())
    }
}

fn write_seeds(ws: &Workspace) -> Result<()> {
    let directory = ws.target.join(SEEDS);
    if directory.is_dir() {
        fs::remove_dir_all(&directory)?;
    }
    let mut command = program::cargo(ws);
    command.args(["run", "--locked", "--package", "tacita-fuzz", "--"]);
    command.arg("seeds").arg(&directory);
    step::run(ws, "writing seeds", command)?;
    Ok(())
}

/// Inputs that once found something are named so and stay, whatever they reach now.
fn keep_regressions(committed: &Path, merged: &Path) -> Result<()> {
    for entry in fs::read_dir(committed)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(REGRESSION) {
            fs::copy(entry.path(), merged.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// What came of one target.
#[derive(Debug)]
struct Row {
    succeeded: bool,
    executions: Option<u64>,
    coverage: Option<u64>,
    corpus: usize,
    found: Vec<PathBuf>,
}

/// The table, and how to see each finding again. `false` if there is one, or a target did not run.
fn print(fuzz: &Fuzz<'_>, rows: Vec<(String, Result<Row>)>) -> Result<bool> {
    println!("\ntarget        executions  edges  corpus  findings");
    let (mut total, mut held) = (0_u64, true);
    let mut commands = Vec::new();
    for (target, row) in rows {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                held = false;
                println!("{target:<12}  did not run: {error:#}");
                continue;
            }
        };
        let executions = row.executions.unwrap_or(0);
        total = total.saturating_add(executions);
        // A target that executed nothing has shown nothing.
        held &= row.succeeded && row.found.is_empty() && executions > 0;
        println!(
            "{target:<12}{executions:>12}{:>7}{:>8}{:>10}",
            row.coverage.unwrap_or(0),
            row.corpus,
            row.found.len()
        );
        for file in row.found {
            let program = fuzz.programs.join(&target);
            commands.push(format!("{} {}", program.display(), file.display()));
        }
    }
    println!("{total} executions, {} findings", commands.len());
    for command in commands {
        println!("again: {command}");
    }
    Ok(held)
}

/// A number of libFuzzer's final statistics.
fn final_count(output: &str, name: &str) -> Option<u64> {
    let prefix = format!("stat::{name}:");
    let line = output
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix(&prefix))?;
    line.trim().parse().ok()
}

/// The number behind the last such word of the progress lines.
fn last_value(output: &str, name: &str) -> Option<u64> {
    output.lines().rev().find_map(|line| {
        let mut words = line.split_whitespace();
        words.find(|word| *word == name)?;
        words.next()?.parse().ok()
    })
}

/// The triple that the programs are built for: with it, flags for them do not reach build scripts.
fn host(ws: &Workspace) -> Result<String> {
    let mut command = program::program(ws, "rustc");
    let output = command.arg("-vV").output().context("starting rustc")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc tells no host")
}

const CARGO_FUZZ: CargoTool = CargoTool {
    name: "cargo-fuzz",
    version: "0.13.2",
    build: UNOPTIMISED,
};
const FUZZ_DIR: &str = "fuzz/libfuzzer";
const PROGRAMS: &str = "fuzz/libfuzzer/fuzz_targets";
const CORPUS: &str = "fuzz/corpus";
const SEEDS: &str = "fuzz/seeds";
const REGRESSION: &str = "found-";
/// Each takes one core.
const AT_ONCE: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "#2\tINITED cov: 80 ft: 82 corp: 2/9b exec/s: 0 rss: 40Mb\n\
        #9000\tDONE   cov: 95 ft: 120 corp: 9/80b lim: 4096 exec/s: 4500 rss: 60Mb\n\
        stat::number_of_executed_units: 9000\n\
        stat::average_exec_per_sec:     4500\n";

    #[test]
    fn executions_and_edges_are_read_from_libfuzzers_own_words() {
        assert_eq!(final_count(OUTPUT, "number_of_executed_units"), Some(9000));
        assert_eq!(last_value(OUTPUT, "cov:"), Some(95));
        assert_eq!(final_count("", "number_of_executed_units"), None);
        assert_eq!(last_value("nothing", "cov:"), None);
    }

    #[test]
    fn an_unknown_target_is_an_error_and_none_means_all() {
        let all = ["links".to_owned(), "relay".to_owned()];
        assert_eq!(choose(&all, &[]).unwrap(), all);
        assert_eq!(choose(&all, &all[1..]).unwrap(), &all[1..]);
        let error = choose(&all, &["rely".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("links, relay"));
    }
}
