//! What arrived of one RTP stream: lost, late, twice; and the report block that says so (RFC 3550 section 6.4).

use std::time::{Duration, Instant};

use exedra_media::rtcp::{ReportBlock, SenderInfo};
use exedra_media::rtp::{FIRST_CYCLE, extend_sequence};

/// Packets back from the newest for which duplicates are told from late ones, a power of two.
const WINDOW: u64 = 2_048;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrived {
    /// Newer than all before; `skipped` numbers before it are missing.
    Newest {
        skipped: u64,
    },
    /// It had been missing.
    Late,
    Duplicate,
}

#[derive(Debug)]
pub struct Reception {
    clock_hz: u32,
    /// Extended numbers of the first and the newest packet.
    span: Option<(u64, u64)>,
    seen: Box<[u64; (WINDOW / 64) as usize]>,
    received: u64,
    duplicates: u64,
    late: u64,
    /// Interarrival jitter in ticks of the RTP clock, and the transit time it was last compared with.
    jitter: f64,
    transit: Option<i64>,
    started: Option<Instant>,
    last_sender_report: Option<(u32, Instant)>,
    /// Expected and received at the previous report.
    reported: (u64, u64),
}

/// Counters since the stream began.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ReceptionStats {
    pub received: u64,
    /// Numbers that never came, neither first-hand nor as a retransmission.
    pub lost: u64,
    /// Came after a newer one.
    pub late: u64,
    pub duplicates: u64,
    pub jitter_ms: f64,
}

impl Reception {
    pub fn new(clock_hz: u32) -> Self {
        Self {
            clock_hz,
            span: None,
            seen: Box::new([0; (WINDOW / 64) as usize]),
            received: 0,
            duplicates: 0,
            late: 0,
            jitter: 0.0,
            transit: None,
            started: None,
            last_sender_report: None,
            reported: (0, 0),
        }
    }

    /// The extended number of a packet and what its arrival means. Retransmissions (`first_hand` is `None`) say nothing
    /// about jitter; others come with their RTP time and the time of arrival.
    pub fn arrived(&mut self, sequence: u16, first_hand: Option<(u32, Instant)>) -> (u64, Arrived) {
        if let Some((timestamp, now)) = first_hand {
            self.update_jitter(timestamp, now);
        }
        let Some((first, newest)) = self.span else {
            let index = FIRST_CYCLE | u64::from(sequence);
            self.span = Some((index, index));
            self.mark(index);
            self.received = 1;
            return (index, Arrived::Newest { skipped: 0 });
        };
        let index = extend_sequence(newest, sequence);
        if index > newest {
            for skipped in (newest + 1).max(index.saturating_sub(WINDOW - 1))..=index {
                self.clear(skipped);
            }
            self.mark(index);
            self.span = Some((first, index));
            self.received += 1;
            return (index, Arrived::Newest { skipped: index - newest - 1 });
        }
        if newest - index >= WINDOW || self.is_marked(index) {
            self.duplicates += 1;
            return (index, Arrived::Duplicate);
        }
        self.mark(index);
        self.span = Some((first.min(index), newest));
        self.received += 1;
        self.late += 1;
        (index, Arrived::Late)
    }

    pub fn sender_report(&mut self, info: &SenderInfo, now: Instant) {
        self.last_sender_report = Some(((info.ntp >> 16) as u32, now));
    }

    pub fn stats(&self) -> ReceptionStats {
        ReceptionStats {
            received: self.received,
            lost: self.expected() - self.received.min(self.expected()),
            late: self.late,
            duplicates: self.duplicates,
            jitter_ms: self.jitter * 1_000.0 / f64::from(self.clock_hz),
        }
    }

