//! Looks at pages during a run and holds every later page against what was shown before.

use std::collections::{BTreeMap, BTreeSet};

use crate::views::{Body, Message};

/// Remembers what one client has shown of one conversation.
#[derive(Debug, Default)]
pub struct Observer {
    shown: BTreeMap<u64, (bool, Body)>,
    absent: BTreeSet<u64>,
    violations: Vec<String>,
}

impl Observer {
    /// Takes a page (consecutive messages, oldest first).
    pub fn observe(&mut self, page: &[Message]) {
        for pair in page.windows(2) {
            if let [a, b] = pair {
                if b.place <= a.place {
                    self.violations
                        .push(format!("place {} follows place {}", b.place, a.place));
                }
                self.note_gap(a.place, b.place);
            }
        }
        for message in page {
            self.note(message);
        }
    }

    fn note_gap(&mut self, low: u64, high: u64) {
        let gap = low.saturating_add(1)..high;
        if gap.is_empty() {
            return;
        }
        let vanished: Vec<u64> = self.shown.range(gap.clone()).map(|(&at, _)| at).collect();
        for place in vanished {
            self.violations.push(format!("place {place} has vanished"));
        }
        self.absent.extend(gap.take(LARGEST_GAP));
    }

    fn note(&mut self, message: &Message) {
        if self.absent.remove(&message.place) {
            self.violations.push(format!(
                "place {} was put in between shown places",
                message.place
            ));
        }
        if message.may_change() {
            // Its writer may yet write it anew, or drop it.
            return;
        }
        let now = (message.incoming, message.body.clone());
        match self.shown.get(&message.place) {
            Some(before) if *before == now => {}
            Some((incoming, body)) if *incoming == message.incoming && body.is_missing() => {
                self.shown.insert(message.place, now);
            }
            Some((incoming, body)) => {
                self.violations.push(format!(
                    "place {} was {} {body} and is {} {}",
                    message.place,
                    way(*incoming),
                    way(message.incoming),
                    message.body
                ));
                self.shown.insert(message.place, now);
            }
            None => {
                self.shown.insert(message.place, now);
            }
        }
    }

    /// How many places were shown.
    #[must_use]
    pub fn places(&self) -> usize {
        self.shown.len()
    }

    /// What went against the promise that a place never changes once shown.
    #[must_use]
    pub fn violations(&self) -> &[String] {
        &self.violations
    }
}

/// Bounds the memory for gaps; the protocol allows no more skipped messages.
const LARGEST_GAP: usize = 1000;

fn way(incoming: bool) -> &'static str {
    if incoming { "incoming" } else { "outgoing" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(place: u64, text: &str) -> Message {
        Message {
            place,
            incoming: true,
            body: if text.is_empty() {
                Body::Other("Missing".to_owned())
            } else {
                Body::Text(text.to_owned())
            },
            delivery: "Received".to_owned(),
            sent_ms: 0,
        }
    }

    fn violations(pages: &[&[Message]]) -> usize {
        let mut observer = Observer::default();
        for page in pages {
            observer.observe(page);
        }
        observer.violations().len()
    }

    #[test]
    fn growth_and_filled_holes_are_good() {
        let pages: [&[Message]; 3] = [
            &[message(1, "a"), message(2, "")],
            &[message(1, "a"), message(2, "b")],
            &[message(2, "b"), message(3, "c")],
        ];
        assert_eq!(violations(&pages), 0);
    }

    #[test]
    fn a_changed_text_is_found() {
        assert_eq!(violations(&[&[message(1, "a")], &[message(1, "b")]]), 1);
    }

    #[test]
    fn a_text_that_turns_into_a_hole_is_found() {
        assert_eq!(violations(&[&[message(1, "a")], &[message(1, "")]]), 1);
    }

    #[test]
    fn what_waits_may_be_changed_and_dropped_until_it_is_encrypted() {
        let written = |text, delivery: &str| Message {
            incoming: false,
            delivery: delivery.to_owned(),
            ..message(2, text)
        };
        let (first, last) = (message(1, "a"), message(3, "c"));
        let draft = [first.clone(), written("b", "Waiting"), last.clone()];
        let edited = [first.clone(), written("B", "Queued"), last.clone()];
        let dropped = [first, last];
        assert_eq!(violations(&[&draft, &edited]), 0);
        assert_eq!(violations(&[&draft, &dropped]), 0);
        assert_eq!(violations(&[&edited, &draft, &dropped]), 1);
    }

    #[test]
    fn a_turned_direction_is_found() {
        let mut turned = message(1, "a");
        turned.incoming = false;
        assert_eq!(violations(&[&[message(1, "a")], &[turned]]), 1);
    }

    #[test]
    fn a_vanished_place_is_found() {
        let before = [message(1, "a"), message(2, "b"), message(3, "c")];
        let after = [message(1, "a"), message(3, "c")];
        assert_eq!(violations(&[&before, &after]), 1);
    }

    #[test]
    fn a_place_that_is_put_in_between_is_found() {
        let before = [message(1, "a"), message(3, "c")];
        let after = [message(1, "a"), message(2, "b"), message(3, "c")];
        assert_eq!(violations(&[&before, &after]), 1);
    }

    #[test]
    fn a_page_out_of_order_is_found() {
        assert_eq!(violations(&[&[message(2, "b"), message(1, "a")]]), 1);
    }
}
