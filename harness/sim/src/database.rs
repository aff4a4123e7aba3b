//! The databases of closed stores, seen from outside: whole, and without rows that belong to nothing.

use data_encoding::HEXLOWER;
use rusqlite::Connection;

use super::home::database_key;
use super::play::Play;
use super::rule::{Broken, Rule, hold};

/// Rows that belong to nothing, each by a question whose answer must be 0. Schema: core/src/store/schema.
const ORPHANS: [(&str, &str); 8] = [
    (
        "an outbox row without its envelope",
        "SELECT count(*) FROM outbox WHERE slot NOT IN (SELECT slot FROM outbox_slots)",
    ),
    (
        "an envelope that nothing names",
        "SELECT count(*) FROM outbox_slots WHERE slot NOT IN (SELECT slot FROM outbox) AND ltrim(hex(envelope), '0') <> ''",
    ),
    (
        "a session with a device that is not known",
        "SELECT count(*) FROM sessions WHERE NOT EXISTS (SELECT 1 FROM peers
         WHERE peers.account = sessions.account AND peers.device = sessions.device)",
    ),
    (
        "more than four sessions with a device",
        "SELECT count(*) FROM (SELECT 1 FROM sessions GROUP BY account, device HAVING count(*) > 4)",
    ),
    (
        "a text in the index that is not there",
        "SELECT count(*) FROM text_rows WHERE NOT EXISTS (SELECT 1 FROM messages
         WHERE messages.conversation = text_rows.conversation AND messages.place = text_rows.place AND text_row = text_rows.row)",
    ),
    (
        "a text that is not in the index",
        "SELECT count(*) FROM messages WHERE kind = 1 AND (text_row IS NULL OR text_row NOT IN (SELECT row FROM text_rows))",
    ),
    (
        "a count of messages that is wrong",
        "SELECT count(*) FROM conversations WHERE messages <> (SELECT count(*) FROM messages WHERE conversation = key)",
    ),
    (
        "a mailbox of a contact who is not there",
        "SELECT count(*) FROM mailboxes WHERE account IS NOT NULL AND account NOT IN (SELECT account FROM conversations)",
    ),
];

/// One whose putting was not answered may have been delivered all the same, and then be cleaned up.
const UNPLACED: &str = "SELECT count(*) FROM outbox WHERE place IS NOT NULL AND NOT EXISTS (SELECT 1 FROM messages
    JOIN conversations ON key = conversation WHERE conversations.account = outbox.account AND messages.place = outbox.place)";

/// Closes every store and looks into its database.
pub fn check_stores(play: &mut Play) -> Result<(), Broken> {
    for who in 0..play.plan.devices {
        let device = &mut play.world.devices[who];
        let Some(directory) = device.home.directory().map(ToOwned::to_owned) else {
            continue;
        };
        if let Some(engine) = device.engine.take() {
            let closed = engine.close();
            hold!(
                closed.is_ok(),
                Store,
                "the store of {who} does not close: {closed:?}"
            );
        }
        let failed = |error: rusqlite::Error| {
            Broken::new(Rule::Store, format!("the database of {who}: {error}"))
        };
        let Some(connection) = connect(&directory).map_err(failed)? else {
            return Err(Broken::new(Rule::Store, format!("{who} has no keys")));
        };
        let answer = connection
            .query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))
            .map_err(failed)?;
        hold!(answer == "ok", Store, "the database of {who}: {answer}");
        let foreign: i64 = connection
            .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
                row.get(0)
            })
            .map_err(failed)?;
        hold!(
            foreign == 0,
            Store,
            "{foreign} rows of {who} belong to nothing"
        );
        for (what, question) in ORPHANS {
            let count: i64 = connection
                .query_row(question, [], |row| row.get(0))
                .map_err(failed)?;
            hold!(count == 0, Store, "{who} has {what}");
        }
        let unplaced: i64 = connection
            .query_row(UNPLACED, [], |row| row.get(0))
            .map_err(failed)?;
        hold!(
            unplaced == 0 || play.tidied.contains(&who),
            Store,
            "{who} has {unplaced} outbox rows of a place that is not there"
        );
        let accused: i64 = connection
            .query_row("SELECT count(*) FROM rewinds", [], |row| row.get(0))
            .map_err(failed)?;
        let may_seem_so = play.holes_may_stay || play.plan.clocks || play.plan.longest_days > 20;
        hold!(
            accused == 0 || may_seem_so,
            NotPutBack,
            "{who} knows of {accused} stores that were put back, and none was"
        );
    }
    Ok(())
}

/// Opens a store's database beside the engine; nobody may have it open.
pub fn connect(directory: &std::path::Path) -> Result<Option<Connection>, rusqlite::Error> {
    let Some(key) = database_key(directory) else {
        return Ok(None);
    };
    let connection = Connection::open(directory.join("tacita.db"))?;
    connection.pragma_update(None, "key", format!("x'{}'", HEXLOWER.encode(&key)))?;
    connection.pragma_update(None, "cipher_hmac_algorithm", "HMAC_SHA256")?;
    Ok(Some(connection))
}
