//! Ratchet sessions, each with one device of one peer.

use rusqlite::params;
use zeroize::Zeroizing;

use super::error::StoreError;
use super::seal::SealedCell;
use super::tx::{Columns, Tx, stored};
use crate::protocol::ids::{Counter, DeviceAddress, Hour, TranscriptHash};
use crate::protocol::session;

/// One session.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// The device at the other end.
    pub peer: DeviceAddress,
    /// The transcript hash that names the session.
    pub th: TranscriptHash,
    /// The ratchet's state, as encoded; sealed but for its public part.
    pub state: Zeroizing<Vec<u8>>,
    /// Whether we began it.
    pub initiator: bool,
    /// What initial envelopes repeat, in the engine's own form, until the peer has answered; sealed.
    pub initial: Option<Zeroizing<Vec<u8>>>,
    /// How many initial envelopes were made.
    pub initial_sent: u32,
    /// The session that this one takes the place of.
    pub replaces: Option<TranscriptHash>,
    /// When it was made.
    pub created: Hour,
    /// When something was last opened in it.
    pub last_opened: Hour,
    /// The number of our present sending chain.
    pub chain: u32,
    /// The counter of the first content sent in that chain.
    pub chain_first_counter: Counter,
}

fn cell<'a>(column: &'static str, th: &'a TranscriptHash) -> SealedCell<'a> {
    SealedCell {
        table: "sessions",
        column,
        key: &th.0,
    }
}

impl Tx<'_> {
    fn read_session(&self, columns: &Columns<'_>) -> Result<SessionRow, StoreError> {
        let th = TranscriptHash(columns.array(0)?);
        Ok(SessionRow {
            th,
            peer: columns.device(1)?,
            state: self.open(&cell("state", &th), columns.blob(3)?)?,
            initiator: columns.bool(4)?,
            initial: columns.optional(5, |columns, index| {
                self.open(&cell("initial", &th), columns.blob(index)?)
            })?,
            initial_sent: columns.u32(6)?,
            replaces: columns.optional(7, Columns::array)?.map(TranscriptHash),
            created: columns.hour(8)?,
            last_opened: columns.hour(9)?,
            chain: columns.u32(10)?,
            chain_first_counter: columns.u64(11)?,
        })
    }

    fn write_session(&self, sql: &'static str, row: &SessionRow) -> Result<(), StoreError> {
        self.execute_one(
            sql,
            params![
                row.th.0,
                row.peer.account.0,
                row.peer.device.0,
                self.seal_behind(
                    &cell("state", &row.th),
                    session::public_bytes(&row.state),
                    &row.state,
                ),
                row.initiator,
                row.initial
                    .as_ref()
                    .map(|initial| self.seal(&cell("initial", &row.th), initial)),
                row.initial_sent,
                row.replaces.map(|th| th.0),
                row.created.0,
                row.last_opened.0,
                row.chain,
                stored(row.chain_first_counter)?,
            ],
        )
    }

    /// Writes a new session.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if there is one of this transcript.
    pub fn insert_session(&self, row: &SessionRow) -> Result<(), StoreError> {
        self.write_session(
            "INSERT INTO sessions (th, account, device, state, initiator, initial, initial_sent,
               replaces, created, last_opened, chain, chain_first_counter)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            row,
        )
    }

    /// Writes a session in place of what it was. Its device and who began it stay: naming an index's column would write
    /// the index too.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Failed`] if it is gone.
    pub fn save_session(&self, row: &SessionRow) -> Result<(), StoreError> {
        self.write_session(
            "UPDATE sessions SET state = ?4, initial = ?6, initial_sent = ?7, replaces = ?8,
               created = ?9, last_opened = ?10, chain = ?11, chain_first_counter = ?12
             WHERE th = ?1",
            row,
        )
    }

    /// A session, if it is still there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_session(&self, th: TranscriptHash) -> Result<Option<SessionRow>, StoreError> {
        self.find(
            "SELECT th, account, device, state, initiator, initial, initial_sent, replaces, created,
               last_opened, chain, chain_first_counter FROM sessions WHERE th = ?1",
            [th.0],
            |columns| self.read_session(columns),
        )
    }

    /// The sessions with a device, by transcript hash, lowest first; without those whose rows do not read back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn sessions_of(&self, peer: DeviceAddress) -> Result<Vec<SessionRow>, StoreError> {
        self.list_readable(
            "SELECT th, account, device, state, initiator, initial, initial_sent, replaces, created,
               last_opened, chain, chain_first_counter
             FROM sessions WHERE account = ?1 AND device = ?2 ORDER BY th",
            params![peer.account.0, peer.device.0],
            |columns| self.read_session(columns),
        )
    }

    /// The names of all sessions with a device, also of those whose rows do not read back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn session_names(&self, peer: DeviceAddress) -> Result<Vec<TranscriptHash>, StoreError> {
        self.list(
            "SELECT th FROM sessions WHERE account = ?1 AND device = ?2 ORDER BY th",
            params![peer.account.0, peer.device.0],
            |columns| Ok(TranscriptHash(columns.array(0)?)),
        )
    }

    /// Deletes a session and its skipped keys; no error if it is gone already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_session(&self, th: TranscriptHash) -> Result<(), StoreError> {
        self.execute("DELETE FROM sessions WHERE th = ?1", [th.0])
            .map(drop)
    }
}
