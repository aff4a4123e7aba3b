//! Descriptors: what lets a contact write into one mailbox of ours. PROTOCOL.md §4.4.

use tacita_wire::{
    Decode, Encode, MailboxId, Reader, RelayAddress, RelayRootHash, WireError, WriteKey, Writer,
};

/// Where a mailbox is and the capability to write into it. Travels inside sealed content only.
/// 97 bytes and the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Where its relay is.
    pub address: RelayAddress,
    /// The hash that the relay's TLS certificate must lead to.
    pub root: RelayRootHash,
    /// The mailbox.
    pub mailbox: MailboxId,
    /// W: the capability to write.
    pub write: WriteKey,
}

impl Encode for Descriptor {
    fn encode(&self, writer: &mut Writer) {
        writer
            .put(&self.address)
            .put(&self.root)
            .put(&self.mailbox)
            .put(&self.write);
    }
}

impl Decode for Descriptor {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            address: RelayAddress::decode(reader)?,
            root: RelayRootHash::decode(reader)?,
            mailbox: MailboxId::decode(reader)?,
            write: WriteKey::decode(reader)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_stands_as_the_protocol_says_and_is_refused_when_cut_at_any_length() {
        let descriptor = Descriptor {
            address: RelayAddress::new("relay.example:443").unwrap(),
            root: RelayRootHash([1; 32]),
            mailbox: MailboxId([2; 32]),
            write: WriteKey::from_bytes([3; 32]),
        };
        let bytes = descriptor.to_bytes();
        assert_eq!(bytes.len(), 97 + "relay.example:443".len());
        let expected = [
            &[17][..],
            b"relay.example:443",
            &[1; 32],
            &[2; 32],
            &[3; 32],
        ]
        .concat();
        assert_eq!(bytes, expected);
        assert_eq!(Descriptor::from_bytes(&bytes), Ok(descriptor));
        for length in 0..bytes.len() {
            assert!(Descriptor::from_bytes(&bytes[..length]).is_err());
        }
    }
}
