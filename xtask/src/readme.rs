//! Checks the README's map: every path that it names is there.

use std::fs;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// Fails if the README has no map, or if its map names something that is not in the checkout.
pub fn check_map(ws: &Workspace) -> Result<()> {
    let readme = fs::read_to_string(ws.path("README.md"))?;
    let paths = map_paths(&readme);
    if paths.is_empty() {
        bail!("README.md has no section whose heading names a map with paths in it");
    }
    let missing: Vec<&str> = paths
        .into_iter()
        .filter(|path| !ws.path(path).exists())
        .collect();
    if !missing.is_empty() {
        bail!(
            "README.md's map names what is not there: {}",
            missing.join(", ")
        );
    }
    Ok(())
}

/// What the section whose heading has the word "map" names: all links, and what is in backquotes
/// in the first cell of a table's row.
fn map_paths(readme: &str) -> Vec<&str> {
    let mut in_map = false;
    let mut paths = Vec::new();
    for line in readme.lines() {
        if line.starts_with('#') {
            let heading = line.to_lowercase();
            in_map = heading
                .split(|c: char| !c.is_alphabetic())
                .any(|word| word == "map");
        } else if in_map {
            let first_cell = line.strip_prefix('|').and_then(|row| row.split('|').next());
            paths.extend(between(first_cell.unwrap_or_default(), "`", "`"));
            paths.extend(between(line, "](", ")"));
        }
    }
    paths.retain(|path| !path.contains("://"));
    paths
}

/// Everything that stands between an `open` and the next `close`.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((inside, after)) = rest
        .split_once(open)
        .and_then(|(_, after)| after.split_once(close))
    {
        found.push(inside);
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn map_is_read_from_first_cells_and_links_and_nowhere_else() {
        let readme = "# Name\n| `not/this` |\n## A map of the tree\n| `core/`, `wire/` | the `x` core |\n\
            - [docs](docs/A.md), [more](docs/B.md) and `c.rs`\n## Roadmap\n| `nor/this` |\n";
        assert_eq!(
            map_paths(readme),
            ["core/", "wire/", "docs/A.md", "docs/B.md"]
        );
    }
}
