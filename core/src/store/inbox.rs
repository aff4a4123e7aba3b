//! The sealed inbox beside the store: what a second process may see while the database stays closed to it. PROTOCOL.md §25.
//!
//! The process that has the store open writes a *watch list*; a second one reads it, asks relays, and adds *batches* of
//! envelopes. Nothing else passes between the two, and nothing depends on it: what is in a batch stays at its relay.

mod batch;
mod files;
mod list;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use tacita_wire::{Decode, Encode, MailboxId, Reader, Writer};
use zeroize::Zeroizing;

pub use batch::{InboxBatch, InboxEnvelope};
use batch::{MAX_BATCH_FILE_BYTES, MAX_INBOX_BATCHES, MAX_INBOX_BYTES, MAX_INBOX_ENVELOPES};
use files::{InboxFiles, InboxLock};
use list::MAX_LIST_FILE_BYTES;
pub use list::{MAX_WATCHED_RELAYS, WatchList, WatchedMailbox, WatchedRelay};

use super::error::StoreError;
use super::vault::KeyVault;
use crate::crypto::hash::sha256;
use crate::crypto::kdf::{NO_SALT, derive};
use crate::crypto::labels::Purpose;
use crate::crypto::{CryptoRng, Secret, aead};

const KEY_VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 32;
/// Bytes that a vault may make of 32.
const MAX_WRAPPED_BYTES: usize = 64 * 1024;
const MAX_KEY_FILE_BYTES: u64 = 128 * 1024;

/// The inbox as the process sees it that has the store open.
pub struct InboxOwner {
    files: InboxFiles,
    keys: Box<InboxKeys>,
}

impl InboxOwner {
    /// Opens the inbox in `directory`, or makes it: the directory, and a key drawn from `rng` that the vault wraps
    /// (`inbox.key`). It is another vault than the store's, or another key of it: one that the second process may use.
    /// Another process may be looking into the inbox meanwhile.
    ///
    /// # Errors
    /// [`StoreError::VaultFailed`], [`StoreError::WrongKey`], [`StoreError::TestVaultRefused`], [`StoreError::DiskFull`]
    /// or [`StoreError::Failed`]; what is there is as it was. [`erase_inbox`] begins anew where a vault's key is gone.
    pub fn open(
        directory: &Path,
        vault: &dyn KeyVault,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, StoreError> {
        check_vault(vault)?;
        let files = InboxFiles::make(directory)?;
        let keys = match files
            .load_key(MAX_KEY_FILE_BYTES)?
            .as_deref()
            .map(parse_key)
        {
            Some(Some(file)) => file.open(vault)?,
            // Damaged, or not there: what was sealed under it is at its relays still.
            Some(None) | None => {
                for number in files.batches()? {
                    files.delete_batch(number)?;
                }
                let key = Secret::generate(rng);
                files.save_key(&wrap_key(&key, vault)?)?;
                InboxKeys::derive(&key)
            }
        };
        Ok(Self {
            files,
            keys: Box::new(keys),
        })
    }

    /// Writes the watch list; after a crash it is there whole, as it was or as it shall be.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] or [`StoreError::Failed`]; the list is as it was. Write it again later.
    pub fn save_list(&self, list: &WatchList, rng: &mut dyn CryptoRng) -> Result<(), StoreError> {
        let plain = Zeroizing::new(list.to_bytes());
        let sealed = aead::seal(&self.keys.list, &[], &plain, rng);
        self.files.save_list(&sealed)
    }

    /// The numbers of the batches that wait, in the order in which they were added.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub fn batches(&self) -> Result<Vec<u32>, StoreError> {
        self.files.batches()
    }

    /// What is in a batch; nothing if it is gone, was cut, altered or sealed under another key. Work it through,
    /// commit, and then [`Self::delete_batch`].
    ///
    /// # Errors
    /// [`StoreError::Failed`] if it cannot be read now.
    pub fn load_batch(&self, number: u32) -> Result<InboxBatch, StoreError> {
        load_batch(&self.files, &self.keys, number)
    }

    /// Deletes a batch; no error if it is gone.
    ///
    /// # Errors
    /// [`StoreError::Failed`]. Worked through again, it changes nothing.
    pub fn delete_batch(&self, number: u32) -> Result<(), StoreError> {
        self.files.delete_batch(number)
    }

    /// Deletes the inbox: its key first, then every file. What a second process adds meanwhile opens to nobody.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if a file cannot be deleted: try again.
    pub fn erase(&self) -> Result<(), StoreError> {
        self.files.erase()
    }
}

