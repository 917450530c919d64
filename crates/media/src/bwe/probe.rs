//! Finding out what a path takes beyond what media shows: a short burst at a higher rate, and how fast it came through.

use crate::twcc::PacketResult;

/// A burst lasts this long on a path without jitter: enough groups to measure, too short to be noticed in a queue …
const DURATION_US: u64 = 60_000;
/// … and longer by so much jitter, or it would be the jitter that is measured, up to this.
const DURATION_JITTERS: u64 = 8;
const DURATION_MAX_US: u64 = 200_000;
const PACKETS_MIN: u32 = 4;
const BYTES_MIN: u64 = 1_500;
const BYTES_MAX: u64 = 150_000;

/// Time between probes; it doubles while they find nothing.
const INTERVAL_START_US: u64 = 1_500_000;
const INTERVAL_MAX_US: u64 = 3_000_000;

/// After a burst that has shown more, to confirm it; and after so much more has been confirmed, to look for the rest.
const AGAIN_US: u64 = 200_000;
const GAIN: f64 = 1.1;

/// A burst that has not been settled by now never will be.
const PATIENCE_US: u64 = 1_000_000;

/// Part of a burst that must have arrived for its rate to count.
const ARRIVED_MIN: f64 = 0.75;

/// Of the measured rate, what is believed.
const BELIEVED: f64 = 0.95;

/// A burst that is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Marks its packets, never 0.
    pub id: u8,
    pub rate_bps: u64,
    pub bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProbeResult {
    pub rate_bps: f64,
}

#[derive(Debug)]
pub struct Prober {
    active: Option<Burst>,
    next_id: u8,
    next_us: u64,
    interval_us: u64,
    /// What the burst before this one has shown, and nothing has confirmed yet.
    shown_bps: Option<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Burst {
    probe: Probe,
    started_us: u64,
    bytes_sent: u64,
    /// What has arrived: bytes without those of the first packet, and the span of time.
    packets: u32,
    bytes: u64,
    first_bytes: u64,
    first_us: i64,
    last_us: i64,
    first_sent_us: u64,
    last_sent_us: u64,
    last_bytes: u64,
}

impl Prober {
    pub fn new() -> Self {
        Self { active: None, next_id: 1, next_us: 0, interval_us: INTERVAL_START_US, shown_bps: None }
    }

    /// A burst towards `wanted_bps`, when it is time for one, on a path of so much jitter.
    pub fn start(&mut self, wanted_bps: u64, jitter_us: u64, now_us: u64) -> Option<Probe> {
        if self.active.is_some() || now_us < self.next_us {
            return None;
        }
        let duration_us = (DURATION_US + DURATION_JITTERS * jitter_us).min(DURATION_MAX_US);
        let bytes = (wanted_bps * duration_us / 8_000_000).clamp(BYTES_MIN, BYTES_MAX);
        let probe = Probe { id: self.next_id, rate_bps: wanted_bps, bytes };
        self.next_id = self.next_id.checked_add(1).unwrap_or(1);
        self.active = Some(Burst {
            probe,
            started_us: now_us,
            bytes_sent: 0,
            packets: 0,
            bytes: 0,
            first_bytes: 0,
            first_us: i64::MAX,
            last_us: i64::MIN,
            first_sent_us: u64::MAX,
            last_sent_us: 0,
            last_bytes: 0,
        });
        Some(probe)
    }

    /// How much of the running burst should have left by now and has not; and its mark.
    pub fn due(&mut self, now_us: u64) -> Option<(u8, u64)> {
        let burst = self.active.as_mut()?;
        let elapsed_us = now_us.saturating_sub(burst.started_us) + 5_000;
        let target = (burst.probe.rate_bps * elapsed_us / 8_000_000).min(burst.probe.bytes);
        (target > burst.bytes_sent).then(|| (burst.probe.id, target - burst.bytes_sent))
    }

    pub fn is_sending(&self) -> bool {
        self.active.is_some_and(|burst| burst.bytes_sent < burst.probe.bytes)
    }

    pub fn sent(&mut self, bytes: u64) {
        if let Some(burst) = &mut self.active {
            burst.bytes_sent += bytes;
        }
    }

    /// A packet of a burst that arrived, held up for so long under way: what a path holds back and lets go at once comes
    /// faster than it takes it.
    pub(super) fn delivered(&mut self, result: &PacketResult, arrived_us: i64, held_up_us: i64) {
        let Some(burst) = self.active.as_mut().filter(|burst| burst.probe.id == result.probe) else { return };
        burst.packets += 1;
        burst.bytes += u64::from(result.bytes);
        if arrived_us - held_up_us < burst.first_us {
            burst.first_us = arrived_us - held_up_us;
            burst.first_bytes = u64::from(result.bytes);
        }
        burst.last_us = burst.last_us.max(arrived_us);
        burst.first_sent_us = burst.first_sent_us.min(result.sent_us);
        if result.sent_us >= burst.last_sent_us {
            burst.last_sent_us = result.sent_us;
            burst.last_bytes = u64::from(result.bytes);
        }
    }

