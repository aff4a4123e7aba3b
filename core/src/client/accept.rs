//! Accepting an invitation: claim, handshake, first message. PROTOCOL.md §17, steps 2 to 4.

use tacita_wire::{ClaimNonce, Decode, Encode, Request, SealedEntry, Ticket, WireError};

use super::effect::RelayLocator;
use super::error::ClientError;
use super::mailboxes::{assign_pair_mailbox, introduction, random};
use super::send::{InitialState, rule, send_through};
use super::standstill::{is_request_expired, renew};
use super::step::{Changed, Identity, Step, touch};
use super::verification::note_fork;
use super::view::{ConversationId, ConversationState, InvitationPreview, Verification};
use crate::protocol::ProtocolError;
use crate::protocol::bundle::Bundle;
use crate::protocol::competing::MAX_SESSIONS_PER_PAIR;
use crate::protocol::handshake::{HandshakeTarget, Initiated, initiate};
use crate::protocol::identity::{DeviceLog, VerifiedDeviceLog};
use crate::protocol::ids::{DeviceAddress, DeviceNumber, Hour, TranscriptHash};
use crate::protocol::invitation::InvitationLink;
use crate::protocol::session::Session;
use crate::store::{ClaimRow, ConversationRow, PeerRow, SessionRow, Tx};

/// Reads a link's text.
pub(crate) fn parse(text: &str) -> Result<InvitationLink, ClientError> {
    match InvitationLink::parse(text) {
        Err(ProtocolError::Malformed(error)) => Err(link_error(error)),
        parsed => parsed.map_err(|_| ClientError::LinkDamaged),
    }
}

/// What is wrong with a link, in the user's terms.
pub(crate) fn link_error(error: WireError) -> ClientError {
    match error {
        WireError::NotThisLink => ClientError::LinkForeign,
        WireError::UnknownVersion => ClientError::LinkTooNew,
        WireError::Truncated
        | WireError::TrailingBytes
        | WireError::TooLong
        | WireError::UnknownTag
        | WireError::BadChecksum => ClientError::LinkDamaged,
    }
}

/// What a link says; nothing is sent.
pub(crate) fn preview(
    tx: &Tx<'_>,
    me: &Identity,
    text: &str,
) -> Result<InvitationPreview, ClientError> {
    let link = parse(text)?;
    let id = ConversationId(link.account);
    Ok(InvitationPreview {
        account: link.account,
        relay: link.address.as_str().to_owned(),
        own: link.account == me.keys.address.account,
        known: tx.load_conversation(id)?.map(|known| known.id),
    })
}

/// Stores the claim and gives the request that makes it; repeating gives the same request.
pub(crate) fn begin(
    step: &mut Step<'_, '_>,
    text: &str,
) -> Result<(InvitationLink, RelayLocator, Request), ClientError> {
    super::leave::check_staying(step)?;
    let link = parse(text)?;
    if link.account == step.me.keys.address.account {
        return Err(ClientError::OwnInvitation);
    }
    let pile = link.pile_id();
    let nonce = match step.tx.load_claim(pile)? {
        Some(claim) => claim.nonce,
        None => {
            let nonce = ClaimNonce(random(step));
            step.tx.insert_claim(&ClaimRow {
                pile,
                link: link.to_bytes(),
                nonce,
                created: step.now.hour(),
            })?;
            nonce
        }
    };
    let relay = RelayLocator {
        address: link.address.clone(),
        root: link.root,
    };
    let request = Request::Claim {
        ticket: Ticket::Open,
        claim: link.claim_key(),
        nonce,
    };
    Ok((link, relay, request))
}

/// Drops a claim that its relay has refused for good.
pub(crate) fn abandon(tx: &Tx<'_>, link: &InvitationLink) -> Result<(), ClientError> {
    tx.delete_claim(link.pile_id())?;
    Ok(())
}

