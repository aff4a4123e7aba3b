//! Three devices and a real relay's store in virtual time; the first device is a process that meets faults.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result, anyhow};
use data_encoding::HEXLOWER;
use serde_json::Value;
use tacita_relay::clock::Clock;
use tacita_relay::service::Service;
use tacita_relay::store::MailboxStore as _;
use tacita_relay::store::sqlite::{Budget, SqliteStore};
use tacita_relay::tickets::TicketPolicy;
use tacita_wire::{
    Decode as _, Encode as _, MailboxId, RelayAddress, RelayLink, RelayRootHash, Request,
};
use tokio::runtime::Runtime;

use super::device::{Ask, Device, Envelope, Out, Told, What};
use super::process::{Gone, Process};

/// When the day begins: milliseconds since 1970.
const START_MS: u64 = 1_800_000_000_000;
/// What a store error makes a device say; nothing else may come of a failing file operation.
const STORE_ERRORS: [&str; 3] = ["StoreFailed", "DiskFull", "VaultFailed"];

/// Why a step did not come to its end.
#[derive(Debug)]
pub enum Trouble {
    /// The device told an error.
    Typed(String),
    /// The device's process is gone.
    Gone(Gone),
    /// What may never be.
    Wrong(anyhow::Error),
}

impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Self {
        Self::Wrong(error)
    }
}

impl Trouble {
    /// Whether it is one that a failing file operation may lead to.
    #[must_use]
    pub fn is_a_store_error(&self) -> bool {
        matches!(self, Self::Typed(name) if STORE_ERRORS.contains(&name.as_str()))
    }
}

/// A clock that stands until it is moved.
#[derive(Debug, Default)]
pub struct SetClock(AtomicU64);

