//! The line of a conversation in the list against the model.

use tacita_core::client::view::{
    ConversationState, ConversationView, Direction, MessageBody, MessageView,
};

use super::rank;
use crate::model::{Mind, Model, Talk};
use crate::rule::{Broken, hold};

/// Word of writing older than this may not be shown, in milliseconds: 15 s on the way, 15 s shown, and 2 minutes by which
/// clocks may be thought to differ. PROTOCOL.md §16.3.
const TYPING_MS: u64 = 155_000;

pub(super) fn check_state(
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

pub(super) fn check_line(
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
pub(super) fn digest(view: &ConversationView, rows: &[MessageView]) -> u64 {
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
