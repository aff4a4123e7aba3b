//! Counts tests from what each language's runner prints or writes.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// How many tests of a suite passed, failed, and were left out by their authors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ran and passed.
    pub passed: u64,
    /// Ran and failed.
    pub failed: u64,
    /// Marked as not to be run.
    pub ignored: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// libtest: one `test result:` line for each test program.
pub fn count_libtest(output: &str) -> Counts {
    let mut total = Counts::default();
    for line in output
        .lines()
        .filter_map(|line| line.trim().strip_prefix("test result: "))
    {
        total.add(Counts {
            passed: number_before(line, " passed"),
            failed: number_before(line, " failed"),
            ignored: number_before(line, " ignored"),
        });
    }
    total
}

/// pytest: its last line is `N passed, N failed, N skipped, N errors in S s`, without those that are 0.
pub fn count_pytest(output: &str) -> Counts {
    // "in 7.18s", "in 61.00s (0:01:01)"
    let is_total = |line: &&str| {
        let (_, time) = line.rsplit_once(" in ").unwrap_or_default();
        time.starts_with(|first: char| first.is_ascii_digit())
    };
    let line = output.lines().rev().find(is_total).unwrap_or_default();
    Counts {
        passed: number_before(line, " passed"),
        failed: number_before(line, " failed") + number_before(line, " error"),
        ignored: number_before(line, " skipped"),
    }
}

/// Surefire: one XML file for each test class, with the counts on its first element.
pub fn count_surefire(dirs: &[PathBuf]) -> Result<Counts> {
    let mut total = Counts::default();
    for dir in dirs.iter().filter(|dir| dir.is_dir()) {
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "xml") {
                let text = fs::read_to_string(&path)?;
                total.add(surefire_report(&text).with_context(|| path.display().to_string())?);
            }
        }
    }
    Ok(total)
}

fn surefire_report(text: &str) -> Result<Counts> {
    let (_, rest) = text
        .split_once("<testsuite ")
        .context("no testsuite in a Surefire report")?;
    let (attributes, _) = rest
        .split_once('>')
        .context("a Surefire report is cut short")?;
    let attribute = |name: &str| -> Result<u64> {
        let (_, rest) = attributes
            .split_once(&format!(" {name}=\""))
            .context(name.to_owned())?;
        let (value, _) = rest.split_once('"').context(name.to_owned())?;
        Ok(value.parse()?)
    };
    let failed = attribute("failures")? + attribute("errors")?;
    let ignored = attribute("skipped")?;
    let passed = attribute("tests")?.saturating_sub(failed + ignored);
    Ok(Counts {
        passed,
        failed,
        ignored,
    })
}

/// Swift: one line for each test, of Swift Testing or of XCTest.
pub fn count_swift(output: &str) -> Counts {
    let mut total = Counts::default();
    for line in output.lines().map(str::trim) {
        let is_test = line.contains(" Test ") && !line.contains(" Test run with ");
        if line.starts_with("Test Case ") || is_test {
            total.passed +=
                u64::from(line.contains(" passed (") || line.contains(" passed after "));
            total.failed +=
                u64::from(line.contains(" failed (") || line.contains(" failed after "));
            total.ignored += u64::from(is_test && line.contains(" skipped"));
        }
    }
    total
}

/// The harness: its last line is `<name>: N passed, N failed`.
pub fn count_harness(output: &str, name: &str) -> Counts {
    let prefix = format!("{name}: ");
    let line = output
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix(&prefix));
    line.map_or_else(Counts::default, |line| Counts {
        passed: number_before(line, " passed"),
        failed: number_before(line, " failed"),
        ignored: 0,
    })
}

fn number_before(line: &str, word: &str) -> u64 {
    let number = line
        .split_once(word)
        .and_then(|(before, _)| before.split_whitespace().next_back());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u64, failed: u64, ignored: u64) -> Counts {
        Counts {
            passed,
            failed,
            ignored,
        }
    }

    #[test]
    fn libtest_results_of_several_programs_are_added() {
        let output = "running 2 tests\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: FAILED. 30 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(count_libtest(output), counts(32, 4, 1));
        assert_eq!(count_libtest("error: could not compile"), counts(0, 0, 0));
    }

    #[test]
    fn pytest_errors_count_as_failures() {
        let output = "....F [100%]\n==== FAILURES ====\n== 2 failed, 40 passed, 3 skipped, 1 error in 7.18s ==\n";
        assert_eq!(count_pytest(output), counts(40, 3, 3));
        assert_eq!(
            count_pytest("40 passed in 61.00s (0:01:01)"),
            counts(40, 0, 0)
        );
        assert_eq!(count_pytest("40 passed in 7.18s\n"), counts(40, 0, 0));
        assert_eq!(count_pytest("no tests ran in 0.01s"), counts(0, 0, 0));
        assert_eq!(count_pytest("ImportError: no module"), counts(0, 0, 0));
    }

    #[test]
    fn surefire_errors_count_as_failures() {
        let report = "<?xml version=\"1.0\"?>\n<testsuite xmlns:x=\"y\" name=\"A\" time=\"0.1\" \
            tests=\"7\" errors=\"1\" skipped=\"2\" failures=\"1\">\n<testcase/></testsuite>";
        assert_eq!(surefire_report(report).unwrap(), counts(3, 2, 2));
        assert!(surefire_report("<testsuite name=\"A\" tests=\"7\"").is_err());
        assert!(surefire_report("<testsuite name=\"A\" tests=\"7\">").is_err());
    }

    #[test]
    fn swift_tests_of_both_frameworks_are_counted_and_totals_are_not() {
        let output = "Test Suite 'All tests' passed at 2026-01-01\n\
            Test Case 'KitTests.testA' passed (0.001 seconds)\n\
            \u{25c7} Test run started.\n\
            \u{25c7} Test one() started.\n\
            \u{2714} Test one() passed after 0.001 seconds.\n\
            \u{2714} Test many(_:) with 3 test cases passed after 0.001 seconds.\n\
            \u{2718} Test two() recorded an issue at A.swift:1:1: Expectation failed: false\n\
            \u{2718} Test two() failed after 0.001 seconds with 1 issue.\n\
            \u{279c} Test three() skipped: \"why\"\n\
            \u{2718} Suite CoreTests failed after 0.001 seconds with 1 issue.\n\
            \u{2718} Test run with 3 tests failed after 0.001 seconds with 1 issue.\n";
        assert_eq!(count_swift(output), counts(3, 1, 1));
    }

    #[test]
    fn harness_total_is_its_last_line_of_that_name() {
        let output = "pairs: 1 passed, 0 failed\nrust -> swift ok\npairs: 8 passed, 1 failed\n";
        assert_eq!(count_harness(output, "pairs"), counts(8, 1, 0));
        assert_eq!(count_harness(output, "exam"), counts(0, 0, 0));
    }
}
