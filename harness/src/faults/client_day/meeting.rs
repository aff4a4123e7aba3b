//! People of the client's day: account, invitations, requests, and what is arranged and deleted of them.

use anyhow::{Context as _, Result, anyhow};
use serde_json::Value;

use super::{ClientDay, text_of};
use crate::faults::device::What;
use crate::faults::world::{A, B, C, Trouble, relay_link};

impl ClientDay {
    pub(super) fn make_account(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let known = self.ask(What::Account)?;
        let id = match known.as_str() {
            Some(id) => id.to_owned(),
            None => {
                let link = relay_link()?;
                let name = "The one with faults".to_owned();
                let made = self.world.call(A, What::CreateAccount { link, name })?;
                made.as_str().context("an id")?.to_owned()
            }
        };
        self.a = Some(id);
        self.world.run_for(3_000)
    }

    pub(super) fn live_link(&mut self, public: bool) -> Result<Option<(String, String)>, Trouble> {
        let list = self.ask(What::Invitations)?;
        for line in list.as_array().context("a list")? {
            let is_right = line.get("public") == Some(&public.into())
                && line.get("state") == Some(&"Live".into());
            if is_right {
                return Ok(Some((text_of(line, "id")?, text_of(line, "link")?)));
            }
        }
        Ok(None)
    }

    /// A link that works; one that was being made when the fault came goes on by itself.
    pub(super) fn make_link(&mut self, public: bool) -> Result<String, Trouble> {
        self.open()?;
        if self
            .ask(What::Invitations)?
            .as_array()
            .context("a list")?
            .iter()
            .all(|line| line.get("public") != Some(&public.into()))
        {
            self.world.call(A, What::Invite { public })?;
        }
        for _ in 0..200 {
            if let Some((_, link)) = self.live_link(public)? {
                return Ok(link);
            }
            self.world.run_for(1000)?;
        }
        Err(anyhow!("the invitation never becomes live").into())
    }

    pub(super) fn invite(&mut self) -> Result<(), Trouble> {
        self.make_link(false).map(drop)
    }

    pub(super) fn state_of(&mut self, who: usize, id: &str) -> Result<Option<String>, Trouble> {
        let list = self.world.ask(who, What::Conversations)?;
        let line = list
            .as_array()
            .context("a list")?
            .iter()
            .find(|line| line.get("id").and_then(Value::as_str) == Some(id));
        Ok(line.map(|line| text_of(line, "state")).transpose()?)
    }

    pub(super) fn id_of(&self, who: usize) -> Result<String> {
        let id = match who {
            A => &self.a,
            B => &self.b,
            _ => &self.c,
        };
        id.clone().context("an id")
    }

    pub(super) fn has_met(&mut self, whom: usize) -> Result<bool, Trouble> {
        if self.a.is_none() {
            return Ok(false);
        }
        let (ours, theirs) = (self.id_of(A)?, self.id_of(whom)?);
        let established = Some("Established".to_owned());
        Ok(self.state_of(A, &theirs)? == established && self.state_of(whom, &ours)? == established)
    }

    pub(super) fn meet(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let ours = self.id_of(A)?;
        if self.state_of(B, &ours)?.is_none() {
            let link = self.make_link(false)?;
            self.world.call(B, What::Accept { link })?;
        }
        for _ in 0..200 {
            if self.has_met(B)? {
                return self.world.run_for(3_000);
            }
            self.world.run_for(1000)?;
        }
        Err(anyhow!("the two never meet").into())
    }

    pub(super) fn take_request(&mut self) -> Result<(), Trouble> {
        let link = self.make_link(true)?;
        let (ours, theirs) = (self.id_of(A)?, self.id_of(C)?);
        if self.state_of(C, &ours)?.is_none() {
            self.world.call(C, What::Accept { link })?;
        }
        for _ in 0..200 {
            match self.state_of(A, &theirs)?.as_deref() {
                Some("Request") => drop(self.ask(What::AcceptRequest { id: theirs.clone() })?),
                Some(_) if self.has_met(C)? => return self.world.run_for(3_000),
                _ => {}
            }
            self.world.run_for(1000)?;
        }
        Err(anyhow!("the request never comes").into())
    }

    pub(super) fn line(&mut self, id: &str) -> Result<Value, Trouble> {
        let list = self.ask(What::Conversations)?;
        let line = list
            .as_array()
            .context("a list")?
            .iter()
            .find(|line| line.get("id").and_then(Value::as_str) == Some(id));
        Ok(line.context("no such conversation")?.clone())
    }

    pub(super) fn arrange(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let id = self.id_of(B)?;
        self.ask(What::Arrange {
            id: id.clone(),
            nickname: "Bo".to_owned(),
            draft: "begun".to_owned(),
            pinned: true,
        })?;
        self.ask(What::Verify { id: id.clone() })?;
        let line = self.line(&id)?;
        let is_kept = line.get("nickname") == Some(&"Bo".into())
            && line.get("draft") == Some(&"begun".into())
            && line.get("pinned") == Some(&true.into())
            && line.get("verification") == Some(&"Verified".into());
        self.must(is_kept, "what was arranged is not kept")
    }

    pub(super) fn block(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let id = self.id_of(C)?;
        for blocked in [true, false] {
            self.ask(What::Block {
                id: id.clone(),
                blocked,
            })?;
        }
        let line = self.line(&id)?;
        self.must(line.get("blocked") == Some(&false.into()), "it is blocked")
    }

    pub(super) fn delete_conversation(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let id = self.id_of(C)?;
        if self.state_of(A, &id)?.is_some() {
            self.ask(What::DeleteConversation { id: id.clone() })?;
        }
        let is_gone = self.state_of(A, &id)?.is_none();
        self.must(is_gone, "the conversation is still there")?;
        self.world.run_for(3_000)
    }

    pub(super) fn revoke(&mut self) -> Result<(), Trouble> {
        self.open()?;
        if let Some((id, _)) = self.live_link(true)? {
            self.world.call(A, What::Revoke { id })?;
        }
        let left = self.live_link(true)?;
        self.must(left.is_none(), "the invitation is still live")?;
        self.world.run_for(3_000)
    }
}
