//! Every row of a database, for tests that compare whole stores.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::types::Value;

/// By table, each row's cells as text.
pub(crate) type Rows = BTreeMap<String, Vec<Vec<String>>>;

/// All but what taking in any envelope moves: its hash, the mailbox's cursor and count, and the news for the screens.
pub(crate) fn all_rows(connection: &Connection) -> Rows {
    // The tables behind a virtual one are read.
    let mut tables = connection
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
               AND sql NOT LIKE 'CREATE VIRTUAL%'",
        )
        .unwrap();
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(tables.len() > 10);
    let moves = |table: &String| ["envelopes", "changes_by_number"].contains(&table.as_str());
    let mut all = Rows::new();
    for table in tables.into_iter().filter(|table| !moves(table)) {
        let mut statement = connection
            .prepare(&["SELECT * FROM ", &table].concat())
            .unwrap();
        let kept: Vec<usize> = statement
            .column_names()
            .enumerate()
            .filter(|(_, name)| {
                !(table == "mailboxes" && ["cursor", "received", "heard"].contains(name)
                    || table == "conversations" && *name == "changed")
            })
            .map(|(column, _)| column)
            .collect();
        let cell = |row: &rusqlite::Row<'_>, at: usize| -> rusqlite::Result<String> {
            Ok(format!("{:?}", row.get::<_, Value>(at)?))
        };
        let found = statement
            .query_map([], |row| kept.iter().map(|at| cell(row, *at)).collect())
            .unwrap()
            .map(Result::unwrap)
            .collect();
        all.insert(table, found);
    }
    all
}
