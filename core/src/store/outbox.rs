//! The outbox: encrypted envelopes on their way, in order per mailbox, kept until they have arrived.

use rusqlite::params;
use tacita_wire::{MailboxId, RelayAddress, RelayRootHash};

use super::error::StoreError;
use super::sabotage::{Breakage, is};
use super::seal::SealedCell;
use super::tx::{Columns, Tx, capped, stored};
use crate::protocol::descriptor::Descriptor;
use crate::protocol::ids::{AccountId, ConversationId, Counter, DeviceAddress, Hour};

/// One envelope on its way.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its number, growing, and while the store is open never used twice; given by [`Tx::push_outbox`].
    pub id: i64,
    /// The device that it is for.
    pub peer: DeviceAddress,
    /// The place of its message in the conversation, if it carries one.
    pub place: Option<u64>,
    /// The counter of its content; 0 if that is unnumbered.
    pub counter: Counter,
    /// Where it goes; sealed.
    pub descriptor: Descriptor,
    /// The envelope: every try sends the same bytes.
    pub envelope: Vec<u8>,
    /// When the relay took it, if it has.
    pub put: Option<Hour>,
    /// Of one that was put, when it may be put again if it did not arrive; in milliseconds since 1970.
    pub again_ms: u64,
}

fn cell(key: &[u8; 8]) -> SealedCell<'_> {
    SealedCell {
        table: "outbox",
        column: "descriptor",
        key,
    }
}

