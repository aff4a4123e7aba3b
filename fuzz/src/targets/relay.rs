//! A relay's request handler over its real store: any requests, in any order, as time passes. PROTOCOL.md §5.1.
//!
//! After each: the answer is one that a client can read, a refusal has changed nothing, and the same bytes
//! again change nothing more.

use std::path::Path;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use tacita_relay::clock::Clock;
use tacita_relay::service::Service;
use tacita_relay::store::MailboxStore;
use tacita_relay::store::sqlite::{Budget, SqliteStore};
use tacita_relay::tickets::TicketPolicy;
use tacita_wire::{
    ClaimKey, ClaimNonce, Decode, Encode, JoinCode, MailboxId, MailboxKind, OwnerKey, ReadKey,
    Refusal, Request, Response, SealedEntry, Ticket, WireError, WriteKey, derive_envelope_hash,
};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::requests::requests;
use crate::canonical;
use crate::program::Program;

/// Requests of one program.
const MAX_STEPS: usize = 24;
/// So many mailboxes and piles, that programs meet their own objects again.
const MAILBOXES: u8 = 3;
const PILES: u8 = 2;
const START_SECONDS: u64 = 490_000 * 3600;

#[derive(Default)]
struct SetClock(AtomicU64);

impl Clock for SetClock {
    fn now_seconds(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A relay without network, in a directory of its own.
pub struct SmallRelay {
    pub service: Service<SqliteStore>,
    clock: Arc<SetClock>,
    _directory: TempDir,
}

impl SmallRelay {
    pub fn open(policy: TicketPolicy) -> Self {
        let memory = Path::new("/dev/shm");
        let directory = match memory.is_dir() {
            true => tempfile::tempdir_in(memory),
            false => tempfile::tempdir(),
        }
        .expect("a directory");
        let clock = Arc::new(SetClock(AtomicU64::new(START_SECONDS)));
        let budget = Budget {
            bytes: 64 << 20,
            hard_pages: None,
        };
        let path = directory.path().join("relay.db");
        let store = SqliteStore::open(&path, budget, Arc::clone(&clock) as _).expect("a store");
        Self {
            service: Service::new(store, policy),
            clock,
            _directory: directory,
        }
    }

    /// All that owners can see: of each mailbox its sequence and envelopes, of each pile its count.
    async fn snapshot(&self) -> Vec<Result<Vec<(u64, [u8; 32])>, Refusal>> {
        let mut seen = Vec::new();
        for n in 0..MAILBOXES {
            let read = Request::Read {
                read: read_key(n),
                after: 0,
                limit: 256,
            };
            seen.push(match self.service.answer(read).await {
                Response::Entries { entries, head, .. } => {
                    let sequences = entries.iter().map(|one| one.sequence);
                    assert!(sequences.is_sorted_by(|a, b| a < b), "out of order");
                    let hash = |one: &tacita_wire::StoredEnvelope| {
                        (one.sequence, derive_envelope_hash(&one.envelope))
                    };
                    let mut all: Vec<_> = entries.iter().map(hash).collect();
                    assert!(all.last().is_none_or(|(last, _)| *last <= head));
                    all.push((head, [0; 32]));
                    Ok(all)
                }
                Response::Refused(refusal) => Err(refusal),
                other => panic!("a read is answered by {other:?}"),
            });
        }
        for n in 0..PILES {
            let request = Request::CountPile {
                pile: claim_key(n).derive_pile_id(),
                owner: owner_key(n),
            };
            seen.push(match self.service.answer(request).await {
                Response::Count { remaining } => Ok(vec![(u64::from(remaining), [0; 32])]),
                Response::Refused(refusal) => Err(refusal),
                other => panic!("a count is answered by {other:?}"),
            });
        }
        seen
    }

    /// Sends bytes, twice; says whether they were a request that is done.
    async fn ask(&self, bytes: &[u8]) -> bool {
        let before = self.snapshot().await;
        let response = self.answer(bytes).await;
        let after = self.snapshot().await;
        let refused = matches!(response, Response::Refused(_));
        if refused {
            assert!(before == after, "refused, and something changed");
        }
        let again = self.answer(bytes).await;
        assert!(
            after == self.snapshot().await,
            "the same bytes again change more"
        );
        // What was deleted is not there the second time.
        let is_deletion = matches!(
            Request::from_bytes(bytes),
            Ok(Request::DeleteMailbox { .. } | Request::DeletePile { .. })
        );
        let is_gone = is_deletion && again == Response::Refused(Refusal::NotFound);
        assert!(
            again == response || is_gone,
            "the same bytes again are answered differently"
        );
        !refused
    }

    async fn answer(&self, bytes: &[u8]) -> Response {
        let answer = self.service.answer_bytes(bytes).await;
        let response = canonical::decode::<Response>(&answer).expect("one that can be read");
        let expected = match Request::from_bytes(bytes) {
            Ok(_) => None,
            Err(WireError::UnknownVersion) => Some(Refusal::UnsupportedVersion),
            Err(_) => Some(Refusal::Malformed),
        };
        if let Some(expected) = expected {
            assert!(response == Response::Refused(expected));
        }
        response
    }
}

fn read_key(n: u8) -> ReadKey {
    ReadKey::from_bytes([n; 32])
}

fn mailbox(n: u8) -> MailboxId {
    read_key(n).derive_mailbox_id()
}

fn write_key(n: u8) -> WriteKey {
    WriteKey::from_bytes([n; 32])
}

fn claim_key(n: u8) -> ClaimKey {
    ClaimKey::from_bytes([n; 32])
}

fn owner_key(n: u8) -> OwnerKey {
    OwnerKey::from_bytes([n; 32])
}

fn entry(fill: u8) -> SealedEntry {
    SealedEntry::new(&[fill; 8192]).expect("an entry's size")
}

fn read_request(program: &mut Program<'_>) -> Request {
    let ticket = match program.byte() {
        0..=127 => Ticket::Open,
        code => Ticket::JoinCode(JoinCode::from_bytes([code; 16])),
    };
    // Mostly an object of this relay, sometimes one that is not there.
    let n = program.byte() % (MAILBOXES + 1);
    let other = program.byte();
    let key = if other & 15 == 15 {
        n.wrapping_add(1)
    } else {
        n
    };
    let (pile, owner) = (
        claim_key(n % PILES).derive_pile_id(),
        owner_key(key % PILES),
    );
    match program.byte() % 11 {
        0 => Request::Hello { ticket },
        1 => Request::CreateMailbox {
            ticket,
            kind: match other & 16 {
                0 => MailboxKind::Pair,
                _ => MailboxKind::Contact,
            },
            mailbox: mailbox(n),
            write_hash: write_key(key).derive_hash(),
        },
        2 => Request::DeleteMailbox { read: read_key(n) },
        3 | 4 => {
            let fills = program.bytes();
            let sizes = [4096, 8192, 16384, 4096];
            let size = |fill: u8| sizes[usize::from(fill >> 6)];
            Request::Put {
                ticket,
                mailbox: mailbox(n),
                write: write_key(key),
                envelopes: fills
                    .iter()
                    .take(8)
                    .map(|fill| vec![*fill; size(*fill)])
                    .collect(),
            }
        }
        5 => Request::Read {
            read: read_key(n),
            after: u64::from(program.short()),
            limit: program.short(),
        },
        6 => Request::Ack {
            read: read_key(n),
            up_to: match other & 32 {
                0 => u64::from(program.byte()),
                _ => u64::from(program.word()) << 32,
            },
        },
        7 => Request::CreatePile {
            ticket,
            pile,
            owner_hash: owner.derive_hash(),
            last_resort: entry(program.byte()),
        },
        8 => Request::FillPile {
            pile,
            owner,
            replace: other & 16 == 16,
            last_resort: (other & 32 == 32).then(|| entry(program.byte())),
            entries: program
                .bytes()
                .iter()
                .take(16)
                .map(|fill| entry(*fill))
                .collect(),
        },
        9 => Request::DeletePile { pile, owner },
        _ => Request::Claim {
            ticket,
            claim: claim_key(n % PILES),
            nonce: ClaimNonce([program.byte() % 4; 16]),
        },
    }
}

/// One runtime for all inputs.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_current_thread().build().expect("a runtime"))
}

pub fn run(bytes: &[u8]) -> bool {
    let mut program = Program::new(bytes);
    let policy = match program.byte() {
        0..=127 => TicketPolicy::open(),
        code => TicketPolicy::join_code(JoinCode::from_bytes([code; 16])),
    };
    let relay = SmallRelay::open(policy);
    runtime().block_on(async {
        let mut is_done = false;
        for _ in 0..MAX_STEPS {
            if program.is_over() {
                break;
            }
            match program.byte() % 8 {
                0 => is_done |= relay.ask(program.bytes()).await,
                1 => {
                    let hours = u64::from(program.short());
                    relay.clock.0.fetch_add(hours * 3600, Ordering::Relaxed);
                    relay.service.store.expire().await.expect("expiry");
                }
                _ => is_done |= relay.ask(&read_request(&mut program).to_bytes()).await,
            }
        }
        relay.service.store.close().await;
        is_done
    })
}

pub fn seeds() -> Vec<Vec<u8>> {
    let raw = |request: &Request| {
        let bytes = request.to_bytes();
        let length = u16::try_from(bytes.len()).expect("short").to_be_bytes();
        [&[0], &length[..], &bytes].concat()
    };
    let ask = |n: u8, other: u8, kind: u8, rest: &[u8]| [&[2, 0, n, other, kind], rest].concat();
    let make = ask(0, 0, 1, &[]);
    let put = ask(0, 0, 3, &[0, 3, 1, 2, 65]);
    let pile = ask(1, 0, 7, &[9]);
    let mut all = vec![0];
    all.extend(requests().iter().flat_map(raw));
    vec![
        all,
        [
            &[0],
            &make[..],
            &put,
            &ask(0, 0, 5, &[0, 1, 0, 9]),
            &ask(0, 0, 6, &[2]),
            &put,
            &ask(0, 15, 3, &[0, 1, 1]),
            &ask(0, 0, 2, &[]),
        ]
        .concat(),
        [
            &[0],
            &pile[..],
            &ask(1, 0, 8, &[0, 2, 1, 2]),
            &ask(1, 0, 10, &[1]),
            &ask(1, 16, 8, &[0, 2, 1, 3]),
            &ask(1, 0, 10, &[2]),
            &ask(1, 0, 10, &[3]),
            &ask(1, 0, 9, &[]),
        ]
        .concat(),
        [
            &[0],
            &make[..],
            &put,
            &[1, 3, 32],
            &put,
            &ask(0, 0, 5, &[0, 0, 0, 9]),
        ]
        .concat(),
        [&[200], &make[..], &[2, 200, 0, 0, 1], &put].concat(),
    ]
}
