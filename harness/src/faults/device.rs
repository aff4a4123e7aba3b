//! One device: the engine with its real store, driven by commands, without clock, network or randomness of its own.

use std::path::PathBuf;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng as _;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tacita_core::client::effect::{CallOutcome, Effect, RelayLocator, RequestId};
use tacita_core::client::input::{Input, NetFailure, Now, StreamEvent};
use tacita_core::client::view::{
    ConversationId, Departure, Direction, InvitationId, InvitationKind, MessageBody, MessageView,
    PrivacySettings,
};
use tacita_core::client::{ClientError, Engine};
use tacita_core::crypto::passphrase::PassphraseCost;
use tacita_core::protocol::ids::AccountId;
use tacita_core::store::{
    KeyVault, NewPassphrase, PassphraseTry, Store, StoreError, TestVault, erase,
};
use tacita_wire::{Decode as _, Encode as _, MailboxId, Response, StoredEnvelope};

use super::integrity::FixedVault;

/// A command and the device's time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ask {
    /// Milliseconds since 1970.
    pub now: u64,
    /// What to do.
    pub what: What,
}

/// Everything that a device can be told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "each is the engine's or the store's call of that name"
)]
pub enum What {
    Open {
        seed: u64,
        passphrase: Option<String>,
    },
    Close,
    ChangeLock {
        current: Option<String>,
        new: Option<String>,
    },
    Erase,
    Account,
    CreateAccount {
        link: String,
        name: String,
    },
    Invite {
        public: bool,
    },
    Invitations,
    Accept {
        link: String,
    },
    Revoke {
        id: String,
    },
    DeleteAccount,
    Conversations,
    AcceptRequest {
        id: String,
    },
    Send {
        id: String,
        text: String,
    },
    Messages {
        id: String,
    },
    MarkRead {
        id: String,
        place: u64,
    },
    Typing {
        id: String,
    },
    Arrange {
        id: String,
        nickname: String,
        draft: String,
        pinned: bool,
    },
    SetProfile {
        name: String,
        picture: String,
    },
    Verify {
        id: String,
    },
    Block {
        id: String,
        blocked: bool,
    },
    DeleteConversation {
        id: String,
    },
    Privacy {
        on: bool,
    },
    Search {
        text: String,
    },
    Events,
    Answer {
        request: u64,
        response: Option<String>,
    },
    Envelopes {
        stream: u64,
        envelopes: Vec<Envelope>,
    },
    CaughtUp {
        stream: u64,
        hour: u32,
    },
    Missing {
        stream: u64,
        mailbox: String,
    },
    Tick,
}

/// An envelope of a held stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Envelope {
    /// Its mailbox.
    pub mailbox: String,
    /// Its number in the mailbox.
    pub sequence: u64,
    /// When it came.
    pub hour: u32,
    /// Its bytes.
    pub bytes: String,
}

/// The answer, and what the device wants now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Told {
    /// What came of it; the typed error's name otherwise.
    pub result: Result<Value, String>,
    /// Requests, streams, and ends of calls.
    pub outs: Vec<Out>,
    /// When it wants a tick.
    pub wake: Option<u64>,
}

/// An effect.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Out {
    /// Send this.
    Request {
        /// Its number.
        id: u64,
        /// The request.
        bytes: String,
    },
    /// Hold this stream in place of the one before.
    Watch {
        /// Its number.
        stream: u64,
        /// Mailboxes, and the last envelope known of each.
        mailboxes: Vec<(String, u64)>,
    },
    /// A call has ended.
    Finished {
        /// Its number.
        call: u64,
        /// How.
        outcome: Result<Value, String>,
    },
}

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

