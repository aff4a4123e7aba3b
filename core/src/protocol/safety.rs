//! Safety numbers: how two people see that they have each other's account, and nobody between. PROTOCOL.md §20.

use std::fmt;

use subtle::ConstantTimeEq;
use tacita_wire::{Decode, Encode, LinkKind, Reader, WireError, Writer};

use super::error::ProtocolError;
use super::ids::AccountId;
use crate::crypto::hash::{derive_hash, sha256};
use crate::crypto::labels::Purpose;
use crate::crypto::sign::VerifyingKey;

/// Digits of a whole safety number.
pub const SAFETY_DIGITS: usize = 60;
/// Rounds of hashing after the first: each makes the search for a look-alike key dearer.
const ROUNDS: u32 = 5_200;
/// Bytes of the fingerprint that become five digits.
const BYTES_PER_GROUP: usize = 5;
const GROUPS: usize = 6;
const FINGERPRINT_VERSION: u16 = 1;
const SCAN_VERSION: u8 = 1;

/// The number of a pair of accounts, the same on both sides.
#[derive(Clone, PartialEq, Eq)]
pub struct SafetyNumber {
    /// 60 digits, to be read aloud.
    pub digits: String,
    /// A link of kind `verify`, to be shown as a QR code. Differs by side.
    pub qr: String,
}

impl fmt::Debug for SafetyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It names two people who know each other.
        f.write_str("SafetyNumber(redacted)")
    }
}

/// Proof that the contact's device showed the same two accounts as ours knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedScan {
    /// The account that may be marked as verified.
    pub account: AccountId,
}

/// What one account looks like in a safety number.
#[derive(Clone, Copy)]
struct Fingerprint {
    account: AccountId,
    hash: [u8; 32],
}

impl Fingerprint {
    fn derive((key, account): (&VerifyingKey, &AccountId)) -> Self {
        let key = key.as_bytes();
        let version = FINGERPRINT_VERSION.to_be_bytes();
        let mut hash = derive_hash(Purpose::Safety, &[&version, key, &account.0]);
        for _ in 0..ROUNDS {
            hash = sha256(&[&hash, key]);
        }
        Self {
            account: *account,
            hash,
        }
    }

    fn to_digits(self) -> String {
        self.hash
            .chunks_exact(BYTES_PER_GROUP)
            .take(GROUPS)
            .map(|chunk| {
                let number = chunk.iter().fold(0_u64, |n, b| (n << 8) | u64::from(*b));
                format!("{:05}", number % 100_000)
            })
            .collect()
    }

    fn equals(&self, other: &Self) -> subtle::Choice {
        self.account.0.ct_eq(&other.account.0) & self.hash.ct_eq(&other.hash)
    }
}

impl Encode for Fingerprint {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.account).raw(&self.hash);
    }
}

impl Decode for Fingerprint {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            account: AccountId::decode(reader)?,
            hash: reader.array()?,
        })
    }
}

/// What a QR code says: 129 bytes.
struct Scan {
    /// The account of the device that shows it.
    shown_by: Fingerprint,
    /// The account that it means to talk to.
    meant_for: Fingerprint,
}

impl Encode for Scan {
    fn encode(&self, writer: &mut Writer) {
        writer
            .u8(SCAN_VERSION)
            .put(&self.shown_by)
            .put(&self.meant_for);
    }
}

impl Decode for Scan {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        if reader.u8()? != SCAN_VERSION {
            return Err(WireError::UnknownVersion);
        }
        Ok(Self {
            shown_by: Fingerprint::decode(reader)?,
            meant_for: Fingerprint::decode(reader)?,
        })
    }
}

/// The safety number of our account and a contact's, each given as account key and id. Takes some
/// milliseconds.
#[must_use]
pub fn safety_number(
    ours: (&VerifyingKey, &AccountId),
    theirs: (&VerifyingKey, &AccountId),
) -> SafetyNumber {
    let scan = Scan {
        shown_by: Fingerprint::derive(ours),
        meant_for: Fingerprint::derive(theirs),
    };
    let (first, second) = if scan.shown_by.account <= scan.meant_for.account {
        (scan.shown_by, scan.meant_for)
    } else {
        (scan.meant_for, scan.shown_by)
    };
    SafetyNumber {
        digits: first.to_digits() + &second.to_digits(),
        qr: LinkKind::Verification.to_text(&scan.to_bytes()),
    }
}

/// Compares a scanned QR code with what we know, crosswise and in constant time.
///
/// # Errors
/// [`ProtocolError::Malformed`] if it is no such code or was cut: scan again.
/// [`ProtocolError::SafetyNumberMismatch`] if it shows or is meant for another account or key: warn the
/// user, and do not mark as verified.
pub fn verify_scan(
    ours: (&VerifyingKey, &AccountId),
    theirs: (&VerifyingKey, &AccountId),
    scanned: &str,
) -> Result<VerifiedScan, ProtocolError> {
    let scan = Scan::from_bytes(&LinkKind::Verification.parse_text(scanned)?)?;
    let shown = scan.shown_by.equals(&Fingerprint::derive(theirs));
    let meant = scan.meant_for.equals(&Fingerprint::derive(ours));
    if (shown & meant).into() {
        Ok(VerifiedScan { account: *theirs.1 })
    } else {
        Err(ProtocolError::SafetyNumberMismatch)
    }
}

