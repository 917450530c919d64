//! Drives one plane: commands of rooms and datagrams in, reports and datagrams out. All of it on the shard's thread.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use exedra_contract::faults;
use exedra_media::egress::SLOT_BYTES;
use exedra_media::plane::{OthersHeard, PathSample, PlaneStats};
use exedra_media::sdp::SectionProblem;
use exedra_media::{
    Egress, NegotiateError, PeerId, Plane, PlaneConfig, PlaneEvent, RoomKey, SectionBinding, SectionTarget,
    SubscriptionId, SubscriptionWants, TrackId, TransportLoss,
};
use exedra_session::{FlowKey, MediaOp, PeerKey, Sections, TrackKind, Wants};
use exedra_udp::{RecvBatch, SendBatch, SendStats, Socket};

use super::figures;
use super::offer::{self, bindings};
use super::reports::Reports;
use super::{Agreed, FactsOf, MediaFacts, NegotiateOutcome, ShardCommand};
use crate::room::{room_of, room_of_key};

pub struct Driver {
    plane: Plane,
    outgoing: SendBatch,
    reports: Reports,
    rooms: HashMap<u32, RoomKeys>,
}

/// What a room has on this shard. The plane learns of tracks and subscriptions only with an offer; what was asked of them
/// before waits here.
#[derive(Default)]
struct RoomKeys {
    peers: HashSet<PeerId>,
    muted: HashSet<TrackId>,
    /// The video tracks, and those of them of which a key frame came.
    video: HashMap<TrackId, bool>,
    wants: HashMap<SubscriptionId, SubscriptionWants>,
    /// Why a peer's section for a track was answered as inactive.
    problems: HashMap<(PeerId, TrackId), SectionProblem>,
}

/// Writes into the batch that leaves with the next flush.
struct Outlet<'a> {
    batch: &'a mut SendBatch,
    socket: &'a Socket,
}

impl Egress for Outlet<'_> {
    fn slot(&mut self, destination: SocketAddr) -> &mut [u8] {
        &mut self.batch.slot(self.socket, destination)[..SLOT_BYTES]
    }

    fn commit(&mut self, len: usize) {
        self.batch.commit(len);
    }
}

impl Driver {
    pub fn new(config: PlaneConfig, now: Instant) -> Self {
        Self {
            plane: Plane::new(config, now),
            outgoing: SendBatch::new(),
            reports: Reports::default(),
            rooms: HashMap::new(),
        }
    }

    /// A driver with an empty plane, whose rooms are told that all their peers are gone.
    pub fn into_successor(mut self, config: PlaneConfig, now: Instant) -> Self {
        let peers: Vec<PeerId> = self.rooms.values().flat_map(|room| &room.peers).copied().collect();
        for peer in peers {
            self.reports.push(PlaneEvent::TransportLost { peer, reason: TransportLoss::Panicked });
        }
        for room in self.rooms.values_mut() {
            *room = RoomKeys::default();
        }
        Self { plane: Plane::new(config, now), outgoing: SendBatch::new(), ..self }
    }

    pub fn receive(&mut self, batch: &mut RecvBatch, socket: &Socket, now: Instant) {
        let mut outlet = Outlet { batch: &mut self.outgoing, socket };
        for datagram in batch.datagrams() {
            self.plane.receive(datagram.from, datagram.payload, now, &mut outlet);
        }
    }

    pub fn flush(&mut self, socket: &Socket, now: Instant) {
        self.plane.flush(now, &mut Outlet { batch: &mut self.outgoing, socket });
        self.outgoing.flush(socket);
        while let Some(event) = self.plane.poll_event() {
            if let PlaneEvent::FirstKeyFrame { track } = event {
                let room = self.rooms.get_mut(&room_of(&event));
                if let Some(seen) = room.and_then(|room| room.video.get_mut(&track)) {
                    *seen = true;
                }
            }
            self.reports.push(event);
        }
        self.reports.deliver();
    }

    pub fn next_timeout(&self) -> Instant {
        self.plane.next_timeout()
    }

