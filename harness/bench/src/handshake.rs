//! First contact: from a claimed entry to the first envelope, and from that to an open session.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use tacita_core::protocol::prekey::generate_prekey;
use tacita_core::protocol::{
    Bundle, BundleKeys, Descriptor, Frame, HandshakeTarget, Hour, InvitationLink, NewAccount,
    PrekeyKind, PrekeyPair, generate_account, initiate, open_initial, respond, seal_initial,
};
use tacita_wire::{MailboxId, RelayAddress, RelayRootHash, SealedEntry, WriteKey};

use super::measure::{Limits, NO_LIMITS, Row, row};
use super::primitives::{Primitives, SIGNED_BYTES};

const NOW: Hour = Hour(500_000);
const LIMITS: Limits = Limits {
    floor: Some(1.2),
    ..NO_LIMITS
};
/// The first envelope carries no record here, so that it is the smallest one.
const ENVELOPE_BYTES: usize = 8192;

pub fn rows() -> Vec<Row> {
    vec![initiator(), responder()]
}

/// Somebody who has made an invitation.
struct Inviter {
    account: NewAccount,
    invitation: InvitationLink,
    entry: SealedEntry,
    spk: PrekeyPair,
    opk: PrekeyPair,
    kem: PrekeyPair,
    contact: PrekeyPair,
    rng: ChaCha20Rng,
}

fn descriptor(n: u8) -> Descriptor {
    Descriptor {
        address: RelayAddress::new("relay.example:443").unwrap(),
        root: RelayRootHash([1; 32]),
        mailbox: MailboxId([n; 32]),
        write: WriteKey::from_bytes([n; 32]),
    }
}

impl Inviter {
    fn new() -> Self {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let account = generate_account(NOW, &mut rng);
        let mailbox = descriptor(1);
        let invitation = InvitationLink::generate(
            mailbox.address.clone(),
            mailbox.root,
            account.account,
            &mut rng,
        );
        let [spk, opk, kem, contact] = [
            PrekeyKind::Signed,
            PrekeyKind::OneTime,
            PrekeyKind::OneTimeKem,
            PrekeyKind::Contact,
        ]
        .map(|kind| {
            let (signed, secret) = generate_prekey(kind, 1, NOW, &account.device, &mut rng);
            PrekeyPair::new(signed, secret).unwrap()
        });
        let keys = BundleKeys {
            signed: spk.signed.clone(),
            one_time: Some(opk.signed.clone()),
            kem: kem.signed.clone(),
            contact: contact.signed.clone(),
        };
        let bundle = Bundle::build(&account.device, &account.log, keys, mailbox).unwrap();
        Self {
            entry: bundle
                .seal(&invitation.seal_key(), invitation.pile_id(), &mut rng)
                .unwrap(),
            account,
            invitation,
            spk,
            opk,
            kem,
            contact,
            rng,
        }
    }

    /// Bob's whole part: open, answer, open the first message.
    fn receive(&mut self, envelope: &[u8]) {
        let secret = self.contact.secret.contact().unwrap();
        let (fields, message) = open_initial(envelope, secret, MailboxId([1; 32])).unwrap();
        let mut session = respond(
            &self.account.device,
            &self.account.log,
            &fields,
            &self.spk,
            Some(&self.opk),
            &self.kem,
        )
        .unwrap()
        .session;
        let header = session.open_header(&message).unwrap();
        session
            .open_body(header, &message, None, &mut self.rng)
            .unwrap();
    }
}

/// A guest's whole part: open and verify the entry, begin, seal the first message.
fn send(guest: &NewAccount, bob: &Inviter, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let link = &bob.invitation;
    let bundle = Bundle::open(&bob.entry, &link.seal_key(), link.pile_id()).unwrap();
    let bundle = bundle.verify(link.account, NOW).unwrap();
    let target = HandshakeTarget::from_bundle(bundle).unwrap();
    let reply = descriptor(2);
    let mut begun = initiate(&guest.device, &guest.log, &target, &reply, None, NOW, rng).unwrap();
    let frame = Frame {
        counter: 1,
        seen_up_to: 0,
        kind: 2,
        body: vec![b'x'; 100],
    };
    let message = begun.session.encrypt_bare(&frame, rng).unwrap();
    let envelope = seal_initial(
        &begun.fields,
        &message,
        &begun.contact_key,
        begun.mailbox,
        rng,
    );
    envelope.unwrap()
}

fn initiator() -> Row {
    let bob = Inviter::new();
    let mut rng = ChaCha20Rng::from_seed([2; 32]);
    let guest = generate_account(NOW, &mut rng);
    assert_eq!(send(&guest, &bob, &mut rng).len(), ENVELOPE_BYTES);
    let mut primitives = Primitives::new();
    row(
        "initiator: entry to first envelope",
        LIMITS,
        || (),
        |()| send(&guest, &bob, &mut rng),
        Some(&mut || {
            primitives.open_entry();
            // Account key, device key; every signature of the bundle; its ML-KEM and contact keys.
            primitives.check_verifying_keys(2);
            primitives.verify(&SIGNED_BYTES);
            primitives.check_kem_key();
            primitives.check_contact_key();
            // Five legs, one of them with a fresh pair, and one secret to the ML-KEM key.
            primitives.generate_dh(1);
            primitives.agree(5);
            primitives.encapsulate();
            primitives.derive_handshake();
            primitives.send_half_step();
            primitives.seal();
            primitives.seal_to_contact(ENVELOPE_BYTES);
        }),
        None,
    )
}

fn responder() -> Row {
    let mut bob = Inviter::new();
    let mut rng = ChaCha20Rng::from_seed([2; 32]);
    let guest = generate_account(NOW, &mut rng);
    let envelope = send(&guest, &bob, &mut rng);
    let mut primitives = Primitives::new();
    primitives.seal_to_contact(ENVELOPE_BYTES);
    row(
        "responder: first envelope to open message",
        LIMITS,
        || (),
        |()| bob.receive(&envelope),
        Some(&mut || {
            primitives.open_from_contact();
            primitives.check_verifying_keys(2);
            // Certificate and log entry of the guest.
            primitives.verify(&SIGNED_BYTES[..2]);
            primitives.agree(5);
            primitives.decapsulate();
            primitives.derive_handshake();
            // The first message makes the ratchet turn.
            primitives.open();
            primitives.check_kem_key();
            primitives.receive_half_step();
            primitives.send_half_step();
        }),
        None,
    )
}
