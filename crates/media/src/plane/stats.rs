//! Figures, on request: nothing here is computed on a packet's way.

use super::Plane;
use crate::bwe::PathFigures;
use crate::explanation::Explanation;
use crate::ids::{PeerId, SubscriptionId, TrackId};
use crate::layers::Layer;
use crate::peer::{Peer, PeerCounters, PeerState};
use crate::send_path::SendCounters;
use crate::subscription::SubscriptionCounters;
use crate::track::TrackCounters;
use crate::transport::TransportFacts;

/// Datagrams that belonged to nobody, and what else concerns the plane as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlaneCounters {
    /// Neither STUN, DTLS nor RTP by the first byte.
    pub unknown: u64,
    /// STUN for a user fragment that no peer has.
    pub unknown_ufrag: u64,
    /// DTLS or media from an address without an authenticated check.
    pub unauthenticated: u64,
    /// STUN that failed its integrity check, and the like.
    pub refused_control: u64,
    pub events_discarded: u64,
    /// Bytes that were added to media to make runs longer, see [`run_padding`](crate::run_padding).
    pub padding: u64,
    pub panics: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlaneStats {
    pub peers: usize,
    pub tracks: usize,
    pub subscriptions: usize,
    pub counters: PlaneCounters,
}

/// Who is up sends something at least this often: consent checks, if nothing else (RFC 7675 section 5.1).
const HEARD_WITHIN_US: u64 = 6_000_000;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OthersHeard {
    pub now: usize,
    pub silent: usize,
}

/// What is known of a peer's transport: the evidence when it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerFacts {
    pub state: PeerState,
    pub transport: TransportFacts,
    pub received: PeerCounters,
    pub sent: SendCounters,
    /// Since the newest authenticated datagram, milliseconds.
    pub silent_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackStats {
    pub counters: TrackCounters,
    pub muted: bool,
    pub subscribers: usize,
    /// In the order in which the publisher announced them.
    pub encodings: Vec<EncodingStats>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodingStats {
    pub rid: Option<String>,
    pub packets: u64,
    pub bytes: u64,
    pub lost: i64,
    pub jitter_us: u64,
    pub bitrate_bps: u64,
    pub size: Option<(u16, u16)>,
    pub frame_rate: u32,
    pub key_frames_asked: u64,
    /// Somebody needs it.
    pub is_needed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionStats {
    pub counters: SubscriptionCounters,
    /// Which encoding is sent and which layers of it, and whether anything is.
    pub encoding: u8,
    pub layer: Layer,
    pub is_flowing: bool,
}

/// What is known of the path to a peer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PathSample {
    pub figures: PathFigures,
    /// As the newest report of any of its subscriptions tells.
    pub round_trip_us: Option<u64>,
}

impl Peer {
    fn path_sample(&self) -> Option<PathSample> {
        let figures = self.path.as_ref()?.estimator.figures();
        let mut told = self.subscriptions.iter().flatten().map(|subscription| subscription.counters.round_trip_us);
        Some(PathSample { figures, round_trip_us: told.find_map(|round_trip_us| round_trip_us) })
    }
}

impl Plane {
    /// Why the picture of a subscription is small, frozen or missing. `None`: no transport, or no such subscription.
    pub fn explain(&self, subscription: SubscriptionId) -> Option<Explanation> {
        let at = self.subscription_keys.get(&subscription)?;
        let peer = self.peers.get(at.peer)?;
        let subscription = peer.subscriptions.get(usize::from(at.index))?.as_ref()?;
        let path = peer.path.as_ref()?.estimator.figures();
        Some(Explanation::of(subscription, self.tracks.get(subscription.track), path, peer.allocated_us()))
    }

    pub fn stats(&self) -> PlaneStats {
        PlaneStats {
            peers: self.peers.len(),
            tracks: self.tracks.len(),
            subscriptions: self.subscription_keys.len(),
            counters: self.counters,
        }
    }

    pub fn peer_facts(&self, peer: PeerId, now: std::time::Instant) -> Option<PeerFacts> {
        let peer = self.peers.get(*self.peer_keys.get(&peer)?)?;
        Some(PeerFacts {
            state: peer.state,
            transport: peer.transport.facts(),
            received: peer.counters,
            sent: peer.path.as_ref().map(|path| path.counters).unwrap_or_default(),
            silent_ms: self.clock.us(now).saturating_sub(peer.heard_us) / 1000,
        })
    }

    /// Whether the media port of this plane can be reached by others than `except`: how many that were up are heard now, and
    /// how many have fallen silent. Those on this machine pass no firewall, and count only `from_here`.
    pub fn others_heard(&self, except: Option<PeerId>, from_here: bool, now: std::time::Instant) -> OthersHeard {
        let now_us = self.clock.us(now);
        let here = |peer: &Peer| {
            let from = peer.transport.selected().map(|address| address.ip());
            from.is_none_or(|ip| ip.is_loopback() || self.config.candidates.iter().any(|own| own.ip() == ip))
        };
        let mut heard = OthersHeard::default();
        let counts =
            |peer: &&Peer| Some(peer.id) != except && peer.state == PeerState::Up && (from_here || !here(peer));
        for peer in self.peers.values().filter(counts) {
            match now_us.saturating_sub(peer.heard_us) <= HEARD_WITHIN_US {
                true => heard.now += 1,
                false => heard.silent += 1,
            }
        }
        heard
    }

    /// The path to each peer that is up, for averages.
    pub fn paths(&self) -> impl Iterator<Item = PathSample> {
        self.peers.values().filter(|peer| peer.state == PeerState::Up).filter_map(Peer::path_sample)
    }

    /// The path to one peer.
    pub fn path(&self, peer: PeerId) -> Option<PathSample> {
        self.peers.get(*self.peer_keys.get(&peer)?)?.path_sample()
    }

    pub fn track_stats(&self, track: TrackId, now: std::time::Instant) -> Option<TrackStats> {
        let now_us = self.clock.us(now);
        let track = self.tracks.get(*self.track_keys.get(&track)?)?;
        let encodings = track.encodings.iter().map(|encoding| EncodingStats {
            rid: encoding.rid.as_deref().map(|rid| String::from_utf8_lossy(rid).into_owned()),
            packets: encoding.reception.packets,
            bytes: encoding.reception.bytes,
            lost: encoding.reception.lost(),
            jitter_us: u64::from(encoding.reception.jitter()) * 1_000_000 / u64::from(track.codec.clock_hz()),
            bitrate_bps: encoding.rate.bps(now_us),
            size: encoding.size(),
            frame_rate: encoding.frame_rate(Layer::ALL, now_us),
            key_frames_asked: encoding.requests.sent,
            is_needed: !encoding.is_spared,
        });
        Some(TrackStats {
            counters: track.counters,
            muted: track.is_muted(),
            subscribers: track.subscribers.len(),
            encodings: encodings.collect(),
        })
    }

    pub fn subscription_stats(&self, subscription: SubscriptionId) -> Option<SubscriptionStats> {
        let at = self.subscription_keys.get(&subscription)?;
        let subscription = self.peers.get(at.peer)?.subscriptions.get(usize::from(at.index))?.as_ref()?;
        Some(SubscriptionStats {
            counters: subscription.counters,
            encoding: subscription.encoding(),
            layer: subscription.layer(),
            is_flowing: subscription.is_flowing(),
        })
    }
}
