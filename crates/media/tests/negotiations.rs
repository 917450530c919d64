//! Whatever peers offer and bind, in whatever order: the plane refuses or answers, and in the end nothing is left of it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use exedra_media::dtls::Identity;
use exedra_media::sdp::{self, LocalSource, OfferCodec, OfferSection, OfferTarget, Sdp};
use exedra_media::transport::Transport;
use exedra_media::{
    Codec, Limits, PeerId, Plane, PlaneConfig, RecordingEgress, RoomKey, SectionBinding, SectionTarget, SubscriptionId,
    SubscriptionWants, TrackId,
};
use proptest::prelude::*;

const PEERS: u64 = 4;

/// One section of an offer, and what its peer claims that it is. The claim may be wrong in every way.
#[derive(Debug, Clone)]
struct Section {
    mid: u8,
    codec: Codec,
    sends: bool,
    claim: Option<(bool, u64, u64)>,
}

#[derive(Debug, Clone)]
enum Step {
    Negotiate { peer: u64, sections: Vec<Section>, strangers_mid: bool },
    RemoveTrack(u64),
    RemoveSubscription(u64),
    Mute(u64, bool),
    Want(u64, bool),
    KeyFrame(u64),
    RemovePeer(u64),
    AddPeer(u64),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let codec = prop::sample::select(vec![Codec::Opus, Codec::Vp8, Codec::H264, Codec::Av1]);
    // Few names for many uses: the same track twice, another's track, a subscription to nothing.
    let claim = prop::option::weighted(0.9, (any::<bool>(), 1..6u64, 1..8u64));
    let section = (0..6u8, codec, any::<bool>(), claim).prop_map(|(mid, codec, sends, claim)| Section {
        mid,
        codec,
        sends,
        claim,
    });
    let peer = 1..=PEERS;
    prop_oneof![
        12 => (peer.clone(), prop::collection::vec(section, 0..6), prop::bool::weighted(0.05), prop::bool::weighted(0.05))
            .prop_map(|(peer, mut sections, strangers_mid, same_mids)| {
                for (mid, section) in (0..).zip(&mut sections).filter(|_| !same_mids) {
                    section.mid = mid;
                }
                Step::Negotiate { peer, sections, strangers_mid }
            }),
        1 => (1..6u64).prop_map(Step::RemoveTrack),
        1 => (1..8u64).prop_map(Step::RemoveSubscription),
        1 => (1..6u64, any::<bool>()).prop_map(|(track, muted)| Step::Mute(track, muted)),
        1 => (1..8u64, any::<bool>()).prop_map(|(subscription, enabled)| Step::Want(subscription, enabled)),
        1 => (1..8u64).prop_map(Step::KeyFrame),
        1 => peer.clone().prop_map(Step::RemovePeer),
        2 => peer.prop_map(Step::AddPeer),
        1 => (0..15_000u64).prop_map(Step::Pass),
    ]
}

struct World {
    plane: Plane,
    egress: RecordingEgress,
    clients: Vec<Transport>,
    now: Instant,
    present: BTreeSet<u64>,
}

