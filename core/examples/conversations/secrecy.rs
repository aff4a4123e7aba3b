//! Which messages must fall when states leak: the bookkeeping, in the model's names.

use std::collections::{BTreeMap, BTreeSet};

use super::model::device::ModelDevice;
use super::model::end::End;
use super::model::{ChainId, DeviceId, Header, Ledger, MessageId, Pair, Root};

/// What a thief has taken, as the model names it.
pub struct Leak {
    pub device: DeviceId,
    /// Chains that there were: later ones have a higher number.
    pub chains: usize,
    pub ends: Vec<End>,
    /// Ids of the prekeys taken besides, if any.
    pub prekeys: Option<BTreeSet<u32>>,
}

impl Leak {
    pub fn of(id: DeviceId, device: &ModelDevice, ledger: &Ledger, with_prekeys: bool) -> Self {
        Self {
            device: id,
            chains: ledger.chains.len(),
            ends: device.ends.values().cloned().collect(),
            prekeys: with_prekeys.then(|| device.prekeys.keys().copied().collect()),
        }
    }
}

/// What the thief can do besides: which half of every ratchet pair is no secret to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    Neither,
    X25519,
    MlKem,
    /// Then nothing heals: shows that the thief is able.
    Both,
}

impl Broken {
    pub fn has_x25519(self) -> bool {
        matches!(self, Self::X25519 | Self::Both)
    }

    pub fn has_ml_kem(self) -> bool {
        matches!(self, Self::MlKem | Self::Both)
    }
}

#[derive(Default)]
struct Known {
    roots: BTreeSet<Root>,
    headers: BTreeSet<Header>,
    dh: BTreeSet<Pair>,
    kem: BTreeSet<Pair>,
    /// From which number on.
    chains: BTreeMap<ChainId, u32>,
    keys: BTreeSet<(ChainId, u32)>,
    prekeys: BTreeSet<(DeviceId, u32)>,
}

impl Known {
    fn take(&mut self, leak: &Leak) {
        for end in &leak.ends {
            self.roots.insert(end.root);
            self.dh.insert(end.pair);
            self.kem.insert(end.pair);
            self.headers
                .extend([end.our_next_header, end.their_next_header]);
            for (id, (chain, _)) in &end.kept {
                self.keys.insert((*chain, id.n));
            }
            if let Some(sending) = &end.sending {
                self.take_chain(sending.chain, sending.n);
            }
            if let Some(receiving) = &end.receiving {
                self.headers.insert(receiving.header);
                self.take_chain(receiving.chain, receiving.n);
            }
            self.headers.extend(end.ended.iter().map(|old| old.header));
        }
        let ids = leak.prekeys.iter().flatten();
        self.prekeys.extend(ids.map(|id| (leak.device, *id)));
    }

    fn take_chain(&mut self, chain: ChainId, from: u32) {
        let known = self.chains.entry(chain).or_insert(from);
        *known = from.min(*known);
    }

    /// An initial envelope is sealed to the contact key besides.
    fn sees(&self, ledger: &Ledger, message: MessageId) -> bool {
        let message = &ledger.messages[message];
        if !message.initial {
            return true;
        }
        let contact = ledger.handshake(&message.th).map(|one| one.prekeys.contact);
        contact.is_some_and(|id| self.prekeys.contains(&(message.to, id)))
    }

    /// The responder's half of a handshake can be done again while all its prekeys are there.
    fn answer_handshakes(&mut self, ledger: &Ledger) {
        for handshake in &ledger.handshakes {
            let used = &handshake.prekeys;
            let has = |id: u32| self.prekeys.contains(&(handshake.to, id));
            let was_sent = ledger
                .messages
                .iter()
                .any(|message| message.initial && message.th == handshake.th);
            let can_answer = has(used.contact) && has(used.spk) && has(used.kem);
            if was_sent && can_answer && used.opk.is_none_or(has) {
                let th = handshake.th;
                self.roots.insert(Root::Start(th));
                self.headers
                    .extend([Header::Initiator(th), Header::Responder(th)]);
                self.dh.insert(Pair::Prekeys(th));
                self.kem.insert(Pair::Prekeys(th));
            }
        }
    }

    /// Whether the half-step of a chain can be done, by either end's part.
    fn half_step(&self, ledger: &Ledger, id: ChainId, broken: Broken) -> bool {
        let chain = &ledger.chains[id];
        let kem = broken.has_ml_kem() || self.kem.contains(&chain.to);
        let dh =
            broken.has_x25519() || self.dh.contains(&chain.to) || self.dh.contains(&Pair::Of(id));
        kem && dh && self.roots.contains(&chain.root) && self.headers.contains(&chain.header)
    }
}

/// The messages that fall, all that was ever sent being recorded.
pub fn predict(ledger: &Ledger, leaks: &[&Leak], broken: Broken) -> BTreeSet<MessageId> {
    let mut known = Known::default();
    for leak in leaks {
        known.take(leak);
    }
    known.answer_handshakes(ledger);
    let seen: Vec<MessageId> = (0..ledger.messages.len())
        .filter(|id| known.sees(ledger, *id))
        .collect();
    let visible: BTreeSet<ChainId> = seen.iter().map(|id| ledger.messages[*id].chain).collect();
    // Chains are numbered in the order in which they were made, each after what it was made of.
    for id in visible {
        if known.half_step(ledger, id, broken) {
            known.roots.insert(Root::After(id));
            known.headers.insert(Header::After(id));
            known.take_chain(id, 0);
        }
    }
    let falls = |id: &MessageId| {
        let message = &ledger.messages[*id];
        let from = known.chains.get(&message.chain);
        from.is_some_and(|from| *from <= message.n)
            || known.keys.contains(&(message.chain, message.n))
    };
    seen.into_iter().filter(falls).collect()
}

/// The promise, said without the bookkeeping: after one theft, what either end sends falls only until that end
/// has something to go by which was drawn after the theft. One round trip, and nothing falls any more.
pub fn healed(ledger: &Ledger, leak: &Leak, message: MessageId) -> bool {
    let id = ledger.messages[message].chain;
    let chain = &ledger.chains[id];
    let drawn_after = |id: ChainId| id >= leak.chains;
    if chain.by == leak.device {
        return drawn_after(id);
    }
    matches!(chain.to, Pair::Of(theirs)
        if ledger.chains[theirs].by == leak.device && drawn_after(theirs))
}
