//! Peers that hold a connection and say little: they are hung up on, and others do not notice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod support;

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConnection;
use support::{Client, InProcess, tls_config};
use tacita_wire::{PATH_REQUEST, Refusal, Request, Response};

const PATIENCE: Duration = Duration::from_millis(300);
const LIMIT: Duration = Duration::from_secs(5);

fn start(directory: &std::path::Path) -> InProcess {
    InProcess::start_with(directory, |config| config.patience = PATIENCE)
}

/// Says this, and then nothing; gives how long it took until the relay hung up.
fn wait_for_end(address: SocketAddr, protocol: Option<(&[u8], &[u8])>) -> Duration {
    let mut tcp = TcpStream::connect(address).unwrap();
    tcp.set_read_timeout(Some(LIMIT)).unwrap();
    let start = Instant::now();
    let mut answer = Vec::new();
    // A reset is an end as good as any; only a timeout is none, and the caller measures it.
    let _ = match protocol {
        None => tcp.read_to_end(&mut answer),
        Some((protocol, bytes)) => {
            let mut config = tls_config();
            config.alpn_protocols = vec![protocol.to_vec()];
            let mut tls = ClientConnection::new(Arc::new(config), address.ip().into()).unwrap();
            let mut stream = rustls::Stream::new(&mut tls, &mut tcp);
            stream.write_all(bytes).unwrap();
            stream.flush().unwrap();
            stream.read_to_end(&mut answer)
        }
    };
    start.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_stops_talking_is_hung_up_on() {
    let directory = tempfile::tempdir().unwrap();
    let relay = start(directory.path());
    let address = relay.address;
    let half = b"POST /v1 HTTP/1.1\r\nhost: x\r\n";
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let protocols: [Option<(&[u8], &[u8])>; 4] = [
        None,
        Some((b"http/1.1", b"")),
        Some((b"http/1.1", half)),
        Some((b"h2", preface)),
    ];
    for protocol in protocols {
        let took = tokio::task::spawn_blocking(move || wait_for_end(address, protocol))
            .await
            .unwrap();
        assert!(took < LIMIT, "{took:?}");
    }
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_never_ends_is_refused_and_others_are_answered_meanwhile() {
    let directory = tempfile::tempdir().unwrap();
    let relay = start(directory.path());
    let first = futures_util::stream::iter([Ok::<_, Infallible>(vec![1_u8])]);
    let never = futures_util::stream::pending();
    let body = futures_util::StreamExt::chain(first, never);
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured({
            let mut tls = tls_config();
            tls.alpn_protocols = vec![b"h2".to_vec()];
            tls
        })
        .no_proxy()
        .build()
        .unwrap();
    let slow = client
        .post(format!("https://{}{PATH_REQUEST}", relay.address))
        .body(reqwest::Body::wrap_stream(body))
        .send();
    let hello = Request::Hello {
        ticket: relay.link.ticket(),
    };
    let others = Client::new(relay.address);
    let (slow, other) = tokio::join!(slow, others.send(&hello));
    assert!(matches!(other, Response::Hello { .. }));
    let bytes = slow.unwrap().bytes().await.unwrap();
    assert_eq!(
        <Response as tacita_wire::Decode>::from_bytes(&bytes),
        Ok(Response::Refused(Refusal::Malformed))
    );
    relay.stop().await;
}
