//! The one object: every method forwards to the core's messenger.

use std::path::PathBuf;
use std::sync::Arc;

use tacita_core::client::view::{
    self, AccountView, ConversationId, ConversationView, Departure, EventBatch, InvitationId,
    InvitationKind, InvitationPreview, InvitationView, MessagePage, MessageView, OutboxView,
    PictureView, PrivacySettings, ProfileView, RelayView, Revocation, SafetyNumberView, SearchPage,
    StoreHealth, Verification,
};
use tacita_core::net::{self, Messenger};
use zeroize::Zeroizing;

use crate::error::ClientError;
use crate::inbox::InboxConfig;
use crate::ports::{KeyVault, PlatformVault};

/// What a client is opened with.
#[derive(uniffi::Record)]
pub struct Config {
    /// The directory of the store, made if it is missing. One process at a time may have it open.
    pub directory: String,
    /// Keeps the key of the store.
    pub vault: Arc<dyn KeyVault>,
}

impl Config {
    fn for_core(self) -> Result<net::Config, ClientError> {
        let vault = PlatformVault::new(self.vault).map_err(|_| ClientError::VaultFailed)?;
        Ok(net::Config {
            directory: PathBuf::from(self.directory),
            vault: Arc::new(vault),
        })
    }
}

/// What account creation returns. As text it shows nothing, so that no log can hold the secret.
#[derive(uniffi::Record)]
#[uniffi::export(Debug)]
pub struct CreatedAccount {
    /// The new account.
    pub account: AccountView,
    /// 52 characters in groups of four. Show it once, let the user confirm that it is written down, and drop it.
    pub recovery_secret: String,
}

impl From<view::CreatedAccount> for CreatedAccount {
    fn from(created: view::CreatedAccount) -> Self {
        let view::CreatedAccount {
            account,
            recovery_secret,
        } = created;
        Self {
            account,
            recovery_secret,
        }
    }
}

impl std::fmt::Debug for CreatedAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CreatedAccount(redacted)")
    }
}

/// One device of one account: its store, its connections, and everything a messenger's screens ask for.
///
/// A call that changes something runs to its end even if the caller stops waiting, and what it reports
/// is on disk. Every call may fail with `Closed`, `Reopen`, `DiskFull` or `StoreFailed`, and one that
/// takes an id with `NotFound`.
#[derive(uniffi::Object)]
pub struct Client {
    pub(crate) messenger: Messenger,
}

#[uniffi::export]
impl Client {
    /// Opens the store, and makes an empty one if there is none. Short, but reads the disk: not for the
    /// thread that draws.
    ///
    /// Fails with `StoreBusy`, `WrongKey`, `VaultFailed`, `StoreCorrupt`, `StoreForeign` or
    /// `TestVaultRefused`; with `AppLocked` if a passphrase is set.
    #[uniffi::constructor]
    pub fn open(config: Config) -> Result<Arc<Self>, ClientError> {
        let messenger = Messenger::open(config.for_core()?)?;
        Ok(Arc::new(Self { messenger }))
    }

    /// As `open`, with the passphrase of the app lock, as UTF-8. Takes about half a second, by design.
    ///
    /// Fails with `WrongPassphrase`, `TooManyTries`, `PassphraseLength` or `PassphraseTooCostly` besides.
    #[uniffi::constructor]
    pub fn open_locked(config: Config, passphrase: Vec<u8>) -> Result<Arc<Self>, ClientError> {
        let passphrase = Zeroizing::new(passphrase);
        let messenger = Messenger::open_locked(config.for_core()?, passphrase)?;
        Ok(Arc::new(Self { messenger }))
    }

    /// Sets the passphrase that `open_locked` asks for, changes it, or (`new` is nothing) takes it away. `current` is
    /// the one that holds so far, if one is set. Takes one to two seconds, in which the client does nothing else.
    ///
    /// Fails with `AppLocked` without the current one, `WrongPassphrase`, `TooManyTries`, `PassphraseLength`,
    /// `PassphraseTooCostly` or `VaultFailed`; the lock is as it was then.
    pub async fn set_app_lock(
        &self,
        current: Option<Vec<u8>>,
        new: Option<Vec<u8>>,
    ) -> Result<(), ClientError> {
        let (current, new) = (current.map(Zeroizing::new), new.map(Zeroizing::new));
        self.messenger.set_app_lock(current, new).await
    }

    /// This device's account, or nothing if none was created yet.
    pub async fn account(&self) -> Result<Option<AccountView>, ClientError> {
        self.messenger.account().await
    }

