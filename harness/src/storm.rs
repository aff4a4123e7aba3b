//! Two clients talk both ways while they and their relay are killed at random moments.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::stage::Stage;
use crate::traffic::send_one;

/// How much is killed, and how fast is sent meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Storm {
    /// SIGKILLs of a client, the two in turns.
    pub client_kills: u32,
    /// SIGKILLs of the relay.
    pub relay_kills: u32,
    /// Pause between two messages of a sender.
    pub pace: Duration,
    /// The longest time that a process lives between start and kill.
    pub longest_life: Duration,
}

/// Counts kills while they happen, for a progress display.
#[derive(Debug, Default)]
pub struct Toll {
    /// Clients killed.
    pub clients: AtomicU32,
    /// Relays killed.
    pub relays: AtomicU32,
}

impl Storm {
    /// Runs until all kills are done, all processes are up again and all senders have stopped.
    ///
    /// # Errors
    /// When a process does not come back, or a client refuses to send.
    pub fn run(&self, stage: &Arc<Stage>, a: &str, b: &str, toll: &Toll) -> Result<()> {
        let calm = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let senders = [
                scope.spawn(|| self.talk(stage, a, b, &calm)),
                scope.spawn(|| self.talk(stage, b, a, &calm)),
            ];
            let killers = [
                scope.spawn(|| self.kill_clients(stage, [a, b], toll)),
                scope.spawn(|| self.kill_relays(stage, toll)),
            ];
            let killed = killers.map(|killer| killer.join());
            calm.store(true, Ordering::Release);
            let sent = senders.map(|sender| sender.join());
            for result in killed.into_iter().chain(sent) {
                match result {
                    Ok(result) => result?,
                    Err(_) => bail!("a thread of the storm fell over"),
                }
            }
            Ok(())
        })
    }

    fn talk(&self, stage: &Stage, from: &str, to: &str, calm: &AtomicBool) -> Result<()> {
        let prefix = stage.new_prefix(from, to);
        let actor = stage.actor(from)?;
        let mut number = 0_u32;
        while !calm.load(Ordering::Acquire) {
            if actor.is_open() {
                number += 1;
                send_one(stage, from, to, &format!("{prefix}-{number}"))?;
            }
            std::thread::sleep(self.pace);
        }
        // One more each after the storm, so that the ends can meet.
        actor.wait_open()?;
        if !send_one(stage, from, to, &format!("{prefix}-{}", number + 1))? {
            bail!("{from} died in calm weather");
        }
        Ok(())
    }

    fn kill_clients(&self, stage: &Stage, roles: [&str; 2], toll: &Toll) -> Result<()> {
        for (_, role) in (0..self.client_kills).zip(roles.iter().cycle()) {
            let actor = stage.actor(role)?;
            std::thread::sleep(self.life());
            actor.kill();
            toll.clients.fetch_add(1, Ordering::Relaxed);
            actor.start()?;
        }
        Ok(())
    }

    fn kill_relays(&self, stage: &Stage, toll: &Toll) -> Result<()> {
        for _ in 0..self.relay_kills {
            std::thread::sleep(self.life());
            stage.relay.kill();
            toll.relays.fetch_add(1, Ordering::Relaxed);
            // Now and then it stays away for a moment, so that clients meet a closed door.
            if fastrand::u8(..4) == 0 {
                std::thread::sleep(self.life());
            }
            stage.relay.start()?;
        }
        Ok(())
    }

    fn life(&self) -> Duration {
        self.longest_life.mul_f64(fastrand::f64())
    }
}
