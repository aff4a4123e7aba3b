//! What a peer says that it has of ours: what is delivered, what is put again, and that our store was put back. PROTOCOL.md §16, §16.1.

use super::apply::{Applied, Rewind};
use super::error::ClientError;
use super::silence;
use super::step::{Changed, Step, touch};
use super::view::ConversationId;
use crate::protocol::ids::{Counter, DeviceAddress, TranscriptHash};
use crate::store::PeerRow;
use crate::store::sabotage::{Breakage, is};

/// Messages by which our store may have been put back.
const MAX_REWIND: u64 = 1 << 20;
/// Milliseconds before the same bytes are put again at the earliest.
pub(crate) const PUT_AGAIN_MS: u64 = 60_000;

/// The peer has everything of ours up to this counter.
pub(crate) fn note_acknowledged(
    step: &mut Step<'_, '_>,
    peer: &mut PeerRow,
    seen_up_to: u64,
) -> Result<Applied, ClientError> {
    if seen_up_to > peer.sent_counter {
        if seen_up_to.saturating_sub(peer.sent_counter) > MAX_REWIND
            || is(Breakage::PutBackUnnoticed)
        {
            // No store is that old: the peer lies.
            return Ok(Applied::Plain);
        }
        // What we have sent since bears counters that the peer has had before: none of it was acknowledged.
        peer.sent_counter = seen_up_to;
        peer.acknowledged = seen_up_to;
        return Ok(Applied::Rewound(Rewind {
            th: None,
            came: vec![(1, seen_up_to)],
        }));
    }
    if seen_up_to > peer.acknowledged {
        peer.acknowledged = seen_up_to;
        deliver(step, peer.address, seen_up_to, &[])?;
    }
    Ok(Applied::Plain)
}

fn deliver(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
    up_to: u64,
    ranges: &[(u64, u64)],
) -> Result<(), ClientError> {
    let id = ConversationId(peer.account);
    let changed = step
        .tx
        .deliver_up_to(id, peer.device, up_to)?
        .saturating_add(step.tx.deliver_ranges(id, peer.device, ranges)?);
    step.tx.forget_delivered(peer, up_to, ranges)?;
    if changed > 0 {
        touch(step.tx, Changed::Conversation(id))?;
    }
    Ok(())
}

/// A receipt: what came above a hole is delivered, what is in a hole is put again.
pub(crate) fn take_receipt(
    step: &mut Step<'_, '_>,
    peer: &mut PeerRow,
    ranges: &[(u64, u64)],
) -> Result<(), ClientError> {
    let ranges: Vec<(u64, u64)> = ranges
        .iter()
        .filter(|(first, last)| first <= last && *last <= peer.sent_counter)
        .copied()
        .collect();
    if !ranges.is_empty() {
        deliver(step, peer.address, peer.acknowledged, &ranges)?;
    }
    let top = ranges.iter().map(|(_, last)| *last).max().unwrap_or(0);
    if !is(Breakage::NoResend) {
        let times = (step.now.ms, PUT_AGAIN_MS);
        let oldest = silence::first_known_hour(step.now);
        step.tx.requeue_below(peer.address, top, times, oldest)?;
    }
    Ok(())
}

/// Our store was put back: these counters have come from it before.
pub(crate) fn take_rewound(
    peer: &mut PeerRow,
    th: TranscriptHash,
    up_to: Counter,
    ranges: &[(Counter, Counter)],
) -> Option<Rewind> {
    let mut came = vec![(1, up_to)];
    came.extend(ranges);
    let highest = came.iter().map(|(_, last)| *last).max().unwrap_or(0);
    if highest > peer.sent_counter.saturating_add(MAX_REWIND) {
        // No store is that old: the peer lies.
        return None;
    }
    peer.sent_counter = peer.sent_counter.max(highest);
    Some(Rewind { th: Some(th), came })
}
