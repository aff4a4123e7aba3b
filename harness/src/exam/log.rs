//! Reads a relay's log line by line: each must be of a known kind and name nothing.

use data_encoding::{BASE64_NOPAD, HEXLOWER};
use rusqlite::types::Value;

use super::canary::Canaries;
use super::finding::{Findings, Kind};
use super::holdings::Holdings;
use super::table::Table;

/// All that a relay may say. A line of any other kind could tell one request from another.
const MESSAGES: &[&str] = &[
    "listening",
    "stopping",
    "stopped",
    "expired about=",
    "the database refused code=",
    "the clock has leapt forward by more than a day",
];

/// What it prints of itself when it starts.
const ANNOUNCEMENTS: &[&str] = &["Listening on ", "The link of this relay", "It is open"];

/// Notes every line that is not on the list, every one with a long run of digits or letters of an
/// encoding, and every stored id in any form.
pub fn check(holdings: &Holdings, tables: &[Table], canaries: &Canaries, findings: &mut Findings) {
    let text = String::from_utf8_lossy(holdings.log());
    for line in text.lines() {
        if let Some(why) = fault(line, canaries.relay_link()) {
            findings.note(Kind::Log, format!("{why}: {line}"));
        }
    }
    check_ids(&text, tables, findings);
}

fn fault(line: &str, relay_link: Option<&str>) -> Option<&'static str> {
    let line = line.trim();
    let is_drawing = line.chars().all(|letter| " ▀▄█".contains(letter));
    if is_drawing || Some(line) == relay_link {
        return None;
    }
    if ANNOUNCEMENTS.iter().any(|start| line.starts_with(start)) {
        return None;
    }
    let Some((_, said)) = line.split_once(": ") else {
        return Some("a line of no known form");
    };
    if !MESSAGES.iter().any(|message| said.starts_with(message)) {
        return Some("a line that is not on the list");
    }
    let longest = said
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .map(str::len)
        .max();
    longest
        .is_some_and(|length| length >= LONGEST_WORD)
        .then_some("a line with a word as long as an id")
}

/// No word of the messages is as long; 16 hexadecimal digits are half of the shortest id.
const LONGEST_WORD: usize = 16;

fn check_ids(text: &str, tables: &[Table], findings: &mut Findings) {
    for table in tables {
        for (row, column) in table
            .rows
            .iter()
            .flat_map(|row| row.iter().zip(&table.columns))
        {
            let Value::Blob(id) = row else { continue };
            if id.len() != 32 {
                continue;
            }
            let hex = HEXLOWER.encode(id);
            let base64 = BASE64_NOPAD.encode(id);
            let shown = [hex.get(..16), base64.get(..12)];
            if shown.into_iter().flatten().any(|part| text.contains(part)) {
                findings.note(
                    Kind::Log,
                    format!("a value of {}.{column} stands in the log", table.name),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "2026-11-23T17:00:00.000000Z  INFO tacita_relay::server: ";

    #[test]
    fn the_known_lines_are_good() {
        for line in [
            &format!("{PREFIX}listening"),
            &format!("{PREFIX}expired about=8"),
            "Listening on 127.0.0.1:4433.",
            "tacita://relay/AAAA",
            "  █▀▄ █",
            "",
        ] {
            assert_eq!(fault(line, Some("tacita://relay/AAAA")), None, "{line}");
        }
    }

    #[test]
    fn other_lines_are_found() {
        for line in [
            &format!("{PREFIX}put"),
            &format!("{PREFIX}put id=00112233445566778899aabbccddeeff"),
            &format!("{PREFIX}expired about=8 id=00112233445566778899aabbccddeeff"),
            "tacita://relay/BBBB",
            "connection from 10.0.0.1",
        ] {
            assert!(fault(line, Some("tacita://relay/AAAA")).is_some(), "{line}");
        }
    }

    #[test]
    fn a_stored_id_in_the_log_is_found() {
        let id = [0xab; 32];
        let table = Table {
            name: "mailbox".to_owned(),
            columns: vec!["id".to_owned()],
            rows: vec![vec![Value::Blob(id.to_vec())]],
        };
        let mut findings = Findings::default();
        check_ids(
            "nothing to see",
            std::slice::from_ref(&table),
            &mut findings,
        );
        assert!(findings.all().is_empty());
        check_ids(&HEXLOWER.encode(&id), &[table], &mut findings);
        assert!(findings.has(Kind::Log));
    }
}
