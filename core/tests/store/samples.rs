//! Vaults and rows that the tests begin with.

use std::path::Path;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use tacita_core::crypto::{Secret, aead};
use tacita_core::protocol::Descriptor;
use tacita_core::protocol::delivery::ReceivedCounters;
use tacita_core::protocol::ids::{
    AccountId, ConversationId, DeviceAddress, DeviceNumber, Hour, TranscriptHash,
};
use tacita_core::protocol::ratchet::{MessageKey, SkippedKeyId};
use tacita_core::store::{
    ConversationRow, ConversationState, Direction, KeyVault, MessageRow, OutboxRow, PeerRow,
    SessionRow, Store, StoreError, StoredBody, StoredDelivery, Tx, VaultError, Verification,
};
use tacita_wire::{MailboxId, RelayAddress, RelayRootHash, WriteKey};
use zeroize::Zeroizing;

/// A vault like a platform's: one key, never shown.
pub struct Vault(pub u8);

impl Vault {
    fn key(&self) -> Secret<32> {
        Secret::from_bytes([self.0; 32])
    }
}

impl KeyVault for Vault {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, VaultError> {
        Ok(aead::seal(&self.key(), b"", key, &mut rng(self.0)))
    }

    fn unwrap(&self, blob: &[u8]) -> Result<Vec<u8>, VaultError> {
        let key = aead::open(&self.key(), b"", blob).map_err(|_| VaultError)?;
        Ok(key.to_vec())
    }
}

pub const VAULT: Vault = Vault(1);

pub fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

pub fn open(directory: &Path) -> Result<Store, StoreError> {
    Store::open(directory, &VAULT, &mut rng(9))
}

pub fn address(number: u8) -> DeviceAddress {
    DeviceAddress {
        account: AccountId([number; 32]),
        device: DeviceNumber(1),
    }
}

pub fn relay_address() -> RelayAddress {
    RelayAddress::new("relay.example:443").unwrap()
}

pub fn descriptor(number: u8) -> Descriptor {
    Descriptor {
        address: relay_address(),
        root: RelayRootHash([3; 32]),
        mailbox: MailboxId([number; 32]),
        write: WriteKey::from_bytes([number ^ 0xff; 32]),
    }
}

pub fn conversation(number: u8) -> ConversationRow {
    ConversationRow {
        id: ConversationId(AccountId([number; 32])),
        name: format!("name {number}"),
        log: vec![number; 300],
        state: ConversationState::Established,
        verification: Verification::Unverified,
        invitation: None,
        read_up_to: 0,
        last_place: 0,
        activity_ms: u64::from(number),
    }
}

pub fn message(number: u8, direction: Direction, counter: u64) -> MessageRow {
    MessageRow {
        conversation: ConversationId(AccountId([number; 32])),
        place: 0,
        direction,
        device: DeviceNumber(1),
        counter,
        body: StoredBody {
            kind: 1,
            data: format!("text {counter}").into_bytes(),
        },
        sent_ms: 1000 + counter,
        stored_ms: 2000 + counter,
        delivery: match direction {
            Direction::Incoming => StoredDelivery::Received,
            Direction::Outgoing => StoredDelivery::Queued,
        },
    }
}

pub fn session(number: u8, th: u8) -> SessionRow {
    SessionRow {
        peer: address(number),
        th: TranscriptHash([th; 32]),
        state: Zeroizing::new(vec![th; 6000]),
        initiator: true,
        initial: None,
        initial_sent: 0,
        replaces: None,
        created: Hour(100),
        last_opened: Hour(101),
        chain: 2,
        chain_first_counter: 7,
    }
}

pub fn peer(number: u8) -> PeerRow {
    PeerRow {
        address: address(number),
        descriptor: Some(descriptor(number)),
        our_mailbox: Some(MailboxId([number + 100; 32])),
        record: Some(vec![number; 5000]),
        sent_counter: 4,
        received: ReceivedCounters {
            up_to: 3,
            above: vec![(5, 6)],
        },
        acknowledged: 2,
        owes_receipt: false,
        record_sent: Hour(50),
    }
}

pub fn outgoing(number: u8, mailbox: u8, counter: u64) -> OutboxRow {
    OutboxRow {
        id: 0,
        peer: address(number),
        place: (counter > 0).then_some(counter),
        counter,
        descriptor: descriptor(mailbox),
        envelope: vec![u8::try_from(counter % 251).unwrap(); 4096],
        put: None,
        again_ms: 0,
    }
}

/// Runs a test's body in one transaction of a new store.
pub fn with_tx(body: impl FnOnce(&Tx<'_>) -> Result<(), StoreError>) {
    Store::open_in_memory().unwrap().write(body).unwrap();
}

pub fn skipped(chain: u32, n: u32) -> (SkippedKeyId, MessageKey) {
    let byte = u8::try_from((chain * 31 + n) % 251).unwrap();
    let key = MessageKey::from_bytes(Secret::from_bytes([byte; 32]));
    (SkippedKeyId { chain, n }, key)
}
