//! A used-up budget and a full disk.

use super::*;

examine! {
    async fn over_the_budget_only_what_frees_space_is_done<B: Backend>() {
        let world = World::<B>::with_budget(Budget { bytes: 1 << 20, hard_pages: None });
        a_full_relay_works_again_once_there_is_room(&world).await;
    }

    async fn on_a_full_disk_nothing_is_half_done_and_it_works_again_after<B: Backend>() {
        let world = World::<B>::with_budget(Budget { bytes: 1 << 30, hard_pages: Some(256) });
        a_full_relay_works_again_once_there_is_room(&world).await;
    }
}

async fn a_full_relay_works_again_once_there_is_room<B: Backend>(world: &World<B>) {
    world.create(MailboxKind::Pair).await.unwrap();
    world.create_pile(entry(LAST)).await.unwrap();
    let mut stored = 0;
    let refusal = loop {
        match world.put(&envelopes(stored..stored + 16)).await {
            Ok(_) => stored += 16,
            Err(refusal) => break refusal,
        }
    };
    assert!(matches!(refusal, Refusal::RelayFull { retry_after: 1.. }));
    assert!(stored > 50);
    assert_eq!(world.page(0).await.head, u64::from(stored));
    for _ in 0..3 {
        let more = world.put(&envelopes(stored..stored + 16)).await;
        assert!(matches!(more, Err(Refusal::RelayFull { .. })));
        let fill = world.fill(false, &entries(0..16)).await;
        assert!(matches!(fill, Err(Refusal::RelayFull { .. })));
    }
    assert_eq!(world.store.count_pile(P, O).await, Ok(0));
    assert_eq!(world.page(0).await.head, u64::from(stored));
    world.ack(u64::from(stored)).await.unwrap();
    world.put(&envelopes(stored..stored + 16)).await.unwrap();
    assert_eq!(world.sequences().await.len(), 16);
}
