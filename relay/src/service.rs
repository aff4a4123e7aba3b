//! From a request to a response: tickets, hashes of capabilities, the store, wake-ups. No HTTP here.

use std::sync::Arc;

use tacita_wire::limits::{MAX_READ_BYTES, MAX_READ_ENVELOPES};
use tacita_wire::{Decode, Encode, MailboxId, Refusal, Request, Response, WireError};

use crate::hub::Hub;
use crate::store::{Change, MailboxStore, Outcome};
use crate::tickets::TicketPolicy;

/// A relay without its network.
#[derive(Debug)]
pub struct Service<S> {
    /// What is kept.
    pub store: S,
    /// Who waits.
    pub hub: Arc<Hub>,
    policy: TicketPolicy,
}

impl<S: MailboxStore> Service<S> {
    /// Puts the parts together.
    pub fn new(store: S, policy: TicketPolicy) -> Self {
        Self {
            store,
            hub: Arc::default(),
            policy,
        }
    }

    /// Answers the bytes of a request with the bytes of a response.
    pub async fn answer_bytes(&self, body: &[u8]) -> Vec<u8> {
        let response = match Request::from_bytes(body) {
            Ok(request) => self.answer(request).await,
            Err(error) => Response::Refused(refusal_of(error)),
        };
        response.to_bytes()
    }

    /// Answers a request.
    pub async fn answer(&self, request: Request) -> Response {
        match self.try_answer(request).await {
            Ok(response) => response,
            Err(refusal) => Response::Refused(refusal),
        }
    }

    async fn try_answer(&self, request: Request) -> Result<Response, Refusal> {
        self.policy.check(&request)?;
        let change = match request {
            Request::Hello { .. } => {
                let hour = self.store.hour().await?;
                return Ok(Response::Hello { hour });
            }
            Request::Read { read, after, limit } => {
                let limit = limit.min(MAX_READ_ENVELOPES);
                let page = self
                    .store
                    .read(read.derive_mailbox_id(), after, limit, MAX_READ_BYTES)
                    .await?;
                return Ok(Response::Entries {
                    entries: page.entries,
                    head: page.head,
                    hour: page.hour,
                });
            }
            Request::CountPile { pile, owner } => {
                let remaining = self.store.count_pile(pile, owner.derive_hash()).await?;
                return Ok(Response::Count { remaining });
            }
            Request::CreateMailbox {
                kind,
                mailbox,
                write_hash,
                ..
            } => Change::CreateMailbox {
                mailbox,
                kind,
                write_hash,
            },
            Request::DeleteMailbox { read } => Change::DeleteMailbox {
                mailbox: read.derive_mailbox_id(),
            },
            Request::Put {
                mailbox,
                write,
                envelopes,
                ..
            } => Change::Put {
                mailbox,
                write_hash: write.derive_hash(),
                envelopes,
            },
            Request::Ack { read, up_to } => Change::Ack {
                mailbox: read.derive_mailbox_id(),
                up_to,
            },
            Request::CreatePile {
                pile,
                owner_hash,
                last_resort,
                ..
            } => Change::CreatePile {
                pile,
                owner_hash,
                last_resort,
            },
            Request::FillPile {
                pile,
                owner,
                replace,
                last_resort,
                entries,
            } => Change::FillPile {
                pile,
                owner_hash: owner.derive_hash(),
                replace,
                last_resort,
                entries,
            },
            Request::DeletePile { pile, owner } => Change::DeletePile {
                pile,
                owner_hash: owner.derive_hash(),
            },
            Request::Claim { claim, nonce, .. } => {
                let pile = claim.derive_pile_id();
                Change::Claim {
                    pile,
                    nonce_hash: nonce.derive_hash(&pile),
                }
            }
        };
        let changed = changed_mailbox(&change);
        #[cfg(feature = "sabotage-log-id")]
        log_id(&change);
        let outcome = self.store.change(change).await?;
        if let Some(mailbox) = changed {
            self.hub.wake(&mailbox);
        }
        Ok(match outcome {
            Outcome::Done => Response::Done,
            Outcome::Claimed { kind, entry } => Response::Claimed { kind, entry },
        })
    }
}

/// The mailbox whose readers want to know of a change.
fn changed_mailbox(change: &Change) -> Option<MailboxId> {
    match change {
        Change::Put { mailbox, .. } | Change::DeleteMailbox { mailbox } => Some(*mailbox),
        _ => None,
    }
}

/// What the sender of unreadable bytes is told.
#[must_use]
pub fn refusal_of(error: WireError) -> Refusal {
    match error {
        WireError::UnknownVersion => Refusal::UnsupportedVersion,
        _ => Refusal::Malformed,
    }
}

#[cfg(feature = "sabotage-log-id")]
fn log_id(change: &Change) {
    if let Change::Put { mailbox, .. } = change {
        let id = data_encoding::HEXLOWER.encode(&mailbox.0);
        tracing::info!(id, "put");
    }
}
