//! Damaging valid input: small lies in the right places get further into a parser than noise does.

/// An endless series of damaged samples, the same for the same seed and samples.
#[derive(Debug)]
pub struct Damage {
    state: u64,
    samples: Vec<Vec<u8>>,
}

/// Lengths, counts and signs that parsers get wrong.
const INTERESTING: [u64; 14] = [0, 1, 2, 7, 15, 16, 127, 128, 255, 256, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff];

/// Text that formats made of text treat specially.
const TOKENS: [&str; 24] = [
    "\0",
    "\r\n",
    "\n",
    " ",
    "=",
    ":",
    "&",
    "%",
    "%zz",
    "~",
    ".",
    "\"",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[[[[[[[[[[[[[[[[",
    "null",
    "-1",
    "1e999",
    "99999999999999999999",
    "a=",
    "m=",
    "\u{202e}\u{fffd}",
];

/// Longest input made: beyond the largest datagram, and past the small limits of the text formats.
const CASE_BYTES_MAX: usize = 70_000;

impl Damage {
    pub fn new(seed: u64, samples: Vec<Vec<u8>>) -> Damage {
        Damage { state: seed, samples }
    }

    /// One to four kinds of damage to one sample; now and then noise, nothing, or no damage at all.
    pub fn next_case(&mut self) -> Vec<u8> {
        match self.below(64) {
            0 => return Vec::new(),
            1 => return self.noise(200),
            2 => return self.noise(2_000),
            3 => return self.sample(),
            _ => {}
        }
        let mut input = self.sample();
        for _ in 0..=self.below(4) {
            self.damage(&mut input);
        }
        input.truncate(CASE_BYTES_MAX);
        input
    }

    fn damage(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        match self.below(14) {
            0 | 1 if at < input.len() => input[at] ^= 1 << self.below(8),
            2 if at < input.len() => input[at] = INTERESTING[self.below(INTERESTING.len())] as u8,
            3 if at < input.len() => input[at] = input[at].wrapping_add([1, 255][self.below(2)]),
            4 => self.overwrite(input, at),
            5 => input.truncate(at),
            6 => {
                let end = at + self.below(input.len() - at + 1);
                input.drain(at..end);
            }
            7 => {
                let end = at + self.below((input.len() - at + 1).min(64));
                let copies = 1 + self.below(8);
                let piece = input[at..end].repeat(copies);
                input.splice(at..at, piece);
            }
            8 => {
                let piece = self.noise(16);
                input.splice(at..at, piece);
            }
            9 | 10 => {
                let token = TOKENS[self.below(TOKENS.len())];
                input.splice(at..at, token.bytes());
            }
            11 => {
                // The head of one sample with the tail of another.
                let other = self.sample();
                let from = self.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            12 => self.inflate_number(input, at),
            _ => {
                let longer = input.len() + self.below(2_000);
                let filler = [0, 0xff, b'A', b'0'][self.below(4)];
                input.resize(longer, filler);
            }
        }
    }

    /// A big-endian field of 2 or 4 bytes: a length, more often than not.
    fn overwrite(&mut self, input: &mut [u8], at: usize) {
        let width = [2, 4][self.below(2)];
        let len = input.len() as u64;
        let near = [len, len.wrapping_sub(1), len + 1][self.below(3)];
        let value = if self.below(3) == 0 { near } else { INTERESTING[self.below(INTERESTING.len())] };
        if let Some(field) = input.get_mut(at..at + width) {
            field.copy_from_slice(&value.to_be_bytes()[8 - width..]);
        }
    }

    /// Replaces the first decimal number from `at` on by one that fits nowhere.
    fn inflate_number(&mut self, input: &mut Vec<u8>, at: usize) {
        let Some(start) = input[at..].iter().position(u8::is_ascii_digit).map(|offset| at + offset) else { return };
        let digits = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = ["0", "-1", "65536", "4294967296", "18446744073709551616", "1.5", "00000000000000000001"];
        let number = number[self.below(number.len())];
        input.splice(start..start + digits, number.bytes());
    }

    fn sample(&mut self) -> Vec<u8> {
        let which = self.below(self.samples.len());
        self.samples.get(which).cloned().unwrap_or_default()
    }

    fn noise(&mut self, len_max: usize) -> Vec<u8> {
        let len = self.below(len_max + 1);
        (0..len).map(|_| self.next() as u8).collect()
    }

    fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }

    /// Splitmix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
