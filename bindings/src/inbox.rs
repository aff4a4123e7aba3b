//! The sealed inbox: the object of the second process, and mirrors of what it says.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use tacita_core::client::news::{CheckEnd, ConversationNews, NotificationSummary};
use tacita_core::client::view::ConversationId;
use tacita_core::net;

use crate::error::ClientError;
use crate::ports::{KeyVault, PlatformVault};

/// Where an inbox is: something that two processes share, and neither the store nor in it.
#[derive(uniffi::Record)]
pub struct InboxConfig {
    /// Its directory, which both processes can reach: on iOS in the app group. One inbox for each store.
    pub directory: String,
    /// Keeps its key, 32 bytes, under a name of its own: both processes may use it, and it opens nothing of the store.
    pub vault: Arc<dyn KeyVault>,
}

impl InboxConfig {
    pub(crate) fn for_core(self) -> Result<net::InboxConfig, ClientError> {
        let vault = PlatformVault::new(self.vault).map_err(|_| ClientError::VaultFailed)?;
        Ok(net::InboxConfig {
            directory: PathBuf::from(self.directory),
            vault: Arc::new(vault),
        })
    }
}

/// Why looking for news ended.
#[uniffi::remote(Enum)]
pub enum CheckEnd {
    /// Every relay has shown all that it has.
    Complete,
    /// The time was up. There may be more.
    OutOfTime,
    /// It was cancelled. There may be more.
    Cancelled,
    /// The inbox or the disk has no room for more. What is beyond stays at the relay, and is counted again next time.
    Full,
    /// A relay could not be reached, or did not hold its key. There may be more there.
    Unreachable,
}

/// What came in one conversation.
#[uniffi::remote(Record)]
pub struct ConversationNews {
    /// Which.
    pub id: ConversationId,
    /// Envelopes that came since the last look.
    pub came: u32,
    /// All envelopes that wait in the inbox, those among them.
    pub waiting: u32,
}

/// That something came: envelopes, counted and not opened. A receipt and word of typing are envelopes too, and nothing
/// tells them from a text before the store is open: say that something came, not how many messages.
#[uniffi::remote(Record)]
pub struct NotificationSummary {
    /// Envelopes that came since the last look, without those of muted and blocked conversations.
    pub came: u32,
    /// The conversations in which something came or waits, by id, without muted and blocked ones.
    pub conversations: Vec<ConversationNews>,
    /// Envelopes among `came` that are in no conversation yet: somebody may have used an invitation.
    pub first_contacts: u32,
    /// Envelopes that came in muted conversations, and are left out of all other counts.
    pub muted: u32,
    /// Why looking ended; only after `Complete` the counts are of all that there is.
    pub end: CheckEnd,
}

/// What a process holds that must not open the store: a notification extension, a push receiver. It says that something
/// came. It opens no envelope, acknowledges nothing and changes nothing but the inbox: whatever becomes of it, no message
/// is lost.
#[derive(uniffi::Object)]
pub struct NotificationInbox {
    inbox: net::NotificationInbox,
}

#[uniffi::export]
impl NotificationInbox {
    /// Names an inbox that the app has attached; nothing is opened before `check`. Fails with `VaultFailed`.
    #[uniffi::constructor]
    pub fn new(config: InboxConfig) -> Result<Arc<Self>, ClientError> {
        let inbox = net::NotificationInbox::new(config.for_core()?);
        Ok(Arc::new(Self { inbox }))
    }

    /// Looks for news at every relay, for so many milliseconds at most and never longer than 25 seconds, and keeps in the
    /// inbox what came. The app may run meanwhile or not.
    ///
    /// Fails at once with `InboxBusy` if another process looks, and with `InboxMissing` if the app has not attached the
    /// inbox; with `VaultFailed`, `WrongKey`, `TestVaultRefused` or `StoreFailed`. A relay that cannot be reached is no
    /// failure: see `end`.
    pub async fn check(&self, limit_ms: u64) -> Result<NotificationSummary, ClientError> {
        self.inbox.check(Duration::from_millis(limit_ms)).await
    }

    /// Ends every look that runs now, with `Cancelled` and what it has by then.
    pub fn cancel(&self) -> Result<(), ClientError> {
        self.inbox.cancel();
        Ok(())
    }
}

/// Deletes the inbox in a directory without opening it: its key first, then every file. To give up notifications, or
/// where the key of its vault is gone. Nothing is lost: what waits in it is at its relay.
///
/// Fails with `StoreFailed` if a file cannot be deleted: try again.
#[uniffi::export]
pub fn erase_inbox(directory: String) -> Result<(), ClientError> {
    net::erase_inbox(Path::new(&directory))
}
