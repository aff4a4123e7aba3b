//! `exam`: a clean relay must pass, and every sabotaged one must be caught.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use tacita_wire::{
    MailboxKind, ReadKey, RelayLink, Request, Response, Ticket, WriteKey, limits::ENVELOPE_BUCKETS,
};

use super::finding::{Findings, Kind};
use super::order::random;
use crate::language::{AgentCommand, Programs};
use crate::play::{Settings, play};
use crate::progress::Progress;
use crate::raw::RawRelay;
use crate::scenario::{Scenario, default_directory, load_all};
use crate::stage::Stage;

/// Arguments of `exam`.
#[derive(Clone, Debug, clap::Args)]
pub struct ExamArgs {
    #[command(flatten)]
    programs: Programs,
    /// A relay built with the feature sabotage-NAME (log-id, rowid, exact-time); built if not given
    #[arg(long, value_name = "NAME=PATH")]
    sabotage_relay: Vec<String>,
    /// Messages each way
    #[arg(long, default_value_t = 30)]
    messages: u32,
}

/// A feature of the relay that breaks its blindness, and what the exam must find.
const RELAY_SABOTAGES: [(&str, Kind); 3] = [
    ("log-id", Kind::Log),
    ("rowid", Kind::Order),
    ("exact-time", Kind::Time),
];

/// Runs the exam.
///
/// # Errors
/// When the clean relay does not pass or a sabotage is not caught.
pub fn run(arguments: &ExamArgs) -> Result<()> {
    let sabotaged = sabotaged_relays(&arguments.sabotage_relay)?;
    let (agents, left_out) = arguments.programs.agents()?;
    let progress = Progress::new(u64::try_from(2 + RELAY_SABOTAGES.len()).unwrap_or_default());
    for language in left_out {
        progress.say(&format!("{} is left out", language.title()));
    }
    let cast = cast(&agents)?;
    let directory = tempfile::tempdir()?;
    let settings = Settings {
        relay: arguments.programs.relay()?,
        messages: arguments.messages,
        kills: 2,
    };
    progress.start("clean relay");
    for scenario in scenarios()? {
        let stage = directory.path().join(format!("clean-{}", scenario.name));
        play(&scenario, &cast, &settings, &stage)
            .with_context(|| format!("clean relay, {}", scenario.name))?;
    }
    progress.done("clean relay: nothing found");
    for (name, kind) in RELAY_SABOTAGES {
        progress.start(name);
        let settings = Settings {
            relay: sabotaged.get(name).cloned().unwrap_or_default(),
            ..settings.clone()
        };
        let scenario = scenarios()?.into_iter().next().context("no scenario")?;
        let stage = directory.path().join(name);
        let played = play(&scenario, &cast, &settings, &stage).map(drop);
        progress.done(&caught(name, played, kind)?);
    }
    progress.start("account-id");
    let played = put_account_id(&settings.relay, &cast, &directory.path().join("account-id"));
    progress.done(&caught("account-id", played, Kind::Canary)?);
    progress.finish();
    let sabotages = RELAY_SABOTAGES.len() + 1;
    println!("exam: clean passed, {sabotages} sabotages caught");
    println!("exam: {} passed, 0 failed", sabotages + 1);
    Ok(())
}

/// One with envelopes waiting at the relay, and one with a public link.
fn scenarios() -> Result<Vec<Scenario>> {
    let mut scenarios = load_all(&default_directory())?;
    scenarios.retain(|scenario| EXAM_SCENARIOS.contains(&scenario.name.as_str()));
    ensure!(
        scenarios.len() == EXAM_SCENARIOS.len(),
        "the exam's scenarios are not there"
    );
    Ok(scenarios)
}

const EXAM_SCENARIOS: [&str; 2] = ["06-both-offline", "08-public-link"];

/// Roles for the languages that there are, in turns.
fn cast(agents: &[AgentCommand]) -> Result<BTreeMap<String, AgentCommand>> {
    ensure!(!agents.is_empty(), "no language is left");
    Ok(["a", "b", "c"]
        .into_iter()
        .zip(agents.iter().cycle())
        .map(|(role, agent)| (role.to_owned(), agent.clone()))
        .collect())
}

