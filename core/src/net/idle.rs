//! The engine while its thread waits: a short read may borrow it then, and spares two changes of thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};

use crate::client::{ClientError, Engine};

/// What the worker and all handles share.
#[derive(Default)]
pub(super) struct Idle {
    /// The engine, while the worker waits for something to do. The lock is held for one short read, and never across a
    /// wait; in a box, so that no move of the engine leaves copies of its keys.
    engine: Mutex<Option<Box<Engine>>>,
    /// Jobs that were posted and are not done: a read must not overtake them.
    jobs: AtomicUsize,
}

/// How a read on the caller's thread ended.
pub(super) enum AtOnce<T> {
    /// It was done.
    Read(Result<T, ClientError>),
    /// The engine is in use, or jobs wait for it: ask the worker.
    Busy,
    /// It panicked. The worker ends as soon as it wakes.
    Panicked,
}

impl Idle {
    /// Leaves the engine here while the worker waits.
    pub(super) fn lend(&self, engine: Box<Engine>) {
        *self.engine.lock().unwrap_or_else(PoisonError::into_inner) = Some(engine);
    }

    /// Takes the engine out again, once a read that is under way has ended; `None` if a read has panicked: its
    /// transaction is rolled back, and the store is closed when this returns.
    pub(super) fn take_back(&self) -> Option<Box<Engine>> {
        match self.engine.lock() {
            Ok(mut engine) => engine.take(),
            Err(panicked) => {
                drop(panicked.into_inner().take());
                None
            }
        }
    }

    /// Runs a read on this thread if nobody is before it; waits for nothing but the disk's answer.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Engine) -> Result<T, ClientError>,
    ) -> AtOnce<T> {
        let attempt = || {
            let engine = match self.engine.try_lock() {
                Ok(engine) => engine,
                Err(TryLockError::WouldBlock | TryLockError::Poisoned(_)) => return AtOnce::Busy,
            };
            match engine.as_deref() {
                Some(engine) if self.jobs.load(Ordering::SeqCst) == 0 => AtOnce::Read(read(engine)),
                _ => AtOnce::Busy,
            }
        };
        // The lock is poisoned on the way out, by which the worker learns of it.
        catch_unwind(AssertUnwindSafe(attempt)).unwrap_or(AtOnce::Panicked)
    }

    /// Before a job is posted.
    pub(super) fn job_posted(&self) {
        self.jobs.fetch_add(1, Ordering::SeqCst);
    }

    /// When a job is done.
    pub(super) fn job_done(&self) {
        self.jobs.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::system::{system_now, system_rng};
    use crate::store::Store;

    fn engine() -> Box<Engine> {
        let store = Store::open_in_memory().unwrap();
        Box::new(Engine::open(store, system_now(), &mut system_rng()).unwrap())
    }

    fn is_readable(idle: &Idle) -> bool {
        matches!(idle.read(|_| Ok(())), AtOnce::Read(Ok(())))
    }

    #[test]
    fn engine_is_read_while_it_is_lent_and_no_job_waits() {
        let idle = Idle::default();
        assert!(!is_readable(&idle));
        idle.lend(engine());
        assert!(is_readable(&idle));
        idle.job_posted();
        idle.job_posted();
        assert!(!is_readable(&idle));
        idle.job_done();
        assert!(!is_readable(&idle));
        idle.job_done();
        assert!(is_readable(&idle));
        assert!(idle.take_back().is_some());
        assert!(!is_readable(&idle));
    }

    #[test]
    fn nobody_waits_for_a_read_but_who_takes_the_engine_back() {
        let idle = Idle::default();
        idle.lend(engine());
        let during = idle.read(|_| Ok(is_readable(&idle)));
        assert!(matches!(during, AtOnce::Read(Ok(false))));
        assert!(is_readable(&idle));
    }

    #[test]
    fn after_a_panic_nobody_gets_the_engine() {
        let idle = Idle::default();
        idle.lend(engine());
        let read = idle.read(|_| -> Result<(), _> { panic!("for this test") });
        assert!(matches!(read, AtOnce::Panicked));
        assert!(!is_readable(&idle));
        assert!(idle.take_back().is_none());
        assert!(!is_readable(&idle));
    }
}
