//! A relay in memory, as small as the protocol allows, that can be told to misbehave.

use std::collections::{BTreeMap, BTreeSet};

use tacita_wire::{
    ClaimNonce, EntryKind, MailboxId, MailboxKind, OwnerHash, PileId, Refusal, Request, Response,
    SealedEntry, StoredEnvelope, Ticket, WriteHash, derive_envelope_hash,
};

#[derive(Default)]
pub(super) struct Mailbox {
    write_hash: Option<WriteHash>,
    pub(super) last: u64,
    pub(super) entries: Vec<StoredEnvelope>,
    seen: BTreeSet<[u8; 32]>,
}

pub(super) struct Pile {
    owner: OwnerHash,
    pub(super) last_resort: SealedEntry,
    pub(super) entries: Vec<SealedEntry>,
    claims: BTreeMap<ClaimNonce, (EntryKind, SealedEntry)>,
}

#[derive(Default)]
pub(super) struct FakeRelay {
    pub(super) hour: u32,
    pub(super) mailboxes: BTreeMap<MailboxId, Mailbox>,
    pub(super) piles: BTreeMap<PileId, Pile>,
    /// Every request, in order, for tests that look at what left a device.
    pub(super) seen: Vec<Request>,
    /// Refuses all writes with this.
    pub(super) refuses_writes: Option<Refusal>,
    /// Refuses a write with an envelope of this size.
    pub(super) refuses_size: Option<usize>,
    /// Cannot be reached by requests.
    pub(super) is_down: bool,
    /// Refuses this ticket-taking relay's users.
    pub(super) wants_join_code: bool,
    /// Says `Done` to writes and drops every n-th envelope.
    pub(super) drops_every: Option<u64>,
    /// Streams say that each envelope's number is so much higher than it is.
    pub(super) overstates: u64,
    /// Forgets what it has seen, as honest relays do after 32 days.
    pub(super) forgets_hashes: bool,
    /// Says `Done` and drops so many of the next envelopes.
    pub(super) drops_next: u32,
    /// Answers everything with this.
    pub(super) nonsense: Option<Response>,
    pub(super) puts: u64,
    /// Every mailbox that was made and was not there before, with the hour.
    pub(super) made: Vec<(MailboxKind, u32, MailboxId)>,
}

impl FakeRelay {
    pub(super) fn answer(&mut self, request: &Request) -> Response {
        self.seen.push(request.clone());
        if let Some(nonsense) = &self.nonsense {
            return nonsense.clone();
        }
        self.try_answer(request).unwrap_or_else(Response::Refused)
    }

    fn check(&self, ticket: &Ticket) -> Result<(), Refusal> {
        let is_right = !self.wants_join_code || *ticket != Ticket::Open;
        if is_right {
            Ok(())
        } else {
            Err(Refusal::TicketRefused)
        }
    }

