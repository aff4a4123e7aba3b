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
mod table;
mod whitelist;

use anyhow::Result;

pub use canary::Canaries;
pub use command::{ExamArgs, run};
pub use document::{documented_columns, threat_model};
pub use finding::{Finding, Findings, Kind};
pub use holdings::Holdings;
pub use whitelist::{Rule, WHITELIST, whitelisted_columns};

use crate::driver::lock;
use crate::stage::Stage;

/// Examines a stage's relay as it is now.
///
/// # Errors
/// [`Findings`] if the relay knows what it should not; anything else if it could not be examined.
pub fn examine(stage: &Stage) -> Result<()> {
    let probes = order::Probes::plant(&stage.relay)?;
    let copy = stage.directory().join("seized");
    let holdings = stage
        .relay
        .frozen(|| Holdings::seize(&stage.relay.data(), &stage.relay.log(), &copy))?;
    let mut findings = Findings::default();
    let database = holdings.open_database()?;
    let tables = table::read_all(&database, &mut findings)?;
    whitelist::check(&tables, &mut findings);
    order::check(&database, &probes, &mut findings)?;
    links::check(&tables, &mut findings);
    {
        let canaries = lock(&stage.canaries);
        search::check(&holdings, &canaries, &mut findings)?;
        log::check(&holdings, &tables, &canaries, &mut findings);
    }
    drop(database);
    std::fs::remove_dir_all(&copy)?;
    findings.into_result()
}
