//! What goes on beside the talk in the client's day: a profile that contacts are told of, and a second process.

use anyhow::Context as _;
use serde_json::Value;

use super::ClientDay;
use crate::faults::device::What;
use crate::faults::world::{A, B, Trouble, mailbox_of};

const NAME: &str = "Ada in the afternoon";
const PICTURE: &str = "ffd8ff";
/// Within this, every contact of the day is told of a profile. PROTOCOL.md §16.7.
const TOLD_MS: u64 = 70 * 60_000;

impl ClientDay {
    /// Sets a name and a picture, and waits until B has heard of them.
    pub(super) fn profile(&mut self) -> Result<(), Trouble> {
        self.open()?;
        self.ask(What::SetProfile {
            name: NAME.to_owned(),
            picture: PICTURE.to_owned(),
        })?;
        self.world.run_for(TOLD_MS)?;
        let ours = self.id_of(A)?;
        let list = self.world.ask(B, What::Conversations)?;
        let lines = list.as_array().map(Vec::as_slice).unwrap_or_default();
        let line = lines
            .iter()
            .find(|line| line.get("id").and_then(Value::as_str) == Some(&ours));
        let name = line
            .and_then(|line| line.get("name"))
            .and_then(Value::as_str);
        self.must(name == Some(NAME), "the contact does not see the name")
    }

    /// Makes the inbox, and writes what a second process may look at.
    pub(super) fn attach_inbox(&mut self) -> Result<(), Trouble> {
        self.open()?;
        self.ask(What::AttachInbox)?;
        self.world.run_for(3_000)
    }

    /// While the store is closed, a second process fetches a text; the store takes it from the inbox, once.
    pub(super) fn second_process(&mut self) -> Result<(), Trouble> {
        self.attach_inbox()?;
        self.close()?;
        self.send_from_b("fetched by a second process")?;
        self.world.run_for(3_000)?;
        self.look_for_news()?;
        self.open()?;
        self.ask(What::AttachInbox)?;
        self.settle_with_b()?;
        self.world.run_for(3_000)
    }

    /// What the second process does: it asks the relay, and keeps what came.
    fn look_for_news(&mut self) -> Result<(), Trouble> {
        let looks = self.ask(What::Looks)?;
        let mut envelopes = Vec::new();
        for look in looks.as_array().context("a list")? {
            let mailbox = look.get(0).and_then(Value::as_str).context("a mailbox")?;
            let after = look.get(1).and_then(Value::as_u64).context("a number")?;
            let found = self.world.read(mailbox_of(mailbox)?, after);
            envelopes.extend(found.unwrap_or_default());
        }
        self.ask(What::Look { envelopes }).map(drop)
    }
}
