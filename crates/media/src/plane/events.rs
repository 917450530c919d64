//! What the plane has to tell, in the order in which it happened.

use super::Plane;
use crate::codec::Kind;
use crate::event::PlaneEvent;
use crate::levels::{INTERVAL_US, TOLD_MAX};

impl Plane {
    pub fn poll_event(&mut self) -> Option<PlaneEvent> {
        self.events.pop_front()
    }

    /// Audio levels are the only events that can be spared, and the only ones without a natural bound.
    pub(super) fn emit(&mut self, event: PlaneEvent) {
        let can_be_spared = matches!(event, PlaneEvent::AudioLevels { .. });
        if can_be_spared && self.events.len() >= self.config.limits.events_max {
            self.counters.events_discarded += 1;
            return;
        }
        self.events.push_back(event);
    }

    /// Tells each room who is heard in it; a room that falls silent is told so once.
    pub(super) fn tell_levels(&mut self, now_us: u64) {
        if now_us < self.levels_us + INTERVAL_US {
            return;
        }
        self.levels_us = now_us;
        let mut told = Vec::new();
        for (key, room) in &mut self.rooms {
            let mut levels = Vec::new();
            for track in &room.tracks {
                let Some(track) = self.tracks.get_mut(*track).filter(|track| track.kind() == Kind::Audio) else {
                    continue;
                };
                if let Some(level) = track.level.take().filter(|_| !track.is_muted()) {
                    levels.push((track.id, level));
                }
            }
            let was_loud = std::mem::replace(&mut room.is_loud, !levels.is_empty());
            if room.is_loud || was_loud {
                levels.sort_by(|(a, level_a), (b, level_b)| level_b.total_cmp(level_a).then(a.cmp(b)));
                levels.truncate(TOLD_MAX);
                told.push(PlaneEvent::AudioLevels { room: *key, levels });
            }
        }
        for event in told {
            self.emit(event);
        }
    }
}
