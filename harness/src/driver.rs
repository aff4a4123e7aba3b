//! Drives an agent process of any language: requests with time limits, SIGKILL, restart.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::language::AgentCommand;
use crate::views::{Conversation, Page};

/// Why a request got no good answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// The agent is not running or ended before it answered.
    Died,
    /// No answer within the time limit.
    TimedOut,
    /// The client's typed error.
    Refused {
        /// The variant's name.
        kind: String,
        /// The whole error, as the agent wrote it.
        detail: String,
    },
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Died => f.write_str("the agent ended"),
            Self::TimedOut => f.write_str("the agent did not answer in time"),
            Self::Refused { kind, detail } => write!(f, "{kind}: {detail}"),
        }
    }
}

impl std::error::Error for CallError {}

type Answer = Result<Value, CallError>;
type Pending = Arc<Mutex<HashMap<u64, Sender<Answer>>>>;

struct Running {
    child: Child,
    stdin: ChildStdin,
    pending: Pending,
    ready: Receiver<Value>,
}

/// One client process and the directory it lives in. Shared between threads.
pub struct Agent {
    command: AgentCommand,
    directory: PathBuf,
    stderr: PathBuf,
    running: Mutex<Option<Running>>,
    next_id: AtomicU64,
}

/// How long a request may take.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);
/// How long an agent may take until it is ready (a JVM on a busy machine).
const START_LIMIT: Duration = Duration::from_secs(60);

