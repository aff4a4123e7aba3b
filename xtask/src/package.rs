//! `cargo xtask android` and `cargo xtask ios`: packs the library and its kit for phones, by a plan that can be shown first.

mod aar;
mod android;
mod elf;
mod inputs;
mod ios;
mod plan;

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;
use crate::{apt, kotlin, program, rust, step};
pub use android::MOST_BYTES;
use plan::{Action, Plan, Step, Words};

/// Builds the AAR; a dry run shows and checks the plan instead, and is `false` if the checkout lacks something.
pub fn android(ws: &Workspace, dry_run: bool) -> Result<bool> {
    let ndk = ndk();
    let plan = android::plan(&android::Environment {
        ndk: ndk
            .clone()
            .unwrap_or_else(|| "$ANDROID_NDK_HOME".to_owned()),
        os: env::consts::OS,
        pom: fs::read_to_string(ws.path("android/pom.xml"))?,
    })?;
    if dry_run {
        return inputs::show(ws, &plan);
    }
    match ndk {
        Some(ndk) if Path::new(&ndk).is_dir() => {}
        Some(ndk) => bail!("there is no NDK in {ndk}: {}", missing(&plan)),
        None => bail!("ANDROID_NDK_HOME is not set: {}", missing(&plan)),
    }
    rust::set_up(ws)?;
    kotlin::set_up(ws)?;
    carry_out(ws, &plan)
}

/// Builds the XCFramework and the Swift package around it; a dry run as above.
pub fn ios(ws: &Workspace, dry_run: bool) -> Result<bool> {
    let plan = ios::plan();
    if dry_run {
        return inputs::show(ws, &plan);
    }
    for name in ["xcrun", "xcodebuild"] {
        if !apt::is_on_path(name) {
            bail!("{name} is not on PATH: {}", missing(&plan));
        }
    }
    carry_out(ws, &plan)
}

fn ndk() -> Option<String> {
    ["ANDROID_NDK_HOME", "ANDROID_NDK_ROOT"]
        .iter()
        .find_map(|name| env::var(name).ok().filter(|path| !path.is_empty()))
}

fn missing(plan: &Plan) -> String {
    format!(
        "this needs {}. `cargo xtask {} --dry-run` shows and checks every step without it",
        plan.needs, plan.name
    )
}

/// Runs every step; the first that fails ends it.
fn carry_out(ws: &Workspace, plan: &Plan) -> Result<bool> {
    inputs::require(ws, plan)?;
    for step in &plan.steps {
        for output in &step.outputs {
            if let Some(folder) = ws.path(output).parent() {
                fs::create_dir_all(folder)?;
            }
        }
        perform(ws, step).with_context(|| step.title.clone())?;
        for output in &step.outputs {
            if !ws.path(output).exists() {
                bail!("{}: it ended well, but made no {output}", step.title);
            }
        }
    }
    println!("{}: all {} steps passed", plan.name, plan.steps.len());
    for result in &plan.results {
        println!("  {}", ws.path(result).display());
    }
    println!("None of it was run on a phone.");
    Ok(true)
}

fn perform(ws: &Workspace, step: &Step) -> Result<()> {
    match &step.action {
        Action::Run(words) => step::run(ws, &step.title, command(ws, words)).map(|_| ()),
        Action::Judge(words, judge) => {
            judge(&step::run(ws, &step.title, command(ws, words))?.output)
        }
        Action::Weigh(path, most) => weigh(&ws.path(path), *most),
        Action::Write(path, text) => Ok(fs::write(ws.path(path), text)?),
        Action::Copy(from, to) => copy(&ws.path(from), &ws.path(to)),
        Action::Clear(paths) => {
            for path in paths.iter().map(|path| ws.path(path)) {
                if path.exists() {
                    fs::remove_dir_all(path)?;
                }
            }
            Ok(())
        }
    }
}

fn command(ws: &Workspace, words: &Words) -> Command {
    let mut command = match words.program.as_str() {
        "cargo" => program::cargo(ws),
        // The system looks for a path with a folder in it from here, not from the command's directory.
        path if path.contains('/') => program::program(ws, ws.path(path)),
        name => program::program(ws, name),
    };
    command.args(&words.arguments);
    let environment = words.environment.iter().map(|(name, value)| (name, value));
    command.envs(environment);
    command
}

