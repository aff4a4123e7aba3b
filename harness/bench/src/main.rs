//! What things cost: thread CPU time beside a loop of the same primitives and beside vodozemac, in one run.
//!
//! `cargo xtask bench` runs it. A group of rows is one module with one function that gives rows; add
//! it to `GROUPS`.

#[cfg(feature = "store")]
mod daily;
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

/// A group of rows.
struct Group {
    /// What `cargo xtask bench` is given to run it and its like alone.
    name: &'static str,
    title: &'static str,
    heading: fn(&str) -> String,
    rows: Rows,
}

const fn group(name: &'static str, title: &'static str, rows: Rows) -> Group {
    Group {
        name,
        title,
        heading: measure::heading,
        rows,
    }
}

const GROUPS: &[Group] = &[
    group("messages", "messages of 100 bytes", message::rows),
    group("handshake", "handshake", handshake::rows),
    #[cfg(feature = "store")]
    group(
        "session",
        "stored session, apart from SQLite",
        stored_session::rows,
    ),
    #[cfg(feature = "store")]
    group("store", "store, beside plain SQLite", store::rows),
    #[cfg(feature = "store")]
    Group {
        name: "store",
        title: "engine, with 200,000 messages stored",
        heading: measure::disk_heading,
        rows: daily::rows,
    },
    #[cfg(feature = "store")]
    group("engine", "engine", engine::rows),
    #[cfg(feature = "store")]
    group("screens", "screens", screens::rows),
];

fn main() {
    let wanted = std::env::args().nth(1);
    println!(
        "Thread CPU time in µs, median of {} samples.",
        measure::SAMPLES
    );
    println!(
        "Loop: the same primitives (or statements) with nothing around them. All in turns, in one run."
    );
    let mut rows = Vec::new();
    for group in GROUPS {
        if wanted.as_ref().is_some_and(|wanted| wanted != group.name) {
            continue;
        }
        println!("\n{}", (group.heading)(group.title));
        for row in (group.rows)() {
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
