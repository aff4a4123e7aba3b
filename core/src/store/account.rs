//! This device's account: one row.

use rusqlite::params;
use tacita_wire::RelayLink;

use super::error::StoreError;
use super::seal::SealedCell;
use super::tx::Tx;
use crate::protocol::account::DeviceKeys;
use crate::protocol::ids::Hour;

/// This device's account.
pub struct AccountRow {
    /// The device's keys and address; sealed.
    pub keys: DeviceKeys,
    /// The account's device log, as encoded.
    pub log: Vec<u8>,
    /// The account vault, as encoded.
    pub vault: Vec<u8>,
    /// The name that contacts see.
    pub name: String,
    /// The account's own relay; sealed for its join code.
    pub relay: RelayLink,
    /// When the account was made.
    pub created: Hour,
    /// The latest hour heard from the account's own relay.
    pub relay_hour: Hour,
}

const fn cell(column: &'static str) -> SealedCell<'static> {
    SealedCell {
        table: "account",
        column,
        key: &[],
    }
}

impl Tx<'_> {
    /// The account, if one was made.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_account(&self) -> Result<Option<AccountRow>, StoreError> {
        self.find(
            "SELECT keys, log, vault, name, relay, created, relay_hour FROM account WHERE row = 1",
            [],
            |columns| {
                Ok(AccountRow {
                    keys: self.open_value(&cell("keys"), columns.blob(0)?)?,
                    log: columns.bytes(1)?,
                    vault: columns.bytes(2)?,
                    name: columns.text(3)?,
                    relay: self.open_value(&cell("relay"), columns.blob(4)?)?,
                    created: columns.hour(5)?,
                    relay_hour: columns.hour(6)?,
                })
            },
        )
    }

    /// Writes the account, new or in place of what it was.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn save_account(&self, row: &AccountRow) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO account (row, keys, log, vault, name, relay, created, relay_hour)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (row) DO UPDATE SET keys = excluded.keys, log = excluded.log,
               vault = excluded.vault, name = excluded.name, relay = excluded.relay,
               created = excluded.created, relay_hour = excluded.relay_hour",
            params![
                self.seal_value(&cell("keys"), &row.keys),
                row.log,
                row.vault,
                row.name,
                self.seal_value(&cell("relay"), &row.relay),
                row.created.0,
                row.relay_hour.0,
            ],
        )
    }

    /// Sets the latest hour heard from the account's own relay.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if there is no account.
    pub fn set_relay_hour(&self, hour: Hour) -> Result<(), StoreError> {
        self.execute_one("UPDATE account SET relay_hour = ?1 WHERE row = 1", [hour.0])
    }
}