/// The inbox as a second process sees it: it reads the watch list and adds batches. One process at a time.
pub struct Inbox {
    files: InboxFiles,
    keys: Box<InboxKeys>,
    list: WatchList,
    waiting: BTreeMap<MailboxId, Waiting>,
    room: Room,
    next_number: u32,
    // Freed last.
    _lock: InboxLock,
}

/// What waits of one mailbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many envelopes.
    pub count: u32,
    /// The highest sequence number among them.
    pub highest: u64,
}

/// What still fits.
struct Room {
    batches: usize,
    envelopes: usize,
    bytes: u64,
}

impl Inbox {
    /// Opens the inbox that the process with the store has made, and reads what waits in it.
    ///
    /// # Errors
    /// [`StoreError::InboxBusy`] if another process has it open, [`StoreError::InboxMissing`] if there is none or its list
    /// does not open, [`StoreError::VaultFailed`], [`StoreError::WrongKey`], [`StoreError::TestVaultRefused`] or
    /// [`StoreError::Failed`].
    pub fn open(directory: &Path, vault: &dyn KeyVault) -> Result<Self, StoreError> {
        check_vault(vault)?;
        let files = InboxFiles::find(directory)?;
        let lock = files.lock()?;
        let key = files.load_key(MAX_KEY_FILE_BYTES)?;
        let key = key.as_deref().and_then(parse_key);
        let keys = Box::new(key.ok_or(StoreError::InboxMissing)?.open(vault)?);
        files.clear_half_written()?;
        let mut inbox = Self {
            list: WatchList::default(),
            waiting: BTreeMap::new(),
            room: Room {
                batches: MAX_INBOX_BATCHES,
                envelopes: MAX_INBOX_ENVELOPES,
                bytes: MAX_INBOX_BYTES,
            },
            next_number: 1,
            files,
            keys,
            _lock: lock,
        };
        // Batches first: one that is deleted after this has been worked through, and the list says so.
        inbox.count_waiting()?;
        let sealed = inbox.files.load_list(MAX_LIST_FILE_BYTES)?;
        inbox.list = sealed
            .and_then(|sealed| aead::open(&inbox.keys.list, &[], &sealed).ok())
            .and_then(|plain| WatchList::from_bytes(&plain).ok())
            .ok_or(StoreError::InboxMissing)?;
        Ok(inbox)
    }

    fn count_waiting(&mut self) -> Result<(), StoreError> {
        for number in self.files.batches()? {
            let bytes = self.files.batch_length(number)?;
            self.next_number = number.saturating_add(1);
            let batch = load_batch(&self.files, &self.keys, number)?;
            self.take_room(bytes, &batch.envelopes);
        }
        Ok(())
    }

    fn take_room(&mut self, bytes: u64, envelopes: &[InboxEnvelope]) {
        self.room.batches = self.room.batches.saturating_sub(1);
        self.room.bytes = self.room.bytes.saturating_sub(bytes);
        self.room.envelopes = self.room.envelopes.saturating_sub(envelopes.len());
        for envelope in envelopes {
            let waiting = self.waiting.entry(envelope.mailbox).or_default();
            waiting.count = waiting.count.saturating_add(1);
            waiting.highest = waiting.highest.max(envelope.sequence);
        }
    }

    /// What the other process wants to be looked at.
    #[must_use]
    pub fn list(&self) -> &WatchList {
        &self.list
    }

    /// What waits of a mailbox for the other process.
    #[must_use]
    pub fn waiting(&self, mailbox: &MailboxId) -> Waiting {
        self.waiting.get(mailbox).copied().unwrap_or_default()
    }

    /// Adds a batch. False if the inbox has no room for it: then nothing was added, and its envelopes stay at the relay.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] or [`StoreError::Failed`]; nothing was added then.
    pub fn add(&mut self, batch: &InboxBatch, rng: &mut dyn CryptoRng) -> Result<bool, StoreError> {
        let plain = batch.to_bytes();
        let sealed = aead::seal(&self.keys.batch, &[], &plain, rng);
        let bytes = u64::try_from(sealed.len()).map_err(|_| StoreError::Failed)?;
        let fits = self.room.batches > 0
            && batch.envelopes.len() <= self.room.envelopes
            && bytes <= self.room.bytes.min(MAX_BATCH_FILE_BYTES);
        if !fits {
            return Ok(false);
        }
        self.files.save_batch(self.next_number, &sealed)?;
        self.next_number = self.next_number.saturating_add(1);
        self.take_room(bytes, &batch.envelopes);
        Ok(true)
    }
}

