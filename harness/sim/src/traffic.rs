//! What relays see of each device, and the rules for it: who is written to, in which bytes, and what may be acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use tacita_wire::{MailboxId, MailboxKind, Request, derive_envelope_hash};

type Hash = [u8; 32];

/// All that left the devices, as far as the rules need it.
#[derive(Default)]
pub struct Traffic {
    /// Who asked for a mailbox to be made.
    pub owners: BTreeMap<MailboxId, usize>,
    contacts: BTreeSet<MailboxId>,
    /// Envelopes that a device has put into a mailbox, each once, in order.
    pub put: BTreeMap<(usize, MailboxId), Vec<Hash>>,
    known: BTreeSet<(usize, MailboxId, Hash)>,
    /// The last batch that a device has put into a mailbox without hearing that it is done.
    unanswered: BTreeMap<(usize, MailboxId), Vec<Hash>>,
    /// What was answered. Put again later, it need not be put once more if its owner acknowledges it meanwhile.
    answered: BTreeSet<(usize, MailboxId, Hash)>,
    /// Up to where a device has acknowledged.
    pub acked: BTreeMap<MailboxId, u64>,
    /// What was brought to a device.
    pub brought: u64,
    /// Batches of envelopes that were put.
    pub puts: u64,
    /// Batches that began with other bytes than those that were put before and not answered.
    pub altered: Vec<(usize, MailboxId)>,
}

impl Traffic {
    /// A device asks something of a relay.
    pub fn note_asked(&mut self, who: usize, request: &Request) {
        match request {
            Request::CreateMailbox { mailbox, kind, .. } => {
                if *kind == MailboxKind::Contact {
                    let _ = self.contacts.insert(*mailbox);
                }
                let _ = self.owners.insert(*mailbox, who);
            }
            Request::Ack { read, up_to } => {
                let acked = self.acked.entry(read.derive_mailbox_id()).or_default();
                *acked = (*acked).max(*up_to);
            }
            Request::Put {
                mailbox, envelopes, ..
            } => {
                self.puts += 1;
                let hashes: Vec<Hash> = envelopes.iter().map(|e| derive_envelope_hash(e)).collect();
                for hash in &hashes {
                    if self.known.insert((who, *mailbox, *hash)) {
                        self.put.entry((who, *mailbox)).or_default().push(*hash);
                    }
                }
                let key = (who, *mailbox);
                // Repeated until it is answered, with the same bytes. PROTOCOL.md §21.
                let is_first = |hash: &&Hash| !self.answered.contains(&(who, *mailbox, **hash));
                let before = self.unanswered.get(&key).into_iter().flatten();
                let mut pairs = before.filter(is_first).zip(hashes.iter().filter(is_first));
                if pairs.any(|(before, now)| before != now) {
                    self.altered.push(key);
                }
                let _ = self.unanswered.insert(key, hashes);
            }
            _ => {}
        }
    }

    /// A device has heard an answer.
    pub fn note_heard(&mut self, who: usize, mailbox: MailboxId) {
        for hash in self
            .unanswered
            .remove(&(who, mailbox))
            .into_iter()
            .flatten()
        {
            let _ = self.answered.insert((who, mailbox, hash));
        }
    }

    /// The most envelopes that one device has put into one contact mailbox, and whose that is.
    pub fn most_initial(&self) -> Option<(usize, usize, usize)> {
        let all = self
            .put
            .iter()
            .filter(|((_, mailbox), _)| self.contacts.contains(mailbox));
        let (&(who, mailbox), hashes) = all.max_by_key(|(_, hashes)| hashes.len())?;
        Some((who, *self.owners.get(&mailbox)?, hashes.len()))
    }

    /// How many mailboxes of a contact somebody wrote into after another one of the same contact.
    pub fn moves(&self) -> u64 {
        let pair = self
            .put
            .keys()
            .filter(|(_, mailbox)| !self.contacts.contains(mailbox))
            .filter_map(|(who, mailbox)| Some((*who, *self.owners.get(mailbox)?)));
        let all: Vec<(usize, usize)> = pair.collect();
        let different: BTreeSet<(usize, usize)> = all.iter().copied().collect();
        (all.len() - different.len()) as u64
    }

    /// How many different envelopes a device has put into mailboxes of another.
    pub fn put_to(&self, from: usize, to: usize) -> usize {
        self.put
            .iter()
            .filter(|((who, mailbox), _)| *who == from && self.owners.get(mailbox) == Some(&to))
            .map(|(_, hashes)| hashes.len())
            .sum()
    }
}
