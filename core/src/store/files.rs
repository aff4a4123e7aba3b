//! The store's own files: the lock, whole-or-nothing writes, and moving damaged files aside.
#![allow(
    clippy::disallowed_methods,
    reason = "the one place below net that has files: the store's own"
)]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::sizes::StoreSizes;

const DATABASE: &str = "tacita.db";
const KEYS: &str = "keys.bin";
const LOCK: &str = "tacita.lock";
const TRIES: &str = "tries.bin";
const SUSPECT: &str = "tacita.suspect";
/// In the name of what was moved aside.
const ASIDE: &str = "damaged";
const UNCHECKED: &str = "tacita.unchecked";
/// What SQLite puts beside a database.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];
const PLAIN_HEADER: &[u8; 16] = b"SQLite format 3\0";
/// Bytes of a page of the database.
pub(super) const PAGE_BYTES: u64 = 4096;
/// Bytes of a key file that are read at most.
const MAX_KEY_FILE_BYTES: u64 = 128 * 1024;

/// A directory that this process alone has open; the lock is freed when this is dropped or the process dies.
#[derive(Debug)]
pub(super) struct StoreFiles {
    directory: PathBuf,
    lock: File,
}

impl Drop for StoreFiles {
    fn drop(&mut self) {
        // Closing alone would not do: a child process that is just being started has this file open too,
        // until it runs its own program. If this fails, closing frees the lock a moment later.
        let _ = self.lock.unlock();
    }
}

