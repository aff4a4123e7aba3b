//! Layer 3, the engine: one input, one transaction, effects released after its commit.

mod accept;
mod account;
mod admit;
mod answers;
mod apply;
mod arrange;
mod aside;
mod batch;
mod body;
mod calls;
pub mod effect;
mod engine;
mod error;
mod flight;
pub mod input;
mod invite;
mod jobs;
mod leave;
mod mailboxes;
mod notices;
mod pending;
mod pump;
mod queue;
mod receipts;
mod receive;
mod relays;
mod repair;
mod search;
mod send;
mod settings;
mod step;
mod storage;
mod streams;
mod typing;
mod upkeep;
pub mod view;
mod views;
mod waiting;
mod ways;

#[cfg(test)]
mod tests;

pub use engine::Engine;
pub use error::ClientError;
