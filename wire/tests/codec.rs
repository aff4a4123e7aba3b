//! Every value survives its bytes, and nothing else is accepted: cut, lengthened, altered, oversized.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use proptest::array::{uniform16, uniform32};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use tacita_wire::limits::{
    ENVELOPE_BUCKETS, MAX_FILL_ENTRIES, MAX_FRAME_BYTES, MAX_PUT_BYTES, MAX_PUT_ENVELOPES,
    MAX_READ_BYTES, MAX_READ_ENVELOPES, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, MAX_WATCHED,
    SEALED_ENTRY_BYTES,
};
use tacita_wire::{
    ClaimKey, ClaimNonce, Decode, Encode, EntryKind, Frame, JoinCode, MailboxId, MailboxKind,
    OwnerHash, OwnerKey, PileId, ReadKey, Reader, Refusal, Request, Response, SealedEntry,
    StoredEnvelope, Subscription, Ticket, Watch, WireError, WriteHash, WriteKey,
};

fn ticket() -> impl Strategy<Value = Ticket> {
    prop_oneof![
        Just(Ticket::Open),
        uniform16(any::<u8>()).prop_map(|code| Ticket::JoinCode(JoinCode::from_bytes(code))),
    ]
}

fn kind() -> impl Strategy<Value = MailboxKind> {
    prop_oneof![Just(MailboxKind::Pair), Just(MailboxKind::Contact)]
}

fn sealed_entry() -> impl Strategy<Value = SealedEntry> {
    any::<u8>().prop_map(|byte| SealedEntry::new(&[byte; SEALED_ENTRY_BYTES]).unwrap())
}

fn envelope() -> impl Strategy<Value = Vec<u8>> {
    (select(&ENVELOPE_BUCKETS[..]), any::<u8>()).prop_map(|(length, byte)| vec![byte; length])
}

/// One to sixteen envelopes within the limit of bytes.
fn envelopes() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(envelope(), 1..=MAX_PUT_ENVELOPES).prop_map(|mut envelopes| {
        while envelopes.iter().map(Vec::len).sum::<usize>() > MAX_PUT_BYTES {
            envelopes.pop();
        }
        envelopes
    })
}

fn read_key() -> impl Strategy<Value = ReadKey> {
    uniform32(any::<u8>()).prop_map(ReadKey::from_bytes)
}

fn owner_key() -> impl Strategy<Value = OwnerKey> {
    uniform32(any::<u8>()).prop_map(OwnerKey::from_bytes)
}

fn pile() -> impl Strategy<Value = PileId> {
    uniform32(any::<u8>()).prop_map(PileId)
}

fn request() -> impl Strategy<Value = Request> {
    let bytes = || uniform32(any::<u8>());
    prop_oneof![
        ticket().prop_map(|ticket| Request::Hello { ticket }),
        (ticket(), kind(), bytes(), bytes()).prop_map(|(ticket, kind, mailbox, write)| {
            Request::CreateMailbox {
                ticket,
                kind,
                mailbox: MailboxId(mailbox),
                write_hash: WriteHash(write),
            }
        }),
        read_key().prop_map(|read| Request::DeleteMailbox { read }),
        (ticket(), bytes(), bytes(), envelopes()).prop_map(
            |(ticket, mailbox, write, envelopes)| Request::Put {
                ticket,
                mailbox: MailboxId(mailbox),
                write: WriteKey::from_bytes(write),
                envelopes,
            }
        ),
        (read_key(), any::<u64>(), any::<u16>()).prop_map(|(read, after, limit)| Request::Read {
            read,
            after,
            limit
        }),
        (read_key(), any::<u64>()).prop_map(|(read, up_to)| Request::Ack { read, up_to }),
        (ticket(), pile(), bytes(), sealed_entry()).prop_map(
            |(ticket, pile, owner, last_resort)| Request::CreatePile {
                ticket,
                pile,
                owner_hash: OwnerHash(owner),
                last_resort,
            }
        ),
        (
            pile(),
            owner_key(),
            any::<bool>(),
            option::of(sealed_entry()),
            vec(sealed_entry(), 0..=MAX_FILL_ENTRIES)
        )
            .prop_map(|(pile, owner, replace, last_resort, entries)| {
                Request::FillPile {
                    pile,
                    owner,
                    replace,
                    last_resort,
                    entries,
                }
            }),
        (pile(), owner_key()).prop_map(|(pile, owner)| Request::CountPile { pile, owner }),
        (pile(), owner_key()).prop_map(|(pile, owner)| Request::DeletePile { pile, owner }),
        (ticket(), bytes(), uniform16(any::<u8>())).prop_map(|(ticket, claim, nonce)| {
            Request::Claim {
                ticket,
                claim: ClaimKey::from_bytes(claim),
                nonce: ClaimNonce(nonce),
            }
        }),
    ]
}

