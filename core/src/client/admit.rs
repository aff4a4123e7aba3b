//! Fields that we do not know yet: the handshake, whom it lets in, and what follows. PROTOCOL.md §11, §17.

use tacita_wire::{Decode, Encode, MailboxKind};

use super::accept::{extend_log, insert_session, new_session_row};
use super::apply::Held;
use super::batch::{Batch, take_opened};
use super::earlier;
use super::error::ClientError;
use super::invite;
use super::send::answered_sender;
use super::step::{Changed, Step, touch};
use super::verification::note_fork;
use super::view::{
    ConversationId, ConversationState, InvitationKind, InvitationState, Verification,
};
use crate::protocol::ProtocolError;
use crate::protocol::handshake::{Responded, respond};
use crate::protocol::ids::{Counter, DeviceAddress, TranscriptHash};
use crate::protocol::initial::InitialFields;
use crate::protocol::prekey::{PrekeyKind, PrekeyPair, PrekeySecret, SignedPrekey};
use crate::protocol::session::{Opened, Session};
use crate::store::{ConversationRow, InvitationRow, MailboxRow, PeerRow, PrekeyRow};

fn load_pair(
    step: &Step<'_, '_>,
    kind: PrekeyKind,
    id: u32,
) -> Result<Option<(PrekeyPair, PrekeyRow)>, ClientError> {
    let Some(row) = step.tx.load_prekey(kind, id)? else {
        return Ok(None);
    };
    let public = SignedPrekey::from_bytes(&row.public).map_err(|_| ClientError::RowDamaged)?;
    let secret = PrekeySecret::from_bytes(&row.secret).map_err(|_| ClientError::RowDamaged)?;
    let pair = PrekeyPair::new(public, secret).map_err(|_| ClientError::RowDamaged)?;
    Ok(Some((pair, row)))
}

/// Fields that we do not know: the handshake, and all that follows from it. PROTOCOL.md §11, §17.
pub(crate) fn begin_session(
    step: &mut Step<'_, '_>,
    batch: &mut Batch,
    mailbox: &MailboxRow,
    fields: &InitialFields,
    fields_hash: [u8; 32],
    message: &[u8],
) -> Result<bool, ClientError> {
    let Some((spk, _)) = load_pair(step, PrekeyKind::Signed, fields.spk_id)? else {
        return Ok(false);
    };
    let Some((kem, kem_row)) = load_pair(step, fields.kem_kind, fields.kem_id)? else {
        return Ok(false);
    };
    let opk = match fields.opk_id {
        Some(id) => match load_pair(step, PrekeyKind::OneTime, id)? {
            Some((pair, _)) => Some(pair),
            None => return Ok(false),
        },
        None => None,
    };
    let Ok(responded) = respond(
        &step.me.keys,
        &step.me.log,
        fields,
        &spk,
        opk.as_ref(),
        &kem,
    ) else {
        return Ok(false);
    };
    let Responded {
        mut session,
        their_log,
        their,
        descriptor,
        replaces,
    } = responded;
    let Ok(opened) = open_first(step, &mut session, message) else {
        return Ok(false);
    };

    let id = ConversationId(their.account);
    let known = step.tx.load_conversation(id)?;
    let invitation = match mailbox.invitation {
        Some(invitation) => step.tx.load_invitation(invitation)?,
        None => None,
    };
    let Some(state) = admit(mailbox, invitation.as_ref(), known.as_ref(), their) else {
        return Ok(false);
    };
    match known {
        Some(mut known) => {
            match extend_log(&known, &their_log, their.device) {
                Ok(log) => known.log = log,
                Err(ClientError::InvitationForged) => {
                    note_fork(step, known, their, &their_log)?;
                    return Ok(true);
                }
                Err(ClientError::InvitationGone) => return Ok(false),
                Err(other) => return Err(other),
            }
            known.state = state;
            step.tx.save_conversation(&known)?;
        }
        None => step.tx.insert_conversation(&ConversationRow {
            id,
            name: String::new(),
            log: their_log.to_bytes(),
            state,
            verification: Verification::Unverified,
            invitation: mailbox.invitation,
            read_up_to: 0,
            last_place: 0,
            activity_ms: step.now.ms,
        })?,
    }
    if let Some(invitation) = invitation {
        invite::use_up(step, invitation)?;
    }
    step.tx.insert_initial(
        fields.initial_id(),
        session.transcript(),
        fields_hash,
        kem_row.delete_after,
    )?;
    if let Some(id) = fields.opk_id {
        step.tx.delete_prekey(PrekeyKind::OneTime, id)?;
    }
    if fields.kem_kind == PrekeyKind::OneTimeKem {
        step.tx
            .delete_prekey(PrekeyKind::OneTimeKem, fields.kem_id)?;
    }

    if let Some(held) = batch.held.remove(&their) {
        held.save(step)?;
    }
    let mut peer = step
        .tx
        .load_peer(their)?
        .unwrap_or_else(|| PeerRow::new(their));
    earlier::readdress(step, &mut peer, descriptor)?;
    // Whoever begins anew hears at once how far we are, even if all it says came before.
    peer.owes_receipt = replaces.is_some() && state != ConversationState::Request;
    step.tx.save_peer(&peer)?;
    let replaces = replaced_here(step, their, replaces)?;
    let row = new_session_row(step, their, &session, replaces, None);
    insert_session(step, &row)?;
    let Some(held) = Held::load(step.tx, their)? else {
        return Ok(false);
    };
    let index = held
        .sessions
        .iter()
        .position(|(row, _)| row.th == session.transcript());
    batch.held.insert(their, held);
    if let Some(index) = index {
        take_opened(step, batch, their, index, opened)?;
    }
    if state != ConversationState::Request {
        batch.introduce.insert(their);
        if replaces.is_some() {
            batch.resend.insert(their, Counter::MAX);
            batch.tell.insert(their);
        }
    }
    touch(step.tx, Changed::Conversation(id))?;
    Ok(true)
}

