//! Search and pages against the whole list.

use std::collections::BTreeSet;

use tacita_core::client::Engine;
use tacita_core::client::view::{MessageBody, MessageView};

use super::act::WORDS;
use super::play::Play;
use super::rule::{Broken, Rule, hold};

/// Searches by the beginning of a word; what is found must be what is shown.
pub fn check_search(play: &mut Play, who: usize) -> Result<(), Broken> {
    play.look(who)?;
    let word = *play.dice().pick(&WORDS).unwrap_or(&"dawn");
    let letters = play.dice().between(1, 4) as usize;
    let begin: String = word.chars().take(letters).collect();
    let limit = play.dice().between(1, 20) as u32;
    let others: Vec<usize> = play.model.minds[who].talks.keys().copied().collect();
    let wanted = fold(&begin);
    let mut expected = BTreeSet::new();
    for other in others {
        for row in play.rows(who, other)? {
            if let MessageBody::Text { text } = &row.body
                && text.split(' ').any(|word| fold(word).starts_with(&wanted))
            {
                let _ = expected.insert((row.conversation.0.0, row.place));
            }
        }
    }
    let Some(engine) = &play.world.devices[who].engine else {
        return Ok(());
    };
    let found = find_all(engine, &begin, limit)?;
    let set: BTreeSet<_> = found
        .iter()
        .map(|row| (row.conversation.0.0, row.place))
        .collect();
    hold!(
        set.len() == found.len(),
        Search,
        "{who} finds something twice by {begin:?}"
    );
    hold!(
        set == expected,
        Search,
        "{who} finds {} by {begin:?}, and {} is shown",
        set.len(),
        expected.len()
    );
    Ok(())
}

fn find_all(engine: &Engine, text: &str, limit: u32) -> Result<Vec<MessageView>, Broken> {
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let page = engine.search(text, None, before, limit);
        let page = page.map_err(|e| Broken::new(Rule::Calls, format!("search: {e:?}")))?;
        hold!(
            page.hits.len() <= limit as usize,
            Search,
            "a page of {limit} has more"
        );
        found.extend(page.hits);
        match page.next {
            Some(next) => {
                hold!(
                    before.is_none_or(|last| next < last),
                    Search,
                    "a search does not move on"
                );
                before = Some(next);
            }
            None => return Ok(found),
        }
    }
}

/// As search sees words: case and accents do not count.
fn fold(word: &str) -> String {
    word.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'ü' => 'u',
            'é' => 'e',
            c => c,
        })
        .collect()
}

/// Pages of any size, from either end, give the list.
pub fn check_pages(play: &mut Play, who: usize, other: usize) -> Result<(), Broken> {
    play.look(who)?;
    if !play.knows(who, other) {
        return Ok(());
    }
    let all: Vec<u64> = play.rows(who, other)?.iter().map(|row| row.place).collect();
    let limit = play.dice().between(1, 12) as u32;
    let id = play.id_of(other);
    let Some(engine) = &play.world.devices[who].engine else {
        return Ok(());
    };
    let failed = |e| Broken::new(Rule::Calls, format!("pages: {e:?}"));
    // Forwards. A place that keeps nothing to show counts in a page, so that one may be empty.
    let mut forwards: Vec<u64> = Vec::new();
    let mut after = 0;
    loop {
        let page = engine.messages_after(id, after, limit).map_err(failed)?;
        let last = page.messages.last().map(|row| row.place);
        forwards.extend(page.messages.iter().map(|row| row.place));
        if !page.more {
            break;
        }
        after = last.unwrap_or(after + u64::from(limit)).max(after + 1);
    }
    hold!(
        forwards == all,
        Pages,
        "pages of {limit} forwards show {forwards:?} of {all:?}"
    );
    let mut backwards: Vec<u64> = Vec::new();
    let mut before = None;
    loop {
        let page = engine.messages(id, before, limit).map_err(failed)?;
        let first = page.messages.first().map(|row| row.place);
        backwards.extend(page.messages.iter().rev().map(|row| row.place));
        if !page.more {
            break;
        }
        let at = before.unwrap_or(all.last().map_or(1, |last| last + 1));
        before = Some(first.unwrap_or(at.saturating_sub(u64::from(limit))));
    }
    backwards.reverse();
    hold!(
        backwards == all,
        Pages,
        "pages of {limit} backwards show {backwards:?} of {all:?}"
    );
    Ok(())
}
