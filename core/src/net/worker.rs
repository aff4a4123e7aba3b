//! The one thread that owns the engine: runs jobs, feeds it the network and the clock, carries out its effects.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use tacita_wire::{Frame, MailboxId, Subscription, Watch};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use zeroize::{Zeroize, Zeroizing};

use super::config::Config;
use super::export::Writing;
use super::idle::Idle;
use super::system::{passphrase_try, system_now, system_rng};
use super::transport::{Transport, TransportError};
use crate::client::effect::{CallId, CallOutcome, Effect, RelayLocator};
use crate::client::input::{Input, NetFailure, StreamEvent};
use crate::client::view::{ConversationId, ExportProgress};
use crate::client::{ClientError, Engine};
use crate::store::{CheckStop, CheckVerdict, Store};

/// Inputs that may wait for the engine; beyond, streams pause.
const INPUT_QUEUE: usize = 64;
/// Envelopes that one input carries.
const FRAMES_PER_INPUT: usize = 64;
/// The longest sleep, so that a clock set anew is noticed.
const LONGEST_SLEEP_MS: u64 = 60_000;
/// How often a check that is to end is told so.
const STOP_AGAIN: Duration = Duration::from_millis(2);
/// Deeper than any call of the engine goes; a thread has 2 MiB.
const ERASED_STACK_BYTES: usize = 512 * 1024;

/// Work for the thread.
pub(super) type Post = Box<dyn FnOnce(&mut Worker) + Send>;
/// A posted piece of work.
pub(super) struct Job(pub(super) Post);

/// How a call that took the network ended, on its way to the caller.
type Reply = oneshot::Sender<Result<CallOutcome, ClientError>>;

/// What the thread holds.
pub(super) struct Worker {
    /// While there is something to do; else it is in `idle`.
    engine: Option<Box<Engine>>,
    idle: Arc<Idle>,
    runtime: Runtime,
    transport: Transport,
    inputs: mpsc::Sender<Input>,
    streams: BTreeMap<RelayLocator, JoinHandle<()>>,
    calls: BTreeMap<CallId, Reply>,
    changed: watch::Sender<u64>,
    /// Exports under way, by number.
    exports: BTreeMap<u64, Writing>,
    last_export: u64,
    /// The check after an unclean end, while it runs.
    check: Option<RunningCheck>,
    ended: Arc<OnceLock<ClientError>>,
}

/// A check on a thread of its own.
struct RunningCheck {
    stop: CheckStop,
    task: JoinHandle<CheckVerdict>,
}

