//! Sending through actors that may die meanwhile, looking on, and waiting until all has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::json;

use crate::driver::{CallError, TIME_LIMIT};
use crate::ledger::{Batch, Findings};
use crate::stage::{Actor, Stage};

/// Sends `count` numbered texts in the agent's own loop; goes on after a kill with what is left.
///
/// # Errors
/// The client's, or when nobody restarts it.
pub fn send_many(stage: &Stage, from: &str, to: &str, count: u32) -> Result<()> {
    let actor = stage.actor(from)?;
    let conversation = stage.actor(to)?.account()?;
    let mut left = count;
    while left > 0 {
        actor.wait_open()?;
        let prefix = stage.new_prefix(from, to);
        let number = stage.with_ledger(from, to, |ledger| {
            ledger.attempt(Batch::numbered(&prefix, left))
        });
        let arguments = json!({"id": conversation, "prefix": prefix, "count": left});
        let limit = TIME_LIMIT + Duration::from_millis(100) * count;
        match actor.agent.call_within("send_many", arguments, limit) {
            Ok(_) => {
                stage.with_ledger(from, to, |ledger| ledger.acknowledge(number));
                return Ok(());
            }
            Err(CallError::Died) => {
                actor.wait_open()?;
                left -= stored_of(actor, conversation, &prefix)?.min(left);
            }
            Err(error) => bail!("{from} could not send: {error}"),
        }
    }
    Ok(())
}

/// How many texts of a request the client had stored when it was killed.
fn stored_of(actor: &Actor, conversation: &str, prefix: &str) -> Result<u32> {
    let mut before = None;
    loop {
        let page = actor.agent.messages_before(conversation, before, 200)?;
        actor.observe(conversation, &page.messages);
        let numbers = page
            .messages
            .iter()
            .filter_map(|message| message.body.text())
            .filter_map(|text| text.strip_prefix(prefix)?.strip_prefix('-')?.parse().ok());
        if let Some(highest) = numbers.max() {
            return Ok(highest);
        }
        match page.messages.first() {
            Some(first) if page.more => before = Some(first.place),
            _ => return Ok(0),
        }
    }
}

/// Sends one text; tells whether it was acknowledged (false: the client died meanwhile).
///
/// # Errors
/// The client's.
pub fn send_one(stage: &Stage, from: &str, to: &str, text: &str) -> Result<bool> {
    let actor = stage.actor(from)?;
    let conversation = stage.actor(to)?.account()?;
    let number = stage.with_ledger(from, to, |ledger| ledger.attempt(Batch::single(text)));
    let arguments = json!({"id": conversation, "text": text});
    match actor.agent.call("send_text", arguments) {
        Ok(_) => {
            stage.with_ledger(from, to, |ledger| ledger.acknowledge(number));
            Ok(true)
        }
        Err(CallError::Died) => Ok(false),
        Err(error) => bail!("{from} could not send: {error}"),
    }
}

/// Looks at the pages of all actors in the background, until it is ended.
#[derive(Debug)]
pub struct Lookers {
    ended: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Lookers {
    /// One thread for each actor.
    #[must_use]
    pub fn start(stage: &Arc<Stage>) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let threads = stage
            .actors
            .keys()
            .map(|role| {
                let (stage, ended, role) = (Arc::clone(stage), Arc::clone(&ended), role.clone());
                std::thread::spawn(move || {
                    let mut sweep = 0;
                    while !ended.load(Ordering::Acquire) {
                        // A killed client answers with an error; it is looked at again later.
                        let _ = look(&stage, &role, &mut sweep);
                        std::thread::sleep(LOOK_EVERY);
                    }
                })
            })
            .collect();
        Self { ended, threads }
    }

    /// Ends them.
    pub fn end(self) {
        self.ended.store(true, Ordering::Release);
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

const LOOK_EVERY: Duration = Duration::from_millis(60);

/// The newest page, and in turns one from further up.
fn look(stage: &Stage, role: &str, sweep: &mut u64) -> Result<()> {
    let actor = stage.actor(role)?;
    if !actor.is_open() {
        return Ok(());
    }
    for line in actor.agent.conversations()? {
        let newest = actor.agent.messages_before(&line.id, None, 30)?;
        actor.observe(&line.id, &newest.messages);
        let older = actor.agent.messages_after(&line.id, *sweep, 30)?;
        actor.observe(&line.id, &older.messages);
        *sweep = match older.messages.last() {
            Some(last) if older.more => last.place,
            _ => 0,
        };
    }
    Ok(())
}

/// Waits until every direction is equal on both sides and delivered.
///
/// # Errors
/// What is still wrong when the time is over.
pub fn settle(stage: &Stage, limit: Duration) -> Result<()> {
    let deadline = Instant::now() + limit;
    loop {
        if ends_meet(stage)? {
            let findings = compare_all(stage)?;
            if findings.is_clean() {
                return Ok(());
            }
            // What is doubled or out of order stays so: no use in waiting.
            if !findings.twice.is_empty() || !findings.disorder.is_empty() {
                bail!("{findings}");
            }
        }
        if Instant::now() > deadline {
            bail!("after {} s: {}", limit.as_secs(), compare_all(stage)?);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The cheap question before the dear one: is the newest message of each sender delivered and shown.
fn ends_meet(stage: &Stage) -> Result<bool> {
    for ((from, to), _) in stage.ledgers() {
        let newest = |role: &str, peer: &str, incoming: bool| -> Result<_> {
            let peer = stage.actor(peer)?.account()?;
            let mut before = None;
            loop {
                let page = stage.actor(role)?.agent.messages_before(peer, before, 50)?;
                let mut matching = page.messages.iter().filter(|m| m.incoming == incoming);
                if let Some(message) = matching.next_back() {
                    return Ok(Some(message.clone()));
                }
                match page.messages.first() {
                    Some(first) if page.more => before = Some(first.place),
                    _ => return Ok(None),
                }
            }
        };
        match (newest(&from, &to, false)?, newest(&to, &from, true)?) {
            (Some(sent), Some(came)) if sent.body == came.body => {
                if !sent.has_come() {
                    return Ok(false);
                }
            }
            (None, None) => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// Reads everything on both sides and compares.
///
/// # Errors
/// When a side cannot be read.
pub fn compare_all(stage: &Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    for ((from, to), ledger) in stage.ledgers() {
        let mut at_sender = stage
            .actor(&from)?
            .all_messages(stage.actor(&to)?.account()?)?;
        let mut at_receiver = stage
            .actor(&to)?
            .all_messages(stage.actor(&from)?.account()?)?;
        at_sender.retain(|message| !message.incoming);
        at_receiver.retain(|message| message.incoming);
        findings.add(ledger.compare(&at_sender, &at_receiver));
    }
    Ok(findings)
}
