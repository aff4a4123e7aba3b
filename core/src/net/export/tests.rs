//! What is exported: whole or not at all, exactly what was said, and nothing that a page or a program would run.
#![allow(clippy::disallowed_methods, reason = "tests look at what was written")]

use std::fs;
use std::path::Path;

use rand_core::CryptoRng;
use serde_json::Value;

use super::Writing;
use crate::client::input::Now;
use crate::client::view::ConversationId;
use crate::client::{ClientError, Engine};
use crate::net::system::system_rng;
use crate::protocol::ids::{AccountId, DeviceNumber};
use crate::store::{
    ArrangementRow, ConversationRow, ConversationState, Direction, MessageRow, Store, StoredBody,
    StoredDelivery, Verification,
};

const ID: ConversationId = ConversationId(AccountId([0xab; 32]));
const NOW_MS: u64 = 1_795_880_617_250;
/// Everything that has ever got out of a text.
const HOSTILE: [&str; 6] = [
    "</p></article></main><script>alert(1)</script>",
    "\"},{\"place\":99,\"x\":\"\\",
    "\u{202e}gnp.exe\u{202c} \u{2066}isolated",
    "bell\u{7} null\0 escape\u{1b}[2J \u{9b}31m \u{85}next",
    "<!-- <style>*{display:none}</style> --> &lt; &#x202e;",
    "שלום, عالم\nsecond line\tand a tab \u{2028} 漢字 🎉",
];

fn engine_with(name: &str, nickname: &str, texts: &[String]) -> Engine {
    let store = Store::open_in_memory().unwrap();
    let mut rng = system_rng();
    let rng: &mut dyn CryptoRng = &mut rng;
    let engine = Engine::open(store, Now { ms: NOW_MS }, rng).unwrap();
    engine
        .store
        .write(|tx| {
            tx.insert_conversation(&ConversationRow {
                id: ID,
                name: name.to_owned(),
                log: vec![1],
                state: ConversationState::Established,
                verification: Verification::Unverified,
                invitation: None,
                read_up_to: 0,
                last_place: 0,
                activity_ms: 0,
            })?;
            tx.save_arrangement(
                ID,
                &ArrangementRow {
                    nickname: nickname.to_owned(),
                    ..ArrangementRow::default()
                },
            )?;
            for (counter, text) in (1..).zip(texts) {
                tx.append_message(&MessageRow {
                    conversation: ID,
                    place: 0,
                    direction: Direction::Incoming,
                    device: DeviceNumber::FIRST,
                    counter,
                    body: StoredBody {
                        kind: StoredBody::TEXT,
                        data: text.clone().into_bytes(),
                    },
                    sent_ms: NOW_MS,
                    stored_ms: NOW_MS,
                    delivery: StoredDelivery::Received,
                })?;
            }
            // Places that hold nothing to show, a whole page of them and more; and one that has not come.
            for kind in std::iter::repeat_n(4, 450).chain([2]) {
                tx.append_message(&MessageRow {
                    conversation: ID,
                    place: 0,
                    direction: Direction::Incoming,
                    device: DeviceNumber::FIRST,
                    counter: 0,
                    body: StoredBody {
                        kind,
                        data: Vec::new(),
                    },
                    sent_ms: 0,
                    stored_ms: NOW_MS,
                    delivery: StoredDelivery::Received,
                })?;
            }
            Ok::<_, ClientError>(())
        })
        .unwrap();
    engine
}

