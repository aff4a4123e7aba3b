//! A peer that knows the session and lies in its headers; bounds of what a header can cost.

use super::*;
use crate::protocol::ratchet::header::RATCHET_KEYS_BYTES;
use curve25519_dalek::MontgomeryPoint;
use curve25519_dalek::constants::EIGHT_TORSION;

/// An authentic header with other keys in it, in a message whose body is sealed as the peer would.
fn with_keys(end: &End, change: impl Fn(&mut [u8; RATCHET_KEYS_BYTES])) -> Vec<u8> {
    let mut liar = end.copy(5);
    let chain = liar.session.sending.as_mut().unwrap();
    let mut keys = *chain.keys.as_bytes();
    change(&mut keys);
    chain.keys = RatchetKeys::from_bytes(&keys);
    liar.send(b"text")
}

/// N1, N2: every encoding of a point of small order, on the curve and its twist, canonical or not.
#[test]
fn a_ratchet_key_of_small_order_in_any_encoding_is_refused() {
    let (mut alice, mut bob) = acquainted();
    turn(&mut bob, &mut alice);
    let small_order = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "cdeb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
        "4c9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
        "d9ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "daffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "dbffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];
    for hex in small_order {
        let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        for high_bit in [0, 0x80] {
            let envelope = with_keys(&alice, |keys| {
                keys[..32].copy_from_slice(&bytes);
                keys[31] ^= high_bit;
            });
            bob.refuses(&envelope);
        }
    }
    turn(&mut alice, &mut bob);
}

/// N2: a key that agrees on the same secret and is written otherwise is another key.
#[test]
fn a_ratchet_key_with_a_part_of_small_order_does_not_pass_for_the_key_itself() {
    let (mut alice, mut bob) = acquainted();
    turn(&mut bob, &mut alice);
    for torsion in &EIGHT_TORSION[1..] {
        let envelope = with_keys(&alice, |keys| {
            let key = MontgomeryPoint(keys[..32].try_into().unwrap());
            let twisted = key.to_edwards(0).unwrap() + torsion;
            keys[..32].copy_from_slice(twisted.to_montgomery().as_bytes());
        });
        bob.refuses(&envelope);
    }
    turn(&mut alice, &mut bob);
}

/// N7: the ratchet's own ML-KEM exchange, with its key or its ciphertext replaced.
#[test]
fn another_ml_kem_key_or_ciphertext_in_a_header_opens_nothing() {
    let (mut alice, mut bob) = acquainted();
    turn(&mut bob, &mut alice);
    let mut rng = ChaCha20Rng::from_seed([4; 32]);
    let foreign = KemSecret::generate(&mut rng).public();
    let theirs = bob.session.our_kem.load().unwrap().public();
    let (again, _) = crate::crypto::kem::encapsulate(&theirs, &mut rng);
    bob.refuses(&with_keys(&alice, |keys| {
        keys[32..1216].copy_from_slice(foreign.as_bytes());
    }));
    bob.refuses(&with_keys(&alice, |keys| {
        keys[1216..].copy_from_slice(again.as_bytes());
    }));
    turn(&mut alice, &mut bob);
}

/// N16: noise under a right or wrong header key, in every bucket, moves nothing and makes no skipped key.
#[test]
fn a_forged_header_moves_no_chain_and_makes_no_skipped_key() {
    let (mut alice, mut bob) = acquainted();
    let kept = alice.send(b"kept");
    turn(&mut alice, &mut bob);
    assert_eq!(bob.keys.len(), 1);
    let authentic = alice.send(b"authentic");
    for bucket in ENVELOPE_BUCKETS {
        let mut noise = vec![0xa5; bucket];
        noise[0] = 1;
        bob.refuses(&noise);
        // The head of a real message, and anything behind it.
        noise[1..2353].copy_from_slice(&authentic[1..2353]);
        bob.refuses(&noise);
    }
    assert_eq!(bob.open(&authentic).unwrap(), b"authentic");
    assert_eq!(bob.open(&kept).unwrap(), b"kept");
}

/// N21: opening tries as many header keys as a session remembers, and never more.
#[test]
fn a_session_remembers_no_more_header_keys_than_its_limit_however_many_chains_there_were() {
    let (mut alice, mut bob) = acquainted();
    for _ in 0..3 * MAX_OLD_CHAINS {
        turn(&mut alice, &mut bob);
        turn(&mut bob, &mut alice);
        assert!(bob.session.old_chains.0.len() <= MAX_OLD_CHAINS);
    }
    // Nor does a stored form make it more: one entry over the limit is refused.
    let mut stored = bob.session.to_bytes();
    let entry = 4 + 32 + 4;
    let count_at = stored.len() - MAX_OLD_CHAINS * entry - 2;
    assert_eq!(stored[count_at..count_at + 2], [0, 32]);
    stored[count_at + 1] = 33;
    stored.extend_from_slice(&[0; 40]);
    assert_eq!(
        Session::from_bytes(&stored).map(|_| ()),
        Err(WireError::TooLong)
    );
}

/// N44: what is wrong with a message cannot be told from the error.
#[test]
fn whatever_is_wrong_with_a_message_its_error_is_the_same() {
    let (mut alice, mut bob) = acquainted();
    turn(&mut bob, &mut alice);
    let good = alice.send(b"good");
    let with_byte = |at: usize| {
        let mut altered = good.clone();
        altered[at] ^= 1;
        altered
    };
    let wrong = [
        with_byte(1),
        with_byte(30),
        with_byte(2352),
        with_byte(2400),
        with_byte(4095),
        with_keys(&alice, |keys| keys[..32].fill(0)),
        with_keys(&alice, |keys| keys[32..1216].fill(0xff)),
        with_keys(&alice, |keys| keys[1300] ^= 1),
        bob.send(b"our own"),
    ];
    for envelope in wrong {
        let error = bob.open(&envelope).unwrap_err();
        assert_eq!(error, ProtocolError::CannotDecrypt);
        assert_eq!(error.to_string(), ProtocolError::CannotDecrypt.to_string());
    }
    assert_eq!(bob.open(&good).unwrap(), b"good");
    assert_eq!(bob.open(&good), Err(ProtocolError::CannotDecrypt));
}

/// N17, N13: a skipped key opens its message once, also beside its duplicates and after a restart.
#[test]
fn a_skipped_key_is_used_once_also_after_its_session_was_stored_and_loaded() {
    let (mut alice, mut bob) = acquainted();
    let late: Vec<_> = (0..4_u8).map(|i| alice.send(&[i])).collect();
    turn(&mut alice, &mut bob);
    assert_eq!(bob.open(&late[1]).unwrap(), [1]);
    bob = bob.copy(9);
    bob.refuses(&late[1]);
    turn(&mut bob, &mut alice);
    turn(&mut alice, &mut bob);
    assert_eq!(bob.open(&late[3]).unwrap(), [3]);
    bob = bob.copy(10);
    for used in [1, 3] {
        bob.refuses(&late[used]);
    }
    for left in [2, 0] {
        bob.open(&late[left]).unwrap();
        bob.refuses(&late[left]);
    }
    assert!(bob.keys.is_empty());
}
