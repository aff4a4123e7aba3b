//! Receiving: from envelope to message row, in the transaction that also moves the ratchet. PROTOCOL.md §12–§17.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use tacita_wire::{Decode, Encode, MailboxId, MailboxKind, StoredEnvelope, derive_envelope_hash};

use super::accept::{extend_log, insert_session, new_session_row};
use super::apply::{Held, apply_frame};
use super::body::Body;
use super::error::ClientError;
use super::invite;
use super::mailboxes::{introduction, make_pair_mailbox};
use super::send::{drain_waiting, send_content};
use super::step::{Changed, Step, touch};
use super::view::{ConversationId, ConversationState, Direction, InvitationKind, InvitationState};
use crate::crypto::hash::sha256;
use crate::crypto::hpke::ContactSecret;
use crate::protocol::ProtocolError;
use crate::protocol::handshake::{Responded, respond};
use crate::protocol::ids::DeviceAddress;
use crate::protocol::initial::{InitialFields, open_initial};
use crate::protocol::prekey::{PrekeyKind, PrekeyPair, PrekeySecret, SignedPrekey};
use crate::protocol::session::{Opened, Session, envelope_message};
use crate::store::{
    ConversationRow, InvitationRow, MailboxRow, MessageRow, PeerRow, PrekeyRow, StoredDelivery, Tx,
};

/// Skipped message keys kept in a session. PROTOCOL.md §3.
const MAX_SKIPPED_KEYS: u32 = 2000;

/// Peers and sessions as they are while a batch is worked through; written back at its end.
#[derive(Default)]
pub(crate) struct Batch {
    held: BTreeMap<DeviceAddress, Held>,
    contact_secrets: Option<Vec<ContactSecret>>,
    /// Peers that are to get an Introduction with a mailbox of ours.
    introduce: BTreeSet<DeviceAddress>,
    /// Peers for whom messages may be waiting.
    drain: BTreeSet<DeviceAddress>,
}

impl Batch {
    /// The peer and its sessions, loaded once; `None` if it is not known.
    fn hold(&mut self, tx: &Tx<'_>, peer: DeviceAddress) -> Result<Option<&mut Held>, ClientError> {
        match self.held.entry(peer) {
            Entry::Occupied(held) => Ok(Some(held.into_mut())),
            Entry::Vacant(place) => Ok(Held::load(tx, peer)?.map(|held| place.insert(held))),
        }
    }
}

/// Works through envelopes in the order given. Whatever is wrong with one changes nothing but its own fate.
pub(crate) fn receive(
    step: &mut Step<'_, '_>,
    envelopes: &[(MailboxId, StoredEnvelope)],
) -> Result<(), ClientError> {
    let mut batch = Batch::default();
    let mut mailboxes: BTreeMap<MailboxId, Option<MailboxRow>> = BTreeMap::new();
    for (id, stored) in envelopes {
        if !mailboxes.contains_key(id) {
            mailboxes.insert(*id, step.tx.load_mailbox(*id)?);
        }
        let Some(Some(mailbox)) = mailboxes.get_mut(id) else {
            continue;
        };
        // By mailbox: a relay that hands an envelope out in the wrong one must not use up the right one.
        let hash = sha256(&[&id.0, &derive_envelope_hash(&stored.envelope)]);
        if !step.tx.has_envelope(hash)? {
            step.tx.insert_envelope(hash, step.now.hour())?;
            open_envelope(step, &mut batch, mailbox, &stored.envelope)?;
        }
        mailbox.cursor = mailbox.cursor.max(stored.sequence);
    }
    for mailbox in mailboxes.into_values().flatten() {
        step.tx.set_mailbox_cursor(mailbox.id, mailbox.cursor)?;
    }
    for held in batch.held.values() {
        held.save(step)?;
    }
    for peer in batch.introduce {
        introduce(step, peer)?;
    }
    for peer in batch.drain {
        drain_waiting(step, peer)?;
    }
    Ok(())
}

/// Gives a peer a mailbox of ours and tells it about us; the first answer to a guest.
pub(crate) fn introduce(
    step: &mut Step<'_, '_>,
    address: DeviceAddress,
) -> Result<(), ClientError> {
    let Some(mut peer) = step.tx.load_peer(address)? else {
        return Ok(());
    };
    if peer.our_mailbox.is_some() {
        return Ok(());
    }
    let descriptor = make_pair_mailbox(step, address)?;
    peer.our_mailbox = Some(descriptor.mailbox);
    step.tx.save_peer(&peer)?;
    let content = introduction(step, descriptor)?;
    send_content(step, address, &content, None)?;
    Ok(())
}