fn export(engine: &Engine, folder: &Path) -> Result<String, ClientError> {
    let mut writing = Writing::begin(engine, ID, folder, NOW_MS)?;
    loop {
        let progress = writing.step(engine)?;
        assert!(progress.written <= progress.messages);
        if let Some(folder) = progress.folder {
            return Ok(folder);
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn hostile_texts_come_out_exactly_and_get_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let texts: Vec<String> = HOSTILE.map(str::to_owned).into();
    let name = "</title><script>\u{202e}";
    let engine = engine_with(name, "", &texts);
    let folder = export(&engine, directory.path()).unwrap();
    assert_eq!(names(directory.path()), ["title script"]);
    let folder = Path::new(&folder);
    assert_eq!(names(folder), ["messages.html", "messages.json"]);

    let json = fs::read_to_string(folder.join("messages.json")).unwrap();
    assert!(json.chars().all(|c| c == '\n' || !c.is_control()));
    assert!(!json.contains(['<', '\u{202e}', '\u{2028}']));
    let value: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["version"], 1);
    assert_eq!(value["exported"], "2026-11-28T15:43:37.250Z");
    assert_eq!(value["contact"]["name"], name);
    assert_eq!(value["contact"]["id"], "ab".repeat(32));
    let messages = value["messages"].as_array().unwrap();
    assert_eq!(messages.len(), HOSTILE.len() + 1);
    for (message, text) in messages.iter().zip(HOSTILE) {
        assert_eq!(message["text"], text);
        assert_eq!(message["sent"], "2026-11-28T15:43:37.250Z");
        assert_eq!(
            (&message["direction"], &message["delivery"]),
            (&"incoming".into(), &"received".into())
        );
    }
    let last = messages.last().unwrap();
    assert_eq!(
        (&last["kind"], &last["sent"], &last["place"]),
        (&"missing".into(), &Value::Null, &457.into())
    );
    assert!(last.get("text").is_none());

    let html = fs::read_to_string(folder.join("messages.html")).unwrap();
    assert!(
        html.chars()
            .all(|c| c == '\n' || c == '\t' || !c.is_control())
    );
    let tags: Vec<&str> = html
        .split('<')
        .skip(1)
        .map(|rest| rest.split(['>', ' ', '\n']).next().unwrap())
        .collect();
    for tag in &tags {
        assert!(
            [
                "!doctype", "html", "head", "meta", "title", "style", "body", "header", "h1", "p",
                "time", "main", "article", "footer", "bdi"
            ]
            .contains(&tag.trim_start_matches('/')),
            "{tag}"
        );
    }
    assert_eq!(tags.iter().filter(|tag| **tag == "article").count(), 7);
    assert_eq!(tags.iter().filter(|tag| **tag == "style").count(), 1);
    let title = html
        .split("<title>")
        .nth(1)
        .unwrap()
        .split("</title>")
        .next();
    assert_eq!(title, Some("&lt;/title&gt;&lt;script&gt;"));
    assert!(html.contains("default-src 'none'"));
    assert!(html.contains("<p dir=\"auto\">שלום, عالم\nsecond line\tand"));
}

#[test]
fn pages_of_any_number_come_out_in_order_and_once() {
    let directory = tempfile::tempdir().unwrap();
    let texts: Vec<String> = (0..1003).map(|n| format!("text {n}")).collect();
    let engine = engine_with("Ada", "my friend", &texts);
    let folder = export(&engine, directory.path()).unwrap();
    assert!(folder.ends_with("my friend"));
    let json = fs::read_to_string(Path::new(&folder).join("messages.json")).unwrap();
    let value: Value = serde_json::from_str(&json).unwrap();
    let written: Vec<&str> = value["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|message| message["text"].as_str())
        .collect();
    assert_eq!(written, texts);
}

#[test]
fn an_export_that_is_given_up_leaves_nothing_and_one_that_died_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let texts: Vec<String> = (0..500).map(|n| format!("text {n}")).collect();
    let engine = engine_with("Ada", "", &texts);
    let mut writing = Writing::begin(&engine, ID, directory.path(), NOW_MS).unwrap();
    assert_eq!(writing.step(&engine).unwrap().folder, None);
    assert_eq!(names(directory.path()), ["Ada.unfinished"]);
    drop(writing);
    assert_eq!(names(directory.path()), [""; 0]);

    // As a process that was killed leaves it.
    let left = directory.path().join("Ada.unfinished");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("messages.html"), "half").unwrap();
    export(&engine, directory.path()).unwrap();
    assert_eq!(names(directory.path()), ["Ada"]);
}

#[test]
fn what_is_there_already_is_not_touched() {
    let directory = tempfile::tempdir().unwrap();
    let engine = engine_with("Ada", "", &["a text".to_owned()]);
    fs::write(directory.path().join("Ada"), "mine").unwrap();
    let again = export(&engine, directory.path());
    assert_eq!(again, Err(ClientError::ExportExists));
    assert_eq!(names(directory.path()), ["Ada"]);
    fs::remove_file(directory.path().join("Ada")).unwrap();

    // Made while it is written, and empty: it would be replaced without a word.
    let mut writing = Writing::begin(&engine, ID, directory.path(), NOW_MS).unwrap();
    fs::create_dir(directory.path().join("Ada")).unwrap();
    let end = std::iter::repeat_with(|| writing.step(&engine))
        .find(|step| !matches!(step, Ok(progress) if progress.folder.is_none()));
    assert_eq!(end, Some(Err(ClientError::ExportExists)));
    drop(writing);
    assert_eq!(names(directory.path()), ["Ada"]);
    assert_eq!(names(&directory.path().join("Ada")), [""; 0]);
}

#[test]
fn where_nothing_can_be_written_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let engine = engine_with("Ada", "", &[]);
    let nowhere = directory.path().join("not there");
    assert_eq!(export(&engine, &nowhere), Err(ClientError::ExportFailed));
    let nobody = ConversationId(AccountId([1; 32]));
    let begun = Writing::begin(&engine, nobody, directory.path(), NOW_MS);
    assert_eq!(begun.err(), Some(ClientError::NotFound));
    assert_eq!(names(directory.path()), [""; 0]);
}
