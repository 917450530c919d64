//! One participant: its transport, what it publishes, what it receives.
//!
//! Owns everything that only this peer's datagrams and timers change. Must not touch another peer: what concerns others
//! goes through the tracks, or back to the plane as an outcome.

mod allocation;
mod incoming;
mod need;
mod outgoing;

use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use rustc_hash::FxHashMap;

use crate::dtls::Identity;
use crate::extension::ExtensionIds;
use crate::ids::{PeerId, RoomKey};
use crate::plane::unplugged::Unplugged;
use crate::reports::PublisherClock;
use crate::send_path::SendPath;
use crate::srtp::SrtpReceiver;
use crate::subscription::Subscription;
use crate::track::TrackKey;
use crate::transport::Transport;
use crate::twcc::ArrivalRecorder;

pub use incoming::Outcome;

slotmap::new_key_type! {
    /// The plane's own name for a peer.
    pub struct PeerKey;
}

/// SSRCs of one peer that belong to a track: media and repair of each encoding, with room for a publisher that restarts.
pub const ROUTES_MAX: usize = 256;

pub struct Peer {
    pub id: PeerId,
    pub room: RoomKey,
    pub state: PeerState,
    pub transport: Transport,
    /// Under which the plane finds this peer; kept here to be taken out again.
    pub ufrag: String,
    pub addresses: Vec<SocketAddr>,
    /// When the first offer came: from then on the transport has to come up.
    pub negotiated_us: Option<u64>,
    /// The newest authenticated datagram.
    pub heard_us: u64,
    pub counters: PeerCounters,
    /// Cut off on purpose.
    pub unplugged: Option<Box<Unplugged>>,

    // As a publisher.
    pub tracks: Vec<PublishedTrack>,
    pub srtp: Option<SrtpReceiver>,
    /// The ids of all sections; in a bundle an id means the same everywhere (RFC 8843 section 9).
    pub ids: ExtensionIds,
    pub cname: String,
    routes: FxHashMap<u32, Route>,
    clock: PublisherClock,
    recorder: ArrivalRecorder,

    // As a subscriber.
    pub subscriptions: Vec<Option<Subscription>>,
    pub path: Option<SendPath>,
    /// Positions of the subscriptions with something to send.
    pub pending: Vec<u16>,
    /// Media may be released from now on, see [`pacer`](crate::pacer).
    pub paced_us: u64,
    pub is_waiting: bool,
    by_ssrc: FxHashMap<u32, u16>,

    // Timers.
    pub scheduled_us: Option<u64>,
    local_ssrc: u32,
    feedback_us: u64,
    reported_us: u64,
    allocated_us: u64,
    allocation: allocation::State,
}

/// A section on which the peer sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedTrack {
    pub mid: String,
    pub track: TrackKey,
}

/// How far a peer has come, and how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerState {
    Connecting,
    Up,
    /// Never came up, or is gone: nothing is sent or taken in any more. Its owner removes it.
    Over,
}

/// What an SSRC of the peer's is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Route {
    track: TrackKey,
    encoding: u8,
    is_repair: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PeerCounters {
    pub rtp_packets: u64,
    pub rtcp_packets: u64,
    /// Authentication failed, or replayed.
    pub unauthentic: u64,
    /// Not even a header.
    pub malformed: u64,
    /// Media before there were keys.
    pub without_keys: u64,
    /// Authentic packets that no track wants: an SSRC without a known MID, RID or payload type.
    pub unrouted: u64,
    /// Packets with a transport-wide number that arrived, and were reported lost, among those sent.
    pub delivered: u64,
    pub reported_lost: u64,
    pub nacks_sent: u64,
    pub nacks_received: u64,
    pub key_frames_asked: u64,
    pub feedback_sent: u64,
    pub feedback_received: u64,
    /// Times it was decided which pictures the peer gets.
    pub allocations: u64,
}

