//! Plays one conversation from its seed.

use std::collections::BTreeSet;
use std::rc::Rc;

mod theft;

use super::counts::Counts;
use super::device::{Device, Mailbox};
use super::dice::Dice;
use super::model::device::ModelDevice;
use super::model::{DeviceId, MessageId};
use super::plan::{Action, Kind, Plan};
use super::prekeys::Opening;
use super::sabotage::Sabotage;
use super::world::{Violation, World, pick};
use theft::Theft;

struct Play {
    world: World,
    dice: Dice,
    plan: Plan,
    copies: Vec<(DeviceId, Device, ModelDevice)>,
    thefts: Vec<Theft>,
}

/// One whole conversation.
pub fn converse(seed: u64, sabotage: Option<Sabotage>, trace: bool) -> Result<Counts, Violation> {
    let mut dice = Dice::new(seed);
    let plan = Plan::draw(&mut dice);
    let mut play = Play {
        world: World::new(plan.devices, seed, sabotage, trace)?,
        dice,
        plan,
        copies: Vec::new(),
        thefts: Vec::new(),
    };
    let (kind, steals) = (play.plan.kind, play.plan.steals);
    play.world
        .note(|| format!("{kind:?}, with thefts: {steals}"));
    play.run()?;
    Ok(play.world.counts)
}

impl Play {
    fn run(&mut self) -> Result<(), Violation> {
        self.world.counts.one(match self.plan.kind {
            Kind::Short => "conversation: short",
            Kind::Several => "conversation: 3 or 4 devices",
            Kind::Competing => "conversation: competing sessions",
            Kind::PutBack => "conversation: stores put back",
            Kind::ManyTurns => "conversation: many turns",
            Kind::Deep => "conversation: deep skips",
        });
        for to in 1..self.plan.devices {
            let opening = self.opening();
            self.world.begin(0, to, opening, false)?;
            self.world.send(0, to, 0)?;
        }
        if matches!(self.plan.kind, Kind::ManyTurns | Kind::Deep) {
            self.turn(0, 1, 1)?;
            self.turn(1, 0, 1)?;
        }
        for _ in 0..self.plan.steps {
            let action = self.dice.weighted(&self.plan.weights);
            self.act(action)?;
        }
        self.settle()?;
        self.thieves()
    }

    fn opening(&mut self) -> Opening {
        self.dice.weighted(&[
            (Opening::OneTime, 3),
            (Opening::LastResort, 2),
            (Opening::Reconnect, 1),
        ])
    }

    fn device(&mut self) -> DeviceId {
        self.dice.below(self.plan.devices)
    }

    /// Two that talk: everybody talks to the first.
    fn two(&mut self) -> (DeviceId, DeviceId) {
        let other = 1 + self.dice.below(self.plan.devices - 1);
        match self.dice.percent(50) {
            true => (0, other),
            false => (other, 0),
        }
    }

    fn act(&mut self, action: Action) -> Result<(), Violation> {
        match action {
            Action::Begin => {
                let ((from, to), opening) = (self.two(), self.opening());
                let replace = self.dice.percent(50);
                self.world.begin(from, to, opening, replace)?;
                self.world.send(from, to, 0)?;
            }
            Action::Send => {
                let (from, to) = self.two();
                let length = match self.dice.percent(5) {
                    true => self.dice.between(1000, 6000),
                    false => 0,
                };
                self.world.send(from, to, length)?;
            }
            Action::Deliver => self.deliver_some()?,
            Action::Drop => {
                if !self.world.under_way.is_empty() {
                    let at = self.dice.below(self.world.under_way.len());
                    self.world.under_way.swap_remove(at);
                    self.world.counts.one("dropped");
                }
            }
            Action::Repeat => {
                if let Some(id) = pick(&mut self.dice, &self.world.delivered) {
                    self.world.counts.one("repeated");
                    self.deliver(id)?;
                }
            }
            Action::Tamper => self.tamper()?,
            Action::Misroute => self.misroute()?,
            Action::Restart => {
                let id = self.device();
                self.world.restart(id)?;
            }
            Action::Copy => {
                let id = self.device();
                let copy = self.world.devices[id].restarted();
                let copy = copy.map_err(|error| format!("a copy: {error}"))?;
                self.copies.push((id, copy, self.world.models[id].clone()));
            }
            Action::PutBack => {
                if !self.copies.is_empty() {
                    let at = self.dice.below(self.copies.len());
                    let (id, copy, model) = &self.copies[at];
                    let id = *id;
                    self.world.put_back(id, copy, model)?;
                    self.read_again(id)?;
                }
            }
            Action::Weeks => {
                let days = self.dice.weighted(&[(5, 2), (20, 1), (33, 2), (64, 1)]);
                self.world.pass(days)?;
            }
            Action::Steal => self.steal()?,
            Action::Round => self.round()?,
            Action::Burst => self.burst()?,
        }
        Ok(())
    }

    fn deliver(&mut self, id: MessageId) -> Result<(), Violation> {
        let message = &self.world.ledger.messages[id];
        let mailbox = match message.initial {
            true => Mailbox::Contact,
            false => Mailbox::Pair,
        };
        let to = message.to;
        self.world.deliver(id, to, mailbox)?;
        Ok(())
    }