/// Opens the claimed entry, and in the same transaction makes session, mailbox and first message. Nothing if its device
/// log contradicts the one that is known of the account: that raises an alarm, and the claim is over.
pub(crate) fn finish(
    step: &mut Step<'_, '_>,
    link: &InvitationLink,
    entry: &SealedEntry,
) -> Result<Option<ConversationId>, ClientError> {
    let target = Bundle::open(entry, &link.seal_key(), link.pile_id())
        .and_then(|bundle| bundle.verify(link.account, step.now.hour()))
        .and_then(HandshakeTarget::from_bundle)
        .map_err(bundle_error)?;
    let peer = target.address();
    let id = ConversationId(link.account);
    let was_expired = is_request_expired(step.tx, id, step.now)?;
    let sessions = step.tx.sessions_of(peer)?;
    if sessions.len() >= MAX_SESSIONS_PER_PAIR && sessions.iter().any(|row| row.initial.is_some()) {
        // Enough has been begun: one more would push out a session that the peer may be answering in.
        step.tx.delete_claim(link.pile_id())?;
        return Ok(Some(id));
    }
    match step.tx.load_conversation(id)? {
        Some(mut known) => {
            known.log = match extend_log(&known, target.log(), peer.device) {
                Err(ClientError::InvitationForged) => {
                    note_fork(step, known, peer, target.log())?;
                    step.tx.delete_claim(link.pile_id())?;
                    return Ok(None);
                }
                log => log?,
            };
            if known.state == ConversationState::Request {
                known.state = ConversationState::Established;
            }
            step.tx.save_conversation(&known)?;
        }
        None => step.tx.insert_conversation(&ConversationRow {
            id,
            name: String::new(),
            log: target.log().to_bytes(),
            state: ConversationState::Inviting,
            verification: Verification::Unverified,
            invitation: None,
            read_up_to: 0,
            last_place: 0,
            activity_ms: step.now.ms,
        })?,
    }
    let mut row = step
        .tx
        .load_peer(peer)?
        .unwrap_or_else(|| PeerRow::new(peer));
    let reply = match row.our_mailbox {
        Some(mailbox) => super::mailboxes::describe(
            &step
                .tx
                .load_mailbox(mailbox)?
                .ok_or(ClientError::StoreFailed)?,
        ),
        None => {
            let made = assign_pair_mailbox(step, peer)?;
            row.our_mailbox = Some(made.mailbox);
            made
        }
    };
    step.tx.save_peer(&row)?;
    // Whoever invites a contact again may have deleted it, and then has nothing that opens the sessions of before.
    let replaces = rule(&sessions, step.now.hour()).sends;
    let Initiated {
        session,
        fields,
        contact_key,
        ..
    } = initiate(
        &step.me.keys,
        &step.me.log,
        &target,
        &reply,
        replaces,
        step.now.hour(),
        step.rng,
    )?;
    let initial = InitialState {
        fields,
        contact_key,
        to: target.descriptor().clone(),
    };
    let row = new_session_row(step, peer, &session, replaces, Some(&initial));
    insert_session(step, &row)?;
    let content = introduction(step, reply)?;
    send_through(step, row, session, &content, None, None)?;
    if was_expired {
        renew(step, peer)?;
    }
    step.tx.delete_claim(link.pile_id())?;
    touch(step.tx, Changed::Conversation(id))?;
    Ok(Some(id))
}

/// The log to keep: the newer one, if it continues the known one. [`ClientError::InvitationForged`] for logs that
/// contradict each other; [`ClientError::InvitationGone`] for a device that the newer one does not list any more: an
/// older log, shown again, brings no removed device back.
pub(crate) fn extend_log(
    known: &ConversationRow,
    shown: &VerifiedDeviceLog,
    device: DeviceNumber,
) -> Result<Vec<u8>, ClientError> {
    let old = DeviceLog::from_bytes(&known.log)
        .map_err(|_| ClientError::RowDamaged)?
        .verify_for(known.id.0)
        .map_err(|_| ClientError::RowDamaged)?;
    let newest = if old.verify_extends(shown).is_ok() {
        &old
    } else {
        shown
            .verify_extends(&old)
            .map_err(|_| ClientError::InvitationForged)?;
        shown
    };
    match newest.certificate(device) {
        Some(_) => Ok(newest.to_bytes()),
        None => Err(ClientError::InvitationGone),
    }
}

/// A row for a session that was just made.
pub(crate) fn new_session_row(
    step: &Step<'_, '_>,
    peer: DeviceAddress,
    session: &Session,
    replaces: Option<TranscriptHash>,
    initial: Option<&InitialState>,
) -> SessionRow {
    let hour: Hour = step.now.hour();
    SessionRow {
        peer,
        th: session.transcript(),
        state: session.to_bytes().into(),
        initiator: initial.is_some(),
        initial: initial.map(|initial| initial.to_bytes().into()),
        initial_sent: 0,
        replaces,
        created: hour,
        last_opened: hour,
        // None yet: the first message sent begins one.
        chain: u32::MAX,
        chain_first_counter: 0,
    }
}

/// Stores a session; if there would be too many, the one opened longest ago goes, but not the one that sends.
pub(crate) fn insert_session(step: &mut Step<'_, '_>, row: &SessionRow) -> Result<(), ClientError> {
    let mut others = step.tx.sessions_of(row.peer)?;
    let sends = rule(&others, step.now.hour()).sends;
    others.sort_by_key(|other| (Some(other.th) == sends, other.last_opened));
    let surplus = others
        .len()
        .saturating_add(1)
        .saturating_sub(MAX_SESSIONS_PER_PAIR);
    for other in others.iter().take(surplus) {
        step.tx.delete_session(other.th)?;
    }
    step.tx.insert_session(row)?;
    Ok(())
}

fn bundle_error(error: ProtocolError) -> ClientError {
    match error {
        ProtocolError::CheckYourClock => ClientError::CheckYourClock,
        ProtocolError::Expired => ClientError::InvitationGone,
        _ => ClientError::InvitationForged,
    }
}
