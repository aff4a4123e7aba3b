//! Layer 1, state machines: (state, message, rng, hour) gives (state, output). No store, no clock.

pub mod account;
pub mod bundle;
pub mod competing;
pub mod content;
pub mod delivery;
pub mod descriptor;
pub mod error;
pub mod handshake;
pub mod identity;
pub mod ids;
pub mod initial;
pub mod invitation;
pub mod prekey;
pub mod profile;
pub mod ratchet;
pub mod reconnect;
pub mod safety;
pub mod session;
pub mod vault;

#[cfg(test)]
mod decoder_tests;
#[cfg(test)]
pub(crate) mod test_people;
#[cfg(test)]
mod version_tests;

pub use account::{DeviceKeys, NewAccount, generate_account};
pub use bundle::{Bundle, BundleKeys, VerifiedBundle};
pub use competing::{Ruling, Standing, rule_sessions};
pub use content::{Content, Frame};
pub use descriptor::Descriptor;
pub use error::ProtocolError;
pub use handshake::{HandshakeTarget, Initiated, Responded, initiate, respond};
pub use identity::{Certificate, DeviceLog, VerifiedDeviceLog};
pub use ids::{
    AccountId, ConversationId, Counter, DeviceAddress, DeviceNumber, Hour, InitialId, InvitationId,
    TranscriptHash,
};
pub use initial::{InitialFields, open_initial, seal_initial};
pub use invitation::InvitationLink;
pub use prekey::{PrekeyKind, PrekeyPair, PrekeySecret, SignedPrekey, VerifiedPrekey};
pub use profile::Profile;
pub use ratchet::{MessageKey, OpenedHeader, SkippedKeyId};
pub use reconnect::{ReconnectRecord, VerifiedReconnect};
pub use safety::{SafetyNumber, VerifiedScan, safety_number, verify_scan};
pub use session::{HandshakeSecrets, Opened, Session, envelope_message};
pub use vault::{AccountVault, RecoverySecret};
