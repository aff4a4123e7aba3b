//! A device: the real engine on the real store, a clock that may be wrong, and a network that may be away.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use tacita_core::client::ClientError;
use tacita_core::client::Engine;
use tacita_core::client::effect::{CallId, CallOutcome, Effect, RelayLocator};
use tacita_core::client::input::Now;
use tacita_core::store::InboxOwner;
use tacita_wire::{MailboxId, Request, Subscription};

use super::dice::Dice;
use super::home::{Files, Home, OpenVault, cut};

/// A held stream as the relay and the network between see it.
pub struct Held {
    pub number: u64,
    pub subscriptions: Vec<(MailboxId, Subscription)>,
    pub caught_up: bool,
    /// Whether a `Poll` event is on its way.
    pub is_polled: bool,
}

pub struct Device {
    /// None while the process is dead.
    pub engine: Option<Engine>,
    pub rng: ChaCha20Rng,
    pub home: Home,
    /// Where its second process leaves what it finds.
    pub inbox: Option<PathBuf>,
    /// Somebody was told that something changed, since the screens were last looked at.
    pub changed: bool,
    /// How far its clock is ahead of the true time, in milliseconds.
    pub ahead_ms: i64,
    /// Whether it has a network.
    pub online: bool,
    /// Counts the lives of the process; what was asked in an earlier one is answered to nobody.
    pub run: u64,
    pub streams: BTreeMap<RelayLocator, Held>,
    /// When it wants to be ticked, in true time.
    pub wake_ms: Option<u64>,
    pub ended: BTreeMap<CallId, Result<CallOutcome, ClientError>>,
    /// Whether the process is killed in its next call.
    pub doomed: bool,
    /// The store was used since it was last looked at.
    pub dirty: bool,
    /// Its store was once put back.
    pub was_put_back: bool,
    /// Requests on their way or being answered.
    pub asked: u32,
}

/// What is wrong with the part that drives the engine, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    Right,
    /// What the engine asks for leaves before its transaction is committed.
    EffectsBeforeCommit,
    /// Envelopes are acknowledged before they are stored.
    AcknowledgesBeforeCommit,
}

impl Driver {
    fn lets_through(self, effect: &Effect) -> bool {
        match self {
            Self::Right => false,
            Self::EffectsBeforeCommit => true,
            Self::AcknowledgesBeforeCommit => matches!(
                effect,
                Effect::Request {
                    request: Request::Ack { .. },
                    ..
                }
            ),
        }
    }
}

/// What came of a call.
pub struct Called<T> {
    /// What it returned; a process that was killed in it told nobody.
    pub value: Option<T>,
    /// What it asks for and lived to ask for.
    pub effects: Vec<Effect>,
}

impl Device {
    pub fn new(seed: u64, number: usize, home: Home, inbox: Option<PathBuf>) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        bytes[8] = number as u8 + 1;
        Self {
            engine: None,
            rng: ChaCha20Rng::from_seed(bytes),
            home,
            inbox,
            changed: true,
            ahead_ms: 0,
            online: true,
            run: 0,
            streams: BTreeMap::new(),
            wake_ms: None,
            ended: BTreeMap::new(),
            doomed: false,
            dirty: true,
            was_put_back: false,
            asked: 0,
        }
    }

    pub fn now(&self, true_ms: u64) -> Now {
        Now {
            ms: true_ms.saturating_add_signed(self.ahead_ms),
        }
    }

    /// Begins the next life of the process.
    pub fn start(&mut self, true_ms: u64) -> Result<Vec<Effect>, ClientError> {
        let store = self.home.open(&mut self.rng)?;
        let now = self.now(true_ms);
        let mut engine = Engine::open(store, now, &mut self.rng)?;
        if let Some(directory) = &self.inbox {
            let owner = InboxOwner::open(directory, &OpenVault, &mut self.rng)?;
            let _ = engine.attach_inbox(owner, now, &mut self.rng)?;
        }
        let effects = engine.poll_effects().collect();
        self.engine = Some(engine);
        self.run += 1;
        self.changed = true;
        self.dirty = true;
        self.note_wake(true_ms);
        Ok(effects)
    }

    /// Ends the process as a kill does, leaving these files, or those that are there.
    pub fn kill(&mut self, files: Option<&Files>) {
        let files = files.cloned().or_else(|| self.home.copy());
        // Dropping a store tidies its files, as no kill does: so they are put back as they were.
        self.engine = None;
        if let Some(files) = &files {
            self.home.put_back(files);
        }
        self.streams.clear();
        self.ended.clear();
        self.wake_ms = None;
        self.run += 1;
        self.asked = 0;
        self.doomed = false;
        self.dirty = true;
    }

    /// Runs a call or an input. A doomed process dies in it.
    pub fn call<T>(
        &mut self,
        true_ms: u64,
        dice: &mut Dice,
        driver: Driver,
        call: impl FnOnce(&mut Engine, Now, &mut ChaCha20Rng) -> T,
    ) -> Called<T> {
        let now = self.now(true_ms);
        let before = if self.doomed { self.home.copy() } else { None };
        let Some(engine) = &mut self.engine else {
            return Called {
                value: None,
                effects: Vec::new(),
            };
        };
        let value = call(engine, now, &mut self.rng);
        let mut effects: Vec<Effect> = engine.poll_effects().collect();
        self.dirty = true;
        let after = if self.doomed { self.home.copy() } else { None };
        if let (Some(before), Some(after)) = (before, after) {
            let (left, is_whole) = cut(&before, &after, dice);
            if !is_whole && driver != Driver::Right {
                effects.retain(|effect| driver.lets_through(effect));
                self.kill(Some(&left));
                return Called {
                    value: None,
                    effects,
                };
            }
            // Effects leave after the call's last commit: of a call that was cut short none has left.
            let lived = if is_whole {
                dice.index(effects.len() + 1)
            } else {
                0
            };
            effects.truncate(lived);
            self.kill(Some(&left));
            return Called {
                value: None,
                effects,
            };
        }
        self.note_wake(true_ms);
        Called {
            value: Some(value),
            effects,
        }
    }

    fn note_wake(&mut self, true_ms: u64) {
        let now = self.now(true_ms);
        let wake = self
            .engine
            .as_ref()
            .and_then(|engine| engine.next_wake(now));
        // Never in the past, and never at once again: time goes on.
        self.wake_ms = wake.map(|at| at.saturating_add_signed(-self.ahead_ms).max(true_ms + 1));
    }

    pub fn is_up(&self) -> bool {
        self.engine.is_some()
    }
}
