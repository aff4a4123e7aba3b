//! Times of rows that a clock which ran ahead has noted. PROTOCOL.md §22.2.

use rusqlite::params;

use super::error::StoreError;
use super::model::{InvitationState, StoredCode};
use super::tx::{Tx, capped};
use crate::protocol::ids::Hour;
use crate::protocol::prekey::PREKEY_SECRET_DAYS;

const MS_PER_HOUR: u64 = 3_600_000;

impl Tx<'_> {
    /// Sets back to `now` whatever was noted for an hour that lies further ahead of it than clocks may differ: since when
    /// a row is kept, or what it was last used at. Of private halves of prekeys and of what came by them: until when
    /// they are kept, which is 62 days ahead.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn right_times(&self, now: Hour) -> Result<(), StoreError> {
        let limit = now.plus(Hour::CLOCK_TOLERANCE);
        let hours = [now.0, limit.0];
        for sql in [
            "UPDATE skipped_keys SET stored = ?1 WHERE stored > ?2",
            "UPDATE envelopes SET seen = ?1 WHERE seen > ?2",
            "UPDATE rewinds SET seen = ?1 WHERE seen > ?2",
            "UPDATE claims SET created = ?1 WHERE created > ?2",
            "UPDATE sessions SET created = ?1 WHERE created > ?2",
            "UPDATE sessions SET last_opened = ?1 WHERE last_opened > ?2",
            "UPDATE outbox SET put = ?1 WHERE put > ?2",
            "UPDATE outbox SET first_put = ?1 WHERE first_put > ?2",
            "UPDATE mailboxes SET heard = ?1 WHERE heard > ?2",
            "UPDATE mailboxes SET acknowledged = ?1 WHERE acknowledged > ?2",
        ] {
            self.execute(sql, hours)?;
        }
        let furthest = [now, limit].map(|hour| hour.plus_days(PREKEY_SECRET_DAYS).0);
        for sql in [
            "UPDATE prekeys SET delete_after = ?1 WHERE delete_after > ?2",
            "UPDATE initials SET keep_until = ?1 WHERE keep_until > ?2",
        ] {
            self.execute(sql, furthest)?;
        }
        // Others are published anew by this very sign.
        self.execute(
            "UPDATE invitations SET renewed = ?1 WHERE renewed > ?2 AND state = ?3",
            params![now.0, limit.0, InvitationState::Used.code()],
        )?;
        let ms = |hour: Hour| capped(u64::from(hour.0).saturating_mul(MS_PER_HOUR));
        self.execute(
            "UPDATE earlier_descriptors SET left_ms = ?1 WHERE left_ms > ?2",
            [ms(now), ms(limit)],
        )
        .map(drop)
    }
}
