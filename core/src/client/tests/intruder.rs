//! Somebody who speaks the protocol by hand and sends what no client would; and whole stores, to compare.

use tacita_wire::MailboxId;

use super::world::{START_MS, World};
use crate::client::view::ConversationId;
use crate::protocol::bundle::{Bundle, VerifiedBundle};
use crate::protocol::content::{Content, Frame};
use crate::protocol::handshake::{HandshakeTarget, Initiated, initiate};
use crate::protocol::identity::VerifiedDeviceLog;
use crate::protocol::ids::{Hour, TranscriptHash};
use crate::protocol::initial::{InitialFields, seal_initial};
use crate::protocol::invitation::InvitationLink;
use crate::protocol::prekey::PrekeyKind;
use crate::protocol::reconnect::ReconnectRecord;
use crate::protocol::test_people::{NOW, Person, pair, rng};
pub(super) use crate::store::test_rows::Rows;
use crate::store::test_rows::all_rows;

pub(super) const HOUR: Hour = Hour((START_MS / 3_600_000) as u32);

/// What the holder of a link finds in its pile: the last resort, or a one-time entry.
pub(super) fn bundle(world: &World, link: &str, one_time: bool) -> VerifiedBundle {
    let link = InvitationLink::parse(link).unwrap();
    let pile = &world.relays[0].1.piles[&link.pile_id()];
    let entry = match one_time {
        true => pile.entries.first().unwrap(),
        false => &pile.last_resort,
    };
    let bundle = Bundle::open(entry, &link.seal_key(), link.pile_id()).unwrap();
    bundle.verify(link.account, HOUR).unwrap()
}

/// A handshake begun by hand; what it seals is up to the test.
pub(super) struct Intruder {
    pub(super) person: Person,
    pub(super) initiated: Initiated,
}

impl Intruder {
    pub(super) fn begin(
        person: Person,
        bundle: VerifiedBundle,
        replaces: Option<TranscriptHash>,
    ) -> Self {
        let target = HandshakeTarget::from_bundle(bundle).unwrap();
        let initiated = initiate(
            &person.keys,
            &person.log,
            &target,
            &person.mailbox,
            replaces,
            HOUR,
            &mut rng(71),
        )
        .unwrap();
        Self { person, initiated }
    }

    pub(super) fn conversation(&self) -> ConversationId {
        ConversationId(self.person.account())
    }

    pub(super) fn fields(&self) -> InitialFields {
        self.initiated.fields.clone()
    }

    /// The next ratchet message.
    pub(super) fn message(&mut self, counter: u64, content: &Content) -> Vec<u8> {
        let (kind, body) = content.encode_body();
        let frame = Frame {
            counter,
            seen_up_to: 0,
            kind,
            body,
        };
        let session = &mut self.initiated.session;
        session.encrypt_bare(&frame, &mut rng(72)).unwrap()
    }

    /// An initial envelope with these fields, sealed afresh under each seed.
    pub(super) fn seal(&self, fields: &InitialFields, message: &[u8], seed: u64) -> Vec<u8> {
        let (key, mailbox) = (&self.initiated.contact_key, self.initiated.mailbox);
        seal_initial(fields, message, key, mailbox, &mut rng(seed)).unwrap()
    }

    /// What an honest guest would send.
    pub(super) fn envelope(&mut self, content: &Content) -> Vec<u8> {
        let message = self.message(1, content);
        self.seal(&self.fields(), &message, 73)
    }

    pub(super) fn mailbox(&self) -> MailboxId {
        self.initiated.mailbox
    }
}

pub(super) fn text(text: &str) -> Content {
    Content::Text {
        sent_at_ms: START_MS,
        text: text.to_owned(),
    }
}

/// A person's first words, with what is said in them left to the test.
pub(super) fn introduction(person: &Person, name: &str, record_of: &Person) -> Content {
    Content::Introduction {
        name: name.to_owned(),
        descriptor: person.mailbox.clone(),
        record: record(record_of),
    }
}

/// A person's record with prekeys of this world's time.
pub(super) fn record(person: &Person) -> ReconnectRecord {
    let prekey = |kind, id| pair(kind, id, HOUR, &person.keys, 7).signed;
    ReconnectRecord::build(
        &person.keys,
        &person.log,
        prekey(PrekeyKind::Signed, 1),
        prekey(PrekeyKind::LastResort, 2),
        prekey(PrekeyKind::Contact, 3),
    )
    .unwrap()
}

/// The account of a person with other device keys in its first entry: a log that contradicts the known one.
pub(super) fn forked(person: Person, seed: u64) -> Person {
    let other = Person::new(seed);
    let log = VerifiedDeviceLog::sign_first(
        &person.account_key,
        other.keys.signing.public(),
        other.keys.dh.public(),
        NOW,
    );
    let mut keys = other.keys;
    keys.address = person.keys.address;
    Person {
        log,
        keys,
        ..person
    }
}

/// Every row of a device's store, byte for byte, once all is quiet. Left out is what taking in any envelope moves (its
/// hash and the mailbox's cursor) and the news for the screens, which word from the relay makes too.
pub(super) fn rows(world: &mut World, who: usize) -> Rows {
    world.run_for(10_000);
    all_rows(world.devices[who].engine.store.connection())
}

/// The tables in which two stores differ.
pub(super) fn differences(before: &Rows, after: &Rows) -> Vec<String> {
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>()
    );
    before
        .iter()
        .filter(|(table, found)| after[*table] != **found)
        .map(|(table, _)| table.clone())
        .collect()
}

/// Brings an envelope into a mailbox as the relay would, and lets everybody work.
pub(super) fn deliver(world: &mut World, mailbox: MailboxId, envelope: &[u8]) {
    world.relays[0].1.slip_in(mailbox, envelope.to_vec());
    world.run();
}
