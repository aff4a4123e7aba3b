//! The end of the client's day: the account goes, and nothing of it is left.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde_json::Value;

use super::ClientDay;
use crate::faults::device::What;
use crate::faults::world::{A, Trouble};

impl ClientDay {
    pub(super) fn delete_account(&mut self) -> Result<(), Trouble> {
        let has_left = self.is_over || (self.is_open && self.ask(What::Account)?.is_null());
        if !has_left {
            self.open()?;
            if !self.ask(What::Account)?.is_null() {
                let done = self.world.call(A, What::DeleteAccount);
                match done {
                    Ok(Value::Bool(true)) => {}
                    Ok(_) => {
                        for _ in 0..100 {
                            self.world.run_for(5_000)?;
                            if self.world.call(A, What::DeleteAccount)? == Value::Bool(true) {
                                break;
                            }
                        }
                    }
                    Err(other) => return Err(other),
                }
            }
        }
        self.is_over = true;
        self.key = None;
        // As `Messenger::delete_account` does: whatever closing says, all of it goes.
        self.is_open = false;
        match self.ask(What::Close) {
            Ok(_) | Err(Trouble::Typed(_)) => {}
            Err(gone) => return Err(gone),
        }
        self.ask(What::Erase)?;
        let left = files_of(&self.program.directory)?;
        self.must(
            left.iter()
                .all(|name| name == "tacita.lock" || name.starts_with("test-vault")),
            "files of an erased store are left",
        )
    }

    pub(super) fn begin_anew(&mut self) -> Result<(), Trouble> {
        self.open()?;
        let account = self.ask(What::Account)?;
        self.must(account.is_null(), "the account is still there")
    }
}

fn files_of(directory: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    if !directory.is_dir() {
        bail!("the directory is gone");
    }
    for entry in std::fs::read_dir(PathBuf::from(directory))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}
