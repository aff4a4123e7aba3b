//! Held streams: what relays bring to devices, and how streams end.

use tacita_core::client::effect::RelayLocator;
use tacita_core::client::input::{Input, NetFailure, StreamEvent};
use tacita_wire::{MailboxId, StoredEnvelope, Subscription};

use super::{Event, MINUTE_MS, World};
use crate::device::Held;
use crate::lies;

impl World {
    pub(super) fn watch(
        &mut self,
        who: usize,
        run: u64,
        relay: RelayLocator,
        number: u64,
        subscriptions: Vec<(MailboxId, Subscription)>,
    ) {
        if subscriptions.is_empty() {
            let _ = self.devices[who].streams.remove(&relay);
            return;
        }
        let held = Held {
            number,
            subscriptions,
            caught_up: false,
            is_polled: true,
        };
        let _ = self.devices[who].streams.insert(relay.clone(), held);
        let delay = self.delay();
        let event = match self.devices[who].online {
            true => Event::Poll {
                who,
                run,
                relay,
                number,
            },
            false => Event::Closed {
                who,
                run,
                relay,
                number,
            },
        };
        self.after(delay, event);
    }

    /// Has the streams that read from a mailbox look for what is new.
    pub fn wake_readers(&mut self, mailbox: MailboxId) {
        for who in 0..self.devices.len() {
            let run = self.devices[who].run;
            let mut due = Vec::new();
            for (relay, held) in &mut self.devices[who].streams {
                let reads = held.subscriptions.iter().any(|(id, _)| *id == mailbox);
                if reads && !held.is_polled {
                    held.is_polled = true;
                    due.push((relay.clone(), held.number));
                }
            }
            for (relay, number) in due {
                let delay = self.delay();
                self.after(
                    delay,
                    Event::Poll {
                        who,
                        run,
                        relay,
                        number,
                    },
                );
            }
        }
    }

    pub(super) fn close(&mut self, who: usize, run: u64, relay: RelayLocator, number: u64) {
        let device = &mut self.devices[who];
        if device.run != run || device.streams.get(&relay).map(|held| held.number) != Some(number) {
            return;
        }
        let _ = device.streams.remove(&relay);
        self.note(format_args!("{who} loses a stream"));
        let event = StreamEvent::Closed(NetFailure::Unreachable);
        self.stream(who, relay, number, event);
    }

    fn stream(&mut self, who: usize, relay: RelayLocator, stream: u64, event: StreamEvent) {
        self.input(
            who,
            "stream",
            Input::Stream {
                relay,
                stream,
                event,
            },
        );
    }

    /// What a held stream brings now.
    pub(super) fn poll(&mut self, who: usize, run: u64, locator: &RelayLocator, number: u64) {
        if self.devices[who].run != run || self.devices[who].engine.is_none() {
            return;
        }
        let (hour, at) = (self.hour(), self.relay_of(locator));
        let relay = &mut self.relays[at];
        relay.expire(hour);
        let lies = relay.lies.clone();
        let online = self.devices[who].online;
        let Some(held) = self.devices[who].streams.get_mut(locator) else {
            return;
        };
        if held.number != number {
            return;
        }
        held.is_polled = false;
        if !online {
            self.close(who, run, locator.clone(), number);
            return;
        }
        if self.dice.permille(lies.withholds) {
            // It looks again some time later.
            held.is_polled = true;
            let delay = self.dice.between(1, 10 * MINUTE_MS);
            let relay = locator.clone();
            self.after(
                delay,
                Event::Poll {
                    who,
                    run,
                    relay,
                    number,
                },
            );
            return;
        }
        let mut frames: Vec<(MailboxId, StoredEnvelope)> = Vec::new();
        let mut gone = Vec::new();
        for (id, subscription) in &mut held.subscriptions {
            let Some(mailbox) = relay.mailboxes.get(id) else {
                gone.push(*id);
                continue;
            };
            // A relay that lost what it had counts from the start. PROTOCOL.md §5.3.
            if !mailbox.holding.has_given(subscription.after) || self.dice.permille(lies.not_found)
            {
                gone.push(*id);
                continue;
            }
            for stored in &mailbox.entries {
                if stored.sequence > subscription.after {
                    subscription.after = stored.sequence;
                    frames.push((*id, stored.clone()));
                }
            }
        }
        held.subscriptions.retain(|(id, _)| !gone.contains(id));
        let first_time = !held.caught_up;
        held.caught_up = true;
        let blinded = lies::alter(&lies, &mut frames, &mut self.dice);
        self.blinded.extend(blinded);
        self.bring(who, run, locator, number, frames);
        for id in gone {
            self.note(format_args!("{who} hears that a mailbox is gone"));
            self.stream(who, locator.clone(), number, StreamEvent::Gone(id));
        }
        if first_time && self.devices[who].run == run {
            self.stream(who, locator.clone(), number, StreamEvent::CaughtUp { hour });
        }
    }

    /// What a relay shows to a second process, which asks once.
    pub fn read_beside(
        &mut self,
        locator: &RelayLocator,
        subscriptions: &[(MailboxId, Subscription)],
    ) -> Vec<(MailboxId, StoredEnvelope)> {
        let (hour, at) = (self.hour(), self.relay_of(locator));
        let relay = &mut self.relays[at];
        relay.expire(hour);
        let mut frames = Vec::new();
        for (id, subscription) in subscriptions {
            let entries = relay.mailboxes.get(id).map(|mailbox| &mailbox.entries);
            let behind = entries
                .into_iter()
                .flatten()
                .filter(|stored| stored.sequence > subscription.after);
            frames.extend(behind.map(|stored| (*id, stored.clone())));
        }
        // Nothing that comes this way moves a cursor.
        let _ = lies::alter(&relay.lies, &mut frames, &mut self.dice);
        frames
    }

    /// Frames in batches of any size; the stream may break between any two.
    fn bring(
        &mut self,
        who: usize,
        run: u64,
        locator: &RelayLocator,
        number: u64,
        mut frames: Vec<(MailboxId, StoredEnvelope)>,
    ) {
        while !frames.is_empty() && self.devices[who].run == run {
            if self.dice.permille(self.weather.breaks) {
                self.close(who, run, locator.clone(), number);
                return;
            }
            let most = match self.dice.below(3) {
                0 => 1,
                1 => frames.len().min(3),
                _ => frames.len(),
            };
            let batch: Vec<_> = frames.drain(..most).collect();
            self.note(format_args!("{who} is brought {} envelopes", batch.len()));
            self.traffic.brought += batch.len() as u64;
            self.stream(who, locator.clone(), number, StreamEvent::Envelopes(batch));
        }
    }
}
