//! `cargo xtask models`: Verifpal searches the models in docs/models for attacks; each mutant must have its own.

mod cases;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::cargo_tool::CargoTool;
use crate::workspace::Workspace;
use crate::{program, step};
use cases::{CASES, Case, Kind};

/// Runs every case, also after one has failed, and prints a table. `false` if a result is not the expected one.
pub fn run(ws: &Workspace) -> Result<bool> {
    let verifpal = VERIFPAL.install(ws)?;
    let mut rows = Vec::new();
    for case in CASES {
        let started = Instant::now();
        let result = search(ws, &verifpal, case)?;
        rows.push((case, result, started.elapsed()));
    }
    println!();
    for (case, result, elapsed) in &rows {
        println!("{}", row(case, result, *elapsed));
    }
    let wrong = rows.iter().filter(|(case, result, _)| *result != case.due);
    let (wrong, mutants) = (
        wrong.count(),
        CASES
            .iter()
            .filter(|case| case.kind == Kind::Mutant)
            .count(),
    );
    println!(
        "\nmodels: {} passed, {wrong} failed ({mutants} are mutants, in which an attack is due)",
        rows.len().saturating_sub(wrong)
    );
    Ok(wrong == 0)
}

fn row(case: &Case, result: &str, elapsed: Duration) -> String {
    let verdict = if result == case.due {
        "ok".to_owned()
    } else {
        format!("WRONG: {} was due", case.due)
    };
    let kind = match case.kind {
        Kind::Good => "",
        Kind::Mutant => "mutant: ",
        Kind::Control => "control: ",
    };
    format!(
        "{:<12} {:<15} {:>5.1} s  {verdict:<4} {kind}{}",
        case.model,
        result,
        elapsed.as_secs_f64(),
        case.name
    )
}

/// One letter and digit for each query of the model, in order; 1: an attack was found.
fn search(ws: &Workspace, verifpal: &PathBuf, case: &Case) -> Result<String> {
    let model = fs::read_to_string(ws.path(&format!("docs/models/{}.vp", case.model)))?;
    let text = edited(&model, case.edits).with_context(|| case.name.to_owned())?;
    let directory = ws.target.join("models");
    fs::create_dir_all(&directory)?;
    let path = directory.join("case.vp");
    fs::write(&path, text)?;
    let mut command = program::program(ws, verifpal);
    command.args(["verify", "--result-code", "--quiet", "--sessions"]);
    command.arg(case.sessions.to_string()).arg(&path);
    let title = format!("{}, {}", case.model, case.name);
    let output = step::run(ws, &title, command)?.output;
    let code = output.lines().last().unwrap_or_default().trim();
    if code.len() != case.due.len() {
        bail!("{title}: Verifpal gave no verdict: {code}");
    }
    Ok(code.to_owned())
}

/// The model with every edit made, each wherever its text stands; one that fits nowhere is an error.
fn edited(model: &str, edits: &[(&str, &str)]) -> Result<String> {
    let mut text = model.to_owned();
    for (from, to) in edits {
        if !text.contains(from) {
            bail!("the model has no {from:?} any more");
        }
        text = text.replace(from, to);
    }
    Ok(text)
}

/// It takes 2 to 3 minutes to build, and asks for a later Rust than it needs.
const VERIFPAL: CargoTool = CargoTool {
    name: "verifpal",
    version: "1.6.7",
    build: &["--ignore-rust-version"],
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn model(name: &str) -> String {
        let ws = Workspace::locate().unwrap();
        fs::read_to_string(ws.path(&format!("docs/models/{name}.vp"))).unwrap()
    }

    #[test]
    fn every_edit_fits_its_model_and_every_verdict_its_queries() {
        for case in CASES {
            let text = edited(&model(case.model), case.edits).unwrap();
            let (_, queries) = text.split_once("\nqueries[\n").unwrap();
            let letters: String = queries
                .lines()
                .take_while(|line| *line != "]")
                .filter_map(|line| line.trim().chars().next())
                .collect();
            let due: String = case.due.chars().step_by(2).collect();
            assert_eq!(letters, due, "{}", case.name);
        }
    }

    #[test]
    fn every_mutant_breaks_what_holds_without_it() {
        for mutant in CASES.iter().filter(|case| case.kind == Kind::Mutant) {
            let good = CASES
                .iter()
                .filter(|case| case.kind == Kind::Good && case.model == mutant.model)
                .filter(|case| case.sessions >= mutant.sessions)
                .find(|case| mutant.edits.starts_with(case.edits));
            let good = good.expect("a mutant has a scenario that holds");
            let pairs = || good.due.chars().zip(mutant.due.chars());
            assert!(pairs().any(|(good, mutant)| (good, mutant) == ('0', '1')));
            // A good case may have more sessions than its mutant, and so more attacks, but of replays only.
            assert!(
                good.sessions > mutant.sessions
                    || pairs().all(|(good, mutant)| (good, mutant) != ('1', '0'))
            );
        }
    }

    #[test]
    fn every_model_has_a_good_case_and_no_name_stands_twice() {
        let ws = Workspace::locate().unwrap();
        let files: BTreeSet<String> = fs::read_dir(ws.path("docs/models"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let good: BTreeSet<String> = CASES
            .iter()
            .filter(|case| case.kind == Kind::Good)
            .map(|case| format!("{}.vp", case.model))
            .collect();
        assert_eq!(files, good);
        let names: BTreeSet<&str> = CASES.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), CASES.len());
    }

    #[test]
    fn an_edit_that_fits_nowhere_is_an_error() {
        assert!(edited("a b", &[("b", "c")]).is_ok());
        assert!(edited("a b", &[("c", "d")]).is_err());
    }
}
