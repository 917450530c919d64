//! Whether a queue is growing on the path (draft-ietf-rmcat-gcc-02 section 5, with the trendline in place of the filter).

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
/// Over so many groups jitter is averaged.
const JITTER_GROUPS: f64 = 16.0;
/// What is no wonder of a packet's delay: so much, and so many times the jitter.
const JITTER_FREE_MS: f64 = 20.0;
const JITTERS_EXPLAINED: f64 = 3.0;
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
/// A queue that is this high and has more than doubled the spacing of so many groups on end is filling so fast that the
/// trend, which is smoothed, would see it only when it is full.
const FILLING_MS: f64 = 80.0;
const FILLING_GROUPS: u32 = 2;

/// Nothing comes so much sooner than what was sent before it, or takes so much longer: then it is the receiver's clock that
/// was set, or has slept. Less is answered like a path that has become longer or shorter.
const SOONER_MAX_US: i64 = 1_000_000;
const LONGER_MAX_US: i64 = 10_000_000;

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

impl Group {
    /// By how much longer a packet took than this group, whatever the clocks differ by.
    fn extra_ms(&self, sent_us: i64, arrived_us: i64) -> f64 {
        ((arrived_us - sent_us) - (self.last_arrived_us - self.last_sent_us)) as f64 / 1000.0
    }
}

#[derive(Debug)]
pub struct Trendline {
    current: Option<Group>,
    previous: Option<Group>,
    /// From this one on delays and times are counted.
    first: Option<Group>,
    /// By how much longer the newest group took than the first.
    accumulated_ms: f64,
    /// By how much the spacing of groups changes under way.
    jitter_ms: f64,
    smoothed_ms: f64,
    window: Window,
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
    /// Groups on end that came at less than half the rate at which they were sent.
    filling: u32,
}

impl Trendline {
    pub fn new() -> Self {
        Self {
            current: None,
            previous: None,
            first: None,
            accumulated_ms: 0.0,
            jitter_ms: 0.0,
            smoothed_ms: 0.0,
            window: Window::default(),
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
            filling: 0,
        }
    }

    pub fn jitter_us(&self) -> u64 {
        (1000.0 * self.jitter_ms) as u64
    }

    /// How much longer a packet took than the quickest.
    pub fn late_us(&self, sent_us: i64, arrived_us: i64) -> i64 {
        let late_ms = self.first.map_or(0.0, |first| first.extra_ms(sent_us, arrived_us) - self.base_ms);
        (1000.0 * late_ms).max(0.0) as i64
    }

    /// How long a packet that is so late was held up: beyond what jitter explains.
    pub fn held_up_us(&self, late_us: i64) -> i64 {
        let explained_us = (1000.0 * (JITTER_FREE_MS + JITTERS_EXPLAINED * self.jitter_ms)) as i64;
        (late_us - explained_us).max(0)
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
        if arrived_apart < -SOONER_MAX_US || arrived_apart - sent_apart > LONGER_MAX_US {
            *self = Self::new();
            return self.packet(sent_us, arrived_us);
        }
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
        let first = *self.first.get_or_insert(previous);
        let at_ms = (group.last_arrived_us - first.last_arrived_us) as f64 / 1000.0;
        self.groups = (self.groups + 1).min(60);
        self.accumulated_ms = first.extra_ms(group.last_sent_us, group.last_arrived_us);
        self.jitter_ms += ((arrived_ms - sent_ms).abs() - self.jitter_ms) / JITTER_GROUPS;
        self.smoothed_ms = SMOOTHING * self.smoothed_ms + (1.0 - SMOOTHING) * self.accumulated_ms;
        self.window.push(at_ms, self.smoothed_ms, self.accumulated_ms);
        if self.groups as usize >= WINDOW {
            let slope = self.window.slope();
            self.detect(slope, sent_ms, at_ms);
            self.detect_standing(sent_ms);
            self.detect_filling(sent_ms, arrived_ms);
        }
    }

