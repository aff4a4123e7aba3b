//! Search as a screen sees it: views of hits, in all conversations or one, page by page.

use super::world::World;
use crate::client::ClientError;
use crate::client::view::{ConversationId, Delivery, Direction, MessageBody, MessageView};
use crate::protocol::ids::AccountId;

fn texts(hits: &[MessageView]) -> Vec<&str> {
    hits.iter()
        .map(|hit| match &hit.body {
            MessageBody::Text { text } => text.as_str(),
            _ => "no text",
        })
        .collect()
}

fn find(
    world: &World,
    who: usize,
    search: &str,
    within: Option<ConversationId>,
) -> Vec<MessageView> {
    let page = world.devices[who]
        .engine
        .search(search, within, None, 100)
        .unwrap();
    assert_eq!(page.next, None);
    page.hits
}

#[test]
fn both_sides_find_a_text_where_it_stands_with_what_became_of_it() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let sent = world.send(a, to_b, "Grüße aus der Straße");
    assert_eq!(find(&world, a, "grus", None), std::slice::from_ref(&sent));
    assert_eq!(find(&world, b, "grus", None), []);
    world.run();
    world.send(b, to_a, "Danke für die Grüße");
    world.run();

    let hits = find(&world, a, "gruß", Some(to_b));
    assert_eq!(
        texts(&hits),
        ["Danke für die Grüße", "Grüße aus der Straße"]
    );
    assert_eq!(hits[0].direction, Direction::Incoming);
    assert_eq!((hits[1].place, hits[1].conversation), (sent.place, to_b));
    assert_eq!(hits[1].delivery, Delivery::Delivered);
    let mut all = world.all(a, to_b);
    all.reverse();
    assert_eq!(hits, all);
    assert_eq!(find(&world, b, "gruß", Some(to_a)).len(), 2);
    assert_eq!(find(&world, b, "\"* NEAR(", Some(to_a)), []);
}

#[test]
fn hits_stand_newest_first_across_conversations_and_page_by_page() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let c = world.add("Cy", 0);
    let link = world.invite(a, crate::client::view::InvitationKind::Personal);
    let c_to_a = world.accept(c, &link).unwrap();
    let to_c = world.id_of(c);
    for n in 0..6 {
        world.send(b, to_a, &format!("walk b{n}"));
        world.run();
        world.send(c, c_to_a, &format!("walk c{n}"));
        world.run();
    }
    let engine = &world.devices[a].engine;
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let page = engine.search("walk", None, before, 5).unwrap();
        found.extend(page.hits);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let expected: Vec<String> = (0..6)
        .rev()
        .flat_map(|n| [format!("walk c{n}"), format!("walk b{n}")])
        .collect();
    assert_eq!(texts(&found), expected);
    assert_eq!(find(&world, a, "walk", Some(to_c)).len(), 6);
    assert_eq!(find(&world, a, "walk b", Some(to_c)), []);
    assert_eq!(find(&world, a, "walk b3", Some(to_b)).len(), 1);
    // Neither none nor all at once, whatever is asked for.
    assert_eq!(engine.search("walk", None, None, 0).unwrap().hits.len(), 1);
    let nobody = ConversationId(AccountId([9; 32]));
    let error = engine.search("walk", Some(nobody), None, 5).unwrap_err();
    assert_eq!(error, ClientError::NotFound);
}

#[test]
fn a_missing_place_is_found_once_it_is_filled() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.relays[0].1.drops_every = Some(5);
    for n in 0..30 {
        world.send(a, to_b, &format!("walk a{n}"));
        world.run();
    }
    let missing = world
        .all(b, to_a)
        .iter()
        .filter(|message| message.body == MessageBody::Missing)
        .count();
    assert!(missing > 0);
    let found = find(&world, b, "walk", None);
    assert_eq!(found.len() + missing, world.all(b, to_a).len());
    world.relays[0].1.drops_every = None;
    for _ in 0..2 {
        world.run_for(120_000);
        world.send(a, to_b, "beside it");
    }
    world.run_for(120_000);
    let mut places: Vec<u64> = find(&world, b, "walk", None)
        .iter()
        .map(|hit| hit.place)
        .collect();
    assert_eq!(places.len(), 30);
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), 30);
}

#[test]
fn the_texts_of_a_declined_request_are_found_no_more() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, crate::client::view::InvitationKind::Public);
    let to_a = world.accept(b, &link).unwrap();
    world.send(b, to_a, "may I come in?");
    world.run();
    let to_b = world.id_of(b);
    assert_eq!(find(&world, a, "come", None).len(), 1);
    world
        .with(a, |engine, now, rng| engine.decline_request(to_b, now, rng))
        .unwrap();
    assert_eq!(find(&world, a, "come", None), []);
    assert_eq!(find(&world, b, "come", None).len(), 1);
}