    /// Creates the account of this store at the relay of `relay_link`, under a name that contacts will
    /// see.
    ///
    /// Fails with `AccountExists`, `NameLength`, `NameCharacters`, `LinkDamaged`, `LinkForeign`, `LinkTooNew`,
    /// `RelayRefused`, `WrongRelayKey`, `RelayMisbehaved`, `RelayBusy` or `Offline`.
    pub async fn create_account(
        &self,
        relay_link: String,
        name: String,
    ) -> Result<CreatedAccount, ClientError> {
        Ok(self
            .messenger
            .create_account(relay_link, name)
            .await?
            .into())
    }

    /// Makes an invitation. Its link works at once if the state is `Live`, else as soon as the relay
    /// could be reached.
    pub async fn create_invitation(
        &self,
        kind: InvitationKind,
    ) -> Result<InvitationView, ClientError> {
        self.messenger.create_invitation(kind).await
    }

    /// All invitations of this account, used ones too.
    pub async fn invitations(&self) -> Result<Vec<InvitationView>, ClientError> {
        self.messenger.invitations().await
    }

    /// Takes an invitation back; its link is dead if this says `Done`, else as soon as the relay could be
    /// reached. Who came through it already stays a contact.
    pub async fn revoke_invitation(&self, id: InvitationId) -> Result<Revocation, ClientError> {
        self.messenger.revoke_invitation(id).await
    }

    /// Deletes the account for good: every contact is told, relays delete what they have of it, the store and an attached
    /// inbox are erased and this client closed. `Queued` says that a relay could not be asked: the store is kept, the rest is done
    /// while the client is open; call again later, or close it and erase the store.
    ///
    /// Fails with `NoAccount`.
    pub async fn delete_account(&self) -> Result<Departure, ClientError> {
        self.messenger.delete_account().await
    }

    /// Says what is in a link, without sending anything.
    ///
    /// Fails with `LinkDamaged`, `LinkForeign` or `LinkTooNew`.
    pub async fn read_invitation(&self, link: String) -> Result<InvitationPreview, ClientError> {
        self.messenger.read_invitation(link).await
    }

    /// Accepts an invitation and returns the conversation. Repeating it is safe, and the way to go on
    /// after `Offline`.
    ///
    /// Fails as `read_invitation` does, and with `NoAccount`, `OwnInvitation`, `InvitationGone`,
    /// `InvitationForged`, `CheckYourClock`, `WrongRelayKey`, `RelayMisbehaved`, `RelayBusy` or `Offline`.
    pub async fn accept_invitation(&self, link: String) -> Result<ConversationId, ClientError> {
        self.messenger.accept_invitation(link).await
    }

    /// The conversations as they are now: the pinned ones first, then the newest. A screen uses `conversation_list`.
    pub async fn conversations(&self) -> Result<Vec<ConversationView>, ClientError> {
        self.messenger.conversations().await
    }

    /// Answers a message request: from now on both sides can write. Fails with `WrongState`.
    pub async fn accept_request(&self, id: ConversationId) -> Result<(), ClientError> {
        self.messenger.accept_request(id).await
    }

    /// Drops a message request; its sender learns nothing. Fails with `WrongState`.
    pub async fn decline_request(&self, id: ConversationId) -> Result<(), ClientError> {
        self.messenger.decline_request(id).await
    }

    /// The user's own name and picture.
    pub async fn profile(&self) -> Result<ProfileView, ClientError> {
        self.messenger.profile().await
    }

    /// Sets the user's name and picture: a JPEG, PNG or WebP file of at most 16,384 bytes, or nothing. Contacts are told
    /// one by one, over an hour or more; those who are blocked once they are not, and those to come when they are
    /// contacts. Nobody else is. Fails with `NameLength`, `NameCharacters`, `PictureLength` or `UnknownPictureFormat`.
    pub async fn set_profile(
        &self,
        name: String,
        picture: Option<Vec<u8>>,
    ) -> Result<(), ClientError> {
        self.messenger.set_profile(name, picture).await
    }

    /// A contact's picture, or nothing. Read it again when the conversation's `picture_revision` is another.
    pub async fn profile_picture(
        &self,
        id: ConversationId,
    ) -> Result<Option<PictureView>, ClientError> {
        self.messenger.profile_picture(id).await
    }

    /// Gives a contact a name of the user's own; an empty one takes it away. The contact never learns of it. Fails with `NameLength` or `NameCharacters`.
    pub async fn set_nickname(&self, id: ConversationId, name: String) -> Result<(), ClientError> {
        self.messenger.set_nickname(id, name).await
    }

    /// Keeps a text that was begun; an empty one takes it away. Sending a text takes it away as well. Fails with `TextLength`.
    pub async fn save_draft(&self, id: ConversationId, draft: String) -> Result<(), ClientError> {
        self.messenger.save_draft(id, draft).await
    }

    /// Puts a conversation above the others, or back among them.
    pub async fn set_pinned(&self, id: ConversationId, pinned: bool) -> Result<(), ClientError> {
        self.messenger.set_pinned(id, pinned).await
    }

