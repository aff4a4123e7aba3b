//! What a device is told, and what it answers, as the two processes say it to each other.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A command and the device's time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ask {
    /// Milliseconds since 1970.
    pub now: u64,
    /// What to do.
    pub what: What,
}

/// Everything that a device can be told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "each is the engine's or the store's call of that name"
)]
pub enum What {
    Open {
        seed: u64,
        passphrase: Option<String>,
    },
    Close,
    ChangeLock {
        current: Option<String>,
        new: Option<String>,
    },
    Erase,
    AttachInbox,
    /// What a second process would ask the relay for.
    Looks,
    /// What came of it.
    Look {
        envelopes: Vec<Envelope>,
    },
    Account,
    CreateAccount {
        link: String,
        name: String,
    },
    Invite {
        public: bool,
    },
    Invitations,
    Accept {
        link: String,
    },
    Revoke {
        id: String,
    },
    DeleteAccount,
    Conversations,
    AcceptRequest {
        id: String,
    },
    Send {
        id: String,
        text: String,
    },
    Messages {
        id: String,
    },
    MarkRead {
        id: String,
        place: u64,
    },
    Typing {
        id: String,
    },
    Arrange {
        id: String,
        nickname: String,
        draft: String,
        pinned: bool,
    },
    SetProfile {
        name: String,
        picture: String,
    },
    Verify {
        id: String,
    },
    Block {
        id: String,
        blocked: bool,
    },
    DeleteConversation {
        id: String,
    },
    DeleteMessages {
        id: String,
        places: Vec<u64>,
    },
    Shrink,
    Privacy {
        on: bool,
    },
    Search {
        text: String,
    },
    Events,
    Answer {
        request: u64,
        response: Option<String>,
    },
    Envelopes {
        stream: u64,
        envelopes: Vec<Envelope>,
    },
    CaughtUp {
        stream: u64,
        hour: u32,
    },
    Missing {
        stream: u64,
        mailbox: String,
    },
    Tick,
}

/// An envelope of a held stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Envelope {
    /// Its mailbox.
    pub mailbox: String,
    /// Its number in the mailbox.
    pub sequence: u64,
    /// When it came.
    pub hour: u32,
    /// Its bytes.
    pub bytes: String,
}

/// The answer, and what the device wants now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Told {
    /// What came of it; the typed error's name otherwise.
    pub result: Result<Value, String>,
    /// Requests, streams, and ends of calls.
    pub outs: Vec<Out>,
    /// When it wants a tick.
    pub wake: Option<u64>,
}

/// An effect.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Out {
    /// Send this.
    Request {
        /// Its number.
        id: u64,
        /// The request.
        bytes: String,
    },
    /// Hold this stream in place of the one before.
    Watch {
        /// Its number.
        stream: u64,
        /// Mailboxes, and the last envelope known of each.
        mailboxes: Vec<(String, u64)>,
    },
    /// A call has ended.
    Finished {
        /// Its number.
        call: u64,
        /// How.
        outcome: Result<Value, String>,
    },
}
