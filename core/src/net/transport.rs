//! Requests to relays and held streams from them, over HTTP/2 and our own TLS. PROTOCOL.md §5.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use tacita_wire::limits::{MAX_FRAME_BYTES, MAX_RESPONSE_BYTES};
use tacita_wire::{
    Decode, Encode, Frame, PATH_REQUEST, PATH_WATCH, Refusal, RelayRootHash, Request, Response,
    Watch,
};
use thiserror::Error;
use tokio::time::{Instant, timeout, timeout_at};
use zeroize::Zeroizing;

use super::tls::client_config;
use crate::client::effect::RelayLocator;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// From the first byte of a request to the last of its answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// A held stream without a whole frame for so long is dead; the relay beats every 15 s.
const FRAME_TIMEOUT: Duration = Duration::from_secs(45);
/// Together below [`REQUEST_TIMEOUT`], so that a dead connection shows before its request gives up.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
const MAX_HEADER_BYTES: u32 = 16 * 1024;
/// Relays to which connections are kept; a client that writes to more opens some anew.
const MAX_CLIENTS: usize = 128;

/// Why a request has no answer. In every case it may have been done, and may be repeated with the
/// same bytes.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TransportError {
    /// No connection, or it broke. Try again with growing waits.
    #[error("the relay cannot be reached")]
    Unreachable,
    /// Whoever answers there does not hold the relay's key: an impostor, or a relay that was set up
    /// anew. Nothing was sent to it. Show it; try again rarely; never go around it.
    #[error("the relay does not hold the key that its link names")]
    WrongRelayKey,
    /// What came is not our protocol: a redirect, another status, bytes that cannot be read, a frame
    /// cut short, too much. Try again with growing waits, and show it if it stays.
    #[error("the relay answers nonsense")]
    Nonsense,
    /// No answer in time. Try again with growing waits.
    #[error("the relay does not answer in time")]
    TimedOut,
    /// The relay refuses to hold a stream. Poll with `Read`, and ask again when the refusal says.
    #[error("the relay refuses the stream: {0}")]
    Refused(Refusal),
}

/// Talks to any number of relays; a clone shares its connections. Needs a tokio runtime.
#[derive(Clone, Default)]
pub struct Transport {
    clients: Arc<Mutex<BTreeMap<RelayLocator, Client>>>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

impl Transport {
    /// A transport without connections.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends a request and gives its answer, which may be a refusal.
    ///
    /// # Errors
    /// [`TransportError`], as said there.
    pub async fn send(
        &self,
        relay: &RelayLocator,
        request: &Request,
    ) -> Result<Response, TransportError> {
        let exchange = async {
            let response = self.post(relay, PATH_REQUEST, request.to_bytes()).await?;
            let bytes = read_bounded(response, Vec::new()).await?;
            Response::from_bytes(&bytes).map_err(|_| TransportError::Nonsense)
        };
        let answer = timeout(REQUEST_TIMEOUT, exchange)
            .await
            .unwrap_or(Err(TransportError::TimedOut));
        if answer == Err(TransportError::TimedOut) {
            self.forget(relay);
        }
        answer
    }

    /// Opens a held stream. A refusal to hold one comes from its first [`FrameStream::next`].
    ///
    /// # Errors
    /// [`TransportError`], as said there.
    pub async fn watch(
        &self,
        relay: &RelayLocator,
        watch: &Watch,
    ) -> Result<FrameStream, TransportError> {
        let opening = self.post(relay, PATH_WATCH, watch.to_bytes());
        let response = timeout(REQUEST_TIMEOUT, opening)
            .await
            .unwrap_or(Err(TransportError::TimedOut));
        if matches!(response, Err(TransportError::TimedOut)) {
            self.forget(relay);
        }
        Ok(FrameStream {
            transport: self.clone(),
            relay: relay.clone(),
            response: Some(response?),
            buffer: Vec::new(),
            started: false,
            deadline: Instant::now() + FRAME_TIMEOUT,
        })
    }

    async fn post(
        &self,
        relay: &RelayLocator,
        path: &str,
        body: Vec<u8>,
    ) -> Result<reqwest::Response, TransportError> {
        let response = self
            .client(relay)?
            .post(format!("https://{}{path}", relay.address.as_str()))
            // It shows capabilities: erased when the last reader has let go of it.
            .body(Bytes::from_owner(Zeroizing::new(body)))
            .send()
            .await
            .map_err(|error| meaning_of(&error))?;
        if response.status() == StatusCode::OK {
            Ok(response)
        } else {
            Err(TransportError::Nonsense)
        }
    }

    /// Lets the next request open a connection of its own: one on which an answer stays away may be
    /// dead (another network, a relay that vanished), and a pool would go on using it.
    fn forget(&self, relay: &RelayLocator) {
        self.clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(relay);
    }

    fn client(&self, relay: &RelayLocator) -> Result<Client, TransportError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(relay) {
            return Ok(client.clone());
        }
        let client = build_client(relay.root)?;
        if clients.len() >= MAX_CLIENTS {
            // What is in use keeps its connection by its own clone.
            clients.pop_first();
        }
        clients.insert(relay.clone(), client.clone());
        Ok(client)
    }
}

