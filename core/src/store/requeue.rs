//! Envelopes that are put again, and those that are too old for that.

use rusqlite::params;

use super::error::StoreError;
use super::outbox::OutboxRow;
use super::tx::{Tx, capped};
use crate::protocol::ids::{Counter, DeviceAddress, Hour};

impl Tx<'_> {
    /// Has envelopes put again, at once; those that are gone are passed over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn requeue(&self, ids: &[i64]) -> Result<(), StoreError> {
        for id in ids {
            self.execute(
                "UPDATE outbox SET put = NULL, again_ms = 0 WHERE id = ?1",
                [id],
            )?;
        }
        Ok(())
    }

    /// Has envelopes to a peer put again whose content it does not have although it has a higher counter, unless
    /// they were put so lately that `again_ms` is still to come: it lies at most `wait_ms` ahead, or was set by a clock
    /// that ran ahead; or so long ago, before the hour `oldest`, that its relay
    /// may know the bytes no more. What it has must be forgotten before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn requeue_below(
        &self,
        peer: DeviceAddress,
        counter: Counter,
        (now_ms, wait_ms): (u64, u64),
        oldest: Hour,
    ) -> Result<(), StoreError> {
        self.execute(
            "UPDATE outbox SET put = NULL, again_ms = 0
             WHERE id IN (SELECT id FROM outbox_by_peer WHERE of_account = ?1 AND of_device = ?2
                 AND of_counter > 0 AND of_counter < ?3)
               AND put IS NOT NULL AND (again_ms <= ?4 OR again_ms > ?5) AND first_put >= ?6",
            params![
                peer.account.0,
                peer.device.0,
                capped(counter),
                capped(now_ms),
                capped(now_ms.saturating_add(wait_ms)),
                oldest.0
            ],
        )
        .map(drop)
    }

    /// The envelopes of numbered content for a device that were first put before an hour, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn first_put_before(
        &self,
        peer: DeviceAddress,
        before: Hour,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.list(
            "SELECT id, account, device, place, counter, descriptor, put, again_ms, envelope
             FROM outbox_by_peer CROSS JOIN outbox USING (id) CROSS JOIN outbox_slots USING (slot)
             WHERE of_account = ?1 AND of_device = ?2 AND of_counter > 0 AND first_put < ?3
             ORDER BY id",
            params![peer.account.0, peer.device.0, before.0],
            |columns| self.read_outbox(columns),
        )
    }

    /// Has envelopes to a peer put again of those that were first put in the hour `oldest` or later: so many with the lowest
    /// counters, and the one with the highest.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn requeue_ends(
        &self,
        peer: DeviceAddress,
        count: usize,
        oldest: Hour,
    ) -> Result<(), StoreError> {
        self.execute(
            "UPDATE outbox SET put = NULL, again_ms = 0 WHERE id IN (
               SELECT id FROM (SELECT id FROM outbox_by_peer CROSS JOIN outbox USING (id)
                 WHERE of_account = ?1 AND of_device = ?2 AND of_counter > 0
                   AND put IS NOT NULL AND first_put >= ?4 ORDER BY of_counter LIMIT ?3)
               UNION ALL
               SELECT id FROM (SELECT id FROM outbox_by_peer CROSS JOIN outbox USING (id)
                 WHERE of_account = ?1 AND of_device = ?2 AND of_counter > 0
                   AND put IS NOT NULL AND first_put >= ?4 ORDER BY of_counter DESC LIMIT 1))",
            params![
                peer.account.0,
                peer.device.0,
                i64::try_from(count).unwrap_or(i64::MAX),
                oldest.0
            ],
        )
        .map(drop)
    }

    /// Whether an envelope for a device is not at the relay.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn has_unput(&self, peer: DeviceAddress) -> Result<bool, StoreError> {
        self.find_one(
            "SELECT EXISTS (SELECT 1 FROM outbox_by_peer CROSS JOIN outbox USING (id)
               WHERE of_account = ?1 AND of_device = ?2 AND put IS NULL)",
            params![peer.account.0, peer.device.0],
            |columns| columns.bool(0),
        )
    }
}
