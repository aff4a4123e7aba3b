//! The core's transport against the real relay, and against servers that are none.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode, Version};
use axum::response::IntoResponse;
use axum::routing::post;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tacita_core::net::{RelayLocator, Transport, TransportError};
use tacita_relay::identity::Identity;
use tacita_relay::tls::server_config;
use tacita_relay::{Config, Relay};
use tacita_wire::limits::MAX_RESPONSE_BYTES;
use tacita_wire::{
    Encode, Frame, MailboxKind, ReadKey, Refusal, RelayAddress, RelayLink, RelayRootHash, Request,
    Response, Subscription, Ticket, Watch, WriteKey,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;

const HELLO: Request = Request::Hello {
    ticket: Ticket::Open,
};

struct RealRelay {
    link: RelayLink,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
    _directory: tempfile::TempDir,
}

impl RealRelay {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut config = Config::new(directory.path().to_owned(), ([127, 0, 0, 1], 0).into());
        config.open = true;
        let relay = Relay::open(config).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let link = relay.link().clone();
        let task = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            relay.serve(stopped).await.unwrap();
        });
        Self {
            link,
            stop,
            task,
            _directory: directory,
        }
    }

    fn locator(&self) -> RelayLocator {
        RelayLocator {
            address: self.link.address.clone(),
            root: self.link.root,
        }
    }

    async fn stop(self) {
        let _ = self.stop.send(());
        self.task.await.unwrap();
    }
}

fn locator(address: SocketAddr, root: RelayRootHash) -> RelayLocator {
    RelayLocator {
        address: RelayAddress::new(&address.to_string()).unwrap(),
        root,
    }
}

/// A server that holds the pinned key and is no relay.
fn start_fake(app: Router) -> RelayLocator {
    let identity = Identity::generate().unwrap();
    let address = start_tls(app, server_config(&identity).unwrap());
    locator(address, identity.root_hash())
}

fn start_tls(app: Router, tls: Arc<ServerConfig>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let server = axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(tls)).unwrap();
    tokio::spawn(server.serve(app.into_make_service()));
    address
}

/// A server that answers both paths with these bytes, whole.
fn start_fake_saying(bytes: Vec<u8>) -> RelayLocator {
    start_fake(Router::new().fallback(post(move || async move { bytes })))
}

fn one_mailbox() -> Watch {
    Watch {
        subscriptions: vec![Subscription {
            read: ReadKey::from_bytes([1; 32]),
            after: 0,
        }],
    }
}

async fn send(relay: &RelayLocator) -> Result<Response, TransportError> {
    Transport::new().send(relay, &HELLO).await
}

async fn first_frame(relay: &RelayLocator) -> Option<Result<Frame, TransportError>> {
    match Transport::new().watch(relay, &one_mailbox()).await {
        Ok(mut frames) => frames.next().await,
        Err(error) => Some(Err(error)),
    }
}

#[tokio::test]
async fn a_real_relay_answers_and_streams() {
    let relay = RealRelay::start();
    let transport = Transport::new();
    let locator = relay.locator();
    let (read, write) = (ReadKey::from_bytes([1; 32]), WriteKey::from_bytes([2; 32]));
    let create = Request::CreateMailbox {
        ticket: Ticket::Open,
        kind: MailboxKind::Pair,
        mailbox: read.derive_mailbox_id(),
        write_hash: write.derive_hash(),
    };
    let put = |byte: u8| Request::Put {
        ticket: Ticket::Open,
        mailbox: read.derive_mailbox_id(),
        write: write.clone(),
        envelopes: vec![vec![byte; 65536]; 4],
    };
    assert_eq!(transport.send(&locator, &create).await, Ok(Response::Done));
    let mut frames = transport.watch(&locator, &one_mailbox()).await.unwrap();
    assert!(matches!(
        frames.next().await,
        Some(Ok(Frame::CaughtUp { .. }))
    ));
    assert_eq!(transport.send(&locator, &put(1)).await, Ok(Response::Done));
    let frame = frames.next().await.unwrap().unwrap();
    let Frame::Envelope { index: 0, stored } = frame else {
        panic!("{frame:?}");
    };
    assert_eq!((stored.sequence, stored.envelope.len()), (1, 65536));
    let delete = Request::DeleteMailbox { read: read.clone() };
    assert_eq!(transport.send(&locator, &delete).await, Ok(Response::Done));
    assert_eq!(frames.next().await, Some(Ok(Frame::Gone { index: 0 })));
    relay.stop().await;
    assert_eq!(frames.next().await, None);
    assert_eq!(frames.next().await, None);
    assert_eq!(
        transport.send(&locator, &create).await,
        Err(TransportError::Unreachable)
    );
}

