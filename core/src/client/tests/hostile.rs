//! Envelopes that no client would send, into a whole client: refused, and the store is as it was.

use tacita_wire::Encode;

use super::intruder::{Intruder, bundle, deliver, differences, forked, introduction, rows, text};
use super::world::World;
use crate::client::view::{
    ConversationState, Direction, InvitationKind, MessageBody, Repair, UndecryptableCause,
    Verification,
};
use crate::crypto::kem::KemCiphertext;
use crate::crypto::{DhPublic, DhSecret};
use crate::protocol::content::Frame;
use crate::protocol::identity::{Certificate, DeviceChange, VerifiedDeviceLog};
use crate::protocol::ids::{DeviceNumber, TranscriptHash};
use crate::protocol::initial::InitialFields;
use crate::protocol::prekey::PrekeyKind;
use crate::protocol::test_people::{Person, rng};
use crate::store::Tx;

/// What Ada's store says of her sessions.
fn sessions<T>(world: &World, who: usize, read: impl Fn(&Tx<'_>) -> T) -> T {
    let store = &world.devices[who].engine.store;
    let found = store.read(|tx| Ok::<_, crate::client::ClientError>(read(tx)));
    found.unwrap()
}

/// N1, N5, N6, N7, N8, N9: initial fields that differ from the honest ones in anything.
#[test]
fn false_initial_envelopes_leave_the_store_as_it_was() {
    let mut world = World::new(1);
    let (a, b, _, _) = world.pair();
    let link = world.invite(a, InvitationKind::Public);
    let last_resort = bundle(&world, &link, false);
    let mut guest = Intruder::begin(Person::new(1), bundle(&world, &link, true), None);
    let mut plain = Intruder::begin(Person::new(2), last_resort.clone(), None);
    let (mailbox, good) = (guest.mailbox(), guest.fields());
    let message = guest.message(1, &text("hello"));
    let plain_message = plain.message(1, &text("hello"));
    let ada = last_resort.log.as_log().clone();
    let bo_log = world
        .with(b, |engine, _, _| engine.me.as_ref().unwrap().log.clone())
        .as_log()
        .clone();
    let other_head = TranscriptHash([3; 32]).0;
    let zero = DhPublic::from_bytes([0; 32]).unwrap();
    let order_four = DhPublic::from_bytes({
        let mut bytes = [0; 32];
        bytes[0] = 1;
        bytes
    })
    .unwrap();
    let stolen = Person::new(3).log.as_log().clone();
    let foreign_ephemeral = DhSecret::generate(&mut rng(8)).public();
    let changed = |change: &dyn Fn(&mut InitialFields)| {
        let mut fields = good.clone();
        change(&mut fields);
        fields
    };
    let wrong = [
        ("ephemeral of order 1", changed(&|f| f.ephemeral = zero)),
        (
            "ephemeral of order 4",
            changed(&|f| f.ephemeral = order_four),
        ),
        (
            "another ephemeral",
            changed(&|f| f.ephemeral = foreign_ephemeral),
        ),
        ("our own account", changed(&|f| f.log = ada.clone())),
        ("a contact's name", changed(&|f| f.log = bo_log.clone())),
        ("a stranger's name", changed(&|f| f.log = stolen.clone())),
        (
            "an unknown device",
            changed(&|f| f.device = DeviceNumber(7)),
        ),
        (
            "a log of ours that never was",
            changed(&|f| f.responder_head = other_head),
        ),
        ("an unknown signed prekey", changed(&|f| f.spk_id = 999)),
        (
            "an unknown one-time prekey",
            changed(&|f| f.opk_id = Some(999)),
        ),
        ("no one-time prekey", changed(&|f| f.opk_id = None)),
        (
            "a last resort for a one-time key",
            changed(&|f| f.kem_kind = PrekeyKind::LastResort),
        ),
        (
            "the last resort's number",
            changed(&|f| {
                f.kem_kind = PrekeyKind::LastResort;
                f.kem_id = plain.fields().kem_id;
            }),
        ),
        (
            "the last resort, and no one-time key",
            changed(&|f| {
                f.opk_id = None;
                f.kem_kind = PrekeyKind::LastResort;
                f.kem_id = plain.fields().kem_id;
            }),
        ),
        ("an unknown ML-KEM key", changed(&|f| f.kem_id = 999)),
        (
            "another ciphertext",
            changed(&|f| f.ciphertext = KemCiphertext::from_bytes(&[8; 1088])),
        ),
        (
            "another mailbox for answers",
            changed(&|f| f.descriptor = Person::new(9).mailbox.clone()),
        ),
        (
            "a session to replace",
            changed(&|f| f.replaces = Some(TranscriptHash([9; 32]))),
        ),
    ];
    let before = rows(&mut world, a);
    for (what, fields) in &wrong {
        let envelope = guest.seal(fields, &message, 80);
        deliver(&mut world, mailbox, &envelope);
        let after = rows(&mut world, a);
        assert_eq!(differences(&before, &after), [""; 0], "{what}");
    }
    // Right fields with a message that is altered, cut, of another session, or none.
    let mut altered = message.clone();
    *altered.last_mut().unwrap() ^= 1;
    for body in [&altered[..], &message[..2352], &plain_message, &[]] {
        let envelope = guest.seal(&good, body, 81);
        deliver(&mut world, mailbox, &envelope);
        let after = rows(&mut world, a);
        assert_eq!(differences(&before, &after), [""; 0]);
    }
    // Nothing was used up: the honest envelope is taken.
    let envelope = guest.seal(&good, &message, 82);
    deliver(&mut world, mailbox, &envelope);
    let shown = world.texts(a, guest.conversation(), Direction::Incoming);
    assert_eq!(shown, ["hello"]);
}

/// N29: there is no unencrypted message, on any path.
#[test]
fn an_unencrypted_frame_is_taken_on_no_path() {
    let mut world = World::new(1);
    let (a, b, _, to_a) = world.pair();
    world.invite(b, InvitationKind::Public);
    let (kind, body) = text("not encrypted").encode_body();
    let frame = Frame {
        counter: 2,
        seen_up_to: 0,
        kind,
        body,
    }
    .to_bytes();
    let mailboxes: Vec<_> = world.relays[0].1.mailboxes.keys().copied().collect();
    assert!(mailboxes.len() >= 4);
    let bare = |at: usize, size: usize, suite: u8| {
        let mut envelope = vec![0; size];
        envelope[0] = suite;
        envelope[at..at + frame.len()].copy_from_slice(&frame);
        envelope[at + frame.len()] = 0x80;
        envelope
    };
    let to_b = world.id_of(b);
    let before = (world.all(a, to_b).len(), world.all(b, to_a).len());
    for size in [4096, 8192] {
        for suite in [0, 1, 2, 255] {
            for at in [1, 25, 2353] {
                for mailbox in &mailboxes {
                    deliver(&mut world, *mailbox, &bare(at, size, suite));
                }
            }
        }
    }
    for (who, id, before) in [(a, to_b, before.0), (b, to_a, before.1)] {
        let shown = world.all(who, id);
        assert_eq!(
            shown.len(),
            before + 1,
            "one place says that something came"
        );
        assert!(matches!(
            shown[before].body,
            MessageBody::Undecryptable {
                cause: UndecryptableCause::NoKey,
                ..
            }
        ));
        assert_eq!(world.devices[who].engine.conversations().unwrap().len(), 1);
    }
}

/// N30: a session names what it replaces; that counts among the sessions of one device pair only.
#[test]
fn a_strangers_session_that_claims_to_replace_a_friends_replaces_nothing() {
    let mut world = World::new(1);
    let (a, b, to_b, to_a) = world.pair();
    world.send(a, to_b, "before");
    world.run();
    let of_bo = sessions(&world, a, |tx| {
        let peers = tx.all_peers().unwrap();
        let sessions = tx.sessions_of(peers[0].address).unwrap();
        sessions.iter().map(|row| row.th).collect::<Vec<_>>()
    });
    assert!(!of_bo.is_empty());
    let link = world.invite(a, InvitationKind::Public);
    let mallory = Person::new(1);
    let words = introduction(&mallory, "Bo", &mallory);
    let target = bundle(&world, &link, true);
    let mut mallory = Intruder::begin(mallory, target, Some(of_bo[0]));
    let envelope = mallory.envelope(&words);
    deliver(&mut world, mallory.mailbox(), &envelope);
    // A request of its own, whatever name it gives itself,
    let list = world.devices[a].engine.conversations().unwrap();
    assert_eq!(list.len(), 2);
    let request = list.iter().find(|view| view.id == mallory.conversation());
    assert_eq!(request.unwrap().state, ConversationState::Request);
    // and what Ada writes to Bo goes to Bo.
    world.send(a, to_b, "after");
    world.run();
    let came = world.texts(b, to_a, Direction::Incoming);
    assert_eq!(came, ["before", "after"]);
}

/// N27: who speaks is whose keys opened the message; what a record inside says of itself is not believed.
#[test]
fn a_record_of_somebody_else_inside_an_introduction_is_not_kept() {
    for whose in [1, 2] {
        let mut world = World::new(1);
        let a = world.add("Ada", 0);
        let link = world.invite(a, InvitationKind::Public);
        let mallory = Person::new(1);
        let words = introduction(&mallory, "Carol", &Person::new(whose));
        let target = bundle(&world, &link, true);
        let mut mallory = Intruder::begin(mallory, target, None);
        let envelope = mallory.envelope(&words);
        deliver(&mut world, mallory.mailbox(), &envelope);
        let list = world.devices[a].engine.conversations().unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].id, mallory.conversation());
        let after = rows(&mut world, a);
        assert_eq!(after["peers"].len(), 1);
        // Her own record is kept, Carol's is not.
        assert_eq!(after["peer_records"].len(), usize::from(whose == 1));
    }
}

