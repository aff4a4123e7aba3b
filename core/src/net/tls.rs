//! Our side of TLS: one pinned root key per relay, and nothing else that could vouch. PROTOCOL.md §4.5.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::TLS13;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, PeerIncompatible, SignatureScheme,
};
use tacita_wire::RelayRootHash;
use x509_parser::oid_registry::OID_SIG_ED25519;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::crypto::{Signature, VerifyingKey};

/// The configuration for one relay: TLS 1.3, post-quantum key exchange first, no resumption, no
/// server name, HTTP/2.
///
/// # Errors
/// Whatever rustls says of the provider; it does not depend on the relay.
pub(super) fn client_config(root: RelayRootHash) -> Result<ClientConfig, Error> {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![kx_group::X25519MLKEM768, kx_group::X25519];
    let provider = Arc::new(provider);
    let verifier = PinnedRoot {
        root,
        provider: Arc::clone(&provider),
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    config.enable_early_data = false;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// Accepts exactly: leaf and root, the root's Ed25519 key hashes to the pinned hash, the root has
/// signed the leaf, the leaf has signed the handshake. Names, dates and system roots play no part.
#[derive(Debug)]
struct PinnedRoot {
    root: RelayRootHash,
    provider: Arc<CryptoProvider>,
}

/// Whether the certificate `root` has the key of this hash, and that key has signed the certificate
/// `leaf`; both are DER. The caller still checks that the leaf has signed the handshake.
///
/// # Errors
/// [`NotPinned`]: whoever shows this chain is not the relay that its link names.
pub fn verify_relay_chain(
    pinned: RelayRootHash,
    leaf: &[u8],
    root: &[u8],
) -> Result<(), NotPinned> {
    let leaf = parse(leaf)?;
    let root = parse(root)?;

    let key = root.public_key();
    if key.algorithm.algorithm != OID_SIG_ED25519 {
        return Err(NotPinned);
    }
    let key: [u8; 32] = exactly(&key.subject_public_key.data)?;
    if !RelayRootHash::derive(&key).matches(&pinned) {
        return Err(NotPinned);
    }

    if leaf.signature_algorithm.algorithm != OID_SIG_ED25519 {
        return Err(NotPinned);
    }
    let signature = Signature::from_bytes(exactly(&leaf.signature_value.data)?);
    VerifyingKey::from_bytes(key)
        .and_then(|key| key.verify_raw_strict(leaf.tbs_certificate.as_ref(), &signature))
        .map_err(|_| NotPinned)
}

/// The chain does not lead to the pinned root key.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the certificates do not lead to the pinned root key")]
pub struct NotPinned;

fn parse(der: &[u8]) -> Result<X509Certificate<'_>, NotPinned> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(NotPinned),
    }
}

fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N], NotPinned> {
    bytes.try_into().map_err(|_| NotPinned)
}

impl ServerCertVerifier for PinnedRoot {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let [root] = intermediates else {
            return Err(not_pinned());
        };
        verify_relay_chain(self.root, end_entity, root)
            .map(|()| ServerCertVerified::assertion())
            .map_err(|NotPinned| not_pinned())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::Tls12NotOffered.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // Without it, a copy of the certificates would do: they are public.
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn not_pinned() -> Error {
    Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)
}