#[tokio::test]
async fn many_requests_share_one_connection() {
    let relay = RealRelay::start();
    let transport = Transport::new();
    let locator = relay.locator();
    let sends: Vec<_> = (0..100)
        .map(|_| {
            let (transport, locator) = (transport.clone(), locator.clone());
            tokio::spawn(async move { transport.send(&locator, &HELLO).await })
        })
        .collect();
    for send in sends {
        assert!(matches!(send.await.unwrap(), Ok(Response::Hello { .. })));
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_wrong_root_key_is_told_apart_and_nothing_is_sent_to_it() {
    let relay = RealRelay::start();
    let mut wrong = relay.locator();
    wrong.root.0[31] ^= 1;
    assert_eq!(send(&wrong).await, Err(TransportError::WrongRelayKey));
    assert_eq!(
        first_frame(&wrong).await,
        Some(Err(TransportError::WrongRelayKey))
    );
    relay.stop().await;
}

/// A chain of these certificates, with the first one's key.
fn start_with_chain(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> SocketAddr {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let hello = Response::Hello { hour: 1 }.to_bytes();
    let app = Router::new().fallback(post(move || async move { hello }));
    start_tls(app, Arc::new(config))
}

#[tokio::test]
async fn a_chain_must_lead_from_the_leaf_to_the_pinned_root() {
    let ours = Identity::generate().unwrap();
    let theirs = Identity::generate().unwrap();
    let (our_chain, their_chain) = (ours.chain().unwrap(), theirs.chain().unwrap());
    let leaf = |identity: &Identity| identity.leaf_key().unwrap();
    let right = start_with_chain(our_chain.clone(), leaf(&ours));
    assert_eq!(
        send(&locator(right, ours.root_hash())).await,
        Ok(Response::Hello { hour: 1 })
    );
    for (chain, key) in [
        // The pinned root beside a leaf that it has not signed.
        (
            vec![their_chain[0].clone(), our_chain[1].clone()],
            leaf(&theirs),
        ),
        // Another root's chain.
        (their_chain.clone(), leaf(&theirs)),
        // No root at all.
        (vec![our_chain[0].clone()], leaf(&ours)),
        // A root too many.
        (
            vec![
                our_chain[0].clone(),
                our_chain[1].clone(),
                our_chain[1].clone(),
            ],
            leaf(&ours),
        ),
        // The pinned root behind a chain of another.
        (
            vec![
                their_chain[0].clone(),
                their_chain[1].clone(),
                our_chain[1].clone(),
            ],
            leaf(&theirs),
        ),
    ] {
        let address = start_with_chain(chain, key);
        assert_eq!(
            send(&locator(address, ours.root_hash())).await,
            Err(TransportError::WrongRelayKey)
        );
    }
}

/// Shows the relay's certificates, which are public, and signs with a key of its own.
#[derive(Debug)]
struct Thief {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<dyn rustls::sign::SigningKey>,
}

impl rustls::server::ResolvesServerCert for Thief {
    fn resolve(
        &self,
        _: rustls::server::ClientHello<'_>,
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        Some(Arc::new(rustls::sign::CertifiedKey::new(
            self.chain.clone(),
            Arc::clone(&self.key),
        )))
    }
}

#[tokio::test]
async fn copied_certificates_without_their_key_prove_nothing() {
    let ours = Identity::generate().unwrap();
    let theirs = Identity::generate().unwrap();
    let key = aws_lc_rs::sign::any_supported_type(&theirs.leaf_key().unwrap()).unwrap();
    let thief = Thief {
        chain: ours.chain().unwrap(),
        key,
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(thief));
    config.alpn_protocols = vec![b"h2".to_vec()];
    let address = start_tls(Router::new(), Arc::new(config));
    assert_eq!(
        send(&locator(address, ours.root_hash())).await,
        Err(TransportError::WrongRelayKey)
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let real = RealRelay::start();
    let target = format!("https://{}/v1", real.link.address.as_str());
    let fake = start_fake(Router::new().fallback(post(move || async move {
        (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, target)])
    })));
    assert_eq!(send(&fake).await, Err(TransportError::Nonsense));
    assert_eq!(
        first_frame(&fake).await,
        Some(Err(TransportError::Nonsense))
    );
    real.stop().await;
}

#[tokio::test]
async fn other_statuses_and_unreadable_answers_are_nonsense() {
    for status in [201, 204, 403, 404, 500, 503] {
        let status = StatusCode::from_u16(status).unwrap();
        let fake = start_fake(Router::new().fallback(post(move || async move { status })));
        assert_eq!(send(&fake).await, Err(TransportError::Nonsense));
        assert_eq!(
            first_frame(&fake).await,
            Some(Err(TransportError::Nonsense))
        );
    }
    let whole = Response::Hello { hour: 7 }.to_bytes();
    let longer = [&whole[..], &[0]].concat();
    for bytes in [
        b"<html>".to_vec(),
        vec![],
        vec![2, 0],
        whole[..whole.len() - 1].to_vec(),
        longer,
        vec![1; MAX_RESPONSE_BYTES + 1],
    ] {
        assert_eq!(
            send(&start_fake_saying(bytes)).await,
            Err(TransportError::Nonsense)
        );
    }
    assert_eq!(
        send(&start_fake_saying(whole)).await,
        Ok(Response::Hello { hour: 7 })
    );
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let fake = start_fake(Router::new().fallback(post(|| async {
        let endless = futures_util::stream::repeat_with(|| {
            Ok::<_, Infallible>(Bytes::from_static(&[1; 65536]))
        });
        Body::from_stream(endless)
    })));
    assert_eq!(send(&fake).await, Err(TransportError::Nonsense));
    assert_eq!(
        first_frame(&fake).await,
        Some(Err(TransportError::Nonsense))
    );
}

#[tokio::test]
async fn a_stream_that_stops_inside_a_frame_gives_the_whole_ones_and_then_an_error() {
    let beat = Frame::Beat.to_stream_bytes();
    let hour = Frame::CaughtUp { hour: 9 }.to_stream_bytes();
    for cut in 1..hour.len() {
        let fake = start_fake_saying([&beat[..], &hour[..cut]].concat());
        let mut frames = Transport::new().watch(&fake, &one_mailbox()).await.unwrap();
        assert_eq!(frames.next().await, Some(Ok(Frame::Beat)));
        assert_eq!(frames.next().await, Some(Err(TransportError::Nonsense)));
        assert_eq!(frames.next().await, None);
    }
}

#[tokio::test]
async fn frames_come_whole_however_they_are_cut_on_the_way() {
    let hour = Frame::CaughtUp { hour: 9 };
    let bytes = [hour.to_stream_bytes(), Frame::Beat.to_stream_bytes()].concat();
    let fake = start_fake(Router::new().fallback(post(move || async move {
        let single: Vec<Result<Bytes, Infallible>> = bytes
            .iter()
            .map(|byte| Ok(Bytes::copy_from_slice(&[*byte])))
            .collect();
        Body::from_stream(futures_util::stream::iter(single))
    })));
    let mut frames = Transport::new().watch(&fake, &one_mailbox()).await.unwrap();
    assert_eq!(frames.next().await, Some(Ok(hour)));
    assert_eq!(frames.next().await, Some(Ok(Frame::Beat)));
    assert_eq!(frames.next().await, None);
}

#[tokio::test]
async fn a_frame_over_the_limit_or_of_no_kind_is_nonsense() {
    for bytes in [
        vec![0, 2, 0, 0, 4],
        vec![0, 0, 0, 1, 99],
        vec![0, 0, 0, 0],
        b"<html>".to_vec(),
        Response::Done.to_bytes(),
    ] {
        assert_eq!(
            first_frame(&start_fake_saying(bytes)).await,
            Some(Err(TransportError::Nonsense))
        );
    }
}

#[tokio::test]
async fn a_refused_stream_says_why() {
    let refusal = Refusal::SlowDown { retry_after: 3 };
    let fake = start_fake_saying(Response::Refused(refusal).to_bytes());
    assert_eq!(
        first_frame(&fake).await,
        Some(Err(TransportError::Refused(refusal)))
    );
}

#[tokio::test]
async fn a_request_says_nothing_of_who_asks() {
    let (sender, receiver) = oneshot::channel();
    let sender = Arc::new(std::sync::Mutex::new(Some(sender)));
    let app = Router::new().fallback(post(move |version: Version, headers: HeaderMap| {
        let sender = sender.lock().unwrap().take().unwrap();
        async move {
            sender.send((version, headers)).unwrap();
            ([("set-cookie", "id=1")], Response::Done.to_bytes()).into_response()
        }
    }));
    assert_eq!(send(&start_fake(app)).await, Ok(Response::Done));
    let (version, headers) = receiver.await.unwrap();
    assert_eq!(version, Version::HTTP_2);
    let mut names: Vec<&str> = headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "content-length"]);
}

