//! The single table of domain-separation labels. PROTOCOL.md §7.

use tacita_wire::Writer;

/// What a derivation, hash or signature is for. A label is used in one place only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signature of a device certificate by the account key.
    DevCert,
    /// Signature of a device log entry by the account key.
    DevLog,
    /// Hash of a whole device log entry.
    DevLogHash,
    /// Associated data of the sealed account key seed.
    VaultAik,
    /// Key derived from the recovery secret.
    VaultRs,
    /// Check digits of the recovery secret.
    VaultRsCheck,
    /// Signature of a signed prekey.
    PrekeySpk,
    /// Signature of a one-time X25519 prekey.
    PrekeyOpk,
    /// Signature of a one-time ML-KEM prekey.
    PrekeyPq,
    /// Signature of a last-resort ML-KEM prekey.
    PrekeyLr,
    /// Signature of a contact key.
    PrekeyContact,
    /// Signature of a whole bundle.
    PrekeyBundle,
    /// Claim key of an invitation.
    PileClaim,
    /// Sealing key of an invitation's pile.
    PileSeal,
    /// Transcript hash of a handshake.
    HsTh,
    /// Secrets of a handshake.
    HsSk,
    /// Id of an initial envelope.
    HsInit,
    /// HPKE info of an initial envelope.
    EnvInit,
    /// Ratchet half-step.
    Rk,
    /// Key and nonce of one message.
    MkAead,
    /// Associated data of sealed rows in the store.
    RowSeal,
    /// Keys of the inbox beside the store.
    InboxSeal,
    /// Safety number.
    Safety,
}

impl Purpose {
    /// Every purpose, in the order of PROTOCOL.md §7.
    pub const ALL: [Self; 23] = [
        Self::DevCert,
        Self::DevLog,
        Self::DevLogHash,
        Self::VaultAik,
        Self::VaultRs,
        Self::VaultRsCheck,
        Self::PrekeySpk,
        Self::PrekeyOpk,
        Self::PrekeyPq,
        Self::PrekeyLr,
        Self::PrekeyContact,
        Self::PrekeyBundle,
        Self::PileClaim,
        Self::PileSeal,
        Self::HsTh,
        Self::HsSk,
        Self::HsInit,
        Self::EnvInit,
        Self::Rk,
        Self::MkAead,
        Self::RowSeal,
        Self::InboxSeal,
        Self::Safety,
    ];

    /// The label itself.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DevCert => "dev/cert",
            Self::DevLog => "dev/log",
            Self::DevLogHash => "dev/log-hash",
            Self::VaultAik => "vault/aik",
            Self::VaultRs => "vault/rs",
            Self::VaultRsCheck => "vault/rs-check",
            Self::PrekeySpk => "prekey/spk",
            Self::PrekeyOpk => "prekey/opk",
            Self::PrekeyPq => "prekey/pq",
            Self::PrekeyLr => "prekey/lr",
            Self::PrekeyContact => "prekey/contact",
            Self::PrekeyBundle => "prekey/bundle",
            Self::PileClaim => "pile/claim",
            Self::PileSeal => "pile/seal",
            Self::HsTh => "hs/th",
            Self::HsSk => "hs/sk",
            Self::HsInit => "hs/init",
            Self::EnvInit => "env/init",
            Self::Rk => "rk",
            Self::MkAead => "mk/aead",
            Self::RowSeal => "row/seal",
            Self::InboxSeal => "inbox/seal",
            Self::Safety => "safety",
        }
    }

    /// `u8(|p|)`: every label is shorter than 256 bytes (a test holds it to that).
    pub(in crate::crypto) const fn length_byte(self) -> u8 {
        self.as_str().len().to_le_bytes()[0]
    }
}

/// The name that goes in front of everything derived in suite 1.
pub(in crate::crypto) const LABEL_SUITE: &str = "tacita1";
/// In front of input keying material.
pub(in crate::crypto) const LABEL_IKM: &str = "tacita1-ikm";
/// In front of hashed content.
pub(in crate::crypto) const LABEL_HASH: &str = "tacita1-hash";
/// In front of signed content.
pub(in crate::crypto) const LABEL_SIGNATURE: &str = "tacita1-sig";

/// `u32(n)`; what is hashed or derived from is far below 4 GiB.
pub(in crate::crypto) fn length_bytes(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

/// `lx(p, ctx, L) = u16(L) ‖ "tacita1" ‖ u8(|p|) ‖ p ‖ u32(|ctx|) ‖ ctx`. PROTOCOL.md §7.
#[must_use]
pub fn lx(purpose: Purpose, ctx: &[u8], length: u16) -> Vec<u8> {
    let label = purpose.as_str();
    let mut writer = Writer::with_capacity(2 + LABEL_SUITE.len() + 1 + label.len() + 4 + ctx.len());
    writer
        .u16(length)
        .raw(LABEL_SUITE.as_bytes())
        .u8(purpose.length_byte())
        .raw(label.as_bytes())
        .bytes(ctx);
    writer.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn labels_are_unique_and_short() {
        let labels: BTreeSet<_> = Purpose::ALL.iter().map(|p| p.as_str()).collect();
        assert_eq!(labels.len(), Purpose::ALL.len());
        assert!(
            labels
                .iter()
                .all(|label| !label.is_empty() && label.len() < 256)
        );
    }

    #[test]
    fn the_labels_are_those_of_the_protocol_text() {
        let text = include_str!("../../../docs/PROTOCOL.md");
        let (_, rest) = text.split_once("Purposes: `").unwrap();
        let (list, _) = rest.split_once('`').unwrap();
        let listed: Vec<_> = list.split_whitespace().collect();
        let ours: Vec<_> = Purpose::ALL.iter().map(|p| p.as_str()).collect();
        assert_eq!(ours, listed);
    }

    #[test]
    fn lx_is_length_suite_label_context() {
        assert_eq!(
            lx(Purpose::Rk, b"xy", 0x0102),
            b"\x01\x02tacita1\x02rk\0\0\0\x02xy"
        );
    }
}
