//! libFuzzer's program for the target `inbox`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tacita_libfuzzer::prepare("inbox"),
    |input: &[u8]| tacita_libfuzzer::run("inbox", input)
);
