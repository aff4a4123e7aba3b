//! The step of a scenario in which texts that wait are written anew and dropped.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::driver::{CallError, lock};
use crate::ledger::Batch;
use crate::stage::{Stage, wait_for};
use crate::views;

/// Within this, what was written has come.
const LIMIT: Duration = Duration::from_secs(60);
/// Messages that are looked at.
const PAGE: u32 = 50;

/// Without a network `by` writes, edits and drops; then it leaves as it stands in the end.
pub(crate) fn rewrite(stage: &Stage, by: &str, to: &str, text: &str) -> Result<()> {
    let (writer, reader) = (stage.actor(by)?, stage.actor(to)?);
    let id = reader.account()?;
    let call = |op: &str, arguments: Value| writer.agent.call(op, arguments);
    let drafts = [format!("{text}, a draft"), format!("{text}, never sent")];
    for draft in drafts.iter().map(String::as_str).chain([text]) {
        lock(&stage.canaries).text("a text", draft);
    }
    let page = writer.agent.messages_before(id, None, PAGE)?;
    let left = page
        .messages
        .iter()
        .rev()
        .find(|message| message.has_come());
    let left = left
        .with_context(|| format!("nothing of {by} has come"))?
        .place;

    call("network_is_lost", json!({}))?;
    let mut places = Vec::new();
    for draft in &drafts {
        let sent = call("send_text", json!({"id": id, "text": draft}))?;
        let delivery = sent.get("delivery").context("no delivery")?;
        ensure!(
            views::kind(delivery)? == "Waiting" && views::text(delivery, "reason")? == "Offline",
            "without a network it is {delivery}"
        );
        places.push(views::number(&sent, "place")?);
    }
    let [first, second] = places[..] else {
        anyhow::bail!("two were sent");
    };
    let number = stage.with_ledger(by, to, |ledger| ledger.attempt(Batch::single(text)));
    call(
        "edit_queued",
        json!({"id": id, "place": first, "text": text}),
    )?;
    stage.with_ledger(by, to, |ledger| ledger.acknowledge(number));
    call("drop_queued", json!({"id": id, "place": second}))?;
    for (op, place, error) in [
        ("edit_queued", left, "TooLate"),
        ("drop_queued", left, "TooLate"),
        ("drop_queued", second, "NotFound"),
    ] {
        match call(op, json!({"id": id, "place": place, "text": "x"})) {
            Err(CallError::Refused { kind, .. }) if kind == error => {}
            other => anyhow::bail!("{by}: {op} gave {other:?}, not {error}"),
        }
    }
    let queued = call("queued", json!({"id": id}))?;
    let queued = queued.as_array().context("no list")?;
    ensure!(queued.len() == 1, "{by} has {} that wait", queued.len());
    let outbox = call("outbox", json!({}))?;
    ensure!(views::number(&outbox, "count")? == 1, "{by}: {outbox}");
    call("network_is_back", json!({}))?;
    call("retry_now", json!({"id": id}))?;
    wait_for(&format!("{by} to have sent what waited"), LIMIT, || {
        let outbox = call("outbox", json!({}))?;
        Ok((views::number(&outbox, "count")? == 0).then_some(()))
    })
}
