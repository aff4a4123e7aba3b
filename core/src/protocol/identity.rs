//! The device log: which devices an account has, by the account key's word. PROTOCOL.md §8.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use tacita_wire::{Decode, Encode, Reader, WireError, Writer};

use super::error::ProtocolError;
use super::ids::{AccountId, DeviceNumber, Hour};
use crate::crypto::dh::DhPublic;
use crate::crypto::hash::{derive_hash, sha256};
use crate::crypto::labels::Purpose;
use crate::crypto::sign::{Signature, SigningKey, VerifyingKey};

mod certificate;

pub use certificate::Certificate;

/// Entries that a device log has at most.
pub const MAX_LOG_ENTRIES: usize = 64;
/// What stands for the hash before a log's first entry.
const NO_PREVIOUS: [u8; 32] = [0; 32];
const OP_ADD: u8 = 1;
const OP_REMOVE: u8 = 2;

/// The id of the account that has this key.
#[must_use]
pub fn derive_account_id(account_key: &VerifyingKey) -> AccountId {
    AccountId(sha256(&[account_key.as_bytes()]))
}

/// What an entry of a device log does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceChange {
    /// Adds the device that the certificate names.
    Add(Certificate),
    /// Removes a device for good.
    Remove(DeviceNumber),
}

/// One signed entry of a device log, chained to the one before: 274 bytes for an addition, 109 for a
/// removal.
#[derive(Clone, PartialEq, Eq)]
pub struct LogEntry {
    seq: u32,
    previous: [u8; 32],
    hour: Hour,
    change: DeviceChange,
    signature: Signature,
}

impl LogEntry {
    fn sign(
        account_key: &SigningKey,
        seq: u32,
        previous: [u8; 32],
        hour: Hour,
        change: DeviceChange,
    ) -> Self {
        let body = Self::encode_body(seq, &previous, hour, &change);
        Self {
            seq,
            previous,
            hour,
            change,
            signature: account_key.sign(Purpose::DevLog, &body),
        }
    }

    fn encode_body(seq: u32, previous: &[u8; 32], hour: Hour, change: &DeviceChange) -> Vec<u8> {
        let mut writer = Writer::new();
        writer
            .u8(match change {
                DeviceChange::Add(_) => OP_ADD,
                DeviceChange::Remove(_) => OP_REMOVE,
            })
            .u32(seq)
            .raw(previous)
            .put(&hour);
        match change {
            DeviceChange::Add(certificate) => writer.put(certificate),
            DeviceChange::Remove(device) => writer.put(device),
        };
        writer.finish()
    }

    fn body(&self) -> Vec<u8> {
        Self::encode_body(self.seq, &self.previous, self.hour, &self.change)
    }

    fn derive_hash(&self) -> [u8; 32] {
        derive_hash(Purpose::DevLogHash, &[&self.to_bytes()])
    }
}

impl fmt::Debug for LogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its hashes name an account as well as its id does.
        f.write_str("LogEntry(redacted)")
    }
}

impl Encode for LogEntry {
    fn encode(&self, writer: &mut Writer) {
        writer.raw(&self.body()).put(&self.signature);
    }
}

impl Decode for LogEntry {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let op = reader.u8()?;
        Ok(Self {
            seq: reader.u32()?,
            previous: reader.array()?,
            hour: Hour::decode(reader)?,
            change: match op {
                OP_ADD => DeviceChange::Add(Certificate::decode(reader)?),
                OP_REMOVE => DeviceChange::Remove(DeviceNumber::decode(reader)?),
                _ => return Err(WireError::UnknownTag),
            },
            signature: Signature::decode(reader)?,
        })
    }
}

/// A device log as it came; nothing in it is to be used before [`DeviceLog::verify_for`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceLog {
    account_key: VerifyingKey,
    entries: Vec<LogEntry>,
}

impl DeviceLog {
    /// The account that this log claims to be of: a hash of the key in it, hence not forgeable, but
    /// its entries are still unverified.
    #[must_use]
    pub fn claimed_account(&self) -> AccountId {
        derive_account_id(&self.account_key)
    }

    /// Verifies every entry and that the log is this account's.
    ///
    /// # Errors
    /// [`ProtocolError::WrongAccount`] for another account's log, [`ProtocolError::BadSignature`] and
    /// [`ProtocolError::InvalidDeviceLog`] for a bad entry. Drop the log and what came with it.
    pub fn verify_for(self, account: AccountId) -> Result<VerifiedDeviceLog, ProtocolError> {
        if self.claimed_account() != account {
            return Err(ProtocolError::WrongAccount);
        }
        let mut verified = VerifiedDeviceLog::start(self.account_key);
        for entry in self.entries {
            verified.verify_entry(&entry)?;
            verified.push(entry);
        }
        if verified.heads.is_empty() {
            return Err(ProtocolError::InvalidDeviceLog);
        }
        Ok(verified)
    }
}

impl Encode for DeviceLog {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.account_key).count(self.entries.len());
        for entry in &self.entries {
            writer.put(entry);
        }
    }
}

impl Decode for DeviceLog {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let account_key = VerifyingKey::decode(reader)?;
        let entries = (0..reader.count(MAX_LOG_ENTRIES)?)
            .map(|_| LogEntry::decode(reader))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            account_key,
            entries,
        })
    }
}

/// Proof that a device log holds; the only source of certificates to rely on.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedDeviceLog {
    log: DeviceLog,
    account: AccountId,
    /// The log's head after each entry, never empty outside this file.
    heads: Vec<[u8; 32]>,
    devices: BTreeMap<DeviceNumber, Certificate>,
    ever_added: BTreeSet<DeviceNumber>,
}

