//! Layer 1, state machines: (state, message, rng, hour) gives (state, output). No store, no clock.

pub mod descriptor;
pub mod error;
pub mod ids;

pub use descriptor::Descriptor;
pub use error::ProtocolError;
pub use ids::{AccountId, Counter, DeviceAddress, DeviceNumber, Hour, InitialId, TranscriptHash};
