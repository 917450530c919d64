//! Sender and receiver reports (RFC 3550 section 6.4, appendix A): reception of one stream, and clocks.

use std::time::{Duration, Instant};

use crate::rtcp::{ReportBlock, SenderInfo};

/// Seconds from 1900 to 1970.
const NTP_TO_UNIX_S: u64 = 2_208_988_800;

/// The plane's time: microseconds since it was made, and the wall clock that belonged to that moment.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    epoch: Instant,
    epoch_ntp: u64,
}

impl Clock {
    pub fn new(epoch: Instant, unix_ms: u64) -> Self {
        let seconds = unix_ms / 1000 + NTP_TO_UNIX_S;
        let fraction = ((unix_ms % 1000) << 32) / 1000;
        Self { epoch, epoch_ntp: seconds << 32 | fraction }
    }

    /// A time before the plane was made counts as its first moment.
    pub fn us(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.epoch).as_micros() as u64
    }

    pub fn instant(&self, at_us: u64) -> Instant {
        self.epoch + Duration::from_micros(at_us)
    }

    /// NTP time, 32.32 bits.
    pub fn ntp(&self, at_us: u64) -> u64 {
        self.epoch_ntp.wrapping_add(us_to_ntp(at_us))
    }
}

fn us_to_ntp(us: u64) -> u64 {
    ((us / 1_000_000) << 32) | (((us % 1_000_000) << 32) / 1_000_000)
}

/// Signed distance between two NTP times, microseconds.
fn ntp_distance_us(later: u64, earlier: u64) -> i64 {
    let distance = later.wrapping_sub(earlier) as i64;
    ((i128::from(distance) * 1_000_000) >> 32) as i64
}

/// What arrived of one stream.
#[derive(Debug, Default)]
pub struct Reception {
    pub packets: u64,
    pub bytes: u64,
    first: Option<u64>,
    newest: u64,
    expected_before: u64,
    packets_before: u64,
    packets_at_start: u64,
    jitter_q4: u32,
    transit: Option<i64>,
    last_report: Option<(SenderInfo, u64)>,
}

impl Reception {
    pub fn packet(&mut self, sequence: u64, timestamp: u32, bytes: usize, clock_hz: u32, now_us: u64) {
        self.packets += 1;
        self.bytes += bytes as u64;
        let first = *self.first.get_or_insert(sequence);
        self.first = Some(first.min(sequence));
        if sequence < self.newest {
            return;
        }
        self.newest = sequence;
        // RFC 3550 appendix A.8. Only packets in order count: a repair's delay is no jitter.
        let arrival = (now_us as u128 * u128::from(clock_hz) / 1_000_000) as i64;
        let transit = i64::from(arrival as u32).wrapping_sub(i64::from(timestamp));
        if let Some(before) = self.transit.replace(transit) {
            let change = (transit.wrapping_sub(before) as i32).unsigned_abs().min(clock_hz);
            self.jitter_q4 = self.jitter_q4.wrapping_add(change).wrapping_sub((self.jitter_q4 + 8) >> 4);
        }
    }

    /// The highest sequence number so far.
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Another stream begins; totals stay.
    pub fn restart(&mut self) {
        let Self { packets, bytes, newest, .. } = *self;
        *self = Self { packets, bytes, newest, packets_at_start: packets, packets_before: packets, ..Self::default() };
    }

    pub fn sender_report(&mut self, info: SenderInfo, now_us: u64) {
        self.last_report = Some((info, now_us));
    }

    /// The publisher's clock: its newest sender report and when it came.
    pub fn last_report(&self) -> Option<(SenderInfo, u64)> {
        self.last_report
    }

    /// Packets that never arrived, so far.
    pub fn lost(&self) -> i64 {
        self.expected() as i64 - (self.packets - self.packets_at_start) as i64
    }

    pub fn jitter(&self) -> u32 {
        self.jitter_q4 >> 4
    }

    /// What to report now; a fraction is of the time since the call before. `None` before the first packet.
    pub fn report(&mut self, ssrc: u32, now_us: u64) -> Option<ReportBlock> {
        self.first?;
        let expected = self.expected();
        let expected_now = expected - self.expected_before;
        let packets_now = self.packets - self.packets_before;
        self.expected_before = expected;
        self.packets_before = self.packets;
        let lost_now = expected_now.saturating_sub(packets_now);
        let fraction_lost = match expected_now {
            0 => 0,
            expected_now => ((lost_now << 8) / expected_now).min(255) as u8,
        };
        let (last_sender_report, delay_since) = match &self.last_report {
            Some((info, at_us)) => ((info.ntp >> 16) as u32, (us_to_ntp(now_us - at_us) >> 16) as u32),
            None => (0, 0),
        };
        Some(ReportBlock {
            ssrc,
            fraction_lost,
            cumulative_lost: self.lost() as i32,
            highest_sequence: self.newest as u32,
            jitter: self.jitter(),
            last_sender_report,
            delay_since,
        })
    }

