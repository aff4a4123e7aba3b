//! Swift: from PATH, else in a Debian chroot that is kept outside the tree.

mod chroot;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;
use crate::{apt, program, step};

/// Where Swift programs are built and run.
#[derive(Debug, Clone)]
pub enum Swift {
    /// The machine has Swift.
    Path,
    /// Swift lives in a chroot; the checkout is mounted there at its own path.
    Chroot {
        /// The chroot's root directory.
        root: PathBuf,
    },
}

impl Swift {
    /// Finds Swift, or sets up the chroot. Takes minutes the first time.
    pub fn set_up(ws: &Workspace) -> Result<Self> {
        if apt::is_on_path("swift") {
            return Ok(Self::Path);
        }
        let root = chroot::ensure(ws).context("Swift is not on PATH and could not be set up")?;
        Ok(Self::Chroot { root })
    }

    /// Builds the agent, a package of its own, and gives the program's path.
    pub fn build_agent(&self, ws: &Workspace) -> Result<PathBuf> {
        self.build(ws, "debug", &ws.debug())
    }

    /// The same, optimised, with the library of another directory.
    pub fn build_fast_agent(&self, ws: &Workspace, library: &Path) -> Result<PathBuf> {
        self.build(ws, "release", library)
    }

    fn build(&self, ws: &Workspace, configuration: &str, library: &Path) -> Result<PathBuf> {
        let package = ws.path(AGENT);
        let mut command = self.swift(ws, &package, "build", library)?;
        command.args([
            "--product",
            "tacita-agent",
            "--configuration",
            configuration,
        ]);
        step::run(ws, "building the Swift side", command)?;
        Ok(package
            .join(".build")
            .join(configuration)
            .join("tacita-agent"))
    }

    /// Runs every Swift test.
    pub fn test(&self, ws: &Workspace) -> Result<step::Outcome> {
        let mut command = self.swift(ws, &ws.path("ios"), "test", &ws.debug())?;
        command.env("TACITA_RELAY", ws.debug().join("tacita-relay"));
        step::attempt(ws, "Swift tests", command)
    }

    /// `swift build` or `swift test`, linking the library that cargo built.
    fn swift(
        &self,
        ws: &Workspace,
        package: &Path,
        subcommand: &str,
        library: &Path,
    ) -> Result<Command> {
        let mut command = self.command(ws, package, "swift")?;
        command.args([subcommand, "--disable-sandbox"]);
        for word in [
            format!("-L{}", library.display()),
            format!("-rpath={}", library.display()),
        ] {
            command.arg("-Xlinker").arg(word);
        }
        Ok(command)
    }

    /// A command that runs a program in `directory`, wherever Swift is.
    fn command(&self, ws: &Workspace, directory: &Path, name: &str) -> Result<Command> {
        match self {
            Self::Path => {
                let mut command = program::program(ws, name);
                command.current_dir(directory);
                Ok(command)
            }
            Self::Chroot { root } => {
                let mut words = enter(ws, root)?.into_iter();
                let mut command = program::program(ws, words.next().unwrap_or_default());
                command.args(words);
                command.arg(directory).args(mounts(ws)).arg("--").arg(name);
                Ok(command)
            }
        }
    }

    /// A shell script that becomes `program`, in the caller's directory and with its arguments.
    pub fn launcher(&self, ws: &Workspace, program: &Path) -> Result<String> {
        let program = quote(&program.to_string_lossy());
        let words = match self {
            Self::Path => program,
            Self::Chroot { root } => {
                let mut words: Vec<String> = enter(ws, root)?.iter().map(|w| quote(w)).collect();
                words.push("\"$PWD\"".to_owned());
                words.extend(mounts(ws).iter().map(|path| quote(&path.to_string_lossy())));
                words.push("--".to_owned());
                words.push(program);
                words.join(" ")
            }
        };
        Ok(format!("#!/bin/sh\nexec {words} \"$@\"\n"))
    }
}

/// The words up to the directory to run in.
fn enter(ws: &Workspace, root: &Path) -> Result<Vec<String>> {
    let home = ws.target.join("swift-home");
    fs::create_dir_all(&home)?;
    let mut words = vec!["unshare".to_owned()];
    if !apt::is_root() {
        // Root of a user namespace may mount and chroot, and its files stay the user's.
        words.extend(["--user".to_owned(), "--map-root-user".to_owned()]);
        chroot::make_mount_points(root, &mounts(ws))?;
    }
    words.extend(["--mount", "--propagation", "private", "--", "/bin/sh", "-c"].map(str::to_owned));
    words.push(include_str!("swift/enter.sh").to_owned());
    words.push("enter.sh".to_owned());
    words.push(root.to_string_lossy().into_owned());
    words.push(home.to_string_lossy().into_owned());
    Ok(words)
}

/// What is mounted besides /tmp: the checkout, and what programs write to if it is elsewhere.
fn mounts(ws: &Workspace) -> Vec<PathBuf> {
    let mut mounts = vec![ws.root.clone()];
    for path in [ws.target.clone(), std::env::temp_dir()] {
        if !path.starts_with("/tmp") && !mounts.iter().any(|mounted| path.starts_with(mounted)) {
            mounts.push(path);
        }
    }
    mounts
}

/// The agent's Swift package.
pub const AGENT: &str = "harness/agents/swift";

/// One word for a POSIX shell.
pub fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_word_survives_the_shell() {
        let word = "it's \"$HOME\" `x` \\ end";
        let out = Command::new("sh")
            .arg("-c")
            .arg(format!("printf %s {}", quote(word)))
            .output();
        assert_eq!(out.unwrap().stdout, word.as_bytes());
    }
}
