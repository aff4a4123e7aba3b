//! libFuzzer's program for the target `session`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("session"),
    |input: &[u8]| tacita_libfuzzer::run("session", input)
);
