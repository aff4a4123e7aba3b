//! What a second process may say: that something came, and in which conversation. It opens nothing. PROTOCOL.md §25.

use std::collections::BTreeMap;

use rand_core::CryptoRng;
use tacita_wire::{MailboxId, StoredEnvelope, Subscription};

use super::effect::RelayLocator;
use super::error::ClientError;
use super::input::Now;
use super::view::ConversationId;
use crate::store::{Inbox, InboxBatch, InboxEnvelope, StoreError};

/// Why looking for news ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckEnd {
    /// Every relay has shown all that it has.
    Complete,
    /// The time was up. There may be more.
    OutOfTime,
    /// It was cancelled. There may be more.
    Cancelled,
    /// The inbox or the disk has no room for more. What is beyond stays at the relay, and is counted again next time.
    Full,
    /// A relay could not be reached, or did not hold its key. There may be more there.
    Unreachable,
}

/// What came in one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationNews {
    /// Which.
    pub id: ConversationId,
    /// Envelopes that came since the last look.
    pub came: u32,
    /// All envelopes that wait in the inbox, those among them.
    pub waiting: u32,
}

/// That something came: envelopes, counted and not opened. A receipt and word of typing are envelopes too, and nothing
/// tells them from a text before the store is open: say that something came, not how many messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationSummary {
    /// Envelopes that came since the last look, without those of muted and blocked conversations.
    pub came: u32,
    /// The conversations in which something came or waits, by id, without muted and blocked ones.
    pub conversations: Vec<ConversationNews>,
    /// Envelopes among `came` that are in no conversation yet: somebody may have used an invitation.
    pub first_contacts: u32,
    /// Envelopes that came in muted conversations, and are left out of all other counts.
    pub muted: u32,
    /// Why looking ended; only after `Complete` the counts are of all that there is.
    pub end: CheckEnd,
}

/// One look at the mailboxes of a watch list: what is asked for, and what came.
pub struct News {
    inbox: Inbox,
    places: BTreeMap<MailboxId, Place>,
    batch: InboxBatch,
}

/// A mailbox that is looked at.
struct Place {
    conversation: Option<ConversationId>,
    is_muted: bool,
    /// The highest sequence number that was counted, in this look or before.
    counted_to: u64,
    came: u32,
}

/// What is asked of one relay; each mailbox is named beside its subscription.
pub type Look = (RelayLocator, Vec<(MailboxId, Subscription)>);

impl News {
    /// Begins a look, and says what to ask relays for: what follows on all that is known to the list and the inbox.
    #[must_use]
    pub fn begin(inbox: Inbox, now: Now) -> (Self, Vec<Look>) {
        let mut places = BTreeMap::new();
        let mut looks = Vec::new();
        for relay in &inbox.list().relays {
            let mut subscriptions = Vec::with_capacity(relay.mailboxes.len());
            for watched in &relay.mailboxes {
                let id = watched.read.derive_mailbox_id();
                let counted_to = watched.after.max(inbox.waiting(&id).highest);
                places.insert(
                    id,
                    Place {
                        conversation: watched.conversation,
                        is_muted: watched.muted_until_ms.is_some_and(|until| until > now.ms),
                        counted_to,
                        came: 0,
                    },
                );
                let read = watched.read.clone();
                let after = counted_to;
                subscriptions.push((id, Subscription { read, after }));
            }
            if !subscriptions.is_empty() {
                let locator = RelayLocator {
                    address: relay.address.clone(),
                    root: relay.root,
                };
                looks.push((locator, subscriptions));
            }
        }
        let news = Self {
            inbox,
            places,
            batch: InboxBatch::default(),
        };
        (news, looks)
    }

    /// Counts an envelope and keeps it for the process with the store; one that was counted before is passed over.
    /// False if there is no room for more: end the look.
    ///
    /// # Errors
    /// [`ClientError::StoreFailed`] if the inbox cannot be written.
    pub fn take(
        &mut self,
        mailbox: MailboxId,
        stored: StoredEnvelope,
        rng: &mut dyn CryptoRng,
    ) -> Result<bool, ClientError> {
        let Some(place) = self.places.get_mut(&mailbox) else {
            return Ok(true);
        };
        if stored.sequence <= place.counted_to {
            return Ok(true);
        }
        place.counted_to = stored.sequence;
        place.came = place.came.saturating_add(1);
        let has_room = !self.batch.is_full_for(stored.envelope.len()) || self.flush(rng)?;
        if has_room {
            self.batch.push(InboxEnvelope {
                mailbox,
                sequence: stored.sequence,
                envelope: stored.envelope,
            });
        }
        Ok(has_room)
    }

    /// Ends the look: keeps what is not kept yet, and says what came.
    ///
    /// # Errors
    /// [`ClientError::StoreFailed`] if the inbox cannot be written.
    pub fn finish(
        mut self,
        end: CheckEnd,
        rng: &mut dyn CryptoRng,
    ) -> Result<NotificationSummary, ClientError> {
        let is_kept = self.flush(rng)?;
        let mut summary = NotificationSummary {
            came: 0,
            conversations: Vec::new(),
            first_contacts: 0,
            muted: 0,
            end: if is_kept { end } else { CheckEnd::Full },
        };
        let mut by_conversation: BTreeMap<ConversationId, ConversationNews> = BTreeMap::new();
        for (mailbox, place) in &self.places {
            if place.is_muted {
                summary.muted = summary.muted.saturating_add(place.came);
                continue;
            }
            summary.came = summary.came.saturating_add(place.came);
            let Some(id) = place.conversation else {
                summary.first_contacts = summary.first_contacts.saturating_add(place.came);
                continue;
            };
            let waiting = self.inbox.waiting(mailbox).count;
            if place.came == 0 && waiting == 0 {
                continue;
            }
            let news = by_conversation.entry(id).or_insert(ConversationNews {
                id,
                came: 0,
                waiting: 0,
            });
            news.came = news.came.saturating_add(place.came);
            news.waiting = news.waiting.saturating_add(waiting);
        }
        summary.conversations = by_conversation.into_values().collect();
        Ok(summary)
    }

    /// Writes the batch that is being filled; false if there is no room for it.
    fn flush(&mut self, rng: &mut dyn CryptoRng) -> Result<bool, ClientError> {
        let batch = std::mem::take(&mut self.batch);
        if batch.envelopes.is_empty() {
            return Ok(true);
        }
        match self.inbox.add(&batch, rng) {
            Err(StoreError::DiskFull) => Ok(false),
            other => Ok(other?),
        }
    }
}
