//! Asking a publisher for a key frame: never in a storm, never forgotten.

/// Requests to one encoding are at least this far apart, however many subscribers ask: a thousand joins cost the publisher
/// two key frames a second.
const INTERVAL_MIN_US: u64 = 500_000;

/// A key frame is replayed from the arena to a new subscriber while it is this young …
pub const REPLAY_AGE_MAX_US: u64 = 2_000_000;
/// … and this few packets came after it; otherwise a fresh one is cheaper than the catching up.
pub const REPLAY_PACKETS_MAX: u64 = 160;

#[derive(Debug, Clone, Copy, Default)]
pub struct KeyFrameRequests {
    is_wanted: bool,
    asked_us: Option<u64>,
    /// Requests sent, for statistics.
    pub sent: u64,
}

impl KeyFrameRequests {
    pub fn want(&mut self) {
        self.is_wanted = true;
    }

    pub fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    /// When a request may be sent; `None`: nobody wants one.
    pub fn due_us(&self) -> Option<u64> {
        self.is_wanted.then(|| self.asked_us.map_or(0, |asked_us| asked_us + INTERVAL_MIN_US))
    }

    /// Whether to send a request now. It stays wanted, and is sent again, until a key frame comes.
    pub fn take(&mut self, now_us: u64) -> bool {
        if self.due_us().is_none_or(|due_us| now_us < due_us) {
            return false;
        }
        self.asked_us = Some(now_us);
        self.sent += 1;
        true
    }

    pub fn key_frame_came(&mut self) {
        self.is_wanted = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_of_requests_is_two_a_second_and_they_end_with_the_key_frame() {
        let mut requests = KeyFrameRequests::default();
        let mut sent = 0;
        for ms in 0..1000u64 {
            requests.want();
            sent += u32::from(requests.take(ms * 1000));
        }
        assert_eq!(sent, 2);
        requests.key_frame_came();
        assert!(!requests.take(10_000_000));
        requests.want();
        assert!(requests.take(10_000_000));
    }

    #[test]
    fn an_unanswered_request_is_repeated() {
        let mut requests = KeyFrameRequests::default();
        requests.want();
        let sent = (0..40).filter(|tick| requests.take(tick * 50_000)).count();
        assert_eq!(sent, 4);
    }
}
