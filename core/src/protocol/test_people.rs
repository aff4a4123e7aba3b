//! People for tests: whole accounts with prekeys, bundles and records.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use tacita_wire::{MailboxId, RelayAddress, RelayRootHash, WriteKey};

use super::account::{DeviceKeys, generate_account};
use super::bundle::{Bundle, BundleKeys};
use super::descriptor::Descriptor;
use super::identity::VerifiedDeviceLog;
use super::ids::{AccountId, Hour};
use super::invitation::InvitationLink;
use super::prekey::{PrekeyKind, PrekeyPair, generate_prekey};
use super::reconnect::ReconnectRecord;
use crate::crypto::sign::{SigningKey, VerifyingKey};

/// When tests take place.
pub(crate) const NOW: Hour = Hour(490_000);

/// Randomness that is the same in every run.
pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// Somebody with one device and one prekey of each kind.
pub(crate) struct Person {
    pub(crate) id: AccountId,
    pub(crate) account_key: SigningKey,
    pub(crate) log: VerifiedDeviceLog,
    pub(crate) keys: DeviceKeys,
    pub(crate) spk: PrekeyPair,
    pub(crate) one_time: PrekeyPair,
    pub(crate) one_time_kem: PrekeyPair,
    pub(crate) last_resort: PrekeyPair,
    pub(crate) contact: PrekeyPair,
    pub(crate) mailbox: Descriptor,
    pub(crate) invitation: InvitationLink,
}

impl Person {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = rng(seed);
        let new = generate_account(NOW, &mut rng);
        let prekey = |kind, id| pair(kind, id, NOW, &new.device, seed);
        let mailbox = descriptor(u8::try_from(seed).unwrap());
        Self {
            id: new.account,
            account_key: new.vault.open(&new.recovery).unwrap(),
            spk: prekey(PrekeyKind::Signed, 11),
            one_time: prekey(PrekeyKind::OneTime, 12),
            one_time_kem: prekey(PrekeyKind::OneTimeKem, 13),
            last_resort: prekey(PrekeyKind::LastResort, 14),
            contact: prekey(PrekeyKind::Contact, 15),
            invitation: InvitationLink::generate(
                mailbox.address.clone(),
                mailbox.root,
                new.account,
                &mut rng,
            ),
            mailbox,
            log: new.log,
            keys: new.device,
        }
    }

    pub(crate) fn account(&self) -> AccountId {
        self.id
    }

    pub(crate) fn public(&self) -> (&VerifyingKey, &AccountId) {
        (self.log.account_key(), &self.id)
    }

    pub(crate) fn one_time_keys(&self) -> BundleKeys {
        BundleKeys {
            signed: self.spk.signed.clone(),
            one_time: Some(self.one_time.signed.clone()),
            kem: self.one_time_kem.signed.clone(),
            contact: self.contact.signed.clone(),
        }
    }

    pub(crate) fn last_resort_keys(&self) -> BundleKeys {
        BundleKeys {
            one_time: None,
            kem: self.last_resort.signed.clone(),
            ..self.one_time_keys()
        }
    }

    pub(crate) fn bundle(&self, keys: BundleKeys) -> Bundle {
        Bundle::build(&self.keys, &self.log, keys, self.mailbox.clone()).unwrap()
    }

    pub(crate) fn reconnect_record(&self) -> ReconnectRecord {
        ReconnectRecord::build(
            &self.keys,
            &self.log,
            self.spk.signed.clone(),
            self.last_resort.signed.clone(),
            self.contact.signed.clone(),
        )
        .unwrap()
    }
}

/// A prekey of a device; its randomness depends on seed, kind and id.
pub(crate) fn pair(
    kind: PrekeyKind,
    id: u32,
    hour: Hour,
    keys: &DeviceKeys,
    seed: u64,
) -> PrekeyPair {
    let mut rng = rng(seed << 32 | u64::from(id));
    let (signed, secret) = generate_prekey(kind, id, hour, keys, &mut rng);
    PrekeyPair::new(signed, secret).unwrap()
}

/// Some mailbox on some relay.
pub(crate) fn descriptor(n: u8) -> Descriptor {
    Descriptor {
        address: RelayAddress::new("relay.example:443").unwrap(),
        root: RelayRootHash([1; 32]),
        mailbox: MailboxId([n; 32]),
        write: WriteKey::from_bytes([n; 32]),
    }
}
