//! Paths of many kinds, from a table: each must show a picture that fits soon after it narrows, the best one soon after it
//! widens, and one and the same as long as nothing changes.

mod support;

use std::time::{Duration, Instant};

use exedra_media::seed::Random;
use exedra_media::{Codec, SubscriptionId};
use support::camera::{Camera, height_of, is_key};
use support::link::{Link, busy};
use support::viewer::{Shown, Viewer};
use support::{Section, World, receive};

const SECOND: Duration = Duration::from_secs(1);

/// What a path does beside having a rate, and what is asked of it.
#[derive(Debug, Clone, Copy)]
struct Path {
    round_trip_ms: u64,
    jitter_ms: u64,
    loss: f64,
    queue_ms: u64,
    /// After the path has narrowed to a sixth, until pictures flow without a freeze.
    flows_in_ms: u64,
    /// After it has widened again, until the best picture is back for good.
    best_in_ms: u64,
}

const PLAIN: Path =
    Path { round_trip_ms: 20, jitter_ms: 0, loss: 0.0, queue_ms: 300, flows_in_ms: 2_000, best_in_ms: 10_000 };

const PATHS: [Path; 14] = [
    PLAIN,
    Path { round_trip_ms: 100, ..PLAIN },
    Path { round_trip_ms: 200, ..PLAIN },
    Path { jitter_ms: 10, ..PLAIN },
    // It takes more bursts to find what a path takes where as much as half of their length is jitter.
    Path { jitter_ms: 30, round_trip_ms: 100, best_in_ms: 12_000, ..PLAIN },
    Path { loss: 0.01, ..PLAIN },
    Path { loss: 0.01, round_trip_ms: 100, ..PLAIN },
    Path { loss: 0.02, round_trip_ms: 100, ..PLAIN },
    Path { loss: 0.02, round_trip_ms: 200, jitter_ms: 10, ..PLAIN },
    Path { queue_ms: 60, ..PLAIN },
    Path { queue_ms: 60, round_trip_ms: 200, ..PLAIN },
    Path { queue_ms: 1000, ..PLAIN },
    Path { queue_ms: 2000, round_trip_ms: 100, ..PLAIN },
    // What is lost of a key frame in a deep queue takes a round trip through the queue to come again.
    Path { queue_ms: 1000, round_trip_ms: 200, jitter_ms: 10, loss: 0.01, flows_in_ms: 3_500, ..PLAIN },
];

impl Shown {
    fn height(&self) -> u16 {
        height_of(&self.packets[0])
    }
}

const SEEDS: std::ops::RangeInclusive<u64> = 1..=5;

struct Call {
    world: World,
    camera: Camera,
    subscriber: usize,
}

impl Call {
    fn over(path: Path, rate_bps: u64, seed: u64) -> Self {
        let mut world = World::new();
        let rids = vec!["q", "h", "f"];
        let publisher = world.join(vec![Section::SendSimulcast { track: 2, codec: Codec::Vp8, rids }]);
        let mut camera = Camera::simulcast(publisher);
        camera.variation = Some(Random::new(seed));
        let subscriber = world.join(vec![receive(2, 11, Codec::Vp8)]);
        let mut link = Link::seeded(rate_bps, path.round_trip_ms / 2, seed, world.now);
        link.jitter = Duration::from_millis(path.jitter_ms);
        link.loss = path.loss;
        link.queue_max = Duration::from_millis(path.queue_ms);
        world.peers[subscriber].link = Some(link);
        world.peers[subscriber].watch(0, Duration::from_millis(path.round_trip_ms), is_key);
        // Nothing happens at the same phase twice.
        camera.play(&mut world, Duration::from_millis(13 * seed));
        Self { world, camera, subscriber }
    }

    fn play(&mut self, duration: Duration) -> (Instant, Instant) {
        let from = self.world.now;
        self.camera.play(&mut self.world, duration);
        (from, self.world.now)
    }

    fn link(&mut self) -> &mut Link {
        self.world.peers[self.subscriber].link.as_mut().unwrap()
    }

