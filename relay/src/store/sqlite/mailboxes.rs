//! Mailboxes: rows in and out, by the rules of `crate::mailbox`.

use rusqlite::{Connection, OptionalExtension};
use tacita_wire::{MailboxId, MailboxKind, Refusal, WriteHash, derive_envelope_hash};

use super::Trouble;
use super::writer::Moment;
use crate::clock::week_of_hour;
use crate::mailbox::Holding;

struct Row {
    write_hash: WriteHash,
    kind: MailboxKind,
    holding: Holding,
}

fn load(connection: &Connection, mailbox: MailboxId) -> Result<Option<Row>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT write_hash, kind, head, envelopes, bytes FROM mailbox WHERE id = ?1",
        )?
        .query_row([mailbox.0], |row| {
            Ok(Row {
                write_hash: WriteHash(row.get(0)?),
                kind: kind_of_column(row.get(1)?),
                holding: Holding {
                    head: from_column(row.get(2)?),
                    envelopes: row.get(3)?,
                    bytes: from_column(row.get(4)?),
                },
            })
        })
        .optional()
}

fn save_holding(
    connection: &Connection,
    mailbox: MailboxId,
    holding: Holding,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("UPDATE mailbox SET head = ?2, envelopes = ?3, bytes = ?4 WHERE id = ?1")?
        .execute((
            mailbox.0,
            to_column(holding.head),
            holding.envelopes,
            to_column(holding.bytes),
        ))?;
    Ok(())
}

pub(super) fn create(
    connection: &Connection,
    moment: &Moment<'_>,
    mailbox: MailboxId,
    kind: MailboxKind,
    write_hash: WriteHash,
) -> Result<(), Trouble> {
    let week = week_of_hour(moment.hour);
    match load(connection, mailbox)? {
        Some(row) if row.kind == kind && row.write_hash.matches(&write_hash) => {
            connection
                .prepare_cached("UPDATE mailbox SET week = ?2 WHERE id = ?1")?
                .execute((mailbox.0, week))?;
        }
        Some(_) => return Err(Refusal::Conflict.into()),
        None => {
            moment.admit_growth(connection, 256)?;
            connection
                .prepare_cached(
                    "INSERT INTO mailbox (id, write_hash, kind, week, head, envelopes, bytes)
                     VALUES (?1, ?2, ?3, ?4, 0, 0, 0)",
                )?
                .execute((mailbox.0, write_hash.0, column_of_kind(kind), week))?;
        }
    }
    Ok(())
}

pub(super) fn delete(connection: &Connection, mailbox: MailboxId) -> Result<(), rusqlite::Error> {
    for sql in [
        "DELETE FROM envelope WHERE mailbox = ?1",
        "DELETE FROM envelope_hash WHERE mailbox = ?1",
        "DELETE FROM mailbox WHERE id = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([mailbox.0])?;
    }
    Ok(())
}

pub(super) fn put(
    connection: &Connection,
    moment: &Moment<'_>,
    mailbox: MailboxId,
    write_hash: &WriteHash,
    envelopes: &[Vec<u8>],
) -> Result<(), Trouble> {
    let row = load(connection, mailbox)?
        .filter(|row| row.write_hash.matches(write_hash))
        .ok_or(Refusal::NotFound)?;
    let mut holding = row.holding;
    for envelope in envelopes {
        let is_new = connection
            .prepare_cached(
                "INSERT OR IGNORE INTO envelope_hash (mailbox, hash, hour) VALUES (?1, ?2, ?3)",
            )?
            .execute((mailbox.0, derive_envelope_hash(envelope), moment.stamp()))?
            == 1;
        if !is_new {
            continue;
        }
        let length = u64::try_from(envelope.len()).unwrap_or(u64::MAX);
        holding = holding.admit(row.kind, length)?;
        moment.admit_growth(connection, length)?;
        connection
            .prepare_cached(
                "INSERT INTO envelope (mailbox, sequence, hour, sealed) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((
                mailbox.0,
                to_column(holding.head),
                moment.stamp(),
                envelope.as_slice(),
            ))?;
    }
    if holding != row.holding {
        save_holding(connection, mailbox, holding)?;
    }
    Ok(())
}

pub(super) fn ack(connection: &Connection, mailbox: MailboxId, up_to: u64) -> Result<(), Trouble> {
    let row = load(connection, mailbox)?
        .filter(|row| row.holding.has_given(up_to))
        .ok_or(Refusal::NotFound)?;
    release(
        connection,
        mailbox,
        row.holding,
        "sequence <= ?2",
        to_column(up_to),
    )?;
    Ok(())
}

/// Deletes the envelopes of one mailbox that came before an hour; gives how many.
pub(super) fn drop_before(
    connection: &Connection,
    mailbox: MailboxId,
    first_kept: i64,
) -> Result<u64, rusqlite::Error> {
    let holding = load(connection, mailbox)?.map_or_else(Holding::default, |row| row.holding);
    release(connection, mailbox, holding, "hour < ?2", first_kept)
}

fn release(
    connection: &Connection,
    mailbox: MailboxId,
    holding: Holding,
    condition: &str,
    value: i64,
) -> Result<u64, rusqlite::Error> {
    // `length` of a blob stands in the row's header, so this does not read the envelopes.
    let (count, bytes): (u32, i64) = connection
        .prepare_cached(&format!(
            "SELECT count(*), coalesce(sum(length(sealed)), 0) FROM envelope
             WHERE mailbox = ?1 AND {condition}"
        ))?
        .query_row((mailbox.0, value), |row| Ok((row.get(0)?, row.get(1)?)))?;
    if count > 0 {
        connection
            .prepare_cached(&format!(
                "DELETE FROM envelope WHERE mailbox = ?1 AND {condition}"
            ))?
            .execute((mailbox.0, value))?;
        save_holding(
            connection,
            mailbox,
            holding.release(count, from_column(bytes)),
        )?;
    }
    Ok(u64::from(count))
}

fn kind_of_column(column: u8) -> MailboxKind {
    if column == 0 {
        MailboxKind::Pair
    } else {
        MailboxKind::Contact
    }
}

fn column_of_kind(kind: MailboxKind) -> u8 {
    match kind {
        MailboxKind::Pair => 0,
        MailboxKind::Contact => 1,
    }
}

/// SQLite's integers are signed; a cursor beyond them is beyond every sequence number.
pub(super) fn to_column(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn from_column(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
