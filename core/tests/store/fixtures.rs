//! Stores that were made by the code of every schema open in this one: all rows, search, and sending goes on.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use tacita_core::client::Engine;
use tacita_core::client::effect::Effect;
use tacita_core::client::input::{Input, Now};
use tacita_core::client::view::{ConversationState, Delivery, Direction, MessageBody};
use tacita_wire::{Request, Response};

use crate::raw;
use crate::samples::{open, rng};

/// An hour after the fixtures were made, in milliseconds since 1970.
const LATER_MS: u64 = 1_800_000_000_000 + 3_600_000;

fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The number of the newest schema.
fn newest() -> usize {
    std::fs::read_dir(manifest().join("src/store/schema"))
        .unwrap()
        .count()
}

fn path_of(version: usize) -> PathBuf {
    manifest().join(format!("tests/fixtures/schema-{version}.sql"))
}

/// Makes the closed store that a fixture is the text of.
fn restore(version: usize, directory: &Path) {
    let text = std::fs::read_to_string(path_of(version)).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let keys = first.strip_prefix("-- keys.bin ").unwrap();
    std::fs::write(
        directory.join("keys.bin"),
        HEXLOWER.decode(keys.as_bytes()).unwrap(),
    )
    .unwrap();
    raw::connect(directory).execute_batch(rest).unwrap();
}

fn pragma(directory: &Path, name: &str) -> String {
    raw::connect(directory)
        .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
        .map(|value| match value {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => panic!("{other:?}"),
        })
        .unwrap()
}

/// Answers every request with `Done`; how many envelopes were put.
fn carry(engine: &mut Engine) -> usize {
    let mut put = 0;
    for _ in 0..10 {
        let effects: Vec<Effect> = engine.poll_effects().collect();
        for effect in effects {
            let Effect::Request { id, request, .. } = effect else {
                continue;
            };
            if let Request::Put { envelopes, .. } = request {
                put += envelopes.len();
            }
            let input = Input::Answer {
                request: id,
                result: Ok(Response::Done),
            };
            engine
                .handle(input, Now { ms: LATER_MS }, &mut rng(3))
                .unwrap();
        }
    }
    put
}

#[test]
fn every_schema_has_its_fixture() {
    for version in 1..=newest() {
        let path = path_of(version);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| {
            panic!(
                "{} is missing: tests/fixtures/README.md says how it is made",
                path.display()
            )
        });
        assert!(text.contains(&format!("PRAGMA user_version = {version};\n")));
    }
}

#[test]
fn a_store_of_every_schema_opens_with_all_that_is_in_it_and_goes_on() {
    for version in 1..=newest() {
        println!("schema {version}");
        let directory = tempfile::tempdir().unwrap();
        restore(version, directory.path());
        assert_eq!(
            pragma(directory.path(), "user_version"),
            version.to_string()
        );
        opens_and_goes_on(directory.path(), version >= 9);
        assert_eq!(
            pragma(directory.path(), "user_version"),
            newest().to_string()
        );
        assert_eq!(pragma(directory.path(), "integrity_check"), "ok");
    }
}

fn opens_and_goes_on(directory: &Path, has_profiles: bool) {
    let store = open(directory).unwrap();
    let now = Now { ms: LATER_MS };
    let mut engine = Engine::open(store, now, &mut rng(2)).unwrap();
    assert_eq!(engine.account().unwrap().name, "Person 0");
    let mut list = engine.conversations().unwrap();
    list.sort_by(|a, b| a.name.cmp(&b.name));
    let names: Vec<&str> = list.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["Person 1", "Person 2"]);
    assert!(
        list.iter()
            .all(|line| line.state == ConversationState::Established)
    );
    assert_eq!(engine.invitations(now, &mut rng(4)).unwrap().len(), 2);

    let friend = list[0].id;
    let picture = has_profiles.then(|| b"\xff\xd8\xff".to_vec());
    let theirs = engine.profile_picture(friend).unwrap();
    assert_eq!(theirs.map(|theirs| theirs.bytes), picture);
    let own = engine.profile().unwrap();
    assert_eq!(
        (own.revision, own.picture),
        (u64::from(has_profiles), picture)
    );
    let page = engine.messages_after(friend, 0, 50).unwrap();
    let said: Vec<(Direction, String)> = page
        .messages
        .iter()
        .map(|message| match &message.body {
            MessageBody::Text { text } => (message.direction, text.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        (Direction::Outgoing, "spoken words 0"),
        (Direction::Incoming, "spoken words 1"),
        (Direction::Outgoing, "spoken words 2"),
        (Direction::Incoming, "spoken words 3"),
        (Direction::Outgoing, "queued words"),
    ];
    assert_eq!(said, expected.map(|(way, text)| (way, text.to_owned())));
    assert_eq!(page.messages[0].delivery, Delivery::Delivered);

    let hits = |engine: &Engine, text: &str| {
        let page = engine.search(text, None, None, 50).unwrap();
        page.hits.iter().map(|hit| hit.place).collect::<Vec<_>>()
    };
    assert_eq!(hits(&engine, "spo").len(), 4);
    assert_eq!(hits(&engine, "queued"), [page.messages[4].place]);

    // What waited leaves, and what is said now.
    assert!(carry(&mut engine) >= 1);
    let sent = engine
        .send_text(friend, "words of today", now, &mut rng(5))
        .unwrap();
    assert!(matches!(
        sent.delivery,
        Delivery::Queued { .. } | Delivery::Waiting { .. }
    ));
    assert!(carry(&mut engine) >= 1);
    let page = engine.messages_after(friend, 0, 50).unwrap();
    for message in &page.messages[4..] {
        assert_eq!(message.delivery, Delivery::Sent);
    }
    assert_eq!(page.messages.len(), 6);
    assert_eq!(hits(&engine, "words").len(), 6);
    engine.close().unwrap();
}
