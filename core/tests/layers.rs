//! The five layers hold: each uses only those below it, and each crate is named in its own layer only.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests; this one reads the source"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// From the lowest to the highest.
const LAYERS: [&str; 5] = ["crypto", "protocol", "store", "client", "net"];

/// Crates that only one layer names. `None`: no layer at all.
const CRATES: [(&str, Option<&str>); 21] = [
    ("argon2", Some("crypto")),
    ("chacha20poly1305", Some("crypto")),
    ("ed25519_dalek", Some("crypto")),
    ("hkdf", Some("crypto")),
    ("hmac", Some("crypto")),
    ("hpke", Some("crypto")),
    ("libcrux_ml_kem", Some("crypto")),
    ("ml_kem", Some("crypto")),
    ("sha2", Some("crypto")),
    ("x25519_dalek", Some("crypto")),
    ("aws_lc_rs", None),
    ("libsqlite3_sys", Some("store")),
    ("rusqlite", Some("store")),
    ("futures_util", Some("net")),
    ("getrandom", Some("net")),
    ("reqwest", Some("net")),
    ("rustls", Some("net")),
    ("tokio", Some("net")),
    ("x509_parser", Some("net")),
    ("uniffi", None),
    ("anyhow", None),
];

/// Files that may name a crate of another layer, with the reason.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "store/test_vault.rs",
    "getrandom",
    "a vault for harness and tests only; release kits are built without it",
)];

/// A file longer than this is worth a hard look.
const LONG_FILE_LINES: usize = 400;
/// A file longer than this is refused.
const ENDLESS_FILE_LINES: usize = 800;

/// Path in `src` and text of every source file.
fn sources() -> BTreeMap<String, String> {
    fn walk(directory: &Path, root: &Path, found: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                found.insert(
                    name.replace('\\', "/"),
                    std::fs::read_to_string(&path).unwrap(),
                );
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    walk(&root, &root, &mut found);
    assert!(found.len() > 20, "the source was found");
    found
}

/// The first part of a path in `src`.
fn layer_of(name: &str) -> Option<&str> {
    let first = name.split('/').next().unwrap();
    let first = first.strip_suffix(".rs").unwrap_or(first);
    LAYERS.into_iter().find(|layer| *layer == first)
}

fn is_test(name: &str) -> bool {
    name.contains("/tests") || name.contains("test_people") || name.ends_with("tests.rs")
}

/// Identifiers, `::`, and every other character alone, without comments and literals.
fn tokens(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut tokens = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && chars[i] != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            i += 2;
            while i < chars.len() && !(chars[i] == '*' && at(i + 1) == '/') {
                i += 1;
            }
            i += 2;
        } else if c == 'r' && (at(i + 1) == '"' || (at(i + 1) == '#' && "#\"".contains(at(i + 2))))
        {
            let hashes = chars[i + 1..].iter().take_while(|c| **c == '#').count();
            let end: Vec<char> = std::iter::once('"')
                .chain(std::iter::repeat_n('#', hashes))
                .collect();
            i += hashes + 2;
            while i < chars.len() && !chars[i..].starts_with(&end) {
                i += 1;
            }
            i += end.len();
        } else if c == '"' {
            i += 1;
            while i < chars.len() && chars[i] != '"' {
                i += if chars[i] == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if c == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            // A character, not a lifetime.
            i += 2;
            while i < chars.len() && chars[i] != '\'' {
                i += 1;
            }
            i += 1;
        } else if c.is_alphanumeric() || c == '_' {
            let start = i;
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            tokens.push(chars[start..i].iter().collect());
        } else if c == ':' && at(i + 1) == ':' {
            tokens.push("::".to_owned());
            i += 2;
        } else {
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
            i += 1;
        }
    }
    tokens
}

/// What follows one of these names and `::` anywhere: one name, or the first names of a group.
fn reached_from(roots: &[&str], tokens: &[String]) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    for (i, pair) in tokens.windows(2).enumerate() {
        if !roots.contains(&pair[0].as_str()) || pair[1] != "::" {
            continue;
        }
        let rest = &tokens[i + 2..];
        if rest.first().is_some_and(|token| token == "{") {
            let mut depth = 0;
            let mut is_first = false;
            for token in rest {
                match token.as_str() {
                    "{" => {
                        depth += 1;
                        is_first = depth == 1;
                    }
                    "}" => {
                        depth -= 1;
                        if depth == 0 {
                            break;
                        }
                    }
                    "," => is_first = depth == 1,
                    _ if is_first => {
                        reached.insert(token.clone());
                        is_first = false;
                    }
                    _ => {}
                }
            }
        } else if let Some(token) = rest.first() {
            reached.insert(token.clone());
        }
    }
    reached
}

/// Crates named at the start of a path or in an attribute.
fn named_crates(tokens: &[String]) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (i, token) in tokens.iter().enumerate() {
        let begins = i == 0 || tokens[i - 1] != "::";
        let is_path = tokens
            .get(i + 1)
            .is_some_and(|next| next == "::" || next == ";");
        if begins && is_path && CRATES.iter().any(|(name, _)| name == token) {
            named.insert(token.clone());
        }
    }
    named
}

