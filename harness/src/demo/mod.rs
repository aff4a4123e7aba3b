//! `demo`: three people on three platforms talk, their relay is killed, and here is what it knows.

mod page;
mod panel;
mod story;
mod terminal;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::language::{AgentCommand, Language, Programs};

/// Arguments of `demo`.
#[derive(Clone, Debug, clap::Args)]
pub struct DemoArgs {
    #[command(flatten)]
    programs: Programs,
    /// Where the page is written
    #[arg(long, value_name = "FILE", default_value = "target/demo.html")]
    page: PathBuf,
}

/// A person of the demo.
struct Person {
    role: &'static str,
    name: &'static str,
    language: Language,
}

const PEOPLE: [Person; 3] = [
    Person {
        role: "rosa",
        name: "Rosa Lindgren",
        language: Language::Rust,
    },
    Person {
        role: "kenji",
        name: "Kenji Watanabe",
        language: Language::Kotlin,
    },
    Person {
        role: "sara",
        name: "Sara Haddad",
        language: Language::Swift,
    },
];

/// Runs the demo, prints it and writes the page.
///
/// # Errors
/// When something was not as promised.
pub fn run(arguments: &DemoArgs) -> Result<()> {
    let started = Instant::now();
    let rust = arguments
        .programs
        .agent(Language::Rust)?
        .context("the demo needs the Rust client")?;
    let mut cast: BTreeMap<String, AgentCommand> = BTreeMap::new();
    let mut notes = Vec::new();
    for person in &PEOPLE {
        let agent = arguments.programs.agent(person.language)?;
        let agent = agent.unwrap_or_else(|| {
            notes.push(format!(
                "There is no {} client on this machine: {} uses the Rust one instead.",
                person.language.title(),
                person.name
            ));
            rust.clone()
        });
        cast.insert(person.role.to_owned(), agent);
    }
    for note in &notes {
        eprintln!("{note}");
    }
    let directory = tempfile::tempdir()?;
    let mut told = story::tell(directory.path(), &arguments.programs.relay()?, &cast)?;
    told.notes = notes;
    told.took = started.elapsed();
    print!("{}", terminal::render(&told));
    if let Some(parent) = arguments.page.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(&arguments.page, page::render(&told))
        .with_context(|| format!("writing {}", arguments.page.display()))?;
    println!(
        "\nThe same as a page: {} ({:.1} s in all)",
        arguments.page.display(),
        Duration::as_secs_f32(&told.took)
    );
    Ok(())
}
