//! Who is writing: told now and then, shown for a moment, kept in memory only. PROTOCOL.md §16.3.

use std::collections::BTreeMap;

use rand_core::CryptoRng;

use super::effect::RelayLocator;
use super::engine::Engine;
use super::error::ClientError;
use super::input::Now;
use super::leave::check_staying;
use super::send::{Sent, send_content};
use super::settings;
use super::step::{Changed, Step, touch};
use super::view::{ConversationId, ConversationState};
use crate::protocol::content::Content;
use crate::protocol::ids::DeviceAddress;
use crate::store::Tx;
use crate::store::sabotage::{Breakage, is};

/// Milliseconds between two words that the user is writing.
const SAY_AGAIN_MS: u64 = 10_000;
/// Milliseconds for which such a word holds, unless another follows; older ones are not shown.
const HOLDS_MS: u64 = 15_000;
/// Milliseconds by which a contact's clock may differ from ours. What is further off was on its way for long.
const MAX_SKEW_MS: i64 = 120_000;
/// Milliseconds for which the difference that was found between two clocks is believed.
const SKEW_HOLDS_MS: u64 = 600_000;

/// Something that a peer said and that tells whether its user is writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A text, by the peer's clock.
    Text { sent_at_ms: u64 },
    /// That its user is writing, or has stopped, by the peer's clock.
    Typing { sent_at_ms: u64, writing: bool },
}

/// How much less the clock of a peer shows, at most: the least time that anything of it took.
#[derive(Clone, Copy)]
struct Skew {
    ms: i64,
    noted_ms: u64,
}

/// What we last said of our user.
#[derive(Clone, Copy)]
struct Said {
    at_ms: u64,
    writing: bool,
}

/// Who is writing, in this run.
#[derive(Default)]
pub(crate) struct Typing {
    /// Contacts who are writing, and until when that is shown.
    theirs: BTreeMap<ConversationId, u64>,
    ours: BTreeMap<ConversationId, Said>,
    skews: BTreeMap<DeviceAddress, Skew>,
}

impl Typing {
    pub(crate) fn is_writing(&self, id: ConversationId) -> bool {
        self.theirs.contains_key(&id)
    }

    pub(crate) fn next_wake(&self) -> Option<u64> {
        self.theirs.values().copied().min()
    }

    /// Forgets everybody who was shown as writing, and what was said of our user.
    fn clear(&mut self) -> Vec<ConversationId> {
        self.ours.clear();
        std::mem::take(&mut self.theirs).into_keys().collect()
    }

    /// Takes in what peers said, in order: as it was said, or, if not `live`, some time later. Gives the
    /// conversations that are to be shown anew.
    fn hear(
        &mut self,
        heard: &[(DeviceAddress, Heard)],
        live: bool,
        now: Now,
    ) -> Vec<ConversationId> {
        let mut changed = Vec::new();
        for &(peer, what) in heard {
            let id = ConversationId(peer.account);
            let was_shown = self.is_writing(id);
            match what {
                Heard::Text { sent_at_ms } => {
                    if live {
                        self.note_skew(peer, sent_at_ms, now);
                    }
                    self.theirs.remove(&id);
                }
                Heard::Typing { writing: false, .. } => {
                    self.theirs.remove(&id);
                }
                Heard::Typing { sent_at_ms, .. } => {
                    if live && self.is_fresh(peer, sent_at_ms, now) {
                        self.theirs.insert(id, now.ms.saturating_add(HOLDS_MS));
                    }
                }
            }
            if self.is_writing(id) != was_shown {
                changed.push(id);
            }
        }
        changed
    }

    /// The least difference seen lately is the clocks' own; what exceeds it was the way.
    fn note_skew(&mut self, peer: DeviceAddress, sent_at_ms: u64, now: Now) {
        let ms = difference(now, sent_at_ms);
        if ms.abs() > MAX_SKEW_MS {
            return;
        }
        let is_better = self
            .skews
            .get(&peer)
            .is_none_or(|known| ms <= known.ms || now.ms.abs_diff(known.noted_ms) > SKEW_HOLDS_MS);
        if is_better {
            let noted_ms = now.ms;
            self.skews.insert(peer, Skew { ms, noted_ms });
        }
    }

    fn is_fresh(&self, peer: DeviceAddress, sent_at_ms: u64, now: Now) -> bool {
        let age = difference(now, sent_at_ms);
        let skew = self.skews.get(&peer).map_or(0, |skew| skew.ms);
        age.saturating_sub(skew).unsigned_abs() <= HOLDS_MS || is(Breakage::TypingShownLate)
    }

    /// What is shown no longer; also what a clock that was ahead has put too far off.
    fn expire(&mut self, now: Now) -> Vec<ConversationId> {
        let latest = now.ms.saturating_add(HOLDS_MS);
        let over: Vec<ConversationId> = self
            .theirs
            .iter()
            .filter(|(_, until)| **until <= now.ms || **until > latest)
            .map(|(id, _)| *id)
            .collect();
        for id in &over {
            self.theirs.remove(id);
        }
        over
    }