    fn viewer(&self) -> &Viewer {
        self.world.peers[self.subscriber].viewer.as_ref().unwrap()
    }

    fn height(&self) -> u16 {
        self.viewer().shown.last().map_or(0, |shown| shown.height())
    }

    fn changes(&self) -> u64 {
        self.world.plane.subscription_stats(SubscriptionId(11)).unwrap().counters.encoding_changes
    }

    /// How long after `from` the last freeze ended.
    fn frozen_for(&self, from: Instant, until: Instant) -> Duration {
        self.viewer().freezes(from, until).last().map_or(Duration::ZERO, |(end, _)| *end - from)
    }

    fn freezes(&self, from: Instant, until: Instant) -> Vec<(Duration, Duration)> {
        self.viewer().freezes(from, until).into_iter().map(|(end, gap)| (end - from, gap)).collect()
    }

    /// How long after `from` pictures were of this height for good.
    fn reached(&self, height: u16, from: Instant, until: Instant) -> Option<Duration> {
        let mut at = None;
        for shown in self.viewer().shown_between(from, until) {
            match shown.height() == height {
                true => at = at.or(Some(shown.at - from)),
                false => at = None,
            }
        }
        at
    }
}

#[test]
fn a_path_that_narrows_shows_a_smaller_picture_soon_and_the_best_one_again_when_it_widens() {
    for path in PATHS {
        for seed in SEEDS {
            let case = format!("{path:?}, seed {seed}");
            let mut call = Call::over(path, 2_000_000, seed);
            call.play(10 * SECOND);
            assert_eq!(call.height(), 720, "{case}");

            call.link().rate_bps = 300_000;
            let (from, until) = call.play(12 * SECOND);
            let frozen = call.frozen_for(from, until);
            assert!(frozen < Duration::from_millis(path.flows_in_ms), "{case}: flows after {frozen:?}");
            let fits = call.reached(180, from, until);
            assert!(fits.is_some_and(|fits| fits < 3 * SECOND), "{case}: the picture that fits after {fits:?}");

            call.link().rate_bps = 2_000_000;
            let best_in = Duration::from_millis(path.best_in_ms);
            let (from, until) = call.play(best_in + 2 * SECOND);
            let best = call.reached(720, from, until);
            assert!(best.is_some_and(|best| best < best_in), "{case}: the best picture after {best:?}");
        }
    }
}

#[test]
fn a_path_that_stays_as_it_is_shows_one_picture_that_makes_use_of_it() {
    for path in PATHS {
        for (rate_bps, fitting) in [(500_000, 180), (1_000_000, 360), (3_000_000, 720)] {
            for seed in SEEDS.take(3) {
                let case = format!("{path:?}, {rate_bps} bit/s, seed {seed}");
                let mut call = Call::over(path, rate_bps, seed);
                call.play(10 * SECOND);
                let changes = call.changes();
                let (from, until) = call.play(30 * SECOND);
                let changes = call.changes() - changes;
                assert!(changes <= 4, "{case}: {changes} changes of layer in half a minute");
                let shown = call.viewer().shown_between(from, until);
                let (fits, others): (Vec<_>, Vec<_>) = shown.partition(|shown| shown.height() == fitting);
                assert!(fits.len() > 860 && others.len() < 60, "{case}: {} fit, {} do not", fits.len(), others.len());
                let freezes = call.viewer().freezes(from, until);
                assert!(freezes.len() <= 1, "{case}: {freezes:?}");
            }
        }
    }
}

