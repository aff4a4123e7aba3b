//! The calls that keep and collect the sealed inbox, from the process that has the store open.

use std::path::Path;

use super::Messenger;
use crate::client::ClientError;
use crate::net::inbox::InboxConfig;
use crate::net::system::{system_now, system_rng};
use crate::store::{self, InboxOwner};

impl Messenger {
    /// Keeps an inbox beside the store, so that a second process can say that something came
    /// ([`crate::net::NotificationInbox`]); it is made if there is none. What waits in it is taken in first, and the
    /// number of envelopes returned. Call it after every opening; one store, one inbox.
    ///
    /// # Errors
    /// [`ClientError::VaultFailed`], [`ClientError::WrongKey`], [`ClientError::TestVaultRefused`], or a store error. All
    /// else goes on without an inbox; call it again.
    pub async fn attach_inbox(&self, config: InboxConfig) -> Result<u32, ClientError> {
        self.call(move |engine| {
            let (directory, vault) = (&config.directory, config.vault.as_ref());
            let owner = InboxOwner::open(directory, vault, &mut system_rng())?;
            engine.attach_inbox(owner, system_now(), &mut system_rng())
        })
        .await
    }

    /// Takes in what a second process has put into the inbox, and returns the number of envelopes. Needed only to show
    /// it sooner than relays do, as when the network is away.
    ///
    /// # Errors
    /// [`ClientError::InboxMissing`] if none is attached, or a store error.
    pub async fn collect_inbox(&self) -> Result<u32, ClientError> {
        self.call(|engine| engine.collect_inbox(system_now(), &mut system_rng()))
            .await
    }
}

/// Deletes the inbox in a directory without opening it: its key first, then every file. To give up notifications, or
/// where the key of its vault is gone. Nothing is lost: what waits in it is at its relay.
///
/// # Errors
/// [`ClientError::StoreFailed`] if a file cannot be deleted: try again.
pub fn erase_inbox(directory: &Path) -> Result<(), ClientError> {
    Ok(store::erase_inbox(directory)?)
}
