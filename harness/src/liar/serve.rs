//! The liar's HTTP over TLS: the two paths of the protocol, and the lies about answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response as HttpResponse;
use axum::routing::post;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use futures_util::stream;
use tacita_wire::{
    Decode as _, Encode as _, Frame, PATH_REQUEST, PATH_WATCH, Refusal, Request, Response, Watch,
};

use super::identity::Identity;
use super::store::hour;
use super::{Lie, State};
use crate::driver::lock;

/// Where redirects lead to.
const ELSEWHERE: &str = "/elsewhere";

/// Serves until the handle ends it.
///
/// # Errors
/// When the identity makes no TLS configuration.
pub fn serve(
    address: SocketAddr,
    identity: &Identity,
    state: Arc<State>,
    handle: Handle<SocketAddr>,
) -> Result<impl Future<Output = ()> + Send + 'static> {
    let router = Router::new()
        .route(PATH_REQUEST, post(answer))
        .route(PATH_WATCH, post(watch))
        .route(ELSEWHERE, post(visited).get(visited))
        .with_state(state);
    let tls = RustlsConfig::from_config(Arc::new(identity.tls()?));
    Ok(async move {
        let served = axum_server::bind_rustls(address, tls)
            .handle(handle)
            .serve(router.into_make_service())
            .await;
        if let Err(error) = served {
            eprintln!("the liar ended: {error}");
        }
    })
}

async fn visited(Shared(state): Shared<Arc<State>>) -> StatusCode {
    *lock(&state.visits) += 1;
    StatusCode::OK
}

async fn answer(Shared(state): Shared<Arc<State>>, body: Bytes) -> HttpResponse {
    let lie = *lock(&state.lie);
    let Ok(request) = Request::from_bytes(&body) else {
        return whole(Response::Refused(Refusal::Malformed).to_bytes());
    };
    match lie {
        Lie::None => whole(lock(&state.store).answer(request).to_bytes()),
        Lie::Full if needs_room(&request) => {
            let refusal = Refusal::RelayFull { retry_after: 1 };
            whole(Response::Refused(refusal).to_bytes())
        }
        Lie::Full => whole(lock(&state.store).answer(request).to_bytes()),
        Lie::WrongKind => whole(match request {
            Request::CountPile { .. } => Response::Done.to_bytes(),
            _ => Response::Count { remaining: 7 }.to_bytes(),
        }),
        other => lying_answer(other, lock(&state.store).answer(request).to_bytes()),
    }
}

fn needs_room(request: &Request) -> bool {
    matches!(
        request,
        Request::CreateMailbox { .. } | Request::CreatePile { .. } | Request::Put { .. }
    )
}

/// What needs no understanding of the request.
fn lying_answer(lie: Lie, truth: Vec<u8>) -> HttpResponse {
    match lie {
        Lie::Redirect => {
            let mut response = HttpResponse::new(Body::empty());
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            let place = HeaderValue::from_static(ELSEWHERE);
            response.headers_mut().insert(header::LOCATION, place);
            response
        }
        Lie::StopMidFrame => {
            let half = truth.get(..truth.len() / 2).unwrap_or_default().to_vec();
            let broken = std::io::Error::other("broken off");
            let parts = [Ok(Bytes::from(half)), Err(broken)];
            HttpResponse::new(Body::from_stream(stream::iter(parts)))
        }
        Lie::Oversized => {
            let part = Bytes::from(vec![1; 64 * 1024]);
            let parts = std::iter::repeat_n(part, 256).map(Ok::<_, std::io::Error>);
            HttpResponse::new(Body::from_stream(stream::iter(parts)))
        }
        _ => whole((0..200).map(|_| fastrand::u8(..)).collect()),
    }
}

fn whole(bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::new(Body::from(bytes))
}

async fn watch(Shared(state): Shared<Arc<State>>, body: Bytes) -> HttpResponse {
    let lie = *lock(&state.lie);
    if !matches!(lie, Lie::None | Lie::Full) {
        return lying_answer(lie, Frame::Beat.to_stream_bytes());
    }
    let Ok(watch) = Watch::from_bytes(&body) else {
        return whole(Response::Refused(Refusal::Malformed).to_bytes());
    };
    let held = Held {
        state,
        watch,
        is_caught_up: false,
        last_beat: Instant::now(),
    };
    let frames = stream::unfold(held, |mut held| async move {
        let bytes = held.next().await?;
        Some((Ok::<_, std::io::Error>(bytes), held))
    });
    HttpResponse::new(Body::from_stream(frames))
}

/// A held stream: looks at the mailboxes every few milliseconds.
struct Held {
    state: Arc<State>,
    watch: Watch,
    is_caught_up: bool,
    last_beat: Instant,
}

impl Held {
    /// The next bytes; `None` as soon as it is to lie, so that the lie meets the next connection.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if !matches!(*lock(&self.state.lie), Lie::None | Lie::Full) {
                return None;
            }
            let bytes = self.new_frames();
            if !bytes.is_empty() {
                return Some(Bytes::from(bytes));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn new_frames(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let store = lock(&self.state.store);
        for (index, subscription) in (0_u16..).zip(&mut self.watch.subscriptions) {
            let mailbox = subscription.read.derive_mailbox_id();
            for frame in store.frames(index, &mailbox, subscription.after) {
                match &frame {
                    Frame::Envelope { stored, .. } => subscription.after = stored.sequence,
                    // Once is enough.
                    Frame::Gone { .. } if self.is_caught_up => continue,
                    _ => {}
                }
                bytes.extend(frame.to_stream_bytes());
            }
        }
        if !self.is_caught_up {
            self.is_caught_up = true;
            bytes.extend(Frame::CaughtUp { hour: hour() }.to_stream_bytes());
        }
        if self.last_beat.elapsed() > Duration::from_secs(5) {
            self.last_beat = Instant::now();
            bytes.extend(Frame::Beat.to_stream_bytes());
        }
        bytes
    }
}
