//! The simulator: many engines on real stores, relays and a network in virtual time, under every fault, against a model of what people see.
//!
//! `cargo xtask sim` runs it. `play` plays one run from its seed: `plan` says what kind it is, `act` is what users do, `harm` what happens
//! to them, `finish` what must have arrived in the end. `world` is time, network and what the `net` layer does; `device` an engine and its
//! store in a `home`; `relay` an honest relay, `lies` one that is not. `model` knows what everybody wrote and did; `observe` compares it with what
//! is shown; `rule` is what may be broken, with sections of PROTOCOL.md. `sabotage` breaks one thing at a time, to see that it is found.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a program for developers, not part of the product"
)]

mod act;
mod database;
mod device;
mod dice;
mod finish;
mod harm;
mod home;
mod lies;
mod model;
mod observe;
mod plan;
pub mod play;
mod relay;
mod rule;
pub mod run;
#[cfg(feature = "sabotage")]
pub mod sabotage;
mod search;
mod trace;
mod traffic;
mod weather;
mod world;
