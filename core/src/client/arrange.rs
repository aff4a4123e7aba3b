//! What the user decides about a conversation: name, draft, place in the list, silence, block, deletion.

use rand_core::CryptoRng;

use super::account::check_name;
use super::engine::Engine;
use super::error::ClientError;
use super::input::Now;
use super::mailboxes::discard_mailbox;
use super::step::{Changed, Step, touch};
use super::verification::forget_alarms;
use super::view::{ConversationId, ConversationState};
use crate::protocol::content::MAX_TEXT_BYTES;
use crate::store::sabotage::{Breakage, is};
use crate::store::{ArrangementRow, Tx};

impl Engine {
    /// Gives a contact a name of the user's own; an empty one takes it away. The contact never learns of it.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], [`ClientError::NameLength`], [`ClientError::NameCharacters`], or a store error.
    pub fn set_nickname(&mut self, id: ConversationId, name: &str) -> Result<(), ClientError> {
        if !name.is_empty() {
            check_name(name)?;
        }
        self.arrange(id, |row| row.nickname = name.to_owned())
    }

    /// Keeps a text that was begun; an empty one takes it away. Sending a text takes it away as well.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], [`ClientError::TextLength`], or a store error.
    pub fn save_draft(&mut self, id: ConversationId, draft: &str) -> Result<(), ClientError> {
        if draft.len() > MAX_TEXT_BYTES {
            let limit = u32::try_from(MAX_TEXT_BYTES).unwrap_or(u32::MAX);
            return Err(ClientError::TextLength { limit });
        }
        self.arrange(id, |row| row.draft = draft.to_owned())
    }

    /// Puts a conversation above the others, or back among them.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn set_pinned(&mut self, id: ConversationId, pinned: bool) -> Result<(), ClientError> {
        self.arrange(id, |row| row.pinned = pinned)
    }

    /// Puts a conversation away, or takes it out again. A text in it takes it out by itself, unless it is muted.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn set_archived(&mut self, id: ConversationId, archived: bool) -> Result<(), ClientError> {
        self.arrange(id, |row| row.archived = archived)
    }

    /// Silences a conversation until a time, in milliseconds since 1970 (`u64::MAX`: for good), or ends that. It ends
    /// by itself when the time has come; one that has passed already ends it at once.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn set_muted(
        &mut self,
        id: ConversationId,
        until_ms: Option<u64>,
        now: Now,
    ) -> Result<(), ClientError> {
        let until_ms = until_ms.filter(|until| *until > now.ms);
        self.arrange(id, |row| row.muted_until_ms = until_ms)?;
        self.unmute_due_ms = self.store.read(|tx| tx.next_unmute())?;
        self.note_silence_changed();
        Ok(())
    }

    /// Ends the silences whose time has come.
    pub(crate) fn expire_mutes(&mut self, now: Now) -> Result<(), ClientError> {
        if self.unmute_due_ms.is_none_or(|due| due > now.ms) {
            return Ok(());
        }
        self.unmute_due_ms = self.store.write(|tx| -> Result<_, ClientError> {
            for id in tx.unmute_until(now.ms)? {
                touch(tx, Changed::Conversation(id))?;
            }
            Ok(tx.next_unmute()?)
        })?;
        self.note_silence_changed();
        Ok(())
    }

    /// Blocks a contact, or ends that. While one is blocked, what it sends is dropped for good and answered by
    /// nothing, and nothing can be sent to it; what waits goes on waiting, what is queued stays in the outbox, and no
    /// relay is asked for it. It is not told.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn set_blocked(&mut self, id: ConversationId, blocked: bool) -> Result<(), ClientError> {
        self.arrange(id, |row| row.blocked = blocked)?;
        if !blocked {
            // What was written before may leave, and what is owed.
            let peers = self.store.read(|tx| tx.list_peers(id.0))?;
            self.drain.extend(peers.iter().map(|peer| peer.address));
            self.receipts.end_wait();
            self.settle_again_ms = Some(0);
            self.profiles.look(Now { ms: 0 });
        }
        self.note_silence_changed();
        Ok(())
    }

    fn arrange(
        &mut self,
        id: ConversationId,
        change: impl FnOnce(&mut ArrangementRow),
    ) -> Result<(), ClientError> {
        self.store.write(|tx| arrange(tx, id, change))?;
        self.announce_changes();
        Ok(())
    }

    /// Deletes a conversation and its contact: messages, keys, and the mailbox that the contact writes into, here
    /// at once and at the relay when it can be reached. The contact is not told; what it still sends stays with it.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn delete_conversation(
        &mut self,
        id: ConversationId,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        self.step(now, rng, |step| delete_conversation(step, id))?;
        self.note_deleted(now);
        self.watched_is_stale = true;
        self.settle(now, rng);
        Ok(())
    }
}

fn arrange(
    tx: &Tx<'_>,
    id: ConversationId,
    change: impl FnOnce(&mut ArrangementRow),
) -> Result<(), ClientError> {
    tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
    let before = tx.load_arrangement(id)?;
    let mut row = before.clone();
    change(&mut row);
    if row != before {
        tx.save_arrangement(id, &row)?;
        touch(tx, Changed::Conversation(id))?;
    }
    Ok(())
}

/// A text of ours was stored: it is the draft no longer, and the conversation is no longer put away.
pub(crate) fn note_text_sent(step: &Step<'_, '_>, id: ConversationId) -> Result<(), ClientError> {
    arrange(step.tx, id, |row| {
        row.draft.clear();
        row.archived = false;
    })
}

/// Something came: the conversation is no longer put away, unless it is muted.
pub(crate) fn note_text_received(
    step: &Step<'_, '_>,
    id: ConversationId,
) -> Result<(), ClientError> {
    let now_ms = step.now.ms;
    arrange(step.tx, id, |row| {
        row.archived = row.archived && row.muted_until_ms.is_some_and(|until| until > now_ms);
        if is(Breakage::DraftLost) {
            row.draft.clear();
        }
    })
}

pub(crate) fn delete_conversation(
    step: &mut Step<'_, '_>,
    id: ConversationId,
) -> Result<(), ClientError> {
    let row = step
        .tx
        .load_conversation(id)?
        .ok_or(ClientError::NotFound)?;
    delete_mailboxes_of(step, id)?;
    if is(Breakage::DeletionLeavesRows) {
        return touch(step.tx, Changed::Conversation(id));
    }
    step.tx.delete_conversation(id)?;
    forget_alarms(step, id)?;
    if row.state == ConversationState::Request || is(Breakage::CountersForgotten) {
        // A stranger whom nothing was sent: should they ask again, they ask anew.
        step.tx.delete_peers(id.0)?;
    } else {
        step.tx.keep_counters(id.0)?;
    }
    touch(step.tx, Changed::Conversation(id))
}

/// The mailboxes that a contact writes into go, here and at the relay.
pub(crate) fn delete_mailboxes_of(
    step: &mut Step<'_, '_>,
    id: ConversationId,
) -> Result<(), ClientError> {
    for mailbox in step.tx.list_mailboxes()? {
        if mailbox.peer.is_some_and(|peer| peer.account == id.0) {
            discard_mailbox(step, &mailbox)?;
        }
    }
    Ok(())
}
