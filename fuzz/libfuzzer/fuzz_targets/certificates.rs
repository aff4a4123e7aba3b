//! libFuzzer's program for the target `certificates`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("certificates"),
    |input: &[u8]| tacita_libfuzzer::run("certificates", input)
);
