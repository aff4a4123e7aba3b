//! Invitation links: one secret that opens one prekey pile. PROTOCOL.md §6.2.

use std::fmt;

use rand_core::CryptoRng;
use tacita_wire::{
    ClaimKey, Decode, Encode, LinkKind, PileId, Reader, RelayAddress, RelayRootHash, WireError,
    Writer,
};
use zeroize::Zeroizing;

use super::error::ProtocolError;
use super::ids::AccountId;
use crate::crypto::kdf::derive;
use crate::crypto::labels::Purpose;
use crate::crypto::secret::Secret;

const INVITATION_VERSION: u8 = 1;

/// What a link of kind `invite` says. Whoever has it can claim from the pile and write to the contact
/// mailbox, so it is handled like a password. 98 bytes and the address.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationLink {
    /// Where the relay is that has the pile.
    pub address: RelayAddress,
    /// The hash that the relay's TLS certificate must lead to.
    pub root: RelayRootHash,
    /// Who invites.
    pub account: AccountId,
    /// S: random, one for each invitation.
    pub secret: Secret<32>,
}

impl InvitationLink {
    /// Draws the secret of a new invitation.
    #[must_use]
    pub fn generate(
        address: RelayAddress,
        root: RelayRootHash,
        account: AccountId,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Self {
        Self {
            address,
            root,
            account,
            secret: Secret::generate(rng),
        }
    }

    /// Reads the text form; white space around it is passed over.
    ///
    /// # Errors
    /// [`ProtocolError::Malformed`]: `NotThisLink` for anything but an invitation, `BadChecksum` for a
    /// cut or altered one, `TooLong` over 1,024 characters, `UnknownVersion`. Ask for the link again.
    pub fn parse(text: &str) -> Result<Self, ProtocolError> {
        let payload = Zeroizing::new(LinkKind::Invitation.parse_text(text)?);
        Ok(Self::from_bytes(&payload)?)
    }

    /// The text form, about 200 characters.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let payload = Zeroizing::new(self.to_bytes());
        Zeroizing::new(LinkKind::Invitation.to_text(&payload))
    }

    /// Checks that the invitation is not our own.
    ///
    /// # Errors
    /// [`ProtocolError::OwnInvitation`]: tell the user that it is for somebody else.
    pub fn verify_foreign(&self, ours: AccountId) -> Result<(), ProtocolError> {
        if self.account == ours {
            Err(ProtocolError::OwnInvitation)
        } else {
            Ok(())
        }
    }

    /// K_c: claims from the pile.
    #[must_use]
    pub fn claim_key(&self) -> ClaimKey {
        let key = derive::<32>(
            self.secret.expose(),
            &self.account.0,
            Purpose::PileClaim,
            &[],
        );
        ClaimKey::from_bytes(*key.expose())
    }

    /// K_s: seals and opens the pile's entries.
    #[must_use]
    pub fn seal_key(&self) -> Secret<32> {
        derive(
            self.secret.expose(),
            &self.account.0,
            Purpose::PileSeal,
            &[],
        )
    }

    /// The pile that the invitation opens.
    #[must_use]
    pub fn pile_id(&self) -> PileId {
        self.claim_key().derive_pile_id()
    }
}

impl fmt::Debug for InvitationLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationLink(redacted)")
    }
}

impl Encode for InvitationLink {
    fn encode(&self, writer: &mut Writer) {
        writer
            .u8(INVITATION_VERSION)
            .put(&self.address)
            .put(&self.root)
            .put(&self.account)
            .raw(self.secret.expose());
    }
}

