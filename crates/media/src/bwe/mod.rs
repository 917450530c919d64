//! How many bits per second a subscriber's path takes: from what its transport-wide feedback says about delay
//! (draft-ietf-rmcat-gcc-02) and loss, and from probes where media alone cannot show it.
//!
//! Owns the estimate of one path. Must not know what is sent or why. Until something shows a limit, there is none: a
//! subscriber begins with what it asked for, and congestion is noticed within a few round trips.

mod dispersion;
mod probe;
mod trendline;

use dispersion::Dispersion;
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
/// A window is of a few dozen packets: this many standard deviations more are still chance, if the next window does not show
/// the same …
const LOSS_DEVIATIONS: f64 = 1.5;
/// … and no chance are so many.
const LOSS_DEVIATIONS_ALONE: f64 = 4.0;
/// Packets after which a loss fraction means something.
const LOSS_PACKETS_MIN: u32 = 20;
const LOSS_WINDOW_US: u64 = 300_000;
/// When nothing comes of what was sent for so long, and what follows is no later than this, nobody was listening: a path that
/// is too narrow goes on handing on what it takes, and that has stood in its queue …
const INTERRUPTION_US: u64 = 60_000;
const ON_TIME_US: i64 = 30_000;
/// … or, where it has none, comes as single packets among many lost: who listens again hears everything for so long. Longer
/// would be more than a busy machine gets done between two interruptions.
const LISTENED_US: u64 = 100_000;

/// Congestion is answered once per this time: the answer needs a round trip to show.
const DECREASE_INTERVAL_US: u64 = 150_000;

/// A path of less than this share of what came through before has narrowed, if its last packet was held up for so long, too.
const NARROWED: f64 = 0.5;
const HELD_UP_US: i64 = 50_000;

/// Feedback missing for this long while packets are under way: the path has collapsed.
const FEEDBACK_TIMEOUT_US: u64 = 1_000_000;

#[derive(Debug)]
pub struct Estimator {
    estimate_bps: f64,
    trendline: Trendline,
    delivered: DeliveredRate,
    dispersion: Dispersion,
    /// What has been delivered in the seconds before.
    usual_bps: f64,
    prober: Prober,
    /// Where congestion was last met.
    limit_bps: Option<f64>,
    updated_us: u64,
    decreased_us: Option<u64>,
    feedback_us: Option<u64>,
    round_trip_us: u64,
    loss: LossWindow,
    newest_sequence: u64,
}

#[derive(Debug, Default)]
struct LossWindow {
    since_us: u64,
    packets: u32,
    lost: u32,
    run: LostRun,
    /// When the first packet was sent that came after the newest interruption.
    heard_from_us: u64,
    fraction: f64,
    /// The window before had more than is borne.
    was_high: bool,
}

