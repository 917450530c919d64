//! How many bits per second a subscriber's path takes: from what its transport-wide feedback says about delay
//! (draft-ietf-rmcat-gcc-02) and loss, and from probes where media alone cannot show it.
//!
//! Owns the estimate of one path. Must not know what is sent or why. Until something shows a limit, there is none: a
//! subscriber begins with what it asked for, and congestion is noticed within a few round trips.

mod probe;
mod trendline;

use probe::ProbeResult;
pub use probe::{Probe, Prober};
use trendline::{Trendline, Usage};

use crate::twcc::PacketResult;

/// Where an estimate begins: enough for one good picture. Lower would start everybody blurred for the sake of few.
pub const START_BPS: u64 = 4_000_000;
pub const MIN_BPS: u64 = 60_000;
pub const MAX_BPS: u64 = 100_000_000;

/// What is left of the delivered rate after a sign of congestion: the rest drains the queue.
const DECREASE: f64 = 0.85;
/// Multiplicative growth per second, where no limit is known nearby.
const GROWTH_PER_S: f64 = 0.08;
/// Additive growth per second, near a limit that was met before.
const GROWTH_NEAR_BPS_PER_S: f64 = 80_000.0;
/// An estimate may exceed what is delivered by this factor; further only probes lead.
const APPLICATION_LIMIT: f64 = 1.5;

/// Loss below is normal on radio links; above it is congestion.
const LOSS_TO_GROW: f64 = 0.02;
const LOSS_TO_SHRINK: f64 = 0.10;
/// Packets after which a loss fraction means something.
const LOSS_PACKETS_MIN: u32 = 20;
const LOSS_WINDOW_US: u64 = 300_000;

/// Congestion is answered once per this time: the answer needs a round trip to show.
const DECREASE_INTERVAL_US: u64 = 150_000;

/// Feedback missing for this long while packets are under way: the path has collapsed.
const FEEDBACK_TIMEOUT_US: u64 = 1_000_000;

#[derive(Debug)]
pub struct Estimator {
    estimate_bps: f64,
    trendline: Trendline,
    delivered: DeliveredRate,
    prober: Prober,
    /// Where congestion was last met.
    limit_bps: Option<f64>,
    updated_us: u64,
    decreased_us: Option<u64>,
    feedback_us: Option<u64>,
    loss: LossWindow,
    newest_sequence: u64,
}

#[derive(Debug, Default)]
struct LossWindow {
    since_us: u64,
    packets: u32,
    lost: u32,
    fraction: f64,
}

/// Why an estimate is what it is, for `explain`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PathFigures {
    /// `None`: nothing has shown a limit yet.
    pub estimate_bps: Option<u64>,
    pub delivered_bps: u64,
    pub loss_fraction: f64,
}

impl Estimator {
    pub fn new() -> Self {
        Self {
            estimate_bps: START_BPS as f64,
            trendline: Trendline::new(),
            delivered: DeliveredRate::default(),
            prober: Prober::new(),
            limit_bps: None,
            updated_us: 0,
            decreased_us: None,
            feedback_us: None,
            loss: LossWindow::default(),
            newest_sequence: 0,
        }
    }

    /// `None` while no feedback has come: not every client gives it.
    pub fn estimate_bps(&self) -> Option<u64> {
        self.feedback_us.map(|_| self.estimate_bps as u64)
    }

    pub fn figures(&self) -> PathFigures {
        PathFigures {
            estimate_bps: self.estimate_bps(),
            delivered_bps: self.delivered.bps(),
            loss_fraction: self.loss.fraction,
        }
    }

    pub fn prober(&mut self) -> &mut Prober {
        &mut self.prober
    }

    /// Takes in what one feedback message settled.
    pub fn feedback(&mut self, results: &[PacketResult], now_us: u64) {
        if results.is_empty() {
            return;
        }
        self.feedback_us = Some(now_us);
        let mut usage = Usage::Normal;
        for result in results {
            let is_first_word = result.sequence > self.newest_sequence;
            // What was sent before the last answer to congestion cannot show whether the answer was enough.
            let is_stale = self.decreased_us.is_some_and(|decreased_us| result.sent_us <= decreased_us);
            self.newest_sequence = self.newest_sequence.max(result.sequence);
            match result.arrived_us {
                Some(arrived_us) => {
                    self.delivered.packet(arrived_us, result.bytes);
                    let seen = self.trendline.packet(result.sent_us as i64, arrived_us);
                    usage = if is_stale && seen == Usage::Over { Usage::Under } else { seen };
                    self.loss.packets += u32::from(!is_stale);
                    self.prober.delivered(result, arrived_us);
                }
                None if is_first_word && !is_stale => {
                    self.loss.packets += 1;
                    self.loss.lost += 1;
                }
                None => {}
            }
        }
        self.update(usage, now_us);
        if let Some(ProbeResult { rate_bps }) = self.prober.result(now_us)
            && usage != Usage::Over
            && rate_bps > self.estimate_bps
        {
            self.estimate_bps = rate_bps.min(MAX_BPS as f64);
            self.limit_bps = None;
        }
    }

