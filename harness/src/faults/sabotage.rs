//! Whether the sweep can fail: promises broken on purpose and disks that lie, each of which it must notice.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::day::{Order, play, steps};
use super::point::{Kind, Side};
use super::process::scratch;

/// One breakage: what it is, and where it shows.
struct Breakage {
    name: &'static str,
    side: Side,
    step: &'static str,
    kind: Kind,
    sabotage: bool,
}

const BREAKAGES: [Breakage; 4] = [
    Breakage {
        name: "a client that says a text is stored before it is",
        side: Side::Client,
        step: "talk",
        kind: Kind::KillBefore,
        sabotage: true,
    },
    Breakage {
        name: "a relay that says an envelope is stored before it is",
        side: Side::Relay,
        step: "put",
        kind: Kind::KillBefore,
        sabotage: true,
    },
    Breakage {
        name: "a client's disk that drops writes and says they were done",
        side: Side::Client,
        step: "talk",
        kind: Kind::Swallow,
        sabotage: false,
    },
    Breakage {
        name: "a relay's disk that drops writes and says they were done",
        side: Side::Relay,
        step: "put",
        kind: Kind::Swallow,
        sabotage: false,
    },
];

/// Operations of the step that are tried until the breakage shows.
const TRIES: u64 = 12;

/// Plays each breakage until it is noticed; tells of each whether it was.
///
/// # Errors
/// When a day cannot be set up.
pub fn run(shim: &Path) -> Result<Vec<(&'static str, bool)>> {
    BREAKAGES
        .iter()
        .map(|breakage| Ok((breakage.name, is_noticed(breakage, shim)?)))
        .collect()
}

fn is_noticed(breakage: &Breakage, shim: &Path) -> Result<bool> {
    let step = steps(breakage.side)
        .iter()
        .position(|(name, _)| *name == breakage.step)
        .context("no such step")?;
    for call in 1..=TRIES {
        let order = Order {
            side: breakage.side,
            call,
            kind: breakage.kind,
            steps: vec![step],
            whole: false,
            sabotage: breakage.sabotage,
        };
        let directory = scratch()?;
        let outcomes = play(&order, shim, &directory.path().join("day"))?;
        let noticed = outcomes
            .iter()
            .any(|outcome| outcome.seen.hit.is_some() && outcome.failure.is_some());
        if noticed {
            return Ok(true);
        }
    }
    Ok(false)
}
