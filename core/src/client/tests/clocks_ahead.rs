//! A clock that was years ahead for an hour: what it has noted keeps nothing from being done for years, nor anything for years.

use tacita_wire::Request;

use super::rotation::{DAY_MS, HOUR_MS, read, rotate};
use super::world::World;
use crate::client::ClientError;
use crate::client::view::{ConversationId, Direction, InvitationKind};
use crate::protocol::ids::Hour;
use crate::store::SilenceRow;

const YEARS_MS: i64 = 3 * 365 * 24 * 3_600_000;

/// Ada and Bo, who have written to each other. Ada's relay has told her the hour.
fn talk() -> (World, usize, usize, ConversationId, ConversationId) {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(a, to_b, "before");
    world.send(b, to_a, "before");
    world.run_for(2 * DAY_MS);
    (world, a, b, to_b, to_a)
}

fn hour(world: &World) -> Hour {
    world.now.hour()
}

#[test]
fn what_was_put_under_a_clock_years_ahead_is_put_again_for_a_hole() {
    let (mut world, a, b, to_b, to_a) = talk();
    world.devices[a].clock_ahead_ms = YEARS_MS;
    world.relays[0].1.drops_next = 1;
    world.send(a, to_b, "dropped");
    world.run_for(10_000);
    world.send(a, to_b, "came");
    world.run_for(10_000);
    world.devices[a].clock_ahead_ms = 0;
    world.send(a, to_b, "later");
    world.run_for(60_000);
    world.send(a, to_b, "last");
    world.run_for(HOUR_MS);
    let came = world.texts(b, to_a, Direction::Incoming);
    assert_eq!(came, ["before", "dropped", "came", "later", "last"]);
}

#[test]
fn what_was_put_last_under_a_clock_years_ahead_is_put_again_after_a_month() {
    let (mut world, a, b, to_b, to_a) = talk();
    world.devices[a].clock_ahead_ms = YEARS_MS;
    world.relays[0].1.drops_next = 1;
    world.send(a, to_b, "dropped");
    world.run_for(HOUR_MS);
    world.devices[a].clock_ahead_ms = 0;
    for restart in [false, true] {
        if restart {
            world.restart(a);
        }
        world.run_for(17 * DAY_MS);
    }
    // Anything of Bo's is the occasion; his weekly record would do.
    world.send(b, to_a, "are you there?");
    world.run_for(HOUR_MS);
    let came = world.texts(b, to_a, Direction::Incoming);
    assert_eq!(came, ["before", "dropped"]);
}

#[test]
fn a_session_that_was_begun_under_a_clock_weeks_ahead_keeps_none_from_being_begun() {
    let (mut world, a, _, _, _) = talk();
    let mailbox = read(&world, a, |tx| Ok(tx.all_peers()?[0].our_mailbox.unwrap()));
    let begun = |world: &World| {
        read(world, a, |tx| {
            let rows = tx.sessions_of(tx.all_peers()?[0].address)?.into_iter();
            let begun = rows.filter(|row| row.initiator && row.replaces.is_some());
            Ok(begun.map(|row| row.created).max())
        })
    };
    assert_eq!(begun(&world), None);
    // By a clock further ahead than that, the contact's keys are over, and none is begun.
    world.devices[a].clock_ahead_ms = 20 * DAY_MS as i64;
    // Junk in her mailbox leads to a new session.
    world.relays[0].1.slip_in(mailbox, vec![1; 4096]);
    world.run_for(HOUR_MS / 2);
    assert!(begun(&world).unwrap() > hour(&world).plus_days(19));
    world.devices[a].clock_ahead_ms = 0;
    world.run_for(2 * DAY_MS);
    let before = hour(&world);
    world.relays[0]
        .1
        .slip_in(mailbox, [vec![1; 4095], vec![2]].concat());
    world.run_for(HOUR_MS / 2);
    assert!(begun(&world).unwrap() >= before, "it is asked again");
}

#[test]
fn mailboxes_are_renewed_and_made_ahead_after_a_clock_was_years_ahead() {
    let (mut world, a, _, _, _) = talk();
    world.run_for(2 * DAY_MS);
    let spares = |world: &World| read(world, a, |tx| Ok(tx.list_spares()?.len()));
    assert_eq!(spares(&world), 3);
    world.devices[a].clock_ahead_ms = YEARS_MS;
    // By that clock Bo's is long due to be replaced: one of those made ahead is taken.
    world.run_for(HOUR_MS + HOUR_MS / 2);
    assert_eq!(spares(&world), 2);
    world.devices[a].clock_ahead_ms = 0;
    let ours = read(&world, a, |tx| Ok(tx.all_peers()?[0].our_mailbox.unwrap()));
    world.relays[0].1.seen.clear();
    world.run_for(12 * DAY_MS);
    let is_renewal = |request: &Request| matches!(request, Request::CreateMailbox { mailbox, .. } if *mailbox == ours);
    let renewals = world.relays[0].1.seen.iter().filter(|r| is_renewal(r));
    assert!((1..=4).contains(&renewals.count()));
    assert_eq!(spares(&world), 3);
}

