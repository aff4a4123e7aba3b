//! Receipts: what has come, and what was read. Batched, at a time drawn by chance, none to strangers. PROTOCOL.md §16.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use rand_core::CryptoRng;

use super::earlier::put_too;
use super::engine::Engine;
use super::error::ClientError;
use super::input::Now;
use super::leave::check_staying;
use super::send::{Sent, send_content};
use super::settings;
use super::step::{Changed, Step, for_one, touch};
use super::view::{ConversationId, ConversationState, MessageView};
use super::views;
use super::ways::Reasons;
use crate::protocol::content::Content;
use crate::protocol::ids::{Counter, DeviceAddress, DeviceNumber, Hour};
use crate::store::sabotage::{Breakage, is};
use crate::store::{MessageRow, PeerRow, RewindRow, Tx};

/// Milliseconds that a receipt for what came waits for more to cover; drawn anew for each.
const RECEIPT_DELAY_MS: RangeInclusive<u64> = 200..=800;
/// Milliseconds that word of what was read waits; drawn anew for each.
const READ_DELAY_MS: RangeInclusive<u64> = 500..=3000;
/// Hours between two rounds of receipts for what came, while the user has switched them off.
const ROUND_HOURS: RangeInclusive<u64> = 6..=24;
/// With them switched off, contents after which a contact is told all the same: it stops at 900.
const TELL_AFTER: u64 = 256;
/// The hour of the next round, while they are switched off.
const NEXT_ROUND: &str = "next receipts";

/// What a run knows of receipts; what is owed stands in the store.
#[derive(Default)]
pub(crate) struct Receipts {
    /// When receipts for what came leave.
    due_ms: Option<u64>,
    /// When word of what was read leaves.
    reads_due_ms: Option<u64>,
    /// The last counter that each device was told of in this run, while receipts are switched off.
    told: BTreeMap<DeviceAddress, Counter>,
}

impl Receipts {
    /// As a run begins: what is owed from the one before is due.
    pub(crate) fn open(tx: &Tx<'_>, now: Now) -> Result<Self, ClientError> {
        let is_owed = !tx.all_peers_owing_receipts()?.is_empty();
        let are_reads_owed = !tx.owed_reads()?.is_empty();
        Ok(Self {
            due_ms: is_owed.then_some(now.ms),
            reads_due_ms: are_reads_owed.then_some(now.ms),
            ..Self::default()
        })
    }

    pub(crate) fn next_wake(&self) -> Option<u64> {
        self.due_ms.into_iter().chain(self.reads_due_ms).min()
    }

    /// What is owed is due at once.
    pub(crate) fn end_wait(&mut self) {
        self.due_ms = Some(0);
    }

    /// A clock that was ahead is right again.
    pub(crate) fn cut_waits_short(&mut self, now: Now) {
        for due in [&mut self.due_ms, &mut self.reads_due_ms] {
            *due = due.map(|due| due.min(now.ms));
        }
    }
}

fn draw(rng: &mut dyn CryptoRng, range: &RangeInclusive<u64>) -> u64 {
    let spread = range.end().saturating_sub(*range.start()).saturating_add(1);
    let chance = rng.next_u64().checked_rem(spread).unwrap_or(0);
    range.start().saturating_add(chance)
}

impl Engine {
    /// Sets the time for receipts, if none is set that is as near.
    pub(crate) fn note_receipts_owed(&mut self, now: Now, rng: &mut dyn CryptoRng) {
        let latest = now.ms.saturating_add(*RECEIPT_DELAY_MS.end());
        if self.receipts.due_ms.is_none_or(|due| due > latest) {
            self.receipts.due_ms = Some(now.ms.saturating_add(draw(rng, &RECEIPT_DELAY_MS)));
        }
    }

    /// Sets the time for word of what was read, if none is set.
    pub(crate) fn note_reads_owed(&mut self, now: Now, rng: &mut dyn CryptoRng) {
        if self.receipts.reads_due_ms.is_none() {
            self.receipts.reads_due_ms = Some(now.ms.saturating_add(draw(rng, &READ_DELAY_MS)));
        }
    }

    /// Marks everything up to a place as read. The contact is told a little later, unless that is switched off.
    ///
    /// # Errors
    /// [`super::ClientError::NotFound`], or a store error.
    pub fn mark_read(
        &mut self,
        id: ConversationId,
        place: u64,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        let is_owed = self.store.write(|tx| mark_read(tx, id, place))?;
        if is_owed {
            self.note_reads_owed(now, rng);
        }
        self.announce_changes();
        Ok(())
    }

