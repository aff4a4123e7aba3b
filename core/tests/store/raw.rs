//! What somebody sees and does who has the files and the database key, but not the row key.

use std::path::Path;

use data_encoding::HEXLOWER;
use rusqlite::Connection;
use tacita_core::store::KeyVault;

use crate::samples::VAULT;

/// The database key: the first half of what the vault unwraps from `keys.bin`.
pub fn database_key(directory: &Path) -> [u8; 32] {
    let file = std::fs::read(directory.join("keys.bin")).unwrap();
    let length = u32::from_be_bytes(file[33..37].try_into().unwrap()) as usize;
    let both = VAULT.unwrap(&file[37..37 + length]).unwrap();
    both[..32].try_into().unwrap()
}

/// The closed store's database, decrypted by the database key.
pub fn connect(directory: &Path) -> Connection {
    let connection = Connection::open(directory.join("tacita.db")).unwrap();
    let key = format!("x'{}'", HEXLOWER.encode(&database_key(directory)));
    connection.pragma_update(None, "key", key).unwrap();
    connection
        .pragma_update(None, "cipher_hmac_algorithm", "HMAC_SHA256")
        .unwrap();
    connection
}

/// Every byte of the closed store's database, decrypted by the database key.
pub fn decrypted_bytes(directory: &Path) -> Vec<u8> {
    let connection = connect(directory);
    let plain = directory.join("plain.db");
    connection
        .execute(
            "ATTACH DATABASE ?1 AS plain KEY ''",
            [plain.to_str().unwrap()],
        )
        .unwrap();
    connection
        .query_row("SELECT sqlcipher_export('plain')", [], |_| Ok(()))
        .unwrap();
    connection.execute("DETACH DATABASE plain", []).unwrap();
    let bytes = std::fs::read(&plain).unwrap();
    std::fs::remove_file(plain).unwrap();
    bytes
}

pub fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
