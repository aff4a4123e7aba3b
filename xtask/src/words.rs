//! Makes the words of both apps, in Kotlin and Swift, from one table a language (`bindings/words`).

mod kotlin;
mod swift;
mod table;
mod writer;

use std::fs;

use anyhow::{Context as _, Result};

use crate::bindings::write_changed;
use crate::workspace::Workspace;
use writer::Dialect;

/// A language that the apps speak: its tag, which names its file, and what its words are called in code.
struct Language {
    tag: &'static str,
    name: &'static str,
}

/// The first says what there is to be said, and is spoken where no other fits.
const LANGUAGES: [Language; 3] = [
    Language {
        tag: "en-GB",
        name: "English",
    },
    Language {
        tag: "de",
        name: "German",
    },
    Language {
        tag: "ja",
        name: "Japanese",
    },
];

/// Reads every table and writes both halves to where their builds look for them.
pub fn generate(ws: &Workspace) -> Result<()> {
    let mut languages = Vec::new();
    for language in &LANGUAGES {
        let path = format!("bindings/words/{}.ftl", language.tag);
        let text = fs::read_to_string(ws.path(&path)).with_context(|| path.clone())?;
        languages.push((
            language,
            table::parse(&text, language.tag).with_context(|| path)?,
        ));
    }
    let (first, source) = languages.first().context("no language")?;
    for (language, table) in &languages {
        table::compare(source, table)
            .with_context(|| format!("{} beside {}", language.tag, first.tag))?;
    }
    let dialects: [(&str, &dyn Dialect); 2] = [(KOTLIN, &kotlin::Kotlin), (SWIFT, &swift::Swift)];
    for (path, dialect) in dialects {
        write_changed(
            &ws.path(path),
            writer::write(dialect, &languages).as_bytes(),
        )?;
    }
    Ok(())
}

/// `createAccount` for `create-account`.
fn camel(id: &str) -> String {
    let pascal = pascal(id);
    let mut letters = pascal.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// `CreateAccount` for `create-account`.
fn pascal(id: &str) -> String {
    id.split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .chain(letters)
        })
        .collect()
}

/// Where the Android app looks for its words.
pub const KOTLIN: &str = "android/app/target/generated-sources/words/org/tacita/app/words/Words.kt";
/// Where the iOS package does.
pub const SWIFT: &str = "ios/Sources/TacitaWords/Generated/Words.swift";

/// What both files begin with.
const MADE: &str = "// Made by \"cargo xtask bindings\" from bindings/words: change it there.";
