//! Whether a contact's keys are the contact's own: comparing, and alarms that stay until the user ends them. PROTOCOL.md §20.1.

use super::engine::Engine;
use super::error::ClientError;
use super::notices::note_unopened;
use super::step::{Changed, Identity, Step, touch};
use super::view::{ConversationId, SafetyNumberView, UndecryptableCause, Verification};
use crate::crypto::hash::sha256;
use crate::protocol::ProtocolError;
use crate::protocol::identity::{DeviceLog, VerifiedDeviceLog};
use crate::protocol::ids::DeviceAddress;
use crate::protocol::safety;
use crate::store::{ConversationRow, Tx};
use tacita_wire::{Decode, Encode};

/// The device logs that have raised an alarm, newest last: of each the account id and the log's SHA-256.
const ALARMING_LOGS: &str = "alarming device logs";
/// Such logs that are remembered of one contact. Whoever has its account key can make any number of them.
const MAX_ALARMING_LOGS: usize = 16;
/// Bytes of an account id and a hash.
const ALARMING_LOG_BYTES: usize = 64;

impl Engine {
    /// The safety number of a conversation.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub fn safety_number(&self, id: ConversationId) -> Result<SafetyNumberView, ClientError> {
        let me = self.me.as_ref().ok_or(ClientError::NoAccount)?;
        self.store.read(|tx| {
            let (theirs, row) = load_other_side(tx, id)?;
            let ours = (me.log.account_key(), &me.keys.address.account);
            let number = safety::safety_number(ours, (theirs.account_key(), &id.0));
            Ok(SafetyNumberView {
                digits: number.digits,
                qr: number.qr,
                verification: row.verification,
            })
        })
    }

    /// Notes that the digits were compared and are equal, or takes that back.
    ///
    /// # Errors
    /// [`ClientError::WrongState`] while there is an alarm, which [`Engine::dismiss_alarm`] or a scan that fits ends;
    /// [`ClientError::NotFound`], or a store error.
    pub fn mark_verified(&mut self, id: ConversationId, verified: bool) -> Result<(), ClientError> {
        self.verify(id, |tx, _| {
            let row = tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
            match row.verification {
                Verification::Alarm => Err(ClientError::WrongState),
                _ if verified => Ok(Verification::Verified),
                _ => Ok(Verification::Unverified),
            }
        })?;
        Ok(())
    }

    /// Compares a scanned code with this conversation: gives, and stores, `Verified` if it fits, whatever was before,
    /// and else `Alarm`.
    ///
    /// # Errors
    /// Nothing has changed: [`ClientError::LinkForeign`] if it is no such code or our own account's,
    /// [`ClientError::LinkDamaged`] or [`ClientError::LinkTooNew`] if it does not read (scan again, or update);
    /// [`ClientError::NotFound`], or a store error.
    pub fn verify_scanned(
        &mut self,
        id: ConversationId,
        scanned: &str,
    ) -> Result<Verification, ClientError> {
        self.verify(id, |tx, me| compare(tx, me, id, scanned))
    }

    /// Ends an alarm by the user's word: the contact is unverified then. The same device log raises none again.
    ///
    /// # Errors
    /// [`ClientError::WrongState`] if there is none, [`ClientError::NotFound`], or a store error.
    pub fn dismiss_alarm(&mut self, id: ConversationId) -> Result<(), ClientError> {
        self.verify(id, |tx, _| {
            let row = tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
            match row.verification {
                Verification::Alarm => Ok(Verification::Unverified),
                Verification::Unverified | Verification::Verified => Err(ClientError::WrongState),
            }
        })?;
        Ok(())
    }

    /// Stores what was found out of a contact's keys.
    fn verify(
        &mut self,
        id: ConversationId,
        find: impl FnOnce(&Tx<'_>, &Identity) -> Result<Verification, ClientError>,
    ) -> Result<Verification, ClientError> {
        let me = self.me.as_ref().ok_or(ClientError::NoAccount)?;
        let found = self.store.write(|tx| -> Result<_, ClientError> {
            let found = find(tx, me)?;
            let row = tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
            set(tx, row, found)?;
            Ok(found)
        })?;
        self.announce_changes();
        Ok(found)
    }
}

