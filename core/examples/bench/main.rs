//! What things cost: thread CPU time, and the ratio to a loop of the same primitives in the same run.
//!
//! `cargo xtask bench` runs it. A group of rows is one module with one function that gives rows; add
//! it to `GROUPS`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a program for developers, not part of the library"
)]

mod engine;
mod handshake;
mod measure;
mod message;
mod primitives;
mod store;

use measure::Row;

/// Measures a group.
type Rows = fn() -> Vec<Row>;

/// Title and rows of each group.
const GROUPS: [(&str, Rows); 4] = [
    ("handshake", handshake::rows),
    ("messages", message::rows),
    ("store (beside plain SQLite)", store::rows),
    ("engine", engine::rows),
];

fn main() {
    println!("Thread CPU time, median of {} samples.", measure::SAMPLES);
    println!("Ratio: to a loop of the same primitives (or statements) in the same run.");
    for (title, rows) in GROUPS {
        println!(
            "\n{title:<44}{:>12}{:>14}{:>8}",
            "µs", "primitives µs", "ratio"
        );
        for row in rows() {
            println!("{row}");
        }
    }
}
