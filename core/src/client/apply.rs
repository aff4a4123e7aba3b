//! What an opened frame does: counters, deliveries, and each kind of content. PROTOCOL.md §15, §16.

use tacita_wire::{Decode, Encode};

use super::accept::extend_log;
use super::acknowledged::{note_acknowledged, take_receipt, take_rewound};
use super::arrange::note_text_received;
use super::body::{Body, Kept};
use super::earlier;
use super::error::ClientError;
use super::profile;
use super::receipts;
use super::repair;
use super::step::{Changed, Step, touch};
use super::typing::Heard;
use super::verification::note_fork;
use super::view::{ConversationId, ConversationState, Direction};
use crate::protocol::content::{Content, Frame};
use crate::protocol::delivery::Acceptance;
use crate::protocol::descriptor::Descriptor;
use crate::protocol::ids::{Counter, DeviceAddress, TranscriptHash};
use crate::protocol::reconnect::ReconnectRecord;
use crate::protocol::session::Session;
use crate::store::sabotage::{Breakage, is};
use crate::store::{MessageRow, PeerRow, RewindRow, SessionRow, StoredDelivery, Tx};

/// Counters that may be passed over at once; an honest peer stops at 900 (PROTOCOL.md §16).
const MAX_GAP: u64 = 1000;
/// Places in which a text of a device that was put back is looked for, lest it be shown twice.
const REWIND_LOOK: u32 = 2000;
/// Hours after a session took another's place for which texts in it may be such that came before.
const REPEAT_HOURS: u32 = 32 * 24;
/// Counters of content that is not shown which are remembered of each device: it never sends a text under one of them.
const HIDDEN_KEPT: u32 = 256;

/// A peer and its sessions, held in memory while a batch is worked through.
pub(crate) struct Held {
    pub(crate) peer: PeerRow,
    pub(crate) sessions: Vec<(SessionRow, Session)>,
    pub(crate) changed: bool,
    /// Whether the peer reads another mailbox than before.
    pub(crate) has_moved: bool,
    /// What tells whether the peer's user is writing.
    pub(crate) heard: Vec<Heard>,
}

impl Held {
    pub(crate) fn load(tx: &Tx<'_>, address: DeviceAddress) -> Result<Option<Self>, ClientError> {
        let Some(peer) = tx.load_peer(address)? else {
            return Ok(None);
        };
        let mut sessions = Vec::new();
        for row in tx.sessions_of(address)? {
            // One that does not read back is as good as lost: what comes in it leads to a new one.
            if let Ok(session) = Session::from_bytes(&row.state) {
                sessions.push((row, session));
            }
        }
        Ok(Some(Self {
            peer,
            sessions,
            changed: false,
            has_moved: false,
            heard: Vec::new(),
        }))
    }

    pub(crate) fn save(&self, step: &Step<'_, '_>) -> Result<(), ClientError> {
        if !self.changed {
            return Ok(());
        }
        step.tx.save_peer(&self.peer)?;
        for (row, session) in &self.sessions {
            let row = SessionRow {
                state: session.to_bytes().into(),
                ..row.clone()
            };
            step.tx.save_session(&row)?;
        }
        Ok(())
    }
}

/// What a frame tells of us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// Nothing that we did not know.
    Plain,
    /// The peer had more from us than we know of sending: our store was put back.
    Rewound(Rewind),
    /// The peer's account is deleted.
    Left,
}

/// What a peer says of our store, which was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rewind {
    /// The session in which we used a key twice; none if its counters alone told us.
    pub(crate) th: Option<TranscriptHash>,
    /// The counters that came, first and last.
    pub(crate) came: Vec<(Counter, Counter)>,
}

