//! Durable requests to relays: kept until done, repeated with the same bytes, in order within a group.

use tacita_wire::{Decode, Encode, RelayAddress, RelayRootHash, Request, Ticket};

use super::effect::RelayLocator;
use super::error::ClientError;
use super::step::{Changed, Step, touch};
use super::view::{InvitationId, InvitationState};
use crate::store::{JobRow, MailboxRow, Tx};

/// What has to be done once the relay has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobKind {
    /// Nothing.
    Plain,
    /// The mailbox in the reference is live.
    CreateMailbox,
    /// The invitation in the reference works.
    LastOfInvitation,
    /// The answer's count decides whether the pile in the reference's invitation is topped up.
    CountPile,
}

impl JobKind {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Plain => 0,
            Self::CreateMailbox => 1,
            Self::LastOfInvitation => 2,
            Self::CountPile => 3,
        }
    }

    pub(crate) fn from_code(code: u8) -> Self {
        match code {
            1 => Self::CreateMailbox,
            2 => Self::LastOfInvitation,
            3 => Self::CountPile,
            _ => Self::Plain,
        }
    }
}

/// Queues a request in a group.
pub(crate) fn push_job(
    tx: &Tx<'_>,
    group: [u8; 32],
    relay: (&RelayAddress, RelayRootHash),
    request: &Request,
    kind: JobKind,
    reference: &[u8],
) -> Result<(), ClientError> {
    tx.push_job(&JobRow {
        id: 0,
        group,
        address: relay.0.clone(),
        root: relay.1,
        request: request.to_bytes().into(),
        kind: kind.code(),
        reference: reference.to_vec(),
    })?;
    Ok(())
}

/// Queues the making (or renewing) of a mailbox of ours.
pub(crate) fn push_create_mailbox(
    step: &mut Step<'_, '_>,
    row: &MailboxRow,
    group: [u8; 32],
) -> Result<(), ClientError> {
    let request = Request::CreateMailbox {
        ticket: own_ticket(step),
        kind: row.kind,
        mailbox: row.id,
        write_hash: row.write.derive_hash(),
    };
    push_job(
        step.tx,
        group,
        (&row.address, row.root),
        &request,
        JobKind::CreateMailbox,
        &row.id.0,
    )
}

/// The ticket that our own relay wants.
pub(crate) fn own_ticket(step: &Step<'_, '_>) -> Ticket {
    step.me.relay.ticket()
}

/// Ends a job that its relay has done.
pub(crate) fn finish_job(step: &mut Step<'_, '_>, job: &JobRow) -> Result<(), ClientError> {
    step.tx.delete_job(job.id)?;
    match JobKind::from_code(job.kind) {
        JobKind::Plain | JobKind::CountPile => {}
        JobKind::CreateMailbox => {
            let id = Decode::from_bytes(&job.reference).map_err(|_| ClientError::RowDamaged)?;
            if let Some(mut mailbox) = step.tx.load_mailbox(id)? {
                mailbox.live = true;
                step.tx.save_mailbox(&mailbox)?;
            }
        }
        JobKind::LastOfInvitation => {
            let id: [u8; 16] = job
                .reference
                .as_slice()
                .try_into()
                .map_err(|_| ClientError::RowDamaged)?;
            if let Some(mut invitation) = step.tx.load_invitation(InvitationId(id))?
                && invitation.state == InvitationState::Publishing
            {
                invitation.state = InvitationState::Live;
                step.tx.save_invitation(&invitation)?;
                touch(step.tx, Changed::Invitation(invitation.id))?;
            }
        }
    }
    Ok(())
}

/// The relay that a job goes to.
pub(crate) fn relay_of(job: &JobRow) -> RelayLocator {
    RelayLocator {
        address: job.address.clone(),
        root: job.root,
    }
}
