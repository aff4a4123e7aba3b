//! A store-and-forward relay that learns nothing: sealed envelopes under random names, kept until
//! their owners fetch them. PROTOCOL.md §4, §5; what each stored column is stands in `docs/THREAT_MODEL.md`.
//!
//! From the outside in: [`http`] and [`watch`] speak HTTP, [`service`] turns a request into a change
//! or a question, [`store`] keeps, and [`mailbox`], [`pile`], [`tickets`] and [`clock`] are the rules,
//! as pure functions. The binary is [`cli`]; tests call [`serve`] or [`Relay`] in their own process.

pub mod announce;
pub mod cli;
pub mod clock;
pub mod data;
pub mod files;
pub mod flood;
pub mod http;
pub mod hub;
pub mod identity;
pub mod log;
pub mod mailbox;
pub mod pile;
pub mod server;
pub mod service;
pub mod store;
pub mod tickets;
pub mod tls;
pub mod watch;

pub use server::{Config, Relay, RelayError, serve};
