//! The committed corpus, replayed: every input that ever found something, and enough to reach everything else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tacita_fuzz::{TARGETS, Target, find};

/// So much of it is committed at most.
const MAX_CORPUS_BYTES: usize = 2 << 20;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn names(directory: &Path) -> BTreeSet<String> {
    fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn inputs(target: &Target) -> Vec<(String, Vec<u8>)> {
    let directory = folder("corpus").join(target.name);
    let read = |name: String| (name.clone(), fs::read(directory.join(name)).unwrap());
    names(&directory).into_iter().map(read).collect()
}

/// Replays one target's corpus; the failing input is named by the line printed last.
fn replay(target: &Target) -> usize {
    let inputs = inputs(target);
    let mut taken = 0;
    for (name, input) in &inputs {
        let file = format!("fuzz/corpus/{}/{name}", target.name);
        let run = std::panic::catch_unwind(|| (target.run)(input));
        match run {
            Ok(true) => taken += 1,
            Ok(false) => {}
            Err(_) => panic!(
                "{file} breaks an invariant; again: cargo run -p tacita-fuzz -- run {} {file}",
                target.name
            ),
        }
    }
    println!(
        "{}: {} inputs, {taken} of them taken",
        target.name,
        inputs.len()
    );
    assert!(inputs.len() >= 3, "{}: no corpus", target.name);
    assert!(
        taken > 0,
        "{}: nothing gets past the first check",
        target.name
    );
    inputs.len()
}

#[test]
fn every_input_of_the_corpus_holds() {
    let total: usize = TARGETS.iter().map(replay).sum();
    println!("{total} inputs in {} targets", TARGETS.len());
}

/// What the seeds are made of may change; they must go on being taken.
#[test]
fn every_seed_holds_and_some_of_each_target_are_taken() {
    for target in TARGETS {
        let taken = (target.seeds)()
            .iter()
            .filter(|seed| (target.run)(seed))
            .count();
        assert!(taken > 0, "{}", target.name);
    }
}

#[test]
fn corpus_programs_and_targets_are_the_same_list() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|t| t.name.to_owned()).collect();
    assert_eq!(targets.len(), TARGETS.len());
    assert_eq!(names(&folder("corpus")), targets);
    let programs = names(&folder("libfuzzer/fuzz_targets"));
    let files: BTreeSet<String> = targets.iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(programs, files);
    let manifest = fs::read_to_string(folder("libfuzzer/Cargo.toml")).unwrap();
    for target in TARGETS {
        let entry = format!("[[bin]]\nname = \"{}\"\n", target.name);
        assert!(manifest.contains(&entry), "no program {}", target.name);
        let source = fs::read_to_string(
            folder("libfuzzer/fuzz_targets").join(format!("{}.rs", target.name)),
        );
        let call = format!("run(\"{}\", input)", target.name);
        assert!(
            source.unwrap().contains(&call),
            "{} runs another",
            target.name
        );
    }
    assert!(find("no such target").is_none());
}

#[test]
fn the_corpus_is_small() {
    let bytes: usize = TARGETS
        .iter()
        .flat_map(inputs)
        .map(|(_, input)| input.len())
        .sum();
    println!("{bytes} bytes of corpus");
    assert!(bytes <= MAX_CORPUS_BYTES);
}

/// What is fuzzed is what is shipped: the programs' own lock file names no other version of a crate.
#[test]
fn the_programs_are_built_of_the_products_versions() {
    let read = |path: PathBuf| fs::read_to_string(path).unwrap();
    let ours = packages(&read(folder("../Cargo.lock")));
    let programs = packages(&read(folder("libfuzzer/Cargo.lock")));
    let named: BTreeSet<&str> = ours.iter().map(|(name, _)| name.as_str()).collect();
    let mut compared = 0;
    for (name, version) in &programs {
        if named.contains(name.as_str()) {
            compared += 1;
            assert!(
                ours.contains(&(name.clone(), version.clone())),
                "{name} {version} is fuzzed and another is shipped: copy Cargo.lock over fuzz/libfuzzer's \
                 and run cargo metadata there"
            );
        }
    }
    assert!(compared > 50, "the lock files were read");
}

/// Name and version of every package of a lock file.
fn packages(lock: &str) -> BTreeSet<(String, String)> {
    let value = |line: &str, key: &str| {
        let rest = line.strip_prefix(key)?.strip_prefix(" = \"")?;
        Some(rest.trim_end_matches('"').to_owned())
    };
    let mut lines = lock.lines();
    let mut found = BTreeSet::new();
    while let Some(line) = lines.next() {
        if let Some(name) = value(line, "name")
            && let Some(version) = lines.next().and_then(|line| value(line, "version"))
        {
            found.insert((name, version));
        }
    }
    found
}
