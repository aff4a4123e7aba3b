//! HKDF-SHA-256 (RFC 5869) and the symmetric chain on HMAC-SHA-256 (RFC 2104). PROTOCOL.md §7, §13.

use hkdf::{Hkdf, HkdfExtract};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroize;

use super::labels::{LABEL_IKM, LABEL_SUITE, Purpose, length_bytes};
use super::secret::Secret;

/// `0^32`, the salt where there is none.
pub const NO_SALT: [u8; 32] = [0; 32];

const HMAC_BLOCK_BYTES: usize = 64;

/// `D(ikm, salt, p, ctx, L)`: HKDF-SHA-256 with labelled input and info, `L` bytes out. PROTOCOL.md §7.
#[must_use]
pub fn derive<const L: usize>(
    ikm: &[u8],
    salt: &[u8; 32],
    purpose: Purpose,
    ctx: &[u8],
) -> Secret<L> {
    derive_from_parts(&[ikm], salt, purpose, &[ctx])
}

/// As [`derive()`], with input and context in parts, so that secrets need not be copied together.
#[must_use]
pub fn derive_from_parts<const L: usize>(
    ikm: &[&[u8]],
    salt: &[u8; 32],
    purpose: Purpose,
    ctx: &[&[u8]],
) -> Secret<L> {
    const { assert!(L <= 255 * 32, "HKDF-SHA-256 gives at most 255 blocks") }
    let total = |parts: &[&[u8]]| length_bytes(parts.iter().map(|part| part.len()).sum());
    let label = purpose.as_str().as_bytes();
    let label_length = [purpose.length_byte()];

    let total_ikm = total(ikm);
    let head = [LABEL_IKM.as_bytes(), &label_length, label, &total_ikm];
    let hkdf = extract(salt, head.into_iter().chain(ikm.iter().copied()));

    let output_length = u16::try_from(L).unwrap_or(u16::MAX).to_be_bytes();
    let ctx_length = total(ctx);
    let mut info: Vec<&[u8]> = Vec::with_capacity(5 + ctx.len());
    info.extend([
        output_length.as_slice(),
        LABEL_SUITE.as_bytes(),
        &label_length,
        label,
        &ctx_length,
    ]);
    info.extend(ctx);
    let mut output = Secret::from_bytes([0; L]);
    #[allow(clippy::expect_used, reason = "the length is asserted at compile time")]
    hkdf.expand_multi_info(&info, output.expose_mut())
        .expect("a length that HKDF can give");
    output
}

/// The first half of HKDF, over input in parts.
fn extract<'a>(salt: &[u8], ikm: impl Iterator<Item = &'a [u8]>) -> Hkdf<Sha256> {
    let mut extract = HkdfExtract::<Sha256>::new(Some(salt));
    for part in ikm {
        extract.input_ikm(part);
    }
    let (mut prk, hkdf) = extract.finalize();
    prk.as_mut_slice().zeroize();
    hkdf
}

/// One step of a sending or receiving chain: (mk, next CK) = (HMAC(CK, 01), HMAC(CK, 02)).
/// PROTOCOL.md §13.
#[must_use]
pub fn derive_chain_step(chain_key: &Secret<32>) -> (Secret<32>, Secret<32>) {
    // Keyed once, for both: the two blocks that only depend on the key are hashed once.
    let keyed = keyed_hmac(chain_key);
    (
        finish_hmac(keyed.clone(), &[0x01]),
        finish_hmac(keyed, &[0x02]),
    )
}

fn keyed_hmac(key: &Secret<32>) -> Hmac<Sha256> {
    // RFC 2104 fills a short key with zeros to one block; doing it here makes the length infallible.
    let mut block = [0; HMAC_BLOCK_BYTES];
    for (to, from) in block.iter_mut().zip(key.expose()) {
        *to = *from;
    }
    let keyed = Hmac::<Sha256>::new(&block.into());
    block.zeroize();
    keyed
}

fn finish_hmac(mut keyed: Hmac<Sha256>, message: &[u8]) -> Secret<32> {
    keyed.update(message);
    Secret::from_bytes(keyed.finalize().into_bytes().into())
}

#[cfg(test)]
mod published;

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::super::labels::lx;
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    #[test]
    fn hkdf_gives_the_answers_of_rfc_5869() {
        // Appendix A.1 and A.3.
        let mut okm = [0; 42];
        Hkdf::<Sha256>::new(Some(&hex("000102030405060708090a0b0c")), &[0x0b; 22])
            .expand(&hex("f0f1f2f3f4f5f6f7f8f9"), &mut okm)
            .unwrap();
        assert_eq!(
            HEXLOWER.encode(&okm),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        );
        Hkdf::<Sha256>::new(None, &[0x0b; 22])
            .expand(&[], &mut okm)
            .unwrap();
        assert_eq!(
            HEXLOWER.encode(&okm),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        );
    }

    #[test]
    fn hmac_gives_the_answers_of_rfc_4231() {
        // Cases 1 and 2; their short keys are filled with zeros as RFC 2104 has it.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        assert_eq!(
            HEXLOWER
                .encode(finish_hmac(keyed_hmac(&Secret::from_bytes(key)), b"Hi There").expose()),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let text = b"what do ya want for nothing?";
        assert_eq!(
            HEXLOWER.encode(finish_hmac(keyed_hmac(&Secret::from_bytes(key)), text).expose()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn derivation_is_the_text_of_the_protocol() {
        let salt = [9; 32];
        let mut expected = [0; 44];
        Hkdf::<Sha256>::new(Some(&salt), b"tacita1-ikm\x07mk/aead\0\0\0\x03key")
            .expand(&lx(Purpose::MkAead, b"context", 44), &mut expected)
            .unwrap();
        let whole = derive::<44>(b"key", &salt, Purpose::MkAead, b"context");
        assert_eq!(whole.expose(), &expected);
        let parts =
            derive_from_parts::<44>(&[b"k", b"ey"], &salt, Purpose::MkAead, &[b"con", b"text"]);
        assert_eq!(parts, whole);
    }

    #[test]
    fn a_chain_step_is_two_hmacs() {
        let chain = Secret::from_bytes([7; 32]);
        let (message, next) = derive_chain_step(&chain);
        assert_eq!(message, finish_hmac(keyed_hmac(&chain), &[1]));
        assert_eq!(next, finish_hmac(keyed_hmac(&chain), &[2]));
    }
}