    /// Puts a conversation away, or takes it out again. A text in it takes it out by itself, unless it is muted.
    pub async fn set_archived(
        &self,
        id: ConversationId,
        archived: bool,
    ) -> Result<(), ClientError> {
        self.messenger.set_archived(id, archived).await
    }

    /// Silences a conversation until a time, in milliseconds since 1970 (2^63-1: for good), or ends that. It ends by
    /// itself when the time has come.
    pub async fn set_muted(
        &self,
        id: ConversationId,
        until_ms: Option<u64>,
    ) -> Result<(), ClientError> {
        self.messenger.set_muted(id, until_ms).await
    }

    /// Blocks a contact, or ends that. While one is blocked, what it sends is dropped for good and answered by
    /// nothing, and nothing can be sent to it. It is not told.
    pub async fn set_blocked(&self, id: ConversationId, blocked: bool) -> Result<(), ClientError> {
        self.messenger.set_blocked(id, blocked).await
    }

    /// Deletes a conversation and its contact: messages, keys, and the mailbox that the contact writes into, here
    /// at once and at the relay when it can be reached. The contact is not told; what it still sends stays with it.
    pub async fn delete_conversation(&self, id: ConversationId) -> Result<(), ClientError> {
        self.messenger.delete_conversation(id).await
    }

    /// Stores a text to be sent and returns it: as `Queued`, or as `Waiting` while the way to the contact is known to
    /// be shut. It leaves by itself, whatever the network does now. Fails with `TextLength` or `WrongState`.
    pub async fn send_text(
        &self,
        id: ConversationId,
        text: String,
    ) -> Result<MessageView, ClientError> {
        self.messenger.send_text(id, text).await
    }

    /// What has not left of everything that the user sent: how much, since when and why, by conversation.
    pub async fn outbox(&self) -> Result<OutboxView, ClientError> {
        self.messenger.outbox().await
    }

    /// The messages of a conversation that have not left, or left in vain, the first 500; oldest first.
    pub async fn queued(&self, id: ConversationId) -> Result<Vec<MessageView>, ClientError> {
        self.messenger.queued(id).await
    }

    /// Writes another text in place of one that is `Waiting`. It keeps its place and its time. Fails with `TooLate` if
    /// it is encrypted already, with `TextLength`, or with `WrongState` if the contact has left.
    pub async fn edit_queued(
        &self,
        id: ConversationId,
        place: u64,
        text: String,
    ) -> Result<MessageView, ClientError> {
        self.messenger.edit_queued(id, place, text).await
    }

    /// Deletes a message that is `Waiting`, or `Queued` by a request that has expired, for good; the contact never learns of
    /// it, unless it was read before the request expired. Fails with `TooLate` if it is encrypted already otherwise.
    pub async fn drop_queued(&self, id: ConversationId, place: u64) -> Result<(), ClientError> {
        self.messenger.drop_queued(id, place).await
    }

    /// Tries at once what a conversation waits for: its relay, its mailbox, messages that were refused. Fails with
    /// `WrongState` if the contact has left, and with `InvitationGone` if the request has expired.
    pub async fn retry_now(&self, id: ConversationId) -> Result<(), ClientError> {
        self.messenger.retry_now(id).await
    }

