//! Sending: ratchet step and outbox entry in one transaction. PROTOCOL.md §12, §14, §16.

use tacita_wire::{Decode, Encode, Reader, WireError, Writer};
use zeroize::Zeroize;

use super::error::ClientError;
use super::input::Now;
use super::step::Step;
use crate::crypto::hpke::ContactPublic;
use crate::protocol::competing::{RECEIVE_ONLY_DAYS, Ruling, Standing, rule_sessions};
use crate::protocol::content::{Content, Frame};
use crate::protocol::descriptor::Descriptor;
use crate::protocol::ids::{Counter, DeviceAddress, Hour, TranscriptHash};
use crate::protocol::initial::{InitialFields, seal_initial};
use crate::protocol::session::Session;
use crate::store::sabotage::{Breakage, is};
use crate::store::{OutboxRow, PeerRow, SessionRow, Tx};

/// Messages in one chain beyond those that the peer has acknowledged. PROTOCOL.md §16.
const CHAIN_WINDOW: u64 = 900;
/// The same for word that the user is writing, which nobody acknowledges: it must not take the room of texts.
const TYPING_WINDOW: u64 = 100;
/// Messages that carry initial fields. PROTOCOL.md §12.
pub(crate) const MAX_INITIAL_SENDS: u32 = 20;

/// What became of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It is encrypted and in the outbox under this counter (0: unnumbered).
    Queued(u64),
    /// It cannot be encrypted yet; nothing was changed.
    Waiting,
}

/// What a session keeps until its peer has answered: the fields to repeat and where they go.
pub(crate) struct InitialState {
    pub(crate) fields: InitialFields,
    pub(crate) contact_key: ContactPublic,
    pub(crate) to: Descriptor,
}

impl Encode for InitialState {
    fn encode(&self, writer: &mut Writer) {
        writer
            .put(&self.to)
            .put(&self.contact_key)
            .put(&self.fields);
    }
}

impl Decode for InitialState {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            to: Descriptor::decode(reader)?,
            contact_key: ContactPublic::decode(reader)?,
            fields: InitialFields::decode(reader)?,
        })
    }
}

/// The session that sends to this peer, by PROTOCOL.md §18. One that does not read back is as good as none.
pub(crate) fn load_sending_session(
    tx: &Tx<'_>,
    peer: DeviceAddress,
    now: Now,
) -> Result<Option<(SessionRow, Session)>, ClientError> {
    let mut rows = tx.sessions_of(peer)?;
    while let Some(sender) = rule(&rows, now.hour()).sends {
        let Some(index) = rows.iter().position(|row| row.th == sender) else {
            return Ok(None);
        };
        let row = rows.swap_remove(index);
        if let Ok(session) = Session::from_bytes(&row.state) {
            return Ok(Some((row, session)));
        }
        rows.sort_by_key(|row| row.th);
    }
    Ok(None)
}

/// What becomes of a peer's sessions. PROTOCOL.md §18.
pub(crate) fn rule(rows: &[SessionRow], now: Hour) -> Ruling {
    let has_answered = rows.iter().any(|row| row.initial.is_none());
    let (candidates, unanswered): (Vec<&SessionRow>, Vec<&SessionRow>) =
        rows.iter().partition(|row| {
            row.initial.is_none()
                || !has_answered
                || row.replaces.is_some() && !is_overtaken(rows, row)
        });
    let mut ruling = rule_sessions(&standings(&candidates), now);
    for row in unanswered {
        if now <= row.last_opened.plus_days(RECEIVE_ONLY_DAYS) {
            ruling.receives.push(row.th);
        } else {
            ruling.goes.push(row.th);
        }
    }
    ruling
}

/// The session that sends, if it is one that both sides have had.
pub(crate) fn answered_sender(rows: &[SessionRow], now: Hour) -> Option<TranscriptHash> {
    let sends = rule(rows, now).sends;
    rows.iter()
        .find(|row| Some(row.th) == sends && row.initial.is_none())
        .map(|row| row.th)
}

/// Whether the peer began a session in place of another since we began this one, or answered in one: that one opens at
/// the peer, and this one may not.
fn is_overtaken(rows: &[SessionRow], ours: &SessionRow) -> bool {
    let is_replaced = |th| rows.iter().any(|row| row.replaces == Some(th));
    rows.iter().any(|row| {
        row.initial.is_none()
            && row.replaces.is_some()
            && row.created >= ours.created
            && !is_replaced(row.th)
    })
}

