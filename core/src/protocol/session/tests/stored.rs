//! What leaves a session in bytes or words: its stored form, and what `Debug` says.

use super::*;
use crate::crypto::kem::KEM_PUBLIC_BYTES;
use crate::protocol::ratchet::header::RATCHET_KEYS_BYTES;

#[test]
fn a_stored_session_is_the_same_session_and_small() {
    let (mut alice, mut bob) = strangers();
    for round in 0..40_u8 {
        for end in [&alice, &bob] {
            let stored = end.session.to_bytes();
            assert!(stored.len() <= 8192, "{}", stored.len());
            let again = Session::from_bytes(&stored).unwrap();
            assert_eq!(again.to_bytes(), stored);
            for cut in [0, 1, 500, stored.len() - 1] {
                assert!(Session::from_bytes(&stored[..cut]).is_err());
            }
            let mut wrong = stored.clone();
            wrong[0] = 2;
            assert!(Session::from_bytes(&wrong).is_err());
        }
        (alice, bob) = (alice.copy(round), bob.copy(round + 100));
        let lost = alice.send(b"lost");
        assert!(!lost.is_empty());
        turn(&mut alice, &mut bob);
        turn(&mut bob, &mut alice);
    }
    assert_eq!(bob.session.old_chains.0.len(), MAX_OLD_CHAINS);
    assert_eq!(alice.session.ours(), device(1));
    assert_eq!(alice.session.theirs(), device(2));
    assert_eq!(alice.session.transcript(), TranscriptHash([0x77; 32]));
}

#[test]
fn the_public_part_is_what_headers_show_and_nothing_else() {
    let (mut alice, mut bob) = strangers();
    let stored = bob.session.to_bytes();
    assert_eq!(public_bytes(&stored), 3 + KEM_PUBLIC_BYTES);
    turn(&mut alice, &mut bob);
    turn(&mut bob, &mut alice);
    let stored = alice.session.to_bytes();
    let (public, secret) = stored.split_at(public_bytes(&stored));
    let keys = alice.session.sending.as_ref().unwrap().keys.clone();
    assert_eq!(public[3..], keys.as_bytes()[..]);
    assert_eq!(public.len(), 3 + RATCHET_KEYS_BYTES);
    let envelope = alice.send(b"text");
    let transcript = alice.session.transcript;
    let mut opened = SealedHeader::new(&envelope[1..], &transcript).unwrap();
    assert!(opened.opens_under(&bob.session.their_next_header));
    let (header, _, _) = opened.into_fields().unwrap();
    assert_eq!(header[..RATCHET_KEYS_BYTES], keys.as_bytes()[..]);
    assert!(
        !public
            .windows(32)
            .any(|part| secret.windows(32).any(|other| other == part))
    );
    for none in [&b""[..], &[1, 0], &[2, 0, 0], &[1, 0, 1]] {
        assert_eq!(public_bytes(none), 0);
    }
    assert_eq!(public_bytes(&[1, 0, 0]), 3);
}

#[test]
fn debug_shows_no_secret() {
    let (mut alice, bob) = strangers();
    let envelope = alice.send(b"secret text");
    let header = bob
        .session
        .open_header(envelope_message(&envelope).unwrap())
        .unwrap();
    assert_eq!(format!("{:?}", alice.session), "Session(redacted)");
    assert_eq!(format!("{header:?}"), "OpenedHeader(redacted)");
    let keys = &alice.session.sending.as_ref().unwrap().keys;
    assert_eq!(format!("{keys:?}"), "RatchetKeys(redacted)");
    assert_eq!(format!("{:?}", frame(b"secret")), "Frame(redacted)");
    let text = format!("{:?}", secrets());
    assert!(!text.contains("51") && !text.contains("81"), "{text}");
    let key = MessageKey::from_bytes(Secret::from_bytes([0xab; 32]));
    assert_eq!(format!("{key:?}"), "MessageKey(Secret(redacted))");
}
