//! An offer, its answer, and the tracks and subscriptions that follow from it.
//!
//! Nothing changes before the whole offer has been found good; a section that cannot be what its binding asks for is
//! answered as inactive and named, and costs no other section anything.

use std::fmt;
use std::time::Instant;

use rustc_hash::FxHashMap;

use super::{Plane, mark};
use crate::binding::{SectionBinding, SectionTarget};
use crate::codec::{Codec, Kind};
use crate::ids::{PeerId, SubscriptionId, TrackId};
use crate::limits::PAYLOADS_PER_TRACK_MAX;
use crate::peer::{PeerKey, PublishedTrack};
use crate::sdp::{
    self, AnswerError, LocalSource, NegotiatedSection, Payload, Sdp, SdpError, SdpSection, SectionKind, SectionPlan,
    SectionProblem,
};
use crate::subscription::{Outgoing, OutgoingPayload, Subscription};
use crate::track::{EncodingSet, Publisher, SubscriberRef, Track, TrackKey};

/// The answer to an offer, and the sections that could not be what they were meant to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Negotiated {
    pub answer: String,
    pub problems: Vec<(SectionBinding, SectionProblem)>,
}

/// Why an offer was refused as a whole. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NegotiateError {
    UnknownPeer,
    /// The peer's transport is over; it needs a new peer.
    PeerOver,
    Sdp(SdpError),
    Answer(AnswerError),
    /// A binding names a section that the offer does not have.
    UnknownSection {
        mid: String,
    },
    /// A subscription to a track that nobody publishes, or not in this room.
    UnknownTrack {
        mid: String,
    },
    /// The track is published by another peer, or the subscription is another peer's.
    NotYours {
        mid: String,
    },
    TooManyTracks,
    TooManySubscriptions,
}

impl fmt::Display for NegotiateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPeer => f.write_str("no such peer"),
            Self::PeerOver => f.write_str("the peer's transport is over"),
            Self::Sdp(error) => write!(f, "offer: {error}"),
            Self::Answer(error) => write!(f, "offer: {error}"),
            Self::UnknownSection { mid } => write!(f, "the offer has no section with mid {mid:?}"),
            Self::UnknownTrack { mid } => write!(f, "no such track in this room, for mid {mid:?}"),
            Self::NotYours { mid } => write!(f, "track or subscription of another peer, for mid {mid:?}"),
            Self::TooManyTracks => f.write_str("too many published tracks"),
            Self::TooManySubscriptions => f.write_str("too many subscriptions"),
        }
    }
}

impl std::error::Error for NegotiateError {}

impl Plane {
    /// Answers a complete offer. `bindings` give all of its sections that are in use; what an earlier offer bound and this
    /// one does not is removed.
    pub fn negotiate(
        &mut self,
        peer: PeerId,
        offer: &str,
        bindings: &[SectionBinding],
        now: Instant,
    ) -> Result<Negotiated, NegotiateError> {
        let key = *self.peer_keys.get(&peer).ok_or(NegotiateError::UnknownPeer)?;
        self.contained(key, |plane| plane.negotiate_with(key, offer, bindings, now))
            .unwrap_or(Err(NegotiateError::PeerOver))
    }

    fn negotiate_with(
        &mut self,
        key: PeerKey,
        offer: &str,
        bindings: &[SectionBinding],
        now: Instant,
    ) -> Result<Negotiated, NegotiateError> {
        let now_us = self.clock.us(now);
        let offer = Sdp::parse(offer).map_err(NegotiateError::Sdp)?;
        let remote = offer.transport().map_err(NegotiateError::Sdp)?;
        self.check(key, &offer, bindings)?;

        let plans = self.plan(key, bindings);
        let local = self.peers[key].transport.answer_params(&remote);
        let settle = |local| sdp::answer(&offer, local, |section| plans.of(section)).map_err(NegotiateError::Answer);
        let mut answer = settle(&local)?;
        // From here on nothing fails.
        self.peers[key].transport.set_remote(&remote);
        self.learn_ufrag(key);
        if self.peers[key].transport.local_ufrag() != local.ufrag {
            answer = settle(&self.peers[key].transport.local_params())?;
        }

        self.remove_unbound(key, bindings);
        let mut problems = Vec::new();
        for section in &answer.sections {
            let Some(binding) = bindings.iter().find(|binding| binding.mid == section.mid) else { continue };
            self.adopt_extensions(key, section);
            match (&section.problem, binding.target) {
                (Some(problem), _) => problems.push((binding.clone(), problem.clone())),
                (None, SectionTarget::Send { track }) => self.publish(key, track, section),
                (None, SectionTarget::Receive { track, subscription }) => {
                    self.subscribe(key, track, subscription, section, now_us);
                }
            }
        }
        let peer = &mut self.peers[key];
        peer.negotiated_us.get_or_insert(now_us);
        self.reschedule(key, now_us);
        Ok(Negotiated { answer: answer.sdp, problems })
    }

