//! A relay in memory. Its limits and times are the real relay's own rules; what it does wrong is in `lies`.

use std::collections::BTreeMap;

use tacita_relay::clock::week_of_hour;
use tacita_relay::mailbox::{
    Holding, first_kept_envelope_hour, first_kept_hash_hour, first_kept_week,
};
use tacita_relay::pile::{admit_entries, first_kept_claim_hour};
use tacita_wire::limits::MAX_READ_ENVELOPES;
use tacita_wire::{
    EntryKind, MailboxId, MailboxKind, OwnerHash, PileId, Refusal, RelayAddress, RelayLink,
    RelayRootHash, Request, Response, SealedEntry, StoredEnvelope, WriteHash, derive_entry_hash,
    derive_envelope_hash,
};

use super::lies::Lies;

pub struct Mailbox {
    kind: MailboxKind,
    write: WriteHash,
    pub holding: Holding,
    pub entries: Vec<StoredEnvelope>,
    /// Hashes of what came, with the hour. PROTOCOL.md §5.1.
    seen: BTreeMap<[u8; 32], u32>,
    week: u32,
    /// The device that made it: the simulator knows, a relay does not.
    pub owner: usize,
    /// What a liar still has of what was acknowledged.
    pub old: Vec<StoredEnvelope>,
}

struct Pile {
    owner: OwnerHash,
    last_resort: SealedEntry,
    entries: Vec<SealedEntry>,
    known: BTreeMap<[u8; 32], u32>,
    claims: BTreeMap<[u8; 32], (EntryKind, SealedEntry, u32)>,
    week: u32,
}

/// What an honest relay keeps, and the lies of one that is not.
pub struct SmallRelay {
    pub link: RelayLink,
    pub mailboxes: BTreeMap<MailboxId, Mailbox>,
    piles: BTreeMap<PileId, Pile>,
    pub lies: Lies,
    expired_hour: u32,
}

impl SmallRelay {
    pub fn new(number: u8) -> Self {
        Self {
            link: RelayLink {
                address: RelayAddress::new(&format!("relay{number}.example:443")).unwrap(),
                root: RelayRootHash([number; 32]),
                join_code: None,
            },
            mailboxes: BTreeMap::new(),
            piles: BTreeMap::new(),
            lies: Lies::default(),
            expired_hour: 0,
        }
    }

    /// Drops whatever has had its time. PROTOCOL.md §22.1.
    pub fn expire(&mut self, hour: u32) {
        if hour == self.expired_hour {
            return;
        }
        self.expired_hour = hour;
        let (envelopes, hashes) = (first_kept_envelope_hour(hour), first_kept_hash_hour(hour));
        let (week, claims) = (first_kept_week(hour), first_kept_claim_hour(hour));
        self.mailboxes.retain(|_, mailbox| mailbox.week >= week);
        self.piles.retain(|_, pile| pile.week >= week);
        for mailbox in self.mailboxes.values_mut() {
            mailbox.drop_entries(|stored| stored.hour < envelopes);
            mailbox.seen.retain(|_, came| *came >= hashes);
        }
        for pile in self.piles.values_mut() {
            pile.claims.retain(|_, (_, _, came)| *came >= claims);
            pile.known.retain(|_, came| *came >= hashes);
        }
    }

    /// Answers a request of a device, honestly.
    pub fn answer(&mut self, request: &Request, hour: u32, asker: usize) -> Response {
        self.expire(hour);
        self.try_answer(request, hour, asker)
            .unwrap_or_else(Response::Refused)
    }

    fn try_answer(
        &mut self,
        request: &Request,
        hour: u32,
        asker: usize,
    ) -> Result<Response, Refusal> {
        match request {
            Request::Hello { .. } => Ok(Response::Hello { hour }),
            Request::CreateMailbox {
                kind,
                mailbox,
                write_hash,
                ..
            } => {
                let week = week_of_hour(hour);
                if let Some(known) = self.mailboxes.get_mut(mailbox) {
                    if known.write != *write_hash || known.kind != *kind {
                        return Err(Refusal::Conflict);
                    }
                    known.week = week;
                } else {
                    let made = Mailbox {
                        kind: *kind,
                        write: *write_hash,
                        holding: Holding::default(),
                        entries: Vec::new(),
                        seen: BTreeMap::new(),
                        week,
                        owner: asker,
                        old: Vec::new(),
                    };
                    self.mailboxes.insert(*mailbox, made);
                }
                Ok(Response::Done)
            }
            Request::DeleteMailbox { read } => {
                self.mailboxes.remove(&read.derive_mailbox_id());
                Ok(Response::Done)
            }
            Request::Put {
                mailbox,
                write,
                envelopes,
                ..
            } => {
                let found = self.mailboxes.get_mut(mailbox).ok_or(Refusal::NotFound)?;
                if found.write != write.derive_hash() {
                    return Err(Refusal::NotFound);
                }
                found.put(envelopes, hour)?;
                Ok(Response::Done)
            }
            Request::Read { read, after, limit } => {
                let found = self
                    .mailboxes
                    .get(&read.derive_mailbox_id())
                    .ok_or(Refusal::NotFound)?;
                let limit = usize::from((*limit).min(MAX_READ_ENVELOPES));
                let behind = found.entries.iter().filter(|e| e.sequence > *after);
                Ok(Response::Entries {
                    entries: behind.take(limit).cloned().collect(),
                    head: found.holding.head,
                    hour,
                })
            }
            Request::Ack { read, up_to } => {
                let found = self
                    .mailboxes
                    .get_mut(&read.derive_mailbox_id())
                    .filter(|found| found.holding.has_given(*up_to))
                    .ok_or(Refusal::NotFound)?;
                found.drop_entries(|stored| stored.sequence <= *up_to);
                Ok(Response::Done)
            }
            request => self.answer_for_pile(request, hour),
        }
    }

