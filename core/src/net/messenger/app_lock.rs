//! The call that sets the app lock.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::Messenger;
use crate::client::ClientError;
use crate::net::lock_cost::choose_cost;
use crate::net::system::{passphrase_try, system_rng};
use crate::store::NewPassphrase;

impl Messenger {
    /// Sets the app lock's passphrase, changes it, or (`new` is none) takes it away. `current` is the one that holds
    /// so far, if one is set. Only the key file is written. While the passphrases are tried and a fit cost is
    /// measured, one to two seconds, the client does nothing else.
    ///
    /// # Errors
    /// [`ClientError::AppLocked`] without the current one, [`ClientError::WrongPassphrase`],
    /// [`ClientError::TooManyTries`], [`ClientError::PassphraseLength`], [`ClientError::PassphraseTooCostly`],
    /// [`ClientError::VaultFailed`], or a store error. The lock is as it was then.
    pub async fn set_app_lock(
        &self,
        current: Option<Zeroizing<Vec<u8>>>,
        new: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<(), ClientError> {
        let vault = Arc::clone(&self.vault);
        self.call(move |engine| {
            let new = new.as_ref().map(|passphrase| NewPassphrase {
                passphrase,
                cost: choose_cost(),
            });
            let current = current.as_ref().map(|current| passphrase_try(current));
            let store = &engine.store;
            Ok(store.change_lock(vault.as_ref(), current, new, &mut system_rng())?)
        })
        .await
    }
}
