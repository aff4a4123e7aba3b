//! Makes mailboxes in a known order and looks whether the database gives that order away.

use anyhow::{Result, bail};
use rusqlite::Connection;
use tacita_wire::{MailboxId, MailboxKind, ReadKey, RelayLink, Request, Response, WriteKey};

use super::finding::{Findings, Kind};
use crate::raw::RawRelay;
use crate::relay::Relay;

/// Mailboxes of our own, oldest first.
#[derive(Debug)]
pub struct Probes(Vec<MailboxId>);

/// With so many, a random order has a correlation over the limit once in a hundred million runs.
const PROBES: usize = 48;
const LIMIT: f64 = 0.75;

impl Probes {
    /// Makes them.
    ///
    /// # Errors
    /// When the relay refuses or cannot be reached.
    pub fn plant(relay: &Relay) -> Result<Self> {
        let link = RelayLink::parse(&relay.link()?)?;
        let raw = RawRelay::new(&link)?;
        let mut ids = Vec::new();
        for _ in 0..PROBES {
            let mailbox = ReadKey::from_bytes(random()).derive_mailbox_id();
            let request = Request::CreateMailbox {
                ticket: link.ticket(),
                kind: MailboxKind::Pair,
                mailbox,
                write_hash: WriteKey::from_bytes(random()).derive_hash(),
            };
            match raw.ask(&request)? {
                Response::Done => ids.push(mailbox),
                other => bail!("a probe got {other:?}"),
            }
        }
        Ok(Self(ids))
    }
}

/// 32 random bytes.
#[must_use]
pub fn random() -> [u8; 32] {
    std::array::from_fn(|_| fastrand::u8(..))
}

/// Notes if the rows of the mailbox table come in the order of their creation, by rowid or as they lie.
///
/// # Errors
/// When the database cannot be read, or a probe is not in it.
pub fn check(database: &Connection, probes: &Probes, findings: &mut Findings) -> Result<()> {
    for order in ["", " ORDER BY rowid"] {
        let query = format!("SELECT id FROM mailbox NOT INDEXED{order}");
        let Ok(mut select) = database.prepare(&query) else {
            // A table without rowids has no such column.
            continue;
        };
        let lying: Vec<Vec<u8>> = select
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut positions = Vec::new();
        for probe in &probes.0 {
            match lying.iter().position(|id| *id == probe.0) {
                Some(position) => positions.push(position),
                None => bail!("a mailbox that was acknowledged is not in the database"),
            }
        }
        let correlation = rank_correlation(&positions);
        if correlation.abs() > LIMIT {
            findings.note(
                Kind::Order,
                format!(
                    "mailboxes lie in the order of their creation (correlation {correlation:.2})"
                ),
            );
        }
    }
    Ok(())
}

/// Spearman's, between the order in the slice and the order of its values (all different).
fn rank_correlation(values: &[usize]) -> f64 {
    let count = values.len() as f64;
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let squares: f64 = values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let rank = sorted.binary_search(value).unwrap_or_default();
            (rank as f64 - index as f64).powi(2)
        })
        .sum();
    1.0 - 6.0 * squares / (count * (count * count - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn correlation_of(without_rowid: bool) -> Findings {
        let database = Connection::open_in_memory().unwrap();
        let option = if without_rowid { "WITHOUT ROWID" } else { "" };
        database
            .execute(
                &format!("CREATE TABLE mailbox (id BLOB NOT NULL PRIMARY KEY) {option}"),
                [],
            )
            .unwrap();
        let probes = Probes((0..PROBES).map(|_| MailboxId(random())).collect());
        for probe in &probes.0 {
            database
                .execute("INSERT INTO mailbox VALUES (?1)", [&probe.0])
                .unwrap();
        }
        let mut findings = Findings::default();
        check(&database, &probes, &mut findings).unwrap();
        findings
    }

    #[test]
    fn rowids_give_the_order_away_and_random_keys_do_not() {
        assert!(correlation_of(false).has(Kind::Order));
        assert!(!correlation_of(true).has(Kind::Order));
    }

    #[test]
    fn a_mailbox_that_vanished_is_an_error() {
        let database = Connection::open_in_memory().unwrap();
        database
            .execute("CREATE TABLE mailbox (id BLOB)", [])
            .unwrap();
        let probes = Probes(vec![MailboxId([1; 32])]);
        assert!(check(&database, &probes, &mut Findings::default()).is_err());
    }
}