/// What was found, if it is of the kind that this sabotage must lead to.
fn caught(name: &str, played: Result<()>, kind: Kind) -> Result<String> {
    let Err(error) = played else {
        bail!("the sabotage {name} was not caught");
    };
    let Some(findings) = error.downcast_ref::<Findings>() else {
        return Err(error.context(format!("the sabotage {name} broke something else")));
    };
    let Some(first) = findings.all().iter().find(|found| found.kind == kind) else {
        bail!("the sabotage {name} was not caught as {kind:?}: {findings}");
    };
    Ok(format!("{name}: caught, {}", first.what))
}

/// A client that writes its account id, in the clear, into a mailbox of a clean relay.
fn put_account_id(
    relay: &Path,
    cast: &BTreeMap<String, AgentCommand>,
    directory: &Path,
) -> Result<()> {
    let cast = cast.iter().take(1);
    let cast = cast.map(|(role, agent)| (role.clone(), agent.clone()));
    let stage = Stage::set_up(directory, relay, &cast.collect())?;
    let link = RelayLink::parse(&stage.relay.link()?)?;
    let raw = RawRelay::new(&link)?;
    let (read, write) = (ReadKey::from_bytes(random()), random());
    let account = stage.actor("a")?.account()?;
    let account = data_encoding::HEXLOWER.decode(account.as_bytes())?;
    let [smallest, ..] = ENVELOPE_BUCKETS;
    let mut envelope: Vec<u8> = (0..smallest).map(|_| fastrand::u8(..)).collect();
    envelope.splice(100..132, account);
    let requests = [
        Request::CreateMailbox {
            ticket: link.ticket(),
            kind: MailboxKind::Pair,
            mailbox: read.derive_mailbox_id(),
            write_hash: WriteKey::from_bytes(write).derive_hash(),
        },
        Request::Put {
            ticket: Ticket::Open,
            mailbox: read.derive_mailbox_id(),
            write: WriteKey::from_bytes(write),
            envelopes: vec![envelope],
        },
    ];
    for request in &requests {
        let answer = raw.ask(request)?;
        ensure!(answer == Response::Done, "the relay answers {answer:?}");
    }
    super::examine(&stage)
}

fn sabotaged_relays(given: &[String]) -> Result<BTreeMap<String, PathBuf>> {
    let mut paths = BTreeMap::new();
    for argument in given {
        let (name, path) = argument.split_once('=').context("not NAME=PATH")?;
        paths.insert(name.to_owned(), PathBuf::from(path));
    }
    for (name, _) in RELAY_SABOTAGES {
        if !paths.contains_key(name) {
            paths.insert(name.to_owned(), build_sabotaged(name)?);
        }
    }
    Ok(paths)
}

/// Builds a relay with a feature into a directory of its own; what it is made of is shared with the
/// ordinary build.
fn build_sabotaged(name: &str) -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = target_directory()?;
    let own = target.join("sabotage").join(name);
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build_dir = format!("build.build-dir={:?}", target.display().to_string());
    let status = Command::new(cargo)
        .current_dir(&root)
        .args(["build", "--quiet", "--locked", "--workspace"])
        .args(["--bin", "tacita-relay", "--features"])
        .arg(format!("{SHARED_FEATURES},tacita-relay/sabotage-{name}"))
        .args(["--config", &build_dir, "--target-dir"])
        .arg(&own)
        .status()
        .context("starting cargo")?;
    ensure!(
        status.success(),
        "the relay with sabotage-{name} does not build"
    );
    Ok(own.join("debug/tacita-relay"))
}

/// The features of the ordinary build, so that no dependency is built once more.
const SHARED_FEATURES: &str = "tacita-bindings/cli,tacita-bindings/test-vault";

/// The directory above `debug/`, where this program lies.
fn target_directory() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    program
        .ancestors()
        .find(|path| path.join("CACHEDIR.TAG").exists())
        .map(Path::to_owned)
        .context("this program lies in no target directory")
}
