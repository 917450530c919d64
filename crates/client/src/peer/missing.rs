//! Numbers that did not arrive: when to ask for them again (generic NACK, RFC 4585), and when to give them up.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// More missing packets than this are not worth asking for: a key frame is cheaper.
const MISSING_MAX: usize = 256;

/// Reordered packets get this long to arrive by themselves.
const GRACE: Duration = Duration::from_millis(10);

/// A packet that is this late cannot be shown any more.
const GIVEN_UP_AFTER: Duration = Duration::from_millis(1_000);

/// Round trip assumed until a retransmission has shown it.
const ROUND_TRIP_INITIAL: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub struct Missing {
    packets: BTreeMap<u64, Asked>,
    round_trip: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    since: Instant,
    times: u32,
    next: Instant,
}

impl Default for Missing {
    fn default() -> Self {
        Self { packets: BTreeMap::new(), round_trip: ROUND_TRIP_INITIAL }
    }
}

impl Missing {
    /// Returns `false` when there are too many, and forgets all.
    pub fn skipped(&mut self, indices: std::ops::Range<u64>, now: Instant) -> bool {
        if self.packets.len() as u64 + (indices.end - indices.start) > MISSING_MAX as u64 {
            self.packets.clear();
            return false;
        }
        let asked = Asked { since: now, times: 0, next: now + GRACE };
        self.packets.extend(indices.map(|index| (index, asked)));
        true
    }

    pub fn arrived(&mut self, index: u64, retransmitted: bool, now: Instant) {
        if let Some(asked) = self.packets.remove(&index)
            && retransmitted
            && asked.times == 1
        {
            let asked_at = asked.next - self.wait(1);
            let sample = now.saturating_duration_since(asked_at);
            self.round_trip = (self.round_trip * 7 + sample) / 8;
        }
    }

    /// Numbers to ask for now, in ascending order.
    pub fn due(&mut self, now: Instant) -> Vec<u64> {
        let round_trip = self.round_trip;
        let mut due = Vec::new();
        for (&index, asked) in &mut self.packets {
            if asked.next <= now {
                asked.times += 1;
                asked.next = now + wait(round_trip, asked.times);
                due.push(index);
            }
        }
        due
    }

    /// Drops what is too late; returns the number up to which (exclusive) nothing will come any more.
    pub fn give_up(&mut self, now: Instant) -> Option<u64> {
        let mut upto = None;
        while let Some(oldest) = self.packets.first_entry()
            && oldest.get().since + GIVEN_UP_AFTER <= now
        {
            upto = Some(oldest.key() + 1);
            oldest.remove();
        }
        upto
    }

    pub fn next_timeout(&self) -> Option<Instant> {
        self.packets.values().map(|asked| asked.next.min(asked.since + GIVEN_UP_AFTER)).min()
    }

    fn wait(&self, times: u32) -> Duration {
        wait(self.round_trip, times)
    }
}

/// Time until the next question: a round trip and a little, longer each time.
fn wait(round_trip: Duration, times: u32) -> Duration {
    (round_trip * (4 + times) / 4).max(Duration::from_millis(20))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_missing_packet_is_asked_for_after_a_grace_and_again_after_a_round_trip() {
        let (mut missing, start) = (Missing::default(), Instant::now());
        assert!(missing.skipped(10..12, start));
        assert!(missing.due(start + 9 * MS).is_empty());
        assert_eq!(missing.due(start + 10 * MS), [10, 11]);
        assert!(missing.due(start + 100 * MS).is_empty());
        missing.arrived(10, true, start + 110 * MS);
        assert_eq!(missing.due(start + 140 * MS), [11]);
        assert_eq!(missing.give_up(start + 999 * MS), None);
        assert_eq!(missing.give_up(start + 1_000 * MS), Some(12));
        assert_eq!(missing.next_timeout(), None);
    }

    #[test]
    fn a_hole_too_large_to_ask_for_is_refused() {
        let (mut missing, start) = (Missing::default(), Instant::now());
        assert!(missing.skipped(0..MISSING_MAX as u64, start));
        assert!(!missing.skipped(300..301, start));
        assert_eq!(missing.next_timeout(), None);
    }
}
