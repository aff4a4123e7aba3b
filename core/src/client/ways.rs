//! Whether a message may leave for a contact now, and what is in its way. PROTOCOL.md §16.4.

use std::collections::BTreeMap;

use tacita_wire::{Decode, MailboxId};

use super::aside::MAX_ASIDE;
use super::effect::RelayLocator;
use super::engine::Engine;
use super::error::ClientError;
use super::input::Now;
use super::send::initial_target;
use super::standstill::standstill;
use super::view::{ConversationId, Delivery, QueueReason, RelayState};
use crate::protocol::descriptor::Descriptor;
use crate::protocol::ids::DeviceAddress;
use crate::protocol::session::Session;
use crate::store::{MessageRow, PeerRow, StoredDelivery, Tx};

/// How the next message to a device would fare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The relay has answered lately, and nothing is in the way.
    Open,
    /// Nothing is known against it; the relay has not answered in this run.
    Unproved,
    /// It could not leave now.
    Shut,
}

impl Engine {
    /// The way to where a device reads. To one of whom that is not known, it is the session's to say.
    pub(crate) fn way(
        &self,
        tx: &Tx<'_>,
        to: Option<&Descriptor>,
        now: Now,
    ) -> Result<Way, ClientError> {
        let Some(to) = to else { return Ok(Way::Open) };
        if self.is_offline {
            return Ok(Way::Shut);
        }
        if let Some((backoff, _)) = self.holds.get(&to.mailbox.0)
            && (!backoff.is_due(now) || self.is_tried_by_another(tx, to.mailbox)?)
        {
            return Ok(Way::Shut);
        }
        Ok(match self.relays.state(&locate(to)) {
            RelayState::Online => Way::Open,
            RelayState::Connecting => Way::Unproved,
            RelayState::Offline | RelayState::WrongKey => Way::Shut,
        })
    }

    /// Whether something encrypted is left for a mailbox that does not stand aside: it shows whether the mailbox takes
    /// anything again.
    pub(crate) fn is_tried_by_another(
        &self,
        tx: &Tx<'_>,
        mailbox: MailboxId,
    ) -> Result<bool, ClientError> {
        let ids = tx.unput_ids(mailbox, MAX_ASIDE.saturating_add(1))?;
        Ok(ids.iter().any(|id| !self.asides.has(*id)))
    }

    /// What is in the way to where a device reads, as far as this run knows.
    fn obstacle(&self, to: &Descriptor) -> Option<QueueReason> {
        if self.is_offline {
            return Some(QueueReason::Offline);
        }
        if let Some((_, reason)) = self.holds.get(&to.mailbox.0) {
            return Some(*reason);
        }
        self.relays.obstacle(&locate(to))
    }

    /// Why messages of ours in a conversation have not left, if there are any.
    pub(crate) fn reasons(&self, tx: &Tx<'_>, id: ConversationId) -> Result<Reasons, ClientError> {
        // That a request has expired is shown once readers were told that something changed.
        let is_shown = |reason: &QueueReason| {
            *reason != QueueReason::RequestExpired || self.expired_requests.contains(&id)
        };
        if let Some(reason) = standstill(tx, id, self.latest())?.filter(is_shown) {
            return Ok(Reasons::standstill(reason));
        }
        let mut reasons = Reasons {
            asides: self.asides.of(id),
            ..Reasons::none()
        };
        let peers = tx.list_peers(id.0)?;
        if peers.is_empty() && is_damaged(tx, id)? {
            (reasons.queued, reasons.waiting) =
                (QueueReason::KeysDamaged, QueueReason::KeysDamaged);
        }
        for peer in peers {
            let to = target_of(tx, &peer)?;
            if let Some(to) = &to
                && let Some(reason) = self.obstacle(to)
            {
                reasons.queued = reason;
            }
            reasons.waiting = self.why_waiting(tx, peer.address, to.as_ref())?;
        }
        Ok(reasons)
    }

    fn why_waiting(
        &self,
        tx: &Tx<'_>,
        peer: DeviceAddress,
        to: Option<&Descriptor>,
    ) -> Result<QueueReason, ClientError> {
        let id = ConversationId(peer.account);
        if !self.drain.contains(&peer) {
            return Ok(if !tx.has_waiting(peer)? {
                QueueReason::Sending
            } else if is_damaged(tx, id)? {
                QueueReason::KeysDamaged
            } else {
                QueueReason::WaitingForContact
            });
        }
        let reason = to.and_then(|to| Some((to, self.obstacle(to)?)));
        Ok(match reason {
            None => QueueReason::Sending,
            Some((to, _)) if self.busy.contains(&to.mailbox.0) => QueueReason::BehindEarlier,
            Some((_, reason)) => reason,
        })
    }
}

/// Why messages of one conversation have not left.
pub(crate) struct Reasons {
    pub(crate) queued: QueueReason,
    pub(crate) waiting: QueueReason,
    /// Why those that are at the relay are there in vain, if they are.
    pub(crate) sent: Option<QueueReason>,
    /// By place, why one stands aside.
    pub(crate) asides: BTreeMap<u64, QueueReason>,
}

impl Reasons {
    /// For messages all of which have left.
    pub(crate) fn none() -> Self {
        Self {
            queued: QueueReason::Sending,
            waiting: QueueReason::Sending,
            sent: None,
            asides: BTreeMap::new(),
        }
    }

    /// For messages none of which can leave.
    fn standstill(reason: QueueReason) -> Self {
        Self {
            queued: reason,
            waiting: reason,
            sent: (reason == QueueReason::RequestExpired).then_some(reason),
            asides: BTreeMap::new(),
        }
    }

    /// How far a message is.
    pub(crate) fn delivery(&self, row: &MessageRow) -> Delivery {
        match row.delivery {
            StoredDelivery::Received => Delivery::Received,
            StoredDelivery::Queued => Delivery::Queued {
                reason: *self.asides.get(&row.place).unwrap_or(&self.queued),
            },
            StoredDelivery::Waiting => Delivery::Waiting {
                reason: self.waiting,
            },
            StoredDelivery::Sent => match self.sent {
                Some(reason) => Delivery::Queued { reason },
                None => Delivery::Sent,
            },
            StoredDelivery::Delivered => Delivery::Delivered,
        }
    }
}

/// Where messages to a device go now, if that is known.
pub(crate) fn target_of(tx: &Tx<'_>, peer: &PeerRow) -> Result<Option<Descriptor>, ClientError> {
    match &peer.descriptor {
        Some(descriptor) => Ok(Some(descriptor.clone())),
        None => initial_target(tx, peer.address),
    }
}

/// The relay of a descriptor.
pub(crate) fn locate(to: &Descriptor) -> RelayLocator {
    RelayLocator {
        address: to.address.clone(),
        root: to.root,
    }
}

/// Whether something that is kept of a contact does not read back.
fn is_damaged(tx: &Tx<'_>, id: ConversationId) -> Result<bool, ClientError> {
    if tx.is_damaged(id.0)? {
        return Ok(true);
    }
    for peer in tx.list_peers(id.0)? {
        let mut sessions = tx.sessions_of(peer.address)?.into_iter();
        if sessions.any(|row| Session::from_bytes(&row.state).is_err()) {
            return Ok(true);
        }
    }
    Ok(false)
}
