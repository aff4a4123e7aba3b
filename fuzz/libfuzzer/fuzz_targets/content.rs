//! libFuzzer's program for the target `content`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("content"),
    |input: &[u8]| tacita_libfuzzer::run("content", input)
);
