//! Between the session's words and the plane's: keys become ids and back. A key is the same number on both sides.

use exedra_media::limits::PEER_SILENCE_MAX;
use exedra_media::{PlaneEvent, RoomKey, TransportLoss};
use exedra_session::{FlowKey, MediaFact, PeerKey, TrackKey};

/// What a shard tells a room.
#[derive(Debug)]
pub struct MediaReport(pub PlaneEvent);

/// The room an event is about: the upper half of each of its keys.
pub fn room_of(event: &PlaneEvent) -> u32 {
    let key = match event {
        PlaneEvent::TransportUp { peer }
        | PlaneEvent::TransportFailed { peer, .. }
        | PlaneEvent::TransportLost { peer, .. } => peer.0,
        PlaneEvent::FirstPacket { track } | PlaneEvent::FirstKeyFrame { track } => track.0,
        PlaneEvent::SubscriptionStarted { subscription } | PlaneEvent::VideoQuality { subscription, .. } => {
            subscription.0
        }
        PlaneEvent::AudioLevels { room: RoomKey(number), .. } => return *number as u32,
    };
    (key >> 32) as u32
}

pub fn facts(report: MediaReport) -> Option<MediaFact> {
    Some(match report.0 {
        PlaneEvent::TransportUp { peer } => MediaFact::TransportUp { peer: PeerKey(peer.0) },
        PlaneEvent::TransportFailed { peer, .. } => MediaFact::TransportFailed { peer: PeerKey(peer.0) },
        PlaneEvent::TransportLost { peer, reason } => MediaFact::TransportLost {
            peer: PeerKey(peer.0),
            silent_ms: (reason == TransportLoss::Silence).then_some(PEER_SILENCE_MAX.as_millis() as u64),
        },
        PlaneEvent::FirstPacket { track } => MediaFact::Arriving { track: TrackKey(track.0) },
        PlaneEvent::SubscriptionStarted { subscription } => MediaFact::Flowing { flow: FlowKey(subscription.0) },
        PlaneEvent::AudioLevels { levels, .. } => MediaFact::AudioLevels {
            levels: levels.into_iter().map(|(track, level)| (TrackKey(track.0), level)).collect(),
        },
        PlaneEvent::FirstKeyFrame { .. } | PlaneEvent::VideoQuality { .. } => return None,
    })
}
