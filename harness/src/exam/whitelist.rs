//! What a relay may hold, column by column. The same list stands for people in docs/THREAT_MODEL.md.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::types::Value;
use tacita_wire::limits::{ENVELOPE_BUCKETS, MAILBOX_BYTES, SEALED_ENTRY_BYTES};

use super::finding::{Findings, Kind};
use super::table::Table;

/// What a column may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// 32 bytes: a random-looking id or a hash.
    Opaque,
    /// A sealed envelope, of a bucket's length.
    Envelope,
    /// A sealed prekey entry, 8,192 bytes.
    Entry,
    /// A sealed prekey entry, or nothing any more.
    EntryOrGone,
    /// An hour since 1970, near now.
    Hour,
    /// A week since 1970, near now.
    Week,
    /// A whole number up to this.
    UpTo(i64),
}

/// More than any mailbox will ever count to in a run, and less than any time since 1970 in seconds.
const COUNTER: i64 = 100_000_000;

/// All tables with all their columns.
pub const WHITELIST: &[(&str, &[(&str, Rule)])] = &[
    (
        "clock",
        &[
            ("one", Rule::UpTo(1)),
            ("hour", Rule::Hour),
            ("halted", Rule::UpTo(1)),
        ],
    ),
    (
        "mailbox",
        &[
            ("id", Rule::Opaque),
            ("write_hash", Rule::Opaque),
            ("kind", Rule::UpTo(1)),
            ("week", Rule::Week),
            ("head", Rule::UpTo(COUNTER)),
            ("envelopes", Rule::UpTo(1000)),
            ("bytes", Rule::UpTo(MAILBOX_BYTES.cast_signed())),
        ],
    ),
    (
        "envelope",
        &[
            ("mailbox", Rule::Opaque),
            ("sequence", Rule::UpTo(COUNTER)),
            ("hour", Rule::Hour),
            ("sealed", Rule::Envelope),
        ],
    ),
    (
        "envelope_hash",
        &[
            ("mailbox", Rule::Opaque),
            ("hash", Rule::Opaque),
            ("hour", Rule::Hour),
        ],
    ),
    (
        "pile",
        &[
            ("id", Rule::Opaque),
            ("owner_hash", Rule::Opaque),
            ("week", Rule::Week),
        ],
    ),
    (
        "entry",
        &[
            ("pile", Rule::Opaque),
            ("hash", Rule::Opaque),
            ("last_resort", Rule::UpTo(1)),
            ("sealed", Rule::Entry),
        ],
    ),
    (
        "given",
        &[
            ("pile", Rule::Opaque),
            ("hash", Rule::Opaque),
            ("hour", Rule::Hour),
            ("sealed", Rule::EntryOrGone),
        ],
    ),
    (
        "claim",
        &[
            ("pile", Rule::Opaque),
            ("nonce_hash", Rule::Opaque),
            ("hash", Rule::Opaque),
            ("last_resort", Rule::UpTo(1)),
            ("hour", Rule::Hour),
        ],
    ),
];

/// The column that names the object to which a row belongs.
pub const OBJECT_COLUMNS: &[(&str, &str)] = &[
    ("mailbox", "id"),
    ("envelope", "mailbox"),
    ("envelope_hash", "mailbox"),
    ("pile", "id"),
    ("entry", "pile"),
    ("given", "pile"),
    ("claim", "pile"),
];

/// The files of a data directory. A `.new` is one that a killed relay did not finish.
pub const FILES: &[&str] = &[
    "relay.db",
    "relay.db-wal",
    "relay.db-shm",
    "root.pem",
    "leaf.pem",
    "join-code",
    "relay.lock",
    "root.pem.new",
    "leaf.pem.new",
    "join-code.new",
];

/// The list as pairs of table and column.
#[must_use]
pub fn whitelisted_columns() -> BTreeSet<(String, String)> {
    WHITELIST
        .iter()
        .flat_map(|(table, columns)| {
            columns
                .iter()
                .map(|(column, _)| ((*table).to_owned(), (*column).to_owned()))
        })
        .collect()
}

