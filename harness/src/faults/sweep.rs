//! Counts the operations of an undisturbed day, then lets each of them fail once.

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::day::{Order, Outcome, play, steps};
use super::point::{Kind, Point, Side};
use super::process::scratch;
use super::sabotage;
use crate::driver::lock;
use crate::progress::Progress;

/// How many operations more than in the undisturbed day a step may have when others have failed before it.
const SLACK: u64 = 6;
/// How often a plain log is told where the sweep is.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// A step of the undisturbed day.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    calls: u64,
    writes: u64,
}

impl Count {
    fn of(self, kind: Kind) -> u64 {
        match kind {
            Kind::Short => self.writes,
            _ => self.calls,
        }
    }
}

#[derive(Debug, Default)]
struct Tally {
    hit: BTreeSet<Point>,
    failed: BTreeSet<Point>,
    told: Option<Instant>,
}

fn point(side: Side, step: usize, call: u64, kind: Kind) -> Point {
    let name = steps(side).get(step).map_or("?", |(name, _)| name);
    Point {
        side,
        step: name.to_owned(),
        call,
        kind,
    }
}

/// Sweeps every `every`-th day; tells whether all points passed and the breakages were noticed.
///
/// # Errors
/// When it cannot begin.
pub fn run(shim: &Path, every: u64, jobs: usize) -> Result<bool> {
    let started = Instant::now();
    let mut counts = Vec::new();
    for side in [Side::Client, Side::Relay] {
        counts.push((side, count(side, shim)?));
    }
    let orders = orders_of(&counts, every);
    let progress = Progress::new(u64::try_from(orders.len())?);
    let tally = Mutex::new(Tally::default());
    work_off(orders.into(), jobs, shim, &progress, &tally)?;

    // How much a step has to write depends on the steps before it. What was not come to is in a whole day; and what is
    // not in that because of the faults before it, in a whole day of its own.
    let wanted = points_of(&counts, every);
    for together in [true, false] {
        let orders = whole_days(&wanted, &lock(&tally).hit, together);
        work_off(orders, jobs, shim, &progress, &tally)?;
    }
    progress.finish();

    let noticed = sabotage::run(shim)?;
    for (name, is_noticed) in &noticed {
        let verdict = if *is_noticed {
            "noticed"
        } else {
            "NOT NOTICED"
        };
        println!("sabotage: {name}: {verdict}");
    }
    let missed = noticed.iter().filter(|(_, is_noticed)| !is_noticed).count();
    let tally = lock(&tally);
    let unreached: Vec<&Point> = wanted
        .iter()
        .map(|(point, _)| point)
        .filter(|point| !tally.hit.contains(*point))
        .collect();
    for point in unreached.iter().take(10) {
        println!("not reached: {point}");
    }
    println!(
        "{} points in {:.0} s; {} not reached; {} of {} breakages noticed",
        tally.hit.len(),
        started.elapsed().as_secs_f32(),
        unreached.len(),
        noticed.len() - missed,
        noticed.len()
    );
    let failed = tally.failed.len() + missed;
    let passed = tally.hit.len() - tally.failed.len() + noticed.len() - missed;
    println!("faults: {passed} passed, {failed} failed");
    Ok(failed == 0)
}

/// Plays one point again as the sweep did: the same operation of every step before it fails, too, unless `alone`, and
/// steps that are not needed are left out, unless `whole`.
///
/// # Errors
/// When there is no such point.
pub fn replay(point: &Point, alone: bool, whole: bool, shim: &Path) -> Result<bool> {
    let all = steps(point.side);
    let step = all
        .iter()
        .position(|(name, _)| *name == point.step)
        .with_context(|| format!("{} has no step {}", point.side, point.step))?;
    let targets = match alone {
        true => vec![step],
        false => {
            let counts = count(point.side, shim)?;
            targets_of(&counts, point.call, point.kind)
                .into_iter()
                .filter(|target| *target <= step)
                .chain([step])
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect()
        }
    };
    let order = Order {
        side: point.side,
        call: point.call,
        kind: point.kind,
        steps: targets,
        whole,
        sabotage: false,
    };
    let directory = scratch()?;
    let outcomes = play(&order, shim, &directory.path().join("day"))?;
    for outcome in &outcomes {
        let name = all.get(outcome.step).map_or("?", |(name, _)| name);
        let hit = outcome.seen.hit.unwrap_or("-");
        let verdict = outcome.failure.as_deref().unwrap_or("passed");
        println!(
            "{name}: {} operations, failed: {hit}: {verdict}",
            outcome.seen.calls
        );
    }
    let last = outcomes.iter().find(|outcome| outcome.step == step);
    let Some(last) = last else {
        bail!("the day did not come to {}", point.step);
    };
    ensure!(last.seen.hit.is_some(), "{point} was not reached");
    let is_good = outcomes.iter().all(|outcome| outcome.failure.is_none());
    if is_good {
        let directory = directory.keep();
        std::fs::remove_dir_all(directory)?;
    } else {
        println!("what it left: {}", directory.keep().display());
    }
    Ok(is_good)
}

/// The undisturbed day.
fn count(side: Side, shim: &Path) -> Result<Vec<Count>> {
    let order = Order {
        side,
        call: 0,
        kind: Kind::Eio,
        steps: Vec::new(),
        whole: false,
        sabotage: false,
    };
    let directory = scratch()?;
    let began = Instant::now();
    let outcomes = play(&order, shim, &directory.path().join("day"))?;
    let mut counts = Vec::new();
    for Outcome {
        step,
        seen,
        failure,
    } in outcomes
    {
        let name = steps(side).get(step).map_or("?", |(name, _)| name);
        if let Some(failure) = failure {
            bail!("{side}, {name}, without any fault: {failure}");
        }
        eprintln!("  {side}, {name}: {} operations", seen.calls);
        counts.push(Count {
            calls: seen.calls,
            writes: seen.writes,
        });
    }
    ensure!(counts.len() == steps(side).len(), "the day broke off");
    ensure!(
        counts.iter().any(|count| count.calls > 0),
        "the shim counts nothing"
    );
    eprintln!(
        "  {side}: {} operations in {:.1} s",
        counts.iter().map(|count| count.calls).sum::<u64>(),
        began.elapsed().as_secs_f32()
    );
    Ok(counts)
}

