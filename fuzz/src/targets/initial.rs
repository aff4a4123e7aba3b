//! Initial envelopes, sealed and opened, and the handshake behind them. PROTOCOL.md §11, §12.
//!
//! The first byte says how to read the rest: 0 as a whole envelope; 1 as what somebody sealed to Bob's
//! contact key; 2 as the fields after Alice's own device log, so that her signatures do not stand before
//! what is checked behind them.

use tacita_core::crypto::padding::{bucket_for, pad};
use tacita_core::crypto::{Purpose, hpke::HPKE_OVERHEAD};
use tacita_core::crypto::{hpke, labels};
use tacita_core::protocol::{InitialFields, PrekeyKind, open_initial, respond, seal_initial};
use tacita_wire::{Decode, Encode, Reader, Writer};

use crate::canonical;
use crate::people::{pair, rng};
use crate::program::Program;

/// What an initial envelope has around its padded content.
const OVERHEAD: usize = 1 + HPKE_OVERHEAD;

pub fn run(bytes: &[u8]) -> bool {
    let mut program = Program::new(bytes);
    match program.byte() {
        0 => run_envelope(program.rest()),
        1 => run_plain(program.rest()),
        2 => run_plain(&[&pair().alice.log.to_bytes(), program.rest()].concat()),
        _ => false,
    }
}

fn run_envelope(envelope: &[u8]) -> bool {
    let bob = &pair().bob;
    let secret = bob.contact.secret.contact().expect("a contact key");
    match open_initial(envelope, secret, bob.mailbox.mailbox) {
        Ok((fields, message)) => {
            run_handshake(&fields, &message);
            true
        }
        Err(_) => false,
    }
}

fn run_plain(plain: &[u8]) -> bool {
    let reads = {
        let mut reader = Reader::new(plain);
        let fields = InitialFields::decode(&mut reader);
        let message = reader.bytes(65536).is_ok();
        fields.ok().filter(|_| message && reader.finish().is_ok())
    };
    // Sealing costs more than all the rest: of what cannot be read, some is enough.
    let is_sample = plain.len().is_multiple_of(16);
    if reads.is_none() && !is_sample {
        return false;
    }
    let Some(bucket) = bucket_for(plain.len(), OVERHEAD, 8192) else {
        return false;
    };
    let bob = &pair().bob;
    let padded = pad(plain, bucket - OVERHEAD).expect("a bucket that fits");
    let public = bob
        .contact
        .secret
        .contact()
        .expect("a contact key")
        .public();
    let info = labels::lx(Purpose::EnvInit, &bob.mailbox.mailbox.0, 0);
    let sealed = hpke::seal(&public, &info, &[1], &padded, &mut rng(5));
    let secret = bob.contact.secret.contact().expect("a contact key");
    let envelope = [&[1], sealed.as_slice()].concat();
    let opened = open_initial(&envelope, secret, bob.mailbox.mailbox);
    assert_eq!(
        opened.is_ok(),
        reads.is_some(),
        "opening and reading differ"
    );
    let Ok((fields, message)) = opened else {
        return false;
    };
    assert!(canonical::decode::<InitialFields>(&fields.to_bytes()).as_ref() == Some(&fields));
    run_handshake(&fields, &message);
    true
}

/// Bob's half: what somebody else made of Alice's log gives a session that opens nothing.
fn run_handshake(fields: &InitialFields, message: &[u8]) {
    let people = pair();
    let bob = &people.bob;
    let opk = fields.opk_id.map(|_| &bob.one_time);
    let kem = match fields.kem_kind {
        PrekeyKind::OneTimeKem => &bob.one_time_kem,
        _ => &bob.last_resort,
    };
    let Ok(responded) = respond(&bob.keys, &bob.log, fields, &bob.spk, opk, kem) else {
        return;
    };
    assert_eq!(responded.their.account, fields.log.claimed_account());
    let mut session = responded.session;
    let before = session.to_bytes();
    let opened = session
        .open_header(message)
        .and_then(|header| session.open_body(header, message, None, &mut rng(6)));
    match opened {
        Ok(opened) => {
            assert!(*fields == people.fields, "a forged handshake has opened");
            assert!(message == people.message && opened.frame.body == b"first");
        }
        Err(_) => assert!(
            session.to_bytes() == before,
            "refused, and something changed"
        ),
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let people = pair();
    let (alice, bob) = (&people.alice, &people.bob);
    let mut plain = Writer::new();
    plain.put(&people.fields).bytes(&people.message);
    let plain = plain.finish();
    let log = alice.log.to_bytes().len();
    let mut without_opk = people.fields.clone();
    without_opk.opk_id = None;
    without_opk.kem_kind = PrekeyKind::LastResort;
    without_opk.kem_id = 14;
    let mut second = Writer::new();
    second.put(&without_opk).bytes(&people.message);
    let contact = bob
        .contact
        .secret
        .contact()
        .expect("a contact key")
        .public();
    let mailbox = bob.mailbox.mailbox;
    let envelope = seal_initial(
        &people.fields,
        &people.message,
        &contact,
        mailbox,
        &mut rng(8),
    );
    let tagged = |tag: u8, bytes: &[u8]| [&[tag], bytes].concat();
    vec![
        tagged(0, &envelope.expect("room")),
        tagged(1, &plain),
        tagged(2, &plain[log..]),
        tagged(2, &second.finish()[log..]),
    ]
}
