//! Prekeys, bundles, sealed pile entries, reconnect records, descriptors. PROTOCOL.md §4.4, §10, §19.
//!
//! The first byte says how to read the rest: 0 as a structure; 1 as what a holder of the link sealed into
//! a pile entry; 2 as a bundle whose last signature is made good.

use tacita_core::crypto::padding::pad;
use tacita_core::crypto::{Purpose, aead};
use tacita_core::protocol::{
    Bundle, Descriptor, HandshakeTarget, PrekeyPair, PrekeySecret, ReconnectRecord, SignedPrekey,
    initiate,
};
use tacita_wire::{Decode, Encode, SealedEntry};

use crate::canonical;
use crate::people::{NOW, pair, rng};
use crate::program::Program;

/// Bytes of a bundle in a pile entry.
const PADDED_BUNDLE_BYTES: usize = 8152;
const SIGNATURE_BYTES: usize = 64;

pub fn run(bytes: &[u8]) -> bool {
    let mut program = Program::new(bytes);
    match program.byte() {
        0 => run_structure(program.rest()),
        1 => run_entry(program.rest()),
        2 => run_signed(program.rest()),
        _ => false,
    }
}

fn run_structure(bytes: &[u8]) -> bool {
    let prekey = canonical::decode::<SignedPrekey>(bytes);
    let descriptor = canonical::decode::<Descriptor>(bytes);
    // Ours, sealed as a whole: their form need not be the only one.
    let ours = PrekeyPair::from_bytes(bytes).is_ok() || PrekeySecret::from_bytes(bytes).is_ok();
    let record = canonical::decode::<ReconnectRecord>(bytes);
    if let Some(record) = record.clone()
        && let Ok(verified) = record.verify(pair().bob.id, NOW)
    {
        assert_eq!(verified.log.account_id(), pair().bob.id);
        let descriptor = pair().bob.mailbox.clone();
        try_handshake(HandshakeTarget::from_reconnect(verified, descriptor).expect("listed"));
    }
    let bundle = canonical::decode::<Bundle>(bytes);
    if let Some(bundle) = bundle.clone() {
        verify(bundle);
    }
    prekey.is_some() || descriptor.is_some() || ours || record.is_some() || bundle.is_some()
}

fn run_entry(plain: &[u8]) -> bool {
    let link = &pair().bob.link;
    let Ok(padded) = pad(plain, PADDED_BUNDLE_BYTES) else {
        return false;
    };
    let sealed = aead::seal(&link.seal_key(), &link.pile_id().0, &padded, &mut rng(7));
    let entry = SealedEntry::new(&sealed).expect("an entry's size");
    match Bundle::open(&entry, &link.seal_key(), link.pile_id()) {
        Ok(bundle) => {
            assert!(bundle.to_bytes() == plain, "a second form");
            verify(bundle);
            true
        }
        Err(_) => {
            assert!(Bundle::from_bytes(plain).is_err());
            false
        }
    }
}

/// Bob's own device signs whatever the bytes say: no signature stands before what is checked behind it.
fn run_signed(bytes: &[u8]) -> bool {
    let bob = &pair().bob;
    let Some(fields) = bytes
        .len()
        .checked_sub(SIGNATURE_BYTES)
        .map(|end| &bytes[..end])
    else {
        return false;
    };
    let body = [&bob.id.0[..], fields].concat();
    let signature = bob.keys.signing.sign(Purpose::PrekeyBundle, &body);
    let signed = [fields, signature.as_bytes()].concat();
    let Some(bundle) = canonical::decode::<Bundle>(&signed) else {
        return false;
    };
    verify(bundle);
    true
}

/// Whatever is verified as Bob's can be begun with.
fn verify(bundle: Bundle) {
    let bob = &pair().bob;
    if let Ok(verified) = bundle.verify(bob.id, NOW) {
        assert_eq!(verified.log.account_id(), bob.id);
        assert_eq!(verified.is_last_resort(), verified.opk.is_none());
        try_handshake(HandshakeTarget::from_bundle(verified).expect("listed"));
    }
}

fn try_handshake(target: HandshakeTarget) {
    let alice = &pair().alice;
    let (reply, mut rng) = (alice.mailbox.clone(), rng(9));
    let begun = initiate(
        &alice.keys,
        &alice.log,
        &target,
        &reply,
        None,
        NOW,
        &mut rng,
    );
    assert_eq!(
        begun.expect("verified keys").session.theirs(),
        pair().bob.keys.address
    );
}

pub fn seeds() -> Vec<Vec<u8>> {
    let bob = &pair().bob;
    let tagged = |tag: u8, bytes: &[u8]| [&[tag], bytes].concat();
    let mut seeds: Vec<_> = [&bob.spk, &bob.one_time, &bob.one_time_kem, &bob.contact]
        .into_iter()
        .map(|pair| tagged(0, &pair.signed.to_bytes()))
        .collect();
    seeds.push(tagged(0, &bob.mailbox.to_bytes()));
    seeds.push(tagged(0, &bob.spk.to_secret_bytes()));
    seeds.push(tagged(0, &bob.last_resort.secret.to_secret_bytes()));
    seeds.push(tagged(0, &bob.contact.secret.to_secret_bytes()));
    seeds.push(tagged(0, &bob.reconnect_record().to_bytes()));
    for tag in 0..3 {
        seeds.push(tagged(tag, &bob.bundle(false).to_bytes()));
    }
    seeds.push(tagged(1, &bob.bundle(true).to_bytes()));
    seeds
}
