//! The words as Kotlin: a class that says what there is to be said, and an object for each language.

use std::fmt::Write as _;

use super::table::{Given, Kind, Saying, Words};
use super::writer::{Dialect, quoted};
use super::{Language, MADE, camel, pascal};

/// Kotlin.
pub struct Kotlin;

impl Dialect for Kotlin {
    fn head(&self) -> String {
        format!(
            "{MADE}\n\npackage org.tacita.app.words\n\nimport java.util.Locale\nimport org.tacita.bindings.*\n"
        )
    }

    fn choose(&self, others: &[&Language], first: &Language) -> String {
        let mut out = "fun wordsOf(locale: Locale): Words = when (locale.language) {\n".to_owned();
        for language in others {
            let _ = writeln!(out, "    \"{}\" -> {}", language.tag, language.name);
        }
        let _ = writeln!(out, "    else -> {}\n}}", first.name);
        out
    }

    fn begin_all(&self) -> &'static str {
        "abstract class Words(locale: Locale) : Formats(locale) {"
    }

    fn declare(&self, saying: &Saying) -> String {
        format!("abstract {}", signature(saying))
    }

    fn begin(&self, language: &Language) -> String {
        format!(
            "internal object {} : Words(Locale.forLanguageTag(\"{}\")) {{",
            language.name, language.tag
        )
    }

    fn define(&self, saying: &Saying, words: &Words) -> String {
        let body = match words {
            Words::One(parts) => quoted(self, parts, &saying.given),
            Words::Cases(cases) => {
                // There is one, or the tables would not have been taken.
                let (name, kind) = saying.told_apart().unwrap_or_default();
                let mut out = format!("with({}) {{\n        when (this) {{\n", camel(name));
                for (case, parts) in cases {
                    let words = quoted(self, parts, &saying.given);
                    let _ = writeln!(out, "            {} -> {words}", case_name(kind, case));
                }
                out + "        }\n    }"
            }
        };
        format!("override {} = {body}", signature(saying))
    }

    fn escape(&self, text: &str) -> String {
        text.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('$', "\\$")
            .replace('\n', "\\n")
    }

    fn insert(&self, expression: &str) -> String {
        format!("${{{expression}}}")
    }

    fn value(&self, name: &str, kind: Option<&Kind>) -> String {
        let value = camel(name);
        match kind {
            Some(Kind::Count) => format!("number({value}.toULong())"),
            Some(Kind::Bytes) => format!("bytes({value})"),
            _ => value,
        }
    }

    fn choice(&self, count: &str, number: u64, this: &str, otherwise: &str) -> String {
        format!(
            "if ({} == {number}uL) {this} else {otherwise}",
            camel(count)
        )
    }
}

fn signature(saying: &Saying) -> String {
    let name = camel(&saying.id);
    let given: Vec<String> = saying.parameters().map(parameter).collect();
    if given.is_empty() {
        format!("val {name}: String")
    } else {
        format!("fun {name}({}): String", given.join(", "))
    }
}

fn parameter(given: &Given) -> String {
    let kind = match &given.kind {
        Kind::Cases(name) => type_name(name),
        Kind::Text => "String",
        Kind::Count | Kind::Bytes => "ULong",
    };
    format!("{}: {kind}", camel(&given.name))
}

/// The bindings call what is thrown an exception in Kotlin.
fn type_name(kind: &str) -> &str {
    if kind == "ClientError" {
        "ClientException"
    } else {
        kind
    }
}

fn case_name(kind: &str, case: &str) -> String {
    let name = type_name(kind);
    if SEALED.contains(&kind) {
        format!("is {name}.{}", pascal(case))
    } else {
        format!("{name}.{}", case.replace('-', "_").to_uppercase())
    }
}

/// Types of which a case carries more than its name: they are classes in Kotlin, not enums.
const SEALED: [&str; 2] = ["ClientError", "Delivery"];
