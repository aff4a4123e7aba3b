//! The devices that we talk to: where to write to them, and what has come from them.

use rusqlite::params;
use tacita_wire::{Decode, Encode, MailboxId};

use super::error::StoreError;
use super::seal::SealedCell;
use super::tx::{Columns, Tx, stored};
use crate::protocol::delivery::ReceivedCounters;
use crate::protocol::descriptor::Descriptor;
use crate::protocol::ids::{AccountId, Counter, DeviceAddress, Hour};

/// One device at the other end.
#[derive(Clone, PartialEq, Eq)]
pub struct PeerRow {
    /// Which device.
    pub address: DeviceAddress,
    /// Where to write to it, once it said so; sealed.
    pub descriptor: Option<Descriptor>,
    /// The mailbox of ours that it writes to.
    pub our_mailbox: Option<MailboxId>,
    /// Its reconnect record, as encoded.
    pub record: Option<Vec<u8>>,
    /// The last counter that we gave to a content for it.
    pub sent_counter: Counter,
    /// The counters that came from it.
    pub received: ReceivedCounters,
    /// The peer's `seen_up_to`.
    pub acknowledged: Counter,
    /// Whether it is owed a receipt.
    pub owes_receipt: bool,
    /// When it was last sent our reconnect record.
    pub record_sent: Hour,
}

impl PeerRow {
    /// A peer of whom nothing is known yet.
    #[must_use]
    pub fn new(address: DeviceAddress) -> Self {
        Self {
            address,
            descriptor: None,
            our_mailbox: None,
            record: None,
            sent_counter: 0,
            received: ReceivedCounters::default(),
            acknowledged: 0,
            owes_receipt: false,
            record_sent: Hour(0),
        }
    }
}

fn cell(key: &[u8]) -> SealedCell<'_> {
    SealedCell {
        table: "peers",
        column: "descriptor",
        key,
    }
}

