//! The file through which the shim in a process is told what to do and tells what it saw.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::point::Kind;

/// Bytes of the file; its layout stands in `harness/shim/src/control.rs`.
const BYTES: usize = 64;

/// One process's control file.
#[derive(Debug)]
pub struct Control {
    file: File,
    path: PathBuf,
}

/// What the shim has counted since it was armed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// File operations.
    pub calls: u64,
    /// Those of them that were writes.
    pub writes: u64,
    /// Which sort of operation was made to fail, if one was.
    pub hit: Option<&'static str>,
}

impl Control {
    /// Makes the file, with nothing armed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path) -> Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        file.write_all_at(&[0; BYTES], 0)?;
        Ok(Self {
            file,
            path: path.to_owned(),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Counts from 0 again, and has the n-th operation from now fail (0: none).
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn arm(&self, target: u64, kind: Kind) -> Result<()> {
        // The target last: a process that runs meets a whole order or none.
        for (index, value) in [
            (1, 0),
            (0, 0),
            (2, kind.code()),
            (3, 0),
            (4, 0),
            (5, 0),
            (6, 0),
            (1, target),
        ] {
            self.file
                .write_all_at(&u64::to_ne_bytes(value), index * 8)?;
        }
        Ok(())
    }

    /// What was counted.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn seen(&self) -> Result<Seen> {
        let mut bytes = [0; BYTES];
        self.file.read_exact_at(&mut bytes, 0)?;
        let cells: Vec<u64> = bytes
            .as_chunks::<8>()
            .0
            .iter()
            .map(|cell| u64::from_ne_bytes(*cell))
            .collect();
        let cell = |index: usize| cells.get(index).copied().context("a cell is missing");
        let sort = SORTS.get(usize::try_from(cell(4)?)?).copied();
        Ok(Seen {
            calls: cell(0)?,
            writes: cell(6)?,
            hit: (cell(3)? == 1).then(|| sort.unwrap_or("unknown")),
        })
    }
}

/// The shim's sorts of operations, by number.
const SORTS: [&str; 7] = [
    "none", "create", "write", "sync", "truncate", "rename", "unlink",
];
