//! Runs one program as a named step: progress while it works, a log file, its tail on failure.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, IsTerminal as _, Write as _};
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::workspace::Workspace;

/// What a finished step left behind.
#[derive(Debug)]
pub struct Outcome {
    /// Whether the program ended with code 0.
    pub succeeded: bool,
    /// Standard output and standard error, in the order in which they came.
    pub output: String,
}

/// Runs `command` and fails, with the tail of its output shown, if the program fails.
pub fn run(ws: &Workspace, title: &str, command: Command) -> Result<Outcome> {
    let outcome = attempt(ws, title, command)?;
    if !outcome.succeeded {
        bail!("{title}: failed");
    }
    Ok(outcome)
}

/// Runs `command`; a program that ran and failed is an outcome, not an error.
pub fn attempt(ws: &Workspace, title: &str, mut command: Command) -> Result<Outcome> {
    fs::create_dir_all(ws.logs())?;
    let log_path = ws.logs().join(format!("{}.log", file_name(title)));
    let mut log = File::create(&log_path).context("creating a log file")?;
    let program = command.get_program().to_string_lossy().into_owned();

    let started = Instant::now();
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command
        .spawn()
        .with_context(|| format!("{title}: starting {program}"))?;
    // The command holds the pipe's writing ends; the reader below would never see its end.
    drop(command);

    let (lines, inbox) = mpsc::channel::<String>();
    let pump = thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            if lines.send(line).is_err() {
                break;
            }
        }
    });

    let mut display = Display::new(title);
    let mut output = String::new();
    loop {
        match inbox.recv_timeout(Duration::from_secs(1)) {
            Ok(line) => {
                writeln!(log, "{line}")?;
                display.line(&line);
                output.push_str(&line);
                output.push('\n');
            }
            Err(RecvTimeoutError::Timeout) => display.tick(started.elapsed()),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = child.wait()?;
    let _ = pump.join();
    display.end(status.success(), started.elapsed());
    if !status.success() {
        for line in what_failed(&output) {
            eprintln!("    {line}");
        }
        eprintln!("    ({status}; all of it: {})", log_path.display());
    }
    Ok(Outcome {
        succeeded: status.success(),
        output,
    })
}

/// The end of an output, and before it the lines that tell of failures further up, each with its next line.
fn what_failed(output: &str) -> Vec<&str> {
    let lines: Vec<&str> = output.lines().collect();
    let (body, tail) = lines.split_at(lines.len().saturating_sub(TAIL_LINES));
    let mut shown = Vec::new();
    let mut is_next = false;
    for line in body {
        let tells = TELLING.iter().any(|words| line.contains(words));
        if tells || is_next {
            shown.push(*line);
        }
        is_next = tells;
    }
    shown.truncate(TELLING_LINES);
    if !shown.is_empty() {
        shown.push("…");
    }
    shown.extend(tail);
    shown
}

/// Says something that is neither a result nor a step.
pub fn note(text: &str) {
    eprintln!("  · {text}");
}

/// A spinner on a terminal; elsewhere a line at the start, a sign of life, and a line at the end.
struct Display {
    title: String,
    bar: Option<ProgressBar>,
    last_sign: Duration,
    last_line: String,
}

impl Display {
    fn new(title: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) =
                ProgressStyle::with_template("  {spinner} {prefix} {elapsed:.dim} {wide_msg:.dim}")
            {
                bar.set_style(style);
            }
            bar.set_prefix(title.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            eprintln!("  … {title}");
        }
        Self {
            title: title.to_owned(),
            bar,
            last_sign: Duration::ZERO,
            last_line: String::new(),
        }
    }

    fn line(&mut self, line: &str) {
        let line = line.trim();
        if line.is_empty() {
            return;
        }
        if let Some(bar) = &self.bar {
            bar.set_message(line.to_owned());
        }
        self.last_line = line.chars().take(100).collect();
    }

    fn tick(&mut self, elapsed: Duration) {
        if self.bar.is_none() && elapsed.saturating_sub(self.last_sign) >= SIGN_OF_LIFE {
            self.last_sign = elapsed;
            eprintln!(
                "    {} · {} s · {}",
                self.title,
                elapsed.as_secs(),
                self.last_line
            );
        }
    }

    fn end(&self, succeeded: bool, elapsed: Duration) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let mark = if succeeded { '✓' } else { '✗' };
        eprintln!("  {mark} {} ({:.1} s)", self.title, elapsed.as_secs_f64());
    }
}

fn file_name(title: &str) -> String {
    title
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect()
}

/// What stands in the line of a failure: of libtest, a panic, rustc, Maven, Swift.
const TELLING: &[&str] = &[
    "... FAILED",
    "panicked at",
    "error: ",
    "error[",
    "[ERROR]",
    " recorded an issue ",
];
const TELLING_LINES: usize = 60;
const TAIL_LINES: usize = 80;
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_far_above_the_end_is_shown_with_what_it_says() {
        let noise = "test fine ... ok\n".repeat(200);
        let output = format!(
            "test bad ... FAILED\n{noise}thread 'bad' panicked at a.rs:1:1:\nleft is not right\n{noise}"
        );
        let shown = what_failed(&output);
        assert_eq!(shown[0], "test bad ... FAILED");
        assert!(shown.contains(&"left is not right"));
        assert_eq!(shown.len(), 4 + 1 + TAIL_LINES);
        assert_eq!(what_failed("only\nthis\n"), ["only", "this"]);
    }
}
