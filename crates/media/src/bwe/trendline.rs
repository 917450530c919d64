//! Whether a queue is growing on the path (draft-ietf-rmcat-gcc-02 section 5, with the trendline in place of the filter).

use std::collections::VecDeque;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    Normal,
    Over,
    Under,
}

/// Packets sent within this time are one group: our pacer releases them as one.
const GROUP_US: i64 = 5_000;
/// Groups of which the trend is taken.
const WINDOW: usize = 20;
const SMOOTHING: f64 = 0.9;
const GAIN: f64 = 4.0;
/// Threshold of the scaled trend, in milliseconds, and how fast it follows the trend up and down.
const THRESHOLD_START_MS: f64 = 12.5;
const THRESHOLD_MIN_MS: f64 = 6.0;
const THRESHOLD_MAX_MS: f64 = 600.0;
const THRESHOLD_UP: f64 = 0.0087;
const THRESHOLD_DOWN: f64 = 0.039;
/// Overuse must last.
const OVERUSE_MS: f64 = 60.0;
/// A queue that has shrunk by more than this since its peak is emptying, whatever the smoothed trend still says: a key
/// frame makes one, and it goes by itself.
const EMPTYING_MS: f64 = 3.0;

/// A queue that stands this high for this long is overuse, too: a path slightly overfull fills its queue too slowly for
/// the trend, and then drops what is too much.
const STANDING_MS: f64 = 120.0;
const STANDING_FOR_MS: f64 = 250.0;
/// How fast the shortest delay is forgotten, milliseconds per millisecond: clocks drift.
const BASE_DRIFT: f64 = 0.0005;
/// A queue that answers to nothing this often is none: the path has become longer.
const UNANSWERED_MAX: u32 = 3;

#[derive(Debug, Clone, Copy)]
struct Group {
    first_sent_us: i64,
    last_sent_us: i64,
    last_arrived_us: i64,
}

#[derive(Debug)]
pub struct Trendline {
    current: Option<Group>,
    previous: Option<Group>,
    first_arrival_us: Option<i64>,
    accumulated_ms: f64,
    smoothed_ms: f64,
    /// (arrival, smoothed delay), milliseconds.
    window: VecDeque<(f64, f64)>,
    /// The delay itself, over the same window.
    delays: VecDeque<f64>,
    groups: u32,
    threshold_ms: f64,
    threshold_at_ms: Option<f64>,
    over_for_ms: f64,
    over_count: u32,
    trend: f64,
    usage: Usage,
    /// The shortest delay so far.
    base_ms: f64,
    standing_for_ms: f64,
    /// The height at which the queue last counted as overuse, and how often it was no lower.
    standing_at_ms: f64,
    unanswered: u32,
}

impl Trendline {
    pub fn new() -> Self {
        Self {
            current: None,
            previous: None,
            first_arrival_us: None,
            accumulated_ms: 0.0,
            smoothed_ms: 0.0,
            window: VecDeque::with_capacity(WINDOW + 1),
            delays: VecDeque::with_capacity(WINDOW + 1),
            groups: 0,
            threshold_ms: THRESHOLD_START_MS,
            threshold_at_ms: None,
            over_for_ms: 0.0,
            over_count: 0,
            trend: 0.0,
            usage: Usage::Normal,
            base_ms: 0.0,
            standing_for_ms: 0.0,
            standing_at_ms: 0.0,
            unanswered: 0,
        }
    }

    /// One packet that arrived, in order of sending. Times are on the sender's and on the receiver's clock.
    pub fn packet(&mut self, sent_us: i64, arrived_us: i64) -> Usage {
        let Some(group) = &mut self.current else {
            self.current = Some(Group { first_sent_us: sent_us, last_sent_us: sent_us, last_arrived_us: arrived_us });
            return self.usage;
        };
        if sent_us < group.first_sent_us {
            return self.usage;
        }
        let sent_apart = sent_us - group.last_sent_us;
        let arrived_apart = arrived_us - group.last_arrived_us;
        // A queue that empties at once delivers several groups together: they say nothing on their own.
        let is_burst = arrived_apart <= GROUP_US && arrived_apart < sent_apart && sent_apart < 4 * GROUP_US;
        if sent_us - group.first_sent_us <= GROUP_US || is_burst {
            group.last_sent_us = group.last_sent_us.max(sent_us);
            group.last_arrived_us = group.last_arrived_us.max(arrived_us);
            return self.usage;
        }
        let finished = *group;
        *group = Group { first_sent_us: sent_us, last_sent_us: sent_us, last_arrived_us: arrived_us };
        if let Some(previous) = self.previous.replace(finished) {
            self.finish(previous, finished);
        }
        self.usage
    }

    fn finish(&mut self, previous: Group, group: Group) {
        let sent_ms = (group.last_sent_us - previous.last_sent_us) as f64 / 1000.0;
        let arrived_ms = (group.last_arrived_us - previous.last_arrived_us) as f64 / 1000.0;
        let first_arrival_us = *self.first_arrival_us.get_or_insert(group.last_arrived_us);
        let at_ms = (group.last_arrived_us - first_arrival_us) as f64 / 1000.0;
        self.groups = (self.groups + 1).min(60);
        self.accumulated_ms += arrived_ms - sent_ms;
        self.smoothed_ms = SMOOTHING * self.smoothed_ms + (1.0 - SMOOTHING) * self.accumulated_ms;
        self.window.push_back((at_ms, self.smoothed_ms));
        self.delays.push_back(self.accumulated_ms);
        if self.window.len() > WINDOW {
            self.window.pop_front();
            self.delays.pop_front();
        }
        if self.window.len() == WINDOW {
            let slope = slope(&self.window);
            self.detect(slope, sent_ms, at_ms);
            self.detect_standing(sent_ms);
        }
    }

