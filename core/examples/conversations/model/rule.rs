//! Competing sessions in the model, word for word from PROTOCOL.md §18.

use std::collections::BTreeMap;

use tacita_core::protocol::{Hour, TranscriptHash};

use super::DeviceId;
use super::end::End;

/// Days for which a session that does not send still receives.
const RECEIVES_DAYS: u32 = 32;
/// Sessions that a device pair has beside the one that sends.
const OTHERS: usize = 3;

/// The session that sends to `peer`, and those that go.
pub fn rule(
    ends: &BTreeMap<TranscriptHash, End>,
    peer: DeviceId,
    now: Hour,
) -> (Option<TranscriptHash>, Vec<TranscriptHash>) {
    let pair: Vec<&End> = ends.values().filter(|end| end.peer == peer).collect();
    let some_answered = pair.iter().any(|end| end.unanswered.is_none());
    // "One that was begun and not answered yet, and replaces none, sends only while no other was answered."
    let waits = |end: &End| some_answered && end.unanswered.is_some() && end.replaces.is_none();
    let compete: Vec<&End> = pair.iter().copied().filter(|end| !waits(end)).collect();
    // "One that names what it replaces wins over that one. Of those that none of the others replaces,
    // the one with the lowest th sends."
    let is_replaced = |end: &End| compete.iter().any(|other| other.replaces == Some(end.th));
    let free = compete.iter().filter(|end| !is_replaced(end));
    let sends = free.chain(&compete).map(|end| end.th).next();

    // "The others only receive, and go 32 days after they stopped sending; of more than 3, those that
    // stopped first go, and of equals those with the higher th."
    let newest = compete.iter().map(|end| end.created).max();
    let mut others: Vec<(std::cmp::Reverse<Hour>, TranscriptHash)> = compete
        .iter()
        .filter(|end| Some(end.th) != sends)
        .map(|end| {
            let stopped = newest.unwrap_or(now).max(end.last_opened);
            (std::cmp::Reverse(stopped), end.th)
        })
        .collect();
    others.sort();
    let too_old = |since: Hour| now > since.plus_days(RECEIVES_DAYS);
    let mut goes: Vec<TranscriptHash> = others
        .iter()
        .enumerate()
        .filter(|(place, (since, _))| *place >= OTHERS || too_old(since.0))
        .map(|(_, (_, th))| *th)
        .collect();
    let waiting = pair.iter().filter(|end| waits(end));
    goes.extend(
        waiting
            .filter(|end| too_old(end.last_opened))
            .map(|end| end.th),
    );
    (sends, goes)
}