/// Whether a code was made by a device of this account, whomever it means to talk to.
#[must_use]
pub fn is_shown_by(account: (&VerifyingKey, &AccountId), scanned: &str) -> bool {
    let scan = LinkKind::Verification
        .parse_text(scanned)
        .and_then(|bytes| Scan::from_bytes(&bytes));
    scan.is_ok_and(|scan| scan.shown_by.equals(&Fingerprint::derive(account)).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::test_people::Person;

    fn pair() -> (Person, Person) {
        (Person::new(1), Person::new(2))
    }

    #[test]
    fn both_sides_read_the_same_sixty_digits() {
        let (alice, bob) = pair();
        let at_alice = safety_number(alice.public(), bob.public());
        let at_bob = safety_number(bob.public(), alice.public());
        assert_eq!(at_alice.digits, at_bob.digits);
        assert_eq!(at_alice.digits.len(), SAFETY_DIGITS);
        assert!(at_alice.digits.bytes().all(|b| b.is_ascii_digit()));
        assert_ne!(at_alice.qr, at_bob.qr);
    }

    #[test]
    fn debug_output_names_nobody() {
        let (alice, bob) = pair();
        let number = safety_number(alice.public(), bob.public());
        assert_eq!(format!("{number:?}"), "SafetyNumber(redacted)");
    }

    #[test]
    fn the_smaller_account_id_stands_first_and_each_half_is_one_account_s() {
        let (alice, bob) = pair();
        let carol = Person::new(3);
        let digits = safety_number(alice.public(), bob.public()).digits;
        let with_carol = safety_number(alice.public(), carol.public()).digits;
        let half = Fingerprint::derive(alice.public()).to_digits();
        assert_eq!(half.len(), 30);
        let expect = |digits: &str, alice_first: bool| {
            assert_eq!(digits.starts_with(&half), alice_first);
            assert_eq!(digits.ends_with(&half), !alice_first);
        };
        expect(&digits, alice.account() < bob.account());
        expect(&with_carol, alice.account() < carol.account());
    }

    #[test]
    fn a_fingerprint_is_computed_as_the_protocol_says() {
        let key = Person::new(1);
        let (public, account) = key.public();
        let public_bytes = public.to_bytes();
        let mut expected = derive_hash(
            Purpose::Safety,
            &[&[&[0, 1][..], &public_bytes, &account.0].concat()],
        );
        for _ in 0..5_200 {
            expected = sha256(&[&[&expected[..], &public_bytes].concat()]);
        }
        let fingerprint = Fingerprint::derive(key.public());
        assert_eq!(fingerprint.hash, expected);
        let [a, b, c, d, e, ..] = expected;
        let first = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]) % 100_000;
        assert!(fingerprint.to_digits().starts_with(&format!("{first:05}")));
    }

    #[test]
    fn scans_compare_crosswise() {
        let (alice, bob) = pair();
        let at_alice = safety_number(alice.public(), bob.public());
        let at_bob = safety_number(bob.public(), alice.public());
        assert_eq!(
            verify_scan(alice.public(), bob.public(), &at_bob.qr),
            Ok(VerifiedScan {
                account: bob.account()
            })
        );
        assert_eq!(
            verify_scan(bob.public(), alice.public(), &at_alice.qr),
            Ok(VerifiedScan {
                account: alice.account()
            })
        );
        // Our own code, held up to our own camera, proves nothing.
        assert_eq!(
            verify_scan(alice.public(), bob.public(), &at_alice.qr),
            Err(ProtocolError::SafetyNumberMismatch)
        );
    }

    #[test]
    fn a_code_tells_whose_device_shows_it() {
        let (alice, bob) = pair();
        let qr = safety_number(bob.public(), alice.public()).qr;
        assert!(is_shown_by(bob.public(), &qr));
        assert!(!is_shown_by(alice.public(), &qr));
        assert!(!is_shown_by(bob.public(), &qr[1..]));
    }

    #[test]
    fn a_scan_for_or_of_somebody_else_is_refused() {
        let (alice, bob) = pair();
        let mallory = Person::new(3);
        for foreign in [
            safety_number(bob.public(), mallory.public()),
            safety_number(mallory.public(), alice.public()),
        ] {
            assert_eq!(
                verify_scan(alice.public(), bob.public(), &foreign.qr),
                Err(ProtocolError::SafetyNumberMismatch)
            );
        }
    }

    #[test]
    fn a_scan_altered_in_any_byte_of_its_payload_is_refused() {
        let (alice, bob) = pair();
        let qr = safety_number(bob.public(), alice.public()).qr;
        let payload = LinkKind::Verification.parse_text(&qr).unwrap();
        assert_eq!(payload.len(), 129);
        for at in 0..payload.len() {
            let mut altered = payload.clone();
            altered[at] ^= 1;
            // With its checksum made good, as a forger would.
            let text = LinkKind::Verification.to_text(&altered);
            let expected = if at == 0 {
                ProtocolError::Malformed(WireError::UnknownVersion)
            } else {
                ProtocolError::SafetyNumberMismatch
            };
            assert_eq!(
                verify_scan(alice.public(), bob.public(), &text),
                Err(expected)
            );
        }
    }

    #[test]
    fn a_cut_or_foreign_scan_is_malformed() {
        let (alice, bob) = pair();
        let qr = safety_number(bob.public(), alice.public()).qr;
        for length in 0..qr.len() {
            assert!(matches!(
                verify_scan(alice.public(), bob.public(), &qr[..length]),
                Err(ProtocolError::Malformed(_))
            ));
        }
        assert!(verify_scan(alice.public(), bob.public(), "https://example.org").is_err());
    }
}
