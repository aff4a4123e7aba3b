//! The Tacita messenger core: protocol, encrypted store, engine, network.
//!
//! Five layers, each using only those below it: `crypto` < `protocol` < `store` < `client` < `net`.

#[cfg(feature = "store")]
pub mod client;
pub mod crypto;
#[cfg(feature = "net")]
pub mod net;
pub mod protocol;
#[cfg(feature = "store")]
pub mod store;
