//! Giving back what is free in the file, slice by slice.

use super::error::StoreError;
use super::files::PAGE_BYTES;
use super::store::Store;

/// Gives back one slice: 256 pages.
const GIVE_BACK: &str = "PRAGMA incremental_vacuum(256)";

/// The bytes of the database.
pub(super) struct DatabaseBytes {
    pub(super) all: u64,
    pub(super) free: u64,
}

impl Store {
    pub(super) fn database_bytes(&self) -> Result<DatabaseBytes, StoreError> {
        let bytes = |name: &str| -> Result<u64, StoreError> {
            let number: i64 = self
                .connection()
                .pragma_query_value(None, name, |row| row.get(0))?;
            let pages = u64::try_from(number).map_err(|_| StoreError::Failed)?;
            Ok(pages.saturating_mul(PAGE_BYTES))
        };
        Ok(DatabaseBytes {
            all: bytes("page_count")?,
            free: bytes("freelist_count")?,
        })
    }

    /// Gives up to a mebibyte of what is free in the file back to the disk and returns how many bytes are left to give;
    /// the file is shorter once the log was emptied ([`Store::empty_log`]). Some tens of milliseconds, and whole or not
    /// at all. A database that was made before version 7 of its schema is written anew the first time, which takes
    /// seconds, and as much memory as it is large.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] or [`StoreError::Failed`]; nothing is lost.
    pub fn shrink(&self) -> Result<u64, StoreError> {
        let is_sliced: i64 = self
            .connection()
            .pragma_query_value(None, "auto_vacuum", |row| row.get(0))?;
        if is_sliced == 0 {
            self.connection()
                .execute_batch("PRAGMA auto_vacuum = INCREMENTAL; VACUUM")?;
        } else {
            let mut statement = self.connection().prepare(GIVE_BACK)?;
            let mut pages = statement.query([])?;
            // Each row that is asked for moves one page.
            while pages.next()?.is_some() {}
        }
        Ok(self.database_bytes()?.free)
    }
}
