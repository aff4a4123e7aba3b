//! A client whose clock is far off, as a process whose wall clock is shifted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod programs;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use tacita_harness::driver::{Agent, CallError};
use tacita_harness::kill::befriend;
use tacita_harness::language::{AgentCommand, Language};
use tacita_harness::stage::Stage;
use tacita_harness::traffic::{send_many, settle};
use tacita_harness::views;

const DAY: i64 = 24 * 3600;

/// The Rust agent under a clock that is so many seconds off.
fn agent(directory: &Path, seconds: i64) -> AgentCommand {
    let library = directory.join("shift_clock.so");
    if !library.exists() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shift_clock.c");
        let status = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&library, &source])
            .status()
            .unwrap();
        assert!(status.success());
    }
    let program = directory.join(format!("agent-{seconds}"));
    let script = format!(
        "#!/bin/sh\nexport LD_PRELOAD='{}' SHIFT_CLOCK_SECONDS={seconds}\nexec '{}' \"$@\"\n",
        library.display(),
        env!("CARGO_BIN_EXE_tacita-agent")
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    AgentCommand {
        language: Language::Rust,
        program,
        arguments: Vec::new(),
    }
}

struct Scene {
    directory: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().to_owned()
    }

    fn stage(&self) -> std::sync::Arc<Stage> {
        let right = agent(&self.path(), 0);
        let cast: BTreeMap<_, _> = ["a", "b"]
            .map(|role| (role.to_owned(), right.clone()))
            .into();
        Stage::set_up(&self.path().join("stage"), &programs::relay(), &cast).unwrap()
    }
}

fn refusal(result: Result<serde_json::Value, CallError>) -> String {
    match result {
        Err(CallError::Refused { kind, .. }) => kind,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_account_under_a_wrong_clock_is_refused_and_works_under_the_right_one() {
    let scene = Scene::new();
    let stage = scene.stage();
    let link = stage.relay.link().unwrap();
    let arguments = json!({"relay_link": link, "name": "Cleo"});
    let home = scene.path().join("cleo");
    for days in [-10, 10, 4000] {
        let cleo = Agent::new(agent(&scene.path(), days * DAY), &home);
        cleo.start().unwrap();
        let created = cleo.call("create_account", arguments.clone());
        assert_eq!(refusal(created), "CheckYourClock", "{days} days");
        cleo.stop();
    }
    let cleo = Agent::new(agent(&scene.path(), 0), &home);
    cleo.start().unwrap();
    cleo.call("create_account", arguments).unwrap();
}

#[test]
fn an_invitation_under_a_wrong_clock_is_refused_and_good_under_the_right_one() {
    let scene = Scene::new();
    let stage = scene.stage();
    let a = &stage.actor("a").unwrap().agent;
    let made = a
        .call("create_invitation", json!({"kind": "personal"}))
        .unwrap();
    let link = json!({"link": views::text(&made, "link").unwrap()});
    let b = stage.actor("b").unwrap();
    b.stop();
    let home = b.agent.directory();
    let wrong = Agent::new(agent(&scene.path(), -10 * DAY), home);
    wrong.start().unwrap();
    let accepted = wrong.call("accept_invitation", link.clone());
    assert_eq!(refusal(accepted), "CheckYourClock");
    wrong.stop();
    b.start().unwrap();
    b.agent.call("accept_invitation", link).unwrap();
    stage.wait_state("b", "a", "Established").unwrap();
}

#[test]
fn an_established_conversation_needs_no_clock() {
    let scene = Scene::new();
    let stage = scene.stage();
    befriend(&stage, "a", "b").unwrap();
    send_many(&stage, "a", "b", 5).unwrap();
    settle(&stage, Duration::from_secs(60)).unwrap();
    let b = stage.actor("b").unwrap();
    for days in [-400, 5] {
        b.stop();
        let shifted = Agent::new(agent(&scene.path(), days * DAY), b.agent.directory());
        shifted.start().unwrap();
        let account = stage.actor("a").unwrap().account().unwrap();
        let text = format!("from {days} days away");
        let sent = json!({"id": account, "text": text});
        shifted.call("send_text", sent).unwrap();
        send_many(&stage, "a", "b", 3).unwrap();
        let expected = 5 + if days == -400 { 3 } else { 6 };
        tacita_harness::stage::wait_for("messages", Duration::from_secs(60), || {
            let page = shifted.messages_after(account, 0, 100)?;
            let came = page.messages.iter().filter(|message| message.incoming);
            let left = page.messages.iter().filter(|message| {
                message.body.text() == Some(&text) && message.delivery == "Delivered"
            });
            Ok((came.count() == expected && left.count() == 1).then_some(()))
        })
        .unwrap();
        shifted.stop();
        b.start().unwrap();
    }
}
