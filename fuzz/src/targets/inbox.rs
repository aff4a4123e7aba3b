//! What a damaged inbox could give back: a watch list, a batch of envelopes. PROTOCOL.md §25.

use tacita_core::protocol::ids::{AccountId, ConversationId};
use tacita_core::store::{
    InboxBatch, InboxEnvelope, MAX_WATCHED_RELAYS, WatchList, WatchedMailbox, WatchedRelay,
};
use tacita_wire::limits::{MAX_WATCHED, is_envelope_bucket};
use tacita_wire::{Encode, MailboxId, ReadKey, RelayAddress, RelayRootHash};

use crate::canonical;

pub fn run(bytes: &[u8]) -> bool {
    let list = canonical::decode::<WatchList>(bytes);
    if let Some(list) = &list {
        assert!(list.relays.len() <= MAX_WATCHED_RELAYS);
        let mut relays = list.relays.iter();
        assert!(relays.all(|relay| relay.mailboxes.len() <= MAX_WATCHED));
    }
    let batch = canonical::decode::<InboxBatch>(bytes);
    if let Some(batch) = &batch {
        let mut envelopes = batch.envelopes.iter();
        assert!(envelopes.all(|found| is_envelope_bucket(found.envelope.len())));
        assert!(batch.envelopes.len() <= 64);
    }
    list.is_some() || batch.is_some()
}

pub fn seeds() -> Vec<Vec<u8>> {
    let mailbox = |number: u8| WatchedMailbox {
        read: ReadKey::from_bytes([number; 32]),
        after: u64::from(number),
        conversation: number
            .is_multiple_of(2)
            .then_some(ConversationId(AccountId([number; 32]))),
        muted_until_ms: number.is_multiple_of(3).then_some(u64::MAX >> 1),
    };
    let relay = |address: &str, count: u8| WatchedRelay {
        address: RelayAddress::new(address).expect("an address"),
        root: RelayRootHash([7; 32]),
        mailboxes: (0..count).map(mailbox).collect(),
    };
    let batch = |sequences: &[u64]| {
        let mut batch = InboxBatch::default();
        for sequence in sequences {
            batch.push(InboxEnvelope {
                mailbox: MailboxId([3; 32]),
                sequence: *sequence,
                envelope: vec![0x5a; 4096],
            });
        }
        batch.to_bytes()
    };
    let lists = [
        vec![],
        vec![relay("relay.example:443", 4)],
        vec![relay("127.0.0.1:4433", 0), relay("[::1]:1", 7)],
    ];
    let mut seeds: Vec<_> = lists.map(|relays| WatchList { relays }.to_bytes()).into();
    seeds.extend([batch(&[]), batch(&[1]), batch(&[9, u64::MAX])]);
    seeds
}
