//! A point of the sweep: whose file operation fails, in which step of the day, the how many-th, and how.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context as _, Result, bail};

/// Who meets the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// A client's store.
    Client,
    /// The relay's data directory.
    Relay,
}

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It is refused with EIO.
    Eio,
    /// It is refused with ENOSPC.
    Enospc,
    /// Half is written, and the next write to the file is refused with ENOSPC, as on a disk that fills up.
    Short,
    /// The process is killed before it.
    KillBefore,
    /// The process is killed after it.
    KillAfter,
    /// It and all writes after it are said to be done and are not: no fault that can be survived, but one that the
    /// sweep must notice.
    Swallow,
}

impl Kind {
    /// Those that must be survived.
    pub const ALL: [Self; 5] = [
        Self::Eio,
        Self::Enospc,
        Self::Short,
        Self::KillBefore,
        Self::KillAfter,
    ];

    /// Its number in the control file.
    #[must_use]
    pub fn code(self) -> u64 {
        match self {
            Self::Eio => 1,
            Self::Enospc => 2,
            Self::Short => 3,
            Self::KillBefore => 4,
            Self::KillAfter => 5,
            Self::Swallow => 6,
        }
    }

    /// Whether the process ends by it.
    #[must_use]
    pub fn kills(self) -> bool {
        matches!(self, Self::KillBefore | Self::KillAfter)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Eio => "eio",
            Self::Enospc => "enospc",
            Self::Short => "short",
            Self::KillBefore => "kill-before",
            Self::KillAfter => "kill-after",
            Self::Swallow => "swallow",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Relay => "relay",
        })
    }
}

/// One point.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// Who.
    pub side: Side,
    /// The step of the day.
    pub step: String,
    /// Which operation of the step, from 1; of its writes, if it is cut short.
    pub call: u64,
    /// How.
    pub kind: Kind,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}:{}", self.side, self.step, self.call, self.kind)
    }
}

impl FromStr for Point {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let [side, step, call, kind] = parts.as_slice() else {
            bail!("a point is written SIDE:STEP:CALL:KIND, as client:talk:37:enospc");
        };
        let side = match *side {
            "client" => Side::Client,
            "relay" => Side::Relay,
            other => bail!("{other} is neither client nor relay"),
        };
        let kind = Kind::ALL
            .into_iter()
            .chain([Kind::Swallow])
            .find(|known| known.name() == *kind)
            .with_context(|| format!("{kind} is no kind of fault"))?;
        Ok(Self {
            side,
            step: (*step).to_owned(),
            call: call.parse().context("the number of the call")?,
            kind,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_point_is_read_as_it_is_written() {
        for kind in Kind::ALL {
            let point = Point {
                side: Side::Relay,
                step: "put".to_owned(),
                call: 12,
                kind,
            };
            assert_eq!(point.to_string().parse::<Point>().unwrap(), point);
        }
        for wrong in [
            "",
            "client:put:1",
            "client:put:x:eio",
            "phone:put:1:eio",
            "client:put:1:fire",
        ] {
            assert!(wrong.parse::<Point>().is_err(), "{wrong}");
        }
    }
}
