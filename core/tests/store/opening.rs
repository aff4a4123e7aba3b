//! Opening: keys, locks, foreign files.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use tacita_core::store::{KeyVault, Store, StoreError, VaultError};

use crate::raw;
use crate::samples::{Vault, open, rng};

fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect()
}

fn save(store: &Store, name: &str, value: &[u8]) {
    store.write(|tx| tx.save_setting(name, value)).unwrap();
}

fn load(store: &Store, name: &str) -> Option<Vec<u8>> {
    store.read(|tx| tx.load_setting(name)).unwrap()
}

#[test]
fn what_was_committed_is_there_after_closing_and_after_dropping() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("made").join("for us");
    let store = open(&path).unwrap();
    save(&store, "a", b"closed");
    store.close().unwrap();

    let store = open(&path).unwrap();
    assert_eq!(load(&store, "a").unwrap(), b"closed");
    save(&store, "a", b"dropped");
    drop(store);

    let store = open(&path).unwrap();
    assert_eq!(load(&store, "a").unwrap(), b"dropped");
}

#[cfg(unix)]
#[test]
fn only_the_user_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let store = open(&path).unwrap();
    save(&store, "a", b"b");
    assert!(path.join("tacita.db-wal").exists());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    for entry in fs::read_dir(&path).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{path:?}");
    }
}

#[test]
fn closing_leaves_no_log_behind() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    save(&store, "a", b"b");
    store.close().unwrap();
    let names: Vec<String> = files(directory.path()).into_keys().collect();
    assert_eq!(names, ["keys.bin", "tacita.db", "tacita.lock"]);
}

#[test]
fn an_error_in_a_transaction_takes_all_of_it_back() {
    let store = Store::open_in_memory().unwrap();
    let result: Result<(), StoreError> = store.write(|tx| {
        tx.save_setting("a", b"1")?;
        Err(StoreError::Row)
    });
    assert_eq!(result, Err(StoreError::Row));
    assert_eq!(load(&store, "a"), None);
}

#[test]
fn a_transaction_inside_another_is_refused_and_harms_neither() {
    let store = Store::open_in_memory().unwrap();
    store
        .write(|tx| {
            tx.save_setting("a", b"1")?;
            let inner: Result<(), StoreError> = store.write(|tx| tx.save_setting("b", b"2"));
            assert_eq!(inner, Err(StoreError::Failed));
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(load(&store, "a").unwrap(), b"1");
    assert_eq!(load(&store, "b"), None);
}

#[test]
fn a_second_store_in_this_process_is_busy_until_the_first_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let first = open(directory.path()).unwrap();
    assert_eq!(open(directory.path()).unwrap_err(), StoreError::Busy);
    first.close().unwrap();
    open(directory.path()).unwrap();
}

const CHILD_DIRECTORY: &str = "TACITA_TEST_OPENING_DIRECTORY";

/// Its own child: run again with a directory in the environment, it holds that store until its input ends.
#[test]
fn a_second_process_is_busy_until_the_first_has_died() {
    if let Some(directory) = std::env::var_os(CHILD_DIRECTORY) {
        let _store = open(Path::new(&directory)).unwrap();
        println!("\nopened");
        std::io::stdin().lines().next();
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "opening::a_second_process_is_busy_until_the_first_has_died",
        ])
        .arg("--nocapture")
        .env(CHILD_DIRECTORY, directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    assert!(output.lines().any(|line| line.unwrap() == "opened"));

    assert_eq!(open(directory.path()).unwrap_err(), StoreError::Busy);
    child.kill().unwrap();
    child.wait().unwrap();
    open(directory.path()).unwrap();
}

#[test]
fn another_vault_is_a_wrong_key_and_changes_nothing() {
    /// Gives 64 bytes without a word, but others.
    struct Liar;
    impl KeyVault for Liar {
        fn wrap(&self, _: &[u8]) -> Result<Vec<u8>, VaultError> {
            Err(VaultError)
        }
        fn unwrap(&self, _: &[u8]) -> Result<Vec<u8>, VaultError> {
            Ok(vec![5; 64])
        }
    }
    /// Gives something that is no key.
    struct Short;
    impl KeyVault for Short {
        fn wrap(&self, _: &[u8]) -> Result<Vec<u8>, VaultError> {
            Err(VaultError)
        }
        fn unwrap(&self, _: &[u8]) -> Result<Vec<u8>, VaultError> {
            Ok(vec![5; 12])
        }
    }

    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    save(&store, "a", b"b");
    store.close().unwrap();
    let before = files(directory.path());
    let vaults: [(&dyn KeyVault, StoreError); 3] = [
        (&Liar, StoreError::WrongKey),
        (&Short, StoreError::WrongKey),
        (&Vault(2), StoreError::VaultFailed),
    ];
    for (vault, expected) in vaults {
        let error = Store::open(directory.path(), vault, &mut rng(1)).unwrap_err();
        assert_eq!(error, expected);
        assert!(files(directory.path()) == before);
    }
    assert_eq!(load(&open(directory.path()).unwrap(), "a").unwrap(), b"b");
}

#[test]
fn a_lost_key_file_is_a_wrong_key_and_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    save(&store, "a", b"b");
    store.close().unwrap();
    let keys = fs::read(directory.path().join("keys.bin")).unwrap();
    fs::remove_file(directory.path().join("keys.bin")).unwrap();
    let before = files(directory.path());
    assert_eq!(open(directory.path()).unwrap_err(), StoreError::WrongKey);
    assert!(files(directory.path()) == before);

    fs::write(directory.path().join("keys.bin"), keys).unwrap();
    assert_eq!(load(&open(directory.path()).unwrap(), "a").unwrap(), b"b");
}

