//! The network: a dumb pump between the engine and relays; it decides nothing. DESIGN.md §3.

mod tls;
mod transport;

pub use transport::{FrameStream, RelayLocator, Transport, TransportError};
