//! The log: our own events only, on standard error. No id, no address, no exact size.
//!
//! What dependencies say below `info` is not compiled in (`max_level_info` in Cargo.toml), and what
//! they say above is filtered out here. No variable of the environment changes that.

use std::panic::PanicHookInfo;

use clap::ValueEnum;
use tracing::Level;
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry};

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// What needs a person.
    Error,
    /// What a person should know.
    Warn,
    /// What happens.
    #[default]
    Info,
    /// The same as `info`: nothing finer is compiled in.
    Debug,
    /// The same as `info`: nothing finer is compiled in.
    Trace,
}

const OUR_TARGET: &str = "tacita_relay";

/// Starts the log of this process, and keeps a panic from quoting anything.
pub fn start(level: LogLevel) {
    let most = match level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info | LogLevel::Debug | LogLevel::Trace => Level::INFO,
    };
    let ours =
        FilterFn::new(move |metadata| *metadata.level() <= most && is_ours(metadata.target()));
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_filter(ours);
    // A second start in one process (tests) keeps the first.
    let _ = tracing::subscriber::set_global_default(Registry::default().with(layer));
    std::panic::set_hook(Box::new(report_panic));
}

fn is_ours(target: &str) -> bool {
    target
        .strip_prefix(OUR_TARGET)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The place, never the message, which could hold what was being worked on.
fn report_panic(info: &PanicHookInfo<'_>) {
    let line = info.location().map_or(0, std::panic::Location::line);
    let file = info.location().map_or("", std::panic::Location::file);
    let file = file.rsplit('/').next().unwrap_or("");
    tracing::error!(file, line, "a panic: this is a bug");
}

/// A count as the power of two at or below it, so that a log gives no exact number.
#[must_use]
pub fn bucket(count: u64) -> u64 {
    count.checked_ilog2().map_or(0, |power| 1 << power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_events_pass() {
        assert!(is_ours("tacita_relay"));
        assert!(is_ours("tacita_relay::server"));
        assert!(!is_ours("tacita_relay_other"));
        assert!(!is_ours("h2::codec"));
    }

    #[test]
    fn what_dependencies_trace_is_not_compiled_in() {
        assert_eq!(
            tracing::level_filters::STATIC_MAX_LEVEL,
            tracing::level_filters::LevelFilter::INFO
        );
    }

    #[test]
    fn counts_are_rounded_down_to_powers_of_two() {
        assert_eq!([0, 1, 2, 3, 5, 1000].map(bucket), [0, 1, 2, 2, 4, 512]);
    }
}
