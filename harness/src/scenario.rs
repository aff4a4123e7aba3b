//! Scenario files: what roles do, in a small vocabulary that clients of any language can play.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

/// A scenario as it stands in its file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name; the file's too.
    pub name: String,
    /// What it shows, for people.
    pub about: String,
    /// Who takes part: `a`, `b`, `c`. Each gets an account before the first step.
    pub roles: Vec<String>,
    /// What happens.
    pub steps: Vec<Step>,
}

/// Personal or public.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Invitation {
    /// For one person.
    #[default]
    Personal,
    /// For anybody with the link.
    Public,
}

/// What a message request is answered with.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Accept.
    Accept,
    /// Decline.
    Decline,
}

/// What a line of the conversation list shows, as far as a step names it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The user's own name for the contact.
    pub nickname: Option<String>,
    /// Text that was begun.
    pub draft: Option<String>,
    /// Whether it stands above the others.
    pub pinned: Option<bool>,
    /// Whether it is put away.
    pub archived: Option<bool>,
    /// Whether it makes no sound.
    pub muted: Option<bool>,
    /// Whether the contact is blocked.
    pub blocked: Option<bool>,
    /// `Unverified`, `Verified` or `Alarm`; not for arranging, as the next.
    pub verification: Option<String>,
    /// Messages that were not read; nothing that a user decides.
    pub unread: Option<u64>,
}

/// One thing that happens. Counts are per cent of the run's message count.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// `by` makes an invitation and calls it `link`.
    Invite {
        /// Who.
        by: String,
        /// What kind.
        #[serde(default)]
        kind: Invitation,
        /// Its name in this file.
        link: String,
    },
    /// `by` takes the invitation back.
    Revoke {
        /// Who.
        by: String,
        /// Which.
        link: String,
    },
    /// `by` accepts the invitation; for a personal one, waits until both sides are established.
    Accept {
        /// Who.
        by: String,
        /// Which.
        link: String,
    },
    /// `by` tries to accept the invitation and gets this error.
    AcceptFails {
        /// Who.
        by: String,
        /// Which.
        link: String,
        /// The error's name.
        error: String,
    },
    /// `by` waits for a message request of `from`, sees that nothing has left towards them, and answers it.
    Request {
        /// Who is asked.
        by: String,
        /// Who asks.
        from: String,
        /// How it is answered.
        reply: Reply,
    },
    /// Waits until both show their conversation as established.
    Meet {
        /// The one.
        a: String,
        /// The other.
        b: String,
    },
    /// The two compare their safety numbers, by sight and by scanning.
    Safety {
        /// The one.
        a: String,
        /// The other.
        b: String,
    },
    /// `by` compares the digits of its conversation with `of`, and marks it as verified.
    Verify {
        /// Who.
        by: String,
        /// Whom.
        of: String,
    },
    /// In its conversation with `of`, `by` scans the code that `shown_by` shows for `by`, and finds this.
    Scan {
        /// Who scans.
        by: String,
        /// In whose conversation.
        of: String,
        /// On whose screen.
        shown_by: String,
        /// `Verified` or `Alarm`.
        finds: String,
    },
    /// `by` dismisses the alarm about `of`.
    DismissAlarm {
        /// Who.
        by: String,
        /// About whom.
        of: String,
    },
    /// `from` sends so many messages to `to`.
    Send {
        /// Who.
        from: String,
        /// To whom.
        to: String,
        /// How many, in per cent.
        percent: u32,
        /// Whether the next step comes at once.
        #[serde(default)]
        background: bool,
    },
    /// `from` sends one text to `to`, as it stands.
    Say {
        /// Who.
        from: String,
        /// To whom.
        to: String,
        /// What.
        text: String,
    },
    /// Waits until `by` shows so many messages of `of` in their conversation, in per cent.
    Until {
        /// Who shows.
        by: String,
        /// Who wrote: one of the two.
        of: String,
        /// With whom.
        with: String,
        /// How many more than when the latest sending towards began, in per cent of the run's count.
        percent: u32,
    },
    /// `by` marks all that `of` wrote as read, and `of` learns it.
    Read {
        /// Who reads.
        by: String,
        /// Who wrote.
        of: String,
    },
    /// `by` begins to write to `to`, who sees it, and sees it end when `by` stops.
    Type {
        /// Who writes.
        by: String,
        /// Who sees it.
        to: String,
    },
    /// Without a network, `by` writes texts to `to`, edits one so that it says `text`, drops another, and tries both with
    /// one that has left; then the network is back. `to` is to be silent meanwhile.
    Rewrite {
        /// Who writes.
        by: String,
        /// To whom.
        to: String,
        /// What it says in the end.
        text: String,
    },
    /// `by` decides about its conversation with `of`, and its list shows it.
    Arrange {
        /// Who decides.
        by: String,
        /// About whom.
        of: String,
        /// What.
        set: Line,
    },
    /// Waits until `by`'s list shows this of its conversation with `of`.
    Shows {
        /// Who shows.
        by: String,
        /// Which.
        of: String,
        /// What.
        line: Line,
    },
    /// `by` sets its name and a picture, which holds this text.
    Profile {
        /// Who.
        by: String,
        /// The name.
        name: String,
        /// What the picture holds.
        picture: String,
    },
    /// Waits until `by` shows this name of `of`, and a picture that holds this text.
    Portrait {
        /// Who shows.
        by: String,
        /// Whom.
        of: String,
        /// The name.
        name: String,
        /// What the picture holds.
        picture: String,
    },
    /// Waits until `by`'s list is this, from its top.
    Order {
        /// Whose.
        by: String,
        /// With whom, line after line.
        of: Vec<String>,
    },
    /// `from` sends one text to `to`, to whom it must not come, and waits until it is at the relay.
    Tell {
        /// Who.
        from: String,
        /// To whom.
        to: String,
        /// What.
        text: String,
    },
    /// Waits until `by` finds so many texts.
    Search {
        /// Who.
        by: String,
        /// What is typed.
        text: String,
        /// With whom; with anybody if it is missing.
        #[serde(default)]
        of: Option<String>,
        /// How many.
        found: usize,
    },
    /// `by` deletes its conversation with `of`.
    DeleteConversation {
        /// Who.
        by: String,
        /// With whom.
        of: String,
    },
    /// `by` deletes its account: contacts see that it left, and nothing of its store is there any more.
    DeleteAccount {
        /// Who.
        by: String,
    },
    /// `by` sets the app lock's passphrase, or changes it, or takes it away.
    Lock {
        /// Who.
        by: String,
        /// The new one.
        passphrase: Option<String>,
    },
    /// A client with an app lock starts again: it does not open without the passphrase, nor with another one.
    StartLocked {
        /// Whose.
        role: String,
    },
    /// Waits until all sending in the background is done.
    Join,
    /// SIGKILL for a client.
    Kill {
        /// Whose.
        role: String,
    },
    /// A client ends in good order.
    Stop {
        /// Whose.
        role: String,
    },
    /// A client starts again with its directory.
    Start {
        /// Whose.
        role: String,
    },
    /// SIGKILL for the relay.
    KillRelay,
    /// The relay starts again.
    StartRelay,
    /// Nothing happens for a while.
    Pause {
        /// Milliseconds.
        ms: u64,
    },
    /// The two talk both ways while clients and the relay are killed and restarted at random moments.
    Storm {
        /// The one.
        a: String,
        /// The other.
        b: String,
    },
    /// The insider exam, now: what is queued is at the relay.
    Exam,
    /// Waits until everything has come and is delivered, equal on both sides.
    Settle,
}

