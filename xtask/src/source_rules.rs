//! Two rules about product source: no switch turns a check off, and no SQL statement is built from a value.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;

/// Predicates of `cfg` that product source may have, by the beginning of its path; the first that fits counts.
/// Verification has none but `test`: a fuzzer, a debug build and a release run the same code.
const SWITCHES: [(&str, &[&str]); 7] = [
    ("core/src/crypto/", &["test"]),
    ("core/src/protocol/", &["test"]),
    // The simulator's breakages: one file decides whether there are any. `default` has none.
    (
        "core/src/store/sabotage.rs",
        &["test", "feature=\"sabotage\""],
    ),
    (
        "core/src/",
        &[
            "test",
            "unix",
            "feature=\"store\"",
            "feature=\"net\"",
            "feature=\"test-vault\"",
        ],
    ),
    ("wire/src/", &["test"]),
    (
        "relay/src/",
        &[
            "test",
            "unix",
            // Builds that the insider exam must find out; `default` has none of them.
            "feature=\"sabotage-exact-time\"",
            "feature=\"sabotage-ack-before-commit\"",
            "feature=\"sabotage-rowid\"",
            "feature=\"sabotage-log-id\"",
        ],
    ),
    ("bindings/src/", &["test", "feature=\"test-vault\""]),
];

/// Features that are for tests and must not be among the defaults.
const TEST_FEATURES: [&str; 2] = ["sabotage", "test-vault"];

/// Names that a statement may be put together from: constants of the same file, never a value.
const STATEMENT_PARTS: [(&str, &str); 3] = [
    ("relay/src/store/sqlite/clock.rs", "table"),
    ("relay/src/store/sqlite/clock.rs", "column"),
    ("relay/src/store/sqlite/mailboxes.rs", "condition"),
];

/// No `cfg` in product source but those listed, no test feature on by default, no `--cfg` for everybody.
pub fn check_switches(ws: &Workspace) -> Result<()> {
    let mut breaches = Vec::new();
    let mut seen = 0;
    for folder in PRODUCT {
        for (path, text) in sources(ws, folder)? {
            seen += 1;
            breaches.extend(find_switches(&path, &text));
        }
    }
    for package in ["core", "wire", "relay", "bindings"] {
        let manifest = fs::read_to_string(ws.path(&format!("{package}/Cargo.toml")))?;
        breaches.extend(find_default_features(package, &manifest));
    }
    let flags = fs::read_to_string(ws.path(".cargo/config.toml"))?;
    if flags.contains("--cfg") {
        breaches.push(".cargo/config.toml: sets a cfg".to_owned());
    }
    judge(seen, &breaches)
}

/// No SQL statement with anything put into its text but the constants listed.
pub fn check_statements(ws: &Workspace) -> Result<()> {
    let mut breaches = Vec::new();
    let mut seen = 0;
    for folder in PRODUCT {
        for (path, text) in sources(ws, folder)? {
            seen += 1;
            breaches.extend(find_built_statements(&path, &text));
        }
    }
    judge(seen, &breaches)
}

const PRODUCT: [&str; 4] = ["core/src", "wire/src", "relay/src", "bindings/src"];

fn judge(seen: usize, breaches: &[String]) -> Result<()> {
    if seen < 50 {
        bail!("only {seen} source files were found");
    }
    if !breaches.is_empty() {
        bail!("\n{}", breaches.join("\n"));
    }
    Ok(())
}

fn find_switches(path: &str, text: &str) -> Vec<String> {
    let allowed = SWITCHES
        .iter()
        .find(|(start, _)| path.starts_with(start))
        .map_or(&[] as &[&str], |(_, allowed)| allowed);
    let code = without_comments(text);
    let mut breaches = Vec::new();
    for opening in ["cfg(", "cfg_attr(", "cfg!("] {
        for (at, _) in code.match_indices(opening) {
            let begins_a_word = code
                .get(..at)
                .and_then(|before| before.chars().next_back())
                .is_none_or(|c| !c.is_alphanumeric() && c != '_');
            let rest = code.get(at + opening.len()..).unwrap_or_default();
            let predicate = predicate(rest);
            if begins_a_word && !parts(&predicate).all(|part| allowed.contains(&part)) {
                breaches.push(format!("{path}: {opening}{predicate})"));
            }
        }
    }
    breaches
}

/// Up to the bracket that closes it, or the first comma on its own level (of `cfg_attr`); without spaces.
fn predicate(rest: &str) -> String {
    let mut depth = 0;
    let mut found = String::new();
    for c in rest.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => break,
            ')' => depth -= 1,
            ',' if depth == 0 => break,
            c if c.is_whitespace() => continue,
            _ => {}
        }
        found.push(c);
    }
    found
}

/// What a predicate asks, without `not`, `any` and `all`.
fn parts(predicate: &str) -> impl Iterator<Item = &str> {
    predicate
        .split(['(', ')', ','])
        .filter(|part| !["", "not", "any", "all"].contains(part))
}

fn without_comments(text: &str) -> String {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect()
}

