//! What was asked to be sent, and the comparison with what each side shows at the end.

use std::collections::{BTreeMap, HashSet};

use crate::views::Message;

/// Texts that one request sends in order: `<prefix>-1` to `<prefix>-<count>`, or one text as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    prefix: String,
    count: u32,
    /// How many the client has surely stored: it answered.
    acknowledged: u32,
    single: bool,
}

impl Batch {
    /// Numbered texts, none acknowledged yet.
    #[must_use]
    pub fn numbered(prefix: &str, count: u32) -> Self {
        Self {
            prefix: prefix.to_owned(),
            count,
            acknowledged: 0,
            single: false,
        }
    }

    /// One text, not acknowledged yet.
    #[must_use]
    pub fn single(text: &str) -> Self {
        Self {
            prefix: text.to_owned(),
            count: 1,
            acknowledged: 0,
            single: true,
        }
    }

    fn text(&self, number: u32) -> String {
        if self.single {
            self.prefix.clone()
        } else {
            format!("{}-{number}", self.prefix)
        }
    }
}

/// All that was asked of one sender towards one receiver, in order.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    batches: Vec<Batch>,
    /// Texts that were sent and must not come: the receiver has blocked the sender.
    unheard: Vec<String>,
}

impl Ledger {
    /// Notes a request before it is sent; the number names it.
    pub fn attempt(&mut self, batch: Batch) -> usize {
        self.batches.push(batch);
        self.batches.len() - 1
    }

    /// Notes a text that is sent and must not come.
    pub fn note_unheard(&mut self, text: &str) {
        self.unheard.push(text.to_owned());
    }

    /// Notes that the whole request was answered.
    pub fn acknowledge(&mut self, number: usize) {
        if let Some(batch) = self.batches.get_mut(number) {
            batch.acknowledged = batch.count;
        }
    }

    /// How many texts were acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.batches
            .iter()
            .map(|batch| u64::from(batch.acknowledged))
            .sum()
    }

    /// How many texts were asked for.
    #[must_use]
    pub fn attempted(&self) -> u64 {
        self.batches
            .iter()
            .map(|batch| u64::from(batch.count))
            .sum()
    }

    /// Everything that was asked for, as canaries.
    #[must_use]
    pub fn prefixes(&self) -> Vec<String> {
        self.batches
            .iter()
            .map(|batch| batch.prefix.clone())
            .collect()
    }

    /// Whether a text is one of these.
    #[must_use]
    pub fn knows(&self, text: &str) -> bool {
        self.batches.iter().any(|batch| {
            batch.prefix == text
                || text
                    .strip_prefix(&batch.prefix)
                    .is_some_and(|rest| rest.starts_with('-'))
        })
    }

    /// Compares with what the sender shows as outgoing and the receiver as incoming.
    #[must_use]
    pub fn compare(&self, outgoing: &[Message], incoming: &[Message]) -> Findings {
        let mut findings = Findings::default();
        let is_unheard = |message: &&Message| {
            let text = message.body.text();
            text.is_some_and(|text| self.unheard.iter().any(|unheard| unheard == text))
        };
        // Seen at its receiver, such a text is one that was never sent.
        let outgoing: Vec<Message> = outgoing
            .iter()
            .filter(|message| !is_unheard(message))
            .cloned()
            .collect();
        let sent = texts(&outgoing, "at its sender", &mut findings);
        let received = texts(incoming, "at its receiver", &mut findings);
        self.compare_with_requests(&sent, &mut findings);
        compare_sides(&sent, &received, &mut findings);
        for message in &outgoing {
            if !message.has_come() {
                findings.undelivered.push(format!(
                    "place {} {} is {}",
                    message.place, message.body, message.delivery
                ));
            }
        }
        findings
    }

    /// What the sender stored must be, request after request, a beginning of each, acknowledged part included.
    fn compare_with_requests(&self, sent: &[&str], findings: &mut Findings) {
        let mut rest = sent;
        for batch in &self.batches {
            let mut stored = 0;
            while stored < batch.count
                && rest
                    .first()
                    .is_some_and(|text| *text == batch.text(stored + 1))
            {
                stored += 1;
                rest = rest.get(1..).unwrap_or_default();
            }
            for number in stored + 1..=batch.acknowledged {
                findings
                    .lost
                    .push(format!("\"{}\" is not at its sender", batch.text(number)));
            }
        }
        for text in rest {
            findings
                .disorder
                .push(format!("\"{text}\" is out of order at its sender"));
        }
    }
}

fn texts<'a>(messages: &'a [Message], side: &str, findings: &mut Findings) -> Vec<&'a str> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut list = Vec::new();
    for message in messages {
        match message.body.text() {
            Some(text) => {
                let count = counts.entry(text).or_default();
                *count += 1;
                if *count == 2 {
                    findings.twice.push(format!("\"{text}\" {side}"));
                }
                list.push(text);
            }
            None => findings.unreadable.push(format!(
                "place {} is {} {side}",
                message.place, message.body
            )),
        }
    }
    list
}

