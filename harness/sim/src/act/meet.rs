//! How users meet and part: invitations, requests, deleted accounts.

use tacita_core::client::ClientError;
use tacita_core::client::effect::CallOutcome;
use tacita_core::client::view::{ConversationState, InvitationKind};

use crate::model::Link;
use crate::play::Play;
use crate::rule::{Broken, hold};

impl Play {
    pub(super) fn act_invite(&mut self) -> Result<(), Broken> {
        let who = self.world.dice.index(self.plan.devices);
        let kind = match self.dice().percent(30) {
            true => InvitationKind::Public,
            false => InvitationKind::Personal,
        };
        self.invite(who, kind).map(drop)
    }

    /// Makes an invitation; gives its number among the links, if it came to be.
    pub fn invite(&mut self, who: usize, kind: InvitationKind) -> Result<Option<usize>, Broken> {
        if self.model.leaving.contains(&who) {
            return Ok(None);
        }
        self.world
            .note(format_args!("{who} makes a {kind:?} invitation"));
        let call = self.unharmed_with(who, |engine, now, rng| {
            engine.create_invitation(kind, now, rng)
        });
        let Some(call) = call else { return Ok(None) };
        hold!(call.is_ok(), Calls, "{who} could not invite: {call:?}");
        let known: Vec<_> = self.model.links.iter().map(|link| link.id).collect();
        let views = self.unharmed_with(who, |engine, now, rng| engine.invitations(now, rng));
        let Some(Ok(views)) = views else {
            return Ok(None);
        };
        let new = views
            .into_iter()
            .find(|view| !known.contains(&view.id) && view.kind == kind);
        hold!(new.is_some(), Calls, "{who} does not see the invitation");
        let Some(view) = new else { return Ok(None) };
        self.model.links.push(Link {
            by: who,
            id: view.id,
            kind,
            text: view.link,
            revoked: false,
            accepted_by: Default::default(),
        });
        Ok(Some(self.model.links.len() - 1))
    }

    pub(super) fn act_revoke(&mut self) -> Result<(), Broken> {
        let live: Vec<usize> = (0..self.model.links.len())
            .filter(|at| !self.model.links[*at].revoked)
            .collect();
        let Some(at) = self.dice().pick(&live).copied() else {
            return Ok(());
        };
        let (who, id) = (self.model.links[at].by, self.model.links[at].id);
        self.world
            .note(format_args!("{who} revokes invitation {at}"));
        let call = self.unharmed_with(who, |engine, now, rng| {
            engine.revoke_invitation(id, now, rng)
        });
        if call.is_some() {
            self.model.links[at].revoked = true;
            // Who claimed before and has not been heard gets no answer. §17.
            for guest in self.model.links[at].accepted_by.clone() {
                let is_established = |one: usize, other: usize| {
                    let talk = self.model.minds[one].talks.get(&other);
                    talk.is_some_and(|talk| talk.state == Some(ConversationState::Established))
                };
                // A relay that only says that it deletes keeps a mailbox that nobody reads; and of one that drops the answer,
                // a guest never hears where else to write.
                let is_lost =
                    self.plan.lies && !(is_established(who, guest) && is_established(guest, who));
                if !self.knows(who, guest) || is_lost {
                    self.model
                        .break_pair(who, guest, "the invitation was revoked");
                }
            }
        }
        Ok(())
    }

    /// Whether somebody has a talk with another.
    pub fn knows(&self, who: usize, other: usize) -> bool {
        self.model.minds[who].talks.contains_key(&other)
    }

    pub(super) fn act_accept(&mut self) -> Result<(), Broken> {
        let count = self.model.links.len();
        if count == 0 {
            return Ok(());
        }
        let at = self.dice().index(count);
        let who = self.world.dice.index(self.plan.devices);
        self.accept(who, at).map(drop)
    }

