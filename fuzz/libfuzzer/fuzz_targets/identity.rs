//! libFuzzer's program for the target `identity`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("identity"),
    |input: &[u8]| tacita_libfuzzer::run("identity", input)
);