fn compare_sides(sent: &[&str], received: &[&str], findings: &mut Findings) {
    let at_sender: HashSet<&str> = sent.iter().copied().collect();
    let at_receiver: HashSet<&str> = received.iter().copied().collect();
    for text in sent {
        if !at_receiver.contains(text) {
            findings
                .lost
                .push(format!("\"{text}\" is not at its receiver"));
        }
    }
    for text in received {
        if !at_sender.contains(text) {
            findings
                .disorder
                .push(format!("\"{text}\" came and was never sent"));
        }
    }
    let known = received.iter().filter(|text| at_sender.contains(**text));
    let expected = sent.iter().filter(|text| at_receiver.contains(**text));
    if let Some((expected, known)) = expected.zip(known).find(|(a, b)| a != b) {
        findings
            .disorder
            .push(format!("\"{known}\" stands where \"{expected}\" should"));
    }
}

/// What a comparison found; empty if all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Acknowledged or stored, and not there.
    pub lost: Vec<String>,
    /// There more than once.
    pub twice: Vec<String>,
    /// Out of order, or from nowhere.
    pub disorder: Vec<String>,
    /// Places without a readable text.
    pub unreadable: Vec<String>,
    /// Outgoing messages that did not get to `Delivered` or `Read`.
    pub undelivered: Vec<String>,
}

impl Findings {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self == &Self::default()
    }

    /// Adds another direction's findings.
    pub fn add(&mut self, other: Self) {
        self.lost.extend(other.lost);
        self.twice.extend(other.twice);
        self.disorder.extend(other.disorder);
        self.unreadable.extend(other.unreadable);
        self.undelivered.extend(other.undelivered);
    }
}

impl std::fmt::Display for Findings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} lost, {} twice, {} out of order, {} unreadable, {} undelivered",
            self.lost.len(),
            self.twice.len(),
            self.disorder.len(),
            self.unreadable.len(),
            self.undelivered.len()
        )?;
        let all = [
            &self.lost,
            &self.twice,
            &self.disorder,
            &self.unreadable,
            &self.undelivered,
        ];
        for finding in all.into_iter().flat_map(|list| list.iter().take(3)) {
            write!(f, "; {finding}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::Body;

    fn side(texts: &[&str], delivery: &str) -> Vec<Message> {
        texts
            .iter()
            .zip(1..)
            .map(|(text, place)| Message {
                place,
                incoming: delivery == "Received",
                body: if text.is_empty() {
                    Body::Other("Missing".to_owned())
                } else {
                    Body::Text((*text).to_owned())
                },
                delivery: delivery.to_owned(),
                sent_ms: 1,
            })
            .collect()
    }

    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        let whole = ledger.attempt(Batch::numbered("a", 2));
        ledger.acknowledge(whole);
        ledger.attempt(Batch::numbered("b", 3));
        let last = ledger.attempt(Batch::single("c"));
        ledger.acknowledge(last);
        ledger
    }

    fn compare(sent: &[&str], received: &[&str]) -> Findings {
        ledger().compare(&side(sent, "Delivered"), &side(received, "Received"))
    }

    #[test]
    fn equal_sides_are_clean_also_when_a_request_was_cut_short() {
        let all = ["a-1", "a-2", "b-1", "c"];
        assert!(compare(&all, &all).is_clean());
        assert_eq!(ledger().acknowledged(), 3);
        assert_eq!(ledger().attempted(), 6);
    }

    #[test]
    fn an_acknowledged_text_that_its_sender_lost_is_found() {
        let findings = compare(&["a-1", "c"], &["a-1", "c"]);
        assert_eq!(findings.lost.len(), 1);
    }

    #[test]
    fn a_text_that_its_receiver_lost_is_found() {
        assert_eq!(compare(&["a-1", "a-2", "c"], &["a-1", "c"]).lost.len(), 1);
    }

    #[test]
    fn a_text_that_stands_twice_is_found() {
        let findings = compare(&["a-1", "a-2", "c"], &["a-1", "a-2", "a-2", "c"]);
        assert_eq!(findings.twice.len(), 1);
    }

    #[test]
    fn swapped_texts_are_found_at_either_side() {
        let swapped_there = compare(&["a-1", "a-2", "c"], &["a-2", "a-1", "c"]);
        assert_eq!(swapped_there.disorder.len(), 1);
        let swapped_here = compare(&["a-2", "a-1", "c"], &["a-2", "a-1", "c"]);
        assert!(!swapped_here.is_clean());
    }

    #[test]
    fn holes_strangers_and_undelivered_texts_are_found() {
        assert_eq!(
            compare(&["a-1", "a-2", "c"], &["a-1", "a-2", "", "c"])
                .unreadable
                .len(),
            1
        );
        assert!(
            !compare(&["a-1", "a-2", "c"], &["a-1", "a-2", "x", "c"])
                .disorder
                .is_empty()
        );
        let texts = ["a-1", "a-2", "c"];
        let findings = ledger().compare(&side(&texts, "Sent"), &side(&texts, "Received"));
        assert_eq!(findings.undelivered.len(), 3);
    }

    #[test]
    fn a_hole_inside_a_request_is_found() {
        let sent = ["a-1", "a-2", "b-2", "c"];
        assert!(!compare(&sent, &sent).is_clean());
    }
}
