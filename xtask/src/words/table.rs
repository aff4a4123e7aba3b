//! One language's table, read from Fluent's syntax: <https://projectfluent.org/fluent/guide/>.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use fluent_syntax::ast::{
    Comment, Entry, Expression, InlineExpression, Message, Pattern, PatternElement, Variant,
    VariantKey,
};

/// Everything that one language says, in the order of its file.
#[derive(Debug, PartialEq)]
pub struct Table {
    pub sayings: Vec<Saying>,
}

/// One thing that is said.
#[derive(Debug, PartialEq)]
pub struct Saying {
    pub id: String,
    /// What it is given. Only the first language tells.
    pub given: Vec<Given>,
    pub words: Words,
}

/// Something that is put into words: its name, and what it is.
#[derive(Debug, PartialEq)]
pub struct Given {
    pub name: String,
    pub kind: Kind,
}

#[derive(Debug, PartialEq)]
pub enum Kind {
    Text,
    Count,
    Bytes,
    /// A type of the bindings, of which each case has words of its own.
    Cases(String),
}

#[derive(Debug, PartialEq)]
pub enum Words {
    One(Vec<Part>),
    /// By case.
    Cases(Vec<(String, Vec<Part>)>),
}

#[derive(Debug, PartialEq)]
pub enum Part {
    Text(String),
    /// Something given.
    Value(String),
    /// Other words for some counts than for the rest.
    Choice {
        count: String,
        exactly: Vec<(u64, Vec<Part>)>,
        otherwise: Vec<Part>,
    },
}

impl Saying {
    /// What it takes as parameters: what comes with a case is none of its own.
    pub fn parameters(&self) -> impl Iterator<Item = &Given> {
        let has_cases = self.told_apart().is_some();
        let is_taken = move |given: &&Given| !has_cases || matches!(given.kind, Kind::Cases(_));
        self.given.iter().filter(is_taken)
    }

    /// The type whose cases it tells apart, and the name of what is of that type.
    pub fn told_apart(&self) -> Option<(&str, &str)> {
        self.given.iter().find_map(|given| match &given.kind {
            Kind::Cases(name) => Some((given.name.as_str(), name.as_str())),
            Kind::Text | Kind::Count | Kind::Bytes => None,
        })
    }
}

/// Reads a table. Whatever is not understood is an error: words that are dropped are noticed by users only.
pub fn parse(text: &str, tag: &str) -> Result<Table> {
    let resource = match fluent_syntax::parser::parse(text) {
        Ok(resource) => resource,
        Err((_, errors)) => {
            let first = errors.first().context("not in Fluent's syntax")?;
            let line = text
                .bytes()
                .take(first.pos.start)
                .filter(|byte| *byte == b'\n')
                .count()
                + 1;
            bail!("line {line}: {first}");
        }
    };
    let mut sayings = Vec::new();
    for entry in &resource.body {
        match entry {
            Entry::Message(message) => sayings
                .push(saying(message, tag).with_context(|| format!("\"{}\"", message.id.name))?),
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            Entry::Term(term) => bail!("\"-{}\": terms are not made words of", term.id.name),
            Entry::Junk { content } => bail!("not understood: {content}"),
        }
    }
    Ok(Table { sayings })
}

/// Fails unless `other` says what `source` says, with the same cases, and of nothing that is not given.
pub fn compare(source: &Table, other: &Table) -> Result<()> {
    let ids =
        |table: &Table| -> Vec<String> { table.sayings.iter().map(|one| one.id.clone()).collect() };
    let (wanted, found) = (ids(source), ids(other));
    if let Some(missing) = wanted.iter().find(|id| !found.contains(id)) {
        bail!("\"{missing}\" is not said");
    }
    if let Some(odd) = found.iter().find(|id| !wanted.contains(id)) {
        bail!("\"{odd}\" is said there only");
    }
    let unique: BTreeSet<_> = found.iter().collect();
    if unique.len() != found.len() {
        bail!("something is said twice");
    }
    for saying in &other.sayings {
        let source = source
            .sayings
            .iter()
            .find(|one| one.id == saying.id)
            .context("compared above")?;
        compare_one(source, saying).with_context(|| format!("\"{}\"", saying.id))?;
    }
    Ok(())
}

