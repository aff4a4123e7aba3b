//! Two people with keys, prekeys, a link and a begun session; made once, the same in every run.

use std::sync::OnceLock;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use tacita_core::crypto::SigningKey;
use tacita_core::protocol::prekey::generate_prekey;
use tacita_core::protocol::{
    AccountId, AccountVault, Bundle, BundleKeys, Descriptor, DeviceKeys, Frame, HandshakeTarget,
    Hour, InitialFields, InvitationLink, PrekeyKind, PrekeyPair, ReconnectRecord, RecoverySecret,
    VerifiedDeviceLog, account::generate_account, initiate, respond,
};
use tacita_wire::{Encode, MailboxId, RelayAddress, RelayRootHash, WriteKey};

/// When everything takes place.
pub const NOW: Hour = Hour(490_000);

/// Randomness that is the same in every run.
pub fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// Somebody with one device and one prekey of each kind.
pub struct Person {
    /// The account.
    pub id: AccountId,
    /// Its key, which a real device does not have at hand.
    pub account_key: SigningKey,
    /// Its vault.
    pub vault: AccountVault,
    /// What opens it.
    pub recovery: RecoverySecret,
    /// The log with one device.
    pub log: VerifiedDeviceLog,
    /// The keys of that device.
    pub keys: DeviceKeys,
    /// The prekey of kind 1.
    pub spk: PrekeyPair,
    /// The prekey of kind 2.
    pub one_time: PrekeyPair,
    /// The prekey of kind 3.
    pub one_time_kem: PrekeyPair,
    /// The prekey of kind 4.
    pub last_resort: PrekeyPair,
    /// The prekey of kind 5.
    pub contact: PrekeyPair,
    /// A mailbox.
    pub mailbox: Descriptor,
    /// A link.
    pub link: InvitationLink,
}

impl Person {
    fn new(seed: u8) -> Self {
        let mut rng = rng(u64::from(seed));
        let new = generate_account(NOW, &mut rng);
        let mut pair = |kind, id| {
            let (signed, secret) = generate_prekey(kind, id, NOW, &new.device, &mut rng);
            PrekeyPair::new(signed, secret).expect("two halves of one key")
        };
        let (spk, one_time) = (pair(PrekeyKind::Signed, 11), pair(PrekeyKind::OneTime, 12));
        let one_time_kem = pair(PrekeyKind::OneTimeKem, 13);
        let last_resort = pair(PrekeyKind::LastResort, 14);
        let contact = pair(PrekeyKind::Contact, 15);
        let mailbox = descriptor(seed);
        let link =
            InvitationLink::generate(mailbox.address.clone(), mailbox.root, new.account, &mut rng);
        Self {
            id: new.account,
            account_key: new.vault.open(&new.recovery).expect("its own secret"),
            vault: new.vault,
            recovery: new.recovery,
            log: new.log,
            keys: new.device,
            spk,
            one_time,
            one_time_kem,
            last_resort,
            contact,
            mailbox,
            link,
        }
    }

    /// A bundle with one-time keys, or a last resort.
    pub fn bundle(&self, is_last_resort: bool) -> Bundle {
        let keys = BundleKeys {
            signed: self.spk.signed.clone(),
            one_time: (!is_last_resort).then(|| self.one_time.signed.clone()),
            kem: match is_last_resort {
                true => self.last_resort.signed.clone(),
                false => self.one_time_kem.signed.clone(),
            },
            contact: self.contact.signed.clone(),
        };
        Bundle::build(&self.keys, &self.log, keys, self.mailbox.clone()).expect("keys that fit")
    }

    /// What a contact is given to begin again.
    pub fn reconnect_record(&self) -> ReconnectRecord {
        ReconnectRecord::build(
            &self.keys,
            &self.log,
            self.spk.signed.clone(),
            self.last_resort.signed.clone(),
            self.contact.signed.clone(),
        )
        .expect("keys that fit")
    }
}

/// Some mailbox on some relay.
pub fn descriptor(n: u8) -> Descriptor {
    Descriptor {
        address: RelayAddress::new("relay.example:443").expect("an address"),
        root: RelayRootHash([1; 32]),
        mailbox: MailboxId([n; 32]),
        write: WriteKey::from_bytes([n; 32]),
    }
}

/// A frame with this body.
pub fn frame(counter: u64, body: &[u8]) -> Frame {
    Frame {
        counter,
        seen_up_to: 0,
        kind: 2,
        body: body.to_vec(),
    }
}

/// Alice, who begins, and Bob, whose bundle she has; with both ends of their session in stored form.
pub struct Pair {
    /// The guest.
    pub alice: Person,
    /// The inviter.
    pub bob: Person,
    /// The fields of Alice's initial envelopes.
    pub fields: InitialFields,
    /// Her first ratchet message.
    pub message: Vec<u8>,
    /// Her end before that message, in stored form.
    pub alice_session: Vec<u8>,
    /// His end, ready to open it.
    pub bob_session: Vec<u8>,
}

/// The same two people in every run.
pub fn pair() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| {
        let (alice, bob) = (Person::new(1), Person::new(2));
        let bundle = bob.bundle(false).verify(bob.id, NOW).expect("Bob's own");
        let target = HandshakeTarget::from_bundle(bundle).expect("Bob's device");
        let mut rng = rng(3);
        let reply = alice.mailbox.clone();
        let mut begun = initiate(
            &alice.keys,
            &alice.log,
            &target,
            &reply,
            None,
            NOW,
            &mut rng,
        )
        .expect("a handshake");
        let alice_session = begun.session.to_bytes();
        let message = begun.session.encrypt_bare(&frame(1, b"first"), &mut rng);
        let (opk, kem) = (Some(&bob.one_time), &bob.one_time_kem);
        let answered = respond(&bob.keys, &bob.log, &begun.fields, &bob.spk, opk, kem)
            .expect("Bob's half of it");
        Pair {
            fields: begun.fields,
            message: message.expect("room"),
            alice_session,
            bob_session: answered.session.to_bytes(),
            alice,
            bob,
        }
    })
}
