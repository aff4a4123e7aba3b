//! Reads what an engine shows, and compares it with the model.

use std::collections::BTreeSet;

use tacita_core::client::Engine;
use tacita_core::client::view::{
    ConversationId, ConversationState, ConversationView, Delivery, Direction, Event, MessageBody,
    MessageView,
};

use super::model::{Mind, Model, Row, Shown, Talk};
use super::rule::{Broken, hold};
use super::world::World;

/// Texts older than this may not be shown as being written, in milliseconds: 15 s on the way, 15 s shown, and 2 minutes by which
/// clocks may be thought to differ. PROTOCOL.md §16.3.
const TYPING_MS: u64 = 155_000;
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

pub const QUEUED: u8 = 2;
pub const DELIVERED: u8 = 4;
pub const READ: u8 = 5;

/// Everything of a conversation, read in large pages.
pub fn list(engine: &Engine, id: ConversationId) -> Result<Vec<MessageView>, Broken> {
    let mut all: Vec<MessageView> = Vec::new();
    let mut after = 0;
    loop {
        let page = engine.messages_after(id, after, PAGE);
        let page =
            page.map_err(|e| Broken::new(super::rule::Rule::Calls, format!("messages: {e:?}")))?;
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
        return Err(Broken::new(super::rule::Rule::Calls, error));
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
        .map_err(|e| Broken::new(super::rule::Rule::Calls, format!("conversations: {e:?}")))?;
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
        let batch =
            batch.map_err(|e| Broken::new(super::rule::Rule::Calls, format!("events: {e:?}")))?;
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

fn check_state(
    model: &mut Model,
    who: usize,
    other: usize,
    view: &ConversationView,
) -> Result<(), Broken> {
    let pair = model.pair(who, other).clone();
    hold!(
        pair.met,
        Conversations,
        "{who} and {other} talk, and nobody invited"
    );
    let may_be = match view.state {
        ConversationState::Request => pair.public_of.contains(&who),
        ConversationState::Left => model.leaving.contains(&other),
        ConversationState::Inviting | ConversationState::Established => true,
    };
    hold!(
        may_be,
        Conversations,
        "the talk of {who} with {other} is {:?}",
        view.state
    );
    Ok(())
}

fn check_rows(
    model: &mut Model,
    who: usize,
    other: usize,
    talk: &mut Talk,
    rows: &[MessageView],
    lenient: Leniency,
) -> Result<(), Broken> {
    let met_again = model.pair(who, other).met_again;
    let mut last_place = 0;
    let mut last_text = None;
    let mut last_read = None;
    let mut seen = BTreeSet::new();
    let mut own = Vec::new();
    let mut places = BTreeSet::new();
    for view in rows {
        let place = view.place;
        hold!(
            place > last_place,
            PlacesStay,
            "{who} sees place {place} behind {last_place}"
        );
        last_place = place;
        let _ = places.insert(place);
        let shown = match &view.body {
            MessageBody::Text { text } => {
                let id = model.find(text);
                hold!(
                    id.is_some(),
                    Genuine,
                    "{who} is shown a text that nobody wrote, with {other}"
                );
                Shown::Text(id.unwrap_or_default())
            }
            MessageBody::Missing => Shown::Missing,
            _ => Shown::Unreadable,
        };
        if let Shown::Text(id) = shown {
            hold!(
                seen.insert(id),
                Once,
                "{who} sees t{id} twice, with {other}"
            );
            check_text(model, who, other, view, id)?;
            if view.direction == Direction::Incoming {
                if !talk.rows.contains_key(&place) || talk.rows[&place].shown != shown {
                    hold!(
                        !talk.blocked,
                        Blocked,
                        "{who} is shown t{id} of {other}, who is blocked"
                    );
                }
                let text = &mut model.texts[id];
                text.received = true;
                // A place that is filled behind the mark counts as read.
                if place <= talk.read_up_to {
                    text.read = true;
                    last_read = last_read.max(Some(id));
                }
                if !text.unordered {
                    hold!(
                        last_text.is_none_or(|last| last < id),
                        Order,
                        "{who} sees t{id} of {other} behind t{}",
                        last_text.unwrap_or_default()
                    );
                    last_text = Some(id);
                }
            } else {
                own.push((place, id));
            }
        }
        let rank = rank(view.delivery);
        if let Some(before) = talk.rows.get(&place) {
            hold!(
                before.direction == view.direction,
                PlacesStay,
                "{who} sees another direction at place {place}"
            );
            hold!(
                before.shown == shown || before.shown == Shown::Missing,
                PlacesStay,
                "{who} sees {shown:?} in place of {:?} at place {place} with {other}",
                before.shown
            );
            let may_fall = before.rank == READ
                && rank == DELIVERED
                && !model.minds[who].settings.read_receipts
                || (lenient.sessions_break || met_again) && before.rank < DELIVERED && rank > 0;
            hold!(
                rank >= before.rank || may_fall,
                NeverBack,
                "{who} sees {} fall to {rank} at place {place} with {other}",
                before.rank
            );
        }
        let row = Row {
            direction: view.direction,
            shown,
            rank,
        };
        let _ = talk.rows.insert(place, row);
    }
    // One counter says it for all before, also for what a deleted talk had. §16.2.
    for text in &mut model.texts[..last_read.map_or(0, |last| last + 1)] {
        text.read |= text.to == who && text.from == other && text.received;
    }
    for (place, row) in &talk.rows {
        hold!(
            places.contains(place) || row.shown == Shown::Missing,
            PlacesStay,
            "{who} sees {:?} no longer at place {place}",
            row.shown
        );
    }
    talk.rows.retain(|place, _| places.contains(place));
    hold!(
        own == talk.own,
        OwnTexts,
        "{who} wrote {:?} to {other} and sees {own:?}",
        talk.own
    );
    Ok(())
}

fn check_text(
    model: &Model,
    who: usize,
    other: usize,
    view: &MessageView,
    id: usize,
) -> Result<(), Broken> {
    let text = &model.texts[id];
    let (from, to) = match view.direction {
        Direction::Incoming => (other, who),
        Direction::Outgoing => (who, other),
    };
    hold!(
        (text.from, text.to) == (from, to),
        Genuine,
        "t{id} of {} to {} is shown to {who} with {other}",
        text.from,
        text.to
    );
    hold!(
        view.sent_ms == text.sent_ms,
        Genuine,
        "t{id} is shown with another time"
    );
    hold!(
        text.is_kept || model.put_back.contains(&from),
        Genuine,
        "{who} is shown t{id}, which the store of {from} never had"
    );
    Ok(())
}

fn check_line(
    model: &mut Model,
    who: usize,
    other: usize,
    talk: &mut Talk,
    view: &ConversationView,
    rows: &[MessageView],
    (now_ms, clocks): (u64, &[i64]),
) -> Result<(), Broken> {
    talk.state = Some(view.state);
    let unread = rows
        .iter()
        .filter(|row| {
            row.place > talk.read_up_to
                && row.direction == Direction::Incoming
                && row.body != MessageBody::Missing
        })
        .count();
    hold!(
        view.unread as usize == unread,
        Unread,
        "{who} has {unread} unread of {other}, and is told {}",
        view.unread
    );
    if let Some(last) = &view.last {
        hold!(
            rows.last()
                .is_some_and(|row| row.place == last.place && row.body == last.body),
            Pages,
            "the line of {other} at {who} shows another last message"
        );
    }
    let decided = view.draft == talk.draft
        && view.nickname == talk.nickname
        && view.pinned == talk.pinned
        && view.blocked == talk.blocked
        && view.muted_until_ms == talk.muted_until_ms;
    hold!(decided, Decided, "{who} decided otherwise about {other}");
    if view.typing {
        let Mind { settings, .. } = &model.minds[who];
        hold!(
            settings.typing && !talk.blocked,
            Typing,
            "{who} is shown that {other} writes"
        );
        let typed = model.typed.get(&(other, who));
        hold!(
            typed.is_some(),
            Typing,
            "{other} never told {who} of writing"
        );
        let is_lately = typed.is_some_and(|at| now_ms.saturating_sub(*at) <= TYPING_MS);
        let clocks_agree = clocks[who] == clocks[other];
        hold!(
            is_lately || !clocks_agree,
            Typing,
            "{who} is shown that {other} writes, long after"
        );
    }
    Ok(())
}

/// What of a line and its page an app would have to draw anew; not why something is queued, which is known to the run.
fn digest(view: &ConversationView, rows: &[MessageView]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |number: u64| {
        for byte in number.to_be_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    add(view.unread.into());
    add(view.state as u64);
    add(view.verification as u64);
    for flag in [view.pinned, view.archived, view.blocked] {
        add(flag.into());
    }
    for text in [&view.name, &view.nickname, &view.draft] {
        text.bytes().for_each(|byte| add(byte.into()));
        add(0x100);
    }
    add(view.muted_until_ms.unwrap_or(1));
    for row in rows {
        add(row.place);
        add(rank(row.delivery).into());
        match &row.body {
            MessageBody::Text { text } => add(text.len() as u64),
            MessageBody::Missing => add(0x200),
            MessageBody::Undecryptable { count, repair, .. } => {
                add(0x300 + u64::from(*count));
                add(*repair as u64);
            }
            _ => add(0x400),
        }
    }
    hash
}

/// *Delivered* and *read* are claims about another's store and user. Checked when everybody was looked at.
pub fn check_claims(world: &World, model: &Model) -> Result<(), Broken> {
    for (who, mind) in model.minds.iter().enumerate() {
        for (other, talk) in &mind.talks {
            if world.devices[*other].engine.is_none() || world.devices[*other].dirty {
                // Not looked at: it is being started.
                continue;
            }
            for (place, id) in &talk.own {
                let (text, rank) = (
                    &model.texts[*id],
                    talk.rows.get(place).map_or(0, |row| row.rank),
                );
                hold!(
                    rank < DELIVERED || text.received || text.dropped,
                    DeliveryTrue,
                    "{who} sees t{id} delivered, which {other} never had"
                );
                hold!(
                    rank < READ || text.read || text.dropped,
                    ReadTrue,
                    "{who} sees t{id} read, which {other} never did"
                );
            }
        }
    }
    Ok(())
}
