//! Device logs and certificates. PROTOCOL.md §8.
//!
//! The first byte says how to read the rest: 0 as a log as it stands; 1 as a program of changes that the
//! account's own key signs, after which some bytes of the log are altered.

use tacita_core::crypto::{DhSecret, SigningKey};
use tacita_core::protocol::identity::{DeviceChange, derive_account_id};
use tacita_core::protocol::{
    Certificate, DeviceLog, DeviceNumber, Hour, ProtocolError, VerifiedDeviceLog,
};
use tacita_wire::{Decode, Encode};

use crate::canonical;
use crate::people::{pair, rng};
use crate::program::Program;

/// Changes that one program makes at most: each costs signatures.
const MAX_CHANGES: usize = 5;

pub fn run(bytes: &[u8]) -> bool {
    let mut program = Program::new(bytes);
    match program.byte() {
        0 => run_log(program.rest()),
        1 => run_changes(&mut program),
        _ => false,
    }
}

fn run_log(bytes: &[u8]) -> bool {
    if let Some(certificate) = canonical::decode::<Certificate>(bytes) {
        assert_eq!(bytes.len(), 169);
        assert!(certificate.address.device.0 > 0);
        return true;
    }
    let Some(log) = canonical::decode::<DeviceLog>(bytes) else {
        return false;
    };
    let alice = &pair().alice;
    let claimed = log.claimed_account();
    if claimed != alice.id {
        let refused = log.clone().verify_for(alice.id);
        assert!(refused == Err(ProtocolError::WrongAccount));
    }
    let Ok(verified) = log.verify_for(claimed) else {
        return true;
    };
    assert_eq!(derive_account_id(verified.account_key()), claimed);
    assert!(verified.has_had_head(&verified.head()));
    assert_eq!(verified.verify_extends(&verified), Ok(()));
    // Nobody but Alice signs for her: what holds for her is a beginning of what she signed.
    if claimed == alice.id {
        assert_eq!(verified.verify_extends(&alice.log), Ok(()));
        assert!(verified == alice.log);
    }
    true
}

fn run_changes(program: &mut Program<'_>) -> bool {
    let alice = &pair().alice;
    let mut log = alice.log.clone();
    for _ in 0..program.index(MAX_CHANGES + 1) {
        let (is_removal, device) = (program.byte() & 1 == 1, DeviceNumber(program.word()));
        let hour = Hour(program.word());
        let change = match is_removal {
            true => DeviceChange::Remove(device),
            false => DeviceChange::Add(certificate(device, hour)),
        };
        let Ok(longer) = log.append(&alice.account_key, change, hour) else {
            continue;
        };
        assert_eq!(longer.verify_extends(&log), Ok(()));
        assert_eq!(
            log.verify_extends(&longer),
            Err(ProtocolError::OutdatedDeviceLog)
        );
        assert!(longer.has_had_head(&log.head()));
        log = longer;
    }
    // What was signed can be read, and holds.
    let bytes = log.to_bytes();
    let read = canonical::decode::<DeviceLog>(&bytes).expect("a log that was signed");
    assert!(read.verify_for(alice.id) == Ok(log.clone()));

    // One alteration, wherever it is, and it holds no longer.
    let (at, by) = (usize::from(program.short()) % bytes.len(), program.byte());
    let mut altered = bytes;
    altered[at] ^= by;
    if by != 0
        && let Ok(read) = DeviceLog::from_bytes(&altered)
    {
        assert!(
            read.verify_for(alice.id).is_err(),
            "altered and still valid"
        );
    }
    true
}

fn certificate(device: DeviceNumber, hour: Hour) -> Certificate {
    let alice = &pair().alice;
    let mut rng = rng(u64::from(device.0));
    let signing = SigningKey::generate(&mut rng).public();
    let dh = DhSecret::generate(&mut rng).public();
    Certificate::sign(&alice.account_key, device, signing, dh, hour)
}

pub fn seeds() -> Vec<Vec<u8>> {
    let alice = &pair().alice;
    let first = alice.log.certificate(DeviceNumber::FIRST).expect("one");
    let bob: &VerifiedDeviceLog = &pair().bob.log;
    let as_log = |bytes: Vec<u8>| [vec![0], bytes].concat();
    let change = |is_removal: u8, device: u32| {
        [
            &[is_removal],
            &device.to_be_bytes()[..],
            &490_001_u32.to_be_bytes(),
        ]
        .concat()
    };
    vec![
        as_log(first.to_bytes()),
        as_log(alice.log.to_bytes()),
        as_log(bob.to_bytes()),
        [vec![1, 1], change(0, 2), vec![0, 9, 1]].concat(),
        [
            vec![1, 4],
            change(0, 2),
            change(1, 1),
            change(0, 3),
            change(1, 2),
        ]
        .concat(),
        [vec![1, 2], change(0, 1), change(0, 0)].concat(),
    ]
}
