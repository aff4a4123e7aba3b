//! The long-lived secrets of a client, read from its store.

use std::path::Path;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use data_encoding::{HEXLOWER, HEXUPPER};
use tacita_core::protocol::prekey::PrekeyKind;
use tacita_core::protocol::{AccountVault, RecoverySecret};
use tacita_core::store::{KeyVault, Store, StoreError, TestVault, Tx};
use tacita_harness::memory::Wanted;
use tacita_vectors::StoredSession;
use tacita_wire::{Decode, Reader};

fn wanted(name: &str, bytes: &[u8]) -> Wanted {
    Wanted {
        name: name.to_owned(),
        bytes: bytes.to_vec(),
    }
}

fn open(directory: &Path) -> Store {
    let vault = TestVault::new(directory.to_owned());
    // Not used for a store that is there.
    let mut rng = ChaCha20Rng::from_seed([0; 32]);
    Store::open(directory, &vault, &mut rng).unwrap()
}

/// What no relay is ever shown, and no copy of may stay.
pub fn secrets_of(directory: &Path, recovery_text: &str, link: &str) -> Vec<Wanted> {
    let mut secrets = store_keys(directory);
    // Its secret stands at the end; in front of it is what the contact's relay knows.
    let secret_part = link.len() - 64;
    secrets.push(wanted("link text", &link.as_bytes()[secret_part..]));
    secrets.push(wanted("recovery text", recovery_text.as_bytes()));
    let recovery = RecoverySecret::parse(recovery_text).unwrap();
    let read = |tx: &Tx<'_>| -> Result<(), StoreError> {
        let account = tx.load_account()?.expect("an account");
        let vault = AccountVault::from_bytes(&account.vault).unwrap();
        let account_key = vault.open(&recovery).unwrap().seed();
        secrets.push(wanted("account key", account_key.expose()));
        let signing = account.keys.signing.seed();
        secrets.push(wanted("device signing key", signing.expose()));
        secrets.push(wanted("device agreement key", account.keys.dh.expose()));
        for peer in tx.all_peers()? {
            for session in tx.sessions_of(peer.address)? {
                session_secrets(&session.state, &mut secrets);
            }
        }
        for mailbox in tx.list_mailboxes()? {
            // Our relay is shown its hash, the contact itself.
            secrets.push(wanted("mailbox write key", mailbox.write.expose()));
        }
        for invitation in tx.list_invitations()? {
            secrets.push(wanted("invitation secret", invitation.secret.expose()));
        }
        for kind in [
            PrekeyKind::Signed,
            PrekeyKind::LastResort,
            PrekeyKind::Contact,
        ] {
            let prekey = tx.newest_prekey(kind)?.expect("one of each kind");
            // Tag, key; of an ML-KEM key the private part alone.
            let end = prekey.secret.len().min(1 + 1152);
            secrets.push(wanted(&format!("{kind:?} prekey"), &prekey.secret[1..end]));
        }
        Ok(())
    };
    open(directory).read(read).unwrap();
    secrets
}

/// The secret parts of PROTOCOL.md §13's state.
fn session_secrets(state: &[u8], secrets: &mut Vec<Wanted>) {
    let stored = StoredSession::from_bytes(state).unwrap();
    let sending = stored.sending.expect("a chain to send in");
    let receiving = stored.receiving.expect("a chain that they began");
    // What stands in front of the public key: the private vector.
    let [kem, _] = stored.kem.secret_bytes();
    for (name, bytes) in [
        ("root key", &stored.root[..]),
        ("ratchet agreement key", &stored.dh),
        ("ratchet ML-KEM key", kem),
        ("our next header key", &stored.our_next_header),
        ("their next header key", &stored.their_next_header),
        ("sending chain key", &sending.chain),
        ("sending header key", &sending.header),
        ("receiving chain key", &receiving.chain),
        ("receiving header key", &receiving.header),
    ] {
        secrets.push(wanted(name, bytes));
    }
}

/// What relays are shown as proof. Short requests pass through the HTTP library's own buffers, which it does not
/// erase: docs/THREAT_MODEL.md says so, and the test tells what it finds.
pub fn network_secrets(directory: &Path) -> Vec<Wanted> {
    let mut secrets = Vec::new();
    let read = |tx: &Tx<'_>| -> Result<(), StoreError> {
        for mailbox in tx.list_mailboxes()? {
            secrets.push(wanted("mailbox read key", mailbox.read.expose()));
        }
        for peer in tx.all_peers()? {
            if let Some(descriptor) = peer.descriptor {
                secrets.push(wanted("contact's write key", descriptor.write.expose()));
            }
        }
        for invitation in tx.list_invitations()? {
            secrets.push(wanted("pile owner key", invitation.owner.expose()));
        }
        Ok(())
    };
    open(directory).read(read).unwrap();
    secrets
}

/// Database key and row key, and the database key as SQLCipher is told it.
fn store_keys(directory: &Path) -> Vec<Wanted> {
    let file = std::fs::read(directory.join("keys.bin")).unwrap();
    let mut reader = Reader::new(&file);
    reader.take(1 + 32).unwrap();
    let wrapped = reader.bytes(1 << 16).unwrap();
    let keys = TestVault::new(directory.to_owned())
        .unwrap(wrapped)
        .unwrap();
    let (database, row) = keys.split_at(32);
    vec![
        wanted("database key", database),
        wanted("database key in text", HEXLOWER.encode(database).as_bytes()),
        wanted("database key in text", HEXUPPER.encode(database).as_bytes()),
        wanted("row key", row),
    ]
}