impl Decode for InvitationLink {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        if reader.u8()? != INVITATION_VERSION {
            return Err(WireError::UnknownVersion);
        }
        Ok(Self {
            address: RelayAddress::decode(reader)?,
            root: RelayRootHash::decode(reader)?,
            account: AccountId::decode(reader)?,
            secret: Secret::from_bytes(reader.array()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::test_people::rng;

    fn link() -> InvitationLink {
        InvitationLink::generate(
            RelayAddress::new("relay.example:443").unwrap(),
            RelayRootHash([1; 32]),
            AccountId([2; 32]),
            &mut rng(3),
        )
    }

    #[test]
    fn an_invitation_stands_as_the_protocol_says_and_survives_its_text() {
        let link = link();
        let bytes = link.to_bytes();
        assert_eq!(bytes.len(), 98 + "relay.example:443".len());
        assert_eq!(bytes[0..2], [1, 17]);
        assert_eq!(bytes[19..51], [1; 32]);
        assert_eq!(bytes[51..83], [2; 32]);
        assert_eq!(&bytes[83..], link.secret.expose());
        let text = link.to_text();
        assert!(text.starts_with("tacita://invite/"));
        assert_eq!(InvitationLink::parse(&text), Ok(link.clone()));
        assert_eq!(
            InvitationLink::parse(&format!("\n {} ", text.as_str())),
            Ok(link)
        );
    }

    #[test]
    fn a_truncated_invitation_is_refused_at_every_length() {
        let text = link().to_text();
        for length in 0..text.len() {
            let parsed = InvitationLink::parse(&text[..length]);
            assert!(
                matches!(parsed, Err(ProtocolError::Malformed(_))),
                "{length}"
            );
        }
    }

    #[test]
    fn an_invitation_altered_in_any_character_is_refused() {
        let text = link().to_text();
        for position in 0..text.len() {
            let mut altered = text.to_string().into_bytes();
            altered[position] = if altered[position] == b'A' {
                b'B'
            } else {
                b'A'
            };
            let altered = String::from_utf8(altered).unwrap();
            let parsed = InvitationLink::parse(&altered);
            assert!(
                matches!(parsed, Err(ProtocolError::Malformed(_))),
                "{position}"
            );
        }
    }

    #[test]
    fn an_oversized_a_foreign_and_a_longer_invitation_are_refused() {
        let link = link();
        let refusal = |text: &str| InvitationLink::parse(text).unwrap_err();
        let long = format!("{}{}", link.to_text().as_str(), "A".repeat(1024));
        assert_eq!(refusal(&long), WireError::TooLong.into());
        let bytes = link.to_bytes();
        for foreign in [
            LinkKind::Relay.to_text(&bytes),
            LinkKind::Verification.to_text(&bytes),
            link.to_text().replace("tacita://", "https://"),
            String::new(),
        ] {
            assert_eq!(refusal(&foreign), WireError::NotThisLink.into());
        }
        let longer = LinkKind::Invitation.to_text(&[&bytes[..], &[0]].concat());
        assert_eq!(refusal(&longer), WireError::TrailingBytes.into());
        let newer = LinkKind::Invitation.to_text(&[&[2], &bytes[1..]].concat());
        assert_eq!(refusal(&newer), WireError::UnknownVersion.into());
    }

    #[test]
    fn ones_own_invitation_is_refused() {
        let link = link();
        assert_eq!(
            link.verify_foreign(link.account),
            Err(ProtocolError::OwnInvitation)
        );
        assert_eq!(link.verify_foreign(AccountId([9; 32])), Ok(()));
    }

    #[test]
    fn keys_differ_by_use_by_secret_and_by_account() {
        let link = link();
        let other_secret = InvitationLink {
            secret: Secret::from_bytes([7; 32]),
            ..link.clone()
        };
        let other_account = InvitationLink {
            account: AccountId([7; 32]),
            ..link.clone()
        };
        assert_ne!(link.claim_key().expose(), link.seal_key().expose());
        for other in [other_secret, other_account] {
            assert_ne!(link.claim_key(), other.claim_key());
            assert_ne!(link.seal_key(), other.seal_key());
            assert_ne!(link.pile_id(), other.pile_id());
        }
    }

    #[test]
    fn debug_output_tells_nothing_of_the_invitation() {
        assert_eq!(format!("{:?}", link()), "InvitationLink(redacted)");
    }
}
