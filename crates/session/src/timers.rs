//! Everything a room waits for, in one table.

use std::collections::{BTreeMap, BTreeSet};

use crate::attempt::Subject;
use crate::command::Millis;
use crate::keys::ConnectionKey;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// An attempt must have succeeded, or its diagnosis must have arrived.
    Attempt(Subject),
    /// The lost socket of a connection must have been replaced.
    Resume(ConnectionKey),
    /// A connection without streams and subscriptions must have some.
    MediaIdle(ConnectionKey),
    /// What was counted of a connection's streams and subscriptions belongs into the log again.
    MediaSummary(ConnectionKey),
}

/// At most one deadline for each timer.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    by_time: BTreeSet<(Millis, Timer)>,
    by_timer: BTreeMap<Timer, Millis>,
}

impl Timers {
    pub fn set(&mut self, timer: Timer, at: Millis) {
        self.cancel(timer);
        self.by_timer.insert(timer, at);
        self.by_time.insert((at, timer));
    }

    pub fn cancel(&mut self, timer: Timer) {
        if let Some(at) = self.by_timer.remove(&timer) {
            self.by_time.remove(&(at, timer));
        }
    }

    pub fn is_set(&self, timer: Timer) -> bool {
        self.by_timer.contains_key(&timer)
    }

    pub fn next(&self) -> Option<Millis> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// The earliest timer that is due, removed.
    pub fn pop_due(&mut self, now: Millis) -> Option<Timer> {
        let &(at, timer) = self.by_time.first()?;
        if at > now {
            return None;
        }
        self.cancel(timer);
        Some(timer)
    }

    pub fn is_empty(&self) -> bool {
        self.by_timer.is_empty()
    }
}
