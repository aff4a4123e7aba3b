//! Rust, Kotlin and Swift clients against a real relay, under faults: the programs that prove it.

pub mod agent;
mod decisions;
pub mod demo;
pub mod driver;
pub mod exam;
pub mod faults;
pub mod fixture;
pub mod kill;
pub mod language;
pub mod ledger;
pub mod liar;
pub mod memory;
pub mod observer;
mod outbox;
pub mod pairs;
pub mod play;
mod profiles;
pub mod progress;
pub mod raw;
mod receipts;
pub mod relay;
pub mod scenario;
pub mod stage;
pub mod storm;
pub mod traffic;
mod verify;
pub mod views;
