//! The liar does lie, and in the ways that it says.

use tacita_wire::{
    Decode as _, Encode as _, MailboxKind, ReadKey, Refusal, Request, Response, Ticket, WriteKey,
};

use super::*;
use crate::raw::RawRelay;

struct Visit {
    liar: Liar,
    raw: RawRelay,
    _runtime: tokio::runtime::Runtime,
}

fn visit() -> Visit {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let liar = runtime.block_on(Liar::start()).unwrap();
    let link = RelayLink::parse(&liar.link().unwrap()).unwrap();
    Visit {
        liar,
        raw: RawRelay::new(&link).unwrap(),
        _runtime: runtime,
    }
}

const READ: [u8; 32] = [1; 32];
const WRITE: [u8; 32] = [2; 32];

fn create(visit: &Visit) -> Response {
    let request = Request::CreateMailbox {
        ticket: Ticket::Open,
        kind: MailboxKind::Pair,
        mailbox: ReadKey::from_bytes(READ).derive_mailbox_id(),
        write_hash: WriteKey::from_bytes(WRITE).derive_hash(),
    };
    visit.raw.ask(&request).unwrap()
}

fn put(visit: &Visit, marks: &[u8]) {
    let request = Request::Put {
        ticket: Ticket::Open,
        mailbox: ReadKey::from_bytes(READ).derive_mailbox_id(),
        write: WriteKey::from_bytes(WRITE),
        envelopes: marks.iter().map(|mark| vec![*mark; 4096]).collect(),
    };
    assert_eq!(visit.raw.ask(&request).unwrap(), Response::Done);
}

fn read(visit: &Visit) -> Vec<Vec<u8>> {
    let request = Request::Read {
        read: ReadKey::from_bytes(READ),
        after: 0,
        limit: 256,
    };
    match visit.raw.ask(&request).unwrap() {
        Response::Entries { entries, .. } => {
            let sequences: Vec<u64> = entries.iter().map(|stored| stored.sequence).collect();
            assert!(sequences.is_sorted());
            entries.into_iter().map(|stored| stored.envelope).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn marks(visit: &Visit) -> Vec<u8> {
    read(visit).iter().map(|envelope| envelope[0]).collect()
}

#[test]
fn an_honest_liar_keeps_order() {
    let visit = visit();
    assert_eq!(create(&visit), Response::Done);
    put(&visit, &[1, 2, 3]);
    put(&visit, &[3, 4]);
    assert_eq!(marks(&visit), [1, 2, 3, 4]);
    assert_eq!(visit.liar.tricked(), 0);
}

#[test]
fn each_trick_does_what_it_says() {
    let visit = visit();
    create(&visit);
    visit.liar.trick(Trick::Duplicate);
    put(&visit, &[1]);
    assert_eq!(marks(&visit), [1, 1]);
    visit.liar.trick(Trick::Replay);
    put(&visit, &[2]);
    assert!(marks(&visit).len() > 3);
    visit.liar.trick(Trick::Withhold);
    let before = marks(&visit).len();
    put(&visit, &[3, 4]);
    assert_eq!(marks(&visit).len(), before + 1);
    visit.liar.trick(Trick::None);
    assert_eq!(marks(&visit).len(), before + 2);
    visit.liar.trick(Trick::Forge);
    put(&visit, &[9]);
    let all = read(&visit);
    let forged = all.iter().rev().nth(1).unwrap();
    assert_eq!(forged.iter().filter(|byte| **byte != 9).count(), 1);
    assert!(visit.liar.tricked() >= 4);
}

#[test]
fn shuffling_changes_the_order() {
    let visit = visit();
    create(&visit);
    visit.liar.trick(Trick::Reorder);
    let sent: Vec<u8> = (1..=16).collect();
    put(&visit, &sent);
    assert_eq!(marks(&visit).len(), 15);
    visit.liar.trick(Trick::None);
    let mut came = marks(&visit);
    assert_ne!(came, sent);
    came.sort_unstable();
    assert_eq!(came, sent);
}

#[test]
fn each_lie_is_one() {
    let visit = visit();
    let hello = Request::Hello {
        ticket: Ticket::Open,
    };
    let bytes = || visit.raw.ask_bytes(hello.to_bytes());
    for lie in [Lie::Nonsense, Lie::StopMidFrame, Lie::Oversized] {
        visit.liar.lie(lie);
        let read = bytes().map(|bytes| Response::from_bytes(&bytes));
        assert!(!matches!(read, Ok(Ok(_))), "{lie:?}");
    }
    visit.liar.lie(Lie::WrongKind);
    assert_eq!(
        visit.raw.ask(&hello).unwrap(),
        Response::Count { remaining: 7 }
    );
    visit.liar.lie(Lie::Full);
    let full = Response::Refused(Refusal::RelayFull { retry_after: 1 });
    assert_eq!(create(&visit), full);
    // This client does follow redirects, which shows that the trap works.
    visit.liar.lie(Lie::Redirect);
    bytes().unwrap();
    assert!(visit.liar.redirected_visits() > 0);
}
