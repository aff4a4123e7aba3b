//! The insider exam against a real relay, without clients: what it must let pass and what it must find.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod programs;

use std::path::Path;

use tacita_harness::exam::{self, Canaries, Findings, Kind};
use tacita_harness::raw::RawRelay;
use tacita_harness::relay::Relay;
use tacita_wire::{
    ClaimKey, ClaimNonce, MailboxKind, OwnerKey, ReadKey, RelayLink, Request, Response,
    SealedEntry, Ticket, WriteKey,
};

struct Scene {
    relay: Relay,
    link: RelayLink,
    raw: RawRelay,
    canaries: Canaries,
    directory: tempfile::TempDir,
}

fn scene() -> Scene {
    let directory = tempfile::tempdir().unwrap();
    let relay = Relay::new(&programs::relay(), &directory.path().join("relay")).unwrap();
    relay.start().unwrap();
    let text = relay.link().unwrap();
    let link = RelayLink::parse(&text).unwrap();
    let mut canaries = Canaries::default();
    canaries.allow_link(&text).unwrap();
    canaries.text("a text", "canary-in-the-cellar");
    Scene {
        raw: RawRelay::new(&link).unwrap(),
        relay,
        link,
        canaries,
        directory,
    }
}

impl Scene {
    fn ask(&self, request: &Request) -> Response {
        self.raw.ask(request).unwrap()
    }

    fn mailbox(&self, read: [u8; 32], envelopes: Vec<Vec<u8>>) {
        let mailbox = ReadKey::from_bytes(read).derive_mailbox_id();
        let write = random();
        let made = self.ask(&Request::CreateMailbox {
            ticket: self.link.ticket(),
            kind: MailboxKind::Pair,
            mailbox,
            write_hash: WriteKey::from_bytes(write).derive_hash(),
        });
        assert_eq!(made, Response::Done);
        let put = self.ask(&Request::Put {
            ticket: Ticket::Open,
            mailbox,
            write: WriteKey::from_bytes(write),
            envelopes,
        });
        assert_eq!(put, Response::Done);
    }

    fn pile(&self) {
        let (claim, owner) = (ClaimKey::from_bytes(random()), random());
        let entry = || SealedEntry::new(&noise(8192)).unwrap();
        let requests = [
            Request::CreatePile {
                ticket: self.link.ticket(),
                pile: claim.derive_pile_id(),
                owner_hash: OwnerKey::from_bytes(owner).derive_hash(),
                last_resort: entry(),
            },
            Request::FillPile {
                pile: claim.derive_pile_id(),
                owner: OwnerKey::from_bytes(owner),
                replace: false,
                last_resort: None,
                entries: vec![entry(), entry()],
            },
        ];
        for request in &requests {
            assert_eq!(self.ask(request), Response::Done);
        }
        let claimed = self.ask(&Request::Claim {
            ticket: Ticket::Open,
            claim,
            nonce: ClaimNonce([5; 16]),
        });
        assert!(matches!(claimed, Response::Claimed { .. }));
    }

    fn examine(&self) -> Findings {
        match exam::examine_relay(&self.relay, &self.canaries, self.directory.path()) {
            Ok(()) => Findings::default(),
            Err(error) => error.downcast::<Findings>().unwrap(),
        }
    }
}

fn random() -> [u8; 32] {
    std::array::from_fn(|_| fastrand::u8(..))
}

fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|_| fastrand::u8(..)).collect()
}

#[test]
fn a_relay_with_sealed_things_passes_before_and_after_its_death() {
    let scene = scene();
    scene.mailbox(random(), vec![noise(4096), noise(8192)]);
    scene.mailbox(random(), vec![noise(65536)]);
    scene.pile();
    assert_eq!(scene.examine(), Findings::default());
    scene.relay.kill();
    scene.relay.start().unwrap();
    assert_eq!(scene.examine(), Findings::default());
}

#[test]
fn a_text_in_the_clear_is_found() {
    let scene = scene();
    let mut envelope = noise(4096);
    envelope.splice(1000..1020, *b"canary-in-the-cellar");
    scene.mailbox(random(), vec![envelope]);
    assert!(scene.examine().has(Kind::Canary));
}

#[test]
fn an_envelope_that_carries_another_mailboxes_id_is_found() {
    let scene = scene();
    let read = random();
    scene.mailbox(read, vec![noise(4096)]);
    let mut envelope = noise(4096);
    envelope.splice(77..109, ReadKey::from_bytes(read).derive_mailbox_id().0);
    scene.mailbox(random(), vec![envelope]);
    assert!(scene.examine().has(Kind::Link));
}

#[test]
fn one_envelope_in_two_mailboxes_is_found() {
    let scene = scene();
    let envelope = noise(4096);
    scene.mailbox(random(), vec![envelope.clone()]);
    scene.mailbox(random(), vec![envelope]);
    assert!(scene.examine().has(Kind::Link));
}

#[test]
fn a_column_a_view_a_file_and_a_log_line_too_many_are_found() {
    let scene = scene();
    assert!(scene.relay.stop());
    let database = rusqlite::Connection::open(scene.relay.data().join("relay.db")).unwrap();
    database
        .execute_batch(
            "ALTER TABLE mailbox ADD COLUMN owner TEXT;
             CREATE VIEW everything AS SELECT * FROM mailbox;
             CREATE TABLE visit (at INTEGER NOT NULL);",
        )
        .unwrap();
    drop(database);
    std::fs::write(scene.relay.data().join("visitors"), "10.0.0.1").unwrap();
    append(&scene.relay.log(), "connection from 10.0.0.1\n");
    scene.relay.start().unwrap();
    let findings = scene.examine();
    let says = |text: &str| {
        let mut all = findings.all().iter();
        assert!(
            all.any(|finding| finding.what.contains(text)),
            "{text}: {findings}"
        );
    };
    says("mailbox.owner is not on the list");
    says("a view, everything");
    says("visit keeps rowids");
    says("the file visitors");
    says("10.0.0.1");
}

fn append(path: &Path, text: &str) {
    use std::io::Write as _;
    let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}
