#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| foodlens_fuzz::user_id(input));
