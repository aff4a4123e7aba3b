//! Builds and tests the Kotlin side with Maven.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{apt, program, step};

/// Installs Maven and a JDK if there is none.
pub fn set_up(ws: &Workspace) -> Result<()> {
    if !apt::is_on_path("mvn") || !apt::is_on_path("java") {
        apt::ensure(ws, "the Kotlin side", &["maven", "default-jdk-headless"])?;
    }
    Ok(())
}

/// Builds kit and agent without running their tests.
pub fn build(ws: &Workspace) -> Result<()> {
    let mut command = maven(ws);
    command.args(["package", "-Dmaven.test.skip=true"]);
    step::run(ws, "building the Kotlin side", command)?;
    Ok(())
}

/// Runs every Kotlin test. The reports of an earlier run are gone first.
pub fn test(ws: &Workspace) -> Result<step::Outcome> {
    for dir in report_dirs(ws) {
        if dir.exists() {
            fs::remove_dir_all(dir)?;
        }
    }
    let mut command = maven(ws);
    command.arg("verify");
    step::attempt(ws, "Kotlin tests", command)
}

/// Where Surefire leaves one XML file for each test class.
pub fn report_dirs(ws: &Workspace) -> Vec<PathBuf> {
    ["android/kit", AGENT]
        .iter()
        .map(|dir| ws.path(dir).join("target/surefire-reports"))
        .collect()
}

/// The words that start the built agent.
pub fn agent_command(ws: &Workspace) -> Vec<String> {
    let agent = ws.path(AGENT).join("target");
    let class_path = format!(
        "{}:{}/*",
        agent.join("classes").display(),
        agent.join("dependency").display()
    );
    vec![
        "java".to_owned(),
        // Short-lived and one of several: start fast, stay small.
        "-XX:TieredStopAtLevel=1".to_owned(),
        "-XX:+UseSerialGC".to_owned(),
        "-Xmx256m".to_owned(),
        format!("-Djna.library.path={}", ws.debug().display()),
        "-cp".to_owned(),
        class_path,
        "org.tacita.agent.MainKt".to_owned(),
    ]
}

/// The agent's Maven module.
pub const AGENT: &str = "harness/agents/kotlin";

fn maven(ws: &Workspace) -> Command {
    let mut command = program::program(ws, "mvn");
    command.args([
        "--batch-mode",
        "--no-transfer-progress",
        "--file",
        "android/pom.xml",
    ]);
    command.arg(format!("-Dtacita.native={}", ws.debug().display()));
    command
}