fn compare_one(source: &Saying, other: &Saying) -> Result<()> {
    let cases = |saying: &Saying| -> Option<BTreeSet<String>> {
        match &saying.words {
            Words::One(_) => None,
            Words::Cases(cases) => Some(cases.iter().map(|(case, _)| case.clone()).collect()),
        }
    };
    if cases(source) != cases(other) {
        bail!("it has other cases");
    }
    if cases(source).is_some() != source.told_apart().is_some() {
        bail!("it has cases and is given nothing that has, or the other way round");
    }
    let mut used = Vec::new();
    match &other.words {
        Words::One(parts) => collect(parts, &mut used),
        Words::Cases(cases) => {
            for (case, parts) in cases {
                if parts.iter().any(|part| matches!(part, Part::Choice { .. })) {
                    bail!("\".{case}\" chooses by a count: only what has no cases may");
                }
                collect(parts, &mut used);
            }
        }
    }
    for name in used {
        let given = source.given.iter().find(|given| given.name == name);
        if !given.is_some_and(|given| !matches!(given.kind, Kind::Cases(_))) {
            bail!("${name} is not given");
        }
    }
    Ok(())
}

fn collect(parts: &[Part], used: &mut Vec<String>) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Value(name) => used.push(name.clone()),
            Part::Choice {
                count,
                exactly,
                otherwise,
            } => {
                used.push(count.clone());
                exactly.iter().for_each(|(_, parts)| collect(parts, used));
                collect(otherwise, used);
            }
        }
    }
}

fn saying(message: &Message<&str>, tag: &str) -> Result<Saying> {
    let words = match (&message.value, message.attributes.as_slice()) {
        (Some(pattern), []) => Words::One(parts(pattern, tag)?),
        (None, cases) => Words::Cases(
            cases
                .iter()
                .map(|case| Ok((case.id.name.to_owned(), parts(&case.value, tag)?)))
                .collect::<Result<_>>()?,
        ),
        (Some(_), _) => bail!("it has words of its own and for cases"),
    };
    Ok(Saying {
        id: message.id.name.to_owned(),
        given: given(message.comment.as_ref())?,
        words,
    })
}

/// `$count (Count)` of each line of a comment that begins so.
fn given(comment: Option<&Comment<&str>>) -> Result<Vec<Given>> {
    let lines = comment.into_iter().flat_map(|comment| &comment.content);
    lines
        .filter_map(|line| line.strip_prefix('$'))
        .map(|line| {
            let (name, rest) = line.split_once(" (").context("no type")?;
            let (kind, _) = rest.split_once(')').context("no type")?;
            let kind = match kind {
                "Text" => Kind::Text,
                "Count" => Kind::Count,
                "Bytes" => Kind::Bytes,
                other => Kind::Cases(other.to_owned()),
            };
            Ok(Given {
                name: name.to_owned(),
                kind,
            })
        })
        .collect()
}

fn parts(pattern: &Pattern<&str>, tag: &str) -> Result<Vec<Part>> {
    pattern
        .elements
        .iter()
        .map(|element| match element {
            PatternElement::TextElement { value } => Ok(Part::Text((*value).to_owned())),
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => Ok(Part::Value(id.name.to_owned())),
            PatternElement::Placeable {
                expression:
                    Expression::Select {
                        selector: InlineExpression::VariableReference { id },
                        variants,
                    },
            } => choice(id.name, variants, tag),
            PatternElement::Placeable { .. } => {
                bail!("only what is given can be put in, and chosen by")
            }
        })
        .collect()
}

fn choice(count: &str, variants: &[Variant<&str>], tag: &str) -> Result<Part> {
    let mut exactly = Vec::new();
    let mut otherwise = None;
    for variant in variants {
        let words = parts(&variant.value, tag)?;
        match &variant.key {
            _ if variant.default => otherwise = Some(words),
            VariantKey::NumberLiteral { value } => exactly.push((value.parse()?, words)),
            // Where "one" is 1 and no other number: CLDR, language plural rules.
            VariantKey::Identifier { name: "one" } if matches!(tag, "en-GB" | "de") => {
                exactly.push((1, words));
            }
            VariantKey::Identifier { name } => {
                bail!("the counts that are \"{name}\" in {tag} are not known")
            }
        }
    }
    Ok(Part::Choice {
        count: count.to_owned(),
        exactly,
        otherwise: otherwise.context("no default")?,
    })
}

