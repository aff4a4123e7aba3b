//! `tacita-sim-sabotaged`: looks for deliberate breakages of the engine; each must be found.

use std::process::ExitCode;

fn main() -> ExitCode {
    match tacita_sim::sabotage::all() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
