//! Where a scenario plays: a relay of its own, an actor for each role, and what they have said.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::driver::{Agent, CallError, lock};
use crate::exam::Canaries;
use crate::language::AgentCommand;
use crate::ledger::Ledger;
use crate::observer::Observer;
use crate::relay::Relay;
use crate::views::{self, Conversation, Message};

/// A client that plays a role.
#[derive(Debug)]
pub struct Actor {
    /// Its process.
    pub agent: Agent,
    /// What its contacts call it; a canary.
    pub name: String,
    account: OnceLock<String>,
    open: AtomicBool,
    passphrase: Mutex<Option<String>>,
    observers: Mutex<BTreeMap<String, Observer>>,
    /// Conversations that were deleted: what is shown of them begins anew.
    forgotten: Mutex<BTreeSet<String>>,
}

impl Actor {
    /// Its account's id, which is also its contacts' conversation id for it.
    ///
    /// # Errors
    /// Before it has an account.
    pub fn account(&self) -> Result<&str> {
        self.account
            .get()
            .map(String::as_str)
            .context("no account yet")
    }

    /// Whether its client is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Starts and opens the client.
    ///
    /// # Errors
    /// As [`Agent::start`].
    pub fn start(&self) -> Result<()> {
        self.agent.start_with(lock(&self.passphrase).as_deref())?;
        self.open.store(true, Ordering::Release);
        Ok(())
    }

    /// As [`Actor::start`], and sees that nothing else opens it.
    ///
    /// # Errors
    /// When it opens without the passphrase or with another one, or not with it.
    pub fn start_locked(&self) -> Result<()> {
        let passphrase = lock(&self.passphrase).clone().context("it is not locked")?;
        let wrong = format!("{passphrase}?");
        self.agent.spawn()?;
        for (tried, expected) in [(None, "AppLocked"), (Some(&*wrong), "WrongPassphrase")] {
            match self.agent.open(tried) {
                Err(CallError::Refused { kind, .. }) if kind == expected => {}
                other => bail!("expected {expected}, got {other:?}"),
            }
        }
        self.agent.open(Some(&passphrase))?;
        self.open.store(true, Ordering::Release);
        Ok(())
    }

    /// Sets, changes or takes away the app lock's passphrase.
    ///
    /// # Errors
    /// The client's.
    pub fn set_passphrase(&self, new: Option<&str>) -> Result<()> {
        let mut current = lock(&self.passphrase);
        let arguments = json!({"current": *current, "new": new});
        self.agent.call("set_app_lock", arguments)?;
        *current = new.map(str::to_owned);
        Ok(())
    }

    /// Its client has closed itself.
    pub fn note_closed(&self) {
        self.open.store(false, Ordering::Release);
    }

    /// Its conversation with a peer was deleted.
    pub fn forget(&self, peer: &str) {
        lock(&self.forgotten).insert(peer.to_owned());
        lock(&self.observers).remove(peer);
    }

    /// SIGKILL.
    pub fn kill(&self) {
        self.open.store(false, Ordering::Release);
        self.agent.kill();
    }

    /// An end in good order.
    pub fn stop(&self) {
        self.open.store(false, Ordering::Release);
        self.agent.stop();
    }

    /// Waits until the client is open (somebody else restarts it).
    ///
    /// # Errors
    /// After two minutes.
    pub fn wait_open(&self) -> Result<()> {
        wait_for(
            "a client to be started again",
            Duration::from_secs(120),
            || Ok(self.is_open().then_some(())),
        )
    }

    /// The line of its conversation list for a peer.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn conversation(&self, peer: &str) -> Result<Option<Conversation>> {
        let list = self.agent.conversations()?;
        Ok(list.into_iter().find(|line| line.id == peer))
    }

    /// Shows a page to the observer of a conversation.
    pub fn observe(&self, peer: &str, page: &[Message]) {
        if lock(&self.forgotten).contains(peer) {
            return;
        }
        lock(&self.observers)
            .entry(peer.to_owned())
            .or_default()
            .observe(page);
    }

    /// All messages of a conversation, read page after page; the observer sees them too.
    ///
    /// # Errors
    /// When a page cannot be read.
    pub fn all_messages(&self, peer: &str) -> Result<Vec<Message>> {
        let mut all: Vec<Message> = Vec::new();
        loop {
            let after = all.last().map_or(0, |message| message.place);
            let page = self.agent.messages_after(peer, after, PAGE)?;
            // The last one again, so that the observer sees the seam.
            let seam = all.last().cloned();
            let shown: Vec<Message> = seam.into_iter().chain(page.messages.clone()).collect();
            self.observe(peer, &shown);
            let ended = !page.more || page.messages.is_empty();
            all.extend(page.messages);
            if ended {
                return Ok(all);
            }
        }
    }

    /// What its observers found, and how many places they saw.
    #[must_use]
    pub fn observed(&self) -> (usize, Vec<String>) {
        let observers = lock(&self.observers);
        let places = observers.values().map(Observer::places).sum();
        let violations = observers
            .values()
            .flat_map(|observer| observer.violations().iter().cloned())
            .collect();
        (places, violations)
    }
}

const PAGE: u32 = 200;

/// A relay and its actors. Shared between threads.
#[derive(Debug)]
pub struct Stage {
    /// The relay.
    pub relay: Relay,
    /// By role.
    pub actors: BTreeMap<String, Actor>,
    /// What must not be at the relay.
    pub canaries: Mutex<Canaries>,
    ledgers: Mutex<BTreeMap<(String, String), Ledger>>,
    token: String,
    next_batch: AtomicU32,
    /// Texts acknowledged in conversations that were deleted.
    forgotten: AtomicU64,
    directory: PathBuf,
}