#[cfg(test)]
mod tests {
    use super::{Given, Kind, Part, Saying, Table, Words, compare, parse};

    const SOURCE: &str = "\
## A group
back = Back
# $count (Count): how many
unread = { $count ->
    [one] One is unread
   *[other] { $count } are unread
} now
# $error (ClientError)
# $limit (Count)
problem =
    .too-long = At most { $limit }.
    .closed = Closed.
";

    fn text(text: &str) -> Part {
        Part::Text(text.to_owned())
    }

    fn given(name: &str, kind: Kind) -> Given {
        Given {
            name: name.to_owned(),
            kind,
        }
    }

    #[test]
    fn reads_words_counts_and_cases() {
        let count = || "count".to_owned();
        let wanted = Table {
            sayings: vec![
                Saying {
                    id: "back".to_owned(),
                    given: vec![],
                    words: Words::One(vec![text("Back")]),
                },
                Saying {
                    id: "unread".to_owned(),
                    given: vec![given("count", Kind::Count)],
                    words: Words::One(vec![
                        Part::Choice {
                            count: count(),
                            exactly: vec![(1, vec![text("One is unread")])],
                            otherwise: vec![Part::Value(count()), text(" are unread")],
                        },
                        text(" now"),
                    ]),
                },
                Saying {
                    id: "problem".to_owned(),
                    given: vec![
                        given("error", Kind::Cases("ClientError".to_owned())),
                        given("limit", Kind::Count),
                    ],
                    words: Words::Cases(vec![
                        (
                            "too-long".to_owned(),
                            vec![text("At most "), Part::Value("limit".to_owned()), text(".")],
                        ),
                        ("closed".to_owned(), vec![text("Closed.")]),
                    ]),
                },
            ],
        };
        assert_eq!(parse(SOURCE, "en-GB").unwrap(), wanted);
    }

    #[test]
    fn refuses_what_it_would_drop() {
        for (words, why) in [
            ("back = Back { $name", "line 1"),
            ("-term = Tacita", "terms"),
            ("back = { NUMBER($count) }", "only what is given"),
            ("back = Back\n    .case = Back", "words of its own"),
            ("# $name\nback = { $name }", "no type"),
            (
                "unread = { $count ->\n    [few] Few\n   *[other] Many\n}",
                "few",
            ),
        ] {
            let error = format!("{:#}", parse(words, "de").unwrap_err());
            assert!(error.contains(why), "{error}");
        }
        let error = parse("unread = { $count ->\n    [one] 1\n   *[other] 2\n}", "ja").unwrap_err();
        assert!(format!("{error:#}").contains("one"), "{error:#}");
    }

    #[test]
    fn refuses_a_language_that_says_something_else() {
        let source = parse(SOURCE, "en-GB").unwrap();
        compare(&source, &source).unwrap();
        for (from, to, why) in [
            ("back = Back\n", "", "\"back\" is not said"),
            (
                "back = Back\n",
                "back = Back\nmore = More\n",
                "\"more\" is said there only",
            ),
            ("back = Back\n", "back = Back\nback = Back\n", "twice"),
            ("back = Back\n", "back = { $name }\n", "$name is not given"),
            ("    .closed = Closed.\n", "", "other cases"),
            (
                "    .closed = Closed.\n",
                "    .gone = Gone.\n",
                "other cases",
            ),
            (
                "    .closed = Closed.\n",
                "    .closed = { $limit ->\n        [1] One\n       *[other] Many\n    }\n",
                "chooses by a count",
            ),
        ] {
            let other = parse(&SOURCE.replace(from, to), "en-GB").unwrap();
            let error = format!("{:#}", compare(&source, &other).unwrap_err());
            assert!(error.contains(why), "{error}");
        }
        let untold = parse(&SOURCE.replace("# $error (ClientError)\n", ""), "en-GB").unwrap();
        let error = format!("{:#}", compare(&untold, &untold).unwrap_err());
        assert!(error.contains("has cases"), "{error}");
    }
}