impl Worker {
    /// Opens the store on a new thread and runs until the last handle is gone or the store is closed.
    pub(super) fn start(
        config: Config,
        passphrase: Option<Zeroizing<Vec<u8>>>,
        jobs: mpsc::UnboundedReceiver<Job>,
        changed: watch::Sender<u64>,
        idle: Arc<Idle>,
        ended: Arc<OnceLock<ClientError>>,
    ) -> Result<(), ClientError> {
        let (opened, result) = std::sync::mpsc::channel();
        #[allow(
            clippy::disallowed_methods,
            reason = "net is the layer that has threads"
        )]
        let spawned = std::thread::Builder::new()
            .name("tacita".to_owned())
            .spawn(move || {
                let (inputs, feed) = mpsc::channel(INPUT_QUEUE);
                let worker = catch_unwind(AssertUnwindSafe(|| {
                    Self::open(config, passphrase, inputs, changed, idle, ended)
                }))
                .unwrap_or(Err(ClientError::Reopen));
                match worker {
                    Ok(mut worker) => {
                        let _ = opened.send(Ok(()));
                        worker.begin_check();
                        worker.run(jobs, feed);
                    }
                    Err(error) => {
                        let _ = opened.send(Err(error));
                    }
                }
            });
        spawned.map_err(|_| ClientError::StoreFailed)?;
        result.recv().unwrap_or(Err(ClientError::Reopen))
    }

    fn open(
        config: Config,
        passphrase: Option<Zeroizing<Vec<u8>>>,
        inputs: mpsc::Sender<Input>,
        changed: watch::Sender<u64>,
        idle: Arc<Idle>,
        ended: Arc<OnceLock<ClientError>>,
    ) -> Result<Self, ClientError> {
        let (directory, vault) = (&config.directory, config.vault.as_ref());
        let store = match &passphrase {
            None => Store::open(directory, vault, &mut system_rng())?,
            Some(passphrase) => {
                let entry = passphrase_try(passphrase);
                Store::open_locked(directory, vault, entry, &mut system_rng())?
            }
        };
        drop(passphrase);
        let engine = Engine::open(store, system_now(), &mut system_rng())?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("tacita-net")
            .enable_all()
            .build()
            .map_err(|_| ClientError::StoreFailed)?;
        Ok(Self {
            engine: Some(Box::new(engine)),
            idle,
            runtime,
            transport: Transport::new(),
            inputs,
            streams: BTreeMap::new(),
            calls: BTreeMap::new(),
            changed,
            exports: BTreeMap::new(),
            last_export: 0,
            check: None,
            ended,
        })
    }

    fn run(mut self, mut jobs: mpsc::UnboundedReceiver<Job>, mut feed: mpsc::Receiver<Input>) {
        let handle = self.runtime.handle().clone();
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let mut wake_ms = None;
            self.carry_out();
            while let Some(engine) = self.engine.take() {
                let sleep = time_to_sleep(&engine, &mut wake_ms);
                self.idle.lend(engine);
                let next = handle.block_on(async {
                    tokio::select! {
                        biased;
                        job = jobs.recv() => Next::Job(job),
                        Some(input) = feed.recv() => Next::Input(input),
                        verdict = verdict_of(&mut self.check) => Next::Checked(verdict),
                        () = tokio::time::sleep(sleep) => Next::Input(Input::Tick),
                    }
                });
                self.engine = self.idle.take_back();
                if self.engine.is_none() {
                    break;
                }
                match next {
                    Next::Job(Some(Job(post))) => {
                        post(&mut self);
                        self.idle.job_done();
                    }
                    // The last handle is gone.
                    Next::Job(None) => self.close_quietly(),
                    Next::Checked(verdict) => self.end_check(verdict),
                    Next::Input(input) => {
                        if let Some(engine) = &mut self.engine {
                            let now = system_now();
                            // A store error loses nothing: the engine asks and reads again.
                            let _ = engine.handle(input, now, &mut system_rng());
                            wake_ms = engine.next_wake(now);
                        }
                    }
                }
                self.carry_out();
            }
        }));
        // After a panic the store is still open: it is rolled back and unlocked before anybody hears of it.
        self.stop_check();
        self.engine = None;
        drop(self.idle.take_back());
        self.exports.clear();
        jobs.close();
        self.calls.clear();
        for stream in self.streams.values() {
            stream.abort();
        }
        while let Ok(job) = jobs.try_recv() {
            drop(job);
        }
        drop(self.changed);
        self.runtime.shutdown_background();
    }

    /// Has every page checked, on a thread of its own, if the last end was unclean.
    fn begin_check(&mut self) {
        if let Some(check) = self.engine.as_mut().and_then(|engine| engine.take_check()) {
            self.check = Some(RunningCheck {
                stop: check.stop_handle(),
                task: self.runtime.spawn_blocking(move || check.run()),
            });
        }
    }

    /// Ends a check that still runs, and waits the moment that this takes: the files are free then.
    fn stop_check(&mut self) {
        let Some(RunningCheck { stop, mut task }) = self.check.take() else {
            return;
        };
        self.runtime.block_on(async {
            loop {
                // Again and again: a check that has not begun yet does not hear it.
                stop.stop();
                tokio::select! {
                    // What it found does not count any more.
                    _ = &mut task => return,
                    () = tokio::time::sleep(STOP_AGAIN) => {}
                }
            }
        });
    }

    /// Takes in what was found. With a damaged store this thread ends, and every call says why.
    fn end_check(&mut self, verdict: CheckVerdict) {
        self.check = None;
        match self.engine.take().map(|engine| engine.end_check(verdict)) {
            Some(Ok(engine)) => self.engine = Some(Box::new(engine)),
            Some(Err(error)) => drop(self.ended.set(error)),
            None => {}
        }
    }

    /// Runs a call on the engine.
    pub(super) fn with_engine<T>(
        &mut self,
        job: impl FnOnce(&mut Engine) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        self.engine
            .as_deref_mut()
            .map_or(Err(ClientError::Closed), job)
    }

    /// Begins a call that ends with an effect.
    pub(super) fn begin_call(
        &mut self,
        start: impl FnOnce(&mut Engine) -> Result<CallId, ClientError>,
        reply: Reply,
    ) {
        match self.with_engine(start) {
            Ok(call) => {
                self.calls.insert(call, reply);
            }
            Err(error) => {
                let _ = reply.send(Err(error));
            }
        }
    }

    /// Begins an export and returns its number.
    pub(super) fn begin_export(
        &mut self,
        id: ConversationId,
        folder: &Path,
    ) -> Result<u64, ClientError> {
        let engine = self.engine.as_deref().ok_or(ClientError::Closed)?;
        let writing = Writing::begin(engine, id, folder, system_now().ms)?;
        self.last_export = self.last_export.wrapping_add(1);
        self.exports.insert(self.last_export, writing);
        Ok(self.last_export)
    }

    /// Goes on with an export; at its end or after an error it is gone.
    pub(super) fn step_export(&mut self, number: u64) -> Result<ExportProgress, ClientError> {
        let engine = self.engine.as_deref().ok_or(ClientError::Closed)?;
        let mut writing = self
            .exports
            .remove(&number)
            .ok_or(ClientError::ExportFailed)?;
        let progress = writing.step(engine)?;
        if progress.folder.is_none() {
            self.exports.insert(number, writing);
        }
        Ok(progress)
    }

    /// Ends an export, wherever it is.
    pub(super) fn drop_export(&mut self, number: u64) {
        self.exports.remove(&number);
    }

    /// Closes the store and tells the caller.
    pub(super) fn close(&mut self, reply: oneshot::Sender<Result<(), ClientError>>) {
        self.stop_check();
        let result = self
            .engine
            .take()
            .map_or(Err(ClientError::Closed), |engine| engine.close());
        // A second closing finds it closed.
        let _ = self.ended.set(ClientError::Closed);
        erase_stack();
        let _ = reply.send(result);
    }

    fn close_quietly(&mut self) {
        self.stop_check();
        if let Some(engine) = self.engine.take() {
            // Nobody is left to hear of a failure; the next open checks the file.
            let _ = engine.close();
            erase_stack();
        }
    }

    fn carry_out(&mut self) {
        let effects: Vec<Effect> = match &mut self.engine {
            Some(engine) => engine.poll_effects().collect(),
            None => return,
        };
        for effect in effects {
            match effect {
                Effect::Request { id, relay, request } => {
                    let (transport, inputs) = (self.transport.clone(), self.inputs.clone());
                    self.runtime.spawn(async move {
                        let result = transport
                            .send(&relay, &request)
                            .await
                            .map_err(|error| failure(&error));
                        let _ = inputs
                            .send(Input::Answer {
                                request: id,
                                result,
                            })
                            .await;
                    });
                }
                Effect::Watch {
                    relay,
                    stream,
                    subscriptions,
                } => {
                    if let Some(old) = self.streams.remove(&relay) {
                        old.abort();
                    }
                    if subscriptions.is_empty() {
                        continue;
                    }
                    let (transport, inputs) = (self.transport.clone(), self.inputs.clone());
                    let at = relay.clone();
                    let task = self.runtime.spawn(async move {
                        hold_stream(&transport, &inputs, at, stream, subscriptions).await;
                    });
                    self.streams.insert(relay, task);
                }
                Effect::Finished { call, outcome } => {
                    if let Some(reply) = self.calls.remove(&call) {
                        let _ = reply.send(outcome);
                    }
                }
                Effect::Changed => self
                    .changed
                    .send_modify(|count| *count = count.wrapping_add(1)),
            }
        }
    }
}

