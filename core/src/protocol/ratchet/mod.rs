//! The parts of the Double Ratchet; `session` puts them together. PROTOCOL.md §13.

pub mod chain;
pub mod header;
pub mod root;
pub mod skipped;

pub use chain::MessageKey;
pub use header::{OpenedHeader, SEALED_HEADER_BYTES};
pub use skipped::{MAX_SKIPPED_IN_CHAIN, MAX_SKIPPED_IN_SESSION, SkippedKeyId};
