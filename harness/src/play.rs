//! Plays a scenario file with any mix of agents, and holds the result against what was promised.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;

use crate::decisions;
use crate::driver::{CallError, lock};
use crate::exam;
use crate::language::AgentCommand;
use crate::outbox;
use crate::profiles;
use crate::receipts;
use crate::scenario::{Invitation, Reply, Scenario, Step};
use crate::stage::{Stage, wait_for};
use crate::storm::{Storm, Toll};
use crate::traffic::{self, Lookers, send_many, send_one};
use crate::verify;
use crate::views;

/// What is the same for all scenarios of a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The relay's program.
    pub relay: std::path::PathBuf,
    /// What 100 per cent are.
    pub messages: u32,
    /// SIGKILLs in a storm: half of them of clients, half of the relay.
    pub kills: u32,
}

/// What a scenario that went well shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// Messages that clients acknowledged and that came.
    pub messages: u64,
    /// Places that were watched.
    pub places: usize,
}

/// Plays one scenario in a directory of its own; the cast names an agent for each role.
///
/// # Errors
/// What was not as promised.
pub fn play(
    scenario: &Scenario,
    cast: &BTreeMap<String, AgentCommand>,
    settings: &Settings,
    directory: &Path,
) -> Result<Outcome> {
    let cast: BTreeMap<_, _> = scenario
        .roles
        .iter()
        .map(|role| {
            let command = cast
                .get(role)
                .with_context(|| format!("nobody plays {role}"))?;
            Ok((role.clone(), command.clone()))
        })
        .collect::<Result<_>>()?;
    let stage = Stage::set_up(directory, &settings.relay, &cast)?;
    let lookers = Lookers::start(&stage);
    let mut player = Player {
        stage: Arc::clone(&stage),
        settings,
        links: BTreeMap::new(),
        background: Vec::new(),
    };
    let played = scenario
        .steps
        .iter()
        .zip(1..)
        .try_for_each(|(step, number)| {
            player
                .play(step)
                .with_context(|| format!("step {number}, {step:?}"))
        });
    lookers.end();
    played?;
    decisions::check_lists(&stage)?;
    let mut outcome = Outcome {
        messages: stage.acknowledged(),
        places: 0,
    };
    for (role, actor) in &stage.actors {
        let (places, violations) = actor.observed();
        outcome.places += places;
        if let Some(first) = violations.first() {
            bail!(
                "{role} changed what it had shown, {} times: {first}",
                violations.len()
            );
        }
    }
    exam::examine(&stage).context("the insider exam")?;
    for actor in stage.actors.values() {
        actor.stop();
    }
    Ok(outcome)
}

struct Player<'a> {
    stage: Arc<Stage>,
    settings: &'a Settings,
    links: BTreeMap<String, Link>,
    background: Vec<JoinHandle<Result<()>>>,
}

struct Link {
    by: String,
    id: String,
    text: String,
    kind: Invitation,
}

