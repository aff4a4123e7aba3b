//! Prekeys of ours: both halves, as a device makes and stores them. PROTOCOL.md §10.

use std::fmt;

use rand_core::CryptoRng;
use tacita_wire::{Decode, Encode, Reader, WireError, Writer};
use zeroize::Zeroizing;

use super::{PREKEY_DAYS, PrekeyKind, PublicKey, SignedPrekey};
use crate::crypto::dh::DhSecret;
use crate::crypto::hpke::ContactSecret;
use crate::crypto::kem::{KEM_SECRET_BYTES, KemSecret};
use crate::crypto::secret::Secret;
use crate::protocol::account::DeviceKeys;
use crate::protocol::error::ProtocolError;
use crate::protocol::ids::Hour;

/// The private half of a prekey. Kept 62 days, one-time kinds until they are used.
pub enum PrekeySecret {
    /// Of [`PrekeyKind::Signed`] and [`PrekeyKind::OneTime`].
    Dh(DhSecret),
    /// Of [`PrekeyKind::OneTimeKem`] and [`PrekeyKind::LastResort`].
    Kem(KemSecret),
    /// Of [`PrekeyKind::Contact`].
    Contact(ContactSecret),
}

impl PrekeySecret {
    /// The X25519 secret.
    ///
    /// # Errors
    /// [`ProtocolError::WrongPrekey`] for any other kind.
    pub fn dh(&self) -> Result<&DhSecret, ProtocolError> {
        match self {
            Self::Dh(secret) => Ok(secret),
            Self::Kem(_) | Self::Contact(_) => Err(ProtocolError::WrongPrekey),
        }
    }

    /// The ML-KEM secret.
    ///
    /// # Errors
    /// [`ProtocolError::WrongPrekey`] for any other kind.
    pub fn kem(&self) -> Result<&KemSecret, ProtocolError> {
        match self {
            Self::Kem(secret) => Ok(secret),
            Self::Dh(_) | Self::Contact(_) => Err(ProtocolError::WrongPrekey),
        }
    }

    /// The X-Wing secret.
    ///
    /// # Errors
    /// [`ProtocolError::WrongPrekey`] for any other kind.
    pub fn contact(&self) -> Result<&ContactSecret, ProtocolError> {
        match self {
            Self::Contact(secret) => Ok(secret),
            Self::Dh(_) | Self::Kem(_) => Err(ProtocolError::WrongPrekey),
        }
    }
}

impl fmt::Debug for PrekeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrekeySecret(redacted)")
    }
}

/// A prekey of ours with its private half, as a device stores it.
#[derive(Debug)]
pub struct PrekeyPair {
    /// What others get.
    pub signed: SignedPrekey,
    /// What we keep.
    pub secret: PrekeySecret,
}

impl PrekeyPair {
    /// Joins the halves of a prekey.
    ///
    /// # Errors
    /// [`ProtocolError::WrongPrekey`] if they are not of one key: the store is damaged.
    pub fn new(signed: SignedPrekey, secret: PrekeySecret) -> Result<Self, ProtocolError> {
        if signed.key == secret.public() {
            Ok(Self { signed, secret })
        } else {
            Err(ProtocolError::WrongPrekey)
        }
    }

    /// The stored form (the public half, then the private one), to be sealed before it is written.
    #[must_use]
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        let public = self.signed.to_bytes();
        let mut writer = Writer::with_capacity(public.len() + MAX_SECRET_BYTES);
        writer.raw(&public).put(&self.secret);
        Zeroizing::new(writer.finish())
    }
}

impl PrekeySecret {
    pub(super) fn public(&self) -> PublicKey {
        match self {
            Self::Dh(secret) => PublicKey::Dh(secret.public()),
            Self::Kem(secret) => PublicKey::Kem(secret.public()),
            Self::Contact(secret) => PublicKey::Contact(secret.public()),
        }
    }

    /// The stored form, to be sealed before it is written anywhere.
    #[must_use]
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = Writer::with_capacity(MAX_SECRET_BYTES);
        writer.put(self);
        Zeroizing::new(writer.finish())
    }
}

/// Bytes of the longest stored private half: a tag and an ML-KEM key.
const MAX_SECRET_BYTES: usize = 1 + KEM_SECRET_BYTES;
const TAG_DH: u8 = 1;
const TAG_KEM: u8 = 2;
const TAG_CONTACT: u8 = 3;

impl Encode for PrekeySecret {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Dh(secret) => writer.u8(TAG_DH).raw(secret.expose()),
            Self::Kem(secret) => writer.u8(TAG_KEM).put(secret),
            Self::Contact(secret) => writer.u8(TAG_CONTACT).raw(secret.expose()),
        };
    }
}

impl Decode for PrekeySecret {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(match reader.u8()? {
            TAG_DH => Self::Dh(DhSecret::from_bytes(Secret::from_bytes(reader.array()?))),
            TAG_KEM => Self::Kem(KemSecret::decode(reader)?),
            TAG_CONTACT => Self::Contact(ContactSecret::from_bytes(Secret::from_bytes(
                reader.array()?,
            ))),
            _ => return Err(WireError::UnknownTag),
        })
    }
}

impl Decode for PrekeyPair {
    /// # Errors
    /// Besides the form, [`WireError::UnknownTag`] if the halves are not of one key.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let signed = SignedPrekey::decode(reader)?;
        let secret = PrekeySecret::decode(reader)?;
        Self::new(signed, secret).map_err(|_| WireError::UnknownTag)
    }
}

/// Makes a prekey that is valid from `hour` for 30 days.
#[must_use]
pub fn generate_prekey(
    kind: PrekeyKind,
    id: u32,
    hour: Hour,
    keys: &DeviceKeys,
    rng: &mut (impl CryptoRng + ?Sized),
) -> (SignedPrekey, PrekeySecret) {
    let secret = match kind {
        PrekeyKind::Signed | PrekeyKind::OneTime => PrekeySecret::Dh(DhSecret::generate(rng)),
        PrekeyKind::OneTimeKem | PrekeyKind::LastResort => {
            PrekeySecret::Kem(KemSecret::generate(rng))
        }
        PrekeyKind::Contact => PrekeySecret::Contact(ContactSecret::generate(rng)),
    };
    let until = hour.plus_days(PREKEY_DAYS);
    let signed = SignedPrekey::sign(kind, id, hour, until, secret.public(), keys);
    (signed, secret)
}
