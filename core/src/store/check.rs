//! The check after an unclean end: every page is read beside the running store, on a connection that only reads.
//!
//! It looks at the file as it is, without locks and without the log, so that nothing waits for it. What the store
//! writes meanwhile may look like damage to it: [`super::Store::examine`] has the last word then.

use std::fmt;

use rusqlite::{Connection, ErrorCode, InterruptHandle};

use super::connection;

/// A check that was not begun; may be run on another thread.
pub struct StoreCheck {
    connection: Connection,
}

/// Ends a check early, from any thread.
pub struct CheckStop(InterruptHandle);

/// What a check has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckVerdict {
    /// Every page is as it was written, and all tables hold together.
    Sound,
    /// Something is damaged, or was written just then. [`super::Store::examine`] tells.
    Doubtful,
    /// It was ended early, or the file could not be read. The next opening begins again.
    Unfinished,
}

impl StoreCheck {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// What ends it early. A check that is ended gives [`CheckVerdict::Unfinished`].
    #[must_use]
    pub fn stop_handle(&self) -> CheckStop {
        CheckStop(self.connection.get_interrupt_handle())
    }

    /// Reads everything; about a second for 100 MB.
    #[must_use]
    pub fn run(self) -> CheckVerdict {
        match connection::quick_check(&self.connection) {
            Ok(true) => CheckVerdict::Sound,
            Ok(false) => CheckVerdict::Doubtful,
            Err(error) => match error.sqlite_error_code() {
                Some(ErrorCode::OperationInterrupted) => CheckVerdict::Unfinished,
                // Between two writes of another connection a page may be of any kind.
                _ => CheckVerdict::Doubtful,
            },
        }
    }
}

impl CheckStop {
    /// Ends the check within milliseconds. One that has ended already is not touched.
    pub fn stop(&self) {
        self.0.interrupt();
    }
}

impl fmt::Debug for StoreCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreCheck")
    }
}

impl fmt::Debug for CheckStop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckStop")
    }
}
