//! libFuzzer's program for the target `vault`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("vault"),
    |input: &[u8]| tacita_libfuzzer::run("vault", input)
);
