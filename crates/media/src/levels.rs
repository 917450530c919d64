//! Audio levels (RFC 6464): what is heard in a room.

/// Levels are told this often.
pub const INTERVAL_US: u64 = 250_000;

/// Loudest tracks told of one room.
pub const TOLD_MAX: usize = 16;

/// Quieter than this, on the linear scale, is silence: -60 dBov.
const SILENCE: f32 = 0.001;

/// The level of one audio track over the current interval.
#[derive(Debug, Clone, Copy, Default)]
pub struct LevelMeter {
    sum: f32,
    packets: u32,
}

impl LevelMeter {
    /// `element` is the extension's first byte: a voice flag and the level in -dBov.
    #[inline]
    pub fn packet(&mut self, element: u8) {
        let level_db = f32::from(element & 0x7F);
        self.sum += 10f32.powf(-level_db / 20.0);
        self.packets += 1;
    }

    /// The mean level since the last call, 0 to 1; `None` for silence.
    pub fn take(&mut self) -> Option<f32> {
        let Self { sum, packets } = std::mem::take(self);
        let level = sum / packets.max(1) as f32;
        (level > SILENCE).then_some(level.min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_scale_is_one_and_silence_is_nothing() {
        let mut meter = LevelMeter::default();
        assert_eq!(meter.take(), None);
        meter.packet(0x80);
        assert_eq!(meter.take(), Some(1.0));
        meter.packet(127);
        assert_eq!(meter.take(), None);
        meter.packet(20);
        assert!((meter.take().unwrap() - 0.1).abs() < 1e-6);
    }
}
