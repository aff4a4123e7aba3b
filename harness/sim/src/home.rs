//! Where a device's store is: in memory, or in files that can be copied, cut and put back.
//!
//! **Kills.** A store's log (WAL) only grows while a call runs, unless it is emptied or begun anew; so what is on the disk when a process
//! is killed in a call is the database of before and a beginning of the log of after, of whatever length. [`cut`] makes exactly that: any
//! length, at the bounds of commits or in the middle of a page. Where the log did not only grow, the kill falls behind the call's last commit.

use std::fs;
use std::path::{Path, PathBuf};

use chacha20::ChaCha20Rng;
use tacita_core::store::{KeyVault, Store, StoreError, VaultError};

use super::dice::Dice;

/// A vault that hides nothing: the simulator looks at databases from outside.
pub struct OpenVault;

impl KeyVault for OpenVault {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, VaultError> {
        Ok(key.to_vec())
    }

    fn unwrap(&self, blob: &[u8]) -> Result<Vec<u8>, VaultError> {
        Ok(blob.to_vec())
    }
}

/// Where a store is.
pub enum Home {
    Memory,
    Directory(PathBuf),
}

/// The files of a store as they were at a moment.
#[derive(Clone)]
pub struct Files(Vec<(&'static str, Vec<u8>)>);

const DATABASE: &str = "tacita.db";
const LOG: &str = "tacita.db-wal";
const NAMES: [&str; 3] = [DATABASE, LOG, "keys.bin"];

impl Home {
    pub fn open(&self, rng: &mut ChaCha20Rng) -> Result<Store, StoreError> {
        match self {
            Self::Memory => Store::open_in_memory(),
            Self::Directory(path) => Store::open(path, &OpenVault, rng),
        }
    }

    /// What is on the disk now; `None` for a store in memory.
    pub fn copy(&self) -> Option<Files> {
        let Self::Directory(path) = self else {
            return None;
        };
        let read = |name| Some((name, fs::read(path.join(name)).ok()?));
        Some(Files(NAMES.into_iter().filter_map(read).collect()))
    }

    /// Puts these files in the place of what is there; nobody may have them open.
    pub fn put_back(&self, files: &Files) {
        let Self::Directory(path) = self else {
            return;
        };
        for name in NAMES {
            let _ = fs::remove_file(path.join(name));
        }
        for (name, bytes) in &files.0 {
            fs::write(path.join(name), bytes).unwrap();
        }
    }

    /// How far each mailbox was read, by a copy of what is on the disk; `None` for a store in memory.
    pub fn cursors(&self) -> Option<Vec<([u8; 32], u64)>> {
        let files = self.copy()?;
        let beside = tempfile::tempdir_in(self.directory()?.parent()?).ok()?;
        Self::Directory(beside.path().to_path_buf()).put_back(&files);
        let connection = super::database::connect(beside.path()).ok()??;
        let mut rows = connection
            .prepare("SELECT id, cursor FROM mailboxes")
            .ok()?;
        let rows = rows
            .query_map([], |row| {
                let cursor: i64 = row.get(1)?;
                Ok((row.get(0)?, cursor as u64))
            })
            .ok()?;
        rows.collect::<Result<_, _>>().ok()
    }

    pub fn directory(&self) -> Option<&Path> {
        match self {
            Self::Memory => None,
            Self::Directory(path) => Some(path),
        }
    }
}

impl Files {
    fn get(&self, name: &str) -> &[u8] {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map_or(&[], |(_, bytes)| bytes)
    }
}

/// What a kill in the middle of a call leaves, of the files before the call and after it; and whether all of the call is in it.
pub fn cut(before: &Files, after: &Files, dice: &mut Dice) -> (Files, bool) {
    let (old, new) = (before.get(LOG), after.get(LOG));
    let only_grew = before.get(DATABASE) == after.get(DATABASE) && new.starts_with(old);
    if !only_grew || new.len() == old.len() {
        return (after.clone(), true);
    }
    let length = old.len() + dice.index(new.len() - old.len() + 1);
    let mut files = after.clone();
    for (name, bytes) in &mut files.0 {
        if *name == LOG {
            bytes.truncate(length);
        }
    }
    (files, length == new.len())
}

/// The database key of a closed store, by which its database can be looked at.
pub fn database_key(directory: &Path) -> Option<[u8; 32]> {
    let file = fs::read(directory.join("keys.bin")).ok()?;
    // Version, commitment, length, then both keys as the vault above keeps them.
    file.get(37..69)?.try_into().ok()
}
