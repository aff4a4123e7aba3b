//! One end of a session in the model. PROTOCOL.md §13.

use std::collections::{BTreeMap, BTreeSet};

use tacita_core::protocol::{Hour, SkippedKeyId, TranscriptHash};

use super::{Chain, ChainId, DeviceId, Header, Ledger, Message, Pair, Refusal, Root};

/// Skipped keys of one chain; of one session. PROTOCOL.md §13.
const MAX_IN_CHAIN: usize = 1000;
const MAX_IN_SESSION: usize = 2000;
/// Ended chains that are remembered.
const MAX_ENDED: usize = 32;

/// The chain that an end sends in.
#[derive(Clone, Debug)]
pub struct Sending {
    pub chain: ChainId,
    pub n: u32,
    pub previous_length: u32,
}

/// A chain of the peer: being received, or ended by a turn.
#[derive(Clone, Debug)]
pub struct Receiving {
    /// Counted from 1.
    pub number: u32,
    pub header: Header,
    pub chain: ChainId,
    pub n: u32,
    /// Numbers passed over and not opened yet.
    pub skipped: BTreeSet<u32>,
}

#[derive(Clone, Debug)]
pub struct End {
    pub th: TranscriptHash,
    pub us: DeviceId,
    pub peer: DeviceId,
    pub root: Root,
    pub pair: Pair,
    pub our_next_header: Header,
    pub their_next_header: Header,
    pub sending: Option<Sending>,
    pub receiving: Option<Receiving>,
    pub ended: Vec<Receiving>,
    pub sending_chains: u32,
    /// Skipped keys that the store has, the chain each is of, and since when.
    pub kept: BTreeMap<SkippedKeyId, (ChainId, Hour)>,
    pub replaces: Option<TranscriptHash>,
    /// Messages sent with initial fields, while nothing has been opened.
    pub unanswered: Option<u32>,
    pub created: Hour,
    pub last_opened: Hour,
}

/// What must come of a message that opens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    pub stored: Vec<SkippedKeyId>,
    pub used: Option<SkippedKeyId>,
    pub forget: Option<u32>,
    pub turned: bool,
}

impl End {
    pub fn initiator(
        ledger: &mut Ledger,
        th: TranscriptHash,
        (us, peer): (DeviceId, DeviceId),
        replaces: Option<TranscriptHash>,
        now: Hour,
    ) -> Self {
        let chain = ledger.begin_chain(Chain {
            th,
            by: us,
            root: Root::Start(th),
            to: Pair::Prekeys(th),
            header: Header::Initiator(th),
        });
        Self {
            root: Root::After(chain),
            pair: Pair::Of(chain),
            our_next_header: Header::After(chain),
            their_next_header: Header::Responder(th),
            sending: Some(Sending {
                chain,
                n: 0,
                previous_length: 0,
            }),
            sending_chains: 1,
            unanswered: Some(0),
            ..Self::responder(th, (us, peer), replaces, now)
        }
    }

    pub fn responder(
        th: TranscriptHash,
        (us, peer): (DeviceId, DeviceId),
        replaces: Option<TranscriptHash>,
        now: Hour,
    ) -> Self {
        Self {
            th,
            us,
            peer,
            root: Root::Start(th),
            pair: Pair::Prekeys(th),
            our_next_header: Header::Responder(th),
            their_next_header: Header::Initiator(th),
            sending: None,
            receiving: None,
            ended: Vec::new(),
            sending_chains: 0,
            kept: BTreeMap::new(),
            replaces,
            unanswered: None,
            created: now,
            last_opened: now,
        }
    }

    /// Opens a message, or leaves everything as it is.
    pub fn open(
        &mut self,
        message: &Message,
        now: Hour,
        ledger: &mut Ledger,
    ) -> Result<Opening, Refusal> {
        let header = ledger.chains[message.chain].header;
        let current = self.receiving.as_ref().map(|chain| chain.header);
        let opening = if current == Some(header) {
            self.open_in_current(message, now)?
        } else if self.their_next_header == header {
            self.turn(message, now, ledger)?
        } else if let Some(at) = self.ended.iter().rposition(|old| old.header == header) {
            let number = self.ended[at].number;
            let used = self.take_key(number, message)?;
            self.ended[at].skipped.remove(&message.n);
            Opening {
                used: Some(used),
                ..Opening::default()
            }
        } else {
            return Err(Refusal::ForgottenChain);
        };
        self.unanswered = None;
        self.last_opened = now;
        Ok(opening)
    }

    fn take_key(&mut self, number: u32, message: &Message) -> Result<SkippedKeyId, Refusal> {
        let id = SkippedKeyId {
            chain: number,
            n: message.n,
        };
        match self.kept.get(&id) {
            None => Err(Refusal::NoKey),
            Some((chain, _)) if *chain != message.chain => Err(Refusal::OtherKeys),
            Some(_) => {
                self.kept.remove(&id);
                Ok(id)
            }
        }
    }

