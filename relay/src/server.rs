//! A relay in one process: opens the data, listens, answers, expires, stops in order.

use std::fs::File;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use rustls::ServerConfig;
use tacita_wire::{RelayAddress, RelayLink, WireError};
use thiserror::Error;
use tokio::sync::watch;

use crate::clock::{Clock, SystemClock};
use crate::data::{DataDir, DataError};
use crate::flood::Flood;
use crate::http::{Shared, Waits, router};
use crate::identity::IdentityError;
use crate::log::bucket;
use crate::service::Service;
use crate::store::MailboxStore;
use crate::store::sqlite::{Budget, OpenError, SqliteStore};
use crate::tickets::TicketPolicy;
use crate::tls::server_config;

/// How a relay runs. [`Config::new`] gives what most want.
#[derive(Clone)]
pub struct Config {
    /// Where database and keys are.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address for the link, if it is not the one listened on.
    pub public_address: Option<RelayAddress>,
    /// Whether anyone may make mailboxes, without a join code.
    pub open: bool,
    /// Bytes of database in use, over which only what frees space is done.
    pub disk_budget: u64,
    /// Database pages (4 KiB) beyond which writes fail as on a full disk; for tests.
    pub hard_pages: Option<u32>,
    /// Requests per second on one connection.
    pub requests_per_second: NonZeroU32,
    /// How long a peer may take for the handshake, for the head of a request, and for its body.
    pub patience: Duration,
    /// Silence after which a held stream sends a beat.
    pub beat: Duration,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Config")
    }
}

/// Bytes of database a relay uses at most, unless told otherwise: 10 GiB.
pub const DEFAULT_DISK_BUDGET: u64 = 10 * 1024 * 1024 * 1024;
/// Requests per second on one connection, unless told otherwise.
pub const DEFAULT_REQUESTS_PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(1999);
/// Seconds of silence after which a held stream sends a beat.
pub const BEAT_SECONDS: u64 = 15;

/// How long a peer may take, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(30);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(20);
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
const EXPIRY_INTERVAL: Duration = Duration::from_secs(60);
const MAX_STREAMS_PER_CONNECTION: u32 = 256;
const MAX_HEADER_BYTES: u32 = 16 * 1024;

impl Config {
    /// A relay with a join code, in this directory, at this address.
    #[must_use]
    pub fn new(data: PathBuf, listen: SocketAddr) -> Self {
        Self {
            data,
            listen,
            public_address: None,
            open: false,
            disk_budget: DEFAULT_DISK_BUDGET,
            hard_pages: None,
            requests_per_second: DEFAULT_REQUESTS_PER_SECOND,
            patience: PATIENCE,
            beat: Duration::from_secs(BEAT_SECONDS),
            clock: Arc::new(SystemClock),
        }
    }
}