/// Takes in one frame of a peer, which opened in a session.
pub(crate) fn apply_frame(
    step: &mut Step<'_, '_>,
    held: &mut Held,
    th: TranscriptHash,
    frame: &Frame,
) -> Result<Applied, ClientError> {
    let applied = note_acknowledged(step, &mut held.peer, frame.seen_up_to)?;
    let content = Content::decode(frame.kind, &frame.body);
    if frame.counter == 0 {
        // Anything that has to have a counter and has none has no place to stand.
        return match content {
            Content::Receipt { ranges } => {
                take_receipt(step, &mut held.peer, &ranges)?;
                held.peer.owes_receipt |= is(Breakage::ReceiptForReceipt);
                Ok(applied)
            }
            Content::Read { up_to } => {
                receipts::take_read(step, &held.peer, up_to)?;
                Ok(applied)
            }
            Content::Typing {
                sent_at_ms,
                writing,
            } => {
                held.heard.push(Heard::Typing {
                    sent_at_ms,
                    writing,
                });
                Ok(applied)
            }
            Content::Farewell => Ok(Applied::Left),
            Content::Rewound { th, up_to, ranges } => {
                let rewind = take_rewound(&mut held.peer, th, up_to, &ranges);
                Ok(rewind.map_or(applied, Applied::Rewound))
            }
            Content::Resumed { th } => {
                take_resumed(step, &mut held.peer, th)?;
                Ok(applied)
            }
            _ => Ok(applied),
        };
    }
    take_numbered(step, held, (th, frame.counter), content)?;
    Ok(applied)
}

/// Whether something else came under this counter before, as far as is known. A device that was put back to before the
/// session that it writes in has used none of its keys.
fn contradicts(
    step: &Step<'_, '_>,
    peer: DeviceAddress,
    counter: Counter,
    content: &Content,
) -> Result<bool, ClientError> {
    let Content::Text { sent_at_ms, text } = content else {
        return Ok(false);
    };
    let id = ConversationId(peer.account);
    let Some(known) = step.tx.incoming_by_counter(id, peer.device, counter)? else {
        return Ok(step.tx.is_hidden(peer, counter)?);
    };
    Ok(match (Body::from_stored(known.body), known.sent_ms) {
        (Ok(Body::Text(known)), sent_ms) => known != *text || sent_ms != *sent_at_ms,
        _ => false,
    })
}

fn take_numbered(
    step: &mut Step<'_, '_>,
    held: &mut Held,
    (th, counter): (TranscriptHash, Counter),
    content: Content,
) -> Result<(), ClientError> {
    let highest = held.peer.received.highest();
    let rewinds = step.tx.rewinds_of(held.peer.address)?;
    if rewinds.iter().any(|row| row.open) {
        // It may not have heard yet that it was put back.
        held.peer.owes_receipt = true;
    }
    if counter > highest.saturating_add(MAX_GAP) {
        return Ok(());
    }
    if held.peer.received.accept(counter) == Acceptance::Duplicate
        && !is(Breakage::SkipCounterCheck)
    {
        if contradicts(step, held.peer.address, counter, &content)? {
            repair::note_put_back(step, held, th)?;
        }
        return Ok(());
    }
    let id = ConversationId(held.peer.address.account);
    // Of a blocked contact we take what keeps the session going, and neither show nor answer anything.
    let is_blocked = step.tx.is_blocked(id)? && !is(Breakage::BlockedShown);
    held.peer.owes_receipt = !is_blocked || is(Breakage::BlockedAnswered);
    if !is_blocked && !is(Breakage::NoMissingPlace) && !is(Breakage::OrderOfArrival) {
        for missing in highest.saturating_add(1)..counter {
            append(step, held.peer.address, missing, Body::Missing, 0)?;
        }
    }
    let fills = counter <= highest && !is(Breakage::OrderOfArrival);
    let (body, sent_ms) = match content {
        Content::Text { sent_at_ms, text } => (Body::Text(text), sent_at_ms),
        Content::Introduction {
            name,
            descriptor,
            record,
        } => {
            take_introduction(step, id, &name)?;
            take_reconnect(step, held, descriptor, record)?;
            (Body::Hidden, 0)
        }
        Content::Reconnect { descriptor, record } => {
            take_reconnect(step, held, descriptor, record)?;
            (Body::Hidden, 0)
        }
        Content::Profile(theirs) => {
            profile::take(step, id, theirs)?;
            (Body::Hidden, 0)
        }
        Content::Unknown { kind, body } => (Body::Unknown(Kept { kind, body }), 0),
        Content::Damaged { kind, body } => (Body::Damaged(Kept { kind, body }), 0),
        Content::Receipt { .. }
        | Content::Read { .. }
        | Content::Typing { .. }
        | Content::Farewell
        | Content::Rewound { .. }
        | Content::Resumed { .. } => (Body::Hidden, 0),
    };
    if body == Body::Hidden {
        step.tx
            .note_hidden(held.peer.address, counter, HIDDEN_KEPT)?;
    }
    // A device that was put back writes anew whatever it does not know to have arrived. It may have found that out by
    // itself, and then says no more than a session in place of another.
    let hour = step.now.hour();
    let may_repeat = rewinds.iter().any(|row| !row.ours)
        || held
            .sessions
            .iter()
            .any(|(row, _)| row.replaces.is_some() && hour.hours_since(row.created) < REPEAT_HOURS);
    let body = if may_repeat
        && matches!(body, Body::Text(_))
        && step
            .tx
            .has_come_before(id, &body.to_stored(), sent_ms, REWIND_LOOK)?
    {
        Body::Hidden
    } else {
        body
    };
    if is_blocked {
        return Ok(());
    }
    if matches!(body, Body::Text(_)) {
        let sent_at_ms = sent_ms;
        held.heard.push(Heard::Text { sent_at_ms });
    }
    if body != Body::Hidden {
        note_text_received(step, id)?;
    }
    if fills {
        let device = held.peer.address.device;
        let row = step.tx.incoming_by_counter(id, device, counter)?;
        if let Some(row) = row {
            step.tx
                .fill_message(id, row.place, &body.to_stored(), sent_ms)?;
        }
    } else if body != Body::Hidden {
        append(step, held.peer.address, counter, body, sent_ms)?;
    }
    touch(step.tx, Changed::Conversation(id))
}

