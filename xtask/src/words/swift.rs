//! The words as Swift: a protocol that says what there is to be said, and a struct for each language.

use std::fmt::Write as _;

use super::table::{Given, Kind, Part, Saying, Table, Words};
use super::{Language, MADE, camel, pascal};

/// The whole file.
pub fn write(languages: &[(&Language, Table)]) -> String {
    let mut out = format!("{MADE}\n\nimport Foundation\nimport TacitaBindings\n\n");
    let source = languages
        .first()
        .map_or(&[][..], |(_, table)| &table.sayings);
    write_wordsof(&mut out, languages);
    out += "\n/// Everything that screens say.\npublic protocol Words: Sendable {\n    var locale: Locale { get }\n";
    for saying in source {
        let end = if is_property(saying) { " { get }" } else { "" };
        let _ = writeln!(out, "    {}{end}", signature(saying));
    }
    out += "}\n";
    for (language, table) in languages {
        let _ = writeln!(
            out,
            "\nstruct {}: Words {{\n    let locale = Locale(identifier: \"{}\")",
            language.name, language.tag
        );
        for saying in source {
            let words = table.sayings.iter().find(|own| own.id == saying.id);
            let _ = writeln!(
                out,
                "    {} {{ {} }}",
                signature(saying),
                words.map_or_else(String::new, |own| body(saying, &own.words))
            );
        }
        out += "}\n";
    }
    out
}

fn write_wordsof(out: &mut String, languages: &[(&Language, Table)]) {
    let (first, rest) = match languages {
        [(first, _), rest @ ..] => (first.name, rest),
        [] => return,
    };
    *out += "/// The words of a language: its own if there are any, else the first one's.\n";
    *out += "public func wordsOf(_ locale: Locale) -> any Words {\n    switch locale.language.languageCode?.identifier {\n";
    for (language, _) in rest {
        let _ = writeln!(out, "    case \"{}\": {}()", language.tag, language.name);
    }
    let _ = writeln!(out, "    default: {first}()\n    }}\n}}");
}

fn is_property(saying: &Saying) -> bool {
    saying.given.is_empty()
}

fn signature(saying: &Saying) -> String {
    let name = camel(&saying.id);
    // What comes with a case is no parameter of its own.
    let given: Vec<String> = match saying.told_apart() {
        Some((name, kind)) => vec![format!("_ {}: {kind}", camel(name))],
        None => saying.given.iter().map(parameter).collect(),
    };
    if given.is_empty() {
        format!("var {name}: String")
    } else {
        format!("func {name}({}) -> String", given.join(", "))
    }
}

fn parameter(given: &Given) -> String {
    let kind = match given.kind {
        Kind::Text | Kind::Cases(_) => "String",
        Kind::Count | Kind::Bytes => "UInt64",
    };
    format!("_ {}: {kind}", camel(&given.name))
}

fn body(saying: &Saying, words: &Words) -> String {
    match words {
        Words::Cases(cases) => {
            // There is one, or the tables would not have been taken.
            let (name, kind) = saying.told_apart().unwrap_or_default();
            let mut out = format!("\n        switch {} {{\n", camel(name));
            for (case, parts) in cases {
                let _ = writeln!(
                    out,
                    "        case .{}: {}",
                    case_name(kind, case, parts),
                    quoted(parts, &saying.given)
                );
            }
            out + "        }\n   "
        }
        Words::One(parts) => quoted(parts, &saying.given),
    }
}

fn quoted(parts: &[Part], given: &[Given]) -> String {
    let inside: String = parts.iter().map(|part| inside(part, given)).collect();
    format!("\"{inside}\"")
}

fn inside(part: &Part, given: &[Given]) -> String {
    match part {
        Part::Text(text) => text
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n"),
        Part::Value(name) => {
            let value = camel(name);
            let kind = given.iter().find(|one| one.name == *name);
            match kind.map(|given| &given.kind) {
                Some(Kind::Count) => format!("\\(self.number(UInt64({value})))"),
                Some(Kind::Bytes) => format!("\\(self.bytes({value}))"),
                _ => format!("\\({value})"),
            }
        }
        Part::Choice {
            count,
            exactly,
            otherwise,
        } => {
            let mut out = String::from("\\(");
            for (number, parts) in exactly {
                let words = quoted(parts, given);
                let _ = write!(out, "{} == {number} ? {words} : ", camel(count));
            }
            out + &quoted(otherwise, given) + ")"
        }
    }
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
