//! Drives a relay process: start, SIGKILL, restart at the same address, freeze, and all it leaves behind.

use std::fs::OpenOptions;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::driver::lock;

/// A relay with a directory and an address of its own. Shared between threads.
pub struct Relay {
    program: PathBuf,
    directory: PathBuf,
    arguments: Vec<String>,
    port: u16,
    child: Mutex<Option<Child>>,
}

const START_LIMIT: Duration = Duration::from_secs(30);

/// Below the range from which the system takes ports for outgoing connections, so that a relay
/// finds its own free again after a kill.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A port that is free now.
///
/// # Errors
/// When a hundred tries found none.
pub fn free_port() -> Result<u16> {
    for _ in 0..100 {
        let port = fastrand::u16(PORTS);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port between {} and {}", PORTS.start, PORTS.end)
}

impl Relay {
    /// A relay that is not started yet; all it leaves lies in `directory`.
    ///
    /// # Errors
    /// When no port is free or the directory cannot be made.
    pub fn new(program: &Path, directory: &Path) -> Result<Self> {
        Self::with_arguments(program, directory, &[])
    }

    /// As [`Relay::new`] with further arguments.
    ///
    /// # Errors
    /// When no port is free or the directory cannot be made.
    pub fn with_arguments(program: &Path, directory: &Path, arguments: &[&str]) -> Result<Self> {
        std::fs::create_dir_all(directory)?;
        Ok(Self {
            program: program.to_owned(),
            directory: directory.to_owned(),
            arguments: arguments.iter().map(|&text| text.to_owned()).collect(),
            port: free_port()?,
            child: Mutex::new(None),
        })
    }

    /// Where its data directory is.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// Its standard output and standard error of all runs, at the most verbose.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    fn link_file(&self) -> PathBuf {
        self.directory.join("link")
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its link, which account creation takes.
    ///
    /// # Errors
    /// When it was never started.
    pub fn link(&self) -> Result<String> {
        let text = std::fs::read_to_string(self.link_file()).context("the relay left no link")?;
        Ok(text.trim().to_owned())
    }

    /// Starts it and waits until it takes connections.
    ///
    /// # Errors
    /// When it does not, with the end of its log.
    pub fn start(&self) -> Result<()> {
        let mut child = lock(&self.child);
        if child.is_some() {
            bail!("the relay runs already");
        }
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log())?;
        let mut process = Command::new(&self.program)
            .arg("--data")
            .arg(self.data())
            .arg("--listen")
            .arg(self.address())
            .arg("--link-file")
            .arg(self.link_file())
            .args(["--log", "trace"])
            .args(&self.arguments)
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", self.program.display()))?;
        let deadline = Instant::now() + START_LIMIT;
        loop {
            if self.link_file().exists()
                && TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
            {
                *child = Some(process);
                return Ok(());
            }
            let ended = process.try_wait()?;
            if ended.is_some() || Instant::now() > deadline {
                let _ = process.kill();
                let _ = process.wait();
                bail!("the relay did not start ({ended:?}): {}", self.last_words());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// SIGKILL, now.
    pub fn kill(&self) {
        if let Some(mut process) = lock(&self.child).take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// SIGTERM, and waits; tells whether it ended by itself within ten seconds.
    #[must_use]
    pub fn stop(&self) -> bool {
        let Some(mut process) = lock(&self.child).take() else {
            return false;
        };
        signal(&process, Signal::TERM);
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if matches!(process.try_wait(), Ok(Some(_))) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = process.kill();
        let _ = process.wait();
        false
    }

    /// Holds it (SIGSTOP) while `work` runs, so that its files do not change meanwhile.
    pub fn frozen<T>(&self, work: impl FnOnce() -> T) -> T {
        let child = lock(&self.child);
        if let Some(process) = child.as_ref() {
            signal(process, Signal::STOP);
        }
        let result = work();
        if let Some(process) = child.as_ref() {
            signal(process, Signal::CONT);
        }
        result
    }

    /// The end of its log.
    #[must_use]
    pub fn last_words(&self) -> String {
        let bytes = std::fs::read(self.log()).unwrap_or_default();
        let start = bytes.len().saturating_sub(2000);
        String::from_utf8_lossy(bytes.get(start..).unwrap_or_default()).into_owned()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.kill();
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "relay at {}", self.address())
    }
}

fn signal(process: &Child, signal: Signal) {
    if let Ok(id) = i32::try_from(process.id())
        && let Some(pid) = Pid::from_raw(id)
    {
        let _ = kill_process(pid, signal);
    }
}
