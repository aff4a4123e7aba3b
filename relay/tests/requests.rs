//! Requests over the real network stack: every kind, tickets, limits, bad input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod support;

use std::num::NonZeroU32;

use reqwest::Method;
use support::{Client, InProcess, Keys, envelope, wrong_code};
use tacita_wire::limits::MAX_REQUEST_BYTES;
use tacita_wire::{
    ClaimKey, ClaimNonce, Encode, EntryKind, MailboxKind, OwnerKey, PATH_REQUEST, PATH_WATCH,
    ReadKey, Refusal, Request, Response, SealedEntry, Ticket, WriteKey,
};

async fn walk_through(relay: &InProcess, client: &Client, keys: &Keys) {
    let ticket = relay.link.ticket();
    let hello = client
        .send(&Request::Hello {
            ticket: ticket.clone(),
        })
        .await;
    assert!(matches!(hello, Response::Hello { hour } if hour > 400_000));
    let create = keys.create(ticket, MailboxKind::Pair);
    for _ in 0..2 {
        assert_eq!(client.send(&create).await, Response::Done);
    }
    let put = keys.put(vec![envelope(1), envelope(2)]);
    for _ in 0..2 {
        assert_eq!(client.send(&put).await, Response::Done);
    }
    let Response::Entries { entries, head, .. } = client.send(&keys.read(0)).await else {
        panic!("no entries");
    };
    assert_eq!(head, 2);
    let got: Vec<_> = entries
        .iter()
        .map(|e| (e.sequence, e.envelope.clone()))
        .collect();
    assert_eq!(got, vec![(1, envelope(1)), (2, envelope(2))]);
    assert_eq!(client.send(&keys.ack(1)).await, Response::Done);
    let Response::Entries { entries, .. } = client.send(&keys.read(0)).await else {
        panic!("no entries");
    };
    assert_eq!(entries.len(), 1);
    let delete = Request::DeleteMailbox {
        read: keys.read.clone(),
    };
    assert_eq!(client.send(&delete).await, Response::Done);
    assert_eq!(
        client.send(&keys.read(0)).await,
        Response::Refused(Refusal::NotFound)
    );
}

