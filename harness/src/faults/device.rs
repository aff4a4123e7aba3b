//! One device: the engine with its real store, driven by commands, without clock, network or randomness of its own.

mod ask;
mod calls;
mod inbox;
mod inputs;

use std::path::PathBuf;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng as _;
use data_encoding::HEXLOWER;
use serde_json::Value;
use tacita_core::client::effect::{Effect, RelayLocator};
use tacita_core::client::input::Now;
use tacita_core::client::{ClientError, Engine};
use tacita_core::crypto::passphrase::PassphraseCost;
use tacita_core::store::{
    KeyVault, NewPassphrase, PassphraseTry, Store, StoreError, TestVault, erase,
};
use tacita_wire::Encode as _;

pub use self::ask::{Ask, Envelope, Out, Told, What};
use self::calls::{obey_call, shown};
use self::inputs::input_of;
use super::integrity::FixedVault;

/// The device.
pub struct Device {
    directory: Option<PathBuf>,
    vault: Option<FixedVault>,
    engine: Option<Engine>,
    rng: ChaCha20Rng,
    relay: Option<RelayLocator>,
    sabotage: bool,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Device")
    }
}

/// An error as its variant's name, with what it carries.
fn named(error: impl Into<ClientError>) -> String {
    format!("{:?}", error.into())
}

impl Device {
    /// A device whose store is in a directory, or nowhere but in memory. With `sabotage` it says that a text is
    /// stored before it is.
    #[must_use]
    pub fn new(directory: Option<PathBuf>, sabotage: bool) -> Self {
        Self {
            directory,
            vault: None,
            engine: None,
            rng: ChaCha20Rng::from_seed([0; 32]),
            relay: None,
            sabotage,
        }
    }

    /// The same with this vault in place of one in the directory.
    #[must_use]
    pub fn with_vault(self, vault: FixedVault) -> Self {
        Self {
            vault: Some(vault),
            ..self
        }
    }

    /// Does as it is told.
    pub fn run(&mut self, ask: Ask) -> Told {
        let now = Now { ms: ask.now };
        let result = self.obey(ask.what, now);
        let effects: Vec<Effect> = match &mut self.engine {
            Some(engine) => engine.poll_effects().collect(),
            None => Vec::new(),
        };
        let outs = effects
            .into_iter()
            .filter_map(|effect| self.out_of(effect))
            .collect();
        Told {
            result,
            outs,
            wake: self
                .engine
                .as_ref()
                .and_then(|engine| engine.next_wake(now)),
        }
    }

    /// Whether a command is answered before it is done, which only a device that breaks its promise does.
    #[must_use]
    pub fn answers_early(&self, ask: &Ask) -> bool {
        self.sabotage && matches!(ask.what, What::Send { .. })
    }

    fn obey(&mut self, what: What, now: Now) -> Result<Value, String> {
        match what {
            What::Open { seed, passphrase } => self.open(seed, passphrase.as_deref(), now),
            What::ChangeLock { current, new } => self.change_lock(current, new, now),
            What::Close => match self.engine.take() {
                Some(engine) => engine.close().map(|()| Value::Null).map_err(named),
                None => Err(named(ClientError::Closed)),
            },
            What::Erase => match &self.directory {
                Some(directory) => erase(directory).map(|()| Value::Null).map_err(named),
                None => Ok(Value::Null),
            },
            What::AttachInbox => self.attach_inbox(now),
            What::Looks => self.looks(now),
            What::Look { envelopes } => self.look(envelopes, now),
            other => {
                let relay = self.relay.clone();
                let Some(engine) = &mut self.engine else {
                    return Err(named(ClientError::Closed));
                };
                match other {
                    What::Answer { .. }
                    | What::Envelopes { .. }
                    | What::CaughtUp { .. }
                    | What::Missing { .. }
                    | What::Tick => {
                        let input = input_of(other, relay).ok_or("a malformed input")?;
                        let handled = engine.handle(input, now, &mut self.rng);
                        handled.map(|()| Value::Null).map_err(named)
                    }
                    call => obey_call(engine, call, now, &mut self.rng),
                }
            }
        }
    }

    fn store(&mut self, passphrase: Option<&str>, now: Now) -> Result<Store, StoreError> {
        let Some(directory) = &self.directory else {
            return Store::open_in_memory();
        };
        let in_directory = TestVault::new(directory.clone());
        let vault: &dyn KeyVault = match &self.vault {
            Some(vault) => vault,
            None => &in_directory,
        };
        match passphrase {
            None => Store::open(directory, vault, &mut self.rng),
            Some(passphrase) => {
                let entry = PassphraseTry {
                    passphrase: passphrase.as_bytes(),
                    now_s: now.ms / 1000,
                };
                Store::open_locked(directory, vault, entry, &mut self.rng)
            }
        }
    }

    fn open(&mut self, seed: u64, passphrase: Option<&str>, now: Now) -> Result<Value, String> {
        let mut bytes = [0; 32];
        for (byte, value) in bytes.iter_mut().zip(seed.to_be_bytes()) {
            *byte = value;
        }
        self.rng = ChaCha20Rng::from_seed(bytes);
        let store = self.store(passphrase, now).map_err(named)?;
        let mut engine = Engine::open(store, now, &mut self.rng).map_err(named)?;
        // Damage that it finds is an error here as it is on a thread of its own.
        if let Some(check) = engine.take_check() {
            engine = engine.end_check(check.run()).map_err(named)?;
        }
        self.engine = Some(engine);
        Ok(Value::Null)
    }

    fn change_lock(
        &mut self,
        current: Option<String>,
        new: Option<String>,
        now: Now,
    ) -> Result<Value, String> {
        let Some(directory) = self.directory.clone() else {
            return Err("no directory".to_owned());
        };
        self.engine = None;
        let store = self.store(current.as_deref(), now).map_err(named)?;
        let vault = TestVault::new(directory);
        let current = current.as_ref().map(|current| PassphraseTry {
            passphrase: current.as_bytes(),
            now_s: now.ms / 1000,
        });
        let new = new.as_ref().map(|new| NewPassphrase {
            passphrase: new.as_bytes(),
            cost: PassphraseCost::LEAST,
        });
        let changed = store.change_lock(&vault, current, new, &mut self.rng);
        let closed = store.close();
        changed.map_err(named)?;
        closed.map_err(named)?;
        Ok(Value::Null)
    }

    fn out_of(&mut self, effect: Effect) -> Option<Out> {
        match effect {
            Effect::Request { id, relay, request } => {
                self.relay = Some(relay);
                Some(Out::Request {
                    id: id.0,
                    bytes: HEXLOWER.encode(&request.to_bytes()),
                })
            }
            Effect::Watch {
                relay,
                stream,
                subscriptions,
            } => {
                self.relay = Some(relay);
                let mailboxes = subscriptions
                    .into_iter()
                    .map(|(id, subscription)| (HEXLOWER.encode(&id.0), subscription.after))
                    .collect();
                Some(Out::Watch { stream, mailboxes })
            }
            Effect::Finished { call, outcome } => Some(Out::Finished {
                call: call.0,
                outcome: outcome.map(shown).map_err(named),
            }),
            Effect::Changed => None,
        }
    }
}
