//! Verified contacts: what raises the alarm, what ends it, and that it stays until then.

use tacita_wire::{OwnerHash, Request, Response, Ticket, derive_envelope_hash};

use super::intruder::{HOUR, Intruder, bundle, deliver, forked, introduction, record, text};
use super::world::{World, rng};
use crate::client::ClientError;
use crate::client::screens::ScreenId;
use crate::client::view::{
    ConversationId, Event, InvitationKind, ListChange, ListFilter, MessageBody, UndecryptableCause,
    Verification,
};
use crate::crypto::hash::sha256;
use crate::protocol::bundle::{Bundle, BundleKeys};
use crate::protocol::content::Content;
use crate::protocol::identity::{Certificate, DeviceChange};
use crate::protocol::ids::DeviceNumber;
use crate::protocol::invitation::InvitationLink;
use crate::protocol::prekey::PrekeyKind;
use crate::protocol::test_people::{NOW, Person, pair};

const DAY_MS: u64 = 24 * 3_600_000;

/// What is shown of a contact, at its safety number and in the list.
fn shown(world: &World, who: usize, id: ConversationId) -> Verification {
    let engine = &world.devices[who].engine;
    let lines = engine.conversations().unwrap();
    let line = lines.iter().find(|line| line.id == id).unwrap();
    let number = engine.safety_number(id).unwrap();
    assert_eq!(line.verification, number.verification);
    line.verification
}

/// How often the conversation shows that device logs contradict each other.
fn contradictions(world: &World, who: usize, id: ConversationId) -> u32 {
    let counts = world.all(who, id).into_iter().map(|row| match row.body {
        MessageBody::Undecryptable {
            cause: UndecryptableCause::LogsContradict,
            count,
            ..
        } => count,
        _ => 0,
    });
    counts.sum()
}

/// Whether Ada's readers of events are told of a conversation behind a cursor.
fn is_told(world: &World, who: usize, id: ConversationId, after: u64) -> bool {
    let batch = world.devices[who].engine.events(after).unwrap();
    batch.events.contains(&Event::Conversation { id })
}

/// Ada, and a contact of hers by hand, who is established.
fn with_contact(verified: bool) -> (World, usize, String, Intruder) {
    let mut world = World::new(1);
    let a = world.add("Ada", 0);
    let link = world.invite(a, InvitationKind::Public);
    let mut bo = Intruder::begin(Person::new(1), bundle(&world, &link, true), None);
    let id = bo.conversation();
    let envelope = bo.envelope(&text("hello"));
    deliver(&mut world, bo.mailbox(), &envelope);
    world
        .with(a, |e, now, rng| e.accept_request(id, now, rng))
        .unwrap();
    if verified {
        world.devices[a].engine.mark_verified(id, true).unwrap();
    }
    (world, a, link, bo)
}

#[test]
fn a_code_that_does_not_fit_raises_an_alarm_that_stays_until_it_is_dismissed_or_one_fits() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    let c = world.add("Cleo", 0);
    let link = world.invite(a, InvitationKind::Personal);
    let c_to_a = world.accept(c, &link).unwrap();
    world.run();
    let code = |world: &World, who: usize, id| world.devices[who].engine.safety_number(id);
    let right = code(&world, b, to_a).unwrap().qr;
    // Of another account; and of the right one, meant for another.
    let link = world.invite(c, InvitationKind::Personal);
    let b_to_c = world.accept(b, &link).unwrap();
    world.run();
    let wrong = [
        code(&world, c, c_to_a).unwrap().qr,
        code(&world, b, b_to_c).unwrap().qr,
    ];
    let own = code(&world, a, to_b).unwrap().qr;
    for wrong in &wrong {
        for verified in [false, true] {
            world.devices[a]
                .engine
                .mark_verified(to_b, verified)
                .unwrap();
            let cursor = world.devices[a].engine.events(0).unwrap().cursor;
            let found = world.devices[a].engine.verify_scanned(to_b, wrong);
            assert_eq!(found, Ok(Verification::Alarm));
            assert!(is_told(&world, a, to_b, cursor));
            world.restart(a);
            world.run();
            assert_eq!(shown(&world, a, to_b), Verification::Alarm);
            for verified in [true, false] {
                let marked = world.devices[a].engine.mark_verified(to_b, verified);
                assert_eq!(marked, Err(ClientError::WrongState));
            }
            // Texts go all the same, and nothing came in the conversation.
            world.send(a, to_b, "go on");
            world.run();
            assert_eq!(contradictions(&world, a, to_b), 0);
            world.devices[a].engine.dismiss_alarm(to_b).unwrap();
            assert_eq!(shown(&world, a, to_b), Verification::Unverified);
            let again = world.devices[a].engine.dismiss_alarm(to_b);
            assert_eq!(again, Err(ClientError::WrongState));
        }
    }
    // A fitting code ends an alarm by itself.
    let engine = &mut world.devices[a].engine;
    assert_eq!(
        engine.verify_scanned(to_b, &wrong[0]),
        Ok(Verification::Alarm)
    );
    assert_eq!(
        engine.verify_scanned(to_b, &right),
        Ok(Verification::Verified)
    );
    // What is no code of somebody else's screen changes nothing, and tells nobody.
    let cursor = engine.events(0).unwrap().cursor;
    for (scanned, error) in [
        (own.as_str(), ClientError::LinkForeign),
        (&right[..right.len() - 1], ClientError::LinkDamaged),
        ("https://example.org", ClientError::LinkForeign),
    ] {
        assert_eq!(engine.verify_scanned(to_b, scanned), Err(error));
    }
    assert!(engine.events(cursor).unwrap().events.is_empty());
    assert_eq!(shown(&world, a, to_b), Verification::Verified);
    // The other contact was not in question.
    let to_c = world.id_of(c);
    assert_eq!(shown(&world, a, to_c), Verification::Unverified);
}

