//! Wake-ups: which held streams look at which mailbox. In memory only; nothing depends on it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tacita_wire::MailboxId;
use tokio::sync::Notify;

/// Finds the streams that look at a mailbox.
#[derive(Debug, Default)]
pub struct Hub {
    watchers: Mutex<HashMap<MailboxId, Vec<Watcher>>>,
}

/// A stream, and the index by which it names the mailbox.
type Watcher = (Arc<Changes>, u16);

/// What has changed for one stream since it last looked.
#[derive(Debug, Default)]
pub struct Changes {
    indices: Mutex<BTreeSet<u16>>,
    notify: Notify,
}

/// A stream's place in the hub; it leaves when dropped.
#[derive(Debug)]
pub struct Watching {
    hub: Arc<Hub>,
    mailboxes: Vec<MailboxId>,
    changes: Arc<Changes>,
}

impl Hub {
    /// Enters a stream that looks at these mailboxes, each named by its index.
    pub fn watch(self: &Arc<Self>, mailboxes: Vec<MailboxId>) -> Watching {
        let changes = Arc::new(Changes::default());
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, mailbox) in (0_u16..).zip(&mailboxes) {
            watchers
                .entry(*mailbox)
                .or_default()
                .push((Arc::clone(&changes), index));
        }
        Watching {
            hub: Arc::clone(self),
            mailboxes,
            changes,
        }
    }

    /// Says that a mailbox has changed.
    pub fn wake(&self, mailbox: &MailboxId) {
        let watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        for (changes, index) in watchers.get(mailbox).into_iter().flatten() {
            changes.add(*index);
        }
    }

    /// Says that any mailbox may have changed.
    pub fn wake_all(&self) {
        let watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        for (changes, index) in watchers.values().flatten() {
            changes.add(*index);
        }
    }
}

impl Changes {
    fn add(&self, index: u16) {
        self.indices
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(index);
        self.notify.notify_one();
    }
}

impl Watching {
    /// Waits for changes and takes their indices. A dropped wait loses none.
    pub async fn changed(&self) -> BTreeSet<u16> {
        loop {
            let indices = std::mem::take(
                &mut *self
                    .changes
                    .indices
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner),
            );
            if !indices.is_empty() {
                return indices;
            }
            self.changes.notify.notified().await;
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let mut watchers = self
            .hub
            .watchers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for mailbox in &self.mailboxes {
            if let Some(streams) = watchers.get_mut(mailbox) {
                streams.retain(|(changes, _)| !Arc::ptr_eq(changes, &self.changes));
                if streams.is_empty() {
                    watchers.remove(mailbox);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: MailboxId = MailboxId([1; 32]);
    const B: MailboxId = MailboxId([2; 32]);

    #[tokio::test]
    async fn a_change_before_the_wait_is_not_missed() {
        let hub = Arc::new(Hub::default());
        let watching = hub.watch(vec![A, B, A]);
        hub.wake(&A);
        hub.wake(&A);
        assert_eq!(watching.changed().await, BTreeSet::from([0, 2]));
        hub.wake(&B);
        assert_eq!(watching.changed().await, BTreeSet::from([1]));
    }

    #[tokio::test]
    async fn a_stream_that_ends_leaves_nothing_behind() {
        let hub = Arc::new(Hub::default());
        let first = hub.watch(vec![A]);
        let second = hub.watch(vec![A, B]);
        drop(second);
        hub.wake(&A);
        assert_eq!(first.changed().await, BTreeSet::from([0]));
        drop(first);
        assert!(hub.watchers.lock().unwrap().is_empty());
    }
}
