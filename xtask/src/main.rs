//! The project's commands, each doing its own set-up: `cargo xtask --help`.

mod agents;
mod apt;
mod bindings;
mod check;
mod cli;
mod counts;
mod harness;
mod kotlin;
mod program;
mod rust;
mod step;
mod swift;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;

use cli::Task;
use workspace::Workspace;

fn main() -> ExitCode {
    match cli::parse().and_then(run) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<bool> {
    let ws = Workspace::locate()?;
    match task {
        Task::Demo => harness::demo(&ws),
        Task::Relay { arguments } => harness::relay(&ws, &arguments),
        Task::Test { without } => test::run(&ws, without.as_slice()),
        Task::Check => check::run(&ws),
        Task::Pairs { messages, kills } => harness::pairs(&ws, messages, kills),
        Task::Kill { count } => harness::kill(&ws, count),
        Task::Exam => harness::exam(&ws),
        Task::Bench => harness::bench(&ws),
        Task::Bindings => bindings::generate(&ws).map(|()| true),
        Task::Setup => {
            rust::set_up(&ws)?;
            kotlin::set_up(&ws)?;
            swift::Swift::set_up(&ws)?;
            Ok(true)
        }
    }
}
