//! A locked, foreign or corrupt database, a wrong key: a typed error, and nothing is deleted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod people;
mod programs;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use people::{Person, contacts, open, settled, texts};
use tacita_core::client::ClientError;
use tacita_core::client::view::{Event, StoreHealth};
use tacita_core::net::{Config, Messenger};
use tacita_core::store::{KeyVault, TestVault, VaultError};
use tacita_harness::relay::Relay;

struct Scene {
    _relay: Relay,
    _directory: tempfile::TempDir,
    a: Person,
    b: Person,
}

/// Two contacts who have talked.
async fn scene() -> Scene {
    let directory = tempfile::tempdir().unwrap();
    let relay = Relay::new(&programs::relay(), directory.path()).unwrap();
    relay.start().unwrap();
    let (a, b) = contacts(&relay.link().unwrap()).await;
    for text in texts("a", 5) {
        a.send(&b, &text).await;
    }
    settled(&a, &b, &texts("a", 5)).await;
    Scene {
        _relay: relay,
        _directory: directory,
        a,
        b,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_open_elsewhere_is_busy_and_unharmed() {
    let scene = scene().await;
    let again = open(scene.a.directory.path());
    assert_eq!(again.err(), Some(ClientError::StoreBusy));
    scene.a.client.close().await.unwrap();
    assert_eq!(
        scene.a.client.account().await.err(),
        Some(ClientError::Closed)
    );
    let reopened = open(scene.a.directory.path()).unwrap();
    let page = reopened.messages_after(scene.b.id().await, 0, 10);
    assert_eq!(page.await.unwrap().messages.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_database_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tacita.db");
    let foreign = rusqlite::Connection::open(&path).unwrap();
    foreign
        .execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1);")
        .unwrap();
    drop(foreign);
    let before = std::fs::read(&path).unwrap();
    let opened = open(directory.path());
    assert_eq!(opened.err(), Some(ClientError::StoreForeign));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_told_and_the_right_one_opens_again() {
    let scene = scene().await;
    scene.a.client.close().await.unwrap();
    let directory = scene.a.directory.path();
    let key = directory.join("test-vault.key");
    let right = std::fs::read(&key).unwrap();
    std::fs::write(&key, [9; 32]).unwrap();
    let error = open(directory).err().unwrap();
    assert!(
        matches!(error, ClientError::WrongKey | ClientError::VaultFailed),
        "{error:?}"
    );
    std::fs::write(&key, right).unwrap();
    let reopened = open(directory).unwrap();
    let page = reopened.messages_after(scene.b.id().await, 0, 10);
    assert_eq!(page.await.unwrap().messages.len(), 5);
}

struct LockedVault;

impl KeyVault for LockedVault {
    fn wrap(&self, _key: &[u8]) -> Result<Vec<u8>, VaultError> {
        Err(VaultError)
    }

    fn unwrap(&self, _blob: &[u8]) -> Result<Vec<u8>, VaultError> {
        Err(VaultError)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_fails_harms_nothing() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()).unwrap());
    let mut failed = None;
    // The worker of the dropped handle may need a moment to free the lock.
    for _ in 0..100 {
        let opened = Messenger::open(Config {
            directory: directory.path().to_owned(),
            vault: Arc::new(LockedVault),
        });
        failed = opened.err();
        if failed != Some(ClientError::StoreBusy) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(failed, Some(ClientError::VaultFailed));
    let vault = Arc::new(TestVault::new(directory.path().to_owned()));
    let config = Config {
        directory: directory.path().to_owned(),
        vault,
    };
    assert!(Messenger::open(config).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_database_is_moved_aside_and_kept() {
    let scene = scene().await;
    scene.a.client.close().await.unwrap();
    let directory = scene.a.directory.path();
    let path = directory.join("tacita.db");
    let mut bytes = std::fs::read(&path).unwrap();
    for byte in &mut bytes[..4096] {
        *byte ^= 0x5a;
    }
    std::fs::write(&path, &bytes).unwrap();
    let Some(ClientError::StoreCorrupt { moved_to }) = open(directory).err() else {
        panic!("the damage was not told");
    };
    assert_eq!(std::fs::read(directory.join(moved_to)).unwrap(), bytes);
    let fresh = open(directory).unwrap();
    assert_eq!(fresh.account().await.unwrap(), None);
}

/// Waits for what the check after an unclean end comes to.
async fn checked(client: &Messenger) -> Result<StoreHealth, ClientError> {
    for _ in 0..500 {
        match client.store_health().await {
            Ok(StoreHealth::Checking) => tokio::time::sleep(Duration::from_millis(10)).await,
            other => return other,
        }
    }
    panic!("the check never ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_checked_beside_the_running_client_after_an_unclean_end() {
    let scene = scene().await;
    let directory = scene.a.directory.path();
    assert_eq!(scene.a.client.store_health().await, Ok(StoreHealth::Sound));
    // As a kill leaves it: the files of this moment, in another place.
    let copy = tempfile::tempdir().unwrap();
    for name in ["keys.bin", "test-vault.key", "tacita.db", "tacita.db-wal"] {
        std::fs::copy(directory.join(name), copy.path().join(name)).unwrap();
    }
    scene.a.client.close().await.unwrap();
    let opened = open(copy.path()).unwrap();
    let page = opened.messages_after(scene.b.id().await, 0, 10);
    assert_eq!(page.await.unwrap().messages.len(), 5);
    assert_eq!(checked(&opened).await, Ok(StoreHealth::Sound));
    let events = opened.events(0).await.unwrap().events;
    assert!(events.contains(&Event::Store));
    assert!(!copy.path().join("tacita.unchecked").exists());
    opened.close().await.unwrap();
    let again = open(copy.path()).unwrap();
    assert_eq!(again.store_health().await, Ok(StoreHealth::Sound));
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_that_the_check_finds_ends_the_client_and_is_moved_aside() {
    let scene = scene().await;
    scene.a.client.close().await.unwrap();
    let whole = std::fs::read(scene.a.directory.path().join("tacita.db")).unwrap();
    // The last page that is in use and that opening does not read.
    for first in (4096..whole.len()).step_by(4096).rev() {
        let mut bytes = whole.clone();
        bytes[first] ^= 1;
        if damage_is_told(scene.a.directory.path(), &bytes, first).await {
            return;
        }
    }
    panic!("the damage was not told");
}

/// Opens a copy of a store with this database; false if the damage at a place is not found beside the running client.
async fn damage_is_told(original: &Path, bytes: &[u8], first: usize) -> bool {
    let copy = tempfile::tempdir().unwrap();
    let directory = copy.path();
    for name in ["keys.bin", "test-vault.key"] {
        std::fs::copy(original.join(name), directory.join(name)).unwrap();
    }
    std::fs::write(directory.join("tacita.db"), bytes).unwrap();
    std::fs::write(directory.join("tacita.unchecked"), b"").unwrap();
    let Ok(client) = open(directory) else {
        return false;
    };
    let Err(ClientError::StoreCorrupt { moved_to }) = checked(&client).await else {
        let _ = client.close().await;
        return false;
    };
    let told = Some(ClientError::StoreCorrupt {
        moved_to: moved_to.clone(),
    });
    assert_eq!(client.account().await.err(), told);
    assert_eq!(client.events(1_000_000).await.err(), told);
    assert_eq!(client.close().await.err(), told);
    let kept = std::fs::read(directory.join(moved_to)).unwrap();
    assert_eq!(kept[first], bytes[first]);
    let fresh = open(directory).unwrap();
    assert_eq!(fresh.account().await, Ok(None));
    assert_eq!(fresh.store_health().await, Ok(StoreHealth::Sound));
    true
}
