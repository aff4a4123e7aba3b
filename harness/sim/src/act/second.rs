//! The second process: it looks for news while the app is dead or runs, and the app collects what it found. PROTOCOL.md §25.

use tacita_core::client::news::{CheckEnd, News};
use tacita_core::store::{Inbox, StoreError};

use crate::home::OpenVault;
use crate::play::Play;
use crate::rule::{Broken, Rule, hold};

impl Play {
    /// Somebody is written to whose app is dead, and a second process looks.
    pub(super) fn act_second(&mut self) -> Result<(), Broken> {
        let who = self.world.dice.index(self.plan.devices);
        if self.world.devices[who].inbox.is_none() {
            return Ok(());
        }
        let is_dead = self.dice().percent(75);
        if is_dead {
            self.world.kill(who);
            // It stays dead until the second process has looked.
            self.world.devices[who].run += 1;
        }
        for _ in 0..self.dice().between(2, 3) {
            let writers: Vec<usize> = (0..self.plan.devices)
                .filter(|writer| *writer != who && self.knows(*writer, who))
                .collect();
            for writer in writers {
                for _ in 0..self.dice().between(1, 2) {
                    self.send(writer, who)?;
                }
            }
            let ms = self.dice().between(100, 5_000);
            self.world.run_for(ms);
            self.resolve_doubts()?;
            self.look_for_news(who)?;
        }
        if self.dice().percent(50) {
            self.lose_batch(who);
        }
        if is_dead {
            self.world.start(who);
        }
        if self.world.devices[who].engine.is_some() && self.dice().percent(70) {
            self.world.note(format_args!("{who} collects the inbox"));
            let done = self
                .world
                .call(who, |engine, now, rng| engine.collect_inbox(now, rng));
            hold!(
                !matches!(done, Some(Err(_))),
                Calls,
                "{who} could not collect: {done:?}"
            );
        }
        Ok(())
    }

    fn look_for_news(&mut self, who: usize) -> Result<(), Broken> {
        let Some(directory) = self.world.devices[who].inbox.clone() else {
            return Ok(());
        };
        let inbox = match Inbox::open(&directory, &OpenVault) {
            Ok(inbox) => inbox,
            // Its list is written once the app has settled.
            Err(StoreError::InboxMissing) => return Ok(()),
            Err(error) => return Err(failed(&format!("{error:?}"))),
        };
        let now = self.world.devices[who].now(self.world.now_ms);
        let (mut news, looks) = News::begin(inbox, now);
        let (mut taken, mut end) = (0, CheckEnd::Complete);
        'all: for (relay, subscriptions) in looks {
            if !self.world.devices[who].online {
                end = CheckEnd::Unreachable;
                break;
            }
            let mut highest = std::collections::BTreeMap::new();
            for (mailbox, stored) in self.world.read_beside(&relay, &subscriptions) {
                if self.dice().percent(2) {
                    end = CheckEnd::OutOfTime;
                    break 'all;
                }
                let after = subscriptions
                    .iter()
                    .find(|(id, _)| *id == mailbox)
                    .map_or(0, |(_, subscription)| subscription.after);
                let last = highest.entry(mailbox).or_insert(after);
                let is_new = stored.sequence > *last;
                *last = (*last).max(stored.sequence);
                let rng = &mut self.world.devices[who].rng;
                let has_room = news.take(mailbox, stored, rng);
                let has_room = has_room.map_err(|error| failed(&format!("{error:?}")))?;
                taken += u32::from(is_new);
                if !has_room {
                    end = CheckEnd::Full;
                    break 'all;
                }
            }
        }
        let summary = news.finish(end, &mut self.world.devices[who].rng);
        let summary = summary.map_err(|error| failed(&format!("{error:?}")))?;
        self.world.note(format_args!(
            "a second process of {who} finds {} and {} that are muted",
            summary.came, summary.muted
        ));
        hold!(
            summary.came + summary.muted == taken,
            SecondProcess,
            "{taken} came for {who}, and the second process says {}",
            summary.came + summary.muted
        );
        Ok(())
    }

    /// A batch of the inbox is lost, which must matter to no message.
    fn lose_batch(&mut self, who: usize) {
        let Some(directory) = self.world.devices[who].inbox.clone() else {
            return;
        };
        let mut batches: Vec<_> = std::fs::read_dir(directory)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "batch"))
            .collect();
        batches.sort();
        if let Some(path) = batches.first() {
            let removed = std::fs::remove_file(path);
            self.world.note(format_args!(
                "a batch of {who} is lost: {}",
                removed.is_ok()
            ));
        }
    }
}

fn failed(what: &str) -> Broken {
    Broken::new(Rule::Calls, format!("the second process: {what}"))
}