impl Tx<'_> {
    pub(super) fn read_outbox(&self, columns: &Columns<'_>) -> Result<OutboxRow, StoreError> {
        let id = columns.i64(0)?;
        Ok(OutboxRow {
            id,
            peer: columns.device(1)?,
            place: columns.optional(3, Columns::u64)?,
            counter: columns.u64(4)?,
            descriptor: self.open_value(&cell(&id.to_be_bytes()), columns.blob(5)?)?,
            put: columns.optional(6, Columns::hour)?,
            again_ms: columns.u64(7)?,
            envelope: columns.bytes(8)?,
        })
    }

    /// Puts an envelope behind all others and returns its number; `row.id` is not read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn push_outbox(&self, row: &OutboxRow) -> Result<i64, StoreError> {
        let id = self.next_outbox()?;
        let slot = self.store_envelope(&row.envelope)?;
        self.execute_one(
            "INSERT INTO outbox (id, account, device, mailbox, address, root, descriptor, place,
               counter, put, was_put, again_ms, first_put, slot)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10 IS NOT NULL, ?11, ?10, ?12)",
            params![
                id,
                row.peer.account.0,
                row.peer.device.0,
                row.descriptor.mailbox.0,
                row.descriptor.address.as_str(),
                row.descriptor.root.0,
                self.seal_value(&cell(&id.to_be_bytes()), &row.descriptor),
                row.place.map(stored).transpose()?,
                stored(row.counter)?,
                row.put.map(|hour| hour.0),
                capped(row.again_ms),
                slot,
            ],
        )?;
        Ok(id)
    }

    /// Puts an envelope where one of the same length stood, or into a new place; returns the place.
    fn store_envelope(&self, envelope: &[u8]) -> Result<i64, StoreError> {
        let free = self.find(
            "DELETE FROM free_slots WHERE (bytes, slot) =
               (SELECT bytes, slot FROM free_slots WHERE bytes = ?1 LIMIT 1) RETURNING slot",
            [i64::try_from(envelope.len()).map_err(|_| StoreError::Failed)?],
            |columns| columns.i64(0),
        )?;
        if let Some(slot) = free {
            self.execute_one(
                "UPDATE outbox_slots SET envelope = ?2 WHERE slot = ?1",
                params![slot, envelope],
            )?;
            return Ok(slot);
        }
        self.find_one(
            "INSERT INTO outbox_slots (envelope) VALUES (?1) RETURNING slot",
            [envelope],
            |columns| columns.i64(0),
        )
    }

    /// What is on its way is known by its number, and must not be taken for another that came behind it.
    fn next_outbox(&self) -> Result<i64, StoreError> {
        let last = self.find_one("SELECT coalesce(max(id), 0) FROM outbox", [], |columns| {
            columns.i64(0)
        })?;
        let next = last.max(self.numbers.outbox.get()).saturating_add(1);
        self.numbers.outbox.set(next);
        Ok(next)
    }

    /// The mailboxes with envelopes that are not at the relay and may leave, that of the oldest one first. What is for a
    /// blocked contact may not, for as long as it is blocked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outbox_targets(
        &self,
    ) -> Result<Vec<(MailboxId, RelayAddress, RelayRootHash)>, StoreError> {
        self.list(
            // From mailbox to mailbox in the index, so that a long queue costs no more than a short one.
            "WITH RECURSIVE target (target) AS (
               SELECT min(into_mailbox) FROM outbox_unput
               UNION ALL
               SELECT (SELECT min(into_mailbox) FROM outbox_unput WHERE into_mailbox > target)
                 FROM target WHERE target IS NOT NULL)
             SELECT mailbox, address, root FROM target CROSS JOIN outbox
             WHERE id = (
               SELECT id FROM outbox_unput CROSS JOIN outbox USING (id)
               WHERE into_mailbox = target
                 AND (?1 OR NOT EXISTS (SELECT 1 FROM arrangements
                 WHERE arrangements.account = outbox.account AND blocked = 1))
               ORDER BY id LIMIT 1)
             ORDER BY id",
            [is(Breakage::BlockedAnswered)],
            |columns| {
                Ok((
                    MailboxId(columns.array(0)?),
                    columns.address(1)?,
                    RelayRootHash(columns.array(2)?),
                ))
            },
        )
    }

    /// The mailboxes for which an account has envelopes that are not at the relay.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn targets_of(
        &self,
        account: AccountId,
    ) -> Result<Vec<(MailboxId, RelayAddress, RelayRootHash)>, StoreError> {
        self.list(
            "SELECT DISTINCT mailbox, address, root
             FROM outbox_by_peer CROSS JOIN outbox USING (id)
             WHERE of_account = ?1 AND put IS NULL ORDER BY mailbox",
            [account.0],
            |columns| {
                Ok((
                    MailboxId(columns.array(0)?),
                    columns.address(1)?,
                    RelayRootHash(columns.array(2)?),
                ))
            },
        )
    }

    /// The first envelopes for a mailbox that are not at the relay and may leave, in order: at most `max_count`, and at most
    /// `max_bytes` of envelopes, but always the first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_batch(
        &self,
        mailbox: MailboxId,
        max_count: usize,
        max_bytes: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let mut batch = self.list(
            "SELECT id, account, device, place, counter, descriptor, put, again_ms, envelope
             FROM outbox_unput CROSS JOIN outbox USING (id) CROSS JOIN outbox_slots USING (slot)
             WHERE into_mailbox = ?1
               AND (?3 OR NOT EXISTS (SELECT 1 FROM arrangements
                 WHERE arrangements.account = outbox.account AND blocked = 1))
             ORDER BY id LIMIT ?2",
            params![
                mailbox.0,
                i64::try_from(max_count).unwrap_or(i64::MAX),
                is(Breakage::BlockedAnswered)
            ],
            |columns| self.read_outbox(columns),
        )?;
        let mut bytes = 0_usize;
        let fitting = batch
            .iter()
            .take_while(|row| {
                bytes = bytes.saturating_add(row.envelope.len());
                bytes <= max_bytes
            })
            .count();
        batch.truncate(fitting.max(1));
        Ok(batch)
    }

    /// The numbers of the first envelopes for a mailbox that are not at the relay and may leave, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unput_ids(&self, mailbox: MailboxId, limit: u32) -> Result<Vec<i64>, StoreError> {
        self.list(
            "SELECT id FROM outbox_unput CROSS JOIN outbox USING (id)
             WHERE into_mailbox = ?1
               AND (?3 OR NOT EXISTS (SELECT 1 FROM arrangements
                 WHERE arrangements.account = outbox.account AND blocked = 1))
             ORDER BY id LIMIT ?2",
            params![mailbox.0, limit, is(Breakage::BlockedAnswered)],
            |columns| columns.i64(0),
        )
    }

    /// One envelope, if it is still there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load_outbox(&self, id: i64) -> Result<Option<OutboxRow>, StoreError> {
        self.find(
            "SELECT id, account, device, place, counter, descriptor, put, again_ms, envelope
             FROM outbox JOIN outbox_slots USING (slot) WHERE id = ?1",
            [id],
            |columns| self.read_outbox(columns),
        )
    }

    /// The message that an envelope carries: its conversation, and its place if it has one. Needs no more of the row.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn carried_by(&self, id: i64) -> Result<Option<(ConversationId, Option<u64>)>, StoreError> {
        self.find(
            "SELECT account, place FROM outbox WHERE id = ?1",
            [id],
            |columns| Ok((columns.conversation(0)?, columns.optional(1, Columns::u64)?)),
        )
    }

    /// Notes that the relay has these envelopes, and when (`again_ms`) they may be put again; those of
    /// unnumbered content, which no receipt covers, go. One that is gone already is passed over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn mark_put(&self, ids: &[i64], hour: Hour, again_ms: u64) -> Result<(), StoreError> {
        for id in ids {
            self.execute("DELETE FROM outbox WHERE id = ?1 AND counter = 0", [id])?;
            self.execute(
                "UPDATE outbox SET put = ?2, was_put = 1, again_ms = ?3,
                   first_put = coalesce(first_put, ?2) WHERE id = ?1",
                params![id, hour.0, capped(again_ms)],
            )?;
        }
        Ok(())
    }

    /// Every envelope for a device, at the relay or not, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outbox_of(&self, peer: DeviceAddress) -> Result<Vec<OutboxRow>, StoreError> {
        self.list(
            "SELECT id, account, device, place, counter, descriptor, put, again_ms, envelope
             FROM outbox_by_peer CROSS JOIN outbox USING (id) CROSS JOIN outbox_slots USING (slot)
             WHERE of_account = ?1 AND of_device = ?2 ORDER BY id",
            params![peer.account.0, peer.device.0],
            |columns| self.read_outbox(columns),
        )
    }

    /// The devices for which an envelope is to go into a mailbox and is not there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unput_peers(&self, mailbox: MailboxId) -> Result<Vec<DeviceAddress>, StoreError> {
        self.list(
            "SELECT DISTINCT account, device FROM outbox_unput CROSS JOIN outbox USING (id)
             WHERE into_mailbox = ?1 ORDER BY account, device",
            [mailbox.0],
            |columns| columns.device(0),
        )
    }

    /// The envelopes for a device that go into one mailbox, at the relay or not, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outbox_into(
        &self,
        peer: DeviceAddress,
        mailbox: MailboxId,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.list(
            "SELECT id, account, device, place, counter, descriptor, put, again_ms, envelope
             FROM outbox_by_peer CROSS JOIN outbox USING (id) CROSS JOIN outbox_slots USING (slot)
             WHERE of_account = ?1 AND of_device = ?2 AND mailbox = ?3 ORDER BY id",
            params![peer.account.0, peer.device.0, mailbox.0],
            |columns| self.read_outbox(columns),
        )
    }

    /// Deletes the envelopes that were put, if only once, and whose content the peer has: all up to a counter,
    /// and ranges (first, last) above.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_delivered(
        &self,
        peer: DeviceAddress,
        up_to: Counter,
        ranges: &[(Counter, Counter)],
    ) -> Result<(), StoreError> {
        for &(first, last) in [(1, up_to)].iter().chain(ranges) {
            self.execute(
                "DELETE FROM outbox WHERE was_put = 1 AND id IN (SELECT id FROM outbox_by_peer
                   WHERE of_account = ?1 AND of_device = ?2
                     AND of_counter BETWEEN max(?3, 1) AND ?4)",
                params![peer.account.0, peer.device.0, capped(first), capped(last)],
            )?;
        }
        Ok(())
    }

    /// The envelopes of numbered content for a device that were never put and would go into another mailbox than
    /// this one, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unput_elsewhere(
        &self,
        peer: DeviceAddress,
        mailbox: MailboxId,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.list(
            "SELECT id, account, device, place, counter, descriptor, put, again_ms, envelope
             FROM outbox_by_peer CROSS JOIN outbox USING (id) CROSS JOIN outbox_slots USING (slot)
             WHERE of_account = ?1 AND of_device = ?2 AND counter > 0 AND was_put = 0 AND mailbox <> ?3
             ORDER BY id",
            params![peer.account.0, peer.device.0, mailbox.0],
            |columns| self.read_outbox(columns),
        )
    }
}
