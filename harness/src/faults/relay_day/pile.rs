//! The pile of the relay's day: no entry is handed out twice, and no answer changes.

use std::collections::BTreeSet;

use anyhow::{Result, anyhow};
use tacita_wire::{ClaimKey, ClaimNonce, OwnerKey, Request, Response, SealedEntry, Ticket};

use super::{PILE, RelayDay, ensure_trouble, entry};
use crate::faults::world::Trouble;

impl RelayDay {
    pub(super) fn make_pile(&mut self) -> Result<(), Trouble> {
        self.start()?;
        let owner = OwnerKey::from_bytes([PILE; 32]);
        let pile = ClaimKey::from_bytes([PILE; 32]).derive_pile_id();
        self.must_do(&Request::CreatePile {
            ticket: self.ticket()?,
            pile,
            owner_hash: owner.derive_hash(),
            last_resort: entry(200)?,
        })?;
        self.has_pile = true;
        self.must_do(&Request::FillPile {
            pile,
            owner: owner.clone(),
            replace: false,
            last_resort: None,
            entries: (1..=8).map(entry).collect::<Result<_>>()?,
        })?;
        let count = self.send(&Request::CountPile { pile, owner })?;
        let taken = u16::try_from(self.claimed.len()).unwrap_or(u16::MAX);
        ensure_trouble(
            count
                == (Response::Count {
                    remaining: 8 - taken,
                }),
            "the pile is not full",
        )
    }

    pub(super) fn claim_with(&mut self, nonce: u8) -> Result<SealedEntry, Trouble> {
        let request = Request::Claim {
            ticket: Ticket::Open,
            claim: ClaimKey::from_bytes([PILE; 32]),
            nonce: ClaimNonce([nonce; 16]),
        };
        match self.send(&request)? {
            Response::Claimed { entry, .. } => Ok(entry),
            other => Err(anyhow!("{other:?} in place of an entry").into()),
        }
    }

    pub(super) fn claim(&mut self) -> Result<(), Trouble> {
        for nonce in [1, 2] {
            let entry = self.claim_with(nonce)?;
            let first = self.claimed.entry(nonce).or_insert_with(|| entry.clone());
            ensure_trouble(*first == entry, "the same nonce gives another entry")?;
        }
        Ok(())
    }

    pub(super) fn check_claims(&mut self) -> Result<(), Trouble> {
        if self.expires || !self.has_pile {
            return Ok(());
        }
        for (nonce, entry) in self.claimed.clone() {
            let again = self.claim_with(nonce)?;
            ensure_trouble(again == entry, "the same nonce gives another entry")?;
        }
        let given: BTreeSet<&[u8]> = self.claimed.values().map(SealedEntry::as_bytes).collect();
        ensure_trouble(
            given.len() == self.claimed.len(),
            "an entry was given twice",
        )
    }
}
