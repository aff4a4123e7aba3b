//! `fixture`: a store of this version as SQL text, for the tests that open stores of every version.
//!
//! The text holds what two talks with contacts leave behind, and the key file, wrapped by the vault of core's store
//! tests. It is random each time and made once, when a schema is new: see core/tests/fixtures/README.md.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use data_encoding::HEXLOWER;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::Value;

use crate::faults::device::{Device, What};
use crate::faults::integrity::{self, FixedVault};
use crate::faults::world::{A, B, C, Trouble, World, relay_link};

/// In hexadecimal, as short as a picture may be.
const PICTURE: &str = "ffd8ff";

/// Arguments of `fixture`.
#[derive(Clone, Debug, clap::Args)]
pub struct FixtureArgs {
    /// The directory of the fixtures; schema-N.sql in it is written, never overwritten
    #[arg(long, value_name = "DIR", default_value = "core/tests/fixtures")]
    to: PathBuf,
}

/// Writes the fixture of this version's schema.
///
/// # Errors
/// When there is one already, or it cannot be made.
pub fn run(arguments: &FixtureArgs) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let store = directory.path().join("a");
    let device = Device::new(Some(store.clone()), false).with_vault(FixedVault);
    let mut world = World::with_first(&directory.path().join("relay"), device)?;
    live(&mut world).map_err(|trouble| anyhow!("{trouble:?}"))?;
    let key = integrity::database_key(&store, &FixedVault)?;
    let database = integrity::open_store(&store, &key)?;
    let (version, text) = dump(&database, &store)?;
    let path = arguments.to.join(format!("schema-{version}.sql"));
    ensure!(!path.exists(), "{} is there already", path.display());
    std::fs::create_dir_all(&arguments.to)?;
    std::fs::write(&path, text)?;
    println!("{}", path.display());
    Ok(())
}

/// A talk with one contact, another who was just met, and a text that waits in the outbox.
fn live(world: &mut World) -> Result<(), Trouble> {
    let mut ids = Vec::new();
    for who in [A, B, C] {
        let seed = 77 + who as u64;
        world.ask(
            who,
            What::Open {
                seed,
                passphrase: None,
            },
        )?;
        let (link, name) = (relay_link()?, format!("Person {who}"));
        let id = world.call(who, What::CreateAccount { link, name })?;
        ids.push(id.as_str().context("an id")?.to_owned());
    }
    for who in [A, B] {
        let (name, picture) = (format!("Person {who}"), PICTURE.to_owned());
        world.ask(who, What::SetProfile { name, picture })?;
    }
    let text = |value: &Value, field: &str| {
        let text = value.get(field).and_then(Value::as_str);
        text.map(str::to_owned)
            .with_context(|| format!("no {field}"))
    };
    let [a, b, _] = ids.as_slice() else {
        return Err(anyhow!("three accounts").into());
    };
    let personal = world.call(A, What::Invite { public: false })?;
    let link = text(&personal, "link")?;
    world.call(B, What::Accept { link })?;
    world.run_for(5_000)?;
    for (number, (who, to)) in [(A, b), (B, a), (A, b), (B, a)].into_iter().enumerate() {
        let said = format!("spoken words {number}");
        world.ask(
            who,
            What::Send {
                id: to.clone(),
                text: said,
            },
        )?;
        world.run_for(5_000)?;
    }
    // A public one would bring twenty prekeys, and with them three times the size.
    let other = world.call(A, What::Invite { public: false })?;
    let link = text(&other, "link")?;
    world.call(C, What::Accept { link })?;
    world.run_for(5_000)?;
    // Stored, and never carried: it waits in the outbox.
    world.ask(
        A,
        What::Send {
            id: b.clone(),
            text: "queued words".to_owned(),
        },
    )?;
    world.ask(A, What::Close).map(drop)
}

/// Schema and rows as SQL, and the schema's number.
fn dump(database: &Connection, store: &Path) -> Result<(i64, String)> {
    let pragma = |name: &str| database.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let version = pragma("user_version")?;
    let keys = std::fs::read(store.join("keys.bin"))?;
    let mut text = format!(
        "-- keys.bin {}\nPRAGMA application_id = {};\nPRAGMA user_version = {version};\nBEGIN;\n",
        HEXLOWER.encode(&keys),
        pragma("application_id")?
    );
    let named = |kind: &str| -> Result<Vec<(String, String)>> {
        let mut statement = database.prepare(
            "SELECT name, sql FROM sqlite_schema WHERE type = ?1 AND sql IS NOT NULL ORDER BY rowid",
        )?;
        let rows = statement.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    let tables = named("table")?;
    let virtual_ones: Vec<&str> = tables
        .iter()
        .filter(|(_, sql)| sql.starts_with("CREATE VIRTUAL"))
        .map(|(name, _)| name.as_str())
        .collect();
    for (name, sql) in &tables {
        // What a virtual table keeps its rows in is made with it, and has rows from the start.
        let is_shadow = virtual_ones
            .iter()
            .any(|owner| name.starts_with(&format!("{owner}_")))
            && sql.contains('\'');
        if !is_shadow {
            writeln!(text, "{sql};")?;
        }
    }
    for (name, sql) in &tables {
        if sql.starts_with("CREATE VIRTUAL") {
            continue;
        }
        write_rows(database, name, &mut text)?;
    }
    for kind in ["index", "trigger", "view"] {
        for (_, sql) in named(kind)? {
            writeln!(text, "{sql};")?;
        }
    }
    text.push_str("COMMIT;\n");
    Ok((version, text))
}

fn write_rows(database: &Connection, table: &str, text: &mut String) -> Result<()> {
    writeln!(text, "DELETE FROM {table};")?;
    let mut statement = database.prepare(&format!("SELECT * FROM {table}"))?;
    let columns = statement.column_names().collect::<Vec<_>>().join(", ");
    let count = statement.column_count();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(count);
        for index in 0..count {
            values.push(match row.get_ref(index)? {
                ValueRef::Null => "NULL".to_owned(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Real(number) => number.to_string(),
                ValueRef::Text(bytes) => {
                    format!("'{}'", std::str::from_utf8(bytes)?.replace('\'', "''"))
                }
                ValueRef::Blob(bytes) => format!("x'{}'", HEXLOWER.encode(bytes)),
            });
        }
        writeln!(
            text,
            "INSERT INTO {table} ({columns}) VALUES ({});",
            values.join(", ")
        )?;
    }
    Ok(())
}