    fn check(&self, key: PeerKey, offer: &Sdp<'_>, bindings: &[SectionBinding]) -> Result<(), NegotiateError> {
        let peer = &self.peers[key];
        if peer.state == crate::peer::PeerState::Over {
            return Err(NegotiateError::PeerOver);
        }
        let mut tracks = 0;
        let mut subscriptions = 0;
        for SectionBinding { mid, target } in bindings {
            let mid = || mid.clone();
            if offer.sections.iter().all(|section| section.mid != mid()) {
                return Err(NegotiateError::UnknownSection { mid: mid() });
            }
            match target {
                SectionTarget::Send { track } => {
                    tracks += 1;
                    if self.track_keys.get(track).is_some_and(|track| self.tracks[*track].publisher != key) {
                        return Err(NegotiateError::NotYours { mid: mid() });
                    }
                }
                SectionTarget::Receive { track, subscription } => {
                    subscriptions += 1;
                    let track = self.track_keys.get(track).map(|track| &self.tracks[*track]);
                    if track.is_none_or(|track| track.room != peer.room) {
                        return Err(NegotiateError::UnknownTrack { mid: mid() });
                    }
                    if self.subscription_keys.get(subscription).is_some_and(|at| at.peer != key) {
                        return Err(NegotiateError::NotYours { mid: mid() });
                    }
                }
            }
        }
        if tracks > self.config.limits.tracks_per_peer_max {
            return Err(NegotiateError::TooManyTracks);
        }
        if subscriptions > self.config.limits.subscriptions_per_peer_max {
            return Err(NegotiateError::TooManySubscriptions);
        }
        Ok(())
    }

    /// What each bound section is to become.
    fn plan(&mut self, key: PeerKey, bindings: &[SectionBinding]) -> Plans {
        let mut plans = Plans::default();
        for binding in bindings {
            let plan = match binding.target {
                SectionTarget::Send { track } => {
                    let existing = self.track_keys.get(&track).map(|track| &self.tracks[*track]);
                    Plan::Receive { agreed: existing.map(|track| track.payloads.clone()).unwrap_or_default() }
                }
                SectionTarget::Receive { track, subscription } => {
                    let source = self.source_of(key, subscription);
                    let track = &self.tracks[self.track_keys[&track]];
                    Plan::Send(SectionPlan::Send {
                        published: track.payloads.clone(),
                        red: true,
                        source,
                        stream_id: track.cname.clone(),
                        track_id: format!("{:08x}", source.ssrc),
                        cname: track.cname.clone(),
                    })
                }
            };
            plans.by_mid.insert(binding.mid.clone(), plan);
        }
        plans
    }

    /// The SSRCs of a subscription: those it has, or new ones that this transport has not seen.
    fn source_of(&mut self, key: PeerKey, subscription: SubscriptionId) -> LocalSource {
        let peer = &self.peers[key];
        let existing = self.subscription_keys.get(&subscription).and_then(|at| {
            let outgoing = &peer.subscriptions.get(usize::from(at.index))?.as_ref()?.outgoing;
            Some(LocalSource { ssrc: outgoing.ssrc, rtx_ssrc: outgoing.rtx_ssrc })
        });
        existing.unwrap_or_else(|| {
            let random = &mut self.random;
            let mut fresh = || loop {
                let ssrc = random.ssrc();
                if !peer.knows_ssrc(ssrc) {
                    return ssrc;
                }
            };
            LocalSource { ssrc: fresh(), rtx_ssrc: Some(fresh()) }
        })
    }

