//! Names of accounts, devices, sessions and hours. PROTOCOL.md §1, §8.1.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use tacita_wire::{Decode, Encode, Reader, WireError, Writer, opaque_id};

/// Numbers content in one direction of a device pair, from 1; 0 means unnumbered. PROTOCOL.md §16.
pub type Counter = u64;

opaque_id! {
    /// SHA-256 of an account's public key, 32 bytes; as text 64 lower-case hexadecimal digits.
    AccountId
}
opaque_id! {
    /// Hash of a handshake's transcript, 32 bytes; names the session that came of it. PROTOCOL.md §11.
    TranscriptHash
}
opaque_id! {
    /// Hash by which a responder knows an initial envelope's handshake again, 32 bytes. PROTOCOL.md §12.
    InitialId
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for AccountId {
    type Err = WireError;

    fn from_str(text: &str) -> Result<Self, WireError> {
        let bytes = HEXLOWER
            .decode(text.as_bytes())
            .map_err(|_| WireError::UnknownTag)?;
        Self::from_bytes(&bytes)
    }
}

/// A device's number in its account: from 1, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceNumber(pub u32);

impl DeviceNumber {
    /// The number of an account's first device.
    pub const FIRST: Self = Self(1);
}

impl Encode for DeviceNumber {
    fn encode(&self, writer: &mut Writer) {
        writer.u32(self.0);
    }
}

impl Decode for DeviceNumber {
    /// # Errors
    /// [`WireError::UnknownTag`] for 0, which names no device.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        match reader.u32()? {
            0 => Err(WireError::UnknownTag),
            number => Ok(Self(number)),
        }
    }
}

/// One device of one account: an end of a session. 36 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceAddress {
    /// Whose device it is.
    pub account: AccountId,
    /// Which of that account's devices.
    pub device: DeviceNumber,
}

impl Encode for DeviceAddress {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.account).put(&self.device);
    }
}

impl Decode for DeviceAddress {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            account: AccountId::decode(reader)?,
            device: DeviceNumber::decode(reader)?,
        })
    }
}

/// Names a conversation: the account at its other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(pub AccountId);

/// Names an invitation of ours, 16 random bytes; known to this device only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvitationId(pub [u8; 16]);

impl fmt::Debug for InvitationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationId(redacted)")
    }
}

/// Hours since 1970-01-01T00:00Z. The protocol knows no finer time, except inside sealed texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(pub u32);

impl Hour {
    /// Hours in a day.
    pub const PER_DAY: u32 = 24;
    /// Hours by which two clocks may differ before one of them must be wrong. PROTOCOL.md §10, §22.2.
    pub const CLOCK_TOLERANCE: u32 = 48;

    /// The hour so many hours later, or the last one there is.
    #[must_use]
    pub fn plus(self, hours: u32) -> Self {
        Self(self.0.saturating_add(hours))
    }

    /// The hour so many days later, or the last one there is.
    #[must_use]
    pub fn plus_days(self, days: u32) -> Self {
        self.plus(days.saturating_mul(Self::PER_DAY))
    }

    /// Whether this hour, which somebody has noted as past, lies so far ahead that a clock must have been wrong then.
    #[must_use]
    pub fn is_far_ahead_of(self, now: Self) -> bool {
        self > now.plus(Self::CLOCK_TOLERANCE)
    }

    /// Hours that have passed since `earlier`; 0 if that is not earlier.
    #[must_use]
    pub fn hours_since(self, earlier: Self) -> u32 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Encode for Hour {
    fn encode(&self, writer: &mut Writer) {
        writer.u32(self.0);
    }
}

impl Decode for Hour {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self(reader.u32()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_far_ahead_beyond_the_tolerance_only() {
        assert!(!Hour(10).is_far_ahead_of(Hour(10)));
        assert!(!Hour(58).is_far_ahead_of(Hour(10)));
        assert!(Hour(59).is_far_ahead_of(Hour(10)));
        assert!(!Hour(u32::MAX).is_far_ahead_of(Hour(u32::MAX)));
    }

    #[test]
    fn hours_since_a_later_hour_are_none() {
        assert_eq!(Hour(7).hours_since(Hour(3)), 4);
        assert_eq!(Hour(3).hours_since(Hour(7)), 0);
    }

    #[test]
    fn account_id_survives_text_and_refuses_any_other_form() {
        let id = AccountId([0xa5; 32]);
        let text = id.to_string();
        assert_eq!(text.len(), 64);
        assert_eq!(text.parse(), Ok(id));
        for bad in [
            "",
            "a5",
            &text.to_uppercase(),
            &text[1..],
            &format!("{text}a5"),
        ] {
            assert!(bad.parse::<AccountId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_output_names_nobody() {
        let address = DeviceAddress {
            account: AccountId([0xa5; 32]),
            device: DeviceNumber::FIRST,
        };
        let text = format!("{address:?}");
        assert!(!text.contains("a5") && !text.contains("165"), "{text}");
        let invitation = format!("{:?}", InvitationId([0xa5; 16]));
        assert_eq!(invitation, "InvitationId(redacted)");
    }

    #[test]
    fn a_device_address_has_36_bytes_and_no_device_is_number_0() {
        let address = DeviceAddress {
            account: AccountId([1; 32]),
            device: DeviceNumber(2),
        };
        let mut bytes = address.to_bytes();
        assert_eq!(bytes.len(), 36);
        assert_eq!(bytes[32..], [0, 0, 0, 2]);
        assert_eq!(DeviceAddress::from_bytes(&bytes), Ok(address));
        bytes[35] = 0;
        assert_eq!(
            DeviceAddress::from_bytes(&bytes),
            Err(WireError::UnknownTag)
        );
    }

    #[test]
    fn hours_stop_at_the_ends_of_time() {
        assert_eq!(Hour(u32::MAX).plus_days(30), Hour(u32::MAX));
        assert_eq!(Hour(3).hours_since(Hour(5)), 0);
        assert_eq!(Hour(5).plus_days(2), Hour(53));
    }
}
