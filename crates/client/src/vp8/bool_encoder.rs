//! The boolean entropy encoder, RFC 6386 section 7.

/// Writes booleans, each with the probability (of 256) that it is false.
pub struct BoolEncoder {
    out: Vec<u8>,
    /// Lower end of the interval. Its lowest `pending + 8` bits are not written yet; one more may be a carry.
    low: u64,
    /// Width of the interval, 128 to 255.
    range: u32,
    pending: u32,
}

impl BoolEncoder {
    pub fn new() -> Self {
        Self { out: Vec::with_capacity(4096), low: 0, range: 255, pending: 0 }
    }

    pub fn bool(&mut self, value: bool, probability: u8) {
        let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
        if value {
            self.low += u64::from(split);
            self.range -= split;
        } else {
            self.range = split;
        }
        let shift = self.range.leading_zeros() - 24;
        self.range <<= shift;
        self.low <<= shift;
        self.pending += shift;
        while self.pending >= 8 {
            self.write_top_byte();
        }
    }

    pub fn flag(&mut self, value: bool) {
        self.bool(value, 128);
    }

    /// `L(bits)`: an unsigned number, highest bit first.
    pub fn literal(&mut self, value: u32, bits: u32) {
        for bit in (0..bits).rev() {
            self.flag(value >> bit & 1 == 1);
        }
    }

    pub fn finish(mut self) -> Vec<u8> {
        // Pushes everything pending out; a decoder reads zeros beyond the end anyway.
        self.literal(0, 32);
        self.out
    }

    fn write_top_byte(&mut self) {
        if self.low >> (self.pending + 8) & 1 == 1 {
            self.carry();
        }
        self.out.push((self.low >> self.pending) as u8);
        self.low &= (1 << self.pending) - 1;
        self.pending -= 8;
    }

    fn carry(&mut self) {
        for byte in self.out.iter_mut().rev() {
            let (sum, overflowed) = byte.overflowing_add(1);
            *byte = sum;
            if !overflowed {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The decoder of RFC 6386 section 7.3, for the round trip.
    struct BoolDecoder<'a> {
        input: std::slice::Iter<'a, u8>,
        value: u32,
        range: u32,
        bits: u32,
    }

    impl<'a> BoolDecoder<'a> {
        fn new(data: &'a [u8]) -> Self {
            let mut input = data.iter();
            let mut byte = || u32::from(*input.next().unwrap_or(&0));
            let value = byte() << 8 | byte();
            Self { input, value, range: 255, bits: 0 }
        }

        fn bool(&mut self, probability: u8) -> bool {
            let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
            let value = self.value >= split << 8;
            if value {
                self.range -= split;
                self.value -= split << 8;
            } else {
                self.range = split;
            }
            while self.range < 128 {
                self.value <<= 1;
                self.range <<= 1;
                self.bits += 1;
                if self.bits == 8 {
                    self.bits = 0;
                    self.value |= u32::from(*self.input.next().unwrap_or(&0));
                }
            }
            value
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        // Extreme and skewed probabilities against the odds make long carries.
        let mut state = 1u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32
        };
        let symbols: Vec<(bool, u8)> = (0..200_000)
            .map(|_| {
                let probability = [1, 2, 127, 128, 129, 254, 255][random() as usize % 7];
                (random() % 3 == 0, probability)
            })
            .collect();
        let mut encoder = BoolEncoder::new();
        for &(value, probability) in &symbols {
            encoder.bool(value, probability);
        }
        let data = encoder.finish();
        let mut decoder = BoolDecoder::new(&data);
        for (index, &(value, probability)) in symbols.iter().enumerate() {
            assert_eq!(decoder.bool(probability), value, "symbol {index}");
        }
    }
}
