//! libFuzzer's program for the target `initial`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("initial"),
    |input: &[u8]| tacita_libfuzzer::run("initial", input)
);
