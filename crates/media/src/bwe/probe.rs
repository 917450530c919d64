//! Finding out what a path takes beyond what media shows: a short burst at a higher rate, and how fast it came through.

use crate::twcc::PacketResult;

/// A burst lasts this long: enough groups to measure, too short to be noticed in a queue.
const DURATION_US: u64 = 60_000;
const PACKETS_MIN: u32 = 4;
const BYTES_MIN: u64 = 4_800;
const BYTES_MAX: u64 = 150_000;

/// Time between probes; it doubles while they find nothing.
const INTERVAL_START_US: u64 = 1_500_000;
const INTERVAL_MAX_US: u64 = 4_000_000;

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
        Self { active: None, next_id: 1, next_us: 0, interval_us: INTERVAL_START_US }
    }

    /// A burst towards `wanted_bps`, when it is time for one.
    pub fn start(&mut self, wanted_bps: u64, now_us: u64) -> Option<Probe> {
        if self.active.is_some() || now_us < self.next_us {
            return None;
        }
        let bytes = (wanted_bps * DURATION_US / 8_000_000).clamp(BYTES_MIN, BYTES_MAX);
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

    pub(super) fn delivered(&mut self, result: &PacketResult, arrived_us: i64) {
        let Some(burst) = self.active.as_mut().filter(|burst| burst.probe.id == result.probe) else { return };
        burst.packets += 1;
        burst.bytes += u64::from(result.bytes);
        if arrived_us < burst.first_us {
            burst.first_us = arrived_us;
            burst.first_bytes = u64::from(result.bytes);
        }
        burst.last_us = burst.last_us.max(arrived_us);
        burst.first_sent_us = burst.first_sent_us.min(result.sent_us);
        if result.sent_us >= burst.last_sent_us {
            burst.last_sent_us = result.sent_us;
            burst.last_bytes = u64::from(result.bytes);
        }
    }

    /// What a settled burst has shown.
    pub(super) fn result(&mut self, now_us: u64) -> Option<ProbeResult> {
        let burst = self.active?;
        let is_whole = burst.bytes as f64 >= ARRIVED_MIN * burst.probe.bytes as f64;
        let is_late = now_us > burst.started_us + PATIENCE_US;
        let is_settled = burst.bytes_sent >= burst.probe.bytes && is_whole;
        if !is_settled && !is_late {
            return None;
        }
        self.active = None;
        let measured = burst.rate_bps().filter(|_| is_whole);
        let has_found = measured.is_some_and(|rate| rate >= 0.9 * burst.probe.rate_bps as f64);
        self.interval_us = match has_found {
            true => INTERVAL_START_US,
            false => (2 * self.interval_us).min(INTERVAL_MAX_US),
        };
        self.next_us = now_us + if has_found { 200_000 } else { self.interval_us };
        measured.map(|rate| ProbeResult { rate_bps: BELIEVED * rate })
    }

    /// Congestion: not now.
    pub(super) fn give_up(&mut self, now_us: u64) {
        self.active = None;
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
