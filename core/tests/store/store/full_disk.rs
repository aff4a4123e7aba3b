//! A full disk: a typed error, nothing half written, and everything works again once there is room.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tacita_core::store::{Direction, Store, StoreError};

use crate::samples::{conversation, message, open};

/// A file system of 4 MiB, unmounted on drop.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(path: &Path) -> Option<Self> {
        std::fs::create_dir_all(path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"])
            .arg(path)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then(|| Self(path.to_path_buf()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(&self.0).status();
        assert!(unmounted.unwrap().success());
    }
}

fn append(store: &Store, counter: u64) -> Result<u64, StoreError> {
    let mut row = message(1, Direction::Incoming, counter);
    row.body.data = vec![b'.'; 20_000];
    store.write(|tx| {
        tx.save_setting("counter", &counter.to_be_bytes())?;
        tx.append_message(&row)
    })
}

/// Fills what is left of the disk, to the last block.
fn fill(path: &Path) {
    let mut file = std::fs::File::create(path).unwrap();
    let mut size = 1 << 20;
    while size > 0 {
        if file.write_all(&vec![0; size]).is_err() {
            size /= 2;
        }
    }
}

/// Fills the disk, frees some, and goes on. Mounting needs root; without it the same is shown by the limit that
/// the unit test `a_full_database_is_a_typed_error_and_loses_nothing` sets.
#[test]
fn a_full_disk_is_a_typed_error_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&directory.path().join("disk")) else {
        assert_ne!(std::env::var("USER").as_deref(), Ok("root"));
        return;
    };
    let ballast = disk.0.join("ballast");
    std::fs::write(&ballast, vec![0; 2_500_000]).unwrap();
    let path = disk.0.join("store");
    let store = open(&path).unwrap();
    store
        .write(|tx| tx.insert_conversation(&conversation(1)))
        .unwrap();
    let mut stored = 0;
    let error = loop {
        match append(&store, stored + 1) {
            Ok(place) => {
                stored += 1;
                assert_eq!(place, stored);
            }
            Err(error) => break error,
        }
        assert!(stored < 1000);
    };
    assert_eq!(error, StoreError::DiskFull);
    assert!(stored > 5);
    assert_eq!(append(&store, stored + 1), Err(StoreError::DiskFull));
    expect(&store, stored);

    // Closing, too, says that there is no room; all is in the log then, and opens on the full disk.
    fill(&disk.0.join("last"));
    assert_eq!(store.close(), Err(StoreError::DiskFull));
    let store = open(&path).unwrap();
    expect(&store, stored);
    assert_eq!(append(&store, stored + 1), Err(StoreError::DiskFull));

    // A store cannot be made on a full disk.
    let other = disk.0.join("other");
    assert_eq!(open(&other).unwrap_err(), StoreError::DiskFull);

    std::fs::remove_file(&ballast).unwrap();
    assert_eq!(append(&store, stored + 1), Ok(stored + 1));
    store.close().unwrap();
    expect(&open(&path).unwrap(), stored + 1);
    open(&other).unwrap();
}

fn expect(store: &Store, stored: u64) {
    let (page, more) = store
        .read(|tx| tx.page_after(conversation(1).id, 0, 1000))
        .unwrap();
    assert_eq!((page.len() as u64, more), (stored, false));
    let counter = store.read(|tx| tx.load_setting("counter")).unwrap();
    assert_eq!(counter.unwrap(), stored.to_be_bytes());
}
