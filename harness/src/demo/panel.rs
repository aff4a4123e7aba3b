//! What the relay's owner sees: every table, every file, every line of the log.

use anyhow::Result;
use data_encoding::HEXLOWER;
use rusqlite::types::Value;

use crate::exam::Holdings;
use crate::exam::table::{self, Table};
use crate::stage::Stage;

/// A copy of the relay's holdings, made fit to be shown.
pub struct Panel {
    /// The tables that hold anything.
    pub tables: Vec<Shown>,
    /// Names of the tables that hold nothing.
    pub empty: Vec<String>,
    /// File names and sizes.
    pub files: Vec<(String, usize)>,
    /// The log, without the announcement at the start.
    pub log: Vec<String>,
}

/// A table as it is shown.
pub struct Shown {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub about: &'static str,
    /// Its columns' names.
    pub columns: Vec<String>,
    /// Its first rows.
    pub rows: Vec<Vec<String>>,
    /// How many rows more there are.
    pub more: usize,
}

const ROWS: usize = 6;

/// Copies and reads.
///
/// # Errors
/// When something cannot be read.
pub fn seize(stage: &Stage) -> Result<Panel> {
    let copy = stage.directory().join("seized-for-the-page");
    let holdings = stage
        .relay
        .frozen(|| Holdings::seize(&stage.relay.data(), &stage.relay.log(), &copy))?;
    let database = holdings.open_database()?;
    let mut tables = table::read_all(&database, &mut crate::exam::Findings::default())?;
    // The ones that say most first.
    tables.sort_by_key(|table| {
        let place = ABOUT.iter().position(|(name, _)| *name == table.name);
        place.unwrap_or(usize::MAX)
    });
    let files = holdings.files().iter();
    let mut files: Vec<_> = files
        .map(|(name, bytes)| (name.clone(), bytes.len()))
        .collect();
    files.sort();
    let log = String::from_utf8_lossy(holdings.log())
        .lines()
        .filter_map(|line| Some(line.split_once("tacita_relay")?.1.split_once(": ")?.1))
        .map(str::to_owned)
        .collect();
    let (full, empty): (Vec<&Table>, Vec<&Table>) =
        tables.iter().partition(|table| !table.rows.is_empty());
    Ok(Panel {
        tables: full.into_iter().map(show).collect(),
        empty: empty.iter().map(|table| table.name.clone()).collect(),
        files,
        log,
    })
}

fn show(table: &Table) -> Shown {
    let about = ABOUT.iter().find(|(name, _)| *name == table.name);
    Shown {
        name: table.name.clone(),
        about: about.map_or("", |(_, about)| about),
        columns: table.columns.clone(),
        rows: table
            .rows
            .iter()
            .take(ROWS)
            .map(|row| {
                let cells = row.iter().zip(&table.columns);
                cells.map(|(value, column)| cell(value, column)).collect()
            })
            .collect(),
        more: table.rows.len().saturating_sub(ROWS),
    }
}

const ABOUT: &[(&str, &str)] = &[
    ("envelope", "sealed messages that wait to be fetched"),
    ("mailbox", "where they wait; nothing says whose"),
    ("envelope_hash", "so that a repeated send is stored once"),
    ("pile", "heaps of sealed keys for invitations"),
    ("entry", "the sealed keys in them"),
    ("given", "sealed keys that were given out"),
    ("claim", "so that a repeated claim gets the same key"),
    ("clock", "the last hour that it saw"),
];

/// Ids shortened, sealed bytes as a size, hours as a date.
fn cell(value: &Value, column: &str) -> String {
    match value {
        Value::Null => "gone".to_owned(),
        Value::Integer(hour) if column == "hour" => date(hour / 24, Some(hour % 24)),
        // Week 0 began on a Thursday, the first of January 1970.
        Value::Integer(week) if column == "week" => format!("week of {}", date(week * 7, None)),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) if bytes.len() <= 32 => {
            let hex = HEXLOWER.encode(bytes);
            format!("{}…", hex.get(..8).unwrap_or(&hex))
        }
        Value::Blob(bytes) => format!("{} sealed bytes", bytes.len()),
    }
}

/// Days since 1970 as a date (Howard Hinnant's `civil_from_days`).
fn date(days: i64, hour: Option<i64>) -> String {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    match hour {
        Some(hour) => format!("{year}-{month:02}-{day:02}, hour {hour:02}"),
        None => format!("{year}-{month:02}-{day:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_across_leap_years() {
        assert_eq!(date(0, None), "1970-01-01");
        assert_eq!(date(19_782, Some(5)), "2024-02-29, hour 05");
        assert_eq!(date(20_780, None), "2026-11-23");
    }

    #[test]
    fn ids_are_shortened_and_sealed_bytes_are_a_size() {
        assert_eq!(cell(&Value::Blob(vec![0xab; 32]), "id"), "abababab…");
        let sealed = Value::Blob(vec![0; 4096]);
        assert_eq!(cell(&sealed, "sealed"), "4096 sealed bytes");
    }
}
