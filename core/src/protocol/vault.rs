//! The account vault: the account key, sealed; opened by the recovery secret. PROTOCOL.md §9.

use std::fmt;

use rand_core::CryptoRng;
use tacita_wire::{Decode, Encode, Reader, WireError, Writer};
use zeroize::{Zeroize, Zeroizing};

use super::error::ProtocolError;
use super::identity::derive_account_id;
use super::ids::AccountId;
use crate::crypto::aead;
use crate::crypto::hash::derive_hash;
use crate::crypto::kdf::derive;
use crate::crypto::labels::{Purpose, lx};
use crate::crypto::secret::Secret;
use crate::crypto::sign::{SigningKey, VerifyingKey};

/// The alphabet of a recovery secret in text: no I, L, O and U, which are misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a recovery secret in text, without dashes.
pub const RECOVERY_CHARS: usize = 52;
const GROUP_CHARS: usize = 4;
const BITS_PER_CHAR: u32 = 5;
/// Bits that detect a mistyped recovery secret; they stand in the last character.
const CHECK_BITS: u32 = 4;

const VAULT_VERSION: u8 = 1;
const KIND_RECOVERY: u8 = 1;
/// Unlockers that a vault has at most.
pub const MAX_WRAPS: usize = 8;
/// Nonce 24, key 32, tag 16.
const SEALED_KEY_BYTES: usize = 72;

/// RS: 32 random bytes that the user writes down and no relay ever sees.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoverySecret(Secret<32>);

impl RecoverySecret {
    /// Draws a new one.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self(Secret::generate(rng))
    }

    /// The text to write down: 52 characters in groups of four, `-` between.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(
            RECOVERY_CHARS + RECOVERY_CHARS / GROUP_CHARS,
        ));
        let mut bits = 0_u32;
        let mut held = 0_u32;
        let mut written = 0_usize;
        for byte in self.0.expose().iter().chain([&self.derive_check()]) {
            bits = (bits << 8) | u32::from(*byte);
            held += 8;
            while held >= BITS_PER_CHAR {
                held -= BITS_PER_CHAR;
                if written > 0 && written.is_multiple_of(GROUP_CHARS) {
                    text.push('-');
                }
                let symbol = usize::try_from((bits >> held) & 31).unwrap_or_default();
                text.push(char::from(
                    ALPHABET.get(symbol).copied().unwrap_or_default(),
                ));
                written += 1;
            }
        }
        bits.zeroize();
        text
    }

    /// Reads the text; case, white space and dashes are passed over, O is 0, I and L are 1.
    ///
    /// # Errors
    /// [`ProtocolError::MistypedRecoverySecret`] for a foreign character, a wrong length or wrong check
    /// bits (one slip in sixteen passes them, and then does not open the vault).
    pub fn parse(text: &str) -> Result<Self, ProtocolError> {
        const MISTYPED: ProtocolError = ProtocolError::MistypedRecoverySecret;
        let mut bytes = Zeroizing::new([0_u8; 32]);
        let mut places = bytes.iter_mut();
        let mut bits = 0_u32;
        let mut held = 0_u32;
        let mut chars = 0_usize;
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let symbol = symbol_of(c).ok_or(MISTYPED)?;
            chars += 1;
            if chars > RECOVERY_CHARS {
                return Err(MISTYPED);
            }
            bits = (bits << BITS_PER_CHAR) | symbol;
            held += BITS_PER_CHAR;
            if held >= 8 {
                held -= 8;
                // The mask keeps one byte, so the conversion cannot fail.
                let byte = u8::try_from((bits >> held) & 0xff).map_err(|_| MISTYPED)?;
                *places.next().ok_or(MISTYPED)? = byte;
            }
        }
        let secret = Self(Secret::from_bytes(*bytes));
        let check = bits & ((1 << CHECK_BITS) - 1);
        bits.zeroize();
        if chars == RECOVERY_CHARS && check == u32::from(secret.derive_check() >> CHECK_BITS) {
            Ok(secret)
        } else {
            Err(MISTYPED)
        }
    }

    /// The check bits, as the upper half of a byte.
    fn derive_check(&self) -> u8 {
        let [first, ..] = derive_hash(Purpose::VaultRsCheck, &[self.0.expose()]);
        first & 0xf0
    }

    fn derive_wrapping_key(&self, account: AccountId) -> Secret<32> {
        derive(self.0.expose(), &account.0, Purpose::VaultRs, &[])
    }
}

impl fmt::Debug for RecoverySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoverySecret(redacted)")
    }
}

