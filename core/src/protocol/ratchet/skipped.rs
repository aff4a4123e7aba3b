//! Messages that did not come yet: their keys' names, their limits, and the chains they are of. PROTOCOL.md §13.

use crate::protocol::error::ProtocolError;

use super::header::HeaderKey;

/// Skipped message keys that one chain may have. More are refused before anything is hashed.
pub const MAX_SKIPPED_IN_CHAIN: u32 = 1000;
/// Skipped message keys that one session may have; beyond, those of the oldest chains are forgotten.
pub const MAX_SKIPPED_IN_SESSION: u32 = 2000;
/// Header keys that are remembered of chains that a turn has ended.
pub(in crate::protocol) const MAX_OLD_CHAINS: usize = 32;

/// Names a skipped message key within its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SkippedKeyId {
    /// The receiving chain, counted from 1.
    pub chain: u32,
    /// The message's number in that chain, from 0.
    pub n: u32,
}

/// A receiving chain that a turn has ended.
#[derive(Debug)]
pub(in crate::protocol) struct OldChain {
    pub(in crate::protocol) number: u32,
    pub(in crate::protocol) header_key: HeaderKey,
    /// Skipped keys of it that were given to the store and not used yet.
    pub(in crate::protocol) skipped: u32,
}

/// The receiving chains that are remembered, oldest first.
#[derive(Debug, Default)]
pub(in crate::protocol) struct OldChains(pub(in crate::protocol) Vec<OldChain>);

impl OldChains {
    /// Remembers one more. Of more than [`MAX_OLD_CHAINS`], the oldest one that waits for no message goes, or else
    /// the oldest.
    pub(in crate::protocol) fn remember(&mut self, chain: OldChain) -> Option<u32> {
        self.0.push(chain);
        if self.0.len() <= MAX_OLD_CHAINS {
            return None;
        }
        let at = self.0.iter().position(|old| old.skipped == 0);
        let gone = self.0.remove(at.unwrap_or(0));
        (gone.skipped > 0).then_some(gone.number)
    }

    /// Forgets the oldest chains until, with `current` skipped keys of the chain being received, no
    /// more than 2,000 are left. The number of the last chain forgotten.
    pub(in crate::protocol) fn forget_beyond_limit(&mut self, current: u32) -> Option<u32> {
        let mut forgotten = None;
        while self.skipped().saturating_add(current) > MAX_SKIPPED_IN_SESSION && !self.0.is_empty()
        {
            forgotten = Some(self.0.remove(0).number);
        }
        forgotten
    }

    /// A skipped key of a chain was used.
    pub(in crate::protocol) fn use_one(&mut self, number: u32) {
        if let Some(chain) = self.0.iter_mut().find(|old| old.number == number) {
            chain.skipped = chain.skipped.saturating_sub(1);
        }
    }

    fn skipped(&self) -> u32 {
        self.0.iter().map(|old| old.skipped).sum()
    }
}

/// How many messages lie between `from` and `to`, if a chain with `already` skipped ones may skip them.
pub(in crate::protocol) fn count_skips(
    from: u32,
    to: u32,
    already: u32,
) -> Result<u32, ProtocolError> {
    let skips = to.saturating_sub(from);
    match already.checked_add(skips) {
        Some(total) if total <= MAX_SKIPPED_IN_CHAIN => Ok(skips),
        _ => Err(ProtocolError::CannotDecrypt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Secret;

    #[test]
    fn as_many_chains_as_the_limit_are_remembered_and_of_one_more_the_oldest_that_waits_for_nothing_goes()
     {
        let chain = |number: u32, skipped: u32| OldChain {
            number,
            header_key: HeaderKey(Secret::from_bytes([0; 32])),
            skipped,
        };
        let mut old = OldChains::default();
        for number in 0..32 {
            assert_eq!(old.remember(chain(number, u32::from(number == 0))), None);
        }
        assert_eq!(old.0.len(), MAX_OLD_CHAINS);
        assert_eq!(old.remember(chain(32, 1)), None);
        let numbers: Vec<u32> = old.0.iter().map(|chain| chain.number).collect();
        assert_eq!(
            numbers,
            [&[0], &(2..=32).collect::<Vec<u32>>()[..]].concat()
        );
    }
}
