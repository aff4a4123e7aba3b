//! Debian chroots that carry a toolchain: built once, outside the tree, from the machine's own package source.

mod mirror;

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{apt, program, step};

/// What a chroot is made of.
#[derive(Debug)]
pub struct Recipe {
    /// Its directory in the cache.
    pub name: &'static str,
    /// What it is for, as messages name it.
    pub carries: &'static str,
    /// The Debian release.
    pub suite: &'static str,
    /// What is installed besides the base system.
    pub packages: &'static [&'static str],
    /// Answers to `--version` in a chroot that is complete.
    pub program: &'static str,
    /// Changes whenever the other fields or `build.sh` change what is installed.
    pub version: &'static str,
    /// What to do on another system than Debian.
    pub elsewhere: &'static str,
}

/// A chroot that is ready; the checkout is mounted there at its own path.
#[derive(Debug, Clone)]
pub struct Chroot {
    root: PathBuf,
    home: PathBuf,
}

impl Chroot {
    /// The chroot, built first if it is missing, half-finished or of an older recipe.
    pub fn ensure(ws: &Workspace, recipe: &Recipe) -> Result<Self> {
        let directory = ws.cache.join(recipe.name);
        fs::create_dir_all(&directory)?;
        let purpose = format!("entering the chroot for {}", recipe.carries);
        apt::ensure(ws, &purpose, &["util-linux", "mount"])?;
        // Two checkouts may ask at once; the second waits for the first.
        let lock = File::create(ws.cache.join(format!("{}.lock", recipe.name)))?;
        if lock.try_lock().is_err() {
            step::note(&format!(
                "waiting for another set-up of {} to end",
                recipe.carries
            ));
            lock.lock()?;
        }
        let marker = fs::read_to_string(directory.join("ready")).unwrap_or_default();
        if marker.trim() != recipe.version {
            build(ws, recipe, &directory)?;
        }
        Ok(Self {
            root: directory.join("root"),
            home: ws.target.join(format!("{}-home", recipe.name)),
        })
    }

    /// A command that runs a program of the chroot in `directory`.
    pub fn command(&self, ws: &Workspace, directory: &Path, name: &str) -> Result<Command> {
        let mut words = self.enter(ws)?.into_iter();
        let mut command = program::program(ws, words.next().unwrap_or_default());
        command.args(words);
        command.arg(directory).args(mounts(ws)).arg("--").arg(name);
        Ok(command)
    }

    /// The words of a shell command that runs a program in the shell's own directory.
    pub fn shell_words(&self, ws: &Workspace, program: &Path) -> Result<String> {
        let mut words: Vec<String> = self.enter(ws)?.iter().map(|w| quote(w)).collect();
        words.push("\"$PWD\"".to_owned());
        words.extend(mounts(ws).iter().map(|path| quote(&path.to_string_lossy())));
        words.push("--".to_owned());
        words.push(quote(&program.to_string_lossy()));
        Ok(words.join(" "))
    }

    /// The words up to the directory to run in.
    fn enter(&self, ws: &Workspace) -> Result<Vec<String>> {
        fs::create_dir_all(&self.home)?;
        let mut words = vec!["unshare".to_owned()];
        if !apt::is_root() {
            // Root of a user namespace may mount and chroot, and its files stay the user's.
            words.extend(["--user".to_owned(), "--map-root-user".to_owned()]);
            make_mount_points(&self.root, &mounts(ws))?;
        }
        words.extend(
            ["--mount", "--propagation", "private", "--", "/bin/sh", "-c"].map(str::to_owned),
        );
        words.push(include_str!("chroot/enter.sh").to_owned());
        words.push("enter.sh".to_owned());
        words.push(self.root.to_string_lossy().into_owned());
        words.push(self.home.to_string_lossy().into_owned());
        Ok(words)
    }
}

fn build(ws: &Workspace, recipe: &Recipe, directory: &Path) -> Result<()> {
    let mirror = mirror::find(recipe)?;
    apt::ensure(
        ws,
        &format!("the chroot for {}", recipe.carries),
        &["debootstrap", "debian-archive-keyring", "ca-certificates"],
    )?;
    let mut command = apt::root_command("unshare")?;
    command.args(["--mount", "--propagation", "private", "--", "/bin/sh", "-c"]);
    command
        .arg(include_str!("chroot/build.sh"))
        .arg("build.sh")
        .arg(directory)
        .args([
            mirror.as_str(),
            recipe.suite,
            recipe.version,
            recipe.program,
        ])
        .args(recipe.packages);
    let title = format!("setting up {} in a chroot", recipe.carries);
    step::run(ws, &title, command)?;
    Ok(())
}

/// Makes the directories in the chroot that the checkout is mounted on.
fn make_mount_points(root: &Path, mounts: &[PathBuf]) -> Result<()> {
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
            bail!("the checkout's mount point in the chroot could not be made");
        }
    }
    Ok(())
}

/// What is mounted besides /tmp: the checkout, and what programs write to if it is elsewhere.
fn mounts(ws: &Workspace) -> Vec<PathBuf> {
    let mut mounts = vec![ws.root.clone()];
    for path in [ws.target.clone(), env::temp_dir()] {
        if !path.starts_with("/tmp") && !mounts.iter().any(|mounted| path.starts_with(mounted)) {
            mounts.push(path);
        }
    }
    mounts
}

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
