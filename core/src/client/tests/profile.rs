//! Names and pictures: who is told, when, what wins, and what is refused.

use super::world::World;
use crate::client::ClientError;
use crate::client::input::NetFailure;
use crate::client::mailboxes::{describe, introduction};
use crate::client::send::{Sent, send_content};
use crate::client::view::{
    ConversationId, ConversationView, Delivery, Direction, InvitationKind, MessageBody,
};
use crate::protocol::Content;
use crate::protocol::ids::DeviceAddress;
use crate::protocol::profile::{MAX_NAME_BYTES, MAX_PICTURE_BYTES, Profile};

const SECOND_MS: u64 = 1000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const HOUR_MS: u64 = 60 * MINUTE_MS;

fn jpeg(mark: u8, bytes: usize) -> Vec<u8> {
    let mut picture = vec![mark; bytes];
    picture[..3].copy_from_slice(b"\xff\xd8\xff");
    picture
}

fn set(world: &mut World, who: usize, name: &str, picture: Option<&[u8]>) {
    try_set(world, who, name, picture).unwrap();
}

fn try_set(
    world: &mut World,
    who: usize,
    name: &str,
    picture: Option<&[u8]>,
) -> Result<(), ClientError> {
    world.with(who, |engine, now, rng| {
        engine.set_profile(name, picture, now, rng)
    })
}

fn view(world: &World, who: usize, id: ConversationId) -> ConversationView {
    let views = world.devices[who].engine.conversations().unwrap();
    views.into_iter().find(|view| view.id == id).unwrap()
}

/// Name and picture of a contact, as shown.
fn shown(world: &World, who: usize, id: ConversationId) -> (String, Option<Vec<u8>>) {
    let line = view(world, who, id);
    let picture = world.devices[who].engine.profile_picture(id).unwrap();
    let revision = picture.as_ref().map_or(0, |picture| picture.revision);
    assert_eq!(line.picture_revision, revision);
    (line.name, picture.map(|picture| picture.bytes))
}

fn block(world: &mut World, who: usize, id: ConversationId, blocked: bool) {
    world.devices[who].engine.set_blocked(id, blocked).unwrap();
}

/// Has a device say any content to a contact, as a client that follows no rule might.
fn say(world: &mut World, who: usize, to: ConversationId, content: &Content) {
    world.with(who, |engine, now, rng| {
        let sent = engine.step(now, rng, |step| {
            let peer: DeviceAddress = step.tx.list_peers(to.0)?[0].address;
            send_content(step, peer, content, None)
        });
        assert!(matches!(sent, Ok(Sent::Queued(_))));
        engine.settle(now, rng);
    });
    world.run();
}

fn profile(revision: u64, name: &str, picture: &[u8]) -> Content {
    Content::Profile(Profile {
        revision,
        name: name.to_owned(),
        picture: picture.to_vec(),
    })
}

/// One inviter and so many guests, each with a conversation; and what the guests call the inviter.
fn star(guests: usize) -> (World, usize, Vec<usize>, ConversationId) {
    let mut world = World::new(1);
    let host = world.add("Ada", 0);
    let mut all = Vec::new();
    for n in 0..guests {
        let guest = world.add(&format!("guest {n}"), 0);
        let link = world.invite(host, InvitationKind::Personal);
        world.accept(guest, &link).unwrap();
        world.run();
        all.push(guest);
    }
    let id = world.id_of(host);
    (world, host, all, id)
}

