//! What the exam found.

use anyhow::Result;

/// What kind of knowledge a relay has and should not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A table, column or file that is not on the list, or one that is not there.
    Schema,
    /// A value of another form than the list allows.
    Value,
    /// A time that is finer than the list allows.
    Time,
    /// Rows that keep their order of insertion.
    Order,
    /// A text, name, id or secret of the scenario.
    Canary,
    /// A value that stands at two objects, or that opens one.
    Link,
    /// A line in the log that is not on the list or says too much.
    Log,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind.
    pub kind: Kind,
    /// What and where, for people.
    pub what: String,
}

/// All that was found; a relay that learns nothing leaves it empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    all: Vec<Finding>,
}

impl Findings {
    /// Notes one.
    pub fn note(&mut self, kind: Kind, what: impl Into<String>) {
        self.all.push(Finding {
            kind,
            what: what.into(),
        });
    }

    /// Whether there is one of this kind.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.all.iter().any(|finding| finding.kind == kind)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Finding] {
        &self.all
    }

    /// Nothing, or these as an error.
    ///
    /// # Errors
    /// These, if there are any.
    pub fn into_result(self) -> Result<()> {
        if self.all.is_empty() {
            Ok(())
        } else {
            Err(self.into())
        }
    }
}

impl std::fmt::Display for Findings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the relay knows {} things too much", self.all.len())?;
        for finding in self.all.iter().take(SHOWN) {
            write!(f, "\n  {:?}: {}", finding.kind, finding.what)?;
        }
        if self.all.len() > SHOWN {
            f.write_str("\n  …")?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}

const SHOWN: usize = 8;
