//! One step of the engine: the open transaction, who we are, the time and the randomness.

use rand_core::CryptoRng;

use super::error::ClientError;
use super::input::Now;
use super::view::{ConversationId, InvitationId};
use crate::protocol::account::DeviceKeys;
use crate::protocol::identity::{DeviceLog, VerifiedDeviceLog};
use crate::store::sabotage::{Breakage, is};
use crate::store::{AccountRow, Tx};
use tacita_wire::{Decode, RelayLink};

/// The account and device that this store belongs to, as held while it is open.
pub(crate) struct Identity {
    /// In a place of its own, so that no move of what is around it leaves a copy.
    pub(crate) keys: Box<DeviceKeys>,
    pub(crate) log: VerifiedDeviceLog,
    pub(crate) name: String,
    pub(crate) relay: RelayLink,
}

impl Identity {
    pub(crate) fn from_row(row: AccountRow) -> Result<Self, ClientError> {
        let log = DeviceLog::from_bytes(&row.log)
            .map_err(|_| ClientError::StoreFailed)?
            .verify_for(row.keys.address.account)
            .map_err(|_| ClientError::StoreFailed)?;
        Ok(Self {
            keys: Box::new(row.keys),
            log,
            name: row.name,
            relay: row.relay,
        })
    }
}

/// What every feature works with: all its effects on the store share one transaction.
pub(crate) struct Step<'a, 't> {
    pub(crate) tx: &'a Tx<'t>,
    pub(crate) me: &'a Identity,
    pub(crate) now: Now,
    pub(crate) rng: &'a mut dyn CryptoRng,
    /// Whether our relay has given out all that it had when this run began.
    pub(crate) has_read: bool,
}

/// Does one contact's share of a task that goes through many. If rows of this one do not read back, its share is
/// undone, and the others' goes on; true if it was done.
pub(crate) fn for_one(
    step: &mut Step<'_, '_>,
    share: impl FnOnce(&mut Step<'_, '_>) -> Result<(), ClientError>,
) -> Result<bool, ClientError> {
    let tx = step.tx;
    match tx.attempt(|| share(step)) {
        Ok(()) => Ok(true),
        Err(ClientError::RowDamaged) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What an event can be about; the stored code of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    Account,
    Conversation(ConversationId),
    Invitation(InvitationId),
}

pub(crate) const CHANGED_ACCOUNT: u8 = 1;
pub(crate) const CHANGED_INVITATION: u8 = 3;
pub(crate) const CHANGED_RELAY: u8 = 4;
pub(crate) const CHANGED_STORE: u8 = 5;

/// Gives the thing the next change number, so that waiting readers see it.
pub(crate) fn touch(tx: &Tx<'_>, changed: Changed) -> Result<(), ClientError> {
    match changed {
        Changed::Account => tx.touch(CHANGED_ACCOUNT, &[])?,
        Changed::Conversation(_) if is(Breakage::EventLost) => {}
        Changed::Conversation(id) => tx.touch_conversation(id)?,
        Changed::Invitation(id) => tx.touch(CHANGED_INVITATION, &id.0)?,
    }
    Ok(())
}
