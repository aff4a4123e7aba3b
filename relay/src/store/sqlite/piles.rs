//! Prekey piles: rows in and out, by the rules of `crate::pile`.

use rusqlite::{Connection, OptionalExtension};
use tacita_wire::{EntryKind, OwnerHash, PileId, Refusal, SealedEntry, derive_entry_hash};

use super::writer::Moment;
use super::{FAILED, Trouble, stamp};
use crate::clock::week_of_hour;
use crate::pile::{REMEMBERED_CLAIMS, admit_entries, first_kept_claim_hour};
use crate::store::Outcome;

type Hash = [u8; 32];

fn load_owner(connection: &Connection, pile: PileId) -> Result<Option<OwnerHash>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT owner_hash FROM pile WHERE id = ?1")?
        .query_row([pile.0], |row| row.get(0).map(OwnerHash))
        .optional()
}

fn check_owner(connection: &Connection, pile: PileId, shown: &OwnerHash) -> Result<(), Trouble> {
    match load_owner(connection, pile)? {
        Some(owner) if owner.matches(shown) => Ok(()),
        _ => Err(Refusal::NotFound.into()),
    }
}

pub(super) fn create(
    connection: &Connection,
    moment: &Moment<'_>,
    pile: PileId,
    owner_hash: &OwnerHash,
    last_resort: &SealedEntry,
) -> Result<(), Trouble> {
    let week = week_of_hour(moment.hour);
    match load_owner(connection, pile)? {
        Some(owner) if owner.matches(owner_hash) => {
            connection
                .prepare_cached("UPDATE pile SET week = ?2 WHERE id = ?1")?
                .execute((pile.0, week))?;
        }
        Some(_) => return Err(Refusal::Conflict.into()),
        None => {
            connection
                .prepare_cached("INSERT INTO pile (id, owner_hash, week) VALUES (?1, ?2, ?3)")?
                .execute((pile.0, owner_hash.0, week))?;
        }
    }
    set_last_resort(connection, moment, pile, last_resort)
}

/// Makes an entry the last resort; the one before stays for a day, for those who claimed it.
fn set_last_resort(
    connection: &Connection,
    moment: &Moment<'_>,
    pile: PileId,
    last_resort: &SealedEntry,
) -> Result<(), Trouble> {
    let hash = derive_entry_hash(last_resort);
    let current: Option<Hash> = connection
        .prepare_cached("SELECT hash FROM entry WHERE pile = ?1 AND last_resort = 1")?
        .query_row([pile.0], |row| row.get(0))
        .optional()?;
    if current == Some(hash) {
        return Ok(());
    }
    if let Some(current) = current {
        move_to_given(connection, moment, pile, &current)?;
    }
    moment.admit_growth(connection, entry_bytes(last_resort))?;
    connection
        .prepare_cached("DELETE FROM given WHERE pile = ?1 AND hash = ?2")?
        .execute((pile.0, hash))?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO entry (pile, hash, last_resort, sealed) VALUES (?1, ?2, 1, ?3)",
        )?
        .execute((pile.0, hash, last_resort.as_bytes()))?;
    Ok(())
}

fn move_to_given(
    connection: &Connection,
    moment: &Moment<'_>,
    pile: PileId,
    hash: &Hash,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO given (pile, hash, hour, sealed)
             SELECT pile, hash, ?3, sealed FROM entry WHERE pile = ?1 AND hash = ?2",
        )?
        .execute((pile.0, hash, moment.stamp()))?;
    connection
        .prepare_cached("DELETE FROM entry WHERE pile = ?1 AND hash = ?2")?
        .execute((pile.0, hash))?;
    Ok(())
}

/// What a `FillPile` brings.
pub(super) struct Fill<'a> {
    pub(super) replace: bool,
    pub(super) last_resort: Option<&'a SealedEntry>,
    pub(super) entries: &'a [SealedEntry],
}

pub(super) fn fill(
    connection: &Connection,
    moment: &Moment<'_>,
    pile: PileId,
    owner_hash: &OwnerHash,
    fill: &Fill<'_>,
) -> Result<(), Trouble> {
    check_owner(connection, pile, owner_hash)?;
    if fill.replace {
        connection
            .prepare_cached("DELETE FROM entry WHERE pile = ?1 AND last_resort = 0")?
            .execute([pile.0])?;
    }
    if let Some(last_resort) = fill.last_resort {
        set_last_resort(connection, moment, pile, last_resort)?;
    }
    let mut held = count_free(connection, pile)?;
    for entry in fill.entries {
        let hash = derive_entry_hash(entry);
        let was_given = connection
            .prepare_cached("SELECT 1 FROM given WHERE pile = ?1 AND hash = ?2")?
            .exists((pile.0, hash))?;
        if was_given {
            continue;
        }
        let is_new = connection
            .prepare_cached(
                "INSERT OR IGNORE INTO entry (pile, hash, last_resort, sealed)
                 VALUES (?1, ?2, 0, ?3)",
            )?
            .execute((pile.0, hash, entry.as_bytes()))?
            == 1;
        if is_new {
            held = admit_entries(held, 1)?;
            moment.admit_growth(connection, entry_bytes(entry))?;
        }
    }
    Ok(())
}

