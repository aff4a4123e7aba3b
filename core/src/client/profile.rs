//! The user's name and picture, told to each contact at a time of its own; and those of contacts. PROTOCOL.md §16.7.

use std::ops::RangeInclusive;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::account::check_name;
use super::earlier::is_answered;
use super::effect::RelayLocator;
use super::engine::Engine;
use super::error::ClientError;
use super::input::Now;
use super::leave::check_staying;
use super::send::{Sent, send_content};
use super::step::{Changed, Step, for_one, touch};
use super::view::{ConversationId, ConversationState, PictureView, ProfileView};
use super::ways::Way;
use crate::protocol::content::Content;
use crate::protocol::descriptor::Descriptor;
use crate::protocol::ids::DeviceAddress;
use crate::protocol::profile::{MAX_PICTURE_BYTES, MAX_REVISION, Profile, is_known_picture};
use crate::store::{ContactProfileRow, OwnProfileRow, StoreError, Tx};

const MINUTE_MS: u64 = 60_000;
/// Minutes over which chance spreads a change: as many as there are contacts, within these bounds.
const SPREAD_MINUTES: RangeInclusive<u64> = 60..=24 * 60;
/// Milliseconds between two contacts that are told, whatever has gathered meanwhile; drawn for each.
const PAUSE_MS: RangeInclusive<u64> = 20_000..=100_000;
/// By how much the revision rises when our store was put back: contacts may know as many that it does not.
const RAISE: u64 = 1 << 20;

/// When a run looks for contacts to tell; who is owed what stands in the store.
pub(crate) struct Profiles {
    look_ms: Option<u64>,
    rest_until_ms: u64,
}

impl Profiles {
    /// As a run begins: the run before may have been killed with contacts to tell.
    pub(crate) fn open(now: Now) -> Self {
        Self {
            look_ms: Some(now.ms),
            rest_until_ms: 0,
        }
    }

    /// Somebody may be owed something, and be within reach.
    pub(crate) fn look(&mut self, now: Now) {
        self.look_ms = Some(now.ms);
    }

    pub(crate) fn next_wake(&self) -> Option<u64> {
        self.look_ms.map(|look| look.max(self.rest_until_ms))
    }

    /// A clock that was ahead is right again.
    pub(crate) fn cut_waits_short(&mut self, now: Now) {
        self.rest_until_ms = self
            .rest_until_ms
            .min(now.ms.saturating_add(*PAUSE_MS.end()));
        self.look(now);
    }
}

fn draw(rng: &mut dyn CryptoRng, range: &RangeInclusive<u64>) -> u64 {
    let spread = range.end().saturating_sub(*range.start()).saturating_add(1);
    let chance = rng.next_u64().checked_rem(spread).unwrap_or(0);
    range.start().saturating_add(chance)
}

impl Engine {
    /// The user's own name and picture.
    ///
    /// # Errors
    /// [`ClientError::NoAccount`], or a store error.
    pub fn profile(&self) -> Result<ProfileView, ClientError> {
        let me = self.me.as_ref().ok_or(ClientError::NoAccount)?;
        let row = self.store.read(|tx| tx.load_own_profile())?;
        Ok(ProfileView {
            revision: row.revision,
            name: me.name.clone(),
            picture: (!row.picture.is_empty()).then(|| row.picture.to_vec()),
        })
    }

    /// Sets the user's name and picture. Contacts are told one by one, over an hour or more; those who are blocked once
    /// they are not, and those to come when they are contacts. Nobody else is. What is as it was changes nothing.
    ///
    /// # Errors
    /// [`ClientError::NameLength`], [`ClientError::NameCharacters`], [`ClientError::PictureLength`],
    /// [`ClientError::UnknownPictureFormat`], [`ClientError::NoAccount`], or a store error.
    pub fn set_profile(
        &mut self,
        name: &str,
        picture: Option<&[u8]>,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        check_name(name)?;
        if let Some(picture) = picture {
            check_picture(picture)?;
        }
        let picture = picture.unwrap_or_default();
        self.step(now, rng, |step| set_profile(step, name, picture))?;
        if let Some(me) = &mut self.me {
            name.clone_into(&mut me.name);
        }
        // The picture of before leaves the log.
        self.has_deleted = true;
        self.profiles.look(now);
        self.settle(now, rng);
        Ok(())
    }

