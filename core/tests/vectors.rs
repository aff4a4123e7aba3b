//! Every vector holds: what a second implementation computed from the protocol's text, the core computes too.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests; this one reads files"
)]

use std::path::Path;

use serde_json::{Value, json};

/// Runs a file's cases, and counts those with outputs and those with an error.
fn check(structure: &str) -> (usize, usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let text = std::fs::read_to_string(folder.join(format!("{structure}.json"))).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let mut counts = (0, 0);
    for case in document["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let operation = case["operation"].as_str().unwrap();
        let got = match tacita_vectors::run(operation, &case["inputs"]) {
            Ok(outputs) => json!({ "outputs": outputs }),
            Err(refused) => json!({ "error": refused.name() }),
        };
        let mut expected = json!({});
        for key in ["outputs", "error"] {
            if let Some(value) = case.get(key) {
                expected[key] = value.clone();
            }
        }
        if got != expected {
            panic!("{name}: {}", difference(&got, &expected));
        }
        match case.get("error") {
            Some(_) => counts.1 += 1,
            None => counts.0 += 1,
        }
    }
    counts
}

/// The first place where two values differ: the whole would be megabytes.
fn difference(got: &Value, expected: &Value) -> String {
    match (got, expected) {
        (Value::Object(got), Value::Object(expected)) => expected
            .keys()
            .chain(got.keys())
            .map(|key| (key.clone(), got.get(key), expected.get(key)))
            .find(|(_, got, expected)| got != expected)
            .map(|(key, got, expected)| {
                let (got, expected) = (
                    got.unwrap_or(&Value::Null),
                    expected.unwrap_or(&Value::Null),
                );
                format!("{key}: {}", difference(got, expected))
            })
            .unwrap(),
        (Value::Array(got), Value::Array(expected)) if got.len() == expected.len() => {
            let at = got.iter().zip(expected).position(|(a, b)| a != b).unwrap();
            format!("[{at}] {}", difference(&got[at], &expected[at]))
        }
        _ => {
            let short = |value: &Value| value.to_string().chars().take(300).collect::<String>();
            format!("{} where {} was due", short(got), short(expected))
        }
    }
}

macro_rules! vectors {
    ($($name:ident, $structure:literal;)*) => {
        const STRUCTURES: &[&str] = &[$($structure),*];
        $(
            #[test]
            fn $name() {
                let (good, bad) = check($structure);
                assert!(good > 2 && bad > 0, "{good} positive and {bad} negative cases");
            }
        )*
    };
}

vectors! {
    derivation_vectors_hold, "derivation";
    padding_vectors_hold, "padding";
    invitation_vectors_hold, "invitation";
    device_log_vectors_hold, "device_log";
    prekey_vectors_hold, "prekey";
    bundle_vectors_hold, "bundle";
    handshake_vectors_hold, "handshake";
    initial_envelope_vectors_hold, "initial";
    ratchet_vectors_hold, "ratchet";
    envelope_vectors_hold, "envelope";
    content_vectors_hold, "content";
    safety_number_vectors_hold, "safety";
    vault_vectors_hold, "vault";
}

#[test]
fn no_vector_file_is_left_unread() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    found.sort();
    let mut read = STRUCTURES.to_vec();
    read.sort_unstable();
    assert_eq!(found, read);
}

#[test]
fn what_is_no_case_is_told_apart_from_a_refusal() {
    let refused = tacita_vectors::run("no-such-operation", &json!({})).unwrap_err();
    assert!(refused.name().starts_with("BadCase"));
    let refused = tacita_vectors::run("pad", &json!({ "content": "zz", "size": 3 })).unwrap_err();
    assert!(refused.name().starts_with("BadCase"));
    let text = tacita_vectors::run_text("pad", r#"{"content": "61", "size": 3}"#);
    assert_eq!(text, r#"{"outputs":{"padded":"618000"}}"#);
    let text = tacita_vectors::run_text("pad", r#"{"content": "61", "size": 1}"#);
    assert_eq!(text, r#"{"error":"TooLarge"}"#);
}