#[test]
fn a_name_and_a_picture_arrive_within_the_hour_and_take_no_place() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(a, to_b, "hello");
    world.run_for(10_000);
    let before = view(&world, b, to_a);
    let cursor = world.devices[b].engine.events(0).unwrap().cursor;
    let picture = jpeg(1, 9000);
    set(&mut world, a, "Ada Lovelace", Some(&picture));
    let own = world.devices[a].engine.profile().unwrap();
    assert_eq!((own.revision, own.name.as_str()), (1, "Ada Lovelace"));
    assert_eq!(own.picture.as_deref(), Some(&*picture));
    assert_eq!(
        world.devices[a].engine.account().unwrap().name,
        "Ada Lovelace"
    );
    world.run_for(61 * MINUTE_MS);
    assert_eq!(
        shown(&world, b, to_a),
        ("Ada Lovelace".to_owned(), Some(picture.clone()))
    );
    assert!(
        !world.devices[b]
            .engine
            .events(cursor)
            .unwrap()
            .events
            .is_empty()
    );
    let after = view(&world, b, to_a);
    assert_eq!((after.unread, &after.last), (before.unread, &before.last));
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["hello"]);

    // A nickname stands above it.
    world.devices[b].engine.set_nickname(to_a, "A.").unwrap();
    assert_eq!(view(&world, b, to_a).shown_name(), "A.");
    world.devices[b].engine.set_nickname(to_a, "").unwrap();
    assert_eq!(view(&world, b, to_a).shown_name(), "Ada Lovelace");

    // The name alone changes: whoever keeps the picture need not read it again. Then the picture goes.
    set(&mut world, a, "Ada", Some(&picture));
    world.run_for(61 * MINUTE_MS);
    assert_eq!(view(&world, b, to_a).picture_revision, 1);
    set(&mut world, a, "Ada", None);
    world.restart(a);
    world.run_for(61 * MINUTE_MS);
    assert_eq!(shown(&world, b, to_a), ("Ada".to_owned(), None));
    assert_eq!(world.devices[a].engine.profile().unwrap().revision, 3);
    // The talk goes on, without a hole.
    world.send(a, to_b, "and on");
    world.run_for(10_000);
    assert_eq!(
        world.texts(b, to_a, Direction::Incoming),
        ["hello", "and on"]
    );
    assert_eq!(
        world.all(a, to_b).pop().unwrap().delivery,
        Delivery::Delivered
    );
}

#[test]
fn what_is_as_it_was_is_told_to_nobody() {
    let mut world = World::new(1);
    let (a, _, _, _) = world.pair();
    // The first weekly records have left.
    world.run_for(2 * HOUR_MS);
    let puts = world.relays[0].1.all_put().len();
    let cursor = world.devices[a].engine.events(0).unwrap().cursor;
    set(&mut world, a, "Ada", None);
    world.run_for(2 * HOUR_MS);
    assert_eq!(world.relays[0].1.all_put().len(), puts);
    assert_eq!(world.devices[a].engine.profile().unwrap().revision, 0);
    assert!(
        world.devices[a]
            .engine
            .events(cursor)
            .unwrap()
            .events
            .is_empty()
    );
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_stored() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let name_limit = u32::try_from(MAX_NAME_BYTES).unwrap();
    let limit = u32::try_from(MAX_PICTURE_BYTES).unwrap();
    let length = ClientError::NameLength { limit: name_limit };
    let long = "n".repeat(MAX_NAME_BYTES + 1);
    let large = jpeg(0, MAX_PICTURE_BYTES + 1);
    let cases: [(&str, Option<&[u8]>, ClientError); 7] = [
        ("", None, length.clone()),
        (" ", None, length.clone()),
        (&long, None, length),
        ("a\nb", None, ClientError::NameCharacters),
        ("Ada", Some(&large), ClientError::PictureLength { limit }),
        ("Ada", Some(b""), ClientError::UnknownPictureFormat),
        ("Ada", Some(b"GIF89a"), ClientError::UnknownPictureFormat),
    ];
    for (name, picture, error) in cases {
        assert_eq!(try_set(&mut world, a, name, picture), Err(error));
    }
    let nickname = world.devices[a].engine.set_nickname(to_b, "a\u{1b}[2J");
    assert_eq!(nickname, Err(ClientError::NameCharacters));
    let own = world.devices[a].engine.profile().unwrap();
    assert_eq!(
        (own.revision, own.name.as_str(), own.picture),
        (0, "Ada", None)
    );
    world.run_for(2 * HOUR_MS);
    assert_eq!(shown(&world, b, to_a), ("Ada".to_owned(), None));

    // What is just within the limits goes all the way.
    let name = "n".repeat(MAX_NAME_BYTES);
    let picture = jpeg(7, MAX_PICTURE_BYTES);
    set(&mut world, a, &name, Some(&picture));
    world.run_for(61 * MINUTE_MS);
    assert_eq!(shown(&world, b, to_a), (name, Some(picture)));

    let blank = world.add_blank();
    assert_eq!(
        world.devices[blank].engine.profile().unwrap_err(),
        ClientError::NoAccount
    );
    assert_eq!(
        try_set(&mut world, blank, "Nobody", None),
        Err(ClientError::NoAccount)
    );
}