#[test]
fn a_vault_that_fails_at_first_leaves_a_directory_that_opens_later() {
    struct Locked;
    impl KeyVault for Locked {
        fn wrap(&self, _: &[u8]) -> Result<Vec<u8>, VaultError> {
            Err(VaultError)
        }
        fn unwrap(&self, _: &[u8]) -> Result<Vec<u8>, VaultError> {
            Err(VaultError)
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let error = Store::open(directory.path(), &Locked, &mut rng(1)).unwrap_err();
    assert_eq!(error, StoreError::VaultFailed);
    open(directory.path()).unwrap();
}

#[test]
fn a_vault_that_cannot_open_what_it_wraps_is_found_out_at_once() {
    struct Forgetful;
    impl KeyVault for Forgetful {
        fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, VaultError> {
            Ok(vec![0; key.len()])
        }
        fn unwrap(&self, blob: &[u8]) -> Result<Vec<u8>, VaultError> {
            Ok(blob.to_vec())
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let error = Store::open(directory.path(), &Forgetful, &mut rng(1)).unwrap_err();
    assert_eq!(error, StoreError::VaultFailed);
    open(directory.path()).unwrap();
}

#[test]
fn keys_differ_from_store_to_store_and_are_in_no_file() {
    let first = tempfile::tempdir().unwrap();
    let second = tempfile::tempdir().unwrap();
    let make = |directory: &Path, seed| {
        Store::open(directory, &Vault(1), &mut rng(seed))
            .unwrap()
            .close()
            .unwrap();
        raw::database_key(directory)
    };
    let key = make(first.path(), 1);
    assert_ne!(key, make(second.path(), 2));
    for (name, bytes) in files(first.path()) {
        assert!(!raw::contains(&bytes, &key), "{name}");
    }
}

#[test]
fn a_plain_database_is_foreign_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tacita.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE notes (text TEXT)")
        .unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(open(directory.path()).unwrap_err(), StoreError::Foreign);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_newer_version_and_another_application_are_foreign_and_left_alone() {
    let pragmas = ["PRAGMA user_version = 999", "PRAGMA application_id = 7"];
    for pragma in pragmas {
        let directory = tempfile::tempdir().unwrap();
        open(directory.path()).unwrap().close().unwrap();
        raw::connect(directory.path())
            .execute_batch(pragma)
            .unwrap();
        let before = files(directory.path());
        assert_eq!(open(directory.path()).unwrap_err(), StoreError::Foreign);
        assert!(files(directory.path()) == before);
    }
}

#[test]
fn a_key_file_of_a_newer_version_is_foreign() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).unwrap().close().unwrap();
    let path = directory.path().join("keys.bin");
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 32);
    bytes[0] = 99;
    let checksum = tacita_core::crypto::hash::sha256(&[&bytes]);
    bytes.extend_from_slice(&checksum);
    fs::write(&path, bytes).unwrap();
    assert_eq!(open(directory.path()).unwrap_err(), StoreError::Foreign);
}

#[test]
fn nothing_is_printed_to_stderr_when_a_damaged_database_is_opened() {
    if let Some(directory) = std::env::var_os(CHILD_DIRECTORY) {
        assert!(open(Path::new(&directory)).is_err());
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).unwrap().close().unwrap();
    let path = directory.path().join("tacita.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[100] ^= 1;
    fs::File::create(&path).unwrap().write_all(&bytes).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "opening::nothing_is_printed_to_stderr_when_a_damaged_database_is_opened",
        ])
        .arg("--nocapture")
        .env(CHILD_DIRECTORY, directory.path())
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[cfg(feature = "test-vault")]
mod test_vault {
    use tacita_core::store::TestVault;

    use super::*;

    #[test]
    fn a_test_vault_opens_its_store_again_and_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let vault = || TestVault::new(directory.path().to_path_buf());
        let open = || Store::open(directory.path(), &vault(), &mut rng(3));
        save(&open().unwrap(), "a", b"b");
        assert_eq!(load(&open().unwrap(), "a").unwrap(), b"b");

        fs::write(directory.path().join("test-vault.key"), [7; 32]).unwrap();
        assert_eq!(open().unwrap_err(), StoreError::VaultFailed);
        fs::remove_file(directory.path().join("test-vault.key")).unwrap();
        assert_eq!(open().unwrap_err(), StoreError::VaultFailed);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_user_may_read_a_test_vault() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        let vault = TestVault::new(directory.path().join("new"));
        vault.wrap(b"key").unwrap();
        let metadata = fs::metadata(directory.path().join("new/test-vault.key")).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
}

#[cfg(not(feature = "test-vault"))]
#[test]
fn a_test_vault_is_refused_before_anything_is_made() {
    struct ForTests;
    impl KeyVault for ForTests {
        fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, VaultError> {
            Ok(key.to_vec())
        }
        fn unwrap(&self, blob: &[u8]) -> Result<Vec<u8>, VaultError> {
            Ok(blob.to_vec())
        }
        fn is_test(&self) -> bool {
            true
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let error = Store::open(&path, &ForTests, &mut rng(1)).unwrap_err();
    assert_eq!(error, StoreError::TestVaultRefused);
    assert!(!path.exists());
}
