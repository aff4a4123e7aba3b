//! Mailboxes: order, repetition, acknowledgement, quotas.

use std::collections::BTreeSet;

use super::*;

examine! {
    async fn creating_again_renews_and_other_capabilities_conflict<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        assert_eq!(world.create(MailboxKind::Pair).await, Ok(Outcome::Done));
        assert_eq!(world.create(MailboxKind::Contact).await, Err(Refusal::Conflict));
        let other = Change::CreateMailbox {
            mailbox: A,
            kind: MailboxKind::Pair,
            write_hash: WriteHash([9; 32]),
        };
        assert_eq!(world.store.change(other).await, Err(Refusal::Conflict));
    }

    async fn an_unknown_mailbox_and_a_wrong_key_look_alike<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        let one = envelopes(0..1);
        let unknown = MailboxId([7; 32]);
        assert_eq!(world.put_into(unknown, W, &one).await, Err(Refusal::NotFound));
        assert_eq!(world.put_into(A, WriteHash([7; 32]), &one).await, Err(Refusal::NotFound));
        assert_eq!(world.store.read(unknown, 0, 1, 1).await, Err(Refusal::NotFound));
        let ack = Change::Ack { mailbox: unknown, up_to: 1 };
        assert_eq!(world.store.change(ack).await, Err(Refusal::NotFound));
        assert!(world.sequences().await.is_empty());
    }

    async fn envelopes_come_back_whole_in_order_behind_the_cursor<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..3)).await.unwrap();
        world.clock.set_hour(START + 2);
        world.put(&[sized_envelope(3, 65536)]).await.unwrap();
        let page = world.page(1).await;
        assert_eq!(page.head, 4);
        assert_eq!(page.hour, START + 2);
        let got: Vec<_> = page.entries.iter().map(|e| (e.sequence, e.hour, e.envelope.clone())).collect();
        assert_eq!(got, vec![
            (2, START, envelope(1)),
            (3, START, envelope(2)),
            (4, START + 2, sized_envelope(3, 65536)),
        ]);
        assert!(world.page(4).await.entries.is_empty());
        assert!(world.page(u64::MAX).await.entries.is_empty());
    }

    async fn a_page_is_bounded_and_gives_at_least_one<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..5)).await.unwrap();
        assert_eq!(world.store.read(A, 0, 2, 1 << 20).await.unwrap().entries.len(), 2);
        assert_eq!(world.store.read(A, 0, 256, 1).await.unwrap().entries.len(), 1);
        assert_eq!(world.store.read(A, 0, 256, 3 * 4096).await.unwrap().entries.len(), 3);
        assert_eq!(world.store.read(A, 0, 0, 1 << 20).await.unwrap().entries.len(), 0);
    }

    async fn reading_changes_nothing<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..3)).await.unwrap();
        let first = world.page(0).await;
        assert_eq!(world.page(0).await, first);
    }

    async fn a_repeated_put_stores_nothing_also_after_the_ack_and_a_restart<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&[envelope(0), envelope(0), envelope(1)]).await.unwrap();
        assert_eq!(world.sequences().await, vec![1, 2]);
        world.put(&envelopes(0..3)).await.unwrap();
        assert_eq!(world.sequences().await, vec![1, 2, 3]);
        world.ack(3).await.unwrap();
        let world = world.reopen().await;
        world.put(&envelopes(0..4)).await.unwrap();
        assert_eq!(world.sequences().await, vec![4]);
    }

    async fn the_same_envelope_goes_into_two_mailboxes<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        let other = MailboxId([8; 32]);
        let create = Change::CreateMailbox { mailbox: other, kind: MailboxKind::Pair, write_hash: W };
        world.store.change(create).await.unwrap();
        world.put(&envelopes(0..1)).await.unwrap();
        world.put_into(other, W, &envelopes(0..1)).await.unwrap();
        assert_eq!(world.store.read(other, 0, 9, 1 << 20).await.unwrap().entries.len(), 1);
    }

    async fn an_ack_is_cumulative_up_to_the_head_and_no_number_is_used_again<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..5)).await.unwrap();
        world.ack(3).await.unwrap();
        assert_eq!(world.sequences().await, vec![4, 5]);
        world.ack(2).await.unwrap();
        assert_eq!(world.sequences().await, vec![4, 5]);
        for beyond in [6, u64::MAX] {
            assert_eq!(world.ack(beyond).await, Err(Refusal::NotFound));
        }
        assert_eq!(world.sequences().await, vec![4, 5]);
        world.ack(5).await.unwrap();
        assert!(world.sequences().await.is_empty());
        let world = world.reopen().await;
        world.put(&envelopes(5..6)).await.unwrap();
        assert_eq!(world.sequences().await, vec![6]);
    }

    async fn a_full_mailbox_takes_all_or_none_and_an_ack_frees_it<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Contact).await;
        for start in (0..192).step_by(16) {
            world.put(&envelopes(start..start + 16)).await.unwrap();
        }
        assert_eq!(world.put(&envelopes(192..201)).await, Err(Refusal::MailboxFull));
        assert_eq!(world.page(0).await.head, 192);
        world.put(&envelopes(192..200)).await.unwrap();
        assert_eq!(world.put(&envelopes(200..201)).await, Err(Refusal::MailboxFull));
        // A repetition is done, full or not.
        assert_eq!(world.put(&envelopes(0..16)).await, Ok(Outcome::Done));
        world.ack(1).await.unwrap();
        world.put(&envelopes(200..201)).await.unwrap();
        assert_eq!(world.page(200).await.entries[0].envelope, envelope(200));
    }

    async fn a_mailbox_is_full_by_bytes<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        for start in (0..256).step_by(4) {
            let four: Vec<_> = (start..start + 4).map(|n| sized_envelope(n, 65536)).collect();
            world.put(&four).await.unwrap();
        }
        assert_eq!(world.put(&envelopes(999..1000)).await, Err(Refusal::MailboxFull));
        world.ack(1).await.unwrap();
        assert_eq!(world.put(&envelopes(999..1000)).await, Ok(Outcome::Done));
    }

    async fn a_deleted_mailbox_is_gone_and_deleting_is_repeatable<B: Backend>() {
        let world = World::<B>::with_mailbox(MailboxKind::Pair).await;
        world.put(&envelopes(0..2)).await.unwrap();
        for _ in 0..2 {
            let delete = Change::DeleteMailbox { mailbox: A };
            assert_eq!(world.store.change(delete).await, Ok(Outcome::Done));
            assert_eq!(world.store.read(A, 0, 1, 1).await, Err(Refusal::NotFound));
        }
        world.create(MailboxKind::Pair).await.unwrap();
        assert!(world.sequences().await.is_empty());
    }

    async fn many_writers_at_once_lose_nothing_and_share_no_number<B: Backend>() {
        let world = Arc::new(World::<B>::with_mailbox(MailboxKind::Pair).await);
        let puts: Vec<_> = (0..200_u32).map(|n| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                // Every third goes nowhere, in the same transactions.
                if n % 3 == 0 {
                    let nowhere = world.put_into(A, WriteHash([0; 32]), &[envelope(n)]).await;
                    assert_eq!(nowhere, Err(Refusal::NotFound));
                }
                world.put(&[envelope(n)]).await.unwrap();
            })
        }).collect();
        for put in puts {
            put.await.unwrap();
        }
        let page = world.page(0).await;
        let sequences: Vec<u64> = page.entries.iter().map(|e| e.sequence).collect();
        assert_eq!(sequences, (1..=200).collect::<Vec<_>>());
        let distinct: BTreeSet<_> = page.entries.iter().map(|e| e.envelope.clone()).collect();
        assert_eq!(distinct.len(), 200);
    }
}
