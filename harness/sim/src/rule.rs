//! The rules: what must hold whatever happens, each with its section of PROTOCOL.md.

/// What a violation is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A text is shown once, in this life of a conversation or a later one. §16, §21.
    Once,
    /// Texts stand in their sender's order. §16.
    Order,
    /// What is shown was sent, by this contact, to this device, in these bytes and at this time. §13, §15.
    Genuine,
    /// What was shown stays at its place, and a place that is missing may only be filled. §16.
    PlacesStay,
    /// The user's own texts stand as they were written, each once. §21.
    OwnTexts,
    /// *Sent* and *delivered* are true. §16.
    DeliveryTrue,
    /// *Read* is true, and told only by those who tell. §16.2.
    ReadTrue,
    /// A delivery state never goes back. §16.
    NeverBack,
    /// Of a blocked contact nothing is shown. §16, §17.
    Blocked,
    /// A blocked contact and a stranger are answered by nothing. §16, §17.
    NoAnswer,
    /// Until it is answered, a guest sends 20 envelopes. §12.
    Window,
    /// Conversations are with those whom somebody invited, in a state that follows from what was done. §17, §19.1.
    Conversations,
    /// Unread counts are what the page says. `ConversationView`.
    Unread,
    /// What the user decided stays decided. `ConversationView`.
    Decided,
    /// Who is shown as writing wrote just now. §16.3.
    Typing,
    /// What has not left is listed, and leaves when it is retried and nothing is in its way. §16.4.
    Outbox,
    /// Search finds what is shown, and nothing else. `Engine::search`.
    Search,
    /// Cleaning up deletes what was asked for and is not needed, and report and export say what is left. §22.2.
    Tidy,
    /// What a screen was told adds up to what there is. Decision 0015.
    Screens,
    /// A second process counts what came. §25.
    SecondProcess,
    /// Nobody is taken for one whose store was put back who is not. §16.1.
    NotPutBack,
    /// Pages of any size give the same list. `Engine::messages`.
    Pages,
    /// Whatever changed is told by an event. `Engine::events`.
    Events,
    /// What may arrive arrives once the faults are over, and nothing stays in an outbox. §16, §19.
    Arrives,
    /// Where nothing was lost or made up, no place stays missing or unreadable. §16.
    NoHoles,
    /// What is asked again is asked in the same bytes. §21.
    SameBytes,
    /// What was acknowledged is in the store. §21.
    AckedIsStored,
    /// Talk ends: no receipt for a receipt. §16.
    Quiet,
    /// Store and database are whole. §21, §22.2.
    Store,
    /// A call does what its documentation says, and no input is an error.
    Calls,
}

/// A rule that was broken, and where.
#[derive(Clone, Debug)]
pub struct Broken {
    pub rule: Rule,
    pub what: String,
}

impl Broken {
    pub fn new(rule: Rule, what: String) -> Self {
        Self { rule, what }
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.what)
    }
}

/// Breaks a rule unless something holds.
macro_rules! hold {
    ($holds:expr, $rule:ident, $($what:tt)+) => {
        if !$holds {
            return Err($crate::rule::Broken::new($crate::rule::Rule::$rule, format!($($what)+)));
        }
    };
}
pub(crate) use hold;