/// Locks, also when a thread panicked while it held the lock: the harness reports, it does not fall over.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Agent {
    /// An agent that is not started yet. Its standard error goes to `<directory>.stderr`.
    #[must_use]
    pub fn new(command: AgentCommand, directory: &Path) -> Self {
        Self {
            command,
            directory: directory.to_owned(),
            stderr: directory.with_extension("stderr"),
            running: Mutex::new(None),
            next_id: AtomicU64::new(1),
        }
    }

    /// How it is started.
    #[must_use]
    pub fn command(&self) -> &AgentCommand {
        &self.command
    }

    /// Where its store is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Starts the process and waits until it is ready; the client in it is not open yet.
    ///
    /// # Errors
    /// When it does not start or runs already.
    pub fn spawn(&self) -> Result<()> {
        let mut running = lock(&self.running);
        if running.is_some() {
            bail!("the {} agent runs already", self.command.language);
        }
        let stderr = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.stderr)?;
        let mut child = Command::new(&self.command.program)
            .args(&self.command.arguments)
            .arg("--dir")
            .arg(&self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .with_context(|| format!("starting {}", self.command.program.display()))?;
        let stdin = child.stdin.take().context("no standard input")?;
        let stdout = child.stdout.take().context("no standard output")?;
        let pending = Pending::default();
        let (ready_sender, ready) = channel();
        let routed = Arc::clone(&pending);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { break };
                route(&line, &routed, &ready_sender);
            }
            // Dropping the senders tells whoever still waits that the agent ended.
            lock(&routed).clear();
        });
        *running = Some(Running {
            child,
            stdin,
            pending,
            ready,
        });
        let waited = running
            .as_ref()
            .map(|process| process.ready.recv_timeout(START_LIMIT));
        drop(running);
        match waited {
            Some(Ok(_)) => Ok(()),
            _ => {
                self.kill();
                bail!(
                    "the {} agent did not get ready; its last words: {}",
                    self.command.language,
                    self.last_words()
                )
            }
        }
    }

    /// Starts the process and opens the client in it.
    ///
    /// # Errors
    /// As [`Agent::spawn`], or the client's own.
    pub fn start(&self) -> Result<()> {
        self.start_with(None)
    }

    /// As [`Agent::start`], with the app lock's passphrase if there is one.
    ///
    /// # Errors
    /// As [`Agent::start`].
    pub fn start_with(&self, passphrase: Option<&str>) -> Result<()> {
        self.spawn()?;
        self.open(passphrase)
            .with_context(|| format!("opening the {} client", self.command.language))?;
        Ok(())
    }

    /// Opens the client in the process that runs.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn open(&self, passphrase: Option<&str>) -> Result<(), CallError> {
        let arguments = match passphrase {
            Some(passphrase) => json!({"passphrase": passphrase}),
            None => json!({}),
        };
        self.call("open", arguments).map(drop)
    }

    /// SIGKILL, now.
    pub fn kill(&self) {
        let process = lock(&self.running).take();
        if let Some(mut process) = process {
            let _ = process.child.kill();
            let _ = process.child.wait();
            lock(&process.pending).clear();
        }
    }

    /// Asks the client to end in good order, and waits; SIGKILL if it does not within ten seconds.
    pub fn stop(&self) {
        let _ = self.call_within("close", json!({}), Duration::from_secs(10));
        let _ = self.post("quit", json!({}));
        let process = lock(&self.running).take();
        let Some(mut process) = process else { return };
        drop(process.stdin);
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if matches!(process.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = process.child.kill();
        let _ = process.child.wait();
    }

    /// Whether the process was started and not ended by us.
    #[must_use]
    pub fn is_running(&self) -> bool {
        lock(&self.running).is_some()
    }

    /// Sends a request and waits for the answer.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn call(&self, op: &str, arguments: Value) -> Answer {
        self.call_within(op, arguments, TIME_LIMIT)
    }

    /// As [`Agent::call`] with a time limit of its own.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn call_within(&self, op: &str, arguments: Value, limit: Duration) -> Answer {
        match self.post(op, arguments)?.recv_timeout(limit) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(CallError::TimedOut),
            Err(RecvTimeoutError::Disconnected) => Err(CallError::Died),
        }
    }

    fn post(&self, op: &str, arguments: Value) -> Result<Receiver<Answer>, CallError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let line = request_line(id, op, arguments);
        let (sender, receiver) = channel();
        let mut running = lock(&self.running);
        let process = running.as_mut().ok_or(CallError::Died)?;
        lock(&process.pending).insert(id, sender);
        process
            .stdin
            .write_all(line.as_bytes())
            .and_then(|()| process.stdin.flush())
            .map_err(|_| CallError::Died)?;
        Ok(receiver)
    }

    /// The conversation list.
    ///
    /// # Errors
    /// [`CallError`], or an answer of another form.
    pub fn conversations(&self) -> Result<Vec<Conversation>> {
        Conversation::read_list(&self.call("conversations", json!({}))?)
    }

    /// A page of the messages that follow a place.
    ///
    /// # Errors
    /// [`CallError`], or an answer of another form.
    pub fn messages_after(&self, conversation: &str, after: u64, limit: u32) -> Result<Page> {
        let arguments = json!({"id": conversation, "after": after, "limit": limit});
        Page::read(&self.call("messages_after", arguments)?)
    }

    /// The newest page before a place.
    ///
    /// # Errors
    /// [`CallError`], or an answer of another form.
    pub fn messages_before(
        &self,
        conversation: &str,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page> {
        let mut arguments = json!({"id": conversation, "limit": limit});
        if let (Some(before), Some(object)) = (before, arguments.as_object_mut()) {
            object.insert("before".to_owned(), before.into());
        }
        Page::read(&self.call("messages", arguments)?)
    }

    /// The end of what it wrote to its standard error.
    #[must_use]
    pub fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.stderr).unwrap_or_default();
        let start = text.len().saturating_sub(2000);
        text.get(start..).unwrap_or(&text).to_owned()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.kill();
    }
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} agent in {}",
            self.command.language,
            self.directory.display()
        )
    }
}

fn request_line(id: u64, op: &str, arguments: Value) -> String {
    format!("{}\n", json!({"id": id, "op": op, "args": arguments}))
}

fn route(line: &str, pending: &Pending, ready: &Sender<Value>) {
    let Ok(value) = serde_json::from_str::<Value>(line) else {
        return;
    };
    if value.get("ready").is_some() {
        let _ = ready.send(value);
        return;
    }
    let Some(id) = value.get("id").and_then(Value::as_u64) else {
        return;
    };
    let Some(sender) = lock(pending).remove(&id) else {
        return;
    };
    let answer = match (value.get("ok"), value.get("error")) {
        (Some(ok), None) => Ok(ok.clone()),
        (_, Some(error)) => Err(CallError::Refused {
            kind: error
                .get("kind")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            detail: error.to_string(),
        }),
        (None, None) => Err(CallError::Refused {
            kind: "Malformed".to_owned(),
            detail: line.to_owned(),
        }),
    };
    let _ = sender.send(answer);
}
