//! Device certificates: the account key's word for a device's keys. PROTOCOL.md §8.1.

use tacita_wire::{Decode, Encode, Reader, WireError, Writer};

use super::derive_account_id;
use crate::crypto::dh::DhPublic;
use crate::crypto::labels::Purpose;
use crate::crypto::sign::{Signature, SigningKey, VerifyingKey};
use crate::protocol::ids::{DeviceAddress, DeviceNumber, Hour};

const CERTIFICATE_VERSION: u8 = 1;

/// The account key's word for one device's two keys. 169 bytes.
///
/// Only what a [`VerifiedDeviceLog`](super::VerifiedDeviceLog) hands out has been verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The device and its account.
    pub address: DeviceAddress,
    /// DSK: signs the device's prekeys.
    pub signing: VerifyingKey,
    /// DIK: takes part in handshakes.
    pub dh: DhPublic,
    /// When it was made.
    pub created: Hour,
    pub(super) signature: Signature,
}

impl Certificate {
    /// Certifies a device of the account that `account_key` is.
    #[must_use]
    pub fn sign(
        account_key: &SigningKey,
        device: DeviceNumber,
        signing: VerifyingKey,
        dh: DhPublic,
        created: Hour,
    ) -> Self {
        let account = derive_account_id(&account_key.public());
        let address = DeviceAddress { account, device };
        let body = Self::encode_body(&address, &signing, &dh, created);
        Self {
            address,
            signing,
            dh,
            created,
            signature: account_key.sign(Purpose::DevCert, &body),
        }
    }

    fn encode_body(
        address: &DeviceAddress,
        signing: &VerifyingKey,
        dh: &DhPublic,
        created: Hour,
    ) -> Vec<u8> {
        let mut writer = Writer::new();
        writer
            .u8(CERTIFICATE_VERSION)
            .put(address)
            .put(signing)
            .put(dh)
            .put(&created);
        writer.finish()
    }

    /// What the signature is over.
    pub(super) fn body(&self) -> Vec<u8> {
        Self::encode_body(&self.address, &self.signing, &self.dh, self.created)
    }
}

impl Encode for Certificate {
    fn encode(&self, writer: &mut Writer) {
        writer.raw(&self.body()).put(&self.signature);
    }
}

impl Decode for Certificate {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        if reader.u8()? != CERTIFICATE_VERSION {
            return Err(WireError::UnknownVersion);
        }
        Ok(Self {
            address: DeviceAddress::decode(reader)?,
            signing: VerifyingKey::decode(reader)?,
            dh: DhPublic::decode(reader)?,
            created: Hour::decode(reader)?,
            signature: Signature::decode(reader)?,
        })
    }
}
