//! HTTP: two paths, no redirects, no cookies; every answer of ours has status 200. PROTOCOL.md §5.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::post;
use tacita_wire::limits::MAX_REQUEST_BYTES;
use tacita_wire::{Decode, Encode, PATH_REQUEST, PATH_WATCH, Refusal, Response, Watch};
use tokio::sync::{Semaphore, watch};

use crate::flood::Flood;
use crate::service::{Service, refusal_of};
use crate::store::MailboxStore;

/// Requests in work at once, over all connections; further ones are slowed down.
const MAX_IN_WORK: usize = 4096;
/// Streams held at once, over all connections.
const MAX_STREAMS: usize = 16_384;
/// Seconds after which one that was too many tries again.
const RETRY_BUSY_SECONDS: u32 = 1;

/// How long the handlers wait.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// How long a request's body may take to arrive.
    pub body: Duration,
    /// Silence after which a held stream sends a beat.
    pub beat: Duration,
}

/// What the handlers share.
pub struct Shared<S> {
    service: Arc<Service<S>>,
    flood: Arc<Flood>,
    in_work: Semaphore,
    streams: Arc<Semaphore>,
    waits: Waits,
    stopping: watch::Receiver<bool>,
}

impl<S: MailboxStore> Shared<S> {
    /// Puts the parts together.
    pub fn new(
        service: Arc<Service<S>>,
        flood: Arc<Flood>,
        waits: Waits,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            service,
            flood,
            in_work: Semaphore::new(MAX_IN_WORK),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            waits,
            stopping,
        }
    }
}

/// The routes.
pub fn router<S: MailboxStore>(shared: Shared<S>) -> Router {
    Router::new()
        .route(PATH_REQUEST, post(answer_request::<S>))
        .route(PATH_WATCH, post(answer_watch::<S>))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .with_state(Arc::new(shared))
}

async fn answer_request<S: MailboxStore>(
    State(shared): State<Arc<Shared<S>>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    body: Body,
) -> HttpResponse {
    let Ok(_permit) = shared.in_work.try_acquire() else {
        return refused(Refusal::SlowDown {
            retry_after: RETRY_BUSY_SECONDS,
        });
    };
    match receive(&shared, peer, body).await {
        Ok(bytes) => bytes_response(shared.service.answer_bytes(&bytes).await.into()),
        Err(refusal) => refused(refusal),
    }
}

async fn answer_watch<S: MailboxStore>(
    State(shared): State<Arc<Shared<S>>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    body: Body,
) -> HttpResponse {
    let Ok(permit) = Arc::clone(&shared.streams).try_acquire_owned() else {
        return refused(Refusal::SlowDown {
            retry_after: RETRY_BUSY_SECONDS,
        });
    };
    let request = match receive(&shared, peer, body).await {
        Ok(bytes) => Watch::from_bytes(&bytes).map_err(refusal_of),
        Err(refusal) => Err(refusal),
    };
    match request {
        Ok(request) => {
            let chunks = crate::watch::start(
                Arc::clone(&shared.service),
                &request,
                shared.waits.beat,
                shared.stopping.clone(),
            );
            let stream =
                futures_util::stream::unfold((chunks, permit), |(mut chunks, permit)| async move {
                    let chunk = chunks.recv().await?;
                    Some((
                        Ok::<Bytes, std::convert::Infallible>(chunk),
                        (chunks, permit),
                    ))
                });
            Body::from_stream(stream).into_response()
        }
        Err(refusal) => refused(refusal),
    }
}

/// The body of a request, if there are not too many requests and it is small and quick enough.
async fn receive<S>(shared: &Shared<S>, peer: SocketAddr, body: Body) -> Result<Bytes, Refusal> {
    shared
        .flood
        .admit(peer)
        .map_err(|retry_after| Refusal::SlowDown { retry_after })?;
    match tokio::time::timeout(shared.waits.body, to_bytes(body, MAX_REQUEST_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) | Err(_) => Err(Refusal::Malformed),
    }
}

fn refused(refusal: Refusal) -> HttpResponse {
    bytes_response(Response::Refused(refusal).to_bytes().into())
}

fn bytes_response(bytes: Bytes) -> HttpResponse {
    Body::from(bytes).into_response()
}
