//! Looks for what the steps of a plan need, and shows a plan with what was found.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::plan::{Input, Plan, Step, maker};
use crate::apt;
use crate::workspace::Workspace;

/// How it stands with an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is there.
    Found,
    /// This step of the plan makes it, counted from 1.
    MadeBy(usize),
    /// This machine does not have it; another may.
    NotHere,
    /// The checkout, or the compiler, should have it and does not: a fault.
    Missing,
}

/// Where inputs are looked for.
#[derive(Debug)]
pub struct Finder<'a> {
    ws: &'a Workspace,
    /// The targets that the compiler knows, one a line.
    rust_targets: String,
}

impl<'a> Finder<'a> {
    /// Asks the compiler what it knows.
    pub fn new(ws: &'a Workspace) -> Result<Self> {
        let mut command = Command::new("rustc");
        command
            .args(["--print", "target-list"])
            .current_dir(&ws.root);
        let output = command.output().context("starting rustc")?;
        if !output.status.success() {
            bail!("rustc does not say which targets it knows");
        }
        Ok(Self {
            ws,
            rust_targets: String::from_utf8_lossy(&output.stdout).into_owned(),
        })
    }

    /// An input of a step that has these steps before it.
    pub fn state(&self, input: &Input, before: &[Step]) -> State {
        match input {
            Input::File(path) => match maker(before, path) {
                Some(number) => State::MadeBy(number),
                None => found(self.ws.path(path).exists()),
            },
            Input::Says(path, words) => found(self.read(path).contains(&spaced_once(words))),
            Input::Feature(folder, name) => {
                let manifest = self.ws.path(&format!("{folder}/Cargo.toml"));
                let manifest = fs::read_to_string(manifest).unwrap_or_default();
                found(has_feature(&manifest, name))
            }
            Input::RustTarget(name) => found(self.rust_targets.lines().any(|line| line == name)),
            Input::Program(name) => here(apt::is_on_path(name)),
            Input::Ndk(path) => here(Path::new(path).is_file()),
        }
    }

    fn read(&self, path: &str) -> String {
        spaced_once(&fs::read_to_string(self.ws.path(path)).unwrap_or_default())
    }
}

/// Prints every step, its command, and each input with its state; `false` if one is missing.
pub fn show(ws: &Workspace, plan: &Plan) -> Result<bool> {
    let finder = Finder::new(ws)?;
    let mut counts = [0_usize; 4];
    let [found, made, not_here, missing] = &mut counts;
    for (index, step) in plan.steps.iter().enumerate() {
        println!("{:>2}. {}", index + 1, step.title);
        println!("    {}", step.action.shown());
        let before = plan.steps.get(..index).unwrap_or_default();
        for input in &step.inputs {
            let state = finder.state(input, before);
            match state {
                State::Found => *found += 1,
                State::MadeBy(_) => *made += 1,
                State::NotHere => *not_here += 1,
                State::Missing => *missing += 1,
            }
            println!("      {:<24}{}", state.shown(), input.shown());
        }
        for output in &step.outputs {
            println!("      {:<24}{output}", "makes");
        }
    }
    let steps = plan.steps.len();
    println!(
        "\n{} --dry-run: {steps} steps; inputs: {found} found, {made} made by an earlier step, \
         {not_here} not on this machine, {missing} missing",
        plan.name
    );
    println!(
        "Nothing was run: not one of these commands was started, nothing was built, linked, packed or checked."
    );
    println!("To run them, this needs {}.", plan.needs);
    Ok(*missing == 0)
}

/// Fails, before the first step is run, if something that no step makes is not there.
pub fn require(ws: &Workspace, plan: &Plan) -> Result<()> {
    let finder = Finder::new(ws)?;
    let mut absent = Vec::new();
    for (index, step) in plan.steps.iter().enumerate() {
        let before = plan.steps.get(..index).unwrap_or_default();
        for input in &step.inputs {
            let state = finder.state(input, before);
            let line = format!("{}: {}", input.shown(), state.shown());
            if matches!(state, State::NotHere | State::Missing) && !absent.contains(&line) {
                absent.push(line);
            }
        }
    }
    if absent.is_empty() {
        return Ok(());
    }
    bail!(
        "{name} needs {needs}, and each of these:\n  {list}\n`cargo xtask {name} --dry-run` shows what each is for",
        name = plan.name,
        needs = plan.needs,
        list = absent.join("\n  ")
    )
}

impl State {
    fn shown(self) -> String {
        match self {
            Self::Found => "found".to_owned(),
            Self::MadeBy(number) => format!("made by step {number}"),
            Self::NotHere => "not on this machine".to_owned(),
            Self::Missing => "MISSING".to_owned(),
        }
    }
}

impl Input {
    fn shown(&self) -> String {
        match self {
            Self::File(path) | Self::Ndk(path) => path.clone(),
            Self::Says(path, words) => format!("{path} says: {words}"),
            Self::Feature(folder, name) => format!("{folder}/Cargo.toml has the feature {name}"),
            Self::RustTarget(name) => format!("rustc knows {name}"),
            Self::Program(name) => format!("the program {name}"),
        }
    }
}

fn found(is_there: bool) -> State {
    match is_there {
        true => State::Found,
        false => State::Missing,
    }
}

fn here(is_there: bool) -> State {
    match is_there {
        true => State::Found,
        false => State::NotHere,
    }
}

fn spaced_once(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a manifest's section of features has this one.
fn has_feature(manifest: &str, name: &str) -> bool {
    manifest
        .lines()
        .skip_while(|line| *line != "[features]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .any(|line| {
            line.split_once('=')
                .is_some_and(|(key, _)| key.trim() == name)
        })
}

#[cfg(test)]
mod tests {
    use super::super::plan::{file, says};
    use super::*;

    #[test]
    fn feature_is_looked_for_in_its_section_only() {
        let manifest = "[lib]\nname = \"x\"\n\n[features]\n# net = []\nstore = []\n\n[dependencies]\nbytes = \"1\"\n";
        assert!(has_feature(manifest, "store"));
        for name in ["net", "name", "bytes", "stor"] {
            assert!(!has_feature(manifest, name), "{name}");
        }
    }

    #[test]
    fn what_the_checkout_lacks_is_missing_and_what_the_machine_lacks_is_not() {
        let ws = Workspace::locate().unwrap();
        let finder = Finder::new(&ws).unwrap();
        let manifest = "bindings/Cargo.toml";
        for (input, state) in [
            (file(manifest), State::Found),
            (file("bindings/Cargo.lock"), State::Missing),
            (says(manifest, "[lib] name = \"tacita\""), State::Found),
            (says(manifest, "[lib] name = \"other\""), State::Missing),
            (says("nowhere.toml", "x"), State::Missing),
            (
                Input::Feature("core".to_owned(), "no-such".to_owned()),
                State::Missing,
            ),
            (
                Input::RustTarget("aarch64-linux-androids".to_owned()),
                State::Missing,
            ),
            (Input::Program("no-such-program".to_owned()), State::NotHere),
            (Input::Ndk("$NDK/bin/clang".to_owned()), State::NotHere),
        ] {
            assert_eq!(finder.state(&input, &[]), state, "{input:?}");
        }
    }
}