impl Tx<'_> {
    fn read_peer(&self, columns: &Columns<'_>) -> Result<PeerRow, StoreError> {
        let address = columns.device(0)?;
        Ok(PeerRow {
            address,
            descriptor: columns.optional(2, |columns, index| {
                self.open_value(&cell(&address.to_bytes()), columns.blob(index)?)
            })?,
            our_mailbox: columns.optional(3, Columns::array)?.map(MailboxId),
            sent_counter: columns.u64(4)?,
            received: ReceivedCounters::from_bytes(columns.blob(5)?)?,
            acknowledged: columns.u64(6)?,
            owes_receipt: columns.bool(7)?,
            record_sent: columns.hour(8)?,
            record: columns.optional(9, Columns::bytes)?,
        })
    }

    /// Writes a peer, new or in place of what it was.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn save_peer(&self, row: &PeerRow) -> Result<(), StoreError> {
        let DeviceAddress { account, device } = row.address;
        let key = row.address.to_bytes();
        self.execute_one(
            "INSERT INTO peers (account, device, descriptor, our_mailbox, sent_counter, received,
               acknowledged, owes_receipt, record_sent)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (account, device) DO UPDATE SET descriptor = excluded.descriptor,
               our_mailbox = excluded.our_mailbox, sent_counter = excluded.sent_counter,
               received = excluded.received, acknowledged = excluded.acknowledged,
               owes_receipt = excluded.owes_receipt, record_sent = excluded.record_sent",
            params![
                account.0,
                device.0,
                row.descriptor
                    .as_ref()
                    .map(|descriptor| self.seal_value(&cell(&key), descriptor)),
                row.our_mailbox.map(|id| id.0),
                stored(row.sent_counter)?,
                row.received.to_bytes(),
                stored(row.acknowledged)?,
                row.owes_receipt,
                row.record_sent.0,
            ],
        )?;
        match &row.record {
            Some(record) => self.execute(
                "INSERT INTO peer_records (account, device, record) VALUES (?1, ?2, ?3)
                 ON CONFLICT (account, device) DO UPDATE SET record = excluded.record
                   WHERE record <> excluded.record",
                params![account.0, device.0, record],
            ),
            None => self.execute(
                "DELETE FROM peer_records WHERE account = ?1 AND device = ?2",
                params![account.0, device.0],
            ),
        }
        .map(drop)
    }

    /// A peer, if it is known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_peer(&self, address: DeviceAddress) -> Result<Option<PeerRow>, StoreError> {
        self.find(
            "SELECT peers.account, peers.device, descriptor, our_mailbox, sent_counter, received,
               acknowledged, owes_receipt, record_sent, record
             FROM peers LEFT JOIN peer_records USING (account, device)
             WHERE peers.account = ?1 AND peers.device = ?2",
            params![address.account.0, address.device.0],
            |columns| self.read_peer(columns),
        )
    }

    /// Whether a row about an account's devices, or of a session with one, does not read back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn is_damaged(&self, account: AccountId) -> Result<bool, StoreError> {
        let stored = self.find_one(
            "SELECT (SELECT count(*) FROM peers WHERE account = ?1),
               (SELECT count(*) FROM sessions WHERE account = ?1)",
            [account.0],
            |columns| Ok((columns.u64(0)?, columns.u64(1)?)),
        )?;
        let mut readable = (0_u64, 0_u64);
        for peer in self.list_peers(account)? {
            readable.0 += 1;
            readable.1 += u64::try_from(self.sessions_of(peer.address)?.len()).unwrap_or(0);
        }
        Ok(readable != stored)
    }

    /// The known devices of an account, by number; without those whose rows do not read back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list_peers(&self, account: AccountId) -> Result<Vec<PeerRow>, StoreError> {
        self.list_readable(
            "SELECT peers.account, peers.device, descriptor, our_mailbox, sent_counter, received,
               acknowledged, owes_receipt, record_sent, record
             FROM peers LEFT JOIN peer_records USING (account, device)
             WHERE peers.account = ?1 ORDER BY peers.device",
            [account.0],
            |columns| self.read_peer(columns),
        )
    }

    /// Deletes what is known of an account's devices.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_peers(&self, account: AccountId) -> Result<(), StoreError> {
        self.execute("DELETE FROM peers WHERE account = ?1", [account.0])
            .map(drop)
    }

    /// Forgets all of an account's devices but the counters, which must go on should they meet us again: each side
    /// would take what begins at 1 for a repetition.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keep_counters(&self, account: AccountId) -> Result<(), StoreError> {
        self.execute(
            "UPDATE peers SET descriptor = NULL, our_mailbox = NULL, acknowledged = sent_counter,
               owes_receipt = 0, record_sent = 0 WHERE account = ?1",
            [account.0],
        )?;
        self.forget_earlier(account)?;
        self.forget_told_profiles(account)?;
        self.execute("DELETE FROM peer_records WHERE account = ?1", [account.0])
            .map(drop)
    }

    /// All known devices, of whatever account; without those whose rows do not read back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn all_peers(&self) -> Result<Vec<PeerRow>, StoreError> {
        self.list_readable(
            "SELECT peers.account, peers.device, descriptor, our_mailbox, sent_counter, received,
               acknowledged, owes_receipt, record_sent, record
             FROM peers LEFT JOIN peer_records USING (account, device)
             ORDER BY peers.account, peers.device",
            [],
            |columns| self.read_peer(columns),
        )
    }

    /// The devices, of whatever account, that are owed a receipt; without those whose rows do not read back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn all_peers_owing_receipts(&self) -> Result<Vec<PeerRow>, StoreError> {
        self.list_readable(
            "SELECT peers.account, peers.device, descriptor, our_mailbox, sent_counter, received,
               acknowledged, owes_receipt, record_sent, record
             FROM peers_owing_receipts CROSS JOIN peers USING (account, device)
               LEFT JOIN peer_records USING (account, device)
             ORDER BY peers.account, peers.device",
            [],
            |columns| self.read_peer(columns),
        )
    }
}