/// Deletes the inbox in a directory, whoever's it is; one that is not there is no error. Its wrapped key is overwritten
/// first: an app also deletes the key with which its vault wrapped it.
///
/// # Errors
/// [`StoreError::Failed`] if a file cannot be deleted: try again.
pub fn erase_inbox(directory: &Path) -> Result<(), StoreError> {
    match InboxFiles::find(directory) {
        Ok(files) => files.erase(),
        Err(StoreError::InboxMissing) => Ok(()),
        Err(error) => Err(error),
    }
}

/// One key for each use, so that a list is never taken for a batch.
struct InboxKeys {
    list: Secret<KEY_BYTES>,
    batch: Secret<KEY_BYTES>,
}

impl InboxKeys {
    fn derive(key: &Secret<KEY_BYTES>) -> Self {
        Self {
            list: derive(key.expose(), &NO_SALT, Purpose::InboxSeal, b"list"),
            batch: derive(key.expose(), &NO_SALT, Purpose::InboxSeal, b"batch"),
        }
    }
}

fn derive_commitment(key: &Secret<KEY_BYTES>) -> [u8; 32] {
    let commitment: Secret<32> = derive(key.expose(), &NO_SALT, Purpose::InboxSeal, b"commitment");
    *commitment.expose()
}

fn load_batch(files: &InboxFiles, keys: &InboxKeys, number: u32) -> Result<InboxBatch, StoreError> {
    let sealed = files.load_batch(number, MAX_BATCH_FILE_BYTES)?;
    Ok(sealed
        .and_then(|sealed| aead::open(&keys.batch, &[], &sealed).ok())
        .and_then(|plain| InboxBatch::from_bytes(&plain).ok())
        .unwrap_or_default())
}

fn check_vault(vault: &dyn KeyVault) -> Result<(), StoreError> {
    if vault.is_test() && !cfg!(feature = "test-vault") {
        return Err(StoreError::TestVaultRefused);
    }
    Ok(())
}

struct KeyFile<'a> {
    commitment: [u8; 32],
    wrapped: &'a [u8],
}

impl KeyFile<'_> {
    fn open(&self, vault: &dyn KeyVault) -> Result<InboxKeys, StoreError> {
        let unwrapped = vault
            .unwrap(self.wrapped)
            .map(Zeroizing::new)
            .map_err(|_| StoreError::VaultFailed)?;
        let key = <[u8; KEY_BYTES]>::try_from(unwrapped.as_slice())
            .map(Secret::from_bytes)
            .map_err(|_| StoreError::WrongKey)?;
        if derive_commitment(&key) != self.commitment {
            return Err(StoreError::WrongKey);
        }
        Ok(InboxKeys::derive(&key))
    }
}

/// `u8 1 ‖ commitment 32 ‖ bytes(wrapped) ‖ SHA-256 of all before`; none if it is damaged.
fn parse_key(bytes: &[u8]) -> Option<KeyFile<'_>> {
    let (body, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
    if sha256(&[body]) != *checksum {
        return None;
    }
    let mut reader = Reader::new(body);
    let version = reader.u8().ok()?;
    let commitment = reader.array().ok()?;
    let wrapped = reader.bytes(MAX_WRAPPED_BYTES).ok()?;
    reader.finish().ok()?;
    (version == KEY_VERSION).then_some(KeyFile {
        commitment,
        wrapped,
    })
}

fn wrap_key(key: &Secret<KEY_BYTES>, vault: &dyn KeyVault) -> Result<Vec<u8>, StoreError> {
    let wrapped = vault
        .wrap(key.expose())
        .map_err(|_| StoreError::VaultFailed)?;
    // A vault that cannot open what it wrapped is found out before anything depends on it.
    let again = vault.unwrap(&wrapped).map(Zeroizing::new);
    let is_same = again.is_ok_and(|again| again.as_slice() == key.expose());
    if wrapped.len() > MAX_WRAPPED_BYTES || !is_same {
        return Err(StoreError::VaultFailed);
    }
    let mut writer = Writer::new();
    writer
        .u8(KEY_VERSION)
        .raw(&derive_commitment(key))
        .bytes(&wrapped);
    let mut file = writer.finish();
    let checksum = sha256(&[&file]);
    file.extend_from_slice(&checksum);
    Ok(file)
}

impl fmt::Debug for InboxOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InboxOwner")
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inbox")
    }
}