/// The sessions of a peer, as the rule needs them. One can have stopped sending only when another was made,
/// or later, so that what was then on its way to us is still read.
fn standings(rows: &[&SessionRow]) -> Vec<Standing> {
    let newest = rows.iter().map(|row| row.created).max();
    rows.iter()
        .map(|row| Standing {
            transcript: row.th,
            replaces: row.replaces,
            receives_only_since: newest.map(|newest| newest.max(row.last_opened)),
        })
        .collect()
}

/// Encrypts a content for one device and queues it; all in the step's transaction.
pub(crate) fn send_content(
    step: &mut Step<'_, '_>,
    to: DeviceAddress,
    content: &Content,
    place: Option<u64>,
) -> Result<Sent, ClientError> {
    let Some((row, session)) = load_sending_session(step.tx, to, step.now)? else {
        return Ok(Sent::Waiting);
    };
    send_through(step, row, session, content, place, None)
}

/// Encrypts a content anew that left under a counter before, and queues it.
pub(crate) fn send_again(
    step: &mut Step<'_, '_>,
    to: DeviceAddress,
    content: &Content,
    place: Option<u64>,
    counter: Counter,
) -> Result<Sent, ClientError> {
    let Some((row, session)) = load_sending_session(step.tx, to, step.now)? else {
        return Ok(Sent::Waiting);
    };
    send_through(step, row, session, content, place, Some(counter))
}

/// As [`send_content`], through a session of the caller's choice; under the counter that it had, if it left before.
pub(crate) fn send_through(
    step: &mut Step<'_, '_>,
    row: SessionRow,
    session: Session,
    content: &Content,
    place: Option<u64>,
    again: Option<Counter>,
) -> Result<Sent, ClientError> {
    let Some(mut sender) = Sender::load(step.tx, row, session)? else {
        return Ok(Sent::Waiting);
    };
    let sent = sender.send(step, content, place, again)?;
    sender.save(step)?;
    Ok(sent)
}

/// A session that sends and its peer, held in memory while one content or many are encrypted.
pub(crate) struct Sender {
    row: SessionRow,
    session: Session,
    peer: PeerRow,
    /// Whether the peer's store was put back, and it does not know yet.
    is_rewound: bool,
    changed: bool,
}

impl Sender {
    pub(crate) fn load(
        tx: &Tx<'_>,
        row: SessionRow,
        session: Session,
    ) -> Result<Option<Self>, ClientError> {
        let Some(peer) = tx.load_peer(row.peer)? else {
            return Ok(None);
        };
        let is_rewound = tx.rewinds_of(row.peer)?.iter().any(|row| row.open);
        Ok(Some(Self {
            row,
            session,
            peer,
            is_rewound,
            changed: false,
        }))
    }

    /// Encrypts one content and puts it into the outbox; what that changed here is to be saved.
    pub(crate) fn send(
        &mut self,
        step: &mut Step<'_, '_>,
        content: &Content,
        place: Option<u64>,
        again: Option<Counter>,
    ) -> Result<Sent, ClientError> {
        let next_counter = self.begin_chain();
        // What is sent again had room when it was sent first, in a chain that is given up.
        if again.is_none() && !has_room(&self.row, &self.session, &self.peer, content) {
            return Ok(Sent::Waiting);
        }
        let counter = match again {
            Some(counter) => counter,
            None if !content.is_numbered() => 0,
            None => next_counter,
        };
        let Some((envelope, descriptor)) = self.seal(step, content, counter, None)? else {
            return Ok(Sent::Waiting);
        };
        self.peer.sent_counter = self.peer.sent_counter.max(counter);
        // Counters above a hole, and that a store was put back, are told by content of their own.
        let tells_all = matches!(content, Content::Receipt { .. } | Content::Rewound { .. });
        if tells_all || (self.peer.received.ranges().is_empty() && !self.is_rewound) {
            self.peer.owes_receipt = false;
        }
        step.tx.push_outbox(&OutboxRow {
            id: 0,
            peer: self.row.peer,
            place,
            counter,
            descriptor,
            envelope,
            put: None,
            again_ms: 0,
        })?;
        Ok(Sent::Queued(counter))
    }

