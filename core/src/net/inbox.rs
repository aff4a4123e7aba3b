//! The second process: looks for news at relays within a time, and keeps it in the sealed inbox. PROTOCOL.md §25.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tacita_wire::{Frame, MailboxId, StoredEnvelope, Subscription, Watch};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use super::system::{system_now, system_rng};
use super::transport::Transport;
use crate::client::ClientError;
use crate::client::effect::RelayLocator;
use crate::client::news::{CheckEnd, News, NotificationSummary};
use crate::store::{Inbox, KeyVault};

/// The longest that one look may take.
pub const MAX_CHECK_TIME: Duration = Duration::from_secs(25);
/// Envelopes that wait for the disk; beyond, streams pause.
const NEWS_QUEUE: usize = 8;

/// Where an inbox is.
pub struct InboxConfig {
    /// Its directory, which both processes can reach: on iOS in the app group.
    pub directory: PathBuf,
    /// Wraps its key, 32 bytes. Another key than the store's: both processes may use this one.
    pub vault: Arc<dyn KeyVault>,
}

/// What a process holds that must not open the store: a notification extension, a push receiver.
///
/// It says that something came. It opens no envelope, acknowledges nothing and changes nothing but the inbox, so whatever
/// becomes of it or of the inbox, no message is lost.
pub struct NotificationInbox {
    config: Arc<InboxConfig>,
    cancels: watch::Sender<u64>,
}

impl NotificationInbox {
    /// Names an inbox; nothing is opened before [`NotificationInbox::check`].
    #[must_use]
    pub fn new(config: InboxConfig) -> Self {
        Self {
            config: Arc::new(config),
            cancels: watch::Sender::new(0),
        }
    }

    /// Looks for news at every relay, for `limit` at most and never longer than [`MAX_CHECK_TIME`], and keeps in the
    /// inbox what came. Who stops waiting cancels it. The store may be open in another process, or in none.
    ///
    /// # Errors
    /// [`ClientError::InboxBusy`] at once if another process or call looks; [`ClientError::InboxMissing`] if the app has
    /// not attached it; [`ClientError::VaultFailed`], [`ClientError::WrongKey`], [`ClientError::TestVaultRefused`], or
    /// [`ClientError::StoreFailed`]. A relay that cannot be reached is no error: see [`NotificationSummary::end`].
    pub async fn check(&self, limit: Duration) -> Result<NotificationSummary, ClientError> {
        let deadline = Instant::now() + limit.min(MAX_CHECK_TIME);
        let (reply, answer) = oneshot::channel();
        let (config, cancels) = (Arc::clone(&self.config), self.cancels.subscribe());
        #[allow(
            clippy::disallowed_methods,
            reason = "net is the layer that has threads"
        )]
        let spawned = std::thread::Builder::new()
            .name("tacita-inbox".to_owned())
            .spawn(move || {
                let look = AssertUnwindSafe(|| look(&config, deadline, cancels, reply));
                // After a panic the lock is free and nobody is told: the waiter sees that.
                let _ = catch_unwind(look);
            });
        spawned.map_err(|_| ClientError::StoreFailed)?;
        answer.await.unwrap_or(Err(ClientError::Reopen))
    }

    /// Ends every look that runs now, with [`CheckEnd::Cancelled`] and what it has by then.
    pub fn cancel(&self) {
        self.cancels
            .send_modify(|count| *count = count.wrapping_add(1));
    }
}

type Reply = oneshot::Sender<Result<NotificationSummary, ClientError>>;

fn look(config: &InboxConfig, deadline: Instant, cancels: watch::Receiver<u64>, mut reply: Reply) {
    let result = open(config).and_then(|inbox| {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|_| ClientError::StoreFailed)?;
        let summary = runtime.block_on(gather(inbox, deadline, cancels, &mut reply));
        runtime.shutdown_background();
        summary
    });
    let _ = reply.send(result);
}

fn open(config: &InboxConfig) -> Result<Inbox, ClientError> {
    Ok(Inbox::open(&config.directory, config.vault.as_ref())?)
}

/// What a relay's stream brings.
enum Brought {
    Envelope(MailboxId, StoredEnvelope),
    /// All that it has.
    Complete,
    Failed,
}

async fn gather(
    inbox: Inbox,
    deadline: Instant,
    mut cancels: watch::Receiver<u64>,
    reply: &mut Reply,
) -> Result<NotificationSummary, ClientError> {
    let (mut news, looks) = News::begin(inbox, system_now());
    let (sender, mut brought) = mpsc::channel(NEWS_QUEUE);
    let transport = Transport::new();
    for (relay, subscriptions) in looks {
        let (transport, sender) = (transport.clone(), sender.clone());
        tokio::spawn(async move {
            let last = match read(&transport, &relay, subscriptions, &sender).await {
                true => Brought::Complete,
                false => Brought::Failed,
            };
            let _ = sender.send(last).await;
        });
    }
    drop(sender);
    let mut end = CheckEnd::Complete;
    let stopped = loop {
        tokio::select! {
            biased;
            Ok(()) = cancels.changed() => break Some(CheckEnd::Cancelled),
            () = reply.closed() => break Some(CheckEnd::Cancelled),
            () = sleep_until(deadline) => break Some(CheckEnd::OutOfTime),
            next = brought.recv() => match next {
                Some(Brought::Envelope(mailbox, stored)) => {
                    if !news.take(mailbox, stored, &mut system_rng())? {
                        break Some(CheckEnd::Full);
                    }
                }
                Some(Brought::Complete) => {}
                Some(Brought::Failed) => end = CheckEnd::Unreachable,
                None => break None,
            },
        }
    };
    news.finish(stopped.unwrap_or(end), &mut system_rng())
}

/// Hands on what a relay has until it has shown all; false if it could not be asked.
async fn read(
    transport: &Transport,
    relay: &RelayLocator,
    subscriptions: Vec<(MailboxId, Subscription)>,
    sender: &mpsc::Sender<Brought>,
) -> bool {
    let (ids, subscriptions): (Vec<MailboxId>, Vec<Subscription>) =
        subscriptions.into_iter().unzip();
    let Ok(mut frames) = transport.watch(relay, &Watch { subscriptions }).await else {
        return false;
    };
    loop {
        match frames.next().await {
            Some(Ok(Frame::Envelope { index, stored })) => {
                let Some(id) = ids.get(usize::from(index)) else {
                    return false;
                };
                if sender.send(Brought::Envelope(*id, stored)).await.is_err() {
                    return false;
                }
            }
            Some(Ok(Frame::CaughtUp { .. })) => return true,
            // A mailbox that is gone is the other process's to make again.
            Some(Ok(Frame::Gone { .. } | Frame::Beat)) => {}
            Some(Err(_)) | None => return false,
        }
    }
}
