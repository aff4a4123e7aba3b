//! What has not left: calls that show, edit, drop and retry it, and what lets it leave. PROTOCOL.md §16.4.

use rand_core::CryptoRng;
use tacita_wire::{Request, Ticket};

use super::body::Body;
use super::effect::RelayLocator;
use super::engine::Engine;
use super::error::ClientError;
use super::flight::Flight;
use super::input::Now;
use super::receipts::Reads;
use super::relays::Backoff;
use super::standstill::{is_request_expired, standstill, withdraw};
use super::step::{Changed, Step, touch};
use super::view::{
    ConversationId, ConversationState, Delivery, Direction, MessageBody, MessageView, OutboxView,
    QueueReason, QueuedView, RelayState,
};
use super::views::message_view;
use super::waiting::{Drained, check_text, drain_waiting};
use super::ways::{Way, locate, target_of};
use crate::store::sabotage::{Breakage, is};
use crate::store::{MessageRow, QueueRow, StoredDelivery, Tx};

/// Messages of one answer at most.
const MAX_QUEUED: u32 = 500;

impl Engine {
    /// What has not left, of all conversations.
    ///
    /// # Errors
    /// A store error.
    pub fn outbox(&self) -> Result<OutboxView, ClientError> {
        self.store.read(|tx| {
            let mut view = OutboxView::default();
            for row in self.queues(tx)? {
                let reasons = self.reasons(tx, row.conversation)?;
                let oldest = tx.queued_messages(row.conversation, 1)?.into_iter().next();
                let reason = match oldest {
                    Some(oldest) if oldest.delivery == StoredDelivery::Queued => {
                        *reasons.asides.get(&oldest.place).unwrap_or(&reasons.queued)
                    }
                    _ => reasons.waiting,
                };
                view.count = view
                    .count
                    .saturating_add(row.waiting)
                    .saturating_add(row.queued);
                view.oldest_ms = view.oldest_ms.or(Some(row.oldest_ms));
                view.conversations.push(QueuedView {
                    conversation: row.conversation,
                    waiting: row.waiting,
                    queued: row.queued,
                    oldest_ms: row.oldest_ms,
                    reason,
                });
            }
            Ok(view)
        })
    }

    /// What has not left, or left in vain, by conversation, the one with the oldest message first.
    fn queues(&self, tx: &Tx<'_>) -> Result<Vec<QueueRow>, ClientError> {
        let mut rows = tx.list_queue()?;
        for id in &self.expired_requests {
            if is_request_expired(tx, *id, self.latest())? {
                rows.retain(|row| row.conversation != *id);
                rows.extend(tx.undelivered_queue(*id)?);
            }
        }
        rows.sort_by_key(|row| row.oldest_ms);
        Ok(rows)
    }

