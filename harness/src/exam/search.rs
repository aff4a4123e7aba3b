//! Searches the bytes of all that a relay holds for canaries, and its directory for files.

use aho_corasick::AhoCorasick;
use anyhow::Result;

use super::canary::Canaries;
use super::finding::{Findings, Kind};
use super::holdings::Holdings;
use super::whitelist::FILES;

/// Notes every canary in a file or the log, and every file that is not on the list.
///
/// # Errors
/// When a canary is too short to be one.
pub fn check(holdings: &Holdings, canaries: &Canaries, findings: &mut Findings) -> Result<()> {
    for (name, _) in holdings.files() {
        if !FILES.contains(&name.as_str()) {
            findings.note(Kind::Schema, format!("the file {name} is not on the list"));
        }
    }
    let patterns = canaries.patterns()?;
    let searcher = AhoCorasick::new(patterns.iter().map(|(_, pattern)| pattern))?;
    let log = ("the log".to_owned(), holdings.log());
    let files = holdings.files().iter();
    let places = files.map(|(name, bytes)| (name.clone(), bytes.as_slice()));
    for (place, bytes) in places.chain([log]) {
        for (what, offset) in found(&searcher, &patterns, bytes) {
            findings.note(Kind::Canary, format!("{what}, in {place} at {offset}"));
        }
    }
    Ok(())
}

fn found<'a>(
    searcher: &AhoCorasick,
    patterns: &'a [(String, Vec<u8>)],
    bytes: &[u8],
) -> Vec<(&'a str, usize)> {
    searcher
        .find_overlapping_iter(bytes)
        .take(100)
        .filter_map(|hit| {
            let (what, _) = patterns.get(hit.pattern().as_usize())?;
            Some((what.as_str(), hit.start()))
        })
        .collect()
}
