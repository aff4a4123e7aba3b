//! ISO/IEC 7816-4 padding, and the envelope sizes padded to. PROTOCOL.md §3, §14.

use tacita_wire::limits::ENVELOPE_BUCKETS;

use super::error::CryptoError;

/// Marks the end of the content.
pub const MARK: u8 = 0x80;

/// `pad(x, n)`: x ‖ 80 ‖ zeros to `to` bytes.
///
/// # Errors
/// [`CryptoError::TooLong`] if content and mark do not fit: send less.
pub fn pad(content: &[u8], to: usize) -> Result<Vec<u8>, CryptoError> {
    if content.len() >= to {
        return Err(CryptoError::TooLong);
    }
    let mut padded = Vec::with_capacity(to);
    padded.extend_from_slice(content);
    padded.push(MARK);
    padded.resize(to, 0);
    Ok(padded)
}

/// The length of the content within padded bytes. Every byte is looked at alike, wherever the content ends.
///
/// # Errors
/// [`CryptoError::BadPadding`] if the last byte that is not zero is not the mark: drop it.
pub fn unpad(padded: &[u8]) -> Result<usize, CryptoError> {
    let (words, rest) = padded.as_chunks::<WORD_BYTES>();
    let mut last_word = [0; WORD_BYTES];
    for (to, from) in last_word.iter_mut().zip(rest) {
        *to = *from;
    }
    let values = words.iter().chain([&last_word]);
    // The last word that is not zero, and which one it is.
    let (mut last, mut at) = (0_u64, 0_u64);
    for (index, word) in (0_u64..).zip(values) {
        let word = u64::from_le_bytes(*word);
        let keep = ((word | word.wrapping_neg()) >> 63).wrapping_sub(1);
        last = (last & keep) | (word & !keep);
        at = (at & keep) | (index & !keep);
    }
    // Its last byte that is not zero; all before it is shifted out.
    let byte = 7 - (last.leading_zeros() / 8).min(7);
    let mark = last >> (8 * byte);
    let length = usize::try_from(at * 8 + u64::from(byte)).map_err(|_| CryptoError::BadPadding)?;
    if mark == u64::from(MARK) {
        Ok(length)
    } else {
        Err(CryptoError::BadPadding)
    }
}

/// Bytes that are looked at together.
const WORD_BYTES: usize = 8;

/// The smallest envelope size of at least `min` bytes that holds `length` bytes of content, their
/// mark and `overhead` bytes around them; `None` if none does.
#[must_use]
pub fn bucket_for(length: usize, overhead: usize, min: usize) -> Option<usize> {
    let needed = length.checked_add(overhead)?.checked_add(1)?;
    ENVELOPE_BUCKETS
        .into_iter()
        .find(|bucket| *bucket >= min && *bucket >= needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_comes_off_as_it_went_on() {
        for content in [&b""[..], b"a", b"a\x80", b"\0\0", b"\x80\0"] {
            for to in content.len() + 1..content.len() + 5 {
                let padded = pad(content, to).unwrap();
                assert_eq!(padded.len(), to);
                assert_eq!(unpad(&padded), Ok(content.len()));
            }
            assert_eq!(pad(content, content.len()), Err(CryptoError::TooLong));
        }
    }

    #[test]
    fn removal_finds_what_a_search_from_the_end_finds() {
        let search = |padded: &[u8]| {
            let last = padded.iter().rposition(|byte| *byte != 0);
            last.filter(|at| padded[*at] == MARK)
        };
        for length in 0..40 {
            for at in 0..length {
                for mark in [0x80, 0x81, 1, 0xff] {
                    for before in [0, 0x80, 0xff] {
                        let mut padded = vec![before; at];
                        padded.push(mark);
                        padded.resize(length, 0);
                        assert_eq!(unpad(&padded).ok(), search(&padded), "{padded:x?}");
                    }
                }
            }
        }
    }

    #[test]
    fn bytes_without_a_mark_are_refused() {
        for bad in [&b""[..], b"\0", b"\0\0\0", b"a", b"\x80\x01", b"\x81\0"] {
            assert_eq!(unpad(bad), Err(CryptoError::BadPadding));
        }
    }

    #[test]
    fn the_smallest_bucket_that_fits_is_taken() {
        assert_eq!(bucket_for(0, 0, 0), Some(4096));
        assert_eq!(bucket_for(1726, 2369, 0), Some(4096));
        assert_eq!(bucket_for(1727, 2369, 0), Some(8192));
        assert_eq!(bucket_for(1, 0, 8192), Some(8192));
        assert_eq!(bucket_for(65535, 0, 0), Some(65536));
        assert_eq!(bucket_for(65536, 0, 0), None);
        assert_eq!(bucket_for(usize::MAX, 1, 0), None);
    }
}
