//! The list of what a relay may hold is the same in the exam and in the threat model.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use tacita_harness::exam::{documented_columns, threat_model, whitelisted_columns};

#[test]
fn whitelist_and_threat_model_are_equal() {
    let text = std::fs::read_to_string(threat_model()).unwrap();
    assert_eq!(documented_columns(&text).unwrap(), whitelisted_columns());
}
