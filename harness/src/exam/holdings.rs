//! A copy of all that a relay holds and has logged.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rusqlite::{Connection, OpenFlags};

/// The copied files, and the log.
#[derive(Debug)]
pub struct Holdings {
    directory: PathBuf,
    files: Vec<(String, Vec<u8>)>,
    log: Vec<u8>,
}

/// The database's name in the data directory.
pub const DATABASE: &str = "relay.db";

impl Holdings {
    /// Copies a data directory and reads a log, while the relay stands still.
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn seize(data: &Path, log: &Path, copy: &Path) -> Result<Self> {
        if copy.exists() {
            fs::remove_dir_all(copy)?;
        }
        let mut files = Vec::new();
        copy_tree(data, copy, "", &mut files)?;
        Ok(Self {
            directory: copy.to_owned(),
            files,
            log: fs::read(log)?,
        })
    }

    /// Opens the copied database; what stands in its write-ahead log is seen too.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open_database(&self) -> Result<Connection> {
        let path = self.directory.join(DATABASE);
        Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .with_context(|| path.display().to_string())
    }

    /// All files by their path in the data directory, as they were.
    #[must_use]
    pub fn files(&self) -> &[(String, Vec<u8>)] {
        &self.files
    }

    /// Standard output and standard error of all its runs.
    #[must_use]
    pub fn log(&self) -> &[u8] {
        &self.log
    }
}

fn copy_tree(
    from: &Path,
    to: &Path,
    prefix: &str,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &to.join(&name), &format!("{path}/"), files)?;
        } else {
            let bytes = fs::read(entry.path())?;
            fs::write(to.join(&name), &bytes)?;
            files.push((path, bytes));
        }
    }
    Ok(())
}