#[test]
fn only_what_is_newer_is_taken_and_only_known_pictures() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let (first, second) = (jpeg(1, 100), jpeg(2, 100));
    say(&mut world, a, to_b, &profile(5, "five", &first));
    assert_eq!(shown(&world, b, to_a).0, "five");
    for older in [5, 4, 1] {
        say(&mut world, a, to_b, &profile(older, "older", &second));
        assert_eq!(
            shown(&world, b, to_a),
            ("five".to_owned(), Some(first.clone()))
        );
    }
    // An Introduction that comes late says what was before.
    world.with(a, |engine, now, rng| {
        let sent = engine.step(now, rng, |step| {
            let peer = step.tx.list_peers(to_b.0)?.remove(0);
            let mailbox = step.tx.load_mailbox(peer.our_mailbox.unwrap())?.unwrap();
            let content = introduction(step, describe(&mailbox))?;
            send_content(step, peer.address, &content, None)
        });
        assert!(matches!(sent, Ok(Sent::Queued(_))));
        engine.settle(now, rng);
    });
    world.run();
    assert_eq!(shown(&world, b, to_a).0, "five");
    say(&mut world, a, to_b, &profile(6, "six", b"GIF89a..."));
    assert_eq!(shown(&world, b, to_a), ("six".to_owned(), None));
    say(&mut world, a, to_b, &profile(7, "seven", &second));
    assert_eq!(shown(&world, b, to_a), ("seven".to_owned(), Some(second)));
    // None of it is shown as a message; what is malformed is, as any content that is.
    assert!(world.all(b, to_a).is_empty());
    let body = vec![0; 4];
    say(&mut world, a, to_b, &Content::Damaged { kind: 7, body });
    assert_eq!(world.all(b, to_a)[0].body, MessageBody::Damaged);
    assert_eq!(shown(&world, b, to_a).0, "seven");
    assert_eq!(view(&world, b, to_a).unread, 1);
}

#[test]
fn many_contacts_are_told_one_by_one_over_the_hour() {
    let (mut world, host, guests, to_host) = star(12);
    world.run_for(MINUTE_MS);
    set(&mut world, host, "Countess", Some(&jpeg(1, 6000)));
    let mut times = Vec::new();
    let mut told = std::collections::BTreeSet::new();
    for slot in 0..(65 * 6) {
        world.run_for(10 * SECOND_MS);
        for guest in &guests {
            if view(&world, *guest, to_host).name == "Countess" && told.insert(*guest) {
                times.push(slot * 10);
            }
        }
    }
    assert_eq!(told.len(), guests.len());
    // At least 20 seconds lie between any two, and chance spreads them widely.
    let mut gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(gaps.all(|gap| gap >= 10), "{times:?}");
    assert!(times.last().unwrap() - times[0] > 20 * 60, "{times:?}");
    assert!(
        times.windows(4).all(|four| four[3] - four[0] >= 60),
        "{times:?}"
    );
    assert!(*times.last().unwrap() <= 63 * 60, "{times:?}");
}

#[test]
fn what_gathered_while_away_leaves_with_pauses_too() {
    let (mut world, host, guests, to_host) = star(6);
    world.run_for(2 * HOUR_MS);
    let outbox = |world: &World| world.devices[host].engine.storage().unwrap().outbox_bytes;
    let before = outbox(&world);
    set(&mut world, host, "Countess", None);
    let store = world.crash(host);
    world.sleep(3 * HOUR_MS);
    world.start(host, store);
    world.devices[host].failure = Some(NetFailure::Unreachable);
    world.run_for(2 * HOUR_MS);
    // One at most was encrypted to find out whether the relay is there.
    assert!((4096..8192).contains(&(outbox(&world) - before)));
    world.devices[host].failure = None;
    let mut times = Vec::new();
    let mut told = std::collections::BTreeSet::new();
    for slot in 0..(30 * 6) {
        world.run_for(10 * SECOND_MS);
        for guest in &guests {
            if view(&world, *guest, to_host).name == "Countess" && told.insert(*guest) {
                times.push(slot * 10);
            }
        }
    }
    assert_eq!(told.len(), guests.len());
    let gaps: Vec<i32> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // The one that found out was encrypted long before.
    assert!(gaps[1..].iter().all(|gap| *gap >= 10), "{times:?}");
}

#[test]
fn a_stranger_is_told_nothing_before_it_is_a_contact() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    set(&mut world, a, "Countess", Some(&jpeg(1, 100)));
    let link = world.invite(a, InvitationKind::Public);
    let to_a = world.accept(b, &link).unwrap();
    let to_b = world.id_of(b);
    set(&mut world, b, "Bo!", Some(&jpeg(2, 100)));
    world.run_for(3 * HOUR_MS);
    assert_eq!(shown(&world, b, to_a), (String::new(), None));
    assert_eq!(shown(&world, a, to_b), ("Bo".to_owned(), None));
    // Nor is anything taken from one, whatever it says.
    say(&mut world, b, to_a, &profile(9, "liar", &jpeg(3, 100)));
    assert_eq!(shown(&world, a, to_b), ("Bo".to_owned(), None));
    world
        .with(a, |engine, now, rng| engine.accept_request(to_b, now, rng))
        .unwrap();
    world.run_for(5 * MINUTE_MS);
    assert_eq!(
        shown(&world, b, to_a),
        ("Countess".to_owned(), Some(jpeg(1, 100)))
    );
    assert_eq!(
        shown(&world, a, to_b),
        ("Bo!".to_owned(), Some(jpeg(2, 100)))
    );
}

