//! docs/PITFALLS.md tells the truth: every test that it names is there, and no attack is left out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests; this one reads the source"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The list of attacks goes to N50; these numbers were never given.
const NOT_GIVEN: [u32; 5] = [11, 20, 23, 26, 40];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page() -> String {
    std::fs::read_to_string(root().join("docs/PITFALLS.md")).unwrap()
}

/// What stands in backquotes as `path::name`.
fn named_tests(text: &str) -> Vec<(&str, &str)> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_once("::"))
        .filter(|(path, _)| path.contains('/'))
        .collect()
}

/// Number and text of each row of the page's tables.
fn rows(page: &str) -> Vec<(u32, &str)> {
    page.lines()
        .filter_map(|line| {
            let rest = line.strip_prefix("| N")?;
            let (number, rest) = rest.split_once(" |")?;
            Some((number.parse().ok()?, rest))
        })
        .collect()
}

/// Whether a file has a test of this name: in Rust under a test attribute, in Kotlin and Swift under theirs.
fn has_test(path: &str, source: &str, name: &str) -> bool {
    let declared = match path.rsplit('.').next() {
        Some("rs") => format!("fn {name}("),
        Some("kt") => format!("fun `{name}`("),
        Some("swift") => format!("func {name}("),
        _ => return false,
    };
    // The relay's conformance tests, and property tests, stand in a macro that makes tests of them.
    let in_macro = declared.replace('(', "<B: Backend>(");
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(at, line)| {
        if line.contains(&in_macro) {
            return true;
        }
        let is_attribute = |line: &&&str| line.starts_with(['#', '@', '/']) && !line.contains('{');
        let mut attributes = lines[..at].iter().rev().take_while(is_attribute);
        let marks = ["#[test]", "#[tokio::test", "@Test"];
        let is_mark = |line: &str| marks.iter().any(|mark| line.starts_with(mark));
        line.contains(&declared) && (is_mark(line) || attributes.any(|line| is_mark(line)))
    })
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let page = page();
    let named = named_tests(&page);
    assert!(named.len() > 80, "{} tests are named", named.len());
    let mut sources: BTreeMap<&str, String> = BTreeMap::new();
    let mut missing = Vec::new();
    for (path, name) in named {
        let source = sources
            .entry(path)
            .or_insert_with(|| std::fs::read_to_string(root().join(path)).unwrap_or_default());
        if !has_test(path, source, name) {
            missing.push(format!("{path}::{name}"));
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn every_attack_has_its_row_and_every_row_that_is_not_open_has_a_test() {
    let page = page();
    let rows = rows(&page);
    let listed: BTreeSet<u32> = rows.iter().map(|(number, _)| *number).collect();
    let due: BTreeSet<u32> = (1..=50).filter(|n| !NOT_GIVEN.contains(n)).collect();
    assert_eq!(listed, due);
    let (_, open) = page.split_once("\n## Open").unwrap();
    for (number, row) in rows {
        let is_open = open.contains(row);
        assert_ne!(is_open, !named_tests(row).is_empty(), "N{number}");
    }
}

#[test]
fn a_name_that_is_not_a_test_is_found() {
    let rust =
        "/// Says.\n#[test]\nfn one() {}\n\nfn two() {}\n\n#[tokio::test]\nasync fn three() {}";
    assert!(has_test("a.rs", rust, "one"));
    assert!(has_test("a.rs", rust, "three"));
    for name in ["two", "on", "four"] {
        assert!(!has_test("a.rs", rust, name), "{name}");
    }
    let kotlin = "    @Test\n    fun `it works`() = world {\n    fun helper() {";
    assert!(has_test("A.kt", kotlin, "it works"));
    assert!(!has_test("A.kt", kotlin, "it fails"));
    let swift = "    @Test func itWorks() async throws {\n    func helper() {";
    assert!(has_test("A.swift", swift, "itWorks"));
    assert!(!has_test("A.swift", swift, "helper"));
    assert!(!has_test("A.txt", rust, "one"));
    let page = "| N3 | x | y | `a/b.rs::one` and `c::d` |";
    assert_eq!(named_tests(page), [("a/b.rs", "one")]);
    assert_eq!(rows(page)[0].0, 3);
}