    /// A contact's picture; `None` if it has none. Read it again when the conversation's `picture_revision` is another.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn profile_picture(&self, id: ConversationId) -> Result<Option<PictureView>, ClientError> {
        self.store.read(|tx| {
            tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
            let row = tx.load_contact_profile(id)?;
            Ok((row.picture_revision > 0).then(|| PictureView {
                revision: row.picture_revision,
                bytes: row.picture.to_vec(),
            }))
        })
    }

    /// Tells one contact, if one is due; the next one after a pause.
    pub(crate) fn pump_profiles(
        &mut self,
        now: Now,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ClientError> {
        let is_due = self.profiles.next_wake().is_some_and(|due| due <= now.ms);
        if !is_due || self.is_offline {
            return Ok(());
        }
        let look = self.step(now, rng, |step| {
            tell_first(step, &|tx, to| self.may_tell(tx, to, now))
        })?;
        self.profiles.look_ms = look.next_ms;
        if look.has_told {
            self.profiles.rest_until_ms = now.ms.saturating_add(draw(rng, &PAUSE_MS));
        }
        Ok(())
    }

    /// Whether a profile may leave for a mailbox now. Of those for a relay that has not answered one alone is
    /// encrypted, to find out: what gathers would leave at once.
    fn may_tell(&self, tx: &Tx<'_>, to: &Descriptor, now: Now) -> Result<bool, ClientError> {
        if self.way(tx, Some(to), now)? == Way::Open {
            return Ok(true);
        }
        if self.holds.contains_key(&to.mailbox.0) {
            return Ok(false);
        }
        let locator = RelayLocator {
            address: to.address.clone(),
            root: to.root,
        };
        let mut targets = tx.outbox_targets()?.into_iter();
        Ok(!targets.any(|(_, address, root)| RelayLocator { address, root } == locator))
    }
}

/// Refuses a picture that is too large, or of a format that contacts would not show.
fn check_picture(picture: &[u8]) -> Result<(), ClientError> {
    if picture.len() > MAX_PICTURE_BYTES {
        let limit = u32::try_from(MAX_PICTURE_BYTES).unwrap_or(u32::MAX);
        return Err(ClientError::PictureLength { limit });
    }
    if !is_known_picture(picture) {
        return Err(ClientError::UnknownPictureFormat);
    }
    Ok(())
}

fn set_profile(step: &mut Step<'_, '_>, name: &str, picture: &[u8]) -> Result<(), ClientError> {
    check_staying(step)?;
    let before = match step.tx.load_own_profile() {
        // A picture that does not read back is replaced.
        Err(StoreError::Row) => OwnProfileRow {
            revision: step.tx.own_profile_revision()?,
            picture: Zeroizing::default(),
        },
        before => before?,
    };
    if name == step.me.name && picture == before.picture.as_slice() {
        return Ok(());
    }
    step.tx.set_own_name(name)?;
    step.tx.save_own_profile(&OwnProfileRow {
        revision: before.revision.saturating_add(1).min(MAX_REVISION),
        picture: Zeroizing::new(picture.to_vec()),
    })?;
    let mut contacts = Vec::new();
    for peer in step.tx.all_peers()? {
        let id = ConversationId(peer.address.account);
        let known = step.tx.load_conversation(id)?;
        if known.is_none_or(|known| known.state != ConversationState::Established) {
            continue;
        }
        if step.tx.load_arrangement(id)?.blocked {
            // Told at once when that ends: one alone.
            step.tx.set_profile_due(peer.address, 0)?;
        } else {
            contacts.push(peer.address);
        }
    }
    let count = u64::try_from(contacts.len()).unwrap_or(u64::MAX);
    let minutes = count.clamp(*SPREAD_MINUTES.start(), *SPREAD_MINUTES.end());
    for peer in contacts {
        let wait_ms = draw(step.rng, &(0..=minutes.saturating_mul(MINUTE_MS)));
        step.tx
            .set_profile_due(peer, step.now.ms.saturating_add(wait_ms))?;
    }
    touch(step.tx, Changed::Account)
}

/// What became of a look for contacts to tell.
#[derive(Default)]
struct Look {
    has_told: bool,
    /// When to look again; nobody is owed anything, or within reach, if there is no such time.
    next_ms: Option<u64>,
}

