//! Tests of the account vault and of the recovery secret as people type it.

use super::*;
use crate::protocol::test_people::rng;

fn sealed() -> (SigningKey, RecoverySecret, AccountVault) {
    let mut rng = rng(1);
    let account_key = SigningKey::generate(&mut rng);
    let recovery = RecoverySecret::generate(&mut rng);
    let vault = AccountVault::seal(&account_key, &recovery, &mut rng);
    (account_key, recovery, vault)
}

#[test]
fn a_vault_stands_as_the_protocol_says_and_opens_with_its_secret() {
    let (account_key, recovery, vault) = sealed();
    let bytes = vault.to_bytes();
    assert_eq!(bytes.len(), 1 + 32 + 24 + 48 + 1 + (1 + 24 + 48));
    assert_eq!(bytes[0], 1);
    assert_eq!(&bytes[1..33], account_key.public().as_bytes());
    assert_eq!(bytes[105..107], [1, 1]);
    let read = AccountVault::from_bytes(&bytes).unwrap();
    assert_eq!(read, vault);
    assert_eq!(read.account_id(), derive_account_id(&account_key.public()));
    let opened = read.open(&recovery).unwrap();
    assert_eq!(opened.seed(), account_key.seed());
}

#[test]
fn a_wrong_secret_does_not_open_the_vault() {
    let (_, _, vault) = sealed();
    let wrong = RecoverySecret::generate(&mut rng(2));
    assert_eq!(
        vault.open(&wrong).unwrap_err(),
        ProtocolError::CannotDecrypt
    );
}

#[test]
fn a_vault_altered_in_any_byte_does_not_open() {
    let (_, recovery, vault) = sealed();
    let bytes = vault.to_bytes();
    for at in 0..bytes.len() {
        for bit in [0x01, 0x80] {
            let mut altered = bytes.clone();
            altered[at] ^= bit;
            let refused = AccountVault::from_bytes(&altered)
                .map_err(ProtocolError::from)
                .and_then(|vault| vault.open(&recovery));
            assert!(refused.is_err(), "byte {at}");
        }
    }
}

#[test]
fn a_vault_cut_at_any_length_or_with_too_many_wraps_is_refused() {
    let (_, _, vault) = sealed();
    let bytes = vault.to_bytes();
    for length in 0..bytes.len() {
        assert!(AccountVault::from_bytes(&bytes[..length]).is_err());
    }
    let with_wraps = |count: usize| {
        let mut altered = bytes[..106].to_vec();
        altered[105] = u8::try_from(count).unwrap();
        altered.extend(bytes[106..].repeat(count));
        AccountVault::from_bytes(&altered)
    };
    assert!(with_wraps(MAX_WRAPS).is_ok());
    assert_eq!(with_wraps(MAX_WRAPS + 1), Err(WireError::TooLong));
    assert_eq!(with_wraps(0), Err(WireError::TooLong));
}

#[test]
fn the_seed_of_another_vault_does_not_fit_into_this_one() {
    let (_, recovery, vault) = sealed();
    let mut rng = rng(5);
    let other = AccountVault::seal(&SigningKey::generate(&mut rng), &recovery, &mut rng);
    let mixed = AccountVault {
        sealed_seed: other.sealed_seed,
        ..vault.clone()
    };
    assert!(mixed.open(&recovery).is_err());
    let mixed = AccountVault {
        wraps: other.wraps,
        ..vault
    };
    assert!(mixed.open(&recovery).is_err());
}

#[test]
fn a_wrap_is_bound_to_its_kind_and_account() {
    let account = AccountId([7; 32]);
    let context = wrap_context(KIND_RECOVERY, account);
    assert_eq!(context, [&[1][..], &[7; 32]].concat());
}

#[test]
fn a_vault_opens_with_any_of_its_wraps() {
    let (_, recovery, vault) = sealed();
    let (_, _, foreign) = {
        let mut rng = rng(9);
        let key = SigningKey::generate(&mut rng);
        let other = RecoverySecret::generate(&mut rng);
        let vault = AccountVault::seal(&key, &other, &mut rng);
        (key, other, vault)
    };
    let both = AccountVault {
        wraps: [foreign.wraps, vault.wraps.clone()].concat(),
        ..vault
    };
    assert!(both.open(&recovery).is_ok());
}

