//! A store that is put back to before a session was begun: its contact follows it into the next one, and nothing is lost.

use std::collections::BTreeSet;

use chacha20::rand_core::Rng;

use super::put_back::Talk;
use super::rotation::read;
use crate::client::send::rule;
use crate::client::view::{Delivery, InvitationKind, PrivacySettings};
use crate::protocol::ids::{Hour, TranscriptHash};
use crate::store::SessionRow;

/// A device's sessions with its only contact.
fn sessions(talk: &Talk, who: usize) -> Vec<SessionRow> {
    read(&talk.world, who, |tx| {
        let peer = tx.all_peers()?[0].address;
        Ok(tx.sessions_of(peer)?)
    })
}

/// The session in which a device writes to its only contact.
fn sends(talk: &Talk, who: usize) -> TranscriptHash {
    let hour = Hour((talk.world.now.ms / 3_600_000) as u32);
    rule(&sessions(talk, who), hour).sends.unwrap()
}

#[test]
fn a_session_begun_anew_replaces_the_one_that_its_peer_lost_whichever_hash_is_lower() {
    let mut orders = BTreeSet::new();
    for seed in 0..8 {
        let mut talk = Talk::new();
        let (a, b) = (talk.a, talk.b);
        talk.keep();
        for _ in 0..seed {
            talk.world.devices[b].rng.next_u64();
        }
        // Bo accepts a second invitation of Ada's, and they talk in that session, which the copy does not know.
        let link = talk.world.invite(a, InvitationKind::Personal);
        talk.world.accept(b, &link).unwrap();
        talk.say("lost");
        let lost = sends(&talk, a);
        assert_eq!(sends(&talk, b), lost);
        talk.put_back();
        assert!(sessions(&talk, a).iter().all(|row| row.th != lost));
        talk.world.send(a, talk.to_b, "a from the copy");
        talk.world.send(b, talk.to_a, "b to the copy");
        talk.world.run_for(60_000);
        talk.say("after");
        let anew = sends(&talk, a);
        assert_ne!(anew, lost);
        assert_eq!(sends(&talk, b), anew, "{seed}");
        orders.insert(anew < lost);
        for text in ["a lost", "a from the copy", "a after"] {
            let heard = talk.of_b();
            let count = heard.iter().filter(|heard| *heard == text).count();
            assert_eq!(count, 1, "{seed}: {text} in {heard:?}");
        }
        for text in ["b to the copy", "b after"] {
            let heard = talk.of_a();
            let count = heard.iter().filter(|heard| *heard == text).count();
            assert_eq!(count, 1, "{seed}: {text} in {heard:?}");
        }
    }
    assert_eq!(orders.len(), 2, "both orders of the hashes were met");
}

#[test]
fn a_text_under_a_used_key_of_another_session_than_the_one_that_sends_is_encrypted_again() {
    let mut talk = Talk::new();
    let (a, b, to_b) = (talk.a, talk.b, talk.to_b);
    // Without a word from Bo all that Ada writes is in one chain.
    let settings = PrivacySettings {
        delivery_receipts: false,
        read_receipts: true,
        typing: true,
    };
    let set = talk.world.with(b, |engine, now, rng| {
        engine.set_privacy_settings(settings, now, rng)
    });
    set.unwrap();
    let link = talk.world.invite(a, InvitationKind::Personal);
    talk.world.run_for(60_000);
    talk.world.devices[a].withheld = true;
    talk.world.send(a, to_b, "a one");
    talk.world.run();
    talk.keep();
    let before = sends(&talk, a);
    // It uses a key up, and no counter.
    let told = talk.world.with(a, |engine, now, rng| {
        engine.set_typing(to_b, true, now, rng)
    });
    told.unwrap();
    talk.world.run();
    talk.put_back();
    let used = talk.world.send(a, to_b, "a under the used key");
    talk.world.run();
    assert!(!talk.of_b().contains(&"a under the used key".to_owned()));
    // What Bo says of that key, and the session that he begins, come to Ada together.
    talk.world.accept(b, &link).unwrap();
    talk.world.run();
    talk.world.devices[a].withheld = false;
    talk.world.run_for(60_000);
    assert_ne!(sends(&talk, a), before);
    talk.say("after");
    talk.world.run_for(60_000);
    let heard = talk.of_b();
    assert_eq!(
        heard,
        ["a before", "a one", "a under the used key", "a after"],
    );
    let rows = talk.world.all(a, to_b);
    let row = rows.iter().find(|row| row.place == used.place).unwrap();
    assert_eq!(row.delivery, Delivery::Delivered);
}