type MayTell<'a> = &'a dyn Fn(&Tx<'_>, &Descriptor) -> Result<bool, ClientError>;

/// Tells the first contact that is due and can be told.
fn tell_first(step: &mut Step<'_, '_>, may_tell: MayTell<'_>) -> Result<Look, ClientError> {
    let mut look = Look::default();
    if check_staying(step).is_err() {
        return Ok(look);
    }
    let now_ms = step.now.ms;
    // What lies further ahead than any is drawn was drawn by a clock that was wrong.
    let furthest_ms = now_ms.saturating_add(SPREAD_MINUTES.end().saturating_mul(MINUTE_MS));
    for owed in step.tx.owed_profiles()? {
        if owed.due_ms > now_ms && owed.due_ms <= furthest_ms {
            look.next_ms = Some(
                look.next_ms
                    .map_or(owed.due_ms, |next| next.min(owed.due_ms)),
            );
            continue;
        }
        if look.has_told {
            // The pause comes first.
            look.next_ms = Some(now_ms);
            break;
        }
        for_one(step, |step| {
            look.has_told = tell(step, owed.peer, may_tell)?;
            Ok(())
        })?;
    }
    Ok(look)
}

/// Tells one device; false if that has to wait.
fn tell(
    step: &mut Step<'_, '_>,
    address: DeviceAddress,
    may_tell: MayTell<'_>,
) -> Result<bool, ClientError> {
    let to = step.tx.load_peer(address)?.and_then(|peer| peer.descriptor);
    let Some(to) = to else {
        return Ok(false);
    };
    if !is_answered(step, address)? || !may_tell(step.tx, &to)? {
        return Ok(false);
    }
    let Some(profile) = present(step)? else {
        return Ok(false);
    };
    let revision = profile.revision;
    match send_content(step, address, &Content::Profile(profile), None)? {
        Sent::Queued(counter) => {
            step.tx.note_profile_told(address, revision, counter)?;
            Ok(true)
        }
        Sent::Waiting => Ok(false),
    }
}

/// Our profile as it is now; none if none was set.
pub(crate) fn present(step: &Step<'_, '_>) -> Result<Option<Profile>, ClientError> {
    let row = step.tx.load_own_profile()?;
    let profile = Profile {
        revision: row.revision,
        name: step.me.name.clone(),
        picture: row.picture.to_vec(),
    };
    // An account may have been made under a name that is not allowed any more.
    Ok(profile.check().is_ok().then_some(profile))
}

/// Whether a device is owed our profile, be it blocked or not.
pub(crate) fn is_owed(step: &Step<'_, '_>, peer: DeviceAddress) -> Result<bool, ClientError> {
    let revision = step.tx.own_profile_revision()?;
    Ok(revision > 0 && step.tx.told_profile(peer)?.0 < revision)
}

/// What a device was told of our profile may not have come: unless it is still on its way, it is told again.
pub(crate) fn tell_again(step: &Step<'_, '_>, peer: DeviceAddress) -> Result<(), ClientError> {
    let (_, counter) = step.tx.told_profile(peer)?;
    let mut rows = step.tx.outbox_of(peer)?.into_iter();
    if counter == 0 || !rows.any(|row| row.counter == counter) {
        step.tx.owe_profile_again(peer)?;
    }
    Ok(())
}

/// Our store was put back, a device says: it may know a profile that we do not, and is told ours under a higher number.
pub(crate) fn note_put_back(step: &Step<'_, '_>, peer: DeviceAddress) -> Result<(), ClientError> {
    let revision = step.tx.own_profile_revision()?;
    let raised = revision.saturating_add(RAISE).min(MAX_REVISION);
    step.tx.raise_own_profile(revision, raised)?;
    Ok(step.tx.owe_profile_again(peer)?)
}

/// A contact's profile has come. Of a blocked contact too, as its Introduction is; not of a stranger.
pub(crate) fn take(
    step: &Step<'_, '_>,
    id: ConversationId,
    profile: Profile,
) -> Result<(), ClientError> {
    let Some(mut known) = step.tx.load_conversation(id)? else {
        return Ok(());
    };
    let before = match step.tx.load_contact_profile(id) {
        // A picture that does not read back is replaced.
        Err(StoreError::Row) => ContactProfileRow::default(),
        before => before?,
    };
    if known.state == ConversationState::Request || profile.revision <= before.revision {
        return Ok(());
    }
    let Profile {
        revision,
        name,
        picture,
    } = profile;
    // No other format is handed to whatever draws it.
    let picture = if is_known_picture(&picture) {
        Zeroizing::new(picture)
    } else {
        Zeroizing::default()
    };
    let picture_revision = if picture.is_empty() {
        0
    } else if picture == before.picture {
        before.picture_revision
    } else {
        revision
    };
    known.name = name;
    step.tx.save_conversation(&known)?;
    step.tx.save_contact_profile(
        id,
        &ContactProfileRow {
            revision,
            picture_revision,
            picture,
        },
    )?;
    touch(step.tx, Changed::Conversation(id))
}
