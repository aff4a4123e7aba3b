//! A relay in this process or in one of its own, and a client that says anything to it.
#![allow(dead_code, reason = "each test file uses a part")]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tacita_relay::{Config, Relay};
use tacita_wire::{
    Decode, Encode, Frame, JoinCode, MailboxKind, PATH_REQUEST, PATH_WATCH, ReadKey, RelayLink,
    Request, Response, Ticket, Watch, WriteKey,
};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A relay in this process.
pub struct InProcess {
    pub address: SocketAddr,
    pub link: RelayLink,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl InProcess {
    pub fn start(directory: &Path) -> Self {
        Self::start_with(directory, |_| {})
    }

    pub fn start_with(directory: &Path, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(directory.to_owned(), ([127, 0, 0, 1], 0).into());
        change(&mut config);
        let relay = Relay::open(config).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let address = relay.address();
        let link = relay.link().clone();
        let task = tokio::spawn(async move {
            relay
                .serve(async {
                    let _ = stopped.await;
                })
                .await
                .unwrap();
        });
        Self {
            address,
            link,
            stop,
            task,
        }
    }

    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    pub async fn stop(self) {
        let _ = self.stop.send(());
        self.task.await.unwrap();
    }
}

/// The real binary.
pub struct Binary {
    pub child: Child,
    pub address: SocketAddr,
    pub link: RelayLink,
}

impl Binary {
    pub fn command() -> Command {
        Command::new(env!("CARGO_BIN_EXE_tacita-relay"))
    }

    pub fn start(directory: &Path) -> Self {
        Self::start_with(directory, |_| {})
    }

    pub fn start_with(directory: &Path, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = Self::command();
        command
            .arg("--data")
            .arg(directory)
            .args(["--listen", "127.0.0.1:0", "--json"])
            .stdout(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let link = line.split('"').find(|part| part.starts_with("tacita://"));
        let link = RelayLink::parse(link.expect("a ready line")).unwrap();
        let address = link.address.as_str().parse().unwrap();
        Self {
            child,
            address,
            link,
        }
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn terminate(&mut self) -> std::process::ExitStatus {
        // The shell's own `kill`: a small machine may have no other.
        let kill = format!("kill -TERM {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap()
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says anything; believes any certificate (the pinning client is examined elsewhere).
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self::with_protocols(address, &[b"h2"])
    }

    pub fn with_protocols(address: SocketAddr, protocols: &[&[u8]]) -> Self {
        let mut tls = tls_config();
        tls.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            http,
            base: format!("https://{address}"),
        }
    }

    pub async fn raw(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Vec<u8>,
    ) -> reqwest::Result<reqwest::Response> {
        self.http
            .request(method, format!("{}{path}", self.base))
            .body(body)
            .send()
            .await
    }

    pub async fn try_send(&self, request: &Request) -> Result<Response, reqwest::Error> {
        let response = self
            .raw(reqwest::Method::POST, PATH_REQUEST, request.to_bytes())
            .await?;
        assert_eq!(response.status(), 200);
        Ok(Response::from_bytes(&response.bytes().await?).expect("a whole response"))
    }

    pub async fn send(&self, request: &Request) -> Response {
        self.try_send(request).await.unwrap()
    }

    pub async fn send_bytes(&self, path: &str, body: Vec<u8>) -> Response {
        let response = self.raw(reqwest::Method::POST, path, body).await.unwrap();
        assert_eq!(response.status(), 200);
        Response::from_bytes(&response.bytes().await.unwrap()).unwrap()
    }

    pub async fn watch(&self, watch: &Watch) -> Frames {
        let response = self
            .raw(reqwest::Method::POST, PATH_WATCH, watch.to_bytes())
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        Frames {
            response,
            buffer: Vec::new(),
        }
    }
}

/// The frames of a held stream.
pub struct Frames {
    response: reqwest::Response,
    buffer: Vec<u8>,
}

impl Frames {
    /// The next frame; `None` at the end.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = Frame::split_from(&mut self.buffer).unwrap() {
                return Some(frame);
            }
            let Some(chunk) = self.response.chunk().await.unwrap() else {
                assert!(self.buffer.is_empty(), "a stream that ends inside a frame");
                return None;
            };
            self.buffer.extend_from_slice(&chunk);
        }
    }

    /// The next frame that is not a beat.
    pub async fn next_news(&mut self) -> Option<Frame> {
        loop {
            match self.next().await {
                Some(Frame::Beat) => {}
                other => return other,
            }
        }
    }
}

pub fn tls_config() -> ClientConfig {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![kx_group::X25519MLKEM768, kx_group::X25519];
    ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(BelieveAll))
        .with_no_client_auth()
}

#[derive(Debug)]
struct BelieveAll;

impl ServerCertVerifier for BelieveAll {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// A mailbox's two secrets.
#[derive(Clone)]
pub struct Keys {
    pub read: ReadKey,
    pub write: WriteKey,
}

impl Keys {
    pub fn of(byte: u8) -> Self {
        Self {
            read: ReadKey::from_bytes([byte; 32]),
            write: WriteKey::from_bytes([!byte; 32]),
        }
    }

    pub fn create(&self, ticket: Ticket, kind: MailboxKind) -> Request {
        Request::CreateMailbox {
            ticket,
            kind,
            mailbox: self.read.derive_mailbox_id(),
            write_hash: self.write.derive_hash(),
        }
    }

    pub fn put(&self, envelopes: Vec<Vec<u8>>) -> Request {
        Request::Put {
            ticket: Ticket::Open,
            mailbox: self.read.derive_mailbox_id(),
            write: self.write.clone(),
            envelopes,
        }
    }

    pub fn read(&self, after: u64) -> Request {
        Request::Read {
            read: self.read.clone(),
            after,
            limit: 256,
        }
    }

    pub fn ack(&self, up_to: u64) -> Request {
        Request::Ack {
            read: self.read.clone(),
            up_to,
        }
    }
}

pub fn envelope(number: u32) -> Vec<u8> {
    let mut bytes = vec![0x5a; 4096];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes
}

pub fn wrong_code() -> Ticket {
    Ticket::JoinCode(JoinCode::from_bytes([0xee; 16]))
}
