//! A token bucket in whole milliseconds, so that the same times give the same answers everywhere.

use crate::command::Millis;
use crate::limits::SignalRate;

/// Tokens are counted in thousandths: a bucket that earns `n` per second earns `n` thousandths per millisecond.
const TOKEN: u64 = 1_000;

#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenBucket {
    rate: SignalRate,
    thousandths: u64,
    filled_at: Millis,
}

impl TokenBucket {
    pub fn full(rate: SignalRate, now: Millis) -> TokenBucket {
        TokenBucket { rate, thousandths: u64::from(rate.burst) * TOKEN, filled_at: now }
    }

    /// Takes one token, or says after how many milliseconds there will be one.
    pub fn take(&mut self, now: Millis) -> Result<(), u64> {
        let earned = now.since(self.filled_at).saturating_mul(u64::from(self.rate.per_second));
        self.thousandths = self.thousandths.saturating_add(earned).min(u64::from(self.rate.burst) * TOKEN);
        self.filled_at = self.filled_at.max(now);
        match self.thousandths.checked_sub(TOKEN) {
            Some(rest) => {
                self.thousandths = rest;
                Ok(())
            }
            None => Err((TOKEN - self.thousandths).div_ceil(u64::from(self.rate.per_second.max(1)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SignalRate = SignalRate { per_second: 100, burst: 200 };

    fn taken(bucket: &mut TokenBucket, now: u64) -> usize {
        (0..1_000).take_while(|_| bucket.take(Millis(now)).is_ok()).count()
    }

    #[test]
    fn a_burst_then_the_long_term_rate() {
        let mut bucket = TokenBucket::full(RATE, Millis(5_000));
        assert_eq!(taken(&mut bucket, 5_000), 200);
        assert_eq!(taken(&mut bucket, 5_009), 0);
        assert_eq!(taken(&mut bucket, 5_010), 1);
        assert_eq!(taken(&mut bucket, 6_010), 100);
        assert_eq!(taken(&mut bucket, 60_000), 200);
    }

    #[test]
    fn the_waiting_time_it_names_is_enough() {
        let mut bucket = TokenBucket::full(RATE, Millis(0));
        taken(&mut bucket, 0);
        let wait_ms = bucket.take(Millis(3)).unwrap_err();
        assert_eq!(bucket.take(Millis(3 + wait_ms)), Ok(()));
    }

    #[test]
    fn time_that_stands_still_or_goes_back_earns_nothing() {
        let mut bucket = TokenBucket::full(RATE, Millis(1_000));
        taken(&mut bucket, 1_000);
        assert_eq!(taken(&mut bucket, 400), 0);
        assert_eq!(taken(&mut bucket, 1_000), 0);
    }
}
