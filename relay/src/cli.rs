//! The command line.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use tacita_wire::RelayAddress;

use crate::announce;
use crate::clock::SystemClock;
use crate::data::DataDir;
use crate::log::{self, LogLevel};
use crate::server::{Config, DEFAULT_DISK_BUDGET, DEFAULT_REQUESTS_PER_SECOND, Relay};
use crate::store::sqlite::SqliteStore;

const EXAMPLES: &str = "\
Examples:
  A relay on this machine's port 4433, reached from outside as relay.example.org:4433:
      tacita-relay --data /var/lib/tacita --listen 0.0.0.0:4433 \\
                   --public-address relay.example.org:4433
  It prints its link and a QR code. Whoever has the link can make an account on this relay;
  whoever has an invitation from one of its users can write to that user without it.

  A relay to try things out, on a free port:
      tacita-relay --data /tmp/relay --listen 127.0.0.1:0

  A copy of keys and data, while the relay runs:
      tacita-relay backup --data /var/lib/tacita --to /backup/today
  To restore, start a relay with the copy as its data directory.

What it keeps and what it cannot know is in docs/THREAT_MODEL.md.";

/// A store-and-forward relay that learns nothing: it holds sealed envelopes under random names until
/// their owners fetch them.
#[derive(Debug, Parser)]
#[command(name = "tacita-relay", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Directory of the database and the keys; made if it is not there.
    #[arg(long, value_name = "DIR", default_value = "./tacita-relay")]
    data: PathBuf,
    /// Address to listen on. Port 0 takes a free one.
    #[arg(long, value_name = "IP:PORT", default_value = "0.0.0.0:4433")]
    listen: SocketAddr,
    /// How others reach this relay, for its link. Default: the address listened on.
    #[arg(long, value_name = "HOST:PORT", value_parser = parse_address)]
    public_address: Option<RelayAddress>,
    /// Let anyone make accounts here, without a join code.
    #[arg(long)]
    open: bool,
    /// Bytes that the database may use; over it, writers are told to wait.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_DISK_BUDGET)]
    disk_budget: u64,
    /// Requests that one connection may make in a second.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_REQUESTS_PER_SECOND)]
    requests_per_second: NonZeroU32,
    /// How much to log, on standard error. No level shows an id, an address or an exact size.
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t)]
    log: LogLevel,
    /// Write the port, once listening, to this file.
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
    /// Write the relay's link, once listening, to this file.
    #[arg(long, value_name = "FILE")]
    link_file: Option<PathBuf>,
    /// Print one line of JSON, once listening, in place of the link and the QR code.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new TLS key under the same root key. Links stay valid; it counts from the next start.
    RotateLeaf(DataArgs),
    /// Copy keys and data to an empty directory, also while the relay runs.
    Backup {
        #[command(flatten)]
        data: DataArgs,
        /// The directory for the copy; made if it is not there.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Say that this machine's clock is right, after the relay has seen it leap and stopped expiring.
    ClockIsRight(DataArgs),
}

#[derive(Debug, Args)]
struct DataArgs {
    /// Directory of the database and the keys.
    #[arg(long, value_name = "DIR", default_value = "./tacita-relay")]
    data: PathBuf,
}

fn parse_address(text: &str) -> Result<RelayAddress, String> {
    RelayAddress::new(text).map_err(|_| "not of the form host:port".to_owned())
}

/// Does what the command line says.
///
/// # Errors
/// What went wrong, for a person.
pub fn run(cli: Cli) -> Result<()> {
    match cli.command {
        None => run_relay(cli.run),
        Some(Command::RotateLeaf(args)) => {
            DataDir::open(&args.data)?.rotate_leaf()?;
            println!("A new TLS key is there; restart the relay to use it.");
            Ok(())
        }
        Some(Command::Backup { data, to }) => {
            DataDir::open(&data.data)?.back_up(&to)?;
            println!("Copied.");
            Ok(())
        }
        Some(Command::ClockIsRight(args)) => {
            let database = DataDir::open(&args.data)?.database();
            SqliteStore::confirm_clock(&database, &SystemClock)?;
            println!("Recorded: the clock is right, and things expire again.");
            Ok(())
        }
    }
}

fn run_relay(args: RunArgs) -> Result<()> {
    log::start(args.log);
    let mut config = Config::new(args.data, args.listen);
    config.public_address = args.public_address;
    config.open = args.open;
    config.disk_budget = args.disk_budget;
    config.requests_per_second = args.requests_per_second;
    let relay = Relay::open(config)?;
    let port = relay.address().port();
    if let Some(path) = &args.port_file {
        announce::write_file(path, &port.to_string()).context("cannot write the port file")?;
    }
    if let Some(path) = &args.link_file {
        announce::write_file(path, &relay.link().to_string())
            .context("cannot write the link file")?;
    }
    if args.json {
        println!("{}", announce::for_a_program(relay.link(), port));
    } else {
        print!(
            "{}",
            announce::for_a_person(relay.link(), &relay.address().to_string())
        );
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start")?
        .block_on(async {
            let stop = stop_signal().context("cannot wait for signals")?;
            relay.serve(stop).await.map_err(anyhow::Error::from)
        })
}

/// Done at SIGTERM or SIGINT.
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
