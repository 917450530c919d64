//! A path with a rate, a queue and a latency; its far end gives transport-wide feedback, which comes back as late.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::{Duration, Instant};

use exedra_media::seed::Random;
use exedra_media::twcc::ArrivalRecorder;

const FEEDBACK_INTERVAL: Duration = Duration::from_millis(50);

/// Of other traffic on the same path, UDP and IP included.
const CROSS_PACKET_BITS: u64 = 1200 * 8;

/// Lets through so much, holds nothing, and drops the rest.
struct Policer {
    rate_bps: u64,
    burst_bits: f64,
    /// What may pass now.
    left_bits: f64,
    filled_at: Instant,
}

impl Policer {
    fn takes(&mut self, bits: u64, now: Instant) -> bool {
        let filled_bits = (now - self.filled_at).as_secs_f64() * self.rate_bps as f64;
        self.left_bits = (self.left_bits + filled_bits).min(self.burst_bits);
        self.filled_at = now;
        let is_within = bits as f64 <= self.left_bits;
        if is_within {
            self.left_bits -= bits as f64;
        }
        is_within
    }
}

pub struct Link {
    pub rate_bps: u64,
    /// In each direction.
    pub latency: Duration,
    /// What waits longer than this is dropped at the entrance.
    pub queue_max: Duration,
    /// Up to so much more, evenly distributed; nothing overtakes.
    pub jitter: Duration,
    /// Share of packets that vanish, 0 to 1.
    pub loss: f64,
    /// Share of packets that are held up until others have overtaken them.
    pub overtaken: f64,
    /// When nothing arrives, and nothing is answered: a radio, or a receiver that is busy. What waited is read at once
    /// afterwards. One after the other.
    pub stalls: Vec<Range<Instant>>,
    /// Bytes that may wait for a receiver that stalls; what is more is lost.
    pub receive_buffer: usize,
    /// By how much the receiver's clock is ahead of the time since the beginning, microseconds.
    pub clock_ahead_us: u64,
    /// What somebody else sends through the same queue.
    pub cross_bps: u64,
    pub dropped: usize,
    policer: Option<Policer>,
    free_at: Instant,
    arrived_at: Instant,
    cross_at: Instant,
    under_way: VecDeque<(Instant, Vec<u8>)>,
    returning: VecDeque<(Instant, Vec<u8>)>,
    random: Random,
    recorder: ArrivalRecorder,
    feedback_at: Instant,
    epoch: Instant,
}

/// How a machine stalls that has too much to do for so long: at once, and again and again.
pub fn busy(random: &mut Random, from: Instant, lasting: Duration) -> Vec<Range<Instant>> {
    let mut ms = |range: Range<u64>| Duration::from_millis(range.start + random.number() % (range.end - range.start));
    let mut stalls = Vec::new();
    let mut at = from + ms(0..200);
    while at < from + lasting {
        let until = at + ms(100..601);
        stalls.push(at..until);
        at = until + ms(200..1_700);
    }
    stalls
}

/// How long a packet that others overtake is held up.
const HELD_UP: Duration = Duration::from_millis(15);

/// To read a packet that has waited.
const READ: Duration = Duration::from_micros(50);

impl Link {
    pub fn new(rate_bps: u64, latency_ms: u64, now: Instant) -> Self {
        Self::seeded(rate_bps, latency_ms, 11, now)
    }

    pub fn seeded(rate_bps: u64, latency_ms: u64, seed: u64, now: Instant) -> Self {
        Self {
            rate_bps,
            latency: Duration::from_millis(latency_ms),
            queue_max: Duration::from_millis(300),
            jitter: Duration::ZERO,
            loss: 0.0,
            overtaken: 0.0,
            stalls: Vec::new(),
            receive_buffer: usize::MAX,
            clock_ahead_us: 0,
            cross_bps: 0,
            dropped: 0,
            policer: None,
            free_at: now,
            arrived_at: now,
            cross_at: now,
            under_way: VecDeque::new(),
            returning: VecDeque::new(),
            random: Random::new(seed),
            recorder: ArrivalRecorder::new(),
            feedback_at: now,
            epoch: now,
        }
    }

    /// From now on drops at once what is beyond this rate, and so much at a time.
    pub fn police(&mut self, rate_bps: u64, burst_bytes: u64, now: Instant) {
        let burst_bits = (burst_bytes * 8) as f64;
        self.policer = Some(Policer { rate_bps, burst_bits, left_bits: burst_bits, filled_at: now });
    }

