//! Attacks: altered bytes, keys made to harm, stores put back from a copy, and a thief who reads along.

use super::*;
use crate::crypto::kem::KEM_PUBLIC_BYTES;
use crate::protocol::ratchet::header::RATCHET_KEYS_BYTES;

/// Altered at `at` by one bit.
fn altered(envelope: &[u8], at: usize) -> Vec<u8> {
    let mut envelope = envelope.to_vec();
    envelope[at] ^= 1 << (at % 8);
    envelope
}

#[test]
fn a_message_altered_at_any_place_is_refused() {
    let (mut alice, mut bob) = acquainted();
    let in_chain = alice.send(b"in the chain");
    turn(&mut bob, &mut alice);
    let turning = alice.send(b"turning");
    let skipped = alice.send(b"skipped");
    // Nonce, header, header tag, body, body tag: the ends of each, and every 61st byte.
    let ends = [1, 24, 25, 2336, 2337, 2352, 2353, 4079, 4080, 4095];
    for at in ends.into_iter().chain((1..4096).step_by(61)) {
        bob.refuses(&altered(&in_chain, at));
        bob.refuses(&altered(&turning, at));
    }
    assert_eq!(bob.open(&in_chain).unwrap(), b"in the chain");
    assert_eq!(bob.open(&turning).unwrap(), b"turning");
    let last = alice.send(b"last");
    bob.open(&last).unwrap();
    for at in ends.into_iter().chain((1..4096).step_by(61)) {
        bob.refuses(&altered(&skipped, at));
    }
    assert_eq!(bob.open(&skipped).unwrap(), b"skipped");
}

#[test]
fn heads_and_bodies_of_different_messages_do_not_fit_together() {
    let (mut alice, mut bob) = acquainted();
    let (first, second) = (alice.send(b"first"), alice.send(b"second"));
    let mixed = [&first[..2353], &second[2353..]].concat();
    bob.refuses(&mixed);
    // The nonce of one with the sealed header of the other.
    let mixed = [&first[..25], &second[25..]].concat();
    bob.refuses(&mixed);
    bob.open(&second).unwrap();
    bob.refuses(&[&first[..2353], &second[2353..]].concat());
    bob.open(&first).unwrap();
}

#[test]
fn cut_or_extended_messages_are_refused() {
    let (mut alice, mut bob) = acquainted();
    let envelope = alice.send(b"text");
    let before = bob.session.to_bytes();
    for length in [0, 1, 23, 24, 2335, 2351, 2352, 2367, 2368, 4094] {
        let cut = &envelope[1..=length];
        let result = bob.open_message(cut).map(|opened| opened.frame);
        assert_eq!(result, Err(ProtocolError::CannotDecrypt), "{length}");
    }
    let longer = [&envelope[1..], &[0; 4096]].concat();
    assert!(bob.open_message(&longer).is_err());
    assert_eq!(bob.session.to_bytes(), before);
}

#[test]
fn an_envelope_of_another_size_or_suite_is_refused() {
    let (mut alice, _) = acquainted();
    let envelope = alice.send(b"text");
    assert_eq!(envelope_message(&envelope), Ok(&envelope[1..]));
    for size in [0, 1, 1024, 4095, 4097, 8191, 65537] {
        let mut other = envelope.clone();
        other.resize(size, 0);
        assert_eq!(
            envelope_message(&other),
            Err(ProtocolError::Malformed(WireError::UnknownTag))
        );
    }
    for suite in [0, 2, 3, 0x81, 0xff] {
        let mut other = envelope.clone();
        other[0] = suite;
        assert_eq!(
            envelope_message(&other),
            Err(ProtocolError::Malformed(WireError::UnknownVersion))
        );
    }
}

