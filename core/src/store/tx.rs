//! One transaction: the handle through which every row is read and written.

use std::cell::Cell;

use rusqlite::{CachedStatement, Connection, Params, Row, params};
use tacita_wire::{Decode, Encode, RelayAddress, Writer};
use zeroize::Zeroizing;

use super::error::{StoreError, is_damage};
use super::model::StoredCode;
use super::seal::{CellKeys, SealedCell};
use crate::protocol::ids::{
    AccountId, ConversationId, DeviceAddress, DeviceNumber, Hour, InvitationId,
};

/// Room for the byte form of any small secret, so that growing leaves no copies behind.
const SECRET_CAPACITY: usize = 512;

/// A transaction. All that is done through it is committed together or not at all.
pub struct Tx<'s> {
    connection: &'s Connection,
    cells: &'s CellKeys,
    suspect: &'s Cell<bool>,
    pub(super) numbers: &'s GivenNumbers,
}

/// Numbers that were given since the store was opened, also by transactions that came to nothing.
#[derive(Default)]
pub(super) struct GivenNumbers {
    /// The last of the outbox.
    pub(super) outbox: Cell<i64>,
    /// The last of a change.
    pub(super) change: Cell<i64>,
}

impl<'s> Tx<'s> {
    pub(super) fn new(
        connection: &'s Connection,
        cells: &'s CellKeys,
        suspect: &'s Cell<bool>,
        numbers: &'s GivenNumbers,
    ) -> Self {
        Self {
            connection,
            cells,
            suspect,
            numbers,
        }
    }

    fn prepare(&self, sql: &'static str) -> Result<CachedStatement<'s>, StoreError> {
        self.connection
            .prepare_cached(sql)
            .map_err(|error| self.note(error))
    }

    /// Remembers that the file may be damaged, if that is what the error says.
    fn note(&self, error: rusqlite::Error) -> StoreError {
        if is_damage(&error) {
            self.suspect.set(true);
        }
        error.into()
    }

    /// Runs a statement and returns how many rows it changed.
    pub(super) fn execute(
        &self,
        sql: &'static str,
        params: impl Params,
    ) -> Result<usize, StoreError> {
        self.prepare(sql)?
            .execute(params)
            .map_err(|error| self.note(error))
    }

    /// Runs a statement that must change exactly one row: a missing one means that the caller is wrong.
    pub(super) fn execute_one(
        &self,
        sql: &'static str,
        params: impl Params,
    ) -> Result<(), StoreError> {
        match self.execute(sql, params)? {
            1 => Ok(()),
            _ => Err(StoreError::Failed),
        }
    }

    /// The first row, if there is one.
    pub(super) fn find<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl FnOnce(&Columns<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query(params).map_err(|error| self.note(error))?;
        match rows.next().map_err(|error| self.note(error))? {
            Some(row) => read(&Columns { row }).map(Some),
            None => Ok(None),
        }
    }

    /// The only row of a statement that always gives one.
    pub(super) fn find_one<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl FnOnce(&Columns<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.find(sql, params, read)?.ok_or(StoreError::Failed)
    }

    /// Every row, in the statement's order.
    pub(super) fn list<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        mut read: impl FnMut(&Columns<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query(params).map_err(|error| self.note(error))?;
        let mut list = Vec::new();
        while let Some(row) = rows.next().map_err(|error| self.note(error))? {
            list.push(read(&Columns { row })?);
        }
        Ok(list)
    }

    /// As [`Self::list`], but without the rows that do not read back: one that is damaged must not hide the others.
    pub(super) fn list_readable<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        mut read: impl FnMut(&Columns<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.list(sql, params, |columns| match read(columns) {
            Ok(row) => Ok(Some(row)),
            Err(StoreError::Row) => Ok(None),
            Err(error) => Err(error),
        })?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// Runs a part of the transaction; if it fails, what that part has changed is undone, and no more.
    ///
    /// # Errors
    /// What `part` returns; [`StoreError`] if it cannot be undone: give up the transaction then.
    pub fn attempt<T, E: From<StoreError>>(
        &self,
        part: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.execute("SAVEPOINT part", [])?;
        let result = part();
        if result.is_err() {
            self.execute("ROLLBACK TO part", [])?;
        }
        self.execute("RELEASE part", [])?;
        result
    }

    /// How many rows were changed since the database was opened.
    pub(super) fn total_changes(&self) -> u64 {
        self.connection.total_changes()
    }

    /// Counts one further: from 1, and no number twice, whatever is deleted.
    pub(super) fn next_number(&self, counter: &'static str) -> Result<i64, StoreError> {
        self.find_one(
            "INSERT INTO counters (name, value) VALUES (?1, 1)
             ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            [counter],
            |columns| columns.i64(0),
        )
    }

    /// How far [`Self::next_number`] has counted.
    pub(super) fn last_number(&self, counter: &'static str) -> Result<i64, StoreError> {
        let found = self.find(
            "SELECT value FROM counters WHERE name = ?1",
            [counter],
            |columns| columns.i64(0),
        )?;
        Ok(found.unwrap_or(0))
    }

    /// Sets how far a number has come.
    pub(super) fn set_number(&self, counter: &'static str, value: i64) -> Result<(), StoreError> {
        self.execute_one(
            "INSERT INTO counters (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![counter, value],
        )
    }

    pub(super) fn seal(&self, cell: &SealedCell<'_>, secret: &[u8]) -> Vec<u8> {
        self.cells.seal(cell, secret)
    }

    /// Seals a value of which the first `public` bytes are no secret.
    pub(super) fn seal_behind(
        &self,
        cell: &SealedCell<'_>,
        public: usize,
        value: &[u8],
    ) -> Vec<u8> {
        self.cells.seal_behind(cell, public, value)
    }

    /// Seals the byte form of a value.
    pub(super) fn seal_value(&self, cell: &SealedCell<'_>, value: &impl Encode) -> Vec<u8> {
        let mut writer = Writer::with_capacity(SECRET_CAPACITY);
        value.encode(&mut writer);
        self.cells.seal(cell, &Zeroizing::new(writer.finish()))
    }

    pub(super) fn open(
        &self,
        cell: &SealedCell<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        self.cells.open(cell, sealed)
    }

    /// Opens the byte form of a value.
    pub(super) fn open_value<T: Decode>(
        &self,
        cell: &SealedCell<'_>,
        sealed: &[u8],
    ) -> Result<T, StoreError> {
        Ok(T::from_bytes(&self.cells.open(cell, sealed)?)?)
    }
}

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

/// The columns of one row, by their place in the statement; a value of the wrong type or range is
/// [`StoreError::Row`].
pub(super) struct Columns<'r> {
    row: &'r Row<'r>,
}

impl Columns<'_> {
    pub(super) fn i64(&self, index: usize) -> Result<i64, StoreError> {
        Ok(self.row.get(index)?)
    }

