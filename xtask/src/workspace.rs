//! Where things are: the checkout, cargo's target directory and the cache outside the tree.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The three places that every command needs.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The checkout.
    pub root: PathBuf,
    /// Cargo's target directory.
    pub target: PathBuf,
    /// Toolchains that are kept between checkouts; outside the tree.
    pub cache: PathBuf,
}

impl Workspace {
    /// Finds the checkout that this program was built from, and the cache of this user.
    pub fn locate() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask has no parent folder")?
            .to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => root.join(dir),
            None => root.join("target"),
        };
        Ok(Self {
            root,
            target,
            cache: cache_dir()?,
        })
    }

    /// Cargo's output of the one profile that tests, agents and demo share.
    pub fn debug(&self) -> PathBuf {
        self.target.join("debug")
    }

    /// Where the output of each step is kept.
    pub fn logs(&self) -> PathBuf {
        self.target.join("xtask-logs")
    }

    /// A path below the checkout.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }
}

fn cache_dir() -> Result<PathBuf> {
    if let Some(dir) = env::var_os("TACITA_CACHE") {
        return std::path::absolute(dir).context("TACITA_CACHE is no usable path");
    }
    if let Some(dir) = env::var_os("XDG_CACHE_HOME").filter(|dir| Path::new(dir).is_absolute()) {
        return Ok(PathBuf::from(dir).join("tacita"));
    }
    let home = env::var_os("HOME").context("set HOME or TACITA_CACHE")?;
    Ok(PathBuf::from(home).join(".cache").join("tacita"))
}