impl VerifiedDeviceLog {
    fn start(account_key: VerifyingKey) -> Self {
        Self {
            account: derive_account_id(&account_key),
            log: DeviceLog {
                account_key,
                entries: Vec::new(),
            },
            heads: Vec::new(),
            devices: BTreeMap::new(),
            ever_added: BTreeSet::new(),
        }
    }

    /// Begins a new account's log with its first device.
    #[must_use]
    pub fn sign_first(
        account_key: &SigningKey,
        signing: VerifyingKey,
        dh: DhPublic,
        hour: Hour,
    ) -> Self {
        let certificate = Certificate::sign(account_key, DeviceNumber::FIRST, signing, dh, hour);
        let change = DeviceChange::Add(certificate);
        let mut log = Self::start(account_key.public());
        log.push(LogEntry::sign(account_key, 0, NO_PREVIOUS, hour, change));
        log
    }

    /// This log with one more entry, signed by its account's key.
    ///
    /// # Errors
    /// [`ProtocolError::WrongAccount`] if the key is another account's, [`ProtocolError::TooLarge`]
    /// after 64 entries, [`ProtocolError::InvalidDeviceLog`] if the change breaks a rule (a number
    /// used before, a device that is not there). The caller passes another change.
    pub fn append(
        &self,
        account_key: &SigningKey,
        change: DeviceChange,
        hour: Hour,
    ) -> Result<Self, ProtocolError> {
        if account_key.public() != self.log.account_key {
            return Err(ProtocolError::WrongAccount);
        }
        if self.log.entries.len() >= MAX_LOG_ENTRIES {
            return Err(ProtocolError::TooLarge);
        }
        let entry = LogEntry::sign(account_key, self.next_seq()?, self.head(), hour, change);
        self.verify_entry(&entry)?;
        let mut longer = self.clone();
        longer.push(entry);
        Ok(longer)
    }

    /// Checks that this log continues the one known so far, or is the same.
    ///
    /// # Errors
    /// [`ProtocolError::WrongAccount`] for two accounts' logs; [`ProtocolError::OutdatedDeviceLog`] for
    /// an earlier state: keep the known one; [`ProtocolError::ForkedDeviceLog`]: keep the known one and
    /// warn the user.
    pub fn verify_extends(&self, known: &Self) -> Result<(), ProtocolError> {
        if self.account != known.account {
            return Err(ProtocolError::WrongAccount);
        }
        let agreed = self.heads.iter().zip(&known.heads).all(|(a, b)| a == b);
        match (agreed, self.heads.len() < known.heads.len()) {
            (false, _) => Err(ProtocolError::ForkedDeviceLog),
            (true, true) => Err(ProtocolError::OutdatedDeviceLog),
            (true, false) => Ok(()),
        }
    }

    /// Whose log it is.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        self.account
    }

    /// The account's public key.
    #[must_use]
    pub fn account_key(&self) -> &VerifyingKey {
        &self.log.account_key
    }

    /// The hash of the last entry, 32 bytes.
    #[must_use]
    pub fn head(&self) -> [u8; 32] {
        self.heads.last().copied().unwrap_or(NO_PREVIOUS)
    }

    /// Whether the log has this head, or had it at an earlier length.
    #[must_use]
    pub fn has_had_head(&self, head: &[u8; 32]) -> bool {
        self.heads.contains(head)
    }

    /// The devices that the account has now, by number.
    pub fn devices(&self) -> impl Iterator<Item = &Certificate> {
        self.devices.values()
    }

    /// The certificate of a device that the account has now.
    #[must_use]
    pub fn certificate(&self, device: DeviceNumber) -> Option<&Certificate> {
        self.devices.get(&device)
    }

    /// The log as it is sent and stored.
    #[must_use]
    pub fn as_log(&self) -> &DeviceLog {
        &self.log
    }

    fn next_seq(&self) -> Result<u32, ProtocolError> {
        u32::try_from(self.heads.len()).map_err(|_| ProtocolError::InvalidDeviceLog)
    }

    fn verify_entry(&self, entry: &LogEntry) -> Result<(), ProtocolError> {
        let key = &self.log.account_key;
        key.verify_strict(Purpose::DevLog, &entry.body(), &entry.signature)
            .map_err(|_| ProtocolError::BadSignature)?;
        let in_place = entry.seq == self.next_seq()? && entry.previous == self.head();
        let allowed = match &entry.change {
            DeviceChange::Add(certificate) => {
                key.verify_strict(
                    Purpose::DevCert,
                    &certificate.body(),
                    &certificate.signature,
                )
                .map_err(|_| ProtocolError::BadSignature)?;
                certificate.address.account == self.account
                    && certificate.address.device != DeviceNumber(0)
                    && !self.ever_added.contains(&certificate.address.device)
            }
            DeviceChange::Remove(device) => self.devices.contains_key(device),
        };
        if in_place && allowed {
            Ok(())
        } else {
            Err(ProtocolError::InvalidDeviceLog)
        }
    }

    /// Takes in an entry that is verified or our own.
    fn push(&mut self, entry: LogEntry) {
        self.heads.push(entry.derive_hash());
        match &entry.change {
            DeviceChange::Add(certificate) => {
                let device = certificate.address.device;
                self.ever_added.insert(device);
                self.devices.insert(device, certificate.clone());
            }
            DeviceChange::Remove(device) => {
                self.devices.remove(device);
            }
        }
        self.log.entries.push(entry);
    }
}

impl fmt::Debug for VerifiedDeviceLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its hashes name an account as well as its id does.
        f.write_str("VerifiedDeviceLog(redacted)")
    }
}

impl Encode for VerifiedDeviceLog {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.log);
    }
}

#[cfg(test)]
mod tests;
