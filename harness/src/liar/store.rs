//! The liar's mailboxes and piles, in memory.

use std::collections::HashMap;

use tacita_wire::limits::{MAX_READ_BYTES, MAX_READ_ENVELOPES};
use tacita_wire::{
    EntryKind, Frame, MailboxId, PileId, Refusal, Request, Response, SealedEntry, StoredEnvelope,
    WriteHash, derive_envelope_hash,
};

use super::Trick;

/// Everything it holds.
#[derive(Debug, Default)]
pub struct Store {
    mailboxes: HashMap<MailboxId, Mailbox>,
    piles: HashMap<PileId, Pile>,
    trick: Trick,
    tricked: u64,
}

#[derive(Debug)]
struct Mailbox {
    write: WriteHash,
    head: u64,
    waiting: Vec<StoredEnvelope>,
    seen: Vec<[u8; 32]>,
    withheld: Vec<Vec<u8>>,
    old: Vec<Vec<u8>>,
}

#[derive(Debug)]
struct Pile {
    last_resort: SealedEntry,
    entries: Vec<SealedEntry>,
    claims: HashMap<[u8; 16], (EntryKind, SealedEntry)>,
}

/// How many envelopes are kept back to be shuffled.
const SHUFFLED_AT_ONCE: usize = 5;

/// The liar's hour.
pub fn hour() -> u32 {
    u32::try_from(crate::exam::hours_since_1970()).unwrap_or_default()
}

impl Store {
    /// Changes the trick, and lets go what was withheld.
    pub fn set_trick(&mut self, trick: Trick) {
        self.trick = trick;
        for mailbox in self.mailboxes.values_mut() {
            for envelope in std::mem::take(&mut mailbox.withheld) {
                mailbox.push(envelope);
            }
        }
    }

    /// How many envelopes were tricked with.
    pub fn tricked(&self) -> u64 {
        self.tricked
    }

    /// Does what a request asks for, or something like it.
    pub fn answer(&mut self, request: Request) -> Response {
        match request {
            Request::Hello { .. } => Response::Hello { hour: hour() },
            Request::CreateMailbox {
                mailbox,
                write_hash,
                ..
            } => {
                self.mailboxes.entry(mailbox).or_insert_with(|| Mailbox {
                    write: write_hash,
                    head: 0,
                    waiting: Vec::new(),
                    seen: Vec::new(),
                    withheld: Vec::new(),
                    old: Vec::new(),
                });
                Response::Done
            }
            Request::DeleteMailbox { read } => {
                self.mailboxes.remove(&read.derive_mailbox_id());
                Response::Done
            }
            Request::Put {
                mailbox,
                write,
                envelopes,
                ..
            } => match self.mailboxes.get_mut(&mailbox) {
                Some(target) if target.write.matches(&write.derive_hash()) => {
                    for envelope in envelopes {
                        self.tricked += target.take(envelope, self.trick);
                    }
                    Response::Done
                }
                _ => Response::Refused(Refusal::NotFound),
            },
            Request::Read { read, after, limit } => {
                match self.mailboxes.get(&read.derive_mailbox_id()) {
                    Some(mailbox) => mailbox.read(after, limit),
                    None => Response::Refused(Refusal::NotFound),
                }
            }
            Request::Ack { read, up_to } => {
                match self.mailboxes.get_mut(&read.derive_mailbox_id()) {
                    Some(mailbox) => {
                        mailbox.acknowledge(up_to);
                        Response::Done
                    }
                    None => Response::Refused(Refusal::NotFound),
                }
            }
            other => self.answer_about_piles(other),
        }
    }

