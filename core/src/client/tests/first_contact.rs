//! Accounts and invitations, from both sides.

use tacita_wire::{MailboxKind, Refusal};

use super::world::World;
use crate::client::ClientError;
use crate::client::effect::CallOutcome;
use crate::client::input::NetFailure;
use crate::client::view::{
    ConversationState, Direction, InvitationKind, InvitationState, Revocation, Verification,
};

#[test]
fn an_account_is_made_once_and_gives_a_recovery_secret() {
    let mut world = World::new(1);
    let who = world.add_blank();
    let link = world.relays[0].0.to_string();
    let call = world
        .with(who, |e, now, rng| e.create_account(&link, "Ada", now, rng))
        .unwrap();
    world.run();
    let Ok(CallOutcome::Account(created)) = world.end_of(who, call) else {
        panic!()
    };
    assert_eq!(created.recovery_secret.replace('-', "").len(), 52);
    assert_eq!(created.account.name, "Ada");
    let again = world.with(who, |e, now, rng| e.create_account(&link, "Ada", now, rng));
    assert_eq!(again, Err(ClientError::AccountExists));
}

#[test]
fn whatever_keeps_an_account_from_being_made_is_said_and_leaves_nothing() {
    let mut world = World::new(1);
    let link = world.relays[0].0.to_string();
    let who = world.add_blank();
    let attempt = |world: &mut World| {
        let call = world
            .with(who, |e, now, rng| e.create_account(&link, "Ada", now, rng))
            .unwrap();
        world.run();
        let outcome = world.end_of(who, call).map(|_| ());
        assert_eq!(world.devices[who].engine.account(), None);
        outcome
    };
    world.devices[who].failure = Some(NetFailure::Unreachable);
    assert!(matches!(
        attempt(&mut world),
        Err(ClientError::Offline { .. })
    ));
    world.devices[who].failure = Some(NetFailure::WrongKey);
    assert_eq!(attempt(&mut world), Err(ClientError::WrongRelayKey));
    world.devices[who].failure = Some(NetFailure::Nonsense);
    assert_eq!(attempt(&mut world), Err(ClientError::RelayMisbehaved));
    world.devices[who].failure = None;
    world.relays[0].1.wants_join_code = true;
    assert_eq!(attempt(&mut world), Err(ClientError::RelayRefused));
    world.relays[0].1.wants_join_code = false;
    world.devices[who].clock_ahead_ms = 49 * 3_600_000;
    assert_eq!(attempt(&mut world), Err(ClientError::CheckYourClock));
}

#[test]
fn bad_relay_links_and_names_are_refused_before_anything_is_sent() {
    let mut world = World::new(1);
    let who = world.add_blank();
    let good = world.relays[0].0.to_string();
    let mut make = |link: &str, name: &str| {
        world
            .with(who, |e, now, rng| e.create_account(link, name, now, rng))
            .err()
    };
    assert_eq!(
        make(&good[..good.len() - 3], "Ada"),
        Some(ClientError::LinkDamaged)
    );
    assert_eq!(
        make("tacita://invite/AAAA", "Ada"),
        Some(ClientError::LinkForeign)
    );
    assert_eq!(
        make(&"x".repeat(5000), "Ada"),
        Some(ClientError::LinkDamaged)
    );
    assert_eq!(
        make(&good, " "),
        Some(ClientError::NameLength { limit: 64 })
    );
    assert_eq!(
        make(&good, &"x".repeat(65)),
        Some(ClientError::NameLength { limit: 64 })
    );
    assert!(world.relays[0].1.seen.is_empty());
}

#[test]
fn a_personal_invitation_is_accepted_by_itself_and_used_up() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    for (who, id, name) in [(a, to_b, "Bo"), (b, to_a, "Ada")] {
        let list = world.devices[who].engine.conversations().unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!((list[0].id, list[0].name.as_str()), (id, name));
        assert_eq!(list[0].state, ConversationState::Established);
    }
    let invitations = world
        .with(a, |e, now, rng| e.invitations(now, rng))
        .unwrap();
    assert_eq!(invitations[0].state, InvitationState::Used);
    // Its pile is closed: nobody else gets in.
    let c = world.add("Cleo", 0);
    assert_eq!(
        world.accept(c, &invitations[0].link),
        Err(ClientError::InvitationGone)
    );
}

