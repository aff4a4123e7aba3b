//! What the relay agrees to in TLS.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConnection, HandshakeKind, NamedGroup, ProtocolVersion};
use support::Binary;
use tacita_wire::RelayRootHash;

/// A ClientHello as of TLS 1.2: no list of later versions.
fn hello_of_tls_1_2() -> Vec<u8> {
    let extensions: &[u8] = &[
        0x00, 0x0a, 0x00, 0x06, 0x00, 0x04, 0x00, 0x1d, 0x00, 0x17, // groups
        0x00, 0x0b, 0x00, 0x02, 0x01, 0x00, // point formats
        0x00, 0x0d, 0x00, 0x06, 0x00, 0x04, 0x04, 0x03, 0x08, 0x04, // signatures
    ];
    let mut body = vec![0x03, 0x03];
    body.extend([7; 32]);
    body.push(0);
    body.extend([0x00, 0x04, 0xc0, 0x2b, 0xc0, 0x2f]);
    body.extend([0x01, 0x00]);
    body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
    body.extend(extensions);
    let length = u8::try_from(body.len()).unwrap();
    let mut record = vec![0x16, 0x03, 0x01, 0x00, length + 4, 0x01, 0x00, 0x00, length];
    record.extend(body);
    record
}

#[test]
fn tls_below_1_3_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let relay = Binary::start(directory.path());
    let mut stream = TcpStream::connect(relay.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    stream.write_all(&hello_of_tls_1_2()).unwrap();
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).unwrap();
    // A fatal alert: protocol_version.
    assert_eq!((answer[0], answer[5], answer[6]), (0x15, 2, 70));
}

#[test]
fn the_key_exchange_is_post_quantum_and_no_connection_resumes_another() {
    let directory = tempfile::tempdir().unwrap();
    let relay = Binary::start(directory.path());
    // One configuration for all, with its default cache of sessions, so that it could resume.
    let config = Arc::new(support::tls_config());
    for _ in 0..3 {
        let name = relay.address.ip().into();
        let mut tls = ClientConnection::new(Arc::clone(&config), name).unwrap();
        let mut tcp = TcpStream::connect(relay.address).unwrap();
        tcp.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut stream = rustls::Stream::new(&mut tls, &mut tcp);
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.starts_with(b"HTTP/1.1 404"));
        assert_eq!(tls.protocol_version(), Some(ProtocolVersion::TLSv1_3));
        let group = tls.negotiated_key_exchange_group().unwrap().name();
        assert_eq!(group, NamedGroup::X25519MLKEM768);
        assert_eq!(tls.handshake_kind(), Some(HandshakeKind::Full));
        assert_eq!(tls.tls13_tickets_received(), 0);
        let [_, root] = tls.peer_certificates().unwrap() else {
            panic!("not leaf and root");
        };
        let (_, root) = x509_parser::parse_x509_certificate(root).unwrap();
        let key = <[u8; 32]>::try_from(&*root.public_key().subject_public_key.data).unwrap();
        assert_eq!(RelayRootHash::derive(&key), relay.link.root);
    }
}
