//! The rows of a conversation against the model.

use std::collections::BTreeSet;

use tacita_core::client::view::{Direction, MessageBody, MessageView};

use super::{DELIVERED, Leniency, QUEUED, READ, WAITING, is_in_vain, rank};
use crate::model::{Model, Row, Shown, Talk};
use crate::rule::{Broken, hold};

pub(super) fn check_rows(
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
    let mut reads_former = false;
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
                if talk.rows.get(&place).is_none_or(|row| row.shown != shown) {
                    let may_come_again =
                        model.put_back.contains(&who) || model.put_back.contains(&other);
                    hold!(
                        !model.texts[id].received || may_come_again,
                        Once,
                        "{who} is shown t{id} of {other} once more"
                    );
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
        // Its counter lies behind all that a deleted talk had.
        reads_former |= shown == Shown::Missing && place <= talk.read_up_to;
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
                || (lenient.sessions_break || met_again) && before.rank < DELIVERED && rank > 0
                // What had not left when the contact did waits for good; what left by an expired request is queued. §16.4.
                || before.rank == QUEUED && model.leaving.contains(&other)
                || is_in_vain(view.delivery)
                // What was acknowledged may have been what it said before it was put back. §16.1.
                || model.put_back.contains(&who);
            hold!(
                !(talk.blocked && before.rank == WAITING && rank > WAITING),
                Blocked,
                "{who} encrypts what waits at place {place} for {other}, who is blocked"
            );
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
    if reads_former {
        for (id, text) in model.texts.iter_mut().enumerate() {
            let is_former = text.received && !seen.contains(&id);
            text.read |= text.to == who && text.from == other && is_former;
        }
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
