//! Envelopes that a relay refuses by themselves: found within what was put, set aside, keeping nobody waiting. PROTOCOL.md §16.4.

use std::collections::BTreeMap;

use rand_core::CryptoRng;
use tacita_wire::MailboxId;
use tacita_wire::limits::{MAX_PUT_BYTES, MAX_PUT_ENVELOPES};

use super::engine::Engine;
use super::error::ClientError;
use super::input::Now;
use super::relays::Backoff;
use super::step::{Changed, touch};
use super::view::{ConversationId, QueueReason};
use crate::store::{OutboxRow, StoreError, Tx};

/// Envelopes of one conversation that may stand aside. A relay that refuses more of them refuses the conversation.
pub(crate) const MAX_ASIDE: u32 = 16;
/// Seconds until one is tried again.
const TRY_AGAIN_SECS: u32 = 3600;
/// Envelopes of a mailbox that are looked through for those that may go.
const LOOK: u32 = 256;

/// One that stands aside.
struct Aside {
    conversation: ConversationId,
    place: Option<u64>,
    reason: QueueReason,
    backoff: Backoff,
}

/// What stands aside in this run, by number in the outbox.
#[derive(Default)]
pub(crate) struct Asides {
    rows: BTreeMap<i64, Aside>,
    /// How many are put at once while the one that is refused is looked for.
    narrow: BTreeMap<MailboxId, usize>,
}

/// What a refusal of envelopes leads to.
enum Refused {
    /// It is among them: fewer are put next.
    Narrowed,
    /// It is this one, and stands aside now.
    Aside,
    /// So many stand aside that it is not for what they are.
    TooMany,
}

impl Asides {
    pub(crate) fn has(&self, id: i64) -> bool {
        self.rows.contains_key(&id)
    }

    /// Why messages of a conversation stand aside, by place.
    pub(crate) fn of(&self, id: ConversationId) -> BTreeMap<u64, QueueReason> {
        let rows = self.rows.values().filter(|row| row.conversation == id);
        rows.filter_map(|row| Some((row.place?, row.reason)))
            .collect()
    }

    /// All that stand aside, and why.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = (i64, QueueReason)> + '_ {
        self.rows.iter().map(|(id, row)| (*id, row.reason))
    }

    /// When the next is tried again, if that lies ahead.
    pub(crate) fn next_try(&self, now: Now) -> Option<u64> {
        let dues = self.rows.values().map(|row| row.backoff.due_after(now));
        dues.flatten().min()
    }

    /// Has those of a conversation, or all, tried again now.
    pub(crate) fn cut_waits_short(&mut self, id: Option<ConversationId>) {
        for row in self.rows.values_mut() {
            if id.is_none_or(|id| row.conversation == id) {
                row.backoff = Backoff::default();
            }
        }
    }

    fn is_due(&self, id: i64, now: Now) -> bool {
        self.rows.get(&id).is_none_or(|row| row.backoff.is_due(now))
    }

    /// How many envelopes may be put at once.
    fn limit(&self, mailbox: MailboxId) -> usize {
        self.narrow
            .get(&mailbox)
            .copied()
            .unwrap_or(MAX_PUT_ENVELOPES)
    }

    /// The relay has taken these.
    pub(crate) fn note_put(
        &mut self,
        mailbox: MailboxId,
        ids: &[i64],
        places: &[(ConversationId, u64)],
    ) {
        // By place as well: one that was encrypted again has another number.
        self.rows.retain(|id, row| {
            let place = row.place.map(|place| (row.conversation, place));
            !ids.contains(id) && place.is_none_or(|place| !places.contains(&place))
        });
        if let Some(limit) = self.narrow.get_mut(&mailbox) {
            *limit = limit.saturating_mul(2);
            if *limit >= MAX_PUT_ENVELOPES {
                self.narrow.remove(&mailbox);
            }
        }
    }

    fn note_refused(&mut self, mailbox: MailboxId, ids: &[i64], row: Aside) -> Refused {
        let [id] = ids else {
            self.narrow.insert(mailbox, (ids.len() / 2).max(1));
            return Refused::Narrowed;
        };
        self.narrow.remove(&mailbox);
        let others = self
            .rows
            .iter()
            .filter(|(other, known)| *other != id && known.conversation == row.conversation);
        if others.count() >= usize::try_from(MAX_ASIDE).unwrap_or(usize::MAX) {
            return Refused::TooMany;
        }
        self.rows.insert(*id, row);
        Refused::Aside
    }
}