/// The steps that may have so many operations.
fn targets_of(counts: &[Count], call: u64, kind: Kind) -> Vec<usize> {
    counts
        .iter()
        .enumerate()
        .filter(|(_, count)| count.of(kind) > 0 && count.of(kind) + SLACK >= call)
        .map(|(step, _)| step)
        .collect()
}

/// One day for each kind and number, in which that operation of every step fails.
fn orders_of(counts: &[(Side, Vec<Count>)], every: u64) -> Vec<Order> {
    let mut orders = Vec::new();
    for (side, counts) in counts {
        for kind in Kind::ALL {
            let most = counts.iter().map(|count| count.of(kind)).max().unwrap_or(0);
            for call in (1..=most + SLACK).filter(|call| is_due(*call, kind, every)) {
                orders.push(Order {
                    side: *side,
                    call,
                    kind,
                    steps: targets_of(counts, call, kind),
                    whole: false,
                    sabotage: false,
                });
            }
        }
    }
    orders
}

/// Every operation of the undisturbed day, with its step.
fn points_of(counts: &[(Side, Vec<Count>)], every: u64) -> Vec<(Point, usize)> {
    let mut points = Vec::new();
    for (side, counts) in counts {
        for kind in Kind::ALL {
            for (step, count) in counts.iter().enumerate() {
                for call in (1..=count.of(kind)).filter(|call| is_due(*call, kind, every)) {
                    points.push((point(*side, step, call, kind), step));
                }
            }
        }
    }
    points
}

/// Whole days in which the points that were not hit yet are, those of one kind and number together or each alone.
fn whole_days(wanted: &[(Point, usize)], hit: &BTreeSet<Point>, together: bool) -> VecDeque<Order> {
    let mut orders: VecDeque<Order> = VecDeque::new();
    for (point, step) in wanted.iter().filter(|(point, _)| !hit.contains(point)) {
        let same = orders.iter_mut().find(|order| {
            together && (order.side, order.call, order.kind) == (point.side, point.call, point.kind)
        });
        match same {
            Some(order) => order.steps.push(*step),
            None => orders.push_back(Order {
                side: point.side,
                call: point.call,
                kind: point.kind,
                steps: vec![*step],
                whole: true,
                sabotage: false,
            }),
        }
    }
    orders
}

/// The kinds take turns, so that a part of the days has a part of each.
fn is_due(call: u64, kind: Kind, every: u64) -> bool {
    (call + kind.code()).is_multiple_of(every)
}

fn work_off(
    orders: VecDeque<Order>,
    jobs: usize,
    shim: &Path,
    progress: &Progress,
    tally: &Mutex<Tally>,
) -> Result<()> {
    let all = orders.len();
    let queue = Mutex::new(orders);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    loop {
                        let Some(order) = lock(&queue).pop_front() else {
                            return Ok(());
                        };
                        play_order(&order, shim, progress, tally)?;
                        let left = lock(&queue).len();
                        tell(&order, all - left, all, progress, tally);
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| match worker.join() {
                Ok(result) => result,
                Err(_) => bail!("a thread of the sweep fell over"),
            })
    })
}

fn play_order(order: &Order, shim: &Path, progress: &Progress, tally: &Mutex<Tally>) -> Result<()> {
    let directory = scratch()?;
    // A step that fails ends its day; the steps behind it get one of their own.
    let mut order = order.clone();
    while !order.steps.is_empty() {
        let outcomes = play(&order, shim, &directory.path().join("day"))?;
        std::fs::remove_dir_all(directory.path().join("day"))?;
        let mut failed_at = None;
        for outcome in &outcomes {
            let point = point(order.side, outcome.step, order.call, order.kind);
            let mut tally = lock(tally);
            if outcome.seen.hit.is_some() {
                tally.hit.insert(point.clone());
            }
            if let Some(failure) = &outcome.failure {
                failed_at = Some(outcome.step);
                tally.hit.insert(point.clone());
                tally.failed.insert(point.clone());
                let whole = if order.whole {
                    " -- --alone --whole"
                } else {
                    ""
                };
                progress.say(&format!(
                    "FAILED {point}: {failure}\n    again: cargo xtask faults --point {point}{whole}"
                ));
            }
        }
        match failed_at {
            Some(step) => order.steps.retain(|target| *target > step),
            None => return Ok(()),
        }
    }
    Ok(())
}

/// Where the sweep is: on a terminal always, in a log now and then.
fn tell(order: &Order, done: usize, all: usize, progress: &Progress, tally: &Mutex<Tally>) {
    let mut tally = lock(tally);
    let text = format!(
        "{}, operation {}, {}: {} points, {} failed",
        order.side,
        order.call,
        order.kind,
        tally.hit.len(),
        tally.failed.len()
    );
    progress.start(&text);
    progress.set(u64::try_from(done).unwrap_or(0));
    if tally.told.is_none_or(|told| told.elapsed() > SIGN_OF_LIFE) {
        tally.told = Some(Instant::now());
        if !std::io::IsTerminal::is_terminal(&std::io::stderr()) {
            progress.say(&format!("  {done} of {all} days; {text}"));
        }
    }
}