fn append(
    step: &mut Step<'_, '_>,
    from: DeviceAddress,
    counter: u64,
    body: Body,
    sent_ms: u64,
) -> Result<(), ClientError> {
    step.tx.append_message(&MessageRow {
        conversation: ConversationId(from.account),
        place: 0,
        direction: Direction::Incoming,
        device: from.device,
        counter,
        body: body.to_stored(),
        sent_ms,
        stored_ms: step.now.ms,
        delivery: StoredDelivery::Received,
    })?;
    Ok(())
}

/// The peer knows that its store was put back: what it sends from now on is acknowledged again.
fn take_resumed(
    step: &mut Step<'_, '_>,
    peer: &mut PeerRow,
    th: TranscriptHash,
) -> Result<(), ClientError> {
    for row in step.tx.rewinds_of(peer.address)? {
        if row.th == th && row.open {
            let known = RewindRow { open: false, ..row };
            step.tx.save_rewind(&known, step.now.hour())?;
            peer.owes_receipt = true;
            receipts::tell_again(step, peer.address)?;
            profile::tell_again(step, peer.address)?;
        }
    }
    Ok(())
}

fn take_introduction(
    step: &mut Step<'_, '_>,
    id: ConversationId,
    name: &str,
) -> Result<(), ClientError> {
    if let Some(mut conversation) = step.tx.load_conversation(id)? {
        // One that comes behind a profile may be older than that.
        if step.tx.contact_profile_revision(id)? == 0 {
            name.clone_into(&mut conversation.name);
        }
        if conversation.state == ConversationState::Inviting {
            conversation.state = ConversationState::Established;
        }
        step.tx.save_conversation(&conversation)?;
        // Of a blocked contact too: its name and state are shown.
        touch(step.tx, Changed::Conversation(id))?;
    }
    Ok(())
}

fn take_reconnect(
    step: &mut Step<'_, '_>,
    held: &mut Held,
    descriptor: Descriptor,
    record: ReconnectRecord,
) -> Result<(), ClientError> {
    held.has_moved |= earlier::readdress(step, &mut held.peer, descriptor)?;
    let peer = &mut held.peer;
    // A record that does not hold is not kept; the descriptor beside it came through the session and is.
    let bytes = record.to_bytes();
    let Ok(verified) = record.verify(peer.address.account, step.now.hour()) else {
        return Ok(());
    };
    let id = ConversationId(peer.address.account);
    let Some(mut known) = step.tx.load_conversation(id)? else {
        return Ok(());
    };
    match extend_log(&known, &verified.log, verified.device) {
        Ok(log) => {
            peer.record = Some(bytes);
            if log != known.log {
                known.log = log;
                step.tx.save_conversation(&known)?;
            }
            Ok(())
        }
        Err(ClientError::InvitationForged) => note_fork(step, known, peer.address, &verified.log),
        // The record of a device that was removed is not kept either.
        Err(ClientError::InvitationGone) => Ok(()),
        Err(other) => Err(other),
    }
}