fn open_envelope(
    step: &mut Step<'_, '_>,
    batch: &mut Batch,
    mailbox: &MailboxRow,
    envelope: &[u8],
) -> Result<(), ClientError> {
    if let (MailboxKind::Pair, Some(peer)) = (mailbox.kind, mailbox.peer) {
        let Ok(message) = envelope_message(envelope) else {
            return note_undecryptable(step, peer);
        };
        let Some(held) = batch.hold(step.tx, peer)? else {
            return Ok(());
        };
        match open_in_sessions(step, held, message)? {
            Tried::Opened(index, opened) => {
                return take_opened(step, batch, peer, index, opened);
            }
            Tried::Stale => return Ok(()),
            Tried::Unknown => {}
        }
        if open_as_initial(step, batch, mailbox, envelope)? {
            return Ok(());
        }
        return note_undecryptable(step, peer);
    }
    // What does not open in a contact mailbox may come from anybody who had the link: it leaves no trace.
    open_as_initial(step, batch, mailbox, envelope)?;
    Ok(())
}

/// What a peer's sessions made of a message.
enum Tried {
    /// The session at this index opened it.
    Opened(usize, Opened),
    /// It came before, or its key was given up: there is nothing to show.
    Stale,
    /// No session opens it.
    Unknown,
}

/// Tries each session of the peer; at most one takes it.
fn open_in_sessions(
    step: &mut Step<'_, '_>,
    held: &mut Held,
    message: &[u8],
) -> Result<Tried, ClientError> {
    for (index, (row, session)) in held.sessions.iter_mut().enumerate() {
        let Ok(header) = session.open_header(message) else {
            continue;
        };
        let skipped = match header.skipped_key() {
            Some(id) => match step.tx.load_skipped(row.th, id)? {
                Some(key) => Some(key),
                None => return Ok(Tried::Stale),
            },
            None => None,
        };
        let Ok(opened) = session.open_body(header, message, skipped, step.rng) else {
            return Ok(Tried::Unknown);
        };
        row.last_opened = step.now.hour();
        return Ok(Tried::Opened(index, opened));
    }
    Ok(Tried::Unknown)
}

/// Stores what an opened message brings: skipped keys and its frame.
fn take_opened(
    step: &mut Step<'_, '_>,
    batch: &mut Batch,
    peer: DeviceAddress,
    index: usize,
    opened: Opened,
) -> Result<(), ClientError> {
    let Some(held) = batch.held.get_mut(&peer) else {
        return Ok(());
    };
    held.changed = true;
    let Some((row, _)) = held.sessions.get(index) else {
        return Ok(());
    };
    let th = row.th;
    if !opened.store.is_empty() {
        step.tx.insert_skipped(th, &opened.store, step.now.hour())?;
        step.tx.trim_skipped(th, MAX_SKIPPED_KEYS)?;
    }
    if let Some(used) = opened.used {
        step.tx.delete_skipped(th, used)?;
    }
    if let Some(chain) = opened.forget_chain {
        step.tx.delete_skipped_chain(th, chain)?;
    }
    apply_frame(step, held, &opened.frame)?;
    // The peer has this session, and we know where to write: initial fields end.
    if held.peer.descriptor.is_some()
        && let Some((row, _)) = held.sessions.get_mut(index)
    {
        row.initial = None;
    }
    batch.drain.insert(peer);
    Ok(())
}

fn contact_secrets<'b>(
    step: &Step<'_, '_>,
    batch: &'b mut Batch,
) -> Result<&'b [ContactSecret], ClientError> {
    if batch.contact_secrets.is_none() {
        let mut secrets = Vec::new();
        for row in step.tx.contact_prekeys()? {
            if let Ok(PrekeySecret::Contact(secret)) = PrekeySecret::from_bytes(&row.secret) {
                secrets.push(secret);
            }
        }
        batch.contact_secrets = Some(secrets);
    }
    Ok(batch.contact_secrets.as_deref().unwrap_or_default())
}

/// Opens an initial envelope; false if it is none, or of no use.
fn open_as_initial(
    step: &mut Step<'_, '_>,
    batch: &mut Batch,
    mailbox: &MailboxRow,
    envelope: &[u8],
) -> Result<bool, ClientError> {
    let opened = contact_secrets(step, batch)?
        .iter()
        .find_map(|secret| open_initial(envelope, secret, mailbox.id).ok());
    let Some((fields, message)) = opened else {
        return Ok(false);
    };
    let fields_hash = sha256(&[&fields.to_bytes()]);
    match step.tx.load_initial(fields.initial_id())? {
        Some((th, known_hash)) if known_hash == fields_hash => {
            continue_initial(step, batch, th, &message)
        }
        Some(_) => Ok(false),
        None => begin_session(step, batch, mailbox, &fields, fields_hash, &message),
    }
}

