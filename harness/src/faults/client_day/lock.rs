//! The lock of the client's day: set, changed, guessed at, removed.

use anyhow::anyhow;

use super::{ClientDay, PASSPHRASES};
use crate::faults::device::What;
use crate::faults::world::Trouble;

impl ClientDay {
    /// Brings the lock from one passphrase, or none, to another; a fault leaves the one or the other.
    pub(super) fn bring_lock(&mut self, to: Option<usize>) -> Result<(), Trouble> {
        self.close()?;
        let new = to
            .and_then(|index| PASSPHRASES.get(index))
            .map(|text| (*text).to_owned());
        let mut is_changed = false;
        for current in std::iter::once(None).chain(PASSPHRASES.map(|text| Some(text.to_owned()))) {
            let what = What::ChangeLock {
                current,
                new: new.clone(),
            };
            match self.ask(what) {
                Ok(_) => {
                    is_changed = true;
                    break;
                }
                Err(Trouble::Typed(name)) if name.starts_with("AppLocked") => {}
                Err(Trouble::Typed(name)) if name.starts_with("WrongPassphrase") => {
                    self.world.sleep(1000);
                }
                Err(other) => return Err(other),
            }
        }
        self.must(is_changed, "no passphrase lets the lock be changed")?;
        self.open()
    }

    pub(super) fn set_lock(&mut self) -> Result<(), Trouble> {
        self.bring_lock(Some(0))
    }

    pub(super) fn change_lock(&mut self) -> Result<(), Trouble> {
        self.bring_lock(Some(1))
    }

    pub(super) fn remove_lock(&mut self) -> Result<(), Trouble> {
        self.bring_lock(None)
    }

    /// Somebody guesses; the owner still gets in.
    pub(super) fn wrong_try(&mut self) -> Result<(), Trouble> {
        self.bring_lock(Some(0))?;
        self.close()?;
        self.seed += 1;
        let guess = What::Open {
            seed: self.seed,
            passphrase: Some("a guess".to_owned()),
        };
        match self.ask(guess) {
            Ok(_) => return Err(anyhow!("a guess opened the store").into()),
            Err(Trouble::Typed(name)) if name.starts_with("WrongPassphrase") => {}
            Err(other) => return Err(other),
        }
        self.world.sleep(60_000);
        self.open()
    }
}
