//! What a relay is sent: requests, the bodies of held streams, tickets. PROTOCOL.md §5.

use tacita_wire::limits::{MAX_PUT_BYTES, MAX_PUT_ENVELOPES, is_envelope_bucket};
use tacita_wire::{
    ClaimKey, ClaimNonce, Encode, JoinCode, MailboxId, MailboxKind, OwnerHash, OwnerKey, PileId,
    ReadKey, Request, SealedEntry, Subscription, Ticket, Watch, WriteHash, WriteKey,
};

use crate::canonical;

pub fn run(bytes: &[u8]) -> bool {
    let request = canonical::decode::<Request>(bytes);
    if let Some(Request::Put { envelopes, .. }) = &request {
        let total: usize = envelopes.iter().map(Vec::len).sum();
        assert!(envelopes.len() <= MAX_PUT_ENVELOPES && total <= MAX_PUT_BYTES);
        assert!(envelopes.iter().all(|one| is_envelope_bucket(one.len())));
    }
    let watch = canonical::decode::<Watch>(bytes);
    let ticket = canonical::decode::<Ticket>(bytes);
    request.is_some() || watch.is_some() || ticket.is_some()
}

/// One request of each kind.
pub fn requests() -> Vec<Request> {
    let code = || Ticket::JoinCode(JoinCode::from_bytes([1; 16]));
    let entry = |fill| SealedEntry::new(&[fill; 8192]).expect("an entry's size");
    vec![
        Request::Hello { ticket: code() },
        Request::CreateMailbox {
            ticket: Ticket::Open,
            kind: MailboxKind::Contact,
            mailbox: MailboxId([2; 32]),
            write_hash: WriteHash([3; 32]),
        },
        Request::DeleteMailbox {
            read: ReadKey::from_bytes([4; 32]),
        },
        Request::Put {
            ticket: Ticket::Open,
            mailbox: MailboxId([2; 32]),
            write: WriteKey::from_bytes([5; 32]),
            envelopes: vec![vec![6; 4096], vec![7; 8192]],
        },
        Request::Read {
            read: ReadKey::from_bytes([4; 32]),
            after: 9,
            limit: 256,
        },
        Request::Ack {
            read: ReadKey::from_bytes([4; 32]),
            up_to: 9,
        },
        Request::CreatePile {
            ticket: code(),
            pile: PileId([1; 32]),
            owner_hash: OwnerHash([2; 32]),
            last_resort: entry(1),
        },
        Request::FillPile {
            pile: PileId([1; 32]),
            owner: OwnerKey::from_bytes([2; 32]),
            replace: true,
            last_resort: Some(entry(2)),
            entries: vec![entry(3)],
        },
        Request::CountPile {
            pile: PileId([1; 32]),
            owner: OwnerKey::from_bytes([2; 32]),
        },
        Request::DeletePile {
            pile: PileId([1; 32]),
            owner: OwnerKey::from_bytes([2; 32]),
        },
        Request::Claim {
            ticket: Ticket::Open,
            claim: ClaimKey::from_bytes([3; 32]),
            nonce: ClaimNonce([4; 16]),
        },
    ]
}

pub fn seeds() -> Vec<Vec<u8>> {
    let watch = Watch {
        subscriptions: vec![
            Subscription {
                read: ReadKey::from_bytes([4; 32]),
                after: 7,
            },
            Subscription {
                read: ReadKey::from_bytes([5; 32]),
                after: 0,
            },
        ],
    };
    let mut seeds: Vec<_> = requests().iter().map(Encode::to_bytes).collect();
    seeds.push(watch.to_bytes());
    seeds.push(Ticket::JoinCode(JoinCode::from_bytes([1; 16])).to_bytes());
    seeds
}
