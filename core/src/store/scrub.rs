//! What a deletion leaves to do, slice by slice, so that no other work waits long: writing the text index anew, then erasing
//! the gaps of every page.

use rusqlite::params;

use super::error::StoreError;
use super::gaps::FIRST_PAGE;
use super::store::Store;
use super::tx::Tx;

/// The row and the word that are put in to be merged with all others; no text has either.
const MARK: (i64, &str) = (0, "\u{e002}");
/// The setting that says how far it is; none while nothing is owed.
const SETTING: &str = "index scrub";
/// Pages that a slice writes at most.
const SLICE_PAGES: i64 = 64;
/// As SQLite says: a merge that found nothing to do has changed fewer rows than this.
const CHANGES_OF_WORK: u64 = 2;

/// How far that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scrub {
    /// Words were deleted; the mark is not in the index.
    Owed,
    /// The mark stands in a segment of its own, behind all that was deleted.
    Marked,
    /// Every segment is being merged into one.
    Merging,
    /// Words were deleted while that was done; an older mark is in the index.
    OwedAgain,
    /// No word is left to go; the gaps of the pages from this one on are to be erased.
    Gaps(u32),
}

impl Scrub {
    fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Owed => vec![1],
            Self::Marked => vec![2],
            Self::Merging => vec![3],
            Self::OwedAgain => vec![4],
            Self::Gaps(page) => [&[5], page.to_be_bytes().as_slice()].concat(),
        }
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        match bytes {
            [1] => Ok(Self::Owed),
            [2] => Ok(Self::Marked),
            [3] => Ok(Self::Merging),
            [4] => Ok(Self::OwedAgain),
            [5, page @ ..] => match page.try_into() {
                Ok(page) => Ok(Self::Gaps(u32::from_be_bytes(page))),
                Err(_) => Err(StoreError::Row),
            },
            _ => Err(StoreError::Row),
        }
    }
}

impl Tx<'_> {
    /// Notes that words were deleted. They are gone from the index's leaves, but the first letters of one may stand
    /// in a signpost between two of them until every leaf was written anew.
    pub(super) fn owe_scrub(&self) -> Result<(), StoreError> {
        let next = match self.load_scrub()? {
            None | Some(Scrub::Gaps(_)) => Scrub::Owed,
            Some(Scrub::Merging) => Scrub::OwedAgain,
            Some(_) => return Ok(()),
        };
        self.save_scrub(next)
    }

    /// Notes that something else than words was deleted.
    pub(super) fn owe_gaps(&self) -> Result<(), StoreError> {
        match self.load_scrub()? {
            None | Some(Scrub::Gaps(_)) => self.save_scrub(Scrub::Gaps(FIRST_PAGE)),
            Some(_) => Ok(()),
        }
    }

    /// One slice of what is owed; false if nothing is.
    fn scrub_slice(&self) -> Result<bool, StoreError> {
        match self.load_scrub()? {
            None => return Ok(false),
            Some(Scrub::Owed) => {
                self.put_mark()?;
                self.save_scrub(Scrub::Marked)?;
            }
            Some(Scrub::OwedAgain) => {
                self.take_mark()?;
                self.save_scrub(Scrub::Owed)?;
            }
            // A negative number begins with all segments, however few.
            Some(Scrub::Marked) => {
                self.merge(-SLICE_PAGES)?;
                self.save_scrub(Scrub::Merging)?;
            }
            Some(Scrub::Merging) => {
                if self.merge(SLICE_PAGES)? < CHANGES_OF_WORK {
                    self.take_mark()?;
                    self.save_scrub(Scrub::Gaps(FIRST_PAGE))?;
                }
            }
            Some(Scrub::Gaps(page)) => match self.erase_gaps(page)? {
                Some(next) => self.save_scrub(Scrub::Gaps(next))?,
                None => {
                    self.execute("DELETE FROM settings WHERE name = ?1", [SETTING])?;
                    return Ok(false);
                }
            },
        }
        Ok(true)
    }

    fn load_scrub(&self) -> Result<Option<Scrub>, StoreError> {
        match self.load_setting(SETTING)?.as_deref() {
            None => Ok(None),
            Some(bytes) => Scrub::from_bytes(bytes).map(Some),
        }
    }

    fn save_scrub(&self, scrub: Scrub) -> Result<(), StoreError> {
        self.save_setting(SETTING, &scrub.to_bytes())
    }

    fn put_mark(&self) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO texts (rowid, words) VALUES (?1, ?2)",
            params![MARK.0, MARK.1],
        )
        .map(drop)
    }

    fn take_mark(&self) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO texts (texts, rowid, words) VALUES ('delete', ?1, ?2)",
            params![MARK.0, MARK.1],
        )
        .map(drop)
    }

    /// Returns how many rows it changed.
    fn merge(&self, pages: i64) -> Result<u64, StoreError> {
        let before = self.total_changes();
        self.execute(
            "INSERT INTO texts (texts, rank) VALUES ('merge', ?1)",
            [pages],
        )?;
        Ok(self.total_changes().saturating_sub(before))
    }
}

impl Store {
    /// Goes on with what deleted texts have left to do: one slice of some tens of milliseconds, in a transaction of its
    /// own. False once nothing is left: then [`Store::empty_log`] takes the last traces from the files.
    ///
    /// # Errors
    /// [`StoreError`]: nothing is lost; do it again later.
    pub fn scrub(&self) -> Result<bool, StoreError> {
        self.write(|tx| tx.scrub_slice())
    }
}
