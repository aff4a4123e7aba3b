//! The check that follows an unclean end: taken from the store, run by whoever has threads, and what came of it.

use super::engine::Engine;
use super::error::ClientError;
use super::step::CHANGED_STORE;
use super::view::StoreHealth;
use crate::store::{CheckVerdict, StoreCheck};

impl Engine {
    /// What is known of the store's files.
    #[must_use]
    pub fn store_health(&self) -> StoreHealth {
        self.health
    }

    /// The check that is due, once. Run it on another thread, and give what it found to [`Engine::end_check`].
    pub fn take_check(&mut self) -> Option<StoreCheck> {
        self.store.take_check()
    }

    /// Takes in what the check found. A doubt is resolved here, which reads the whole store once more.
    ///
    /// # Errors
    /// [`ClientError::StoreCorrupt`]: the store was damaged, is closed, and has been moved aside. Open again to begin anew.
    pub fn end_check(mut self, verdict: CheckVerdict) -> Result<Self, ClientError> {
        match verdict {
            // The next opening begins again; until then nothing is known.
            CheckVerdict::Unfinished => return Ok(self),
            // If it cannot be noted, the next opening checks once more.
            CheckVerdict::Sound => drop(self.store.note_sound()),
            CheckVerdict::Doubtful => self.store = self.store.examine()?,
        }
        self.health = StoreHealth::Sound;
        let told = self.store.write(|tx| -> Result<(), ClientError> {
            tx.touch(CHANGED_STORE, &[])?;
            Ok(())
        });
        // Without room for the event, whoever asks still learns it.
        drop(told);
        self.announce_changes();
        Ok(self)
    }
}
