//! Our mailboxes, what peers need to write into them, and what we tell a peer about us. PROTOCOL.md §4.1, §15, §19.

use tacita_wire::{Decode, MailboxKind, ReadKey, Request, WriteKey};

use super::error::ClientError;
use super::jobs;
use super::rotate;
use super::step::Step;
use crate::protocol::content::Content;
use crate::protocol::descriptor::Descriptor;
use crate::protocol::ids::{DeviceAddress, Hour};
use crate::protocol::prekey::{PrekeyKind, SignedPrekey};
use crate::protocol::reconnect::ReconnectRecord;
use crate::store::MailboxRow;

/// Hours after which a mailbox is renewed at its relay, before chance is added.
const RENEW_AFTER_HOURS: u32 = 5 * 24;
/// Hours over which chance spreads the renewals.
const RENEW_SPREAD_HOURS: u32 = 4 * 24;

/// Gives one peer a mailbox of ours: one that was made ahead, or else a new one, whose making at the relay is queued.
pub(crate) fn assign_pair_mailbox(
    step: &mut Step<'_, '_>,
    peer: DeviceAddress,
) -> Result<Descriptor, ClientError> {
    let spare = rotate::find_spare(step)?;
    let row = match spare {
        Some(row) => row,
        None => make_pair_mailbox(step)?,
    };
    rotate::assign(step, &row, peer)?;
    Ok(describe(&row))
}

/// Makes a mailbox of ours that nobody has yet; the job that makes it at the relay is queued.
pub(crate) fn make_pair_mailbox(step: &mut Step<'_, '_>) -> Result<MailboxRow, ClientError> {
    let row = generate_mailbox(step, MailboxKind::Pair);
    step.tx.insert_mailbox(&row)?;
    jobs::push_create_mailbox(step, &row, row.id.0)?;
    Ok(row)
}

/// Deletes a mailbox of ours, here at once and at its relay when it can be reached.
pub(crate) fn discard_mailbox(
    step: &mut Step<'_, '_>,
    mailbox: &MailboxRow,
) -> Result<(), ClientError> {
    // Behind its making, if that has not come to pass yet: the same group.
    jobs::push_job(
        step.tx,
        mailbox.id.0,
        (&mailbox.address, mailbox.root),
        &Request::DeleteMailbox {
            read: mailbox.read.clone(),
        },
        jobs::JobKind::Plain,
        &[],
    )?;
    step.tx.delete_mailbox(mailbox.id)?;
    Ok(())
}

/// Fresh capabilities for a mailbox at our own relay; nothing is stored yet.
pub(crate) fn generate_mailbox(step: &mut Step<'_, '_>, kind: MailboxKind) -> MailboxRow {
    let read = ReadKey::from_bytes(random(step));
    MailboxRow {
        id: read.derive_mailbox_id(),
        read,
        write: WriteKey::from_bytes(random(step)),
        kind,
        address: step.me.relay.address.clone(),
        root: step.me.relay.root,
        live: false,
        cursor: 0,
        peer: None,
        invitation: None,
        renew_after: next_renewal(step),
    }
}

/// When a mailbox made or renewed now is due again; spread, so that renewals follow nothing.
pub(crate) fn next_renewal(step: &mut Step<'_, '_>) -> Hour {
    let chance = step.rng.next_u32() % RENEW_SPREAD_HOURS;
    step.now
        .hour()
        .plus(RENEW_AFTER_HOURS.saturating_add(chance))
}

/// The latest hour that [`next_renewal`] draws.
pub(crate) fn furthest_renewal(now: Hour) -> Hour {
    now.plus(RENEW_AFTER_HOURS.saturating_add(RENEW_SPREAD_HOURS))
}

/// What a peer needs to write into a mailbox of ours.
pub(crate) fn describe(row: &MailboxRow) -> Descriptor {
    Descriptor {
        address: row.address.clone(),
        root: row.root,
        mailbox: row.id,
        write: row.write.clone(),
    }
}

pub(crate) fn random<const N: usize>(step: &mut Step<'_, '_>) -> [u8; N] {
    let mut bytes = [0; N];
    step.rng.fill_bytes(&mut bytes);
    bytes
}

/// The Introduction that we give a peer. PROTOCOL.md §15.
pub(crate) fn introduction(
    step: &mut Step<'_, '_>,
    descriptor: Descriptor,
) -> Result<Content, ClientError> {
    Ok(Content::Introduction {
        name: step.me.name.clone(),
        descriptor,
        record: reconnect_record(step)?,
    })
}

/// Our reconnect record of the current week. PROTOCOL.md §19.
pub(crate) fn reconnect_record(step: &mut Step<'_, '_>) -> Result<ReconnectRecord, ClientError> {
    let newest = |kind| -> Result<_, ClientError> {
        let row = step
            .tx
            .newest_prekey(kind)?
            .ok_or(ClientError::StoreFailed)?;
        SignedPrekey::from_bytes(&row.public).map_err(|_| ClientError::RowDamaged)
    };
    Ok(ReconnectRecord::build(
        &step.me.keys,
        &step.me.log,
        newest(PrekeyKind::Signed)?,
        newest(PrekeyKind::LastResort)?,
        newest(PrekeyKind::Contact)?,
    )?)
}
