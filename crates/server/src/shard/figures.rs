//! What a plane has counted, in the words of the protocol.

use std::time::Instant;

use exedra_contract::wire::{
    ConnectionStats, EncodingStats, MediaKind, Picture, PublishedStats, SubscribedStats, TransportStats,
};
use exedra_media::{PeerId, Plane, SubscriptionId, TrackId};
use exedra_session::{MediaOf, PeerKey, TrackKind};

/// Of what the plane knows; the rest is left out.
pub fn of(plane: &Plane, of: MediaOf, now: Instant) -> ConnectionStats {
    ConnectionStats {
        transport: of.peer.and_then(|peer| transport(plane, peer, now)),
        published: of
            .tracks
            .into_iter()
            .filter_map(|(stream_id, kind, track)| published(plane, stream_id, kind, TrackId(track.0), now))
            .collect(),
        subscribed: of
            .flows
            .into_iter()
            .filter_map(|(subscription_id, kind, flow)| {
                subscribed(plane, subscription_id, kind, SubscriptionId(flow.0))
            })
            .collect(),
    }
}

fn transport(plane: &Plane, peer: PeerKey, now: Instant) -> Option<TransportStats> {
    let facts = plane.peer_facts(PeerId(peer.0), now)?;
    let path = plane.path(PeerId(peer.0))?;
    Some(TransportStats {
        packets_received: facts.received.rtp_packets,
        packets_sent: facts.sent.packets,
        bytes_sent: facts.sent.bytes,
        nacks_received: facts.received.nacks_received,
        nacks_sent: facts.received.nacks_sent,
        key_frames_asked: facts.received.key_frames_asked,
        estimate_bps: path.figures.estimate_bps,
        delivered_bps: path.figures.delivered_bps,
        loss: path.figures.loss_fraction as f32,
        round_trip_ms: path.round_trip_us.map(milliseconds),
    })
}

fn published(
    plane: &Plane,
    stream_id: String,
    track_kind: TrackKind,
    track: TrackId,
    now: Instant,
) -> Option<PublishedStats> {
    let stats = plane.track_stats(track, now)?;
    let encodings = stats.encodings.into_iter().map(|encoding| {
        let (width, height) = encoding.size.unzip();
        EncodingStats {
            rid: encoding.rid,
            picture: Picture {
                width: width.map(u32::from),
                height: height.map(u32::from),
                frame_rate: encoding.frame_rate,
                bitrate_bps: encoding.bitrate_bps,
            },
            packets: encoding.packets,
            bytes: encoding.bytes,
            lost: encoding.lost,
            jitter_ms: milliseconds(encoding.jitter_us),
            key_frames_asked: encoding.key_frames_asked,
            needed: encoding.is_needed,
        }
    });
    Some(PublishedStats {
        stream_id,
        kind: kind(track_kind),
        subscribers: stats.subscribers as u32,
        repaired: stats.counters.repaired,
        encodings: encodings.collect(),
    })
}

fn subscribed(
    plane: &Plane,
    subscription_id: String,
    track_kind: TrackKind,
    subscription: SubscriptionId,
) -> Option<SubscribedStats> {
    let stats = plane.subscription_stats(subscription)?;
    let counters = stats.counters;
    Some(SubscribedStats {
        subscription_id,
        kind: kind(track_kind),
        packets: counters.packets,
        bytes: counters.bytes,
        repairs: counters.repairs,
        repairs_refused: counters.repairs_refused,
        key_frames_asked: counters.key_frames_requested,
        encoding_changes: counters.encoding_changes,
        loss: f32::from(counters.fraction_lost) / 256.0,
        round_trip_ms: counters.round_trip_us.map(milliseconds),
        flowing: stats.is_flowing,
    })
}

fn kind(kind: TrackKind) -> MediaKind {
    match kind {
        TrackKind::Audio => MediaKind::Audio,
        TrackKind::Video => MediaKind::Video,
    }
}

fn milliseconds(us: u64) -> f32 {
    us as f32 / 1000.0
}
