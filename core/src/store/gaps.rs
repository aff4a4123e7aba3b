//! Erasing what stands in unused room within the pages of the file: copies that SQLite leaves there when rows move.
//!
//! `secure_delete` erases a row where it stands and every page that becomes free. But when a tree is balanced, rows move to
//! other pages, and where they stood before is not erased; deleting them later does not reach it.

use rusqlite::params;

use super::error::StoreError;
use super::tx::{Columns, Tx};

/// Pages of one slice: a mebibyte.
const SLICE_PAGES: u32 = 256;
/// The first page after the one that holds the file's header and the schema.
pub(super) const FIRST_PAGE: u32 = 2;
/// From this many pages on, 64 GiB, the first byte no longer tells a tree's page from others.
const MAX_PAGES: u32 = 1 << 24;
/// Where byte 2^30 of the file lies, which SQLite locks and does not use.
const LOCKED_BYTE: u32 = 1 << 30;
/// Where the file's header says how many bytes of each page the encryption takes.
const RESERVED_AT: usize = 20;
/// Bytes of an entry of a map page.
const MAP_ENTRY_BYTES: usize = 5;

/// Which pages are no tree's although they may look like one: of a file that can shrink, every so many pages one says
/// what the following ones are. SQLite's file format, section 1.8.
#[derive(Clone, Copy, Debug)]
struct MapPages {
    /// Pages from one to the next.
    distance: u32,
    locked: u32,
}

impl MapPages {
    fn of(header_page: &[u8]) -> Option<Self> {
        let reserved = usize::from(*header_page.get(RESERVED_AT)?);
        let usable = header_page.len().checked_sub(reserved)?;
        Some(Self {
            distance: u32::try_from(usable / MAP_ENTRY_BYTES)
                .ok()?
                .checked_add(1)?,
            locked: LOCKED_BYTE / u32::try_from(header_page.len()).ok()? + 1,
        })
    }

    fn contain(self, page: u32) -> bool {
        let Some(behind) = page.checked_sub(FIRST_PAGE) else {
            return false;
        };
        let map = page - behind % self.distance;
        page == map + u32::from(map == self.locked)
    }
}

impl Tx<'_> {
    /// Erases the gaps of so many pages from this one on, and gives the page to go on with; none at the end.
    pub(super) fn erase_gaps(&self, from: u32) -> Result<Option<u32>, StoreError> {
        let pages = self.pragma("PRAGMA page_count")?.min(MAX_PAGES - 1);
        let maps = match self.pragma("PRAGMA auto_vacuum")? {
            0 => None,
            _ => Some(MapPages::of(&self.page(1)?).ok_or(StoreError::Failed)?),
        };
        let end = pages.min(from.saturating_add(SLICE_PAGES - 1));
        for number in from..=end {
            if maps.is_some_and(|maps| maps.contain(number)) {
                continue;
            }
            let mut page = self.page(number)?;
            if erase_gap(&mut page) {
                self.execute(
                    "UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1",
                    params![number, page],
                )?;
            }
        }
        Ok((end < pages).then_some(end.saturating_add(1)))
    }

    fn page(&self, number: u32) -> Result<Vec<u8>, StoreError> {
        self.find_one(
            "SELECT data FROM sqlite_dbpage WHERE pgno = ?1",
            [number],
            |columns| columns.bytes(0),
        )
    }

    fn pragma(&self, statement: &'static str) -> Result<u32, StoreError> {
        self.find_one(statement, [], |columns: &Columns<'_>| columns.u32(0))
    }
}

/// Erases what stands between the list of a tree page's rows and the first of them; whether there was anything. A page
/// that is no tree's is left as it is. SQLite's file format, section 1.6.
fn erase_gap(page: &mut [u8]) -> bool {
    gap(page)
        .and_then(|gap| page.get_mut(gap))
        .filter(|gap| gap.iter().any(|byte| *byte != 0))
        .map(|gap| gap.fill(0))
        .is_some()
}

fn gap(page: &[u8]) -> Option<std::ops::Range<usize>> {
    let list = match page.first()? {
        // Inner pages have the number of one more page in their header.
        2 | 5 => 12,
        10 | 13 => 8,
        _ => return None,
    };
    let number = |at: usize| {
        Some(usize::from(u16::from_be_bytes(
            *page.get(at..)?.first_chunk()?,
        )))
    };
    let (rows, first_row) = (number(3)?, number(5)?);
    let list_end = rows.checked_mul(2)?.checked_add(list)?;
    let is_row = |at| number(at).is_some_and(|row| (first_row..page.len()).contains(&row));
    let is_sound =
        list_end <= first_row && first_row <= page.len() && (list..list_end).step_by(2).all(is_row);
    is_sound.then_some(list_end..first_row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn map_pages_are_where_the_file_format_puts_them() {
        let mut header = vec![0; 4096];
        header[RESERVED_AT] = 80;
        let maps = MapPages::of(&header).unwrap();
        let found: Vec<u32> = (1..2500).filter(|page| maps.contain(*page)).collect();
        assert_eq!(found, [2, 806, 1610, 2414]);
        assert_eq!(maps.locked, 262_145);
        // Where the locked page would be one, the next is.
        let near = MapPages {
            distance: 7,
            locked: 16,
        };
        let found: Vec<u32> = (1..25).filter(|page| near.contain(*page)).collect();
        assert_eq!(found, [2, 9, 17, 23]);
    }

    #[test]
    fn a_gap_is_erased_and_nothing_else() {
        let mut page = vec![0xaa; 4096];
        page[..12].copy_from_slice(&[13, 0, 0, 0, 2, 0x0f, 0x00, 0, 0x0f, 0x80, 0x0f, 0x00]);
        let before = page.clone();
        assert!(erase_gap(&mut page));
        assert_eq!(page[..12], before[..12]);
        assert!(page[12..0x0f00].iter().all(|byte| *byte == 0));
        assert_eq!(page[0x0f00..], before[0x0f00..]);
        assert!(!erase_gap(&mut page));
    }

    #[test]
    fn what_is_no_sound_page_of_a_tree_is_left() {
        let sound = [13, 0, 0, 0, 1, 0x0f, 0x00, 0, 0x0f, 0x80];
        for (at, byte) in [(0, 1), (0, 0), (3, 0xff), (5, 0), (5, 0xff), (8, 0x0e)] {
            let mut page = vec![0xaa; 4096];
            page[..10].copy_from_slice(&sound);
            page[at] = byte;
            let before = page.clone();
            assert!(!erase_gap(&mut page), "byte {at} = {byte}");
            assert_eq!(page, before);
        }
        assert!(!erase_gap(&mut []));
        assert!(!erase_gap(&mut [13, 0]));
    }
}