fn refusal() -> impl Strategy<Value = Refusal> {
    prop_oneof![
        select(vec![
            Refusal::NotFound,
            Refusal::TicketRefused,
            Refusal::MailboxFull,
            Refusal::PileFull,
            Refusal::Malformed,
            Refusal::UnsupportedVersion,
            Refusal::Conflict,
        ]),
        any::<u32>().prop_map(|retry_after| Refusal::RelayFull { retry_after }),
        any::<u32>().prop_map(|retry_after| Refusal::SlowDown { retry_after }),
        any::<u32>().prop_map(|retry_after| Refusal::Failed { retry_after }),
    ]
}

fn stored() -> impl Strategy<Value = StoredEnvelope> {
    (any::<u64>(), any::<u32>(), envelope()).prop_map(|(sequence, hour, envelope)| StoredEnvelope {
        sequence,
        hour,
        envelope,
    })
}

fn response() -> impl Strategy<Value = Response> {
    prop_oneof![
        Just(Response::Done),
        any::<u32>().prop_map(|hour| Response::Hello { hour }),
        (vec(stored(), 0..12), any::<u64>(), any::<u32>()).prop_map(|(entries, head, hour)| {
            Response::Entries {
                entries,
                head,
                hour,
            }
        }),
        any::<u16>().prop_map(|remaining| Response::Count { remaining }),
        (any::<bool>(), sealed_entry()).prop_map(|(last, entry)| Response::Claimed {
            kind: if last {
                EntryKind::LastResort
            } else {
                EntryKind::OneTime
            },
            entry,
        }),
        refusal().prop_map(Response::Refused),
    ]
}

fn frame() -> impl Strategy<Value = Frame> {
    prop_oneof![
        (any::<u16>(), stored()).prop_map(|(index, stored)| Frame::Envelope { index, stored }),
        any::<u16>().prop_map(|index| Frame::Gone { index }),
        any::<u32>().prop_map(|hour| Frame::CaughtUp { hour }),
        Just(Frame::Beat),
    ]
}

fn watch() -> impl Strategy<Value = Watch> {
    vec((read_key(), any::<u64>()), 0..40).prop_map(|subscriptions| Watch {
        subscriptions: subscriptions
            .into_iter()
            .map(|(read, after)| Subscription { read, after })
            .collect(),
    })
}

/// Lengths at which to cut: all of a short value; of a long one the ends and some between.
fn cuts(length: usize) -> Vec<usize> {
    if length <= 600 {
        (0..length).collect()
    } else {
        let between = (300..length - 300).step_by(997);
        (0..300)
            .chain(between)
            .chain(length - 300..length)
            .collect()
    }
}