#[test]
fn other_traffic_that_comes_and_goes_takes_its_share_and_gives_it_back() {
    for path in PATHS {
        for seed in SEEDS {
            let case = format!("{path:?}, seed {seed}");
            let mut call = Call::over(path, 2_000_000, seed);
            call.play(10 * SECOND);
            for round in 0..2 {
                call.link().cross_bps = 1_200_000;
                let (from, until) = call.play(12 * SECOND);
                // Later, what a long round trip and a repair lost twice cost, and no more.
                let mut later = call.freezes(from, until);
                later.retain(|(end, _)| *end > 3 * SECOND);
                let is_short = later.iter().all(|(_, gap)| *gap < Duration::from_millis(500));
                assert!(is_short && later.len() <= 1, "{case}, round {round}: freezes of {later:?}");
                assert_eq!(call.height(), 360, "{case}, round {round}");
                call.link().cross_bps = 0;
                let (from, until) = call.play(12 * SECOND);
                let best = call.reached(720, from, until);
                assert!(best.is_some_and(|best| best < 10 * SECOND), "{case}, round {round}: best after {best:?}");
            }
            assert!(call.changes() <= 16, "{case}: {} changes in a minute", call.changes());
        }
    }
}

#[test]
fn a_receiver_that_was_busy_has_the_best_picture_soon() {
    for path in [PATHS[0], PATHS[2], PATHS[4], PATHS[8]] {
        for (receive_buffer, begun) in [(0, 0), (0, 4), (64_000, 0), (64_000, 4)] {
            for seed in SEEDS {
                let case = format!("{path:?} after {begun} s, {receive_buffer} bytes wait, seed {seed}");
                let mut call = Call::over(path, 4_000_000, seed);
                call.play(begun * SECOND);
                let stalls = busy(&mut Random::new(seed), call.world.now, 10 * SECOND);
                let last = stalls.last().unwrap().end;
                let link = call.link();
                (link.receive_buffer, link.stalls) = (receive_buffer, stalls);
                let (_, until) = call.play(18 * SECOND);
                // Half the time that a path has which really was narrow.
                let best = call.reached(720, last, until);
                assert!(best.is_some_and(|best| best < 5 * SECOND), "{case}: the best picture after {best:?}");
            }
        }
    }
}

/// The reference time of transport-wide feedback wraps after so long.
const WRAP_US: u64 = (1 << 24) * 64_000;

#[test]
fn a_receivers_clock_that_wraps_or_jumps_changes_nothing_and_hides_nothing() {
    const HOUR_US: i64 = 3_600_000_000;
    let five_seconds_before = WRAP_US - 5_000_000;
    for (ahead_us, jump_us) in [
        (five_seconds_before, 0),
        (4 * WRAP_US, HOUR_US),
        (4 * WRAP_US, -HOUR_US),
        (4 * WRAP_US, -3_000_000),
        (4 * WRAP_US, -100 * HOUR_US),
    ] {
        for seed in SEEDS.take(2) {
            let case = format!("ahead by {ahead_us}, then by {jump_us} more, seed {seed}");
            let mut call = Call::over(PLAIN, 2_000_000, seed);
            call.link().clock_ahead_us = ahead_us;
            call.play(8 * SECOND);
            assert_eq!(call.height(), 720, "{case}");
            let changes = call.changes();
            call.link().clock_ahead_us = ahead_us.wrapping_add_signed(jump_us);
            let (from, until) = call.play(8 * SECOND);
            assert_eq!(call.viewer().freezes(from, until), [], "{case}");
            assert_eq!(call.changes(), changes, "{case}: one picture");

            call.link().rate_bps = 300_000;
            let (from, until) = call.play(12 * SECOND);
            let frozen = call.frozen_for(from, until);
            assert!(frozen < 2 * SECOND, "{case}: flows after {frozen:?}");
            call.link().rate_bps = 2_000_000;
            let (from, until) = call.play(12 * SECOND);
            let best = call.reached(720, from, until);
            assert!(best.is_some_and(|best| best < 10 * SECOND), "{case}: the best picture after {best:?}");
        }
    }
}

#[test]
fn what_a_path_does_to_a_call_follows_from_its_seed() {
    let run = |seed| {
        let mut call = Call::over(PATHS[8], 600_000, seed);
        let (from, _) = call.play(5 * SECOND);
        call.viewer().shown.iter().map(|shown| shown.at - from).collect::<Vec<_>>()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