    fn open_in_current(&mut self, message: &Message, now: Hour) -> Result<Opening, Refusal> {
        let Some(mut receiving) = self.receiving.clone() else {
            return Err(Refusal::ForgottenChain);
        };
        if message.n < receiving.n {
            let used = self.take_key(receiving.number, message)?;
            if let Some(receiving) = &mut self.receiving {
                receiving.skipped.remove(&message.n);
            }
            return Ok(Opening {
                used: Some(used),
                ..Opening::default()
            });
        }
        let stored = receiving.skip_to(message.n)?;
        if receiving.chain != message.chain {
            return Err(Refusal::OtherKeys);
        }
        receiving.n = message.n + 1;
        self.keep(&stored, message.chain, now);
        self.receiving = Some(receiving);
        Ok(Opening {
            stored,
            forget: self.forget_beyond_limit(),
            ..Opening::default()
        })
    }

    fn turn(
        &mut self,
        message: &Message,
        now: Hour,
        ledger: &mut Ledger,
    ) -> Result<Opening, Refusal> {
        let mut old = self.receiving.clone();
        let mut stored = Vec::new();
        let mut old_stored = Vec::new();
        if let Some(old) = &mut old {
            old_stored = old.skip_to(message.previous_length)?;
        }
        let chain = ledger.chains[message.chain];
        let number = self.last_number() + 1;
        let mut receiving = Receiving {
            number,
            header: chain.header,
            chain: message.chain,
            n: 0,
            skipped: BTreeSet::new(),
        };
        let new_stored = receiving.skip_to(message.n)?;
        if (chain.root, chain.to) != (self.root, self.pair) {
            return Err(Refusal::OtherKeys);
        }
        receiving.n = message.n + 1;

        let mut forget = None;
        if let Some(old) = old {
            self.keep(&old_stored, old.chain, now);
            self.ended.push(old);
            if self.ended.len() > MAX_ENDED {
                let empty = self.ended.iter().position(|old| old.skipped.is_empty());
                let gone = self.ended.remove(empty.unwrap_or(0));
                if !gone.skipped.is_empty() {
                    forget = Some(gone.number);
                    self.drop_keys(gone.number);
                }
            }
        }
        self.keep(&new_stored, message.chain, now);
        stored.extend(old_stored);
        stored.extend(new_stored);
        self.their_next_header = Header::After(message.chain);
        self.receiving = Some(receiving);
        let forget = self.forget_beyond_limit().or(forget);

        let previous_length = self.sending.as_ref().map_or(0, |sending| sending.n);
        let ours = ledger.begin_chain(Chain {
            th: self.th,
            by: self.us,
            root: Root::After(message.chain),
            to: Pair::Of(message.chain),
            header: self.our_next_header,
        });
        self.sending = Some(Sending {
            chain: ours,
            n: 0,
            previous_length,
        });
        self.our_next_header = Header::After(ours);
        self.root = Root::After(ours);
        self.pair = Pair::Of(ours);
        self.sending_chains += 1;
        Ok(Opening {
            stored,
            used: None,
            forget,
            turned: true,
        })
    }

    fn last_number(&self) -> u32 {
        self.receiving.as_ref().map_or(0, |chain| chain.number)
    }

    fn keep(&mut self, stored: &[SkippedKeyId], chain: ChainId, now: Hour) {
        for id in stored {
            self.kept.insert(*id, (chain, now));
        }
    }

    fn drop_keys(&mut self, up_to: u32) {
        self.kept.retain(|id, _| id.chain > up_to);
    }

    /// Of more than 2,000 skipped messages the oldest ended chains go.
    fn forget_beyond_limit(&mut self) -> Option<u32> {
        let current = self.receiving.as_ref().map_or(0, |one| one.skipped.len());
        let mut forgotten = None;
        loop {
            let ended: usize = self.ended.iter().map(|old| old.skipped.len()).sum();
            if ended + current <= MAX_IN_SESSION || self.ended.is_empty() {
                break;
            }
            let gone = self.ended.remove(0).number;
            self.drop_keys(gone);
            forgotten = Some(gone);
        }
        forgotten
    }
}

impl Receiving {
    /// Passes over the numbers below `to`, if that many may be.
    fn skip_to(&mut self, to: u32) -> Result<Vec<SkippedKeyId>, Refusal> {
        let passed = self.n..to;
        if self.skipped.len() + passed.len() > MAX_IN_CHAIN {
            return Err(Refusal::TooManySkips);
        }
        self.skipped.extend(passed.clone());
        self.n = self.n.max(to);
        let chain = self.number;
        Ok(passed.map(|n| SkippedKeyId { chain, n }).collect())
    }
}
