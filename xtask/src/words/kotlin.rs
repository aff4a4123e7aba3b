//! The words as Kotlin: a class that says what there is to be said, and an object for each language.

use std::fmt::Write as _;

use super::table::{Given, Kind, Part, Saying, Table, Words};
use super::{Language, MADE, camel, pascal};

/// The whole file.
pub fn write(languages: &[(&Language, Table)]) -> String {
    let mut out = format!(
        "{MADE}\n\npackage org.tacita.app.words\n\nimport java.util.Locale\nimport org.tacita.bindings.*\n\n"
    );
    let source = languages
        .first()
        .map_or(&[][..], |(_, table)| &table.sayings);
    write_wordsof(&mut out, languages);
    out += "\n/** Everything that screens say. */\nabstract class Words(locale: Locale) : Formats(locale) {\n";
    for saying in source {
        let _ = writeln!(out, "    abstract {}", signature(saying));
    }
    out += "}\n";
    for (language, table) in languages {
        let _ = writeln!(
            out,
            "\ninternal object {} : Words(Locale.forLanguageTag(\"{}\")) {{",
            language.name, language.tag
        );
        for saying in source {
            let words = table.sayings.iter().find(|own| own.id == saying.id);
            let _ = writeln!(
                out,
                "    override {} = {}",
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
    *out += "/** The words of a language: its own if there are any, else the first one's. */\n";
    *out += "fun wordsOf(locale: Locale): Words = when (locale.language) {\n";
    for (language, _) in rest {
        let _ = writeln!(out, "    \"{}\" -> {}", language.tag, language.name);
    }
    let _ = writeln!(out, "    else -> {first}\n}}");
}

fn signature(saying: &Saying) -> String {
    let name = camel(&saying.id);
    // What comes with a case is no parameter of its own.
    let given: Vec<String> = match saying.told_apart() {
        Some((name, kind)) => vec![format!("{}: {}", camel(name), type_name(kind))],
        None => saying.given.iter().map(parameter).collect(),
    };
    if given.is_empty() {
        format!("val {name}: String")
    } else {
        format!("fun {name}({}): String", given.join(", "))
    }
}

fn parameter(given: &Given) -> String {
    let kind = match given.kind {
        Kind::Text | Kind::Cases(_) => "String",
        Kind::Count | Kind::Bytes => "ULong",
    };
    format!("{}: {kind}", camel(&given.name))
}

fn body(saying: &Saying, words: &Words) -> String {
    match words {
        Words::Cases(cases) => {
            // There is one, or the tables would not have been taken.
            let (name, kind) = saying.told_apart().unwrap_or_default();
            let subject = camel(name);
            let mut out = format!("when ({subject}) {{\n");
            for (case, parts) in cases {
                let _ = writeln!(
                    out,
                    "        {} -> {}",
                    case_name(kind, case),
                    quoted(parts, &saying.given, &format!("{subject}."))
                );
            }
            out + "    }"
        }
        Words::One(parts) => quoted(parts, &saying.given, ""),
    }
}

fn quoted(parts: &[Part], given: &[Given], of: &str) -> String {
    let inside: String = parts.iter().map(|part| inside(part, given, of)).collect();
    format!("\"{inside}\"")
}

fn inside(part: &Part, given: &[Given], of: &str) -> String {
    match part {
        Part::Text(text) => text
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('$', "\\$")
            .replace('\n', "\\n"),
        Part::Value(name) => {
            let kind = given.iter().find(|one| one.name == *name);
            let value = format!("{of}{}", camel(name));
            match kind.map(|given| &given.kind) {
                Some(Kind::Count) => format!("${{number({value}.toULong())}}"),
                Some(Kind::Bytes) => format!("${{bytes({value})}}"),
                _ => format!("${{{value}}}"),
            }
        }
        Part::Choice {
            count,
            exactly,
            otherwise,
        } => {
            let mut out = String::from("${");
            for (number, parts) in exactly {
                let words = quoted(parts, given, of);
                let _ = write!(out, "if ({of}{} == {number}uL) {words} else ", camel(count));
            }
            out + &quoted(otherwise, given, of) + "}"
        }
    }
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
