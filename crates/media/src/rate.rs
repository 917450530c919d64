//! How many bits per second a stream has lately.

/// A window long enough to cover several frames and short enough to follow a layer that starts or stops.
const WINDOW_US: u64 = 500_000;

#[derive(Debug, Clone, Copy, Default)]
pub struct RateMeter {
    window_started_us: u64,
    window_bytes: u64,
    rate_bps: u64,
}

impl RateMeter {
    #[inline]
    pub fn packet(&mut self, bytes: usize, now_us: u64) {
        let elapsed_us = now_us.saturating_sub(self.window_started_us);
        if elapsed_us >= WINDOW_US {
            // After a silence the window says nothing about the stream's rate; start over.
            self.rate_bps = match elapsed_us < 2 * WINDOW_US {
                true => self.window_bytes * 8_000_000 / elapsed_us,
                false => 0,
            };
            self.window_started_us = now_us;
            self.window_bytes = 0;
        }
        self.window_bytes += bytes as u64;
    }

    /// 0 when nothing came for two windows.
    pub fn bps(&self, now_us: u64) -> u64 {
        match now_us.saturating_sub(self.window_started_us) < 2 * WINDOW_US {
            true => self.rate_bps,
            false => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_is_measured_and_a_silent_one_is_nothing() {
        let mut meter = RateMeter::default();
        for packet in 0..300 {
            meter.packet(1250, packet * 10_000);
        }
        let rate = meter.bps(3_000_000);
        assert!((990_000..=1_010_000).contains(&rate), "{rate}");
        assert_eq!(meter.bps(4_500_000), 0);
    }
}
