//! The fewest steps from one order of rows to another, over their keys alone.

use std::collections::{BTreeMap, BTreeSet};

/// One step; each is done to the list that the one before left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<K> {
    Insert { at: usize, key: K },
    Move { from: usize, to: usize },
    Remove { at: usize },
}

/// The steps from `old` to `new`, in which no key stands twice; `None` if there are more than `most`.
pub(super) fn steps<K: Ord + Copy>(old: &[K], new: &[K], most: usize) -> Option<Vec<Step<K>>> {
    let places: BTreeMap<K, usize> = old.iter().copied().zip(0..).collect();
    let stays: BTreeSet<K> = new.iter().copied().collect();
    let kept = longest_in_order(new.iter().filter_map(|key| Some((*key, *places.get(key)?))));
    let gone = old.iter().filter(|key| !stays.contains(key)).count();
    let placed = new.len().saturating_sub(kept.len());
    if gone.saturating_add(placed) > most {
        return None;
    }
    let mut steps = Vec::new();
    let mut list = Vec::with_capacity(old.len().max(new.len()));
    for (at, key) in old.iter().enumerate().rev() {
        if stays.contains(key) {
            list.push(*key);
        } else {
            steps.push(Step::Remove { at });
        }
    }
    list.reverse();
    let mut before: Option<K> = None;
    for key in new.iter().copied() {
        if !kept.contains(&key) {
            let from = places.get(&key).and_then(|_| position(&list, key));
            if let Some(from) = from {
                let _ = list.remove(from);
            }
            // Right behind the one that it follows, which is in its place already.
            let to = before.and_then(|before| position(&list, before));
            let to = to.map_or(0, |to| to.saturating_add(1));
            list.insert(to, key);
            match from {
                Some(from) if from == to => {}
                Some(from) => steps.push(Step::Move { from, to }),
                None => steps.push(Step::Insert { at: to, key }),
            }
        }
        before = Some(key);
    }
    Some(steps)
}

fn position<K: Eq>(list: &[K], key: K) -> Option<usize> {
    list.iter().position(|at| *at == key)
}

/// The keys of a longest run of rising numbers: those that need not move.
fn longest_in_order<K: Ord + Copy>(numbered: impl Iterator<Item = (K, usize)>) -> BTreeSet<K> {
    // By length of the run: the least number that ends one, and where it stands in `links`.
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut links: Vec<(K, Option<usize>)> = Vec::new();
    for (key, number) in numbered {
        let length = ends.partition_point(|(end, _)| *end < number);
        let before = length.checked_sub(1).and_then(|shorter| ends.get(shorter));
        let end = (number, links.len());
        links.push((key, before.map(|(_, link)| *link)));
        match ends.get_mut(length) {
            Some(known) => *known = end,
            None => ends.push(end),
        }
    }
    let mut kept = BTreeSet::new();
    let mut next = ends.last().map(|(_, link)| *link);
    while let Some((key, before)) = next.and_then(|link| links.get(link)) {
        kept.insert(*key);
        next = *before;
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn apply(mut list: Vec<u8>, steps: &[Step<u8>]) -> Vec<u8> {
        for step in steps {
            match *step {
                Step::Insert { at, key } => list.insert(at, key),
                Step::Move { from, to } => {
                    let key = list.remove(from);
                    list.insert(to, key);
                }
                Step::Remove { at } => drop(list.remove(at)),
            }
        }
        list
    }

    fn order() -> impl Strategy<Value = Vec<u8>> {
        let keys: Vec<u8> = (0..12).collect();
        proptest::sample::subsequence(keys, 0..=12).prop_shuffle()
    }

    proptest! {
        #[test]
        fn steps_lead_from_any_order_to_any_other(old in order(), new in order()) {
            let steps = steps(&old, &new, usize::MAX).unwrap();
            prop_assert_eq!(apply(old, &steps), new);
        }
    }

    #[test]
    fn one_row_that_moves_is_one_step() {
        assert_eq!(
            steps(&[1, 2, 3, 4], &[4, 1, 2, 3], 1),
            Some(vec![Step::Move { from: 3, to: 0 }])
        );
        assert_eq!(
            steps(&[1, 2, 3, 4], &[2, 3, 4, 1], 1),
            Some(vec![Step::Move { from: 0, to: 3 }])
        );
        assert_eq!(steps(&[1, 2], &[1, 2], 0), Some(vec![]));
        assert_eq!(steps(&[1, 2], &[1, 2, 3], 0), None);
        assert_eq!(steps(&[1, 2], &[3, 4], 3), None);
        assert_eq!(steps(&[1, 2], &[3, 4], 4).unwrap().len(), 4);
    }
}
