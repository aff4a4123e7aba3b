//! SHA-256 (FIPS 180-4), plain and labelled. PROTOCOL.md §7.

use sha2::{Digest, Sha256};

use super::labels::{LABEL_HASH, Purpose, length_bytes};

/// SHA-256 over the parts, one after another.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// `H(p, x) = SHA-256("tacita1-hash" ‖ u8(|p|) ‖ p ‖ u32(|x|) ‖ x)`, x being the parts one after
/// another. PROTOCOL.md §7.
#[must_use]
pub fn derive_hash(purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut hash = Sha256::new();
    hash.update(LABEL_HASH);
    hash.update([purpose.length_byte()]);
    hash.update(purpose.as_str());
    hash.update(length_bytes(length));
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn sha256_gives_the_known_answer() {
        // FIPS 180-4, "abc".
        assert_eq!(
            HEXLOWER.encode(&sha256(&[b"a", b"bc"])),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn labelled_hash_is_the_text_of_the_protocol() {
        let bytes = b"tacita1-hash\x07dev/log\0\0\0\x03xyz";
        assert_eq!(
            derive_hash(Purpose::DevLog, &[b"x", b"yz"]),
            sha256(&[bytes])
        );
        assert_ne!(
            derive_hash(Purpose::DevLog, &[b"xyz"]),
            derive_hash(Purpose::DevLogHash, &[b"xyz"])
        );
    }
}