    /// `None` before the first packet.
    pub fn report(&mut self, ssrc: u32, now: Instant) -> Option<ReportBlock> {
        let (_, newest) = self.span?;
        let (expected, received) = (self.expected(), self.received);
        let since = (expected - self.reported.0.min(expected), received - self.reported.1);
        self.reported = (expected, received);
        let lost = since.0.saturating_sub(since.1);
        let (last_sender_report, delay) = match self.last_sender_report {
            Some((middle, at)) => (middle, now.saturating_duration_since(at)),
            None => (0, Duration::ZERO),
        };
        Some(ReportBlock {
            ssrc,
            fraction_lost: (lost * 256).checked_div(since.0).unwrap_or(0).min(255) as u8,
            cumulative_lost: (expected as i64 - received as i64).clamp(-0x80_0000, 0x7F_FFFF) as i32,
            highest_sequence: (newest - FIRST_CYCLE) as u32,
            jitter: self.jitter as u32,
            last_sender_report,
            delay_since: (delay.as_secs_f64() * 65_536.0) as u32,
        })
    }

    fn expected(&self) -> u64 {
        self.span.map_or(0, |(first, newest)| newest - first + 1)
    }

    /// RFC 3550 appendix A.8.
    fn update_jitter(&mut self, timestamp: u32, now: Instant) {
        let started = *self.started.get_or_insert(now);
        let elapsed = now.saturating_duration_since(started).as_secs_f64() * f64::from(self.clock_hz);
        let transit = i64::from((elapsed as u64 as u32).wrapping_sub(timestamp) as i32);
        if let Some(before) = self.transit.replace(transit) {
            let change = i64::from((transit - before) as i32).unsigned_abs() as f64;
            self.jitter += (change - self.jitter) / 16.0;
        }
    }

    fn mark(&mut self, index: u64) {
        self.seen[(index % WINDOW / 64) as usize] |= 1 << (index % 64);
    }

    fn clear(&mut self, index: u64) {
        self.seen[(index % WINDOW / 64) as usize] &= !(1 << (index % 64));
    }

    fn is_marked(&self, index: u64) -> bool {
        self.seen[(index % WINDOW / 64) as usize] >> (index % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receive(reception: &mut Reception, sequences: &[u16]) -> Vec<Arrived> {
        let now = Instant::now();
        sequences.iter().map(|&sequence| reception.arrived(sequence, Some((0, now))).1).collect()
    }

    #[test]
    fn lost_late_and_duplicate_packets_are_told_apart_over_a_wrap() {
        let mut reception = Reception::new(90_000);
        let newest = |skipped| Arrived::Newest { skipped };
        let arrived = receive(&mut reception, &[65_533, 65_535, 65_534, 2, 0, 0, 65_533, 3]);
        let expected = [
            newest(0),
            newest(1),
            Arrived::Late,
            newest(2),
            Arrived::Late,
            Arrived::Duplicate,
            Arrived::Duplicate,
            newest(0),
        ];
        assert_eq!(arrived, expected);
        let stats = reception.stats();
        assert_eq!((stats.received, stats.lost, stats.late, stats.duplicates), (6, 1, 2, 2));
        let report = reception.report(7, Instant::now()).expect("packets arrived");
        assert_eq!((report.cumulative_lost, report.highest_sequence), (1, 0x1_0003));
        assert_eq!(report.fraction_lost, (256 / 7) as u8);
    }

    #[test]
    fn a_packet_older_than_the_window_counts_as_a_duplicate() {
        let mut reception = Reception::new(90_000);
        receive(&mut reception, &[10, 10 + WINDOW as u16]);
        assert_eq!(receive(&mut reception, &[11, 10]), [Arrived::Late, Arrived::Duplicate]);
    }

    #[test]
    fn a_steady_stream_has_no_jitter() {
        let mut reception = Reception::new(90_000);
        let start = Instant::now();
        for number in 0..100u16 {
            let now = start + Duration::from_micros(u64::from(number) * 33_333);
            reception.arrived(number, Some((u32::from(number) * 3_000, now)));
        }
        assert!(reception.stats().jitter_ms < 0.05, "{:?}", reception.stats());
    }
}
