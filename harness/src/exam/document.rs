//! Reads the table of what a relay stores out of docs/THREAT_MODEL.md.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// Where the document is, in a source tree.
#[must_use]
pub fn threat_model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/THREAT_MODEL.md")
}

/// All pairs of table and column in the section "What the relay stores".
///
/// A row's first cell names the table (an empty one: the same as above), its second one or more
/// columns; `table.column` in one cell is understood too.
///
/// # Errors
/// When there is no such section, no table in it, or a row that cannot be read.
pub fn documented_columns(markdown: &str) -> Result<BTreeSet<(String, String)>> {
    let mut lines = markdown.lines();
    lines
        .find(|line| line.starts_with('#') && line.contains("What the relay stores"))
        .context("no section \"What the relay stores\"")?;
    let rows: Vec<Vec<String>> = lines
        .take_while(|line| !line.starts_with('#'))
        .skip_while(|line| !line.trim_start().starts_with('|'))
        .take_while(|line| line.trim_start().starts_with('|'))
        .map(cells)
        .collect();
    // The first two are the heading and the line under it.
    let rows = rows.get(2..).context("no table in the section")?;
    let mut columns = BTreeSet::new();
    let mut table = String::new();
    for row in rows {
        let mut names = row.iter().map(String::as_str);
        let (first, second) = (names.next().unwrap_or(""), names.next().unwrap_or(""));
        if let Some((table, column)) = first.split_once('.') {
            columns.insert((table.to_owned(), column.to_owned()));
            continue;
        }
        if !first.is_empty() {
            first.clone_into(&mut table);
        }
        for column in second.split(',').map(str::trim) {
            if table.is_empty() || column.is_empty() {
                bail!("a row names no table or no column: {row:?}");
            }
            columns.insert((table.clone(), column.to_owned()));
        }
    }
    if columns.is_empty() {
        bail!("the table is empty");
    }
    Ok(columns)
}

fn cells(line: &str) -> Vec<String> {
    line.trim()
        .trim_matches('|')
        .split('|')
        .map(|cell| cell.replace('`', "").trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_columns_are_read() {
        let text = "# A\n## What the relay stores\nText.\n\n| table | column | what |\n|---|---|---|\n\
                    | `mailbox` | `id` | x |\n| | `kind`, `week` | y |\n| `pile.id` | | z |\n\n| other | table |\n# B\n";
        let columns = documented_columns(text).unwrap();
        let expected = [
            ("mailbox", "id"),
            ("mailbox", "kind"),
            ("mailbox", "week"),
            ("pile", "id"),
        ];
        let expected: BTreeSet<_> = expected
            .map(|(table, column)| (table.to_owned(), column.to_owned()))
            .into();
        assert_eq!(columns, expected);
    }

    #[test]
    fn a_document_without_the_table_is_an_error() {
        assert!(documented_columns("# What else\n").is_err());
        assert!(documented_columns("# What the relay stores\nNothing.\n").is_err());
    }
}
