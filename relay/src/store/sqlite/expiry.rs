//! Expiry: a bounded number of rows at a time, none while a leap of the clock stands.

use rusqlite::Connection;
use tacita_wire::{MailboxId, PileId};

use super::writer::Moment;
use super::{Trouble, mailboxes, piles};
use crate::mailbox::{first_kept_envelope_hour, first_kept_hash_hour, first_kept_week};
use crate::pile::first_kept_claim_hour;
use crate::store::Expired;

/// Objects or rows of one sort in one round, so that writes never wait long.
const ROUND: u32 = 256;

/// One round.
pub(super) fn run(connection: &Connection, moment: &Moment<'_>) -> Result<Expired, Trouble> {
    if moment.halted {
        return Ok(Expired {
            halted: true,
            ..Expired::default()
        });
    }
    let now = moment.hour;
    let mut round = Round::default();

    for id in ids(
        connection,
        "SELECT id FROM mailbox WHERE week < ?1 LIMIT ?2",
        first_kept_week(now),
    )? {
        mailboxes::delete(connection, MailboxId(id))?;
        round.sum(1);
    }
    round.end_sort();
    for id in ids(
        connection,
        "SELECT id FROM pile WHERE week < ?1 LIMIT ?2",
        first_kept_week(now),
    )? {
        piles::drop_pile(connection, PileId(id))?;
        round.sum(1);
    }
    round.end_sort();
    let first_kept = first_kept_envelope_hour(now);
    for id in ids(
        connection,
        "SELECT DISTINCT mailbox FROM envelope WHERE hour < ?1 LIMIT ?2",
        first_kept,
    )? {
        mailboxes::drop_before(connection, MailboxId(id), i64::from(first_kept))?;
        round.sum(1);
    }
    round.end_sort();
    for (sql, first_kept) in [
        (
            "DELETE FROM envelope_hash WHERE (mailbox, hash) IN
                 (SELECT mailbox, hash FROM envelope_hash WHERE hour < ?1 LIMIT ?2)",
            first_kept_hash_hour(now),
        ),
        (
            "DELETE FROM claim WHERE (pile, nonce_hash) IN
                 (SELECT pile, nonce_hash FROM claim WHERE hour < ?1 LIMIT ?2)",
            first_kept_claim_hour(now),
        ),
        (
            "UPDATE given SET sealed = NULL WHERE (pile, hash) IN
                 (SELECT pile, hash FROM given WHERE hour < ?1 AND sealed IS NOT NULL LIMIT ?2)",
            first_kept_claim_hour(now),
        ),
        (
            "DELETE FROM given WHERE (pile, hash) IN
                 (SELECT pile, hash FROM given WHERE hour < ?1 LIMIT ?2)",
            first_kept_hash_hour(now),
        ),
    ] {
        let gone = connection
            .prepare_cached(sql)?
            .execute((first_kept, ROUND))?;
        round.sum(u64::try_from(gone).unwrap_or(u64::MAX));
        round.end_sort();
    }
    Ok(round.expired)
}

fn ids(
    connection: &Connection,
    sql: &str,
    first_kept: u32,
) -> Result<Vec<[u8; 32]>, rusqlite::Error> {
    connection
        .prepare_cached(sql)?
        .query_map((first_kept, ROUND), |row| row.get(0))?
        .collect()
}

#[derive(Default)]
struct Round {
    expired: Expired,
    of_this_sort: u64,
}

impl Round {
    fn sum(&mut self, rows: u64) {
        self.of_this_sort = self.of_this_sort.saturating_add(rows);
    }

    fn end_sort(&mut self) {
        self.expired.rows = self.expired.rows.saturating_add(self.of_this_sort);
        self.expired.more |= self.of_this_sort >= u64::from(ROUND);
        self.of_this_sort = 0;
    }
}
