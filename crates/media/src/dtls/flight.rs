//! Repetition of the last flight at a bounded interval. The engine's own retransmission doubles its interval without a bound,
//! and at 30 % loss one handshake in a hundred would take ten seconds. Repeating the same bytes is what a network may do at any
//! time, so the engines on both ends are prepared for it.

use std::time::{Duration, Instant};

const REPEAT_FIRST: Duration = Duration::from_millis(200);
const REPEAT_LONGEST: Duration = Duration::from_millis(400);

/// After our handshake is done the peer may still miss our last flight. It is kept this long, and repeated when asked for; and as
/// the question can be lost as well, twice without one.
const LINGER: Duration = Duration::from_secs(5);
const UNASKED_REPETITIONS: u32 = 2;

#[derive(Default)]
pub(super) struct Flight {
    datagrams: Vec<Vec<u8>>,
    interval: Duration,
    last_sent_at: Option<Instant>,
    is_completed: bool,
    /// Repetitions to go, once completed.
    unasked: u32,
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
        if !self.datagrams.is_empty() {
            self.unasked = UNASKED_REPETITIONS;
            self.interval = REPEAT_FIRST;
            self.repeat_at = Some(now + REPEAT_FIRST);
        }
        self.forget_at = Some(now + LINGER);
    }

    pub(super) fn timeout(&self) -> Option<Instant> {
        [self.repeat_at, self.forget_at].into_iter().flatten().min()
    }

    /// What is due again by the clock.
    pub(super) fn due(&mut self, now: Instant) -> &[Vec<u8>] {
        if self.forget_at.is_some_and(|at| now >= at) {
            self.datagrams = Vec::new();
            self.forget_at = None;
            self.repeat_at = None;
        }
        if self.repeat_at.is_none_or(|at| now < at) {
            return &[];
        }
        self.interval = (self.interval * 3 / 2).min(REPEAT_LONGEST);
        self.repeat_at = Some(now + self.interval);
        if self.is_completed {
            self.unasked -= 1;
            self.repeat_at = self.repeat_at.filter(|_| self.unasked > 0);
        }
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
    fn a_flight_is_repeated_at_bounded_intervals_until_done() {
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
        assert!((14..=17).contains(&repetitions), "{repetitions}");
    }

    #[test]
    fn a_completed_flight_is_repeated_twice_and_when_asked_for_and_then_forgotten() {
        let start = Instant::now();
        let datagram = vec![vec![22; 100]];
        let mut flight = Flight::default();
        flight.sent(&datagram, start);
        flight.completed(start);
        for _ in 0..UNASKED_REPETITIONS {
            let now = flight.timeout().unwrap();
            assert_eq!(flight.due(now), datagram);
            assert!(flight.asked_for(now + REPEAT_FIRST / 2).is_empty(), "not more often than that");
        }
        flight.sent(&[vec![26; 40]], start);
        assert_eq!(flight.timeout(), Some(start + LINGER));
        assert_eq!(flight.asked_for(start + LINGER / 2), datagram);
        assert!(flight.due(start + LINGER).is_empty());
        assert_eq!(flight.timeout(), None);
        assert!(flight.asked_for(start + LINGER * 2).is_empty());
    }
}
