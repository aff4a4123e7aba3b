//! A process with the shim in it, driven by JSON lines; tells how it ended, and never waits for good.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::control::Control;

/// How long one request may take before the process counts as hung.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gone {
    /// By SIGKILL.
    Killed,
    /// By itself: a panic, an abort, another signal.
    Ended(String),
    /// It still runs and says nothing.
    Hangs,
}

/// A running process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

/// How processes are started.
#[derive(Clone, Debug)]
pub struct Program {
    /// The shim's library.
    pub shim: PathBuf,
    /// What this program is told to be.
    pub role: &'static str,
    /// The directory whose files are watched.
    pub directory: PathBuf,
    /// Where its standard error goes.
    pub stderr: PathBuf,
    /// Breaks its promise on purpose, so that the sweep can be seen to notice.
    pub sabotage: bool,
}

impl Process {
    /// Starts this program again, in its role and with the shim.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(program: &Program, control: &Control) -> Result<Self> {
        let stderr = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&program.stderr)?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg(program.role)
            .arg("--dir")
            .arg(&program.directory)
            .env("LD_PRELOAD", &program.shim)
            .env("TACITA_FAULT_DIRECTORY", &program.directory)
            .env("TACITA_FAULT_CONTROL", control.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr);
        if program.sabotage {
            command.arg("--sabotage");
        }
        let mut child = command
            .spawn()
            .context("starting a process with the shim")?;
        let stdin = child.stdin.take().context("no standard input")?;
        let stdout = child.stdout.take().context("no standard output")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            child,
            stdin,
            lines,
        })
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// [`Gone`] if there is none.
    pub fn ask<T: DeserializeOwned>(&mut self, what: &impl Serialize) -> Result<T, Gone> {
        let asked = serde_json::to_string(what)
            .map_err(std::io::Error::from)
            .and_then(|line| writeln!(self.stdin, "{line}"))
            .and_then(|()| self.stdin.flush());
        if asked.is_err() {
            return Err(self.how_it_ended());
        }
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => serde_json::from_str(&line)
                .map_err(|error| Gone::Ended(format!("it said nonsense: {error}: {line}"))),
            Err(RecvTimeoutError::Disconnected) => Err(self.how_it_ended()),
            Err(RecvTimeoutError::Timeout) => Err(Gone::Hangs),
        }
    }

    fn how_it_ended(&mut self) -> Gone {
        match self.child.wait() {
            Ok(status) if status.signal() == Some(9) => Gone::Killed,
            Ok(status) => Gone::Ended(status.to_string()),
            Err(error) => Gone::Ended(error.to_string()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers each line of standard input with one line of standard output, until the end.
///
/// # Errors
/// When a line is not understood or cannot be written.
pub fn serve<A: DeserializeOwned, T: Serialize>(mut answer: impl FnMut(A) -> T) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let asked = serde_json::from_str(&line?)?;
        writeln!(stdout, "{}", serde_json::to_string(&answer(asked))?)?;
        stdout.flush()?;
    }
    Ok(())
}

/// A directory in memory if the machine has one, for speed.
///
/// # Errors
/// When none can be made.
pub fn scratch() -> Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    let builder = tempfile::Builder::new().prefix("tacita-faults-").to_owned();
    if memory.is_dir()
        && let Ok(directory) = builder.tempdir_in(memory)
    {
        return Ok(directory);
    }
    Ok(builder.tempdir()?)
}
