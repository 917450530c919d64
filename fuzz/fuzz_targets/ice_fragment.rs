#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| exedra_fuzz::feed("ice_fragment", input));
