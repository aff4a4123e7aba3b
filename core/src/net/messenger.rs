//! The handle that apps hold: posts jobs to the one worker thread and awaits their answers.

mod app_lock;
mod arrange;
#[cfg(feature = "test-vault")]
mod bench;
mod inbox;
mod leave;
mod pages;
mod privacy;
mod profile;
mod queue;
mod screens;
mod search;
mod storage;

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use tokio::sync::{mpsc, oneshot, watch};
use zeroize::Zeroizing;

use super::config::Config;
use super::idle::{AtOnce, Idle};
use super::system::{system_now, system_rng};
use super::worker::{Job, Post, Worker};
use crate::client::effect::{CallId, CallOutcome};
use crate::client::view::{
    AccountView, ConversationId, ConversationView, CreatedAccount, EventBatch, InvitationId,
    InvitationKind, InvitationPreview, InvitationView, MessageView, RelayView, Revocation,
    SafetyNumberView, StoreHealth, Verification,
};
use crate::client::{ClientError, Engine};
use crate::store::KeyVault;

#[cfg(feature = "test-vault")]
pub use bench::text_for_bench;
pub use inbox::erase_inbox;
pub use leave::erase_store;
pub use screens::{ConversationList, MessageList};
pub use storage::ConversationExport;

/// A messenger account on this device.
///
/// A handle: clone it freely. One worker thread owns the engine; each call posts a job and awaits its
/// answer, so a caller that stops waiting never stops half-done work. Only a short page is read on the caller's thread,
/// while the worker waits. After [`ClientError::Reopen`] every
/// call gives the same error: drop all handles and open again.
#[derive(Clone)]
pub struct Messenger {
    jobs: mpsc::UnboundedSender<Job>,
    idle: Arc<Idle>,
    changes: watch::Receiver<u64>,
    interrupts: Arc<watch::Sender<u64>>,
    /// Numbers screens.
    screens: Arc<AtomicU64>,
    ended: Arc<OnceLock<ClientError>>,
    vault: Arc<dyn KeyVault>,
    directory: Arc<Path>,
}

impl Messenger {
    /// Opens the store and starts the worker. Blocks for some milliseconds.
    ///
    /// # Errors
    /// [`ClientError::StoreBusy`], [`ClientError::WrongKey`], [`ClientError::VaultFailed`],
    /// [`ClientError::StoreCorrupt`], [`ClientError::StoreForeign`], [`ClientError::DiskFull`],
    /// [`ClientError::TestVaultRefused`] or [`ClientError::StoreFailed`]; [`ClientError::AppLocked`] if a passphrase
    /// is set.
    pub fn open(config: Config) -> Result<Self, ClientError> {
        Self::start(config, None)
    }

    /// As [`Messenger::open`], with the app lock's passphrase. Blocks for about half a second, by design.
    ///
    /// # Errors
    /// As [`Messenger::open`]; [`ClientError::WrongPassphrase`], [`ClientError::TooManyTries`],
    /// [`ClientError::PassphraseLength`] or [`ClientError::PassphraseTooCostly`].
    pub fn open_locked(
        config: Config,
        passphrase: Zeroizing<Vec<u8>>,
    ) -> Result<Self, ClientError> {
        Self::start(config, Some(passphrase))
    }

    fn start(config: Config, passphrase: Option<Zeroizing<Vec<u8>>>) -> Result<Self, ClientError> {
        let vault = Arc::clone(&config.vault);
        let directory = Arc::from(config.directory.as_path());
        let (jobs, inbox) = mpsc::unbounded_channel();
        let (changed, changes) = watch::channel(0);
        let ended = Arc::new(OnceLock::new());
        let idle = Arc::<Idle>::default();
        let (lent, end) = (Arc::clone(&idle), Arc::clone(&ended));
        Worker::start(config, passphrase, inbox, changed, lent, end)?;
        Ok(Self {
            jobs,
            idle,
            changes,
            interrupts: Arc::new(watch::Sender::new(0)),
            screens: Arc::default(),
            ended,
            vault,
            directory,
        })
    }

