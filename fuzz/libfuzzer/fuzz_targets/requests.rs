//! libFuzzer's program for the target `requests`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("requests"),
    |input: &[u8]| tacita_libfuzzer::run("requests", input)
);