#[test]
fn a_silent_contact_is_tried_again_after_a_clock_was_years_ahead() {
    let (mut world, a, b, to_b, _) = talk();
    rotate(&mut world, b);
    world.run_for(DAY_MS);
    world.devices[b].withheld = true;
    world.send(a, to_b, "anybody?");
    world.run_for(5 * DAY_MS);
    let silence = |world: &World| {
        read(world, a, |tx| {
            let peer = tx.all_peers()?[0].address;
            Ok(tx.load_silence(peer)?.unwrap())
        })
    };
    let tried = silence(&world).tried.unwrap();
    assert!(tried <= hour(&world));
    // As if that had been under such a clock.
    let far = SilenceRow {
        tried: Some(tried.plus_days(1000)),
        ..silence(&world)
    };
    let store = &world.devices[a].engine.store;
    let saved = store.write(|tx| -> Result<_, ClientError> { Ok(tx.save_silence(&far)?) });
    saved.unwrap();
    world.run_for(2 * HOUR_MS);
    assert!(silence(&world).tried.unwrap() <= hour(&world));
}

/// What is kept for a time is kept no longer than that because of a clock.
#[test]
fn nothing_that_was_noted_by_a_clock_years_ahead_is_kept_for_years() {
    let (mut world, a, b, to_b, to_a) = talk();
    let link = world.invite(b, InvitationKind::Public);
    world.devices[a].clock_ahead_ms = YEARS_MS;
    world.run_for(HOUR_MS / 2);
    // A skipped key and envelopes; a session in place of another; keys for an invitation; a claim that leads nowhere.
    world.devices[b].withheld = true;
    world.relays[0].1.drops_next = 1;
    world.send(b, to_a, "dropped");
    world.run();
    world.send(b, to_a, "came");
    world.run_for(HOUR_MS / 2);
    world.invite(a, InvitationKind::Personal);
    rotate(&mut world, b);
    assert!(world.accept(a, &link).is_err(), "its keys are over by then");
    world.send(a, to_b, "on its way");
    world.run_for(HOUR_MS / 2);
    let columns = [
        ("skipped_keys", "stored", 0),
        ("envelopes", "seen", 0),
        ("rewinds", "seen", 0),
        ("claims", "created", 0),
        ("sessions", "created", 0),
        ("sessions", "last_opened", 0),
        ("outbox", "put", 0),
        ("mailboxes", "heard", 0),
        ("mailboxes", "acknowledged", 0),
        ("mailboxes", "renew_after", 9),
        ("mailboxes", "replace_after", 33),
        ("prekeys", "delete_after", 62),
        ("initials", "keep_until", 62),
        ("invitations", "renewed", 0),
        ("peers", "record_sent", 0),
    ];
    let far = |world: &World| {
        let connection = world.devices[a].engine.store.connection();
        let now = hour(world);
        let far = columns.into_iter().filter(|(table, column, days)| {
            let sql = format!("SELECT count(*) FROM {table} WHERE {column} > ?1");
            let limit = now.plus_days(*days).plus(Hour::CLOCK_TOLERANCE).0;
            let count: i64 = connection
                .query_row(&sql, [limit], |row| row.get(0))
                .unwrap();
            count > 0
        });
        far.map(|(table, column, _)| format!("{table}.{column}"))
            .collect::<Vec<_>>()
    };
    let ahead = far(&world);
    for needed in [
        "skipped_keys.stored",
        "envelopes.seen",
        "claims.created",
        "sessions.last_opened",
        "outbox.put",
    ] {
        assert!(ahead.iter().any(|name| name == needed), "{ahead:?}");
    }
    world.devices[a].clock_ahead_ms = 0;
    world.devices[b].withheld = false;
    world.run_for(2 * HOUR_MS);
    assert_eq!(far(&world), [""; 0]);
    // A clock that is years behind takes nothing for too new, and the talk goes on.
    let seen = |world: &World| {
        let connection = world.devices[a].engine.store.connection();
        let sql = "SELECT count(*) FROM envelopes WHERE seen > ?1";
        let count: i64 = connection
            .query_row(sql, [hour(world).0 - 240], |row| row.get(0))
            .unwrap();
        count
    };
    let before = seen(&world);
    assert!(before > 0);
    world.devices[a].clock_ahead_ms = -YEARS_MS;
    world.restart(a);
    world.run_for(HOUR_MS / 2);
    assert_eq!(seen(&world), before);
    world.devices[a].clock_ahead_ms = 0;
    world.run_for(HOUR_MS);
    world.send(b, to_a, "last");
    world.run_for(HOUR_MS);
    let came = world.texts(a, to_b, Direction::Incoming);
    assert_eq!(came.last().unwrap(), "last");
}