    pub(crate) fn pump_receipts(
        &mut self,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        if self.receipts.due_ms.is_some_and(|due| now.ms >= due) {
            self.receipts.due_ms = None;
            let mut told = std::mem::take(&mut self.receipts.told);
            let next = self.step(now, rng, |step| send_receipts(step, &mut told));
            self.receipts.told = told;
            self.receipts.due_ms = next?;
            // Something came: what stood in the way of word of what was read may be gone.
            let are_reads_owed =
                self.step(now, rng, |step| Ok(!step.tx.owed_reads()?.is_empty()))?;
            if are_reads_owed {
                self.note_reads_owed(now, rng);
            }
        }
        if self.receipts.reads_due_ms.is_some_and(|due| now.ms >= due) {
            self.receipts.reads_due_ms = None;
            self.step(now, rng, send_reads)?;
        }
        Ok(())
    }
}

/// Whether anything that tells what we do may go to a contact.
fn is_told(step: &Step<'_, '_>, id: ConversationId) -> Result<bool, ClientError> {
    let is_stranger = step.tx.load_conversation(id)?.is_none_or(|known| {
        matches!(
            known.state,
            ConversationState::Request | ConversationState::Left
        )
    });
    let is_blocked = step.tx.is_blocked(id)? && !is(Breakage::BlockedAnswered);
    Ok((!is_stranger || is(Breakage::ReceiptToStranger)) && !is_blocked)
}

/// One receipt to each peer that is owed one; none to strangers. While they are switched off, in rounds that follow
/// nothing that came; when the next one is.
fn send_receipts(
    step: &mut Step<'_, '_>,
    told: &mut BTreeMap<DeviceAddress, Counter>,
) -> Result<Option<u64>, ClientError> {
    let is_prompt = settings::load(step.tx)?.delivery_receipts;
    let is_round = is_prompt || is_round_due(step)?;
    for peer in step.tx.all_peers_owing_receipts()? {
        for_one(step, |step| {
            if !is_told(step, ConversationId(peer.address.account))? {
                return Ok(());
            }
            let open = step.tx.rewinds_of(peer.address)?;
            let open = open.into_iter().find(|row| row.open);
            let highest = peer.received.highest();
            let before = told.entry(peer.address).or_insert(highest);
            let is_many = highest.saturating_sub(*before) >= TELL_AFTER;
            if is_round || is_many || open.is_some() {
                *before = highest;
                send_receipt(step, &peer, open)?;
            }
            Ok(())
        })?;
    }
    if is_prompt {
        return Ok(None);
    }
    let next = if is_round {
        draw_next_round(step)?
    } else {
        next_round(step)?
    };
    Ok(Some(u64::from(next.0).saturating_mul(3_600_000)))
}

fn send_receipt(
    step: &mut Step<'_, '_>,
    peer: &PeerRow,
    open: Option<RewindRow>,
) -> Result<(), ClientError> {
    let (up_to, ranges) = (peer.received.up_to, peer.received.ranges());
    let content = match open {
        Some(RewindRow { th, .. }) => Content::Rewound { th, up_to, ranges },
        None => Content::Receipt { ranges },
    };
    send_content(step, peer.address, &content, None)?;
    if open.is_some() {
        // Put back far enough, it reads a mailbox that it has left since.
        put_too(step, peer.address, &content, 0)?;
    }
    Ok(())
}

fn next_round(step: &Step<'_, '_>) -> Result<Hour, ClientError> {
    let bytes = step.tx.load_setting(NEXT_ROUND)?;
    let hour = bytes.and_then(|bytes| bytes.try_into().ok());
    Ok(hour.map_or(Hour(0), |bytes| Hour(u32::from_be_bytes(bytes))))
}

/// One that lies further ahead than any is drawn was drawn by a clock that was wrong.
fn is_round_due(step: &Step<'_, '_>) -> Result<bool, ClientError> {
    let (now, next) = (step.now.hour(), next_round(step)?);
    Ok(next <= now || u64::from(next.hours_since(now)) > *ROUND_HOURS.end())
}

/// Draws when receipts for what came leave next, while they are switched off.
pub(crate) fn draw_next_round(step: &mut Step<'_, '_>) -> Result<Hour, ClientError> {
    let hours = u32::try_from(draw(step.rng, &ROUND_HOURS)).unwrap_or(u32::MAX);
    let next = step.now.hour().plus(hours);
    step.tx.save_setting(NEXT_ROUND, &next.0.to_be_bytes())?;
    Ok(next)
}

