//! Looks for bytes that would link two objects of a relay, or that open one.

use std::collections::{HashMap, HashSet};

use rusqlite::types::Value;
use tacita_wire::{ClaimKey, OwnerKey, ReadKey, WriteKey};

use super::finding::{Findings, Kind};
use super::table::Table;
use super::whitelist::OBJECT_COLUMNS;

const WINDOW: usize = 16;

struct Held<'a> {
    object: &'a [u8],
    place: String,
    bytes: &'a [u8],
}

/// Notes every run of 16 bytes that stands in rows of two objects, and every stored value that is
/// the key to a stored object.
pub fn check(tables: &[Table], findings: &mut Findings) {
    let held = all_values(tables);
    check_shared(&held, findings);
    check_keys(&held, findings);
}

fn all_values(tables: &[Table]) -> Vec<Held<'_>> {
    let mut held = Vec::new();
    for table in tables {
        let named = OBJECT_COLUMNS.iter().find(|(name, _)| *name == table.name);
        let position = named.and_then(|(_, column)| {
            let mut columns = table.columns.iter();
            columns.position(|name| name == column)
        });
        for row in &table.rows {
            let object = match position.and_then(|position| row.get(position)) {
                Some(Value::Blob(bytes)) => bytes.as_slice(),
                _ => &[],
            };
            for (column, value) in table.columns.iter().zip(row) {
                let bytes = match value {
                    Value::Blob(bytes) => bytes.as_slice(),
                    Value::Text(text) => text.as_bytes(),
                    Value::Null | Value::Integer(_) | Value::Real(_) => continue,
                };
                held.push(Held {
                    object,
                    place: format!("{}.{column}", table.name),
                    bytes,
                });
            }
        }
    }
    held
}

/// Windows at every 16th offset of each value are looked up at every offset of every other: a run
/// of 31 bytes is surely met, a shorter one from 16 bytes on if it is aligned in one of the two.
fn check_shared(held: &[Held<'_>], findings: &mut Findings) {
    let mut first: HashMap<&[u8], &Held<'_>> = HashMap::new();
    for value in held {
        for window in value.bytes.chunks_exact(WINDOW).filter(|w| is_telling(w)) {
            match first.get(window) {
                Some(other) if other.object != value.object => note(value, other, findings),
                Some(_) => {}
                None => {
                    first.insert(window, value);
                }
            }
        }
    }
    for value in held {
        let mut windows = value.bytes.windows(WINDOW);
        let hit = windows.find_map(|window| {
            let other = first.get(window)?;
            (other.object != value.object).then_some(other)
        });
        if let Some(other) = hit {
            note(value, other, findings);
        }
    }
}

fn note(a: &Held<'_>, b: &Held<'_>, findings: &mut Findings) {
    findings.note(
        Kind::Link,
        format!(
            "16 equal bytes stand in {} and {} of two objects",
            a.place, b.place
        ),
    );
}

/// A run of one byte over and over says nothing of anybody.
fn is_telling(window: &[u8]) -> bool {
    window.windows(2).any(|pair| match pair {
        [a, b] => a != b,
        _ => false,
    })
}

fn check_keys(held: &[Held<'_>], findings: &mut Findings) {
    let stored: HashSet<&[u8]> = held.iter().map(|value| value.bytes).collect();
    for value in held {
        let Ok(bytes) = <[u8; 32]>::try_from(value.bytes) else {
            continue;
        };
        let opened = [
            ReadKey::from_bytes(bytes).derive_mailbox_id().0,
            WriteKey::from_bytes(bytes).derive_hash().0,
            ClaimKey::from_bytes(bytes).derive_pile_id().0,
            OwnerKey::from_bytes(bytes).derive_hash().0,
        ];
        if opened.iter().any(|opened| stored.contains(&opened[..])) {
            findings.note(
                Kind::Link,
                format!("{} holds the key to an object", value.place),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox(id: u8, write_hash: Vec<u8>) -> Vec<Value> {
        vec![Value::Blob(vec![id, 2, 3, 4]), Value::Blob(write_hash)]
    }

    fn findings_for(rows: Vec<Vec<Value>>) -> usize {
        let table = Table {
            name: "mailbox".to_owned(),
            columns: vec!["id".to_owned(), "write_hash".to_owned()],
            rows,
        };
        let mut findings = Findings::default();
        check(&[table], &mut findings);
        findings.all().len()
    }

    fn counted(from: u8) -> Vec<u8> {
        (from..from + 40).collect()
    }

    #[test]
    fn equal_bytes_at_two_objects_are_found_at_any_offset() {
        let mut shifted = vec![200; 5];
        shifted.extend(counted(10));
        let rows = vec![mailbox(1, counted(10)), mailbox(2, shifted)];
        assert!(findings_for(rows) > 0);
    }

    #[test]
    fn equal_bytes_at_one_object_and_zeros_are_good() {
        let rows = vec![mailbox(1, counted(10)), mailbox(1, counted(10))];
        assert_eq!(findings_for(rows), 0);
        let rows = vec![mailbox(1, vec![0; 64]), mailbox(2, vec![0; 64])];
        assert_eq!(findings_for(rows), 0);
    }

    #[test]
    fn a_stored_key_is_found() {
        let key = [9; 32];
        let hash = WriteKey::from_bytes(key).derive_hash().0.to_vec();
        let rows = vec![mailbox(1, hash), mailbox(1, key.to_vec())];
        assert_eq!(findings_for(rows), 1);
    }
}
