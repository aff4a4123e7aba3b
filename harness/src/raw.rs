//! Talks to a relay in bare wire requests: for probes, and for what no good client would send.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use tacita_wire::{Decode as _, Encode as _, PATH_REQUEST, RelayLink, Request, Response};
use tokio::runtime::Runtime;

/// A connection to a relay on this machine. It takes any certificate: what it sends is nobody's.
#[derive(Debug)]
pub struct RawRelay {
    runtime: Runtime,
    client: reqwest::Client,
    url: String,
}

impl RawRelay {
    /// For the relay of a link.
    ///
    /// # Errors
    /// When there is no runtime or no TLS.
    pub fn new(link: &RelayLink) -> Result<Self> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
            .with_no_client_auth();
        tls.enable_sni = false;
        tls.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
            client: reqwest::Client::builder()
                .tls_backend_preconfigured(tls)
                .timeout(Duration::from_secs(30))
                .build()?,
            url: format!("https://{}{PATH_REQUEST}", link.address.as_str()),
        })
    }

    /// Sends one request and reads the answer.
    ///
    /// # Errors
    /// When there is none, or none that can be read.
    pub fn ask(&self, request: &Request) -> Result<Response> {
        let body = self.ask_bytes(request.to_bytes())?;
        Response::from_bytes(&body).context("the relay's answer cannot be read")
    }

    /// Sends any bytes and gives back the bytes that come.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn ask_bytes(&self, body: Vec<u8>) -> Result<Vec<u8>> {
        self.runtime.block_on(async {
            let answer = self.client.post(&self.url).body(body).send().await?;
            Ok(answer.bytes().await?.to_vec())
        })
    }
}

#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.3 only".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