#[test]
fn bad_keys_in_an_authentic_header_are_refused() {
    let (mut alice, mut bob) = acquainted();
    turn(&mut bob, &mut alice);
    type Change = fn(&mut [u8; RATCHET_KEYS_BYTES]);
    let changes: [Change; 6] = [
        // All zero; order four; not canonical.
        |keys| keys[..32].fill(0),
        |keys| {
            keys[..32].fill(0);
            keys[0] = 1;
        },
        |keys| keys[31] |= 0x80,
        // A coefficient of ek that is not reduced; all of them.
        |keys| {
            keys[32] = 0xff;
            keys[33] |= 0x0f;
        },
        |keys| keys[32..32 + KEM_PUBLIC_BYTES].fill(0xff),
        // A ciphertext for somebody else decapsulates to something, under which nothing opens.
        |keys| keys[RATCHET_KEYS_BYTES - 1] ^= 1,
    ];
    for change in changes {
        let mut liar = alice.copy(5);
        let chain = liar.session.sending.as_mut().unwrap();
        let mut keys = *chain.keys.as_bytes();
        change(&mut keys);
        chain.keys = RatchetKeys::from_bytes(&keys);
        let envelope = liar.send(b"text");
        assert!(
            bob.session
                .open_header(envelope_message(&envelope).unwrap())
                .is_ok(),
            "the header itself is the peer's"
        );
        bob.refuses(&envelope);
    }
    turn(&mut alice, &mut bob);
}

#[test]
fn a_weak_prekey_does_not_start_a_session() {
    let mut rng = ChaCha20Rng::from_seed([0; 32]);
    let kem = KemSecret::generate(&mut rng).public();
    let zero = DhPublic::from_bytes([0; 32]).unwrap();
    let started = Session::start_initiator(secrets(), device(1), device(2), &zero, &kem, &mut rng);
    assert_eq!(started.map(|_| ()), Err(ProtocolError::WeakKey));
}

/// The keystream that a body was sealed with, for a text of which all bytes are known.
fn keystream(envelope: &[u8], text: &[u8]) -> Vec<u8> {
    let mut plain = frame(text).to_bytes();
    plain.push(MARK);
    plain.resize(1727, 0);
    let sealed = &envelope[2353..2353 + 1727];
    sealed.iter().zip(plain).map(|(a, b)| a ^ b).collect()
}

#[test]
fn a_store_put_back_from_a_copy_sends_under_another_keystream() {
    let (mut alice, mut bob) = acquainted();
    let mut copy = alice.copy(77);
    let (one, other) = (alice.send(b"one text"), copy.send(b"other txt"));
    let both = [alice.session.chain_length(), copy.session.chain_length()];
    assert_eq!(both, [1, 1], "the same N");
    let streams = [
        keystream(&one, b"one text"),
        keystream(&other, b"other txt"),
    ];
    assert_ne!(streams[0], streams[1]);
    // Not by a lucky byte either: two equal keystreams would agree everywhere.
    let equal = streams[0].iter().zip(&streams[1]).filter(|(a, b)| a == b);
    assert!(equal.count() < 100);

    // The peer accepts one of them, whichever comes first.
    let mut other_bob = bob.copy(78);
    assert_eq!(bob.open(&one).unwrap(), b"one text");
    bob.refuses(&other);
    assert_eq!(other_bob.open(&other).unwrap(), b"other txt");
    other_bob.refuses(&one);
    // And the session goes on.
    turn(&mut bob, &mut alice);
    turn(&mut alice, &mut bob);
}

#[test]
fn even_the_same_text_from_both_copies_has_two_keystreams() {
    let (mut alice, _) = acquainted();
    let mut copy = alice.copy(77);
    let (one, other) = (alice.send(b"same"), copy.send(b"same"));
    assert_ne!(keystream(&one, b"same"), keystream(&other, b"same"));
}

