//! Which of a device's sessions with a peer sends: the protocol's rule, asked as an engine asks it.

use std::collections::BTreeMap;

use tacita_core::protocol::competing::RECEIVE_ONLY_DAYS;
use tacita_core::protocol::{DeviceAddress, Hour, Ruling, Standing, TranscriptHash, rule_sessions};

use super::held::Held;

/// PROTOCOL.md §18. A session that was begun and not answered, and replaces none, competes only while no other
/// was answered.
pub fn rule(held: &BTreeMap<TranscriptHash, Held>, peer: DeviceAddress, now: Hour) -> Ruling {
    let ours: Vec<_> = held
        .iter()
        .filter(|(_, one)| one.session.theirs() == peer)
        .collect();
    let some_answered = ours.iter().any(|(_, one)| one.begun.is_none());
    let (compete, wait): (Vec<_>, Vec<_>) = ours
        .into_iter()
        .partition(|(_, one)| !some_answered || one.begun.is_none() || one.replaces.is_some());
    let newest = compete.iter().map(|(_, one)| one.created).max();
    let standings: Vec<_> = compete
        .iter()
        .map(|(th, one)| Standing {
            transcript: **th,
            replaces: one.replaces,
            receives_only_since: newest.map(|newest| newest.max(one.last_opened)),
        })
        .collect();
    let mut ruling = rule_sessions(&standings, now);
    for (th, one) in wait {
        if now <= one.last_opened.plus_days(RECEIVE_ONLY_DAYS) {
            ruling.receives.push(*th);
        } else {
            ruling.goes.push(*th);
        }
    }
    ruling
}
