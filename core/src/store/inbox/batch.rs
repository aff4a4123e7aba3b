//! A batch: envelopes that a second process has fetched, each with its mailbox and sequence number.
//!
//! ```text
//! batch    = u8 1 ‖ list(64) of envelope
//! envelope = mailbox id 32 ‖ sequence u64 ‖ bytes(65536), of a bucket's size
//! ```

use std::fmt;

use tacita_wire::limits::{ENVELOPE_BUCKETS, is_envelope_bucket};
use tacita_wire::{Decode, Encode, MailboxId, Reader, WireError, Writer};

/// Envelopes in one batch.
pub const MAX_BATCH_ENVELOPES: usize = 64;
/// Bytes of envelopes in one batch, unless it is a single one.
pub const MAX_BATCH_BYTES: usize = 256 * 1024;
/// Bytes of a sealed batch that are read, and written, at most.
pub(super) const MAX_BATCH_FILE_BYTES: u64 = 512 * 1024;
/// Batches that wait; the oldest stay.
pub(super) const MAX_INBOX_BATCHES: usize = 256;
/// Envelopes that wait.
pub(super) const MAX_INBOX_ENVELOPES: usize = 1024;
/// Bytes of sealed batches that wait.
pub(super) const MAX_INBOX_BYTES: u64 = 8 * 1024 * 1024;

const VERSION: u8 = 1;
const LARGEST_ENVELOPE: usize = {
    let [.., largest] = ENVELOPE_BUCKETS;
    largest
};

/// An envelope, and where it was.
#[derive(Clone, PartialEq, Eq)]
pub struct InboxEnvelope {
    /// The mailbox that it was in.
    pub mailbox: MailboxId,
    /// Its number there.
    pub sequence: u64,
    /// Its bytes, of a bucket's size.
    pub envelope: Vec<u8>,
}

/// Envelopes that were fetched together.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct InboxBatch {
    /// At most `MAX_BATCH_ENVELOPES`, in the order in which they came.
    pub envelopes: Vec<InboxEnvelope>,
    bytes: usize,
}

impl InboxBatch {
    /// Takes one more envelope.
    pub fn push(&mut self, envelope: InboxEnvelope) {
        self.bytes = self.bytes.saturating_add(envelope.envelope.len());
        self.envelopes.push(envelope);
    }

    /// Whether another envelope of this length makes it too large, so that it is to be written first.
    #[must_use]
    pub fn is_full_for(&self, length: usize) -> bool {
        !self.envelopes.is_empty()
            && (self.envelopes.len() >= MAX_BATCH_ENVELOPES
                || self.bytes.saturating_add(length) > MAX_BATCH_BYTES)
    }
}

impl Encode for InboxBatch {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(VERSION).count(self.envelopes.len());
        for envelope in &self.envelopes {
            writer
                .raw(&envelope.mailbox.0)
                .u64(envelope.sequence)
                .bytes(&envelope.envelope);
        }
    }
}

impl Decode for InboxBatch {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        if reader.u8()? != VERSION {
            return Err(WireError::UnknownVersion);
        }
        let mut batch = Self::default();
        for _ in 0..reader.count(MAX_BATCH_ENVELOPES)? {
            let mailbox = MailboxId(reader.array()?);
            let sequence = reader.u64()?;
            let envelope = reader.bytes(LARGEST_ENVELOPE)?;
            if !is_envelope_bucket(envelope.len()) {
                return Err(WireError::UnknownTag);
            }
            batch.push(InboxEnvelope {
                mailbox,
                sequence,
                envelope: envelope.to_vec(),
            });
        }
        Ok(batch)
    }
}

impl fmt::Debug for InboxBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InboxBatch(redacted)")
    }
}

impl fmt::Debug for InboxEnvelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InboxEnvelope(redacted)")
    }
}