    /// The newest, the oldest or any other that is under way.
    fn deliver_some(&mut self) -> Result<(), Violation> {
        let count = self.world.under_way.len();
        if count == 0 {
            return Ok(());
        }
        let at = match self.dice.below(4) {
            0 => count - 1,
            1 => 0,
            _ => self.dice.below(count),
        };
        if at > 0 {
            self.world.counts.one("delivered out of order");
        }
        let id = self.world.under_way.remove(at);
        self.world.delivered.push(id);
        self.deliver(id)
    }

    /// A store that was put back reads again some of what it had read, from here on with another history.
    fn read_again(&mut self, to: DeviceId) -> Result<(), Violation> {
        let messages = &self.world.ledger.messages;
        let mut again = self.world.delivered.clone();
        again.retain(|id| messages[*id].to == to && self.dice.percent(60));
        for id in again {
            self.world.counts.one("repeated");
            self.deliver(id)?;
        }
        Ok(())
    }

    /// Sends `count` messages of which the last one comes at once.
    fn turn(&mut self, from: DeviceId, to: DeviceId, count: usize) -> Result<(), Violation> {
        let mut last = None;
        for _ in 0..count {
            last = self.world.send(from, to, 0)?.or(last);
        }
        if let Some(id) = last {
            self.world.under_way.retain(|other| *other != id);
            self.world.delivered.push(id);
            self.deliver(id)?;
        }
        Ok(())
    }

    fn round(&mut self) -> Result<(), Violation> {
        let late = [(2, 8), (1, 1), (3, 1)];
        let count = self.dice.weighted(&late);
        self.turn(0, 1, count)?;
        let count = self.dice.weighted(&late);
        self.turn(1, 0, count)
    }

    fn burst(&mut self) -> Result<(), Violation> {
        let (from, to) = self.two();
        let count = self
            .dice
            .weighted(&[(700, 2), (998, 2), (1000, 3), (1001, 3), (1002, 1)]);
        let first = self.world.under_way.len();
        for _ in 0..count {
            self.world.send(from, to, 0)?;
        }
        // A few come, most are lost; the last one often comes first.
        let sent = self.world.under_way.split_off(first);
        self.world
            .counts
            .add("dropped", sent.len().saturating_sub(8));
        let mut left: BTreeSet<MessageId> = sent.iter().rev().take(2).copied().collect();
        left.extend((0..6).filter_map(|_| pick(&mut self.dice, &sent)));
        self.world.under_way.extend(left);
        if let (true, Some(last)) = (self.dice.percent(70), sent.last()) {
            self.world.under_way.retain(|other| other != last);
            self.world.delivered.push(*last);
            self.deliver(*last)?;
        }
        Ok(())
    }

    fn any_message(&mut self) -> Option<MessageId> {
        let known = self.world.envelopes.len();
        (known > 0).then(|| self.dice.below(known))
    }

    fn tamper(&mut self) -> Result<(), Violation> {
        let (Some(id), Some(other)) = (self.any_message(), self.any_message()) else {
            return Ok(());
        };
        let mut bytes = self.world.envelopes[id].to_vec();
        let foreign = Rc::clone(&self.world.envelopes[other]);
        let length = bytes.len();
        match self.dice.below(6) {
            0 | 1 => {
                let at = self.dice.below(length);
                bytes[at] ^= 1 << self.dice.below(8);
            }
            2 => bytes.truncate(self.dice.below(length)),
            3 => bytes.resize(length * 2, 0),
            4 => {
                let at = self.dice.below(length.min(foreign.len()));
                bytes[at..].fill(0);
                let end = length.min(foreign.len());
                bytes[at..end].copy_from_slice(&foreign[at..end]);
            }
            _ => {
                let (at, end) = (self.dice.below(length), self.dice.below(length));
                bytes[at.min(end)..at.max(end)].reverse();
            }
        }
        if self.world.envelopes.iter().any(|sent| **sent == bytes) {
            return Ok(());
        }
        let message = &self.world.ledger.messages[id];
        let to = message.to;
        let mailbox = match message.initial != self.dice.percent(5) {
            true => Mailbox::Contact,
            false => Mailbox::Pair,
        };
        self.world.deliver_foreign(to, mailbox, &bytes)
    }

    fn misroute(&mut self) -> Result<(), Violation> {
        let Some(id) = self.any_message() else {
            return Ok(());
        };
        let message = &self.world.ledger.messages[id];
        let (due, to) = (message.initial, message.to);
        let elsewhere = self.device();
        let wrong_mailbox = elsewhere == to || self.dice.percent(30);
        let mailbox = match due != wrong_mailbox {
            true => Mailbox::Contact,
            false => Mailbox::Pair,
        };
        self.world.deliver(id, elsewhere, mailbox)?;
        Ok(())
    }

    /// What is left comes or is lost; then all who can talk, talk.
    fn settle(&mut self) -> Result<(), Violation> {
        while !self.world.under_way.is_empty() {
            if self.dice.percent(80) {
                self.deliver_some()?;
            } else {
                self.act(Action::Drop)?;
            }
        }
        for other in 1..self.plan.devices {
            for (from, to) in [(0, other), (other, 0), (0, other)] {
                self.turn(from, to, 1)?;
            }
        }
        let keys = self.world.names.count();
        self.world
            .counts
            .add("keys, nonces, keystreams compared", keys);
        Ok(())
    }
}
