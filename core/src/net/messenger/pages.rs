//! Pages of a conversation. A short one is read on the caller's thread while the engine is idle; decision 0022.

use super::Messenger;
use crate::client::view::{ConversationId, MessagePage};
use crate::client::{ClientError, PageAt};

impl Messenger {
    /// The newest page before a place (`None`: the end), oldest first.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn messages(
        &self,
        id: ConversationId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<MessagePage, ClientError> {
        self.page(id, PageAt::Before(before), limit).await
    }

    /// The page that follows a place (0: the start), oldest first.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn messages_after(
        &self,
        id: ConversationId,
        after: u64,
        limit: u32,
    ) -> Result<MessagePage, ClientError> {
        self.page(id, PageAt::After(after), limit).await
    }

    async fn page(
        &self,
        id: ConversationId,
        at: PageAt,
        limit: u32,
    ) -> Result<MessagePage, ClientError> {
        let short = self.read_at_once(|engine| engine.short_page(id, at, limit));
        match short.await? {
            Some(page) => Ok(page),
            None => self.call(move |engine| engine.page(id, at, limit)).await,
        }
    }
}

#[cfg(test)]
#[cfg(feature = "test-vault")]
mod tests {
    use std::future::Future;
    use std::sync::Arc;

    use futures_util::FutureExt as _;

    use super::*;
    use crate::net::Config;
    use crate::net::idle::AtOnce;
    use crate::store::TestVault;

    struct Filled {
        messenger: Messenger,
        id: ConversationId,
        directory: tempfile::TempDir,
    }

    fn open(directory: &tempfile::TempDir) -> Messenger {
        Messenger::open(Config {
            directory: directory.path().to_path_buf(),
            vault: Arc::new(TestVault::new(directory.path().to_path_buf())),
        })
        .unwrap()
    }

    fn filled() -> Filled {
        let directory = tempfile::tempdir().unwrap();
        let messenger = open(&directory);
        let id = wait(messenger.fill_for_bench(1, 60)).unwrap();
        Filled {
            messenger,
            id,
            directory,
        }
    }

    fn wait<T>(call: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(call)
    }

    /// Waits until the worker does.
    fn until_idle(messenger: &Messenger) {
        while !matches!(messenger.idle.read(|_| Ok(())), AtOnce::Read(Ok(()))) {
            std::thread::yield_now();
        }
    }

    #[test]
    fn short_page_needs_no_other_thread() {
        let Filled { messenger, id, .. } = &filled();
        until_idle(messenger);
        for call in [
            messenger.messages(*id, None, 50).now_or_never(),
            messenger.messages_after(*id, 0, 50).now_or_never(),
        ] {
            let page = call.unwrap().unwrap();
            assert_eq!((page.messages.len(), page.more), (50, true));
        }
        let long = wait(messenger.messages(*id, None, 500)).unwrap();
        assert_eq!((long.messages.len(), long.more), (60, false));
    }

    #[test]
    fn page_has_all_that_was_asked_for_before() {
        let directory = tempfile::tempdir().unwrap();
        let messenger = open(&directory);
        until_idle(&messenger);
        let first = [0, 0, 0, 1];
        let id = std::array::from_fn(|at| first.get(at).copied().unwrap_or(0xbe));
        let id = ConversationId(crate::protocol::ids::AccountId(id));
        // Posted, and given up at once.
        assert!(messenger.fill_for_bench(1, 60).now_or_never().is_none());
        assert_eq!(
            wait(messenger.messages(id, None, 50))
                .unwrap()
                .messages
                .len(),
            50
        );
    }

    #[test]
    fn panic_while_reading_ends_the_worker_and_frees_the_store() {
        let Filled {
            messenger,
            id,
            directory,
        } = filled();
        until_idle(&messenger);
        let panics =
            messenger.read_at_once(|_| -> Result<Option<()>, _> { panic!("for this test") });
        assert_eq!(wait(panics), Err(ClientError::Reopen));
        let page = wait(messenger.messages(id, None, 50));
        assert_eq!(page.err(), Some(ClientError::Reopen));
        assert_eq!(wait(messenger.account()), Err(ClientError::Reopen));
        let again = open(&directory);
        assert_eq!(
            wait(again.messages(id, None, 50)).unwrap().messages.len(),
            50
        );
    }
}
