//! A month passes: mailboxes are replaced while texts are on their way to those who are offline. PROTOCOL.md §16.5.

use tacita_core::client::view::ConversationState;

use crate::model::Shown;
use crate::observe::DELIVERED;
use crate::play::Play;
use crate::rule::Broken;
use crate::world::{DAY_MS, HOUR_MS, MINUTE_MS};

impl Play {
    /// Some weeks, in each of which somebody is written to while away, and comes back.
    pub(super) fn act_month(&mut self) -> Result<(), Broken> {
        // What a stranger writes who was not answered for two months is not read any more. §22.2.
        if !self.is_settled()? || !self.requests().is_empty() {
            return Ok(());
        }
        self.world.note(format_args!("a month passes"));
        for _ in 0..5 {
            let away = self.world.dice.index(self.plan.devices);
            self.world.set_online(away, false);
            let writers: Vec<usize> = (0..self.plan.devices)
                .filter(|who| self.is_established(*who, away))
                .collect();
            for who in writers {
                for _ in 0..self.dice().between(1, 3) {
                    self.send(who, away)?;
                }
            }
            self.world.run_for(MINUTE_MS);
            let ms = self.dice().between(6 * DAY_MS, 9 * DAY_MS);
            self.world.sleep(ms);
            self.world.run_for(1_000);
            self.world.sleep(HOUR_MS);
            self.world.run_for(1_000);
            self.world.set_online(away, true);
            self.world.run_for(3 * MINUTE_MS);
            self.resolve_doubts()?;
            self.look_at_all()?;
        }
        Ok(())
    }

    fn is_established(&self, who: usize, other: usize) -> bool {
        let talk = self.model.minds[who].talks.get(&other);
        talk.is_some_and(|talk| talk.state == Some(ConversationState::Established) && !talk.blocked)
    }

    /// Whether everything has arrived, so that nothing runs out in a month. Gives it some time.
    fn is_settled(&mut self) -> Result<bool, Broken> {
        for who in 0..self.plan.devices {
            self.world.set_online(who, true);
        }
        self.world.run_for(5 * MINUTE_MS);
        self.resolve_doubts()?;
        self.look_at_all()?;
        let mut talks = self.model.minds.iter().flat_map(|mind| mind.talks.values());
        let is_settled = talks.all(|talk| {
            talk.rows.values().all(|row| row.shown != Shown::Missing)
                && talk.own.iter().all(|(place, id)| {
                    let rank = talk.rows.get(place).map_or(0, |row| row.rank);
                    rank >= DELIVERED || self.model.texts[*id].excuse.is_some()
                })
        });
        Ok(is_settled)
    }
}
