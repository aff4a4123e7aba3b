//! Two who have parted meet again, and can talk again. PROTOCOL.md §17, §18.

use tacita_core::client::view::{ConversationState, InvitationKind};

use crate::play::Play;
use crate::rule::Broken;
use crate::world::MINUTE_MS;

/// Minutes that two wait for each other.
const MOST_MINUTES: u64 = 6;

impl Play {
    /// One of two who knew each other invites the other again.
    pub(super) fn act_meet_again(&mut self) -> Result<(), Broken> {
        let mut parted = self.parted();
        if parted.is_empty() && self.plan.is_calm() && self.dice().percent(60) {
            self.part()?;
            parted = self.parted();
        }
        let Some((by, who)) = self.dice().pick(&parted).copied() else {
            return Ok(());
        };
        if !self.model.leaving.is_empty() {
            return Ok(());
        }
        for one in [by, who] {
            self.world.set_online(one, true);
        }
        let Some(at) = self.invite(by, InvitationKind::Personal)? else {
            return Ok(());
        };
        self.world.run_for(3_000);
        self.resolve_doubts()?;
        let has_met = self.accept(who, at)?;
        self.resolve_doubts()?;
        if !has_met || !self.plan.is_calm() {
            return Ok(());
        }
        for _ in 0..MOST_MINUTES {
            self.world.run_for(MINUTE_MS);
            self.resolve_doubts()?;
            self.look(by)?;
            self.look(who)?;
            if self.is_open(by, who) && self.is_open(who, by) {
                self.world
                    .note(format_args!("{by} and {who} have met again"));
                let pair = self.model.pair(by, who);
                (pair.broken, pair.parted) = (None, true);
                break;
            }
        }
        Ok(())
    }

    /// Two who knew each other, and of whom one has no talk with the other any more.
    fn parted(&self) -> Vec<(usize, usize)> {
        let all =
            (0..self.plan.devices).flat_map(|by| (0..self.plan.devices).map(move |who| (by, who)));
        all.filter(|(by, who)| {
            let pair = self.model.pairs.get(&(*by.min(who), *by.max(who)));
            let is_apart = !self.knows(*by, *who) || !self.knows(*who, *by);
            by != who && is_apart && pair.is_some_and(|pair| pair.met && !pair.is_in_doubt)
        })
        .collect()
    }

    /// One is written to, and deletes the talk before that is acknowledged.
    fn part(&mut self) -> Result<(), Broken> {
        let Some((who, other)) = self.draw_talk() else {
            return Ok(());
        };
        if !self.is_open(who, other) || !self.is_open(other, who) {
            return Ok(());
        }
        self.send(other, who)?;
        self.send(who, other)?;
        let ms = self.dice().between(1, 600);
        self.world.run_for(ms);
        self.resolve_doubts()?;
        self.look(who)?;
        match self.knows(who, other) {
            true => self.delete(who, other),
            false => Ok(()),
        }
    }

    fn is_open(&self, who: usize, other: usize) -> bool {
        self.world.devices[who].engine.is_some()
            && self.model.minds[who].talks.get(&other).is_some_and(|talk| {
                talk.state == Some(ConversationState::Established) && !talk.blocked
            })
    }
}
