//! The engine: holds the store and what this run knows, and offers every call that an app can make.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rand_core::CryptoRng;
use tacita_wire::{MailboxId, PileId, Request};

use super::answers::Flight;
use super::effect::{CallId, Effect, RelayLocator, RequestId};
use super::error::ClientError;
use super::input::Now;
use super::receive::introduce;
use super::relays::{Backoff, Relays};
use super::step::{CHANGED_RELAY, Changed, Identity, Step, touch};
use super::view::{
    AccountView, ConversationId, ConversationState, ConversationView, EventBatch, InvitationId,
    InvitationKind, InvitationPreview, InvitationState, InvitationView, MessagePage, MessageView,
    QueueReason, RelayState, RelayView, SafetyNumberView,
};
use super::{accept, account, invite, send, upkeep, views};
use crate::store::{Store, Tx};

/// Milliseconds between two runs of the upkeep.
const UPKEEP_MS: u64 = 3_600_000;
/// Milliseconds before another try after a store error.
const SETTLE_AGAIN_MS: u64 = 1000;

/// Milliseconds by which a clock may be set back without notice.
const CLOCK_GRAIN_MS: u64 = 5000;

/// A call that waits for the network.
#[derive(Debug)]
pub(crate) enum Call {
    /// Ends when the invitation's link works, or cannot be made to work now.
    Invitation(InvitationId),
}

/// A messenger account on one device, without network, clock or randomness of its own.
///
/// Calls either end at once or give a [`CallId`], whose end comes as [`Effect::Finished`]. After every
/// call and every input, take [`Engine::poll_effects`] and look at [`Engine::next_wake`].
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) me: Option<Identity>,
    pub(crate) relays: Relays,
    pub(crate) flights: BTreeMap<RequestId, (RelayLocator, Flight)>,
    /// Job groups and target mailboxes with a request in flight.
    pub(crate) busy: BTreeSet<[u8; 32]>,
    /// Job groups and target mailboxes that a relay refused for now.
    pub(crate) holds: BTreeMap<[u8; 32], (Backoff, QueueReason)>,
    pub(crate) acked: BTreeMap<MailboxId, u64>,
    pub(crate) to_ack: BTreeSet<MailboxId>,
    /// Live mailboxes by relay; read again from the store when they may have changed.
    pub(crate) watched: BTreeMap<RelayLocator, BTreeSet<MailboxId>>,
    pub(crate) watched_is_stale: bool,
    pub(crate) calls: BTreeMap<CallId, Call>,
    pub(crate) receipts_due_ms: Option<u64>,
    pub(crate) upkeep_due_ms: u64,
    pub(crate) settle_again_ms: Option<u64>,
    pub(crate) effects: VecDeque<Effect>,
    /// Whether our relay's hour and our clock were too far apart when we last heard it.
    pub(crate) clock_is_off: bool,
    /// The latest time seen, to notice a clock that is set back.
    latest_ms: u64,
    next_number: u64,
    change_number: u64,
}

impl Engine {
    /// Takes up an open store.
    ///
    /// # Errors
    /// [`ClientError::StoreFailed`] if the account cannot be read.
    pub fn open(store: Store, now: Now, rng: &mut dyn CryptoRng) -> Result<Self, ClientError> {
        let (me, change_number, owing) = store.read(|tx| -> Result<_, ClientError> {
            let me = tx.load_account()?.map(Identity::from_row).transpose()?;
            Ok((
                me,
                tx.change_number()?,
                !tx.all_peers_owing_receipts()?.is_empty(),
            ))
        })?;
        let mut engine = Self {
            store,
            me,
            relays: Relays::default(),
            flights: BTreeMap::new(),
            busy: BTreeSet::new(),
            holds: BTreeMap::new(),
            acked: BTreeMap::new(),
            to_ack: BTreeSet::new(),
            watched: BTreeMap::new(),
            watched_is_stale: true,
            calls: BTreeMap::new(),
            receipts_due_ms: owing.then_some(now.ms),
            upkeep_due_ms: now.ms,
            settle_again_ms: None,
            effects: VecDeque::new(),
            clock_is_off: false,
            latest_ms: now.ms,
            next_number: 0,
            change_number,
        };
        engine.settle(now, rng);
        Ok(engine)
    }

