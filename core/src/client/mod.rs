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
mod check;
mod earlier;
pub mod effect;
mod engine;
mod error;
mod flight;
mod inbox;
pub mod input;
mod invite;
mod jobs;
mod leave;
mod lines;
mod mailboxes;
pub mod news;
mod notices;
mod pages;
mod pending;
mod profile;
mod pump;
mod queue;
mod receipts;
mod receive;
mod relays;
mod repair;
mod rotate;
pub mod screens;
mod search;
mod send;
mod settings;
mod standstill;
mod step;
mod storage;
mod streams;
mod typing;
mod upkeep;
mod verification;
pub mod view;
mod views;
mod waiting;
mod ways;

#[cfg(test)]
mod tests;

pub use engine::Engine;
pub use error::ClientError;
pub use pages::PageAt;