#[test]
fn a_public_link_makes_requests_and_nothing_leaves_before_one_is_accepted() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Public);
    let to_a = world.accept(b, &link).unwrap();
    world.send(b, to_a, "hello, it is me");
    world.run();
    let list = world.devices[a].engine.conversations().unwrap();
    assert_eq!(list[0].state, ConversationState::Request);
    assert_eq!(list[0].name, "Bo");
    let to_b = list[0].id;
    assert_eq!(
        world.texts(a, to_b, Direction::Incoming),
        ["hello, it is me"]
    );
    let refused = world.with(a, |e, now, rng| e.send_text(to_b, "early", now, rng));
    assert_eq!(refused.err(), Some(ClientError::WrongState));
    world.run_for(60_000);
    assert_eq!(
        world.relays[0].1.count_puts(MailboxKind::Pair),
        0,
        "the inviter keeps silent"
    );
    world
        .with(a, |e, now, rng| e.accept_request(to_b, now, rng))
        .unwrap();
    world.run();
    world.send(a, to_b, "welcome");
    world.run();
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["welcome"]);
}

#[test]
fn a_declined_request_is_gone_and_its_guest_hears_nothing() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Public);
    let to_a = world.accept(b, &link).unwrap();
    let to_b = world.id_of(b);
    world
        .with(a, |e, now, rng| e.decline_request(to_b, now, rng))
        .unwrap();
    world.run();
    assert!(world.devices[a].engine.conversations().unwrap().is_empty());
    assert_eq!(world.relays[0].1.count_puts(MailboxKind::Pair), 0);
    let again = world.with(a, |e, now, rng| e.accept_request(to_b, now, rng));
    assert_eq!(again, Err(ClientError::NotFound));
    let list = world.devices[b].engine.conversations().unwrap();
    assert_eq!(
        (list[0].id, list[0].state),
        (to_a, ConversationState::Inviting)
    );
}

#[test]
fn own_revoked_foreign_and_damaged_invitations_are_each_told_apart() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Personal);
    assert_eq!(world.accept(a, &link), Err(ClientError::OwnInvitation));
    assert!(world.devices[a].engine.read_invitation(&link).unwrap().own);
    assert_eq!(
        world.accept(b, &link[..link.len() - 1]),
        Err(ClientError::LinkDamaged)
    );
    assert_eq!(
        world.accept(b, &link.replace("invite", "relay")),
        Err(ClientError::LinkForeign)
    );
    let mut altered = link.clone().into_bytes();
    altered[40] ^= 1;
    let altered = String::from_utf8(altered).unwrap();
    assert_eq!(world.accept(b, &altered), Err(ClientError::LinkDamaged));
    let id = world
        .with(a, |e, now, rng| e.invitations(now, rng))
        .unwrap()[0]
        .id;
    assert_eq!(world.revoke(a, id), Ok(Revocation::Done));
    assert_eq!(world.accept(b, &link), Err(ClientError::InvitationGone));
    assert!(
        world.relays[0].1.mailboxes.is_empty(),
        "the contact mailbox went with it"
    );
    assert_eq!(world.revoke(a, id), Err(ClientError::NotFound));
}

#[test]
fn accepting_twice_adds_a_session_and_never_a_contact() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Public);
    let to_a = world.accept(b, &link).unwrap();
    assert_eq!(world.accept(b, &link), Ok(to_a));
    let to_b = world.id_of(b);
    world
        .with(a, |e, now, rng| e.accept_request(to_b, now, rng))
        .unwrap();
    world.run();
    for n in 0..5 {
        world.send(a, to_b, &format!("a{n}"));
        world.send(b, to_a, &format!("b{n}"));
        world.run();
    }
    for (who, id, mark) in [(a, to_b, 'b'), (b, to_a, 'a')] {
        assert_eq!(world.devices[who].engine.conversations().unwrap().len(), 1);
        let expected: Vec<_> = (0..5).map(|n| format!("{mark}{n}")).collect();
        assert_eq!(world.texts(who, id, Direction::Incoming), expected);
    }
}

#[test]
fn two_who_invite_each_other_at_once_end_in_one_conversation() {
    let mut world = World::new(2);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 1));
    let (from_a, from_b) = (
        world.invite(a, InvitationKind::Personal),
        world.invite(b, InvitationKind::Personal),
    );
    let call_a = world
        .with(a, |e, now, rng| e.accept_invitation(&from_b, now, rng))
        .unwrap();
    let call_b = world
        .with(b, |e, now, rng| e.accept_invitation(&from_a, now, rng))
        .unwrap();
    world.run();
    assert!(world.end_of(a, call_a).is_ok());
    assert!(world.end_of(b, call_b).is_ok());
    let (to_b, to_a) = (world.id_of(b), world.id_of(a));
    for n in 0..5 {
        world.send(a, to_b, &format!("a{n}"));
        world.send(b, to_a, &format!("b{n}"));
        world.run();
    }
    for (who, id, mark) in [(a, to_b, 'b'), (b, to_a, 'a')] {
        let list = world.devices[who].engine.conversations().unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].state, ConversationState::Established);
        let expected: Vec<_> = (0..5).map(|n| format!("{mark}{n}")).collect();
        assert_eq!(world.texts(who, id, Direction::Incoming), expected);
    }
}

