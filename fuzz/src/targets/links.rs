//! Texts that people paste, type and scan: links, recovery secrets, addresses, ids. PROTOCOL.md §6, §9, §20.
//!
//! The first byte says how to read the rest: 0 as text; 1, 2, 3 as the payload of a link with a good
//! checksum, which the text form alone would hardly ever have.

use std::str::FromStr;

use tacita_core::protocol::{
    AccountId, InvitationLink, ProtocolError, RecoverySecret, safety_number, verify_scan,
};
use tacita_wire::{Encode, JoinCode, LinkKind, RelayAddress, RelayLink, RelayRootHash};

use crate::canonical;
use crate::people::pair;
use crate::program::Program;

pub fn run(bytes: &[u8]) -> bool {
    let mut program = Program::new(bytes);
    let kind = match program.byte() {
        0 => None,
        1 => Some(LinkKind::Relay),
        2 => Some(LinkKind::Invitation),
        3 => Some(LinkKind::Verification),
        _ => return false,
    };
    let rest = program.rest();
    let Some(kind) = kind else {
        return std::str::from_utf8(rest).is_ok_and(read_text);
    };
    let text = kind.to_text(rest);
    if text.len() <= tacita_wire::limits::MAX_LINK_CHARS {
        assert_eq!(kind.parse_text(&text).as_deref(), Ok(rest));
    }
    let taken = match kind {
        LinkKind::Relay => canonical::decode::<RelayLink>(rest).is_some(),
        LinkKind::Invitation => canonical::decode::<InvitationLink>(rest).is_some(),
        LinkKind::Verification => rest.len() == 129 && rest.first() == Some(&1),
    };
    assert_eq!(
        read_text(&text),
        taken,
        "the two forms are read differently"
    );
    taken
}

/// Gives a text to everything that reads texts; nothing may read it as two things.
fn read_text(text: &str) -> bool {
    let relay = RelayLink::parse(text).ok();
    if let Some(link) = &relay {
        assert_eq!(link.to_string(), text.trim());
        assert_eq!(
            RelayAddress::new(link.address.as_str()).as_ref(),
            Ok(&link.address)
        );
    }
    let invitation = InvitationLink::parse(text).ok();
    if let Some(link) = &invitation {
        assert_eq!(link.to_text().as_str(), text.trim());
    }
    let scan = read_scan(text);
    let recovery = RecoverySecret::parse(text).ok();
    if let Some(secret) = &recovery {
        let written = secret.to_text();
        assert!(RecoverySecret::parse(&written).as_ref() == Ok(secret));
    }
    let address = RelayAddress::new(text).ok();
    if let Some(address) = &address {
        assert!(canonical::decode::<RelayAddress>(&address.to_bytes()).as_ref() == Some(address));
    }
    let account = AccountId::from_str(text).ok();
    if let Some(id) = account {
        assert_eq!(id.to_string(), text);
    }
    let taken = [
        relay.is_some(),
        invitation.is_some(),
        scan,
        recovery.is_some(),
        address.is_some(),
        account.is_some(),
    ];
    let count = taken.into_iter().filter(|taken| *taken).count();
    assert!(count <= 1, "one text, two meanings");
    count == 1
}

/// Whether it is a code at all; only the one that the contact would show may be taken as proof.
fn read_scan(text: &str) -> bool {
    let people = pair();
    let alice = (people.alice.log.account_key(), &people.alice.id);
    let bob = (people.bob.log.account_key(), &people.bob.id);
    match verify_scan(alice, bob, text) {
        Ok(proof) => {
            assert_eq!(proof.account, people.bob.id);
            assert_eq!(text.trim(), safety_number(bob, alice).qr);
            true
        }
        Err(error) => error == ProtocolError::SafetyNumberMismatch,
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let people = pair();
    let (alice, bob) = (&people.alice, &people.bob);
    let relay = RelayLink {
        address: RelayAddress::new("[2001:db8::1]:8443").expect("an address"),
        root: RelayRootHash([7; 32]),
        join_code: Some(JoinCode::from_bytes([8; 16])),
    };
    let qr = safety_number(
        (bob.log.account_key(), &bob.id),
        (alice.log.account_key(), &alice.id),
    )
    .qr;
    let other_qr = safety_number(
        (alice.log.account_key(), &alice.id),
        (bob.log.account_key(), &bob.id),
    )
    .qr;
    let scan = LinkKind::Verification.parse_text(&qr).expect("our own");
    let text = |text: &str| [&[0], text.as_bytes()].concat();
    let payload = |kind: u8, bytes: &[u8]| [&[kind], bytes].concat();
    vec![
        text(&relay.to_string()),
        text(&bob.link.to_text()),
        text(&format!("  {}\n", bob.link.to_text().as_str())),
        text(&qr),
        text(&other_qr),
        text(&bob.recovery.to_text()),
        text(
            &bob.recovery
                .to_text()
                .to_lowercase()
                .replace('0', "o")
                .replace('-', " "),
        ),
        text("relay.example:443"),
        text(&bob.id.to_string()),
        payload(1, &relay.to_bytes()),
        payload(2, &bob.link.to_bytes()),
        payload(3, &scan),
    ]
}