    /// Puts a copy of a content, sealed anew, into another mailbox of the peer; unnumbered, or under the counter that it
    /// has. False if no more envelopes may leave in this session.
    pub(crate) fn send_copy(
        &mut self,
        step: &mut Step<'_, '_>,
        content: &Content,
        counter: Counter,
        to: Descriptor,
    ) -> Result<bool, ClientError> {
        self.begin_chain();
        if self.row.initial.is_some() && self.row.initial_sent >= MAX_INITIAL_SENDS {
            return Ok(false);
        }
        let Some((envelope, descriptor)) = self.seal(step, content, counter, Some(to))? else {
            return Ok(false);
        };
        step.tx.push_outbox(&OutboxRow {
            id: 0,
            peer: self.row.peer,
            place: None,
            // Whatever it carries: it is put once, and nobody waits for it.
            counter: 0,
            descriptor,
            envelope,
            put: None,
            again_ms: 0,
        })?;
        Ok(true)
    }

    /// Notes where a chain that was just begun starts; gives the counter of the next new content.
    fn begin_chain(&mut self) -> Counter {
        let next_counter = self.peer.sent_counter.saturating_add(1);
        if self.row.chain != self.session.chain_id() {
            self.row.chain = self.session.chain_id();
            self.row.chain_first_counter = next_counter;
        }
        next_counter
    }

    /// The envelope of a content and where it goes: to where the peer reads unless it is to go elsewhere; none while
    /// nothing is known of where.
    fn seal(
        &mut self,
        step: &mut Step<'_, '_>,
        content: &Content,
        counter: Counter,
        elsewhere: Option<Descriptor>,
    ) -> Result<Option<(Vec<u8>, Descriptor)>, ClientError> {
        content.check()?;
        let (kind, body) = content.encode_body();
        let received = &self.peer.received;
        let mut frame = Frame {
            counter,
            // Of a peer that may write new content under counters that came before, nothing is acknowledged.
            seen_up_to: match (self.is_rewound, is(Breakage::ReceiptCoversHoles)) {
                (true, _) => 0,
                (false, true) => received.highest(),
                (false, false) => received.up_to,
            },
            kind,
            body,
        };
        let sealed = self.seal_frame(step, &frame, elsewhere);
        // It may have given a capability away; it is the peer's alone.
        frame.body.zeroize();
        let sealed = sealed?;
        self.changed |= sealed.is_some();
        Ok(sealed)
    }

    fn seal_frame(
        &mut self,
        step: &mut Step<'_, '_>,
        frame: &Frame,
        elsewhere: Option<Descriptor>,
    ) -> Result<Option<(Vec<u8>, Descriptor)>, ClientError> {
        let Some(blob) = &self.row.initial else {
            let Some(to) = elsewhere.or_else(|| self.peer.descriptor.clone()) else {
                return Ok(None);
            };
            return Ok(Some((self.session.encrypt(frame, step.rng)?, to)));
        };
        let initial = InitialState::from_bytes(blob).map_err(|_| ClientError::RowDamaged)?;
        let to = elsewhere.unwrap_or(initial.to);
        let message = self.session.encrypt_bare(frame, step.rng)?;
        let envelope = seal_initial(
            &initial.fields,
            &message,
            &initial.contact_key,
            to.mailbox,
            step.rng,
        )?;
        self.row.initial_sent = self.row.initial_sent.saturating_add(1);
        Ok(Some((envelope, to)))
    }

    pub(crate) fn save(&mut self, step: &Step<'_, '_>) -> Result<(), ClientError> {
        if self.changed {
            self.row.state = self.session.to_bytes().into();
            step.tx.save_session(&self.row)?;
            step.tx.save_peer(&self.peer)?;
        }
        Ok(())
    }
}

/// Whether one more message may leave in this session. PROTOCOL.md §12, §16.
fn has_room(row: &SessionRow, session: &Session, peer: &PeerRow, content: &Content) -> bool {
    let is_typing = matches!(content, Content::Typing { .. });
    if is(Breakage::WindowIgnored) {
        return true;
    }
    if row.initial.is_some() {
        return !is_typing && row.initial_sent < MAX_INITIAL_SENDS;
    }
    let window = if is_typing {
        TYPING_WINDOW
    } else {
        CHAIN_WINDOW
    };
    let first = row.chain_first_counter;
    let acknowledged = peer.acknowledged.saturating_add(1).saturating_sub(first);
    u64::from(session.chain_length()).saturating_sub(acknowledged) < window
}

/// Where messages go while the peer has not answered yet.
pub(crate) fn initial_target(
    tx: &Tx<'_>,
    peer: DeviceAddress,
) -> Result<Option<Descriptor>, ClientError> {
    let blobs = tx
        .sessions_of(peer)?
        .into_iter()
        .filter_map(|row| row.initial);
    Ok(blobs
        .filter_map(|blob| InitialState::from_bytes(&blob).ok())
        .map(|state| state.to)
        .next())
}