/// What a file of a layer does that it must not.
fn find_breaches(name: &str, source: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    let tokens = tokens(source);
    let layer = layer_of(name);
    if let Some(layer) = layer {
        let rank = LAYERS.iter().position(|other| *other == layer).unwrap();
        let reached = reached_from(&["crate", "super", "tacita_core"], &tokens);
        for higher in &LAYERS[rank + 1..] {
            if reached.contains(*higher) {
                breaches.push(format!("{name}: {layer} uses {higher}, which is above it"));
            }
        }
    }
    // A module of ours may have the name of the crate that it wraps (crypto::hpke).
    let mut ours = reached_from(&["crypto"], &tokens);
    if reached_from(&["super"], &tokens).contains("*") {
        ours.insert("hpke".to_owned());
    }
    for krate in named_crates(&tokens).difference(&ours) {
        let (_, owner) = CRATES.iter().find(|(other, _)| other == krate).unwrap();
        let is_excepted = EXCEPTIONS
            .iter()
            .any(|(file, other, _)| *file == name && other == krate);
        if layer != *owner && layer.is_some() && !is_excepted {
            breaches.push(format!("{name}: names {krate}, which only {owner:?} may"));
        }
    }
    let opening = source.lines().next().unwrap_or_default();
    if opening
        .strip_prefix("//! ")
        .is_none_or(|purpose| purpose.len() < 10)
    {
        breaches.push(format!(
            "{name}: does not open with its purpose in one line"
        ));
    }
    breaches
}

#[test]
fn no_file_breaks_a_layer() {
    let breaches: Vec<_> = sources()
        .iter()
        .flat_map(|(name, source)| find_breaches(name, source))
        .collect();
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}

#[test]
fn long_files_are_reported_and_endless_ones_refused() {
    for (name, source) in sources() {
        let lines = source.lines().count();
        if lines > LONG_FILE_LINES {
            println!("{name}: {lines} lines, more than {LONG_FILE_LINES}: take a hard look");
        }
        assert!(
            lines <= ENDLESS_FILE_LINES,
            "{name}: {lines} lines: split it"
        );
    }
}

#[test]
fn the_root_holds_nothing_but_the_layers() {
    for name in sources().keys() {
        assert!(
            name == "lib.rs" || layer_of(name).is_some(),
            "{name} is in no layer"
        );
    }
}

/// Every label has one place: one file, or one module with its own folder.
#[test]
fn each_label_is_used_in_one_module() {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, source) in sources() {
        if is_test(&name) || name == "crypto/labels.rs" {
            continue;
        }
        let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let tokens = tokens(code);
        let module: Vec<&str> = name
            .trim_end_matches(".rs")
            .splitn(3, '/')
            .take(2)
            .collect();
        for window in tokens.windows(3) {
            if window[0] == "Purpose" && window[1] == "::" && window[2] != "{" {
                let place = places.entry(window[2].clone()).or_default();
                place.insert(module.join("/"));
            }
        }
    }
    assert!(places.len() > 10, "the labels were found");
    for (label, modules) in places {
        assert_eq!(modules.len(), 1, "{label} is used in {modules:?}");
    }
}

#[test]
fn breaches_are_found() {
    let purpose = "//! A purpose that is long enough.\n";
    let with = |code: &str| format!("{purpose}{code}");
    for (name, code) in [
        ("crypto/kdf.rs", "use crate::protocol::ids;"),
        ("crypto/kdf.rs", "use crate::{crypto::x, protocol::ids};"),
        ("crypto/kdf.rs", "fn f() { super::super::store::open() }"),
        ("protocol/session.rs", "fn f(s: &crate::store::Store) {}"),
        ("store/mod.rs", "use crate::{protocol::{a, b}, client};"),
        ("client/mod.rs", "use crate::net;"),
        ("client.rs", "use crate::net;"),
        ("protocol/session.rs", "use sha2::Sha256;"),
        ("client/send.rs", "let x = tokio::spawn(f);"),
        ("client/send.rs", "use rusqlite::Connection;"),
        ("protocol/ids.rs", "#[derive(uniffi::Record)] struct A;"),
        ("store/other.rs", "use getrandom::SysRng;"),
    ] {
        assert_eq!(find_breaches(name, &with(code)).len(), 1, "{name}: {code}");
    }
    for source in ["", "use std::fmt;\n", "//! Short.\n"] {
        assert_eq!(find_breaches("crypto/kdf.rs", source).len(), 1, "{source}");
    }
    for (name, code) in [
        (
            "net/pump.rs",
            "use crate::client::Engine; use tokio::spawn;",
        ),
        (
            "client/send.rs",
            "use crate::{protocol::ids, store::Store};",
        ),
        (
            "protocol/session.rs",
            "// crate::store is above\nuse crate::crypto::hpke;",
        ),
        ("protocol/session.rs", "let text = \"crate::store::x\";"),
        (
            "protocol/session.rs",
            "let text = r#\"crate::\"store::x\"#; let c = '\"';",
        ),
        (
            "protocol/initial.rs",
            "use crate::crypto::{hpke, kem}; fn f() { hpke::seal() }",
        ),
        ("crypto/hash.rs", "use sha2::Sha256;"),
        ("store/test_vault.rs", "use getrandom::SysRng;"),
        (
            "net/tls.rs",
            "use rustls::crypto::aws_lc_rs::default_provider;",
        ),
    ] {
        let breaches = find_breaches(name, &with(code));
        assert!(breaches.is_empty(), "{breaches:?}");
    }
}