fn symbol_of(c: char) -> Option<u32> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    let position = ALPHABET.iter().position(|&a| char::from(a) == c)?;
    u32::try_from(position).ok()
}

/// The vault key, sealed for one unlocker. 73 bytes.
#[derive(Clone, PartialEq, Eq)]
struct Wrap {
    kind: u8,
    sealed: Vec<u8>,
}

/// An account's key, sealed under a vault key that is wrapped for each unlocker. 106 bytes and 73 for
/// each wrap. Safe to hand to a relay or a backup.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountVault {
    account_key: VerifyingKey,
    sealed_seed: Vec<u8>,
    wraps: Vec<Wrap>,
}

impl AccountVault {
    /// Seals an account key under a fresh vault key that the recovery secret unlocks.
    #[must_use]
    pub fn seal(
        account_key: &SigningKey,
        recovery: &RecoverySecret,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Self {
        let public = account_key.public();
        let account = derive_account_id(&public);
        let vault_key = Secret::<32>::generate(rng);
        let wrap = aead::seal(
            &recovery.derive_wrapping_key(account),
            &wrap_context(KIND_RECOVERY, account),
            vault_key.expose(),
            rng,
        );
        Self {
            account_key: public,
            sealed_seed: aead::seal(
                &vault_key,
                &lx(Purpose::VaultAik, &account.0, 0),
                account_key.seed().expose(),
                rng,
            ),
            wraps: vec![Wrap {
                kind: KIND_RECOVERY,
                sealed: wrap,
            }],
        }
    }

    /// Opens the account key; drop it as soon as the entry it is needed for is signed.
    ///
    /// # Errors
    /// [`ProtocolError::CannotDecrypt`] for another secret or an altered vault: ask for the secret again.
    pub fn open(&self, recovery: &RecoverySecret) -> Result<SigningKey, ProtocolError> {
        let account = derive_account_id(&self.account_key);
        let wrapping_key = recovery.derive_wrapping_key(account);
        let vault_key = self
            .wraps
            .iter()
            .filter(|wrap| wrap.kind == KIND_RECOVERY)
            .find_map(|wrap| {
                let context = wrap_context(wrap.kind, account);
                open_key(&wrapping_key, &context, &wrap.sealed).ok()
            })
            .ok_or(ProtocolError::CannotDecrypt)?;
        let context = lx(Purpose::VaultAik, &account.0, 0);
        let seed = open_key(&vault_key, &context, &self.sealed_seed)?;
        let account_key = SigningKey::from_seed(seed);
        if account_key.public() == self.account_key {
            Ok(account_key)
        } else {
            Err(ProtocolError::CannotDecrypt)
        }
    }

    /// Whose account it is.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        derive_account_id(&self.account_key)
    }
}

impl fmt::Debug for AccountVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountVault")
    }
}

fn wrap_context(kind: u8, account: AccountId) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.u8(kind).put(&account);
    writer.finish()
}

fn open_key(key: &Secret<32>, context: &[u8], sealed: &[u8]) -> Result<Secret<32>, ProtocolError> {
    let opened = aead::open(key, context, sealed).map_err(|_| ProtocolError::CannotDecrypt)?;
    let bytes: &[u8; 32] = opened
        .as_slice()
        .try_into()
        .map_err(|_| ProtocolError::CannotDecrypt)?;
    Ok(Secret::from_bytes(*bytes))
}

impl Encode for AccountVault {
    fn encode(&self, writer: &mut Writer) {
        writer
            .u8(VAULT_VERSION)
            .put(&self.account_key)
            .raw(&self.sealed_seed)
            .u8(u8::try_from(self.wraps.len()).unwrap_or(u8::MAX));
        for wrap in &self.wraps {
            writer.u8(wrap.kind).raw(&wrap.sealed);
        }
    }
}

impl Decode for AccountVault {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        if reader.u8()? != VAULT_VERSION {
            return Err(WireError::UnknownVersion);
        }
        let account_key = VerifyingKey::decode(reader)?;
        let sealed_seed = reader.take(SEALED_KEY_BYTES)?.to_vec();
        let count = usize::from(reader.u8()?);
        if count == 0 || count > MAX_WRAPS {
            return Err(WireError::TooLong);
        }
        let wraps = (0..count)
            .map(|_| {
                let kind = reader.u8()?;
                if kind != KIND_RECOVERY {
                    return Err(WireError::UnknownTag);
                }
                let sealed = reader.take(SEALED_KEY_BYTES)?.to_vec();
                Ok(Wrap { kind, sealed })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            account_key,
            sealed_seed,
            wraps,
        })
    }
}

#[cfg(test)]
mod tests;
