//! The engine: holds the store and what this run knows, and settles after every call and input.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rand_core::CryptoRng;
use tacita_wire::{MailboxId, Request};

use super::aside::Asides;
use super::effect::{CallId, Effect, RelayLocator, RequestId};
use super::error::ClientError;
use super::flight::{Call, Flight};
use super::inbox::AttachedInbox;
use super::input::Now;
use super::profile::Profiles;
use super::receipts::Receipts;
use super::relays::{Backoff, Relays};
use super::screens::{QueueState, Screens};
use super::step::{CHANGED_RELAY, Identity, Step};
use super::typing::Typing;
use super::upkeep;
use super::view::{ConversationId, QueueReason, StoreHealth};
use crate::protocol::ids::DeviceAddress;
use crate::store::Store;

/// Milliseconds between two runs of the upkeep.
const UPKEEP_MS: u64 = 3_600_000;
/// Milliseconds before another try after a store error.
const SETTLE_AGAIN_MS: u64 = 1000;

/// Milliseconds by which a clock may be set back without notice.
const CLOCK_GRAIN_MS: u64 = 5000;

/// A messenger account on one device, without network, clock or randomness of its own.
///
/// Calls either end at once or give a [`CallId`], whose end comes as [`Effect::Finished`]. After every
/// call and every input, take [`Engine::poll_effects`] and look at [`Engine::next_wake`].
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) me: Option<Identity>,
    pub(crate) relays: Relays,
    pub(crate) flights: BTreeMap<RequestId, (RelayLocator, Flight)>,
    /// Job groups and target mailboxes with a request in flight.
    pub(crate) busy: BTreeSet<[u8; 32]>,
    /// Job groups and target mailboxes that a relay refused for now.
    pub(crate) holds: BTreeMap<[u8; 32], (Backoff, QueueReason)>,
    /// Envelopes that their relay refuses by themselves.
    pub(crate) asides: Asides,
    /// Devices for which messages wait that could be encrypted, were the way open.
    pub(crate) drain: BTreeSet<DeviceAddress>,
    /// The system says that there is no network.
    pub(crate) is_offline: bool,
    pub(crate) acked: BTreeMap<MailboxId, u64>,
    pub(crate) to_ack: BTreeSet<MailboxId>,
    /// Live mailboxes by relay; read again from the store when they may have changed.
    pub(crate) watched: BTreeMap<RelayLocator, BTreeSet<MailboxId>>,
    pub(crate) watched_is_stale: bool,
    pub(crate) calls: BTreeMap<CallId, Call>,
    pub(crate) receipts: Receipts,
    pub(crate) profiles: Profiles,
    pub(crate) typing: Typing,
    pub(crate) inbox: Option<AttachedInbox>,
    pub(crate) screens: Screens,
    /// Moves on when what is queued may be so for another reason.
    pub(crate) queue_changes: u64,
    pub(crate) queue_state: QueueState,
    /// Requests of ours that had expired when the upkeep last ran.
    pub(crate) expired_requests: BTreeSet<ConversationId>,
    /// When the next silence ends.
    pub(crate) unmute_due_ms: Option<u64>,
    pub(crate) upkeep_due_ms: u64,
    /// Whether our relay has handed out everything since contacts were last looked at who acknowledge nothing.
    pub(crate) may_look_for_silence: bool,
    pub(crate) settle_again_ms: Option<u64>,
    pub(crate) effects: VecDeque<Effect>,
    /// Whether something was deleted whose traces the store's log still has.
    pub(crate) has_deleted: bool,
    /// When to go on with writing the text index anew, if something was deleted.
    pub(crate) sweep_due_ms: Option<u64>,
    /// Whether our relay's hour and our clock were too far apart when we last heard it.
    pub(crate) clock_is_off: bool,
    /// Whether our relay has given out all that it had when this run began.
    pub(crate) has_read: bool,
    pub(crate) health: StoreHealth,
    /// The latest time seen, to notice a clock that is set back.
    latest_ms: u64,
    next_number: u64,
    change_number: u64,
}

