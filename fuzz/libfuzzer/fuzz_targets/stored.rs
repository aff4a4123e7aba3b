//! libFuzzer's program for the target `stored`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("stored"),
    |input: &[u8]| tacita_libfuzzer::run("stored", input)
);