#[tokio::test]
async fn a_mailbox_lives_over_http_2_and_over_http_1() {
    let directory = tempfile::tempdir().unwrap();
    let relay = InProcess::start(directory.path());
    walk_through(&relay, &relay.client(), &Keys::of(1)).await;
    let old = Client::with_protocols(relay.address, &[b"http/1.1"]);
    walk_through(&relay, &old, &Keys::of(2)).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_pile_lives() {
    let directory = tempfile::tempdir().unwrap();
    let relay = InProcess::start(directory.path());
    let client = relay.client();
    let claim_key = ClaimKey::from_bytes([3; 32]);
    let owner = OwnerKey::from_bytes([4; 32]);
    let pile = claim_key.derive_pile_id();
    let entry = |byte| SealedEntry::new(&[byte; 8192]).unwrap();
    let create = Request::CreatePile {
        ticket: relay.link.ticket(),
        pile,
        owner_hash: owner.derive_hash(),
        last_resort: entry(9),
    };
    assert_eq!(client.send(&create).await, Response::Done);
    let fill = Request::FillPile {
        pile,
        owner: owner.clone(),
        replace: false,
        last_resort: None,
        entries: vec![entry(1)],
    };
    for _ in 0..2 {
        assert_eq!(client.send(&fill).await, Response::Done);
    }
    let count = Request::CountPile {
        pile,
        owner: owner.clone(),
    };
    assert_eq!(client.send(&count).await, Response::Count { remaining: 1 });
    let claim = |nonce| Request::Claim {
        ticket: Ticket::Open,
        claim: claim_key.clone(),
        nonce: ClaimNonce([nonce; 16]),
    };
    let one_time = Response::Claimed {
        kind: EntryKind::OneTime,
        entry: entry(1),
    };
    let last = Response::Claimed {
        kind: EntryKind::LastResort,
        entry: entry(9),
    };
    assert_eq!(client.send(&claim(1)).await, one_time);
    assert_eq!(client.send(&claim(2)).await, last);
    assert_eq!(client.send(&claim(1)).await, one_time);
    let delete = Request::DeletePile { pile, owner };
    assert_eq!(client.send(&delete).await, Response::Done);
    assert_eq!(
        client.send(&claim(1)).await,
        Response::Refused(Refusal::NotFound)
    );
    relay.stop().await;
}

#[tokio::test]
async fn a_wrong_join_code_is_refused_everywhere_and_none_is_enough_for_guests() {
    let directory = tempfile::tempdir().unwrap();
    let relay = InProcess::start(directory.path());
    let client = relay.client();
    let refused = Response::Refused(Refusal::TicketRefused);
    let keys = Keys::of(5);
    for ticket in [wrong_code(), Ticket::Open] {
        assert_eq!(
            client
                .send(&Request::Hello {
                    ticket: ticket.clone()
                })
                .await,
            refused
        );
        assert_eq!(
            client
                .send(&keys.create(ticket, MailboxKind::Contact))
                .await,
            refused
        );
    }
    let create = keys.create(relay.link.ticket(), MailboxKind::Contact);
    assert_eq!(client.send(&create).await, Response::Done);
    let Request::Put {
        mailbox,
        write,
        envelopes,
        ..
    } = keys.put(vec![envelope(1)])
    else {
        panic!("not a put");
    };
    let with = |ticket| Request::Put {
        ticket,
        mailbox,
        write: write.clone(),
        envelopes: envelopes.clone(),
    };
    assert_eq!(client.send(&with(wrong_code())).await, refused);
    assert_eq!(client.send(&with(Ticket::Open)).await, Response::Done);
    relay.stop().await;
}

#[tokio::test]
async fn an_open_relay_asks_for_no_code() {
    let directory = tempfile::tempdir().unwrap();
    let relay = InProcess::start_with(directory.path(), |config| config.open = true);
    assert_eq!(relay.link.ticket(), Ticket::Open);
    let create = Keys::of(6).create(Ticket::Open, MailboxKind::Pair);
    assert_eq!(relay.client().send(&create).await, Response::Done);
    relay.stop().await;
}

#[tokio::test]
async fn a_foreign_mailbox_cannot_be_read_written_or_emptied() {
    let directory = tempfile::tempdir().unwrap();
    let relay = InProcess::start(directory.path());
    let client = relay.client();
    let keys = Keys::of(7);
    client
        .send(&keys.create(relay.link.ticket(), MailboxKind::Pair))
        .await;
    client.send(&keys.put(vec![envelope(1)])).await;
    let not_found = Response::Refused(Refusal::NotFound);
    // Its id and its write key, shown as if they were its read key.
    for bytes in [keys.read.derive_mailbox_id().0, *keys.write.expose()] {
        let thief = Keys {
            read: ReadKey::from_bytes(bytes),
            write: keys.write.clone(),
        };
        assert_eq!(client.send(&thief.read(0)).await, not_found);
        assert_eq!(client.send(&thief.ack(9)).await, not_found);
    }
    let thief = Keys {
        read: keys.read.clone(),
        write: WriteKey::from_bytes([0; 32]),
    };
    assert_eq!(client.send(&thief.put(vec![envelope(2)])).await, not_found);
    let Response::Entries { entries, .. } = client.send(&keys.read(0)).await else {
        panic!("no entries");
    };
    assert_eq!(entries.len(), 1);
    relay.stop().await;
}

#[tokio::test]
async fn bytes_that_cannot_be_read_are_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let relay = InProcess::start(directory.path());
    let client = relay.client();
    let malformed = Response::Refused(Refusal::Malformed);
    let good = Request::Hello {
        ticket: relay.link.ticket(),
    }
    .to_bytes();
    let mut longer = good.clone();
    longer.push(0);
    for path in [PATH_REQUEST, PATH_WATCH] {
        for body in [
            vec![],
            vec![1],
            vec![1, 0xee],
            longer.clone(),
            good[..5].to_vec(),
        ] {
            assert_eq!(client.send_bytes(path, body).await, malformed);
        }
        let mut newer = good.clone();
        newer[0] = 2;
        assert_eq!(
            client.send_bytes(path, newer).await,
            Response::Refused(Refusal::UnsupportedVersion)
        );
        let huge = vec![1; MAX_REQUEST_BYTES + 1];
        assert_eq!(client.send_bytes(path, huge).await, malformed);
    }
    let hello = Request::Hello {
        ticket: relay.link.ticket(),
    };
    assert!(matches!(client.send(&hello).await, Response::Hello { .. }));
    relay.stop().await;
}

