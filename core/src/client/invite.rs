//! Invitations of ours: made, published, listed, topped up, revoked. PROTOCOL.md §10, §17.

use tacita_wire::limits::MAX_FILL_ENTRIES;
use tacita_wire::{Decode, Encode, MailboxKind, OwnerKey, PileId, Request, SealedEntry};

use super::effect::RelayLocator;
use super::error::ClientError;
use super::jobs::{self, JobKind, push_job};
use super::mailboxes::{describe, generate_mailbox, random};
use super::step::{Changed, Step, touch};
use super::view::{InvitationId, InvitationKind, InvitationState, InvitationView};
use crate::crypto::secret::Secret;
use crate::protocol::bundle::{Bundle, BundleKeys};
use crate::protocol::descriptor::Descriptor;
use crate::protocol::invitation::InvitationLink;
use crate::protocol::prekey::{
    PREKEY_SECRET_DAYS, PrekeyKind, PrekeySecret, SignedPrekey, generate_prekey,
};
use crate::store::{InvitationRow, MailboxRow, PrekeyRow};

/// One-time entries of a public link.
pub(crate) const PUBLIC_ENTRIES: usize = 20;
/// A public pile with fewer entries is topped up.
pub(crate) const TOP_UP_BELOW: u16 = 10;

/// The link of an invitation.
pub(crate) fn link_of(step: &Step<'_, '_>, row: &InvitationRow) -> InvitationLink {
    InvitationLink {
        address: row.address.clone(),
        root: row.root,
        account: step.me.keys.address.account,
        secret: row.secret.clone(),
    }
}

/// What a list shows of an invitation.
pub(crate) fn view_of(step: &Step<'_, '_>, row: &InvitationRow) -> InvitationView {
    InvitationView {
        id: row.id,
        kind: row.kind,
        state: row.state,
        link: link_of(step, row).to_text().to_string(),
        created_ms: row.created_ms,
    }
}

/// Makes an invitation and queues all that makes its link work.
pub(crate) fn create(
    step: &mut Step<'_, '_>,
    kind: InvitationKind,
) -> Result<InvitationView, ClientError> {
    super::leave::check_staying(step)?;
    let id = InvitationId(random(step));
    let mailbox = MailboxRow {
        invitation: Some(id),
        ..generate_mailbox(step, MailboxKind::Contact)
    };
    let row = InvitationRow {
        id,
        kind,
        state: InvitationState::Publishing,
        secret: Secret::generate(step.rng),
        owner: OwnerKey::from_bytes(random(step)),
        address: mailbox.address.clone(),
        root: mailbox.root,
        mailbox: mailbox.id,
        created_ms: step.now.ms,
        renewed: step.now.hour(),
    };
    step.tx.insert_mailbox(&mailbox)?;
    step.tx.insert_invitation(&row)?;
    publish(step, &row, &mailbox)?;
    touch(step.tx, Changed::Invitation(id))?;
    Ok(view_of(step, &row))
}

/// Queues mailbox, pile and entries, in this order; also good for one that its relay has lost.
pub(crate) fn publish(
    step: &mut Step<'_, '_>,
    row: &InvitationRow,
    mailbox: &MailboxRow,
) -> Result<(), ClientError> {
    let link = link_of(step, row);
    let pile = link.pile_id();
    jobs::push_create_mailbox(step, mailbox, pile.0)?;
    let last_resort = last_resort_entry(step, row, describe(mailbox))?;
    let request = Request::CreatePile {
        ticket: jobs::own_ticket(step),
        pile,
        owner_hash: row.owner.derive_hash(),
        last_resort,
    };
    push_for(step, row, pile, &request, JobKind::Plain)?;
    let count = match row.kind {
        InvitationKind::Personal => 1,
        InvitationKind::Public => PUBLIC_ENTRIES,
    };
    fill(step, row, describe(mailbox), count, true)
}

/// Makes one-time entries and queues their way into the pile.
pub(crate) fn fill(
    step: &mut Step<'_, '_>,
    row: &InvitationRow,
    contact: Descriptor,
    count: usize,
    replace: bool,
) -> Result<(), ClientError> {
    let pile = link_of(step, row).pile_id();
    let mut left = count;
    let mut replace = replace;
    while left > 0 {
        let now = left.min(MAX_FILL_ENTRIES);
        left = left.saturating_sub(now);
        let entries = (0..now)
            .map(|_| one_time_entry(step, row, contact.clone()))
            .collect::<Result<Vec<_>, _>>()?;
        let last_resort = if replace {
            Some(last_resort_entry(step, row, contact.clone())?)
        } else {
            None
        };
        let request = Request::FillPile {
            pile,
            owner: row.owner.clone(),
            replace,
            last_resort,
            entries,
        };
        replace = false;
        let kind = if left == 0 {
            JobKind::LastOfInvitation
        } else {
            JobKind::Plain
        };
        push_for(step, row, pile, &request, kind)?;
    }
    Ok(())
}

