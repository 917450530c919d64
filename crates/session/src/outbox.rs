//! The numbered events of one connection, kept for a while in case its socket is lost with some of them.

use std::collections::VecDeque;
use std::sync::Arc;

use exedra_contract::wire::EventBody;

use crate::limits::{MISSED_BYTES_MAX, MISSED_EVENTS_MAX};

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// Number of the newest event; numbers start at 1 and have no gaps.
    last_seq: u64,
    /// The newest events, oldest first; they end with `last_seq`.
    kept: VecDeque<Arc<EventBody>>,
    kept_bytes: usize,
}

impl Outbox {
    pub fn push(&mut self, body: &Arc<EventBody>) -> u64 {
        self.last_seq += 1;
        self.kept_bytes += weight(body);
        self.kept.push_back(Arc::clone(body));
        while self.kept.len() > MISSED_EVENTS_MAX || self.kept_bytes > MISSED_BYTES_MAX {
            self.kept_bytes -= self.kept.pop_front().map_or(0, |body| weight(&body));
        }
        self.last_seq
    }

    /// Everything after `seq`; `None` when some of it is no longer kept, or when `seq` was never reached.
    pub fn after(&self, seq: u64) -> Option<impl Iterator<Item = (u64, &Arc<EventBody>)>> {
        let missed = usize::try_from(self.last_seq.checked_sub(seq)?).ok()?;
        let first = self.kept.len().checked_sub(missed)?;
        Some((seq + 1..).zip(self.kept.range(first..)))
    }
}

/// Roughly what an event holds in memory. Signals and names are the only parts that clients make long.
fn weight(body: &EventBody) -> usize {
    const FIXED: usize = 200;
    FIXED
        + match body {
            EventBody::Signal { signal, .. } => signal.data.as_ref().map_or(0, String::len),
            EventBody::StreamCreated { stream } => stream.properties.name.len(),
            EventBody::ConnectionCreated { connection } => connection.data.as_ref().map_or(0, String::len),
            EventBody::AudioLevels { levels } => levels.len() * 64,
            _ => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(data_bytes: usize) -> Arc<EventBody> {
        let signal = exedra_contract::wire::Signal { kind: None, data: Some("x".repeat(data_bytes)), to: None };
        Arc::new(EventBody::Signal { signal, from: None })
    }

    fn seqs(outbox: &Outbox, after: u64) -> Option<Vec<u64>> {
        outbox.after(after).map(|events| events.map(|(seq, _)| seq).collect())
    }

    #[test]
    fn what_was_missed_is_given_again_in_order() {
        let mut outbox = Outbox::default();
        assert_eq!(seqs(&outbox, 0), Some(vec![]));
        for _ in 0..5 {
            outbox.push(&event(1));
        }
        assert_eq!(seqs(&outbox, 2), Some(vec![3, 4, 5]));
        assert_eq!(seqs(&outbox, 5), Some(vec![]));
        assert_eq!(seqs(&outbox, 6), None, "an event that never was cannot have been processed");
    }

    #[test]
    fn one_event_more_than_is_kept_is_a_gap() {
        let mut outbox = Outbox::default();
        let newest = MISSED_EVENTS_MAX as u64 + 1;
        for _ in 0..newest {
            outbox.push(&event(1));
        }
        assert_eq!(seqs(&outbox, 0), None);
        assert_eq!(seqs(&outbox, 1).map(|seqs| seqs.len()), Some(MISSED_EVENTS_MAX));
    }

    #[test]
    fn heavy_events_are_kept_for_a_shorter_time() {
        let mut outbox = Outbox::default();
        for _ in 0..400 {
            outbox.push(&event(8_192));
        }
        assert!(outbox.kept_bytes <= MISSED_BYTES_MAX);
        assert!((100..200).contains(&outbox.kept.len()));
        assert_eq!(outbox.last_seq, 400);
    }
}
