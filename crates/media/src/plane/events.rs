//! What the plane has to tell, in the order in which it happened.

use super::Plane;
use crate::codec::Kind;
use crate::event::PlaneEvent;
use crate::levels::{INTERVAL_US, TOLD_MAX};
use crate::peer::PeerKey;
use crate::track::Encoding;

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

    /// Tells a publisher which encodings somebody needs, when that has changed.
    pub(super) fn tell_needs(&mut self, publisher: PeerKey, now_us: u64) {
        let Self { peers, tracks, scratch, .. } = self;
        let Some(peer) = peers.get(publisher) else { return };
        peer.look_for_need(tracks, now_us, &mut scratch.needs);
        while let Some(id) = self.scratch.needs.pop() {
            let Some(track) = self.track_keys.get(&id).and_then(|key| self.tracks.get(*key)) else { continue };
            let by_rid = |encoding: &Encoding| {
                let rid = std::str::from_utf8(encoding.rid.as_deref()?).ok()?;
                Some((rid.to_owned(), !encoding.is_spared))
            };
            let encodings = track.encodings.iter().filter_map(by_rid).collect();
            self.emit(PlaneEvent::EncodingsNeeded { track: id, encodings });
        }
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