/// N25, N33: whoever has the account key lies to somebody; the user is told, and nothing else changes.
#[test]
fn a_device_log_that_contradicts_the_known_one_raises_the_alarm_visibly_and_changes_nothing_else() {
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
    world.devices[a].engine.mark_verified(id, true).unwrap();
    world.run();
    let verification = |world: &World| {
        let number = world.devices[a].engine.safety_number(id);
        number.unwrap().verification
    };
    assert_eq!(verification(&world), Verification::Verified);
    let before = rows(&mut world, a);

    let second = bundle(&world, &link, false);
    let mut liar = Intruder::begin(forked(Person::new(1), 5), second, None);
    assert_eq!(liar.conversation(), id, "the same account");
    let envelope = liar.envelope(&text("it is still me"));
    deliver(&mut world, liar.mailbox(), &envelope);
    assert_eq!(verification(&world), Verification::Alarm);
    let shown = world.all(a, id);
    assert_eq!(
        shown.last().unwrap().body,
        MessageBody::Undecryptable {
            cause: UndecryptableCause::LogsContradict,
            count: 1,
            repair: Repair::NotAsked,
        }
    );
    let texts = world.texts(a, id, Direction::Incoming);
    assert!(!texts.iter().any(|text| text == "it is still me"));
    let after = rows(&mut world, a);
    assert_eq!(
        differences(&before, &after),
        ["conversations", "messages", "settings"],
        "sessions, keys and peers are as they were"
    );
    let log = |rows: &super::intruder::Rows| rows["conversations"][0][3].clone();
    assert!(log(&before) == log(&after), "the known log is kept");
}