impl Engine {
    /// What is to be put next into a mailbox, in order: nothing that stands aside, unless it is due and alone. Also
    /// the numbers of rows that do not read back.
    pub(crate) fn read_batch(
        &self,
        tx: &Tx<'_>,
        mailbox: MailboxId,
        now: Now,
    ) -> Result<(Vec<OutboxRow>, Vec<i64>), ClientError> {
        let limit = self.asides.limit(mailbox);
        if self.asides.rows.is_empty() {
            match tx.next_batch(mailbox, limit, MAX_PUT_BYTES) {
                Err(StoreError::Row) => {}
                batch => return Ok((batch?, Vec::new())),
            }
        }
        let (mut batch, mut damaged, mut alone) = (Vec::new(), Vec::new(), None);
        let mut bytes = 0_usize;
        for id in tx.unput_ids(mailbox, LOOK)? {
            if self.asides.has(id) {
                alone = alone.or(self.asides.is_due(id, now).then_some(id));
                continue;
            }
            let row = match tx.load_outbox(id) {
                Err(StoreError::Row) => {
                    damaged.push(id);
                    continue;
                }
                row => row?,
            };
            let Some(row) = row else { continue };
            bytes = bytes.saturating_add(row.envelope.len());
            if !batch.is_empty() && (bytes > MAX_PUT_BYTES || batch.len() >= limit) {
                break;
            }
            batch.push(row);
        }
        if batch.is_empty()
            && let Some(id) = alone
        {
            match tx.load_outbox(id) {
                Err(StoreError::Row) => damaged.push(id),
                row => batch.extend(row?),
            }
        }
        Ok((batch, damaged))
    }

    /// Sets rows of the outbox aside that do not read back.
    pub(crate) fn set_damaged_aside(
        &mut self,
        ids: &[i64],
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        for id in ids {
            let carried = self
                .store
                .read(|tx| -> Result<_, ClientError> { Ok(tx.carried_by(*id)?) })?;
            let Some((conversation, place)) = carried else {
                continue;
            };
            let mut backoff = Backoff::default();
            backoff.fail(TRY_AGAIN_SECS, now, rng);
            let reason = QueueReason::KeysDamaged;
            let row = Aside {
                conversation,
                place,
                reason,
                backoff,
            };
            if self.asides.rows.insert(*id, row).is_none() {
                self.show_again(conversation)?;
            }
        }
        Ok(())
    }

    /// A relay has refused these envelopes for what they are.
    pub(crate) fn take_refusal(
        &mut self,
        mailbox: MailboxId,
        conversation: ConversationId,
        (ids, place): (&[i64], Option<u64>),
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        let mut backoff = Backoff::default();
        backoff.fail(TRY_AGAIN_SECS, now, rng);
        let row = Aside {
            conversation,
            place,
            reason: QueueReason::Refused,
            backoff,
        };
        self.forget_gone(conversation)?;
        match self.asides.note_refused(mailbox, ids, row) {
            Refused::Narrowed => Ok(()),
            Refused::Aside => {
                // The others may go: what refused this one has taken others, or will show that it does not.
                self.holds.remove(&mailbox.0);
                self.show_again(conversation)
            }
            Refused::TooMany => {
                self.hold_for(mailbox.0, TRY_AGAIN_SECS, QueueReason::Refused, now, rng);
                self.show_again(conversation)
            }
        }
    }

    /// What stood aside and is no longer in the outbox counts no more.
    fn forget_gone(&mut self, conversation: ConversationId) -> Result<(), ClientError> {
        let ours = |row: &Aside| row.conversation == conversation;
        let rows = self.asides.rows.iter().filter(|(_, row)| ours(row));
        let ids: Vec<i64> = rows.map(|(id, _)| *id).collect();
        let gone = self.store.read(|tx| -> Result<Vec<i64>, ClientError> {
            let mut gone = Vec::new();
            for id in ids {
                if tx.carried_by(id)?.is_none() {
                    gone.push(id);
                }
            }
            Ok(gone)
        })?;
        self.asides.rows.retain(|id, _| !gone.contains(id));
        Ok(())
    }

    /// Has a conversation read again by those who show it.
    pub(crate) fn show_again(&self, id: ConversationId) -> Result<(), ClientError> {
        self.store.write(|tx| touch(tx, Changed::Conversation(id)))
    }
}