/// Marks as read; whether the contact is to be told.
fn mark_read(tx: &Tx<'_>, id: ConversationId, place: u64) -> Result<bool, ClientError> {
    let mut row = tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
    let place = place.min(row.last_place);
    if place <= row.read_up_to {
        return Ok(false);
    }
    row.read_up_to = place;
    tx.save_conversation(&row)?;
    touch(tx, Changed::Conversation(id))?;
    let is_owed = settings::load(tx)?.read_receipts && !tx.is_blocked(id)?;
    if is_owed {
        tx.owe_read(id)?;
    }
    Ok(is_owed)
}

/// Tells each peer that is owed it how far was read; what cannot be told all yet stays owed.
fn send_reads(step: &mut Step<'_, '_>) -> Result<(), ClientError> {
    let is_on = settings::load(step.tx)?.read_receipts && check_staying(step).is_ok();
    for peer in step.tx.owed_reads()? {
        for_one(step, |step| send_owed_read(step, peer, is_on))?;
    }
    Ok(())
}

fn send_owed_read(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
    is_on: bool,
) -> Result<(), ClientError> {
    let id = ConversationId(peer.account);
    let known = step.tx.load_conversation(id)?;
    let state = known.as_ref().map(|known| known.state);
    if state == Some(ConversationState::Request) {
        // Told once the user has accepted it.
        return Ok(());
    }
    let place = known.map_or(0, |known| known.read_up_to);
    if is_on && is_told(step, id)? && !send_read(step, peer, place)? {
        return Ok(());
    }
    Ok(step.tx.settle_read(peer)?)
}

/// Tells one peer how far was read; false if there is more to tell that has to wait.
fn send_read(
    step: &mut Step<'_, '_>,
    address: DeviceAddress,
    place: u64,
) -> Result<bool, ClientError> {
    let Some(peer) = step.tx.load_peer(address)? else {
        return Ok(true);
    };
    if step.tx.rewinds_of(address)?.iter().any(|row| row.open) {
        // It may write new content under counters that came before.
        return Ok(false);
    }
    let read = step.tx.counter_before(address, place)?;
    // Never above a hole: what stands there was not read.
    let up_to = match is(Breakage::ReadBeyondHoles) {
        true => peer.received.highest(),
        false => read.min(peer.received.up_to),
    };
    if up_to > step.tx.told_read(address)? {
        if send_content(step, address, &Content::Read { up_to }, None)? == Sent::Waiting {
            return Ok(false);
        }
        step.tx.set_told_read(address, up_to)?;
    }
    Ok(up_to == read)
}

/// A contact has read what we sent up to a counter.
pub(crate) fn take_read(
    step: &Step<'_, '_>,
    peer: &PeerRow,
    up_to: Counter,
) -> Result<(), ClientError> {
    let id = ConversationId(peer.address.account);
    // Whoever does not tell is not told; and nobody has read what was never sent.
    let is_taken =
        up_to <= peer.sent_counter && settings::load(step.tx)?.read_receipts && is_told(step, id)?;
    if is_taken && step.tx.note_read_by(peer.address, up_to)? {
        touch(step.tx, Changed::Conversation(id))?;
    }
    Ok(())
}

/// What a contact was told of our reading may not have come: it is told again.
pub(crate) fn tell_again(step: &Step<'_, '_>, peer: DeviceAddress) -> Result<(), ClientError> {
    Ok(step.tx.owe_read_again(peer)?)
}

/// How far a contact has read, for what is shown.
pub(crate) struct Reads(Vec<(DeviceNumber, Counter)>);

impl Reads {
    pub(crate) fn load(tx: &Tx<'_>, id: ConversationId) -> Result<Self, ClientError> {
        if settings::load(tx)?.read_receipts {
            Ok(Self(tx.reads_of(id)?))
        } else {
            Ok(Self(Vec::new()))
        }
    }

    /// A message as it is shown; `None` for what keeps a place only.
    pub(crate) fn show(&self, row: MessageRow, reasons: &Reasons) -> Option<MessageView> {
        let of_device = self.0.iter().find(|(device, _)| *device == row.device);
        let read_up_to = of_device.map_or(0, |(_, up_to)| *up_to);
        views::message_view(row, reasons, read_up_to)
    }
}
