//! Whether times depend on secrets: dudect's t test over two classes of inputs (Reparaz, Balasch and Verbauwhede, 2017).
//!
//! `cargo xtask dudect` runs it. `max t` beyond 5 in either direction says that the classes differ in time; the more
//! so the more samples there are. The two `control_…` rows must show such a value and none.

use std::hint::black_box;

use dudect_bencher::rand::{Rng, RngExt};
use dudect_bencher::{BenchRng, Class, CtRunner, ctbench_main};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use tacita_core::crypto::padding::{MARK, pad, unpad};
use tacita_core::crypto::{DhSecret, KemCiphertext, KemSecret, Secret};
use tacita_core::protocol::{
    AccountId, DeviceAddress, DeviceNumber, Frame, HandshakeSecrets, Session, TranscriptHash,
};

/// Operations that are timed, of both classes together.
const SAMPLES: usize = 500_000;
/// Of the slow ones.
const SLOW_SAMPLES: usize = 200_000;
/// A padded body in an envelope of 4 KiB.
const BODY_BYTES: usize = 1727;

/// Classes by a coin, so that nothing that drifts falls on one of them.
fn class(rng: &mut BenchRng) -> Class {
    if rng.random() {
        Class::Left
    } else {
        Class::Right
    }
}

/// Times `operation` on inputs made by `make`, which are all made before.
fn run<T, U>(
    samples: usize,
    runner: &mut CtRunner,
    rng: &mut BenchRng,
    mut make: impl FnMut(Class, &mut BenchRng) -> T,
    operation: impl Fn(&T) -> U,
) {
    let mut left = samples;
    // In blocks, so that the inputs stay in memory that is near.
    while left > 0 {
        let count = left.min(2_000);
        left -= count;
        let inputs: Vec<(Class, T)> = (0..count)
            .map(|_| {
                let class = class(rng);
                (class, make(class, rng))
            })
            .collect();
        for (class, input) in &inputs {
            runner.run_one(*class, || operation(black_box(input)));
        }
    }
}