    /// What is to be done now; each effect is given once.
    pub fn poll_effects(&mut self) -> impl Iterator<Item = Effect> + '_ {
        self.effects.drain(..)
    }

    /// When `Input::Tick` is due, in milliseconds since 1970.
    #[must_use]
    pub fn next_wake(&self, now: Now) -> Option<u64> {
        let held = self
            .holds
            .values()
            .filter_map(|(backoff, _)| backoff.due_after(now))
            .min();
        let upkeep = self.me.is_some().then_some(self.upkeep_due_ms);
        [
            self.settle_again_ms,
            self.receipts_due_ms,
            self.relays.next_try(now),
            held,
            upkeep,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Ends the run; the store is closed cleanly.
    ///
    /// # Errors
    /// A store error; the store is closed all the same.
    pub fn close(self) -> Result<(), ClientError> {
        Ok(self.store.close()?)
    }

    /// Ends the run as a crash does and gives the store back, for tests that open it again.
    #[cfg(test)]
    pub(crate) fn into_store(self) -> Store {
        self.store
    }

    /// This device's account, if one was created.
    #[must_use]
    pub fn account(&self) -> Option<AccountView> {
        self.me.as_ref().map(account::view_of)
    }

    /// Begins to create an account at the relay of this link.
    ///
    /// # Errors
    /// [`ClientError::AccountExists`], [`ClientError::NameLength`], or what is wrong with the link.
    pub fn create_account(
        &mut self,
        relay_link: &str,
        name: &str,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<CallId, ClientError> {
        if self.me.is_some() {
            return Err(ClientError::AccountExists);
        }
        account::check_name(name)?;
        let link = account::parse_relay_link(relay_link)?;
        let relay = RelayLocator {
            address: link.address.clone(),
            root: link.root,
        };
        let request = Request::Hello {
            ticket: link.ticket(),
        };
        let call = self.new_call();
        self.fly(
            &relay,
            request,
            Flight::Hello {
                call,
                link,
                name: name.to_owned(),
            },
        );
        self.settle(now, rng);
        Ok(call)
    }

    /// Begins to make an invitation.
    ///
    /// # Errors
    /// [`ClientError::NoAccount`], or a store error.
    pub fn create_invitation(
        &mut self,
        kind: InvitationKind,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<CallId, ClientError> {
        let view = self.step(now, rng, |step| invite::create(step, kind))?;
        let call = self.new_call();
        self.calls.insert(call, Call::Invitation(view.id));
        self.watched_is_stale = true;
        self.settle(now, rng);
        Ok(call)
    }

    /// All invitations, newest first.
    ///
    /// # Errors
    /// [`ClientError::NoAccount`], or a store error.
    pub fn invitations(
        &mut self,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<InvitationView>, ClientError> {
        let mut views = self.step(now, rng, |step| {
            let rows = step.tx.list_invitations()?;
            Ok(rows
                .iter()
                .map(|row| invite::view_of(step, row))
                .collect::<Vec<_>>())
        })?;
        views.sort_by_key(|view| std::cmp::Reverse(view.created_ms));
        Ok(views)
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn revoke_invitation(
        &mut self,
        id: InvitationId,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        self.step(now, rng, |step| invite::revoke(step, id))?;
        self.watched_is_stale = true;
        self.settle(now, rng);
        Ok(())
    }

    /// What a link says; nothing is sent.
    ///
    /// # Errors
    /// What is wrong with the link, or a store error.
    pub fn read_invitation(&self, link: &str) -> Result<InvitationPreview, ClientError> {
        let me = self.me.as_ref().ok_or(ClientError::NoAccount)?;
        self.store.read(|tx| accept::preview(tx, me, link))
    }

    /// Begins to accept an invitation.
    ///
    /// # Errors
    /// What is wrong with the link, [`ClientError::OwnInvitation`], or a store error.
    pub fn accept_invitation(
        &mut self,
        link: &str,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<CallId, ClientError> {
        let (link, relay, request) = self.step(now, rng, |step| accept::begin(step, link))?;
        let call = self.new_call();
        let pile = link.pile_id();
        if !self.join_claim(pile, call) {
            self.fly(
                &relay,
                request,
                Flight::Claim {
                    calls: vec![call],
                    link,
                },
            );
        }
        self.settle(now, rng);
        Ok(call)
    }

    /// Joins a claim of the same pile that is in flight.
    fn join_claim(&mut self, pile: PileId, call: CallId) -> bool {
        for (_, flight) in self.flights.values_mut() {
            if let Flight::Claim { calls, link } = flight
                && link.pile_id() == pile
            {
                calls.push(call);
                return true;
            }
        }
        false
    }

    /// The conversation list, newest activity first.
    ///
    /// # Errors
    /// A store error.
    pub fn conversations(&self) -> Result<Vec<ConversationView>, ClientError> {
        self.store.read(|tx| {
            let mut views = Vec::new();
            for row in tx.list_conversations()? {
                let reason = self.queue_reason(tx, row.id)?;
                views.push(views::conversation_view(tx, row, reason)?);
            }
            Ok(views)
        })
    }

    /// Accepts a message request: the guest is answered.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], [`ClientError::WrongState`] if it is no request, or a store error.
    pub fn accept_request(
        &mut self,
        id: ConversationId,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        self.step(now, rng, |step| {
            let mut row = request_of(step.tx, id)?;
            row.state = ConversationState::Established;
            step.tx.save_conversation(&row)?;
            for peer in step.tx.list_peers(id.0)? {
                introduce(step, peer.address)?;
            }
            touch(step.tx, Changed::Conversation(id))
        })?;
        self.note_receipts_owed(now);
        self.watched_is_stale = true;
        self.settle(now, rng);
        Ok(())
    }

    /// Declines a message request: it is deleted, and nothing was or is sent.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], [`ClientError::WrongState`] if it is no request, or a store error.
    pub fn decline_request(
        &mut self,
        id: ConversationId,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        self.step(now, rng, |step| {
            request_of(step.tx, id)?;
            step.tx.delete_conversation(id)?;
            touch(step.tx, Changed::Conversation(id))
        })?;
        self.settle(now, rng);
        Ok(())
    }

    /// Stores a text and queues it.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], [`ClientError::TextLength`], [`ClientError::WrongState`] for a request
    /// that was not accepted, or a store error.
    pub fn send_text(
        &mut self,
        id: ConversationId,
        text: &str,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<MessageView, ClientError> {
        let view = self.step(now, rng, |step| send::send_text(step, id, text))?;
        self.settle(now, rng);
        Ok(view)
    }

    /// The newest page before a place (`None`: the end).
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn messages(
        &self,
        id: ConversationId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<MessagePage, ClientError> {
        self.store.read(|tx| {
            let reason = self.queue_reason(tx, id)?;
            views::page_before(tx, id, before, limit, reason)
        })
    }

    /// The page that follows a place (0: the start).
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn messages_after(
        &self,
        id: ConversationId,
        after: u64,
        limit: u32,
    ) -> Result<MessagePage, ClientError> {
        self.store.read(|tx| {
            let reason = self.queue_reason(tx, id)?;
            views::page_after(tx, id, after, limit, reason)
        })
    }

    /// Marks everything up to a place as read.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn mark_read(&mut self, id: ConversationId, place: u64) -> Result<(), ClientError> {
        self.store.write(|tx| -> Result<(), ClientError> {
            let mut row = tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
            let place = place.min(row.last_place);
            if place > row.read_up_to {
                row.read_up_to = place;
                tx.save_conversation(&row)?;
                touch(tx, Changed::Conversation(id))?;
            }
            Ok(())
        })?;
        self.announce_changes();
        Ok(())
    }

    /// The safety number of a conversation.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn safety_number(&self, id: ConversationId) -> Result<SafetyNumberView, ClientError> {
        let me = self.me.as_ref().ok_or(ClientError::NoAccount)?;
        self.store.read(|tx| views::safety_number(tx, me, id))
    }

    /// Notes that the digits were compared, or takes that back.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn mark_verified(&mut self, id: ConversationId, verified: bool) -> Result<(), ClientError> {
        self.store.write(|tx| -> Result<(), ClientError> {
            let mut row = tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
            row.verified = verified;
            tx.save_conversation(&row)?;
            touch(tx, Changed::Conversation(id))
        })?;
        self.announce_changes();
        Ok(())
    }

    /// Compares a scanned code with this conversation; true marks it verified, false is an alarm.
    ///
    /// # Errors
    /// [`ClientError::LinkForeign`] or [`ClientError::LinkDamaged`] if it is no such code,
    /// [`ClientError::NotFound`], or a store error.
    pub fn verify_scanned(
        &mut self,
        id: ConversationId,
        scanned: &str,
    ) -> Result<bool, ClientError> {
        let me = self.me.as_ref().ok_or(ClientError::NoAccount)?;
        let matches = self.store.write(|tx| -> Result<bool, ClientError> {
            let matches = views::verify_scanned(tx, me, id, scanned)?;
            touch(tx, Changed::Conversation(id))?;
            Ok(matches)
        })?;
        self.announce_changes();
        Ok(matches)
    }

    /// The relays that this run speaks to, and how they are reached.
    #[must_use]
    pub fn relays(&self) -> Vec<RelayView> {
        self.relays
            .iter()
            .map(|(locator, relay)| RelayView {
                address: locator.address.as_str().to_owned(),
                state: relay.state,
            })
            .collect()
    }

    /// What changed behind a cursor; empty if nothing did.
    ///
    /// # Errors
    /// A store error.
    pub fn events(&self, after: u64) -> Result<EventBatch, ClientError> {
        self.store.read(|tx| views::events(tx, after))
    }

    // Shared by the features.

    /// Runs a feature in one write transaction.
    pub(crate) fn step<T>(
        &self,
        now: Now,
        rng: &mut dyn CryptoRng,
        feature: impl FnOnce(&mut Step<'_, '_>) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let me = self.me.as_ref().ok_or(ClientError::NoAccount)?;
        self.store
            .write(|tx| feature(&mut Step { tx, me, now, rng }))
    }

    /// After every call and input: upkeep if due, requests for all that is ready, and news of changes.
    ///
    /// A store error here undoes nothing that was committed: it is tried again soon.
    pub(crate) fn settle(&mut self, now: Now, rng: &mut dyn CryptoRng) {
        self.settle_again_ms = self
            .try_settle(now, rng)
            .is_err()
            .then_some(now.ms.saturating_add(SETTLE_AGAIN_MS));
        self.announce_changes();
    }

    fn try_settle(&mut self, now: Now, rng: &mut dyn CryptoRng) -> Result<(), ClientError> {
        if self.me.is_none() {
            return Ok(());
        }
        self.notice_clock_set_back(now);
        let mut kept = Ok(());
        if now.ms >= self.upkeep_due_ms {
            kept = self.step(now, rng, upkeep::run);
            if kept.is_ok() {
                self.upkeep_due_ms = now.ms.saturating_add(UPKEEP_MS);
            }
        }
        // What is ready leaves even if the upkeep cannot be done now.
        self.pump(now, rng)?;
        self.finish_invitation_calls(now, rng)?;
        kept
    }

    /// A clock that was ahead and is right again must not leave us waiting for times that are far off.
    fn notice_clock_set_back(&mut self, now: Now) {
        let is_set_back = now.ms.saturating_add(CLOCK_GRAIN_MS) < self.latest_ms;
        self.latest_ms = if is_set_back {
            now.ms
        } else {
            self.latest_ms.max(now.ms)
        };
        if is_set_back {
            self.relays.cut_waits_short();
            for (backoff, _) in self.holds.values_mut() {
                *backoff = Backoff::default();
            }
            self.receipts_due_ms = self.receipts_due_ms.map(|due| due.min(now.ms));
            self.upkeep_due_ms = now.ms;
        }
    }

    pub(crate) fn announce_changes(&mut self) {
        let number = self
            .store
            .read(|tx| -> Result<_, ClientError> { Ok(tx.change_number()?) });
        match number {
            Ok(number) if number == self.change_number => {}
            Ok(number) => {
                self.change_number = number;
                self.effects.push_back(Effect::Changed);
            }
            // Readers look again and see for themselves.
            Err(_) => self.effects.push_back(Effect::Changed),
        }
    }

    /// Ends calls whose invitation is live, or cannot be brought to its relay now.
    fn finish_invitation_calls(
        &mut self,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        let waiting: Vec<_> = self
            .calls
            .iter()
            .map(|(call, Call::Invitation(id))| (*call, *id))
            .collect();
        for (call, id) in waiting {
            let found = self.step(now, rng, |step| {
                let Some(row) = step.tx.load_invitation(id)? else {
                    return Ok(None);
                };
                let relay = RelayLocator {
                    address: row.address.clone(),
                    root: row.root,
                };
                let pile = invite::link_of(step, &row).pile_id();
                Ok(Some((invite::view_of(step, &row), relay, pile)))
            })?;
            let Some((view, relay, pile)) = found else {
                // Revoked while it was being published.
                self.calls.remove(&call);
                self.finish(call, Err(ClientError::NotFound));
                continue;
            };
            let is_over = view.state != InvitationState::Publishing
                || matches!(
                    self.relays.state(&relay),
                    RelayState::Offline | RelayState::WrongKey
                )
                || self.holds.contains_key(&pile.0);
            if is_over {
                self.calls.remove(&call);
                self.finish(call, Ok(super::effect::CallOutcome::Invitation(view)));
            }
        }
        Ok(())
    }

    pub(crate) fn finish(
        &mut self,
        call: CallId,
        outcome: Result<super::effect::CallOutcome, ClientError>,
    ) {
        self.effects.push_back(Effect::Finished { call, outcome });
    }

    /// Sends a request off.
    pub(crate) fn fly(&mut self, relay: &RelayLocator, request: Request, flight: Flight) {
        let id = RequestId(self.next());
        self.relays.entry(relay);
        self.flights.insert(id, (relay.clone(), flight));
        self.effects.push_back(Effect::Request {
            id,
            relay: relay.clone(),
            request,
        });
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.next_number = self.next_number.saturating_add(1);
        self.next_number
    }

    fn new_call(&mut self) -> CallId {
        CallId(self.next())
    }

    /// Writes down that a relay's state changed, so that event readers see it.
    pub(crate) fn note_relay_changed(&self, relay: &RelayLocator) -> Result<(), ClientError> {
        self.store.write(|tx| -> Result<(), ClientError> {
            Ok(tx.touch(CHANGED_RELAY, relay.address.as_str().as_bytes())?)
        })
    }

    /// Why messages of ours to this conversation are still queued, if they are.
    fn queue_reason(&self, tx: &Tx<'_>, id: ConversationId) -> Result<QueueReason, ClientError> {
        for peer in tx.list_peers(id.0)? {
            let target = match peer.descriptor {
                Some(descriptor) => Some(descriptor),
                None => send::initial_target(tx, peer.address)?,
            };
            let Some(target) = target else { continue };
            if let Some((_, reason)) = self.holds.get(&target.mailbox.0) {
                return Ok(*reason);
            }
            let relay = RelayLocator {
                address: target.address,
                root: target.root,
            };
            if matches!(
                self.relays.state(&relay),
                RelayState::Offline | RelayState::WrongKey
            ) {
                return Ok(QueueReason::Offline);
            }
        }
        Ok(QueueReason::Sending)
    }
}

fn request_of(
    tx: &Tx<'_>,
    id: ConversationId,
) -> Result<crate::store::ConversationRow, ClientError> {
    let row = tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
    if row.state == ConversationState::Request {
        Ok(row)
    } else {
        Err(ClientError::WrongState)
    }
}
