//! A relay that lies, against real clients: typed errors, nothing lost, nothing twice, order kept.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod people;

use std::time::Duration;

use people::{Person, contacts, settled, texts, until};
use tacita_core::client::ClientError;
use tacita_core::client::view::{
    Delivery, InvitationKind, InvitationState, MessageBody, RelayState,
};
use tacita_harness::liar::{Liar, Lie, Trick};
use tacita_wire::RelayRootHash;

const LIES: [Lie; 5] = [
    Lie::Nonsense,
    Lie::WrongKind,
    Lie::Redirect,
    Lie::StopMidFrame,
    Lie::Oversized,
];

#[tokio::test(flavor = "multi_thread")]
async fn an_account_at_a_lying_relay_is_a_typed_error_and_works_once_the_lying_ends() {
    let liar = Liar::start().await.unwrap();
    let person = Person::new();
    for lie in LIES {
        liar.lie(lie);
        let created = person
            .client
            .create_account(liar.link().unwrap(), "Anna".to_owned());
        let error = created.await.unwrap_err();
        let fits = match lie {
            Lie::StopMidFrame => matches!(
                error,
                ClientError::Offline { .. } | ClientError::RelayMisbehaved
            ),
            _ => error == ClientError::RelayMisbehaved,
        };
        assert!(fits, "{lie:?} gives {error:?}");
        assert_eq!(person.client.account().await.unwrap(), None);
    }
    assert_eq!(liar.redirected_visits(), 0);
    liar.lie(Lie::None);
    until("an account", async || {
        let link = liar.link().unwrap();
        let created = person.client.create_account(link, "Anna".to_owned());
        created.await.is_ok()
    })
    .await;
}

async fn lie_in_mid_conversation(lie: Lie) {
    let liar = Liar::start().await.unwrap();
    let (a, b) = contacts(&liar.link().unwrap()).await;
    let (from_a, from_b) = (texts("a", 12), texts("b", 12));
    for (number, (ours, theirs)) in from_a.iter().zip(&from_b).enumerate() {
        if number == 4 {
            liar.lie(lie);
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        a.send(&b, ours).await;
        b.send(&a, theirs).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let waiting = a.deliveries(&b).await;
    assert!(
        waiting.iter().any(|state| *state != Delivery::Delivered),
        "{lie:?} has stopped nothing"
    );
    liar.lie(Lie::None);
    settled(&a, &b, &from_a).await;
    settled(&b, &a, &from_b).await;
    assert_eq!(liar.redirected_visits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_loses_nothing() {
    lie_in_mid_conversation(Lie::Nonsense).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_the_wrong_kind_lose_nothing() {
    lie_in_mid_conversation(Lie::WrongKind).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed_and_lose_nothing() {
    lie_in_mid_conversation(Lie::Redirect).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_break_off_lose_nothing() {
    lie_in_mid_conversation(Lie::StopMidFrame).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oversized_answers_lose_nothing() {
    lie_in_mid_conversation(Lie::Oversized).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_relay_makes_messages_wait_and_loses_nothing() {
    lie_in_mid_conversation(Lie::Full).await;
}

/// Plays a trick during two-way traffic; `rounds` messages each way.
async fn trick_in_mid_conversation(trick: Trick, rounds: u32) -> (Liar, Person, Person) {
    let liar = Liar::start().await.unwrap();
    let (a, b) = contacts(&liar.link().unwrap()).await;
    liar.trick(trick);
    for (ours, theirs) in texts("a", rounds).iter().zip(&texts("b", rounds)) {
        a.send(&b, ours).await;
        b.send(&a, theirs).await;
    }
    until("the trick to be played", async || liar.tricked() > 0).await;
    (liar, a, b)
}

#[tokio::test(flavor = "multi_thread")]
async fn doubled_envelopes_show_once() {
    let (_liar, a, b) = trick_in_mid_conversation(Trick::Duplicate, 20).await;
    settled(&a, &b, &texts("a", 20)).await;
    settled(&b, &a, &texts("b", 20)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replayed_envelopes_show_nothing_new() {
    let (_liar, a, b) = trick_in_mid_conversation(Trick::Replay, 20).await;
    settled(&a, &b, &texts("a", 20)).await;
    settled(&b, &a, &texts("b", 20)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shuffled_envelopes_show_in_the_order_of_sending() {
    let (liar, a, b) = trick_in_mid_conversation(Trick::Reorder, 40).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    liar.trick(Trick::None);
    settled(&a, &b, &texts("a", 40)).await;
    settled(&b, &a, &texts("b", 40)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn withheld_envelopes_show_as_missing_or_undelivered_and_come_later() {
    let (liar, a, b) = trick_in_mid_conversation(Trick::Withhold, 20).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let undelivered = a.deliveries(&b).await;
    assert!(
        undelivered
            .iter()
            .any(|state| *state != Delivery::Delivered),
        "nobody noticed"
    );
    let shown = b.messages(&a).await;
    liar.trick(Trick::None);
    settled(&a, &b, &texts("a", 20)).await;
    settled(&b, &a, &texts("b", 20)).await;
    let now = b.messages(&a).await;
    for before in shown {
        let same = now.iter().find(|message| message.place == before.place);
        let same = same.expect("a place has vanished");
        assert!(before.body == MessageBody::Missing || before.body == same.body);
        assert_eq!(before.direction, same.direction);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_envelopes_change_no_message() {
    let (_liar, a, b) = trick_in_mid_conversation(Trick::Forge, 20).await;
    for (from, to, sent) in [(&a, &b, texts("a", 20)), (&b, &a, texts("b", 20))] {
        until("all good messages", async || {
            let mut heard = to.heard(from).await;
            // What no key opens may show as such, and as nothing else.
            heard.retain(|text| text != "Undecryptable");
            heard == sent
        })
        .await;
        until("the sender to know", async || {
            let states = from.deliveries(to).await;
            states.iter().all(|state| *state == Delivery::Delivered)
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_at_a_full_relay_is_published_once_there_is_room() {
    let liar = Liar::start().await.unwrap();
    let link = liar.link().unwrap();
    let a = Person::with_account(&link, "Anna").await;
    liar.lie(Lie::Full);
    let made = a.client.create_invitation(InvitationKind::Personal);
    let made = made.await.unwrap();
    assert_eq!(made.state, InvitationState::Publishing);
    liar.lie(Lie::None);
    until("the invitation to be live", async || {
        let all = a.client.invitations().await.unwrap();
        all.iter().all(|view| view.state == InvitationState::Live)
    })
    .await;
    let b = Person::with_account(&link, "Bela").await;
    b.client.accept_invitation(made.link).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_with_another_root_key_gets_nothing() {
    let liar = Liar::start().await.unwrap();
    let person = Person::new();
    let link = liar.link_with_root(RelayRootHash([7; 32])).unwrap();
    let created = person.client.create_account(link, "Anna".to_owned());
    assert_eq!(created.await.unwrap_err(), ClientError::WrongRelayKey);
    assert_eq!(person.client.account().await.unwrap(), None);
    let relays = person.client.relays().await.unwrap();
    assert!(
        relays
            .iter()
            .all(|relay| relay.state == RelayState::WrongKey)
    );
}
