//! Steps of a scenario about what one side tells the other of reading and writing.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::stage::{Stage, wait_for};

/// Within this, what was told has come: the longest delay that is drawn, and the way.
const LIMIT: Duration = Duration::from_secs(60);
/// How often a client says again that its user is writing, as an app does with each key: it is told now and then.
const KEYS: Duration = Duration::from_secs(2);
/// Messages that are looked at.
const PAGE: u32 = 50;

/// `by` has all that `of` wrote, and marks it as read; `of` shows that.
pub(crate) fn read(stage: &Stage, by: &str, of: &str) -> Result<()> {
    let (reader, writer) = (stage.actor(by)?, stage.actor(of)?);
    let (to_reader, to_writer) = (reader.account()?, writer.account()?);
    let newest = |messages: Vec<crate::views::Message>, incoming: bool| {
        messages
            .into_iter()
            .rev()
            .find(|message| message.incoming == incoming)
    };
    let written = newest(
        writer
            .agent
            .messages_before(to_reader, None, PAGE)?
            .messages,
        false,
    )
    .with_context(|| format!("{of} has written nothing to {by}"))?;
    let place = wait_for(&format!("{by} to have all of {of}"), LIMIT, || {
        let page = reader.agent.messages_before(to_writer, None, PAGE)?;
        let came = newest(page.messages, true);
        Ok(came.and_then(|came| (came.body == written.body).then_some(came.place)))
    })?;
    reader
        .agent
        .call("mark_read", json!({"id": to_writer, "place": place}))?;
    wait_for(&format!("{of} to learn that {by} has read"), LIMIT, || {
        let page = writer.agent.messages_before(to_reader, None, PAGE)?;
        let mut ours = page.messages.iter().filter(|message| !message.incoming);
        Ok(ours.all(|message| message.delivery == "Read").then_some(()))
    })
}

/// `by` writes to `to`, who sees it, and stops, which `to` sees too.
pub(crate) fn write(stage: &Stage, by: &str, to: &str) -> Result<()> {
    let (writer, other) = (stage.actor(by)?, stage.actor(to)?);
    let (to_writer, to_other) = (writer.account()?, other.account()?);
    let say = |writing: bool| {
        writer
            .agent
            .call("set_typing", json!({"id": to_other, "writing": writing}))
    };
    let is_shown = || -> Result<bool> {
        let line = other.conversation(to_writer)?;
        Ok(line.is_some_and(|line| line.typing))
    };
    let mut next = std::time::Instant::now();
    wait_for(&format!("{to} to see that {by} writes"), LIMIT, || {
        if std::time::Instant::now() >= next {
            say(true)?;
            next += KEYS;
        }
        Ok(is_shown()?.then_some(()))
    })?;
    say(false)?;
    wait_for(&format!("{to} to see that {by} has stopped"), LIMIT, || {
        Ok((!is_shown()?).then_some(()))
    })
}
