//! Numbered migrations, each applied once and whole; the number is SQLite's `user_version`.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::StoreError;
use super::texts::index_all;

/// "Taci" in ASCII: says whose database it is.
const APPLICATION_ID: i32 = 0x5461_6369;

/// One version's schema, and what fills it from the rows that are there.
type Migration = (&'static str, Fill);
type Fill = fn(&Connection) -> Result<(), rusqlite::Error>;

/// The n-th (from 1) leads from version n-1 to n. None is ever changed: databases have been made with it.
const MIGRATIONS: [Migration; 13] = [
    (include_str!("schema/0001.sql"), fill_nothing),
    (include_str!("schema/0002.sql"), fill_nothing),
    (include_str!("schema/0003.sql"), index_all),
    (include_str!("schema/0004.sql"), fill_nothing),
    (include_str!("schema/0005.sql"), fill_nothing),
    (include_str!("schema/0006.sql"), fill_nothing),
    (include_str!("schema/0007.sql"), fill_nothing),
    (include_str!("schema/0008.sql"), fill_nothing),
    (include_str!("schema/0009.sql"), fill_nothing),
    (include_str!("schema/0010.sql"), fill_nothing),
    (include_str!("schema/0011.sql"), fill_nothing),
    (include_str!("schema/0012.sql"), fill_nothing),
    (include_str!("schema/0013.sql"), fill_nothing),
];

/// The newest version.
const NEWEST: i64 = MIGRATIONS.len().cast_signed() as i64;

fn fill_nothing(_: &Connection) -> Result<(), rusqlite::Error> {
    Ok(())
}

/// Why a database could not be brought to this version.
#[derive(Debug)]
pub(super) enum MigrateFailure {
    /// Not ours, or of a newer version.
    Foreign,
    /// SQLite's own error; it may mean damage.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for MigrateFailure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<MigrateFailure> for StoreError {
    fn from(failure: MigrateFailure) -> Self {
        match failure {
            MigrateFailure::Foreign => Self::Foreign,
            MigrateFailure::Sqlite(error) => error.into(),
        }
    }
}

/// Brings an empty or older database to the newest version, in one transaction.
pub(super) fn migrate(connection: &Connection) -> Result<(), MigrateFailure> {
    if is_newest(connection)? {
        return Ok(());
    }
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let tables: i64 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i32 =
        transaction.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let is_empty = tables == 0 && version == 0 && application == 0;
    let is_ours = application == APPLICATION_ID && version >= 1;
    if !(is_empty || is_ours) || !(0..=NEWEST).contains(&version) {
        return Err(MigrateFailure::Foreign);
    }
    for (number, (schema, fill)) in (1..).zip(MIGRATIONS) {
        if number > version {
            transaction.execute_batch(schema)?;
            fill(&transaction)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", number)?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Whether there is nothing to do: two numbers of the header, which are read without a lock.
fn is_newest(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let application: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(application == APPLICATION_ID && version == NEWEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migrated_database_is_left_as_it_is() {
        let connection = Connection::open_in_memory().unwrap();
        migrate(&connection).unwrap();
        connection
            .execute("INSERT INTO settings (name, value) VALUES ('a', x'01')", [])
            .unwrap();
        migrate(&connection).unwrap();
        let rows: i64 = connection
            .query_row("SELECT count(*) FROM settings", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn every_earlier_version_comes_to_the_newest_with_what_is_in_it() {
        for from in 1..MIGRATIONS.len() {
            let connection = Connection::open_in_memory().unwrap();
            for (schema, fill) in &MIGRATIONS[..from] {
                connection.execute_batch(schema).unwrap();
                fill(&connection).unwrap();
            }
            for (name, value) in [
                ("application_id", i64::from(APPLICATION_ID)),
                ("user_version", i64::try_from(from).unwrap()),
            ] {
                connection.pragma_update(None, name, value).unwrap();
            }
            connection
                .execute_batch(
                    "INSERT INTO conversations (key, account, name, log, state, verified, invitation,
                       read_up_to, last_place, activity_ms)
                     VALUES (1, x'07', 'Ada', x'', 3, 0, NULL, 0, 1, 5);
                     INSERT INTO messages (conversation, place, direction, device, counter, kind,
                       data, sent_ms, stored_ms, delivery)
                     VALUES (1, 1, 1, 1, 1, 1, x'61', 2, 3, 1);",
                )
                .unwrap();
            migrate(&connection).unwrap();
            let version: i64 = connection
                .pragma_query_value(None, "user_version", |row| row.get(0))
                .unwrap();
            assert_eq!(version, NEWEST);
            let kept: (String, Vec<u8>) = connection
                .query_row(
                    "SELECT name, data FROM messages JOIN conversations ON conversation = key",
                    [],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .unwrap();
            assert_eq!(kept, ("Ada".to_owned(), b"a".to_vec()));
        }
    }

    #[test]
    fn a_newer_version_and_somebody_elses_database_are_foreign() {
        let newer = Connection::open_in_memory().unwrap();
        migrate(&newer).unwrap();
        newer
            .pragma_update(None, "user_version", NEWEST + 1)
            .unwrap();
        assert!(matches!(migrate(&newer), Err(MigrateFailure::Foreign)));

        let other = Connection::open_in_memory().unwrap();
        other
            .execute_batch("CREATE TABLE notes (text TEXT)")
            .unwrap();
        assert!(matches!(migrate(&other), Err(MigrateFailure::Foreign)));
        other.pragma_update(None, "user_version", 1).unwrap();
        assert!(matches!(migrate(&other), Err(MigrateFailure::Foreign)));
    }

    #[test]
    fn a_failing_migration_leaves_nothing_behind() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .pragma_update(None, "max_page_count", 12)
            .unwrap();
        assert!(migrate(&connection).is_err());
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 0);
    }
}
