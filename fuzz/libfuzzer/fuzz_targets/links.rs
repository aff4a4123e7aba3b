//! libFuzzer's program for the target `links`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tacita_libfuzzer::run("links", input));
