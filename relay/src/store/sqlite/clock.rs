//! The recorded clock: looked at in every transaction, so that a word from outside counts at once.

use rusqlite::{Connection, OptionalExtension};

use crate::clock::week_of_hour;
use crate::clock::{
    Clock, ClockState, Observation, confirm as confirmed, hour_of_seconds, observe,
};

/// Looks at the clock, records what it means, and says it.
pub(super) fn look(
    connection: &mut Connection,
    clock: &dyn Clock,
) -> Result<Observation, rusqlite::Error> {
    let transaction = connection.transaction()?;
    let seen = look_inside(&transaction, clock)?;
    transaction.commit()?;
    Ok(seen)
}

/// As [`look`], inside a transaction that is already open.
pub(super) fn look_inside(
    connection: &Connection,
    clock: &dyn Clock,
) -> Result<Observation, rusqlite::Error> {
    let recorded = load(connection)?;
    let seen = observe(recorded, hour_of_seconds(clock.now_seconds()));
    if recorded != Some(seen.state) {
        record(connection, seen)?;
        let was_halted = recorded.is_some_and(|state| state.halted);
        if seen.state.halted && !was_halted {
            tracing::warn!(
                "the clock has leapt forward by more than a day: nothing expires until it comes back or `tacita-relay clock-is-right` is run"
            );
        }
    }
    Ok(seen)
}

/// The relay's hour; records nothing.
pub(super) fn peek(connection: &Connection, clock: &dyn Clock) -> Result<u32, rusqlite::Error> {
    Ok(observe(load(connection)?, hour_of_seconds(clock.now_seconds())).hour)
}

/// Records that the clock is right.
pub(super) fn confirm(
    connection: &mut Connection,
    clock: &dyn Clock,
) -> Result<(), rusqlite::Error> {
    let transaction = connection.transaction()?;
    record(
        &transaction,
        confirmed(hour_of_seconds(clock.now_seconds())),
    )?;
    transaction.commit()
}

fn load(connection: &Connection) -> Result<Option<ClockState>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT hour, halted FROM clock")?
        .query_row([], |row| {
            Ok(ClockState {
                hour: row.get(0)?,
                halted: row.get(1)?,
            })
        })
        .optional()
}

fn record(connection: &Connection, seen: Observation) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO clock (one, hour, halted) VALUES (1, ?1, ?2)")?
        .execute((seen.state.hour, seen.state.halted))?;
    if seen.came_back {
        // What a wrong clock stamped with the future would else be kept until then.
        let week = week_of_hour(seen.hour);
        for (table, column, latest) in [
            ("envelope", "hour", seen.hour),
            ("envelope_hash", "hour", seen.hour),
            ("given", "hour", seen.hour),
            ("claim", "hour", seen.hour),
            ("mailbox", "week", week),
            ("pile", "week", week),
        ] {
            if !cfg!(feature = "sabotage-exact-time") {
                let sql = format!("UPDATE {table} SET {column} = ?1 WHERE {column} > ?1");
                connection.execute(&sql, [latest])?;
            }
        }
    }
    Ok(())
}