fn obey_call(
    engine: &mut Engine,
    call: What,
    now: Now,
    rng: &mut ChaCha20Rng,
) -> Result<Value, String> {
    let nothing = |()| Value::Null;
    let done = match call {
        What::Account => Ok(engine
            .account()
            .map_or(Value::Null, |account| json!(account.id.to_string()))),
        What::CreateAccount { link, name } => engine
            .create_account(&link, &name, now, rng)
            .map(|call| json!(call.0)),
        What::Invite { public } => {
            let kind = match public {
                true => InvitationKind::Public,
                false => InvitationKind::Personal,
            };
            engine
                .create_invitation(kind, now, rng)
                .map(|call| json!(call.0))
        }
        What::Invitations => engine.invitations(now, rng).map(|list| {
            let shown = list.into_iter().map(|view| {
                json!({
                    "id": HEXLOWER.encode(&view.id.0),
                    "public": view.kind == InvitationKind::Public,
                    "state": format!("{:?}", view.state),
                    "link": view.link,
                })
            });
            shown.collect()
        }),
        What::Accept { link } => engine
            .accept_invitation(&link, now, rng)
            .map(|call| json!(call.0)),
        What::Revoke { id } => {
            let bytes = HEXLOWER.decode(id.as_bytes()).ok();
            let id = bytes
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or("an id")?;
            engine
                .revoke_invitation(InvitationId(id), now, rng)
                .map(|call| json!(call.0))
        }
        What::DeleteAccount => engine.delete_account(now, rng).map(|call| json!(call.0)),
        What::Conversations => engine.conversations().map(|list| {
            let shown = list.into_iter().map(|view| {
                json!({
                    "id": view.id.0.to_string(),
                    "state": format!("{:?}", view.state),
                    "nickname": view.nickname,
                    "draft": view.draft,
                    "pinned": view.pinned,
                    "blocked": view.blocked,
                    "verified": view.verified,
                    "unread": view.unread,
                })
            });
            shown.collect()
        }),
        What::AcceptRequest { id } => engine
            .accept_request(conversation(&id)?, now, rng)
            .map(nothing),
        What::Send { id, text } => engine
            .send_text(conversation(&id)?, &text, now, rng)
            .map(|view| message(&view)),
        What::Messages { id } => all_messages(engine, conversation(&id)?),
        What::MarkRead { id, place } => engine
            .mark_read(conversation(&id)?, place, now, rng)
            .map(nothing),
        What::Typing { id } => engine
            .set_typing(conversation(&id)?, true, now, rng)
            .map(nothing),
        What::Arrange {
            id,
            nickname,
            draft,
            pinned,
        } => {
            let id = conversation(&id)?;
            engine
                .set_nickname(id, &nickname)
                .and_then(|()| engine.save_draft(id, &draft))
                .and_then(|()| engine.set_pinned(id, pinned))
                .map(nothing)
        }
        What::SetProfile { name, picture } => {
            let picture = HEXLOWER.decode(picture.as_bytes()).ok();
            let picture = picture.ok_or("a picture")?;
            engine
                .set_profile(&name, Some(&picture), now, rng)
                .map(nothing)
        }
        What::Verify { id } => engine.mark_verified(conversation(&id)?, true).map(nothing),
        What::Block { id, blocked } => engine.set_blocked(conversation(&id)?, blocked).map(nothing),
        What::DeleteConversation { id } => engine
            .delete_conversation(conversation(&id)?, now, rng)
            .map(nothing),
        What::Privacy { on } => {
            let settings = PrivacySettings {
                delivery_receipts: on,
                read_receipts: on,
                typing: on,
            };
            engine.set_privacy_settings(settings, now, rng).map(nothing)
        }
        What::Search { text } => engine
            .search(&text, None, None, 50)
            .map(|page| page.hits.iter().map(message).collect()),
        What::Events => engine.events(0).map(|batch| json!(batch.events.len())),
        other => return Err(format!("no call: {other:?}")),
    };
    done.map_err(named)
}

fn all_messages(engine: &Engine, id: ConversationId) -> Result<Value, ClientError> {
    let mut shown = Vec::new();
    let mut after = 0;
    loop {
        let page = engine.messages_after(id, after, 500)?;
        after = page.messages.last().map_or(after, |last| last.place);
        shown.extend(page.messages.iter().map(message));
        if !page.more {
            return Ok(shown.into());
        }
    }
}

fn message(view: &MessageView) -> Value {
    json!({
        "place": view.place,
        "incoming": view.direction == Direction::Incoming,
        "text": match &view.body {
            MessageBody::Text { text } => Value::from(text.as_str()),
            _ => Value::Null,
        },
        "body": format!("{:?}", view.body),
        "delivery": format!("{:?}", view.delivery),
    })
}

/// How a call ended, as the script needs it.
fn shown(outcome: CallOutcome) -> Value {
    match outcome {
        CallOutcome::Account(created) => json!(created.account.id.to_string()),
        CallOutcome::Invitation(view) => json!({
            "id": HEXLOWER.encode(&view.id.0),
            "link": view.link,
            "state": format!("{:?}", view.state),
        }),
        CallOutcome::Revocation(revocation) => json!(format!("{revocation:?}")),
        CallOutcome::Departure(departure) => json!(departure == Departure::Done),
        CallOutcome::Conversation(id) => json!(id.0.to_string()),
    }
}

fn conversation(text: &str) -> Result<ConversationId, String> {
    let id: AccountId = text.parse().map_err(|_| "a conversation's id".to_owned())?;
    Ok(ConversationId(id))
}

fn mailbox(text: &str) -> Option<MailboxId> {
    let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
    Some(MailboxId(bytes.try_into().ok()?))
}

/// An input, which names the one relay of this day.
fn input_of(what: What, relay: Option<RelayLocator>) -> Option<Input> {
    let on_stream = |stream: u64, event: StreamEvent| {
        Some(Input::Stream {
            relay: relay?,
            stream,
            event,
        })
    };
    match what {
        What::Answer { request, response } => {
            let result = match response {
                Some(hex) => {
                    let bytes = HEXLOWER.decode(hex.as_bytes()).ok()?;
                    Ok(Response::from_bytes(&bytes).ok()?)
                }
                None => Err(NetFailure::Unreachable),
            };
            Some(Input::Answer {
                request: RequestId(request),
                result,
            })
        }
        What::Envelopes { stream, envelopes } => {
            let envelopes = envelopes
                .into_iter()
                .map(|envelope| {
                    let stored = StoredEnvelope {
                        sequence: envelope.sequence,
                        hour: envelope.hour,
                        envelope: HEXLOWER.decode(envelope.bytes.as_bytes()).ok()?,
                    };
                    Some((mailbox(&envelope.mailbox)?, stored))
                })
                .collect::<Option<_>>()?;
            on_stream(stream, StreamEvent::Envelopes(envelopes))
        }
        What::CaughtUp { stream, hour } => on_stream(stream, StreamEvent::CaughtUp { hour }),
        What::Missing {
            stream,
            mailbox: id,
        } => on_stream(stream, StreamEvent::Gone(mailbox(&id)?)),
        _ => Some(Input::Tick),
    }
}
