//! Reads every table of a relay's database, whatever its schema is.

use anyhow::Result;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::finding::{Findings, Kind};

/// A table as it is.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns' names.
    pub columns: Vec<String>,
    /// All its rows.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// The values of one column.
    pub fn column<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Value> {
        let index = self.columns.iter().position(|column| column == name);
        self.rows.iter().filter_map(move |row| row.get(index?))
    }
}

/// Reads all tables; notes everything in the schema that is neither table nor index, and every table
/// that keeps rowids.
///
/// # Errors
/// When the database cannot be read.
pub fn read_all(database: &Connection, findings: &mut Findings) -> Result<Vec<Table>> {
    note_other_objects(database, findings)?;
    let mut list = database.prepare("PRAGMA main.table_list")?;
    let mut tables = Vec::new();
    let mut rows = list.query([])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get("name")?;
        if name == "sqlite_schema" || name == "sqlite_master" {
            continue;
        }
        if !row.get::<_, bool>("wr")? {
            findings.note(Kind::Order, format!("table {name} keeps rowids"));
        }
        tables.push(read(database, name)?);
    }
    Ok(tables)
}

fn note_other_objects(database: &Connection, findings: &mut Findings) -> Result<()> {
    let mut objects = database.prepare("SELECT type, name FROM sqlite_schema")?;
    let mut rows = objects.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
        if kind != "table" && kind != "index" {
            findings.note(Kind::Schema, format!("the schema has a {kind}, {name}"));
        }
    }
    Ok(())
}

fn read(database: &Connection, name: String) -> Result<Table> {
    let quoted = name.replace('"', "\"\"");
    let mut select = database.prepare(&format!("SELECT * FROM \"{quoted}\""))?;
    let columns: Vec<String> = select.column_names().map(str::to_owned).collect();
    let rows = select
        .query_map([], |row| {
            (0..columns.len()).map(|index| row.get(index)).collect()
        })?
        .collect::<Result<_, _>>()?;
    Ok(Table {
        name,
        columns,
        rows,
    })
}
