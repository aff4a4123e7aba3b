//! Programs that cargo installs: pinned, built once into the cache, and so the same on every machine.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{program, step};

/// A crate that is a program of the same name.
#[derive(Debug)]
pub struct CargoTool {
    /// The crate.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// How it is built.
    pub build: &'static [&'static str],
}

/// Builds fast and runs slower: for what runs for seconds, or only starts others.
pub const UNOPTIMISED: &[&str] = &["--debug"];

impl CargoTool {
    /// The program, built if this version is not in the cache yet.
    pub fn install(&self, ws: &Workspace) -> Result<PathBuf> {
        let root = ws.cache.join(format!("{}-{}", self.name, self.version));
        let binary = root.join("bin").join(self.name);
        if !binary.is_file() {
            fs::create_dir_all(&root)?;
            let mut command = program::cargo(ws);
            command.args(["install", "--locked"]).args(self.build);
            command.arg("--root").arg(&root);
            command.arg(format!("{}@{}", self.name, self.version));
            step::run(ws, &format!("installing {}", self.name), command)?;
        }
        Ok(binary)
    }
}