fn one_time_entry(
    step: &mut Step<'_, '_>,
    row: &InvitationRow,
    contact: Descriptor,
) -> Result<SealedEntry, ClientError> {
    let opk = make_prekey(step, PrekeyKind::OneTime, Some(row.id))?;
    let kem = make_prekey(step, PrekeyKind::OneTimeKem, Some(row.id))?;
    seal_bundle(step, row, Some(opk), kem, contact)
}

fn last_resort_entry(
    step: &mut Step<'_, '_>,
    row: &InvitationRow,
    contact: Descriptor,
) -> Result<SealedEntry, ClientError> {
    let kem = newest_public(step, PrekeyKind::LastResort)?;
    seal_bundle(step, row, None, kem, contact)
}

fn seal_bundle(
    step: &mut Step<'_, '_>,
    row: &InvitationRow,
    opk: Option<SignedPrekey>,
    kem: SignedPrekey,
    contact: Descriptor,
) -> Result<SealedEntry, ClientError> {
    let spk = newest_public(step, PrekeyKind::Signed)?;
    let contact_key = newest_public(step, PrekeyKind::Contact)?;
    let link = link_of(step, row);
    let keys = BundleKeys {
        signed: spk,
        one_time: opk,
        kem,
        contact: contact_key,
    };
    let bundle = Bundle::build(&step.me.keys, &step.me.log, keys, contact)?;
    Ok(bundle.seal(&link.seal_key(), link.pile_id(), step.rng)?)
}

fn newest_public(step: &Step<'_, '_>, kind: PrekeyKind) -> Result<SignedPrekey, ClientError> {
    let row = step
        .tx
        .newest_prekey(kind)?
        .ok_or(ClientError::StoreFailed)?;
    SignedPrekey::from_bytes(&row.public).map_err(|_| ClientError::RowDamaged)
}

/// Makes a prekey and stores both halves.
pub(crate) fn make_prekey(
    step: &mut Step<'_, '_>,
    kind: PrekeyKind,
    invitation: Option<InvitationId>,
) -> Result<SignedPrekey, ClientError> {
    let id = step.tx.next_prekey_id(kind)?;
    let hour = step.now.hour();
    let (public, secret): (SignedPrekey, PrekeySecret) =
        generate_prekey(kind, id, hour, &step.me.keys, step.rng);
    step.tx.insert_prekey(&PrekeyRow {
        kind,
        id,
        public: public.to_bytes(),
        secret: secret.to_secret_bytes(),
        invitation,
        created: hour,
        delete_after: hour.plus_days(PREKEY_SECRET_DAYS),
    })?;
    Ok(public)
}

/// Takes an invitation back: the relay's pile and mailbox go, and with them the keys. Conversations that
/// came through it stay. Gives the relay that is asked, and the pile.
pub(crate) fn revoke(
    step: &mut Step<'_, '_>,
    id: InvitationId,
) -> Result<(RelayLocator, PileId), ClientError> {
    let row = step.tx.load_invitation(id)?.ok_or(ClientError::NotFound)?;
    let pile = link_of(step, &row).pile_id();
    step.tx.delete_jobs_of(pile.0)?;
    push_delete_pile(step, &row, pile)?;
    if let Some(mailbox) = step.tx.load_mailbox(row.mailbox)? {
        let request = Request::DeleteMailbox {
            read: mailbox.read.clone(),
        };
        push_for(step, &row, pile, &request, JobKind::Plain)?;
        step.tx.delete_mailbox(row.mailbox)?;
    }
    step.tx.delete_prekeys_of(id)?;
    step.tx.delete_invitation(id)?;
    touch(step.tx, Changed::Invitation(id))?;
    let relay = RelayLocator {
        address: row.address,
        root: row.root,
    };
    Ok((relay, pile))
}

/// A personal invitation is used up by its first guest: nobody else may claim from its pile.
pub(crate) fn use_up(step: &mut Step<'_, '_>, mut row: InvitationRow) -> Result<(), ClientError> {
    if row.kind == InvitationKind::Personal && row.state != InvitationState::Used {
        row.state = InvitationState::Used;
        step.tx.save_invitation(&row)?;
        let pile = link_of(step, &row).pile_id();
        push_delete_pile(step, &row, pile)?;
        touch(step.tx, Changed::Invitation(row.id))?;
    }
    Ok(())
}

fn push_delete_pile(
    step: &mut Step<'_, '_>,
    row: &InvitationRow,
    pile: PileId,
) -> Result<(), ClientError> {
    let request = Request::DeletePile {
        pile,
        owner: row.owner.clone(),
    };
    push_for(step, row, pile, &request, JobKind::Plain)
}

/// Queues a request behind the others of its invitation.
pub(crate) fn push_for(
    step: &Step<'_, '_>,
    row: &InvitationRow,
    pile: PileId,
    request: &Request,
    kind: JobKind,
) -> Result<(), ClientError> {
    let reference = match kind {
        JobKind::LastOfInvitation | JobKind::CountPile => row.id.0.as_slice(),
        JobKind::Plain | JobKind::CreateMailbox => &[],
    };
    let relay = (&row.address, row.root);
    push_job(step.tx, pile.0, relay, request, kind, reference)
}