    pub(super) fn u64(&self, index: usize) -> Result<u64, StoreError> {
        u64::try_from(self.i64(index)?).map_err(|_| StoreError::Row)
    }

    pub(super) fn u32(&self, index: usize) -> Result<u32, StoreError> {
        Ok(self.row.get(index)?)
    }

    pub(super) fn u16(&self, index: usize) -> Result<u16, StoreError> {
        Ok(self.row.get(index)?)
    }

    pub(super) fn u8(&self, index: usize) -> Result<u8, StoreError> {
        Ok(self.row.get(index)?)
    }

    pub(super) fn bool(&self, index: usize) -> Result<bool, StoreError> {
        match self.i64(index)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(StoreError::Row),
        }
    }

    pub(super) fn hour(&self, index: usize) -> Result<Hour, StoreError> {
        self.u32(index).map(Hour)
    }

    pub(super) fn code<T: StoredCode>(&self, index: usize) -> Result<T, StoreError> {
        T::from_code(self.u8(index)?)
    }

    pub(super) fn text(&self, index: usize) -> Result<String, StoreError> {
        Ok(self.row.get(index)?)
    }

    /// A blob where it stands, so that large ones are copied once.
    pub(super) fn blob(&self, index: usize) -> Result<&[u8], StoreError> {
        self.row
            .get_ref(index)?
            .as_blob()
            .map_err(|_| StoreError::Row)
    }

    pub(super) fn bytes(&self, index: usize) -> Result<Vec<u8>, StoreError> {
        self.blob(index).map(<[u8]>::to_vec)
    }

    pub(super) fn array<const N: usize>(&self, index: usize) -> Result<[u8; N], StoreError> {
        self.blob(index)?.try_into().map_err(|_| StoreError::Row)
    }

    /// What `read` makes of the column, unless it is NULL.
    pub(super) fn optional<T>(
        &self,
        index: usize,
        read: impl FnOnce(&Self, usize) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match self.row.get_ref(index)? {
            rusqlite::types::ValueRef::Null => Ok(None),
            _ => read(self, index).map(Some),
        }
    }

    pub(super) fn address(&self, index: usize) -> Result<RelayAddress, StoreError> {
        let text = self
            .row
            .get_ref(index)?
            .as_str()
            .map_err(|_| StoreError::Row)?;
        Ok(RelayAddress::new(text)?)
    }

    pub(super) fn invitation(&self, index: usize) -> Result<InvitationId, StoreError> {
        self.array(index).map(InvitationId)
    }

    pub(super) fn conversation(&self, index: usize) -> Result<ConversationId, StoreError> {
        self.array(index).map(AccountId).map(ConversationId)
    }

    /// A device address of two columns, the account's first.
    pub(super) fn device(&self, index: usize) -> Result<DeviceAddress, StoreError> {
        Ok(DeviceAddress {
            account: AccountId(self.array(index)?),
            device: DeviceNumber(self.u32(index + 1)?),
        })
    }
}

/// A number as SQLite has it.
///
/// # Errors
/// [`StoreError::Row`] above 2^63-1.
pub(super) fn stored(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Row)
}

/// As [`stored`], for numbers that a peer chose and that only order or bound: the highest stands for all above.
pub(super) fn capped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