#[test]
fn a_list_on_the_screen_is_told_of_the_alarm() {
    let mut world = World::new(1);
    let (a, _, to_b, _) = world.pair();
    let screen = ScreenId(1);
    let engine = &mut world.devices[a].engine;
    let opened = engine
        .next_list(screen, ListFilter::Main, 0)
        .unwrap()
        .unwrap();
    let other = Person::new(9);
    let wrong = crate::protocol::safety_number(other.public(), other.public()).qr;
    engine.verify_scanned(to_b, &wrong).unwrap();
    let update = engine.next_list(screen, ListFilter::Main, opened.number);
    let changes = update.unwrap().unwrap().changes;
    assert!(matches!(
        &changes[..],
        [ListChange::Update { at: 0, row }] if row.verification == Verification::Alarm
    ));
}

#[test]
fn a_contradicting_log_raises_the_alarm_once_and_another_one_again() {
    for verified in [true, false] {
        let (mut world, a, link, bo) = with_contact(verified);
        let id = bo.conversation();
        let liar = |world: &mut World, seed, resealed| {
            let target = bundle(world, &link, false);
            let mut liar = Intruder::begin(forked(Person::new(1), seed), target, None);
            let message = liar.message(1, &text("it is still me"));
            let envelope = liar.seal(&liar.fields(), &message, resealed);
            deliver(world, liar.mailbox(), &envelope);
            envelope
        };
        let envelope = liar(&mut world, 5, 1);
        assert_eq!(shown(&world, a, id), Verification::Alarm);
        assert_eq!(contradictions(&world, a, id), 1);
        world.restart(a);
        world.run();
        assert_eq!(shown(&world, a, id), Verification::Alarm);
        world.devices[a].engine.dismiss_alarm(id).unwrap();
        // The same log, sealed anew; and the same bytes, once their hash is forgotten.
        liar(&mut world, 5, 2);
        assert_eq!(shown(&world, a, id), Verification::Unverified);
        // Another log is another lie.
        liar(&mut world, 6, 3);
        assert_eq!(shown(&world, a, id), Verification::Alarm);
        assert_eq!(contradictions(&world, a, id), 2);
        world.devices[a].engine.dismiss_alarm(id).unwrap();
        world.run_for(33 * DAY_MS);
        world.restart(a);
        world.run_for(DAY_MS / 12);
        let hash = sha256(&[&bo.mailbox().0, &derive_envelope_hash(&envelope)]);
        let (is_known, key) = world.devices[a]
            .engine
            .store
            .read(|tx| -> Result<_, ClientError> {
                let key = tx.load_prekey(PrekeyKind::Signed, bo.fields().spk_id)?;
                Ok((tx.has_envelope(hash)?, key))
            })
            .unwrap();
        assert!(!is_known && key.is_some(), "it could be opened again");
        deliver(&mut world, bo.mailbox(), &envelope);
        assert_eq!(shown(&world, a, id), Verification::Unverified);
        assert_eq!(contradictions(&world, a, id), 2);
    }
}

