//! Making an account: its key, its first device, its vault. PROTOCOL.md §8, §9.

use std::fmt;

use rand_core::CryptoRng;
use tacita_wire::{Decode, Encode, Reader, WireError, Writer};
use zeroize::Zeroizing;

use super::identity::VerifiedDeviceLog;
use super::ids::{AccountId, DeviceAddress, DeviceNumber, Hour};
use super::vault::{AccountVault, RecoverySecret};
use crate::crypto::dh::DhSecret;
use crate::crypto::secret::Secret;
use crate::crypto::sign::SigningKey;

/// The private keys of one device. They never leave it.
pub struct DeviceKeys {
    /// Which device it is.
    pub address: DeviceAddress,
    /// DSK: signs prekeys.
    pub signing: SigningKey,
    /// DIK: takes part in handshakes.
    pub dh: DhSecret,
}

impl DeviceKeys {
    /// Bytes of the stored form.
    pub const STORED_BYTES: usize = 100;

    /// The stored form, to be sealed before it is written anywhere.
    #[must_use]
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = Writer::with_capacity(Self::STORED_BYTES);
        self.encode(&mut writer);
        Zeroizing::new(writer.finish())
    }
}

impl fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKeys(redacted)")
    }
}

impl Encode for DeviceKeys {
    fn encode(&self, writer: &mut Writer) {
        writer
            .put(&self.address)
            .raw(self.signing.seed().expose())
            .raw(self.dh.expose());
    }
}

impl Decode for DeviceKeys {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            address: DeviceAddress::decode(reader)?,
            signing: SigningKey::from_seed(Secret::from_bytes(reader.array()?)),
            dh: DhSecret::from_bytes(Secret::from_bytes(reader.array()?)),
        })
    }
}

/// All that a new account begins with.
#[derive(Debug)]
pub struct NewAccount {
    /// Its id.
    pub account: AccountId,
    /// Its device log, with the first device.
    pub log: VerifiedDeviceLog,
    /// Its key, sealed.
    pub vault: AccountVault,
    /// What opens the vault: to be shown to the user once.
    pub recovery: RecoverySecret,
    /// The private keys of the first device.
    pub device: DeviceKeys,
}

/// Makes an account with one device. The account key is erased before this returns; from here on it
/// is in the vault alone.
#[must_use]
pub fn generate_account(hour: Hour, rng: &mut (impl CryptoRng + ?Sized)) -> NewAccount {
    let account_key = SigningKey::generate(rng);
    let signing = SigningKey::generate(rng);
    let dh = DhSecret::generate(rng);
    let recovery = RecoverySecret::generate(rng);
    let log = VerifiedDeviceLog::sign_first(&account_key, signing.public(), dh.public(), hour);
    let vault = AccountVault::seal(&account_key, &recovery, rng);
    let account = log.account_id();
    NewAccount {
        account,
        log,
        vault,
        recovery,
        device: DeviceKeys {
            address: DeviceAddress {
                account,
                device: DeviceNumber::FIRST,
            },
            signing,
            dh,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::test_people::rng;

    #[test]
    fn a_new_account_has_one_certified_device_and_a_vault_that_opens() {
        let new = generate_account(Hour(100), &mut rng(1));
        let certificate = new.log.certificate(DeviceNumber::FIRST).unwrap();
        assert_eq!(new.log.devices().count(), 1);
        assert_eq!(certificate.address, new.device.address);
        assert_eq!(certificate.signing, new.device.signing.public());
        assert_eq!(certificate.dh, new.device.dh.public());
        let account_key = new.vault.open(&new.recovery).unwrap();
        assert_eq!(account_key.public(), *new.log.account_key());
        let sent = new.log.as_log().clone();
        assert_eq!(sent.verify_for(new.account), Ok(new.log));
    }

    #[test]
    fn device_keys_survive_their_stored_form_and_show_nothing() {
        let keys = generate_account(Hour(100), &mut rng(1)).device;
        let bytes = keys.to_secret_bytes();
        assert_eq!(bytes.len(), DeviceKeys::STORED_BYTES);
        let back = DeviceKeys::from_bytes(&bytes).unwrap();
        assert_eq!(back.address, keys.address);
        assert_eq!(back.signing.public(), keys.signing.public());
        assert_eq!(back.dh.public(), keys.dh.public());
        assert_eq!(format!("{keys:?}"), "DeviceKeys(redacted)");
        for length in 0..bytes.len() {
            assert!(DeviceKeys::from_bytes(&bytes[..length]).is_err());
        }
    }
}
