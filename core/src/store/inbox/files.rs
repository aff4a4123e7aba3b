//! The inbox's own files: its lock, whole-or-nothing writes, and numbered batches.
#![allow(
    clippy::disallowed_methods,
    reason = "the store's own files, beside the database: the inbox"
)]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::store::error::StoreError;

const KEY: &str = "inbox.key";
const LIST: &str = "inbox.list";
const LOCK: &str = "inbox.lock";
const BATCH_PREFIX: &str = "inbox-";
const BATCH_SUFFIX: &str = ".batch";
/// A file that is being written; a crash may leave it.
const HALF_WRITTEN: &str = ".new";

/// The directory of an inbox.
pub(super) struct InboxFiles {
    directory: PathBuf,
}

/// Held by the one process that looks for news; freed when this is dropped or the process dies.
pub(super) struct InboxLock {
    file: File,
}

impl Drop for InboxLock {
    fn drop(&mut self) {
        // As the store's: a child process that is just being started may have the file open too.
        let _ = self.file.unlock();
    }
}

impl InboxFiles {
    /// The directory, made if it is not there.
    pub(super) fn make(directory: &Path) -> Result<Self, StoreError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(directory)?;
        Ok(Self {
            directory: directory.to_path_buf(),
        })
    }

    /// The directory, if it is there.
    pub(super) fn find(directory: &Path) -> Result<Self, StoreError> {
        if !directory.try_exists()? {
            return Err(StoreError::InboxMissing);
        }
        Ok(Self {
            directory: directory.to_path_buf(),
        })
    }

    /// Locks the inbox for the one that adds to it.
    pub(super) fn lock(&self) -> Result<InboxLock, StoreError> {
        let file = private_file()
            .create(true)
            .open(self.directory.join(LOCK))?;
        match file.try_lock() {
            Ok(()) => Ok(InboxLock { file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InboxBusy),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    pub(super) fn load_key(&self, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.load(KEY, limit)
    }

    pub(super) fn save_key(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.save(KEY, bytes)
    }

    pub(super) fn load_list(&self, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.load(LIST, limit)
    }

    pub(super) fn save_list(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.save(LIST, bytes)
    }

    /// The numbers of the batches, lowest first.
    pub(super) fn batches(&self) -> Result<Vec<u32>, StoreError> {
        let mut numbers: Vec<u32> = self
            .names()?
            .iter()
            .filter_map(|name| {
                let digits = name
                    .strip_prefix(BATCH_PREFIX)?
                    .strip_suffix(BATCH_SUFFIX)?;
                digits.parse().ok()
            })
            .collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    pub(super) fn load_batch(
        &self,
        number: u32,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.load(&batch_name(number), limit)
    }

    pub(super) fn batch_length(&self, number: u32) -> Result<u64, StoreError> {
        match fs::metadata(self.directory.join(batch_name(number))) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn save_batch(&self, number: u32, bytes: &[u8]) -> Result<(), StoreError> {
        self.save(&batch_name(number), bytes)
    }

    pub(super) fn delete_batch(&self, number: u32) -> Result<(), StoreError> {
        self.remove(&batch_name(number))
    }

    /// Takes away what a killed process was about to add. The list is another process's to write.
    pub(super) fn clear_half_written(&self) -> Result<(), StoreError> {
        for name in self.names()? {
            if name.starts_with(BATCH_PREFIX) && name.ends_with(HALF_WRITTEN) {
                self.remove(&name)?;
            }
        }
        Ok(())
    }

    /// Overwrites the key, then deletes everything.
    pub(super) fn erase(&self) -> Result<(), StoreError> {
        for name in [KEY.to_owned(), format!("{KEY}{HALF_WRITTEN}")] {
            let path = self.directory.join(&name);
            let length = match fs::metadata(&path) {
                Ok(metadata) => metadata.len(),
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            let length = usize::try_from(length).map_err(|_| StoreError::Failed)?;
            let mut file = private_file().open(path)?;
            file.write_all(&vec![0; length])?;
            file.sync_all()?;
        }
        for name in self.names()? {
            let is_ours = [KEY, LIST].iter().any(|ours| name.starts_with(ours));
            // The lock stays: whoever holds it would hold a file that no other process finds.
            if is_ours || name.starts_with(BATCH_PREFIX) {
                self.remove(&name)?;
            }
        }
        self.sync_directory()
    }

    fn names(&self) -> Result<Vec<String>, StoreError> {
        Ok(fs::read_dir(&self.directory)?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect())
    }

    fn load(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let file = match File::open(self.directory.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn save(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let half_written = self.directory.join(format!("{name}{HALF_WRITTEN}"));
        let mut file = private_file()
            .create(true)
            .truncate(true)
            .open(&half_written)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&half_written, self.directory.join(name))?;
        self.sync_directory()
    }

    fn remove(&self, name: &str) -> Result<(), StoreError> {
        match fs::remove_file(self.directory.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn sync_directory(&self) -> Result<(), StoreError> {
        #[cfg(unix)]
        File::open(&self.directory)?.sync_all()?;
        Ok(())
    }
}

fn batch_name(number: u32) -> String {
    format!("{BATCH_PREFIX}{number}{BATCH_SUFFIX}")
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
