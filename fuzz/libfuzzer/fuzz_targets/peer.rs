//! libFuzzer's program for the target `peer`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("peer"),
    |input: &[u8]| tacita_libfuzzer::run("peer", input)
);
