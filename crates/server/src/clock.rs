//! The one place where wall-clock time enters.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use exedra_session::Millis;

/// Milliseconds since the epoch.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

pub fn now_s() -> u64 {
    now_ms() / 1000
}

/// Epoch time that never goes back, whatever happens to the system's clock: rooms and their logs are ordered by it.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
    epoch_ms: u64,
}

impl Clock {
    pub fn start() -> Self {
        Self { started: Instant::now(), epoch_ms: now_ms() }
    }

    pub fn now(&self) -> Millis {
        let passed: Duration = self.started.elapsed();
        Millis(self.epoch_ms + passed.as_millis() as u64)
    }
}