fn build_client(root: RelayRootHash) -> Result<Client, TransportError> {
    let tls = client_config(root).map_err(|_| TransportError::Unreachable)?;
    Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .http2_prior_knowledge()
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .http2_keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .http2_max_header_list_size(MAX_HEADER_BYTES)
        .build()
        .map_err(|_| TransportError::Unreachable)
}

/// The rest of a body behind what has been read, if it stays within the limit of a response.
async fn read_bounded(
    mut response: reqwest::Response,
    mut bytes: Vec<u8>,
) -> Result<Vec<u8>, TransportError> {
    loop {
        if bytes.len() > MAX_RESPONSE_BYTES {
            return Err(TransportError::Nonsense);
        }
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(bytes),
            Err(error) => return Err(meaning_of(&error)),
        }
    }
}

/// What a failure means, by its cause.
fn meaning_of(error: &reqwest::Error) -> TransportError {
    if error.is_redirect() || error.is_builder() || error.is_decode() {
        return TransportError::Nonsense;
    }
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(this) = cause {
        if let Some(meaning) = meaning_of_cause(this) {
            return meaning;
        }
        cause = this.source();
    }
    if error.is_timeout() {
        TransportError::TimedOut
    } else {
        TransportError::Unreachable
    }
}

fn meaning_of_cause(cause: &(dyn StdError + 'static)) -> Option<TransportError> {
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return Some(match tls {
            rustls::Error::InvalidCertificate(_) => TransportError::WrongRelayKey,
            _ => TransportError::Nonsense,
        });
    }
    if let Some(http) = cause.downcast_ref::<h2::Error>() {
        // Found by our side: the other does not speak HTTP/2 as it should.
        return http.is_library().then_some(TransportError::Nonsense);
    }
    // An I/O error may carry what the TLS layer said, outside the chain of sources.
    let inner = cause.downcast_ref::<io::Error>()?.get_ref()?;
    meaning_of_cause(inner)
}

/// The frames of a held stream. Dropping it ends the stream at the relay.
pub struct FrameStream {
    transport: Transport,
    relay: RelayLocator,
    /// `None` once the stream is over.
    response: Option<reqwest::Response>,
    buffer: Vec<u8>,
    started: bool,
    deadline: Instant,
}

impl fmt::Debug for FrameStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FrameStream")
    }
}

impl FrameStream {
    /// The next frame; `None` once the relay has ended the stream or after an error. Open a new one
    /// then. Dropping the wait loses nothing.
    ///
    /// # Errors
    /// [`TransportError`]; [`TransportError::TimedOut`] after 45 s without a whole frame.
    pub async fn next(&mut self) -> Option<Result<Frame, TransportError>> {
        let result = self.try_next().await.transpose();
        if !matches!(result, Some(Ok(_))) {
            self.response = None;
            self.buffer = Vec::new();
        }
        if matches!(result, Some(Err(TransportError::TimedOut))) {
            self.transport.forget(&self.relay);
        }
        result
    }

    async fn try_next(&mut self) -> Result<Option<Frame>, TransportError> {
        loop {
            if self.response.is_none() {
                return Ok(None);
            }
            if !self.started && !self.buffer.is_empty() {
                self.started = true;
                // A frame's length is below 2^24, so a stream begins with 0; a response with 1.
                if self.buffer.first() != Some(&0) {
                    return Err(self.refusal().await);
                }
            }
            let frame =
                Frame::split_from(&mut self.buffer).map_err(|_| TransportError::Nonsense)?;
            if let Some(frame) = frame {
                self.deadline = Instant::now() + FRAME_TIMEOUT;
                return Ok(Some(frame));
            }
            if !self.receive().await? {
                return if self.buffer.is_empty() {
                    Ok(None)
                } else {
                    Err(TransportError::Nonsense)
                };
            }
        }
    }

    /// Waits for more bytes; `false` at the end.
    async fn receive(&mut self) -> Result<bool, TransportError> {
        let Some(response) = &mut self.response else {
            return Ok(false);
        };
        let chunk = timeout_at(self.deadline, response.chunk())
            .await
            .map_err(|_| TransportError::TimedOut)?
            .map_err(|error| meaning_of(&error))?;
        match chunk {
            Some(chunk) => {
                self.buffer.extend_from_slice(&chunk);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Reads the response that stands in place of a stream.
    async fn refusal(&mut self) -> TransportError {
        let Some(response) = self.response.take() else {
            return TransportError::Nonsense;
        };
        let start = std::mem::take(&mut self.buffer);
        match timeout_at(self.deadline, read_bounded(response, start)).await {
            Ok(Ok(bytes)) => match Response::from_bytes(&bytes) {
                Ok(Response::Refused(refusal)) => TransportError::Refused(refusal),
                _ => TransportError::Nonsense,
            },
            Ok(Err(error)) => error,
            Err(_) => TransportError::TimedOut,
        }
    }
}

// `split_from` refuses a longer frame before its bytes are awaited, so the buffer stays small.
const _: () = assert!(MAX_FRAME_BYTES < 1 << 24);
