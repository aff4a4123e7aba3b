//! The relay as a process without its network: its data directory, store and service, driven by commands.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use tacita_relay::data::DataDir;
use tacita_relay::service::Service;
use tacita_relay::store::MailboxStore as _;
use tacita_relay::store::sqlite::{Budget, SqliteStore};
use tacita_relay::tickets::TicketPolicy;
use tacita_wire::{Decode as _, Encode as _, Request, Response};
use tokio::runtime::Runtime;

use super::world::SetClock;

/// A command and the machine's time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RelayAsk {
    /// Milliseconds since 1970.
    pub now: u64,
    /// What to do.
    pub what: RelayWhat,
}

/// Everything that a relay can be told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum RelayWhat {
    /// Open the data, as `tacita-relay` does at its start; gives the hash of the root key.
    Start,
    /// Answer a request, both as hexadecimal digits.
    Request(String),
    /// Run one round of expiry; gives how many rows went.
    Expire,
    /// `tacita-relay clock-is-right`.
    ClockIsRight,
    /// `tacita-relay backup`.
    BackUp(PathBuf),
    /// `tacita-relay rotate-leaf`.
    RotateLeaf,
    /// Stop in order.
    Stop,
}

/// What came of it: text, or the error by its variant.
pub type RelayTold = Result<String, String>;

/// The relay.
#[derive(Debug)]
pub struct RelayChild {
    directory: PathBuf,
    clock: Arc<SetClock>,
    runtime: Runtime,
    running: Option<(Service<SqliteStore>, File)>,
    sabotage: bool,
}

fn debug(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

impl RelayChild {
    /// A relay that is not started. With `sabotage` it answers before it has stored.
    ///
    /// # Errors
    /// When there is no runtime.
    pub fn new(directory: PathBuf, sabotage: bool) -> std::io::Result<Self> {
        Ok(Self {
            directory,
            clock: Arc::default(),
            runtime: tokio::runtime::Builder::new_current_thread().build()?,
            running: None,
            sabotage,
        })
    }

    /// What a relay that breaks its promise says to a put before it is stored.
    #[must_use]
    pub fn early_answer(&self, ask: &RelayAsk) -> Option<String> {
        let RelayWhat::Request(hex) = &ask.what else {
            return None;
        };
        let bytes = HEXLOWER.decode(hex.as_bytes()).ok()?;
        let is_put = matches!(Request::from_bytes(&bytes), Ok(Request::Put { .. }));
        (self.sabotage && is_put).then(|| HEXLOWER.encode(&Response::Done.to_bytes()))
    }

    /// Does as it is told.
    ///
    /// # Errors
    /// The error's variant.
    pub fn run(&mut self, ask: RelayAsk) -> RelayTold {
        self.clock.set(ask.now);
        match ask.what {
            RelayWhat::Start => self.start(),
            RelayWhat::Request(hex) => {
                let bytes = HEXLOWER.decode(hex.as_bytes()).map_err(debug)?;
                let (service, _) = self.running.as_ref().ok_or("NotRunning")?;
                let response = self.runtime.block_on(service.answer_bytes(&bytes));
                Ok(HEXLOWER.encode(&response))
            }
            RelayWhat::Expire => {
                let (service, _) = self.running.as_ref().ok_or("NotRunning")?;
                let round = self
                    .runtime
                    .block_on(service.store.expire())
                    .map_err(debug)?;
                Ok(round.rows.to_string())
            }
            RelayWhat::ClockIsRight => {
                let data = DataDir::open(&self.directory).map_err(debug)?;
                SqliteStore::confirm_clock(&data.database(), self.clock.as_ref()).map_err(debug)?;
                Ok(String::new())
            }
            RelayWhat::BackUp(target) => {
                let data = DataDir::open(&self.directory).map_err(debug)?;
                data.back_up(&target).map_err(debug)?;
                Ok(String::new())
            }
            RelayWhat::RotateLeaf => {
                let data = DataDir::open(&self.directory).map_err(debug)?;
                data.rotate_leaf().map_err(debug)?;
                Ok(String::new())
            }
            RelayWhat::Stop => {
                if let Some((service, lock)) = self.running.take() {
                    self.runtime.block_on(service.store.close());
                    drop((service, lock));
                }
                Ok(String::new())
            }
        }
    }

    /// As `Relay::open`, without listening.
    fn start(&mut self) -> RelayTold {
        self.running = None;
        let data = DataDir::create(&self.directory).map_err(debug)?;
        let lock = data.lock().map_err(debug)?;
        let identity = data.identity().map_err(debug)?;
        let join_code = data.join_code().map_err(debug)?;
        let budget = Budget {
            bytes: 1 << 30,
            hard_pages: None,
        };
        let clock = Arc::<SetClock>::clone(&self.clock);
        let store = SqliteStore::open(&data.database(), budget, clock).map_err(debug)?;
        let root = HEXLOWER.encode(&identity.root_hash().0);
        let code = HEXLOWER.encode(join_code.expose());
        let service = Service::new(store, TicketPolicy::join_code(join_code));
        self.running = Some((service, lock));
        Ok(format!("{root} {code}"))
    }
}
