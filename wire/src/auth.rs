//! Capabilities: the secrets that open relay objects, and the hashes that the relay keeps. PROTOCOL.md §4.
//!
//! Showing a secret is the proof. The relay stores hashes only, so nothing in its database opens anything.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::codec::{Decode, Encode, Reader, WireError, Writer};
use crate::request::{ClaimNonce, SealedEntry};

const LABEL_MAILBOX_ID: &str = "tacita1/mailbox-id";
const LABEL_WRITE_HASH: &str = "tacita1/mailbox-write";
const LABEL_PILE_ID: &str = "tacita1/pile-id";
const LABEL_OWNER_HASH: &str = "tacita1/pile-owner";
const LABEL_RELAY_ROOT: &str = "tacita1/relay-root";
const LABEL_ENVELOPE: &str = "tacita1/envelope";
const LABEL_ENTRY: &str = "tacita1/prekey-entry";
const LABEL_CLAIM_NONCE: &str = "tacita1/claim-nonce";
pub(crate) const LABEL_LINK: &str = "tacita1/link";

/// SHA-256 over u8(|label|) ‖ label ‖ bytes.
pub(crate) fn derive_labelled_hash(label: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([u8::try_from(label.len()).unwrap_or(u8::MAX)]);
    hash.update(label.as_bytes());
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// The hash by which a relay knows an envelope again, 32 bytes.
#[must_use]
pub fn derive_envelope_hash(envelope: &[u8]) -> [u8; 32] {
    derive_labelled_hash(LABEL_ENVELOPE, &[envelope])
}

/// The hash by which a relay knows a sealed prekey entry again, 32 bytes.
#[must_use]
pub fn derive_entry_hash(entry: &SealedEntry) -> [u8; 32] {
    derive_labelled_hash(LABEL_ENTRY, &[entry.as_bytes()])
}

/// Makes the type of a 32-byte secret that is shown to relays. Its bytes have a place of their own, so that
/// no move of what it is part of leaves a copy behind.
macro_rules! capability {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Zeroize, ZeroizeOnDrop)]
        pub struct $name(Box<[u8; 32]>);

        impl $name {
            /// Wraps 32 secret bytes.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(Box::new(bytes))
            }

            /// The 32 secret bytes, to store sealed or to send.
            #[must_use]
            pub fn expose(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.as_slice().ct_eq(other.0.as_slice()).into()
            }
        }
        impl Eq for $name {}

        impl Encode for $name {
            fn encode(&self, writer: &mut Writer) {
                writer.raw(self.0.as_slice());
            }
        }
        impl Decode for $name {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
                Ok(Self(Box::new(reader.array()?)))
            }
        }
    };
}

/// Makes the type of a 32-byte name: encoded as its bytes, redacted when printed for a log.
#[macro_export]
macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                // Logs are made of Debug output, and no log may name anybody.
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }

        impl $crate::Encode for $name {
            fn encode(&self, writer: &mut $crate::Writer) {
                writer.raw(&self.0);
            }
        }

        impl $crate::Decode for $name {
            fn decode(reader: &mut $crate::Reader<'_>) -> Result<Self, $crate::WireError> {
                Ok(Self(reader.array()?))
            }
        }
    };
}

capability! {
    /// R: reads, acknowledges and deletes a mailbox. Only its owner has it.
    ReadKey
}
capability! {
    /// W: writes into a mailbox. Its owner gives it to one peer, inside sealed content.
    WriteKey
}
capability! {
    /// Fills, counts and deletes a prekey pile. Only its owner has it.
    OwnerKey
}
capability! {
    /// Claims an entry of a prekey pile; derived from an invitation's secret.
    ClaimKey
}

opaque_id! {
    /// Names a mailbox: a hash of its [`ReadKey`].
    MailboxId
}
opaque_id! {
    /// Names a prekey pile: a hash of its [`ClaimKey`].
    PileId
}
opaque_id! {
    /// What the relay keeps of a [`WriteKey`].
    WriteHash
}
opaque_id! {
    /// What the relay keeps of an [`OwnerKey`].
    OwnerHash
}
opaque_id! {
    /// The hash of a relay's root public key (Ed25519, 32 bytes); stands in every link and descriptor.
    RelayRootHash
}

impl ReadKey {
    /// The id of the mailbox that this key reads.
    #[must_use]
    pub fn derive_mailbox_id(&self) -> MailboxId {
        MailboxId(derive_labelled_hash(LABEL_MAILBOX_ID, &[self.0.as_slice()]))
    }
}

impl WriteKey {
    /// The hash that the relay keeps.
    #[must_use]
    pub fn derive_hash(&self) -> WriteHash {
        WriteHash(derive_labelled_hash(LABEL_WRITE_HASH, &[self.0.as_slice()]))
    }
}

impl OwnerKey {
    /// The hash that the relay keeps.
    #[must_use]
    pub fn derive_hash(&self) -> OwnerHash {
        OwnerHash(derive_labelled_hash(LABEL_OWNER_HASH, &[self.0.as_slice()]))
    }
}

impl ClaimKey {
    /// The id of the pile that this key claims from.
    #[must_use]
    pub fn derive_pile_id(&self) -> PileId {
        PileId(derive_labelled_hash(LABEL_PILE_ID, &[self.0.as_slice()]))
    }
}

impl ClaimNonce {
    /// The hash that the relay keeps: equal nonces in two piles give unequal hashes, so that they link nothing.
    #[must_use]
    pub fn derive_hash(&self, pile: &PileId) -> [u8; 32] {
        derive_labelled_hash(LABEL_CLAIM_NONCE, &[&pile.0, &self.0])
    }
}

impl RelayRootHash {
    /// The hash of a root public key.
    #[must_use]
    pub fn derive(root_public_key: &[u8; 32]) -> Self {
        Self(derive_labelled_hash(LABEL_RELAY_ROOT, &[root_public_key]))
    }
}

macro_rules! constant_time_matches {
    ($name:ident) => {
        impl $name {
            /// Compares in constant time.
            #[must_use]
            pub fn matches(&self, other: &Self) -> bool {
                self.0.ct_eq(&other.0).into()
            }
        }
    };
}
constant_time_matches!(WriteHash);
constant_time_matches!(OwnerHash);
constant_time_matches!(RelayRootHash);
