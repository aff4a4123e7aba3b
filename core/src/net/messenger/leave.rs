//! Deleting the account, and the store with or without it.

use std::path::Path;

use super::Messenger;
use crate::client::effect::CallOutcome;
use crate::client::view::Departure;
use crate::client::{ClientError, Engine};
use crate::net::system::{system_now, system_rng};
use crate::store::erase;

impl Messenger {
    /// Deletes the account for good: every contact is told, relays delete its mailboxes and piles, and then the store
    /// is erased, with the inbox that is attached, and this client is closed. Nothing brings it back; the recovery secret opens nothing any more.
    ///
    /// With [`Departure::Queued`] a relay could not be asked. The store is then kept, the account says and takes
    /// nothing more, and what is left to do is done by itself while the client is open: call again later. Who does
    /// not want to wait closes the client and calls [`erase_store`]: what is at that relay goes when it expires.
    ///
    /// # Errors
    /// [`ClientError::NoAccount`], or a store error; the account is as it was then, or as far as it had come.
    pub async fn delete_account(&self) -> Result<Departure, ClientError> {
        let start =
            move |engine: &mut Engine| engine.delete_account(system_now(), &mut system_rng());
        let departure = match self.call_network(start).await? {
            CallOutcome::Departure(departure) => departure,
            _ => return Err(ClientError::Reopen),
        };
        if departure == Departure::Done {
            let inbox = self.call(Engine::erase_inbox).await;
            // Whatever closing may say: all of it goes.
            let _ = self.close().await;
            self.jobs.closed().await;
            erase_store(&self.directory)?;
            inbox?;
        }
        Ok(departure)
    }
}

/// Deletes the store in a directory without opening it: keys first, then every file. For a user who has forgotten the
/// app lock's passphrase, or wants to leave nothing. Contacts and relays are not told.
///
/// # Errors
/// [`ClientError::StoreBusy`] while it is open, [`ClientError::StoreFailed`] if a file cannot be deleted: try again.
pub fn erase_store(directory: &Path) -> Result<(), ClientError> {
    Ok(erase(directory)?)
}
