//! `cargo xtask test`: every suite in every language, counted; a suite without tests has failed.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};

use crate::agents::Agents;
use crate::cli::Language;
use crate::counts::{self, Counts};
use crate::step::{self, Outcome};
use crate::swift::Swift;
use crate::workspace::Workspace;
use crate::{bindings, harness, jvm, kotlin, reference, rust, sim};

/// Runs all suites. `false` if anything failed.
pub fn run(ws: &Workspace, without: &[Language]) -> Result<bool> {
    let mut tally = Tally::default();
    let built = tally.time("build", || bindings::generate(ws));
    if let Err(error) = &built {
        step::note(&format!("{error:#}"));
    }
    let bindings_built = || match built {
        Ok(()) => Ok(()),
        Err(_) => bail!("the library and its bindings were not built"),
    };

    tally.suite("rust", || {
        rust::set_up(ws)?;
        let mut command = rust::cargo(ws, "test");
        command.arg("--no-fail-fast");
        let outcome = step::attempt(ws, "Rust tests", command)?;
        Ok((counts::count_libtest(&outcome.output), outcome))
    });
    tally.suite("release", || {
        let outcome = step::attempt(ws, "tests of a release build", rust::release_tests(ws))?;
        Ok((counts::count_libtest(&outcome.output), outcome))
    });
    tally.suite("sim", || {
        let outcome = sim::suite(ws)?;
        Ok((counts::count_harness(&outcome.output, "sim"), outcome))
    });
    tally.suite("reference", || {
        bindings_built()?;
        let outcome = reference::suite(ws)?;
        Ok((counts::count_pytest(&outcome.output), outcome))
    });
    tally.suite("kotlin", || {
        bindings_built()?;
        kotlin::set_up_screens(ws)?;
        let outcome = kotlin::test(ws)?;
        Ok((counts::count_surefire(&kotlin::report_dirs(ws))?, outcome))
    });
    if !without.contains(&Language::Swift) {
        tally.suite("swift", || {
            bindings_built()?;
            let outcome = Swift::set_up(ws)?.test(ws)?;
            Ok((counts::count_swift(&outcome.output), outcome))
        });
    }
    let agents = tally.time("agents", || {
        bindings_built()?;
        Agents::prepare(ws, without)
    });
    if let Err(error) = &agents {
        step::note(&format!("{error:#}"));
    }
    let agents = || {
        agents
            .as_ref()
            .map_err(|_| anyhow!("the agents were not built"))
    };
    tally.suite("faults", || {
        bindings_built()?;
        let outcome = harness::faults_suite(ws)?;
        Ok((counts::count_harness(&outcome.output, "faults"), outcome))
    });
    tally.suite("pairs", || {
        let outcome = harness::pairs_suite(ws, agents()?)?;
        Ok((counts::count_harness(&outcome.output, "pairs"), outcome))
    });
    tally.suite("exam", || {
        let outcome = harness::exam_suite(ws, agents()?)?;
        Ok((counts::count_harness(&outcome.output, "exam"), outcome))
    });
    // The last: the Kotlin side is of the released library afterwards.
    tally.suite("jvm", || {
        bindings_built()?;
        jvm::suite(ws)
    });
    Ok(tally.print(without))
}

#[derive(Debug, Default)]
struct Tally {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    counts: Option<Counts>,
    elapsed: Duration,
}

impl Tally {
    /// Times work that runs no tests itself.
    fn time<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = work();
        self.rows.push(Row {
            name,
            counts: None,
            elapsed: started.elapsed(),
        });
        result
    }

    fn suite(&mut self, name: &'static str, work: impl FnOnce() -> Result<(Counts, Outcome)>) {
        let started = Instant::now();
        let counts = match work() {
            Ok((counts, outcome)) => judge(name, counts, outcome.succeeded),
            Err(error) => {
                step::note(&format!("{name}: {error:#}"));
                Counts {
                    failed: 1,
                    ..Counts::default()
                }
            }
        };
        self.rows.push(Row {
            name,
            counts: Some(counts),
            elapsed: started.elapsed(),
        });
    }

    fn print(&self, without: &[Language]) -> bool {
        let (mut passed, mut failed) = (0, 0);
        println!();
        for row in &self.rows {
            let minutes = row.elapsed.as_secs_f64() / 60.0;
            let Some(counts) = row.counts else {
                println!("{:<9}{minutes:>6.1} min", row.name);
                continue;
            };
            passed += counts.passed;
            failed += counts.failed;
            let ignored = match counts.ignored {
                0 => String::new(),
                ignored => format!(", {ignored} ignored"),
            };
            println!(
                "{:<9}{minutes:>6.1} min  {} passed, {} failed{ignored}",
                row.name, counts.passed, counts.failed
            );
        }
        if without.contains(&Language::Swift) {
            println!("Swift was left out: nothing here was tested in Swift");
        }
        println!("{passed} passed, {failed} failed");
        failed == 0
    }
}

/// A runner that failed without naming a test, and a suite without tests, count as one failure.
fn judge(name: &str, mut counts: Counts, succeeded: bool) -> Counts {
    if counts.passed == 0 && counts.failed == 0 {
        step::note(&format!("{name}: ran no tests"));
        counts.failed = 1;
    } else if !succeeded && counts.failed == 0 {
        step::note(&format!("{name}: the run broke off"));
        counts.failed = 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(passed: u64) -> Counts {
        Counts {
            passed,
            ..Counts::default()
        }
    }

    #[test]
    fn suite_without_tests_has_failed() {
        assert_eq!(judge("s", passed(0), true).failed, 1);
    }

    #[test]
    fn run_that_broke_off_has_failed_although_no_test_did() {
        assert_eq!(judge("s", passed(3), false).failed, 1);
        assert_eq!(judge("s", passed(3), true).failed, 0);
    }
}
