//! The Rust agent: one client driven by JSON lines on standard input, answering on standard output.

mod json;
mod list;

use std::io::Write as _;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use data_encoding::BASE64;
use serde_json::{Value, json};
use tacita_core::client::ClientError;
use tacita_core::client::view::{ConversationId, ConversationView, InvitationId, InvitationKind};
use tacita_core::net::{Config, Messenger};
use tacita_core::protocol::ids::AccountId;
use tacita_core::store::TestVault;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::task::JoinHandle;

use crate::driver::lock;

/// Runs until `quit` or the end of standard input.
///
/// # Errors
/// When standard input or output fails.
pub fn run(directory: &Path) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(serve(Arc::new(Agent {
            directory: directory.to_owned(),
            messenger: Mutex::new(None),
            watching: Mutex::new(None),
            list: Arc::default(),
        })))
}

struct Agent {
    directory: std::path::PathBuf,
    messenger: Mutex<Option<Messenger>>,
    watching: Mutex<Option<JoinHandle<()>>>,
    /// The conversation list, as it was told piece by piece.
    list: Arc<Mutex<Vec<ConversationView>>>,
}

/// Why a request failed.
enum Fault {
    /// The client says so.
    Client(ClientError),
    /// The request is not understood.
    Request(String),
}

impl From<ClientError> for Fault {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

async fn serve(agent: Arc<Agent>) -> Result<()> {
    say(&json!({"ready": true, "language": "rust"}));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let Ok(request) = serde_json::from_str::<Value>(&line) else {
            say(&json!({"error": {"kind": "Malformed"}}));
            continue;
        };
        let id = request.get("id").cloned().unwrap_or_default();
        let op = request.get("op").and_then(Value::as_str).unwrap_or("");
        if op == "quit" {
            say(&json!({"id": id, "ok": null}));
            break;
        }
        let (agent, op) = (Arc::clone(&agent), op.to_owned());
        let arguments = Arguments(request.get("args").cloned().unwrap_or_default());
        tokio::spawn(async move {
            say(&match agent.answer(&op, &arguments).await {
                Ok(ok) => json!({"id": id, "ok": ok}),
                Err(Fault::Client(error)) => json!({"id": id, "error": json::error(&error)}),
                Err(Fault::Request(why)) => {
                    json!({"id": id, "error": {"kind": "Malformed", "text": why}})
                }
            });
        });
    }
    let messenger = lock(&agent.messenger).take();
    if let Some(messenger) = messenger {
        // An error means that it was closed before.
        let _ = messenger.close().await;
    }
    Ok(())
}

/// One line, whole, whoever else speaks at the same time.
fn say(value: &Value) {
    let mut out = std::io::stdout().lock();
    // Nobody listens any more if this fails, and then the end of standard input is near.
    let _ = writeln!(out, "{value}").and_then(|()| out.flush());
}

impl Agent {
    async fn answer(&self, op: &str, arguments: &Arguments) -> Result<Value, Fault> {
        if op == "open" {
            return self.open(arguments.text("passphrase").ok()).await;
        }
        let Some(client) = lock(&self.messenger).clone() else {
            return Err(ClientError::Closed.into());
        };
        match op {
            "watch" => {
                self.watch(client);
                Ok(Value::Null)
            }
            "unwatch" => {
                self.unwatch();
                Ok(Value::Null)
            }
            "shown" => Ok(json::list(&lock(&self.list), json::conversation)),
            "close" => {
                self.unwatch();
                client.close().await?;
                Ok(Value::Null)
            }
            _ => match account_call(&client, op, arguments).await {
                Some(answer) => answer,
                None => conversation_call(&client, op, arguments).await,
            },
        }
    }

    async fn open(&self, passphrase: Option<String>) -> Result<Value, Fault> {
        let config = Config {
            directory: self.directory.clone(),
            vault: Arc::new(TestVault::new(self.directory.clone())),
        };
        let opening = tokio::task::spawn_blocking(move || match passphrase {
            Some(passphrase) => Messenger::open_locked(config, passphrase.into_bytes().into()),
            None => Messenger::open(config),
        });
        let messenger = opening.await.map_err(|_| ClientError::Reopen)??;
        list::follow(&messenger, Arc::clone(&self.list));
        *lock(&self.messenger) = Some(messenger);
        Ok(Value::Null)
    }

