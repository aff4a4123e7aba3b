//! Makes the Kotlin and Swift snippets of docs/INTEGRATION.md part of the kits' tests, where each of them has to compile.

use std::fs;

use anyhow::{Result, bail};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::bindings::write_changed;
use crate::workspace::Workspace;

/// Writes one file for each language. A line of code stands there in the line that it has in the document, so that an
/// error of the compiler leads to it.
pub fn generate(ws: &Workspace) -> Result<()> {
    let text = fs::read_to_string(ws.path(DOCUMENT))?;
    if let Some(info) = unknown_language(&text) {
        bail!(
            "{DOCUMENT} has a snippet in {info:?}, which is neither compiled nor known not to be"
        );
    }
    for language in &LANGUAGES {
        let snippets = snippets(&text, language.fence);
        if snippets.is_empty() {
            bail!("{DOCUMENT} has no snippet in {}", language.fence);
        }
        write_changed(&ws.path(language.path), language.file(&snippets).as_bytes())?;
    }
    Ok(())
}

/// A fenced block of code.
#[derive(Debug, PartialEq, Eq)]
struct Snippet {
    /// The line of the document with the fence above it, counted from 1.
    fence: usize,
    code: String,
}

impl Snippet {
    /// A snippet whose first word of code is one of [`TYPES`] declares types and stands in an object of its own (in
    /// Swift an enum); every other one is the body of a function of its own. Imports go to the head of the file.
    fn declares_types(&self) -> bool {
        self.code
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty() && !line.starts_with("//") && !is_import(line))
            .and_then(|line| line.split_whitespace().next())
            .is_some_and(|word| TYPES.contains(&word))
    }
}

fn is_import(line: &str) -> bool {
    line.starts_with("import ")
}

/// The blocks of one language, in the order of the document.
fn snippets(document: &str, language: &str) -> Vec<Snippet> {
    let mut found = Vec::new();
    let mut open: Option<Snippet> = None;
    for (event, range) in Parser::new(document).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if *info == *language => {
                let before = document.get(..range.start).unwrap_or_default();
                let fence = before.matches('\n').count() + 1;
                let code = String::new();
                open = Some(Snippet { fence, code });
            }
            Event::Text(text) => {
                if let Some(snippet) = &mut open {
                    snippet.code.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => found.extend(open.take()),
            _ => {}
        }
    }
    found
}

/// What a fence says if it is none of the languages that are compiled and none that are not: a slip would keep a snippet
/// from being compiled.
fn unknown_language(document: &str) -> Option<String> {
    Parser::new(document).find_map(|event| match event {
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
            let is_known = LANGUAGES.iter().any(|language| *info == *language.fence)
                || NOT_COMPILED.contains(&&*info);
            (!is_known).then(|| info.to_string())
        }
        _ => None,
    })
}

/// How a language's file is made.
struct Language {
    fence: &'static str,
    path: &'static str,
    /// What the file begins with, before the imports.
    head: &'static str,
    /// What stands around a snippet that declares types.
    types: (&'static str, &'static str),
    /// What stands around every other one.
    statements: (&'static str, &'static str),
    /// What a test looks at.
    count: &'static str,
}

impl Language {
    fn file(&self, snippets: &[Snippet]) -> String {
        let mut head = self.head.to_owned();
        let mut lines = vec![String::new()];
        for snippet in snippets {
            let (opening, closing) = match snippet.declares_types() {
                true => self.types,
                false => self.statements,
            };
            let line = snippet.fence;
            lines.resize(line.saturating_sub(1), String::new());
            lines.push(format!(
                "{} // {DOCUMENT}:{line}",
                opening.replace('#', &line.to_string())
            ));
            for text in snippet.code.lines() {
                if is_import(text) {
                    head.push_str(&format!("{text}; "));
                    lines.push(String::new());
                } else {
                    lines.push(text.to_owned());
                }
            }
            lines.push(closing.to_owned());
        }
        if let Some(first) = lines.first_mut() {
            *first = head.trim_end().to_owned();
        }
        lines.push(self.count.replace('#', &snippets.len().to_string()));
        lines.join("\n") + "\n"
    }
}

