//! What a Swift module shows, as the compiler's symbol graphs tell, and what of it lacks a comment.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

/// Deletes the graphs of all other modules: what `module` exports again is in its own.
pub fn keep_only(graphs: &Path, module: &str) -> Result<()> {
    for entry in fs::read_dir(graphs)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // What it adds to types of other modules may have a file of its own, "Module@Other".
        if name.split(['.', '@']).next() != Some(module) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The public symbols without a comment that the module's own files declare, each with its place. Fails if the graphs name none at all.
pub fn undocumented(graphs: &Path, module: &str) -> Result<Vec<String>> {
    let mut declared = 0_usize;
    let mut bare = Vec::new();
    for entry in fs::read_dir(graphs)? {
        let path = entry?.path();
        let graph: Graph = serde_json::from_str(&fs::read_to_string(&path)?)
            .with_context(|| format!("{} is no symbol graph", path.display()))?;
        for symbol in &graph.symbols {
            let Some(place) = symbol.place_in(module) else {
                continue;
            };
            declared = declared.saturating_add(1);
            if !symbol.has_comment() {
                bare.push(format!("{} ({place})", symbol.path_components.join(".")));
            }
        }
    }
    if declared == 0 {
        bail!("the symbol graphs name nothing that {module} declares");
    }
    bare.sort();
    Ok(bare)
}

#[derive(Debug, Deserialize)]
struct Graph {
    symbols: Vec<Symbol>,
}

/// A public declaration. One that keeps the promise of a protocol has that one's comment.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Symbol {
    path_components: Vec<String>,
    doc_comment: Option<Comment>,
    location: Option<Location>,
}

impl Symbol {
    fn has_comment(&self) -> bool {
        let lines = self.doc_comment.iter().flat_map(|comment| &comment.lines);
        lines.into_iter().any(|line| !line.text.trim().is_empty())
    }

    /// File and line, if that is a file of the module. What the compiler has made up has none.
    fn place_in(&self, module: &str) -> Option<String> {
        let Location { uri, position } = self.location.as_ref()?;
        let path = uri.trim_start_matches("file://");
        // Lines are counted from 0 there.
        let line = position.line.saturating_add(1);
        Path::new(path)
            .components()
            .any(|folder| folder.as_os_str() == module)
            .then(|| format!("{path}:{line}"))
    }
}

#[derive(Debug, Deserialize)]
struct Comment {
    lines: Vec<Line>,
}

#[derive(Debug, Deserialize)]
struct Line {
    text: String,
}

#[derive(Debug, Deserialize)]
struct Location {
    uri: String,
    position: Position,
}

#[derive(Debug, Deserialize)]
struct Position {
    line: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbol_without_a_comment_is_named_with_its_place_if_the_module_declares_it() {
        let folder = tempfile::tempdir().unwrap();
        let symbols = r#"{"symbols": [
            {"pathComponents": ["Tacita", "close()"], "docComment": {"lines": [{"text": "Ends it."}]},
             "location": {"uri": "file:///Kit/Tacita.swift", "position": {"line": 1, "character": 2}}},
            {"pathComponents": ["Tacita", "open()"],
             "location": {"uri": "file:///Kit/Tacita.swift", "position": {"line": 4, "character": 2}}},
            {"pathComponents": ["Shown"], "docComment": {"lines": [{"text": ""}]},
             "location": {"uri": "file:///Kit/Models/Shown.swift", "position": {"line": 0, "character": 2}}},
            {"pathComponents": ["Config"],
             "location": {"uri": "file:///Bindings/Config.swift", "position": {"line": 0, "character": 2}}},
            {"pathComponents": ["Shown", "!=(_:_:)"]}
        ]}"#;
        for name in [
            "Kit.symbols.json",
            "Kit@Swift.symbols.json",
            "KitTests.symbols.json",
        ] {
            fs::write(folder.path().join(name), symbols).unwrap();
        }
        keep_only(folder.path(), "Kit").unwrap();
        let bare = undocumented(folder.path(), "Kit").unwrap();
        let once = [
            "Shown (/Kit/Models/Shown.swift:1)",
            "Tacita.open() (/Kit/Tacita.swift:5)",
        ];
        assert_eq!(bare, [once[0], once[0], once[1], once[1]]);
        assert!(undocumented(folder.path(), "Other").is_err());
    }
}
