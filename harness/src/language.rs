//! The languages that clients are written in, and the program that is each one's agent.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context as _, Result, bail};

/// A language that a client is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// The core itself.
    Rust,
    /// The Kotlin kit, on the JVM.
    Kotlin,
    /// The Swift kit.
    Swift,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rust, Self::Kotlin, Self::Swift];

    /// Its name as a person writes it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Kotlin => "Kotlin",
            Self::Swift => "Swift",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "rust",
            Self::Kotlin => "kotlin",
            Self::Swift => "swift",
        })
    }
}

impl FromStr for Language {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.to_string() == text)
            .with_context(|| format!("{text} is none of rust, kotlin, swift"))
    }
}

/// How the agent of a language is started.
#[derive(Clone, Debug)]
pub struct AgentCommand {
    /// What it is written in.
    pub language: Language,
    /// The program.
    pub program: PathBuf,
    /// What stands before `--dir`.
    pub arguments: Vec<String>,
}

/// Where the programs under test are.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Programs {
    /// The relay (default: tacita-relay beside this program)
    #[arg(long, value_name = "PATH", env = "TACITA_RELAY")]
    pub relay: Option<PathBuf>,
    /// The agent in Rust (default: this program)
    #[arg(long, value_name = "PATH")]
    pub rust_agent: Option<PathBuf>,
    /// The agent in Kotlin; without it Kotlin is left out
    #[arg(long, value_name = "PATH")]
    pub kotlin_agent: Option<PathBuf>,
    /// The agent in Swift; without it Swift is left out
    #[arg(long, value_name = "PATH")]
    pub swift_agent: Option<PathBuf>,
    /// Use these languages only
    #[arg(long, value_name = "LANGUAGE", value_delimiter = ',')]
    pub only: Vec<Language>,
}

impl Programs {
    /// The relay's program.
    ///
    /// # Errors
    /// When there is none; build it first (`cargo build -p tacita-relay`).
    pub fn relay(&self) -> Result<PathBuf> {
        let path = match &self.relay {
            Some(path) => path.clone(),
            None => std::env::current_exe()?.with_file_name("tacita-relay"),
        };
        if !path.is_file() {
            bail!(
                "there is no relay at {}: build it, or name it with --relay",
                path.display()
            );
        }
        Ok(path)
    }

    /// The agent of a language, `None` if it is left out.
    ///
    /// # Errors
    /// When an agent was named that does not exist.
    pub fn agent(&self, language: Language) -> Result<Option<AgentCommand>> {
        if !self.only.is_empty() && !self.only.contains(&language) {
            return Ok(None);
        }
        let named = match language {
            Language::Rust => &self.rust_agent,
            Language::Kotlin => &self.kotlin_agent,
            Language::Swift => &self.swift_agent,
        };
        match named {
            Some(path) if path.is_file() => Ok(Some(AgentCommand {
                language,
                program: path.clone(),
                arguments: Vec::new(),
            })),
            Some(path) => bail!("there is no {language} agent at {}", path.display()),
            None if language == Language::Rust => Ok(Some(AgentCommand {
                language,
                program: std::env::current_exe()?,
                arguments: vec!["agent".to_owned()],
            })),
            None => Ok(None),
        }
    }

    /// The agents that there are, and the languages that are left out.
    ///
    /// # Errors
    /// As [`Programs::agent`].
    pub fn agents(&self) -> Result<(Vec<AgentCommand>, Vec<Language>)> {
        let mut found = Vec::new();
        let mut left_out = Vec::new();
        for language in Language::ALL {
            match self.agent(language)? {
                Some(agent) => found.push(agent),
                None => left_out.push(language),
            }
        }
        Ok((found, left_out))
    }
}