#[test]
fn a_peer_put_back_to_an_earlier_state_comes_back_in_step() {
    let (mut alice, mut bob) = acquainted();
    let mut earlier = alice.copy(77);
    for _ in 0..5 {
        let envelope = alice.send(b"text");
        bob.open(&envelope).unwrap();
    }
    // Alice's phone is restored: her chain begins again at numbers that Bob has seen.
    let lost = earlier.send(b"lost");
    bob.refuses(&lost);
    turn(&mut bob, &mut earlier);
    turn(&mut earlier, &mut bob);
    turn(&mut bob, &mut earlier);
}

#[test]
fn one_round_trip_locks_a_thief_of_the_whole_state_out() {
    let (mut alice, mut bob) = acquainted();
    turn(&mut alice, &mut bob);
    let mut thief = bob.copy(66);
    // The thief reads what is sent to the stolen state…
    let envelope = alice.send(b"read along");
    assert_eq!(thief.open(&envelope).unwrap(), b"read along");
    bob.open(&envelope).unwrap();
    // …also the first answer to it, which is still made for the stolen keys.
    turn(&mut bob, &mut alice);
    let envelope = alice.send(b"the last one");
    assert_eq!(thief.open(&envelope).unwrap(), b"the last one");
    bob.open(&envelope).unwrap();
    // With Bob's next message the round trip is complete.
    turn(&mut bob, &mut alice);
    for _ in 0..3 {
        let envelope = alice.send(b"healed");
        thief.refuses(&envelope);
        assert_eq!(bob.open(&envelope).unwrap(), b"healed");
        turn(&mut bob, &mut alice);
    }
}

#[test]
fn a_thief_cannot_read_what_the_stolen_end_sends_after_its_turn() {
    let (mut alice, mut bob) = acquainted();
    turn(&mut alice, &mut bob);
    // What the stolen end sends is read with its sending chain, until that end turns.
    let stolen = bob.copy(66);
    turn(&mut bob, &mut alice);
    turn(&mut alice, &mut bob);
    let after = bob.send(b"after");
    let message = envelope_message(&after).unwrap();
    let mut header = SealedHeader::new(message, &bob.session.transcript).unwrap();
    // Of the next chain the thief has the header key at most, never the chain.
    assert!(header.opens_under(&stolen.session.our_next_header));
    let chain = &stolen.session.sending.as_ref().unwrap().chain;
    for start in [chain, &ChainKey(stolen.session.root.0.clone())] {
        let mut chain = start.clone();
        for n in 0..10 {
            let (key, next) = chain.derive_next();
            assert!(alice.session.open_frame(&key, n, message).is_err());
            chain = next;
        }
    }
    assert_eq!(alice.open(&after).unwrap(), b"after");
}

#[test]
fn earlier_messages_stay_secret_from_a_thief_of_the_state() {
    let (mut alice, mut bob) = acquainted();
    let early = alice.send(b"early");
    bob.open(&early).unwrap();
    bob.copy(66).refuses(&early);
    turn(&mut bob, &mut alice);
    turn(&mut alice, &mut bob);
    bob.copy(66).refuses(&early);
}

#[test]
fn a_body_that_opens_to_no_frame_is_refused() {
    let (mut alice, mut bob) = acquainted();
    // A peer that seals other things than frames: here a kind of body that claims more than it has.
    let sending = alice.session.sending.as_mut().unwrap();
    let (key, _) = sending.chain.derive_next();
    let good = alice.send(b"text");
    let head = &good[1..2353];
    let nonce = head[..24].try_into().unwrap();
    let body_key = key.derive_body_key(&alice.session.transcript, 0, nonce);
    let ad = body_ad(&alice.session.transcript, head, &device(1), &device(2));
    for (content, marked) in [
        (&b"short"[..], true),
        (&[0xff; 22][..], true),
        (&[][..], false),
    ] {
        let mut body = content.to_vec();
        if marked {
            body.push(MARK);
        }
        body.resize(1727, 0);
        let sealed = aead::seal_once(&body_key.key, &body_key.nonce, &ad, &body);
        bob.refuses(&[&good[..2353], &sealed].concat());
    }
    assert_eq!(bob.open(&good).unwrap(), b"text");
}