/// The engine names moments that lie ahead only. One that comes while a job or an input is worked on
/// stays in `wake_ms` until the engine has seen a later time, or it would never be woken for it.
fn time_to_sleep(engine: &Engine, wake_ms: &mut Option<u64>) -> Duration {
    let now = system_now();
    let longest = now.ms.saturating_add(LONGEST_SLEEP_MS);
    let wake = [*wake_ms, engine.next_wake(now), Some(longest)];
    let wake = wake.into_iter().flatten().min();
    *wake_ms = wake;
    Duration::from_millis(wake.map_or(0, |wake| wake.saturating_sub(now.ms)))
}

/// Overwrites what returned functions have left on this thread's stack, keys that were moved among it.
/// The system keeps the stack of an ended thread for the next one.
#[inline(never)]
fn erase_stack() {
    let mut frame = [0_u8; ERASED_STACK_BYTES];
    frame.zeroize();
    std::hint::black_box(&frame);
}

enum Next {
    Job(Option<Job>),
    Input(Input),
    Checked(CheckVerdict),
}

/// What the check found, when it has; a check that fell over has found nothing out.
async fn verdict_of(check: &mut Option<RunningCheck>) -> CheckVerdict {
    match check {
        Some(check) => (&mut check.task).await.unwrap_or(CheckVerdict::Unfinished),
        None => std::future::pending().await,
    }
}