impl StoreFiles {
    /// Makes the directory if there is none, and locks it.
    pub(super) fn lock(directory: &Path) -> Result<Self, StoreError> {
        create_directory(directory)?;
        let lock = private_file().create(true).open(directory.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                directory: directory.to_path_buf(),
                lock,
            }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// The path of the database; the file is made, readable by its owner only, if there is none.
    pub(super) fn database(&self) -> Result<PathBuf, StoreError> {
        let path = self.directory.join(DATABASE);
        // SQLite gives its companions the mode of the database.
        private_file().create(true).open(&path)?;
        Ok(path)
    }

    /// Whether there is a database with something in it.
    pub(super) fn has_database(&self) -> Result<bool, StoreError> {
        Ok(self.length(DATABASE)? > 0)
    }

    /// Whether the file is a database of somebody else's: one that is not encrypted.
    pub(super) fn is_plain_database(&self) -> Result<bool, StoreError> {
        let mut header = [0; PLAIN_HEADER.len()];
        match File::open(self.directory.join(DATABASE)).and_then(|mut f| f.read_exact(&mut header))
        {
            Ok(()) => Ok(&header == PLAIN_HEADER),
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether an end was unclean and the database was not checked since: a clean end leaves an empty write-ahead
    /// log, or none.
    pub(super) fn is_unchecked(&self) -> Result<bool, StoreError> {
        Ok(self.has_log()? || self.exists(UNCHECKED)?)
    }

    /// Whether damage has shown, so that the database must be checked before it is used.
    pub(super) fn is_suspect(&self) -> Result<bool, StoreError> {
        self.exists(SUSPECT)
    }

    /// Remembers that the database was not checked yet, should the process end before it was. On a disk that is full
    /// it is not remembered; then the next opening may find a log, or trust what this one has folded in.
    pub(super) fn note_unchecked(&self) {
        let _ = private_file()
            .create(true)
            .open(self.directory.join(UNCHECKED));
    }

    /// The database was checked.
    pub(super) fn clear_unchecked(&self) -> Result<(), StoreError> {
        self.remove(UNCHECKED)
    }

    /// Whether so much of the database is gone that SQLite would take it for a new one and begin anew: less than
    /// a page is left, and nothing says that its making was interrupted; or there is a log, but no database.
    pub(super) fn is_cut(&self) -> Result<bool, StoreError> {
        let length = self.length(DATABASE)?;
        if length == 0 {
            return self.has_log();
        }
        Ok(length < PAGE_BYTES && self.length(&format!("{DATABASE}-journal"))? == 0)
    }

    fn has_log(&self) -> Result<bool, StoreError> {
        Ok(self.length(&format!("{DATABASE}-wal"))? > 0)
    }

    /// Has the next opening check the database, whatever happens in between.
    pub(super) fn mark_suspect(&self) -> Result<(), StoreError> {
        File::create(self.directory.join(SUSPECT))?.sync_all()?;
        self.sync_directory()
    }

    /// Takes the mark of [`Self::mark_suspect`] away.
    pub(super) fn clear_suspect(&self) -> Result<(), StoreError> {
        self.remove(SUSPECT)
    }

    fn remove(&self, name: &str) -> Result<(), StoreError> {
        match fs::remove_file(self.directory.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The bytes of the key file, if there is one.
    pub(super) fn load_keys(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.load(KEYS)
    }

    /// Writes the key file; after a crash it is there whole as it was or as it shall be.
    pub(super) fn save_keys(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.save(KEYS, bytes)
    }

    /// The bytes of the file that counts wrong tries, if there is one.
    pub(super) fn load_tries(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.load(TRIES)
    }

    /// Writes the file that counts wrong tries, as [`Self::save_keys`] does.
    pub(super) fn save_tries(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.save(TRIES, bytes)
    }

    /// Takes the file that counts wrong tries away.
    pub(super) fn clear_tries(&self) -> Result<(), StoreError> {
        self.remove(TRIES)
    }

    /// Bytes of the log, of what was moved aside, and of all files; the rest is left at 0.
    pub(super) fn sizes(&self) -> Result<StoreSizes, StoreError> {
        let mut sizes = StoreSizes::default();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let length = match entry.metadata() {
                Ok(metadata) if metadata.is_file() => metadata.len(),
                Ok(_) => continue,
                // It went while we looked.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            sizes.total_bytes = sizes.total_bytes.saturating_add(length);
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name == format!("{DATABASE}-wal").as_str() {
                sizes.log_bytes = length;
            } else if name.starts_with(&format!("{DATABASE}.{ASIDE}")) {
                sizes.damaged_bytes = sizes.damaged_bytes.saturating_add(length);
            }
        }
        Ok(sizes)
    }

    /// Deletes everything. The keys are overwritten first: from then on nobody reads what is left, be it in a copy.
    pub(super) fn erase(&self) -> Result<(), StoreError> {
        let half_written = format!("{KEYS}.new");
        for name in [KEYS, &half_written] {
            self.overwrite(name)?;
        }
        let names: Vec<String> = fs::read_dir(&self.directory)?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.starts_with(DATABASE) || name.starts_with(TRIES))
            .collect();
        for name in &names {
            self.remove(name)?;
        }
        for name in [SUSPECT, UNCHECKED, &half_written, KEYS] {
            self.remove(name)?;
        }
        self.sync_directory()
    }

    fn overwrite(&self, name: &str) -> Result<(), StoreError> {
        let length = usize::try_from(self.length(name)?).map_err(|_| StoreError::Failed)?;
        if length > 0 {
            let mut file = private_file().open(self.directory.join(name))?;
            file.write_all(&vec![0; length])?;
            file.sync_all()?;
        }
        Ok(())
    }

    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let file = match File::open(self.directory.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut bytes = Vec::new();
        file.take(MAX_KEY_FILE_BYTES).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn save(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let half_written = self.directory.join(format!("{name}.new"));
        let mut file = private_file()
            .create(true)
            .truncate(true)
            .open(&half_written)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&half_written, self.directory.join(name))?;
        self.sync_directory()
    }

    /// Gives the database and what belongs to it another name, and returns that name. The keys stay, so that
    /// the damaged file can still be read by somebody who repairs it.
    pub(super) fn move_database_aside(&self) -> Result<String, StoreError> {
        self.move_aside(false)
    }

    /// As [`Self::move_database_aside`], and the key file as well: it is what is damaged.
    pub(super) fn move_all_aside(&self) -> Result<String, StoreError> {
        self.move_aside(true)
    }

    fn move_aside(&self, with_keys: bool) -> Result<String, StoreError> {
        // Should the process die on the way, the next opening checks again and moves the rest.
        self.mark_suspect()?;
        let name = self.free_name()?;
        // The log goes first: behind a new database it would be taken for that one's own.
        for companion in COMPANIONS {
            self.rename(
                &format!("{DATABASE}{companion}"),
                &format!("{name}{companion}"),
            )?;
        }
        if with_keys {
            self.rename(KEYS, &format!("{name}-keys"))?;
        }
        self.rename(DATABASE, &name)?;
        self.sync_directory()?;
        self.clear_unchecked()?;
        self.clear_suspect()?;
        Ok(name)
    }

    /// A name that no earlier damage has taken; it tells no time.
    fn free_name(&self) -> Result<String, StoreError> {
        let taken: Vec<String> = fs::read_dir(&self.directory)?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        (1..=u32::MAX)
            .map(|number| format!("{DATABASE}.{ASIDE}-{number}"))
            .find(|name| {
                !taken
                    .iter()
                    .any(|file| file == name || file.starts_with(&format!("{name}-")))
            })
            .ok_or(StoreError::Failed)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        match fs::rename(self.directory.join(from), self.directory.join(to)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn exists(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.directory.join(name).try_exists()?)
    }

    fn length(&self, name: &str) -> Result<u64, StoreError> {
        match fs::metadata(self.directory.join(name)) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    fn sync_directory(&self) -> Result<(), StoreError> {
        #[cfg(unix)]
        File::open(&self.directory)?.sync_all()?;
        Ok(())
    }
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn create_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_free_when_its_store_is_closed_even_if_a_child_still_has_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let first = StoreFiles::lock(directory.path()).unwrap();
        // As a child process has it between its start and its own program.
        let inherited = first.lock.try_clone().unwrap();
        assert_eq!(
            StoreFiles::lock(directory.path()).err(),
            Some(StoreError::Busy)
        );
        drop(first);
        assert!(StoreFiles::lock(directory.path()).is_ok());
        drop(inherited);
    }
}