/// A server below TLS that says these bytes to whoever comes.
async fn start_plain(bytes: &'static [u8]) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut hello = [0; 4096];
                let _ = stream.read(&mut hello).await;
                let _ = stream.write_all(bytes).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    address
}

#[tokio::test]
async fn what_is_not_tls_is_nonsense_and_what_hangs_up_is_unreachable() {
    let root = RelayRootHash([0; 32]);
    let plain = start_plain(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(
        send(&locator(plain, root)).await,
        Err(TransportError::Nonsense)
    );
    let silent = start_plain(b"").await;
    assert_eq!(
        send(&locator(silent, root)).await,
        Err(TransportError::Unreachable)
    );
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    assert_eq!(
        send(&locator(nobody, root)).await,
        Err(TransportError::Unreachable)
    );
}

/// Lets the sockets do their work and then moves the clock, which stands still by itself.
async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_millis(200)).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_relay_that_never_answers_times_out() {
    let fake = start_fake(Router::new().fallback(post(|| async {
        std::future::pending::<()>().await;
    })));
    let sending = tokio::spawn(async move { send(&fake).await });
    pass(31).await;
    assert_eq!(sending.await.unwrap(), Err(TransportError::TimedOut));
}

#[tokio::test]
async fn a_stream_without_a_frame_for_45_seconds_is_dead() {
    let fake = start_fake(Router::new().fallback(post(|| async {
        let beat = Bytes::from(Frame::Beat.to_stream_bytes());
        let first = futures_util::stream::iter([Ok::<_, Infallible>(beat)]);
        let then = futures_util::stream::pending();
        Body::from_stream(futures_util::StreamExt::chain(first, then))
    })));
    let mut frames = Transport::new().watch(&fake, &one_mailbox()).await.unwrap();
    assert_eq!(frames.next().await, Some(Ok(Frame::Beat)));
    let waiting = tokio::spawn(async move { frames.next().await });
    pass(46).await;
    assert_eq!(waiting.await.unwrap(), Some(Err(TransportError::TimedOut)));
}

