//! `faults`: each file operation of a scripted day fails once, on the client and on the relay.

mod client_day;
pub mod control;
mod day;
pub mod device;
pub mod integrity;
pub mod point;
pub mod process;
mod relay_child;
mod relay_day;
mod sabotage;
mod sweep;
pub mod world;

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use device::{Ask, Device, Out, Told};
use point::Point;
use process::serve;
use relay_child::{RelayAsk, RelayChild};

/// Arguments of `faults`.
#[derive(Clone, Debug, clap::Args)]
pub struct FaultsArgs {
    /// The library that makes operations fail (default: libtacita_shim.so beside this program)
    #[arg(long, value_name = "PATH")]
    shim: Option<PathBuf>,
    /// Play one point again, as it was played in the sweep: SIDE:STEP:CALL:KIND
    #[arg(long, value_name = "POINT")]
    point: Option<Point>,
    /// With --point: let no other step of that day meet a fault
    #[arg(long, requires = "point")]
    alone: bool,
    /// With --point: take every step before it, also those that nothing needs
    #[arg(long, requires = "point")]
    whole: bool,
    /// Play every n-th day only
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// Days played at a time (default: one for each processor)
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
}

/// Arguments of the processes that meet faults.
#[derive(Clone, Debug, clap::Args)]
pub struct ChildArgs {
    /// The directory whose files fail
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Answer before anything is stored
    #[arg(long)]
    sabotage: bool,
}

impl FaultsArgs {
    fn shim(&self) -> Result<PathBuf> {
        let path = match &self.shim {
            Some(path) => path.clone(),
            None => std::env::current_exe()?.with_file_name("libtacita_shim.so"),
        };
        path.canonicalize()
            .with_context(|| format!("there is no shim at {}", path.display()))
    }
}

/// Sweeps, or plays one point; tells whether every point passed.
///
/// # Errors
/// When it cannot begin.
pub fn run(arguments: &FaultsArgs) -> Result<bool> {
    let shim = arguments.shim()?;
    match &arguments.point {
        Some(point) => sweep::replay(point, arguments.alone, arguments.whole, &shim),
        None => {
            let jobs = match arguments.jobs {
                Some(jobs) => jobs.max(1),
                None => std::thread::available_parallelism()?.get(),
            };
            sweep::run(&shim, arguments.every, jobs)
        }
    }
}

/// Is the client that meets faults.
///
/// # Errors
/// When standard input or output fails.
pub fn run_client(arguments: &ChildArgs) -> Result<()> {
    let mut device = Device::new(Some(arguments.dir.clone()), arguments.sabotage);
    let mut early: Option<Ask> = None;
    serve(move |ask: Ask| {
        let mut outs: Vec<Out> = Vec::new();
        if let Some(ask) = early.take() {
            outs = device.run(ask).outs;
        }
        if device.answers_early(&ask) {
            early = Some(ask);
            return Told {
                result: Ok(serde_json::Value::Null),
                outs,
                wake: None,
            };
        }
        let mut told = device.run(ask);
        outs.append(&mut told.outs);
        Told { outs, ..told }
    })
}

/// Is the relay that meets faults.
///
/// # Errors
/// When standard input or output fails.
pub fn run_relay(arguments: &ChildArgs) -> Result<()> {
    let mut relay = RelayChild::new(arguments.dir.clone(), arguments.sabotage)?;
    let mut early: Option<RelayAsk> = None;
    serve(move |ask: RelayAsk| {
        if let Some(ask) = early.take() {
            // Nobody hears what came of it: it was answered.
            let _ = relay.run(ask);
        }
        if let Some(done) = relay.early_answer(&ask) {
            early = Some(ask);
            return Ok(done);
        }
        relay.run(ask)
    })
}
