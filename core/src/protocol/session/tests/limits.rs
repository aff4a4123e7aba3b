//! Limits: how much may be skipped, remembered and kept.

use super::*;

#[test]
fn a_thousand_messages_in_one_chain_open() {
    let (mut alice, mut bob) = acquainted();
    for i in 0..1000_u32 {
        let envelope = alice.send(&i.to_be_bytes());
        assert_eq!(bob.open(&envelope).unwrap(), i.to_be_bytes());
    }
    assert_eq!(alice.session.chain_length(), 1000);
}

#[test]
fn a_thousand_skips_are_taken_and_one_more_is_refused() {
    let (mut alice, mut bob) = acquainted();
    let sent: Vec<_> = (0..1002_u32)
        .map(|i| alice.send(&i.to_be_bytes()))
        .collect();
    bob.refuses(&sent[1001]);
    assert_eq!(bob.open(&sent[1000]).unwrap(), 1000_u32.to_be_bytes());
    assert_eq!(bob.keys.len(), 1000);
    // The chain is full: the next one is in order and opens, a further hole is refused.
    assert_eq!(bob.open(&sent[1001]).unwrap(), 1001_u32.to_be_bytes());
    let hole = alice.send(b"hole");
    let after = alice.send(b"after");
    bob.refuses(&after);
    assert_eq!(bob.open(&hole).unwrap(), b"hole");
    assert_eq!(bob.open(&after).unwrap(), b"after");
    for i in [0, 500, 999] {
        bob.open(&sent[i]).unwrap();
        bob.refuses(&sent[i]);
    }
}

#[test]
fn a_billion_skips_are_refused_before_anything_is_hashed() {
    // Hashing them would take minutes.
    let (mut alice, mut bob) = acquainted();
    turn(&mut alice, &mut bob);
    for n in [1_000_000_000, u32::MAX - 1] {
        let mut liar = alice.copy(5);
        liar.session.sending.as_mut().unwrap().n = n;
        let envelope = liar.send(b"far");
        bob.refuses(&envelope);
    }
    // The same in the first message of a new chain, for N and for PN.
    turn(&mut bob, &mut alice);
    for (n, previous) in [(1_000_000_000, 0), (0, 1_000_000_000), (1001, 0), (0, 1002)] {
        let mut liar = alice.copy(5);
        let chain = liar.session.sending.as_mut().unwrap();
        (chain.n, chain.previous_length) = (n, previous);
        let envelope = liar.send(b"far");
        bob.refuses(&envelope);
    }
    turn(&mut alice, &mut bob);
}

#[test]
fn a_chain_at_its_last_number_sends_no_more() {
    let (mut alice, _) = acquainted();
    alice.session.sending.as_mut().unwrap().n = u32::MAX;
    let before = alice.session.to_bytes();
    let refused = Err(ProtocolError::TooLarge);
    assert_eq!(alice.session.encrypt(&frame(b""), &mut alice.rng), refused);
    assert_eq!(alice.session.to_bytes(), before);
}

#[test]
fn forty_days_offline_leave_a_session_that_works() {
    // Alice writes 900 messages, as many as a sender may have unacknowledged in one chain; all of
    // them are lost at the relay before Bob is back. What Bob wrote himself meanwhile arrives.
    let (mut alice, mut bob) = acquainted();
    let lost: Vec<_> = (0..900_u32).map(|i| alice.send(&i.to_be_bytes())).collect();
    turn(&mut bob, &mut alice);
    let after = alice.send(b"after");
    let opened = bob.open_message(envelope_message(&after).unwrap()).unwrap();
    assert_eq!(
        (opened.frame.body.as_slice(), opened.store.len()),
        (&b"after"[..], 900)
    );
    // A receipt has shown the hole, and the same bytes come again.
    for (i, envelope) in (0..900_u32).zip(&lost) {
        assert_eq!(bob.open(envelope).unwrap(), i.to_be_bytes());
    }
    assert!(bob.keys.is_empty());
    // The same when the mailbox was full and Bob never wrote: the chain goes on.
    for _ in 0..900 {
        alice.send(b"lost");
    }
    turn(&mut alice, &mut bob);
    turn(&mut bob, &mut alice);
}

#[test]
fn thirty_two_ended_chains_are_remembered() {
    let (mut alice, mut bob) = acquainted();
    let mut late = Vec::new();
    for i in 0..34_u8 {
        late.push(alice.send(&[i]));
        turn(&mut alice, &mut bob);
        turn(&mut bob, &mut alice);
    }
    turn(&mut alice, &mut bob);
    // Thirty-four ended chains each miss one message; the two oldest are forgotten, keys and all.
    assert_eq!(bob.keys.len(), MAX_OLD_CHAINS);
    for envelope in &late[..2] {
        bob.refuses(envelope);
    }
    for (i, envelope) in (2..).zip(&late[2..]) {
        assert_eq!(bob.open(envelope).unwrap(), [i]);
    }
}

