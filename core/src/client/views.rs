//! Read models, filled from the store. One call fills one screen.

use super::body::Body;
use super::error::ClientError;
use super::step::{CHANGED_ACCOUNT, CHANGED_INVITATION, CHANGED_RELAY, CHANGED_STORE};
use super::view::{
    ConversationId, Delivery, Direction, Event, EventBatch, InvitationId, MessageBody, MessageView,
};
use super::ways::Reasons;
use crate::protocol::ids::{AccountId, Counter};
use crate::store::{CHANGED_CONVERSATION, MessageRow, Tx};

/// Rows of one page at most.
pub(crate) const MAX_PAGE: u32 = 500;
/// Events of one batch at most.
const MAX_EVENTS: u32 = 1000;

/// A message as it is shown, to somebody who may see up to which counter of ours the contact has read; `None` for what
/// keeps a place only.
pub(crate) fn message_view(
    row: MessageRow,
    reasons: &Reasons,
    read_up_to: Counter,
) -> Option<MessageView> {
    let is_read =
        row.direction == Direction::Outgoing && row.counter > 0 && row.counter <= read_up_to;
    let delivery = match reasons.delivery(&row) {
        Delivery::Delivered if is_read => Delivery::Read,
        delivery => delivery,
    };
    let body = match Body::from_stored(row.body) {
        Ok(Body::Text(text)) => MessageBody::Text { text },
        Ok(Body::Missing) => MessageBody::Missing,
        Ok(Body::Undecryptable(unopened)) => MessageBody::Undecryptable {
            cause: unopened.cause,
            count: unopened.count,
            repair: unopened.repair,
        },
        Ok(Body::Unknown(_)) => MessageBody::NeedsNewerVersion,
        Ok(Body::Damaged(_)) | Err(_) => MessageBody::Damaged,
        Ok(Body::Hidden) => return None,
    };
    Some(MessageView {
        conversation: row.conversation,
        place: row.place,
        direction: row.direction,
        body,
        sent_ms: row.sent_ms,
        delivery,
    })
}

/// What changed behind a cursor.
pub(crate) fn events(tx: &Tx<'_>, after: u64) -> Result<EventBatch, ClientError> {
    let (rows, cursor) = tx.changes_after(after, MAX_EVENTS)?;
    let events = rows
        .into_iter()
        .filter_map(|(kind, key)| event_of(kind, &key))
        .collect();
    Ok(EventBatch { events, cursor })
}

fn event_of(kind: u8, key: &[u8]) -> Option<Event> {
    match kind {
        CHANGED_ACCOUNT => Some(Event::Account),
        CHANGED_CONVERSATION => Some(Event::Conversation {
            id: ConversationId(AccountId(key.try_into().ok()?)),
        }),
        CHANGED_INVITATION => Some(Event::Invitation {
            id: InvitationId(key.try_into().ok()?),
        }),
        CHANGED_RELAY => Some(Event::Relay {
            address: String::from_utf8(key.to_vec()).ok()?,
        }),
        CHANGED_STORE => Some(Event::Store),
        _ => None,
    }
}
