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

/// The first word in backquotes, or link, of each line of the section whose heading has the word
/// "map"; in a code block, the first word of each line.
fn map_paths(readme: &str) -> Vec<&str> {
    let mut in_map = false;
    let mut in_code = false;
    let mut paths = Vec::new();
    for line in readme.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if !in_code && line.starts_with('#') {
            in_map = line
                .to_lowercase()
                .split(|c: char| !c.is_alphabetic())
                .any(|w| w == "map");
        } else if in_map && in_code {
            paths.extend(line.split_whitespace().next());
        } else if in_map {
            let link = line
                .split_once("](")
                .and_then(|(_, rest)| rest.split_once(')'));
            let quoted = line
                .split_once('`')
                .and_then(|(_, rest)| rest.split_once('`'));
            paths.extend(link.or(quoted).map(|(path, _)| path));
        }
    }
    paths.retain(|path| !path.contains("://"));
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn map_is_read_from_tables_lists_links_and_code_and_nowhere_else() {
        let readme = "# Name\n`not/this`\n## A map of the tree\n| `core/` | the `x` core |\n- [docs](docs/A.md)\n\
            ```\nrelay/src  server\n```\n## Roadmap\n`nor/this`\n";
        assert_eq!(map_paths(readme), ["core/", "docs/A.md", "relay/src"]);
    }
}
