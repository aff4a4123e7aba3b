//! Reads what an engine shows, and compares it with the model.

mod claims;
mod line;
mod rows;

use std::collections::BTreeSet;

use tacita_core::client::Engine;
use tacita_core::client::view::{ConversationId, Delivery, Event, MessageView, QueueReason};

pub use claims::check_claims;
use line::{check_line, check_state, digest};
use rows::check_rows;

use super::model::Model;
use super::rule::{Broken, Rule, hold};
use super::world::World;

/// The page that is read at once.
const PAGE: u32 = 500;

pub fn rank(delivery: Delivery) -> u8 {
    match delivery {
        Delivery::Received => 0,
        Delivery::Waiting { .. } => 1,
        Delivery::Queued { .. } => 2,
        Delivery::Sent => 3,
        Delivery::Delivered => 4,
        Delivery::Read => 5,
    }
}

/// Whether it left by a request that has expired, or waits for it.
pub fn is_in_vain(delivery: Delivery) -> bool {
    let (Delivery::Queued { reason } | Delivery::Waiting { reason }) = delivery else {
        return false;
    };
    reason == QueueReason::RequestExpired
}

pub const WAITING: u8 = 1;
pub const QUEUED: u8 = 2;
pub const SENT: u8 = 3;
pub const DELIVERED: u8 = 4;
pub const READ: u8 = 5;

/// Everything of a conversation, read in large pages.
pub fn list(engine: &Engine, id: ConversationId) -> Result<Vec<MessageView>, Broken> {
    let mut all: Vec<MessageView> = Vec::new();
    let mut after = 0;
    loop {
        let page = engine.messages_after(id, after, PAGE);
        let page = page.map_err(|e| Broken::new(Rule::Calls, format!("messages: {e:?}")))?;
        after = page.messages.last().map_or(after, |last| last.place);
        all.extend(page.messages);
        if !page.more {
            return Ok(all);
        }
    }
}

/// What the rules need to know of how a run is played.
#[derive(Clone, Copy, Default)]
pub struct Leniency {
    /// A session may be replaced, so that what was sent is queued again. §19.
    pub sessions_break: bool,
}

/// Looks at everything that a device shows.
pub fn observe(
    world: &mut World,
    model: &mut Model,
    who: usize,
    lenient: Leniency,
) -> Result<(), Broken> {
    if let Some(error) = world.take_error() {
        return Err(Broken::new(Rule::Calls, error));
    }
    let now_ms = world.now_ms;
    let clocks: Vec<i64> = world.devices.iter().map(|device| device.ahead_ms).collect();
    let device = &mut world.devices[who];
    let Some(engine) = &device.engine else {
        return Ok(());
    };
    if !device.dirty || model.accounts[who].is_none() {
        return Ok(());
    }
    device.dirty = false;
    let run = device.run;
    let views = engine
        .conversations()
        .map_err(|e| Broken::new(Rule::Calls, format!("conversations: {e:?}")))?;
    let changed = read_events(engine, model, who)?;
    let mut there = BTreeSet::new();
    for view in views {
        let other = model.who(view.id.0);
        hold!(
            other.is_some(),
            Conversations,
            "{who} talks with nobody known"
        );
        let other = other.unwrap_or_default();
        let _ = there.insert(other);
        check_state(model, who, other, &view)?;
        let rows = list(engine, view.id)?;
        let mut talk = model.minds[who].talks.remove(&other).unwrap_or_default();
        let result = check_rows(model, who, other, &mut talk, &rows, lenient).and_then(|()| {
            check_line(
                model,
                who,
                other,
                &mut talk,
                &view,
                &rows,
                (now_ms, &clocks),
            )
        });
        let digest = digest(&view, &rows);
        // Who is writing is known to a run only; one that begins reads everything.
        let is_same_typing = talk.typing == (run, view.typing) || talk.typing.0 != run;
        talk.typing = (run, view.typing);
        let is_told = digest == talk.digest && is_same_typing || changed.contains(&other);
        talk.digest = digest;
        let _ = model.minds[who].talks.insert(other, talk);
        result?;
        hold!(
            is_told,
            Events,
            "no event told {who} that the talk with {other} changed"
        );
    }
    let gone: Vec<usize> = model.minds[who]
        .talks
        .keys()
        .filter(|other| !there.contains(other))
        .copied()
        .collect();
    hold!(
        gone.is_empty(),
        Conversations,
        "{who} has lost the talks with {gone:?}"
    );
    Ok(())
}

fn read_events(engine: &Engine, model: &mut Model, who: usize) -> Result<BTreeSet<usize>, Broken> {
    let mut changed = BTreeSet::new();
    loop {
        let batch = engine.events(model.minds[who].cursor);
        let batch = batch.map_err(|e| Broken::new(Rule::Calls, format!("events: {e:?}")))?;
        model.minds[who].cursor = batch.cursor;
        if batch.events.is_empty() {
            return Ok(changed);
        }
        for event in batch.events {
            if let Event::Conversation { id } = event
                && let Some(other) = model.who(id.0)
            {
                let _ = changed.insert(other);
            }
        }
    }
}