    /// Accepts an invitation and waits for the outcome for a while; true if there is a talk now.
    pub fn accept(&mut self, who: usize, at: usize) -> Result<bool, Broken> {
        let link = &self.model.links[at];
        let (by, text, kind) = (link.by, link.text.clone(), link.kind);
        if self.model.leaving.contains(&who) || self.model.accounts[who].is_none() {
            return Ok(false);
        }
        self.look(who)?;
        let had_talk = self.knows(who, by);
        self.world
            .note(format_args!("{who} accepts invitation {at} of {by}"));
        let call = self.unharmed_with(who, |engine, now, rng| {
            engine.accept_invitation(&text, now, rng)
        });
        let Some(call) = call else { return Ok(false) };
        if who == by {
            hold!(
                call == Err(ClientError::OwnInvitation),
                Calls,
                "{who} could accept an own invitation"
            );
            return Ok(false);
        }
        hold!(call.is_ok(), Calls, "{who} could not accept: {call:?}");
        let Ok(call) = call else { return Ok(false) };
        let is_known = had_talk || self.knows(by, who);
        let pair = self.model.pair(who, by);
        pair.met_again |= pair.met || is_known;
        pair.met = true;
        if kind == InvitationKind::Public {
            let _ = pair.public_of.insert(by);
        }
        let _ = self.model.links[at].accepted_by.insert(who);
        for _ in 0..4 {
            self.world.run_for(5_000);
            if let Some(outcome) = self.world.end_of(who, call) {
                let is_ok = matches!(outcome, Ok(CallOutcome::Conversation(_)));
                self.world.note(format_args!(
                    "{who} has accepted: {:?}",
                    outcome.as_ref().err()
                ));
                if is_ok && !had_talk {
                    self.note_new_talk(who, by, at);
                }
                return Ok(is_ok);
            }
            if self.world.devices[who].engine.is_none() {
                break;
            }
        }
        // It may still end well; then the talk is there.
        self.model
            .pair(who, by)
            .broken
            .get_or_insert("an invitation was accepted, and how it ended is not known");
        Ok(false)
    }

    fn note_new_talk(&mut self, who: usize, by: usize, at: usize) {
        let link = &self.model.links[at];
        let is_used_up = link.kind == InvitationKind::Personal && link.accepted_by.len() > 1;
        if link.revoked || is_used_up || self.model.put_back.contains(&by) {
            self.model
                .break_pair(who, by, "nobody answers by this invitation");
        }
    }

    pub(super) fn act_answer(&mut self) -> Result<(), Broken> {
        let requests: Vec<(usize, usize)> = self.requests();
        let Some((who, other)) = self.dice().pick(&requests).copied() else {
            return Ok(());
        };
        let accepts = self.dice().percent(80);
        self.answer(who, other, accepts)
    }

    pub fn requests(&self) -> Vec<(usize, usize)> {
        let up = |who: &usize| self.world.devices[*who].engine.is_some();
        self.model
            .minds
            .iter()
            .enumerate()
            .filter(|(who, _)| up(who))
            .flat_map(|(who, mind)| {
                let is_request = |state| state == Some(ConversationState::Request);
                mind.talks
                    .iter()
                    .filter(move |(_, talk)| is_request(talk.state))
                    .map(move |(other, _)| (who, *other))
            })
            .collect()
    }

    pub fn answer(&mut self, who: usize, other: usize, accepts: bool) -> Result<(), Broken> {
        self.look(who)?;
        if !self.requests().contains(&(who, other)) {
            return Ok(());
        }
        let id = self.id_of(other);
        self.world.note(format_args!(
            "{who} {} the request of {other}",
            if accepts { "accepts" } else { "declines" }
        ));
        let done = self.unharmed_with(who, |engine, now, rng| match accepts {
            true => engine.accept_request(id, now, rng),
            false => engine.decline_request(id, now, rng),
        });
        hold!(
            done == Some(Ok(())),
            Calls,
            "{who} could not answer: {done:?}"
        );
        if accepts {
            self.model.talk(who, other).state = Some(ConversationState::Established);
        } else {
            let _ = self.model.minds[who].talks.remove(&other);
            self.model.forget_received(other, who);
            self.drop_on_the_way(who, other, "its writer was declined");
            self.model.break_pair(who, other, "one declined the other");
        }
        Ok(())
    }

    pub(super) fn act_leave(&mut self) -> Result<(), Broken> {
        let who = self.world.dice.index(self.plan.devices);
        if !self.model.leaving.is_empty() || self.plan.put_backs {
            return Ok(());
        }
        self.look(who)?;
        self.world.note(format_args!("{who} deletes the account"));
        let done = self.unharmed_with(who, |engine, now, rng| engine.delete_account(now, rng));
        if matches!(done, Some(Ok(_))) {
            let _ = self.model.leaving.insert(who);
            for other in 0..self.plan.devices {
                if other != who {
                    self.model.break_pair(who, other, "one of them left");
                }
            }
        }
        Ok(())
    }
}
