//! Room in the client's day: texts are deleted here, what that leaves is erased, and the file gets shorter.

use anyhow::{Context as _, anyhow};
use serde_json::Value;

use super::ClientDay;
use crate::faults::device::What;
use crate::faults::world::{A, B, Trouble};

const CLEANED: [&str; 3] = ["first to go", "second to go", "third to go"];

impl ClientDay {
    /// Deletes three texts and lets the engine erase what that leaves; B keeps them.
    pub(super) fn clean_up(&mut self) -> Result<(), Trouble> {
        self.open()?;
        if self.cleaned.is_empty() {
            for text in CLEANED {
                self.send(text)?;
            }
            self.settle_with_b()?;
            // Their words are in the index by then.
            self.ask(What::Search {
                text: "go".to_owned(),
            })?;
            self.promised
                .retain(|text| !CLEANED.contains(&text.as_str()));
            self.cleaned = CLEANED.map(str::to_owned).into();
        }
        for _ in 0..100 {
            if self.delete_cleaned()? {
                break;
            }
            // What B may not have yet stays.
            self.world.run_for(5_000)?;
        }
        let is_gone = self.delete_cleaned()?;
        self.must(is_gone, "a deleted text is still there")?;
        self.world.run_for(60_000)?;
        let found = self.ask(What::Search {
            text: "go".to_owned(),
        })?;
        self.must(
            found.as_array().is_some_and(Vec::is_empty),
            "a deleted text is found",
        )
    }

    /// Asks for the deletion; whether all of them are gone.
    fn delete_cleaned(&mut self) -> Result<bool, Trouble> {
        let id = self.id_of(B)?;
        let list = self.ask(What::Messages { id: id.clone() })?;
        let is_cleaned = |line: &&Value| {
            let text = line.get("text").and_then(Value::as_str);
            text.is_some_and(|text| CLEANED.contains(&text))
        };
        let places = list
            .as_array()
            .context("a list")?
            .iter()
            .filter(is_cleaned)
            .filter_map(|line| line.get("place")?.as_u64())
            .collect();
        self.ask(What::DeleteMessages {
            id: id.clone(),
            places,
        })?;
        let left = self.texts(A, &id, false)?;
        Ok(CLEANED
            .iter()
            .all(|gone| left.iter().all(|text| text != gone)))
    }

    fn free_bytes(&mut self) -> Result<u64, Trouble> {
        let left = self.ask(What::Shrink)?;
        Ok(left.as_u64().context("a number")?)
    }

    pub(super) fn shrink(&mut self) -> Result<(), Trouble> {
        self.open()?;
        for _ in 0..100 {
            if self.free_bytes()? == 0 {
                return Ok(());
            }
        }
        Err(anyhow!("the file never gets shorter").into())
    }
}
