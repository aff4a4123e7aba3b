//! Every limit on what crosses the wire, by name. PROTOCOL.md §3.

/// Sizes an envelope may have, in bytes. A relay refuses any other.
pub const ENVELOPE_BUCKETS: [usize; 5] = [4096, 8192, 16384, 32768, 65536];
/// Envelopes in one `Put`.
pub const MAX_PUT_ENVELOPES: usize = 16;
/// Bytes of envelopes in one `Put`.
pub const MAX_PUT_BYTES: usize = 256 * 1024;
/// Envelopes one `Read` may ask for.
pub const MAX_READ_ENVELOPES: u16 = 256;
/// Bytes of envelopes in one answer to `Read`; at least one envelope always fits.
pub const MAX_READ_BYTES: usize = 1024 * 1024;
/// Size of one sealed prekey entry, in bytes.
pub const SEALED_ENTRY_BYTES: usize = 8192;
/// Entries in one `FillPile`.
pub const MAX_FILL_ENTRIES: usize = 16;
/// Mailboxes in one `Watch`.
pub const MAX_WATCHED: usize = 1024;
/// Bytes of a relay address (`host:port`).
pub const MAX_ADDRESS_BYTES: usize = 128;
/// Bytes of a whole request body.
pub const MAX_REQUEST_BYTES: usize = MAX_PUT_BYTES + 4096;
/// Bytes of a whole response body.
pub const MAX_RESPONSE_BYTES: usize = MAX_READ_BYTES + 64 * 1024;
/// Bytes of one frame of the held stream, without its length prefix.
pub const MAX_FRAME_BYTES: usize = 65536 + 64;
/// Characters of a link in text form.
pub const MAX_LINK_CHARS: usize = 1024;

/// Envelopes a pair mailbox holds.
pub const MAILBOX_ENVELOPES: u32 = 1000;
/// Bytes a mailbox holds.
pub const MAILBOX_BYTES: u64 = 16 * 1024 * 1024;
/// Envelopes a contact mailbox holds.
pub const CONTACT_MAILBOX_ENVELOPES: u32 = 200;
/// One-time entries a pile holds, besides its last resort.
pub const PILE_ENTRIES: u32 = 64;

/// Hours an unread envelope is kept.
pub const ENVELOPE_HOURS: u32 = 30 * 24;
/// Hours an envelope's hash is kept, so that a repeated put stores nothing.
pub const ENVELOPE_HASH_HOURS: u32 = 32 * 24;
/// Weeks a mailbox or pile is kept after the week of its creation or last renewal.
pub const OBJECT_WEEKS: u32 = 14;
/// Hours in which the same claim nonce gets the same entry.
pub const CLAIM_HOURS: u32 = 24;
/// Hours by which a relay's clock may leap forward before it stops expiring.
pub const CLOCK_LEAP_HOURS: u32 = 24;

/// Whether `length` is one of [`ENVELOPE_BUCKETS`].
#[must_use]
pub fn is_envelope_bucket(length: usize) -> bool {
    ENVELOPE_BUCKETS.contains(&length)
}