/// The value comes back from its bytes; no shorter and no longer bytes are accepted.
fn check<T: Encode + Decode + PartialEq + std::fmt::Debug>(value: &T) {
    let mut bytes = value.to_bytes();
    assert_eq!(T::from_bytes(&bytes).as_ref(), Ok(value));
    for length in cuts(bytes.len()) {
        assert!(T::from_bytes(&bytes[..length]).is_err(), "cut at {length}");
    }
    bytes.push(0);
    assert_eq!(T::from_bytes(&bytes), Err(WireError::TrailingBytes));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn requests_survive_their_bytes(request in request()) {
        check(&request);
        prop_assert!(request.to_bytes().len() <= MAX_REQUEST_BYTES);
    }

    #[test]
    fn responses_survive_their_bytes(response in response()) {
        check(&response);
        prop_assert!(response.to_bytes().len() <= MAX_RESPONSE_BYTES);
    }

    #[test]
    fn frames_survive_their_bytes_and_fit_their_limit(frame in frame()) {
        check(&frame);
        prop_assert!(frame.to_bytes().len() <= MAX_FRAME_BYTES);
        prop_assert_eq!(frame.to_stream_bytes()[0], 0);
    }

    #[test]
    fn watches_survive_their_bytes(watch in watch()) {
        check(&watch);
    }

    #[test]
    fn a_stream_gives_its_frames_however_it_is_cut(
        frames in vec(frame(), 1..6),
        pieces in vec(1_usize..9000, 1..60),
    ) {
        let stream: Vec<u8> = frames.iter().flat_map(Frame::to_stream_bytes).collect();
        let mut buffer = Vec::new();
        let mut got = Vec::new();
        let mut rest = &stream[..];
        for piece in pieces.into_iter().chain(std::iter::repeat(usize::MAX)) {
            let (now, later) = rest.split_at(piece.min(rest.len()));
            buffer.extend_from_slice(now);
            rest = later;
            while let Some(frame) = Frame::split_from(&mut buffer).unwrap() {
                got.push(frame);
            }
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(got, frames);
        prop_assert!(buffer.is_empty());
    }

    #[test]
    fn random_bytes_are_refused_or_are_the_one_form_of_a_value(
        version in 0_u8..3,
        tag in any::<u8>(),
        rest in vec(any::<u8>(), 0..200),
    ) {
        let bytes = [&[version, tag][..], &rest].concat();
        if let Ok(request) = Request::from_bytes(&bytes) {
            prop_assert_eq!(request.to_bytes(), bytes.clone());
        }
        if let Ok(response) = Response::from_bytes(&bytes) {
            prop_assert_eq!(response.to_bytes(), bytes.clone());
        }
        if let Ok(watch) = Watch::from_bytes(&bytes) {
            prop_assert_eq!(watch.to_bytes(), bytes.clone());
        }
        if let Ok(frame) = Frame::from_bytes(&bytes) {
            prop_assert_eq!(frame.to_bytes(), bytes);
        }
    }
}

/// One request of each kind, with where its tag stands.
fn one_of_each() -> Vec<Request> {
    let entry = || SealedEntry::new(&[5; SEALED_ENTRY_BYTES]).unwrap();
    let read = || ReadKey::from_bytes([1; 32]);
    let owner = || OwnerKey::from_bytes([2; 32]);
    let pile = PileId([3; 32]);
    vec![
        Request::Hello {
            ticket: Ticket::Open,
        },
        Request::CreateMailbox {
            ticket: Ticket::Open,
            kind: MailboxKind::Contact,
            mailbox: MailboxId([4; 32]),
            write_hash: WriteHash([5; 32]),
        },
        Request::DeleteMailbox { read: read() },
        Request::Put {
            ticket: Ticket::Open,
            mailbox: MailboxId([4; 32]),
            write: WriteKey::from_bytes([6; 32]),
            envelopes: vec![vec![7; 4096]],
        },
        Request::Read {
            read: read(),
            after: 1,
            limit: 2,
        },
        Request::Ack {
            read: read(),
            up_to: 3,
        },
        Request::CreatePile {
            ticket: Ticket::Open,
            pile,
            owner_hash: OwnerHash([8; 32]),
            last_resort: entry(),
        },
        Request::FillPile {
            pile,
            owner: owner(),
            replace: false,
            last_resort: None,
            entries: vec![entry()],
        },
        Request::CountPile {
            pile,
            owner: owner(),
        },
        Request::DeletePile {
            pile,
            owner: owner(),
        },
        Request::Claim {
            ticket: Ticket::Open,
            claim: ClaimKey::from_bytes([9; 32]),
            nonce: ClaimNonce([10; 16]),
        },
    ]
}

#[test]
fn every_request_is_refused_when_cut_at_any_length() {
    for request in one_of_each() {
        let bytes = request.to_bytes();
        assert_eq!(Request::from_bytes(&bytes), Ok(request));
        for length in 0..bytes.len() {
            assert_eq!(
                Request::from_bytes(&bytes[..length]),
                Err(WireError::Truncated)
            );
        }
    }
}

#[test]
fn unknown_tags_and_versions_are_refused_by_name() {
    let known: Vec<u8> = one_of_each()
        .iter()
        .map(|request| request.to_bytes()[1])
        .collect();
    for tag in 0..=u8::MAX {
        if !known.contains(&tag) {
            assert_eq!(Request::from_bytes(&[1, tag]), Err(WireError::UnknownTag));
        }
        if ![0, 1, 2, 3, 4, 0x7f].contains(&tag) {
            assert_eq!(Response::from_bytes(&[1, tag]), Err(WireError::UnknownTag));
        }
        if !(1..=10).contains(&tag) {
            assert_eq!(
                Response::from_bytes(&[1, 0x7f, tag]),
                Err(WireError::UnknownTag)
            );
        }
        if !(1..=4).contains(&tag) {
            assert_eq!(Frame::from_bytes(&[tag]), Err(WireError::UnknownTag));
        }
        if tag != 1 {
            let version = [tag, 0, 0, 0];
            assert_eq!(
                Request::from_bytes(&version),
                Err(WireError::UnknownVersion)
            );
            assert_eq!(
                Response::from_bytes(&version),
                Err(WireError::UnknownVersion)
            );
            assert_eq!(Watch::from_bytes(&version), Err(WireError::UnknownVersion));
        }
    }
    // A ticket, a kind and a flag that are none.
    assert_eq!(Request::from_bytes(&[1, 1, 2]), Err(WireError::UnknownTag));
    let mut create = one_of_each()[1].to_bytes();
    create[3] = 2;
    assert_eq!(Request::from_bytes(&create), Err(WireError::UnknownTag));
    let mut fill = one_of_each()[7].to_bytes();
    fill[66] = 2;
    assert_eq!(Request::from_bytes(&fill), Err(WireError::UnknownTag));
}

fn put_of(envelopes: Vec<Vec<u8>>) -> Result<Request, WireError> {
    let put = Request::Put {
        ticket: Ticket::Open,
        mailbox: MailboxId([1; 32]),
        write: WriteKey::from_bytes([2; 32]),
        envelopes,
    };
    Request::from_bytes(&put.to_bytes())
}

#[test]
fn a_put_takes_sixteen_envelopes_of_bucket_sizes_and_256_kib() {
    assert!(put_of(vec![vec![0; 4096]; 16]).is_ok());
    assert_eq!(put_of(vec![vec![0; 4096]; 17]), Err(WireError::TooLong));
    assert!(put_of(vec![vec![0; 65536]; 4]).is_ok());
    assert_eq!(put_of(vec![vec![0; 65536]; 5]), Err(WireError::TooLong));
    assert_eq!(put_of(vec![]), Err(WireError::Truncated));
    for length in [0, 1, 4095, 4097, 65535, 65537] {
        assert_eq!(put_of(vec![vec![0; length]]), Err(WireError::TooLong));
    }
}

#[test]
fn counts_over_their_limits_are_refused_before_their_items_are_read() {
    let mut fill = one_of_each()[7].to_bytes();
    let at = fill.len() - SEALED_ENTRY_BYTES - 2;
    fill[at..at + 2].copy_from_slice(&17_u16.to_be_bytes());
    assert_eq!(Request::from_bytes(&fill), Err(WireError::TooLong));
    let watched = u16::try_from(MAX_WATCHED).unwrap();
    let watch = [&[1][..], &(watched + 1).to_be_bytes()].concat();
    assert_eq!(Watch::from_bytes(&watch), Err(WireError::TooLong));
    let count = (MAX_READ_ENVELOPES + 1).to_be_bytes();
    let entries = [&[1, 2][..], &[0; 12], &count].concat();
    assert_eq!(Response::from_bytes(&entries), Err(WireError::TooLong));
}

#[test]
fn a_page_over_its_limit_of_bytes_is_refused() {
    let page = |count: usize| Response::Entries {
        entries: vec![
            StoredEnvelope {
                sequence: 1,
                hour: 2,
                envelope: vec![3; 65536],
            };
            count
        ],
        head: 4,
        hour: 5,
    };
    let most = MAX_READ_BYTES / 65536;
    assert!(Response::from_bytes(&page(most).to_bytes()).is_ok());
    assert_eq!(
        Response::from_bytes(&page(most + 1).to_bytes()),
        Err(WireError::TooLong)
    );
    assert!(page(most).to_bytes().len() <= MAX_RESPONSE_BYTES);
}

#[test]
fn a_frame_over_its_limit_is_refused_before_it_arrives() {
    let length = u32::try_from(MAX_FRAME_BYTES).unwrap();
    let mut buffer = (length + 1).to_be_bytes().to_vec();
    assert_eq!(Frame::split_from(&mut buffer), Err(WireError::TooLong));
    let mut buffer = length.to_be_bytes().to_vec();
    assert_eq!(Frame::split_from(&mut buffer), Ok(None));
    let mut empty = vec![0, 0, 0, 0];
    assert_eq!(Frame::split_from(&mut empty), Err(WireError::Truncated));
    let mut longer = vec![0, 0, 0, 2, 4, 0];
    assert_eq!(
        Frame::split_from(&mut longer),
        Err(WireError::TrailingBytes)
    );
}

#[test]
fn a_reader_never_goes_past_its_end() {
    let mut reader = Reader::new(&[0, 0, 0, 9, 1, 2]);
    assert_eq!(reader.bytes(8), Err(WireError::TooLong));
    let mut reader = Reader::new(&[0, 0, 0, 3, 1, 2]);
    assert_eq!(reader.bytes(8), Err(WireError::Truncated));
    let mut reader = Reader::new(&[2]);
    assert_eq!(reader.bool(), Err(WireError::UnknownTag));
    let mut reader = Reader::new(&[1, 2]);
    assert_eq!(reader.take(usize::MAX), Err(WireError::Truncated));
    assert_eq!(reader.u8(), Ok(1));
    assert_eq!(reader.clone().finish(), Err(WireError::TrailingBytes));
    assert_eq!(reader.rest(), &[2]);
    assert_eq!(reader.finish(), Ok(()));
}

#[test]
fn a_sealed_entry_has_one_length() {
    for length in [0, SEALED_ENTRY_BYTES - 1, SEALED_ENTRY_BYTES + 1] {
        assert_eq!(SealedEntry::new(&vec![0; length]), Err(WireError::TooLong));
    }
}