    fn expected(&self) -> u64 {
        self.first.map_or(0, |first| self.newest - first + 1)
    }
}

/// Between a publisher's clock and ours: one offset for all of its tracks, so that they stay in step with each other.
#[derive(Debug, Clone, Copy, Default)]
pub struct PublisherClock {
    /// Our NTP time less theirs, modulo 2^64.
    offset: Option<u64>,
}

impl PublisherClock {
    pub fn sender_report(&mut self, info: &SenderInfo, our_ntp: u64) {
        self.offset.get_or_insert(our_ntp.wrapping_sub(info.ntp));
    }

    /// The RTP timestamp that belongs to our NTP time, from the newest sender report.
    pub fn rtp_at(&self, our_ntp: u64, report: &SenderInfo, clock_hz: u32) -> Option<u32> {
        let their_ntp = our_ntp.wrapping_sub(self.offset?);
        let since_us = ntp_distance_us(their_ntp, report.ntp);
        let ticks = i128::from(since_us) * i128::from(clock_hz) / 1_000_000;
        Some(report.rtp_timestamp.wrapping_add(ticks as u32))
    }
}

/// Round trip from a report block about what we sent (RFC 3550 section 6.4.1), when it refers to a report of ours.
pub fn round_trip_us(block: &ReportBlock, our_ntp: u64) -> Option<u64> {
    if block.last_sender_report == 0 {
        return None;
    }
    let now = (our_ntp >> 16) as u32;
    let units = now.wrapping_sub(block.last_sender_report).wrapping_sub(block.delay_since);
    // Clocks that do not quite agree make a short trip negative; that is a short trip.
    if units > u32::MAX / 2 {
        return Some(0);
    }
    Some((u64::from(units) * 1_000_000) >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_is_reported_as_a_fraction_since_the_last_report_and_in_total() {
        let mut reception = Reception::default();
        for sequence in (65_500..65_600u64).filter(|sequence| sequence % 4 != 0) {
            reception.packet(sequence, 0, 100, 90_000, 0);
        }
        let block = reception.report(7, 0).unwrap();
        assert_eq!((block.cumulative_lost, block.highest_sequence), (24, 65_599));
        assert_eq!(block.fraction_lost, (24 * 256 / 99) as u8);
        reception.packet(65_600, 0, 100, 90_000, 0);
        assert_eq!(reception.report(7, 0).unwrap().fraction_lost, 0);
    }

    #[test]
    fn a_steady_stream_has_no_jitter_and_an_uneven_one_has() {
        let mut steady = Reception::default();
        let mut uneven = Reception::default();
        for packet in 0..200u64 {
            let timestamp = (packet * 960) as u32;
            steady.packet(packet, timestamp, 100, 48_000, packet * 20_000);
            uneven.packet(packet, timestamp, 100, 48_000, packet * 20_000 + packet % 2 * 5_000);
        }
        assert_eq!(steady.jitter(), 0);
        assert!((200..=240).contains(&uneven.jitter()), "5 ms are 240 ticks: {}", uneven.jitter());
    }

    #[test]
    fn timestamps_follow_the_publishers_clock() {
        let clock = Clock::new(Instant::now(), 1_700_000_000_000);
        let info = SenderInfo { ntp: 99 << 32, rtp_timestamp: u32::MAX - 89_999, packets: 0, bytes: 0 };
        let mut publisher = PublisherClock::default();
        assert_eq!(publisher.rtp_at(clock.ntp(0), &info, 90_000), None);
        publisher.sender_report(&info, clock.ntp(1_000_000));
        let near = |at_us, expected: u32| {
            let rtp = publisher.rtp_at(clock.ntp(at_us), &info, 90_000).unwrap();
            assert!((rtp.wrapping_sub(expected) as i32).abs() <= 1, "{rtp} {expected}");
        };
        near(1_000_000, u32::MAX - 89_999);
        near(3_000_000, 90_000);
        near(500_000, u32::MAX - 134_999);
    }

    #[test]
    fn a_round_trip_is_measured_from_our_own_report() {
        let clock = Clock::new(Instant::now(), 1_700_000_000_000);
        let block = ReportBlock {
            ssrc: 1,
            fraction_lost: 0,
            cumulative_lost: 0,
            highest_sequence: 0,
            jitter: 0,
            last_sender_report: (clock.ntp(5_000_000) >> 16) as u32,
            delay_since: 1 << 16,
        };
        let trip = round_trip_us(&block, clock.ntp(6_080_000)).unwrap();
        assert!((79_900..=80_100).contains(&trip), "{trip}");
    }
}
