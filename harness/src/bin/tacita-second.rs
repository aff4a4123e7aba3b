//! `tacita-second`: the processes of a test with two of them: an app with its store, and one that may see its inbox only.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use tacita_core::net::{Config, InboxConfig, Messenger, NotificationInbox};
use tacita_core::store::TestVault;

/// One of two processes that share an inbox.
#[derive(Debug, Parser)]
struct Cli {
    /// Where the store is; the inbox is in its folder `inbox`
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    #[command(subcommand)]
    role: Role,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Opens the store, attaches the inbox and collects from it, until it is killed
    App,
    /// Opens the store and says what came of it
    Open,
    /// Looks for news once
    Check {
        /// The time that it may take
        #[arg(long)]
        limit_ms: u64,
    },
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match cli.role {
            Role::App => run_app(&cli.dir).await,
            Role::Open => match open(&cli.dir) {
                Ok(_) => say("opened"),
                Err(error) => say(&format!("{error:?}")),
            },
            Role::Check { limit_ms } => check(&cli.dir, limit_ms).await,
        }
    })
}

fn open(directory: &Path) -> Result<Messenger, tacita_core::client::ClientError> {
    Messenger::open(Config {
        directory: directory.to_owned(),
        vault: Arc::new(TestVault::new(directory.to_owned())),
    })
}

fn inbox(directory: &Path) -> InboxConfig {
    let directory = directory.join("inbox");
    InboxConfig {
        vault: Arc::new(TestVault::new(directory.clone())),
        directory,
    }
}

async fn run_app(directory: &Path) -> Result<()> {
    let client = open(directory)?;
    let mut collected = client.attach_inbox(inbox(directory)).await?;
    say("open")?;
    loop {
        if collected > 0 {
            say(&format!("collected {collected}"))?;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        collected = client.collect_inbox().await?;
    }
}

async fn check(directory: &Path, limit_ms: u64) -> Result<()> {
    let inbox = NotificationInbox::new(inbox(directory));
    match inbox.check(Duration::from_millis(limit_ms)).await {
        Ok(news) => say(&format!(
            "came {} waiting {} end {:?} peak {} KiB",
            news.came,
            news.conversations
                .iter()
                .map(|news| news.waiting)
                .sum::<u32>(),
            news.end,
            peak_kib()?,
        )),
        Err(error) => say(&format!("{error:?}")),
    }
}

/// The most memory that this process has had, as the system counts it.
fn peak_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let text = line.context("no VmHWM")?.trim().trim_end_matches(" kB");
    Ok(text.parse()?)
}

fn say(line: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    Ok(stdout.flush()?)
}
