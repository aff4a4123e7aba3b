//! What a batch of envelopes works on: peers and sessions held in memory, and messages opened in them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroize;

use super::apply::{Applied, Held, Rewind, apply_frame};
use super::error::ClientError;
use super::step::Step;
use crate::crypto::hpke::ContactSecret;
use crate::protocol::ids::{Counter, DeviceAddress, TranscriptHash};
use crate::protocol::session::Opened;
use crate::store::Tx;
use crate::store::sabotage::{Breakage, is};

/// Skipped message keys kept in a session. PROTOCOL.md §3.
const MAX_SKIPPED_KEYS: u32 = 2000;

/// Peers and sessions as they are while a batch is worked through; written back at its end.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) held: BTreeMap<DeviceAddress, Held>,
    pub(crate) contact_secrets: Option<Vec<ContactSecret>>,
    /// Peers that are to get an Introduction with a mailbox of ours.
    pub(crate) introduce: BTreeSet<DeviceAddress>,
    /// Peers who sent something that no session opens.
    pub(crate) repair: BTreeSet<DeviceAddress>,
    /// Peers with a new session in place of another: what is not delivered below the counter is encrypted anew.
    pub(crate) resend: BTreeMap<DeviceAddress, Counter>,
    /// Peers who began anew, and may know a mailbox of ours that another took the place of.
    pub(crate) tell: BTreeSet<DeviceAddress>,
    /// Peers who had more from us than we know of: our store was put back.
    pub(crate) rewound: BTreeMap<DeviceAddress, Rewind>,
    /// Peers whose account is deleted.
    pub(crate) left: BTreeSet<DeviceAddress>,
    /// Peers for whom messages may be waiting.
    pub(crate) drain: BTreeSet<DeviceAddress>,
}

impl Batch {
    /// The peer and its sessions, loaded once; `None` if it is not known.
    pub(crate) fn hold(
        &mut self,
        tx: &Tx<'_>,
        peer: DeviceAddress,
    ) -> Result<Option<&mut Held>, ClientError> {
        match self.held.entry(peer) {
            Entry::Occupied(held) => Ok(Some(held.into_mut())),
            Entry::Vacant(place) => Ok(Held::load(tx, peer)?.map(|held| place.insert(held))),
        }
    }
}

/// What a peer's sessions made of a message.
pub(crate) enum Tried {
    /// The session at this index opened it.
    Opened(usize, Opened),
    /// It is of this session, and came before or its key was given up: there is nothing to show.
    Stale(TranscriptHash),
    /// No session opens it.
    Unknown,
}

/// Tries each session of the peer; at most one takes it.
pub(crate) fn open_in_sessions(
    step: &mut Step<'_, '_>,
    held: &mut Held,
    message: &[u8],
) -> Result<Tried, ClientError> {
    for (index, (row, session)) in held.sessions.iter_mut().enumerate() {
        let Ok(header) = session.open_header(message) else {
            continue;
        };
        let skipped = match header.skipped_key() {
            Some(id) => match step.tx.load_skipped(row.th, id)? {
                Some(key) => Some(key),
                None => return Ok(Tried::Stale(row.th)),
            },
            None => None,
        };
        let Ok(opened) = session.open_body(header, message, skipped, step.rng) else {
            return Ok(Tried::Unknown);
        };
        row.last_opened = step.now.hour();
        return Ok(Tried::Opened(index, opened));
    }
    Ok(Tried::Unknown)
}

/// Stores what an opened message brings: skipped keys and its frame.
pub(crate) fn take_opened(
    step: &mut Step<'_, '_>,
    batch: &mut Batch,
    peer: DeviceAddress,
    index: usize,
    mut opened: Opened,
) -> Result<(), ClientError> {
    let Some(held) = batch.held.get_mut(&peer) else {
        return Ok(());
    };
    held.changed = true;
    let Some((row, _)) = held.sessions.get(index) else {
        return Ok(());
    };
    let th = row.th;
    if !opened.store.is_empty() && !is(Breakage::NoSkippedKeys) {
        step.tx.insert_skipped(th, &opened.store, step.now.hour())?;
        step.tx.trim_skipped(th, MAX_SKIPPED_KEYS)?;
    }
    if let Some(used) = opened.used {
        step.tx.delete_skipped(th, used)?;
    }
    if let Some(chain) = opened.forget_chain {
        step.tx.delete_skipped_chain(th, chain)?;
    }
    let applied = apply_frame(step, held, th, &opened.frame);
    // What is kept of it is in the store: a text, a capability.
    opened.frame.body.zeroize();
    match applied? {
        Applied::Plain => {}
        Applied::Rewound(rewind) => {
            batch.rewound.insert(peer, rewind);
        }
        Applied::Left => {
            batch.left.insert(peer);
        }
    }
    // The peer has this session, and we know where to write: initial fields end.
    if held.peer.descriptor.is_some()
        && let Some((row, _)) = held.sessions.get_mut(index)
        && row.initial.take().is_some()
        && row.replaces.is_some()
    {
        // What was sent in this session is in its first chain; what was sent before is of no use to the peer.
        batch.resend.insert(peer, row.chain_first_counter);
    }
    batch.drain.insert(peer);
    Ok(())
}