    fn watch(&self, client: Messenger) {
        self.unwatch();
        let watching = tokio::spawn(async move {
            let mut cursor = 0;
            while let Ok(batch) = client.events(cursor).await {
                cursor = batch.cursor;
                for event in &batch.events {
                    say(&json!({"event": json::event(event)}));
                }
            }
        });
        *lock(&self.watching) = Some(watching);
    }

    fn unwatch(&self) {
        if let Some(watching) = lock(&self.watching).take() {
            watching.abort();
        }
    }
}

/// Account, invitations, relays; `None` if the op is none of these.
async fn account_call(
    client: &Messenger,
    op: &str,
    arguments: &Arguments,
) -> Option<Result<Value, Fault>> {
    let work = async {
        Ok(match op {
            "account" => {
                let account = client.account().await?;
                account.as_ref().map_or(Value::Null, json::account)
            }
            "create_account" => {
                let (link, name) = (arguments.text("relay_link")?, arguments.text("name")?);
                json::created(&client.create_account(link, name).await?)
            }
            "create_invitation" => {
                let kind = match arguments.text("kind")?.as_str() {
                    "personal" => InvitationKind::Personal,
                    "public" => InvitationKind::Public,
                    other => return Err(Fault::Request(format!("no invitation is {other}"))),
                };
                json::invitation(&client.create_invitation(kind).await?)
            }
            "invitations" => json::list(&client.invitations().await?, json::invitation),
            "revoke_invitation" => {
                json::case(&client.revoke_invitation(arguments.invitation()?).await?)
            }
            "read_invitation" => {
                json::preview(&client.read_invitation(arguments.text("link")?).await?)
            }
            "accept_invitation" => {
                let id = client.accept_invitation(arguments.text("link")?).await?;
                id.0.to_string().into()
            }
            "set_app_lock" => {
                let word = |name| {
                    arguments
                        .text(name)
                        .ok()
                        .map(|word| word.into_bytes().into())
                };
                client.set_app_lock(word("current"), word("new")).await?;
                Value::Null
            }
            "set_profile" => {
                let picture = arguments.text("picture").ok();
                let picture = picture
                    .map(|text| BASE64.decode(text.as_bytes()))
                    .transpose()
                    .map_err(|error| Fault::Request(error.to_string()))?;
                client.set_profile(arguments.text("name")?, picture).await?;
                Value::Null
            }
            "delete_account" => json::case(&client.delete_account().await?),
            "search" => {
                let (text, within) = (arguments.text("text")?, arguments.conversation().ok());
                let found = client
                    .search(text, within, None, arguments.limit()?)
                    .await?;
                json::list(&found.hits, json::message)
            }
            _ => json::list(&client.relays().await?, json::relay),
        })
    };
    match op {
        "account" | "create_account" | "create_invitation" | "invitations"
        | "revoke_invitation" | "read_invitation" | "accept_invitation" | "set_app_lock"
        | "set_profile" | "delete_account" | "search" | "relays" => Some(work.await),
        _ => None,
    }
}

