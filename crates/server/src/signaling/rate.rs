//! How fast one client may send: a token bucket, refilled by the clock that the caller reads.

/// Every frame counts, whatever it asks for; a page that joins with 100 subscriptions stays far below. (Signals have a limit
/// of their own, which the room knows.)
pub const FRAMES: RateLimit = RateLimit { per_second: 400, burst: 1000 };

#[derive(Debug, Clone, Copy)]
pub struct RateLimit {
    pub per_second: u64,
    pub burst: u64,
}

#[derive(Debug)]
pub struct Bucket {
    limit: RateLimit,
    /// In thousandths of one frame.
    level: u64,
    at_ms: u64,
}

impl Bucket {
    pub fn new(limit: RateLimit, now_ms: u64) -> Self {
        Self { limit, level: limit.burst * 1000, at_ms: now_ms }
    }

    /// Takes one; `Err`: in how many milliseconds there will be one.
    pub fn take(&mut self, now_ms: u64) -> Result<(), u64> {
        let passed_ms = now_ms.saturating_sub(self.at_ms);
        self.at_ms = now_ms;
        self.level = self
            .limit
            .burst
            .saturating_mul(1000)
            .min(self.level.saturating_add(passed_ms.saturating_mul(self.limit.per_second)));
        match self.level.checked_sub(1000) {
            Some(rest) => {
                self.level = rest;
                Ok(())
            }
            None => Err((1000 - self.level).div_ceil(self.limit.per_second)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RateLimit = RateLimit { per_second: 100, burst: 200 };

    #[test]
    fn the_burst_passes_one_more_does_not_and_time_refills() {
        let mut bucket = Bucket::new(LIMIT, 5_000);
        assert!((0..LIMIT.burst).all(|_| bucket.take(5_000).is_ok()));
        assert_eq!(bucket.take(5_000), Err(10));
        assert_eq!(bucket.take(5_009), Err(1));
        assert_eq!(bucket.take(5_010), Ok(()));
        assert!(bucket.take(5_010).is_err());
        assert!((0..LIMIT.burst).all(|_| bucket.take(u64::MAX).is_ok()), "a long pause fills it to the burst");
        assert!(bucket.take(u64::MAX).is_err(), "and no further");
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing_away() {
        let mut bucket = Bucket::new(RateLimit { per_second: 1, burst: 1 }, 10_000);
        assert!(bucket.take(10_000).is_ok());
        assert!(bucket.take(0).is_err());
    }
}
