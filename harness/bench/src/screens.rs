//! Lists of a phone with 1,000 conversations and 10,000 messages: opened, and told of one change.

use std::cell::RefCell;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use tacita_core::client::Engine;
use tacita_core::client::input::Now;
use tacita_core::client::screens::ScreenId;
use tacita_core::client::view::{ConversationId, ListFilter, WindowOf, WindowStart};
use tacita_core::protocol::ids::AccountId;
use tacita_core::store::{
    ConversationRow, ConversationState, Direction, Store, StoreError, Verification,
};

use crate::measure::{Limits, NO_LIMITS, Row, row};
use crate::store::{NoVault, message};

const CONVERSATIONS: u64 = 1000;
const MESSAGES: u64 = 10;
/// From opening the client to its first list, on the thread that does it.
const OPEN_LIMIT: Limits = Limits {
    micros: Some(10_000.0),
    ..NO_LIMITS
};

pub fn rows() -> Vec<Row> {
    let directory = tempfile::tempdir().unwrap();
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let store = Store::open(directory.path(), &NoVault, &mut rng).unwrap();
    fill(&store);
    drop(store);
    let now = Now {
        ms: 1_800_000_000_000,
    };
    let screen = ScreenId(1);
    // Closed again each time, which counts too.
    let mut started_rng = ChaCha20Rng::from_seed([2; 32]);
    let started = row(
        "client opened, to the list of 1,000",
        OPEN_LIMIT,
        || (),
        |()| {
            let store = Store::open(directory.path(), &NoVault, &mut started_rng).unwrap();
            let mut engine = Engine::open(store, now, &mut started_rng).unwrap();
            engine.next_list(screen, ListFilter::Main, 0).unwrap()
        },
        None,
        None,
    );
    let store = Store::open(directory.path(), &NoVault, &mut rng).unwrap();
    let engine = RefCell::new(Engine::open(store, now, &mut rng).unwrap());
    let open = || {
        let mut engine = engine.borrow_mut();
        engine.close_screen(screen);
        engine.next_list(screen, ListFilter::All, 0).unwrap()
    };
    let mut seen = open().unwrap().number;
    let opened = row(
        "list of 1,000 conversations, opened",
        NO_LIMITS,
        || (),
        |()| open(),
        None,
        None,
    );
    let window = WindowOf {
        id: conversation(7),
        start: WindowStart::Newest,
        limit: 50,
    };
    let page = row(
        "window of a conversation, opened",
        NO_LIMITS,
        || (),
        |()| {
            let mut engine = engine.borrow_mut();
            engine.close_screen(ScreenId(2));
            engine.next_messages(ScreenId(2), window, 0).unwrap()
        },
        None,
        None,
    );
    let mut number = 0;
    let told = row(
        "a draft saved, and the list told of it",
        NO_LIMITS,
        || (),
        |()| {
            number += 1;
            let mut engine = engine.borrow_mut();
            let id = conversation(number % CONVERSATIONS);
            engine.save_draft(id, &number.to_string()).unwrap();
            let update = engine.next_list(screen, ListFilter::All, seen).unwrap();
            seen = update.as_ref().unwrap().number;
            update
        },
        None,
        None,
    );
    vec![started, opened, page, told]
}

fn conversation(number: u64) -> ConversationId {
    let mut id = [7; 32];
    id[..8].copy_from_slice(&number.to_be_bytes());
    ConversationId(AccountId(id))
}

fn fill(store: &Store) {
    store
        .write(|tx| {
            for number in 0..CONVERSATIONS {
                tx.insert_conversation(&ConversationRow {
                    id: conversation(number),
                    name: "a name".into(),
                    log: vec![1; 300],
                    state: ConversationState::Established,
                    verification: Verification::Unverified,
                    invitation: None,
                    read_up_to: 0,
                    last_place: 0,
                    activity_ms: number,
                })?;
            }
            for counter in 1..=MESSAGES {
                for number in 0..CONVERSATIONS {
                    let mut row = message(number, Direction::Incoming, counter);
                    row.conversation = conversation(number);
                    tx.append_message(&row)?;
                }
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
}