/// Conversations and messages.
async fn conversation_call(
    client: &Messenger,
    op: &str,
    arguments: &Arguments,
) -> Result<Value, Fault> {
    if op == "conversations" {
        let list = client.conversations().await?;
        return Ok(json::list(&list, json::conversation));
    }
    if let Some(answer) = outbox_call(client, op, arguments).await {
        return answer;
    }
    let id = arguments.conversation()?;
    Ok(match op {
        "accept_request" => {
            client.accept_request(id).await?;
            Value::Null
        }
        "decline_request" => {
            client.decline_request(id).await?;
            Value::Null
        }
        "send_text" => json::message(&client.send_text(id, arguments.text("text")?).await?),
        "send_many" => {
            let prefix = arguments.text("prefix")?;
            for number in 1..=arguments.number("count")? {
                client.send_text(id, format!("{prefix}-{number}")).await?;
            }
            Value::Null
        }
        "messages" => {
            let before = arguments.number("before").ok();
            json::page(&client.messages(id, before, arguments.limit()?).await?)
        }
        "messages_after" => {
            let after = arguments.number("after")?;
            json::page(&client.messages_after(id, after, arguments.limit()?).await?)
        }
        "mark_read" => {
            client.mark_read(id, arguments.number("place")?).await?;
            Value::Null
        }
        "arrange" => {
            list::arrange(client, id, arguments).await?;
            Value::Null
        }
        "profile_picture" => match client.profile_picture(id).await? {
            Some(picture) => BASE64.encode(&picture.bytes).into(),
            None => Value::Null,
        },
        "delete_conversation" => {
            client.delete_conversation(id).await?;
            Value::Null
        }
        "set_typing" => {
            client.set_typing(id, arguments.flag("writing")?).await?;
            Value::Null
        }
        "safety_number" => json::safety_number(&client.safety_number(id).await?),
        "mark_verified" => {
            let verified = arguments.flag("verified")?;
            client.mark_verified(id, verified).await?;
            Value::Null
        }
        "verify_scanned" => {
            let scanned = arguments.text("scanned")?;
            json::case(&client.verify_scanned(id, scanned).await?)
        }
        "dismiss_alarm" => {
            client.dismiss_alarm(id).await?;
            Value::Null
        }
        other => return Err(Fault::Request(format!("no such op: {other}"))),
    })
}

/// What has not left; `None` if the op is none of that.
async fn outbox_call(
    client: &Messenger,
    op: &str,
    arguments: &Arguments,
) -> Option<Result<Value, Fault>> {
    let work = async {
        Ok(match op {
            "outbox" => json::outbox(&client.outbox().await?),
            "queued" => json::list(
                &client.queued(arguments.conversation()?).await?,
                json::message,
            ),
            "edit_queued" => {
                let (id, place) = (arguments.conversation()?, arguments.number("place")?);
                json::message(
                    &client
                        .edit_queued(id, place, arguments.text("text")?)
                        .await?,
                )
            }
            "drop_queued" => {
                let (id, place) = (arguments.conversation()?, arguments.number("place")?);
                client.drop_queued(id, place).await?;
                Value::Null
            }
            "retry_now" => {
                client.retry_now(arguments.conversation()?).await?;
                Value::Null
            }
            "network_is_lost" => {
                client.network_is_lost().await?;
                Value::Null
            }
            _ => {
                client.network_is_back().await?;
                Value::Null
            }
        })
    };
    match op {
        "outbox" | "queued" | "edit_queued" | "drop_queued" | "retry_now" | "network_is_lost"
        | "network_is_back" => Some(work.await),
        _ => None,
    }
}

/// What a request carries.
struct Arguments(Value);

impl Arguments {
    fn text(&self, name: &str) -> Result<String, Fault> {
        let text = self.0.get(name).and_then(Value::as_str);
        text.map(str::to_owned)
            .ok_or_else(|| Fault::Request(format!("{name} is missing")))
    }

    fn number(&self, name: &str) -> Result<u64, Fault> {
        let number = self.0.get(name).and_then(Value::as_u64);
        number.ok_or_else(|| Fault::Request(format!("{name} is missing")))
    }

    fn flag(&self, name: &str) -> Result<bool, Fault> {
        let flag = self.0.get(name).and_then(Value::as_bool);
        flag.ok_or_else(|| Fault::Request(format!("{name} is missing")))
    }

    fn limit(&self) -> Result<u32, Fault> {
        u32::try_from(self.number("limit")?).map_err(|_| Fault::Request("limit".to_owned()))
    }

    fn conversation(&self) -> Result<ConversationId, Fault> {
        AccountId::from_str(&self.text("id")?)
            .map(ConversationId)
            .map_err(|_| Fault::Request("id is no conversation's".to_owned()))
    }

    fn invitation(&self) -> Result<InvitationId, Fault> {
        let bytes = data_encoding::HEXLOWER.decode(self.text("id")?.as_bytes());
        bytes
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(InvitationId)
            .ok_or_else(|| Fault::Request("id is no invitation's".to_owned()))
    }
}