    /// The newest messages before a place, or of all if there is none given; oldest first.
    pub async fn messages(
        &self,
        id: ConversationId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<MessagePage, ClientError> {
        self.messenger.messages(id, before, limit).await
    }

    /// The messages that follow on a place, 0 being the start; oldest first.
    pub async fn messages_after(
        &self,
        id: ConversationId,
        after: u64,
        limit: u32,
    ) -> Result<MessagePage, ClientError> {
        self.messenger.messages_after(id, after, limit).await
    }

    /// The newest texts in which each word of `text` begins a word, newest first: in one conversation or in all,
    /// and before a cursor, which is the `next` of the page before. Case and accents do not count. What was typed is
    /// never syntax; its first 16 words and 256 bytes count, and without a word in it nothing is found.
    pub async fn search(
        &self,
        text: String,
        within: Option<ConversationId>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<SearchPage, ClientError> {
        self.messenger.search(text, within, before, limit).await
    }

    /// Marks everything up to a place as read. The contact is told a little later, unless that is switched off.
    pub async fn mark_read(&self, id: ConversationId, place: u64) -> Result<(), ClientError> {
        self.messenger.mark_read(id, place).await
    }

    /// Says that the user is writing, or has stopped. Call it with every change of the text: it is told every 10 s at
    /// most, and runs out by itself. Nothing happens if it is switched off, or the contact may not know.
    pub async fn set_typing(&self, id: ConversationId, writing: bool) -> Result<(), ClientError> {
        self.messenger.set_typing(id, writing).await
    }

    /// What contacts are told of what the user does.
    pub async fn privacy_settings(&self) -> Result<PrivacySettings, ClientError> {
        self.messenger.privacy_settings().await
    }

    /// Decides what contacts are told from now on. What they were told before, they know. Fails with `NoAccount`.
    pub async fn set_privacy_settings(&self, settings: PrivacySettings) -> Result<(), ClientError> {
        self.messenger.set_privacy_settings(settings).await
    }

    /// The number that both sides compare, and the QR code that one shows to the other.
    pub async fn safety_number(&self, id: ConversationId) -> Result<SafetyNumberView, ClientError> {
        self.messenger.safety_number(id).await
    }

    /// Records whether the user has compared the number, and found it equal. Fails with `WrongState` while there is an
    /// alarm, which `dismiss_alarm` or a scan that fits ends.
    pub async fn mark_verified(
        &self,
        id: ConversationId,
        verified: bool,
    ) -> Result<(), ClientError> {
        self.messenger.mark_verified(id, verified).await
    }

    /// Compares what was scanned from the other side's screen, and records what was found: `Verified` if it fits, which
    /// ends an alarm, and else `Alarm`: somebody may stand between the two.
    ///
    /// Nothing changes if it fails: `LinkForeign` if what was scanned is no such code or the user's own, `LinkDamaged` or
    /// `LinkTooNew` if it does not read.
    pub async fn verify_scanned(
        &self,
        id: ConversationId,
        scanned: String,
    ) -> Result<Verification, ClientError> {
        self.messenger.verify_scanned(id, scanned).await
    }

    /// Ends an alarm by the user's word: the contact is unverified then. The same device log raises none again. Fails
    /// with `WrongState` if there is no alarm.
    pub async fn dismiss_alarm(&self, id: ConversationId) -> Result<(), ClientError> {
        self.messenger.dismiss_alarm(id).await
    }

    /// The relays that this client reads from or writes to, and how each is reached now.
    pub async fn relays(&self) -> Result<Vec<RelayView>, ClientError> {
        self.messenger.relays().await
    }

    /// What is known of the store's files. After an unclean end they are checked beside the running client, and the
    /// event `Store` comes when that is done. If the check finds damage, this and every other call fails with
    /// `StoreCorrupt`, and the store has been moved aside: open again to start anew.
    pub async fn store_health(&self) -> Result<StoreHealth, ClientError> {
        self.messenger.store_health().await
    }

    /// What has changed since a cursor, 0 being the start. Waits until there is something, or until
    /// `interrupt` makes it return nothing. Asking again with the same cursor gives the same again: an
    /// event is done with when the cursor that came with it is used.
    pub async fn events(&self, after: u64) -> Result<EventBatch, ClientError> {
        self.messenger.events(after).await
    }

    /// Makes every `events` call that waits now return an empty batch.
    pub fn interrupt(&self) -> Result<(), ClientError> {
        self.messenger.interrupt();
        Ok(())
    }

    /// Keeps an inbox beside the store, so that a second process can say that something came (`NotificationInbox`); it is
    /// made if there is none. What waits in it is taken in first; gives the number of envelopes. Call it after every
    /// opening. Without it, or if it fails, all else goes on.
    ///
    /// Fails with `VaultFailed`, `WrongKey` or `TestVaultRefused`.
    pub async fn attach_inbox(&self, config: InboxConfig) -> Result<u32, ClientError> {
        self.messenger.attach_inbox(config.for_core()?).await
    }

    /// Takes in what a second process has put into the inbox; gives the number of envelopes. Needed only to show it
    /// sooner than relays do, as when the network is away.
    ///
    /// Fails with `InboxMissing` if none is attached.
    pub async fn collect_inbox(&self) -> Result<u32, ClientError> {
        self.messenger.collect_inbox().await
    }

    /// Tells that the platform has no network: nothing is tried until `network_is_back` or `retry_now`, or until
    /// something comes all the same.
    pub async fn network_is_lost(&self) -> Result<(), ClientError> {
        self.messenger.network_is_lost().await
    }

    /// Tells that the platform has a network again, so that nothing waits longer for its next try.
    pub async fn network_is_back(&self) -> Result<(), ClientError> {
        self.messenger.network_is_back().await
    }

    /// Ends the client after the call that runs now, and unlocks the store. Later calls fail with
    /// `Closed`.
    pub async fn close(&self) -> Result<(), ClientError> {
        self.messenger.close().await
    }
}

#[cfg(feature = "test-vault")]
#[uniffi::export]
impl Client {
    /// Panics inside the core, so that a test can see what comes of it: `Reopen`, for this and every later call.
    pub async fn panic_for_tests(&self) -> Result<(), ClientError> {
        self.messenger.panic_for_tests().await
    }
}
