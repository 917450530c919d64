//! What a path takes, seen in how packets that left together come apart: a narrow path hands them on one by one.
//!
//! Part of one large frame is enough to see that a path has become much narrower. Its delay shows that only with the frames
//! after it, and until then all that is sent joins the queue.

const PACKETS: usize = 5;
/// Below, it is as well jitter.
const SPREAD_MIN_US: i64 = 60_000;
/// They left in no more than this share of the time in which they came.
const SENT_SHARE_MAX: f64 = 0.5;
/// A path that stalls makes one gap, a narrow one makes as many as there are packets.
const GAP_SHARE_MAX: f64 = 0.5;

/// The newest packets.
#[derive(Debug, Default)]
pub struct Dispersion {
    packets: [Packet; PACKETS],
    seen: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Packet {
    sent_us: u64,
    arrived_us: i64,
    bytes: u16,
}

impl Dispersion {
    /// One packet that arrived, in order of sending.
    pub fn packet(&mut self, sent_us: u64, arrived_us: i64, bytes: u16) {
        self.packets.rotate_left(1);
        self.packets[PACKETS - 1] = Packet { sent_us, arrived_us, bytes };
        self.seen = (self.seen + 1).min(PACKETS);
    }

    /// Bits per second, if they came apart, and evenly enough to tell.
    pub fn rate_bps(&self) -> Option<f64> {
        let [first, .., last] = &self.packets;
        let spread_us = last.arrived_us - first.arrived_us;
        let gap_max_us = self.packets.windows(2).map(|pair| pair[1].arrived_us - pair[0].arrived_us).max()?;
        let has_come_apart = spread_us >= SPREAD_MIN_US
            && last.sent_us.saturating_sub(first.sent_us) as f64 <= SENT_SHARE_MAX * spread_us as f64
            && gap_max_us as f64 <= GAP_SHARE_MAX * spread_us as f64;
        let bytes: u64 = self.packets[1..].iter().map(|packet| u64::from(packet.bytes)).sum();
        (self.seen == PACKETS && has_come_apart).then(|| bytes as f64 * 8e6 / spread_us as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five packets of 1,000 bytes that left and came at these times.
    fn rate(sent_ms: [u64; 5], arrived_ms: [i64; 5]) -> Option<f64> {
        let mut dispersion = Dispersion::default();
        for (sent_ms, arrived_ms) in sent_ms.into_iter().zip(arrived_ms) {
            dispersion.packet(1_000_000 + 1000 * sent_ms, 10_040_000 + 1000 * arrived_ms, 1000);
        }
        dispersion.rate_bps()
    }

    #[test]
    fn a_frame_that_comes_packet_by_packet_shows_what_the_path_takes() {
        for sent_ms in [[0; 5], [0, 0, 0, 5, 5], [0, 0, 33, 33, 33]] {
            let shown = rate(sent_ms, [0, 27, 53, 80, 107]).expect("packets at 300 kbit/s");
            assert!((shown - 300_000.0).abs() < 2_000.0, "{shown}");
        }
        assert_eq!(rate([0, 27, 53, 80, 107], [0, 27, 53, 80, 107]), None, "as they were sent");
        assert_eq!(rate([0; 5], [0, 5, 10, 15, 20]), None, "too quick to be more than jitter");
        assert_eq!(rate([0; 5], [0, 1, 101, 102, 103]), None, "a stall");
    }
}
