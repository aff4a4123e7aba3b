//! The client's day: what a person does with the app in it, each step so that it can be taken up again after a fault.

mod beside;
mod leaving;
mod lock;
mod meeting;
mod storage;
mod texts;

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::Value;
use tacita_core::store::TestVault;

use super::control::Control;
use super::device::What;
use super::integrity;
use super::process::{Gone, Process, Program};
use super::world::{A, B, C, Trouble, World, relay_link};

/// One step: its name, what is done, and whether the steps behind it need it.
pub type Step = (
    &'static str,
    fn(&mut ClientDay) -> Result<(), Trouble>,
    bool,
);

const NEEDED: bool = true;
const ALONE: bool = false;
const DAY_MS: u64 = 24 * 3_600_000;
const PASSPHRASES: [&str; 2] = ["first passphrase", "second passphrase"];

/// The steps, in order.
pub const STEPS: &[Step] = &[
    ("make-store", ClientDay::open, NEEDED),
    ("make-account", ClientDay::make_account, NEEDED),
    ("invite", ClientDay::invite, NEEDED),
    ("meet", ClientDay::meet, NEEDED),
    ("talk", ClientDay::talk, NEEDED),
    ("request", ClientDay::take_request, NEEDED),
    ("read", ClientDay::read, ALONE),
    ("arrange", ClientDay::arrange, ALONE),
    ("settings", ClientDay::settings, ALONE),
    ("search", ClientDay::search, ALONE),
    ("typing", ClientDay::typing, ALONE),
    ("profile", ClientDay::profile, ALONE),
    ("close", ClientDay::close, NEEDED),
    ("second-process", ClientDay::second_process, ALONE),
    ("open-and-catch-up", ClientDay::catch_up, NEEDED),
    ("clean-up", ClientDay::clean_up, ALONE),
    ("shrink", ClientDay::shrink, ALONE),
    ("week", ClientDay::week, ALONE),
    ("month", ClientDay::month, ALONE),
    ("block", ClientDay::block, ALONE),
    (
        "delete-conversation",
        ClientDay::delete_conversation,
        NEEDED,
    ),
    ("revoke", ClientDay::revoke, ALONE),
    ("set-lock", ClientDay::set_lock, ALONE),
    ("wrong-try", ClientDay::wrong_try, ALONE),
    ("change-lock", ClientDay::change_lock, ALONE),
    ("remove-lock", ClientDay::remove_lock, NEEDED),
    ("delete-account", ClientDay::delete_account, NEEDED),
    ("begin-anew", ClientDay::begin_anew, NEEDED),
];

/// Where the day stands, and what was promised so far.
#[derive(Debug)]
pub struct ClientDay {
    world: World,
    control: Control,
    program: Program,
    seed: u64,
    is_open: bool,
    /// Texts that the device said are stored, and those that it was asked to store besides.
    promised: Vec<String>,
    tried: Vec<String>,
    from_b: Vec<String>,
    /// Texts that the device was asked to delete here.
    cleaned: Vec<String>,
    pings: u32,
    a: Option<String>,
    b: Option<String>,
    c: Option<String>,
    key: Option<integrity::DatabaseKey>,
    is_over: bool,
}

fn text_of(value: &Value, field: &str) -> Result<String> {
    let text = value.get(field).and_then(Value::as_str);
    text.map(str::to_owned)
        .with_context(|| format!("no {field}"))
}

impl ClientDay {
    /// A day in a directory of its own.
    ///
    /// # Errors
    /// When it cannot be set up.
    pub fn new(directory: &Path, shim: &Path, sabotage: bool) -> Result<Self> {
        let store = directory.join("a");
        std::fs::create_dir_all(directory)?;
        let mut world = World::new(&directory.join("relay"))?;
        let mut ids = Vec::new();
        for who in [B, C] {
            let set_up = |world: &mut World| {
                let seed = who as u64;
                world.ask(
                    who,
                    What::Open {
                        seed,
                        passphrase: None,
                    },
                )?;
                let link = relay_link()?;
                let name = format!("Contact {who}");
                world.call(who, What::CreateAccount { link, name })
            };
            let id = set_up(&mut world).map_err(|trouble| anyhow!("{trouble:?}"))?;
            ids.push(id.as_str().context("an account's id")?.to_owned());
        }
        let mut ids = ids.into_iter();
        Ok(Self {
            world,
            control: Control::create(&directory.join("control"))?,
            program: Program {
                shim: shim.to_owned(),
                role: "fault-client",
                directory: store,
                stderr: directory.join("stderr"),
                sabotage,
            },
            seed: 1000,
            is_open: false,
            promised: Vec::new(),
            tried: Vec::new(),
            from_b: Vec::new(),
            cleaned: Vec::new(),
            pings: 0,
            a: None,
            b: ids.next(),
            c: ids.next(),
            key: None,
            is_over: false,
        })
    }