#[test]
fn a_chain_that_waits_for_a_message_outlives_those_that_wait_for_none() {
    let (mut alice, mut bob) = acquainted();
    let late = alice.send(b"late");
    for _ in 0..20 {
        turn(&mut alice, &mut bob);
        turn(&mut bob, &mut alice);
    }
    assert_eq!(bob.open(&late).unwrap(), b"late");
    bob.refuses(&late);
    for _ in 0..6 {
        turn(&mut alice, &mut bob);
        turn(&mut bob, &mut alice);
    }
    bob.refuses(&late);
}

#[test]
fn a_session_keeps_two_thousand_skipped_keys() {
    let (mut alice, mut bob) = acquainted();
    let mut oldest = Vec::new();
    for round in 0..4 {
        let skipped: Vec<_> = (0..900_u32).map(|i| alice.send(&i.to_be_bytes())).collect();
        turn(&mut alice, &mut bob);
        turn(&mut bob, &mut alice);
        oldest.push(skipped[0].clone());
        assert!(bob.keys.len() <= 2000, "{}", bob.keys.len());
        assert_eq!(bob.keys.len(), 900 * (round + 1).min(2));
    }
    bob.refuses(&oldest[1]);
    bob.open(&oldest[2]).unwrap();
    bob.open(&oldest[3]).unwrap();
    // Skips in the chain being received count too.
    for _ in 0..600 {
        alice.send(b"skipped");
    }
    turn(&mut alice, &mut bob);
    let in_old_chains = bob.keys.len();
    for _ in 0..300 {
        alice.send(b"skipped");
    }
    let next = alice.send(b"next");
    bob.open(&next).unwrap();
    assert!(in_old_chains <= 2000 && bob.keys.len() <= 2000);
}

#[test]
fn a_header_opened_before_a_turn_is_of_no_use_after_it() {
    let (mut alice, mut bob) = acquainted();
    turn(&mut bob, &mut alice);
    let (first, second) = (alice.send(b"first"), alice.send(b"second"));
    let early = bob
        .session
        .open_header(envelope_message(&second).unwrap())
        .unwrap();
    bob.open(&first).unwrap();
    let before = bob.session.to_bytes();
    let message = envelope_message(&second).unwrap();
    let result = bob
        .session
        .open_body(early, message, None, &mut bob.rng)
        .map(|opened| opened.frame);
    assert_eq!(result, Err(ProtocolError::CannotDecrypt));
    assert_eq!(bob.session.to_bytes(), before);
    assert_eq!(bob.open(&second).unwrap(), b"second");
}

#[test]
fn a_header_does_not_open_the_body_of_another_message() {
    let (mut alice, mut bob) = acquainted();
    let (first, second) = (alice.send(b"first"), alice.send(b"second"));
    let header = bob
        .session
        .open_header(envelope_message(&first).unwrap())
        .unwrap();
    let before = bob.session.to_bytes();
    let message = envelope_message(&second).unwrap();
    let result = bob
        .session
        .open_body(header, message, None, &mut bob.rng)
        .map(|opened| opened.frame);
    assert_eq!(result, Err(ProtocolError::CannotDecrypt));
    assert_eq!(bob.session.to_bytes(), before);
}

#[test]
fn used_keys_make_room_in_their_chain() {
    let (mut alice, mut bob) = acquainted();
    for _ in 0..3 {
        let skipped: Vec<_> = (0..1000).map(|_| alice.send(b"late")).collect();
        turn(&mut alice, &mut bob);
        assert_eq!(bob.keys.len(), 1000);
        for envelope in &skipped {
            bob.open(envelope).unwrap();
        }
    }
}

#[test]
fn used_keys_of_ended_chains_make_room_in_the_session() {
    let (mut alice, mut bob) = acquainted();
    let first: Vec<_> = (0..900).map(|_| alice.send(b"late")).collect();
    turn(&mut alice, &mut bob);
    turn(&mut bob, &mut alice);
    for _ in 0..900 {
        alice.send(b"lost");
    }
    turn(&mut alice, &mut bob);
    turn(&mut bob, &mut alice);
    for envelope in &first[1..] {
        bob.open(envelope).unwrap();
    }
    for _ in 0..900 {
        alice.send(b"lost");
    }
    turn(&mut alice, &mut bob);
    // 1, 900 and 900: the chain of the one is still there.
    assert_eq!(bob.keys.len(), 1801);
    assert_eq!(bob.open(&first[0]).unwrap(), b"late");
}

#[test]
fn one_message_may_skip_a_thousand_in_the_old_chain_and_a_thousand_in_the_new() {
    let (mut alice, mut bob) = acquainted();
    let kept = alice.send(b"forgotten");
    turn(&mut alice, &mut bob);
    turn(&mut bob, &mut alice);
    turn(&mut alice, &mut bob);
    let old: Vec<_> = (0..1000).map(|_| alice.send(b"old")).collect();
    turn(&mut bob, &mut alice);
    let new: Vec<_> = (0..1000).map(|_| alice.send(b"new")).collect();
    turn(&mut alice, &mut bob);
    assert_eq!(bob.keys.len(), 2000);
    bob.refuses(&kept);
    assert_eq!(bob.open(&old[999]).unwrap(), b"old");
    assert_eq!(bob.open(&new[0]).unwrap(), b"new");
}
