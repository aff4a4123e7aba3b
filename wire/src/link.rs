//! Links as text and bytes: `tacita://<kind>/<base64url of payload and checksum>`. PROTOCOL.md §6.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;

use zeroize::Zeroizing;

use crate::auth::{LABEL_LINK, RelayRootHash, derive_labelled_hash};
use crate::codec::{Decode, Encode, Reader, WireError, Writer};
use crate::limits::{MAX_ADDRESS_BYTES, MAX_LINK_CHARS};
use crate::ticket::{JoinCode, Ticket};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// A relay's own link, which account creation takes.
    Relay,
    /// An invitation to a conversation.
    Invitation,
    /// A safety number, to be scanned in person.
    Verification,
}

const SCHEME: &str = "tacita://";
const CHECKSUM_BYTES: usize = 4;
const RELAY_LINK_VERSION: u8 = 1;

impl LinkKind {
    fn name(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Invitation => "invite",
            Self::Verification => "verify",
        }
    }

    fn derive_checksum(self, payload: &[u8]) -> [u8; CHECKSUM_BYTES] {
        let hash = derive_labelled_hash(LABEL_LINK, &[self.name().as_bytes(), &[0], payload]);
        let [a, b, c, d, ..] = hash;
        [a, b, c, d]
    }

    /// The text form of a payload.
    #[must_use]
    pub fn to_text(self, payload: &[u8]) -> String {
        let length = payload.len().saturating_add(CHECKSUM_BYTES);
        // A link may carry a secret: no copy of it is left behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        bytes.extend_from_slice(payload);
        bytes.extend_from_slice(&self.derive_checksum(payload));
        let encoded = BASE64URL_NOPAD.encode_len(length);
        let mut text = String::with_capacity(SCHEME.len() + self.name().len() + 1 + encoded);
        text.push_str(SCHEME);
        text.push_str(self.name());
        text.push('/');
        BASE64URL_NOPAD.encode_append(&bytes, &mut text);
        text
    }

    /// The payload of a text form; white space around it is passed over.
    ///
    /// # Errors
    /// [`WireError::NotThisLink`] if it is no link of this kind, [`WireError::TooLong`] over 1,024
    /// characters, [`WireError::BadChecksum`] if it was cut or altered.
    pub fn parse_text(self, text: &str) -> Result<Vec<u8>, WireError> {
        let text = text.trim();
        if text.len() > MAX_LINK_CHARS {
            return Err(WireError::TooLong);
        }
        let body = text
            .strip_prefix(SCHEME)
            .and_then(|rest| rest.strip_prefix(self.name()))
            .and_then(|rest| rest.strip_prefix('/'))
            .ok_or(WireError::NotThisLink)?;
        let bytes = BASE64URL_NOPAD
            .decode(body.as_bytes())
            .map(Zeroizing::new)
            .map_err(|_| WireError::BadChecksum)?;
        let (payload, checksum) = bytes
            .split_last_chunk::<CHECKSUM_BYTES>()
            .ok_or(WireError::Truncated)?;
        if self.derive_checksum(payload) != *checksum {
            return Err(WireError::BadChecksum);
        }
        Ok(payload.to_vec())
    }
}

/// Where a relay is reached: `host:port`, visible ASCII, at most 128 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayAddress(String);

impl RelayAddress {
    /// Checks the form: a host of letters, digits, `.`, `-`, `:`, `[`, `]`, and a port.
    ///
    /// # Errors
    /// [`WireError::TooLong`] over 128 bytes, [`WireError::UnknownTag`] for any other form.
    pub fn new(text: &str) -> Result<Self, WireError> {
        if text.len() > MAX_ADDRESS_BYTES {
            return Err(WireError::TooLong);
        }
        let (host, port) = text.rsplit_once(':').ok_or(WireError::UnknownTag)?;
        let host_is_good = !host.is_empty()
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
        let port_is_good = port.bytes().all(|b| b.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port != 0);
        if host_is_good && port_is_good {
            Ok(Self(text.to_owned()))
        } else {
            Err(WireError::UnknownTag)
        }
    }

    /// The text, `host:port`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Encode for RelayAddress {
    fn encode(&self, writer: &mut Writer) {
        writer
            .u8(u8::try_from(self.0.len()).unwrap_or(u8::MAX))
            .raw(self.0.as_bytes());
    }
}

impl Decode for RelayAddress {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let length = usize::from(reader.u8()?);
        let text = std::str::from_utf8(reader.take(length)?).map_err(|_| WireError::UnknownTag)?;
        Self::new(text)
    }
}

/// A relay's own link: where it is, the hash of its root key, and its join code if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayLink {
    /// Where it is.
    pub address: RelayAddress,
    /// The hash that its TLS certificate must lead to.
    pub root: RelayRootHash,
    /// Shown when making objects.
    pub join_code: Option<JoinCode>,
}

impl RelayLink {
    /// The ticket that this link entitles to.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        self.join_code
            .clone()
            .map_or(Ticket::Open, Ticket::JoinCode)
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// As [`LinkKind::parse_text`], and what the payload's own bytes give.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        Self::from_bytes(&LinkKind::Relay.parse_text(text)?)
    }
}

impl fmt::Display for RelayLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&LinkKind::Relay.to_text(&self.to_bytes()))
    }
}

impl Encode for RelayLink {
    fn encode(&self, writer: &mut Writer) {
        writer
            .u8(RELAY_LINK_VERSION)
            .put(&self.address)
            .put(&self.root)
            .put(&self.ticket());
    }
}

impl Decode for RelayLink {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        if reader.u8()? != RELAY_LINK_VERSION {
            return Err(WireError::UnknownVersion);
        }
        Ok(Self {
            address: RelayAddress::decode(reader)?,
            root: RelayRootHash::decode(reader)?,
            join_code: match Ticket::decode(reader)? {
                Ticket::Open => None,
                Ticket::JoinCode(code) => Some(code),
            },
        })
    }
}