#[test]
fn a_blocked_contact_is_told_once_it_is_not_blocked() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.run_for(2 * HOUR_MS);
    block(&mut world, a, to_b, true);
    set(&mut world, a, "Countess", Some(&jpeg(1, 100)));
    let puts = world.relays[0].1.all_put().len();
    world.run_for(3 * HOUR_MS);
    world.restart(a);
    world.run_for(3 * HOUR_MS);
    assert_eq!(world.relays[0].1.all_put().len(), puts);
    assert_eq!(shown(&world, b, to_a).0, "Ada");
    // What the blocked one is called is known all the same: it will not say it again.
    set(&mut world, b, "Bo!", None);
    world.run_for(61 * MINUTE_MS);
    assert_eq!(shown(&world, a, to_b).0, "Bo!");
    block(&mut world, a, to_b, false);
    world.run_for(MINUTE_MS);
    assert_eq!(
        shown(&world, b, to_a),
        ("Countess".to_owned(), Some(jpeg(1, 100)))
    );
}

#[test]
fn a_change_on_top_of_another_is_told_once() {
    let mut world = World::new(1);
    let (a, b, _, to_a) = world.pair();
    world.run_for(2 * HOUR_MS);
    let puts = world.relays[0].1.all_put().len();
    for n in 0..5 {
        set(&mut world, a, &format!("Ada {n}"), None);
    }
    world.run_for(61 * MINUTE_MS);
    assert_eq!(shown(&world, b, to_a).0, "Ada 4");
    // The profile and its receipt.
    assert_eq!(world.relays[0].1.all_put().len(), puts + 2);
}

#[test]
fn a_run_that_is_killed_again_and_again_tells_everybody_in_the_end() {
    let (mut world, host, guests, to_host) = star(3);
    world.run_for(MINUTE_MS);
    set(&mut world, host, "Countess", None);
    for _ in 0..150 {
        world.restart(host);
        world.run_for(40 * SECOND_MS);
    }
    for guest in guests {
        assert_eq!(view(&world, guest, to_host).name, "Countess");
    }
}

#[test]
fn what_a_relay_drops_is_put_again() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.run_for(2 * HOUR_MS);
    set(&mut world, a, "first", None);
    world.relays[0].1.drops_next = 1;
    world.run_for(61 * MINUTE_MS);
    assert_eq!(shown(&world, b, to_a).0, "Ada");
    world.send(a, to_b, "behind it");
    world.run_for(5 * MINUTE_MS);
    assert_eq!(shown(&world, b, to_a).0, "first");
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["behind it"]);
}

#[test]
fn a_contact_that_is_deleted_takes_its_picture_along_and_is_told_anew() {
    let mut world = World::new(1);
    let (a, b, _, to_a) = world.pair();
    world.run_for(MINUTE_MS);
    set(&mut world, a, "Countess", Some(&jpeg(1, 5000)));
    world.run_for(61 * MINUTE_MS);
    let pictures = |world: &World| world.devices[b].engine.storage().unwrap().picture_bytes;
    assert!(pictures(&world) > 5000);
    world
        .with(b, |engine, now, rng| {
            engine.delete_conversation(to_a, now, rng)
        })
        .unwrap();
    world.run();
    assert_eq!(pictures(&world), 0);
    let link = world.invite(b, InvitationKind::Personal);
    world.accept(a, &link).unwrap();
    world.run_for(10 * MINUTE_MS);
    assert_eq!(
        shown(&world, b, to_a),
        ("Countess".to_owned(), Some(jpeg(1, 5000)))
    );
}

#[test]
fn an_account_that_is_deleted_says_no_more() {
    let mut world = World::new(1);
    let (a, b, _, to_a) = world.pair();
    world.run_for(MINUTE_MS);
    set(&mut world, a, "Countess", None);
    world
        .with(a, |engine, now, rng| engine.delete_account(now, rng))
        .unwrap();
    world.run_for(2 * HOUR_MS);
    assert_eq!(shown(&world, b, to_a).0, "Ada");
    assert_eq!(
        try_set(&mut world, a, "Nobody", None),
        Err(ClientError::NoAccount)
    );
}
