//! Starts other programs without what cargo puts into the environment of `cargo run`.

use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use crate::workspace::Workspace;

/// A command with the user's own environment, in the checkout.
pub fn program(ws: &Workspace, name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(&ws.root);
    // cargo run describes the xtask package here; a nested cargo would believe it.
    for (name, _) in env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    // cargo run adds its target directory and the Rust toolchain; Java and Swift must not look there.
    if let Some(path) = env::var_os("LD_LIBRARY_PATH") {
        let kept = env::split_paths(&path).filter(|dir| !is_cargos(ws, dir));
        match env::join_paths(kept) {
            Ok(path) if !path.is_empty() => command.env("LD_LIBRARY_PATH", path),
            _ => command.env_remove("LD_LIBRARY_PATH"),
        };
    }
    command
}

/// The cargo that runs this program.
pub fn cargo(ws: &Workspace) -> Command {
    program(ws, env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn is_cargos(ws: &Workspace, dir: &Path) -> bool {
    let is_toolchain = dir.join("rustlib").is_dir() || dir.iter().any(|part| part == "rustlib");
    is_toolchain || dir.starts_with(&ws.target)
}