/// Passes bytes on between clients and a relay; the first connection falls silent once told.
async fn start_proxy(target: String, silence: tokio::sync::watch::Receiver<bool>) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut is_first = true;
        while let Ok((mut client, _)) = listener.accept().await {
            let mut relay = tokio::net::TcpStream::connect(&target).await.unwrap();
            let mut silence = silence.clone();
            let falls_silent = std::mem::take(&mut is_first);
            tokio::spawn(async move {
                let silent = async {
                    let _ = silence.wait_for(|told| *told && falls_silent).await;
                };
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut client, &mut relay) => return,
                    () = silent => {}
                }
                // Both ends stay open, and nothing passes.
                std::future::pending::<()>().await;
            });
        }
    });
    address
}

#[tokio::test]
async fn a_connection_that_falls_silent_is_not_used_again() {
    let relay = RealRelay::start();
    let (silence, told) = tokio::sync::watch::channel(false);
    let proxy = start_proxy(relay.link.address.as_str().to_owned(), told).await;
    let through_proxy = locator(proxy, relay.link.root);
    let transport = Transport::new();
    let hello = transport.send(&through_proxy, &HELLO).await;
    assert!(matches!(hello, Ok(Response::Hello { .. })));
    silence.send(true).unwrap();
    let sending = {
        let (transport, through_proxy) = (transport.clone(), through_proxy.clone());
        tokio::spawn(async move { transport.send(&through_proxy, &HELLO).await })
    };
    pass(31).await;
    let silent = sending.await.unwrap();
    assert!(matches!(
        silent,
        Err(TransportError::TimedOut | TransportError::Unreachable)
    ));
    let hello = transport.send(&through_proxy, &HELLO).await;
    assert!(matches!(hello, Ok(Response::Hello { .. })));
    relay.stop().await;
}
