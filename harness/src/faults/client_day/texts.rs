//! Texts of the client's day: sending, and that each is there once, in order, on both sides.

use anyhow::{Context as _, anyhow};
use serde_json::Value;

use super::{ClientDay, text_of};
use crate::faults::device::What;
use crate::faults::world::{A, B, Trouble};

impl ClientDay {
    pub(super) fn texts(
        &mut self,
        who: usize,
        with: &str,
        incoming: bool,
    ) -> Result<Vec<String>, Trouble> {
        let list = self.world.ask(
            who,
            What::Messages {
                id: with.to_owned(),
            },
        )?;
        let mut texts = Vec::new();
        for line in list.as_array().context("a list")? {
            match line.get("text").and_then(Value::as_str) {
                Some(text) if line.get("incoming") == Some(&incoming.into()) => {
                    texts.push(text.to_owned());
                }
                Some(_) => {}
                None => return Err(anyhow!("a place without its text: {line}").into()),
            }
        }
        Ok(texts)
    }

    /// Sends a text unless it was stored before the fault came.
    pub(super) fn send(&mut self, text: &str) -> Result<(), Trouble> {
        self.open()?;
        if self.promised.iter().any(|promised| promised == text) {
            // If it is not there now, it was lost: it is not sent again.
            return Ok(());
        }
        let id = self.id_of(B)?;
        let is_there = self.tried.iter().any(|tried| tried == text)
            && self.texts(A, &id, false)?.iter().any(|sent| sent == text);
        self.tried.push(text.to_owned());
        if !is_there {
            self.ask(What::Send {
                id,
                text: text.to_owned(),
            })?;
        }
        self.promised.push(text.to_owned());
        Ok(())
    }

    pub(super) fn send_from_b(&mut self, text: &str) -> Result<(), Trouble> {
        if self.from_b.iter().any(|sent| sent == text) {
            return Ok(());
        }
        let id = self.id_of(A)?;
        self.world.ask(
            B,
            What::Send {
                id,
                text: text.to_owned(),
            },
        )?;
        self.from_b.push(text.to_owned());
        Ok(())
    }

    /// Until both have everything, and both know.
    pub(super) fn settle_with_b(&mut self) -> Result<(), Trouble> {
        let (a, b) = (self.id_of(A)?, self.id_of(B)?);
        for round in 0..300 {
            self.world.run_for(if round < 20 { 500 } else { 5_000 })?;
            let came = self.world.ask(B, What::Messages { id: a.clone() })?;
            let has = |list: &Value, text: &String| {
                let lines = list.as_array().map(Vec::as_slice).unwrap_or_default();
                lines
                    .iter()
                    .any(|line| line.get("text").and_then(Value::as_str) == Some(text))
            };
            let here = self.ask(What::Messages { id: b.clone() })?;
            if self.promised.iter().all(|text| has(&came, text))
                && self.from_b.iter().all(|text| has(&here, text))
            {
                return self.check_texts();
            }
        }
        Err(anyhow!(
            "the texts never come: {:?} {:?}",
            self.promised,
            self.from_b
        )
        .into())
    }

    /// Every promised text once, none twice, in one order on both sides.
    pub(super) fn check_texts(&mut self) -> Result<(), Trouble> {
        if !self.is_open || !self.has_met(B)? {
            return Ok(());
        }
        let (a, b) = (self.id_of(A)?, self.id_of(B)?);
        let mut stored = self.texts(A, &b, false)?;
        stored.retain(|text| !self.cleaned.contains(text));
        let mut came = self.texts(B, &a, true)?;
        came.retain(|text| !self.cleaned.contains(text));
        let here = self.texts(A, &b, true)?;
        let count =
            |list: &[String], text: &str| list.iter().filter(|other| *other == text).count();
        for text in &self.promised {
            if count(&stored, text) != 1 {
                return Err(anyhow!(
                    "{text:?} was promised and is there {} times",
                    count(&stored, text)
                )
                .into());
            }
        }
        for text in &self.tried {
            if count(&stored, text) > 1 || count(&came, text) > 1 {
                return Err(anyhow!("{text:?} is there twice").into());
            }
        }
        let in_order: Vec<&String> = stored.iter().filter(|text| came.contains(text)).collect();
        if came.iter().collect::<Vec<_>>() != in_order {
            return Err(anyhow!("the other side has {came:?} of {stored:?}").into());
        }
        for text in &here {
            if count(&self.from_b, text) != 1 || count(&here, text) != 1 {
                return Err(anyhow!("{text:?} came {} times", count(&here, text)).into());
            }
        }
        Ok(())
    }

    pub(super) fn read_everything(&mut self) -> Result<(), Trouble> {
        if self.ask(What::Account)?.is_null() {
            return Ok(());
        }
        self.ask(What::Invitations)?;
        self.ask(What::Events)?;
        self.ask(What::Search {
            text: "text".to_owned(),
        })?;
        let list = self.ask(What::Conversations)?;
        for line in list.as_array().context("a list")? {
            let id = text_of(line, "id")?;
            self.texts(A, &id, true)?;
        }
        Ok(())
    }

    pub(super) fn talk(&mut self) -> Result<(), Trouble> {
        self.send("a text of ours")?;
        self.send_from_b("a text of theirs")?;
        self.send_from_b("another text of theirs")?;
        self.settle_with_b()?;
        self.world.run_for(3_000)
    }

    pub(super) fn read(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let id = self.id_of(B)?;
        let list = self.ask(What::Messages { id: id.clone() })?;
        let last = list
            .as_array()
            .and_then(|list| list.last())
            .context("no message")?;
        let place = last
            .get("place")
            .and_then(Value::as_u64)
            .context("no place")?;
        self.ask(What::MarkRead {
            id: id.clone(),
            place,
        })?;
        self.world.run_for(3_000)?;
        let unread = self.line(&id)?.get("unread").and_then(Value::as_u64);
        self.must(unread == Some(0), "what was marked as read is unread")
    }

    pub(super) fn search(&mut self) -> Result<(), Trouble> {
        self.open()?;
        self.send("a rare wombat")?;
        let found = self.ask(What::Search {
            text: "WOMB".to_owned(),
        })?;
        self.must(
            found.as_array().is_some_and(|hits| hits.len() == 1),
            "it is not found",
        )
    }

    pub(super) fn typing(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let id = self.id_of(B)?;
        self.ask(What::Typing { id })?;
        self.world.run_for(2_000)
    }

    pub(super) fn catch_up(&mut self) -> Result<(), Trouble> {
        for text in ["first while away", "second while away", "third while away"] {
            self.send_from_b(text)?;
        }
        self.open()?;
        self.settle_with_b()?;
        self.world.run_for(3_000)
    }
}
