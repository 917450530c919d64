//! Repetition of the last flight at a bounded interval. The engine's own retransmission doubles its interval without a bound,
//! and at 30 % loss one handshake in a hundred would take ten seconds. Repeating the same bytes is what a network may do at any
//! time, so the engines on both ends are prepared for it.

use std::time::{Duration, Instant};

const REPEAT_FIRST: Duration = Duration::from_millis(200);
const REPEAT_LONGEST: Duration = Duration::from_millis(600);

/// After our handshake is done the peer may still miss our last flight: it is kept this long, and repeated when asked for.
const LINGER: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(super) struct Flight {
    datagrams: Vec<Vec<u8>>,
    interval: Duration,
    last_sent_at: Option<Instant>,
    is_completed: bool,
    /// While the handshake runs.
    repeat_at: Option<Instant>,
    /// Once it is completed.
    forget_at: Option<Instant>,
}

impl Flight {
    /// A flight has been sent for the first time.
    pub(super) fn sent(&mut self, datagrams: &[Vec<u8>], now: Instant) {
        // After the handshake there are acknowledgements and answers, which nobody has to wait for.
        if datagrams.is_empty() || self.is_completed {
            return;
        }
        self.datagrams = datagrams.to_vec();
        self.interval = REPEAT_FIRST;
        self.repeat_at = Some(now + REPEAT_FIRST);
        self.last_sent_at = Some(now);
    }

    /// The handshake is done on our side.
    pub(super) fn completed(&mut self, now: Instant) {
        self.is_completed = true;
        self.repeat_at = None;
        self.forget_at = Some(now + LINGER);
    }

    pub(super) fn timeout(&self) -> Option<Instant> {
        self.repeat_at.or(self.forget_at)
    }

    /// What is due again by the clock.
    pub(super) fn due(&mut self, now: Instant) -> &[Vec<u8>] {
        if self.forget_at.is_some_and(|at| now >= at) {
            self.datagrams = Vec::new();
            self.forget_at = None;
        }
        if self.repeat_at.is_none_or(|at| now < at) {
            return &[];
        }
        self.interval = (self.interval * 3 / 2).min(REPEAT_LONGEST);
        self.repeat_at = Some(now + self.interval);
        self.last_sent_at = Some(now);
        &self.datagrams
    }

    /// What to repeat when the peer sent something to which the engine has nothing to say: it lacks our last flight.
    pub(super) fn asked_for(&mut self, now: Instant) -> &[Vec<u8>] {
        if self.datagrams.is_empty() || self.last_sent_at.is_none_or(|at| now < at + REPEAT_FIRST) {
            return &[];
        }
        self.last_sent_at = Some(now);
        &self.datagrams
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flight_is_repeated_at_bounded_intervals_until_done_and_then_only_when_asked_for() {
        let start = Instant::now();
        let datagram = vec![vec![22; 100]];
        let mut flight = Flight::default();
        flight.sent(&datagram, start);
        let mut now = start;
        let mut repetitions = 0;
        while now < start + Duration::from_secs(6) {
            now = flight.timeout().unwrap();
            assert_eq!(flight.due(now), datagram);
            repetitions += 1;
        }
        assert!((9..=12).contains(&repetitions), "{repetitions}");

        flight.completed(now);
        assert!(flight.asked_for(now + Duration::from_millis(100)).is_empty());
        assert_eq!(flight.asked_for(now + Duration::from_millis(200)), datagram);
        flight.sent(&[vec![26; 40]], now);
        assert!(flight.due(now + Duration::from_secs(1)).is_empty());
        let forget_at = flight.timeout().unwrap();
        assert!(flight.due(forget_at).is_empty());
        assert_eq!(flight.timeout(), None);
        assert!(flight.asked_for(forget_at + Duration::from_secs(1)).is_empty());
    }
}