fn find_default_features(package: &str, manifest: &str) -> Vec<String> {
    let defaults = manifest
        .lines()
        .find(|line| line.trim_start().starts_with("default ="))
        .unwrap_or_default();
    TEST_FEATURES
        .iter()
        .filter(|feature| defaults.contains(*feature))
        .map(|feature| format!("{package}/Cargo.toml: {feature} is on by default"))
        .collect()
}

fn find_built_statements(path: &str, text: &str) -> Vec<String> {
    let code = without_comments(text);
    let mut breaches = Vec::new();
    for (at, _) in code.match_indices("format!(") {
        let literal = code
            .get(at..)
            .and_then(|rest| rest.split('"').nth(1))
            .unwrap_or_default();
        let is_test = path.contains("/tests/") || path.contains("/test_");
        let is_statement = STATEMENTS.iter().any(|verb| literal.contains(verb));
        let is_listed =
            |name: &str| STATEMENT_PARTS.contains(&(path, name.split(':').next().unwrap_or(name)));
        if is_statement && !is_test && !inserted(literal).all(is_listed) {
            breaches.push(format!("{path}: a statement is built: {literal}"));
        }
    }
    breaches
}

const STATEMENTS: [&str; 8] = [
    "SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE ", "DROP ", "ALTER ", "PRAGMA ",
];

/// The names in the braces of a format string; an empty one for `{}`.
fn inserted(literal: &str) -> impl Iterator<Item = &str> {
    literal
        .split('{')
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap_or_default())
}

fn sources(ws: &Workspace, folder: &str) -> Result<Vec<(String, String)>> {
    fn walk(root: &Path, directory: &Path, found: &mut Vec<(String, String)>) -> Result<()> {
        for entry in fs::read_dir(directory).with_context(|| directory.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                walk(root, &path, found)?;
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
                found.push((name.replace('\\', "/"), fs::read_to_string(&path)?));
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    walk(&ws.root, &ws.path(folder), &mut found)?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_that_is_not_listed_is_found_wherever_it_hides() {
        for code in [
            "#[cfg(fuzzing)]\nfn verify() {}",
            "if cfg!(fuzzing) { return Ok(()); }",
            "#[cfg(not(fuzzing))]\nmac.verify()?;",
            "#[cfg(any(test, fuzzing))]",
            "#[cfg(debug_assertions)]",
            "#[cfg_attr(fuzzing, allow(unused))]",
            "#[cfg(feature = \"insecure\")]",
            "#[cfg(feature = \"sabotage\")]",
            "#[cfg(all(test,\n  not(feature = \"store\")))]",
        ] {
            assert_eq!(
                find_switches("core/src/crypto/aead.rs", code).len(),
                1,
                "{code}"
            );
        }
        let unknown_folder = find_switches("other/src/lib.rs", "#[cfg(test)]");
        assert_eq!(unknown_folder.len(), 1);
    }

    #[test]
    fn listed_switches_and_what_only_looks_like_one_are_good() {
        for (path, code) in [
            ("core/src/crypto/aead.rs", "#[cfg(test)]\nmod tests {}"),
            ("core/src/crypto/aead.rs", "// cfg(fuzzing) is not here"),
            ("core/src/crypto/aead.rs", "let x = scfg(fuzzing);"),
            ("core/src/store/files.rs", "#[cfg(unix)]"),
            ("core/src/lib.rs", "#[cfg(feature = \"net\")]"),
            (
                "relay/src/service.rs",
                "#[cfg(not(feature = \"sabotage-rowid\"))]",
            ),
        ] {
            assert_eq!(find_switches(path, code), [""; 0], "{code}");
        }
    }

    #[test]
    fn a_test_feature_among_the_defaults_is_found() {
        assert_eq!(
            find_default_features("core", "[features]\ndefault = [\"net\"]\n"),
            [""; 0]
        );
        assert_eq!(
            find_default_features("core", "default = [\"net\", \"test-vault\"]").len(),
            1
        );
    }

    #[test]
    fn this_checkout_keeps_both_rules() {
        let ws = Workspace::locate().unwrap();
        check_switches(&ws).unwrap();
        check_statements(&ws).unwrap();
    }

    #[test]
    fn a_statement_built_from_a_value_is_found() {
        let path = "core/src/store/peers.rs";
        for code in [
            "format!(\"SELECT * FROM peers WHERE name = '{name}'\")",
            "format!(\n    \"DELETE FROM {}\", table)",
            "conn.execute(&format!(\"PRAGMA key = {key:?}\"), [])",
        ] {
            assert_eq!(find_built_statements(path, code).len(), 1, "{code}");
        }
        for code in [
            "format!(\"{name}.damaged\")",
            "execute(\"SELECT 1\", [])",
            "format!(\"SELECT 1\")",
        ] {
            assert_eq!(find_built_statements(path, code), [""; 0], "{code}");
        }
        let listed = "format!(\"UPDATE {table} SET {column} = ?1\")";
        let clock = "relay/src/store/sqlite/clock.rs";
        assert_eq!(find_built_statements(clock, listed), [""; 0]);
        assert_eq!(find_built_statements(path, listed).len(), 1);
    }
}
