//! The inbox beside the store: attached by the device, and filled as a second process does.

use std::path::PathBuf;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng as _;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use tacita_core::client::ClientError;
use tacita_core::client::input::Now;
use tacita_core::client::news::{CheckEnd, News};
use tacita_core::store::{Inbox, InboxOwner};
use tacita_wire::{MailboxId, StoredEnvelope};

use super::ask::Envelope;
use super::{Device, named};
use crate::faults::integrity::FixedVault;

impl Device {
    /// Beside the store, which must leave nothing behind when it is erased.
    fn inbox_directory(&self) -> Result<PathBuf, String> {
        let directory = self.directory.as_ref().ok_or("no directory")?;
        Ok(directory.with_file_name("inbox"))
    }

    pub(super) fn attach_inbox(&mut self, now: Now) -> Result<Value, String> {
        let directory = self.inbox_directory()?;
        let owner = InboxOwner::open(&directory, &FixedVault, &mut self.rng).map_err(named)?;
        let Some(engine) = &mut self.engine else {
            return Err(named(ClientError::Closed));
        };
        let collected = engine.attach_inbox(owner, now, &mut self.rng);
        collected.map(|count| json!(count)).map_err(named)
    }

    /// The mailboxes that are looked at, each with the last envelope known of it.
    pub(super) fn looks(&self, now: Now) -> Result<Value, String> {
        let inbox = Inbox::open(&self.inbox_directory()?, &FixedVault).map_err(named)?;
        let (_, looks) = News::begin(inbox, now);
        let all = looks.into_iter().flat_map(|(_, mailboxes)| mailboxes);
        Ok(all
            .map(|(id, subscription)| json!([HEXLOWER.encode(&id.0), subscription.after]))
            .collect())
    }

    /// Keeps what came, and gives how much that was.
    pub(super) fn look(&self, envelopes: Vec<Envelope>, now: Now) -> Result<Value, String> {
        let mut rng = ChaCha20Rng::from_seed([2; 32]);
        let inbox = Inbox::open(&self.inbox_directory()?, &FixedVault).map_err(named)?;
        let (mut news, _) = News::begin(inbox, now);
        for found in envelopes {
            let bytes = |text: &str| HEXLOWER.decode(text.as_bytes()).map_err(|_| "an envelope");
            let mailbox = bytes(&found.mailbox)?.try_into().map_err(|_| "a mailbox")?;
            let stored = StoredEnvelope {
                sequence: found.sequence,
                hour: found.hour,
                envelope: bytes(&found.bytes)?,
            };
            if !news
                .take(MailboxId(mailbox), stored, &mut rng)
                .map_err(named)?
            {
                break;
            }
        }
        let summary = news.finish(CheckEnd::Complete, &mut rng).map_err(named)?;
        Ok(json!(summary.came))
    }
}