fn random<const N: usize>(rng: &mut BenchRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// Must differ: a comparison that ends at the first difference.
fn control_leaks(runner: &mut CtRunner, rng: &mut BenchRng) {
    let fixed: [u8; 512] = random(rng);
    let make = |class, rng: &mut BenchRng| match class {
        Class::Left => fixed,
        Class::Right => random(rng),
    };
    run(SAMPLES, runner, rng, make, |input| *input == fixed);
}

/// Must not differ: the same operation on random inputs in both classes.
fn control_does_not(runner: &mut CtRunner, rng: &mut BenchRng) {
    let make = |_, rng: &mut BenchRng| random::<32>(rng);
    run(SAMPLES, runner, rng, make, |input| {
        input.iter().fold(0, |all, byte| all | byte)
    });
}

/// `Secret == Secret`: equal, or different from the first byte on.
fn comparison(runner: &mut CtRunner, rng: &mut BenchRng) {
    let bytes: [u8; 32] = random(rng);
    let fixed = Secret::from_bytes(bytes);
    let make = |class, rng: &mut BenchRng| match class {
        Class::Left => Secret::from_bytes(bytes),
        Class::Right => Secret::from_bytes(random(rng)),
    };
    run(SAMPLES, runner, rng, make, |input| *input == fixed);
}

/// Removal of the padding: content of one byte, or content that fills the body.
fn padding_by_length(runner: &mut CtRunner, rng: &mut BenchRng) {
    let make = |class, rng: &mut BenchRng| {
        let content: [u8; BODY_BYTES - 1] = random(rng);
        let length = match class {
            Class::Left => 1,
            Class::Right => content.len(),
        };
        pad(&content[..length], BODY_BYTES).unwrap()
    };
    run(SAMPLES, runner, rng, make, |input| unpad(input));
}

/// The same length, but the mark is there or not.
fn padding_by_mark(runner: &mut CtRunner, rng: &mut BenchRng) {
    let make = |class, rng: &mut BenchRng| {
        let content: [u8; 100] = random(rng);
        let mut padded = pad(&content, BODY_BYTES).unwrap();
        padded[100] = match class {
            Class::Left => MARK,
            Class::Right => MARK ^ 1,
        };
        padded
    };
    run(SAMPLES, runner, rng, make, |input| unpad(input));
}

/// One end of a session, with what the other end sends.
struct Ends {
    receiver: Session,
    /// Of the chain that the receiver has.
    current: Vec<u8>,
    /// Of a chain that the receiver has remembered.
    old: Vec<u8>,
}

impl Ends {
    fn new() -> Self {
        let mut rng = UnwrapErr(SysRng);
        let secrets = || HandshakeSecrets {
            th: TranscriptHash([1; 32]),
            sk: Secret::from_bytes([2; 32]),
            hk_ab: Secret::from_bytes([3; 32]),
            nhk_ba: Secret::from_bytes([4; 32]),
        };
        let device = |n| DeviceAddress {
            account: AccountId([n; 32]),
            device: DeviceNumber::FIRST,
        };
        let frame = Frame {
            counter: 1,
            seen_up_to: 0,
            kind: 2,
            body: vec![b'x'; 100],
        };
        let (spk, kem) = (DhSecret::generate(&mut rng), KemSecret::generate(&mut rng));
        let (dh_public, kem_public) = (spk.public(), kem.public());
        let mut alice = Session::start_initiator(
            secrets(),
            device(1),
            device(2),
            &dh_public,
            &kem_public,
            &mut rng,
        )
        .unwrap();
        let mut bob = Session::start_responder(secrets(), device(2), device(1), spk, kem);
        let mut send = |from: &mut Session, to: &mut Session| {
            let message = from.encrypt_bare(&frame, &mut rng).unwrap();
            let header = to.open_header(&message).unwrap();
            to.open_body(header, &message, None, &mut rng).unwrap();
            message
        };
        let old = send(&mut alice, &mut bob);
        send(&mut bob, &mut alice);
        let current = send(&mut alice, &mut bob);
        Self {
            receiver: bob,
            current,
            old,
        }
    }
}

/// A forged header, tried with every key: the same bytes, or others each time.
fn trial_of_forged_headers(runner: &mut CtRunner, rng: &mut BenchRng) {
    let ends = Ends::new();
    let fixed: [u8; 2500] = random(rng);
    let make = |class, rng: &mut BenchRng| match class {
        Class::Left => fixed,
        Class::Right => random(rng),
    };
    run(SLOW_SAMPLES, runner, rng, make, |input| {
        ends.receiver.open_header(input).is_ok()
    });
}

/// An altered header: at its first byte, or in its tag's last byte.
fn trial_of_altered_headers(runner: &mut CtRunner, rng: &mut BenchRng) {
    let ends = Ends::new();
    let make = |class, _: &mut BenchRng| {
        let mut message = ends.current.clone();
        let at = match class {
            Class::Left => 24,
            Class::Right => 24 + 2328 - 1,
        };
        message[at] ^= 1;
        message
    };
    run(SLOW_SAMPLES, runner, rng, make, |input| {
        ends.receiver.open_header(input).is_ok()
    });
}

/// A header of the chain being received, or of an old one. These do differ: keys are tried in order (see the report).
fn trial_order_of_chains(runner: &mut CtRunner, rng: &mut BenchRng) {
    let ends = Ends::new();
    let make = |class, _: &mut BenchRng| match class {
        Class::Left => ends.current.clone(),
        Class::Right => ends.old.clone(),
    };
    run(SLOW_SAMPLES, runner, rng, make, |input| {
        ends.receiver.open_header(input).is_ok()
    });
}

/// ML-KEM: a good ciphertext, or one that is rejected implicitly.
fn decapsulation_of_bad_ciphertexts(runner: &mut CtRunner, rng: &mut BenchRng) {
    let mut system = UnwrapErr(SysRng);
    let secret = KemSecret::generate(&mut system);
    let public = secret.public();
    let make = |class, _: &mut BenchRng| {
        let (ciphertext, _) = tacita_core::crypto::kem::encapsulate(&public, &mut system);
        let mut bytes = *ciphertext.as_bytes();
        if let Class::Right = class {
            bytes[500] ^= 1;
        }
        KemCiphertext::from_bytes(&bytes)
    };
    run(SLOW_SAMPLES, runner, rng, make, |input| {
        secret.decapsulate(input)
    });
}

ctbench_main!(
    control_leaks,
    control_does_not,
    comparison,
    padding_by_length,
    padding_by_mark,
    trial_of_forged_headers,
    trial_of_altered_headers,
    trial_order_of_chains,
    decapsulation_of_bad_ciphertexts
);
