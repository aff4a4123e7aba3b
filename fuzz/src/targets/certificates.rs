//! The certificates that a relay shows, before anything else is believed of it. PROTOCOL.md §4.5.
//!
//! Input: pinned root hash 32, length of the leaf u16, leaf, root. So each input carries the pin that it is
//! held against.

use tacita_core::net::verify_relay_chain;
use tacita_relay::identity::Identity;
use tacita_wire::RelayRootHash;

use crate::program::Program;

pub fn run(bytes: &[u8]) -> bool {
    let mut program = Program::new(bytes);
    let Ok(pin) = <[u8; 32]>::try_from(program.take(32)) else {
        return false;
    };
    let (leaf, root) = (program.bytes(), program.rest());
    let accepted = verify_relay_chain(RelayRootHash(pin), leaf, root).is_ok();
    if accepted {
        let mut other = pin;
        other[0] ^= 1;
        assert!(verify_relay_chain(RelayRootHash(other), leaf, root).is_err());
        // The signature is over all that the leaf says: no bit of it may be another.
        for at in signed_part(leaf) {
            let mut altered = leaf.to_vec();
            altered[at] ^= 1 << (at % 8);
            assert!(verify_relay_chain(RelayRootHash(pin), &altered, root).is_err());
        }
    }
    accepted
}

/// The bytes of the first element inside a certificate in the usual form; none if its form is another.
fn signed_part(leaf: &[u8]) -> std::ops::Range<usize> {
    match leaf {
        [0x30, 0x82, _, _, 0x30, 0x82, high, low, rest @ ..] => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            4..8 + length.min(rest.len())
        }
        [0x30, 0x82, _, _, 0x30, 0x81, length, rest @ ..] => {
            4..7 + usize::from(*length).min(rest.len())
        }
        [0x30, 0x81, _, 0x30, 0x81, length, rest @ ..] => {
            3..6 + usize::from(*length).min(rest.len())
        }
        _ => 0..0,
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let identity = Identity::generate().expect("keys");
    let chain = identity.chain().expect("our own");
    let (leaf, root) = (&chain[0], &chain[1]);
    let input = |leaf: &[u8], root: &[u8]| {
        let length = u16::try_from(leaf.len()).expect("a small certificate");
        [
            &identity.root_hash().0[..],
            &length.to_be_bytes(),
            leaf,
            root,
        ]
        .concat()
    };
    vec![
        input(leaf, root),
        input(root, root),
        input(&leaf[..leaf.len() - 1], root),
    ]
}