    /// What two bursts on end have shown to be more than `estimate_bps`: one alone is too short to be believed on a path
    /// that jitters.
    pub(super) fn result(&mut self, estimate_bps: f64, now_us: u64) -> Option<ProbeResult> {
        let burst = self.active?;
        let is_whole = burst.bytes as f64 >= ARRIVED_MIN * burst.probe.bytes as f64;
        let is_late = now_us > burst.started_us + PATIENCE_US;
        let is_settled = burst.bytes_sent >= burst.probe.bytes && is_whole;
        if !is_settled && !is_late {
            return None;
        }
        self.active = None;
        let measured = burst.rate_bps().filter(|_| is_whole);
        let shown_bps = measured.map(|rate| BELIEVED * rate).filter(|rate| *rate > estimate_bps);
        let confirmed_bps = self.shown_bps.zip(shown_bps).map(|(before, now)| before.min(now));
        self.shown_bps = shown_bps.filter(|_| confirmed_bps.is_none());
        let has_gained = confirmed_bps.is_some_and(|rate| rate >= GAIN * estimate_bps);
        (self.interval_us, self.next_us) = match has_gained || self.shown_bps.is_some() {
            true => (INTERVAL_START_US, now_us + AGAIN_US),
            false => ((2 * self.interval_us).min(INTERVAL_MAX_US), now_us + self.interval_us),
        };
        confirmed_bps.map(|rate_bps| ProbeResult { rate_bps })
    }

    /// Congestion: not now.
    pub(super) fn give_up(&mut self, now_us: u64) {
        self.active = None;
        self.shown_bps = None;
        self.interval_us = INTERVAL_START_US;
        self.next_us = now_us + INTERVAL_START_US;
    }
}

impl Default for Prober {
    fn default() -> Self {
        Self::new()
    }
}

impl Burst {
    fn rate_bps(&self) -> Option<f64> {
        if self.packets < PACKETS_MIN {
            return None;
        }
        let received_us = (self.last_us - self.first_us).max(1) as f64;
        let sent_us = self.last_sent_us.saturating_sub(self.first_sent_us).max(1) as f64;
        let received = (self.bytes - self.first_bytes) as f64 * 8e6 / received_us;
        let sent = (self.bytes - self.last_bytes) as f64 * 8e6 / sent_us;
        Some(received.min(sent).min(2.0 * self.probe.rate_bps as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends and settles the next burst, of which each packet takes `apart_us` to arrive; what follows from it.
    fn burst(prober: &mut Prober, apart_us: i64, now_us: &mut u64) -> Option<ProbeResult> {
        held_up_burst(prober, apart_us, 0, now_us)
    }

    /// The same of a burst that was held up before.
    fn held_up_burst(prober: &mut Prober, apart_us: i64, held_up_us: i64, now_us: &mut u64) -> Option<ProbeResult> {
        *now_us += 5_000_000;
        let probe = prober.start(1_000_000, 0, *now_us).expect("time for a burst");
        let packets = probe.bytes / 1000 + 1;
        for sequence in 0..packets {
            let sent_us = *now_us + 8_000 * sequence;
            let arrived_us = 40_000 + apart_us * sequence as i64;
            let result = PacketResult { sequence, bytes: 1000, sent_us, arrived_us: Some(arrived_us), probe: probe.id };
            prober.sent(1000);
            prober.delivered(&result, arrived_us, (held_up_us - 8_000 * sequence as i64).max(0));
        }
        prober.result(300_000.0, *now_us)
    }

    #[test]
    fn two_bursts_must_agree_that_there_is_more_and_the_slower_one_counts() {
        let (mut prober, mut now_us) = (Prober::new(), 0);
        assert_eq!(burst(&mut prober, 8_000, &mut now_us), None);
        let found = burst(&mut prober, 16_000, &mut now_us).expect("confirmed").rate_bps;
        assert!((found - BELIEVED * 500_000.0).abs() < 1_000.0, "{found}");
        assert_eq!(burst(&mut prober, 8_000, &mut now_us), None);
        assert_eq!(burst(&mut prober, 40_000, &mut now_us), None, "less than what is known already");
        assert_eq!(burst(&mut prober, 8_000, &mut now_us), None, "and nothing of before counts");
    }

    #[test]
    fn what_is_held_up_and_let_go_at_once_shows_nothing() {
        let (mut prober, mut now_us) = (Prober::new(), 0);
        for _ in 0..3 {
            assert_eq!(held_up_burst(&mut prober, 500, 300_000, &mut now_us), None);
        }
        assert_eq!(burst(&mut prober, 8_000, &mut now_us), None);
        assert!(burst(&mut prober, 8_000, &mut now_us).is_some());
    }

    #[test]
    fn a_burst_outlasts_the_jitter_and_is_over_soon_on_the_narrowest_path() {
        let bytes = |wanted_bps, jitter_us| Prober::new().start(wanted_bps, jitter_us, 0).expect("a burst").bytes;
        assert_eq!(bytes(2_000_000, 0), 15_000);
        assert_eq!(bytes(2_000_000, 10_000), 35_000);
        assert_eq!(bytes(2_000_000, 100_000), 50_000);
        assert_eq!(bytes(180_000, 0), BYTES_MIN);
    }
}
