//! Receiving: from envelope to message row, in the transaction that also moves the ratchet. PROTOCOL.md §12–§17.

use std::collections::BTreeMap;

use tacita_wire::{Decode, Encode, MailboxId, MailboxKind, StoredEnvelope, derive_envelope_hash};
use zeroize::Zeroizing;

use super::admit::begin_session;
use super::batch::{Batch, Tried, open_in_sessions, take_opened};
use super::earlier;
use super::error::ClientError;
use super::leave;
use super::mailboxes::{assign_pair_mailbox, introduction};
use super::notices::note_unopened;
use super::profile;
use super::repair;
use super::rotate;
use super::send::send_content;
use super::silence;
use super::step::{Step, for_one};
use super::typing::{self, Heard};
use super::view::UndecryptableCause;
use crate::crypto::hash::sha256;
use crate::crypto::hpke::ContactSecret;
use crate::protocol::ids::DeviceAddress;
use crate::protocol::initial::open_initial;
use crate::protocol::prekey::PrekeySecret;
use crate::protocol::session::{envelope_message, message_head};
use crate::store::MailboxRow;
use crate::store::sabotage::{Breakage, is};

/// From where envelopes come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A relay's held stream: all that a mailbox has behind the cursor, in order.
    Stream,
    /// The sealed inbox: some of it. The cursor stays, so that the stream brings what stands between.
    Inbox,
}

/// What a batch of envelopes told beside what was stored.
#[derive(Default)]
pub(crate) struct Received {
    /// Who is writing.
    pub(crate) heard: Vec<(DeviceAddress, Heard)>,
    /// Devices for which messages wait that may now be encrypted.
    pub(crate) drain: Vec<DeviceAddress>,
    /// Whether somebody who was heard is owed our profile.
    pub(crate) owes_profile: bool,
}

/// Works through envelopes in the order given. Whatever is wrong with one changes nothing but its own fate, and what
/// is wrong with our rows about one contact nothing but that contact's.
pub(crate) fn receive(
    step: &mut Step<'_, '_>,
    envelopes: &[(MailboxId, StoredEnvelope)],
    source: Source,
) -> Result<Received, ClientError> {
    let mut batch = Batch::default();
    let mut mailboxes: BTreeMap<MailboxId, Option<MailboxRow>> = BTreeMap::new();
    let mut came: BTreeMap<MailboxId, u32> = BTreeMap::new();
    for (id, stored) in envelopes {
        if !mailboxes.contains_key(id) {
            mailboxes.insert(*id, load_usable(step, &mut batch, *id)?);
        }
        let Some(Some(mailbox)) = mailboxes.get_mut(id) else {
            continue;
        };
        if source == Source::Inbox && stored.sequence <= mailbox.cursor {
            // It came in the stream; its hash may be forgotten by now.
            continue;
        }
        let names = Names::derive(mailbox.id, &stored.envelope);
        if !names.are_known(step)? {
            let is_opened = open_envelope(step, &mut batch, mailbox, &stored.envelope)?;
            names.remember(step, is_opened)?;
            let count = came.entry(*id).or_default();
            *count = u32::saturating_add(*count, 1);
        }
        if source == Source::Stream || is(Breakage::InboxMovesCursor) {
            let ahead = u64::from(is(Breakage::CursorAhead));
            mailbox.cursor = mailbox.cursor.max(stored.sequence.saturating_add(ahead));
        }
    }
    for mailbox in mailboxes.into_values().flatten() {
        let came = came.get(&mailbox.id).copied().unwrap_or(0);
        let hour = step.now.hour();
        step.tx
            .set_mailbox_cursor(mailbox.id, mailbox.cursor, came, hour)?;
    }
    let mut received = Received::default();
    let mut moved = Vec::new();
    for (peer, held) in &mut batch.held {
        held.save(step)?;
        if held.has_moved {
            moved.push(*peer);
        }
        typing::sift(step, *peer, &mut held.heard)?;
        let heard = held.heard.drain(..).map(|heard| (*peer, heard));
        received.heard.extend(heard);
    }
    let all: Vec<DeviceAddress> = batch.held.keys().copied().collect();
    for peer in batch.introduce {
        for_one(step, |step| introduce(step, peer))?;
    }
    for (peer, rewind) in batch.rewound {
        let mut begins_anew = true;
        for_one(step, |step| {
            begins_anew = repair::start_over(step, peer, &rewind)?;
            Ok(())
        })?;
        if begins_anew {
            batch.resend.remove(&peer);
        }
        batch.repair.remove(&peer);
    }
    for (peer, below) in batch.resend {
        for_one(step, |step| repair::resend(step, peer, below))?;
        batch.repair.remove(&peer);
    }
    for peer in batch.repair {
        for_one(step, |step| repair::ask(step, peer))?;
    }
    for peer in batch.tell {
        for_one(step, |step| rotate::tell(step, peer))?;
    }
    for peer in moved {
        for_one(step, |step| earlier::reseal_unput(step, peer))?;
    }
    for peer in &all {
        if !batch.left.contains(peer) {
            for_one(step, |step| silence::renew_old(step, *peer))?;
        }
    }
    for peer in batch.left {
        for_one(step, |step| leave::note_left(step, peer))?;
        batch.drain.remove(&peer);
    }
    for peer in batch.drain {
        if step.tx.has_waiting(peer)? {
            received.drain.push(peer);
        }
    }
    for peer in all {
        received.owes_profile |= profile::is_owed(step, peer)?;
    }
    Ok(received)
}

