//! What is fuzzed: one function for each target, called by libFuzzer and by the replay in `cargo test` alike.
//!
//! A target takes any bytes and must return. It panics when an invariant is broken, and says by its
//! return value whether the code under test took the input, so that a corpus which only bounces off the
//! first check shows. Seeds are made of real structures by code ([`Target::seeds`]).
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a fuzz target speaks by panicking"
)]

mod canonical;
mod people;
mod program;
pub mod targets;

pub use targets::{TARGETS, Target, find};
