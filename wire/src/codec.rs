//! The one bounded reader and writer; integers are big-endian. PROTOCOL.md §2.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroize;

/// Why bytes could not be read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum WireError {
    /// Bytes end early. Drop the message; ask again.
    #[error("the bytes end early")]
    Truncated,
    /// Bytes are left over. Drop the message.
    #[error("bytes are left over")]
    TrailingBytes,
    /// A length or count is over its named limit. Drop the message.
    #[error("a length or count is over its limit")]
    TooLong,
    /// A tag or value that this version does not know. Update, or drop the message.
    #[error("an unknown tag or value")]
    UnknownTag,
    /// The version byte is not one this build speaks. Update.
    #[error("an unknown version")]
    UnknownVersion,
    /// The checksum of a link does not match: it was mistyped or cut. Ask for the link again.
    #[error("the checksum does not match")]
    BadChecksum,
    /// The text is not a link of the expected kind. Ask for the right one.
    #[error("not a link of this kind")]
    NotThisLink,
}

/// Reads a byte slice from the front, never past its end.
#[derive(Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the front of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `length` bytes.
    ///
    /// # Errors
    /// [`WireError::Truncated`] if fewer are left.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (head, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// [`WireError::Truncated`] if fewer are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (head, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`WireError::Truncated`] if none is left.
    pub fn u8(&mut self) -> Result<u8, WireError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    /// A big-endian `u16`.
    ///
    /// # Errors
    /// [`WireError::Truncated`] if fewer than 2 bytes are left.
    pub fn u16(&mut self) -> Result<u16, WireError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// A big-endian `u32`.
    ///
    /// # Errors
    /// [`WireError::Truncated`] if fewer than 4 bytes are left.
    pub fn u32(&mut self) -> Result<u32, WireError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A big-endian `u64`.
    ///
    /// # Errors
    /// [`WireError::Truncated`] if fewer than 8 bytes are left.
    pub fn u64(&mut self) -> Result<u64, WireError> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// A byte that must be 0 (false) or 1 (true).
    ///
    /// # Errors
    /// [`WireError::UnknownTag`] for any other value.
    pub fn bool(&mut self) -> Result<bool, WireError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(WireError::UnknownTag),
        }
    }

    /// Bytes behind a `u32` length of at most `limit`.
    ///
    /// # Errors
    /// [`WireError::TooLong`] over the limit, [`WireError::Truncated`] at the end.
    pub fn bytes(&mut self, limit: usize) -> Result<&'a [u8], WireError> {
        let length = usize::try_from(self.u32()?).map_err(|_| WireError::TooLong)?;
        if length > limit {
            return Err(WireError::TooLong);
        }
        self.take(length)
    }

    /// A `u16` count of at most `limit`.
    ///
    /// # Errors
    /// [`WireError::TooLong`] over the limit.
    pub fn count(&mut self, limit: usize) -> Result<usize, WireError> {
        let count = usize::from(self.u16()?);
        if count > limit {
            Err(WireError::TooLong)
        } else {
            Ok(count)
        }
    }

    /// How many bytes are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Everything that is left.
    #[must_use]
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`WireError::TrailingBytes`] if bytes are left.
    pub fn finish(self) -> Result<(), WireError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(WireError::TrailingBytes)
        }
    }
}

/// Appends to a byte vector. What is written may be secret: a buffer that has become too small is erased.
#[derive(Clone, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

/// Bytes that a writer begins with, so that short values need no growth.
const MIN_CAPACITY: usize = 64;

impl Writer {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty writer with room for `capacity` bytes, so that nothing is copied when it grows.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(capacity),
        }
    }

    /// Appends bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        let length = self.bytes.len().saturating_add(bytes.len());
        if length > self.bytes.capacity() {
            let doubled = self.bytes.capacity().saturating_mul(2);
            let mut larger = Vec::with_capacity(length.max(doubled).max(MIN_CAPACITY));
            larger.extend_from_slice(&self.bytes);
            self.bytes.zeroize();
            self.bytes = larger;
        }
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Appends one byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.raw(&[value])
    }

    /// Appends a big-endian `u16`.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Appends a big-endian `u32`.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Appends a big-endian `u64`.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Appends 0 or 1.
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.u8(u8::from(value))
    }

    /// Appends a `u32` length and the bytes. Lengths beyond `u32` cannot arise below our limits and
    /// would be cut by the reader's check.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX))
            .raw(bytes)
    }

    /// Appends a `u16` count.
    pub fn count(&mut self, count: usize) -> &mut Self {
        self.u16(u16::try_from(count).unwrap_or(u16::MAX))
    }

    /// Appends an encodable value.
    pub fn put(&mut self, value: &impl Encode) -> &mut Self {
        value.encode(self);
        self
    }

    /// The bytes written.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is read may be secret.
        f.write_str("Reader(redacted)")
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is written may be secret.
        f.write_str("Writer(redacted)")
    }
}

/// A value with one canonical byte form.
pub trait Encode {
    /// Appends the byte form.
    fn encode(&self, writer: &mut Writer);

    /// The byte form alone.
    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        self.encode(&mut writer);
        writer.finish()
    }
}

/// A value that can be read back from its byte form.
pub trait Decode: Sized {
    /// Reads the value from the front.
    ///
    /// # Errors
    /// A [`WireError`] that says what is wrong with the bytes.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError>;

    /// Reads the value from exactly these bytes.
    ///
    /// # Errors
    /// As [`Decode::decode`], and [`WireError::TrailingBytes`] if bytes are left.
    fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes);
        let value = Self::decode(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }
}
