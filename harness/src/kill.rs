//! `kill`: clients and their relay are killed hundreds of times in mid-traffic, and nothing may be lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use tacita_core::store::TestVault;

use crate::exam;
use crate::faults::integrity;
use crate::language::{Language, Programs};
use crate::progress::Progress;
use crate::stage::Stage;
use crate::storm::{Storm, Toll};
use crate::traffic::{self, Lookers, compare_all};
use crate::views;

/// Arguments of `kill`.
#[derive(Clone, Debug, clap::Args)]
pub struct KillArgs {
    #[command(flatten)]
    programs: Programs,
    /// SIGKILLs of a client, and as many of the relay
    #[arg(long, default_value_t = 500)]
    count: u32,
    /// Milliseconds between two messages of a sender
    #[arg(long, default_value_t = 15)]
    pace: u64,
}

/// Runs the storm; tells whether nothing was lost.
///
/// # Errors
/// When it cannot begin, or a process does not come back.
pub fn run(arguments: &KillArgs) -> Result<bool> {
    let agent = arguments
        .programs
        .agent(Language::Rust)?
        .context("the Rust agent was left out")?;
    let cast: BTreeMap<_, _> = ["a", "b"]
        .map(|role| (role.to_owned(), agent.clone()))
        .into();
    let directory = tempfile::tempdir()?;
    let stage = Stage::set_up(directory.path(), &arguments.programs.relay()?, &cast)?;
    befriend(&stage, "a", "b")?;
    let lookers = Lookers::start(&stage);
    let storm = Storm {
        client_kills: arguments.count,
        relay_kills: arguments.count,
        pace: Duration::from_millis(arguments.pace),
        longest_life: Duration::from_millis(250),
    };
    let toll = Toll::default();
    with_progress(arguments.count, &toll, || {
        storm.run(&stage, "a", "b", &toll)
    })?;
    // What is wrong then is told below, in numbers.
    let settled = traffic::settle(&stage, Duration::from_secs(300));
    lookers.end();
    let findings = compare_all(&stage)?;
    let mut changed = Vec::new();
    for (role, actor) in &stage.actors {
        let violations = actor.observed().1;
        changed.extend(violations.into_iter().map(|text| format!("{role}: {text}")));
        actor.stop();
    }
    let examined = exam::examine(&stage).context("the insider exam");
    let stopped = stage.relay.stop();
    let integrity = check_databases(&stage);
    let good = settled.is_ok()
        && findings.is_clean()
        && changed.is_empty()
        && examined.is_ok()
        && stopped
        && integrity.is_ok();
    let is_sound = integrity.is_ok();
    if !stopped {
        eprintln!("the relay did not stop in good order");
    }
    for error in [settled, examined, integrity]
        .into_iter()
        .filter_map(Result::err)
    {
        eprintln!("{error:#}");
    }
    for text in changed.iter().take(5) {
        eprintln!("{text}");
    }
    println!(
        "kill: {} client kills, {} relay kills, {} messages, {} lost, {} twice, integrity check {}",
        toll.clients.load(Ordering::Relaxed),
        toll.relays.load(Ordering::Relaxed),
        stage.acknowledged(),
        findings.lost.len(),
        findings.twice.len(),
        if is_sound { "ok" } else { "FAILED" }
    );
    Ok(good)
}

/// Two actors become contacts by a personal invitation of the first.
///
/// # Errors
/// The clients', or when it takes longer than a minute.
pub fn befriend(stage: &Stage, inviter: &str, guest: &str) -> Result<()> {
    let made = stage
        .actor(inviter)?
        .agent
        .call("create_invitation", json!({"kind": "personal"}))?;
    let link = views::text(&made, "link")?;
    crate::driver::lock(&stage.canaries).invitation(&link)?;
    stage
        .actor(guest)?
        .agent
        .call("accept_invitation", json!({"link": link}))?;
    stage.wait_state(guest, inviter, "Established")?;
    stage.wait_state(inviter, guest, "Established")
}

fn with_progress(count: u32, toll: &Toll, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let progress = Arc::new(Progress::new(u64::from(count) * 2));
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut told = 0;
            while !ended.load(Ordering::Acquire) {
                std::thread::sleep(Duration::from_millis(200));
                let clients = toll.clients.load(Ordering::Relaxed);
                let relays = toll.relays.load(Ordering::Relaxed);
                progress.set(u64::from(clients) + u64::from(relays));
                if (clients + relays) / 100 > told {
                    told = (clients + relays) / 100;
                    progress.say(&format!("  {clients} clients, {relays} relays killed"));
                }
            }
        });
        let result = work();
        ended.store(true, Ordering::Release);
        result
    })?;
    progress.finish();
    Ok(())
}

/// Every page and every reference of the clients' databases and the relay's; all are closed.
fn check_databases(stage: &Stage) -> Result<()> {
    for (role, actor) in &stage.actors {
        let directory = actor.agent.directory();
        let vault = TestVault::new(directory.to_owned());
        let key = integrity::database_key(directory, &vault)?;
        integrity::check_store(directory, &key).with_context(|| role.clone())?;
    }
    let path = stage.relay.data().join("relay.db");
    integrity::check_relay(&path)?;
    let database = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let waiting: i64 = database.query_row("SELECT count(*) FROM envelope", [], |row| row.get(0))?;
    if waiting > 64 {
        bail!("{waiting} envelopes were never acknowledged");
    }
    Ok(())
}