fn count_free(connection: &Connection, pile: PileId) -> Result<u32, rusqlite::Error> {
    connection
        .prepare_cached("SELECT count(*) FROM entry WHERE pile = ?1 AND last_resort = 0")?
        .query_row([pile.0], |row| row.get(0))
}

pub(super) fn count(
    connection: &Connection,
    pile: PileId,
    owner_hash: OwnerHash,
) -> Result<u16, Trouble> {
    check_owner(connection, pile, &owner_hash)?;
    Ok(u16::try_from(count_free(connection, pile)?).unwrap_or(u16::MAX))
}

/// Deletes a pile; one that is not there is deleted already.
pub(super) fn delete(
    connection: &Connection,
    pile: PileId,
    owner_hash: &OwnerHash,
) -> Result<(), Trouble> {
    if load_owner(connection, pile)?.is_some() {
        check_owner(connection, pile, owner_hash)?;
        drop_pile(connection, pile)?;
    }
    Ok(())
}

pub(super) fn drop_pile(connection: &Connection, pile: PileId) -> Result<(), rusqlite::Error> {
    for sql in [
        "DELETE FROM entry WHERE pile = ?1",
        "DELETE FROM given WHERE pile = ?1",
        "DELETE FROM claim WHERE pile = ?1",
        "DELETE FROM pile WHERE id = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([pile.0])?;
    }
    Ok(())
}

pub(super) fn claim(
    connection: &Connection,
    moment: &Moment<'_>,
    pile: PileId,
    nonce_hash: &Hash,
) -> Result<Outcome, Trouble> {
    load_owner(connection, pile)?.ok_or(Refusal::NotFound)?;
    if let Some(outcome) = claimed_before(connection, moment, pile, nonce_hash)? {
        return Ok(outcome);
    }
    let (kind, hash, sealed) = match take_one_time(connection, pile)? {
        Some((hash, sealed)) => {
            move_to_given(connection, moment, pile, &hash)?;
            (EntryKind::OneTime, hash, sealed)
        }
        None => {
            let (hash, sealed) = connection
                .prepare_cached(
                    "SELECT hash, sealed FROM entry WHERE pile = ?1 AND last_resort = 1",
                )?
                .query_row([pile.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
            (EntryKind::LastResort, hash, sealed)
        }
    };
    if kind == EntryKind::OneTime || count_claims(connection, pile)? < REMEMBERED_CLAIMS {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO claim (pile, nonce_hash, hash, last_resort, hour)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                pile.0,
                nonce_hash,
                hash,
                kind == EntryKind::LastResort,
                moment.stamp(),
            ))?;
    }
    outcome(kind, &sealed)
}

/// What this nonce got within the last day.
fn claimed_before(
    connection: &Connection,
    moment: &Moment<'_>,
    pile: PileId,
    nonce_hash: &Hash,
) -> Result<Option<Outcome>, Trouble> {
    let claim: Option<(Hash, bool, i64)> = connection
        .prepare_cached(
            "SELECT hash, last_resort, hour FROM claim WHERE pile = ?1 AND nonce_hash = ?2",
        )?
        .query_row((pile.0, nonce_hash), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((hash, last_resort, hour)) = claim else {
        return Ok(None);
    };
    if stamp::to_hour(hour) < first_kept_claim_hour(moment.hour) {
        return Ok(None);
    }
    let sealed: Option<Vec<u8>> = connection
        .prepare_cached(
            "SELECT sealed FROM entry WHERE pile = ?1 AND hash = ?2
             UNION ALL
             SELECT sealed FROM given WHERE pile = ?1 AND hash = ?2 AND sealed IS NOT NULL",
        )?
        .query_row((pile.0, hash), |row| row.get(0))
        .optional()?;
    let kind = if last_resort {
        EntryKind::LastResort
    } else {
        EntryKind::OneTime
    };
    sealed.map(|sealed| outcome(kind, &sealed)).transpose()
}

/// One of the one-time entries, at random: the first at or after a random point, else the first.
fn take_one_time(
    connection: &Connection,
    pile: PileId,
) -> Result<Option<(Hash, Vec<u8>)>, Trouble> {
    let mut point: Hash = [0; 32];
    getrandom::fill(&mut point).map_err(|_| FAILED)?;
    for start in [point, [0; 32]] {
        let found = connection
            .prepare_cached(
                "SELECT hash, sealed FROM entry
                 WHERE pile = ?1 AND last_resort = 0 AND hash >= ?2 ORDER BY hash LIMIT 1",
            )?
            .query_row((pile.0, start), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn count_claims(connection: &Connection, pile: PileId) -> Result<u32, rusqlite::Error> {
    connection
        .prepare_cached("SELECT count(*) FROM claim WHERE pile = ?1")?
        .query_row([pile.0], |row| row.get(0))
}

fn outcome(kind: EntryKind, sealed: &[u8]) -> Result<Outcome, Trouble> {
    let entry = SealedEntry::new(sealed).map_err(|_| FAILED)?;
    Ok(Outcome::Claimed { kind, entry })
}

fn entry_bytes(entry: &SealedEntry) -> u64 {
    u64::try_from(entry.as_bytes().len()).unwrap_or(u64::MAX)
}
