//! Numbers that must differ but need not be secret: SSRCs, first sequence numbers, timestamp offsets. The same seed gives
//! the same numbers, so that a simulation repeats itself.

#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// Not 0, which some receivers take for "unknown".
    pub fn ssrc(&mut self) -> u32 {
        self.number() as u32 | 1
    }

    /// A first sequence number with room below the wrap: a receiver that misses the first packets still guesses the right
    /// rollover counter (RFC 3711 section 3.3.1).
    pub fn first_sequence(&mut self) -> u16 {
        self.number() as u16 & 0x7FFF
    }
}