    pub fn enter(&mut self, datagram: Vec<u8>, now: Instant) {
        self.let_others_in(now);
        let is_unlucky = self.is_one_of(self.loss);
        let bits = (datagram.len() + 28) as u64 * 8;
        let is_within = self.policer.as_mut().is_none_or(|policer| policer.takes(bits, now));
        if is_unlucky || !is_within || !self.take(bits, now) {
            self.dropped += 1;
            return;
        }
        let jitter = self.jitter.mul_f64(self.share());
        let Some(on_time) = self.read_at(self.free_at + self.latency + jitter, datagram.len()) else {
            self.dropped += 1;
            return;
        };
        let on_time = on_time.max(self.arrived_at);
        let at = match self.is_one_of(self.overtaken) {
            true => on_time + HELD_UP,
            false => {
                self.arrived_at = on_time;
                on_time
            }
        };
        let place = self.under_way.partition_point(|(other, _)| *other <= at);
        self.under_way.insert(place, (at, datagram));
    }

    /// The end of the stall at that time.
    fn stalls_until(&self, at: Instant) -> Option<Instant> {
        let next = self.stalls.partition_point(|stall| stall.end <= at);
        self.stalls.get(next).filter(|stall| stall.start <= at).map(|stall| stall.end)
    }

    /// When a packet that comes then is read; `None` when there is no room for it to wait.
    fn read_at(&self, at: Instant, bytes: usize) -> Option<Instant> {
        let Some(until) = self.stalls_until(at) else { return Some(at) };
        let waiting = self.under_way.iter().rev().take_while(|(other, _)| *other >= until);
        let (packets, waiting) =
            waiting.fold((0, 0), |(packets, bytes), (_, other)| (packets + 1, bytes + other.len()));
        (waiting + bytes <= self.receive_buffer).then_some(until + READ * packets)
    }

    pub fn leave(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.under_way.pop_front_if(|(at, _)| *at <= now).map(|(_, datagram)| datagram)
    }

    /// What the far end sends back.
    pub fn enter_back(&mut self, datagram: Vec<u8>, now: Instant) {
        self.returning.push_back((now + self.latency, datagram));
    }

    pub fn leave_back(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.returning.pop_front_if(|(at, _)| *at <= now).map(|(_, datagram)| datagram)
    }

    pub fn arrived(&mut self, sequence: u16, now: Instant) {
        self.recorder.record(sequence, self.clock_ahead_us + (now - self.epoch).as_micros() as u64);
    }

    /// The next feedback message into `out`.
    pub fn feedback(&mut self, out: &mut [u8], now: Instant) -> Option<usize> {
        if now < self.feedback_due() {
            return None;
        }
        let written = self.recorder.write(out, 1, 1);
        if written.is_none() {
            self.feedback_at = now + FEEDBACK_INTERVAL;
        }
        written
    }

    fn feedback_due(&self) -> Instant {
        self.stalls_until(self.feedback_at).unwrap_or(self.feedback_at)
    }

    /// How long what enters now would wait.
    pub fn queue(&self, now: Instant) -> Duration {
        self.free_at.saturating_duration_since(now)
    }

    /// When something happens next.
    pub fn next(&self) -> Option<Instant> {
        let leaving = self.under_way.front().map(|(at, _)| *at);
        let returning = self.returning.front().map(|(at, _)| *at);
        let feedback = self.recorder.has_news().then_some(self.feedback_due());
        [leaving, returning, feedback].into_iter().flatten().min()
    }

    fn let_others_in(&mut self, now: Instant) {
        if self.cross_bps == 0 {
            self.cross_at = now;
            return;
        }
        while self.cross_at <= now {
            self.take(CROSS_PACKET_BITS, self.cross_at);
            self.cross_at += Duration::from_micros(CROSS_PACKET_BITS * 1_000_000 / self.cross_bps);
        }
    }

    /// Whether there is room in the queue; then it is taken.
    fn take(&mut self, bits: u64, now: Instant) -> bool {
        let starts_at = self.free_at.max(now);
        let has_room = starts_at - now <= self.queue_max;
        if has_room {
            self.free_at = starts_at + Duration::from_micros(bits * 1_000_000 / self.rate_bps);
        }
        has_room
    }

    /// 0 (inclusive) to 1 (exclusive).
    fn share(&mut self) -> f64 {
        (self.random.number() % 10_000) as f64 / 10_000.0
    }

    fn is_one_of(&mut self, share: f64) -> bool {
        self.share() < share
    }
}
