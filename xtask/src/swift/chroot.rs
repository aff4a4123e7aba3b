//! Builds the Debian chroot that carries Swift, from the machine's own package source.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;
use crate::{apt, step};

/// The chroot's root directory, built first if it is missing, half-finished or of an older recipe.
pub fn ensure(ws: &Workspace) -> Result<PathBuf> {
    let directory = ws.cache.join("swift");
    fs::create_dir_all(&directory)?;
    apt::ensure(ws, "entering the Swift chroot", &["util-linux", "mount"])?;
    let root = directory.join("root");
    // Two checkouts may ask at once; the second waits for the first.
    let lock = File::create(ws.cache.join("swift.lock"))?;
    if lock.try_lock().is_err() {
        step::note("waiting for another set-up of Swift to end");
        lock.lock()?;
    }
    let marker = fs::read_to_string(directory.join("ready")).unwrap_or_default();
    if marker.trim() != RECIPE {
        build(ws, &directory)?;
    }
    Ok(root)
}

/// Makes the directories in the chroot that the checkout is mounted on.
pub fn make_mount_points(root: &Path, mounts: &[PathBuf]) -> Result<()> {
    for mount in mounts {
        let inside = root.join(mount.strip_prefix("/").unwrap_or(mount));
        if inside.is_dir() || mount.starts_with("/tmp") {
            continue;
        }
        let status = apt::root_command("mkdir")?
            .arg("-p")
            .arg(&inside)
            .status()?;
        if !status.success() {
            bail!("the checkout's mount point in the Swift chroot could not be made");
        }
    }
    Ok(())
}

fn build(ws: &Workspace, directory: &Path) -> Result<()> {
    let mirror = debian_mirror()?;
    apt::ensure(
        ws,
        "the Swift chroot",
        &["debootstrap", "debian-archive-keyring", "ca-certificates"],
    )?;
    let mut command = apt::root_command("unshare")?;
    command.args(["--mount", "--propagation", "private", "--", "/bin/sh", "-c"]);
    command
        .arg(include_str!("build_chroot.sh"))
        .arg("build_chroot.sh");
    command
        .arg(directory)
        .args([mirror.as_str(), SUITE, RECIPE]);
    step::run(ws, "setting up Swift in a chroot", command)?;
    Ok(())
}

/// The package source that this machine's own Debian release comes from.
fn debian_mirror() -> Result<String> {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let field = |name: &str| {
        let line = release
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.map(|value| value.trim_matches('"').to_owned())
            .unwrap_or_default()
    };
    if field("ID") != "debian" {
        bail!(
            "the Swift chroot is made on Debian only; elsewhere install Swift so that it is on PATH"
        );
    }
    let out = Command::new("apt-get")
        .args([
            "indextargets",
            "--format",
            "$(IDENTIFIER) $(RELEASE) $(REPO_URI)",
        ])
        .output()
        .context("asking apt for its package sources")?;
    let targets = String::from_utf8_lossy(&out.stdout).into_owned();
    let codename = field("VERSION_CODENAME");
    find_mirror(&targets, &codename).context("apt has no source for this machine's Debian release")
}

fn find_mirror(targets: &str, codename: &str) -> Option<String> {
    let suites = [codename, "stable", "testing", "unstable", "sid"];
    let uri = targets.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let is_packages = words.next() == Some("Packages");
        let suite = words
            .next()
            .is_some_and(|suite| !suite.is_empty() && suites.contains(&suite));
        words.next().filter(|_| is_packages && suite)
    })?;
    // A mirror list is a file with one address a line.
    if let Some(list) = uri.strip_prefix("mirror+file:") {
        let list = fs::read_to_string(list.trim_end_matches('/')).ok()?;
        let first = list
            .lines()
            .find(|line| !line.trim().is_empty() && !line.starts_with('#'))?;
        return first.split_whitespace().next().map(str::to_owned);
    }
    Some(uri.to_owned())
}

/// The Debian release that has Swift 6.
const SUITE: &str = "trixie";
/// Changes whenever `build_chroot.sh` changes what it installs.
const RECIPE: &str = "trixie swiftlang 1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirror_of_the_own_release_is_found_among_others() {
        let targets = "Packages bookworm-security http://a.invalid/security/\n\
                       DEP-11 bookworm http://b.invalid/debian/\n\
                       Packages bookworm http://c.invalid/debian/\n";
        assert_eq!(
            find_mirror(targets, "bookworm").as_deref(),
            Some("http://c.invalid/debian/")
        );
        assert_eq!(find_mirror(targets, "trixie"), None);
    }
}
