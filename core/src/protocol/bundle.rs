//! Bundles: all that a stranger needs to begin a session, sealed into one pile entry. PROTOCOL.md §10.1.

use rand_core::CryptoRng;
use tacita_wire::limits::SEALED_ENTRY_BYTES;
use tacita_wire::{Decode, Encode, PileId, Reader, SealedEntry, WireError, Writer};
use zeroize::Zeroizing;

use super::account::DeviceKeys;
use super::descriptor::Descriptor;
use super::error::ProtocolError;
use super::identity::{DeviceLog, VerifiedDeviceLog};
use super::ids::{AccountId, DeviceNumber, Hour};
use super::prekey::{PrekeyKind, SignedPrekey, VerifiedPrekey};
use crate::crypto::aead;
use crate::crypto::labels::Purpose;
use crate::crypto::padding::{pad, unpad};
use crate::crypto::secret::Secret;
use crate::crypto::sign::Signature;

/// Bytes that a bundle is padded to: an entry without nonce (24) and tag (16).
const PADDED_BUNDLE_BYTES: usize = SEALED_ENTRY_BYTES - 40;
const BUNDLE_VERSION: u8 = 1;

/// The prekeys of one bundle. A one-time bundle has a one-time X25519 and a one-time ML-KEM key; a
/// last resort has a last-resort ML-KEM key and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleKeys {
    /// Of [`PrekeyKind::Signed`].
    pub signed: SignedPrekey,
    /// Of [`PrekeyKind::OneTime`], in one-time bundles only.
    pub one_time: Option<SignedPrekey>,
    /// Of [`PrekeyKind::OneTimeKem`] in one-time bundles, of [`PrekeyKind::LastResort`] in last resorts.
    pub kem: SignedPrekey,
    /// Of [`PrekeyKind::Contact`].
    pub contact: SignedPrekey,
}

/// A bundle as it stands in a pile; not to be used before [`Bundle::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    log: DeviceLog,
    device: DeviceNumber,
    keys: BundleKeys,
    descriptor: Descriptor,
    signature: Signature,
}

impl Bundle {
    /// Signs a bundle of this device's prekeys, with the contact mailbox that answers go to.
    ///
    /// # Errors
    /// [`ProtocolError::UnknownDevice`] if the log does not list this device,
    /// [`ProtocolError::WrongPrekey`] for prekeys that do not go together. Nothing is made.
    pub fn build(
        keys: &DeviceKeys,
        log: &VerifiedDeviceLog,
        prekeys: BundleKeys,
        descriptor: Descriptor,
    ) -> Result<Self, ProtocolError> {
        let device = keys.address.device;
        if log.account_id() != keys.address.account {
            return Err(ProtocolError::WrongAccount);
        }
        log.certificate(device)
            .ok_or(ProtocolError::UnknownDevice)?;
        let log = log.as_log().clone();
        let kinds_are_right = prekeys.signed.kind() == PrekeyKind::Signed
            && prekeys.contact.kind() == PrekeyKind::Contact
            && match &prekeys.one_time {
                Some(one_time) => {
                    one_time.kind() == PrekeyKind::OneTime
                        && prekeys.kem.kind() == PrekeyKind::OneTimeKem
                }
                None => prekeys.kem.kind() == PrekeyKind::LastResort,
            };
        if !kinds_are_right {
            return Err(ProtocolError::WrongPrekey);
        }
        let fields = encode_fields(&log, device, &prekeys, &descriptor);
        let body = encode_body(keys.address.account, &fields);
        Ok(Self {
            signature: keys.signing.sign(Purpose::PrekeyBundle, &body),
            log,
            device,
            keys: prekeys,
            descriptor,
        })
    }