    pub fn has_backlog(&self) -> bool {
        self.reports.has_backlog()
    }

    pub fn events_dropped(&self) -> u64 {
        self.reports.dropped()
    }

    pub fn sent(&self) -> SendStats {
        self.outgoing.stats()
    }

    pub fn plane_stats(&self) -> PlaneStats {
        self.plane.stats()
    }

    /// A look at the path to each subscriber.
    pub fn paths(&self) -> impl Iterator<Item = PathSample> {
        self.plane.paths()
    }

    pub fn command(&mut self, command: ShardCommand, socket: &Socket, now: Instant) {
        match command {
            ShardCommand::OpenRoom { room, reports } => {
                self.rooms.insert(room, RoomKeys::default());
                self.reports.open(room, reports);
            }
            ShardCommand::CloseRoom { room } => {
                self.reports.close(room);
                let left = self.rooms.remove(&room).unwrap_or_default();
                let mut outlet = Outlet { batch: &mut self.outgoing, socket };
                for peer in left.peers {
                    self.plane.remove_peer(peer, now, &mut outlet);
                }
            }
            ShardCommand::Media { room, op } => self.media(room, op, socket, now),
            ShardCommand::Negotiate { offer, planned, answer } => {
                let _ = answer.send(self.negotiate(&offer, &planned, now));
            }
            ShardCommand::Explain { flow, answer } => {
                let _ = answer.send(self.plane.explain(SubscriptionId(flow.0)));
            }
            ShardCommand::Stats { of, answer } => {
                let _ = answer.send(figures::of(&self.plane, of, now));
            }
            ShardCommand::Unplug { peer, for_ms } => {
                self.plane.unplug(PeerId(peer.0), Duration::from_millis(for_ms), now);
            }
            ShardCommand::Others { except, from_here, answer } => {
                let except = except.map(|peer| PeerId(peer.0));
                let _ = answer.send(self.plane.others_heard(except, from_here, now));
            }
            ShardCommand::Facts { of, answer } => {
                let _ = answer.send(self.facts(&of, now));
            }
        }
    }

    fn media(&mut self, number: u32, op: MediaOp, socket: &Socket, now: Instant) {
        let Some(room) = self.rooms.get_mut(&number) else { return };
        match op {
            MediaOp::OpenPeer { peer } => {
                let peer = PeerId(peer.0);
                match self.plane.add_peer(peer, RoomKey(u64::from(number)), now) {
                    Ok(()) => {
                        room.peers.insert(peer);
                    }
                    // The room hears of it when it negotiates, and its attempt then fails with the reason.
                    Err(why) => tracing::warn!(?why, "a media shard cannot take another peer"),
                }
            }
            MediaOp::ClosePeer { peer } => {
                let peer = PeerId(peer.0);
                room.peers.remove(&peer);
                room.problems.retain(|(of, _), _| *of != peer);
                self.plane.remove_peer(peer, now, &mut Outlet { batch: &mut self.outgoing, socket });
            }
            MediaOp::OpenTrack { track, kind, .. } => {
                if kind == TrackKind::Video {
                    room.video.insert(TrackId(track.0), false);
                }
            }
            MediaOp::CloseTrack { track } => {
                let track = TrackId(track.0);
                room.muted.remove(&track);
                room.video.remove(&track);
                room.problems.retain(|(_, of), _| *of != track);
                self.plane.remove_track(track);
            }
            MediaOp::MuteTrack { track, muted } => {
                let track = TrackId(track.0);
                if muted {
                    room.muted.insert(track)
                } else {
                    room.muted.remove(&track)
                };
                self.plane.set_track_muted(track, muted, now);
            }
            MediaOp::OpenFlow { flow, wants, .. } => {
                room.wants.insert(SubscriptionId(flow.key.0), subscription_wants(wants));
            }
            MediaOp::SetFlow { flow, wants } => {
                let (subscription, wants) = (SubscriptionId(flow.0), subscription_wants(wants));
                room.wants.insert(subscription, wants);
                self.plane.set_subscription(subscription, wants, now);
            }
            MediaOp::CloseFlow { flow } => {
                let subscription = SubscriptionId(flow.0);
                room.wants.remove(&subscription);
                self.plane.remove_subscription(subscription);
            }
            MediaOp::RequestKeyFrame { flow } => self.plane.request_key_frame(SubscriptionId(flow.0), now),
        }
    }

