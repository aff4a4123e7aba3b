//! Every call that an app can make.

use rand_core::CryptoRng;
use tacita_wire::{PileId, Request};

use super::arrange::delete_conversation;
use super::effect::{CallId, RelayLocator};
use super::engine::Engine;
use super::error::ClientError;
use super::flight::{Call, Flight};
use super::input::Now;
use super::lines::Line;
use super::receive::introduce;
use super::step::{Changed, touch};
use super::view::{
    AccountView, ConversationId, ConversationState, ConversationView, EventBatch, InvitationId,
    InvitationKind, InvitationPreview, InvitationView, MessageView, RelayView,
};
use super::waiting::send_text;
use super::{accept, account, invite, views};
use crate::store::{ConversationRow, Tx};

impl Engine {
    /// This device's account, if one was created.
    #[must_use]
    pub fn account(&self) -> Option<AccountView> {
        self.me.as_ref().map(account::view_of)
    }

    /// Begins to create an account at the relay of this link.
    ///
    /// # Errors
    /// [`ClientError::AccountExists`], [`ClientError::NameLength`], [`ClientError::NameCharacters`], or what is wrong with the link.
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

    /// Begins to take an invitation back. It is gone here at once; the call ends when its relay has let go of
    /// it, or cannot be asked now.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn revoke_invitation(
        &mut self,
        id: InvitationId,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<CallId, ClientError> {
        let (relay, pile) = self.step(now, rng, |step| invite::revoke(step, id))?;
        let call = self.new_call();
        self.calls.insert(call, Call::Revocation { relay, pile });
        self.watched_is_stale = true;
        self.settle(now, rng);
        Ok(call)
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

    /// The conversation list: the pinned ones first, newest activity first.
    ///
    /// # Errors
    /// A store error.
    pub fn conversations(&self) -> Result<Vec<ConversationView>, ClientError> {
        self.store.read(|tx| {
            let mut lines = self.lines(tx)?;
            lines.sort_by_cached_key(Line::rank);
            Ok(lines.into_iter().map(|line| line.view).collect())
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
        self.note_receipts_owed(now, rng);
        self.note_reads_owed(now, rng);
        self.profiles.look(now);
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
            delete_conversation(step, id)
        })?;
        self.note_deleted(now);
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
        let (row, shut) = self.step(now, rng, |step| {
            send_text(step, id, text, &|tx, to| self.way(tx, to, now))
        })?;
        self.drain.extend(shut);
        self.typing.note_text_sent(id);
        let view = self.view_of_sent(row, text);
        self.settle(now, rng);
        Ok(view)
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
}

fn request_of(tx: &Tx<'_>, id: ConversationId) -> Result<ConversationRow, ClientError> {
    let row = tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
    if row.state == ConversationState::Request {
        Ok(row)
    } else {
        Err(ClientError::WrongState)
    }
}