    /// This device's account, if one was created.
    ///
    /// # Errors
    /// [`ClientError::Closed`] or [`ClientError::Reopen`].
    pub async fn account(&self) -> Result<Option<AccountView>, ClientError> {
        self.call(|engine| Ok(engine.account())).await
    }

    /// Creates an account at the relay of this link; returns the recovery secret, once.
    ///
    /// # Errors
    /// [`ClientError::AccountExists`], [`ClientError::NameLength`], [`ClientError::NameCharacters`], what is wrong with the link, or what
    /// keeps the relay from being reached; nothing is stored then.
    pub async fn create_account(
        &self,
        relay_link: String,
        name: String,
    ) -> Result<CreatedAccount, ClientError> {
        // A link may carry a secret: none of ours is left behind.
        let relay_link = Zeroizing::new(relay_link);
        let start = move |engine: &mut Engine| {
            engine.create_account(&relay_link, &name, system_now(), &mut system_rng())
        };
        match self.call_network(start).await? {
            CallOutcome::Account(created) => Ok(created),
            _ => Err(ClientError::Reopen),
        }
    }

    /// Makes an invitation; returns once its link works, or with state `Publishing` if the relay cannot
    /// be reached now (it is then published by itself, later).
    ///
    /// # Errors
    /// [`ClientError::NoAccount`], [`ClientError::RelayRefused`], or a store error.
    pub async fn create_invitation(
        &self,
        kind: InvitationKind,
    ) -> Result<InvitationView, ClientError> {
        let start = move |engine: &mut Engine| {
            engine.create_invitation(kind, system_now(), &mut system_rng())
        };
        match self.call_network(start).await? {
            CallOutcome::Invitation(view) => Ok(view),
            _ => Err(ClientError::Reopen),
        }
    }

    /// All invitations, newest first.
    ///
    /// # Errors
    /// [`ClientError::NoAccount`], or a store error.
    pub async fn invitations(&self) -> Result<Vec<InvitationView>, ClientError> {
        self.call(|engine| engine.invitations(system_now(), &mut system_rng()))
            .await
    }

