//! Swift: from PATH, else in a Debian chroot that is kept outside the tree.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::chroot::{Chroot, Recipe, quote};
use crate::workspace::Workspace;
use crate::{apt, program, step};

/// Where Swift programs are built and run.
#[derive(Debug, Clone)]
pub enum Swift {
    /// The machine has Swift.
    Path,
    /// Swift lives in a chroot.
    Chroot(Chroot),
}

impl Swift {
    /// Finds Swift, or sets up the chroot. Takes minutes the first time.
    pub fn set_up(ws: &Workspace) -> Result<Self> {
        if apt::is_on_path("swift") {
            return Ok(Self::Path);
        }
        let chroot =
            Chroot::ensure(ws, &RECIPE).context("Swift is not on PATH and could not be set up")?;
        Ok(Self::Chroot(chroot))
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

    /// Builds one target of the kit's package in `scratch`, and leaves there what its modules show; gives the folder.
    pub fn write_symbols(&self, ws: &Workspace, target: &str, scratch: &Path) -> Result<PathBuf> {
        let graphs = scratch.join("symbol-graphs");
        std::fs::create_dir_all(&graphs)?;
        let mut command = self.swift(ws, &ws.path("ios"), "build", &ws.debug())?;
        command.args(["--target", target, "--scratch-path"]);
        command.arg(scratch);
        for word in ["-emit-symbol-graph", "-emit-symbol-graph-dir"] {
            command.args(["-Xswiftc", word]);
        }
        command.arg("-Xswiftc").arg(&graphs);
        step::run(ws, &format!("what {target} shows"), command)?;
        Ok(graphs)
    }

    /// Makes pages of what the modules show, beginning with a catalog.
    pub fn convert(&self, ws: &Workspace, catalog: &Path, graphs: &Path, to: &Path) -> Result<()> {
        let mut command = self.command(ws, &ws.root, "sh")?;
        // DocC is a program of the toolchain that is on PATH only where the toolchain is.
        command.args(["-c", BESIDE_SWIFT, "docc", "convert"]);
        command.arg(catalog);
        command.arg("--additional-symbol-graph-dir").arg(graphs);
        command.arg("--output-path").arg(to);
        command.args(["--fallback-bundle-identifier", "org.tacita.kit"]);
        command.args(["--fallback-display-name", "Tacita", "--warnings-as-errors"]);
        step::run(ws, "reference of Swift", command)?;
        Ok(())
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
            Self::Chroot(chroot) => chroot.command(ws, directory, name),
        }
    }

    /// A shell script that becomes `program`, in the caller's directory and with its arguments.
    pub fn launcher(&self, ws: &Workspace, program: &Path) -> Result<String> {
        let words = match self {
            Self::Path => quote(&program.to_string_lossy()),
            Self::Chroot(chroot) => chroot.shell_words(ws, program)?,
        };
        Ok(format!("#!/bin/sh\nexec {words} \"$@\"\n"))
    }
}

const BESIDE_SWIFT: &str = r#"exec "$(dirname "$(readlink -f "$(command -v swift)")")/$0" "$@""#;

/// The agent's Swift package.
pub const AGENT: &str = "harness/agents/swift";

/// Debian's first release with Swift 6.
const RECIPE: Recipe = Recipe {
    name: "swift",
    carries: "Swift",
    suite: "trixie",
    packages: &["swiftlang", "libc6-dev", "libstdc++-14-dev", "git"],
    program: "swift",
    version: "trixie swiftlang 1",
    elsewhere: "install Swift so that it is on PATH",
};