    fn answer_about_piles(&mut self, request: Request) -> Response {
        match request {
            Request::CreatePile {
                pile, last_resort, ..
            } => {
                let new = Pile {
                    last_resort: last_resort.clone(),
                    entries: Vec::new(),
                    claims: HashMap::new(),
                };
                self.piles.entry(pile).or_insert(new).last_resort = last_resort;
                Response::Done
            }
            Request::FillPile {
                pile,
                replace,
                last_resort,
                entries,
                ..
            } => {
                let Some(pile) = self.piles.get_mut(&pile) else {
                    return Response::Refused(Refusal::NotFound);
                };
                if replace {
                    pile.entries.clear();
                }
                pile.entries.extend(entries);
                if let Some(last_resort) = last_resort {
                    pile.last_resort = last_resort;
                }
                Response::Done
            }
            Request::CountPile { pile, .. } => match self.piles.get(&pile) {
                Some(pile) => Response::Count {
                    remaining: u16::try_from(pile.entries.len()).unwrap_or(u16::MAX),
                },
                None => Response::Refused(Refusal::NotFound),
            },
            Request::DeletePile { pile, .. } => {
                self.piles.remove(&pile);
                Response::Done
            }
            Request::Claim { claim, nonce, .. } => {
                let Some(pile) = self.piles.get_mut(&claim.derive_pile_id()) else {
                    return Response::Refused(Refusal::NotFound);
                };
                let (entries, last_resort) = (&mut pile.entries, &pile.last_resort);
                let (kind, entry) = pile
                    .claims
                    .entry(nonce.0)
                    .or_insert_with(|| match entries.pop() {
                        Some(entry) => (EntryKind::OneTime, entry),
                        None => (EntryKind::LastResort, last_resort.clone()),
                    })
                    .clone();
                Response::Claimed { kind, entry }
            }
            _ => Response::Refused(Refusal::Malformed),
        }
    }

    /// What a held stream has to show of a mailbox behind a sequence number.
    pub fn frames(&self, index: u16, mailbox: &MailboxId, after: u64) -> Vec<Frame> {
        match self.mailboxes.get(mailbox) {
            Some(mailbox) => mailbox
                .behind(after)
                .map(|stored| Frame::Envelope {
                    index,
                    stored: stored.clone(),
                })
                .collect(),
            None => vec![Frame::Gone { index }],
        }
    }
}

impl Mailbox {
    /// Stores an envelope in the trick's way; tells how many were touched.
    fn take(&mut self, envelope: Vec<u8>, trick: Trick) -> u64 {
        let hash = derive_envelope_hash(&envelope);
        if self.seen.contains(&hash) {
            return 0;
        }
        self.seen.push(hash);
        self.old.push(envelope.clone());
        match trick {
            Trick::None => {
                self.push(envelope);
                0
            }
            Trick::Duplicate => {
                self.push(envelope.clone());
                self.push(envelope);
                1
            }
            Trick::Replay => {
                self.push(envelope);
                let oldest = self.old.first().cloned();
                let other = self.old.get(fastrand::usize(..self.old.len())).cloned();
                for again in oldest.into_iter().chain(other) {
                    self.push(again);
                }
                1
            }
            Trick::Reorder => {
                self.withheld.push(envelope);
                if self.withheld.len() >= SHUFFLED_AT_ONCE {
                    let mut envelopes = std::mem::take(&mut self.withheld);
                    envelopes.reverse();
                    let rest = envelopes.get_mut(1..).unwrap_or_default();
                    fastrand::shuffle(rest);
                    for envelope in envelopes {
                        self.push(envelope);
                    }
                }
                1
            }
            Trick::Withhold => {
                if self.seen.len().is_multiple_of(2) {
                    self.withheld.push(envelope);
                    1
                } else {
                    self.push(envelope);
                    0
                }
            }
            Trick::Forge => {
                let mut forged = envelope.clone();
                let place = fastrand::usize(..forged.len());
                if let Some(byte) = forged.get_mut(place) {
                    *byte ^= 1 << fastrand::u8(..8);
                }
                self.push(forged);
                self.push(envelope);
                1
            }
        }
    }

    fn push(&mut self, envelope: Vec<u8>) {
        self.head += 1;
        self.waiting.push(StoredEnvelope {
            sequence: self.head,
            hour: hour(),
            envelope,
        });
    }

    fn behind(&self, after: u64) -> impl Iterator<Item = &StoredEnvelope> {
        self.waiting
            .iter()
            .filter(move |stored| stored.sequence > after)
    }

    fn read(&self, after: u64, limit: u16) -> Response {
        let mut bytes = 0;
        let entries = self
            .behind(after)
            .take(usize::from(limit.min(MAX_READ_ENVELOPES)))
            .take_while(|stored| {
                bytes += stored.envelope.len();
                bytes <= MAX_READ_BYTES
            })
            .cloned()
            .collect();
        Response::Entries {
            entries,
            head: self.head,
            hour: hour(),
        }
    }

    fn acknowledge(&mut self, up_to: u64) {
        self.waiting.retain(|stored| stored.sequence > up_to);
    }
}
