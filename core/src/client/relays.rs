//! What this run knows of each relay: reachable or not, when to try again. Nothing here outlives the run.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::CryptoRng;
use tacita_wire::MailboxId;

use super::effect::RelayLocator;
use super::input::{NetFailure, Now};
use super::view::{QueueReason, RelayState};

/// The shortest wait before another try, in milliseconds.
const FIRST_WAIT_MS: u64 = 250;
/// The longest wait before another try, in milliseconds.
const LONGEST_WAIT_MS: u64 = 60_000;
/// Doublings after which the wait stays at its longest.
const MOST_DOUBLINGS: u32 = 8;

/// A growing wait with up to a quarter of chance, so that clients do not come back in step.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    not_before_ms: u64,
}

impl Backoff {
    pub(crate) fn fail(&mut self, at_least_secs: u32, now: Now, rng: &mut dyn CryptoRng) {
        let doubled = FIRST_WAIT_MS << self.failures.min(MOST_DOUBLINGS);
        let wait = doubled
            .min(LONGEST_WAIT_MS)
            .max(u64::from(at_least_secs).saturating_mul(1000));
        let chance = u64::from(rng.next_u32()) % (wait / 4).max(1);
        self.failures = self.failures.saturating_add(1);
        self.not_before_ms = now.ms.saturating_add(wait).saturating_add(chance);
    }

    pub(crate) fn is_due(&self, now: Now) -> bool {
        now.ms >= self.not_before_ms
    }

    /// When it is due, if that lies ahead.
    pub(crate) fn due_after(&self, now: Now) -> Option<u64> {
        (self.not_before_ms > now.ms).then_some(self.not_before_ms)
    }

    pub(crate) fn seconds_left(&self, now: Now) -> u32 {
        u32::try_from(self.not_before_ms.saturating_sub(now.ms).div_ceil(1000)).unwrap_or(u32::MAX)
    }
}

/// The held stream to one relay.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    /// The number of the stream that is open or being opened.
    pub(crate) number: Option<u64>,
    /// What it was opened for.
    pub(crate) mailboxes: BTreeSet<MailboxId>,
    /// Whether it has brought all that was stored, so that what it brings now has just been put.
    pub(crate) caught_up: bool,
}

/// One relay as this run sees it.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) state: RelayState,
    /// Why the last request got no answer, if it got none.
    pub(crate) failure: Option<NetFailure>,
    pub(crate) backoff: Backoff,
    pub(crate) stream: Stream,
}

impl Default for Relay {
    fn default() -> Self {
        Self {
            state: RelayState::Connecting,
            failure: None,
            backoff: Backoff::default(),
            stream: Stream::default(),
        }
    }
}

/// All relays of this run.
#[derive(Debug, Default)]
pub(crate) struct Relays {
    known: BTreeMap<RelayLocator, Relay>,
}

impl Relays {
    pub(crate) fn entry(&mut self, relay: &RelayLocator) -> &mut Relay {
        self.known.entry(relay.clone()).or_default()
    }

    pub(crate) fn state(&self, relay: &RelayLocator) -> RelayState {
        self.known
            .get(relay)
            .map_or(RelayState::Connecting, |known| known.state)
    }

    /// Whether a stream of it is held that has brought all that there was.
    pub(crate) fn is_caught_up(&self, relay: &RelayLocator) -> bool {
        let known = self.known.get(relay);
        known.is_some_and(|known| known.stream.caught_up)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&RelayLocator, &Relay)> {
        self.known.iter()
    }

    /// Whether a request may go to it now.
    pub(crate) fn is_due(&self, relay: &RelayLocator, now: Now) -> bool {
        self.known
            .get(relay)
            .is_none_or(|known| known.backoff.is_due(now))
    }

    /// Notes an answer; true if the state changed.
    pub(crate) fn succeeded(&mut self, relay: &RelayLocator) -> bool {
        let entry = self.entry(relay);
        entry.backoff = Backoff::default();
        entry.failure = None;
        std::mem::replace(&mut entry.state, RelayState::Online) != RelayState::Online
    }

    /// Notes a failure; true if the state changed.
    pub(crate) fn failed(
        &mut self,
        relay: &RelayLocator,
        why: NetFailure,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> bool {
        let state = match why {
            NetFailure::Unreachable | NetFailure::Nonsense => RelayState::Offline,
            NetFailure::WrongKey => RelayState::WrongKey,
        };
        let entry = self.entry(relay);
        // Requests that failed together count once.
        if entry.backoff.is_due(now) {
            entry.backoff.fail(0, now, rng);
        } else if entry.state == RelayState::WrongKey {
            // Of requests that shared a connection only one is told why there is none.
            return false;
        }
        let is_new = entry.failure.replace(why) != Some(why);
        std::mem::replace(&mut entry.state, state) != state || is_new
    }

    /// Why nothing gets through to a relay, as far as is known.
    pub(crate) fn obstacle(&self, relay: &RelayLocator) -> Option<QueueReason> {
        let known = self.known.get(relay)?;
        match (known.state, known.failure) {
            (RelayState::Connecting | RelayState::Online, _) => None,
            (RelayState::WrongKey, _) => Some(QueueReason::WrongRelayKey),
            (RelayState::Offline, Some(NetFailure::Nonsense)) => Some(QueueReason::RelayMisbehaves),
            (RelayState::Offline, _) => Some(QueueReason::Offline),
        }
    }

    /// The network is said to be lost: no relay can be reached. Gives those of which that is news.
    pub(crate) fn lose_network(&mut self) -> Vec<RelayLocator> {
        let mut changed = Vec::new();
        for (locator, relay) in &mut self.known {
            relay.failure = Some(NetFailure::Unreachable);
            if std::mem::replace(&mut relay.state, RelayState::Offline) != RelayState::Offline {
                changed.push(locator.clone());
            }
        }
        changed
    }

    /// Streams that were held over a network that was lost are of no use any more.
    pub(crate) fn drop_streams(&mut self) {
        for relay in self.known.values_mut() {
            relay.stream = Stream::default();
        }
    }

    /// The network is said to be back: try everything at once.
    pub(crate) fn cut_waits_short(&mut self) {
        for relay in self.known.values_mut() {
            relay.backoff = Backoff::default();
        }
    }

    /// The next moment at which a relay may be tried again.
    pub(crate) fn next_try(&self, now: Now) -> Option<u64> {
        self.known
            .values()
            .filter_map(|relay| relay.backoff.due_after(now))
            .min()
    }
}