/// Packets on end that are missing, before the next that came.
#[derive(Debug, Default)]
struct LostRun {
    packets: u32,
    first_sent_us: u64,
    last_sent_us: u64,
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
            dispersion: Dispersion::default(),
            usual_bps: 0.0,
            prober: Prober::new(),
            limit_bps: None,
            updated_us: 0,
            decreased_us: None,
            feedback_us: None,
            round_trip_us: 0,
            loss: LossWindow::default(),
            newest_sequence: 0,
        }
    }

    /// `None` while no feedback has come: not every client gives it.
    pub fn estimate_bps(&self) -> Option<u64> {
        self.feedback_us.map(|_| self.estimate_bps as u64)
    }

    /// How long the path takes to answer, queues and the far end's patience included; 0 while nothing is known.
    pub fn round_trip_us(&self) -> u64 {
        self.round_trip_us
    }

    pub fn figures(&self) -> PathFigures {
        PathFigures {
            estimate_bps: self.estimate_bps(),
            delivered_bps: self.delivered.bps(),
            loss_fraction: self.loss.fraction,
        }
    }

    /// Begins a burst towards `wanted_bps`, when it is time for one.
    pub fn probe(&mut self, wanted_bps: u64, now_us: u64) {
        self.prober.start(wanted_bps, self.trendline.jitter_us(), now_us);
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
        if let Some(sent_us) =
            results.iter().filter(|result| result.arrived_us.is_some()).map(|result| result.sent_us).max()
        {
            let answered_us = now_us.saturating_sub(sent_us);
            self.round_trip_us = match self.round_trip_us {
                0 => answered_us,
                before => (3 * before + answered_us) / 4,
            };
        }
        let (mut usage, mut has_narrowed) = (Usage::Normal, false);
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
                    let late_us = self.trendline.late_us(result.sent_us as i64, arrived_us);
                    let held_up_us = self.trendline.held_up_us(late_us);
                    self.prober.delivered(result, arrived_us, held_up_us);
                    if !is_stale {
                        self.dispersion.packet(result.sent_us, arrived_us, result.bytes);
                        has_narrowed |= self.has_narrowed(held_up_us);
                        match is_first_word {
                            true => self.loss.arrived(result.sent_us, late_us),
                            false => self.loss.found(),
                        }
                    }
                }
                None if is_first_word && !is_stale => self.loss.missing(result.sent_us),
                None => {}
            }
        }
        if has_narrowed {
            usage = Usage::Over;
        }
        self.update(usage, now_us);
        if let Some(ProbeResult { rate_bps }) = self.prober.result(self.estimate_bps, now_us)
            && usage != Usage::Over
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

    /// Whether the newest frame came apart as on a path of a fraction of what has been coming through.
    fn has_narrowed(&self, held_up_us: i64) -> bool {
        let is_less = |rate_bps| rate_bps < NARROWED * self.usual_bps;
        held_up_us > HELD_UP_US && self.dispersion.rate_bps().is_some_and(is_less)
    }

    fn update(&mut self, usage: Usage, now_us: u64) {
        let elapsed_s = now_us.saturating_sub(self.updated_us).min(1_000_000) as f64 / 1e6;
        self.updated_us = now_us;
        let delivered_bps = self.delivered.bps() as f64;
        self.usual_bps += (delivered_bps - self.usual_bps) * elapsed_s;
        let may_decrease = self.decreased_us.is_none_or(|at_us| now_us >= at_us + DECREASE_INTERVAL_US);
        let lossy = self.loss.settle(now_us).then_some(self.loss.fraction);

        if usage == Usage::Over && may_decrease && delivered_bps > 0.0 {
            self.decreased_us = Some(now_us);
            self.usual_bps = 0.0;
            // The path is full, so what arrived last is what it takes, whatever the average still remembers.
            let taken_bps = self.delivered.recent_bps() as f64;
            let taken_bps = self.dispersion.rate_bps().map_or(taken_bps, |rate_bps| rate_bps.min(taken_bps));
            self.limit_bps = Some(taken_bps);
            self.estimate_bps = self.estimate_bps.min(DECREASE * taken_bps);
            self.prober.give_up(now_us);
        } else if let Some(fraction) = lossy {
            self.decreased_us = Some(now_us);
            // Who read nothing for a moment was not delivered less for want of room.
            let delivered_bps =
                if self.delivered.has_gap() { delivered_bps.max(self.usual_bps) } else { delivered_bps };
            let base = self.estimate_bps.min(APPLICATION_LIMIT * delivered_bps.max(MIN_BPS as f64));
            // However much is lost, what arrives is what the path takes.
            self.estimate_bps = (base * (1.0 - 0.5 * fraction)).max(base.min(DECREASE * delivered_bps));
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
    fn missing(&mut self, sent_us: u64) {
        let run = &mut self.run;
        if run.packets == 0 {
            run.first_sent_us = sent_us;
        }
        run.packets += 1;
        run.last_sent_us = sent_us;
    }

    /// The next packet came, so much later than the quickest.
    fn arrived(&mut self, sent_us: u64, late_us: i64) {
        let run = std::mem::take(&mut self.run);
        let is_interruption = run.is_interruption(late_us);
        let had_listened = run.first_sent_us.saturating_sub(self.heard_from_us) >= LISTENED_US;
        if is_interruption {
            self.heard_from_us = sent_us;
        }
        if !(is_interruption && had_listened) {
            self.packets += run.packets;
            self.lost += run.packets;
        }
        self.packets += 1;
    }

    /// A packet of which the first word was that it is missing came late.
    fn found(&mut self) {
        self.lost = self.lost.saturating_sub(1);
    }

    /// Whether a window has just ended in which more was lost than chance makes of the loss that is borne.
    fn settle(&mut self, now_us: u64) -> bool {
        if self.packets < LOSS_PACKETS_MIN || now_us < self.since_us + LOSS_WINDOW_US {
            return false;
        }
        let (packets, lost) = (f64::from(self.packets), f64::from(self.lost));
        let deviation = (packets * LOSS_TO_SHRINK * (1.0 - LOSS_TO_SHRINK)).sqrt();
        let exceeds = |deviations: f64| lost > packets * LOSS_TO_SHRINK + deviations * deviation;
        let (is_high, was_high) = (exceeds(LOSS_DEVIATIONS), self.was_high);
        *self = Self {
            since_us: now_us,
            packets: 0,
            lost: 0,
            run: std::mem::take(&mut self.run),
            heard_from_us: self.heard_from_us,
            fraction: lost / packets,
            was_high: is_high,
        };
        (is_high && was_high) || exceeds(LOSS_DEVIATIONS_ALONE)
    }
}

impl LostRun {
    fn is_interruption(&self, late_us: i64) -> bool {
        let lasted_us = self.last_sent_us.saturating_sub(self.first_sent_us);
        lasted_us >= INTERRUPTION_US && late_us < ON_TIME_US
    }
}

/// Bits per second that arrived lately, by the receiver's clock.
#[derive(Debug, Default)]
struct DeliveredRate {
    buckets: [u64; BUCKETS],
    newest: i64,
    filled: usize,
    /// What it was before nothing came for so long that nothing is left of it.
    before_bps: u64,
}

const BUCKET_US: i64 = 50_000;
const BUCKETS: usize = 6;
/// What comes so many buckets before the newest has not been overtaken: the receiver's clock was set back.
const BUCKETS_BACK_MAX: i64 = 20;
const RECENT_BUCKETS_MIN: i64 = 2;
const RECENT_BYTES_MIN: u64 = 5_000;

impl DeliveredRate {
    fn packet(&mut self, arrived_us: i64, bytes: u16) {
        let bucket = arrived_us.div_euclid(BUCKET_US);
        let ahead = bucket - self.newest;
        if self.filled == 0 || ahead > BUCKETS as i64 || ahead < -BUCKETS_BACK_MAX {
            self.before_bps = self.bps();
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

    /// The same over the newest buckets that are enough to tell, without the one that is still filling.
    fn recent_bps(&self) -> u64 {
        let (mut count, mut bytes) = (0, 0);
        while count + 1 < self.filled as i64 && (count < RECENT_BUCKETS_MIN || bytes < RECENT_BYTES_MIN) {
            count += 1;
            bytes += self.buckets[(self.newest - count).rem_euclid(BUCKETS as i64) as usize];
        }
        if count == 0 {
            return self.bps();
        }
        bytes * 8_000_000 / (count * BUCKET_US) as u64
    }

    /// Nothing came for a part of the time.
    fn has_gap(&self) -> bool {
        self.filled < BUCKETS || self.buckets.contains(&0)
    }

    fn bps(&self) -> u64 {
        match self.filled {
            0 | 1 => self.before_bps,
            filled => self.buckets.iter().sum::<u64>() * 8_000_000 / (filled as u64 * BUCKET_US as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtcp::{Compound, Feedback, Packet};
    use crate::seed::Random;
    use crate::twcc::{ArrivalRecorder, SentPackets};

    const LATENCY_US: u64 = 30_000;
    const HELD_UP_US: u64 = 15_000;
    const FEEDBACK_MS: u64 = 50;

    /// The lowest estimate in a minute of two small packets a picture, of which so many in a hundred are lost, and so many are
    /// held up until others have overtaken them.
    fn lowest(seed: u64, loss: u64, overtaken: u64) -> u64 {
        let mut random = Random::new(seed);
        let (mut estimator, mut sent, mut recorder) = (Estimator::new(), SentPackets::new(), ArrivalRecorder::new());
        let mut under_way: Vec<(u64, u16)> = Vec::new();
        let (mut out, mut results) = ([0; 1200], Vec::new());
        let mut lowest = u64::MAX;
        for ms in 1_000..61_000_u64 {
            let now_us = 1000 * ms;
            if ms.is_multiple_of(33) {
                for _ in 0..2 {
                    let number = sent.next();
                    sent.sent(210, 0, now_us);
                    let late_us = if random.number() % 100 < overtaken { HELD_UP_US } else { 0 };
                    if random.number() % 100 >= loss {
                        under_way.push((now_us + LATENCY_US + late_us, number));
                    }
                }
            }
            under_way.retain(|(at_us, number)| {
                let has_arrived = *at_us <= now_us;
                if has_arrived {
                    recorder.record(*number, *at_us);
                }
                !has_arrived
            });
            if ms.is_multiple_of(FEEDBACK_MS) {
                while let Some(len) = recorder.write(&mut out, 1, 1) {
                    let Some(Packet::Feedback { feedback: Feedback::TransportCc(arrivals), .. }) =
                        Compound::new(&out[..len]).next()
                    else {
                        unreachable!()
                    };
                    sent.settle(&arrivals, now_us + LATENCY_US, &mut results);
                    estimator.feedback(&results, now_us + LATENCY_US);
                }
                lowest = lowest.min(estimator.estimate_bps().unwrap_or(u64::MAX));
            }
        }
        lowest
    }

    #[test]
    fn packets_lost_and_overtaken_by_chance_do_not_narrow_a_path_that_carries_few() {
        for (seed, overtaken) in (1..=8).flat_map(|seed| [(seed, 0), (seed, 5)]) {
            assert_eq!(lowest(seed, 5, overtaken), START_BPS, "seed {seed}, {overtaken} % overtaken");
        }
    }

    /// A browser that is busy starting its decoder reads nothing for a moment, and its socket drops what came then.
    #[test]
    fn a_receiver_that_misses_a_moment_does_not_make_the_path_a_narrow_one() {
        let mut estimator = Estimator::new();
        let packet = |sequence: u64| PacketResult {
            sequence,
            bytes: 1000,
            sent_us: 1_000_000 + 8_000 * sequence,
            arrived_us: Some(50_000 + 8_000 * sequence as i64),
            probe: 0,
        };
        for sequence in 0..100 {
            estimator.feedback(&[packet(sequence)], packet(sequence).sent_us + 50_000);
        }
        let missed = (100..160).map(|sequence| PacketResult { arrived_us: None, ..packet(sequence) });
        let results: Vec<_> = missed.chain([packet(160)]).collect();
        estimator.feedback(&results, packet(160).sent_us + 50_000);
        assert_eq!(estimator.estimate_bps(), Some(START_BPS));
    }

    #[test]
    fn what_is_delivered_is_counted_on_after_the_receivers_clock_has_jumped() {
        for jump_us in [-86_400_000_000_i64, -5_000_000, 86_400_000_000] {
            let mut delivered = DeliveredRate::default();
            let mut arrive = |from: i64, jumped_us: i64, bytes: u16| {
                (from..from + 100).for_each(|packet| delivered.packet(10_000 * packet + jumped_us, bytes));
                delivered.bps()
            };
            assert!((700_000..=800_000).contains(&arrive(0, 0, 1000)));
            let bps = arrive(100, jump_us, 500);
            assert!((350_000..=400_000).contains(&bps), "{bps} bit/s of 400,000 after a jump by {jump_us}");
        }
    }

    #[test]
    fn packets_lost_for_want_of_room_narrow_a_path_that_carries_few() {
        for seed in 1..=8 {
            assert!(lowest(seed, 30, 0) < START_BPS / 10, "seed {seed}");
        }
    }
}