impl Player<'_> {
    fn play(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Invite { by, kind, link } => self.invite(by, *kind, link),
            Step::Revoke { by, link } => self.revoke(by, link),
            Step::Accept { by, link } => self.accept(by, link),
            Step::AcceptFails { by, link, error } => self.accept_fails(by, link, error),
            Step::Request { by, from, reply } => self.request(by, from, *reply),
            Step::Meet { a, b } => {
                self.stage.wait_state(a, b, "Established")?;
                self.stage.wait_state(b, a, "Established")
            }
            Step::Safety { a, b } => verify::compare(&self.stage, a, b),
            Step::Verify { by, of } => verify::by_digits(&self.stage, by, of),
            Step::Scan {
                by,
                of,
                shown_by,
                finds,
            } => verify::scan(&self.stage, by, of, shown_by, finds),
            Step::DismissAlarm { by, of } => verify::dismiss(&self.stage, by, of),
            Step::Send {
                from,
                to,
                percent,
                background,
            } => self.send(from, to, self.count(*percent), *background),
            Step::Say { from, to, text } => {
                lock(&self.stage.canaries).text("a text", text);
                if send_one(&self.stage, from, to, text)? {
                    Ok(())
                } else {
                    bail!("{from} died")
                }
            }
            Step::Read { by, of } => receipts::read(&self.stage, by, of),
            Step::Type { by, to } => receipts::write(&self.stage, by, to),
            Step::Rewrite { by, to, text } => outbox::rewrite(&self.stage, by, to, text),
            Step::Arrange { by, of, set } => decisions::arrange(&self.stage, by, of, set),
            Step::Shows { by, of, line } => decisions::shows(&self.stage, by, of, line),
            Step::Profile { by, name, picture } => profiles::set(&self.stage, by, name, picture),
            Step::Portrait {
                by,
                of,
                name,
                picture,
            } => profiles::shows(&self.stage, by, of, name, picture),
            Step::Order { by, of } => decisions::order(&self.stage, by, of),
            Step::Tell { from, to, text } => decisions::tell(&self.stage, from, to, text),
            Step::Search {
                by,
                text,
                of,
                found,
            } => decisions::search(&self.stage, by, text, of.as_deref(), *found),
            Step::DeleteConversation { by, of } => {
                decisions::delete_conversation(&self.stage, by, of)
            }
            Step::DeleteAccount { by } => decisions::delete_account(&self.stage, by),
            Step::Lock { by, passphrase } => {
                self.stage.actor(by)?.set_passphrase(passphrase.as_deref())
            }
            Step::StartLocked { role } => self.stage.actor(role)?.start_locked(),
            Step::Until {
                by,
                of,
                with,
                percent,
            } => self.wait_until(by, of == by, with, self.count(*percent)),
            Step::Join => self.join(),
            Step::Kill { role } => {
                self.stage.actor(role)?.kill();
                Ok(())
            }
            Step::Stop { role } => {
                self.stage.actor(role)?.stop();
                Ok(())
            }
            Step::Start { role } => self.stage.actor(role)?.start(),
            Step::KillRelay => {
                self.stage.relay.kill();
                Ok(())
            }
            Step::StartRelay => self.stage.relay.start(),
            Step::Pause { ms } => {
                std::thread::sleep(Duration::from_millis(*ms));
                Ok(())
            }
            Step::Storm { a, b } => self.storm(a, b),
            Step::Exam => exam::examine(&self.stage),
            Step::Settle => traffic::settle(&self.stage, self.settle_limit()),
        }
    }

    fn count(&self, percent: u32) -> u32 {
        (self.settings.messages * percent).div_ceil(100).max(1)
    }

    fn settle_limit(&self) -> Duration {
        Duration::from_secs(120) + Duration::from_millis(100) * self.settings.messages
    }

    fn link(&self, name: &str) -> Result<&Link> {
        self.links
            .get(name)
            .with_context(|| format!("there is no link {name}"))
    }

    fn call(&self, role: &str, op: &str, arguments: serde_json::Value) -> Result<()> {
        let actor = self.stage.actor(role)?;
        actor
            .agent
            .call(op, arguments)
            .with_context(|| format!("{role}: {op}"))?;
        Ok(())
    }

    fn invite(&mut self, by: &str, kind: Invitation, name: &str) -> Result<()> {
        let agent = &self.stage.actor(by)?.agent;
        let word = match kind {
            Invitation::Personal => "personal",
            Invitation::Public => "public",
        };
        let made = agent.call("create_invitation", json!({"kind": word}))?;
        let link = Link {
            by: by.to_owned(),
            id: views::text(&made, "id")?,
            text: views::text(&made, "link")?,
            kind,
        };
        lock(&self.stage.canaries).invitation(&link.text)?;
        self.links.insert(name.to_owned(), link);
        Ok(())
    }

    fn revoke(&self, by: &str, name: &str) -> Result<()> {
        let id = &self.link(name)?.id;
        let agent = &self.stage.actor(by)?.agent;
        let said = agent.call("revoke_invitation", json!({"id": id}))?;
        let is_done = said
            .as_str()
            .is_some_and(|said| said.eq_ignore_ascii_case("done"));
        ensure!(is_done, "{by}: revoked, but {said}");
        Ok(())
    }

    fn accept(&self, by: &str, name: &str) -> Result<()> {
        let link = self.link(name)?;
        self.call(by, "accept_invitation", json!({"link": link.text}))?;
        if link.kind == Invitation::Personal && self.stage.actor(&link.by)?.is_open() {
            self.stage.wait_state(by, &link.by, "Established")?;
            self.stage.wait_state(&link.by, by, "Established")?;
        }
        Ok(())
    }

    fn accept_fails(&self, by: &str, name: &str, error: &str) -> Result<()> {
        let link = self.link(name)?;
        let agent = &self.stage.actor(by)?.agent;
        match agent.call("accept_invitation", json!({"link": link.text})) {
            Err(CallError::Refused { kind, .. }) if kind == error => Ok(()),
            Err(other) => bail!("expected {error}, got {other}"),
            Ok(_) => bail!("expected {error}, and it was accepted"),
        }
    }

    fn request(&self, by: &str, from: &str, reply: Reply) -> Result<()> {
        self.stage.wait_state(by, from, "Request")?;
        // Time enough for an answer to arrive, if one had left.
        std::thread::sleep(Duration::from_secs(1));
        self.stage.wait_state(by, from, "Request")?;
        let our_account = self.stage.actor(by)?.account()?;
        let theirs = self.stage.actor(from)?.conversation(our_account)?;
        if !theirs.is_some_and(|line| line.state == "Inviting" && line.name.is_empty()) {
            bail!("{from} heard of {by} before {by} accepted");
        }
        let id = self.stage.actor(from)?.account()?;
        match reply {
            Reply::Accept => {
                self.call(by, "accept_request", json!({"id": id}))?;
                self.stage.wait_state(by, from, "Established")?;
                self.stage.wait_state(from, by, "Established")
            }
            Reply::Decline => {
                self.call(by, "decline_request", json!({"id": id}))?;
                wait_for("the request to go", Duration::from_secs(10), || {
                    let line = self.stage.actor(by)?.conversation(id)?;
                    Ok(line
                        .is_none_or(|line| line.state != "Request")
                        .then_some(()))
                })?;
                std::thread::sleep(Duration::from_secs(1));
                self.stage.wait_state(from, by, "Inviting")
            }
        }
    }

    fn send(&mut self, from: &str, to: &str, count: u32, background: bool) -> Result<()> {
        if !background {
            return send_many(&self.stage, from, to, count);
        }
        let (stage, from, to) = (Arc::clone(&self.stage), from.to_owned(), to.to_owned());
        self.background.push(std::thread::spawn(move || {
            send_many(&stage, &from, &to, count)
        }));
        Ok(())
    }

    /// Waits until the newest numbered text has at least this number.
    fn wait_until(&self, by: &str, outgoing: bool, with: &str, count: u32) -> Result<()> {
        let peer = self.stage.actor(with)?.account()?;
        let actor = self.stage.actor(by)?;
        let limit = self.settle_limit();
        wait_for(&format!("{by} to show {count} messages"), limit, || {
            let page = actor.agent.messages_before(peer, None, 50)?;
            let newest = page
                .messages
                .iter()
                .rev()
                .find(|message| message.incoming != outgoing)
                .and_then(|message| message.body.text())
                .and_then(|text| text.rsplit_once('-')?.1.parse::<u32>().ok());
            Ok(newest.filter(|number| *number >= count).map(drop))
        })
    }

    fn join(&mut self) -> Result<()> {
        for thread in self.background.drain(..) {
            match thread.join() {
                Ok(result) => result?,
                Err(_) => bail!("a sending thread fell over"),
            }
        }
        Ok(())
    }

    fn storm(&self, a: &str, b: &str) -> Result<()> {
        let storm = Storm {
            client_kills: self.settings.kills / 2,
            relay_kills: self.settings.kills.div_ceil(2),
            pace: Duration::from_millis(10),
            longest_life: Duration::from_millis(300),
        };
        storm.run(&self.stage, a, b, &Toll::default())
    }
}
