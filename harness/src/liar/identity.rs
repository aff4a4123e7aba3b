//! The liar's root key and TLS leaf, made anew at each start. PROTOCOL.md §4.5.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, IsCa, Issuer, KeyPair, PKCS_ED25519,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::version::TLS13;
use tacita_wire::RelayRootHash;

/// A root, and a leaf that it signed.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    leaf_key: Vec<u8>,
    root_hash: RelayRootHash,
}

impl Identity {
    /// Makes both.
    ///
    /// # Errors
    /// When a key or certificate cannot be made.
    pub fn generate() -> Result<Self> {
        let root = KeyPair::generate_for(&PKCS_ED25519)?;
        let mut params = nameless();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let root_certificate = params.self_signed(&root)?;
        let leaf = KeyPair::generate()?;
        let leaf_certificate = nameless().signed_by(&leaf, &Issuer::from_params(&params, &root))?;
        let public: [u8; 32] = root
            .public_key_raw()
            .try_into()
            .context("an Ed25519 key has 32 bytes")?;
        Ok(Self {
            chain: vec![
                leaf_certificate.der().clone(),
                root_certificate.der().clone(),
            ],
            leaf_key: leaf.serialize_der(),
            root_hash: RelayRootHash::derive(&public),
        })
    }

    /// What links to it carry.
    pub fn root_hash(&self) -> RelayRootHash {
        self.root_hash
    }

    /// The server's side of TLS.
    ///
    /// # Errors
    /// When the keys do not fit.
    pub fn tls(&self) -> Result<ServerConfig> {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.leaf_key.clone()));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])?
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), key)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }
}

fn nameless() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
}
