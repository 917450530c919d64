//! Randomness for ids and secrets, from the operating system.

/// 128 bits nobody can guess.
pub fn bits() -> u128 {
    let mut bytes = [0; 16];
    fill(&mut bytes);
    u128::from_ne_bytes(bytes)
}

pub fn fill(bytes: &mut [u8]) {
    // Linux gives randomness to every process; a system that does not can make no secret and must not run.
    getrandom::fill(bytes).expect("the system has no source of randomness");
}

/// `len` hexadecimal characters.
pub fn hex(len: usize) -> String {
    (0..len.div_ceil(32)).map(|_| format!("{:032x}", bits())).collect::<String>()[..len].to_owned()
}
