//! Opening the encrypted database with every setting that it needs.

use std::ffi::c_int;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::{Batch, Connection, MAIN_DB, OpenFlags, ffi};
use zeroize::Zeroizing;

use super::error::StoreError;
use crate::crypto::Secret;

/// The first SQLite without the WAL-reset bug, which could damage a database.
const MIN_SQLITE: i32 = 3_051_003;
const _: () = assert!(ffi::SQLITE_VERSION_NUMBER >= MIN_SQLITE);

/// Prepared statements that are kept; more than there are.
const STATEMENTS: usize = 160;

/// Before the key: nothing is printed to stderr, and memory is not locked page by page (80 times slower,
/// measured; key material of ours is erased by ourselves).
const BEFORE_KEY: &str = "
    PRAGMA cipher_log_level = NONE;
    PRAGMA cipher_memory_security = OFF;";

/// With the key, before the first reading. Each page has a MAC; SHA-256 has instructions of its own on most processors,
/// SHA-512 on few.
const CIPHER: &str = "
    PRAGMA cipher_page_size = 4096;
    PRAGMA cipher_hmac_algorithm = HMAC_SHA256;";

/// After that. This connection alone writes and checkpoints. FULL: what left as ciphertext is on the disk.
/// The last two matter on Apple's systems only.
const AFTER_KEY: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA journal_size_limit = 8388608;
    PRAGMA mmap_size = 0;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;";

/// Only on a database without a page: from then on, what is free in it can be given back in slices.
const FIRST: &str = "PRAGMA auto_vacuum = INCREMENTAL;";

const ALWAYS: &str = "
    PRAGMA secure_delete = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA cache_size = -8192;";

/// Opens or makes the database. A damaged file, like a wrong key, is an error of SQLite's that
/// [`super::error::is_damage`] knows.
pub(super) fn open(path: &Path, key: &Secret<32>) -> Result<Connection, rusqlite::Error> {
    // Not as a URI: a path may hold anything.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    checkpoint_on_close(&connection, false)?;
    set(&connection, BEFORE_KEY)?;
    set_key(&connection, key)?;
    set(&connection, CIPHER)?;
    // One process has the file (`tacita.lock`). Said before the first reading, it makes the log's index ordinary
    // memory: no shared memory is mapped, and a full disk can be opened.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    // The first reading: here a wrong key or a damaged first page shows.
    let things: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if things == 0 {
        // On another it would write, and wait for the disk.
        set(&connection, FIRST)?;
    }
    set(&connection, AFTER_KEY)?;
    set(&connection, ALWAYS)?;
    keep_plans(&connection)?;
    Ok(connection)
}

/// Runs settings to their end. One that writes says what it set first and commits then: whoever looks at its first row only
/// takes a log for made that is not.
fn set(connection: &Connection, settings: &str) -> Result<(), rusqlite::Error> {
    let mut batch = Batch::new(connection, settings);
    while let Some(mut setting) = batch.next()? {
        let mut rows = setting.raw_query();
        while rows.next()?.is_some() {}
    }
    Ok(())
}

/// Keeps statements, and the plan of each. Without the second, SQLite plans a statement anew for each value that could
/// make a partial index usable; where we want one used, the statement has the index's own literals.
fn keep_plans(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(drop)
}

/// Opens a database that another connection of this process has open, to look at its file alone: nothing is locked,
/// and the log is not read. Nothing is read yet either.
pub(super) fn open_beside(path: &Path, key: &Secret<32>) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(immutable_uri(path), flags)?;
    set(&connection, BEFORE_KEY)?;
    set_key(&connection, key)?;
    set(&connection, CIPHER)?;
    Ok(connection)
}

/// A path as a URI that says that nobody changes the file. Everything but letters and digits is escaped.
fn immutable_uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || *byte == b'/' {
            uri.push(char::from(*byte));
        } else {
            uri.push_str(&format!("%{byte:02x}"));
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// Whether closing moves the log into the database. Not while the database may turn out to be damaged: what is
/// moved aside is then as it was found.
pub(super) fn checkpoint_on_close(
    connection: &Connection,
    checkpoint: bool,
) -> Result<(), rusqlite::Error> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !checkpoint)
        .map(drop)
}

/// Opens a database that is nowhere but in memory.
pub(super) fn open_in_memory() -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_in_memory()?;
    set(&connection, BEFORE_KEY)?;
    set(&connection, FIRST)?;
    set(&connection, ALWAYS)?;
    keep_plans(&connection)?;
    Ok(connection)
}

/// Refuses a build that would not encrypt, could not erase (`.cargo/config.toml` asks for that), or whose SQLite could
/// damage the file.
pub(super) fn check_build(connection: &Connection) -> Result<(), StoreError> {
    let cipher: Option<String> = connection
        .query_row("PRAGMA cipher_version", [], |row| row.get(0))
        .ok();
    let can_erase: bool = connection.query_row(
        "SELECT sqlite_compileoption_used('ENABLE_DBPAGE_VTAB')",
        [],
        |row| row.get(0),
    )?;
    let encrypts = cipher.is_some_and(|version| !version.is_empty());
    if !encrypts || !can_erase || rusqlite::version_number() < MIN_SQLITE {
        return Err(StoreError::Failed);
    }
    Ok(())
}

/// Refuses a connection on which a setting did not take.
pub(super) fn check_settings(connection: &Connection) -> Result<(), StoreError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let text =
        |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, String>(0));
    // When SQLite cannot open a file for writing, it opens it for reading and says nothing.
    let took = !connection.is_readonly(MAIN_DB)?
        && text("journal_mode")? == "wal"
        && text("locking_mode")? == "exclusive"
        && number("synchronous")? == 2
        && text("cipher_page_size")? == "4096"
        && text("cipher_hmac_algorithm")? == "HMAC_SHA256"
        && number("secure_delete")? == 1
        && number("foreign_keys")? == 1
        && number("trusted_schema")? == 0
        && number("temp_store")? == 2;
    if took {
        Ok(())
    } else {
        Err(StoreError::Failed)
    }
}

/// Reads every page and the structure of every table. Damage is either the error or a `false`.
pub(super) fn quick_check(connection: &Connection) -> Result<bool, rusqlite::Error> {
    connection.query_row("PRAGMA quick_check(1)", [], |row| {
        Ok(row.get::<_, String>(0)? == "ok")
    })
}

/// Gives SQLCipher the key, as `PRAGMA key` does; but of a pragma's text SQLite's parser leaves copies behind,
/// and what is given this way SQLCipher keeps in memory that it erases.
fn set_key(connection: &Connection, key: &Secret<32>) -> Result<(), rusqlite::Error> {
    let text = raw_key(key);
    let length = c_int::try_from(text.len()).unwrap_or(0);
    #[allow(unsafe_code, reason = "SQLCipher's key has no other way in")]
    // SAFETY: the handle is that of an open connection, which this thread alone has; the text is `length`
    // bytes and is copied before the call returns.
    let code = unsafe { ffi::sqlite3_key(connection.handle(), text.as_ptr().cast(), length) };
    match code {
        ffi::SQLITE_OK => Ok(()),
        code => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)),
    }
}

/// A key that is used as it is, in the form that SQLCipher knows it by; erased.
fn raw_key(key: &Secret<32>) -> Zeroizing<String> {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let mut text = Zeroizing::new(String::with_capacity(96));
    text.push_str("x'");
    for byte in key.expose() {
        for nibble in [byte >> 4, byte & 0x0f] {
            text.extend(HEX.get(usize::from(nibble)));
        }
    }
    text.push('\'');
    text
}