    fn remove_unbound(&mut self, key: PeerKey, bindings: &[SectionBinding]) {
        let is_bound = |track: TrackId| bindings.iter().any(|binding| binding.target == SectionTarget::Send { track });
        let unbound: Vec<TrackKey> = self.peers[key]
            .tracks
            .iter()
            .map(|published| published.track)
            .filter(|track| self.tracks.get(*track).is_none_or(|track| !is_bound(track.id)))
            .collect();
        for track in unbound {
            self.drop_track(track);
        }
        let is_bound = |of: &Subscription| {
            bindings.iter().any(|binding| match binding.target {
                SectionTarget::Receive { track, subscription } => {
                    subscription == of.id && self.track_keys.get(&track) == Some(&of.track)
                }
                SectionTarget::Send { .. } => false,
            })
        };
        let unbound: Vec<u16> = (0u16..)
            .zip(&self.peers[key].subscriptions)
            .filter(|(_, subscription)| subscription.as_ref().is_some_and(|subscription| !is_bound(subscription)))
            .map(|(index, _)| index)
            .collect();
        for index in unbound {
            self.drop_subscription(SubscriberRef { peer: key, index });
        }
    }

    fn adopt_extensions(&mut self, key: PeerKey, section: &NegotiatedSection) {
        let peer = &mut self.peers[key];
        for (id, kind) in section.extensions.iter() {
            peer.ids.set(kind, id);
        }
    }

    fn publish(&mut self, key: PeerKey, id: TrackId, section: &NegotiatedSection) {
        let payloads = section.payloads.clone();
        let peer = &mut self.peers[key];
        let track_key = match self.track_keys.get(&id) {
            Some(&existing) => {
                let track = &mut self.tracks[existing];
                track.ids = section.extensions;
                track.renegotiate(payloads);
                existing
            }
            None => {
                let publisher = Publisher { peer: key, room: peer.room, cname: peer.cname.clone() };
                let limits = &self.config.limits;
                let track = Track::new(id, publisher, payloads, section.extensions, &section.encodings, limits);
                let track_key = self.tracks.insert(track);
                self.track_keys.insert(id, track_key);
                self.rooms.entry(peer.room).or_default().tracks.push(track_key);
                peer.tracks.push(PublishedTrack { mid: section.mid.clone(), track: track_key });
                track_key
            }
        };
        let track = &mut self.tracks[track_key];
        for (index, announced) in (0u8..).zip(&section.encodings) {
            let Some(encoding) = track.encodings.get_mut(usize::from(index)) else { break };
            if let Some(ssrc) = announced.ssrc {
                encoding.restart(ssrc);
                peer.announce_route(ssrc, track_key, index, false);
            }
            if let Some(ssrc) = announced.rtx_ssrc {
                encoding.rtx_ssrc = Some(ssrc);
                peer.announce_route(ssrc, track_key, index, true);
            }
        }
    }

    fn subscribe(
        &mut self,
        key: PeerKey,
        track: TrackId,
        id: SubscriptionId,
        section: &NegotiatedSection,
        now_us: u64,
    ) {
        let (Some(source), Some(&track_key)) = (section.local, self.track_keys.get(&track)) else { return };
        let payload_types = payload_types(&self.tracks[track_key].payloads, section);
        let peer = &mut self.peers[key];
        if let Some(at) = self.subscription_keys.get(&id) {
            if let Some(subscription) = peer.subscription_mut(at.index) {
                subscription.renegotiate(section.extensions, payload_types);
            }
            return;
        }
        let outgoing = Outgoing {
            ssrc: source.ssrc,
            rtx_ssrc: source.rtx_ssrc,
            payload_types,
            ids: section.extensions,
            mid: section.mid.clone(),
        };
        let first_sequences = (self.random.first_sequence(), self.random.first_sequence());
        let timestamp_offset = self.random.number() as u32;
        let subscription = Subscription::new(id, track_key, section.kind, outgoing, first_sequences, timestamp_offset);
        let at = SubscriberRef { peer: key, index: peer.insert_subscription(subscription) };
        self.subscription_keys.insert(id, at);
        self.tracks[track_key].subscribers.push(at);
        mark(peer, at, EncodingSet::ALL, &mut self.waiting, now_us);
    }
}

#[derive(Default)]
struct Plans {
    by_mid: FxHashMap<String, Plan>,
}

enum Plan {
    Receive { agreed: Vec<Payload> },
    Send(SectionPlan),
}

impl Plans {
    fn of(&self, section: &SdpSection<'_>) -> SectionPlan {
        match self.by_mid.get(&section.mid) {
            Some(Plan::Receive { agreed }) => {
                SectionPlan::Receive { codecs: first_codec(section), red: true, agreed: agreed.clone() }
            }
            Some(Plan::Send(plan)) => plan.clone(),
            None => SectionPlan::Inactive,
        }
    }
}

