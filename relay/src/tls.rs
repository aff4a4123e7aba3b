//! TLS 1.3 only, post-quantum key exchange first, nothing that lets one connection be known in the next.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::server::NoServerSessionStorage;
use rustls::version::TLS13;

use crate::identity::{Identity, IdentityError};

/// The server's side of TLS.
///
/// # Errors
/// [`IdentityError`], as said there.
pub fn server_config(identity: &Identity) -> Result<Arc<ServerConfig>, IdentityError> {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![kx_group::X25519MLKEM768, kx_group::X25519];
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS13])
        .map_err(|_| IdentityError::Unreadable)?
        .with_no_client_auth()
        .with_single_cert(identity.chain()?, identity.leaf_key()?)
        .map_err(|_| IdentityError::Unreadable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    Ok(Arc::new(config))
}
