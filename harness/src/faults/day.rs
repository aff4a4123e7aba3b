//! One day in which operations are made to fail, step by step, with a look at everything after each.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::client_day::{self, ClientDay};
use super::control::{Control, Seen};
use super::point::{Kind, Side};
use super::relay_day::{self, RelayDay};
use super::world::Trouble;

/// How often a step is taken up again after its fault.
const ATTEMPTS: u32 = 5;

/// What is to fail in a day.
#[derive(Clone, Debug)]
pub struct Order {
    /// Whose operations.
    pub side: Side,
    /// The how many-th operation of a step; 0 for none.
    pub call: u64,
    /// How.
    pub kind: Kind,
    /// In which steps, by their place in the day; the others run undisturbed.
    pub steps: Vec<usize>,
    /// Whether steps that nothing needs are taken although nothing is to fail in them.
    pub whole: bool,
    /// Whether the device breaks its promise on purpose.
    pub sabotage: bool,
}

/// What came of a step.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its place in the day.
    pub step: usize,
    /// What its process did; from the first try to the last.
    pub seen: Seen,
    /// What was wrong then, if anything was.
    pub failure: Option<String>,
}

/// The steps of a side's day: name, and whether others need it.
#[must_use]
pub fn steps(side: Side) -> Vec<(&'static str, bool)> {
    match side {
        Side::Client => client_day::STEPS
            .iter()
            .map(|(name, _, needed)| (*name, *needed))
            .collect(),
        Side::Relay => relay_day::STEPS
            .iter()
            .map(|(name, _, needed)| (*name, *needed))
            .collect(),
    }
}

enum Day {
    Client(Box<ClientDay>),
    Relay(Box<RelayDay>),
}

impl Day {
    fn step(&mut self, index: usize) -> Result<(), Trouble> {
        match self {
            Self::Client(day) => {
                let (_, step, _) = client_day::STEPS.get(index).context("a step")?;
                step(day)
            }
            Self::Relay(day) => {
                let (_, step, _) = relay_day::STEPS.get(index).context("a step")?;
                step(day)
            }
        }
    }

    fn control(&self) -> &Control {
        match self {
            Self::Client(day) => day.control(),
            Self::Relay(day) => day.control(),
        }
    }

    fn restart(&mut self) -> Result<()> {
        match self {
            Self::Client(day) => day.restart(),
            Self::Relay(day) => day.restart(),
        }
    }

    fn verify(&mut self) -> Result<()> {
        match self {
            Self::Client(day) => day.verify(),
            Self::Relay(day) => day.verify(),
        }
    }

    fn is_expected(&self, trouble: &Trouble) -> bool {
        match self {
            Self::Client(_) => trouble.is_a_store_error(),
            Self::Relay(_) => RelayDay::is_expected(trouble),
        }
    }

    fn endured(&mut self) -> Vec<String> {
        match self {
            Self::Client(day) => day.endured(),
            // The relay answers, and its driver hears every answer.
            Self::Relay(_) => Vec::new(),
        }
    }

    fn last_words(&self) -> String {
        let path = match self {
            Self::Client(day) => day.stderr(),
            Self::Relay(day) => day.stderr(),
        };
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines
            .get(lines.len().saturating_sub(6)..)
            .unwrap_or_default();
        end.join(" | ")
    }
}

/// Plays a day; tells of each step until one fails, or the last that is to fail has been taken. Others that nothing
/// needs are left out, unless the order is for a whole day.
///
/// # Errors
/// When the day cannot be set up.
pub fn play(order: &Order, shim: &Path, directory: &Path) -> Result<Vec<Outcome>> {
    let mut day = match order.side {
        Side::Client => Day::Client(Box::new(ClientDay::new(directory, shim, order.sabotage)?)),
        Side::Relay => Day::Relay(Box::new(RelayDay::new(directory, shim, order.sabotage)?)),
    };
    day.restart()?;
    let mut outcomes = Vec::new();
    let last = order.steps.iter().max().copied();
    for (step, (_, is_needed)) in steps(order.side).into_iter().enumerate() {
        let is_target = order.steps.contains(&step);
        if order.call > 0 && last.is_none_or(|last| step > last) {
            break;
        }
        if order.call > 0 && !is_target && !is_needed && !order.whole {
            continue;
        }
        let call = if is_target { order.call } else { 0 };
        day.control().arm(call, order.kind)?;
        let mut failure = attempt(&mut day, step, order.kind)?;
        let seen = day.control().seen()?;
        let endured = day.endured();
        if seen.hit.is_none() && !endured.is_empty() && failure.is_none() {
            failure = Some(format!("errors that no fault explains: {endured:?}"));
        }
        // A disk that lies is not asked to stop: what it dropped might be written again by luck.
        if order.kind != Kind::Swallow {
            day.control().arm(0, order.kind)?;
        }
        if seen.hit.is_some() && failure.is_none() {
            failure = day.verify().err().map(|error| format!("{error:#}"));
        }
        if let Some(failure) = &mut failure {
            let words = day.last_words();
            if !words.is_empty() {
                failure.push_str(&format!(" (it wrote: {words})"));
            }
        }
        let ends = failure.is_some();
        outcomes.push(Outcome {
            step,
            seen,
            failure,
        });
        if ends {
            break;
        }
    }
    Ok(outcomes)
}

/// Takes a step, again after the fault; what must not happen is returned.
fn attempt(day: &mut Day, step: usize, kind: Kind) -> Result<Option<String>> {
    for _ in 0..ATTEMPTS {
        let trouble = match day.step(step) {
            Ok(()) => return Ok(None),
            Err(trouble) => trouble,
        };
        let is_hit = day.control().seen()?.hit.is_some();
        if is_hit && kind.kills() && ClientDay::was_killed(&trouble) {
            day.restart()?;
            continue;
        }
        if !is_hit || !day.is_expected(&trouble) {
            return Ok(Some(match trouble {
                Trouble::Wrong(error) => format!("{error:#}"),
                Trouble::Typed(name) => format!("an error that no fault explains: {name}"),
                Trouble::Gone(how) => format!("the process is gone: {how:?}"),
            }));
        }
    }
    Ok(Some(format!("still fails after {ATTEMPTS} attempts")))
}
