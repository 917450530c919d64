//! Which encodings of a camera somebody needs. What nobody has needed for a while its publisher is asked not to send.
//!
//! Subscribers mark what they need with each decision; the publisher's own timer looks at the marks. So a layer stops
//! late and starts at once. The smallest one is never stopped: who comes sees something at once.

use slotmap::SlotMap;

use super::Peer;
use crate::allocator::{Decision, Demand, Reason};
use crate::ids::TrackId;
use crate::track::{Encoding, Track, TrackKey};

/// An encoding is stopped when nobody has needed it for this long.
const NEED_LINGERS_US: u64 = 5_000_000;

/// Marks what a subscription needs: everything up to what its place can show; on a path that does not carry that, the next
/// better picture as well as its own, so that it is there when the path gets wider.
pub fn mark(track: &mut Track, demand: &Demand, decision: &Decision, now_us: u64) {
    if !demand.is_enabled {
        return;
    }
    let decided = decision.encoding.and_then(|encoding| track.encodings.get(usize::from(encoding)));
    let decided = decided.map_or(0, Encoding::area);
    for index in 0..track.encodings.len() {
        let area = track.encodings[index].area();
        // Those with a size known; of the others nothing can be said.
        let mut smaller = track.encodings.iter().filter(|other| (1..area).contains(&other.area()));
        let is_needed = match decision.reason {
            Reason::Bandwidth => smaller.all(|other| other.area() <= decided),
            _ => !smaller.any(|other| demand.is_large_enough(other.size())),
        };
        if is_needed {
            track.encodings[index].needed_us = now_us;
        }
    }
}

impl Peer {
    /// Looks at the marks of what this peer publishes. `news`: tracks of which its publisher must be told something.
    pub fn look_for_need(&self, tracks: &mut SlotMap<TrackKey, Track>, now_us: u64, news: &mut Vec<TrackId>) {
        for published in &self.tracks {
            let Some(track) = tracks.get_mut(published.track).filter(|track| track.encodings.len() > 1) else {
                continue;
            };
            // One that was never seen has no size to judge it by.
            let smallest = track.encodings.iter().map(Encoding::area).filter(|area| *area > 0).min().unwrap_or(0);
            let mut has_changed = false;
            for encoding in &mut track.encodings {
                if encoding.needed_us == 0 {
                    encoding.needed_us = now_us;
                }
                let is_needed = encoding.area() <= smallest || now_us < encoding.needed_us + NEED_LINGERS_US;
                has_changed |= encoding.is_spared == is_needed;
                encoding.is_spared = !is_needed;
            }
            if has_changed {
                news.push(track.id);
            }
        }
    }
}
