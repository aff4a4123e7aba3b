//! libFuzzer's program for the target `stored`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tacita_libfuzzer::run("stored", input));
