//! Reconnect records: what lets a contact begin a new session without a directory. PROTOCOL.md §19.

use tacita_wire::{Decode, Encode, Reader, WireError, Writer};

use super::account::DeviceKeys;
use super::error::ProtocolError;
use super::identity::{DeviceLog, VerifiedDeviceLog};
use super::ids::{AccountId, DeviceNumber, Hour};
use super::prekey::{PrekeyKind, SignedPrekey, VerifiedPrekey};

/// Days for which a record may be used when it has run out.
const USE_AFTER_DAYS: u32 = 30;

/// A record as it is sent, inside sealed content only; not to be used before
/// [`ReconnectRecord::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReconnectRecord {
    log: DeviceLog,
    device: DeviceNumber,
    spk: SignedPrekey,
    kem: SignedPrekey,
    contact: SignedPrekey,
}

impl ReconnectRecord {
    /// Puts a record together from this device's prekeys.
    ///
    /// # Errors
    /// [`ProtocolError::WrongAccount`] or [`ProtocolError::UnknownDevice`] if the log does not list this
    /// device, [`ProtocolError::WrongPrekey`] for other kinds than signed, last resort and contact.
    pub fn build(
        keys: &DeviceKeys,
        log: &VerifiedDeviceLog,
        spk: SignedPrekey,
        kem: SignedPrekey,
        contact: SignedPrekey,
    ) -> Result<Self, ProtocolError> {
        if log.account_id() != keys.address.account {
            return Err(ProtocolError::WrongAccount);
        }
        let device = keys.address.device;
        log.certificate(device)
            .ok_or(ProtocolError::UnknownDevice)?;
        if spk.kind() != PrekeyKind::Signed
            || kem.kind() != PrekeyKind::LastResort
            || contact.kind() != PrekeyKind::Contact
        {
            return Err(ProtocolError::WrongPrekey);
        }
        Ok(Self {
            log: log.as_log().clone(),
            device,
            spk,
            kem,
            contact,
        })
    }

    /// The hour by which a session may be begun with it: `now`, or when it was last in its time if that is at most 30 days ago. Its
    /// device keeps the private halves for 62 days (PROTOCOL.md §22.2), and a session is begun anew where nothing else is left.
    #[must_use]
    pub fn hour_of_use(&self, now: Hour) -> Hour {
        let ends = [&self.spk, &self.kem, &self.contact].map(SignedPrekey::not_after);
        let last = ends.into_iter().min().unwrap_or(now);
        match now.hours_since(last) <= USE_AFTER_DAYS.saturating_mul(Hour::PER_DAY) {
            true => now.min(last),
            false => now,
        }
    }

    /// Verifies that the record is this account's and in its time. The caller also checks the log
    /// against the known one ([`VerifiedDeviceLog::verify_extends`]).
    ///
    /// # Errors
    /// As [`DeviceLog::verify_for`] and [`SignedPrekey::verify`]; [`ProtocolError::UnknownDevice`].
    pub fn verify(self, account: AccountId, now: Hour) -> Result<VerifiedReconnect, ProtocolError> {
        let log = self.log.verify_for(account)?;
        let signer = log
            .certificate(self.device)
            .ok_or(ProtocolError::UnknownDevice)?;
        Ok(VerifiedReconnect {
            device: self.device,
            spk: self.spk.verify(PrekeyKind::Signed, signer, now)?,
            kem: self.kem.verify(PrekeyKind::LastResort, signer, now)?,
            contact_key: self.contact.verify(PrekeyKind::Contact, signer, now)?,
            log,
        })
    }
}

/// Proof that a reconnect record is its account's.
#[derive(Clone, Debug)]
pub struct VerifiedReconnect {
    /// The contact's device log.
    pub log: VerifiedDeviceLog,
    /// The contact's device.
    pub device: DeviceNumber,
    /// Its signed prekey.
    pub spk: VerifiedPrekey,
    /// Its last-resort ML-KEM prekey.
    pub kem: VerifiedPrekey,
    /// Its contact key.
    pub contact_key: VerifiedPrekey,
}

impl Encode for ReconnectRecord {
    fn encode(&self, writer: &mut Writer) {
        writer
            .put(&self.log)
            .put(&self.device)
            .put(&self.spk)
            .put(&self.kem)
            .put(&self.contact);
    }
}

impl Decode for ReconnectRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            log: DeviceLog::decode(reader)?,
            device: DeviceNumber::decode(reader)?,
            spk: SignedPrekey::decode(reader)?,
            kem: SignedPrekey::decode(reader)?,
            contact: SignedPrekey::decode(reader)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::test_people::{NOW, Person};

    #[test]
    fn a_record_stands_as_the_protocol_says_and_verifies() {
        let bob = Person::new(1);
        let record = bob.reconnect_record();
        let bytes = record.to_bytes();
        assert_eq!(bytes.len(), 308 + 4 + 109 + 1261 + 1293);
        assert_eq!(ReconnectRecord::from_bytes(&bytes), Ok(record.clone()));
        let verified = record.verify(bob.account(), NOW).unwrap();
        assert_eq!(verified.log, bob.log);
        assert_eq!(verified.spk.signed(), &bob.spk.signed);
        assert_eq!(verified.kem.signed(), &bob.last_resort.signed);
        assert_eq!(verified.contact_key.signed(), &bob.contact.signed);
    }

    #[test]
    fn a_record_is_built_of_each_kind_in_its_place_alone() {
        let bob = Person::new(1);
        let [spk, kem, contact] = [&bob.spk, &bob.last_resort, &bob.contact];
        for (spk, kem, contact) in [(kem, kem, contact), (spk, spk, contact), (spk, kem, spk)] {
            let [spk, kem, contact] = [spk, kem, contact].map(|pair| pair.signed.clone());
            let built = ReconnectRecord::build(&bob.keys, &bob.log, spk, kem, contact);
            assert_eq!(built.unwrap_err(), ProtocolError::WrongPrekey);
        }
    }

    #[test]
    fn a_record_is_refused_when_cut_at_any_length() {
        let bytes = Person::new(1).reconnect_record().to_bytes();
        for length in 0..bytes.len() {
            assert!(ReconnectRecord::from_bytes(&bytes[..length]).is_err());
        }
    }

    #[test]
    fn a_record_altered_in_any_byte_is_refused() {
        let bob = Person::new(1);
        let bytes = bob.reconnect_record().to_bytes();
        // Every byte of the log and of each prekey's fields, and a sample of the long keys.
        let places = (0..bytes.len()).filter(|at| *at < 460 || at % 17 == 0);
        for at in places {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            let refused = ReconnectRecord::from_bytes(&altered)
                .map_err(ProtocolError::from)
                .and_then(|record| record.verify(bob.account(), NOW));
            assert!(refused.is_err(), "{at}");
        }
    }

    #[test]
    fn a_record_of_another_account_or_with_a_one_time_key_is_refused() {
        let (bob, mallory) = (Person::new(1), Person::new(2));
        let record = mallory.reconnect_record();
        assert_eq!(
            record.verify(bob.account(), NOW).unwrap_err(),
            ProtocolError::WrongAccount
        );
        let with_one_time = ReconnectRecord {
            kem: bob.one_time_kem.signed.clone(),
            ..bob.reconnect_record()
        };
        assert_eq!(
            with_one_time.verify(bob.account(), NOW).unwrap_err(),
            ProtocolError::WrongPrekey
        );
    }
}
