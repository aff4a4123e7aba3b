//! libFuzzer's program for the target `responses`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("responses"),
    |input: &[u8]| tacita_libfuzzer::run("responses", input)
);
