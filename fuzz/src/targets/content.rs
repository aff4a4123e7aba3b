//! What a contact says: frames, every kind of content, receipts and counters. PROTOCOL.md §15, §16.

use tacita_core::protocol::Profile;
use tacita_core::protocol::content::{Content, Frame, MAX_RECEIPT_RANGES};
use tacita_core::protocol::delivery::{Acceptance, MAX_RANGES_ABOVE, ReceivedCounters};
use tacita_wire::{Decode, Encode, Reader};

use crate::canonical;
use crate::people::{descriptor, frame, pair};

pub fn run(bytes: &[u8]) -> bool {
    let received = canonical::decode::<ReceivedCounters>(bytes);
    if let Some(received) = &received {
        assert!(received.ranges().len() <= MAX_RECEIPT_RANGES);
    }
    let Some(frame) = canonical::decode::<Frame>(bytes) else {
        count(bytes);
        return received.is_some();
    };
    assert_eq!(frame.encoded_bytes(), bytes.len());
    let content = Content::decode(frame.kind, &frame.body);
    let (kind, body) = content.encode_body();
    assert!((kind, &body) == (frame.kind, &frame.body), "a second form");
    assert_eq!(content.check(), Ok(()));
    !matches!(content, Content::Damaged { .. })
}

/// Takes the bytes for counters, one after another.
fn count(bytes: &[u8]) {
    let mut reader = Reader::new(bytes);
    let mut received = ReceivedCounters::default();
    while let Ok(counter) = reader.u64() {
        let is_new = !received.contains(counter);
        let accepted = received.accept(counter) == Acceptance::New;
        assert_eq!(is_new, accepted);
        assert!(received.contains(counter) && received.highest() >= counter);
        assert!(received.above.len() <= MAX_RANGES_ABOVE);
    }
    assert_eq!(
        ReceivedCounters::from_bytes(&received.to_bytes()),
        Ok(received)
    );
}

pub fn seeds() -> Vec<Vec<u8>> {
    let bob = &pair().bob;
    let contents = [
        Content::Introduction {
            name: "Bob".to_owned(),
            descriptor: descriptor(4),
            record: bob.reconnect_record(),
        },
        Content::Text {
            sent_at_ms: 1_800_000_000_000,
            text: "hello, wörld".to_owned(),
        },
        Content::Receipt {
            ranges: vec![(3, 4), (6, 6), (900, 1000)],
        },
        Content::Reconnect {
            descriptor: descriptor(5),
            record: bob.reconnect_record(),
        },
        Content::Profile(Profile {
            revision: 3,
            name: "Bob Ross".to_owned(),
            picture: b"\x89PNG\r\n\x1a\npicture".to_vec(),
        }),
        Content::Unknown {
            kind: 77,
            body: b"from a later version".to_vec(),
        },
    ];
    let mut seeds: Vec<Vec<u8>> = contents
        .iter()
        .map(|content| {
            let (kind, body) = content.encode_body();
            Frame {
                kind,
                ..frame(7, &body)
            }
            .to_bytes()
        })
        .collect();
    let mut received = ReceivedCounters::default();
    let counters = [1_u64, 2, 5, 4, 9, u64::MAX];
    for counter in counters {
        received.accept(counter);
    }
    seeds.push(received.to_bytes());
    seeds.push(counters.iter().flat_map(|c| c.to_be_bytes()).collect());
    seeds
}