    /// Arms and reads the shim of the device's process.
    #[must_use]
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Store errors of inputs since the last asking; the device deals with them by itself.
    pub fn endured(&mut self) -> Vec<String> {
        std::mem::take(&mut self.world.endured)
    }

    /// Where the device's standard error goes.
    #[must_use]
    pub fn stderr(&self) -> &Path {
        &self.program.stderr
    }

    /// Gives the device a new process, which has nothing open.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&mut self) -> Result<()> {
        self.is_open = false;
        let process = Process::start(&self.program, &self.control)?;
        self.world
            .seat(process)
            .map_err(|trouble| anyhow!("{trouble:?}"))
    }

    /// Shows that nothing was lost, doubled or half done, and that the device works: texts go both ways, every list can
    /// be read, and the files are sound when it is closed and opened again.
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
        self.open()?;
        if self.is_over {
            return Ok(self.check_files()?);
        }
        self.read_everything()?;
        if self.has_met(B)? {
            self.pings += 1;
            let (ours, theirs) = (
                format!("ping {}", self.pings),
                format!("pong {}", self.pings),
            );
            self.send(&ours)?;
            self.send_from_b(&theirs)?;
            self.settle_with_b()?;
        }
        self.ask(What::Close)?;
        self.is_open = false;
        self.check_files()?;
        self.open()?;
        self.check_texts()
    }

    fn ask(&mut self, what: What) -> Result<Value, Trouble> {
        self.world.ask(A, what)
    }

    fn check_files(&mut self) -> Result<()> {
        if self.is_open {
            return Ok(());
        }
        let directory = &self.program.directory;
        for entry in std::fs::read_dir(directory)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            ensure!(
                !name.contains("damaged"),
                "a sound store was moved aside: {name}"
            );
        }
        if let Some(key) = &self.key {
            integrity::check_store(directory, key)?;
        }
        Ok(())
    }

    /// Opens the store, with whatever passphrase is set.
    fn open(&mut self) -> Result<(), Trouble> {
        if self.is_open {
            return Ok(());
        }
        let tries = std::iter::once(None).chain(PASSPHRASES.map(Some));
        for passphrase in tries {
            self.seed += 1;
            let what = What::Open {
                seed: self.seed,
                passphrase: passphrase.map(str::to_owned),
            };
            match self.ask(what) {
                Ok(_) => {
                    self.is_open = true;
                    if self.key.is_none() {
                        self.key = Some(integrity::database_key(
                            &self.program.directory,
                            &TestVault::new(self.program.directory.clone()),
                        )?);
                    }
                    return Ok(());
                }
                Err(Trouble::Typed(name)) if name.starts_with("AppLocked") => {}
                Err(Trouble::Typed(name)) if name.starts_with("WrongPassphrase") => {
                    self.world.sleep(1000);
                }
                Err(other) => return Err(other),
            }
        }
        Err(anyhow!("none of the passphrases opens the store").into())
    }

    fn must(&self, holds: bool, what: &str) -> Result<(), Trouble> {
        match holds {
            true => Ok(()),
            false => Err(anyhow!("{what}").into()),
        }
    }

    fn settings(&mut self) -> Result<(), Trouble> {
        self.open()?;
        self.ask(What::Privacy { on: false })?;
        self.ask(What::Privacy { on: true })?;
        self.world.run_for(3_000)
    }

    fn close(&mut self) -> Result<(), Trouble> {
        if self.is_open {
            // Closed it is, whatever it says.
            self.is_open = false;
            self.ask(What::Close)?;
        }
        Ok(())
    }

    /// Keys are renewed and records sent again.
    fn week(&mut self) -> Result<(), Trouble> {
        self.open()?;
        self.world.sleep(8 * DAY_MS);
        self.world.run_for(5_000)
    }

    /// Old rows are deleted and mailboxes renewed.
    fn month(&mut self) -> Result<(), Trouble> {
        self.open()?;
        self.world.sleep(33 * DAY_MS);
        self.world.run_for(5_000)
    }

    /// Whether a process that is gone may be: only by the kill that was asked for.
    #[must_use]
    pub fn was_killed(trouble: &Trouble) -> bool {
        matches!(trouble, Trouble::Gone(Gone::Killed))
    }
}
