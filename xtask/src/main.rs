//! The project's commands, each doing its own set-up: `cargo xtask --help`.

mod agents;
mod app;
mod apt;
mod bench;
mod bench_kits;
mod bindings;
mod cargo_tool;
mod check;
mod chroot;
mod cli;
mod conversations;
mod counts;
mod docs;
mod fuzz;
mod harness;
mod jvm;
mod kotlin;
mod mobile;
mod models;
mod mutants;
mod native;
mod package;
mod program;
mod readme;
mod reference;
mod rust;
mod sim;
mod snippets;
mod source_rules;
mod step;
mod swift;
mod test;
mod thin;
mod words;
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
        Task::Demo { arguments } => harness::demo(&ws, &arguments),
        Task::Relay { arguments } => harness::relay(&ws, &arguments),
        Task::Desktop { arguments } => app::desktop(&ws, &arguments),
        Task::Screens => app::screens(&ws),
        Task::Test { without } => test::run(&ws, without.as_slice()),
        Task::Check => check::run(&ws),
        Task::CheckMobile => mobile::run(&ws),
        Task::Pairs {
            messages,
            kills,
            arguments,
        } => harness::pairs(&ws, messages, kills, &arguments),
        Task::Kill { count, arguments } => harness::kill(&ws, count, &arguments),
        Task::Faults { point, arguments } => harness::faults(&ws, point.as_deref(), &arguments),
        Task::Exam { arguments } => harness::exam(&ws, &arguments),
        Task::Conversations { count, first, seed } => conversations::run(&ws, count, first, seed),
        Task::Sim {
            seeds,
            first,
            seed,
            steps,
            sabotage,
        } => {
            let plan = sim::Plan {
                seeds,
                first,
                seed,
                steps,
                sabotage,
            };
            sim::run(&ws, &plan)
        }
        Task::Mutants {
            shard,
            resume,
            score,
        } => mutants::run(&ws, &shard, resume, score),
        Task::Fuzz {
            minutes,
            target,
            keep,
        } => {
            let plan = fuzz::Plan {
                minutes,
                targets: target,
                keep,
            };
            fuzz::run(&ws, &plan)
        }
        Task::Reference => reference::run(&ws),
        Task::Vectors => reference::vectors(&ws),
        Task::Models => models::run(&ws),
        Task::Bench { group } => bench::run(&ws, group),
        Task::Dudect => bench::dudect(&ws),
        Task::Bindings => bindings::generate(&ws).map(|()| true),
        Task::Jvm => jvm::run(&ws),
        Task::Words => words::generate(&ws).map(|()| true),
        Task::Docs => docs::run(&ws),
        Task::Android { dry_run } => package::android(&ws, dry_run),
        Task::Ios { dry_run } => package::ios(&ws, dry_run),
        Task::Setup => {
            rust::set_up(&ws)?;
            kotlin::set_up_screens(&ws)?;
            swift::Swift::set_up(&ws)?;
            Ok(true)
        }
    }
}
