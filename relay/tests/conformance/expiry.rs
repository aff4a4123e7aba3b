//! Expiry, and clocks that leap or go backward.

use super::*;

examine! {
    async fn an_unread_envelope_goes_after_thirty_days_and_frees_its_place<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Contact).await;
        for start in (0..200).step_by(10) {
            world.put(&envelopes(start..start + 10)).await.unwrap();
        }
        world.pass_hours(30 * 24).await;
        assert_eq!(world.sequences().await.len(), 200);
        world.pass_hours(1).await;
        assert!(world.sequences().await.is_empty());
        assert_eq!(world.page(0).await.head, 200);
        world.put(&envelopes(200..210)).await.unwrap();
        assert_eq!(world.sequences().await[0], 201);
    }

    async fn a_hash_outlives_its_envelope_by_two_days<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..1)).await.unwrap();
        world.pass_hours(32 * 24).await;
        world.put(&envelopes(0..1)).await.unwrap();
        assert!(world.sequences().await.is_empty());
        world.pass_hours(1).await;
        world.put(&envelopes(0..1)).await.unwrap();
        assert_eq!(world.sequences().await, vec![2]);
    }

    async fn mailboxes_and_piles_go_after_fourteen_weeks_unless_renewed<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.create_pile(entry(LAST)).await.unwrap();
        world.pass_hours(14 * 168).await;
        assert!(world.store.read(A, 0, 1, 1).await.is_ok());
        world.create(MailboxKind::Pair).await.unwrap();
        world.pass_hours(168).await;
        assert_eq!(world.claim(1).await, Err(Refusal::NotFound));
        assert!(world.store.read(A, 0, 1, 1).await.is_ok());
        world.pass_hours(14 * 168).await;
        assert_eq!(world.store.read(A, 0, 1, 1).await, Err(Refusal::NotFound));
    }

    async fn a_clock_that_leaps_expires_nothing_until_it_comes_back<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.create_pile(entry(LAST)).await.unwrap();
        world.put(&envelopes(0..1)).await.unwrap();
        world.clock.set_hour(START + 50_000);
        assert!(world.expire_all().await.halted);
        world.put(&envelopes(1..2)).await.unwrap();
        let world = world.reopen().await;
        assert!(world.expire_all().await.halted);
        assert_eq!(world.sequences().await, vec![1, 2]);
        world.clock.set_hour(START + 3);
        assert!(!world.expire_all().await.halted);
        let hours: Vec<u32> = world.page(0).await.entries.iter().map(|e| e.hour).collect();
        assert_eq!(hours, vec![START, START + 3]);
        world.pass_hours(30 * 24 - 2).await;
        assert_eq!(world.sequences().await, vec![2]);
    }

    async fn a_clock_that_leaps_and_is_right_expires_once_told<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..1)).await.unwrap();
        world.clock.set_hour(START + 31 * 24);
        assert!(world.expire_all().await.halted);
        world.put(&envelopes(1..2)).await.unwrap();
        assert_eq!(world.sequences().await, vec![1, 2]);
        B::confirm_clock(world.directory.path(), &world.clock);
        assert!(!world.expire_all().await.halted);
        assert_eq!(world.sequences().await, vec![2]);
    }

    async fn a_clock_that_goes_backward_expires_nothing_and_revives_nothing<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..1)).await.unwrap();
        world.pass_hours(10).await;
        world.clock.set_hour(5);
        assert!(!world.expire_all().await.halted);
        assert_eq!(world.store.hour().await, Ok(START + 10));
        world.put(&envelopes(1..2)).await.unwrap();
        let hours: Vec<u32> = world.page(0).await.entries.iter().map(|e| e.hour).collect();
        assert_eq!(hours, vec![START, START + 10]);
        world.clock.set_hour(START + 11);
        world.pass_hours(30 * 24 - 1).await;
        assert_eq!(world.sequences().await, vec![2]);
    }
}
