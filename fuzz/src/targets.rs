//! The list of targets; one file each.

mod certificates;
mod content;
mod engine;
mod identity;
mod inbox;
mod initial;
mod links;
mod peer;
mod prekeys;
mod relay;
mod requests;
mod responses;
mod session;
mod stored;
mod stream;
mod vault;

/// One thing that is fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: of its corpus, its libFuzzer program and on the command line.
    pub name: &'static str,
    /// Tries an input; says whether the code under test took it. Panics if an invariant is broken.
    pub run: fn(&[u8]) -> bool,
    /// Inputs to begin with, made of real structures.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        /// Every target, in alphabetical order.
        pub const TARGETS: &[Target] = &[$(Target {
            name: stringify!($name),
            run: $name::run,
            seeds: $name::seeds,
        }),*];
    };
}

targets![
    certificates,
    content,
    engine,
    identity,
    inbox,
    initial,
    links,
    peer,
    prekeys,
    relay,
    requests,
    responses,
    session,
    stored,
    stream,
    vault,
];

/// The target of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
