//! The relay's day: what its users and its host ask of it, each step so that it can be asked again after a fault.

mod mailboxes;
mod pile;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use data_encoding::HEXLOWER;
use tacita_wire::limits::SEALED_ENTRY_BYTES;
use tacita_wire::{
    Decode as _, Encode as _, JoinCode, ReadKey, Refusal, Request, Response, SealedEntry, Ticket,
    WriteKey,
};

use super::control::Control;
use super::integrity;
use super::process::{Process, Program};
use super::relay_child::{RelayAsk, RelayTold, RelayWhat};
use super::world::Trouble;

/// One step: its name, what is done, and whether the steps behind it need it.
pub type Step = (&'static str, fn(&mut RelayDay) -> Result<(), Trouble>, bool);

const NEEDED: bool = true;
const ALONE: bool = false;
const START_MS: u64 = 1_800_000_000_000;
const HOUR_MS: u64 = 3_600_000;
const ENVELOPE_BYTES: usize = 4096;
const PILE: u8 = 77;

/// The steps, in order.
pub const STEPS: &[Step] = &[
    ("make-data", RelayDay::start, NEEDED),
    ("mailboxes", RelayDay::make_mailboxes, NEEDED),
    ("pile", RelayDay::make_pile, NEEDED),
    ("put", RelayDay::put, NEEDED),
    ("claim", RelayDay::claim, ALONE),
    ("acknowledge", RelayDay::acknowledge, NEEDED),
    ("next-hour", RelayDay::next_hour, ALONE),
    ("put-more", RelayDay::put_more, NEEDED),
    ("back-up", RelayDay::back_up, ALONE),
    ("rotate-leaf", RelayDay::rotate_leaf, ALONE),
    ("stop", RelayDay::stop, NEEDED),
    ("start-again", RelayDay::start, NEEDED),
    ("month", RelayDay::month, NEEDED),
    ("delete", RelayDay::delete, ALONE),
];

/// Where the day stands, and what was promised so far.
#[derive(Debug)]
pub struct RelayDay {
    control: Control,
    program: Program,
    process: Option<Process>,
    now: u64,
    is_running: bool,
    root: Option<String>,
    code: Option<String>,
    /// By mailbox: the envelopes that were said to be stored, in order, and those that may be.
    promised: BTreeMap<u8, Vec<u32>>,
    tried: BTreeMap<u8, BTreeSet<u32>>,
    claimed: BTreeMap<u8, SealedEntry>,
    has_pile: bool,
    next: u32,
    copies: u32,
    /// While rows may expire, envelopes may be gone.
    expires: bool,
}

fn read_key(mailbox: u8) -> ReadKey {
    ReadKey::from_bytes([mailbox; 32])
}

fn write_key(mailbox: u8) -> WriteKey {
    WriteKey::from_bytes([!mailbox; 32])
}

fn entry(number: u8) -> Result<SealedEntry> {
    Ok(SealedEntry::new(&[number; SEALED_ENTRY_BYTES])?)
}

fn envelope(number: u32) -> Vec<u8> {
    let mut bytes = number.to_be_bytes().to_vec();
    bytes.resize(ENVELOPE_BYTES, 0x5a);
    bytes
}

impl RelayDay {
    /// A day in a directory of its own.
    ///
    /// # Errors
    /// When it cannot be set up.
    pub fn new(directory: &Path, shim: &Path, sabotage: bool) -> Result<Self> {
        std::fs::create_dir_all(directory)?;
        Ok(Self {
            control: Control::create(&directory.join("control"))?,
            program: Program {
                shim: shim.to_owned(),
                role: "fault-relay",
                directory: directory.join("data"),
                stderr: directory.join("stderr"),
                sabotage,
            },
            process: None,
            now: START_MS,
            is_running: false,
            root: None,
            code: None,
            promised: BTreeMap::new(),
            tried: BTreeMap::new(),
            claimed: BTreeMap::new(),
            has_pile: false,
            next: 0,
            copies: 0,
            expires: false,
        })
    }

    /// Arms and reads the shim of the relay's process.
    #[must_use]
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Where the relay's standard error goes.
    #[must_use]
    pub fn stderr(&self) -> &Path {
        &self.program.stderr
    }

    /// Gives the relay a new process, which has not started to serve.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&mut self) -> Result<()> {
        self.is_running = false;
        self.process = None;
        self.process = Some(Process::start(&self.program, &self.control)?);
        Ok(())
    }

    fn ask(&mut self, what: RelayWhat) -> Result<String, Trouble> {
        let ask = RelayAsk {
            now: self.now,
            what,
        };
        let process = self.process.as_mut().context("no process")?;
        let told: RelayTold = process.ask(&ask).map_err(Trouble::Gone)?;
        told.map_err(Trouble::Typed)
    }

    fn send(&mut self, request: &Request) -> Result<Response, Trouble> {
        self.start()?;
        let hex = self.ask(RelayWhat::Request(HEXLOWER.encode(&request.to_bytes())))?;
        let bytes = HEXLOWER.decode(hex.as_bytes()).context("a response")?;
        match Response::from_bytes(&bytes).context("a response")? {
            Response::Refused(refusal @ (Refusal::Failed { .. } | Refusal::RelayFull { .. })) => {
                Err(Trouble::Typed(format!("{refusal:?}")))
            }
            other => Ok(other),
        }
    }

    fn must_do(&mut self, request: &Request) -> Result<(), Trouble> {
        match self.send(request)? {
            Response::Done => Ok(()),
            other => Err(anyhow!("{other:?} in place of Done").into()),
        }
    }

    fn ticket(&self) -> Result<Ticket> {
        let code = self.code.as_ref().context("no join code")?;
        let bytes = HEXLOWER.decode(code.as_bytes())?;
        let bytes = <[u8; 16]>::try_from(bytes).map_err(|_| anyhow!("a join code"))?;
        Ok(Ticket::JoinCode(JoinCode::from_bytes(bytes)))
    }

    /// Whether an error is one that a failing file operation may lead to.
    #[must_use]
    pub fn is_expected(trouble: &Trouble) -> bool {
        const EXPECTED: [&str; 6] = [
            "Failed {",
            "RelayFull {",
            "Io(",
            "Database(Sqlite(",
            "Sqlite(",
            "NotEmpty",
        ];
        matches!(trouble, Trouble::Typed(name) if EXPECTED.iter().any(|start| name.starts_with(start)))
    }

    /// Shows that nothing was lost, doubled or half done, and that the relay works: an envelope goes through it, and
    /// its files are sound when it is stopped and started again.
    ///
    /// # Errors
    /// What is wrong.
    pub fn verify(&mut self) -> Result<()> {
        self.try_verify().map_err(|trouble| match trouble {
            Trouble::Wrong(error) => error,
            other => anyhow!("afterwards: {other:?}"),
        })
    }

    fn try_verify(&mut self) -> Result<(), Trouble> {
        self.start()?;
        if let Some(mailbox) = self.promised.keys().next().copied() {
            self.put_next(mailbox)?;
        }
        self.check_envelopes()?;
        self.check_claims()?;
        self.stop()?;
        integrity::check_relay(&self.program.directory.join("relay.db"))?;
        self.start()?;
        self.check_envelopes()
    }

    fn start(&mut self) -> Result<(), Trouble> {
        if self.is_running {
            return Ok(());
        }
        let told = self.ask(RelayWhat::Start)?;
        self.is_running = true;
        let (root, code) = told.split_once(' ').context("root and code")?;
        for (kept, now, what) in [
            (&mut self.root, root, "the root key"),
            (&mut self.code, code, "the join code"),
        ] {
            let first = kept.get_or_insert_with(|| now.to_owned());
            ensure_trouble(first == now, &format!("{what} has changed"))?;
        }
        Ok(())
    }

    fn stop(&mut self) -> Result<(), Trouble> {
        self.is_running = false;
        self.ask(RelayWhat::Stop).map(drop)
    }

    fn next_hour(&mut self) -> Result<(), Trouble> {
        self.start()?;
        self.now += HOUR_MS;
        self.ask(RelayWhat::Expire)?;
        self.make_mailboxes()
    }

    fn back_up(&mut self) -> Result<(), Trouble> {
        self.start()?;
        // One that broke off is not taken up again: its directory is not empty.
        self.copies += 1;
        let target = self.program.directory.join(format!("copy-{}", self.copies));
        self.ask(RelayWhat::BackUp(target.clone()))?;
        integrity::check_relay(&target.join("relay.db"))?;
        Ok(check_copy(&self.program.directory, &target)?)
    }

    fn rotate_leaf(&mut self) -> Result<(), Trouble> {
        self.start()?;
        self.ask(RelayWhat::RotateLeaf).map(drop)
    }

    /// Everything expires that nobody has fetched.
    fn month(&mut self) -> Result<(), Trouble> {
        self.start()?;
        self.expires = true;
        self.now += 40 * 24 * HOUR_MS;
        self.ask(RelayWhat::ClockIsRight)?;
        while self.ask(RelayWhat::Expire)? != "0" {}
        self.promised.values_mut().for_each(Vec::clear);
        self.make_mailboxes()?;
        self.expires = false;
        self.claimed.clear();
        self.put_next(1)
    }
}

fn ensure_trouble(holds: bool, what: &str) -> Result<(), Trouble> {
    match holds {
        true => Ok(()),
        false => Err(anyhow!("{what}").into()),
    }
}

/// A copy has the same keys, whole.
fn check_copy(data: &Path, copy: &Path) -> Result<()> {
    for name in ["root.pem", "leaf.pem", "join-code"] {
        ensure!(
            std::fs::read(data.join(name))? == std::fs::read(copy.join(name))?,
            "{name} of the copy differs"
        );
    }
    Ok(())
}
