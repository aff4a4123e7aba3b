//! The insider exam: reads all that a relay holds and logged, and tries to learn something from it.

mod canary;
mod command;
mod document;
mod finding;
mod holdings;
mod links;
mod log;
mod order;
mod search;
pub(crate) mod table;
mod whitelist;

use std::path::Path;

use anyhow::Result;

pub use canary::Canaries;
pub use command::{ExamArgs, run};
pub use document::{documented_columns, threat_model};
pub use finding::{Finding, Findings, Kind};
pub use holdings::Holdings;
pub use whitelist::{Rule, WHITELIST, hours_since_1970, whitelisted_columns};

use crate::driver::lock;
use crate::relay::Relay;
use crate::stage::Stage;

/// Examines a stage's relay as it is now.
///
/// # Errors
/// [`Findings`] if the relay knows what it should not; anything else if it could not be examined.
pub fn examine(stage: &Stage) -> Result<()> {
    let canaries = lock(&stage.canaries);
    examine_relay(&stage.relay, &canaries, stage.directory())
}

/// Examines any running relay; the copy of its holdings goes into `directory` for the time being.
///
/// # Errors
/// As [`examine`].
pub fn examine_relay(relay: &Relay, canaries: &Canaries, directory: &Path) -> Result<()> {
    let probes = order::Probes::plant(relay)?;
    let copy = directory.join("seized");
    let holdings = relay.frozen(|| Holdings::seize(&relay.data(), &relay.log(), &copy))?;
    let mut findings = Findings::default();
    let database = holdings.open_database()?;
    let tables = table::read_all(&database, &mut findings)?;
    whitelist::check(&tables, &mut findings);
    order::check(&database, &probes, &mut findings)?;
    links::check(&tables, &mut findings);
    search::check(&holdings, canaries, &mut findings)?;
    log::check(&holdings, &tables, canaries, &mut findings);
    drop(database);
    std::fs::remove_dir_all(&copy)?;
    findings.into_result()
}
