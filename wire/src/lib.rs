//! Every byte a Tacita relay is sent or sends: requests, responses, links, capability hashes, limits.
//!
//! This crate is a security boundary that can be read in one sitting: what is not here, the relay
//! does not get (it also sees addresses, timing and sizes; `docs/THREAT_MODEL.md` says what follows).
//! The relay links this crate and never `tacita-core`.
//!
//! ```
//! use tacita_wire::{Decode, Encode, ReadKey, Request};
//!
//! let request = Request::Ack { read: ReadKey::from_bytes([7; 32]), up_to: 3 };
//! let bytes = request.to_bytes();
//! assert_eq!(Request::from_bytes(&bytes).ok(), Some(request));
//! ```

pub mod auth;
pub mod codec;
pub mod limits;
pub mod link;
pub mod request;
pub mod response;
pub mod stream;
pub mod ticket;

pub use auth::{
    ClaimKey, MailboxId, OwnerHash, OwnerKey, PileId, ReadKey, RelayRootHash, WriteHash, WriteKey,
    derive_entry_hash, derive_envelope_hash,
};
pub use codec::{Decode, Encode, Reader, WireError, Writer};
pub use link::{LinkKind, RelayAddress, RelayLink};
pub use request::{ClaimNonce, MailboxKind, Request, SealedEntry};
pub use response::{EntryKind, Refusal, Response, StoredEnvelope};
pub use stream::{Frame, Subscription, Watch};
pub use ticket::{JoinCode, Ticket};

/// The path of every stateless request (`POST`).
pub const PATH_REQUEST: &str = "/v1";
/// The path of the held stream (`POST`, answered by a stream of [`Frame`]s).
pub const PATH_WATCH: &str = "/v1/watch";
