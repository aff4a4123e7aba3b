//! libFuzzer's program for the target `prekeys`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("prekeys"),
    |input: &[u8]| tacita_libfuzzer::run("prekeys", input)
);