fn failure(error: &TransportError) -> NetFailure {
    match error {
        TransportError::WrongRelayKey => NetFailure::WrongKey,
        TransportError::Nonsense => NetFailure::Nonsense,
        _ => NetFailure::Unreachable,
    }
}

/// Holds one stream and hands on what it brings, in batches as large as what has arrived.
async fn hold_stream(
    transport: &Transport,
    inputs: &mpsc::Sender<Input>,
    relay: RelayLocator,
    stream: u64,
    subscriptions: Vec<(MailboxId, Subscription)>,
) {
    let (ids, subscriptions): (Vec<MailboxId>, Vec<Subscription>) =
        subscriptions.into_iter().unzip();
    let tell = async |event: StreamEvent| {
        inputs
            .send(Input::Stream {
                relay: relay.clone(),
                stream,
                event,
            })
            .await
            .is_ok()
    };
    let mut frames = match transport.watch(&relay, &Watch { subscriptions }).await {
        Ok(frames) => frames,
        Err(error) => {
            tell(StreamEvent::Closed(failure(&error))).await;
            return;
        }
    };
    loop {
        let mut next = frames.next().await;
        let mut envelopes = Vec::new();
        let event = loop {
            match next {
                Some(Ok(Frame::Envelope { index, stored })) => {
                    let Some(id) = ids.get(usize::from(index)) else {
                        break Some(StreamEvent::Closed(NetFailure::Nonsense));
                    };
                    envelopes.push((*id, stored));
                    if envelopes.len() >= FRAMES_PER_INPUT {
                        break None;
                    }
                }
                Some(Ok(Frame::Gone { index })) => match ids.get(usize::from(index)) {
                    Some(id) => break Some(StreamEvent::Gone(*id)),
                    None => break Some(StreamEvent::Closed(NetFailure::Nonsense)),
                },
                Some(Ok(Frame::CaughtUp { hour })) => break Some(StreamEvent::CaughtUp { hour }),
                Some(Ok(Frame::Beat)) => {}
                Some(Err(error)) => break Some(StreamEvent::Closed(failure(&error))),
                None => break Some(StreamEvent::Closed(NetFailure::Unreachable)),
            }
            match frames.next().now_or_never() {
                Some(ready) => next = ready,
                None => break None,
            }
        };
        if !envelopes.is_empty() && !tell(StreamEvent::Envelopes(envelopes)).await {
            return;
        }
        if let Some(event) = event {
            let is_end = matches!(event, StreamEvent::Closed(_));
            if !tell(event).await || is_end {
                return;
            }
        }
    }
}
