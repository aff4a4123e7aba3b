//! libFuzzer's program for the target `engine`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("engine"),
    |input: &[u8]| tacita_libfuzzer::run("engine", input)
);
