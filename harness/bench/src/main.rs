//! What things cost: thread CPU time beside a loop of the same primitives and beside vodozemac, in one run.
//!
//! `cargo xtask bench` runs it. A group of rows is one module with one function that gives rows; add
//! it to `GROUPS`.

#[cfg(feature = "store")]
mod engine;
mod handshake;
mod measure;
mod message;
mod peer;
mod primitives;
#[cfg(feature = "store")]
mod screens;
#[cfg(feature = "store")]
mod search;
#[cfg(feature = "store")]
mod store;
#[cfg(feature = "store")]
mod stored_session;
#[cfg(feature = "store")]
mod words;

use measure::Row;

/// Measures a group.
type Rows = fn() -> Vec<Row>;

/// Title and rows of each group.
const GROUPS: &[(&str, Rows)] = &[
    ("messages of 100 bytes", message::rows),
    ("handshake", handshake::rows),
    #[cfg(feature = "store")]
    ("stored session, apart from SQLite", stored_session::rows),
    #[cfg(feature = "store")]
    ("store, beside plain SQLite", store::rows),
    #[cfg(feature = "store")]
    ("engine", engine::rows),
    #[cfg(feature = "store")]
    ("screens", screens::rows),
];

fn main() {
    println!(
        "Thread CPU time in µs, median of {} samples.",
        measure::SAMPLES
    );
    println!(
        "Loop: the same primitives (or statements) with nothing around them. All in turns, in one run."
    );
    let mut rows = Vec::new();
    for (title, group) in GROUPS {
        println!("\n{}", measure::heading(title));
        for row in group() {
            println!("{row}");
            rows.push(row);
        }
    }
    let over: Vec<_> = rows
        .iter()
        .filter(|row| row.is_within() == Some(false))
        .collect();
    let limited = rows.iter().filter(|row| row.is_within().is_some()).count();
    println!("\n{limited} rows have limits; {} are over.", over.len());
}
