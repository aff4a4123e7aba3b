//! libFuzzer's program for the target `stream`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("stream"),
    |input: &[u8]| tacita_libfuzzer::run("stream", input)
);