/// Why a relay does not run.
#[derive(Debug, Error)]
pub enum RelayError {
    /// The data directory; see there.
    #[error("{0}")]
    Data(#[from] DataError),
    /// The keys; see there.
    #[error("{0}")]
    Identity(#[from] IdentityError),
    /// The database; see there.
    #[error("{0}")]
    Database(#[from] OpenError),
    /// The address cannot be listened on. Choose another, or stop what uses it.
    #[error("cannot listen there: {0}")]
    Listen(io::Error),
    /// The address does not fit into a link. Give a public address of the form `host:port`.
    #[error("the address does not fit into a link: {0}")]
    Address(WireError),
}

/// A relay that listens and does not answer yet.
#[derive(Debug)]
pub struct Relay {
    listener: TcpListener,
    address: SocketAddr,
    link: RelayLink,
    tls: Arc<ServerConfig>,
    service: Arc<Service<SqliteStore>>,
    config: Config,
    _lock: File,
}

impl Relay {
    /// Opens the data and listens.
    ///
    /// # Errors
    /// [`RelayError`], as said there.
    pub fn open(config: Config) -> Result<Self, RelayError> {
        let data = DataDir::create(&config.data)?;
        let lock = data.lock()?;
        let identity = data.identity()?;
        let join_code = if config.open {
            None
        } else {
            Some(data.join_code()?)
        };
        let budget = Budget {
            bytes: config.disk_budget,
            hard_pages: config.hard_pages,
        };
        let store = SqliteStore::open(&data.database(), budget, Arc::clone(&config.clock))?;
        let listener = TcpListener::bind(config.listen).map_err(RelayError::Listen)?;
        listener.set_nonblocking(true).map_err(RelayError::Listen)?;
        let address = listener.local_addr().map_err(RelayError::Listen)?;
        let public = match &config.public_address {
            Some(address) => address.clone(),
            None => RelayAddress::new(&address.to_string()).map_err(RelayError::Address)?,
        };
        let policy = join_code
            .clone()
            .map_or_else(TicketPolicy::open, TicketPolicy::join_code);
        Ok(Self {
            listener,
            address,
            link: RelayLink {
                address: public,
                root: identity.root_hash(),
                join_code,
            },
            tls: server_config(&identity)?,
            service: Arc::new(Service::new(store, policy)),
            config,
            _lock: lock,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its own link, which account creation takes.
    #[must_use]
    pub fn link(&self) -> &RelayLink {
        &self.link
    }

    /// Answers until `shutdown` is done; then takes no more, finishes what is queued, ends the
    /// streams and leaves the database tidy.
    ///
    /// # Errors
    /// [`RelayError::Listen`] if the listener fails.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) -> Result<(), RelayError> {
        let (stop, stopping) = watch::channel(false);
        let flood = Arc::new(Flood::new(self.config.requests_per_second));
        let shared = Shared::new(
            Arc::clone(&self.service),
            Arc::clone(&flood),
            Waits {
                body: self.config.patience,
                beat: self.config.beat,
            },
            stopping,
        );
        let app = router(shared).into_make_service_with_connect_info::<SocketAddr>();
        let handle = Handle::new();
        let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(self.tls))
            .handshake_timeout(self.config.patience)
            .acceptor(NoDelayAcceptor::new());
        let mut server = axum_server::from_tcp(self.listener)
            .map_err(RelayError::Listen)?
            .acceptor(acceptor)
            .handle(handle.clone())
            .first_request_timeout(self.config.patience);
        server
            .http_builder()
            .http1()
            .header_read_timeout(self.config.patience);
        server
            .http_builder()
            .http2()
            .keep_alive_interval(KEEP_ALIVE_INTERVAL)
            .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
            .max_concurrent_streams(MAX_STREAMS_PER_CONNECTION)
            .max_header_list_size(MAX_HEADER_BYTES);

        tracing::info!("listening");
        let chores = tokio::spawn(do_chores(Arc::clone(&self.service), flood));
        let stopper = async {
            shutdown.await;
            tracing::info!("stopping");
            let _ = stop.send(true);
            handle.graceful_shutdown(Some(STOP_TIMEOUT));
            // Lets the server below come to its end by itself.
            std::future::pending::<()>().await;
        };
        let served = tokio::select! {
            served = server.serve(app) => served.map_err(RelayError::Listen),
            () = stopper => Ok(()),
        };
        chores.abort();
        self.service.store.close().await;
        tracing::info!("stopped");
        served
    }
}

/// Opens a relay and answers until `shutdown` is done.
///
/// # Errors
/// [`RelayError`], as said there.
pub async fn serve(
    config: Config,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), RelayError> {
    Relay::open(config)?.serve(shutdown).await
}

/// Expiry and forgetting, once a minute.
async fn do_chores<S: MailboxStore>(service: Arc<Service<S>>, flood: Arc<Flood>) {
    let mut ticks = tokio::time::interval(EXPIRY_INTERVAL);
    loop {
        ticks.tick().await;
        flood.forget_quiet();
        while let Ok(round) = service.store.expire().await {
            if round.rows > 0 {
                tracing::info!(about = bucket(round.rows), "expired");
                service.hub.wake_all();
            }
            if !round.more {
                break;
            }
        }
    }
}