/// A further message with fields that we know goes to the session they made.
fn continue_initial(
    step: &mut Step<'_, '_>,
    batch: &mut Batch,
    th: crate::protocol::ids::TranscriptHash,
    message: &[u8],
) -> Result<bool, ClientError> {
    let Some(row) = step.tx.load_session(th)? else {
        return Ok(false);
    };
    let peer = row.peer;
    let Some(held) = batch.hold(step.tx, peer)? else {
        return Ok(false);
    };
    match open_in_sessions(step, held, message)? {
        Tried::Opened(index, opened) => {
            take_opened(step, batch, peer, index, opened)?;
            Ok(true)
        }
        Tried::Stale => Ok(true),
        Tried::Unknown => Ok(false),
    }
}

fn load_pair(
    step: &Step<'_, '_>,
    kind: PrekeyKind,
    id: u32,
) -> Result<Option<(PrekeyPair, PrekeyRow)>, ClientError> {
    let Some(row) = step.tx.load_prekey(kind, id)? else {
        return Ok(None);
    };
    let public = SignedPrekey::from_bytes(&row.public).map_err(|_| ClientError::StoreFailed)?;
    let secret = PrekeySecret::from_bytes(&row.secret).map_err(|_| ClientError::StoreFailed)?;
    let pair = PrekeyPair::new(public, secret).map_err(|_| ClientError::StoreFailed)?;
    Ok(Some((pair, row)))
}

/// Fields that we do not know: the handshake, and all that follows from it. PROTOCOL.md §11, §17.
fn begin_session(
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
            let Ok(log) = extend_log(&known, &their_log) else {
                note_fork(step, known, their)?;
                return Ok(true);
            };
            known.log = log;
            known.state = state;
            step.tx.save_conversation(&known)?;
        }
        None => step.tx.insert_conversation(&ConversationRow {
            id,
            name: String::new(),
            log: their_log.to_bytes(),
            state,
            verified: false,
            invitation: mailbox.invitation,
            read_up_to: 0,
            last_place: 0,
            activity_ms: step.now.ms,
        })?,
    }
    if let Some(invitation) = invitation {
        use_up(step, invitation)?;
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
    peer.descriptor = Some(descriptor);
    step.tx.save_peer(&peer)?;
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
    }
    touch(step.tx, Changed::Conversation(id))?;
    Ok(true)
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
        (_, Some(invitation), None) => match (invitation.kind, invitation.state) {
            (InvitationKind::Public, _) => Some(ConversationState::Request),
            (InvitationKind::Personal, InvitationState::Used) => None,
            (InvitationKind::Personal, _) => Some(ConversationState::Established),
        },
        (_, None, _) => None,
    }
}

/// A personal invitation is used up by its first guest: nobody else may claim from its pile.
fn use_up(step: &mut Step<'_, '_>, mut invitation: InvitationRow) -> Result<(), ClientError> {
    if invitation.kind == InvitationKind::Personal && invitation.state != InvitationState::Used {
        invitation.state = InvitationState::Used;
        step.tx.save_invitation(&invitation)?;
        invite::push_delete_pile(step, &invitation)?;
        touch(step.tx, Changed::Invitation(invitation.id))?;
    }
    Ok(())
}

/// Two device logs that contradict each other: whoever holds the account key lies to somebody. Nothing of the
/// new one is taken, the conversation shows it and is verified no longer.
pub(crate) fn note_fork(
    step: &mut Step<'_, '_>,
    mut known: ConversationRow,
    peer: DeviceAddress,
) -> Result<(), ClientError> {
    known.verified = false;
    step.tx.save_conversation(&known)?;
    note_undecryptable(step, peer)
}

/// Something that no key opens leaves one visible place, however much of it comes.
fn note_undecryptable(step: &mut Step<'_, '_>, peer: DeviceAddress) -> Result<(), ClientError> {
    let id = ConversationId(peer.account);
    let Some(conversation) = step.tx.load_conversation(id)? else {
        return Ok(());
    };
    let last = step.tx.message_at(id, conversation.last_place)?;
    if last.is_some_and(|last| last.body == Body::Undecryptable.to_stored()) {
        return Ok(());
    }
    step.tx.append_message(&MessageRow {
        conversation: id,
        place: 0,
        direction: Direction::Incoming,
        device: peer.device,
        counter: 0,
        body: Body::Undecryptable.to_stored(),
        sent_ms: 0,
        stored_ms: step.now.ms,
        delivery: StoredDelivery::Received,
    })?;
    touch(step.tx, Changed::Conversation(id))
}
