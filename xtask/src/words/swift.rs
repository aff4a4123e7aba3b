//! The words as Swift: a protocol that says what there is to be said, and a struct for each language.

use std::fmt::Write as _;

use super::table::{Given, Kind, Part, Saying, Words};
use super::writer::{Dialect, quoted};
use super::{Language, MADE, camel, pascal};

/// Swift.
pub struct Swift;

impl Dialect for Swift {
    fn head(&self) -> String {
        format!("{MADE}\n\nimport Foundation\nimport TacitaBindings\n")
    }

    fn choose(&self, others: &[&Language], first: &Language) -> String {
        let mut out = "public func wordsOf(_ locale: Locale) -> any Words {\n    \
            switch locale.language.languageCode?.identifier {\n"
            .to_owned();
        for language in others {
            let _ = writeln!(out, "    case \"{}\": {}()", language.tag, language.name);
        }
        let _ = writeln!(out, "    default: {}()\n    }}\n}}", first.name);
        out
    }

    fn begin_all(&self) -> &'static str {
        "public protocol Words: Sendable {\n    var locale: Locale { get }"
    }

    fn declare(&self, saying: &Saying) -> String {
        let end = if saying.given.is_empty() {
            " { get }"
        } else {
            ""
        };
        signature(saying) + end
    }

    fn begin(&self, language: &Language) -> String {
        format!(
            "struct {}: Words {{\n    let locale = Locale(identifier: \"{}\")",
            language.name, language.tag
        )
    }

    fn define(&self, saying: &Saying, words: &Words) -> String {
        let body = match words {
            Words::One(parts) => quoted(self, parts, &saying.given),
            Words::Cases(cases) => {
                // There is one, or the tables would not have been taken.
                let (name, kind) = saying.told_apart().unwrap_or_default();
                let mut out = format!("\n        switch {} {{\n", camel(name));
                for (case, parts) in cases {
                    let words = quoted(self, parts, &saying.given);
                    let _ = writeln!(
                        out,
                        "        case .{}: {words}",
                        case_name(kind, case, parts)
                    );
                }
                out + "        }\n   "
            }
        };
        format!("{} {{ {body} }}", signature(saying))
    }

    fn escape(&self, text: &str) -> String {
        text.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
    }

    fn insert(&self, expression: &str) -> String {
        format!("\\({expression})")
    }

    fn value(&self, name: &str, kind: Option<&Kind>) -> String {
        let value = camel(name);
        match kind {
            Some(Kind::Count) => format!("self.number(UInt64({value}))"),
            Some(Kind::Bytes) => format!("self.bytes({value})"),
            _ => value,
        }
    }

    fn choice(&self, count: &str, number: u64, this: &str, otherwise: &str) -> String {
        format!("{} == {number} ? {this} : {otherwise}", camel(count))
    }
}

fn signature(saying: &Saying) -> String {
    let name = camel(&saying.id);
    let given: Vec<String> = saying.parameters().map(parameter).collect();
    if given.is_empty() {
        format!("var {name}: String")
    } else {
        format!("func {name}({}) -> String", given.join(", "))
    }
}

fn parameter(given: &Given) -> String {
    let kind = match &given.kind {
        Kind::Cases(name) => name,
        Kind::Text => "String",
        Kind::Count | Kind::Bytes => "UInt64",
    };
    format!("_ {}: {kind}", camel(&given.name))
}

/// The case, with what it carries if the words tell of it. What is thrown keeps its capital.
fn case_name(kind: &str, case: &str, parts: &[Part]) -> String {
    let name = if kind == "ClientError" {
        pascal(case)
    } else {
        camel(case)
    };
    let carried: Vec<String> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Value(value) => Some(camel(value)),
            Part::Text(_) | Part::Choice { .. } => None,
        })
        .map(|value| format!("{value}: let {value}"))
        .collect();
    if carried.is_empty() {
        name
    } else {
        format!("{name}({})", carried.join(", "))
    }
}