/// Bo with a second device, and with the log after the removal of the first one.
fn with_second_device() -> (Person, Person) {
    let (first, other) = (Person::new(1), Person::new(5));
    let second = DeviceNumber(2);
    let certificate = Certificate::sign(
        &first.account_key,
        second,
        other.keys.signing.public(),
        other.keys.dh.public(),
        crate::protocol::test_people::NOW,
    );
    let change = |log: &VerifiedDeviceLog, change| {
        log.append(
            &first.account_key,
            change,
            crate::protocol::test_people::NOW,
        )
        .unwrap()
    };
    let both = change(&first.log, DeviceChange::Add(certificate));
    let removed = change(&both, DeviceChange::Remove(DeviceNumber::FIRST));
    let mut keys = other.keys;
    keys.address = crate::protocol::ids::DeviceAddress {
        account: first.account(),
        device: second,
    };
    let at_second = Person {
        log: removed,
        keys,
        ..Person::new(1)
    };
    let at_first = Person { log: both, ..first };
    (at_first, at_second)
}

/// N24, N25: a lost phone that was removed shows the log from before its removal.
#[test]
fn a_removed_device_begins_no_session_with_the_log_from_before_its_removal() {
    let mut world = World::new(1);
    let a = world.add("Ada", 0);
    let link = world.invite(a, InvitationKind::Public);
    let (removed, second) = with_second_device();
    let mut second = Intruder::begin(second, bundle(&world, &link, true), None);
    let envelope = second.envelope(&text("from the new phone"));
    deliver(&mut world, second.mailbox(), &envelope);
    let id = second.conversation();
    assert_eq!(
        world.texts(a, id, Direction::Incoming),
        ["from the new phone"]
    );
    let before = rows(&mut world, a);
    let mut thief = Intruder::begin(removed, bundle(&world, &link, false), None);
    let envelope = thief.envelope(&text("from the lost phone"));
    deliver(&mut world, thief.mailbox(), &envelope);
    let after = rows(&mut world, a);
    assert_eq!(differences(&before, &after), [""; 0]);
    assert_eq!(
        world.texts(a, id, Direction::Incoming),
        ["from the new phone"]
    );
}
