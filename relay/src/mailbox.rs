//! The rules of a mailbox, as pure functions: quotas, order, expiry. PROTOCOL.md §3, §22.1.

use tacita_wire::limits::{
    CONTACT_MAILBOX_ENVELOPES, ENVELOPE_HASH_HOURS, ENVELOPE_HOURS, MAILBOX_BYTES,
    MAILBOX_ENVELOPES, OBJECT_WEEKS,
};
use tacita_wire::{MailboxKind, Refusal};

/// What a mailbox holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// The last sequence number given out; never falls.
    pub head: u64,
    /// Envelopes held.
    pub envelopes: u32,
    /// Their bytes.
    pub bytes: u64,
}

impl Holding {
    /// After one more envelope, whose sequence number is the new head.
    ///
    /// # Errors
    /// [`Refusal::MailboxFull`] if the quota of the kind does not allow it.
    pub fn admit(self, kind: MailboxKind, length: u64) -> Result<Self, Refusal> {
        let most = match kind {
            MailboxKind::Pair => MAILBOX_ENVELOPES,
            MailboxKind::Contact => CONTACT_MAILBOX_ENVELOPES,
        };
        let bytes = self.bytes.saturating_add(length);
        if self.envelopes >= most || bytes > MAILBOX_BYTES {
            return Err(Refusal::MailboxFull);
        }
        Ok(Self {
            head: self.head.saturating_add(1),
            envelopes: self.envelopes.saturating_add(1),
            bytes,
        })
    }

    /// Whether a number was given out. Whoever names another has it from elsewhere: nothing is deleted by it, and its
    /// reader has to begin anew.
    #[must_use]
    pub fn has_given(self, sequence: u64) -> bool {
        sequence <= self.head
    }

    /// After envelopes have left, by acknowledgement or age.
    #[must_use]
    pub fn release(self, envelopes: u32, bytes: u64) -> Self {
        Self {
            head: self.head,
            envelopes: self.envelopes.saturating_sub(envelopes),
            bytes: self.bytes.saturating_sub(bytes),
        }
    }
}

/// Envelopes of an hour before this one have had their 30 days.
#[must_use]
pub fn first_kept_envelope_hour(now: u32) -> u32 {
    now.saturating_sub(ENVELOPE_HOURS)
}

/// Hashes of an hour before this one are no longer needed against repetition.
#[must_use]
pub fn first_kept_hash_hour(now: u32) -> u32 {
    now.saturating_sub(ENVELOPE_HASH_HOURS)
}

/// Mailboxes and piles last renewed in a week before this one go.
#[must_use]
pub fn first_kept_week(now: u32) -> u32 {
    crate::clock::week_of_hour(now).saturating_sub(OBJECT_WEEKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holding(envelopes: u32, bytes: u64) -> Holding {
        Holding {
            head: 5000,
            envelopes,
            bytes,
        }
    }

    #[test]
    fn the_last_place_is_given_and_no_more() {
        let full = holding(999, 0).admit(MailboxKind::Pair, 4096).unwrap();
        assert_eq!(full.envelopes, 1000);
        assert_eq!(full.head, 5001);
        assert_eq!(
            full.admit(MailboxKind::Pair, 4096),
            Err(Refusal::MailboxFull)
        );
    }

    #[test]
    fn a_contact_mailbox_holds_fewer() {
        assert!(holding(199, 0).admit(MailboxKind::Contact, 4096).is_ok());
        assert!(holding(200, 0).admit(MailboxKind::Contact, 4096).is_err());
    }

    #[test]
    fn bytes_have_their_own_limit() {
        assert!(
            holding(255, 255 * 65536)
                .admit(MailboxKind::Pair, 65536)
                .is_ok()
        );
        assert!(
            holding(256, 256 * 65536)
                .admit(MailboxKind::Pair, 4096)
                .is_err()
        );
    }

    #[test]
    fn numbers_up_to_the_head_were_given_out() {
        let holding = holding(0, 0);
        assert!(holding.has_given(0) && holding.has_given(5000));
        assert!(!holding.has_given(5001) && !holding.has_given(u64::MAX));
    }

    #[test]
    fn leaving_frees_the_quota_and_keeps_the_head() {
        assert_eq!(holding(3, 12288).release(2, 8192), holding(1, 4096));
    }

    #[test]
    fn ages_count_from_the_hour_of_arrival() {
        assert_eq!(first_kept_envelope_hour(10_000), 10_000 - 720);
        assert_eq!(first_kept_hash_hour(10_000), 10_000 - 768);
        assert_eq!(first_kept_envelope_hour(3), 0);
        assert_eq!(first_kept_week(168 * 100), 86);
    }
}