impl Engine {
    /// Takes up an open store.
    ///
    /// # Errors
    /// [`ClientError::StoreFailed`] if the account cannot be read.
    pub fn open(store: Store, now: Now, rng: &mut dyn CryptoRng) -> Result<Self, ClientError> {
        let opened = store.read(|tx| -> Result<_, ClientError> {
            let me = tx.load_account()?.map(Identity::from_row).transpose()?;
            let drain = tx.waiting_peers()?.into_iter().collect();
            let receipts = Receipts::open(tx, now)?;
            Ok((me, tx.change_number()?, receipts, drain, tx.next_unmute()?))
        })?;
        let (me, change_number, receipts, drain, unmute_due_ms) = opened;
        let health = match store.is_checked() {
            true => StoreHealth::Sound,
            false => StoreHealth::Checking,
        };
        let mut engine = Self {
            store,
            me,
            relays: Relays::default(),
            flights: BTreeMap::new(),
            busy: BTreeSet::new(),
            holds: BTreeMap::new(),
            asides: Asides::default(),
            drain,
            is_offline: false,
            acked: BTreeMap::new(),
            to_ack: BTreeSet::new(),
            watched: BTreeMap::new(),
            watched_is_stale: true,
            calls: BTreeMap::new(),
            receipts,
            profiles: Profiles::open(now),
            typing: Typing::default(),
            inbox: None,
            screens: Screens::default(),
            queue_changes: 0,
            queue_state: QueueState::default(),
            expired_requests: BTreeSet::new(),
            unmute_due_ms,
            upkeep_due_ms: now.ms,
            may_look_for_silence: false,
            settle_again_ms: None,
            effects: VecDeque::new(),
            // The run before may have been killed after it had deleted something.
            has_deleted: true,
            sweep_due_ms: Some(now.ms),
            clock_is_off: false,
            has_read: false,
            health,
            latest_ms: now.ms,
            next_number: 0,
            change_number,
        };
        engine.settle(now, rng);
        Ok(engine)
    }

