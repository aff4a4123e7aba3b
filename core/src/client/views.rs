//! Read models, filled from the store. One call fills one screen.

use super::body::{Body, UNREADABLE};
use super::error::ClientError;
use super::receipts::Reads;
use super::step::{
    CHANGED_ACCOUNT, CHANGED_CONVERSATION, CHANGED_INVITATION, CHANGED_RELAY, Identity,
};
use super::view::{
    ConversationId, ConversationView, Event, EventBatch, InvitationId, MessageBody, MessagePage,
    MessageView, SafetyNumberView,
};
use super::ways::Reasons;
use crate::protocol::identity::{DeviceLog, VerifiedDeviceLog};
use crate::protocol::ids::AccountId;
use crate::protocol::safety;
use crate::store::{ArrangementRow, ConversationRow, MessageRow, Tx};
use tacita_wire::Decode;

/// Rows of one page at most.
const MAX_PAGE: u32 = 500;
/// Rows looked at for the last one that is shown; a few may keep a place only.
const LAST_LOOK: u32 = 8;
/// Events of one batch at most.
const MAX_EVENTS: u32 = 1000;

/// A message as it is shown; `None` for what keeps a place only.
pub(crate) fn message_view(row: MessageRow, reasons: &Reasons) -> Option<MessageView> {
    let delivery = reasons.delivery(&row);
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

/// The newest page before a place.
pub(crate) fn page_before(
    tx: &Tx<'_>,
    id: ConversationId,
    before: Option<u64>,
    limit: u32,
    reasons: &Reasons,
) -> Result<MessagePage, ClientError> {
    tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
    let (rows, more) = tx.page_before(id, before, limit.clamp(1, MAX_PAGE))?;
    Ok(page_of(rows, more, reasons, &Reads::load(tx, id)?))
}

/// The page that follows a place.
pub(crate) fn page_after(
    tx: &Tx<'_>,
    id: ConversationId,
    after: u64,
    limit: u32,
    reasons: &Reasons,
) -> Result<MessagePage, ClientError> {
    tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
    let (rows, more) = tx.page_after(id, after, limit.clamp(1, MAX_PAGE))?;
    Ok(page_of(rows, more, reasons, &Reads::load(tx, id)?))
}

fn page_of(rows: Vec<MessageRow>, more: bool, reasons: &Reasons, reads: &Reads) -> MessagePage {
    let messages = rows
        .into_iter()
        .filter_map(|row| reads.show(row, reasons))
        .collect();
    MessagePage { messages, more }
}

/// One line of the conversation list.
pub(crate) fn conversation_view(
    tx: &Tx<'_>,
    row: ConversationRow,
    reasons: &Reasons,
) -> Result<ConversationView, ClientError> {
    let (newest, _) = tx.page_before(row.id, None, LAST_LOOK)?;
    let reads = Reads::load(tx, row.id)?;
    let last = newest
        .into_iter()
        .rev()
        .find_map(|last| reads.show(last, reasons));
    let ArrangementRow {
        nickname,
        draft,
        pinned,
        archived,
        blocked,
        muted_until_ms,
    } = tx.load_arrangement(row.id)?;
    Ok(ConversationView {
        id: row.id,
        unread: tx.unread_count(row.id, UNREADABLE)?,
        name: row.name,
        state: row.state,
        verified: row.verified,
        last,
        nickname,
        draft,
        pinned,
        archived,
        blocked,
        muted_until_ms,
        typing: false,
    })
}

/// The other side of a conversation, as the safety number needs it.
fn load_other_side(
    tx: &Tx<'_>,
    id: ConversationId,
) -> Result<(VerifiedDeviceLog, ConversationRow), ClientError> {
    let row = tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
    let log = DeviceLog::from_bytes(&row.log).map_err(|_| ClientError::RowDamaged)?;
    let theirs = log.verify_for(id.0).map_err(|_| ClientError::RowDamaged)?;
    Ok((theirs, row))
}

/// The safety number of a conversation.
pub(crate) fn safety_number(
    tx: &Tx<'_>,
    me: &Identity,
    id: ConversationId,
) -> Result<SafetyNumberView, ClientError> {
    let (theirs, row) = load_other_side(tx, id)?;
    let (our_id, their_id) = (me.keys.address.account, id.0);
    let number = safety::safety_number(
        (me.log.account_key(), &our_id),
        (theirs.account_key(), &their_id),
    );
    Ok(SafetyNumberView {
        digits: number.digits,
        qr: number.qr,
        verified: row.verified,
    })
}

/// Whether a scanned code is that of this conversation; marks it verified if so.
pub(crate) fn verify_scanned(
    tx: &Tx<'_>,
    me: &Identity,
    id: ConversationId,
    scanned: &str,
) -> Result<bool, ClientError> {
    let (theirs, mut row) = load_other_side(tx, id)?;
    let (our_id, their_id) = (me.keys.address.account, id.0);
    let ours = (me.log.account_key(), &our_id);
    match safety::verify_scan(ours, (theirs.account_key(), &their_id), scanned) {
        Ok(_) => {
            row.verified = true;
            tx.save_conversation(&row)?;
            Ok(true)
        }
        Err(crate::protocol::ProtocolError::SafetyNumberMismatch) => Ok(false),
        Err(crate::protocol::ProtocolError::Malformed(error)) => {
            Err(super::accept::link_error(error))
        }
        Err(_) => Err(ClientError::LinkDamaged),
    }
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
        _ => None,
    }
}
