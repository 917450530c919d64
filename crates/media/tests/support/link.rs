//! A path with a rate, a queue and a latency, in one direction; its far end gives transport-wide feedback.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use exedra_media::seed::Random;
use exedra_media::twcc::ArrivalRecorder;

const FEEDBACK_INTERVAL: Duration = Duration::from_millis(50);

pub struct Link {
    pub rate_bps: u64,
    pub latency: Duration,
    /// What waits longer than this is dropped at the entrance.
    pub queue_max: Duration,
    pub loss: f64,
    pub dropped: usize,
    free_at: Instant,
    under_way: VecDeque<(Instant, Vec<u8>)>,
    random: Random,
    recorder: ArrivalRecorder,
    feedback_at: Instant,
    epoch: Instant,
}

impl Link {
    pub fn new(rate_bps: u64, latency_ms: u64, now: Instant) -> Self {
        Self {
            rate_bps,
            latency: Duration::from_millis(latency_ms),
            queue_max: Duration::from_millis(300),
            loss: 0.0,
            dropped: 0,
            free_at: now,
            under_way: VecDeque::new(),
            random: Random::new(11),
            recorder: ArrivalRecorder::new(),
            feedback_at: now,
            epoch: now,
        }
    }

    pub fn enter(&mut self, datagram: Vec<u8>, now: Instant) {
        let starts_at = self.free_at.max(now);
        let is_unlucky = (self.random.number() % 10_000) as f64 / 10_000.0 < self.loss;
        if starts_at - now > self.queue_max || is_unlucky {
            self.dropped += 1;
            return;
        }
        let bits = (datagram.len() + 28) as u64 * 8;
        self.free_at = starts_at + Duration::from_micros(bits * 1_000_000 / self.rate_bps);
        self.under_way.push_back((self.free_at + self.latency, datagram));
    }

    pub fn leave(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.under_way.pop_front_if(|(at, _)| *at <= now).map(|(_, datagram)| datagram)
    }

    pub fn arrived(&mut self, sequence: u16, now: Instant) {
        self.recorder.record(sequence, (now - self.epoch).as_micros() as u64);
    }

    /// The next feedback message into `out`.
    pub fn feedback(&mut self, out: &mut [u8], now: Instant) -> Option<usize> {
        if now < self.feedback_at {
            return None;
        }
        let written = self.recorder.write(out, 1, 1);
        if written.is_none() {
            self.feedback_at = now + FEEDBACK_INTERVAL;
        }
        written
    }

    /// When something happens next.
    pub fn next(&self) -> Option<Instant> {
        let leaving = self.under_way.front().map(|(at, _)| *at);
        let feedback = self.recorder.has_news().then_some(self.feedback_at);
        [leaving, feedback].into_iter().flatten().min()
    }
}
