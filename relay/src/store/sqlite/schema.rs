//! The tables, and how a file is opened and brought up to date. `docs/THREAT_MODEL.md` says what each column is.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, MAIN_DB, TransactionBehavior};

use super::OpenError;

/// One step per version; a file at version n has had the first n.
const MIGRATIONS: [&str; 1] = [include_str!("schema/0001.sql")];
/// Bytes of write-ahead log that are kept on disk after it has been folded in.
const LOG_BYTES_KEPT: u32 = 64 * 1024 * 1024;

/// Opens the file for writing, makes it if there is none, and brings it up to date.
pub(super) fn open(path: &Path) -> Result<Connection, OpenError> {
    let mut connection = Connection::open(path)?;
    // When SQLite cannot open a file for writing, it opens it for reading and says nothing.
    if connection.is_readonly(MAIN_DB)? {
        return Err(OpenError::Sqlite(Some(ErrorCode::ReadOnly)));
    }
    configure(&connection)?;
    keep_log(&connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// Has a log kept. SQLite says that it is before it has written so, and fails behind that if it cannot.
fn keep_log(connection: &Connection) -> Result<(), rusqlite::Error> {
    let mut statement = connection.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Opens the file for reading; the connection cannot write.
pub(super) fn open_reader(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open(path)?;
    configure(&connection)?;
    connection.pragma_update(None, "query_only", "ON")?;
    Ok(connection)
}

/// Makes a write beyond so many pages fail as on a full disk.
pub(super) fn limit_pages(connection: &Connection, pages: u32) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "max_page_count", pages)
}

fn configure(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "trusted_schema", "OFF")
}

fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    let steps = MIGRATIONS.get(done..).ok_or(OpenError::TooNew)?;
    for (step, next) in steps.iter().zip(version.saturating_add(1)..) {
        transaction.execute_batch(&for_this_build(step))?;
        transaction.pragma_update(None, "user_version", next)?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(not(feature = "sabotage-rowid"))]
fn for_this_build(sql: &str) -> String {
    sql.to_owned()
}

#[cfg(feature = "sabotage-rowid")]
fn for_this_build(sql: &str) -> String {
    sql.replace("STRICT, WITHOUT ROWID", "STRICT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_later_version_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("relay.db");
        open(&path)
            .unwrap()
            .pragma_update(None, "user_version", 99)
            .unwrap();
        assert!(matches!(open(&path), Err(OpenError::TooNew)));
    }

    #[test]
    fn a_file_that_can_only_be_read_is_not_opened() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("relay.db");
        drop(open(&path).unwrap());
        // Whoever is root may write whatever the mode says, so the file is opened as SQLite then would.
        let uri = format!("file:{}?mode=ro", path.display());
        assert!(matches!(
            open(Path::new(&uri)),
            Err(OpenError::Sqlite(Some(ErrorCode::ReadOnly)))
        ));
        assert!(open(&path).is_ok());
    }

    #[test]
    fn a_file_opens_again_with_its_settings() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("relay.db");
        drop(open(&path).unwrap());
        let connection = open(&path).unwrap();
        let setting = |name: &str| {
            connection
                .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
                .unwrap()
        };
        assert_eq!(setting("journal_mode"), "wal".to_owned().into());
        assert_eq!(setting("synchronous"), 2.into());
        assert_eq!(setting("secure_delete"), 1.into());
    }

    #[cfg(not(feature = "sabotage-rowid"))]
    #[test]
    fn no_table_keeps_an_order_of_insertion() {
        let directory = tempfile::tempdir().unwrap();
        let connection = open(&directory.path().join("relay.db")).unwrap();
        let (tables, with_rowid): (u32, u32) = connection
            .query_row(
                "SELECT count(*), count(*) FILTER (WHERE NOT wr OR NOT strict)
                 FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        assert_eq!((tables, with_rowid), (8, 0));
    }
}
