//! Competing sessions: which of a device pair's sessions sends, and which go. PROTOCOL.md §18.
//!
//! Sessions compete when both sides begin at once, when an invitation is accepted twice, or when one
//! side begins anew because it lost its state. The rule looks at what both sides know of a session.

use std::collections::BTreeSet;

use super::ids::{Hour, TranscriptHash};

/// Sessions that a device pair keeps.
pub const MAX_SESSIONS_PER_PAIR: usize = 4;
/// Days that a session which no longer sends still receives.
pub const RECEIVE_ONLY_DAYS: u32 = 32;

/// What the rule needs to know of one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Names the session.
    pub transcript: TranscriptHash,
    /// The session that this one was made to replace.
    pub replaces: Option<TranscriptHash>,
    /// Since when it only receives; none if it was the sending one until now, or is new.
    pub receives_only_since: Option<Hour>,
}

/// What becomes of a device pair's sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruling {
    /// The one that sends; none only if there is no session.
    pub sends: Option<TranscriptHash>,
    /// Those that only receive, in ascending order.
    pub receives: Vec<TranscriptHash>,
    /// Those to delete, in ascending order.
    pub goes: Vec<TranscriptHash>,
}

/// Applies the rule. The order of `sessions` makes no difference, and both sides come to the same
/// sender once they know of the same sessions.
#[must_use]
pub fn rule_sessions(sessions: &[Standing], now: Hour) -> Ruling {
    let replaced: BTreeSet<TranscriptHash> = sessions
        .iter()
        .filter(|session| session.replaces != Some(session.transcript))
        .filter_map(|session| session.replaces)
        .collect();
    // Nobody honest can make sessions replace each other in a circle, since each names the other's
    // hash; should it come up, the lower one of all sends.
    let sends = sessions
        .iter()
        .map(|session| (replaced.contains(&session.transcript), session.transcript))
        .min()
        .map(|(_, transcript)| transcript);

    let mut others: Vec<(Hour, TranscriptHash)> = sessions
        .iter()
        .filter(|session| Some(session.transcript) != sends)
        .map(|session| {
            let since = session.receives_only_since.unwrap_or(now);
            (since, session.transcript)
        })
        .collect();
    // Those that stopped sending last stay, so that what is still on its way can be read.
    others.sort_by(|(a_since, a), (b_since, b)| b_since.cmp(a_since).then(a.cmp(b)));
    others.dedup();

    let mut ruling = Ruling {
        sends,
        ..Ruling::default()
    };
    for (place, (since, transcript)) in others.into_iter().enumerate() {
        let in_time = now <= since.plus_days(RECEIVE_ONLY_DAYS);
        if place + 1 < MAX_SESSIONS_PER_PAIR && in_time {
            ruling.receives.push(transcript);
        } else {
            ruling.goes.push(transcript);
        }
    }
    ruling.receives.sort();
    ruling.goes.sort();
    ruling
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Hour = Hour(490_000);

    fn th(n: u8) -> TranscriptHash {
        TranscriptHash([n; 32])
    }

    fn session(n: u8, replaces: Option<u8>) -> Standing {
        Standing {
            transcript: th(n),
            replaces: replaces.map(th),
            receives_only_since: None,
        }
    }

    #[test]
    fn of_two_sessions_begun_at_once_the_lower_sends_on_both_sides() {
        let at_alice = rule_sessions(&[session(9, None), session(4, None)], NOW);
        let at_bob = rule_sessions(&[session(4, None), session(9, None)], NOW);
        assert_eq!(at_alice, at_bob);
        assert_eq!(at_alice.sends, Some(th(4)));
        assert_eq!(at_alice.receives, [th(9)]);
        assert!(at_alice.goes.is_empty());
    }

    #[test]
    fn a_session_that_replaces_wins_over_a_lower_one() {
        let ruling = rule_sessions(&[session(1, None), session(9, Some(1))], NOW);
        assert_eq!(ruling.sends, Some(th(9)));
        assert_eq!(ruling.receives, [th(1)]);
    }

    #[test]
    fn of_two_replacements_the_lower_sends_and_a_chain_of_them_is_followed() {
        let both = [session(1, None), session(8, Some(1)), session(7, Some(1))];
        assert_eq!(rule_sessions(&both, NOW).sends, Some(th(7)));
        let chain = [session(1, None), session(8, Some(1)), session(9, Some(8))];
        assert_eq!(rule_sessions(&chain, NOW).sends, Some(th(9)));
    }

    #[test]
    fn a_replacement_of_a_session_that_is_gone_does_not_win_by_it() {
        let ruling = rule_sessions(&[session(3, None), session(9, Some(1))], NOW);
        assert_eq!(ruling.sends, Some(th(3)));
    }

    #[test]
    fn the_ruling_does_not_depend_on_the_order_in_which_sessions_came() {
        let mut sessions = vec![
            session(5, None),
            session(2, None),
            session(7, Some(2)),
            session(6, Some(5)),
            session(1, Some(6)),
            session(9, None),
        ];
        let ruling = rule_sessions(&sessions, NOW);
        for _ in 0..sessions.len() {
            sessions.rotate_left(1);
            assert_eq!(rule_sessions(&sessions, NOW), ruling);
            sessions.reverse();
            assert_eq!(rule_sessions(&sessions, NOW), ruling);
            sessions.reverse();
        }
    }

    #[test]
    fn at_most_four_stay_and_those_longest_silent_go_first() {
        let since = |n: u8, days: u32| Standing {
            receives_only_since: Some(Hour(NOW.0 - days * 24)),
            ..session(n, None)
        };
        let sessions = [
            session(1, None),
            since(2, 5),
            since(3, 20),
            since(4, 1),
            since(5, 10),
        ];
        let ruling = rule_sessions(&sessions, NOW);
        assert_eq!(ruling.sends, Some(th(1)));
        assert_eq!(ruling.receives, [th(2), th(4), th(5)]);
        assert_eq!(ruling.goes, [th(3)]);
    }

    #[test]
    fn a_session_that_only_receives_goes_after_32_days_and_the_sender_never_by_age() {
        let old = |n: u8, hours: u32| Standing {
            receives_only_since: Some(Hour(NOW.0 - hours)),
            ..session(n, None)
        };
        let ruling = rule_sessions(&[old(1, 99_999), old(2, 32 * 24), old(3, 32 * 24 + 1)], NOW);
        assert_eq!(ruling.sends, Some(th(1)));
        assert_eq!(ruling.receives, [th(2)]);
        assert_eq!(ruling.goes, [th(3)]);
    }

    #[test]
    fn a_circle_of_replacements_still_has_one_sender_and_no_session_gives_none() {
        let circle = [session(5, Some(6)), session(6, Some(5))];
        assert_eq!(rule_sessions(&circle, NOW).sends, Some(th(5)));
        assert_eq!(
            rule_sessions(&[session(5, Some(5))], NOW).sends,
            Some(th(5))
        );
        assert_eq!(rule_sessions(&[], NOW), Ruling::default());
    }
}