#[test]
fn a_claim_whose_answer_was_lost_is_repeated_with_the_same_nonce() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Personal);
    world.devices[b].failure = Some(NetFailure::Unreachable);
    assert!(matches!(
        world.accept(b, &link),
        Err(ClientError::Offline { .. })
    ));
    world.devices[b].failure = None;
    world.run_for(10_000);
    world.accept(b, &link).unwrap();
    world.run();
    let nonces: std::collections::BTreeSet<_> = world.relays[0]
        .1
        .seen
        .iter()
        .filter_map(|request| match request {
            tacita_wire::Request::Claim { nonce, .. } => Some(*nonce),
            _ => None,
        })
        .collect();
    assert_eq!(nonces.len(), 1);
    assert_eq!(world.devices[a].engine.conversations().unwrap().len(), 1);
}

#[test]
fn an_invitation_made_offline_is_published_later_by_itself() {
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    world.devices[a].failure = Some(NetFailure::Unreachable);
    let link = world.invite(a, InvitationKind::Personal);
    let views = world
        .with(a, |e, now, rng| e.invitations(now, rng))
        .unwrap();
    assert_eq!(views[0].state, InvitationState::Publishing);
    assert_eq!(world.accept(b, &link), Err(ClientError::InvitationGone));
    world.devices[a].failure = None;
    world.run_for(300_000);
    let views = world
        .with(a, |e, now, rng| e.invitations(now, rng))
        .unwrap();
    assert_eq!(views[0].state, InvitationState::Live);
    assert!(world.accept(b, &link).is_ok());
}

#[test]
fn a_full_relay_keeps_an_invitation_publishing_and_it_goes_live_when_there_is_room() {
    let mut world = World::new(1);
    let (a, b, to_b, _) = world.pair();
    world.relays[0].1.refuses_writes = Some(Refusal::RelayFull { retry_after: 30 });
    world.send(a, to_b, "kept");
    world.run_for(5_000);
    world.relays[0].1.refuses_writes = None;
    world.run_for(120_000);
    let to_a = world.id_of(a);
    assert_eq!(world.texts(b, to_a, Direction::Incoming), ["kept"]);
}

#[test]
fn safety_numbers_are_equal_on_both_sides_and_scanning_verifies() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let at_a = world.devices[a].engine.safety_number(to_b).unwrap();
    let at_b = world.devices[b].engine.safety_number(to_a).unwrap();
    assert_eq!(at_a.digits, at_b.digits);
    assert_eq!(at_a.digits.len(), 60);
    assert_eq!(at_a.verification, Verification::Unverified);
    let scan = |engine: &mut crate::client::Engine, id, code: &str| engine.verify_scanned(id, code);
    let found = scan(&mut world.devices[a].engine, to_b, &at_b.qr);
    assert_eq!(found, Ok(Verification::Verified));
    let again = world.devices[a].engine.safety_number(to_b).unwrap();
    assert_eq!(again.verification, Verification::Verified);
}

#[test]
fn an_invitation_revoked_offline_is_gone_here_at_once_and_there_as_soon_as_the_relay_can_be_asked()
{
    let mut world = World::new(1);
    let (a, b) = (world.add("Ada", 0), world.add("Bo", 0));
    let link = world.invite(a, InvitationKind::Public);
    let id = world
        .with(a, |e, now, rng| e.invitations(now, rng))
        .unwrap()[0]
        .id;
    world.devices[a].failure = Some(NetFailure::Unreachable);
    assert_eq!(world.revoke(a, id), Ok(Revocation::Queued));
    let left = world.with(a, |e, now, rng| e.invitations(now, rng));
    assert!(left.unwrap().is_empty());
    assert!(!world.relays[0].1.mailboxes.is_empty());

    world.devices[a].failure = None;
    world.run_for(120_000);
    assert!(world.relays[0].1.mailboxes.is_empty());
    assert_eq!(world.accept(b, &link), Err(ClientError::InvitationGone));
}

#[test]
fn what_the_relay_has_lost_already_counts_as_revoked() {
    let mut world = World::new(1);
    let a = world.add("Ada", 0);
    world.invite(a, InvitationKind::Public);
    let id = world
        .with(a, |e, now, rng| e.invitations(now, rng))
        .unwrap()[0]
        .id;
    world.relays[0].1.piles.clear();
    assert_eq!(world.revoke(a, id), Ok(Revocation::Done));
    assert!(world.relays[0].1.mailboxes.is_empty());
}
