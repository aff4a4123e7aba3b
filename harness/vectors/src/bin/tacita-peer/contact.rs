//! Another account's device: sessions with it and what it has sent. PROTOCOL.md §12, §13, §16.

use std::collections::BTreeMap;

use rand_core::CryptoRng;
use tacita_core::crypto::{ContactPublic, Secret};
use tacita_core::protocol::content::Content;
use tacita_core::protocol::delivery::ReceivedCounters;
use tacita_core::protocol::{
    Descriptor, Frame, InitialFields, MessageKey, ProtocolError, ReconnectRecord, Session,
    VerifiedDeviceLog, seal_initial,
};
use tacita_core::protocol::{TranscriptHash, initial::MAX_INITIAL_ENVELOPES};
use tacita_wire::MailboxId;

/// What each envelope repeats until the peer has answered.
pub(crate) struct Beginning {
    pub(crate) fields: InitialFields,
    pub(crate) contact_key: ContactPublic,
    pub(crate) mailbox: MailboxId,
    pub(crate) sent: u32,
}

/// A session and the skipped keys that a store would keep for it.
pub(crate) struct Talk {
    pub(crate) session: Session,
    skipped: BTreeMap<(u32, u32), [u8; 32]>,
}

impl Talk {
    pub(crate) fn new(session: Session) -> Self {
        let skipped = BTreeMap::new();
        Self { session, skipped }
    }

    pub(crate) fn skipped(&self) -> usize {
        self.skipped.len()
    }

    /// Opens a message, and does with its keys what a store does.
    pub(crate) fn open(
        &mut self,
        message: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Frame, ProtocolError> {
        let header = self.session.open_header(message)?;
        let key = header
            .skipped_key()
            .and_then(|id| self.skipped.get(&(id.chain, id.n)))
            .map(|key| MessageKey::from_bytes(Secret::from_bytes(*key)));
        let opened = self.session.open_body(header, message, key, rng)?;
        for (id, key) in &opened.store {
            self.skipped.insert((id.chain, id.n), *key.expose());
        }
        if let Some(id) = opened.used {
            self.skipped.remove(&(id.chain, id.n));
        }
        if let Some(last) = opened.forget_chain {
            self.skipped.retain(|(chain, _), _| *chain > last);
        }
        Ok(opened.frame)
    }
}

/// One contact; the first of its talks sends.
pub(crate) struct Contact {
    pub(crate) log: VerifiedDeviceLog,
    pub(crate) talks: Vec<Talk>,
    pub(crate) beginning: Option<Beginning>,
    pub(crate) descriptor: Option<Descriptor>,
    pub(crate) record: Option<ReconnectRecord>,
    pub(crate) our_mailbox: Option<Descriptor>,
    pub(crate) received: ReceivedCounters,
    sent: u64,
}

/// An envelope and where it goes.
pub(crate) struct Sealed {
    pub(crate) mailbox: MailboxId,
    pub(crate) envelope: Vec<u8>,
    pub(crate) is_initial: bool,
}

impl Contact {
    pub(crate) fn new(log: VerifiedDeviceLog) -> Self {
        Self {
            log,
            talks: Vec::new(),
            beginning: None,
            descriptor: None,
            record: None,
            our_mailbox: None,
            received: ReceivedCounters::default(),
            sent: 0,
        }
    }

    pub(crate) fn seal(
        &mut self,
        content: &Content,
        rng: &mut impl CryptoRng,
    ) -> Result<Sealed, ProtocolError> {
        content.check()?;
        let (kind, body) = content.encode_body();
        let is_numbered = !matches!(content, Content::Receipt { .. });
        let counter = if is_numbered { self.sent + 1 } else { 0 };
        let seen_up_to = self.received.up_to;
        let frame = Frame {
            counter,
            seen_up_to,
            kind,
            body,
        };
        let talk = self
            .talks
            .first_mut()
            .ok_or(ProtocolError::NothingReceived)?;
        let session = &mut talk.session;
        let sealed = match (&mut self.beginning, &self.descriptor) {
            (Some(beginning), _) => {
                if beginning.sent >= MAX_INITIAL_ENVELOPES {
                    return Err(ProtocolError::TooLarge);
                }
                beginning.sent += 1;
                let message = session.encrypt_bare(&frame, rng)?;
                let Beginning {
                    fields,
                    contact_key,
                    mailbox,
                    ..
                } = beginning;
                let envelope = seal_initial(fields, &message, contact_key, *mailbox, rng)?;
                Sealed {
                    mailbox: *mailbox,
                    envelope,
                    is_initial: true,
                }
            }
            (None, Some(to)) => {
                let envelope = session.encrypt(&frame, rng)?;
                Sealed {
                    mailbox: to.mailbox,
                    envelope,
                    is_initial: false,
                }
            }
            (None, None) => return Err(ProtocolError::NothingReceived),
        };
        self.sent = self.sent.max(counter);
        Ok(sealed)
    }

    /// Takes in what a message of the session `th` says.
    pub(crate) fn take(&mut self, th: TranscriptHash, frame: &Frame) -> Content {
        if frame.counter != 0 {
            self.received.accept(frame.counter);
        }
        let content = Content::decode(frame.kind, &frame.body);
        if let Content::Introduction {
            descriptor, record, ..
        }
        | Content::Reconnect { descriptor, record } = &content
        {
            self.descriptor = Some(descriptor.clone());
            self.record = Some(record.clone());
        }
        let sends = self.talks.first().map(|talk| talk.session.transcript());
        if self.descriptor.is_some() && sends == Some(th) {
            self.beginning = None;
        }
        content
    }
}