#[test]
fn a_contact_that_repeats_a_contradicting_record_in_its_session_raises_the_alarm_once() {
    let (mut world, a, _, mut bo) = with_contact(true);
    let id = bo.conversation();
    let liar = forked(Person::new(1), 5);
    for counter in 2..6 {
        let content = Content::Reconnect {
            descriptor: liar.mailbox.clone(),
            record: record(&liar),
        };
        let message = bo.message(counter, &content);
        let envelope = bo.seal(&bo.fields(), &message, counter);
        deliver(&mut world, bo.mailbox(), &envelope);
        let expected = match counter {
            2 => Verification::Alarm,
            _ => Verification::Unverified,
        };
        assert_eq!(shown(&world, a, id), expected, "{counter}");
        if counter == 2 {
            world.devices[a].engine.dismiss_alarm(id).unwrap();
        }
    }
    assert_eq!(contradictions(&world, a, id), 1);
    // A blocked contact's lie shows in the list, and leaves no place.
    world.devices[a].engine.set_blocked(id, true).unwrap();
    let content = introduction(&Person::new(1), "Bo", &forked(Person::new(1), 6));
    let message = bo.message(6, &content);
    let envelope = bo.seal(&bo.fields(), &message, 6);
    deliver(&mut world, bo.mailbox(), &envelope);
    assert_eq!(shown(&world, a, id), Verification::Alarm);
    assert_eq!(contradictions(&world, a, id), 1);
}

#[test]
fn an_invitation_of_a_contact_with_a_contradicting_log_is_refused_and_raises_the_alarm() {
    let (mut world, a, _, bo) = with_contact(false);
    let id = bo.conversation();
    let liar = forked(Person::new(1), 5);
    let prekey = |kind, number| pair(kind, number, HOUR, &liar.keys, 7).signed;
    let keys = BundleKeys {
        signed: prekey(PrekeyKind::Signed, 1),
        one_time: None,
        kem: prekey(PrekeyKind::LastResort, 2),
        contact: prekey(PrekeyKind::Contact, 3),
    };
    let relay = world.relays[0].0.clone();
    let link = InvitationLink::generate(relay.address, relay.root, liar.account(), &mut rng(9));
    let bundle = Bundle::build(&liar.keys, &liar.log, keys, liar.mailbox.clone()).unwrap();
    let made = world.relays[0].1.answer(&Request::CreatePile {
        ticket: Ticket::Open,
        pile: link.pile_id(),
        owner_hash: OwnerHash([1; 32]),
        last_resort: bundle
            .seal(&link.seal_key(), link.pile_id(), &mut rng(8))
            .unwrap(),
    });
    assert_eq!(made, Response::Done);
    for _ in 0..2 {
        let accepted = world.accept(a, &link.to_text());
        assert_eq!(accepted, Err(ClientError::InvitationForged));
        assert_eq!(contradictions(&world, a, id), 1);
    }
    assert_eq!(shown(&world, a, id), Verification::Alarm);
}

/// The safety number is made of account keys: a further device changes no digit of it.
#[test]
fn a_device_that_the_account_adds_ends_no_verification() {
    let (mut world, a, link, bo) = with_contact(true);
    let id = bo.conversation();
    let digits = |world: &World| world.devices[a].engine.safety_number(id).unwrap().digits;
    let before = digits(&world);
    let (first, other) = (Person::new(1), Person::new(5));
    let certificate = Certificate::sign(
        &first.account_key,
        DeviceNumber(2),
        other.keys.signing.public(),
        other.keys.dh.public(),
        NOW,
    );
    let change = DeviceChange::Add(certificate);
    let log = first.log.append(&first.account_key, change, NOW).unwrap();
    let longer = Person { log, ..first };
    let mut longer = Intruder::begin(longer, bundle(&world, &link, false), None);
    let envelope = longer.envelope(&text("with a tablet"));
    deliver(&mut world, longer.mailbox(), &envelope);
    assert_eq!(shown(&world, a, id), Verification::Verified);
    assert_eq!(digits(&world), before);
}

#[test]
fn a_deleted_contact_takes_its_state_and_what_was_remembered_of_its_logs_with_it() {
    let (mut world, a, link, bo) = with_contact(true);
    let id = bo.conversation();
    let mut liar = Intruder::begin(
        forked(Person::new(1), 5),
        bundle(&world, &link, false),
        None,
    );
    let envelope = liar.envelope(&text("me"));
    deliver(&mut world, liar.mailbox(), &envelope);
    assert_eq!(shown(&world, a, id), Verification::Alarm);
    let settings = |world: &mut World| {
        let rows = super::intruder::rows(world, a)["settings"].clone();
        format!("{rows:?}")
    };
    let before = settings(&mut world);
    world
        .with(a, |e, now, rng| e.delete_conversation(id, now, rng))
        .unwrap();
    let after = settings(&mut world);
    assert!(before.contains("alarming device logs") && before.len() > after.len());
    // It may come again, as a stranger of whom nothing is known.
    let mut bo = Intruder::begin(Person::new(1), bundle(&world, &link, false), None);
    let envelope = bo.envelope(&introduction(&Person::new(1), "Bo", &Person::new(1)));
    deliver(&mut world, bo.mailbox(), &envelope);
    assert_eq!(shown(&world, a, id), Verification::Unverified);
}
