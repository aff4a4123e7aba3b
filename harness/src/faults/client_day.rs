//! The client's day: what a person does with the app in it, each step so that it can be taken up again after a fault.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
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
    ("close", ClientDay::close, NEEDED),
    ("open-and-catch-up", ClientDay::catch_up, NEEDED),
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

    // Steps.

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

    fn make_account(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let known = self.ask(What::Account)?;
        let id = match known.as_str() {
            Some(id) => id.to_owned(),
            None => {
                let link = relay_link()?;
                let name = "The one with faults".to_owned();
                let made = self.world.call(A, What::CreateAccount { link, name })?;
                made.as_str().context("an id")?.to_owned()
            }
        };
        self.a = Some(id);
        self.world.run_for(3_000)
    }

    fn live_link(&mut self, public: bool) -> Result<Option<(String, String)>, Trouble> {
        let list = self.ask(What::Invitations)?;
        for line in list.as_array().context("a list")? {
            let is_right = line.get("public") == Some(&public.into())
                && line.get("state") == Some(&"Live".into());
            if is_right {
                return Ok(Some((text_of(line, "id")?, text_of(line, "link")?)));
            }
        }
        Ok(None)
    }

    /// A link that works; one that was being made when the fault came goes on by itself.
    fn make_link(&mut self, public: bool) -> Result<String, Trouble> {
        self.open()?;
        if self
            .ask(What::Invitations)?
            .as_array()
            .context("a list")?
            .iter()
            .all(|line| line.get("public") != Some(&public.into()))
        {
            self.world.call(A, What::Invite { public })?;
        }
        for _ in 0..200 {
            if let Some((_, link)) = self.live_link(public)? {
                return Ok(link);
            }
            self.world.run_for(1000)?;
        }
        Err(anyhow!("the invitation never becomes live").into())
    }

    fn invite(&mut self) -> Result<(), Trouble> {
        self.make_link(false).map(drop)
    }

    fn state_of(&mut self, who: usize, id: &str) -> Result<Option<String>, Trouble> {
        let list = self.world.ask(who, What::Conversations)?;
        let line = list
            .as_array()
            .context("a list")?
            .iter()
            .find(|line| line.get("id").and_then(Value::as_str) == Some(id));
        Ok(line.map(|line| text_of(line, "state")).transpose()?)
    }

    fn id_of(&self, who: usize) -> Result<String> {
        let id = match who {
            A => &self.a,
            B => &self.b,
            _ => &self.c,
        };
        id.clone().context("an id")
    }

    fn has_met(&mut self, whom: usize) -> Result<bool, Trouble> {
        if self.a.is_none() {
            return Ok(false);
        }
        let (ours, theirs) = (self.id_of(A)?, self.id_of(whom)?);
        let established = Some("Established".to_owned());
        Ok(self.state_of(A, &theirs)? == established && self.state_of(whom, &ours)? == established)
    }

    fn meet(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let ours = self.id_of(A)?;
        if self.state_of(B, &ours)?.is_none() {
            let link = self.make_link(false)?;
            self.world.call(B, What::Accept { link })?;
        }
        for _ in 0..200 {
            if self.has_met(B)? {
                return self.world.run_for(3_000);
            }
            self.world.run_for(1000)?;
        }
        Err(anyhow!("the two never meet").into())
    }

    fn texts(&mut self, who: usize, with: &str, incoming: bool) -> Result<Vec<String>, Trouble> {
        let list = self.world.ask(
            who,
            What::Messages {
                id: with.to_owned(),
            },
        )?;
        let mut texts = Vec::new();
        for line in list.as_array().context("a list")? {
            match line.get("text").and_then(Value::as_str) {
                Some(text) if line.get("incoming") == Some(&incoming.into()) => {
                    texts.push(text.to_owned());
                }
                Some(_) => {}
                None => return Err(anyhow!("a place without its text: {line}").into()),
            }
        }
        Ok(texts)
    }

    /// Sends a text unless it was stored before the fault came.
    fn send(&mut self, text: &str) -> Result<(), Trouble> {
        self.open()?;
        if self.promised.iter().any(|promised| promised == text) {
            // If it is not there now, it was lost: it is not sent again.
            return Ok(());
        }
        let id = self.id_of(B)?;
        let is_there = self.tried.iter().any(|tried| tried == text)
            && self.texts(A, &id, false)?.iter().any(|sent| sent == text);
        self.tried.push(text.to_owned());
        if !is_there {
            self.ask(What::Send {
                id,
                text: text.to_owned(),
            })?;
        }
        self.promised.push(text.to_owned());
        Ok(())
    }

    fn send_from_b(&mut self, text: &str) -> Result<(), Trouble> {
        if self.from_b.iter().any(|sent| sent == text) {
            return Ok(());
        }
        let id = self.id_of(A)?;
        self.world.ask(
            B,
            What::Send {
                id,
                text: text.to_owned(),
            },
        )?;
        self.from_b.push(text.to_owned());
        Ok(())
    }

    /// Until both have everything, and both know.
    fn settle_with_b(&mut self) -> Result<(), Trouble> {
        let (a, b) = (self.id_of(A)?, self.id_of(B)?);
        for round in 0..300 {
            self.world.run_for(if round < 20 { 500 } else { 5_000 })?;
            let came = self.world.ask(B, What::Messages { id: a.clone() })?;
            let has = |list: &Value, text: &String| {
                let lines = list.as_array().map(Vec::as_slice).unwrap_or_default();
                lines
                    .iter()
                    .any(|line| line.get("text").and_then(Value::as_str) == Some(text))
            };
            let here = self.ask(What::Messages { id: b.clone() })?;
            if self.promised.iter().all(|text| has(&came, text))
                && self.from_b.iter().all(|text| has(&here, text))
            {
                return self.check_texts();
            }
        }
        Err(anyhow!(
            "the texts never come: {:?} {:?}",
            self.promised,
            self.from_b
        )
        .into())
    }

    /// Every promised text once, none twice, in one order on both sides.
    fn check_texts(&mut self) -> Result<(), Trouble> {
        if !self.is_open || !self.has_met(B)? {
            return Ok(());
        }
        let (a, b) = (self.id_of(A)?, self.id_of(B)?);
        let stored = self.texts(A, &b, false)?;
        let came = self.texts(B, &a, true)?;
        let here = self.texts(A, &b, true)?;
        let count =
            |list: &[String], text: &str| list.iter().filter(|other| *other == text).count();
        for text in &self.promised {
            if count(&stored, text) != 1 {
                return Err(anyhow!(
                    "{text:?} was promised and is there {} times",
                    count(&stored, text)
                )
                .into());
            }
        }
        for text in &self.tried {
            if count(&stored, text) > 1 || count(&came, text) > 1 {
                return Err(anyhow!("{text:?} is there twice").into());
            }
        }
        let in_order: Vec<&String> = stored.iter().filter(|text| came.contains(text)).collect();
        if came.iter().collect::<Vec<_>>() != in_order {
            return Err(anyhow!("the other side has {came:?} of {stored:?}").into());
        }
        for text in &here {
            if count(&self.from_b, text) != 1 || count(&here, text) != 1 {
                return Err(anyhow!("{text:?} came {} times", count(&here, text)).into());
            }
        }
        Ok(())
    }

    fn read_everything(&mut self) -> Result<(), Trouble> {
        if self.ask(What::Account)?.is_null() {
            return Ok(());
        }
        self.ask(What::Invitations)?;
        self.ask(What::Events)?;
        self.ask(What::Search {
            text: "text".to_owned(),
        })?;
        let list = self.ask(What::Conversations)?;
        for line in list.as_array().context("a list")? {
            let id = text_of(line, "id")?;
            self.texts(A, &id, true)?;
        }
        Ok(())
    }

    fn talk(&mut self) -> Result<(), Trouble> {
        self.send("a text of ours")?;
        self.send_from_b("a text of theirs")?;
        self.send_from_b("another text of theirs")?;
        self.settle_with_b()?;
        self.world.run_for(3_000)
    }

    fn take_request(&mut self) -> Result<(), Trouble> {
        let link = self.make_link(true)?;
        let (ours, theirs) = (self.id_of(A)?, self.id_of(C)?);
        if self.state_of(C, &ours)?.is_none() {
            self.world.call(C, What::Accept { link })?;
        }
        for _ in 0..200 {
            match self.state_of(A, &theirs)?.as_deref() {
                Some("Request") => drop(self.ask(What::AcceptRequest { id: theirs.clone() })?),
                Some(_) if self.has_met(C)? => return self.world.run_for(3_000),
                _ => {}
            }
            self.world.run_for(1000)?;
        }
        Err(anyhow!("the request never comes").into())
    }

    fn read(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let id = self.id_of(B)?;
        let list = self.ask(What::Messages { id: id.clone() })?;
        let last = list
            .as_array()
            .and_then(|list| list.last())
            .context("no message")?;
        let place = last
            .get("place")
            .and_then(Value::as_u64)
            .context("no place")?;
        self.ask(What::MarkRead {
            id: id.clone(),
            place,
        })?;
        self.world.run_for(3_000)?;
        let unread = self.line(&id)?.get("unread").and_then(Value::as_u64);
        self.must(unread == Some(0), "what was marked as read is unread")
    }

    fn must(&self, holds: bool, what: &str) -> Result<(), Trouble> {
        match holds {
            true => Ok(()),
            false => Err(anyhow!("{what}").into()),
        }
    }

    fn line(&mut self, id: &str) -> Result<Value, Trouble> {
        let list = self.ask(What::Conversations)?;
        let line = list
            .as_array()
            .context("a list")?
            .iter()
            .find(|line| line.get("id").and_then(Value::as_str) == Some(id));
        Ok(line.context("no such conversation")?.clone())
    }

    fn arrange(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let id = self.id_of(B)?;
        self.ask(What::Arrange {
            id: id.clone(),
            nickname: "Bo".to_owned(),
            draft: "begun".to_owned(),
            pinned: true,
        })?;
        self.ask(What::Verify { id: id.clone() })?;
        let line = self.line(&id)?;
        let is_kept = line.get("nickname") == Some(&"Bo".into())
            && line.get("draft") == Some(&"begun".into())
            && line.get("pinned") == Some(&true.into())
            && line.get("verification") == Some(&"Verified".into());
        self.must(is_kept, "what was arranged is not kept")
    }

    fn settings(&mut self) -> Result<(), Trouble> {
        self.open()?;
        self.ask(What::Privacy { on: false })?;
        self.ask(What::Privacy { on: true })?;
        self.world.run_for(3_000)
    }

    fn search(&mut self) -> Result<(), Trouble> {
        self.open()?;
        self.send("a rare wombat")?;
        let found = self.ask(What::Search {
            text: "WOMB".to_owned(),
        })?;
        self.must(
            found.as_array().is_some_and(|hits| hits.len() == 1),
            "it is not found",
        )
    }

    fn typing(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let id = self.id_of(B)?;
        self.ask(What::Typing { id })?;
        self.world.run_for(2_000)
    }

    fn close(&mut self) -> Result<(), Trouble> {
        if self.is_open {
            // Closed it is, whatever it says.
            self.is_open = false;
            self.ask(What::Close)?;
        }
        Ok(())
    }

    fn catch_up(&mut self) -> Result<(), Trouble> {
        for text in ["first while away", "second while away", "third while away"] {
            self.send_from_b(text)?;
        }
        self.open()?;
        self.settle_with_b()?;
        self.world.run_for(3_000)
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

    fn block(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let id = self.id_of(C)?;
        for blocked in [true, false] {
            self.ask(What::Block {
                id: id.clone(),
                blocked,
            })?;
        }
        let line = self.line(&id)?;
        self.must(line.get("blocked") == Some(&false.into()), "it is blocked")
    }

    fn delete_conversation(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let id = self.id_of(C)?;
        if self.state_of(A, &id)?.is_some() {
            self.ask(What::DeleteConversation { id: id.clone() })?;
        }
        let is_gone = self.state_of(A, &id)?.is_none();
        self.must(is_gone, "the conversation is still there")?;
        self.world.run_for(3_000)
    }

    fn revoke(&mut self) -> Result<(), Trouble> {
        self.open()?;
        if let Some((id, _)) = self.live_link(true)? {
            self.world.call(A, What::Revoke { id })?;
        }
        let left = self.live_link(true)?;
        self.must(left.is_none(), "the invitation is still live")?;
        self.world.run_for(3_000)
    }

    /// Brings the lock from one passphrase, or none, to another; a fault leaves the one or the other.
    fn bring_lock(&mut self, to: Option<usize>) -> Result<(), Trouble> {
        self.close()?;
        let new = to
            .and_then(|index| PASSPHRASES.get(index))
            .map(|text| (*text).to_owned());
        let mut is_changed = false;
        for current in std::iter::once(None).chain(PASSPHRASES.map(|text| Some(text.to_owned()))) {
            let what = What::ChangeLock {
                current,
                new: new.clone(),
            };
            match self.ask(what) {
                Ok(_) => {
                    is_changed = true;
                    break;
                }
                Err(Trouble::Typed(name)) if name.starts_with("AppLocked") => {}
                Err(Trouble::Typed(name)) if name.starts_with("WrongPassphrase") => {
                    self.world.sleep(1000);
                }
                Err(other) => return Err(other),
            }
        }
        self.must(is_changed, "no passphrase lets the lock be changed")?;
        self.open()
    }

    fn set_lock(&mut self) -> Result<(), Trouble> {
        self.bring_lock(Some(0))
    }

    fn change_lock(&mut self) -> Result<(), Trouble> {
        self.bring_lock(Some(1))
    }

    fn remove_lock(&mut self) -> Result<(), Trouble> {
        self.bring_lock(None)
    }

    /// Somebody guesses; the owner still gets in.
    fn wrong_try(&mut self) -> Result<(), Trouble> {
        self.bring_lock(Some(0))?;
        self.close()?;
        self.seed += 1;
        let guess = What::Open {
            seed: self.seed,
            passphrase: Some("a guess".to_owned()),
        };
        match self.ask(guess) {
            Ok(_) => return Err(anyhow!("a guess opened the store").into()),
            Err(Trouble::Typed(name)) if name.starts_with("WrongPassphrase") => {}
            Err(other) => return Err(other),
        }
        self.world.sleep(60_000);
        self.open()
    }

    fn delete_account(&mut self) -> Result<(), Trouble> {
        let has_left = self.is_over || (self.is_open && self.ask(What::Account)?.is_null());
        if !has_left {
            self.open()?;
            if !self.ask(What::Account)?.is_null() {
                let done = self.world.call(A, What::DeleteAccount);
                match done {
                    Ok(Value::Bool(true)) => {}
                    Ok(_) => {
                        for _ in 0..100 {
                            self.world.run_for(5_000)?;
                            if self.world.call(A, What::DeleteAccount)? == Value::Bool(true) {
                                break;
                            }
                        }
                    }
                    Err(other) => return Err(other),
                }
            }
        }
        self.is_over = true;
        self.key = None;
        // As `Messenger::delete_account` does: whatever closing says, all of it goes.
        self.is_open = false;
        match self.ask(What::Close) {
            Ok(_) | Err(Trouble::Typed(_)) => {}
            Err(gone) => return Err(gone),
        }
        self.ask(What::Erase)?;
        let left = files_of(&self.program.directory)?;
        self.must(
            left.iter()
                .all(|name| name == "tacita.lock" || name.starts_with("test-vault")),
            "files of an erased store are left",
        )
    }

    fn begin_anew(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let account = self.ask(What::Account)?;
        self.must(account.is_null(), "the account is still there")
    }

    /// Whether a process that is gone may be: only by the kill that was asked for.
    #[must_use]
    pub fn was_killed(trouble: &Trouble) -> bool {
        matches!(trouble, Trouble::Gone(Gone::Killed))
    }
}

fn files_of(directory: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    if !directory.is_dir() {
        bail!("the directory is gone");
    }
    for entry in std::fs::read_dir(PathBuf::from(directory))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}