    fn try_answer(&mut self, request: &Request) -> Result<Response, Refusal> {
        match request {
            Request::Hello { ticket } => {
                self.check(ticket)?;
                Ok(Response::Hello { hour: self.hour })
            }
            Request::CreateMailbox {
                ticket,
                mailbox,
                write_hash,
                kind,
            } => {
                self.check(ticket)?;
                if !self.mailboxes.contains_key(mailbox) {
                    self.made.push((*kind, self.hour, *mailbox));
                }
                let entry = self.mailboxes.entry(*mailbox).or_default();
                entry.write_hash = Some(*write_hash);
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
                if let Some(refusal) = self.refuses_writes {
                    return Err(refusal);
                }
                let is_refused = |envelope: &Vec<u8>| Some(envelope.len()) == self.refuses_size;
                if envelopes.iter().any(is_refused) {
                    return Err(Refusal::Malformed);
                }
                let entry = self.mailboxes.get_mut(mailbox).ok_or(Refusal::NotFound)?;
                if entry.write_hash != Some(write.derive_hash()) {
                    return Err(Refusal::NotFound);
                }
                if entry.entries.len() + envelopes.len() > 1000 {
                    return Err(Refusal::MailboxFull);
                }
                for envelope in envelopes {
                    self.puts += 1;
                    let is_new = entry.seen.insert(derive_envelope_hash(envelope));
                    let drops = self
                        .drops_every
                        .is_some_and(|n| self.puts.is_multiple_of(n));
                    let drops = drops || self.drops_next > 0;
                    self.drops_next = self.drops_next.saturating_sub(1);
                    if drops && is_new {
                        // It lies: nothing is kept, not even the hash.
                        entry.seen.remove(&derive_envelope_hash(envelope));
                        continue;
                    }
                    if is_new || self.forgets_hashes {
                        entry.last += 1;
                        entry.entries.push(StoredEnvelope {
                            sequence: entry.last,
                            hour: self.hour,
                            envelope: envelope.clone(),
                        });
                    }
                }
                Ok(Response::Done)
            }
            Request::Read { read, after, .. } => {
                let entry = self
                    .mailboxes
                    .get(&read.derive_mailbox_id())
                    .ok_or(Refusal::NotFound)?;
                Ok(Response::Entries {
                    entries: entry
                        .entries
                        .iter()
                        .filter(|e| e.sequence > *after)
                        .cloned()
                        .collect(),
                    head: entry.last,
                    hour: self.hour,
                })
            }
            Request::Ack { read, up_to } => {
                let entry = self
                    .mailboxes
                    .get_mut(&read.derive_mailbox_id())
                    .filter(|entry| *up_to <= entry.last)
                    .ok_or(Refusal::NotFound)?;
                entry.entries.retain(|stored| stored.sequence > *up_to);
                Ok(Response::Done)
            }
            Request::CreatePile {
                ticket,
                pile,
                owner_hash,
                last_resort,
            } => {
                self.check(ticket)?;
                self.piles.entry(*pile).or_insert_with(|| Pile {
                    owner: *owner_hash,
                    last_resort: last_resort.clone(),
                    entries: Vec::new(),
                    claims: BTreeMap::new(),
                });
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
                if *replace {
                    found.entries.clear();
                }
                if let Some(entry) = last_resort {
                    found.last_resort = entry.clone();
                }
                found.entries.extend(entries.iter().cloned());
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
                let found = self
                    .piles
                    .get_mut(&claim.derive_pile_id())
                    .ok_or(Refusal::NotFound)?;
                let (kind, entry) = match found.claims.get(nonce) {
                    Some(known) => known.clone(),
                    None => match found.entries.pop() {
                        Some(entry) => (EntryKind::OneTime, entry),
                        None => (EntryKind::LastResort, found.last_resort.clone()),
                    },
                };
                found.claims.insert(*nonce, (kind, entry.clone()));
                Ok(Response::Claimed { kind, entry })
            }
        }
    }

    fn owned(&mut self, pile: PileId, owner: OwnerHash) -> Result<&mut Pile, Refusal> {
        self.piles
            .get_mut(&pile)
            .filter(|found| found.owner == owner)
            .ok_or(Refusal::NotFound)
    }

    /// Puts an envelope behind all others of a mailbox, as a lying relay may.
    pub(super) fn slip_in(&mut self, id: MailboxId, envelope: Vec<u8>) {
        let mailbox = self.mailboxes.get_mut(&id).expect("the mailbox is there");
        mailbox.last += 1;
        mailbox.entries.push(StoredEnvelope {
            sequence: mailbox.last,
            hour: self.hour,
            envelope,
        });
    }

    /// All envelopes that were put, with their mailboxes, in order.
    pub(super) fn all_put(&self) -> Vec<(MailboxId, Vec<u8>)> {
        let puts = self.seen.iter().filter_map(|request| match request {
            Request::Put {
                mailbox, envelopes, ..
            } => Some(
                envelopes
                    .iter()
                    .map(|envelope| (*mailbox, envelope.clone())),
            ),
            _ => None,
        });
        puts.flatten().collect()
    }

    /// Everything in it expires, as after 30 days unread.
    pub(super) fn expire_envelopes(&mut self) {
        for mailbox in self.mailboxes.values_mut() {
            mailbox.entries.clear();
        }
    }

    pub(super) fn count_puts(&self, kind: MailboxKind) -> usize {
        let contact: BTreeSet<MailboxId> = self
            .seen
            .iter()
            .filter_map(|request| match request {
                Request::CreateMailbox {
                    kind: MailboxKind::Contact,
                    mailbox,
                    ..
                } => Some(*mailbox),
                _ => None,
            })
            .collect();
        self.seen
            .iter()
            .filter(|request| match request {
                Request::Put { mailbox, .. } => {
                    contact.contains(mailbox) == (kind == MailboxKind::Contact)
                }
                _ => false,
            })
            .count()
    }
}
