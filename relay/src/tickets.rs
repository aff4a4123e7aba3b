//! Who may ask for what: the join code. PROTOCOL.md §4.3.

use tacita_wire::{JoinCode, Refusal, Request, Ticket};

/// The relay's policy.
#[derive(Clone, Debug)]
pub struct TicketPolicy {
    join_code: Option<JoinCode>,
}

impl TicketPolicy {
    /// A relay for those who hold the code.
    #[must_use]
    pub fn join_code(code: JoinCode) -> Self {
        Self {
            join_code: Some(code),
        }
    }

    /// A relay for all. No code is asked for, so none can be wrong.
    #[must_use]
    pub fn open() -> Self {
        Self { join_code: None }
    }

    /// Checks a request's ticket. Making objects needs the code; claims and writes pass with
    /// [`Ticket::Open`], because guests come from other relays and the claim or write key is what
    /// entitles them. A wrong code never passes.
    ///
    /// # Errors
    /// [`Refusal::TicketRefused`].
    pub fn check(&self, request: &Request) -> Result<(), Refusal> {
        let (ticket, needs_code) = match request {
            Request::Hello { ticket }
            | Request::CreateMailbox { ticket, .. }
            | Request::CreatePile { ticket, .. } => (ticket, true),
            Request::Put { ticket, .. } | Request::Claim { ticket, .. } => (ticket, false),
            Request::DeleteMailbox { .. }
            | Request::Read { .. }
            | Request::Ack { .. }
            | Request::FillPile { .. }
            | Request::CountPile { .. }
            | Request::DeletePile { .. } => return Ok(()),
        };
        match (&self.join_code, ticket) {
            (None, _) => Ok(()),
            (Some(ours), Ticket::JoinCode(theirs)) if ours == theirs => Ok(()),
            (Some(_), Ticket::Open) if !needs_code => Ok(()),
            (Some(_), _) => Err(Refusal::TicketRefused),
        }
    }
}

#[cfg(test)]
mod tests {
    use tacita_wire::{ClaimKey, ClaimNonce};

    use super::*;

    fn hello(ticket: Ticket) -> Request {
        Request::Hello { ticket }
    }

    fn claim(ticket: Ticket) -> Request {
        Request::Claim {
            ticket,
            claim: ClaimKey::from_bytes([1; 32]),
            nonce: ClaimNonce([2; 16]),
        }
    }

    fn code(byte: u8) -> Ticket {
        Ticket::JoinCode(JoinCode::from_bytes([byte; 16]))
    }

    #[test]
    fn making_needs_the_code_and_claiming_does_not() {
        let policy = TicketPolicy::join_code(JoinCode::from_bytes([7; 16]));
        assert_eq!(policy.check(&hello(code(7))), Ok(()));
        assert_eq!(
            policy.check(&hello(Ticket::Open)),
            Err(Refusal::TicketRefused)
        );
        assert_eq!(policy.check(&claim(Ticket::Open)), Ok(()));
        assert_eq!(policy.check(&claim(code(7))), Ok(()));
    }

    #[test]
    fn a_wrong_code_never_passes() {
        let policy = TicketPolicy::join_code(JoinCode::from_bytes([7; 16]));
        assert_eq!(policy.check(&hello(code(8))), Err(Refusal::TicketRefused));
        assert_eq!(policy.check(&claim(code(8))), Err(Refusal::TicketRefused));
    }

    #[test]
    fn an_open_relay_asks_for_nothing() {
        assert_eq!(TicketPolicy::open().check(&hello(Ticket::Open)), Ok(()));
        assert_eq!(TicketPolicy::open().check(&hello(code(8))), Ok(()));
    }
}
