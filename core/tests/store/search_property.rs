//! Search against a search that reads every text, over random small texts, deletions and replacements.

use proptest::prelude::*;
use tacita_core::store::{Store, StoreError, StoredBody};

use crate::samples::conversation;
use crate::search::say;

/// What is in the store, in the order in which it was stored: conversation, place, text.
type Texts = Vec<(u8, u64, String)>;

#[derive(Clone, Debug)]
enum Step {
    Say(u8, String),
    Replace(usize, String),
    Delete(u8),
    Search(String, Option<u8>),
}

/// The words of a text: of small Latin letters and of single signs, which is all that these texts are made of.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in text.to_lowercase().chars() {
        match c {
            'ä' => words.last_mut().unwrap().push('a'),
            'a'..='z' => words.last_mut().unwrap().push(c),
            '日' | '本' | '🎉' => words.extend([c.to_string(), String::new()]),
            _ => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether the words stand side by side, the last one of them begun at least.
fn has(text: &[String], phrase: &[String]) -> bool {
    let (last, before) = phrase.split_last().unwrap();
    text.windows(phrase.len())
        .any(|window| window[..before.len()] == *before && window[before.len()].starts_with(last))
}

fn find_naively(texts: &Texts, search: &str, within: Option<u8>) -> Vec<(u8, u64)> {
    let phrases: Vec<Vec<String>> = search
        .split_whitespace()
        .map(words)
        .filter(|phrase| !phrase.is_empty())
        .collect();
    texts
        .iter()
        .rev()
        .filter(|(number, ..)| within.is_none_or(|within| within == *number))
        .filter(|(.., text)| {
            let text = words(text);
            !phrases.is_empty() && phrases.iter().all(|phrase| has(&text, phrase))
        })
        .map(|(number, place, _)| (*number, *place))
        .collect()
}

fn step() -> impl Strategy<Value = Step> {
    let text = || "[abAÄ日本🎉\"*: -]{0,12}";
    let search = "[abAÄ日🎉\"*: -]{0,4}";
    prop_oneof![
        6 => (1..4_u8, text()).prop_map(|(number, text)| Step::Say(number, text)),
        2 => (any::<usize>(), text()).prop_map(|(at, text)| Step::Replace(at, text)),
        1 => (1..4_u8).prop_map(Step::Delete),
        4 => (search, proptest::option::of(1..4_u8)).prop_map(|(text, within)| Step::Search(text, within)),
    ]
}

fn play(steps: Vec<Step>) -> Result<(), StoreError> {
    let store = Store::open_in_memory()?;
    let mut texts = Texts::new();
    for number in 1..4 {
        store.write(|tx| tx.insert_conversation(&conversation(number)))?;
    }
    for step in steps {
        match step {
            Step::Say(number, text) => {
                let place = store.write(|tx| say(tx, number, &text))?;
                texts.push((number, place, text));
            }
            Step::Replace(at, text) if !texts.is_empty() => {
                let at = at % texts.len();
                let (number, place, old) = &mut texts[at];
                let body = StoredBody {
                    kind: StoredBody::TEXT,
                    data: text.clone().into_bytes(),
                };
                store.write(|tx| tx.fill_message(conversation(*number).id, *place, &body, 0))?;
                *old = text;
            }
            Step::Replace(..) => {}
            Step::Delete(number) => {
                store.write(|tx| {
                    tx.delete_conversation(conversation(number).id)?;
                    tx.insert_conversation(&conversation(number))
                })?;
                texts.retain(|(other, ..)| *other != number);
            }
            Step::Search(search, within) => {
                let id = within.map(|number| conversation(number).id);
                let mut found = Vec::new();
                let mut before = None;
                loop {
                    let (page, more) = store.write(|tx| tx.find_texts(&search, id, before, 2))?;
                    before = page.last().map(|hit| hit.number);
                    found.extend(page.into_iter().map(|hit| {
                        let number = hit.message.conversation.0.0[0];
                        (number, hit.message.place)
                    }));
                    if !more {
                        break;
                    }
                }
                assert_eq!(found, find_naively(&texts, &search, within), "{search:?}");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn search_finds_what_reading_every_text_finds(
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        play(steps).unwrap();
    }

    /// Whatever characters there are: a text is found by its own beginning and leaves no word behind.
    #[test]
    fn any_text_is_indexed_searched_for_and_forgotten(text in "\\PC{0,40}", other in any::<String>()) {
        let store = Store::open_in_memory().unwrap();
        store.write(|tx| {
            tx.insert_conversation(&conversation(1))?;
            tx.insert_conversation(&conversation(2))?;
            say(tx, 1, &text)?;
            say(tx, 1, &other)?;
            say(tx, 2, "zebra")?;
            for search in [&text, &other] {
                let (found, _) = tx.find_texts(search, None, None, 9)?;
                let is_cut = search.len() > 256 || search.split_whitespace().count() > 16;
                let has_word = search.chars().any(|c| c.is_ascii_alphanumeric());
                assert!(is_cut || !has_word || !found.is_empty(), "{search:?}");
            }
            tx.delete_conversation(conversation(1).id)?;
            let (found, _) = tx.find_texts("zebra", None, None, 9)?;
            assert_eq!(found.len(), 1);
            let (found, _) = tx.find_texts(&text, Some(conversation(1).id), None, 9)?;
            assert_eq!(found.len(), 0);
            Ok::<_, StoreError>(())
        }).unwrap();
    }
}
