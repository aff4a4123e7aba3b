//! libFuzzer's program for the target `vault`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tacita_libfuzzer::run("vault", input));