/// Holds tables, columns and every value against the list.
pub fn check(tables: &[Table], findings: &mut Findings) {
    let held: BTreeSet<(String, String)> = tables
        .iter()
        .flat_map(|table| {
            let name = table.name.clone();
            let columns = table.columns.iter();
            columns.map(move |column| (name.clone(), column.clone()))
        })
        .collect();
    let listed = whitelisted_columns();
    for (table, column) in held.difference(&listed) {
        findings.note(Kind::Schema, format!("{table}.{column} is not on the list"));
    }
    for (table, column) in listed.difference(&held) {
        findings.note(Kind::Schema, format!("{table}.{column} does not exist"));
    }
    for (name, columns) in WHITELIST {
        for table in tables.iter().filter(|table| table.name == *name) {
            for (column, rule) in *columns {
                check_column(table, column, *rule, findings);
            }
        }
    }
}

fn check_column(table: &Table, column: &str, rule: Rule, findings: &mut Findings) {
    let hour = hours_since_1970();
    for value in table.column(column) {
        let fits = match (rule, value) {
            (Rule::Opaque, Value::Blob(bytes)) => bytes.len() == 32,
            (Rule::Envelope, Value::Blob(bytes)) => ENVELOPE_BUCKETS.contains(&bytes.len()),
            (Rule::Entry | Rule::EntryOrGone, Value::Blob(bytes)) => {
                bytes.len() == SEALED_ENTRY_BYTES
            }
            (Rule::EntryOrGone, Value::Null) => true,
            (Rule::Hour, Value::Integer(number)) => (number - hour).abs() <= TOLERANCE,
            (Rule::Week, Value::Integer(number)) => (number - hour / 168).abs() <= TOLERANCE,
            (Rule::UpTo(most), Value::Integer(number)) => (0..=most).contains(number),
            _ => false,
        };
        if !fits {
            let kind = match rule {
                Rule::Hour | Rule::Week => Kind::Time,
                _ => Kind::Value,
            };
            let value = describe(value);
            findings.note(
                kind,
                format!("{}.{column} holds {value}, no {rule:?}", table.name),
            );
            return;
        }
    }
}

const TOLERANCE: i64 = 2;

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => format!("a text of {} bytes", text.len()),
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}

/// Now.
#[must_use]
pub fn hours_since_1970() -> i64 {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    i64::try_from(seconds / 3600).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings_for(table: &str, column: &str, value: Value) -> Findings {
        let table = Table {
            name: table.to_owned(),
            columns: vec![column.to_owned()],
            rows: vec![vec![value]],
        };
        let mut findings = Findings::default();
        for (name, columns) in WHITELIST {
            for (listed, rule) in *columns {
                if *name == table.name && *listed == column {
                    check_column(&table, column, *rule, &mut findings);
                }
            }
        }
        findings
    }

    #[test]
    fn a_time_in_seconds_is_no_hour() {
        let seconds = Value::Integer(hours_since_1970() * 3600);
        assert!(findings_for("envelope", "hour", seconds.clone()).has(Kind::Time));
        assert!(findings_for("envelope", "sequence", seconds).has(Kind::Value));
        let hour = Value::Integer(hours_since_1970());
        assert!(!findings_for("envelope", "hour", hour.clone()).has(Kind::Time));
        assert!(findings_for("mailbox", "week", hour).has(Kind::Time));
    }

    #[test]
    fn an_unpadded_envelope_and_a_text_are_found() {
        let unpadded = Value::Blob(vec![0; 4095]);
        assert!(findings_for("envelope", "sealed", unpadded).has(Kind::Value));
        let text = Value::Text("anna".to_owned());
        assert!(findings_for("mailbox", "id", text).has(Kind::Value));
    }

    #[test]
    fn a_further_and_a_missing_column_are_found() {
        let table = Table {
            name: "mailbox".to_owned(),
            columns: vec!["id".to_owned(), "owner".to_owned()],
            rows: Vec::new(),
        };
        let mut findings = Findings::default();
        check(&[table], &mut findings);
        let says = |what: &str| findings.all().iter().any(|finding| finding.what == what);
        assert!(says("mailbox.owner is not on the list"));
        assert!(says("mailbox.write_hash does not exist"));
    }
}
