//! Mailboxes of the relay's day: made, filled, read, deleted, and that each has just what was promised.

use std::collections::BTreeSet;

use anyhow::{Context as _, anyhow};
use tacita_wire::{ClaimKey, MailboxKind, OwnerKey, Request, Response, Ticket};

use super::{PILE, RelayDay, ensure_trouble, envelope, read_key, write_key};
use crate::faults::world::Trouble;

impl RelayDay {
    pub(super) fn make_mailboxes(&mut self) -> Result<(), Trouble> {
        self.start()?;
        for (mailbox, kind) in [(1, MailboxKind::Pair), (2, MailboxKind::Contact)] {
            let request = Request::CreateMailbox {
                ticket: self.ticket()?,
                kind,
                mailbox: read_key(mailbox).derive_mailbox_id(),
                write_hash: write_key(mailbox).derive_hash(),
            };
            self.must_do(&request)?;
            self.promised.entry(mailbox).or_default();
        }
        Ok(())
    }

    pub(super) fn put_batch(&mut self, mailbox: u8, numbers: &[u32]) -> Result<(), Trouble> {
        let known = self
            .promised
            .get(&mailbox)
            .map(Vec::as_slice)
            .unwrap_or_default();
        if numbers.iter().all(|number| known.contains(number)) {
            // If they are not there now, they were lost: they are not put again.
            return Ok(());
        }
        self.tried.entry(mailbox).or_default().extend(numbers);
        self.must_do(&Request::Put {
            ticket: Ticket::Open,
            mailbox: read_key(mailbox).derive_mailbox_id(),
            write: write_key(mailbox),
            envelopes: numbers.iter().copied().map(envelope).collect(),
        })?;
        let promised = self.promised.entry(mailbox).or_default();
        for number in numbers {
            if !promised.contains(number) {
                promised.push(*number);
            }
        }
        Ok(())
    }

    pub(super) fn put_next(&mut self, mailbox: u8) -> Result<(), Trouble> {
        self.next += 1;
        self.put_batch(mailbox, &[1000 + self.next])
    }

    pub(super) fn put(&mut self) -> Result<(), Trouble> {
        self.put_batch(1, &[1])?;
        self.put_batch(1, &[2, 3, 4])?;
        self.put_batch(2, &[5])
    }

    pub(super) fn put_more(&mut self) -> Result<(), Trouble> {
        self.put_batch(1, &(20..28).collect::<Vec<_>>())
    }

    pub(super) fn acknowledge(&mut self) -> Result<(), Trouble> {
        let read = Request::Read {
            read: read_key(1),
            after: 0,
            limit: 2,
        };
        let Response::Entries { entries, .. } = self.send(&read)? else {
            return Err(anyhow!("a mailbox cannot be read").into());
        };
        let numbers: Vec<u32> = entries
            .iter()
            .filter_map(|entry| entry.envelope.first_chunk::<4>())
            .map(|number| u32::from_be_bytes(*number))
            .collect();
        // The ones that go are no promise any more, whether or not this is answered.
        if let Some(promised) = self.promised.get_mut(&1) {
            promised.retain(|number| !numbers.contains(number));
        }
        let up_to = entries.last().context("nothing to acknowledge")?.sequence;
        self.must_do(&Request::Ack {
            read: read_key(1),
            up_to,
        })
    }

    pub(super) fn delete(&mut self) -> Result<(), Trouble> {
        // Gone or not, nothing is promised of it.
        self.promised.remove(&2);
        self.must_do(&Request::DeleteMailbox { read: read_key(2) })?;
        self.has_pile = false;
        self.must_do(&Request::DeletePile {
            pile: ClaimKey::from_bytes([PILE; 32]).derive_pile_id(),
            owner: OwnerKey::from_bytes([PILE; 32]),
        })
    }

    pub(super) fn check_envelopes(&mut self) -> Result<(), Trouble> {
        for (mailbox, promised) in self.promised.clone() {
            let request = Request::Read {
                read: read_key(mailbox),
                after: 0,
                limit: 256,
            };
            let Response::Entries { entries, .. } = self.send(&request)? else {
                return Err(anyhow!("a mailbox cannot be read").into());
            };
            let mut stored = Vec::new();
            for entry in &entries {
                let number = entry.envelope.first_chunk::<4>().context("an envelope")?;
                let number = u32::from_be_bytes(*number);
                ensure_trouble(
                    entry.envelope == envelope(number),
                    "an envelope was altered",
                )?;
                stored.push(number);
            }
            let distinct: BTreeSet<u32> = stored.iter().copied().collect();
            ensure_trouble(distinct.len() == stored.len(), "an envelope is there twice")?;
            let tried = self.tried.get(&mailbox).cloned().unwrap_or_default();
            ensure_trouble(distinct.is_subset(&tried), "an envelope that nobody put")?;
            if self.expires {
                continue;
            }
            let kept: Vec<u32> = stored
                .iter()
                .copied()
                .filter(|number| promised.contains(number))
                .collect();
            if kept != promised {
                return Err(anyhow!("promised {promised:?}, stored {stored:?}").into());
            }
        }
        Ok(())
    }
}