fn set(
    tx: &Tx<'_>,
    mut row: ConversationRow,
    verification: Verification,
) -> Result<(), ClientError> {
    if row.verification == verification {
        return Ok(());
    }
    row.verification = verification;
    tx.save_conversation(&row)?;
    touch(tx, Changed::Conversation(row.id))
}

/// The other side of a conversation, as the safety number needs it.
fn load_other_side(
    tx: &Tx<'_>,
    id: ConversationId,
) -> Result<(VerifiedDeviceLog, ConversationRow), ClientError> {
    let row = tx.load_conversation(id)?.ok_or(ClientError::NotFound)?;
    let log = DeviceLog::from_bytes(&row.log).map_err(|_| ClientError::RowDamaged)?;
    let theirs = log.verify_for(id.0).map_err(|_| ClientError::RowDamaged)?;
    Ok((theirs, row))
}

fn compare(
    tx: &Tx<'_>,
    me: &Identity,
    id: ConversationId,
    scanned: &str,
) -> Result<Verification, ClientError> {
    let (theirs, _) = load_other_side(tx, id)?;
    let ours = (me.log.account_key(), &me.keys.address.account);
    match safety::verify_scan(ours, (theirs.account_key(), &id.0), scanned) {
        Ok(_) => Ok(Verification::Verified),
        Err(ProtocolError::SafetyNumberMismatch) if safety::is_shown_by(ours, scanned) => {
            Err(ClientError::LinkForeign)
        }
        Err(ProtocolError::SafetyNumberMismatch) => Ok(Verification::Alarm),
        Err(ProtocolError::Malformed(error)) => Err(super::accept::link_error(error)),
        Err(_) => Err(ClientError::LinkDamaged),
    }
}

/// Two device logs that contradict each other: whoever holds the account key lies to somebody. Nothing of the shown one
/// is taken; the conversation has an alarm and shows why. A log that raised one before raises none again.
pub(crate) fn note_fork(
    step: &mut Step<'_, '_>,
    known: ConversationRow,
    peer: DeviceAddress,
    shown: &VerifiedDeviceLog,
) -> Result<(), ClientError> {
    if !remember(step, known.id, shown)? {
        return Ok(());
    }
    set(step.tx, known, Verification::Alarm)?;
    note_unopened(step, peer, UndecryptableCause::LogsContradict)
}

/// Remembers a log that contradicts the known one; false if it was.
fn remember(
    step: &Step<'_, '_>,
    id: ConversationId,
    shown: &VerifiedDeviceLog,
) -> Result<bool, ClientError> {
    let hash = sha256(&[&shown.to_bytes()]);
    let entry = [id.0.0, hash].concat();
    let bytes = step.tx.load_setting(ALARMING_LOGS)?.unwrap_or_default();
    let mut entries: Vec<&[u8]> = bytes.chunks_exact(ALARMING_LOG_BYTES).collect();
    if entries.contains(&entry.as_slice()) {
        return Ok(false);
    }
    let is_theirs = |entry: &[u8]| entry.starts_with(&id.0.0);
    if entries.iter().filter(|entry| is_theirs(entry)).count() >= MAX_ALARMING_LOGS
        && let Some(oldest) = entries.iter().position(|entry| is_theirs(entry))
    {
        entries.remove(oldest);
    }
    entries.push(&entry);
    step.tx.save_setting(ALARMING_LOGS, &entries.concat())?;
    Ok(true)
}

/// Forgets which logs have raised an alarm in a conversation that is deleted.
pub(crate) fn forget_alarms(step: &Step<'_, '_>, id: ConversationId) -> Result<(), ClientError> {
    let Some(bytes) = step.tx.load_setting(ALARMING_LOGS)? else {
        return Ok(());
    };
    let mut entries: Vec<&[u8]> = bytes.chunks_exact(ALARMING_LOG_BYTES).collect();
    entries.retain(|entry| !entry.starts_with(&id.0.0));
    Ok(step.tx.save_setting(ALARMING_LOGS, &entries.concat())?)
}