    fn answer_for_pile(&mut self, request: &Request, hour: u32) -> Result<Response, Refusal> {
        match request {
            Request::CreatePile {
                pile,
                owner_hash,
                last_resort,
                ..
            } => {
                let week = week_of_hour(hour);
                let found = self.piles.entry(*pile).or_insert_with(|| Pile {
                    owner: *owner_hash,
                    last_resort: last_resort.clone(),
                    entries: Vec::new(),
                    known: BTreeMap::new(),
                    claims: BTreeMap::new(),
                    week,
                });
                if found.owner != *owner_hash {
                    return Err(Refusal::Conflict);
                }
                found.week = week;
                found.last_resort = last_resort.clone();
                Ok(Response::Done)
            }
            Request::FillPile {
                pile,
                owner,
                replace,
                last_resort,
                entries,
            } => {
                let found = self.owned(*pile, owner.derive_hash())?;
                let new: Vec<SealedEntry> = entries
                    .iter()
                    .filter(|entry| !found.known.contains_key(&derive_entry_hash(entry)))
                    .cloned()
                    .collect();
                let held = if *replace { 0 } else { found.entries.len() };
                let _ = admit_entries(held as u32, new.len() as u32)?;
                if *replace {
                    found.entries.clear();
                }
                if let Some(entry) = last_resort {
                    found.last_resort = entry.clone();
                }
                for entry in new {
                    let _ = found.known.insert(derive_entry_hash(&entry), hour);
                    found.entries.push(entry);
                }
                Ok(Response::Done)
            }
            Request::CountPile { pile, owner } => {
                let found = self.owned(*pile, owner.derive_hash())?;
                Ok(Response::Count {
                    remaining: found.entries.len() as u16,
                })
            }
            Request::DeletePile { pile, owner } => {
                if self.owned(*pile, owner.derive_hash()).is_ok() {
                    self.piles.remove(pile);
                }
                Ok(Response::Done)
            }
            Request::Claim { claim, nonce, .. } => {
                let id = claim.derive_pile_id();
                let found = self.piles.get_mut(&id).ok_or(Refusal::NotFound)?;
                let nonce = nonce.derive_hash(&id);
                let (kind, entry) = match found.claims.get(&nonce) {
                    Some((kind, entry, _)) => (*kind, entry.clone()),
                    None => match found.entries.pop() {
                        Some(entry) => (EntryKind::OneTime, entry),
                        None => (EntryKind::LastResort, found.last_resort.clone()),
                    },
                };
                let _ = found.claims.insert(nonce, (kind, entry.clone(), hour));
                Ok(Response::Claimed { kind, entry })
            }
            _ => Err(Refusal::Malformed),
        }
    }

    fn owned(&mut self, pile: PileId, owner: OwnerHash) -> Result<&mut Pile, Refusal> {
        self.piles
            .get_mut(&pile)
            .filter(|found| found.owner == owner)
            .ok_or(Refusal::NotFound)
    }
}

impl Mailbox {
    /// All or none; one whose hash is known is passed over.
    fn put(&mut self, envelopes: &[Vec<u8>], hour: u32) -> Result<(), Refusal> {
        let mut holding = self.holding;
        let mut new = Vec::new();
        for envelope in envelopes {
            let hash = derive_envelope_hash(envelope);
            if self.seen.contains_key(&hash) || new.iter().any(|(known, _)| *known == hash) {
                continue;
            }
            holding = holding.admit(self.kind, envelope.len() as u64)?;
            let sequence = holding.head;
            let envelope = envelope.clone();
            let stored = StoredEnvelope {
                sequence,
                hour,
                envelope,
            };
            new.push((hash, stored));
        }
        self.holding = holding;
        for (hash, stored) in new {
            let _ = self.seen.insert(hash, hour);
            self.entries.push(stored);
        }
        Ok(())
    }

    /// As a liar that takes it and keeps nothing of it, not even the hash.
    pub fn lose(&mut self, envelope: &[u8]) {
        let hash = derive_envelope_hash(envelope);
        if self.entries.iter().any(|e| e.envelope == envelope) {
            let _ = self.seen.remove(&hash);
            self.drop_entries(|stored| stored.envelope == envelope);
        }
    }

    /// Puts something behind all others, as a liar may.
    pub fn slip_in(&mut self, envelope: Vec<u8>, hour: u32) {
        self.holding.head += 1;
        self.holding.envelopes += 1;
        self.holding.bytes += envelope.len() as u64;
        self.entries.push(StoredEnvelope {
            sequence: self.holding.head,
            hour,
            envelope,
        });
    }

    fn drop_entries(&mut self, goes: impl Fn(&StoredEnvelope) -> bool) {
        let (gone, kept): (Vec<_>, Vec<_>) = self.entries.drain(..).partition(goes);
        let bytes: u64 = gone.iter().map(|stored| stored.envelope.len() as u64).sum();
        self.holding = self.holding.release(gone.len() as u32, bytes);
        self.entries = kept;
        self.old.extend(gone);
        let surplus = self.old.len().saturating_sub(OLD_KEPT);
        self.old.drain(..surplus);
    }
}

/// Acknowledged envelopes of a mailbox that a liar may show again.
const OLD_KEPT: usize = 8;
