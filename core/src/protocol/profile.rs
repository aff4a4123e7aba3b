//! What a user shows of themselves to contacts: a name and a picture, by revision. PROTOCOL.md §15, §16.7.

use std::fmt;

use tacita_wire::{Decode, Encode, Reader, WireError, Writer};

use super::content::decode_string;
use super::error::ProtocolError;

/// Bytes of a profile name (UTF-8).
pub const MAX_NAME_BYTES: usize = 64;
/// Bytes of a picture: as many as of a text, so that a profile fits wherever the longest text does.
pub const MAX_PICTURE_BYTES: usize = 16384;
/// The highest revision: the highest number that a store keeps.
pub const MAX_REVISION: u64 = i64::MAX.cast_unsigned();

/// Kind 7: a user's name and picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// From 1 to [`MAX_REVISION`]; a receiver takes none that is not higher than the one it has.
    pub revision: u64,
    /// 1 to 64 bytes, without control characters.
    pub name: String,
    /// At most 16,384 bytes; empty for none.
    pub picture: Vec<u8>,
}

impl Profile {
    /// Whether a peer will read this as what it is. Which format the picture has is not looked at here.
    ///
    /// # Errors
    /// [`ProtocolError::TooLarge`] if name or picture is over its limit: send less.
    /// [`ProtocolError::Malformed`] if the name is empty or has control characters, or the revision is no revision.
    pub fn check(&self) -> Result<(), ProtocolError> {
        if self.name.len() > MAX_NAME_BYTES || self.picture.len() > MAX_PICTURE_BYTES {
            return Err(ProtocolError::TooLarge);
        }
        let is_well_formed = (1..=MAX_REVISION).contains(&self.revision)
            && !self.name.is_empty()
            && !has_control_characters(&self.name);
        if !is_well_formed {
            return Err(WireError::UnknownTag.into());
        }
        Ok(())
    }
}

impl Encode for Profile {
    fn encode(&self, writer: &mut Writer) {
        writer
            .u64(self.revision)
            .bytes(self.name.as_bytes())
            .bytes(&self.picture);
    }
}

impl Decode for Profile {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let profile = Self {
            revision: reader.u64()?,
            name: decode_string(reader, MAX_NAME_BYTES)?,
            picture: reader.bytes(MAX_PICTURE_BYTES)?.to_vec(),
        };
        profile.check().map_err(|_| WireError::UnknownTag)?;
        Ok(profile)
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Who somebody is belongs in no log.
        f.write_str("Profile(redacted)")
    }
}

/// Whether a name has characters of Unicode's category Cc: U+0000 to U+001F and U+007F to U+009F.
#[must_use]
pub fn has_control_characters(name: &str) -> bool {
    name.chars().any(char::is_control)
}

/// Whether bytes begin as a JPEG, PNG or WebP file does. Others are given to no decoder of images.
#[must_use]
pub fn is_known_picture(bytes: &[u8]) -> bool {
    const JPEG: &[u8] = b"\xff\xd8\xff";
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
    /// Between the two stand four bytes of length.
    const RIFF: &[u8] = b"RIFF";
    const WEBP: &[u8] = b"WEBP";
    bytes.starts_with(JPEG)
        || bytes.starts_with(PNG)
        || bytes.starts_with(RIFF)
            && bytes
                .get(RIFF.len() + 4..)
                .is_some_and(|rest| rest.starts_with(WEBP))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Content;

    fn profile() -> Profile {
        Profile {
            revision: 0x0102,
            name: "Zoë".to_owned(),
            picture: b"\xff\xd8\xffpicture".to_vec(),
        }
    }

    fn is_damaged(profile: Profile) -> bool {
        let (kind, body) = Content::Profile(profile).encode_body();
        matches!(Content::decode(kind, &body), Content::Damaged { .. })
    }

    #[test]
    fn the_body_is_that_of_the_protocol_text() {
        let content = Content::Profile(profile());
        let expected =
            b"\0\0\0\0\0\0\x01\x02\0\0\0\x04Zo\xc3\xab\0\0\0\x0a\xff\xd8\xffpicture".to_vec();
        assert_eq!(content.encode_body(), (7, expected));
        assert!(content.is_numbered());
        let (kind, body) = content.encode_body();
        assert_eq!(Content::decode(kind, &body), content);
        assert_eq!(content.check(), Ok(()));
    }

    #[test]
    fn a_body_that_is_cut_or_longer_is_damaged() {
        let (kind, body) = Content::Profile(profile()).encode_body();
        let longer = [&body[..], b"x"].concat();
        for bad in [&body[..body.len() - 1], &body[..1], &[], &longer] {
            assert!(matches!(
                Content::decode(kind, bad),
                Content::Damaged { kind: 7, .. }
            ));
        }
    }

    #[test]
    fn limits_are_kept_on_both_ways() {
        let most = Profile {
            revision: MAX_REVISION,
            name: "n".repeat(MAX_NAME_BYTES),
            picture: vec![1; MAX_PICTURE_BYTES],
        };
        assert!(most.check().is_ok() && !is_damaged(most.clone()));
        let long_name = Profile {
            name: "n".repeat(MAX_NAME_BYTES + 1),
            ..most.clone()
        };
        let large = Profile {
            picture: vec![1; MAX_PICTURE_BYTES + 1],
            ..most.clone()
        };
        for bad in [long_name, large] {
            assert_eq!(bad.check(), Err(ProtocolError::TooLarge));
            assert!(is_damaged(bad));
        }
        let names = ["", "a\nb", "a\0", "\u{7f}", "\u{9b}2J"];
        let mut malformed: Vec<Profile> = names
            .into_iter()
            .map(|name| Profile {
                name: name.to_owned(),
                ..profile()
            })
            .collect();
        for revision in [0, MAX_REVISION + 1, u64::MAX] {
            malformed.push(Profile {
                revision,
                ..profile()
            });
        }
        for bad in malformed {
            assert!(matches!(bad.check(), Err(ProtocolError::Malformed(_))));
            assert!(is_damaged(bad));
        }
    }

    #[test]
    fn pictures_are_told_by_how_they_begin() {
        let known: [&[u8]; 3] = [
            b"\xff\xd8\xff\xe0",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF\x01\x02\x03\x04WEBPVP8 ",
        ];
        for bytes in known {
            assert!(is_known_picture(bytes));
            assert!(!is_known_picture(&bytes[1..]));
        }
        let others: [&[u8]; 6] = [
            b"",
            b"GIF89a",
            b"<svg",
            b"RIFF\x01\x02\x03\x04WAVE",
            b"RIFF",
            b"RIFF\x01\x02\x03\x04WEB",
        ];
        for bytes in others {
            assert!(!is_known_picture(bytes));
        }
    }
}
