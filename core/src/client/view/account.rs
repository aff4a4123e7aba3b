//! The own account, its profile, settings, relays and store.

use crate::protocol::ids::{AccountId, DeviceNumber};

/// This device's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// The account's id.
    pub id: AccountId,
    /// The number of this device in the account.
    pub device: DeviceNumber,
    /// The name that contacts see.
    pub name: String,
    /// Address of the account's own relay.
    pub relay: String,
}

/// What account creation returns.
#[derive(Clone, PartialEq, Eq)]
pub struct CreatedAccount {
    /// The new account.
    pub account: AccountView,
    /// 52 characters in groups of four. Show it once, let the user confirm that it is written down, and drop it.
    pub recovery_secret: String,
}

impl std::fmt::Debug for CreatedAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CreatedAccount(redacted)")
    }
}

/// The user's own name and picture, as contacts see them.
#[derive(Clone, PartialEq, Eq)]
pub struct ProfileView {
    /// How often they were changed; 0 while there is only the name that the account was made with. It may jump.
    pub revision: u64,
    /// 1 to 64 bytes of UTF-8.
    pub name: String,
    /// A JPEG, PNG or WebP file of at most 16,384 bytes; nothing for none.
    pub picture: Option<Vec<u8>>,
}

impl std::fmt::Debug for ProfileView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProfileView(redacted)")
    }
}

/// A contact's picture.
#[derive(Clone, PartialEq, Eq)]
pub struct PictureView {
    /// What to keep it under: `picture_revision` of the conversation names it.
    pub revision: u64,
    /// A JPEG, PNG or WebP file of at most 16,384 bytes, by its first bytes. It comes from the contact: what is
    /// behind them may be anything.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for PictureView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PictureView(redacted)")
    }
}

/// What contacts are told of what the user does. All is on until it is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivacySettings {
    /// Whether contacts learn at once that a message has come. Off, they learn it with what the user sends, and
    /// else in rounds 6 to 24 hours apart: without word of what came, a contact would have to stop sending.
    pub delivery_receipts: bool,
    /// Whether contacts learn what was read. Off, the user does not learn either what they have read.
    pub read_receipts: bool,
    /// Whether contacts learn that the user is writing. Off, the user does not learn it of them either.
    pub typing: bool,
}

/// How far the deletion of an account has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// Contacts are told, and relays have let go of everything: the store may go.
    Done,
    /// A relay cannot be asked now, and will be when it can.
    Queued,
}

/// How a relay is reached now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayState {
    /// Being connected to.
    Connecting,
    /// Connected.
    Online,
    /// Not reachable; tried again by itself.
    Offline,
    /// What answers there does not hold the relay's key; tried again by itself, nothing is sent to it.
    WrongKey,
}

/// A relay that this client reads from or writes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayView {
    /// Its address.
    pub address: String,
    /// How it is reached now.
    pub state: RelayState,
}

/// What is known of the store's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreHealth {
    /// Nothing speaks against them: the last end was clean, or they were checked since.
    Sound,
    /// The last end was unclean (a kill, an empty battery); every page is being checked beside the running store.
    /// If one is damaged, every call fails with `StoreCorrupt` from then on.
    Checking,
}
