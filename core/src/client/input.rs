//! Everything that can come in from the network and the clock. Read this and `effect.rs` first.

use tacita_wire::{MailboxId, Response, StoredEnvelope};

use super::effect::{RelayLocator, RequestId};
use crate::protocol::ids::Hour;

/// What the device's clock says: milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Now {
    /// Milliseconds since 1970.
    pub ms: u64,
}

impl Now {
    /// The hour that this moment lies in.
    #[must_use]
    pub fn hour(self) -> Hour {
        Hour(u32::try_from(self.ms / 3_600_000).unwrap_or(u32::MAX))
    }
}

/// Why a request got no answer of the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetFailure {
    /// No connection, or it broke, or it took too long.
    Unreachable,
    /// What answered does not hold the relay's key.
    WrongKey,
    /// What answered does not speak the protocol.
    Nonsense,
}

/// Something that happened on a relay's held stream.
#[derive(Clone, Debug)]
pub enum StreamEvent {
    /// Envelopes, in the order in which they came.
    Envelopes(Vec<(MailboxId, StoredEnvelope)>),
    /// All that was stored has been sent.
    CaughtUp {
        /// The relay's hour.
        hour: u32,
    },
    /// The relay has no such mailbox.
    Gone(MailboxId),
    /// The stream ended or could not be opened.
    Closed(NetFailure),
}

/// Everything that the network and the clock can tell the engine.
#[derive(Clone, Debug)]
pub enum Input {
    /// A request was answered, or not.
    Answer {
        /// Which request.
        request: RequestId,
        /// The answer, or why there is none.
        result: Result<Response, NetFailure>,
    },
    /// A held stream brought something.
    Stream {
        /// Whose.
        relay: RelayLocator,
        /// Which of the relay's streams, as numbered by the effect that opened it.
        stream: u64,
        /// What.
        event: StreamEvent,
    },
    /// Time has passed; given at the latest when `Engine::next_wake` says.
    Tick,
    /// The system says that there is no network: nothing is tried until it is back, or until something comes all the
    /// same.
    NetworkLost,
    /// The system says that the network is back: waits are cut short.
    NetworkBack,
}
