//! The encrypted store from outside: opening, rows, sealing, damage, a full disk, and being killed.
#![cfg(feature = "store")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests"
)]

mod app_lock;
mod damage;
mod deletion;
mod derived;
mod erasing;
mod fixtures;
mod full_disk;
mod killed;
mod lines;
mod moving;
mod opening;
mod profiles;
mod queue;
mod raw;
mod reads;
mod rows;
mod samples;
mod sealing;
mod search;
mod search_property;
mod search_words;
mod talk;
mod traces;
mod upgrade;
