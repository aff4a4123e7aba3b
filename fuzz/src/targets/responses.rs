//! What a relay answers: responses and refusals. PROTOCOL.md §5.2.

use tacita_wire::{Encode, EntryKind, Refusal, Response, SealedEntry, StoredEnvelope};

use crate::canonical;

pub fn run(bytes: &[u8]) -> bool {
    canonical::decode::<Response>(bytes).is_some()
}

/// One response of each kind.
pub fn responses() -> Vec<Response> {
    let refusals = [
        Refusal::NotFound,
        Refusal::TicketRefused,
        Refusal::MailboxFull,
        Refusal::PileFull,
        Refusal::RelayFull { retry_after: 600 },
        Refusal::SlowDown { retry_after: 1 },
        Refusal::Failed { retry_after: 30 },
        Refusal::Malformed,
        Refusal::UnsupportedVersion,
        Refusal::Conflict,
    ];
    let mut responses = vec![
        Response::Done,
        Response::Hello { hour: 490_000 },
        Response::Entries {
            head: 9,
            hour: 490_000,
            entries: vec![StoredEnvelope {
                sequence: 9,
                hour: 489_999,
                envelope: vec![1; 4096],
            }],
        },
        Response::Count { remaining: 12 },
        Response::Claimed {
            kind: EntryKind::LastResort,
            entry: SealedEntry::new(&[3; 8192]).expect("an entry's size"),
        },
    ];
    responses.extend(refusals.map(Response::Refused));
    responses
}

pub fn seeds() -> Vec<Vec<u8>> {
    responses().iter().map(Encode::to_bytes).collect()
}
