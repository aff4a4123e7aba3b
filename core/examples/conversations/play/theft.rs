//! Thefts of state in a conversation: which messages fall, and whether those are the ones that should.

use std::collections::BTreeMap;
use std::rc::Rc;

use tacita_core::protocol::TranscriptHash;
use tacita_wire::{Encode, Writer};

use super::Play;
use crate::model::{MessageId, Pair};
use crate::secrecy::{Broken, Leak, healed, predict};
use crate::thief::{KnownPair, Loot, Recorded, steal};
use crate::world::Violation;

/// Thefts in one conversation.
const MAX_THEFTS: usize = 2;
/// Chains up to which a thief to whom all ratchet keys are known is let loose.
const FEW_CHAINS: usize = 12;

/// A stolen state, as bytes and in the model.
pub(super) struct Theft {
    leak: Leak,
    loot: Loot,
}

impl Play {
    pub(super) fn steal(&mut self) -> Result<(), Violation> {
        if self.thefts.len() < MAX_THEFTS {
            let id = self.device();
            let with_prekeys = self.thefts.is_empty() && self.dice.percent(50);
            let (device, model) = (&self.world.devices[id], &self.world.models[id]);
            self.thefts.push(Theft {
                leak: Leak::of(id, model, &self.world.ledger, with_prekeys),
                loot: Loot::take(device, with_prekeys)?,
            });
            self.world
                .note(|| format!("{id} is robbed, with prekeys: {with_prekeys}"));
            self.world.counts.one("state stolen");
        }
        Ok(())
    }

    pub(super) fn thieves(&mut self) -> Result<(), Violation> {
        if self.thefts.is_empty() {
            return Ok(());
        }
        let recorded = self.recorded();
        let few = self.world.ledger.chains.len() <= FEW_CHAINS;
        let mut able = vec![Broken::Neither, Broken::X25519, Broken::MlKem];
        if few {
            able.push(Broken::Both);
        }
        for broken in able {
            self.compare_thief(&recorded, broken)?;
        }
        Ok(())
    }

    fn compare_thief(&mut self, recorded: &[Recorded], broken: Broken) -> Result<(), Violation> {
        let leaks: Vec<&Leak> = self.thefts.iter().map(|theft| &theft.leak).collect();
        let loot: Vec<&Loot> = self.thefts.iter().map(|theft| &theft.loot).collect();
        let due = predict(&self.world.ledger, &leaks, broken);
        let fallen = steal(&loot, recorded, &self.halves(broken));
        if let Some(id) = fallen.difference(&due).next() {
            return Err(format!(
                "message {id} fell and should not have ({broken:?})"
            ));
        }
        if let Some(id) = due.difference(&fallen).next() {
            return Err(format!("message {id} should have fallen ({broken:?})"));
        }
        if let ([leak], true) = (&leaks[..], broken != Broken::Both) {
            let still = |id: &&MessageId| healed(&self.world.ledger, leak, **id);
            if let Some(id) = fallen.iter().find(still) {
                return Err(format!("message {id} fell after a round trip ({broken:?})"));
            }
            let safe = (0..recorded.len()).filter(|id| healed(&self.world.ledger, leak, *id));
            self.world
                .counts
                .add("messages after a round trip, all safe", safe.count());
        }
        let (tried, safe) = match broken {
            Broken::Neither => ("thief: messages fallen", "thief: messages safe"),
            Broken::X25519 => ("thief with X25519: fallen", "thief with X25519: safe"),
            Broken::MlKem => ("thief with ML-KEM: fallen", "thief with ML-KEM: safe"),
            Broken::Both => ("thief with both: fallen", "thief with both: safe"),
        };
        self.world.counts.add(tried, fallen.len());
        self.world.counts.add(safe, recorded.len() - fallen.len());
        Ok(())
    }

    fn recorded(&self) -> Vec<Recorded> {
        let messages = self.world.ledger.messages.iter().enumerate();
        messages
            .map(|(id, message)| {
                let mut addresses = Writer::new();
                for end in [message.from, message.to] {
                    self.world.devices[end].address().encode(&mut addresses);
                }
                Recorded {
                    id,
                    th: message.th,
                    initial: message.initial,
                    envelope: Rc::clone(&self.world.envelopes[id]),
                    addresses: addresses.finish(),
                }
            })
            .collect()
    }

    /// The halves of all ratchet pairs that are no secret to this thief.
    fn halves(&self, broken: Broken) -> BTreeMap<TranscriptHash, Vec<KnownPair>> {
        let mut halves: BTreeMap<TranscriptHash, Vec<KnownPair>> = BTreeMap::new();
        if broken == Broken::Neither {
            return halves;
        }
        for (pair, known) in &self.world.pairs {
            let th = match pair {
                Pair::Prekeys(th) => *th,
                Pair::Of(chain) => self.world.ledger.chains[*chain].th,
            };
            halves.entry(th).or_default().push(KnownPair {
                public: known.public,
                dh: known.dh.clone().filter(|_| broken.has_x25519()),
                kem: known.kem.clone().filter(|_| broken.has_ml_kem()),
            });
        }
        halves
    }
}