    /// What is to be done now; each effect is given once.
    pub fn poll_effects(&mut self) -> impl Iterator<Item = Effect> + '_ {
        self.effects.drain(..)
    }

    /// When `Input::Tick` is due, in milliseconds since 1970.
    #[must_use]
    pub fn next_wake(&self, now: Now) -> Option<u64> {
        // Without an account nothing is done; and after a failure nothing before its time, or what is due and cannot be
        // done would wake us without end.
        if self.settle_again_ms.is_some() || self.me.is_none() {
            return self.settle_again_ms;
        }
        // Without a network there is nothing to wake for that needs one.
        let tries = (!self.is_offline)
            .then(|| {
                self.next_try(now)
                    .into_iter()
                    .chain(self.profiles.next_wake())
                    .min()
            })
            .flatten();
        [
            self.sweep_due_ms,
            self.receipts.next_wake(),
            self.typing.next_wake(),
            tries,
            self.unmute_due_ms,
            Some(self.upkeep_due_ms),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// When a relay, a mailbox or a message is tried again next.
    fn next_try(&self, now: Now) -> Option<u64> {
        let held = self
            .holds
            .values()
            .filter_map(|(backoff, _)| backoff.due_after(now));
        held.chain(self.relays.next_try(now))
            .chain(self.asides.next_try(now))
            .min()
    }

    /// Ends the run; the store is closed cleanly.
    ///
    /// # Errors
    /// A store error; the store is closed all the same.
    pub fn close(self) -> Result<(), ClientError> {
        Ok(self.store.close()?)
    }

    /// Ends the run as a crash does and gives the store back, for tests that open it again.
    #[cfg(test)]
    pub(crate) fn into_store(self) -> Store {
        self.store
    }

    /// Runs a feature in one write transaction.
    pub(crate) fn step<T>(
        &self,
        now: Now,
        rng: &mut dyn CryptoRng,
        feature: impl FnOnce(&mut Step<'_, '_>) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let me = self.me.as_ref().ok_or(ClientError::NoAccount)?;
        let has_read = self.has_read;
        self.store.write(|tx| {
            feature(&mut Step {
                tx,
                me,
                now,
                rng,
                has_read,
            })
        })
    }

    /// After every call and input: upkeep if due, requests for all that is ready, and news of changes.
    ///
    /// A store error here undoes nothing that was committed: it is tried again soon.
    pub(crate) fn settle(&mut self, now: Now, rng: &mut dyn CryptoRng) {
        self.settle_again_ms = self
            .try_settle(now, rng)
            .is_err()
            .then_some(now.ms.saturating_add(SETTLE_AGAIN_MS));
        self.announce_changes();
    }

    fn try_settle(&mut self, now: Now, rng: &mut dyn CryptoRng) -> Result<(), ClientError> {
        if self.me.is_none() {
            return Ok(());
        }
        self.notice_clock_set_back(now);
        let mut kept = Ok(());
        if now.ms >= self.upkeep_due_ms {
            // Not after a sleep, in which a held stream may have ended unseen.
            let is_on_time = now.ms.saturating_sub(self.upkeep_due_ms) < UPKEEP_MS;
            self.may_look_for_silence |= is_on_time && self.is_caught_up();
            kept = self.step(now, rng, upkeep::run);
            // Whatever kept them waiting may be gone.
            self.drain.extend(
                self.store
                    .read(|tx| -> Result<_, ClientError> { Ok(tx.waiting_peers()?) })?,
            );
            if kept.is_ok() {
                self.upkeep_due_ms = now.ms.saturating_add(UPKEEP_MS);
                self.profiles.look(now);
                self.look_for_expired_requests(now)?;
                kept = self.collect_hourly(now, rng);
            }
        }
        self.expire_typing(now)?;
        self.expire_mutes(now)?;
        kept = kept.and(self.look_for_silence(now, rng));
        // What is ready leaves even if the upkeep cannot be done now.
        self.pump(now, rng)?;
        if self.has_deleted {
            self.store.empty_log()?;
            self.has_deleted = false;
        }
        self.sweep(now)?;
        self.end_waiting_calls(now, rng)?;
        self.keep_watch_list(rng)?;
        kept
    }

    /// The latest time that this run has seen.
    pub(crate) fn latest(&self) -> Now {
        Now { ms: self.latest_ms }
    }

    /// Asks to be woken at once, by a call that cannot do all that follows from it.
    pub(crate) fn settle_soon(&mut self) {
        self.settle_again_ms = Some(self.latest_ms);
    }

    /// A clock that was ahead and is right again must not leave us waiting for times that are far off.
    fn notice_clock_set_back(&mut self, now: Now) {
        let is_set_back = now.ms.saturating_add(CLOCK_GRAIN_MS) < self.latest_ms;
        self.latest_ms = if is_set_back {
            now.ms
        } else {
            self.latest_ms.max(now.ms)
        };
        if is_set_back {
            self.relays.cut_waits_short();
            for (backoff, _) in self.holds.values_mut() {
                *backoff = Backoff::default();
            }
            self.asides.cut_waits_short(None);
            self.receipts.cut_waits_short(now);
            self.profiles.cut_waits_short(now);
            self.upkeep_due_ms = now.ms;
            self.sweep_due_ms = self.sweep_due_ms.map(|_| now.ms);
        }
    }

    pub(crate) fn announce_changes(&mut self) {
        self.note_queue_state();
        let number = self
            .store
            .read(|tx| -> Result<_, ClientError> { Ok(tx.change_number()?) });
        match number {
            Ok(number) if number == self.change_number => {}
            Ok(number) => {
                self.change_number = number;
                self.effects.push_back(Effect::Changed);
            }
            // Readers look again and see for themselves.
            Err(_) => self.effects.push_back(Effect::Changed),
        }
    }

    /// Sends a request off.
    pub(crate) fn fly(&mut self, relay: &RelayLocator, request: Request, flight: Flight) {
        let id = RequestId(self.next());
        self.relays.entry(relay);
        self.flights.insert(id, (relay.clone(), flight));
        self.effects.push_back(Effect::Request {
            id,
            relay: relay.clone(),
            request,
        });
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.next_number = self.next_number.saturating_add(1);
        self.next_number
    }

    /// Writes down that a relay's state changed, so that event readers see it.
    pub(crate) fn note_relay_changed(&self, relay: &RelayLocator) -> Result<(), ClientError> {
        self.store.write(|tx| -> Result<(), ClientError> {
            Ok(tx.touch(CHANGED_RELAY, relay.address.as_str().as_bytes())?)
        })
    }
}