/// What a session that was begun in place of another replaces here: the one that sends, if both sides had it. Had the
/// peer that one still, it would have named it. PROTOCOL.md §18.
fn replaced_here(
    step: &Step<'_, '_>,
    peer: DeviceAddress,
    named: Option<TranscriptHash>,
) -> Result<Option<TranscriptHash>, ClientError> {
    if named.is_none() {
        return Ok(None);
    }
    let sessions = step.tx.sessions_of(peer)?;
    Ok(answered_sender(&sessions, step.now.hour()).or(named))
}

fn open_first(
    step: &mut Step<'_, '_>,
    session: &mut Session,
    message: &[u8],
) -> Result<Opened, ProtocolError> {
    let header = session.open_header(message)?;
    session.open_body(header, message, None, step.rng)
}

/// Whether a new session is let in, and what its conversation then is. PROTOCOL.md §17.
fn admit(
    mailbox: &MailboxRow,
    invitation: Option<&InvitationRow>,
    known: Option<&ConversationRow>,
    their: DeviceAddress,
) -> Option<ConversationState> {
    match (mailbox.kind, invitation, known.map(|known| known.state)) {
        // Into a mailbox that one contact has: only from that contact (a reconnect).
        (MailboxKind::Pair, _, Some(state)) => {
            (mailbox.peer.map(|peer| peer.account) == Some(their.account)).then_some(state)
        }
        (MailboxKind::Pair, _, None) => None,
        // We invited, and they came, whichever way round it was.
        (_, Some(_), Some(ConversationState::Inviting | ConversationState::Established)) => {
            Some(ConversationState::Established)
        }
        (_, Some(invitation), Some(ConversationState::Request)) => match invitation.kind {
            InvitationKind::Public => Some(ConversationState::Request),
            // Whoever has a personal invitation of ours is no stranger any more.
            InvitationKind::Personal if invitation.state == InvitationState::Used => {
                Some(ConversationState::Request)
            }
            InvitationKind::Personal => Some(ConversationState::Established),
        },
        (_, Some(invitation), None | Some(ConversationState::Left)) => {
            match (invitation.kind, invitation.state) {
                (InvitationKind::Public, _) => Some(ConversationState::Request),
                (InvitationKind::Personal, InvitationState::Used) => None,
                (InvitationKind::Personal, _) => Some(ConversationState::Established),
            }
        }
        (_, None, _) => None,
    }
}
