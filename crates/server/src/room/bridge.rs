//! Between the session's words and the plane's: keys become ids and back. A key is the same number on both sides.

use exedra_contract::wire;
use exedra_media::limits::PEER_SILENCE_MAX;
use exedra_media::{Explanation, Limit, Picture, PlaneEvent, Quality, RoomKey, TransportLoss};
use exedra_session::{FlowKey, MediaFact, PeerKey, TrackKey};

/// The room an event is about.
pub fn room_of(event: &PlaneEvent) -> u32 {
    let key = match event {
        PlaneEvent::TransportUp { peer }
        | PlaneEvent::TransportFailed { peer, .. }
        | PlaneEvent::TransportLost { peer, .. } => peer.0,
        PlaneEvent::FirstPacket { track }
        | PlaneEvent::FirstKeyFrame { track }
        | PlaneEvent::EncodingsNeeded { track, .. } => track.0,
        PlaneEvent::SubscriptionStarted { subscription } | PlaneEvent::VideoQuality { subscription, .. } => {
            subscription.0
        }
        PlaneEvent::AudioLevels { room: RoomKey(number), .. } => return *number as u32,
    };
    room_of_key(key)
}

/// A key carries the number of its room in its upper half.
pub fn room_of_key(key: u64) -> u32 {
    (key >> 32) as u32
}

/// What an event means to the room; `None`: nothing.
pub fn fact(event: PlaneEvent) -> Option<MediaFact> {
    Some(match event {
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
        PlaneEvent::VideoQuality { subscription, explanation } => {
            MediaFact::QualityChanged { flow: FlowKey(subscription.0), explanation: Box::new(explained(&explanation)) }
        }
        PlaneEvent::EncodingsNeeded { track, encodings } => MediaFact::EncodingsNeeded {
            track: TrackKey(track.0),
            encodings: encodings.into_iter().map(|(rid, needed)| wire::NeededEncoding { rid, needed }).collect(),
        },
        PlaneEvent::FirstKeyFrame { .. } => return None,
    })
}

/// All but what was wanted, which the room knows better.
pub fn explained(explanation: &Explanation) -> wire::Explanation {
    let Explanation { decision, quality, path, sent, best, .. } = *explanation;
    wire::Explanation {
        quality: match quality {
            Quality::Good => wire::VideoQuality::Good,
            Quality::Endangered => wire::VideoQuality::Endangered,
            Quality::Suspended => wire::VideoQuality::Suspended,
        },
        limited_by: explanation.limit().map(|limit| match limit {
            Limit::Starting => wire::Limit::Starting,
            Limit::Subscription => wire::Limit::Subscription,
            Limit::Muted => wire::Limit::Muted,
            Limit::ElementSize => wire::Limit::ElementSize,
            Limit::Bandwidth => wire::Limit::Bandwidth,
            Limit::Publisher => wire::Limit::Publisher,
            Limit::Codec => wire::Limit::Codec,
            Limit::Policy => wire::Limit::Policy,
        }),
        sent: sent.map(picture),
        best: best.map(picture),
        next_bps: decision.and_then(|decision| decision.next_rate_bps),
        estimate_bps: path.estimate_bps,
        delivered_bps: path.delivered_bps,
        loss: path.loss_fraction as f32,
        ..wire::Explanation::default()
    }
}

fn picture(Picture { size, rate_bps, frame_rate }: Picture) -> wire::Picture {
    let (width, height) = size.unzip();
    wire::Picture { width: width.map(u32::from), height: height.map(u32::from), frame_rate, bitrate_bps: rate_bps }
}