pub fn weigh(path: &Path, most: u64) -> Result<()> {
    let bytes = fs::metadata(path)?.len();
    if bytes > most {
        bail!("{bytes} bytes, and {most} are allowed: look for what came in, or raise MOST_BYTES");
    }
    step::note(&format!("{}: {bytes} bytes", path.display()));
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        fs::copy(from, to)?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::inputs::{Finder, State};
    use super::plan::{Input, maker};
    use super::*;

    fn plans(ws: &Workspace) -> Vec<Plan> {
        let android = |os| {
            let pom = fs::read_to_string(ws.path("android/pom.xml")).unwrap();
            let ndk = "$ANDROID_NDK_HOME".to_owned();
            android::plan(&android::Environment { ndk, os, pom }).unwrap()
        };
        vec![android("linux"), android("macos"), ios::plan()]
    }

    #[test]
    fn each_input_is_in_the_checkout_or_made_by_an_earlier_step() {
        let ws = Workspace::locate().unwrap();
        let finder = Finder::new(&ws).unwrap();
        for plan in plans(&ws) {
            for (index, step) in plan.steps.iter().enumerate() {
                for input in &step.inputs {
                    let state = finder.state(input, &plan.steps[..index]);
                    assert_ne!(state, State::Missing, "{}: {input:?}", step.title);
                    // Nothing that an earlier run left behind may be taken for a part of the checkout.
                    if let (Input::File(path), State::Found) = (input, state) {
                        assert!(!path.contains("target/"), "{}: {path}", step.title);
                    }
                }
            }
        }
    }

    #[test]
    fn each_path_in_a_command_is_an_input_or_made_there() {
        let ws = Workspace::locate().unwrap();
        for plan in plans(&ws) {
            for (index, step) in plan.steps.iter().enumerate() {
                let (Action::Run(words) | Action::Judge(words, _)) = &step.action else {
                    continue;
                };
                let known: Vec<&str> = step.inputs.iter().filter_map(path_of).collect();
                for word in [&words.program].into_iter().chain(&words.arguments) {
                    let is_path = ["target/", "android/", "ios/", "$ANDROID_NDK_HOME"]
                        .iter()
                        .any(|start| word.starts_with(start));
                    let is_known = word == plan::TARGET_DIR
                        || maker(&plan.steps[index..=index], word).is_some()
                        || known.iter().any(|path| Path::new(path).starts_with(word));
                    assert!(!is_path || is_known, "{}: {word}", step.title);
                }
            }
        }
    }

    fn path_of(input: &Input) -> Option<&str> {
        match input {
            Input::File(path) | Input::Says(path, _) | Input::Ndk(path) => Some(path),
            _ => None,
        }
    }

    #[test]
    fn nothing_for_tests_is_packed_and_every_library_is_released() {
        let ws = Workspace::locate().unwrap();
        for plan in plans(&ws) {
            let shown: Vec<String> = plan.steps.iter().map(|step| step.action.shown()).collect();
            for text in &shown {
                for word in ["test-vault", "sabotage", "--all-features", "--workspace"] {
                    assert!(!text.contains(word), "{text}");
                }
            }
            let released = |text: &&String| text.contains("--release --locked -p tacita-bindings");
            let targets = if plan.name == "android" { 4 } else { 3 };
            assert_eq!(shown.iter().filter(released).count(), targets);
            let vendored = shown
                .iter()
                .filter(|text| text.contains("vendored-openssl"));
            assert_eq!(vendored.count(), if plan.name == "android" { 4 } else { 0 });
        }
    }

    #[test]
    fn titles_name_one_step_and_results_are_made() {
        let ws = Workspace::locate().unwrap();
        for plan in plans(&ws) {
            let titles: BTreeSet<&str> = plan.steps.iter().map(|s| s.title.as_str()).collect();
            assert_eq!(titles.len(), plan.steps.len());
            for result in &plan.results {
                assert!(maker(&plan.steps, result).is_some(), "{result}");
            }
        }
    }

    #[test]
    fn files_are_written_copied_weighed_and_deleted() {
        let mut ws = Workspace::locate().unwrap();
        ws.root = ws.target.join("package-test");
        let _ = fs::remove_dir_all(&ws.root);
        fs::create_dir_all(ws.path("from/inner")).unwrap();
        let act = |action| {
            let step = Step {
                title: "acting".to_owned(),
                action,
                inputs: Vec::new(),
                outputs: Vec::new(),
            };
            perform(&ws, &step)
        };
        let text = |path: &str| path.to_owned();
        act(Action::Write(text("from/inner/file"), text("four"))).unwrap();
        act(Action::Copy(text("from"), text("to"))).unwrap();
        assert_eq!(
            fs::read_to_string(ws.path("to/inner/file")).unwrap(),
            "four"
        );
        act(Action::Weigh(text("to/inner/file"), 4)).unwrap();
        assert!(act(Action::Weigh(text("to/inner/file"), 3)).is_err());
        act(Action::Clear(vec![text("to"), text("nothing")])).unwrap();
        assert!(!ws.path("to").exists());
        fs::remove_dir_all(&ws.root).unwrap();
    }
}