    /// Seals the bundle into a pile's entry of 8,192 bytes.
    ///
    /// # Errors
    /// [`ProtocolError::TooLarge`] if the device log is too long for an entry (about 17 changes).
    pub fn seal(
        &self,
        seal_key: &Secret<32>,
        pile: PileId,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<SealedEntry, ProtocolError> {
        let padded = pad(&Zeroizing::new(self.to_bytes()), PADDED_BUNDLE_BYTES)
            .map(Zeroizing::new)
            .map_err(|_| ProtocolError::TooLarge)?;
        Ok(SealedEntry::new(&aead::seal(
            seal_key, &pile.0, &padded, rng,
        ))?)
    }

    /// Opens a pile's entry.
    ///
    /// # Errors
    /// [`ProtocolError::CannotDecrypt`] if it was sealed under another invitation or altered,
    /// [`ProtocolError::Malformed`] if its maker did not follow the protocol. Claim again under a new
    /// nonce, or ask for a new invitation.
    pub fn open(
        entry: &SealedEntry,
        seal_key: &Secret<32>,
        pile: PileId,
    ) -> Result<Self, ProtocolError> {
        let padded = aead::open(seal_key, &pile.0, entry.as_bytes())
            .map_err(|_| ProtocolError::CannotDecrypt)?;
        let length = unpad(&padded).map_err(|_| WireError::Truncated)?;
        let bytes = padded.get(..length).ok_or(WireError::Truncated)?;
        Ok(Self::from_bytes(bytes)?)
    }

    /// Verifies that the bundle is this account's: its log, its device, every prekey, its time, and
    /// that they were put together by that device.
    ///
    /// # Errors
    /// As [`DeviceLog::verify_for`] and [`SignedPrekey::verify`]; [`ProtocolError::UnknownDevice`],
    /// [`ProtocolError::WrongPrekey`] for kinds that do not go together, [`ProtocolError::BadSignature`].
    pub fn verify(self, account: AccountId, now: Hour) -> Result<VerifiedBundle, ProtocolError> {
        let fields = encode_fields(&self.log, self.device, &self.keys, &self.descriptor);
        let log = self.log.verify_for(account)?;
        let signer = log
            .certificate(self.device)
            .ok_or(ProtocolError::UnknownDevice)?;
        signer
            .signing
            .verify_strict(
                Purpose::PrekeyBundle,
                &encode_body(account, &fields),
                &self.signature,
            )
            .map_err(|_| ProtocolError::BadSignature)?;
        let kem_kind = match self.keys.one_time {
            Some(_) => PrekeyKind::OneTimeKem,
            None => PrekeyKind::LastResort,
        };
        Ok(VerifiedBundle {
            device: self.device,
            spk: self.keys.signed.verify(PrekeyKind::Signed, signer, now)?,
            opk: self
                .keys
                .one_time
                .map(|key| key.verify(PrekeyKind::OneTime, signer, now))
                .transpose()?,
            kem: self.keys.kem.verify(kem_kind, signer, now)?,
            contact_key: self.keys.contact.verify(PrekeyKind::Contact, signer, now)?,
            descriptor: self.descriptor,
            log,
        })
    }
}

/// Proof that a bundle is the account's that an invitation names.
#[derive(Clone, Debug)]
pub struct VerifiedBundle {
    /// The inviter's device log.
    pub log: VerifiedDeviceLog,
    /// The inviter's device.
    pub device: DeviceNumber,
    /// Its signed prekey.
    pub spk: VerifiedPrekey,
    /// Its one-time X25519 prekey; none in a last resort.
    pub opk: Option<VerifiedPrekey>,
    /// Its ML-KEM prekey.
    pub kem: VerifiedPrekey,
    /// Its contact key.
    pub contact_key: VerifiedPrekey,
    /// The contact mailbox.
    pub descriptor: Descriptor,
}

impl VerifiedBundle {
    /// Whether it is the one that a pile gives when nothing else is left.
    #[must_use]
    pub fn is_last_resort(&self) -> bool {
        self.opk.is_none()
    }
}

/// Both hold the capability to write into the contact mailbox, and so are erased.
fn encode_fields(
    log: &DeviceLog,
    device: DeviceNumber,
    keys: &BundleKeys,
    descriptor: &Descriptor,
) -> Zeroizing<Vec<u8>> {
    let mut writer = Writer::new();
    writer
        .u8(BUNDLE_VERSION)
        .put(log)
        .put(&device)
        .put(&keys.signed)
        .bool(keys.one_time.is_some());
    if let Some(one_time) = &keys.one_time {
        writer.put(one_time);
    }
    writer.put(&keys.kem).put(&keys.contact).put(descriptor);
    Zeroizing::new(writer.finish())
}

fn encode_body(account: AccountId, fields: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut writer = Writer::new();
    writer.put(&account).raw(fields);
    Zeroizing::new(writer.finish())
}

impl Encode for Bundle {
    fn encode(&self, writer: &mut Writer) {
        writer
            .raw(&encode_fields(
                &self.log,
                self.device,
                &self.keys,
                &self.descriptor,
            ))
            .put(&self.signature);
    }
}

impl Decode for Bundle {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        if reader.u8()? != BUNDLE_VERSION {
            return Err(WireError::UnknownVersion);
        }
        Ok(Self {
            log: DeviceLog::decode(reader)?,
            device: DeviceNumber::decode(reader)?,
            keys: BundleKeys {
                signed: SignedPrekey::decode(reader)?,
                one_time: if reader.bool()? {
                    Some(SignedPrekey::decode(reader)?)
                } else {
                    None
                },
                kem: SignedPrekey::decode(reader)?,
                contact: SignedPrekey::decode(reader)?,
            },
            descriptor: Descriptor::decode(reader)?,
            signature: Signature::decode(reader)?,
        })
    }
}

#[cfg(test)]
mod tests;