#[test]
fn a_recovery_secret_is_52_characters_in_groups_of_four() {
    let (_, recovery, _) = sealed();
    let text = recovery.to_text();
    let groups: Vec<&str> = text.split('-').collect();
    assert_eq!(groups.len(), 13);
    assert!(groups.iter().all(|group| group.len() == 4));
    assert!(text.bytes().all(|b| b == b'-' || ALPHABET.contains(&b)));
    assert_eq!(RecoverySecret::parse(&text), Ok(recovery));
}

#[test]
fn the_bits_of_a_recovery_secret_stand_in_order_and_its_check_bits_last() {
    let mut bytes = [0_u8; 32];
    bytes[0] = 0b0000_1000;
    bytes[31] = 0b0000_0001;
    let secret = RecoverySecret(Secret::from_bytes(bytes));
    let text = secret.to_text().replace('-', "");
    assert!(
        text.starts_with("10000"),
        "the first five bits are the first character"
    );
    let check = secret.derive_check() >> 4;
    let last = usize::from(0b1_0000 | check);
    assert_eq!(text.as_bytes()[51], ALPHABET[last]);
    let [first, ..] = derive_hash(Purpose::VaultRsCheck, &[&bytes]);
    assert_eq!(check, first >> 4);
}

#[test]
fn case_spaces_dashes_and_look_alikes_are_tolerated() {
    for seed in 0..20 {
        let recovery = RecoverySecret::generate(&mut rng(seed));
        let text = recovery.to_text();
        let plain = text.replace('-', "");
        for variant in [
            plain.to_lowercase(),
            text.replace('-', " "),
            format!("\n  {}\t", text.as_str()),
            plain.replace('0', "O"),
            plain.replace('0', "o"),
            plain.replace('1', "I"),
            plain.replace('1', "l"),
        ] {
            assert_eq!(RecoverySecret::parse(&variant).as_ref(), Ok(&recovery));
        }
    }
}

#[test]
fn a_mistyped_recovery_secret_is_detected_or_does_not_open() {
    let (_, recovery, vault) = sealed();
    let text = recovery.to_text().replace('-', "");
    let mut slips = 0_u32;
    let mut undetected = 0_u32;
    for at in 0..text.len() {
        for symbol in ALPHABET {
            if text.as_bytes()[at] == *symbol {
                continue;
            }
            let mut typed = text.clone().into_bytes();
            typed[at] = *symbol;
            slips += 1;
            match RecoverySecret::parse(&String::from_utf8(typed).unwrap()) {
                Err(error) => assert_eq!(error, ProtocolError::MistypedRecoverySecret),
                Ok(other) => {
                    undetected += 1;
                    assert_eq!(
                        vault.open(&other).unwrap_err(),
                        ProtocolError::CannotDecrypt
                    );
                }
            }
        }
    }
    // Four check bits let one in sixteen pass.
    assert!(undetected * 12 < slips, "{undetected} of {slips}");
}

#[test]
fn a_recovery_secret_of_another_length_or_alphabet_is_refused() {
    let (_, recovery, _) = sealed();
    let text = recovery.to_text();
    for length in 0..text.len() {
        assert_eq!(
            RecoverySecret::parse(&text[..length]),
            Err(ProtocolError::MistypedRecoverySecret)
        );
    }
    for foreign in ["U", "u", "!", "é", "\u{ff10}"] {
        for refused in [
            format!("{}{foreign}", text.as_str()),
            format!("{foreign}{}", &text[1..]),
        ] {
            assert_eq!(
                RecoverySecret::parse(&refused),
                Err(ProtocolError::MistypedRecoverySecret),
                "{foreign}"
            );
        }
    }
    assert_eq!(
        RecoverySecret::parse(&format!("{}0", text.as_str())),
        Err(ProtocolError::MistypedRecoverySecret)
    );
}

#[test]
fn debug_output_shows_no_secret() {
    let (account_key, recovery, vault) = sealed();
    assert_eq!(format!("{recovery:?}"), "RecoverySecret(redacted)");
    assert_eq!(format!("{vault:?}"), "AccountVault");
    let shown = format!("{account_key:?}");
    let seed = format!("{:?}", account_key.seed().expose());
    assert!(!shown.contains(&seed));
}