    /// Takes an invitation back; conversations that came through it stay. Returns when its relay has let go of
    /// it, or at once with [`Revocation::Queued`] while the relay cannot be asked.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn revoke_invitation(&self, id: InvitationId) -> Result<Revocation, ClientError> {
        let start = move |engine: &mut Engine| {
            engine.revoke_invitation(id, system_now(), &mut system_rng())
        };
        match self.call_network(start).await? {
            CallOutcome::Revocation(revocation) => Ok(revocation),
            _ => Err(ClientError::Reopen),
        }
    }

    /// What a link says before it is accepted; nothing is sent.
    ///
    /// # Errors
    /// [`ClientError::LinkForeign`], [`ClientError::LinkDamaged`] or [`ClientError::LinkTooNew`].
    pub async fn read_invitation(&self, link: String) -> Result<InvitationPreview, ClientError> {
        let link = Zeroizing::new(link);
        self.call(move |engine| engine.read_invitation(&link)).await
    }

    /// Accepts an invitation; returns once the conversation exists. Repeating it is safe.
    ///
    /// # Errors
    /// What is wrong with the link; [`ClientError::OwnInvitation`], [`ClientError::InvitationGone`],
    /// [`ClientError::InvitationForged`], [`ClientError::CheckYourClock`], or what keeps its relay from
    /// being reached.
    pub async fn accept_invitation(&self, link: String) -> Result<ConversationId, ClientError> {
        let link = Zeroizing::new(link);
        let start = move |engine: &mut Engine| {
            engine.accept_invitation(&link, system_now(), &mut system_rng())
        };
        match self.call_network(start).await? {
            CallOutcome::Conversation(id) => Ok(id),
            _ => Err(ClientError::Reopen),
        }
    }

    /// The conversations as they are now, the pinned ones first, then newest activity first. A screen uses
    /// [`Messenger::conversation_list`].
    ///
    /// # Errors
    /// A store error.
    pub async fn conversations(&self) -> Result<Vec<ConversationView>, ClientError> {
        self.call(|engine| engine.conversations()).await
    }

    /// Accepts a message request.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] or [`ClientError::WrongState`].
    pub async fn accept_request(&self, id: ConversationId) -> Result<(), ClientError> {
        self.call(move |engine| engine.accept_request(id, system_now(), &mut system_rng()))
            .await
    }

    /// Declines a message request: it is deleted, and nothing was or is sent.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] or [`ClientError::WrongState`].
    pub async fn decline_request(&self, id: ConversationId) -> Result<(), ClientError> {
        self.call(move |engine| engine.decline_request(id, system_now(), &mut system_rng()))
            .await
    }

    /// Stores a text and queues it; never waits for the network.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], [`ClientError::TextLength`] or [`ClientError::WrongState`].
    pub async fn send_text(
        &self,
        id: ConversationId,
        text: String,
    ) -> Result<MessageView, ClientError> {
        self.call(move |engine| engine.send_text(id, &text, system_now(), &mut system_rng()))
            .await
    }

    /// The safety number of a conversation.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or a store error.
    pub async fn safety_number(&self, id: ConversationId) -> Result<SafetyNumberView, ClientError> {
        self.call(move |engine| engine.safety_number(id)).await
    }

    /// Notes that the digits were compared and are equal, or takes that back.
    ///
    /// # Errors
    /// [`ClientError::WrongState`] while there is an alarm, which [`Messenger::dismiss_alarm`] or a scan that fits ends;
    /// [`ClientError::NotFound`], or a store error.
    pub async fn mark_verified(
        &self,
        id: ConversationId,
        verified: bool,
    ) -> Result<(), ClientError> {
        self.call(move |engine| engine.mark_verified(id, verified))
            .await
    }

    /// Compares a scanned code, and stores what was found: `Verified` if it fits, else `Alarm`, which is to be shown.
    ///
    /// # Errors
    /// Nothing has changed: [`ClientError::LinkForeign`] if it is no such code or our own account's,
    /// [`ClientError::LinkDamaged`] or [`ClientError::LinkTooNew`] if it does not read.
    pub async fn verify_scanned(
        &self,
        id: ConversationId,
        scanned: String,
    ) -> Result<Verification, ClientError> {
        self.call(move |engine| engine.verify_scanned(id, &scanned))
            .await
    }

    /// Ends an alarm by the user's word: the contact is unverified then.
    ///
    /// # Errors
    /// [`ClientError::WrongState`] if there is none, [`ClientError::NotFound`], or a store error.
    pub async fn dismiss_alarm(&self, id: ConversationId) -> Result<(), ClientError> {
        self.call(move |engine| engine.dismiss_alarm(id)).await
    }

    /// The relays spoken to, and how they are reached now.
    ///
    /// # Errors
    /// [`ClientError::Closed`] or [`ClientError::Reopen`].
    pub async fn relays(&self) -> Result<Vec<RelayView>, ClientError> {
        self.call(|engine| Ok(engine.relays())).await
    }

    /// What is known of the store's files. After an unclean end they are checked beside the running client; when that
    /// is done, [`Event::Store`](crate::client::view::Event::Store) comes. If the check finds damage, this and every
    /// other call fails with [`ClientError::StoreCorrupt`], and the store has been moved aside: open again to begin anew.
    ///
    /// # Errors
    /// [`ClientError::StoreCorrupt`], [`ClientError::Closed`] or [`ClientError::Reopen`].
    pub async fn store_health(&self) -> Result<StoreHealth, ClientError> {
        self.call(|engine| Ok(engine.store_health())).await
    }

    /// What changed behind a cursor (0 at first); waits until something did, or until
    /// [`Messenger::interrupt`], which gives an empty batch with the same cursor.
    ///
    /// A cursor outlives the process. Events are coalesced and never lost: each names a thing to read again.
    ///
    /// # Errors
    /// A store error, [`ClientError::Closed`] or [`ClientError::Reopen`].
    pub async fn events(&self, after: u64) -> Result<EventBatch, ClientError> {
        let mut changes = self.changes.clone();
        let mut interrupts = self.interrupts.subscribe();
        loop {
            changes.borrow_and_update();
            let batch = self.call(move |engine| engine.events(after)).await?;
            if !batch.events.is_empty() {
                return Ok(batch);
            }
            tokio::select! {
                changed = changes.changed() => {
                    if changed.is_err() {
                        return Err(self.ended().await);
                    }
                }
                _ = interrupts.changed() => {
                    return Ok(EventBatch { events: Vec::new(), cursor: after });
                }
            }
        }
    }

    /// Ends every waiting [`Messenger::events`] call with an empty batch.
    pub fn interrupt(&self) {
        self.interrupts
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Tells that the network is back, so that waits are cut short.
    ///
    /// # Errors
    /// A store error, [`ClientError::Closed`] or [`ClientError::Reopen`].
    pub async fn network_is_back(&self) -> Result<(), ClientError> {
        self.call(|engine| {
            engine.handle(
                crate::client::input::Input::NetworkBack,
                system_now(),
                &mut system_rng(),
            )
        })
        .await
    }

    /// Ends the worker after its current job and closes the store; later calls give
    /// [`ClientError::Closed`].
    ///
    /// # Errors
    /// [`ClientError::Closed`] if it is closed already, [`ClientError::Reopen`], or a store error.
    pub async fn close(&self) -> Result<(), ClientError> {
        let (reply, answer) = oneshot::channel();
        self.post(Box::new(move |worker| worker.close(reply)))?;
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(self.ended().await),
        }
    }

    /// Makes the worker panic, so that tests can see what callers then get.
    #[cfg(feature = "test-vault")]
    pub async fn panic_for_tests(&self) -> Result<(), ClientError> {
        #[allow(clippy::panic, reason = "the point of this call; test builds only")]
        self.call(|_| -> Result<(), ClientError> { panic!("asked for by a test") })
            .await
    }

    async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Engine) -> Result<T, ClientError> + Send + 'static,
    ) -> Result<T, ClientError> {
        self.call_worker(move |worker| worker.with_engine(job))
            .await
    }

    async fn call_worker<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Worker) -> Result<T, ClientError> + Send + 'static,
    ) -> Result<T, ClientError> {
        let (reply, answer) = oneshot::channel();
        self.post(Box::new(move |worker| {
            let result = job(worker);
            // A caller that stopped waiting does not want the answer.
            let _ = reply.send(result);
        }))?;
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(self.ended().await),
        }
    }

    async fn call_network(
        &self,
        start: impl FnOnce(&mut Engine) -> Result<CallId, ClientError> + Send + 'static,
    ) -> Result<CallOutcome, ClientError> {
        let (reply, answer) = oneshot::channel();
        self.post(Box::new(move |worker| worker.begin_call(start, reply)))?;
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(self.ended().await),
        }
    }

    /// Runs a read on the caller's thread if the engine is idle; `None` if it has to be asked for as a job, because the
    /// engine is at work or the read would take longer there than a caller's thread should be held up.
    async fn read_at_once<T>(
        &self,
        read: impl FnOnce(&Engine) -> Result<Option<T>, ClientError>,
    ) -> Result<Option<T>, ClientError> {
        match self.idle.read(read) {
            AtOnce::Read(result) => result,
            AtOnce::Busy => Ok(None),
            AtOnce::Panicked => {
                // The worker wakes by it, and finds what has happened.
                self.post(Box::new(|_| ()))?;
                Err(self.ended().await)
            }
        }
    }

    fn post(&self, post: Post) -> Result<(), ClientError> {
        self.idle.job_posted();
        self.jobs.send(Job(post)).map_err(|_| self.why_ended())
    }

    /// Why the worker took a call with it; waits until the store is unlocked, so that it can be opened again.
    async fn ended(&self) -> ClientError {
        self.jobs.closed().await;
        self.why_ended()
    }

    fn why_ended(&self) -> ClientError {
        // Set before a worker answers that was closed or whose store is damaged; any other end is a panic.
        self.ended.get().cloned().unwrap_or(ClientError::Reopen)
    }
}
