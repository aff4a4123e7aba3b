//! Finds the programs that these tests start, and builds the relay if it is not there.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The relay: `TACITA_RELAY`, else the one in the target directory, built first if need be.
pub fn relay() -> PathBuf {
    static RELAY: OnceLock<PathBuf> = OnceLock::new();
    RELAY
        .get_or_init(|| {
            if let Some(path) = std::env::var_os("TACITA_RELAY") {
                return path.into();
            }
            let test = std::env::current_exe().unwrap();
            let debug = test.parent().and_then(|deps| deps.parent()).unwrap();
            let relay = debug.join("tacita-relay");
            if !relay.is_file() {
                let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
                let status = Command::new(cargo)
                    .args(["build", "--quiet", "--package", "tacita-relay"])
                    .args(["--target-dir".as_ref(), debug.parent().unwrap().as_os_str()])
                    .current_dir(env!("CARGO_MANIFEST_DIR"))
                    .status()
                    .unwrap();
                assert!(status.success(), "the relay does not build");
            }
            relay
        })
        .clone()
}
