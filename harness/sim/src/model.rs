//! What must be shown: every text that was written, and what each user did and has seen.

use std::collections::{BTreeMap, BTreeSet};

use tacita_core::client::view::{
    ConversationState, Direction, InvitationId, InvitationKind, PrivacySettings,
};
use tacita_core::protocol::ids::AccountId;

/// A text that somebody wrote.
pub struct Text {
    pub from: usize,
    pub to: usize,
    pub body: String,
    /// What it said before it was edited.
    pub former: Vec<String>,
    /// The writer's clock.
    pub sent_ms: u64,
    /// True time.
    pub at_ms: u64,
    /// The writer's store has it. Not so if it was killed before its commit, or put back to before.
    pub is_kept: bool,
    /// The reader's store has had it.
    pub received: bool,
    /// The reader has read it.
    pub read: bool,
    /// It may stand out of order: the writer's store was put back around it (PROTOCOL.md §16.1).
    pub unordered: bool,
    /// Why it need not arrive.
    pub excuse: Option<&'static str>,
    /// It may have come and been dropped, since its writer was blocked: delivered, and not shown.
    pub dropped: bool,
}

impl Text {
    /// Another body for it.
    pub fn other_body(&self, id: usize, word: &str) -> String {
        format!("t{id} {word} e{}", self.former.len())
    }

    pub fn edit(&mut self, body: String) {
        let old = std::mem::replace(&mut self.body, body);
        self.former.push(old);
    }
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Text(usize),
    Missing,
    Unreadable,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub direction: Direction,
    pub shown: Shown,
    /// Waiting, queued, sent, delivered, read.
    pub rank: u8,
}

/// One conversation as one of its users knows it.
#[derive(Clone, Default)]
pub struct Talk {
    /// Own texts with their places, in order.
    pub own: Vec<(u64, usize)>,
    pub rows: BTreeMap<u64, Row>,
    pub read_up_to: u64,
    pub draft: String,
    pub nickname: String,
    pub pinned: bool,
    pub muted_until_ms: Option<u64>,
    pub blocked: bool,
    pub state: Option<ConversationState>,
    /// In which run of the process somebody was shown as writing, or not.
    pub typing: (u64, bool),
    /// What was seen when events were last read, to see whether a change was told.
    pub digest: u64,
}

/// What a user did and has seen. Goes back with the store.
#[derive(Clone)]
pub struct Mind {
    pub talks: BTreeMap<usize, Talk>,
    pub settings: PrivacySettings,
    pub cursor: u64,
}

impl Default for Mind {
    fn default() -> Self {
        Self {
            talks: BTreeMap::new(),
            settings: PrivacySettings {
                delivery_receipts: true,
                read_receipts: true,
                typing: true,
            },
            cursor: 0,
        }
    }
}

impl Mind {
    /// Whether a text of the user's stands in a talk.
    pub fn has_written(&self, other: usize, id: usize) -> bool {
        let talk = self.talks.get(&other);
        talk.is_some_and(|talk| talk.own.iter().any(|(_, own)| *own == id))
    }
}

/// An invitation that somebody made.
pub struct Link {
    pub by: usize,
    pub id: InvitationId,
    pub kind: InvitationKind,
    pub text: String,
    pub revoked: bool,
    pub accepted_by: BTreeSet<usize>,
}

/// What is known of two people, whoever comes first.
#[derive(Clone, Default)]
pub struct Pair {
    /// Somebody accepted an invitation of the other.
    pub met: bool,
    /// They met again, so that a new session came in the place of another. §18.
    pub met_again: bool,
    /// They met again after one of them had deleted the talk.
    pub parted: bool,
    /// By a public invitation of this one.
    pub public_of: BTreeSet<usize>,
    /// The stores of both were put back.
    pub is_in_doubt: bool,
    /// Why nothing is promised of what they write to each other.
    pub broken: Option<&'static str>,
}

#[derive(Default)]
pub struct Model {
    pub texts: Vec<Text>,
    pub minds: Vec<Mind>,
    pub accounts: Vec<Option<AccountId>>,
    pub links: Vec<Link>,
    pub pairs: BTreeMap<(usize, usize), Pair>,
    /// Who has begun to delete the account.
    pub leaving: BTreeSet<usize>,
    /// The last time, true time and whether writing, that one user told another of writing.
    pub typed: BTreeMap<(usize, usize), u64>,
    /// How many different envelopes may have been put for somebody who is not answered: a stranger, or one who is blocked.
    pub quiet: BTreeMap<(usize, usize), (usize, bool)>,
    /// Users whose store was put back once.
    pub put_back: BTreeSet<usize>,
}

impl Model {
    pub fn pair(&mut self, a: usize, b: usize) -> &mut Pair {
        self.pairs.entry((a.min(b), a.max(b))).or_default()
    }

    pub fn who(&self, account: AccountId) -> Option<usize> {
        self.accounts
            .iter()
            .position(|known| *known == Some(account))
    }

    pub fn talk(&mut self, who: usize, other: usize) -> &mut Talk {
        self.minds[who].talks.entry(other).or_default()
    }

    /// A text to be written; its words are what it is searched by.
    pub fn compose(
        &mut self,
        from: usize,
        to: usize,
        words: &str,
        (sent_ms, at_ms): (u64, u64),
    ) -> (usize, String) {
        let id = self.texts.len();
        let body = format!("t{id} {words}");
        self.texts.push(Text {
            from,
            to,
            body: body.clone(),
            former: Vec::new(),
            sent_ms,
            at_ms,
            is_kept: false,
            received: false,
            read: false,
            unordered: false,
            excuse: None,
            dropped: false,
        });
        (id, body)
    }

    /// Nothing more is promised of texts that one wrote to the other so far.
    pub fn excuse(&mut self, from: usize, to: usize, why: &'static str) {
        for text in &mut self.texts {
            if text.from == from && text.to == to {
                let _ = text.excuse.get_or_insert(why);
            }
        }
    }

    /// Of a stranger nothing is kept, not even what came: asking again, they say it all again. §17.
    pub fn forget_received(&mut self, from: usize, to: usize) {
        for text in &mut self.texts {
            if text.from == from && text.to == to {
                text.received = false;
            }
        }
    }

    /// Nothing is promised of what these two write from now on, either.
    pub fn break_pair(&mut self, a: usize, b: usize, why: &'static str) {
        self.excuse(a, b, why);
        self.excuse(b, a, why);
        let _ = self.pair(a, b).broken.get_or_insert(why);
    }

    /// The stores of both were put back: neither can tell for sure what the other has.
    pub fn doubt_pair(&mut self, a: usize, b: usize) {
        self.break_pair(a, b, "both of their stores were put back");
        self.pair(a, b).is_in_doubt = true;
        for text in &mut self.texts {
            let is_between = (text.from, text.to) == (a, b) || (text.from, text.to) == (b, a);
            text.dropped |= is_between;
        }
    }

    /// The id of a text by its body. What it said before it was edited may come of a store that was put back.
    pub fn find(&self, body: &str) -> Option<usize> {
        let id: usize = body.strip_prefix('t')?.split(' ').next()?.parse().ok()?;
        let text = self.texts.get(id)?;
        let is_former =
            self.put_back.contains(&text.from) && text.former.iter().any(|old| old == body);
        (text.body == body || is_former).then_some(id)
    }
}
