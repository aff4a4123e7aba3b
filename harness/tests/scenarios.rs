//! Every scenario file, Rust with Rust, against a real relay.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod programs;

use std::collections::{BTreeMap, BTreeSet};

use tacita_harness::language::{AgentCommand, Language};
use tacita_harness::play::{Settings, play};
use tacita_harness::scenario::{default_directory, load, load_all};

fn play_file(name: &str) {
    let scenario = load(&default_directory().join(format!("{name}.json"))).unwrap();
    let agent = AgentCommand {
        language: Language::Rust,
        program: env!("CARGO_BIN_EXE_tacita-agent").into(),
        arguments: Vec::new(),
    };
    let cast: BTreeMap<_, _> = ["a", "b", "c"]
        .map(|role| (role.to_owned(), agent.clone()))
        .into();
    let settings = Settings {
        relay: programs::relay(),
        messages: 40,
        kills: 6,
    };
    let directory = tempfile::tempdir().unwrap();
    let outcome = play(&scenario, &cast, &settings, directory.path()).unwrap();
    assert!(outcome.messages > 0 && outcome.places > 0);
}

macro_rules! scenarios {
    ($($test:ident plays $file:literal),+ $(,)?) => {
        $(#[test]
        fn $test() {
            play_file($file);
        })+

        #[test]
        fn no_scenario_file_is_left_out() {
            let played = BTreeSet::from([$($file.to_owned()),+]);
            let files = load_all(&default_directory()).unwrap();
            let files: BTreeSet<String> = files.into_iter().map(|file| file.name).collect();
            assert_eq!(played, files);
        }
    };
}

scenarios! {
    two_people_talk plays "01-talk",
    both_write_at_once plays "02-both-at-once",
    the_relay_is_killed plays "03-relay-killed",
    a_client_is_killed_while_it_sends plays "04-killed-mid-send",
    a_client_is_killed_while_it_receives plays "05-killed-mid-receive",
    both_are_offline_for_a_while plays "06-both-offline",
    the_guest_writes_before_the_answer plays "07-written-before-the-answer",
    a_public_link_brings_requests plays "08-public-link",
    closed_doors_stay_closed plays "09-closed-doors",
    everything_is_killed_at_random plays "10-storm",
    each_sees_what_was_read_and_who_writes plays "11-receipts",
    what_waits_is_edited_and_dropped plays "12-outbox",
    what_is_decided_about_a_conversation_is_shown plays "13-arranged",
    a_blocked_contact_is_not_heard plays "14-blocked",
    texts_are_found_on_both_sides plays "15-searched",
    a_locked_store_opens_with_its_passphrase_only plays "16-locked",
    a_deleted_conversation_is_gone_and_may_begin_anew plays "17-conversation-deleted",
    a_deleted_account_is_gone_and_its_contacts_know plays "18-account-deleted",
    a_profile_is_shown_to_contacts_who_are_not_blocked plays "19-profile",
    a_verified_contact_is_shown_and_an_alarm_stays plays "20-verified",
}