impl Stage {
    /// Starts a relay and an agent for each role, and gives each an account.
    ///
    /// # Errors
    /// When one does not start.
    pub fn set_up(
        directory: &Path,
        relay: &Path,
        cast: &BTreeMap<String, AgentCommand>,
    ) -> Result<Arc<Self>> {
        Self::set_up_named(directory, relay, cast, &BTreeMap::new())
    }

    /// As [`Stage::set_up`], with names that contacts see for some roles.
    ///
    /// # Errors
    /// When one does not start.
    pub fn set_up_named(
        directory: &Path,
        relay: &Path,
        cast: &BTreeMap<String, AgentCommand>,
        names: &BTreeMap<String, String>,
    ) -> Result<Arc<Self>> {
        std::fs::create_dir_all(directory)?;
        let token = format!("{:08x}", fastrand::u32(..));
        let relay = Relay::new(relay, &directory.join("relay"))?;
        relay.start()?;
        let mut actors = BTreeMap::new();
        for (role, command) in cast {
            let actor = Actor {
                agent: Agent::new(command.clone(), &directory.join(format!("client-{role}"))),
                name: names
                    .get(role)
                    .cloned()
                    .unwrap_or_else(|| format!("canary-{token}-name-{role}")),
                account: OnceLock::new(),
                open: AtomicBool::new(false),
                passphrase: Mutex::default(),
                observers: Mutex::default(),
                forgotten: Mutex::default(),
            };
            actors.insert(role.clone(), actor);
        }
        let stage = Arc::new(Self {
            relay,
            actors,
            canaries: Mutex::default(),
            ledgers: Mutex::default(),
            token,
            next_batch: AtomicU32::new(1),
            forgotten: AtomicU64::new(0),
            directory: directory.to_owned(),
        });
        stage.create_accounts()?;
        Ok(stage)
    }

    fn create_accounts(&self) -> Result<()> {
        let link = self.relay.link()?;
        lock(&self.canaries).allow_link(&link)?;
        std::thread::scope(|scope| {
            let starts: Vec<_> = self
                .actors
                .values()
                .map(|actor| scope.spawn(|| actor.start()))
                .collect();
            starts.into_iter().try_for_each(|start| match start.join() {
                Ok(result) => result,
                Err(_) => bail!("a thread that starts an agent fell over"),
            })
        })?;
        for actor in self.actors.values() {
            let arguments = json!({"relay_link": link, "name": actor.name});
            let created = actor.agent.call("create_account", arguments)?;
            let account = created.get("account").context("no account was created")?;
            let id = views::text(account, "id")?;
            let mut canaries = lock(&self.canaries);
            canaries.text("a name", &actor.name);
            canaries.hex_id("an account id", &id)?;
            canaries.text(
                "a recovery secret",
                &views::text(&created, "recovery_secret")?,
            );
            let _ = actor.account.set(id);
        }
        Ok(())
    }

    /// The actor of a role.
    ///
    /// # Errors
    /// When there is none.
    pub fn actor(&self, role: &str) -> Result<&Actor> {
        self.actors
            .get(role)
            .with_context(|| format!("there is no role {role}"))
    }

    /// Where this stage keeps its files.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A beginning for texts that is used once and is a canary.
    #[must_use]
    pub fn new_prefix(&self, from: &str, to: &str) -> String {
        let number = self.next_batch.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("canary-{}-{from}-to-{to}-{number}", self.token);
        lock(&self.canaries).text("a text", &prefix);
        prefix
    }

    /// Changes the ledger of a direction.
    pub fn with_ledger<T>(&self, from: &str, to: &str, work: impl FnOnce(&mut Ledger) -> T) -> T {
        let mut ledgers = lock(&self.ledgers);
        work(ledgers.entry((from.to_owned(), to.to_owned())).or_default())
    }

    /// All directions that were used, with their ledgers.
    #[must_use]
    pub fn ledgers(&self) -> Vec<((String, String), Ledger)> {
        lock(&self.ledgers)
            .iter()
            .map(|(way, ledger)| (way.clone(), ledger.clone()))
            .collect()
    }

    /// How many texts the clients have acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        let forgotten = self.forgotten.load(Ordering::Relaxed);
        lock(&self.ledgers)
            .values()
            .map(Ledger::acknowledged)
            .sum::<u64>()
            + forgotten
    }

    /// A conversation was deleted on one side: what was said in it is compared no longer.
    pub fn forget(&self, a: &str, b: &str) {
        let mut ledgers = lock(&self.ledgers);
        for way in [(a, b), (b, a)] {
            let way = (way.0.to_owned(), way.1.to_owned());
            if let Some(ledger) = ledgers.remove(&way) {
                self.forgotten
                    .fetch_add(ledger.acknowledged(), Ordering::Relaxed);
            }
        }
    }

    /// Waits until `role` shows the conversation with `peer` in this state.
    ///
    /// # Errors
    /// After a minute.
    pub fn wait_state(&self, role: &str, peer: &str, state: &str) -> Result<()> {
        let peer = self.actor(peer)?.account()?;
        wait_for(
            &format!("{role} to show its conversation as {state}"),
            Duration::from_secs(60),
            || {
                let line = self.actor(role)?.conversation(peer)?;
                Ok(line.filter(|line| line.state == state).map(drop))
            },
        )
    }
}

/// Asks again and again until there is an answer.
///
/// # Errors
/// The question's own, or when the time is over.
pub fn wait_for<T>(
    what: &str,
    limit: Duration,
    mut question: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = question()? {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            bail!("waited {} s for {what}", limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
