//! Another process's memory: reads what a core dump would hold, and looks for secrets in it.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

use aho_corasick::AhoCorasick;
use anyhow::{Context as _, Result};

/// Where bytes were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The heap: what allocators of Rust and C handed out, in use or given back.
    Heap,
    /// The stack of a thread.
    Stack,
    /// Written data of a loaded file.
    Data,
}

/// One mapped range.
#[derive(Debug)]
struct Range {
    start: u64,
    end: u64,
    place: Place,
}

/// All memory that a process may write.
#[derive(Debug)]
pub struct Dump {
    parts: Vec<(Place, Vec<u8>)>,
}

/// Something to look for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What it is.
    pub name: String,
    /// Its bytes, 16 at least.
    pub bytes: Vec<u8>,
}

/// What was found, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// What it is.
    pub name: String,
    /// Where.
    pub place: Place,
}

/// A piece this long is as good as the whole: the allocator overwrites the first bytes of what is freed.
const PIECE_BYTES: usize = 16;

impl Dump {
    /// Reads a process that stands still.
    ///
    /// # Errors
    /// When it is gone, or is not ours to read.
    pub fn read(process: u32) -> Result<Self> {
        let maps = fs::read_to_string(format!("/proc/{process}/maps"))?;
        let memory = File::open(format!("/proc/{process}/mem")).context("not ours to read")?;
        let mut parts = Vec::new();
        for range in ranges(&maps) {
            let length = usize::try_from(range.end - range.start)?;
            let mut bytes = vec![0; length];
            // A page that was never touched cannot be read in some kernels; it holds nothing.
            let mut at = 0;
            while at < length {
                let end = length.min(at + PAGE_BYTES);
                let page = bytes.get_mut(at..end).context("within the range")?;
                let _ = memory.read_exact_at(page, range.start + at as u64);
                at = end;
            }
            parts.push((range.place, bytes));
        }
        Ok(Self { parts })
    }

    /// Bytes that were read in this kind of place.
    #[must_use]
    pub fn size(&self, place: Place) -> usize {
        let parts = self.parts.iter().filter(|(other, _)| *other == place);
        parts.map(|(_, bytes)| bytes.len()).sum()
    }

    /// Which of these stand there, or any 16 bytes of them (at a multiple of 16).
    ///
    /// # Errors
    /// When there is nothing to look for.
    pub fn find(&self, wanted: &[Wanted]) -> Result<Vec<Found>> {
        let mut pieces = Vec::new();
        for one in wanted {
            let whole = one.bytes.chunks_exact(PIECE_BYTES);
            // Zeros and the like are everywhere and say nothing.
            let telling = whole.filter(|piece| piece.iter().any(|b| Some(b) != piece.first()));
            pieces.extend(telling.map(|piece| (one.name.clone(), piece)));
        }
        anyhow::ensure!(!pieces.is_empty(), "nothing to look for");
        let search = AhoCorasick::new(pieces.iter().map(|(_, piece)| piece))?;
        let mut found = Vec::new();
        for (place, bytes) in &self.parts {
            for hit in search.find_overlapping_iter(bytes) {
                if let Some((name, _)) = pieces.get(hit.pattern().as_usize()) {
                    found.push(Found {
                        name: name.clone(),
                        place: *place,
                    });
                }
            }
        }
        found.sort();
        found.dedup();
        Ok(found)
    }
}

/// What may be written, from the text of `/proc/PID/maps`.
///
/// A thread's stack is told from the heap by the guard of one or two pages below it: a heap arena of the C
/// library has a large reserve above it instead.
fn ranges(maps: &str) -> Vec<Range> {
    let mut found = Vec::new();
    let mut guard_end = None;
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (Some(range), Some(permissions)) = (words.next(), words.next()) else {
            continue;
        };
        let name = words.nth(3).unwrap_or_default();
        let Some((start, end)) = range.split_once('-') else {
            continue;
        };
        let number = |text| u64::from_str_radix(text, 16).unwrap_or(0);
        let (start, end) = (number(start), number(end));
        let is_guard = permissions.starts_with("---") && name.is_empty();
        let is_behind_guard = guard_end == Some(start);
        guard_end = (is_guard && end - start <= 2 * PAGE_BYTES as u64).then_some(end);
        if !permissions.starts_with("rw") || name.starts_with("[v") {
            continue;
        }
        let place = match name {
            "[stack]" => Place::Stack,
            "" if is_behind_guard => Place::Stack,
            "" | "[heap]" => Place::Heap,
            _ if name.starts_with("[anon") => Place::Heap,
            _ => Place::Data,
        };
        found.push(Range { start, end, place });
    }
    found
}

/// 64 bytes that stand in no program: they are made of a number.
#[must_use]
pub fn planted_bytes(number: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(number);
    (0..64).map(|_| random.u8(..)).collect()
}

const PAGE_BYTES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_are_told_from_heaps_and_files() {
        let maps = "\
55e0a0000000-55e0a0021000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000021000 rw-p 00000000 00:00 0
7f0000021000-7f0004000000 ---p 00000000 00:00 0
7f1000000000-7f1000001000 ---p 00000000 00:00 0
7f1000001000-7f1000201000 rw-p 00000000 00:00 0
7f2000000000-7f2000002000 rw-p 00000000 fe:00 12                         /lib/libc.so.6
7f2000002000-7f2000003000 r--p 00000000 fe:00 12                         /lib/libc.so.6
7f2000003000-7f2000006000 rw-p 00000000 00:00 0
7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]
7ffd00100000-7ffd00104000 r--p 00000000 00:00 0                          [vvar]";
        let places: Vec<Place> = ranges(maps).iter().map(|range| range.place).collect();
        let (heap, stack, data) = (Place::Heap, Place::Stack, Place::Data);
        assert_eq!(places, [heap, heap, stack, data, heap, stack]);
    }

    #[test]
    fn half_a_secret_is_found_and_zeros_are_not_looked_for() {
        let secret = planted_bytes(7);
        let mut heap = vec![1; 100];
        heap.extend_from_slice(&secret[16..32]);
        let dump = Dump {
            parts: vec![(Place::Heap, heap), (Place::Stack, vec![0; 100])],
        };
        let wanted = |name: &str, bytes: &[u8]| Wanted {
            name: name.to_owned(),
            bytes: bytes.to_vec(),
        };
        let all = [
            wanted("secret", &secret),
            wanted("zeros", &[0; 32]),
            wanted("other", &planted_bytes(8)),
        ];
        let found = dump.find(&all).unwrap();
        let expected = Found {
            name: "secret".to_owned(),
            place: Place::Heap,
        };
        assert_eq!(found, [expected]);
        assert!(dump.find(&[]).is_err());
    }
}
