//! libFuzzer's program for the target `relay`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("relay"),
    |input: &[u8]| tacita_libfuzzer::run("relay", input)
);