impl World {
    fn new(identity: &Arc<Identity>) -> World {
        let now = Instant::now();
        let address: SocketAddr = "10.0.0.1:5000".parse().unwrap();
        let config = PlaneConfig {
            identity: identity.clone(),
            candidates: vec![address],
            unix_ms: 1_700_000_000_000,
            seed: 3,
            limits: Limits::default(),
        };
        let clients = (0..PEERS).map(|_| Transport::client(identity.clone(), &[address], now)).collect();
        World { plane: Plane::new(config, now), egress: RecordingEgress::new(), clients, now, present: BTreeSet::new() }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Negotiate { peer, sections, strangers_mid } => self.negotiate(peer, &sections, strangers_mid),
            Step::RemoveTrack(track) => self.plane.remove_track(TrackId(track)),
            Step::RemoveSubscription(subscription) => self.plane.remove_subscription(SubscriptionId(subscription)),
            Step::Mute(track, muted) => self.plane.set_track_muted(TrackId(track), muted, self.now),
            Step::Want(subscription, enabled) => {
                let wants = SubscriptionWants { enabled, ..SubscriptionWants::default() };
                self.plane.set_subscription(SubscriptionId(subscription), wants, self.now);
            }
            Step::KeyFrame(subscription) => self.plane.request_key_frame(SubscriptionId(subscription), self.now),
            Step::RemovePeer(peer) => {
                self.plane.remove_peer(PeerId(peer), self.now, &mut self.egress);
                self.present.remove(&peer);
            }
            // Two rooms: half of the others are not to be reached.
            Step::AddPeer(peer) => {
                let added = self.plane.add_peer(PeerId(peer), RoomKey(peer % 2), self.now);
                assert_eq!(added.is_ok(), self.present.insert(peer));
            }
            Step::Pass(ms) => {
                self.now += Duration::from_millis(ms);
                self.plane.flush(self.now, &mut self.egress);
            }
        }
        while self.plane.poll_event().is_some() {}
        self.egress.take();
        assert_eq!(self.plane.stats().counters.panics, 0);
        assert_eq!(self.plane.stats().peers, self.present.len());
    }

    fn negotiate(&mut self, peer: u64, sections: &[Section], strangers_mid: bool) {
        let offered: Vec<OfferSection> = sections.iter().map(Section::offered).collect();
        let offer = sdp::offer(&self.clients[peer as usize - 1].local_params(), &offered);
        let mut bindings: Vec<SectionBinding> = sections.iter().filter_map(Section::binding).collect();
        if strangers_mid {
            let target = SectionTarget::Send { track: TrackId(1) };
            bindings.push(SectionBinding { mid: "nowhere".to_owned(), target });
        }
        let before = self.plane.stats();
        match self.plane.negotiate(PeerId(peer), &offer, &bindings, self.now) {
            Ok(negotiated) => {
                let answer = Sdp::parse(&negotiated.answer).expect("an answer that reads");
                assert_eq!(answer.sections.len(), sections.len());
            }
            Err(_) => assert_eq!(self.plane.stats(), before, "a refused offer changed something"),
        }
    }
}

impl Section {
    fn offered(&self) -> OfferSection {
        let source = LocalSource { ssrc: 100 + u32::from(self.mid), rtx_ssrc: None };
        let target = match self.sends {
            true => {
                OfferTarget::Send { source, stream_id: "s".to_owned(), track_id: "t".to_owned(), cname: "c".to_owned() }
            }
            false => OfferTarget::Receive,
        };
        let codecs = vec![OfferCodec::usual(self.codec)];
        OfferSection { mid: self.mid.to_string(), kind: self.codec.kind(), codecs, target }
    }

    fn binding(&self) -> Option<SectionBinding> {
        let (sends, track, subscription) = self.claim?;
        let (track, subscription) = (TrackId(track), SubscriptionId(subscription));
        let target = match sends {
            true => SectionTarget::Send { track },
            false => SectionTarget::Receive { track, subscription },
        };
        Some(SectionBinding { mid: self.mid.to_string(), target })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_offer_harms_the_plane_and_nothing_is_left_over(steps in prop::collection::vec(step(), 1..60)) {
        thread_local!(static IDENTITY: Arc<Identity> = Arc::new(Identity::generate().unwrap()));
        let mut world = World::new(&IDENTITY.with(Arc::clone));
        for peer in 1..=PEERS {
            world.step(Step::AddPeer(peer));
        }
        for step in steps {
            world.step(step);
        }
        for peer in 1..=PEERS {
            world.step(Step::RemovePeer(peer));
        }
        let left = world.plane.stats();
        prop_assert_eq!((left.peers, left.tracks, left.subscriptions), (0, 0, 0));
    }
}
