//! Reads behind a cursor, on a connection that cannot write.

use rusqlite::{Connection, OptionalExtension};
use tacita_wire::{MailboxId, Refusal, StoredEnvelope};

use super::mailboxes::{from_column, to_column};
use super::{Trouble, clock, stamp};
use crate::clock::Clock;
use crate::store::Page;

/// One page, as of one moment.
pub(super) fn page(
    connection: &mut Connection,
    clock: &dyn Clock,
    mailbox: MailboxId,
    after: u64,
    envelopes: u16,
    bytes: usize,
) -> Result<Page, Trouble> {
    let transaction = connection.transaction()?;
    let head: i64 = transaction
        .prepare_cached("SELECT head FROM mailbox WHERE id = ?1")?
        .query_row([mailbox.0], |row| row.get(0))
        .optional()?
        .ok_or(Refusal::NotFound)?;
    let mut entries: Vec<StoredEnvelope> = Vec::new();
    let mut total = 0_usize;
    {
        let mut statement = transaction.prepare_cached(
            "SELECT sequence, hour, sealed FROM envelope
             WHERE mailbox = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3",
        )?;
        let mut rows = statement.query((mailbox.0, to_column(after), envelopes))?;
        while let Some(row) = rows.next()? {
            let envelope: Vec<u8> = row.get(2)?;
            total = total.saturating_add(envelope.len());
            if total > bytes && !entries.is_empty() {
                break;
            }
            entries.push(StoredEnvelope {
                sequence: from_column(row.get(0)?),
                hour: stamp::to_hour(row.get(1)?),
                envelope,
            });
        }
    }
    let hour = clock::peek(&transaction, clock)?;
    Ok(Page {
        entries,
        head: from_column(head),
        hour,
    })
}
