//! The end of a run: the faults are over, time passes, and everything that may arrive must have arrived.

use tacita_core::client::view::{ConversationState, Direction};

use super::database;
use super::lies::Lies;
use super::model::Shown;
use super::observe::DELIVERED;
use super::play::Play;
use super::rule::{Broken, Rule, hold};
use super::search::{check_pages, check_search};
use super::weather::Weather;
use super::world::{HOUR_MS, MINUTE_MS};

/// Time that passes before each round of closing texts, in milliseconds: a hole is filled after a minute, a mailbox that was said not
/// to exist is tried after an hour, and a session is repaired once a day. PROTOCOL.md §19, §22.3.
const ROUNDS: [u64; 9] = [
    0,
    MINUTE_MS,
    2 * MINUTE_MS,
    HOUR_MS,
    2 * HOUR_MS,
    25 * HOUR_MS,
    26 * HOUR_MS,
    26 * HOUR_MS,
    50 * HOUR_MS,
];

/// The rounds in which everything arrives where nothing was lost or made up: nothing is to be put again after a day of silence, nor a
/// session to be repaired.
const CALM_ROUNDS: usize = 5;

/// The longest time between two rounds of receipts, of a user who has switched them off. PROTOCOL.md §16.
const ROUND_MS: u64 = 25 * HOUR_MS;

pub fn finish(play: &mut Play) -> Result<(), Broken> {
    calm(play);
    play.look_at_all()?;
    let mut left = None;
    let rounds = match play.plan.is_calm() {
        true => CALM_ROUNDS,
        false => ROUNDS.len(),
    };
    for wait in ROUNDS.into_iter().take(rounds) {
        play.world.sleep(wait);
        play.world.run_for(20_000);
        for (who, other) in play.requests() {
            play.answer(who, other, true)?;
        }
        say_something(play)?;
        play.world.run_for(5_000);
        say_something(play)?;
        play.world.run_for(70_000);
        play.look_at_all()?;
        left = missing(play).or_else(|| holes(play));
        if left.is_none() {
            break;
        }
    }
    if let Some(what) = left {
        return Err(what);
    }
    for who in 0..play.plan.devices {
        if play.world.devices[who].engine.is_some() {
            check_search(play, who)?;
            let others: Vec<usize> = play.model.minds[who].talks.keys().copied().collect();
            for other in others {
                check_pages(play, who, other)?;
            }
        }
    }
    check_quiet(play)?;
    database::check_stores(play)
}

/// The faults end.
fn calm(play: &mut Play) {
    play.world.note(format_args!("the faults are over"));
    play.world.weather = Weather::FAIR;
    for relay in &mut play.world.relays {
        relay.lies = Lies::default();
    }
    for who in 0..play.plan.devices {
        play.world.devices[who].doomed = false;
        play.world.devices[who].ahead_ms = 0;
        let now_ms = play.world.now_ms;
        let wake = &mut play.world.devices[who].wake_ms;
        *wake = wake.map(|_| now_ms + 1);
        play.world.set_online(who, true);
    }
    play.world.run_for(11 * MINUTE_MS);
}

fn can_write(play: &Play, who: usize, other: usize) -> bool {
    play.model.minds[who].talks.get(&other).is_some_and(|talk| {
        !talk.blocked
            && matches!(
                talk.state,
                Some(ConversationState::Established | ConversationState::Inviting)
            )
    }) && !play.model.leaving.contains(&who)
}

/// Everybody writes to everybody: what was lost before is noticed by what comes behind it.
fn say_something(play: &mut Play) -> Result<(), Broken> {
    for who in 0..play.plan.devices {
        let others: Vec<usize> = play.model.minds[who].talks.keys().copied().collect();
        for other in others {
            if can_write(play, who, other) {
                play.send(who, other)?;
            }
        }
    }
    play.resolve_doubts()
}

/// What should have arrived, and has not.
fn missing(play: &Play) -> Option<Broken> {
    for (who, mind) in play.model.minds.iter().enumerate() {
        for (other, talk) in &mind.talks {
            for (place, id) in &talk.own {
                let text = &play.model.texts[*id];
                if text.excuse.is_some() {
                    continue;
                }
                let rank = talk.rows.get(place).map_or(0, |row| row.rank);
                if talk.blocked {
                    // Nothing leaves for a contact who is blocked, nor is put again. §16.6.
                    continue;
                }
                if !text.received {
                    return arrives(format!(
                        "t{id} of {who} is not shown to {other}, and is at {rank}"
                    ));
                }
                let reader = &play.model.minds[*other];
                // One who is blocked is answered by nothing, also for what came before. §16.
                let is_blocked_there = reader.talks.get(&who).is_some_and(|talk| talk.blocked);
                // Who has switched receipts off sends them in rounds. §16.
                let is_told = !is_blocked_there
                    && (reader.settings.delivery_receipts
                        || play.world.now_ms - text.at_ms > ROUND_MS);
                if rank < DELIVERED && is_told {
                    return arrives(format!(
                        "t{id} of {who} is shown to {other}, and is still at {rank}"
                    ));
                }
            }
        }
    }
    None
}

fn arrives(what: String) -> Option<Broken> {
    Some(Broken::new(Rule::Arrives, what))
}

/// Places that stay missing or unreadable where nothing was made up and no store put back.
fn holes(play: &Play) -> Option<Broken> {
    if play.holes_may_stay || play.plan.clocks {
        return None;
    }
    for (who, mind) in play.model.minds.iter().enumerate() {
        for (other, talk) in &mind.talks {
            let pair = play.model.pairs.get(&(who.min(*other), who.max(*other)));
            // Who deleted a talk keeps nothing of what was to be put again.
            if pair.is_some_and(|pair| pair.broken.is_some() || pair.parted) {
                continue;
            }
            // Nor does anything leave for one who is blocked, also what stood before what had left. §16.6.
            let writer = &play.model.minds[*other];
            if writer.talks.get(&who).is_some_and(|talk| talk.blocked) {
                continue;
            }
            // What would fill it is not taken from one who is blocked.
            if talk.blocked {
                continue;
            }
            let hole = talk.rows.iter().find(|(_, row)| {
                row.direction == Direction::Incoming && !matches!(row.shown, Shown::Text(_))
            });
            if let Some((place, row)) = hole {
                return Some(Broken::new(
                    Rule::NoHoles,
                    format!("{who} sees {:?} at place {place} with {other}", row.shown),
                ));
            }
        }
    }
    None
}

/// Nobody says anything: then nothing is put.
fn check_quiet(play: &mut Play) -> Result<(), Broken> {
    for _ in 0..4 {
        let before = play.world.traffic.puts;
        play.world.run_for(3 * MINUTE_MS);
        if play.world.traffic.puts == before {
            return Ok(());
        }
    }
    hold!(false, Quiet, "nobody writes, and envelopes go on and on");
    Ok(())
}