impl SetClock {
    /// Moves it to a time in milliseconds since 1970.
    pub fn set(&self, ms: u64) {
        self.0.store(ms / 1000, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now_seconds(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

enum Seat {
    Here(Box<Device>),
    Away(Option<Process>),
}

struct Person {
    seat: Seat,
    stream: Option<(u64, Vec<(MailboxId, u64)>)>,
    caught_up: bool,
    outs: VecDeque<Out>,
    ended: BTreeMap<u64, Result<Value, String>>,
    wake: Option<u64>,
}

/// The world.
pub struct World {
    /// Milliseconds since 1970.
    pub now: u64,
    clock: Arc<SetClock>,
    runtime: Runtime,
    relay: Service<SqliteStore>,
    people: Vec<Person>,
    stirred: BTreeSet<MailboxId>,
    /// Typed errors with which inputs of the first device ended; it deals with them by itself.
    pub endured: Vec<String>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

/// The device that meets faults.
pub const A: usize = 0;
/// Its first contact.
pub const B: usize = 1;
/// Its second contact.
pub const C: usize = 2;

/// The link of the day's relay.
///
/// # Errors
/// Never: the address is of the right form.
pub fn relay_link() -> Result<String> {
    let link = RelayLink {
        address: RelayAddress::new("relay.example:443")?,
        root: RelayRootHash([7; 32]),
        join_code: None,
    };
    Ok(link.to_string())
}

/// A mailbox's id, from its text.
///
/// # Errors
/// When it is none.
pub fn mailbox_of(text: &str) -> Result<MailboxId> {
    let bytes = HEXLOWER.decode(text.as_bytes())?;
    let id = <[u8; 32]>::try_from(bytes).map_err(|_| anyhow!("a mailbox"))?;
    Ok(MailboxId(id))
}

impl World {
    /// A relay in a directory, two devices in memory, and an empty seat for the first.
    ///
    /// # Errors
    /// When the relay's store cannot be made.
    pub fn new(directory: &Path) -> Result<Self> {
        Self::with_seat(directory, Seat::Away(None))
    }

    /// A relay in a directory, and three devices in this process.
    ///
    /// # Errors
    /// When the relay's store cannot be made.
    pub fn with_first(directory: &Path, first: Device) -> Result<Self> {
        Self::with_seat(directory, Seat::Here(Box::new(first)))
    }

    fn with_seat(directory: &Path, first: Seat) -> Result<Self> {
        let clock = Arc::new(SetClock::default());
        clock.set(START_MS);
        let budget = Budget {
            bytes: 1 << 30,
            hard_pages: None,
        };
        std::fs::create_dir_all(directory)?;
        let store = SqliteStore::open(
            &directory.join("relay.db"),
            budget,
            Arc::<SetClock>::clone(&clock),
        )?;
        let seats = [
            first,
            Seat::Here(Box::new(Device::new(None, false))),
            Seat::Here(Box::new(Device::new(None, false))),
        ];
        let people = seats.map(|seat| Person {
            seat,
            stream: None,
            caught_up: false,
            outs: VecDeque::new(),
            ended: BTreeMap::new(),
            wake: None,
        });
        Ok(Self {
            now: START_MS,
            clock,
            runtime: tokio::runtime::Builder::new_current_thread().build()?,
            relay: Service::new(store, TicketPolicy::open()),
            people: people.into(),
            stirred: BTreeSet::new(),
            endured: Vec::new(),
        })
    }

    fn person(&mut self, who: usize) -> Result<&mut Person, Trouble> {
        self.people
            .get_mut(who)
            .ok_or_else(|| anyhow!("there is no person {who}").into())
    }

    /// Gives the first device a process, in place of one that has ended.
    ///
    /// # Errors
    /// Never: it is there.
    pub fn seat(&mut self, process: Process) -> Result<(), Trouble> {
        let person = self.person(A)?;
        person.seat = Seat::Away(Some(process));
        Ok(self.hang_up(A)?)
    }

    /// Forgets what a device had under way: its connections are gone.
    fn hang_up(&mut self, who: usize) -> Result<()> {
        let person = self.people.get_mut(who).context("a person")?;
        person.stream = None;
        person.outs.clear();
        person.ended.clear();
        person.wake = None;
        Ok(())
    }

    /// Tells a device something; the answer, and its effects are kept for [`World::run_for`].
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn ask(&mut self, who: usize, what: What) -> Result<Value, Trouble> {
        let closes = matches!(
            what,
            What::Open { .. } | What::Close | What::ChangeLock { .. }
        );
        if closes {
            self.hang_up(who)?;
        }
        let ask = Ask {
            now: self.now,
            what,
        };
        let person = self.person(who)?;
        let told: Told = match &mut person.seat {
            Seat::Here(device) => device.run(ask),
            Seat::Away(Some(process)) => process.ask(&ask).map_err(Trouble::Gone)?,
            Seat::Away(None) => return Err(Trouble::Gone(Gone::Killed)),
        };
        person.wake = told.wake;
        for out in told.outs {
            match out {
                Out::Finished { call, outcome } => {
                    person.ended.insert(call, outcome);
                }
                other => person.outs.push_back(other),
            }
        }
        told.result.map_err(Trouble::Typed)
    }

    /// Tells a device to begin a call that takes the network, and goes on until it has ended.
    ///
    /// # Errors
    /// [`Trouble`]; also if it does not end.
    pub fn call(&mut self, who: usize, what: What) -> Result<Value, Trouble> {
        let number = self.ask(who, what)?;
        let number = number.as_u64().context("no number of a call")?;
        for _ in 0..600 {
            if let Some(outcome) = self.person(who)?.ended.remove(&number) {
                return outcome.map_err(Trouble::Typed);
            }
            self.run_for(500)?;
        }
        Err(anyhow!("a call does not end").into())
    }

    /// What a mailbox has behind a number, 64 envelopes at most; nothing if there is no such mailbox.
    pub fn read(&self, id: MailboxId, after: u64) -> Option<Vec<Envelope>> {
        let page = self.relay.store.read(id, after, 64, 1 << 20);
        let page = self.runtime.block_on(page).ok()?;
        let found = page.entries.into_iter().map(|stored| Envelope {
            mailbox: HEXLOWER.encode(&id.0),
            sequence: stored.sequence,
            hour: stored.hour,
            bytes: HEXLOWER.encode(&stored.envelope),
        });
        Some(found.collect())
    }

    /// Time passes in which nobody is awake.
    pub fn sleep(&mut self, ms: u64) {
        self.now += ms;
        self.clock.set(self.now);
    }

    /// Carries requests and envelopes until nothing moves, and lets so much time pass.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn run_for(&mut self, ms: u64) -> Result<(), Trouble> {
        let end = self.now + ms;
        loop {
            while self.turn()? {}
            let wake = self.people.iter().filter_map(|person| person.wake).min();
            let next = wake.unwrap_or(end).max(self.now + 1);
            if next > end {
                self.now = end;
                self.clock.set(end);
                return Ok(());
            }
            self.now = next;
            self.clock.set(next);
            for who in 0..self.people.len() {
                if self.person(who)?.wake.is_some_and(|wake| wake <= next) {
                    self.input(who, What::Tick)?;
                }
            }
        }
    }

    /// An input may fail as the store does; the device has to deal with that by itself.
    fn input(&mut self, who: usize, what: What) -> Result<(), Trouble> {
        match self.ask(who, what) {
            Ok(_) => Ok(()),
            Err(trouble) if who == A && trouble.is_a_store_error() => {
                self.endured.push(format!("{trouble:?}"));
                Ok(())
            }
            Err(trouble) => Err(trouble),
        }
    }

    fn turn(&mut self) -> Result<bool, Trouble> {
        let mut moved = false;
        let before = std::mem::take(&mut self.stirred);
        for who in 0..self.people.len() {
            while let Some(out) = self.person(who)?.outs.pop_front() {
                moved = true;
                match out {
                    Out::Request { id, bytes } => self.carry(who, id, &bytes)?,
                    Out::Watch { stream, mailboxes } => self.watch(who, stream, &mailboxes)?,
                    Out::Finished { .. } => {}
                }
            }
            moved |= self.hand_out(who, &before)?;
        }
        Ok(moved)
    }

    fn carry(&mut self, who: usize, id: u64, bytes: &str) -> Result<(), Trouble> {
        let bytes = HEXLOWER.decode(bytes.as_bytes()).context("a request")?;
        let request = Request::from_bytes(&bytes).context("a request")?;
        match &request {
            Request::Put { mailbox, .. } | Request::CreateMailbox { mailbox, .. } => {
                self.stirred.insert(*mailbox);
            }
            Request::DeleteMailbox { read } => {
                self.stirred.insert(read.derive_mailbox_id());
            }
            _ => {}
        }
        let response = self.runtime.block_on(self.relay.answer(request));
        let response = Some(HEXLOWER.encode(&response.to_bytes()));
        self.input(
            who,
            What::Answer {
                request: id,
                response,
            },
        )
    }

    fn watch(
        &mut self,
        who: usize,
        stream: u64,
        mailboxes: &[(String, u64)],
    ) -> Result<(), Trouble> {
        let held = mailboxes
            .iter()
            .map(|(id, after)| Ok((mailbox_of(id)?, *after)))
            .collect::<Result<Vec<_>>>()?;
        self.stirred.extend(held.iter().map(|(id, _)| *id));
        let person = self.person(who)?;
        person.caught_up = false;
        person.stream = (!held.is_empty()).then_some((stream, held));
        Ok(())
    }

    /// What is new in the mailboxes that a device looks at: those that were written to in this turn or the one before,
    /// in which this device may have had its turn already.
    fn hand_out(&mut self, who: usize, before: &BTreeSet<MailboxId>) -> Result<bool, Trouble> {
        let Some((stream, mut held)) = self.person(who)?.stream.take() else {
            return Ok(false);
        };
        let mut envelopes = Vec::new();
        let mut missing = Vec::new();
        for (id, after) in &mut held {
            if !self.stirred.contains(id) && !before.contains(id) {
                continue;
            }
            match self.read(*id, *after) {
                Some(found) => {
                    *after = found.last().map_or(*after, |last| last.sequence);
                    envelopes.extend(found);
                }
                None => missing.push(*id),
            }
        }
        held.retain(|(id, _)| !missing.contains(id));
        let person = self.person(who)?;
        let catches_up = !std::mem::replace(&mut person.caught_up, true);
        person.stream = Some((stream, held));
        let moved = !envelopes.is_empty() || !missing.is_empty() || catches_up;
        for id in missing {
            let mailbox = HEXLOWER.encode(&id.0);
            self.input(who, What::Missing { stream, mailbox })?;
        }
        if !envelopes.is_empty() {
            self.input(who, What::Envelopes { stream, envelopes })?;
        }
        if catches_up {
            let hour = u32::try_from(self.now / 3_600_000).unwrap_or(u32::MAX);
            self.input(who, What::CaughtUp { stream, hour })?;
        }
        Ok(moved)
    }
}
