//! Builds and tests the Kotlin side with Maven.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;
use crate::{apt, program, step};

/// Installs Maven and a JDK if there is none.
pub fn set_up(ws: &Workspace) -> Result<()> {
    if !apt::is_on_path("mvn") || !apt::is_on_path("java") {
        apt::ensure(ws, "the Kotlin side", &["maven", "default-jdk-headless"])?;
    }
    Ok(())
}

/// Installs what the app's screens are drawn with: they are the same on every machine only if the fonts are.
pub fn set_up_screens(ws: &Workspace) -> Result<()> {
    set_up(ws)?;
    apt::ensure(ws, "drawing the app's screens", &SCREENS)
}

const SCREENS: [&str; 7] = [
    "default-jre",
    "fonts-noto-cjk",
    "fonts-noto-color-emoji",
    "fonts-noto-core",
    "libgl1",
    "xauth",
    "xvfb",
];

/// Builds a module, and what it is built on, without running their tests.
pub fn build(ws: &Workspace, module: &str) -> Result<()> {
    let mut command = maven(ws, &ws.debug());
    command.args(["package", "-Dmaven.test.skip=true", "--also-make"]);
    command.args(["--projects", &format!(":{module}")]);
    step::run(ws, &format!("building {module}"), command)?;
    Ok(())
}

/// Runs one test class of the app, which is told `properties`.
pub fn run_app_test(ws: &Workspace, class: &str, properties: &[String]) -> Result<step::Outcome> {
    let mut command = maven(ws, &ws.debug());
    command.args(["test", "--also-make", "--projects", ":tacita-app"]);
    command.arg(format!("-Dtest={class}"));
    // The modules below have no such class.
    command.args([
        "-Dtacita.needs-tests=false",
        "-Dsurefire.failIfNoSpecifiedTests=false",
    ]);
    command.args(properties.iter().map(|property| format!("-D{property}")));
    step::attempt(ws, class, command)
}

/// Runs every Kotlin test. The reports of an earlier run are gone first.
pub fn test(ws: &Workspace) -> Result<step::Outcome> {
    for dir in report_dirs(ws) {
        if dir.exists() {
            fs::remove_dir_all(dir)?;
        }
    }
    let mut command = maven(ws, &ws.debug());
    command.arg("verify");
    step::attempt(ws, "Kotlin tests", command)
}

/// Builds the kit and, into `folder`, its reference.
pub fn reference(ws: &Workspace, folder: &Path) -> Command {
    let mut command = maven(ws, &ws.debug());
    command.args(["process-classes", "-Preference", "--also-make"]);
    command.args(["--projects", ":tacita-kit"]);
    command.arg(format!("-Dtacita.reference={}", folder.display()));
    command
}

/// Where Surefire leaves one XML file for each test class.
pub fn report_dirs(ws: &Workspace) -> Vec<PathBuf> {
    ["android/jvm", "android/kit", "android/platform", APP, AGENT]
        .iter()
        .map(|dir| ws.path(dir).join("target/surefire-reports"))
        .collect()
}

/// The words that start the built agent.
pub fn agent_command(ws: &Workspace) -> Vec<String> {
    vec![
        "java".to_owned(),
        // Short-lived and one of several: start fast, stay small.
        "-XX:TieredStopAtLevel=1".to_owned(),
        "-XX:+UseSerialGC".to_owned(),
        "-Xmx256m".to_owned(),
        format!("-Djna.library.path={}", ws.debug().display()),
        "-cp".to_owned(),
        class_path(ws, AGENT),
        "org.tacita.agent.MainKt".to_owned(),
    ]
}

/// The words that open the built app in a window.
pub fn desktop_command(ws: &Workspace) -> Vec<String> {
    vec![
        "java".to_owned(),
        "-cp".to_owned(),
        class_path(ws, APP),
        "org.tacita.app.desktop.MainKt".to_owned(),
    ]
}

fn class_path(ws: &Workspace, module: &str) -> String {
    let target = ws.path(module).join("target");
    format!(
        "{}:{}/*",
        target.join("classes").display(),
        target.join("dependency").display()
    )
}

/// The agent's Maven module.
pub const AGENT: &str = "harness/agents/kotlin";
/// How Maven calls it.
pub const AGENT_MODULE: &str = "tacita-agent";
/// The app's.
const APP: &str = "android/app";

/// Tests the archive with the library as it is released. Built from nothing: what an earlier build left has functions for
/// tests.
pub fn test_released(ws: &Workspace, library: &Path) -> Result<step::Outcome> {
    forget_classes(ws, &["bindings", "jvm"])?;
    let mut command = maven(ws, native(library)?);
    command.args(["test", "--projects", ":tacita-bindings,:tacita-jvm"]);
    step::attempt(ws, "tests of the archive for a JVM", command)
}

/// Packs the bindings, the kit and the library as they are released; the tests of the kit are not built, as they need
/// functions that these lack.
pub fn package_released(ws: &Workspace, library: &Path) -> Result<()> {
    forget_classes(ws, &["bindings", "jvm", "kit"])?;
    let mut command = maven(ws, native(library)?);
    command.args(["package", "-Dmaven.test.skip=true", "--also-make"]);
    command.args(["--projects", ":tacita-jvm,:tacita-kit"]);
    step::run(ws, "packing the archives for a JVM", command)?;
    Ok(())
}

fn forget_classes(ws: &Workspace, modules: &[&str]) -> Result<()> {
    for module in modules {
        let classes = ws.path(&format!("android/{module}/target/classes"));
        if classes.exists() {
            fs::remove_dir_all(classes)?;
        }
    }
    Ok(())
}

fn native(library: &Path) -> Result<&Path> {
    library.parent().context("the library lies in no folder")
}

fn maven(ws: &Workspace, native: &Path) -> Command {
    let mut command = program::program(ws, "mvn");
    command.args([
        "--batch-mode",
        "--no-transfer-progress",
        "--file",
        "android/pom.xml",
    ]);
    command.arg(format!("-Dtacita.native={}", native.display()));
    command
}