/// In Kotlin a snippet may show a value of which it makes no use; Swift only warns.
const LANGUAGES: [Language; 2] = [
    Language {
        fence: "kotlin",
        path: "android/kit/target/generated-test-sources/snippets/Snippets.kt",
        head: "/* Made by \"cargo xtask bindings\" from docs/INTEGRATION.md, line for line. */ \
            @file:Suppress(\"UNUSED_EXPRESSION\", \"UNUSED_VARIABLE\", \"unused\") \
            package org.tacita.kit.snippets; ",
        types: ("private object Line# {", "}"),
        statements: ("private suspend fun SnippetWorld.line#() {", "}"),
        count: "internal const val SNIPPETS: Int = #",
    },
    Language {
        fence: "swift",
        path: "ios/Tests/TacitaKitTests/Generated/Snippets.swift",
        head: "/* Made by \"cargo xtask bindings\" from docs/INTEGRATION.md, line for line. */ ",
        types: ("private enum Line# {", "}"),
        statements: ("extension SnippetWorld { func line#() async throws {", "}}"),
        count: "let snippets = #",
    },
];

const DOCUMENT: &str = "docs/INTEGRATION.md";

const NOT_COMPILED: &[&str] = &["gradle", "sh", "toml", "xml"];

const TYPES: &[&str] = &[
    "class",
    "data",
    "enum",
    "final",
    "interface",
    "object",
    "open",
    "protocol",
    "public",
    "sealed",
    "struct",
];

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
# Title

<table><tr><th>Kotlin</th><th>Swift</th></tr><tr><td>

```kotlin
import a.B
val x = B(\"```\")

```

</td><td>

```swift
// A vault.
final class Vault {}
```

</td></tr></table>

    indented, not fenced

```sh
kotlin
```

- In a list:
  ```kotlin
  show()
  ```
";

    #[test]
    fn blocks_of_a_language_are_found_between_html_and_in_lists_with_their_lines() {
        let found = snippets(TABLE, "kotlin");
        let fences: Vec<usize> = found.iter().map(|snippet| snippet.fence).collect();
        assert_eq!(fences, [5, 27]);
        assert_eq!(found[0].code, "import a.B\nval x = B(\"```\")\n\n");
        assert_eq!(found[1].code, "show()\n");
        assert_eq!(snippets(TABLE, "toml"), []);
    }

    #[test]
    fn slip_in_the_name_of_a_language_is_found() {
        assert_eq!(unknown_language(TABLE), None);
        let slip = TABLE.replace("```swift", "```Swift");
        assert_eq!(unknown_language(&slip).as_deref(), Some("Swift"));
        assert_eq!(unknown_language("```\nx\n```\n").as_deref(), Some(""));
    }

    #[test]
    fn code_keeps_its_line_and_imports_go_to_the_head() {
        for (language, lines) in LANGUAGES.iter().zip([
            vec!["val x = B(\"```\")", "show()"],
            vec!["// A vault.", "final class Vault {}"],
        ]) {
            let file = language.file(&snippets(TABLE, language.fence));
            let line_of = |code: &str, text: &str| text.lines().position(|l| l.trim() == code);
            for code in lines {
                assert!(line_of(code, &file).is_some());
                assert_eq!(line_of(code, &file), line_of(code, TABLE));
            }
            let is_kotlin = language.fence == "kotlin";
            assert_eq!(
                file.lines().next().unwrap().ends_with("; import a.B;"),
                is_kotlin
            );
        }
    }

    #[test]
    fn statements_become_functions_and_types_stand_apart() {
        let [kotlin, swift] = &LANGUAGES;
        let code = kotlin.file(&snippets(TABLE, "kotlin"));
        let function = "\nprivate suspend fun SnippetWorld.line5() { // docs/INTEGRATION.md:5\n";
        assert!(code.contains(function));
        assert!(code.ends_with("\nshow()\n}\ninternal const val SNIPPETS: Int = 2\n"));
        let code = swift.file(&snippets(TABLE, "swift"));
        assert!(code.contains("\nprivate enum Line13 { // docs/INTEGRATION.md:13\n// A vault.\n"));
        assert!(code.ends_with("\n}\nlet snippets = 1\n"));
    }
}
