//! What both languages' files have in common: the order of things in them, and how words are put together.

use std::fmt::Write as _;

use super::Language;
use super::table::{Given, Kind, Part, Saying, Table, Words};

/// How a language of code says it.
pub trait Dialect {
    /// What a file begins with.
    fn head(&self) -> String;
    /// The function that chooses a language: its lines for the tags that have one, and for all others.
    fn choose(&self, others: &[&Language], first: &Language) -> String;
    /// What begins the type that says what there is to be said, and one of its members.
    fn begin_all(&self) -> &'static str;
    fn declare(&self, saying: &Saying) -> String;
    /// What begins a language's own type, and one of its members.
    fn begin(&self, language: &Language) -> String;
    fn define(&self, saying: &Saying, words: &Words) -> String;
    /// Text between quotes.
    fn escape(&self, text: &str) -> String;
    /// An expression between quotes.
    fn insert(&self, expression: &str) -> String;
    /// The expressions for something given, and for one of two.
    fn value(&self, name: &str, kind: Option<&Kind>) -> String;
    fn choice(&self, count: &str, number: u64, this: &str, otherwise: &str) -> String;
}

/// The whole file.
pub fn write(dialect: &dyn Dialect, languages: &[(&Language, Table)]) -> String {
    let [(first, source), others @ ..] = languages else {
        return String::new();
    };
    let others: Vec<&Language> = others.iter().map(|(language, _)| *language).collect();
    let mut out = dialect.head() + "\n" + &dialect.choose(&others, first) + "\n";
    out += "/// Everything that screens say.\n";
    let _ = writeln!(out, "{}", dialect.begin_all());
    for saying in &source.sayings {
        let _ = writeln!(out, "    {}", dialect.declare(saying));
    }
    out += "}\n";
    for (language, table) in languages {
        let _ = writeln!(out, "\n{}", dialect.begin(language));
        for saying in &source.sayings {
            if let Some(own) = table.sayings.iter().find(|own| own.id == saying.id) {
                let _ = writeln!(out, "    {}", dialect.define(saying, &own.words));
            }
        }
        out += "}\n";
    }
    out
}

/// Words between quotes.
pub fn quoted(dialect: &dyn Dialect, parts: &[Part], given: &[Given]) -> String {
    let inside: String = parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => dialect.escape(text),
            Part::Value(name) => {
                let kind = given.iter().find(|one| one.name == *name);
                dialect.insert(&dialect.value(name, kind.map(|given| &given.kind)))
            }
            Part::Choice {
                count,
                exactly,
                otherwise,
            } => {
                let last = quoted(dialect, otherwise, given);
                let chosen = exactly.iter().rfold(last, |rest, (number, parts)| {
                    dialect.choice(count, *number, &quoted(dialect, parts, given), &rest)
                });
                dialect.insert(&chosen)
            }
        })
        .collect();
    format!("\"{inside}\"")
}