    /// To be called a few times a second, feedback or not, with the time of the newest packet sent.
    pub fn tick(&mut self, last_sent_us: u64, now_us: u64) {
        let is_silent = self.feedback_us.is_some_and(|feedback_us| {
            now_us > feedback_us + FEEDBACK_TIMEOUT_US && last_sent_us > feedback_us + FEEDBACK_TIMEOUT_US / 2
        });
        let may_decrease = self.decreased_us.is_none_or(|at_us| now_us > at_us + FEEDBACK_TIMEOUT_US);
        if is_silent && may_decrease {
            self.decreased_us = Some(now_us);
            self.estimate_bps = (self.estimate_bps / 2.0).max(MIN_BPS as f64);
        }
    }

    fn update(&mut self, usage: Usage, now_us: u64) {
        let elapsed_s = now_us.saturating_sub(self.updated_us).min(1_000_000) as f64 / 1e6;
        self.updated_us = now_us;
        let delivered_bps = self.delivered.bps() as f64;
        let may_decrease = self.decreased_us.is_none_or(|at_us| now_us >= at_us + DECREASE_INTERVAL_US);
        let lossy = self.loss.settle(now_us);

        if usage == Usage::Over && may_decrease && delivered_bps > 0.0 {
            self.decreased_us = Some(now_us);
            // The path is full, so what arrived last is what it takes, even while the average still remembers more.
            let taken_bps = delivered_bps.min(self.delivered.recent_bps() as f64);
            self.limit_bps = Some(taken_bps);
            self.estimate_bps = self.estimate_bps.min(DECREASE * taken_bps);
            self.prober.give_up(now_us);
        } else if let Some(fraction) = lossy.filter(|fraction| *fraction > LOSS_TO_SHRINK) {
            self.decreased_us = Some(now_us);
            let base = self.estimate_bps.min(APPLICATION_LIMIT * delivered_bps.max(MIN_BPS as f64));
            self.estimate_bps = base * (1.0 - 0.5 * fraction);
            self.prober.give_up(now_us);
        } else if usage == Usage::Normal && self.loss.fraction <= LOSS_TO_GROW {
            let ceiling = APPLICATION_LIMIT * delivered_bps + 10_000.0;
            if self.estimate_bps < ceiling {
                let is_near =
                    self.limit_bps.is_some_and(|limit| (0.7 * limit..1.1 * limit).contains(&self.estimate_bps));
                let grown = match is_near {
                    true => self.estimate_bps + GROWTH_NEAR_BPS_PER_S * elapsed_s,
                    false => self.estimate_bps * (1.0 + GROWTH_PER_S).powf(elapsed_s),
                };
                self.estimate_bps = grown.min(ceiling);
                if self.limit_bps.is_some_and(|limit| self.estimate_bps > 1.1 * limit) {
                    self.limit_bps = None;
                }
            }
        }
        self.estimate_bps = self.estimate_bps.clamp(MIN_BPS as f64, MAX_BPS as f64);
    }
}

impl Default for Estimator {
    fn default() -> Self {
        Self::new()
    }
}

impl LossWindow {
    /// The fraction of the window that has just ended, if one has.
    fn settle(&mut self, now_us: u64) -> Option<f64> {
        if self.packets < LOSS_PACKETS_MIN || now_us < self.since_us + LOSS_WINDOW_US {
            return None;
        }
        self.fraction = f64::from(self.lost) / f64::from(self.packets);
        *self = Self { since_us: now_us, fraction: self.fraction, ..Self::default() };
        Some(self.fraction)
    }
}

/// Bits per second that arrived lately, by the receiver's clock.
#[derive(Debug, Default)]
struct DeliveredRate {
    buckets: [u64; BUCKETS],
    newest: i64,
    filled: usize,
}

const BUCKET_US: i64 = 50_000;
const BUCKETS: usize = 6;
const RECENT_BUCKETS: usize = 3;

impl DeliveredRate {
    fn packet(&mut self, arrived_us: i64, bytes: u16) {
        let bucket = arrived_us.div_euclid(BUCKET_US);
        if self.filled == 0 || bucket - self.newest > BUCKETS as i64 {
            self.buckets = [0; BUCKETS];
            self.newest = bucket;
            self.filled = 1;
        }
        while self.newest < bucket {
            self.newest += 1;
            self.buckets[self.newest.rem_euclid(BUCKETS as i64) as usize] = 0;
            self.filled = (self.filled + 1).min(BUCKETS);
        }
        if self.newest - bucket < BUCKETS as i64 {
            self.buckets[bucket.rem_euclid(BUCKETS as i64) as usize] += u64::from(bytes);
        }
    }

    /// The same over the last few buckets, without the one that is still filling.
    fn recent_bps(&self) -> u64 {
        let count = RECENT_BUCKETS.min(self.filled.saturating_sub(1)) as i64;
        if count == 0 {
            return self.bps();
        }
        let bucket = |back: i64| self.buckets[(self.newest - back).rem_euclid(BUCKETS as i64) as usize];
        (1..=count).map(bucket).sum::<u64>() * 8_000_000 / (count * BUCKET_US) as u64
    }

    fn bps(&self) -> u64 {
        match self.filled {
            0 | 1 => 0,
            filled => self.buckets.iter().sum::<u64>() * 8_000_000 / (filled as u64 * BUCKET_US as u64),
        }
    }
}
