//! Builds the three agents and writes one program for each that starts it, whatever that takes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use anyhow::Result;

use crate::chroot;
use crate::cli::Language;
use crate::swift::Swift;
use crate::workspace::Workspace;
use crate::{bindings, kotlin, rust, step};

/// The agents that can be started on this machine; each is a program that takes arguments.
#[derive(Debug)]
pub struct Agents {
    /// The agent in Rust.
    pub rust: PathBuf,
    /// The agent in Kotlin.
    pub kotlin: Option<PathBuf>,
    /// The agent in Swift.
    pub swift: Option<PathBuf>,
}

impl Agents {
    /// Sets up and builds all agents but those in `without`; fails if one cannot be had.
    pub fn prepare(ws: &Workspace, without: &[Language]) -> Result<Self> {
        bindings::generate(ws)?;
        let swift = match without.contains(&Language::Swift) {
            true => None,
            false => Some(swift_agent(ws)?),
        };
        Ok(Self {
            rust: rust_agent(ws)?,
            kotlin: Some(kotlin_agent(ws)?),
            swift,
        })
    }

    /// Builds the Rust agent alone.
    pub fn prepare_rust(ws: &Workspace) -> Result<Self> {
        rust::build(ws)?;
        Ok(Self {
            rust: rust_agent(ws)?,
            kotlin: None,
            swift: None,
        })
    }

    /// Sets up and builds what can be had, and says what cannot and why.
    pub fn prepare_available(ws: &Workspace) -> Result<Self> {
        bindings::generate(ws)?;
        Ok(Self {
            rust: rust_agent(ws)?,
            kotlin: available("Kotlin", kotlin_agent(ws)),
            swift: available("Swift", swift_agent(ws)),
        })
    }

    /// The arguments by which the harness learns of them.
    pub fn arguments(&self) -> Vec<PathBuf> {
        let mut arguments = vec!["--rust-agent".into(), self.rust.clone()];
        for (option, agent) in [
            ("--kotlin-agent", &self.kotlin),
            ("--swift-agent", &self.swift),
        ] {
            if let Some(agent) = agent {
                arguments.extend([option.into(), agent.clone()]);
            }
        }
        arguments
    }
}

/// The agents that measure the kits, by language, as compilers make them when they may take their time.
pub fn for_bench(ws: &Workspace) -> Result<Vec<(&'static str, PathBuf)>> {
    bindings::generate(ws)?;
    let libraries = rust::build_fast_library(ws)?;
    let kotlin = || {
        kotlin::set_up(ws)?;
        kotlin::build(ws, kotlin::AGENT_MODULE)?;
        let mut words = kotlin::agent_command(ws);
        words.retain(|word| !word.starts_with("-XX:Tiered"));
        for word in &mut words {
            if word.starts_with("-Djna.library.path=") {
                *word = format!("-Djna.library.path={}", libraries.display());
            }
        }
        write_launcher(ws, "kotlin-bench", &shell_line(&words))
    };
    let swift = || {
        let swift = Swift::set_up(ws)?;
        let program = swift.build_fast_agent(ws, &libraries)?;
        write_launcher(ws, "swift-bench", &swift.launcher(ws, &program)?)
    };
    let found = [
        ("Kotlin", available("Kotlin", kotlin())),
        ("Swift", available("Swift", swift())),
    ];
    Ok(found
        .into_iter()
        .filter_map(|(name, agent)| Some((name, agent?)))
        .collect())
}

fn available(language: &str, agent: Result<PathBuf>) -> Option<PathBuf> {
    agent
        .inspect_err(|error| step::note(&format!("without {language}: {error:#}")))
        .ok()
}

/// The harness itself is the agent in Rust.
fn rust_agent(ws: &Workspace) -> Result<PathBuf> {
    let program = ws
        .debug()
        .join("tacita-harness")
        .to_string_lossy()
        .into_owned();
    write_launcher(ws, "rust", &shell_line(&[program, "agent".to_owned()]))
}

fn kotlin_agent(ws: &Workspace) -> Result<PathBuf> {
    kotlin::set_up(ws)?;
    kotlin::build(ws, kotlin::AGENT_MODULE)?;
    write_launcher(ws, "kotlin", &shell_line(&kotlin::agent_command(ws)))
}

fn swift_agent(ws: &Workspace) -> Result<PathBuf> {
    let swift = Swift::set_up(ws)?;
    let program = swift.build_agent(ws)?;
    write_launcher(ws, "swift", &swift.launcher(ws, &program)?)
}

/// A script that becomes the program, so that a signal to the script's process reaches it.
fn shell_line(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| chroot::quote(word)).collect();
    format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" "))
}

fn write_launcher(ws: &Workspace, name: &str, script: &str) -> Result<PathBuf> {
    let dir = ws.target.join("agents");
    fs::create_dir_all(&dir)?;
    let path = dir.join(name);
    fs::write(&path, script)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}