    fn detect_standing(&mut self, sent_ms: f64) {
        self.base_ms = (self.base_ms + BASE_DRIFT * sent_ms).min(self.accumulated_ms);
        let queue_ms = self.accumulated_ms - self.base_ms;
        if queue_ms < STANDING_MS {
            self.standing_for_ms = 0.0;
            self.standing_at_ms = 0.0;
            self.unanswered = 0;
            return;
        }
        self.standing_for_ms += sent_ms;
        if self.standing_for_ms < STANDING_FOR_MS || self.usage == Usage::Under {
            return;
        }
        self.standing_for_ms = 0.0;
        self.unanswered =
            if queue_ms > 0.9 * self.standing_at_ms && self.standing_at_ms > 0.0 { self.unanswered + 1 } else { 0 };
        self.standing_at_ms = queue_ms;
        if self.unanswered > UNANSWERED_MAX {
            self.base_ms = self.accumulated_ms;
            self.unanswered = 0;
            return;
        }
        self.usage = Usage::Over;
    }

    fn detect(&mut self, slope: f64, sent_ms: f64, at_ms: f64) {
        let before = std::mem::replace(&mut self.trend, slope);
        let scaled = slope * f64::from(self.groups) * GAIN;
        let peak_ms = self.delays.iter().copied().fold(f64::MIN, f64::max);
        let is_emptying = self.accumulated_ms < peak_ms - EMPTYING_MS;
        if scaled > self.threshold_ms && is_emptying {
            self.over_for_ms = 0.0;
            self.over_count = 0;
            self.usage = Usage::Under;
        } else if scaled > self.threshold_ms {
            self.over_for_ms += sent_ms;
            self.over_count += 1;
            if self.over_for_ms > OVERUSE_MS && self.over_count > 1 && slope >= before {
                self.over_for_ms = 0.0;
                self.over_count = 0;
                self.usage = Usage::Over;
            }
        } else {
            self.over_for_ms = 0.0;
            self.over_count = 0;
            self.usage = if scaled < -self.threshold_ms { Usage::Under } else { Usage::Normal };
        }
        self.adapt(scaled, at_ms);
    }

    /// A threshold that follows the path's own noise: too low starves us beside TCP, too high lets queues stand.
    fn adapt(&mut self, scaled: f64, at_ms: f64) {
        let elapsed_ms = (at_ms - self.threshold_at_ms.unwrap_or(at_ms)).clamp(0.0, 100.0);
        self.threshold_at_ms = Some(at_ms);
        let distance = scaled.abs() - self.threshold_ms;
        if distance > 15.0 {
            return;
        }
        let speed = if distance < 0.0 { THRESHOLD_DOWN } else { THRESHOLD_UP };
        self.threshold_ms =
            (self.threshold_ms + speed * distance * elapsed_ms).clamp(THRESHOLD_MIN_MS, THRESHOLD_MAX_MS);
    }
}

/// Least squares.
fn slope(points: &VecDeque<(f64, f64)>) -> f64 {
    let count = points.len() as f64;
    let (sum_x, sum_y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    let (mean_x, mean_y) = (sum_x / count, sum_y / count);
    let (numerator, denominator) = points.iter().fold((0.0, 0.0), |(numerator, denominator), (x, y)| {
        (numerator + (x - mean_x) * (y - mean_y), denominator + (x - mean_x) * (x - mean_x))
    });
    if denominator == 0.0 { 0.0 } else { numerator / denominator }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(groups: i64, mut delay_us: impl FnMut(i64) -> i64) -> Vec<Usage> {
        let mut trendline = Trendline::new();
        (0..groups).map(|group| trendline.packet(group * 20_000, group * 20_000 + delay_us(group))).collect()
    }

    #[test]
    fn a_growing_queue_is_overuse_and_a_shrinking_one_is_underuse() {
        assert!(run(60, |group| 50_000 + group * 2_000).contains(&Usage::Over));
        assert!(run(60, |group| 500_000 - group * 3_000).contains(&Usage::Under));
    }

    #[test]
    fn a_queue_that_stands_is_overuse_until_it_is_seen_to_be_the_path_itself() {
        let usages = run(600, |group| if group < 100 { 50_000 } else { 50_000 + ((group - 100) * 500).min(200_000) });
        assert!(usages[340..420].contains(&Usage::Over), "a queue of 200 ms that grew too slowly to be seen");
        let usages = run(600, |group| if group < 100 { 50_000 } else { 250_000 });
        assert!(!usages[300..].contains(&Usage::Over), "a longer path is only that");
    }

    #[test]
    fn a_steady_path_is_neither_even_with_jitter() {
        let mut random = crate::seed::Random::new(1);
        let usages = run(500, |_| 50_000 + (random.number() % 4_000) as i64);
        let wrong = usages.iter().filter(|usage| **usage == Usage::Over).count();
        assert!(wrong <= 5, "{wrong} of 500");
    }
}