impl Peer {
    pub fn new(
        id: PeerId,
        room: RoomKey,
        identity: Arc<Identity>,
        candidates: &[SocketAddr],
        local_ssrc: u32,
        now: Instant,
        now_us: u64,
    ) -> Self {
        let transport = Transport::server(identity, candidates, now);
        Self {
            id,
            room,
            state: PeerState::Connecting,
            ufrag: transport.local_ufrag().to_owned(),
            transport,
            addresses: Vec::new(),
            negotiated_us: None,
            heard_us: now_us,
            counters: PeerCounters::default(),
            unplugged: None,
            tracks: Vec::new(),
            srtp: None,
            ids: ExtensionIds::default(),
            cname: format!("{local_ssrc:08x}"),
            routes: FxHashMap::default(),
            clock: PublisherClock::default(),
            recorder: ArrivalRecorder::new(),
            subscriptions: Vec::new(),
            path: None,
            pending: Vec::new(),
            paced_us: 0,
            is_waiting: false,
            by_ssrc: FxHashMap::default(),
            scheduled_us: None,
            local_ssrc,
            feedback_us: 0,
            reported_us: now_us,
            allocated_us: 0,
            allocation: allocation::State::default(),
        }
    }

    /// When the allocator last decided.
    pub fn allocated_us(&self) -> u64 {
        self.allocated_us
    }

    /// Adds a subscription at the first free place.
    pub fn insert_subscription(&mut self, mut subscription: Subscription) -> u16 {
        if let Some(path) = &mut self.path {
            subscription.open_streams(path);
        }
        let ssrcs = [Some(subscription.outgoing.ssrc), subscription.outgoing.rtx_ssrc];
        let index = match self.subscriptions.iter().position(Option::is_none) {
            Some(index) => {
                self.subscriptions[index] = Some(subscription);
                index
            }
            None => {
                // By one, and not by doubling: most peers have two, and each is a kilobyte.
                self.subscriptions.reserve_exact(1);
                self.subscriptions.push(Some(subscription));
                self.subscriptions.len() - 1
            }
        };
        for ssrc in ssrcs.into_iter().flatten() {
            self.by_ssrc.insert(ssrc, index as u16);
        }
        // Forwarding never grows it.
        self.pending.reserve(self.subscriptions.len().saturating_sub(self.pending.len()));
        index as u16
    }

    pub fn remove_subscription(&mut self, index: u16) -> Option<Subscription> {
        let removed = self.subscriptions.get_mut(usize::from(index))?.take();
        self.by_ssrc.retain(|_, of| *of != index);
        self.pending.retain(|pending| *pending != index);
        removed
    }

    /// Reads what says whether a subscription has something to send, without needing any of it yet.
    #[inline]
    pub fn touch_subscription(&self, index: u16) {
        black_box((self.state, self.is_waiting, self.pending.as_ptr()));
        if let Some(Some(subscription)) = self.subscriptions.get(usize::from(index)) {
            subscription.touch_interest();
        }
    }

    /// The same of what sends.
    #[inline]
    pub fn touch_path(&self) {
        black_box((self.paced_us, self.pending.first()));
        if let Some(path) = &self.path {
            path.touch();
        }
    }

    /// The same of what is sent first.
    #[inline]
    pub fn touch_pending(&self) {
        let first = self.pending.first().and_then(|index| self.subscriptions.get(usize::from(*index)));
        if let Some(Some(subscription)) = first {
            subscription.touch();
        }
    }

    pub fn subscription_mut(&mut self, index: u16) -> Option<&mut Subscription> {
        self.subscriptions.get_mut(usize::from(index))?.as_mut()
    }

    /// Whether an SSRC is in use on this transport, in either direction.
    pub fn knows_ssrc(&self, ssrc: u32) -> bool {
        ssrc == self.local_ssrc || self.by_ssrc.contains_key(&ssrc) || self.routes.contains_key(&ssrc)
    }

    /// An SSRC that the peer announced for an encoding.
    pub fn announce_route(&mut self, ssrc: u32, track: TrackKey, encoding: u8, is_repair: bool) {
        self.insert_route(ssrc, Route { track, encoding, is_repair });
    }

    /// Forgets a track's SSRCs.
    pub fn remove_routes(&mut self, track: TrackKey) {
        let srtp = &mut self.srtp;
        self.routes.retain(|ssrc, route| {
            if route.track == track
                && let Some(srtp) = srtp
            {
                srtp.forget(*ssrc);
            }
            route.track != track
        });
    }

    fn insert_route(&mut self, ssrc: u32, route: Route) -> bool {
        if self.routes.len() >= ROUTES_MAX && !self.routes.contains_key(&ssrc) {
            return false;
        }
        self.routes.insert(ssrc, route);
        true
    }
}
