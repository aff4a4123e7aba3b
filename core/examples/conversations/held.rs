//! A session as a store has it, and what comes of one message.

use std::collections::BTreeMap;

use tacita_core::crypto::{ContactPublic, Secret};
use tacita_core::protocol::{
    Hour, InitialFields, Opened, ProtocolError, Session, SkippedKeyId, TranscriptHash,
};
use tacita_wire::{Decode, Encode, MailboxId};

use super::sabotage::Sabotage;

/// What a session keeps until it is answered.
pub struct Begun {
    pub fields: InitialFields,
    pub contact_key: ContactPublic,
    pub mailbox: MailboxId,
    pub sent: u32,
}

/// One session with its skipped keys, as the store has them.
pub struct Held {
    pub session: Session,
    pub keys: BTreeMap<SkippedKeyId, (Secret<32>, Hour)>,
    pub replaces: Option<TranscriptHash>,
    pub begun: Option<Begun>,
    pub created: Hour,
    pub last_opened: Hour,
}

/// What a device makes of one message.
pub struct Outgoing {
    pub th: TranscriptHash,
    pub initial: bool,
    pub counter: u64,
    pub seen_up_to: u64,
    pub n: u32,
    pub chain: u32,
    pub envelope: Vec<u8>,
    /// Header nonce ‖ sealed header ‖ sealed body.
    pub message: Vec<u8>,
}

/// What came of a message that opened.
#[derive(Debug, PartialEq, Eq)]
pub struct Incoming {
    pub th: TranscriptHash,
    pub counter: u64,
    pub seen_up_to: u64,
    pub text: Vec<u8>,
    pub stored: Vec<SkippedKeyId>,
    pub used: Option<SkippedKeyId>,
    pub forget: Option<u32>,
    pub turned: bool,
    /// A handshake was accepted with it.
    pub accepted: bool,
    pub is_new: bool,
}

impl Held {
    pub fn store(&mut self, opened: &Opened, now: Hour, sabotage: Option<Sabotage>) {
        if sabotage != Some(Sabotage::LoseSkippedKeys) {
            for (id, key) in &opened.store {
                let key = Secret::from_bytes(*key.expose());
                self.keys.insert(*id, (key, now));
            }
        }
        if let Some(id) = opened.used
            && sabotage != Some(Sabotage::KeepUsedKeys)
        {
            self.keys.remove(&id);
        }
        if let Some(last) = opened.forget_chain
            && sabotage != Some(Sabotage::KeepForgottenChains)
        {
            self.keys.retain(|id, _| id.chain > last);
        }
    }

    pub fn restarted(&self) -> Result<Self, ProtocolError> {
        Ok(Self {
            session: Session::from_bytes(&self.session.to_bytes())?,
            keys: self.keys.clone(),
            replaces: self.replaces,
            begun: match &self.begun {
                Some(begun) => Some(Begun {
                    fields: InitialFields::from_bytes(&begun.fields.to_bytes())?,
                    contact_key: begun.contact_key.clone(),
                    mailbox: begun.mailbox,
                    sent: begun.sent,
                }),
                None => None,
            },
            created: self.created,
            last_opened: self.last_opened,
        })
    }
}

impl Incoming {
    pub fn copy(&self) -> Self {
        Self {
            text: self.text.clone(),
            stored: self.stored.clone(),
            ..*self
        }
    }
}
