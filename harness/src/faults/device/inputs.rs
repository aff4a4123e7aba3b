//! Inputs of the engine from what the script says of the relay.

use data_encoding::HEXLOWER;
use tacita_core::client::effect::{RelayLocator, RequestId};
use tacita_core::client::input::{Input, NetFailure, StreamEvent};
use tacita_wire::{Decode as _, MailboxId, Response, StoredEnvelope};

use super::ask::What;

fn mailbox(text: &str) -> Option<MailboxId> {
    let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
    Some(MailboxId(bytes.try_into().ok()?))
}

/// An input, which names the one relay of this day.
pub(super) fn input_of(what: What, relay: Option<RelayLocator>) -> Option<Input> {
    let on_stream = |stream: u64, event: StreamEvent| {
        Some(Input::Stream {
            relay: relay?,
            stream,
            event,
        })
    };
    match what {
        What::Answer { request, response } => {
            let result = match response {
                Some(hex) => {
                    let bytes = HEXLOWER.decode(hex.as_bytes()).ok()?;
                    Ok(Response::from_bytes(&bytes).ok()?)
                }
                None => Err(NetFailure::Unreachable),
            };
            Some(Input::Answer {
                request: RequestId(request),
                result,
            })
        }
        What::Envelopes { stream, envelopes } => {
            let envelopes = envelopes
                .into_iter()
                .map(|envelope| {
                    let stored = StoredEnvelope {
                        sequence: envelope.sequence,
                        hour: envelope.hour,
                        envelope: HEXLOWER.decode(envelope.bytes.as_bytes()).ok()?,
                    };
                    Some((mailbox(&envelope.mailbox)?, stored))
                })
                .collect::<Option<_>>()?;
            on_stream(stream, StreamEvent::Envelopes(envelopes))
        }
        What::CaughtUp { stream, hour } => on_stream(stream, StreamEvent::CaughtUp { hour }),
        What::Missing {
            stream,
            mailbox: id,
        } => on_stream(stream, StreamEvent::Gone(mailbox(&id)?)),
        _ => Some(Input::Tick),
    }
}