    fn detect_filling(&mut self, sent_ms: f64, arrived_ms: f64) {
        self.filling = if arrived_ms > 2.0 * sent_ms { self.filling + 1 } else { 0 };
        if self.filling >= FILLING_GROUPS && self.accumulated_ms - self.base_ms > FILLING_MS {
            self.usage = Usage::Over;
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
        if scaled > self.threshold_ms && self.accumulated_ms < self.window.peak_ms() - EMPTYING_MS {
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

/// The newest groups, in no order: neither a trend nor a peak asks for one.
#[derive(Debug, Default)]
struct Window {
    at_ms: [f64; WINDOW],
    smoothed_ms: [f64; WINDOW],
    delay_ms: [f64; WINDOW],
    next: usize,
}

impl Window {
    fn push(&mut self, at_ms: f64, smoothed_ms: f64, delay_ms: f64) {
        self.at_ms[self.next] = at_ms;
        self.smoothed_ms[self.next] = smoothed_ms;
        self.delay_ms[self.next] = delay_ms;
        self.next = (self.next + 1) % WINDOW;
    }

    fn peak_ms(&self) -> f64 {
        self.delay_ms.iter().copied().fold(f64::MIN, f64::max)
    }

    /// Of the smoothed delay over time, by least squares.
    fn slope(&self) -> f64 {
        let (at_0, smoothed_0) = (self.at_ms[0], self.smoothed_ms[0]);
        let (mut sum_x, mut sum_y, mut sum_xy, mut sum_xx) = (0.0, 0.0, 0.0, 0.0);
        for (at_ms, smoothed_ms) in self.at_ms.iter().zip(&self.smoothed_ms) {
            // From one of them on, so that an hour of milliseconds costs no digits.
            let (x, y) = (at_ms - at_0, smoothed_ms - smoothed_0);
            sum_x += x;
            sum_y += y;
            sum_xy += x * y;
            sum_xx += x * x;
        }
        let count = WINDOW as f64;
        let spread = count * sum_xx - sum_x * sum_x;
        if spread == 0.0 { 0.0 } else { (count * sum_xy - sum_x * sum_y) / spread }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(groups: i64, mut delay_us: impl FnMut(i64) -> i64) -> Vec<Usage> {
        let mut trendline = Trendline::new();
        (0..groups).map(|group| trendline.packet(group * 20_000, group * 20_000 + delay_us(group))).collect()
    }

    #[test]
    fn the_slope_is_that_of_the_newest_groups() {
        let mut window = Window::default();
        for group in 0..50 {
            let at_ms = 3_600_000.0 + 20.0 * f64::from(group);
            window.push(at_ms, if group < 30 { 7.0 } else { 0.25 * at_ms }, 0.0);
        }
        assert!((window.slope() - 0.25).abs() < 1e-9, "{}", window.slope());
    }

    #[test]
    fn a_growing_queue_is_overuse_and_a_shrinking_one_is_underuse() {
        assert!(run(60, |group| 50_000 + group * 2_000).contains(&Usage::Over));
        assert!(run(60, |group| 500_000 - group * 3_000).contains(&Usage::Under));
    }

    #[test]
    fn a_queue_that_fills_at_once_is_overuse_before_the_trend_shows_it() {
        let sudden = |group: i64| 50_000 + (group - 100).clamp(0, 3) * 60_000;
        let usages = run(160, sudden);
        assert!(usages[..105].contains(&Usage::Over), "{:?}", &usages[98..]);
        let usages = run(160, |group| if group < 100 { 50_000 } else { 150_000 });
        assert!(!usages[..105].contains(&Usage::Over), "one step is a longer path");
    }

    #[test]
    fn a_queue_that_stands_is_overuse_until_it_is_seen_to_be_the_path_itself() {
        let usages = run(600, |group| if group < 100 { 50_000 } else { 50_000 + ((group - 100) * 500).min(200_000) });
        assert!(usages[340..420].contains(&Usage::Over), "a queue of 200 ms that grew too slowly to be seen");
        let usages = run(600, |group| if group < 100 { 50_000 } else { 250_000 });
        assert!(!usages[300..].contains(&Usage::Over), "a longer path is only that");
    }

    /// Two small packets are sent closer together than the pacer's groups: a group must end even so.
    #[test]
    fn a_receivers_clock_that_jumps_is_no_queue_and_hides_none() {
        for jump_us in [-86_400_000_000, -3_600_000_000, -3_000_000, 3_600_000_000, 86_400_000_000] {
            let mut trendline = Trendline::new();
            let mut usages = Vec::new();
            for packet in 0..400_i64 {
                let (sent_us, queue_us) = (15_000 * packet, (packet - 300).max(0) * 2_000);
                let jumped_us = if packet < 200 { 0 } else { jump_us };
                usages.push(trendline.packet(sent_us, sent_us + 50_000 + queue_us + jumped_us));
            }
            assert!(!usages[..300].contains(&Usage::Over), "a jump by {jump_us}");
            assert!(usages[300..360].contains(&Usage::Over), "a queue after a jump by {jump_us}");
            let late_us = trendline.late_us(15_000 * 399, 15_000 * 399 + 50_000 + 198_000 + jump_us);
            assert!((150_000..250_000).contains(&late_us), "late by {late_us} after a jump by {jump_us}");
            assert!(trendline.jitter_us() < 10_000, "jitter of {} after a jump by {jump_us}", trendline.jitter_us());
        }
    }

    #[test]
    fn a_packet_is_held_up_by_a_stall_and_not_by_jitter() {
        let (mut trendline, mut random) = (Trendline::new(), crate::seed::Random::new(1));
        for group in 0..100 {
            let took_us = 50_000 + (random.number() % 30_000) as i64;
            trendline.packet(20_000 * group, 20_000 * group + took_us);
            let held_up_us = trendline.held_up_us(trendline.late_us(20_000 * group, 20_000 * group + took_us));
            assert!(group < 10 || held_up_us == 0, "{held_up_us}");
        }
        let held_up_us = trendline.held_up_us(trendline.late_us(2_000_000, 2_000_000 + 450_000));
        assert!((300_000..400_000).contains(&held_up_us), "{held_up_us}");
    }

    #[test]
    fn a_steady_path_is_neither_even_with_jitter() {
        let mut random = crate::seed::Random::new(1);
        let usages = run(500, |_| 50_000 + (random.number() % 4_000) as i64);
        let wrong = usages.iter().filter(|usage| **usage == Usage::Over).count();
        assert!(wrong <= 5, "{wrong} of 500");
    }
}
