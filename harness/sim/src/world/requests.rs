//! Requests of devices, their way to relays, and the answers' way back.

use tacita_core::client::effect::RequestId;
use tacita_core::client::input::{Input, NetFailure};
use tacita_wire::{Request, Response};

use super::{Event, World};
use crate::lies;

impl World {
    pub(super) fn ask(
        &mut self,
        who: usize,
        run: u64,
        id: RequestId,
        relay: usize,
        request: Request,
    ) {
        self.traffic.note_asked(who, &request);
        if let Request::Put { mailbox, .. } = &request {
            let _ = self.puts.insert((who, run, id), *mailbox);
        }
        self.devices[who].asked += 1;
        let weather = self.weather;
        let lost = !self.devices[who].online || self.dice.permille(weather.loses_requests);
        if lost {
            let delay = match self.devices[who].online {
                true => self.dice.between(1_000, 30_000),
                false => self.dice.between(1, 50),
            };
            self.fail(who, run, id, delay);
            return;
        }
        let delay = self.delay();
        let request = Box::new(request);
        if self.dice.permille(weather.doubles) {
            let event = Event::Arrive {
                who,
                run,
                id,
                relay,
                request: request.clone(),
                answered: false,
            };
            self.after(delay, event);
        }
        let event = Event::Arrive {
            who,
            run,
            id,
            relay,
            request,
            answered: true,
        };
        self.after(delay, event);
    }

    fn fail(&mut self, who: usize, run: u64, id: RequestId, delay: u64) {
        let result = Box::new(Err(NetFailure::Unreachable));
        self.after(
            delay,
            Event::Answer {
                who,
                run,
                id,
                result,
            },
        );
    }

    pub(super) fn arrive(
        &mut self,
        who: usize,
        run: u64,
        id: RequestId,
        relay: usize,
        request: &Request,
        answered: bool,
    ) {
        let hour = self.hour();
        let dice = &mut self.dice;
        let response = lies::answer(&mut self.relays[relay], request, hour, who, dice);
        self.note(format_args!(
            "relay {relay} answers {} to {} of {who}",
            response_name(&response),
            request_name(request)
        ));
        if let Request::Put { mailbox, .. } = request {
            self.wake_readers(*mailbox);
        }
        if !answered {
            return;
        }
        if !self.devices[who].online || self.dice.permille(self.weather.loses_answers) {
            let delay = self.dice.between(1_000, 30_000);
            self.fail(who, run, id, delay);
            return;
        }
        let delay = self.delay();
        let result = Box::new(Ok(response));
        self.after(
            delay,
            Event::Answer {
                who,
                run,
                id,
                result,
            },
        );
    }

    /// An answer, or that there is none, reaches a device whose process lives.
    pub(super) fn take_answer(
        &mut self,
        who: usize,
        run: u64,
        id: RequestId,
        result: Result<Response, NetFailure>,
    ) {
        let name = match &result {
            Ok(response) => response_name(response),
            Err(_) => "no answer",
        };
        self.note(format_args!("{who} gets {name}"));
        self.devices[who].asked = self.devices[who].asked.saturating_sub(1);
        if let Some(mailbox) = self.puts.remove(&(who, run, id))
            && result.is_ok()
        {
            self.traffic.note_heard(who, mailbox);
        }
        let request = id;
        self.input(who, "answer", Input::Answer { request, result });
    }
}

pub fn request_name(request: &Request) -> &'static str {
    match request {
        Request::Hello { .. } => "Hello",
        Request::CreateMailbox { .. } => "CreateMailbox",
        Request::DeleteMailbox { .. } => "DeleteMailbox",
        Request::Put { .. } => "Put",
        Request::Read { .. } => "Read",
        Request::Ack { .. } => "Ack",
        Request::CreatePile { .. } => "CreatePile",
        Request::FillPile { .. } => "FillPile",
        Request::CountPile { .. } => "CountPile",
        Request::DeletePile { .. } => "DeletePile",
        Request::Claim { .. } => "Claim",
    }
}

fn response_name(response: &Response) -> &'static str {
    match response {
        Response::Done => "Done",
        Response::Hello { .. } => "Hello",
        Response::Entries { .. } => "Entries",
        Response::Count { .. } => "Count",
        Response::Claimed { .. } => "Claimed",
        Response::Refused(_) => "Refused",
    }
}
