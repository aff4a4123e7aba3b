//! There is one version of everything, and no byte but 1 names it.

use tacita_wire::{
    Decode, Encode, LinkKind, ReadKey, RelayLink, Request, Response, Watch, WireError,
};

use super::bundle::Bundle;
use super::error::ProtocolError;
use super::identity::Certificate;
use super::initial::open_initial;
use super::invitation::InvitationLink;
use super::safety::{safety_number, verify_scan};
use super::session::{Session, envelope_message};
use super::test_people::Person;
use super::vault::AccountVault;
use crate::protocol::account::generate_account;
use crate::protocol::test_people::{NOW, rng};

type Reads<'a> = Box<dyn Fn(&[u8]) -> Result<(), WireError> + 'a>;

fn reads<'a, T: Decode>() -> Reads<'a> {
    Box::new(|bytes| T::from_bytes(bytes).map(|_| ()))
}

fn wire_error<T>(result: Result<T, ProtocolError>) -> Result<(), WireError> {
    match result {
        Ok(_) => Ok(()),
        Err(ProtocolError::Malformed(error)) => Err(error),
        Err(other) => panic!("{other:?}"),
    }
}

/// N5: downgraded, upgraded, or anything else, in everything that bears a version.
#[test]
fn every_version_byte_but_1_is_refused_in_every_structure() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let account = generate_account(NOW, &mut rng(3));
    let device = alice.keys.address.device;
    let mut envelope = vec![0; 8192];
    envelope[0] = 1;
    let (alice_public, bob_public) = (alice.public(), bob.public());
    let shown = safety_number(bob_public, alice_public);
    let scan = LinkKind::Verification.parse_text(&shown.qr).unwrap();
    let relay = RelayLink {
        address: alice.mailbox.address.clone(),
        root: alice.mailbox.root,
        join_code: None,
    };
    let ack = Request::Ack {
        read: ReadKey::from_bytes([7; 32]),
        up_to: 3,
    };
    let contact = bob.contact.secret.contact().unwrap();
    let all: Vec<(&str, Vec<u8>, Reads<'_>)> = vec![
        (
            "certificate",
            alice.log.certificate(device).unwrap().to_bytes(),
            reads::<Certificate>(),
        ),
        ("vault", account.vault.to_bytes(), reads::<AccountVault>()),
        (
            "bundle",
            bob.bundle(bob.one_time_keys()).to_bytes(),
            reads::<Bundle>(),
        ),
        (
            "invitation",
            bob.invitation.to_bytes(),
            reads::<InvitationLink>(),
        ),
        (
            "envelope",
            envelope.clone(),
            Box::new(|bytes| wire_error(envelope_message(bytes))),
        ),
        (
            "scan",
            scan.to_vec(),
            Box::new(|bytes| {
                let text = LinkKind::Verification.to_text(bytes);
                wire_error(verify_scan(alice_public, bob_public, &text))
            }),
        ),
        ("relay link", relay.to_bytes(), reads::<RelayLink>()),
        ("request", ack.to_bytes(), reads::<Request>()),
        ("response", Response::Done.to_bytes(), reads::<Response>()),
        (
            "watch",
            Watch {
                subscriptions: Vec::new(),
            }
            .to_bytes(),
            reads::<Watch>(),
        ),
    ];
    for (name, good, read) in &all {
        assert_eq!(good[0], 1, "{name}");
        assert_eq!(read(good), Ok(()), "{name}");
        for version in (0..=255).filter(|version| *version != 1) {
            let mut other = good.clone();
            other[0] = version;
            assert_eq!(read(&other), Err(WireError::UnknownVersion), "{name}");
        }
    }
    // An initial envelope of the right version goes on to its seal; of another it does not.
    let open = |envelope: &[u8]| open_initial(envelope, contact, bob.mailbox.mailbox).unwrap_err();
    assert_eq!(open(&envelope), ProtocolError::CannotDecrypt);
    for version in (0..=255).filter(|version| *version != 1) {
        envelope[0] = version;
        assert_eq!(
            open(&envelope),
            ProtocolError::Malformed(WireError::UnknownVersion)
        );
    }
    // Our own stored state is no exception.
    for version in (0..=255).filter(|version| *version != 1) {
        let stored = [&[version][..], &[0; 4096]].concat();
        assert_eq!(
            Session::from_bytes(&stored).map(|_| ()),
            Err(WireError::UnknownVersion)
        );
    }
}
