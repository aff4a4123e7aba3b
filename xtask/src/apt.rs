//! Installs missing Debian packages, as root or through sudo.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::step;
use crate::workspace::Workspace;

/// Installs those of `packages` that are missing; `purpose` is told when there is no way to.
pub fn ensure(ws: &Workspace, purpose: &str, packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages
        .iter()
        .copied()
        .filter(|name| !is_installed(name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !is_on_path("apt-get") {
        bail!("{purpose} needs {list}; this machine has no apt-get, so please install them");
    }
    let mut update = root_command("apt-get")?;
    update.args(["update", "-q"]);
    step::run(ws, "apt-get update", update)?;
    let mut install = root_command("env")?;
    install.args([
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "install",
        "-q",
        "-y",
    ]);
    install.arg("--no-install-recommends").args(&missing);
    step::run(ws, &format!("installing {list}"), install)?;
    Ok(())
}

/// Whether a program of this name can be started.
pub fn is_on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// A command that runs as root: directly, or through sudo.
pub fn root_command(program: &str) -> Result<Command> {
    if is_root() {
        return Ok(Command::new(program));
    }
    if !is_on_path("sudo") {
        bail!("setting this up needs root; run it as root or install sudo");
    }
    let mut command = Command::new("sudo");
    command.arg(program);
    Ok(command)
}

/// Whether this process is root.
pub fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|out| out.stdout.trim_ascii() == b"0")
}

fn is_installed(package: &str) -> bool {
    Command::new("dpkg-query")
        .args(["--show", "--showformat", "${db:Status-Status}", package])
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|out| out.stdout.trim_ascii() == b"installed")
}
