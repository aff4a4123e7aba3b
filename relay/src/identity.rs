//! The relay's long-term root key and the TLS leaf that it signs. PROTOCOL.md §4.5.
//!
//! Clients pin the hash of the root key and look at nothing else, so the certificates name nobody
//! and hold from 1970 to 9999.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ED25519, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tacita_wire::RelayRootHash;
use thiserror::Error;
use zeroize::Zeroizing;

/// Why there are no keys to use.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum IdentityError {
    /// A key file is damaged or missing. Put the backup's back; a new root would void every link.
    #[error("the relay's keys cannot be read; put them back from a backup")]
    Unreadable,
    /// A key or certificate could not be made.
    #[error("a key could not be made")]
    Generate,
}

/// Root and leaf, each a key and a certificate in PEM.
pub struct Identity {
    root_pem: Zeroizing<String>,
    leaf_pem: Zeroizing<String>,
    root_hash: RelayRootHash,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(redacted)")
    }
}

impl Identity {
    /// Makes a root and a leaf.
    ///
    /// # Errors
    /// [`IdentityError::Generate`].
    pub fn generate() -> Result<Self, IdentityError> {
        let key = KeyPair::generate_for(&PKCS_ED25519).map_err(|_| IdentityError::Generate)?;
        let certificate = root_params()
            .self_signed(&key)
            .map_err(|_| IdentityError::Generate)?;
        let key_pem = Zeroizing::new(key.serialize_pem());
        let root_pem = Zeroizing::new(format!("{}{}", *key_pem, certificate.pem()));
        Self::with_new_leaf(&root_pem)
    }

    /// Makes a leaf under a root that is there.
    ///
    /// # Errors
    /// [`IdentityError`], as said there.
    pub fn with_new_leaf(root_pem: &str) -> Result<Self, IdentityError> {
        let root = KeyPair::from_pem(root_pem).map_err(|_| IdentityError::Unreadable)?;
        let leaf =
            KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|_| IdentityError::Generate)?;
        let params = root_params();
        let certificate = leaf_params()
            .signed_by(&leaf, &Issuer::from_params(&params, &root))
            .map_err(|_| IdentityError::Generate)?;
        let key_pem = Zeroizing::new(leaf.serialize_pem());
        let leaf_pem = format!("{}{}", *key_pem, certificate.pem());
        Self::from_pem(root_pem, &leaf_pem)
    }

    /// Reads what [`Identity::root_pem`] and [`Identity::leaf_pem`] gave.
    ///
    /// # Errors
    /// [`IdentityError::Unreadable`].
    pub fn from_pem(root_pem: &str, leaf_pem: &str) -> Result<Self, IdentityError> {
        let root = KeyPair::from_pem(root_pem).map_err(|_| IdentityError::Unreadable)?;
        let public =
            <[u8; 32]>::try_from(root.public_key_raw()).map_err(|_| IdentityError::Unreadable)?;
        let identity = Self {
            root_pem: Zeroizing::new(root_pem.to_owned()),
            leaf_pem: Zeroizing::new(leaf_pem.to_owned()),
            root_hash: RelayRootHash::derive(&public),
        };
        identity.chain()?;
        identity.leaf_key()?;
        Ok(identity)
    }

    /// The root's key and certificate.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// The leaf's key and certificate.
    #[must_use]
    pub fn leaf_pem(&self) -> &str {
        &self.leaf_pem
    }

    /// What stands in every link to this relay.
    #[must_use]
    pub fn root_hash(&self) -> RelayRootHash {
        self.root_hash
    }

    /// What the handshake sends: leaf, then root.
    ///
    /// # Errors
    /// [`IdentityError::Unreadable`].
    pub fn chain(&self) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
        [&self.leaf_pem, &self.root_pem]
            .into_iter()
            .map(|pem| {
                CertificateDer::from_pem_slice(pem.as_bytes())
                    .map_err(|_| IdentityError::Unreadable)
            })
            .collect()
    }

    /// What signs the handshake.
    ///
    /// # Errors
    /// [`IdentityError::Unreadable`].
    pub fn leaf_key(&self) -> Result<PrivateKeyDer<'static>, IdentityError> {
        PrivateKeyDer::from_pem_slice(self.leaf_pem.as_bytes())
            .map_err(|_| IdentityError::Unreadable)
    }
}

fn leaf_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.not_before = date_time_ymd(1970, 1, 1);
    params.not_after = date_time_ymd(9999, 12, 31);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

fn root_params() -> CertificateParams {
    let mut params = leaf_params();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_leaf_keeps_the_root_hash() {
        let first = Identity::generate().unwrap();
        let second = Identity::with_new_leaf(first.root_pem()).unwrap();
        assert_eq!(first.root_hash(), second.root_hash());
        assert_ne!(first.chain().unwrap()[0], second.chain().unwrap()[0]);
        assert_eq!(first.chain().unwrap()[1], second.chain().unwrap()[1]);
    }

    #[test]
    fn the_certificates_name_nobody() {
        for certificate in Identity::generate().unwrap().chain().unwrap() {
            let (_, parsed) = x509_parser::parse_x509_certificate(&certificate).unwrap();
            assert_eq!(parsed.subject().iter().count(), 0);
            assert_eq!(parsed.issuer().iter().count(), 0);
            assert!(parsed.subject_alternative_name().unwrap().is_none());
            assert_eq!(parsed.validity().not_before.to_datetime().year(), 1970);
            assert_eq!(parsed.validity().not_after.to_datetime().year(), 9999);
        }
    }

    #[test]
    fn damaged_keys_are_not_replaced_in_silence() {
        let identity = Identity::generate().unwrap();
        assert_eq!(
            Identity::from_pem("", identity.leaf_pem()).unwrap_err(),
            IdentityError::Unreadable
        );
        assert_eq!(
            Identity::from_pem(identity.root_pem(), "").unwrap_err(),
            IdentityError::Unreadable
        );
    }
}
