//! The sealed inbox, from the side of the store: the watch list that is kept right, and what is collected. PROTOCOL.md §25.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::CryptoRng;
use tacita_wire::{MailboxId, StoredEnvelope};

use super::effect::RelayLocator;
use super::engine::Engine;
use super::error::ClientError;
use super::input::Now;
use super::view::ConversationId;
use crate::store::{
    InboxOwner, MAX_WATCHED_RELAYS, StoreError, Tx, WatchList, WatchedMailbox, WatchedRelay,
};

/// The inbox of a run, and what its watch list was made of.
pub(crate) struct AttachedInbox {
    owner: InboxOwner,
    listed: BTreeMap<RelayLocator, BTreeSet<MailboxId>>,
    is_stale: bool,
}

impl Engine {
    /// Takes up an inbox for this run: what waits in it is collected, and from now on its watch list says which mailboxes
    /// there are. Gives the number of envelopes that were collected.
    ///
    /// # Errors
    /// A store error; the inbox is attached all the same, and what was not collected waits.
    pub fn attach_inbox(
        &mut self,
        owner: InboxOwner,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<u32, ClientError> {
        self.inbox = Some(AttachedInbox {
            owner,
            listed: BTreeMap::new(),
            is_stale: true,
        });
        self.collect_inbox(now, rng)
    }

    /// Works through what another process has added to the inbox, as if it came in a stream, and deletes it there. Gives
    /// the number of envelopes.
    ///
    /// # Errors
    /// [`ClientError::InboxMissing`] if none is attached, or a store error; what was not worked through waits.
    pub fn collect_inbox(&mut self, now: Now, rng: &mut dyn CryptoRng) -> Result<u32, ClientError> {
        let collected = self.collect(now, rng);
        self.settle(now, rng);
        collected
    }

    /// While an app runs for days, what a second process adds beside it must not fill the inbox.
    pub(crate) fn collect_hourly(
        &mut self,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        match self.inbox {
            Some(_) => self.collect(now, rng).map(drop),
            None => Ok(()),
        }
    }

    fn collect(&mut self, now: Now, rng: &mut dyn CryptoRng) -> Result<u32, ClientError> {
        let numbers = self.attached()?.batches()?;
        let mut collected: u32 = 0;
        for number in numbers {
            let batch = self.attached()?.load_batch(number)?;
            let envelopes: Vec<(MailboxId, StoredEnvelope)> = batch
                .envelopes
                .into_iter()
                .map(|found| {
                    let stored = StoredEnvelope {
                        sequence: found.sequence,
                        hour: now.hour().0,
                        envelope: found.envelope,
                    };
                    (found.mailbox, stored)
                })
                .collect();
            if self.me.is_some() && !envelopes.is_empty() {
                self.take_envelopes(None, &envelopes, now, rng)?;
                self.note_receipts_owed(now, rng);
            }
            // Only after the commit. Killed before this, it is worked through again and passed over.
            self.attached()?.delete_batch(number)?;
            collected =
                collected.saturating_add(u32::try_from(envelopes.len()).unwrap_or(u32::MAX));
        }
        Ok(collected)
    }

    fn attached(&self) -> Result<&InboxOwner, ClientError> {
        let inbox = self.inbox.as_ref().ok_or(ClientError::InboxMissing)?;
        Ok(&inbox.owner)
    }

    /// The live mailboxes have been read again.
    pub(crate) fn compare_watch_list(&mut self) {
        if let Some(inbox) = &mut self.inbox {
            inbox.is_stale |= inbox.listed != self.watched;
        }
    }

    /// A conversation was silenced or blocked, or is that no longer.
    pub(crate) fn note_silence_changed(&mut self) {
        if let Some(inbox) = &mut self.inbox {
            inbox.is_stale = true;
            self.settle_soon();
        }
    }

    /// Writes the watch list anew if mailboxes or their silence are others than it says. Cursors alone do not: a relay
    /// has let go of what was acknowledged.
    pub(crate) fn keep_watch_list(&mut self, rng: &mut dyn CryptoRng) -> Result<(), ClientError> {
        let Some(inbox) = self.inbox.as_mut().filter(|inbox| inbox.is_stale) else {
            return Ok(());
        };
        let list = self.store.read(|tx| watch_list(tx, &self.watched))?;
        inbox.owner.save_list(&list, rng)?;
        inbox.listed.clone_from(&self.watched);
        inbox.is_stale = false;
        Ok(())
    }

    /// Deletes the attached inbox, if there is one: its key first, then every file. The run goes on without one.
    ///
    /// # Errors
    /// [`ClientError::StoreFailed`] if a file cannot be deleted: try again.
    pub fn erase_inbox(&mut self) -> Result<(), ClientError> {
        if let Some(inbox) = &self.inbox {
            inbox.owner.erase()?;
            self.inbox = None;
        }
        Ok(())
    }
}

fn watch_list(
    tx: &Tx<'_>,
    watched: &BTreeMap<RelayLocator, BTreeSet<MailboxId>>,
) -> Result<WatchList, ClientError> {
    let mut list = WatchList::default();
    let with_mailboxes = watched.iter().filter(|(_, set)| !set.is_empty());
    for (relay, set) in with_mailboxes.take(MAX_WATCHED_RELAYS) {
        let mut mailboxes = Vec::with_capacity(set.len());
        for id in set {
            let row = match tx.load_mailbox(*id) {
                Ok(Some(row)) => row,
                // Damaged rows of one contact keep nothing of the others out of the list.
                Ok(None) | Err(StoreError::Row) => continue,
                Err(error) => return Err(error.into()),
            };
            let conversation = row.peer.map(|peer| ConversationId(peer.account));
            let arrangement = match conversation {
                Some(id) => tx.load_arrangement(id)?,
                None => Default::default(),
            };
            // Of a blocked contact nothing shall be told, so nothing need be known.
            if arrangement.blocked {
                continue;
            }
            mailboxes.push(WatchedMailbox {
                read: row.read,
                after: row.cursor,
                conversation,
                muted_until_ms: arrangement.muted_until_ms,
            });
        }
        list.relays.push(WatchedRelay {
            address: relay.address.clone(),
            root: relay.root,
            mailboxes,
        });
    }
    Ok(list)
}