/// Where the scenario files are, in a source tree.
#[must_use]
pub fn default_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// Reads all scenario files of a directory, by name.
///
/// # Errors
/// When one is no scenario, names an unknown role, or is called otherwise than its file.
pub fn load_all(directory: &Path) -> Result<Vec<Scenario>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(directory)
        .with_context(|| format!("no scenarios in {}", directory.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    if paths.is_empty() {
        bail!("no scenarios in {}", directory.display());
    }
    paths.iter().map(|path| load(path)).collect()
}

/// Reads one scenario file.
///
/// # Errors
/// As [`load_all`].
pub fn load(path: &Path) -> Result<Scenario> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let scenario: Scenario =
        serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    if path.file_stem().and_then(|stem| stem.to_str()) != Some(&scenario.name) {
        bail!("{} calls itself {}", path.display(), scenario.name);
    }
    for step in &scenario.steps {
        for role in step.roles() {
            if !scenario.roles.iter().any(|known| known == role) {
                bail!("{}: there is no role {role}", scenario.name);
            }
        }
    }
    Ok(scenario)
}

impl Step {
    fn roles(&self) -> Vec<&str> {
        match self {
            Self::Invite { by, .. }
            | Self::Revoke { by, .. }
            | Self::Accept { by, .. }
            | Self::AcceptFails { by, .. } => vec![by],
            Self::Request { by, from, .. } => vec![by, from],
            Self::Meet { a, b } | Self::Safety { a, b } | Self::Storm { a, b } => vec![a, b],
            Self::Read { by, of }
            | Self::Arrange { by, of, .. }
            | Self::Shows { by, of, .. }
            | Self::Verify { by, of }
            | Self::DismissAlarm { by, of }
            | Self::Portrait { by, of, .. }
            | Self::DeleteConversation { by, of } => vec![by, of],
            Self::Scan {
                by, of, shown_by, ..
            } => vec![by, of, shown_by],
            Self::Order { by, of } => of.iter().chain([by]).map(String::as_str).collect(),
            Self::Search { by, of, .. } => of.iter().chain([by]).map(String::as_str).collect(),
            Self::DeleteAccount { by } | Self::Lock { by, .. } | Self::Profile { by, .. } => {
                vec![by]
            }
            Self::Type { by, to } | Self::Rewrite { by, to, .. } => vec![by, to],
            Self::Send { from, to, .. }
            | Self::Say { from, to, .. }
            | Self::Tell { from, to, .. } => vec![from, to],
            Self::Until { by, of, with, .. } => vec![by, of, with],
            Self::Kill { role }
            | Self::Stop { role }
            | Self::Start { role }
            | Self::StartLocked { role } => vec![role],
            Self::Join
            | Self::KillRelay
            | Self::StartRelay
            | Self::Pause { .. }
            | Self::Exam
            | Self::Settle => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_file_is_good_and_ends_settled() {
        let scenarios = load_all(&default_directory()).unwrap();
        assert!(scenarios.len() >= 9);
        for scenario in scenarios {
            assert!(
                matches!(scenario.steps.last(), Some(Step::Settle)),
                "{} does not end with settle",
                scenario.name
            );
        }
    }

    #[test]
    fn unknown_steps_and_roles_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.json");
        let scenario = |step: &str| {
            format!(r#"{{"name": "x", "about": "", "roles": ["a"], "steps": [{step}]}}"#)
        };
        for (step, good) in [
            (r#"{"do": "kill", "role": "a"}"#, true),
            (r#"{"do": "kill", "role": "z"}"#, false),
            (r#"{"do": "dance"}"#, false),
            (r#"{"do": "kill", "role": "a", "softly": true}"#, false),
        ] {
            std::fs::write(&path, scenario(step)).unwrap();
            assert_eq!(load(&path).is_ok(), good, "{step}");
        }
    }
}
