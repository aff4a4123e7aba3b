//! Prekeys: keys signed by a device in advance, so that others can begin without it. PROTOCOL.md §10.

use tacita_wire::{Decode, Encode, Reader, WireError, Writer};

use super::account::DeviceKeys;
use super::error::ProtocolError;
use super::identity::Certificate;
use super::ids::{DeviceAddress, Hour};
use crate::crypto::dh::DhPublic;
use crate::crypto::hpke::ContactPublic;
use crate::crypto::kem::KemPublic;
use crate::crypto::labels::Purpose;
use crate::crypto::sign::Signature;

mod pair;

pub use pair::{PrekeyPair, PrekeySecret, generate_prekey};

/// Days that a prekey is valid.
pub const PREKEY_DAYS: u32 = 30;
/// Days after which a device makes new prekeys.
pub const PREKEY_RENEWAL_DAYS: u32 = 7;
/// Days that the private half of a prekey is kept.
pub const PREKEY_SECRET_DAYS: u32 = 62;

/// What a prekey is for. Each kind is signed under a purpose of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrekeyKind {
    /// X25519, used by everybody who starts in its week.
    Signed,
    /// X25519, used once.
    OneTime,
    /// ML-KEM-768, used once.
    OneTimeKem,
    /// ML-KEM-768, used when no one-time key is left.
    LastResort,
    /// X-Wing, to which initial envelopes are sealed.
    Contact,
}

impl PrekeyKind {
    const fn code(self) -> u8 {
        match self {
            Self::Signed => 1,
            Self::OneTime => 2,
            Self::OneTimeKem => 3,
            Self::LastResort => 4,
            Self::Contact => 5,
        }
    }

    const fn purpose(self) -> Purpose {
        match self {
            Self::Signed => Purpose::PrekeySpk,
            Self::OneTime => Purpose::PrekeyOpk,
            Self::OneTimeKem => Purpose::PrekeyPq,
            Self::LastResort => Purpose::PrekeyLr,
            Self::Contact => Purpose::PrekeyContact,
        }
    }
}

impl Encode for PrekeyKind {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(self.code());
    }
}

impl Decode for PrekeyKind {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        match reader.u8()? {
            1 => Ok(Self::Signed),
            2 => Ok(Self::OneTime),
            3 => Ok(Self::OneTimeKem),
            4 => Ok(Self::LastResort),
            5 => Ok(Self::Contact),
            _ => Err(WireError::UnknownTag),
        }
    }
}

/// The public half of a prekey: 32 bytes (X25519), 1,184 (ML-KEM-768) or 1,216 (X-Wing).
#[derive(Clone, Debug, PartialEq, Eq)]
enum PublicKey {
    Dh(DhPublic),
    Kem(KemPublic),
    Contact(ContactPublic),
}

impl PublicKey {
    fn decode(kind: PrekeyKind, reader: &mut Reader<'_>) -> Result<Self, WireError> {
        match kind {
            PrekeyKind::Signed | PrekeyKind::OneTime => DhPublic::decode(reader).map(Self::Dh),
            PrekeyKind::OneTimeKem | PrekeyKind::LastResort => {
                KemPublic::decode(reader).map(Self::Kem)
            }
            PrekeyKind::Contact => ContactPublic::decode(reader).map(Self::Contact),
        }
    }
}

impl Encode for PublicKey {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Dh(key) => writer.put(key),
            Self::Kem(key) => writer.put(key),
            Self::Contact(key) => writer.put(key),
        };
    }
}

/// A prekey as it is sent: 77 bytes and the key. Not to be used before [`SignedPrekey::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPrekey {
    kind: PrekeyKind,
    id: u32,
    not_before: Hour,
    not_after: Hour,
    key: PublicKey,
    signature: Signature,
}

impl SignedPrekey {
    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> PrekeyKind {
        self.kind
    }

    /// Its number among its device's prekeys.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The first hour of its time.
    #[must_use]
    pub fn not_before(&self) -> Hour {
        self.not_before
    }

    /// The last hour of its time.
    #[must_use]
    pub fn not_after(&self) -> Hour {
        self.not_after
    }

    /// Verifies that the certified device signed this prekey, for this use, for this time.
    ///
    /// # Errors
    /// [`ProtocolError::WrongPrekey`] for another kind or a time longer than 30 days,
    /// [`ProtocolError::BadSignature`]; [`ProtocolError::CheckYourClock`] and
    /// [`ProtocolError::Expired`] beyond 48 hours of tolerance.
    pub fn verify(
        self,
        kind: PrekeyKind,
        signer: &Certificate,
        now: Hour,
    ) -> Result<VerifiedPrekey, ProtocolError> {
        if self.kind != kind {
            return Err(ProtocolError::WrongPrekey);
        }
        signer
            .signing
            .verify_strict(kind.purpose(), &self.body(&signer.address), &self.signature)
            .map_err(|_| ProtocolError::BadSignature)?;
        if self.not_after < self.not_before
            || self.not_after > self.not_before.plus_days(PREKEY_DAYS)
        {
            return Err(ProtocolError::WrongPrekey);
        }
        let verified = VerifiedPrekey(self);
        verified.verify_time(now)?;
        Ok(verified)
    }

