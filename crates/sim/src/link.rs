//! One direction of a network path: what becomes of each datagram, from a seed.

use std::time::Duration;

/// What a path does to datagrams.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkProfile {
    /// Share of datagrams that vanish, 0 to 1.
    pub loss: f64,
    /// Share of datagrams that arrive twice.
    pub duplicate: f64,
    pub delay: Duration,
    /// Up to this much more, evenly distributed; datagrams overtake each other.
    pub jitter: Duration,
}

impl LinkProfile {
    pub const PERFECT: Self =
        Self { loss: 0.0, duplicate: 0.0, delay: Duration::from_millis(1), jitter: Duration::ZERO };

    pub fn with_loss(self, loss: f64) -> Self {
        Self { loss, ..self }
    }

    pub fn with_duplicate(self, duplicate: f64) -> Self {
        Self { duplicate, ..self }
    }

    pub fn with_delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    pub fn with_jitter(self, jitter: Duration) -> Self {
        Self { jitter, ..self }
    }
}

/// Media and connection setup draw from separate sequences of random numbers: the setup's messages carry keys and
/// signatures, which no seed repeats, and must not shift what happens to media.
#[derive(Debug, Clone)]
pub struct Link {
    pub profile: LinkProfile,
    media: Random,
    setup: Random,
}

impl Link {
    pub fn new(profile: LinkProfile, seed: u64) -> Self {
        Self { profile, media: Random(seed), setup: Random(seed ^ 0x5E70_5E70) }
    }

    /// Delays after which `datagram` arrives: none, one or two.
    pub fn carry(&mut self, datagram: &[u8]) -> impl Iterator<Item = Duration> + use<> {
        let is_media = matches!(datagram.first(), Some(128..=191));
        let random = if is_media { &mut self.media } else { &mut self.setup };
        let (lost, twice) = (random.chance(self.profile.loss), random.chance(self.profile.duplicate));
        let mut delay = || self.profile.delay + self.profile.jitter.mul_f64(random.unit());
        let (first, second) = (delay(), delay());
        [(!lost).then_some(first), (!lost && twice).then_some(second)].into_iter().flatten()
    }
}

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 (inclusive) to 1 (exclusive).
    pub fn unit(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_loses_and_repeats_its_share_and_repeats_itself_from_a_seed() {
        let profile = LinkProfile::PERFECT.with_loss(0.05).with_duplicate(0.02).with_jitter(Duration::from_millis(9));
        let run = |seed| {
            let mut link = Link::new(profile, seed);
            (0..20_000).map(|_| link.carry(&[0x80]).collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        let arrivals = run(1);
        let lost = arrivals.iter().filter(|arrivals| arrivals.is_empty()).count();
        let twice = arrivals.iter().filter(|arrivals| arrivals.len() == 2).count();
        assert!((800..1_200).contains(&lost) && (250..550).contains(&twice), "{lost} lost, {twice} twice");
        assert_eq!(run(1), arrivals);
        assert_ne!(run(2), arrivals);
    }
}