#[tokio::test]
async fn no_answer_redirects_or_sets_a_cookie() {
    let directory = tempfile::tempdir().unwrap();
    let relay = InProcess::start(directory.path());
    let client = relay.client();
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/v1"),
        (Method::POST, "/v1/"),
        (Method::POST, "//v1"),
        (Method::POST, "/v2"),
        (Method::PUT, "/v1/watch"),
        (Method::POST, "/v1"),
    ] {
        let response = client.raw(method, path, vec![]).await.unwrap();
        assert!(!response.status().is_redirection());
        assert!(!response.headers().contains_key("location"));
        assert!(!response.headers().contains_key("set-cookie"));
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_flood_is_slowed_down() {
    let directory = tempfile::tempdir().unwrap();
    let relay = InProcess::start_with(directory.path(), |config| {
        config.requests_per_second = NonZeroU32::new(5).unwrap();
    });
    let client = relay.client();
    let hello = Request::Hello {
        ticket: relay.link.ticket(),
    };
    let mut slowed = 0;
    for _ in 0..50 {
        if client.send(&hello).await == Response::Refused(Refusal::SlowDown { retry_after: 1 }) {
            slowed += 1;
        }
    }
    assert!((1..50).contains(&slowed));
    relay.stop().await;
}

#[tokio::test]
async fn what_is_stored_holds_no_capability() {
    let directory = tempfile::tempdir().unwrap();
    let relay = InProcess::start(directory.path());
    let client = relay.client();
    let mut secrets = Vec::new();
    let random = || {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).unwrap();
        bytes
    };
    let keys = Keys {
        read: ReadKey::from_bytes(random()),
        write: WriteKey::from_bytes(random()),
    };
    secrets.push(keys.read.expose().to_vec());
    secrets.push(keys.write.expose().to_vec());
    client
        .send(&keys.create(relay.link.ticket(), MailboxKind::Pair))
        .await;
    client.send(&keys.put(vec![envelope(1)])).await;
    client.send(&keys.read(0)).await;
    client.send(&keys.ack(1)).await;
    let claim = ClaimKey::from_bytes(random());
    let owner = OwnerKey::from_bytes(random());
    secrets.push(claim.expose().to_vec());
    secrets.push(owner.expose().to_vec());
    let nonce: [u8; 16] = random()[..16].try_into().unwrap();
    secrets.push(nonce.to_vec());
    let create = Request::CreatePile {
        ticket: relay.link.ticket(),
        pile: claim.derive_pile_id(),
        owner_hash: owner.derive_hash(),
        last_resort: SealedEntry::new(&[9; 8192]).unwrap(),
    };
    client.send(&create).await;
    client
        .send(&Request::CountPile {
            pile: claim.derive_pile_id(),
            owner,
        })
        .await;
    let claim = Request::Claim {
        ticket: Ticket::Open,
        claim,
        nonce: ClaimNonce(nonce),
    };
    assert!(matches!(
        client.send(&claim).await,
        Response::Claimed { .. }
    ));
    let mut all = Vec::new();
    for name in ["relay.db", "relay.db-wal"] {
        all.extend(std::fs::read(directory.path().join(name)).unwrap());
    }
    let holds = |needle: &[u8]| all.windows(needle.len()).any(|window| window == needle);
    // The search works: what must be there is found.
    assert!(holds(&keys.read.derive_mailbox_id().0));
    for secret in secrets {
        assert!(!holds(&secret));
    }
    relay.stop().await;
}