    fn sign(
        kind: PrekeyKind,
        id: u32,
        not_before: Hour,
        not_after: Hour,
        key: PublicKey,
        keys: &DeviceKeys,
    ) -> Self {
        let body = Self::encode_body(kind, id, not_before, not_after, &keys.address, &key);
        Self {
            kind,
            id,
            not_before,
            not_after,
            key,
            signature: keys.signing.sign(kind.purpose(), &body),
        }
    }

    fn encode_body(
        kind: PrekeyKind,
        id: u32,
        not_before: Hour,
        not_after: Hour,
        address: &DeviceAddress,
        key: &PublicKey,
    ) -> Vec<u8> {
        let mut writer = Writer::new();
        writer
            .put(&kind)
            .u32(id)
            .put(&not_before)
            .put(&not_after)
            .put(address)
            .put(key);
        writer.finish()
    }

    fn body(&self, address: &DeviceAddress) -> Vec<u8> {
        Self::encode_body(
            self.kind,
            self.id,
            self.not_before,
            self.not_after,
            address,
            &self.key,
        )
    }
}

impl Encode for SignedPrekey {
    fn encode(&self, writer: &mut Writer) {
        writer
            .put(&self.kind)
            .u32(self.id)
            .put(&self.not_before)
            .put(&self.not_after)
            .put(&self.key)
            .put(&self.signature);
    }
}

impl Decode for SignedPrekey {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let kind = PrekeyKind::decode(reader)?;
        Ok(Self {
            kind,
            id: reader.u32()?,
            not_before: Hour::decode(reader)?,
            not_after: Hour::decode(reader)?,
            key: PublicKey::decode(kind, reader)?,
            signature: Signature::decode(reader)?,
        })
    }
}

/// Proof that a prekey is its device's, for this use and in its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedPrekey(SignedPrekey);

impl VerifiedPrekey {
    /// The prekey as it was sent.
    #[must_use]
    pub fn signed(&self) -> &SignedPrekey {
        &self.0
    }

    /// Checks that it is still, or again, the prekey's time; as [`SignedPrekey::verify`] did.
    ///
    /// # Errors
    /// [`ProtocolError::CheckYourClock`] and [`ProtocolError::Expired`] beyond 48 hours of tolerance.
    pub fn verify_time(&self, now: Hour) -> Result<(), ProtocolError> {
        if now.plus(Hour::CLOCK_TOLERANCE) < self.0.not_before {
            return Err(ProtocolError::CheckYourClock);
        }
        if now > self.0.not_after.plus(Hour::CLOCK_TOLERANCE) {
            return Err(ProtocolError::Expired);
        }
        Ok(())
    }

    /// The X25519 key of [`PrekeyKind::Signed`] and [`PrekeyKind::OneTime`].
    ///
    /// # Errors
    /// [`ProtocolError::WrongPrekey`] for any other kind.
    pub fn dh(&self) -> Result<&DhPublic, ProtocolError> {
        match &self.0.key {
            PublicKey::Dh(key) => Ok(key),
            PublicKey::Kem(_) | PublicKey::Contact(_) => Err(ProtocolError::WrongPrekey),
        }
    }

    /// The ML-KEM key of [`PrekeyKind::OneTimeKem`] and [`PrekeyKind::LastResort`].
    ///
    /// # Errors
    /// [`ProtocolError::WrongPrekey`] for any other kind.
    pub fn kem(&self) -> Result<&KemPublic, ProtocolError> {
        match &self.0.key {
            PublicKey::Kem(key) => Ok(key),
            PublicKey::Dh(_) | PublicKey::Contact(_) => Err(ProtocolError::WrongPrekey),
        }
    }

    /// The X-Wing key of [`PrekeyKind::Contact`].
    ///
    /// # Errors
    /// [`ProtocolError::WrongPrekey`] for any other kind.
    pub fn contact(&self) -> Result<&ContactPublic, ProtocolError> {
        match &self.0.key {
            PublicKey::Contact(key) => Ok(key),
            PublicKey::Dh(_) | PublicKey::Kem(_) => Err(ProtocolError::WrongPrekey),
        }
    }
}

#[cfg(test)]
mod tests;