    /// Whether it is to be said that our user is writing, or has stopped.
    fn is_to_say(&self, id: ConversationId, writing: bool, now: Now) -> bool {
        let said = self.ours.get(&id);
        let passed = said.and_then(|said| now.ms.checked_sub(said.at_ms));
        if writing {
            passed.is_none_or(|passed| passed >= SAY_AGAIN_MS)
        } else {
            said.is_some_and(|said| said.writing) && passed.is_some_and(|passed| passed < HOLDS_MS)
        }
    }

    /// Our user has sent what was being written: the contact sees that by the text.
    pub(crate) fn note_text_sent(&mut self, id: ConversationId) {
        if let Some(said) = self.ours.get_mut(&id) {
            said.writing = false;
        }
    }
}

fn difference(now: Now, sent_at_ms: u64) -> i64 {
    now.ms
        .cast_signed()
        .saturating_sub(sent_at_ms.cast_signed())
}

impl Engine {
    /// Says that the user is writing in a conversation, or has stopped. Call it with every change of the text: it
    /// is told every 10 s at most, and runs out by itself 15 s later. Nothing happens if it is switched off, or the
    /// contact may not know, or cannot be reached now.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn set_typing(
        &mut self,
        id: ConversationId,
        writing: bool,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        let target = self.store.read(|tx| target_of(tx, id))?;
        let Some((peer, relay, mailbox)) = target else {
            return Ok(());
        };
        if self.stands_still(&relay, &mailbox) || !self.typing.is_to_say(id, writing, now) {
            return Ok(());
        }
        let sent = self.step(now, rng, |step| {
            if check_staying(step).is_err() {
                return Ok(Sent::Waiting);
            }
            let content = Content::Typing {
                sent_at_ms: step.now.ms,
                writing,
            };
            send_content(step, peer, &content, None)
        })?;
        if sent == Sent::Waiting {
            return Ok(());
        }
        // A stop does not make the next word come sooner.
        let began = self.typing.ours.get(&id).map(|said| said.at_ms);
        let at_ms = began.filter(|_| !writing).unwrap_or(now.ms);
        self.typing.ours.insert(id, Said { at_ms, writing });
        self.settle(now, rng);
        Ok(())
    }

    /// Takes in what a batch of envelopes told of who is writing.
    pub(crate) fn take_heard(
        &mut self,
        heard: &[(DeviceAddress, Heard)],
        live: bool,
        now: Now,
    ) -> Result<(), ClientError> {
        let live = live || is(Breakage::TypingShownLate);
        let changed = self.typing.hear(heard, live, now);
        self.note_typing_changed(&changed)
    }

    /// The user has switched it off.
    pub(crate) fn end_typing(&mut self) -> Result<(), ClientError> {
        let shown = self.typing.clear();
        self.note_typing_changed(&shown)
    }

    /// Ends what has run out.
    pub(crate) fn expire_typing(&mut self, now: Now) -> Result<(), ClientError> {
        let over = self.typing.expire(now);
        self.note_typing_changed(&over)
    }

    /// Wakes those who read events; who is writing stands nowhere in the store.
    fn note_typing_changed(&self, changed: &[ConversationId]) -> Result<(), ClientError> {
        if changed.is_empty() {
            return Ok(());
        }
        self.store.write(|tx| {
            changed
                .iter()
                .try_for_each(|id| touch(tx, Changed::Conversation(*id)))
        })
    }
}

/// The device, relay and mailbox to which it may be said that our user is writing.
fn target_of(
    tx: &Tx<'_>,
    id: ConversationId,
) -> Result<Option<(DeviceAddress, RelayLocator, [u8; 32])>, ClientError> {
    let known = tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
    let may_know = known.state == ConversationState::Established
        && !tx.is_blocked(id)?
        && settings::load(tx)?.typing;
    if !may_know {
        return Ok(None);
    }
    let Some(peer) = tx.list_peers(id.0)?.into_iter().next() else {
        return Ok(None);
    };
    let Some(to) = peer.descriptor else {
        return Ok(None);
    };
    // What overtakes a text that waits would be seen to end by it, much later.
    if !tx.waiting_messages(peer.address, 1)?.is_empty() {
        return Ok(None);
    }
    let relay = RelayLocator {
        address: to.address,
        root: to.root,
    };
    Ok(Some((peer.address, relay, to.mailbox.0)))
}

/// What counts of what a batch brought: nothing of strangers or blocked contacts, nothing while it is switched off.
pub(crate) fn sift(
    step: &Step<'_, '_>,
    peer: DeviceAddress,
    heard: &mut Vec<Heard>,
) -> Result<(), ClientError> {
    let is_typing = |heard: &Heard| matches!(heard, Heard::Typing { .. });
    if !heard.iter().any(is_typing) {
        return Ok(());
    }
    let id = ConversationId(peer.account);
    let is_shown = step
        .tx
        .load_conversation(id)?
        .is_some_and(|known| known.state == ConversationState::Established)
        && !step.tx.is_blocked(id)?
        && settings::load(step.tx)?.typing;
    if !is_shown {
        heard.retain(|heard| !is_typing(heard));
    }
    Ok(())
}