    /// The messages of a conversation that have not left, or left in vain, the first 500, in the order in which they were
    /// written.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn queued(&self, id: ConversationId) -> Result<Vec<MessageView>, ClientError> {
        self.store.read(|tx| {
            tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
            let (reasons, reads) = (self.reasons(tx, id)?, Reads::load(tx, id)?);
            let rows = match reasons.sent {
                Some(_) => tx.undelivered_messages(id, MAX_QUEUED)?,
                None => tx.queued_messages(id, MAX_QUEUED)?,
            };
            let rows = rows.into_iter();
            Ok(rows.filter_map(|row| reads.show(row, &reasons)).collect())
        })
    }

    /// Writes another text in place of one that waits. It keeps its place and its time.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] if there is no such message of ours, [`ClientError::TooLate`] if it is encrypted
    /// already, [`ClientError::TextLength`], [`ClientError::WrongState`] if the contact has left, or a store error.
    pub fn edit_queued(
        &mut self,
        id: ConversationId,
        place: u64,
        text: &str,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<MessageView, ClientError> {
        check_text(text)?;
        let view = self.step(now, rng, |step| {
            let row = ours_at(step, id, place)?;
            check_waits(&row)?;
            let known = step.tx.load_conversation(id)?;
            if known.is_some_and(|known| known.state == ConversationState::Left) {
                return Err(ClientError::WrongState);
            }
            let body = Body::Text(text.to_owned()).to_stored();
            step.tx.fill_message(id, place, &body, row.sent_ms)?;
            touch(step.tx, Changed::Conversation(id))?;
            let reasons = self.reasons(step.tx, id)?;
            message_view(MessageRow { body, ..row }, &reasons, 0).ok_or(ClientError::NotFound)
        })?;
        self.note_deleted(now);
        self.settle(now, rng);
        Ok(view)
    }

    /// Deletes a message that waits, or that left by a request that has expired, for good. Its place stays empty; the
    /// contact never learns of it, unless it was read before the request expired.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] if there is no such message of ours, [`ClientError::TooLate`] if it is encrypted
    /// already and its request has not expired, or a store error.
    pub fn drop_queued(
        &mut self,
        id: ConversationId,
        place: u64,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        self.step(now, rng, |step| {
            let row = ours_at(step, id, place)?;
            let is_encrypted =
                matches!(row.delivery, StoredDelivery::Queued | StoredDelivery::Sent);
            if is_encrypted && is_request_expired(step.tx, id, now)? {
                withdraw(step, &row)?;
            } else {
                check_waits(&row)?;
            }
            if !is(Breakage::DropIgnored) {
                step.tx.delete_waiting(id, place)?;
            }
            touch(step.tx, Changed::Conversation(id))
        })?;
        self.note_deleted(now);
        self.settle(now, rng);
        Ok(())
    }

    /// A text of ours as it is shown that was just stored.
    pub(crate) fn view_of_sent(&self, row: MessageRow, text: &str) -> MessageView {
        let reason = QueueReason::Sending;
        // It is stored, whether or not it can be said now why it waits.
        let unknown = Delivery::Waiting { reason };
        let delivery = match row.delivery {
            StoredDelivery::Queued => Delivery::Queued { reason },
            _ => self
                .store
                .read(|tx| self.reasons(tx, row.conversation))
                .map_or(unknown, |reasons| reasons.delivery(&row)),
        };
        MessageView {
            conversation: row.conversation,
            place: row.place,
            direction: Direction::Outgoing,
            body: MessageBody::Text {
                text: text.to_owned(),
            },
            sent_ms: row.sent_ms,
            delivery,
        }
    }

    /// Ends what a conversation waits for before it is tried again: its relay, its mailbox, messages that stand aside,
    /// and that the network is said to be lost. For a blocked contact nothing is tried before the block is over.
    ///
    /// # Errors
    /// [`ClientError::NotFound`]; [`ClientError::WrongState`] if the contact has left: drop what is queued;
    /// [`ClientError::InvitationGone`] if the request has expired: drop it, or accept a new invitation; or a store error.
    pub fn retry_now(
        &mut self,
        id: ConversationId,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        let targets = self.store.read(|tx| -> Result<_, ClientError> {
            tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
            match standstill(tx, id, now)? {
                Some(QueueReason::ContactLeft) => return Err(ClientError::WrongState),
                Some(QueueReason::RequestExpired) => return Err(ClientError::InvitationGone),
                _ => {}
            }
            let mut targets = Vec::new();
            for peer in tx.list_peers(id.0)? {
                let to = target_of(tx, &peer)?;
                targets.extend(to.map(|to| (to.mailbox, locate(&to))));
                if tx.has_waiting(peer.address)? {
                    self.drain.insert(peer.address);
                }
            }
            // What was encrypted for another mailbox is tried there.
            for (mailbox, address, root) in tx.targets_of(id.0)? {
                targets.push((mailbox, RelayLocator { address, root }));
            }
            Ok(targets)
        });
        if targets == Err(ClientError::InvitationGone) {
            // It is shown as the reason from now on, not when the upkeep looks again.
            self.look_for_expired_requests(now)?;
            self.announce_changes();
        }
        let targets = targets?;
        if is(Breakage::RetryIgnored) {
            return Ok(());
        }
        self.find_network();
        for (mailbox, relay) in targets {
            self.relays.entry(&relay).backoff = Backoff::default();
            if let Some((backoff, _)) = self.holds.get_mut(&mailbox.0) {
                *backoff = Backoff::default();
            }
        }
        self.asides.cut_waits_short(Some(id));
        self.settle(now, rng);
        Ok(())
    }

    /// The network is not lost, or no longer: streams that were held before are of no use.
    pub(crate) fn find_network(&mut self) {
        if std::mem::take(&mut self.is_offline) {
            self.relays.drop_streams();
        }
    }

    /// What waits in a conversation may be encrypted now.
    pub(crate) fn drain_of(&mut self, id: ConversationId) -> Result<(), ClientError> {
        let waiting = self.store.read(|tx| -> Result<_, ClientError> {
            let mut waiting = Vec::new();
            for peer in tx.list_peers(id.0)? {
                if tx.has_waiting(peer.address)? {
                    waiting.push(peer.address);
                }
            }
            Ok(waiting)
        })?;
        self.drain.extend(waiting);
        Ok(())
    }

    /// Encrypts what waits for those to whom the way is open.
    pub(crate) fn pump_waiting(
        &mut self,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        for peer in self.drain.clone() {
            let way = self.store.read(|tx| {
                // No relay is asked for a blocked contact: it may be the contact's own.
                if standstill(tx, ConversationId(peer.account), now)?.is_some() {
                    return Ok(None);
                }
                Ok(Some(match tx.load_peer(peer)? {
                    Some(known) => self.way(tx, target_of(tx, &known)?.as_ref(), now)?,
                    None => Way::Open,
                }))
            });
            match way {
                Ok(Some(Way::Open)) | Err(ClientError::RowDamaged) => {}
                Ok(Some(Way::Unproved | Way::Shut)) => continue,
                Ok(None) => {
                    self.drain.remove(&peer);
                    continue;
                }
                Err(error) => return Err(error),
            }
            loop {
                match self.step(now, rng, |step| drain_waiting(step, peer)) {
                    Ok(Drained::More) => {}
                    // What is damaged is looked at again by the hour.
                    Ok(Drained::All | Drained::Stuck) | Err(ClientError::RowDamaged) => break,
                    Err(error) => return Err(error),
                }
            }
            self.drain.remove(&peer);
        }
        Ok(())
    }

    /// Asks relays whether they are there for which something waits and to which nothing else is on its way: what
    /// waits is encrypted only once they have answered.
    pub(crate) fn pump_probes(&mut self, now: Now) -> Result<(), ClientError> {
        for peer in self.drain.clone() {
            let to = self.store.read(|tx| match tx.load_peer(peer)? {
                Some(known) => target_of(tx, &known),
                None => Ok(None),
            });
            let to = match to {
                Ok(Some(to)) => to,
                Ok(None) | Err(ClientError::RowDamaged) => continue,
                Err(error) => return Err(error),
            };
            let relay = locate(&to);
            let state = self.relays.state(&relay);
            let is_opening = state == RelayState::Connecting
                && self.relays.entry(&relay).stream.number.is_some();
            if self.is_offline
                || state == RelayState::Online
                || is_opening
                || !self.relays.is_due(&relay, now)
                || self.flights.values().any(|(at, _)| *at == relay)
            {
                continue;
            }
            let request = Request::Hello {
                ticket: Ticket::Open,
            };
            self.fly(&relay, request, Flight::Probe);
        }
        Ok(())
    }
}

/// A message of ours.
fn ours_at(step: &Step<'_, '_>, id: ConversationId, place: u64) -> Result<MessageRow, ClientError> {
    let row = step
        .tx
        .message_at(id, place)?
        .ok_or(ClientError::NotFound)?;
    if row.direction != Direction::Outgoing {
        return Err(ClientError::NotFound);
    }
    Ok(row)
}

/// Refuses a message that is encrypted.
fn check_waits(row: &MessageRow) -> Result<(), ClientError> {
    match row.delivery {
        StoredDelivery::Waiting => Ok(()),
        _ if is(Breakage::EditedTooLate) => Ok(()),
        _ => Err(ClientError::TooLate),
    }
}
