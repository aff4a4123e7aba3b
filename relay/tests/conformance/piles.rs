//! Prekey piles: each entry once, the same nonce the same entry.

use std::collections::BTreeSet;

use super::*;

examine! {
    async fn each_one_time_entry_is_given_once_and_then_the_last_resort<B: Backend>() {
        let world = World::<B>::new();
        world.create_pile(entry(LAST)).await.unwrap();
        world.fill(false, &entries(0..8)).await.unwrap();
        let mut given = BTreeSet::new();
        for nonce in 0..8 {
            let (kind, got) = world.claim(nonce).await.unwrap();
            assert_eq!(kind, EntryKind::OneTime);
            assert!(given.insert(got.as_bytes()[0]));
        }
        for nonce in 8..10 {
            assert_eq!(world.claim(nonce).await, Ok((EntryKind::LastResort, entry(LAST))));
        }
        assert_eq!(world.store.count_pile(P, O).await, Ok(0));
    }

    async fn entries_are_given_in_no_fixed_order<B: Backend>() {
        let mut firsts = BTreeSet::new();
        for _ in 0..12 {
            let world = World::<B>::new();
            world.create_pile(entry(LAST)).await.unwrap();
            world.fill(false, &entries(0..16)).await.unwrap();
            firsts.insert(world.claim(0).await.unwrap().1.as_bytes()[0]);
        }
        assert!(firsts.len() > 2);
    }

    async fn the_same_nonce_gets_the_same_entry_for_a_day<B: Backend>() {
        let world = World::<B>::new();
        world.create_pile(entry(LAST)).await.unwrap();
        let last = world.claim(1).await.unwrap();
        world.fill(false, &entries(0..4)).await.unwrap();
        let first = world.claim(2).await.unwrap();
        world.create_pile(entry(LAST - 1)).await.unwrap();
        assert_eq!(world.claim(1).await, Ok(last.clone()));
        assert_eq!(world.claim(2).await, Ok(first.clone()));
        world.pass_hours(24).await;
        let world = world.reopen().await;
        assert_eq!(world.claim(1).await, Ok(last));
        assert_eq!(world.claim(2).await, Ok(first.clone()));
        world.pass_hours(1).await;
        let again = world.claim(2).await.unwrap();
        assert_eq!(again.0, EntryKind::OneTime);
        assert_ne!(again.1, first.1);
    }

    async fn a_repeated_fill_gives_nothing_twice<B: Backend>() {
        let world = World::<B>::new();
        world.create_pile(entry(LAST)).await.unwrap();
        world.fill(false, &entries(0..4)).await.unwrap();
        world.claim(1).await.unwrap();
        world.fill(false, &entries(0..4)).await.unwrap();
        assert_eq!(world.store.count_pile(P, O).await, Ok(3));
        world.pass_hours(48).await;
        world.fill(true, &entries(0..4)).await.unwrap();
        assert_eq!(world.store.count_pile(P, O).await, Ok(3));
    }

    async fn replacing_drops_what_was_not_claimed<B: Backend>() {
        let world = World::<B>::new();
        world.create_pile(entry(LAST)).await.unwrap();
        world.fill(false, &entries(0..4)).await.unwrap();
        let given = world.claim(1).await.unwrap();
        world.fill(true, &entries(10..12)).await.unwrap();
        assert_eq!(world.store.count_pile(P, O).await, Ok(2));
        assert_eq!(world.claim(1).await.unwrap(), given);
        for nonce in 2..4 {
            assert!(world.claim(nonce).await.unwrap().1.as_bytes()[0] >= 10);
        }
    }

    async fn a_pile_holds_sixty_four<B: Backend>() {
        let world = World::<B>::new();
        world.create_pile(entry(LAST)).await.unwrap();
        for start in (0..64).step_by(16) {
            world.fill(false, &entries(start..start + 16)).await.unwrap();
        }
        assert_eq!(world.fill(false, &entries(63..66)).await, Err(Refusal::PileFull));
        assert_eq!(world.store.count_pile(P, O).await, Ok(64));
        assert_eq!(world.fill(true, &entries(100..116)).await, Ok(Outcome::Done));
        assert_eq!(world.store.count_pile(P, O).await, Ok(16));
    }

    async fn a_pile_is_its_owners<B: Backend>() {
        let world = World::<B>::new();
        world.create_pile(entry(LAST)).await.unwrap();
        let other = OwnerHash([1; 32]);
        let fill = Change::FillPile {
            pile: P, owner_hash: other, replace: true, last_resort: None, entries: entries(0..1),
        };
        assert_eq!(world.store.change(fill).await, Err(Refusal::NotFound));
        assert_eq!(world.store.count_pile(P, other).await, Err(Refusal::NotFound));
        let delete = Change::DeletePile { pile: P, owner_hash: other };
        assert_eq!(world.store.change(delete).await, Err(Refusal::NotFound));
        let create = Change::CreatePile { pile: P, owner_hash: other, last_resort: entry(1) };
        assert_eq!(world.store.change(create).await, Err(Refusal::Conflict));
        for _ in 0..2 {
            let delete = Change::DeletePile { pile: P, owner_hash: O };
            assert_eq!(world.store.change(delete).await, Ok(Outcome::Done));
            assert_eq!(world.claim(1).await, Err(Refusal::NotFound));
        }
    }

    async fn one_nonce_claimed_by_many_at_once_gets_one_entry<B: Backend>() {
        let world = Arc::new(World::<B>::new());
        world.create_pile(entry(LAST)).await.unwrap();
        world.fill(false, &entries(0..16)).await.unwrap();
        let claims: Vec<_> = (0..32_u8).map(|n| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { (n % 8, world.claim(n % 8).await.unwrap()) })
        }).collect();
        let mut by_nonce = std::collections::BTreeMap::new();
        for claim in claims {
            let (nonce, (kind, got)) = claim.await.unwrap();
            assert_eq!(kind, EntryKind::OneTime);
            let first = by_nonce.entry(nonce).or_insert_with(|| got.clone());
            assert_eq!(*first, got);
        }
        let distinct: BTreeSet<_> = by_nonce.values().map(|e| e.as_bytes()[0]).collect();
        assert_eq!(distinct.len(), 8);
        assert_eq!(world.store.count_pile(P, O).await, Ok(8));
    }
}
