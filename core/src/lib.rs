//! The Tacita messenger core: protocol, encrypted store, engine, network.

pub mod protocol;
