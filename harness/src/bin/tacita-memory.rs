//! `tacita-memory`: a client whose memory a test looks at, once while it is open and once after it was closed.
//!
//! It keeps nothing itself: what it is given as text goes to files and is overwritten.

use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;
use tacita_core::client::view::{ConversationState, Direction, InvitationKind, MessageBody};
use tacita_core::net::{Config, Messenger};
use tacita_core::store::TestVault;
use zeroize::Zeroize as _;

/// A client that opens, talks to one contact, and closes.
#[derive(Debug, Parser)]
struct Cli {
    /// Where the client's store is
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The link of the relay
    #[arg(long)]
    relay: String,
    /// Texts to send, and to wait for
    #[arg(long)]
    texts: usize,
    /// The number that the planted bytes are made of
    #[arg(long)]
    planted: u64,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    // Never overwritten: whoever searches this memory must find it.
    let planted = tacita_harness::memory::planted_bytes(cli.planted);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let client = runtime.block_on(talk(&cli))?;
    // From the store alone, as after any start of an app.
    show("open")?;
    runtime.block_on(client.close())?;
    drop(client);
    runtime.shutdown_timeout(Duration::from_secs(5));
    show("closed")?;
    drop(planted);
    Ok(())
}

/// Says where it is and waits until it has been looked at.
fn show(place: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{place}")?;
    stdout.flush()?;
    std::io::stdin().lock().read_line(&mut String::new())?;
    Ok(())
}

/// Writes a secret text for the test, and overwrites it here.
fn hand_over(path: &Path, mut text: String) -> Result<()> {
    std::fs::write(path, &text)?;
    text.zeroize();
    Ok(())
}

async fn talk(cli: &Cli) -> Result<Messenger> {
    let client = Messenger::open(Config {
        directory: cli.dir.join("store"),
        vault: Arc::new(TestVault::new(cli.dir.join("store"))),
    })?;
    let created = client.create_account(cli.relay.clone(), "Anna".to_owned());
    hand_over(&cli.dir.join("recovery"), created.await?.recovery_secret)?;
    let invitation = client.create_invitation(InvitationKind::Personal).await?;
    hand_over(&cli.dir.join("link.new"), invitation.link)?;
    std::fs::rename(cli.dir.join("link.new"), cli.dir.join("link"))?;

    let id = loop {
        let all = client.conversations().await?;
        let known = all
            .iter()
            .find(|line| line.state == ConversationState::Established);
        if let Some(line) = known {
            break line.id;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    for n in 0..cli.texts {
        client.send_text(id, format!("from the client {n}")).await?;
    }
    loop {
        // Short enough to be read on this thread, which must not be left with keys either.
        let page = client.messages_after(id, 0, 50).await?;
        let texts = page.messages.iter().filter(|message| {
            let is_text = matches!(message.body, MessageBody::Text { .. });
            message.direction == Direction::Incoming && is_text
        });
        if texts.count() >= cli.texts {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    client.account().await?.context("an account")?;
    Ok(client)
}
