//! Tests of content: what is written is read, and nothing that comes is lost.

use proptest::prelude::*;

use super::*;
use crate::protocol::test_people::{Person, descriptor};

fn introduction() -> Content {
    Content::Introduction {
        name: "Zoë".to_owned(),
        descriptor: descriptor(3),
        record: Person::new(1).reconnect_record(),
    }
}

fn reconnect() -> Content {
    Content::Reconnect {
        descriptor: descriptor(4),
        record: Person::new(2).reconnect_record(),
    }
}

fn round_trip(content: &Content) -> Content {
    let (kind, body) = content.encode_body();
    Content::decode(kind, &body)
}

#[test]
fn the_bodies_are_those_of_the_protocol_text() {
    let text = Content::Text {
        sent_at_ms: 0x0102,
        text: "hi".to_owned(),
    };
    let expected = b"\0\0\0\0\0\0\x01\x02\0\0\0\x02hi".to_vec();
    assert_eq!(text.encode_body(), (2, expected));
    let receipt = Content::Receipt {
        ranges: vec![(3, 4)],
    };
    let expected = b"\0\x01\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x04".to_vec();
    assert_eq!(receipt.encode_body(), (3, expected));
    let read = Content::Read { up_to: 0x0304 };
    assert_eq!(read.encode_body(), (5, b"\0\0\0\0\0\0\x03\x04".to_vec()));
    let typing = Content::Typing {
        sent_at_ms: 0x0102,
        writing: true,
    };
    let expected = b"\0\0\0\0\0\0\x01\x02\x01".to_vec();
    assert_eq!(typing.encode_body(), (6, expected));
    let (kind, body) = introduction().encode_body();
    assert_eq!(kind, 1);
    assert!(body.starts_with(b"\0\0\0\x04Zo\xc3\xab\x11relay.example:443"));
    let (kind, body) = reconnect().encode_body();
    assert_eq!(kind, 4);
    assert!(body.starts_with(b"\x11relay.example:443"));
}

#[test]
fn introduction_and_reconnect_are_read_as_written() {
    for content in [introduction(), reconnect()] {
        assert_eq!(content.check(), Ok(()));
        assert_eq!(round_trip(&content), content);
    }
}

#[test]
fn an_unknown_kind_is_kept_whole() {
    for kind in [0, 500, 1000, u16::MAX] {
        let content = Content::decode(kind, b"\0any bytes\xff");
        let body = b"\0any bytes\xff".to_vec();
        assert_eq!(content, Content::Unknown { kind, body });
        assert_eq!(round_trip(&content), content);
    }
}

#[test]
fn a_malformed_body_of_a_known_kind_is_damaged_and_kept() {
    for content in [
        introduction(),
        reconnect(),
        Content::Text {
            sent_at_ms: 1,
            text: "text".to_owned(),
        },
        Content::Receipt {
            ranges: vec![(1, 1), (3, 9)],
        },
        Content::Read { up_to: 1 },
        Content::Typing {
            sent_at_ms: 1,
            writing: false,
        },
    ] {
        let (kind, body) = content.encode_body();
        let longer = [&body[..], b"x"].concat();
        for bad in [&body[..body.len() - 1], &body[..1], &[], &longer] {
            let kept = Content::Damaged {
                kind,
                body: bad.to_vec(),
            };
            assert_eq!(Content::decode(kind, bad), kept);
            assert_eq!(round_trip(&kept), kept);
        }
    }
    let not_utf8 = b"\0\0\0\0\0\0\0\0\0\0\0\x01\xff";
    assert!(matches!(
        Content::decode(2, not_utf8),
        Content::Damaged { .. }
    ));
}

#[test]
fn what_is_over_its_limit_is_refused_by_both_sides() {
    let text = |length| Content::Text {
        sent_at_ms: 0,
        text: "x".repeat(length),
    };
    let name = |length| match introduction() {
        Content::Introduction {
            descriptor, record, ..
        } => Content::Introduction {
            name: "x".repeat(length),
            descriptor,
            record,
        },
        other => other,
    };
    let receipt = |count| Content::Receipt {
        ranges: (1..=count).map(|i| (2 * i, 2 * i)).collect(),
    };
    for (fits, too_large) in [
        (text(MAX_TEXT_BYTES), text(MAX_TEXT_BYTES + 1)),
        (name(MAX_NAME_BYTES), name(MAX_NAME_BYTES + 1)),
        (receipt(16), receipt(17)),
    ] {
        assert_eq!(fits.check(), Ok(()));
        assert_eq!(round_trip(&fits), fits);
        assert_eq!(too_large.check(), Err(ProtocolError::TooLarge));
        assert!(matches!(round_trip(&too_large), Content::Damaged { .. }));
    }
}

#[test]
fn ranges_out_of_order_are_refused_by_both_sides() {
    for ranges in [
        vec![(0, 3)],
        vec![(3, 2)],
        vec![(1, 3), (3, 4)],
        vec![(5, 6), (1, 2)],
        vec![(1, u64::MAX), (2, 3)],
    ] {
        let receipt = Content::Receipt { ranges };
        let refused = Err(ProtocolError::Malformed(WireError::UnknownTag));
        assert_eq!(receipt.check(), refused);
        assert!(matches!(round_trip(&receipt), Content::Damaged { .. }));
    }
}

#[test]
fn a_frame_with_a_length_over_its_limit_is_refused_before_it_is_read() {
    let mut bytes = vec![0; 18];
    bytes.extend_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(Frame::from_bytes(&bytes), Err(WireError::TooLong));
}

#[test]
fn debug_shows_the_kind_only() {
    let text = Content::Text {
        sent_at_ms: 1,
        text: "secret".to_owned(),
    };
    assert_eq!(format!("{text:?}"), "Text(redacted)");
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        (any::<u64>(), ".{0,200}")
            .prop_map(|(sent_at_ms, text)| Content::Text { sent_at_ms, text }),
        prop::collection::vec((1..100_u64, 0..100_u64), 0..=MAX_RECEIPT_RANGES).prop_map(|steps| {
            let mut at = 0;
            let range = |(gap, more): (u64, u64)| {
                let first = at + gap;
                at = first + more;
                (first, at)
            };
            Content::Receipt {
                ranges: steps.into_iter().map(range).collect(),
            }
        }),
        (5..=u16::MAX, prop::collection::vec(any::<u8>(), 0..200))
            .prop_map(|(kind, body)| Content::Unknown { kind, body }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn content_is_read_as_written(content in content()) {
        prop_assert_eq!(content.check(), Ok(()));
        prop_assert_eq!(round_trip(&content), content);
    }

    #[test]
    fn a_frame_is_read_as_written(
        counter in any::<u64>(),
        seen_up_to in any::<u64>(),
        kind in any::<u16>(),
        body in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let frame = Frame { counter, seen_up_to, kind, body };
        let bytes = frame.to_bytes();
        prop_assert_eq!(bytes.len(), frame.encoded_bytes());
        prop_assert_eq!(Frame::from_bytes(&bytes), Ok(frame));
    }

    #[test]
    fn any_bytes_are_read_as_something_and_kept(
        kind in 0..8_u16,
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let content = Content::decode(kind, &body);
        prop_assert_eq!(content.encode_body(), (kind, body));
    }
}
