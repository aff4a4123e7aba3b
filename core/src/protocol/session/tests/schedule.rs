//! Random schedules between two ends, against a model that knows what must open.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::protocol::ratchet::header::SUITE;

#[derive(Clone, Debug)]
enum Act {
    Send {
        from_alice: bool,
        length: u16,
    },
    Deliver {
        from_alice: bool,
        which: Index,
    },
    Repeat {
        from_alice: bool,
        which: Index,
    },
    Alter {
        from_alice: bool,
        which: Index,
        at: Index,
    },
    Lose {
        from_alice: bool,
        which: Index,
    },
    Restart {
        alice: bool,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let side = any::<bool>;
    prop_oneof![
        6 => (side(), 0..3000_u16).prop_map(|(from_alice, length)| Act::Send { from_alice, length }),
        6 => (side(), any::<Index>())
            .prop_map(|(from_alice, which)| Act::Deliver { from_alice, which }),
        1 => (side(), any::<Index>())
            .prop_map(|(from_alice, which)| Act::Repeat { from_alice, which }),
        1 => (side(), any::<Index>(), any::<Index>())
            .prop_map(|(from_alice, which, at)| Act::Alter { from_alice, which, at }),
        1 => (side(), any::<Index>())
            .prop_map(|(from_alice, which)| Act::Lose { from_alice, which }),
        1 => side().prop_map(|alice| Act::Restart { alice }),
    ]
}

/// A message on its way or past, and the sender's chain that it is of.
struct Sent {
    envelope: Vec<u8>,
    text: Vec<u8>,
    chain: u32,
}

/// One direction: what is under way, what has opened, and the newest chain that has.
#[derive(Default)]
struct Direction {
    under_way: Vec<Sent>,
    opened: Vec<Sent>,
    newest: u32,
}

struct World {
    alice: End,
    bob: End,
    from_alice: Direction,
    from_bob: Direction,
    sent: u32,
}

impl World {
    fn sides(&mut self, from_alice: bool) -> (&mut End, &mut End, &mut Direction) {
        if from_alice {
            (&mut self.alice, &mut self.bob, &mut self.from_alice)
        } else {
            (&mut self.bob, &mut self.alice, &mut self.from_bob)
        }
    }

    fn play(&mut self, act: &Act) {
        match act {
            Act::Send { from_alice, length } => {
                self.sent += 1;
                let mut text = self.sent.to_be_bytes().to_vec();
                text.resize(usize::from(*length).max(4), 0x80);
                let (from, _, direction) = self.sides(*from_alice);
                if from.session.chain_id() == 0 {
                    let refused = from.session.encrypt(&frame(&text), &mut from.rng);
                    assert_eq!(refused, Err(ProtocolError::NothingReceived));
                    return;
                }
                direction.under_way.push(Sent {
                    envelope: from.send(&text),
                    text,
                    chain: from.session.chain_id(),
                });
            }
            Act::Deliver { from_alice, which } => {
                let (_, to, direction) = self.sides(*from_alice);
                if direction.under_way.is_empty() {
                    return;
                }
                let at = which.index(direction.under_way.len());
                let sent = direction.under_way.remove(at);
                direction.newest = direction.newest.max(sent.chain);
                match to.open(&sent.envelope) {
                    Ok(text) => assert_eq!(text, sent.text),
                    // Five ended chains are remembered at least; an older one may be forgotten.
                    Err(_) => assert!(direction.newest - sent.chain > 5),
                }
                direction.opened.push(sent);
            }
            Act::Repeat { from_alice, which } => {
                let (_, to, direction) = self.sides(*from_alice);
                if !direction.opened.is_empty() {
                    to.refuses(&which.get(&direction.opened).envelope);
                }
            }
            Act::Alter {
                from_alice,
                which,
                at,
            } => {
                let (_, to, direction) = self.sides(*from_alice);
                if !direction.under_way.is_empty() {
                    let mut envelope = which.get(&direction.under_way).envelope.clone();
                    let at = 1 + at.index(envelope.len() - 1);
                    envelope[at] ^= 0x10;
                    to.refuses(&envelope);
                }
            }
            Act::Lose { from_alice, which } => {
                let (_, _, direction) = self.sides(*from_alice);
                if !direction.under_way.is_empty() {
                    let at = which.index(direction.under_way.len());
                    direction.under_way.remove(at);
                }
            }
            Act::Restart { alice } => {
                let (end, _, _) = self.sides(*alice);
                let stored = end.session.to_bytes();
                assert!(stored.len() <= 8192);
                end.session = Session::from_bytes(&stored).unwrap();
                assert_eq!(end.session.to_bytes(), stored);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_message_opens_exactly_once_in_any_schedule(acts in prop::collection::vec(act(), 0..120)) {
        let (alice, bob) = strangers();
        let mut world = World {
            alice,
            bob,
            from_alice: Direction::default(),
            from_bob: Direction::default(),
            sent: 0,
        };
        for act in &acts {
            world.play(act);
        }
        // Whatever has happened, both still understand each other.
        for from_alice in [true, false, true, false] {
            let (from, to, _) = world.sides(from_alice);
            if from.session.chain_id() > 0 {
                let envelope = from.send(b"still here");
                prop_assert_eq!(to.open(&envelope).unwrap(), b"still here");
            }
        }
    }

    #[test]
    fn any_bytes_are_refused_and_change_nothing(
        start in prop::collection::vec(any::<u8>(), 0..3000),
        bucket in prop::sample::select(&ENVELOPE_BUCKETS[..2]),
    ) {
        let (_, mut bob) = acquainted();
        let mut envelope = start.clone();
        envelope.resize(bucket, 0x5a);
        envelope[0] = SUITE;
        bob.refuses(&envelope);
        prop_assert!(Session::from_bytes(&start).is_err());
    }

    #[test]
    fn a_damaged_stored_session_is_refused_or_only_does_not_open(
        at in any::<Index>(),
        with in any::<u8>(),
    ) {
        let (mut alice, bob) = acquainted();
        let envelope = alice.send(b"text");
        let mut stored = bob.session.to_bytes();
        let at = at.index(stored.len());
        stored[at] = with;
        if let Ok(session) = Session::from_bytes(&stored) {
            let mut damaged = End::new(session, 3);
            let opened = damaged.open(&envelope);
            prop_assert!(opened.is_err() || opened == Ok(b"text".to_vec()));
        }
    }
}