    fn negotiate(&mut self, offer: &str, planned: &Sections, now: Instant) -> NegotiateOutcome {
        let peer = PeerId(planned.peer.0);
        let mut bindings = bindings(offer, planned)?;
        let negotiated = loop {
            match self.plane.negotiate(peer, offer, &bindings, now) {
                Ok(negotiated) => break negotiated,
                // Its publisher left while the offer was on its way: the section becomes inactive, like one of a stream
                // that had ended before.
                Err(NegotiateError::UnknownTrack { mid }) if bindings.iter().any(|binding| binding.mid == mid) => {
                    bindings.retain(|binding| binding.mid != mid);
                }
                Err(error) => return Err(offer::fault(error)),
            }
        };
        let Some(room) = self.rooms.get_mut(&room_of_key(planned.peer.0)) else {
            return Err(faults::internal().because("an offer for a room that is not on this shard"));
        };
        for SectionBinding { target, .. } in &bindings {
            match *target {
                SectionTarget::Send { track } => {
                    room.problems.remove(&(peer, track));
                    if room.muted.contains(&track) {
                        self.plane.set_track_muted(track, true, now);
                    }
                }
                SectionTarget::Receive { track, subscription } => {
                    room.problems.remove(&(peer, track));
                    if let Some(wants) = room.wants.get(&subscription) {
                        self.plane.set_subscription(subscription, *wants, now);
                    }
                }
            }
        }
        let mut without_codec = Vec::new();
        for (SectionBinding { target, mid }, problem) in negotiated.problems {
            if matches!(problem, SectionProblem::CodecUnsupported { .. }) {
                without_codec.push(mid);
            }
            let (SectionTarget::Send { track } | SectionTarget::Receive { track, .. }) = target;
            room.problems.insert((peer, track), problem);
        }
        Ok(Agreed { answer: negotiated.answer, without_codec })
    }

    fn facts(&self, of: &FactsOf, now: Instant) -> MediaFacts {
        let peer_facts = |key: PeerKey| self.plane.peer_facts(PeerId(key.0), now);
        let room = of.peer.and_then(|peer| self.rooms.get(&room_of_key(peer.0)));
        let problem = of.peer.zip(room).and_then(|(peer, room)| {
            of.tracks.iter().find_map(|track| room.problems.get(&(PeerId(peer.0), TrackId(track.0))).cloned())
        });
        let arrives = |track: TrackId| {
            let stats = self.plane.track_stats(track, now);
            stats.is_some_and(|stats| stats.encodings.iter().any(|encoding| encoding.packets > 0))
        };
        let video = of.tracks.iter().map(|track| TrackId(track.0)).filter(|track| arrives(*track));
        let key_frame_seen = room.and_then(|room| video.filter_map(|track| room.video.get(&track).copied()).next());
        let packets_sent =
            |flow: &FlowKey| self.plane.subscription_stats(SubscriptionId(flow.0)).map(|stats| stats.counters.packets);
        MediaFacts {
            peer: of.peer.and_then(peer_facts),
            tracks: of.tracks.iter().filter_map(|track| self.plane.track_stats(TrackId(track.0), now)).collect(),
            problem,
            key_frame_seen,
            packets_sent: (!of.flows.is_empty()).then(|| of.flows.iter().filter_map(packets_sent).sum()),
            others: OthersHeard::default(),
        }
    }
}

fn subscription_wants(wants: Wants) -> SubscriptionWants {
    SubscriptionWants {
        enabled: wants.enabled,
        width_max: wants.width_max,
        height_max: wants.height_max,
        frame_rate_max: wants.frame_rate_max,
        priority: wants.priority,
        audio_fallback: wants.audio_fallback,
    }
}