/// A track is of one codec at a time, the first of the offer that can be forwarded: a subscriber that was accepted can then
/// decode whatever comes, until a later offer of the publisher's puts another one first.
fn first_codec(section: &SdpSection<'_>) -> Vec<Codec> {
    let kind = match section.kind {
        SectionKind::Audio => Kind::Audio,
        SectionKind::Video => Kind::Video,
        SectionKind::Other => return Vec::new(),
    };
    let offered = section.formats.iter().filter_map(|format| format.parse::<u8>().ok());
    let mut codecs = offered
        .filter_map(|pt| section.rtpmaps.iter().find(|rtpmap| rtpmap.pt == pt))
        .filter_map(|rtpmap| Codec::from_name(rtpmap.name))
        .filter(|codec| codec.kind() == kind);
    match codecs.next() {
        Some(codec) => vec![codec],
        // Named in the problem that the answer reports.
        None => [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1]
            .into_iter()
            .filter(|codec| codec.kind() == kind)
            .collect(),
    }
}

/// The subscriber's payload types, in the order of the track's list.
fn payload_types(published: &[Payload], section: &NegotiatedSection) -> [OutgoingPayload; PAYLOADS_PER_TRACK_MAX] {
    let mut types = [OutgoingPayload::default(); PAYLOADS_PER_TRACK_MAX];
    for (outgoing, payload) in types.iter_mut().zip(published) {
        let media = section.payload_map.iter().find(|(from, _)| *from == payload.pt).map(|(_, to)| *to);
        let accepted = section.payloads.iter().find(|accepted| Some(accepted.pt) == media);
        let rtx = accepted.and_then(|accepted| accepted.rtx_pt);
        let red = accepted.and_then(|accepted| accepted.red_pt).filter(|_| payload.red_pt.is_some());
        *outgoing = OutgoingPayload { media, rtx, red };
    }
    types
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::dtls::Identity;
    use crate::event::{PlaneEvent, TransportLoss};
    use crate::ids::RoomKey;
    use crate::limits::Limits;
    use crate::plane::PlaneConfig;
    use crate::sdp::{OfferCodec, OfferSection, OfferTarget};
    use crate::transport::Transport;

    #[test]
    fn a_panic_while_an_offer_is_answered_ends_the_peer_it_happened_for_and_no_other() {
        let now = Instant::now();
        let identity = Arc::new(Identity::generate().unwrap());
        let candidates = vec!["10.0.0.1:5000".parse().unwrap()];
        let config =
            PlaneConfig { identity: Arc::clone(&identity), candidates, unix_ms: 0, seed: 1, limits: Limits::default() };
        let mut plane = Plane::new(config, now);
        let negotiate = |plane: &mut Plane, peer: u64, track: u64| {
            let address = "10.0.0.2:4000".parse().unwrap();
            let transport = Transport::client(Arc::clone(&identity), &[address], now);
            let target = OfferTarget::Send {
                source: LocalSource { ssrc: 1, rtx_ssrc: Some(2) },
                stream_id: "stream".to_owned(),
                track_id: "track".to_owned(),
                cname: "someone".to_owned(),
            };
            let codecs = vec![OfferCodec::usual(Codec::Vp8)];
            let section = OfferSection { mid: "0".to_owned(), kind: Kind::Video, codecs, target };
            let target = SectionTarget::Send { track: TrackId(track) };
            let binding = SectionBinding { mid: "0".to_owned(), target };
            plane.negotiate(PeerId(peer), &sdp::offer(&transport.local_params(), &[section]), &[binding], now)
        };
        for peer in [1, 2] {
            plane.add_peer(PeerId(peer), RoomKey(1), now).unwrap();
        }
        // The defect: a name for a track that is not there.
        plane.track_keys.insert(TrackId(7), TrackKey::default());
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let refused = negotiate(&mut plane, 1, 7);
        std::panic::set_hook(hook);
        assert_eq!(refused, Err(NegotiateError::PeerOver));
        assert_eq!(plane.stats().counters.panics, 1);
        let lost = PlaneEvent::TransportLost { peer: PeerId(1), reason: TransportLoss::Panicked };
        assert_eq!((plane.poll_event(), plane.poll_event()), (Some(lost), None));
        assert!(negotiate(&mut plane, 2, 8).is_ok(), "untouched");
        assert_eq!(negotiate(&mut plane, 1, 9), Err(NegotiateError::PeerOver), "and not to be had again");
    }
}
