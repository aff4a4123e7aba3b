//! Secret bytes: erased on drop, redacted in `Debug`, compared in constant time.

use std::fmt;

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// `N` secret bytes. `Clone` is there because session state is computed beside the old one and takes
/// its place only when a message has opened; every copy erases itself.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    /// Wraps `N` secret bytes; the caller's own copy is the caller's to erase.
    #[must_use]
    pub fn from_bytes(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// Draws `N` fresh bytes.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut secret = Self([0; N]);
        rng.fill_bytes(&mut secret.0);
        secret
    }

    /// The bytes, to feed a primitive or to store sealed.
    #[must_use]
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// The bytes, to be filled in place by a primitive.
    pub(in crate::crypto) fn expose_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }
}

impl<const N: usize> Secret<N> {
    /// Cuts a derived secret in parts: the `M` bytes from `offset`, a compile-time error beyond the end.
    #[must_use]
    pub fn part<const OFFSET: usize, const M: usize>(&self) -> Secret<M> {
        const { assert!(OFFSET + M <= N, "the part lies within the secret") }
        let mut part = Secret([0; M]);
        for (to, from) in part.0.iter_mut().zip(self.0.iter().skip(OFFSET)) {
            *to = *from;
        }
        part
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

impl<const N: usize> PartialEq for Secret<N> {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}
impl<const N: usize> Eq for Secret<N> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let secret = Secret::from_bytes([0xab; 32]);
        assert_eq!(format!("{secret:?}"), "Secret(redacted)");
    }

    #[test]
    fn a_part_is_the_named_bytes() {
        let secret = Secret::from_bytes([1, 2, 3, 4, 5, 6]);
        assert_eq!(secret.part::<2, 3>().expose(), &[3, 4, 5]);
        assert_eq!(secret.part::<0, 6>(), secret);
    }
}
