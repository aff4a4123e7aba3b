//! Relay links and addresses: what is read back, and what is refused and why.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use proptest::array::{uniform16, uniform32};
use proptest::option;
use proptest::prelude::*;
use tacita_wire::limits::{MAX_ADDRESS_BYTES, MAX_LINK_CHARS};
use tacita_wire::{
    Decode, Encode, JoinCode, LinkKind, RelayAddress, RelayLink, RelayRootHash, Ticket, WireError,
};

fn link() -> impl Strategy<Value = RelayLink> {
    (
        "[a-z0-9.-]{1,40}",
        1_u16..,
        uniform32(any::<u8>()),
        option::of(uniform16(any::<u8>())),
    )
        .prop_map(|(host, port, root, code)| RelayLink {
            address: RelayAddress::new(&format!("{host}:{port}")).unwrap(),
            root: RelayRootHash(root),
            join_code: code.map(JoinCode::from_bytes),
        })
}

fn example() -> RelayLink {
    RelayLink {
        address: RelayAddress::new("relay.example:4433").unwrap(),
        root: RelayRootHash([7; 32]),
        join_code: Some(JoinCode::from_bytes([8; 16])),
    }
}

proptest! {
    #[test]
    fn links_survive_text_and_bytes(link in link()) {
        prop_assert_eq!(RelayLink::parse(&link.to_string()), Ok(link.clone()));
        prop_assert_eq!(RelayLink::from_bytes(&link.to_bytes()), Ok(link.clone()));
        let padded = format!(" \n{link}\t");
        prop_assert_eq!(RelayLink::parse(&padded), Ok(link));
    }

    #[test]
    fn no_text_makes_the_reader_fail_but_by_its_error(text in ".{0,200}") {
        let _ = RelayLink::parse(&text);
        let _ = RelayAddress::new(&text);
        let _ = RelayLink::parse(&format!("tacita://relay/{text}"));
    }
}

#[test]
fn a_link_with_any_character_altered_is_refused() {
    let text = example().to_string();
    let start = "tacita://relay/".len();
    for at in start..text.len() {
        for other in ['A', 'B', '_', '-', '9', 'z'] {
            let mut altered: Vec<char> = text.chars().collect();
            if altered[at] == other {
                continue;
            }
            altered[at] = other;
            let altered: String = altered.into_iter().collect();
            assert_eq!(RelayLink::parse(&altered), Err(WireError::BadChecksum));
        }
    }
}

#[test]
fn a_link_cut_anywhere_or_lengthened_is_refused() {
    let text = example().to_string();
    for length in 0..text.len() {
        assert!(RelayLink::parse(&text[..length]).is_err());
    }
    assert_eq!(
        RelayLink::parse(&format!("{text}AAAA")),
        Err(WireError::BadChecksum)
    );
}

#[test]
fn a_link_of_another_kind_or_none_is_told_apart() {
    let text = example().to_string();
    assert_eq!(
        LinkKind::Invitation.parse_text(&text),
        Err(WireError::NotThisLink)
    );
    // The kind is under the checksum, too.
    let renamed = text.replace("/relay/", "/invite/");
    assert_eq!(
        LinkKind::Invitation.parse_text(&renamed),
        Err(WireError::BadChecksum)
    );
    for other in ["", "https://example.org/", "tacita://", "tacita:relay/AAAA"] {
        assert_eq!(RelayLink::parse(other), Err(WireError::NotThisLink));
    }
    let long = format!("tacita://relay/{}", "A".repeat(MAX_LINK_CHARS));
    assert_eq!(RelayLink::parse(&long), Err(WireError::TooLong));
}

#[test]
fn a_whole_checksum_over_wrong_bytes_is_refused_for_the_bytes() {
    let bytes = example().to_bytes();
    let parse = |payload: &[u8]| RelayLink::parse(&LinkKind::Relay.to_text(payload));
    for length in 0..bytes.len() {
        assert!(parse(&bytes[..length]).is_err());
    }
    assert_eq!(
        parse(&[&bytes[..], &[0]].concat()),
        Err(WireError::TrailingBytes)
    );
    let mut newer = bytes.clone();
    newer[0] = 2;
    assert_eq!(parse(&newer), Err(WireError::UnknownVersion));
}

#[test]
fn addresses_are_a_host_and_a_port() {
    for good in [
        "a:1",
        "relay.example.org:443",
        "127.0.0.1:4433",
        "[::1]:65535",
    ] {
        assert_eq!(RelayAddress::new(good).unwrap().as_str(), good);
    }
    for bad in [
        "", "a", ":1", "a:", "a:0", "a:65536", "a:+1", "a:-1", "a b:1", "a/b:1", "a@b:1", "a?b:1",
        "a#b:1", "ä:1", "a:1 ", "a%41:1", "a\\b:1",
    ] {
        assert_eq!(RelayAddress::new(bad), Err(WireError::UnknownTag), "{bad}");
    }
    let longest = format!("{}:1", "a".repeat(MAX_ADDRESS_BYTES - 2));
    assert!(RelayAddress::new(&longest).is_ok());
    assert_eq!(
        RelayAddress::new(&format!("a{longest}")),
        Err(WireError::TooLong)
    );
}

#[test]
fn a_link_gives_the_ticket_it_entitles_to() {
    let mut link = example();
    assert_eq!(
        link.ticket(),
        Ticket::JoinCode(JoinCode::from_bytes([8; 16]))
    );
    link.join_code = None;
    assert_eq!(link.ticket(), Ticket::Open);
}
