//! Capabilities: each derivation is its own, and nothing secret shows in a debug text.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use tacita_wire::{
    ClaimKey, ClaimNonce, JoinCode, OwnerKey, PileId, ReadKey, RelayRootHash, Request, SealedEntry,
    Ticket, WriteKey, derive_entry_hash, derive_envelope_hash,
};

#[test]
fn derivations_are_those_of_the_protocol() {
    let labelled = |label: &str, bytes: &[u8]| -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update([u8::try_from(label.len()).unwrap()]);
        hash.update(label);
        hash.update(bytes);
        hash.finalize().into()
    };
    let secret = [9; 32];
    let entry = SealedEntry::new(&[9; 8192]).unwrap();
    let derived = [
        (
            ReadKey::from_bytes(secret).derive_mailbox_id().0,
            labelled("tacita1/mailbox-id", &secret),
        ),
        (
            WriteKey::from_bytes(secret).derive_hash().0,
            labelled("tacita1/mailbox-write", &secret),
        ),
        (
            ClaimKey::from_bytes(secret).derive_pile_id().0,
            labelled("tacita1/pile-id", &secret),
        ),
        (
            OwnerKey::from_bytes(secret).derive_hash().0,
            labelled("tacita1/pile-owner", &secret),
        ),
        (
            RelayRootHash::derive(&secret).0,
            labelled("tacita1/relay-root", &secret),
        ),
        (
            derive_envelope_hash(&secret),
            labelled("tacita1/envelope", &secret),
        ),
        (
            derive_entry_hash(&entry),
            labelled("tacita1/prekey-entry", &[9; 8192]),
        ),
        (
            ClaimNonce([8; 16]).derive_hash(&PileId([7; 32])),
            labelled("tacita1/claim-nonce", &[&[7; 32][..], &[8; 16]].concat()),
        ),
    ];
    for (ours, expected) in derived {
        assert_eq!(ours, expected);
    }
    let distinct: BTreeSet<[u8; 32]> = derived.iter().map(|(ours, _)| *ours).collect();
    assert_eq!(distinct.len(), derived.len());
}

#[test]
fn one_nonce_in_two_piles_gives_two_hashes() {
    let nonce = ClaimNonce([1; 16]);
    assert_ne!(
        nonce.derive_hash(&PileId([2; 32])),
        nonce.derive_hash(&PileId([3; 32]))
    );
}

#[test]
fn debug_texts_show_no_secret_and_no_id() {
    let read = ReadKey::from_bytes([0xab; 32]);
    let request = Request::Claim {
        ticket: Ticket::JoinCode(JoinCode::from_bytes([0xab; 16])),
        claim: ClaimKey::from_bytes([0xab; 32]),
        nonce: ClaimNonce([0xab; 16]),
    };
    let entry = SealedEntry::new(&[0xab; 8192]).unwrap();
    for text in [
        format!("{read:?}"),
        format!("{:?}", read.derive_mailbox_id()),
        format!("{request:?}"),
        format!("{entry:?}"),
        format!("{:?}", RelayRootHash([0xab; 32])),
    ] {
        assert!(!text.contains("171") && !text.to_lowercase().contains("abab"));
        assert!(text.len() < 120);
    }
}