/// A mailbox of ours, if its row and those of the peer that writes into it read back. What lies in another stays
/// there.
fn load_usable(
    step: &Step<'_, '_>,
    batch: &mut Batch,
    id: MailboxId,
) -> Result<Option<MailboxRow>, ClientError> {
    let usable = step
        .tx
        .load_mailbox(id)
        .map_err(ClientError::from)
        .and_then(|row| {
            if let Some(peer) = row.as_ref().and_then(|row| row.peer) {
                batch.hold(step.tx, peer)?;
            }
            Ok(row)
        });
    match usable {
        Err(ClientError::RowDamaged) => Ok(None),
        usable => usable,
    }
}

/// By what an envelope that came is known again: each with the mailbox, because a relay that hands an envelope out in the
/// wrong one must not use up the right one. PROTOCOL.md §22.2.
struct Names {
    whole: [u8; 32],
    /// Of one that may be a ratchet message. Only the peer can make another head that opens, so what repeats the head of
    /// what was opened is that, altered on its way, and says nothing of the peer.
    head: Option<[u8; 32]>,
}

impl Names {
    fn derive(mailbox: MailboxId, envelope: &[u8]) -> Self {
        let head = envelope_message(envelope)
            .ok()
            .and_then(message_head)
            .map(|head| sha256(&[&mailbox.0, b"head", head]));
        Self {
            whole: sha256(&[&mailbox.0, &derive_envelope_hash(envelope)]),
            head,
        }
    }

    /// Whether it was processed before.
    fn are_known(&self, step: &Step<'_, '_>) -> Result<bool, ClientError> {
        let is_head_known = match self.head {
            Some(head) => step.tx.has_envelope(head)?,
            None => false,
        };
        let is_known = is_head_known || step.tx.has_envelope(self.whole)?;
        Ok(is_known && !is(Breakage::SkipDedupe))
    }

    /// From now on it was.
    fn remember(&self, step: &Step<'_, '_>, is_opened: bool) -> Result<(), ClientError> {
        let name = match self.head {
            Some(head) if is_opened => head,
            _ => self.whole,
        };
        Ok(step.tx.insert_envelope(name, step.now.hour())?)
    }
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
    let descriptor = assign_pair_mailbox(step, address)?;
    peer.our_mailbox = Some(descriptor.mailbox);
    step.tx.save_peer(&peer)?;
    let content = introduction(step, descriptor)?;
    send_content(step, address, &content, None)?;
    Ok(())
}

/// Whether it was a message of a session that is there, and opened.
fn open_envelope(
    step: &mut Step<'_, '_>,
    batch: &mut Batch,
    mailbox: &MailboxRow,
    envelope: &[u8],
) -> Result<bool, ClientError> {
    if let (MailboxKind::Pair, Some(peer)) = (mailbox.kind, mailbox.peer) {
        let Ok(message) = envelope_message(envelope) else {
            note_unopened(step, peer, UndecryptableCause::NoKey)?;
            return Ok(false);
        };
        let Some(held) = batch.hold(step.tx, peer)? else {
            return Ok(false);
        };
        match open_in_sessions(step, held, message)? {
            Tried::Opened(index, opened) => {
                take_opened(step, batch, peer, index, opened)?;
                return Ok(true);
            }
            // A new head under an old key: the peer was put back, and hears by this how far it was.
            Tried::Stale(th) => {
                repair::note_put_back(step, held, th)?;
                return Ok(false);
            }
            Tried::Unknown => {}
        }
        if !open_as_initial(step, batch, mailbox, envelope)? {
            batch.repair.insert(peer);
            note_unopened(step, peer, UndecryptableCause::NoKey)?;
        }
        return Ok(false);
    }
    // What does not open in a contact mailbox may come from anybody who had the link: it leaves no trace.
    open_as_initial(step, batch, mailbox, envelope)?;
    Ok(false)
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
    let mut is_opened = false;
    let is_done = for_one(step, |step| {
        is_opened = try_initial(step, batch, mailbox, envelope)?;
        Ok(())
    })?;
    if !is_done {
        is_opened = false;
        // What is held must not outlive what was undone.
        for held in batch.held.values_mut() {
            let tx = step.tx;
            held.sessions
                .retain(|(row, _)| matches!(tx.load_session(row.th), Ok(Some(_))));
            held.changed = true;
        }
    }
    Ok(is_opened)
}

fn try_initial(
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
    let fields_hash = sha256(&[&Zeroizing::new(fields.to_bytes())]);
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
        // As in a pair mailbox: a guest whose store was put back before the answer came hears of it with the answer.
        Tried::Stale(th) => repair::note_put_back(step, held, th).map(|()| true),
        Tried::Unknown => Ok(false),
    }
}
