//! Which counters of a peer have come: a prefix and what stands above its first hole. PROTOCOL.md §16.

use tacita_wire::{Decode, Encode, Reader, WireError, Writer};

use super::ids::Counter;

/// Ranges in one receipt.
pub const MAX_RECEIPT_RANGES: usize = 16;
/// Ranges that are remembered above the prefix. An honest peer stops at 900 unacknowledged messages, so it
/// cannot leave as many holes; of one that does, the oldest hole is given up.
pub const MAX_RANGES_ABOVE: usize = 1024;

/// Whether a counter is a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It had not come before, and now counts as received.
    New,
    /// It had come before, or is 0, which numbers nothing.
    Duplicate,
}

/// The counters received in one direction of a device pair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceivedCounters {
    /// All of 1 to this have come: what `seen_up_to` says.
    pub up_to: Counter,
    /// What has come above, as (first, last), ascending, with a hole before each.
    pub above: Vec<(Counter, Counter)>,
}

impl ReceivedCounters {
    /// Takes a counter in.
    pub fn accept(&mut self, counter: Counter) -> Acceptance {
        if self.contains(counter) {
            return Acceptance::Duplicate;
        }
        let at = self.above.partition_point(|&(_, last)| last < counter);
        self.above.insert(at, (counter, counter));
        self.merge();
        Acceptance::New
    }

    /// Whether it has come. True for 0, which numbers nothing and so is never missing.
    #[must_use]
    pub fn contains(&self, counter: Counter) -> bool {
        counter <= self.up_to
            || self
                .above
                .iter()
                .any(|&(first, last)| (first..=last).contains(&counter))
    }

    /// The highest counter that has come; 0 if none has.
    #[must_use]
    pub fn highest(&self) -> Counter {
        self.above.last().map_or(self.up_to, |&(_, last)| last)
    }

    /// What a receipt tells beside `up_to`: the lowest ranges above it, [`MAX_RECEIPT_RANGES`] at most.
    #[must_use]
    pub fn ranges(&self) -> Vec<(Counter, Counter)> {
        self.above
            .iter()
            .copied()
            .take(MAX_RECEIPT_RANGES)
            .collect()
    }

    /// Joins neighbours, and the prefix with what follows it.
    fn merge(&mut self) {
        let mut merged: Vec<(Counter, Counter)> = Vec::with_capacity(self.above.len());
        for &(first, last) in &self.above {
            if first <= self.up_to.saturating_add(1) {
                self.up_to = self.up_to.max(last);
            } else {
                match merged.last_mut() {
                    Some((_, end)) if first <= end.saturating_add(1) => *end = (*end).max(last),
                    _ => merged.push((first, last)),
                }
            }
        }
        if merged.len() > MAX_RANGES_ABOVE {
            let (_, last) = merged.remove(0);
            self.up_to = last;
        }
        self.above = merged;
    }
}

impl Encode for ReceivedCounters {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.up_to).count(self.above.len());
        for &(first, last) in &self.above {
            writer.u64(first).u64(last);
        }
    }
}

impl Decode for ReceivedCounters {
    /// # Errors
    /// [`WireError::UnknownTag`] for ranges out of order or without a hole between them, which have another form.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let up_to = reader.u64()?;
        let count = reader.count(MAX_RANGES_ABOVE)?;
        let mut above: Vec<(Counter, Counter)> = Vec::with_capacity(count);
        let mut end = up_to;
        for _ in 0..count {
            let (first, last) = (reader.u64()?, reader.u64()?);
            if last < first || first.saturating_sub(end) < 2 {
                return Err(WireError::UnknownTag);
            }
            above.push((first, last));
            end = last;
        }
        Ok(Self { up_to, above })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn model(counters: &[Counter]) -> ReceivedCounters {
        let set: BTreeSet<Counter> = counters.iter().copied().filter(|&c| c > 0).collect();
        let mut received = ReceivedCounters::default();
        for counter in set {
            if counter == received.up_to + 1 && received.above.is_empty() {
                received.up_to = counter;
            } else {
                match received.above.last_mut() {
                    Some((_, last)) if *last + 1 == counter => *last = counter,
                    _ => received.above.push((counter, counter)),
                }
            }
        }
        received
    }

    proptest! {
        #[test]
        fn each_counter_is_new_once_in_whatever_order(counters in prop::collection::vec(0u64..60, 0..120)) {
            let mut received = ReceivedCounters::default();
            let mut seen = BTreeSet::from([0]);
            for &counter in &counters {
                let expected = if seen.insert(counter) { Acceptance::New } else { Acceptance::Duplicate };
                prop_assert_eq!(received.accept(counter), expected);
            }
            prop_assert_eq!(&received, &model(&counters));
            prop_assert_eq!(received.highest(), seen.last().copied().unwrap_or(0));
            prop_assert_eq!(ReceivedCounters::from_bytes(&received.to_bytes()), Ok(received));
        }

        #[test]
        fn any_bytes_are_refused_or_have_one_form(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(received) = ReceivedCounters::from_bytes(&bytes) {
                prop_assert_eq!(received.to_bytes(), bytes);
            }
        }
    }

    #[test]
    fn the_ends_of_the_number_line_hold() {
        let mut received = ReceivedCounters::default();
        assert_eq!(received.accept(u64::MAX), Acceptance::New);
        assert_eq!(received.accept(u64::MAX), Acceptance::Duplicate);
        assert_eq!(received.accept(u64::MAX - 1), Acceptance::New);
        assert_eq!(received.above, [(u64::MAX - 1, u64::MAX)]);
        assert_eq!(received.accept(1), Acceptance::New);
        assert_eq!(received.up_to, 1);
        assert_eq!(received.accept(0), Acceptance::Duplicate);
    }

    #[test]
    fn a_receipt_shows_at_most_sixteen_ranges_the_lowest() {
        let mut received = ReceivedCounters::default();
        for counter in 1..=40 {
            received.accept(counter * 2);
        }
        assert_eq!(received.ranges().len(), MAX_RECEIPT_RANGES);
        assert_eq!(received.ranges()[0], (2, 2));
    }

    #[test]
    fn a_peer_that_leaves_endless_holes_does_not_grow_the_list() {
        let mut received = ReceivedCounters::default();
        for counter in 1..=3000 {
            assert_eq!(received.accept(counter * 2), Acceptance::New);
        }
        assert_eq!(received.above.len(), MAX_RANGES_ABOVE);
        assert_eq!(received.highest(), 6000);
        assert!(received.contains(3));
        assert!(!received.contains(5999));
    }

    #[test]
    fn ranges_have_one_form() {
        let form = |first: u64, last: u64| ReceivedCounters {
            up_to: 5,
            above: vec![(first, last)],
        };
        for (first, last, holds) in [(7, 7, true), (7, 9, true), (6, 9, false), (9, 8, false)] {
            let read = ReceivedCounters::from_bytes(&form(first, last).to_bytes());
            let due = holds.then(|| form(first, last));
            assert_eq!(read, due.ok_or(WireError::UnknownTag));
        }
    }

    #[test]
    fn a_late_counter_fills_its_hole() {
        let mut received = ReceivedCounters::default();
        for counter in [1, 2, 5, 4] {
            received.accept(counter);
        }
        assert_eq!(
            (received.up_to, received.above.as_slice()),
            (2, &[(4, 5)][..])
        );
        received.accept(3);
        assert_eq!((received.up_to, received.above.as_slice()), (5, &[][..]));
    }
}
