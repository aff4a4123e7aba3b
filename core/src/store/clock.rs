//! Small settings by name, such as the latest hour seen.

use rusqlite::params;

use super::error::StoreError;
use super::tx::{Columns, Tx};

impl Tx<'_> {
    /// A setting's bytes, if it was saved.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.find(
            "SELECT value FROM settings WHERE name = ?1",
            [name],
            |columns: &Columns<'_>| columns.bytes(0),
        )
    }

    /// Saves a setting, new or in place of what it was.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn save_setting(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO settings (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![name, value],
        )
    }
}
