//! Steps of a scenario about what a user decides: arranging, blocking, searching, deleting; and the list that shows it.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::driver::lock;
use crate::scenario::Line;
use crate::stage::{Actor, Stage, wait_for};
use crate::views::{self, Message};

/// Within this, what was decided or sent is shown.
const LIMIT: Duration = Duration::from_secs(60);
/// Hits that are asked for.
const HITS: u32 = 50;
/// The end of time, as clients have it.
const FOR_GOOD: i64 = i64::MAX;

/// What a client shows of its list: what it was told piece by piece.
fn shown(actor: &Actor) -> Result<Vec<Value>> {
    let list = actor.agent.call("shown", json!({}))?;
    list.as_array().cloned().context("no list is shown")
}

/// Every open client shows what is in its store.
pub(crate) fn check_lists(stage: &Stage) -> Result<()> {
    for (role, actor) in &stage.actors {
        if !actor.is_open() {
            continue;
        }
        wait_for(&format!("{role} to show its list as it is"), LIMIT, || {
            let stored = actor.agent.call("conversations", json!({}))?;
            Ok((json!(shown(actor)?) == stored).then_some(()))
        })?;
    }
    Ok(())
}

/// `by` decides something about its conversation with `of`.
pub(crate) fn arrange(stage: &Stage, by: &str, of: &str, set: &Line) -> Result<()> {
    let is_decided = set.unread.is_none() && set.verification.is_none();
    ensure!(is_decided, "nobody decides what is unread, or verified so");
    let id = stage.actor(of)?.account()?;
    let muted_until_ms = set.muted.map(|muted| if muted { FOR_GOOD } else { 0 });
    let mut arguments = json!({
        "id": id,
        "nickname": set.nickname,
        "draft": set.draft,
        "pinned": set.pinned,
        "archived": set.archived,
        "muted_until_ms": muted_until_ms,
        "blocked": set.blocked,
    });
    if let Some(fields) = arguments.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    for text in [&set.nickname, &set.draft].into_iter().flatten() {
        if !text.is_empty() {
            lock(&stage.canaries).text("a nickname or a draft", text);
        }
    }
    stage.actor(by)?.agent.call("arrange", arguments)?;
    shows(stage, by, of, set)
}

/// Waits until `by`'s list shows this of `of`.
pub(crate) fn shows(stage: &Stage, by: &str, of: &str, expected: &Line) -> Result<()> {
    let (actor, id) = (stage.actor(by)?, stage.actor(of)?.account()?);
    wait_for(&format!("{by} to show {expected:?} of {of}"), LIMIT, || {
        let rows = shown(actor)?;
        let row = rows.iter().find(|row| row.get("id") == Some(&json!(id)));
        Ok(row.filter(|row| is_so(row, expected)).map(drop))
    })
}

fn is_so(row: &Value, line: &Line) -> bool {
    let is = |field: &str, value: Option<Value>| {
        value.is_none_or(|value| row.get(field) == Some(&value))
    };
    let is_muted = row
        .get("muted_until_ms")
        .is_some_and(|until| !until.is_null());
    is("nickname", line.nickname.clone().map(Value::from))
        && is("draft", line.draft.clone().map(Value::from))
        && is("pinned", line.pinned.map(Value::from))
        && is("archived", line.archived.map(Value::from))
        && is("blocked", line.blocked.map(Value::from))
        && is("unread", line.unread.map(Value::from))
        && is("verification", line.verification.clone().map(Value::from))
        && line.muted.is_none_or(|muted| muted == is_muted)
}

/// Waits until `by`'s list has these rows, in this order.
pub(crate) fn order(stage: &Stage, by: &str, of: &[String]) -> Result<()> {
    let expected = of
        .iter()
        .map(|role| stage.actor(role)?.account())
        .collect::<Result<Vec<_>>>()?;
    let actor = stage.actor(by)?;
    wait_for(&format!("{by} to show {of:?}"), LIMIT, || {
        let rows = shown(actor)?;
        let ids: Vec<_> = rows.iter().map(|row| row.get("id")?.as_str()).collect();
        let is_so = ids.iter().flatten().eq(expected.iter()) && ids.len() == expected.len();
        Ok(is_so.then_some(()))
    })
}

/// `from` sends what must not come to `to`.
pub(crate) fn tell(stage: &Stage, from: &str, to: &str, text: &str) -> Result<()> {
    let (actor, id) = (stage.actor(from)?, stage.actor(to)?.account()?);
    lock(&stage.canaries).text("a text", text);
    stage.with_ledger(from, to, |ledger| ledger.note_unheard(text));
    let arguments = json!({"id": id, "text": text});
    let sent = Message::read(&actor.agent.call("send_text", arguments)?)?;
    wait_for(
        &format!("the text of {from} to be at the relay"),
        LIMIT,
        || {
            let page = actor.agent.messages_after(id, sent.place - 1, 1)?;
            let state = page.messages.first().map(|message| &*message.delivery);
            Ok((state == Some("Sent")).then_some(()))
        },
    )
}

/// Waits until `by` finds so many texts.
pub(crate) fn search(
    stage: &Stage,
    by: &str,
    text: &str,
    of: Option<&str>,
    found: usize,
) -> Result<()> {
    let actor = stage.actor(by)?;
    let arguments = match of {
        Some(of) => json!({"text": text, "limit": HITS, "id": stage.actor(of)?.account()?}),
        None => json!({"text": text, "limit": HITS}),
    };
    wait_for(
        &format!("{by} to find \"{text}\" {found} times"),
        LIMIT,
        || {
            let hits = actor.agent.call("search", arguments.clone())?;
            let hits = hits.as_array().context("no hits")?;
            Ok((hits.len() == found).then_some(()))
        },
    )
}

/// `by` deletes its conversation with `of`: it is in no list and found by no search.
pub(crate) fn delete_conversation(stage: &Stage, by: &str, of: &str) -> Result<()> {
    let (actor, id) = (stage.actor(by)?, stage.actor(of)?.account()?);
    stage.forget(by, of);
    actor.forget(id);
    actor.agent.call("delete_conversation", json!({"id": id}))?;
    ensure!(
        actor.conversation(id)?.is_none(),
        "{by} still lists {of}, whom it has deleted"
    );
    wait_for(&format!("{by} to show {of} no longer"), LIMIT, || {
        let rows = shown(actor)?;
        let is_gone = rows.iter().all(|row| row.get("id") != Some(&json!(id)));
        Ok(is_gone.then_some(()))
    })
}

/// `by` deletes its account.
pub(crate) fn delete_account(stage: &Stage, by: &str) -> Result<()> {
    let actor = stage.actor(by)?;
    actor.note_closed();
    let said = views::kind(&actor.agent.call("delete_account", json!({}))?)?;
    ensure!(said == "Done", "the account of {by} is deleted: {said}");
    for (role, other) in &stage.actors {
        stage.forget(by, role);
        if other.is_open() && other.conversation(actor.account()?)?.is_some() {
            stage.wait_state(role, by, "Left")?;
        }
    }
    for file in std::fs::read_dir(actor.agent.directory())? {
        let name = file?.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("tacita.db") || name.starts_with("keys") {
            bail!("{by} has deleted its account, and {name} is still there");
        }
    }
    Ok(())
}
