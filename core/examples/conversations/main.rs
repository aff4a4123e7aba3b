//! Simulated conversations: the real protocol against a model of it, a network that does harm, and thieves.
//!
//! `cargo xtask conversations` runs it. What each file is: `play` plays one conversation from its seed in a
//! `world` of `device`s; `model` says of each delivery what must come of it; `names` compares keys; `secrecy`
//! says which messages must fall to a `thief`; `sabotage` shows that faults are found.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a program for developers, not part of the library"
)]

mod counts;
mod device;
mod dice;
mod held;
mod model;
mod names;
mod plan;
mod play;
mod prekeys;
mod run;
mod sabotage;
mod secrecy;
mod standing;
#[cfg(test)]
mod tests;
mod thief;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u64>().ok();
    match words[..] {
        ["--seed", seed] => number(seed).map_or_else(usage, run::replay),
        ["--count", count] => number(count).map_or_else(usage, |count| run::many(count, 1)),
        ["--count", count, "--first", first] => match (number(count), number(first)) {
            (Some(count), Some(first)) => run::many(count, first),
            _ => usage(),
        },
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("conversations --count N [--first SEED] | --seed SEED");
    ExitCode::FAILURE
}
