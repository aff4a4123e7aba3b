//! libFuzzer's program for the target `links`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("links"),
    |input: &[u8]| tacita_libfuzzer::run("links", input)
);
