//! The media plane of one shard: every peer, every track, and a packet's way from one to the others.
//!
//! Read it from top to bottom: [`Plane::receive`] takes a datagram in, [`Plane::flush`] sends on what has come since.
//! Owns peers, tracks and the maps between them. Must not know sockets, clocks, roles or names.
//!
//! Invariants: nothing from an address without an authenticated ICE check changes anything but a counter; a track is
//! forwarded within its room only; handling one peer never ends in the loss of another, not even by a panic.

mod control;
mod events;
mod negotiation;
mod stats;
pub(crate) mod unplugged;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use rustc_hash::FxHashMap;
use slotmap::SlotMap;

use crate::binding::SubscriptionWants;
use crate::dtls::Identity;
use crate::egress::Egress;
use crate::event::{PlaneEvent, TransportLoss};
use crate::ids::{PeerId, RoomKey, SubscriptionId, TrackId};
use crate::limits::Limits;
use crate::pacer;
use crate::peer::{Outcome, Peer, PeerKey, PeerState};
use crate::reports::Clock;
use crate::rtcp::is_rtcp;
use crate::seed::Random;
use crate::track::{EncodingSet, SubscriberRef, Track, TrackKey};
use crate::transport::DatagramKind;
use crate::twcc::PacketResult;

pub use negotiation::{NegotiateError, Negotiated};
pub use stats::{OthersHeard, PathSample, PeerFacts, PlaneCounters, PlaneStats, SubscriptionStats, TrackStats};

#[derive(Clone)]
pub struct PlaneConfig {
    pub identity: Arc<Identity>,
    /// Addresses of the shard's socket, as they go into answers.
    pub candidates: Vec<SocketAddr>,
    /// Wall clock when the plane is made, milliseconds since 1970; for the NTP times in reports.
    pub unix_ms: u64,
    /// SSRCs and first numbers follow from it.
    pub seed: u64,
    pub limits: Limits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaneError {
    TooManyPeers,
    PeerExists,
}

pub struct Plane {
    config: PlaneConfig,
    clock: Clock,
    random: Random,

    peers: SlotMap<PeerKey, Peer>,
    tracks: SlotMap<TrackKey, Track>,
    rooms: FxHashMap<RoomKey, Room>,

    peer_keys: FxHashMap<PeerId, PeerKey>,
    track_keys: FxHashMap<TrackId, TrackKey>,
    subscription_keys: FxHashMap<SubscriptionId, SubscriberRef>,
    by_ufrag: FxHashMap<String, PeerKey>,
    by_address: FxHashMap<SocketAddr, PeerKey>,

    /// Tracks with packets that subscribers have not been told of.
    dirty: Vec<TrackKey>,
    /// Peers with something to send, and when they may be sent it.
    waiting: Vec<(u64, PeerKey)>,
    timers: BinaryHeap<Reverse<(u64, PeerKey)>>,
    levels_us: u64,
    events: VecDeque<PlaneEvent>,
    counters: PlaneCounters,
    scratch: Scratch,
}

/// What one flush collects before it acts; kept for its capacity.
#[derive(Default)]
struct Scratch {
    wishes: Vec<(TrackKey, u8)>,
    started: Vec<SubscriptionId>,
    /// Subscriptions whose picture has changed.
    news: Vec<SubscriptionId>,
    /// Tracks of which other encodings are needed than before.
    needs: Vec<TrackId>,
    results: Vec<PacketResult>,
    datagram: Vec<u8>,
}

#[derive(Debug, Default)]
struct Room {
    peers: usize,
    tracks: Vec<TrackKey>,
    /// Somebody was heard in the last interval.
    is_loud: bool,
}

impl Plane {
    pub fn new(config: PlaneConfig, now: Instant) -> Self {
        Self {
            clock: Clock::new(now, config.unix_ms),
            random: Random::new(config.seed),
            config,
            peers: SlotMap::with_key(),
            tracks: SlotMap::with_key(),
            rooms: FxHashMap::default(),
            peer_keys: FxHashMap::default(),
            track_keys: FxHashMap::default(),
            subscription_keys: FxHashMap::default(),
            by_ufrag: FxHashMap::default(),
            by_address: FxHashMap::default(),
            dirty: Vec::new(),
            waiting: Vec::new(),
            timers: BinaryHeap::new(),
            levels_us: 0,
            events: VecDeque::new(),
            counters: PlaneCounters::default(),
            scratch: Scratch::default(),
        }
    }

    /// Takes one datagram in. Repairs and answers leave at once; media waits for [`Self::flush`].
    pub fn receive(&mut self, from: SocketAddr, datagram: &mut [u8], now: Instant, egress: &mut impl Egress) {
        let now_us = self.clock.us(now);
        match DatagramKind::of(datagram) {
            DatagramKind::Stun => self.receive_stun(from, datagram, now, egress),
            DatagramKind::Dtls => self.receive_dtls(from, datagram, now, egress),
            DatagramKind::Rtp => self.receive_media(from, datagram, now_us, egress),
            DatagramKind::Unknown => self.counters.unknown += 1,
        }
    }

    fn receive_media(&mut self, from: SocketAddr, datagram: &mut [u8], now_us: u64, egress: &mut impl Egress) {
        let Some(&key) = self.by_address.get(&from) else {
            self.counters.unauthenticated += 1;
            return;
        };
        let Self { peers, tracks, clock, scratch, .. } = self;
        let Some(peer) = peers.get_mut(key).filter(|peer| peer.state == PeerState::Up) else { return };
        let outcome = catch_unwind(AssertUnwindSafe(|| match is_rtcp(datagram) {
            false => peer.receive_rtp(datagram, tracks, now_us),
            true => peer.receive_rtcp(datagram, tracks, clock, &mut scratch.results, now_us, egress),
        }));
        match outcome {
            Ok(outcome) => self.act_upon(key, outcome, now_us),
            Err(_) => self.contain_panic(key),
        }
    }

    fn act_upon(&mut self, key: PeerKey, outcome: Outcome, now_us: u64) {
        if let Some((track_key, received)) = outcome.received
            && let Some(track) = self.tracks.get_mut(track_key)
        {
            if received.is_new {
                let wait_us = if received.is_complete { 0 } else { pacer::FRAME_WAIT_US };
                if track.announce(received.encoding, now_us + wait_us) {
                    self.dirty.push(track_key);
                }
            }
            let id = track.id;
            if received.is_first {
                self.emit(PlaneEvent::FirstPacket { track: id });
            }
            if received.is_first_key_frame {
                self.emit(PlaneEvent::FirstKeyFrame { track: id });
            }
            let in_us = if received.needs_repair { REPAIR_DELAY_US } else { FEEDBACK_DELAY_US };
            self.schedule(key, now_us + in_us);
        }
        if outcome.needs_tick {
            self.schedule(key, now_us);
        }
        if let Some(track) = outcome.key_frame_wanted_of.and_then(|key| self.tracks.get(key)) {
            self.schedule(track.publisher, now_us);
        }
    }

    /// Sends what has come since the last call and what is due. To be called after each batch of datagrams, and at
    /// [`Self::next_timeout`].
    pub fn flush(&mut self, now: Instant, egress: &mut impl Egress) {
        let now_us = self.clock.us(now);
        self.tell_subscribers(now_us);
        self.release(now_us, egress);
        self.run_timers(now, now_us, egress);
        self.tell_levels(now_us);
    }

    /// Every subscriber of an encoding with news gets it on its list; a subscriber with a list gets a time. The beginning of a
    /// frame is no news yet.
    fn tell_subscribers(&mut self, now_us: u64) {
        let Self { dirty, tracks, peers, waiting, .. } = self;
        dirty.retain(|track_key| {
            let Some(track) = tracks.get_mut(*track_key) else { return false };
            let news = track.take_news(now_us);
            if news.is_empty() {
                return track.tell_us().is_some();
            }
            for group in track.subscribers.chunks(WARMED_TOGETHER) {
                for subscriber in group {
                    if let Some(peer) = peers.get(subscriber.peer) {
                        peer.touch_subscription(subscriber.index);
                    }
                }
                for subscriber in group {
                    let Some(peer) = peers.get_mut(subscriber.peer) else { continue };
                    mark(peer, *subscriber, news, waiting, now_us);
                }
            }
            track.tell_us().is_some()
        });
    }

    /// Forwards to the subscribers whose time has come, one after the other in the order in which they came to wait.
    fn release(&mut self, now_us: u64, egress: &mut impl Egress) {
        let mut waiting = std::mem::take(&mut self.waiting);
        let mut kept = 0;
        for at in 0..waiting.len() {
            if at % WARMED_TOGETHER == 0 {
                warm(&self.peers, waiting[at..].iter().take(WARMED_TOGETHER).filter(|(us, _)| *us <= now_us));
            }
            let (release_us, key) = waiting[at];
            let next_us = if release_us > now_us { Some(release_us) } else { self.release_to(key, now_us, egress) };
            if let Some(next_us) = next_us {
                waiting[kept] = (next_us, key);
                kept += 1;
            }
        }
        waiting.truncate(kept);
        self.waiting = waiting;
        self.grant_wishes(now_us);
    }

    /// Forwards to one subscriber. Returns when it may be sent the rest, if something is left.
    fn release_to(&mut self, key: PeerKey, now_us: u64, egress: &mut impl Egress) -> Option<u64> {
        let Self { peers, tracks, scratch, .. } = self;
        let peer = peers.get_mut(key)?;
        let released = catch_unwind(AssertUnwindSafe(|| {
            peer.release(tracks, now_us, egress, &mut scratch.wishes, &mut scratch.started)
        }));
        let Ok(released) = released else {
            self.contain_panic(key);
            return None;
        };
        self.counters.padding += released.padding;
        peer.is_waiting = released.is_unfinished;
        released.is_unfinished.then_some(now_us + pacer::QUANTUM_US)
    }

    /// Passes on which key frames subscribers need, and who has begun to receive.
    fn grant_wishes(&mut self, now_us: u64) {
        while let Some((track, encoding)) = self.scratch.wishes.pop() {
            let Some(track) = self.tracks.get_mut(track) else { continue };
            let publisher = track.publisher;
            let due_us = track.encodings.get_mut(usize::from(encoding)).and_then(|encoding| {
                encoding.requests.want();
                encoding.requests.due_us()
            });
            if let Some(due_us) = due_us {
                self.schedule(publisher, due_us.max(now_us));
            }
        }
        while let Some(subscription) = self.scratch.started.pop() {
            self.emit(PlaneEvent::SubscriptionStarted { subscription });
        }
    }

    fn run_timers(&mut self, now: Instant, now_us: u64, egress: &mut impl Egress) {
        while let Some(&Reverse((at_us, key))) = self.timers.peek()
            && at_us <= now_us
        {
            self.timers.pop();
            let Self { peers, tracks, clock, waiting, scratch, .. } = self;
            let Some(peer) = peers.get_mut(key).filter(|peer| peer.scheduled_us == Some(at_us)) else { continue };
            peer.scheduled_us = None;
            let ticked = catch_unwind(AssertUnwindSafe(|| {
                peer.tick(tracks, clock, now, now_us, egress, &mut scratch.news);
            }));
            if ticked.is_err() {
                self.contain_panic(key);
                continue;
            }
            if peer.has_probe() && !peer.is_waiting {
                peer.is_waiting = true;
                waiting.push((now_us, key));
            }
            while let Some(subscription) = self.scratch.news.pop() {
                if let Some(explanation) = self.explain(subscription) {
                    self.emit(PlaneEvent::VideoQuality { subscription, explanation: Box::new(explanation) });
                }
            }
            self.contained(key, |plane| {
                plane.tell_needs(key, now_us);
                plane.follow_transport(key, now_us, egress);
                plane.end_if_silent(key, now_us);
                plane.replug(key, now_us);
                plane.reschedule(key, now_us);
            });
        }
    }

    fn reschedule(&mut self, key: PeerKey, now_us: u64) {
        let Some(peer) = self.peers.get(key) else { return };
        let replug_us = peer.unplugged.as_ref().map(|unplugged| unplugged.until_us);
        let next_us = [peer.next_tick_us(&self.tracks, &self.clock), control::deadline_us(peer), replug_us];
        if let Some(next_us) = next_us.into_iter().flatten().min() {
            self.schedule(key, next_us.max(now_us + TICK_MIN_US));
        }
    }

    /// Sees to it that the peer's timers run at `at_us` at the latest.
    fn schedule(&mut self, key: PeerKey, at_us: u64) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        if peer.scheduled_us.is_none_or(|scheduled_us| at_us < scheduled_us) {
            peer.scheduled_us = Some(at_us);
            self.timers.push(Reverse((at_us, key)));
        }
    }

    /// When [`Self::flush`] next has something to do without any datagram.
    pub fn next_timeout(&self) -> Instant {
        let told = self.dirty.iter().filter_map(|track| self.tracks.get(*track)?.tell_us()).min();
        let release = self.waiting.iter().map(|(release_us, _)| *release_us).min();
        let timer = self.timers.peek().map(|Reverse((at_us, _))| *at_us);
        let levels = self.levels_us + crate::levels::INTERVAL_US;
        let next_us = [told, release, timer].into_iter().flatten().fold(levels, u64::min);
        self.clock.instant(next_us)
    }

    pub fn add_peer(&mut self, peer: PeerId, room: RoomKey, now: Instant) -> Result<(), PlaneError> {
        if self.peer_keys.contains_key(&peer) {
            return Err(PlaneError::PeerExists);
        }
        if self.peers.len() >= self.config.limits.peers_max {
            return Err(PlaneError::TooManyPeers);
        }
        let now_us = self.clock.us(now);
        let PlaneConfig { identity, candidates, .. } = &self.config;
        let ssrc = self.random.ssrc();
        let added = Peer::new(peer, room, Arc::clone(identity), candidates, ssrc, now, now_us);
        let ufrag = added.ufrag.clone();
        let key = self.peers.insert(added);
        self.peer_keys.insert(peer, key);
        self.by_ufrag.insert(ufrag, key);
        self.rooms.entry(room).or_default().peers += 1;
        Ok(())
    }

    /// Forgets a peer with all its tracks and subscriptions, and says goodbye to it.
    pub fn remove_peer(&mut self, peer: PeerId, now: Instant, egress: &mut impl Egress) {
        let Some(key) = self.peer_keys.remove(&peer) else { return };
        let Some(peer) = self.peers.get_mut(key) else { return };
        // Whatever comes of the goodbye, the peer is forgotten.
        let datagram = &mut self.scratch.datagram;
        let parted = catch_unwind(AssertUnwindSafe(|| {
            peer.transport.close(now);
            peer.transmit(datagram, egress);
        }));
        self.counters.panics += u64::from(parted.is_err());
        let tracks: Vec<_> = peer.tracks.iter().map(|published| published.track).collect();
        let count = peer.subscriptions.len() as u16;
        for track in tracks {
            self.drop_track(track);
        }
        for index in 0..count {
            self.drop_subscription(SubscriberRef { peer: key, index });
        }
        let Some(peer) = self.peers.remove(key) else { return };
        self.by_ufrag.remove(&peer.ufrag);
        self.by_address.retain(|_, of| *of != key);
        self.waiting.retain(|(_, of)| *of != key);
        if let Some(room) = self.rooms.get_mut(&peer.room) {
            room.peers -= 1;
            if room.peers == 0 {
                self.rooms.remove(&peer.room);
            }
        }
    }

    /// Ends a track; its subscriptions stay and fall silent until they are removed.
    pub fn remove_track(&mut self, track: TrackId) {
        if let Some(&key) = self.track_keys.get(&track) {
            self.drop_track(key);
        }
    }

    pub fn remove_subscription(&mut self, subscription: SubscriptionId) {
        if let Some(&at) = self.subscription_keys.get(&subscription) {
            self.drop_subscription(at);
        }
    }

    pub fn set_subscription(&mut self, subscription: SubscriptionId, wants: SubscriptionWants, now: Instant) {
        let now_us = self.clock.us(now);
        let Some(&at) = self.subscription_keys.get(&subscription) else { return };
        let Some(peer) = self.peers.get_mut(at.peer) else { return };
        if let Some(subscription) = peer.subscription_mut(at.index) {
            subscription.set_wants(wants);
        }
        mark(peer, at, EncodingSet::ALL, &mut self.waiting, now_us);
    }

    /// What a muted track sends reaches nobody. When a video track returns, it begins with a key frame.
    pub fn set_track_muted(&mut self, track: TrackId, muted: bool, now: Instant) {
        let now_us = self.clock.us(now);
        let Some(track) = self.track_keys.get(&track).and_then(|key| self.tracks.get_mut(*key)) else { return };
        track.set_muted(muted);
        let publisher = track.publisher;
        self.schedule(publisher, now_us);
    }

    /// Asks the publisher for a key frame, as often as [`crate::key_frame`] allows.
    pub fn request_key_frame(&mut self, subscription: SubscriptionId, now: Instant) {
        let now_us = self.clock.us(now);
        let Some(&at) = self.subscription_keys.get(&subscription) else { return };
        let Some(subscription) = self.peers.get_mut(at.peer).and_then(|peer| peer.subscription_mut(at.index)) else {
            return;
        };
        self.scratch.wishes.push((subscription.track, subscription.target()));
        self.grant_wishes(now_us);
    }

    fn drop_track(&mut self, key: TrackKey) {
        let Some(track) = self.tracks.remove(key) else { return };
        self.track_keys.remove(&track.id);
        if let Some(room) = self.rooms.get_mut(&track.room) {
            room.tracks.retain(|of| *of != key);
        }
        if let Some(publisher) = self.peers.get_mut(track.publisher) {
            publisher.tracks.retain(|published| published.track != key);
            publisher.remove_routes(key);
        }
    }

    fn drop_subscription(&mut self, at: SubscriberRef) {
        let Some(removed) = self.peers.get_mut(at.peer).and_then(|peer| peer.remove_subscription(at.index)) else {
            return;
        };
        self.subscription_keys.remove(&removed.id);
        if let Some(track) = self.tracks.get_mut(removed.track) {
            track.subscribers.retain(|subscriber| *subscriber != at);
        }
    }

    /// Does something for one peer; `None` if it panicked, and the peer is over.
    fn contained<T>(&mut self, key: PeerKey, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let done = catch_unwind(AssertUnwindSafe(|| work(self)));
        if done.is_err() {
            self.contain_panic(key);
        }
        done.ok()
    }

    /// A panic is a defect of ours. It costs the peer it happened for, and nobody else.
    #[cold]
    fn contain_panic(&mut self, key: PeerKey) {
        self.counters.panics += 1;
        self.end(key, TransportLoss::Panicked);
    }

    /// Gives a peer up. It stays, silent, until its owner removes it.
    fn end(&mut self, key: PeerKey, reason: TransportLoss) {
        let Some(peer) = self.peers.get_mut(key).filter(|peer| peer.state != PeerState::Over) else { return };
        peer.state = PeerState::Over;
        peer.is_waiting = false;
        let id = peer.id;
        self.waiting.retain(|(_, of)| *of != key);
        self.emit(PlaneEvent::TransportLost { peer: id, reason });
    }
}

/// Subscribers whose state is fetched at a time: as many as the first-level cache has line buffers for.
const WARMED_TOGETHER: usize = 8;

/// Reads what forwarding is about to need of some subscribers. Between two frames all of it has left the caches, and one
/// after the other each line is waited for; reads that do not depend on each other are waited for together.
#[inline]
fn warm<'a>(peers: &SlotMap<PeerKey, Peer>, group: impl Iterator<Item = &'a (u64, PeerKey)> + Clone) {
    let peers = || group.clone().filter_map(|(_, key)| peers.get(*key));
    peers().for_each(Peer::touch_path);
    peers().for_each(Peer::touch_pending);
}

/// Puts a subscription that `news` concerns on its peer's list, and the peer on the plane's.
#[inline]
fn mark(peer: &mut Peer, at: SubscriberRef, news: EncodingSet, waiting: &mut Vec<(u64, PeerKey)>, now_us: u64) {
    if peer.state != PeerState::Up {
        return;
    }
    let Some(Some(subscription)) = peer.subscriptions.get_mut(usize::from(at.index)) else { return };
    if subscription.is_pending || !subscription.is_interested_in(news) {
        return;
    }
    subscription.is_pending = true;
    peer.pending.push(at.index);
    if !peer.is_waiting {
        peer.is_waiting = true;
        waiting.push((now_us.max(peer.paced_us), at.peer));
    }
}

/// A publisher's timers run at least this soon after a packet of its: feedback is due.
const FEEDBACK_DELAY_US: u64 = crate::twcc::FEEDBACK_INTERVAL_US;

/// … and this soon after one that showed a gap.
const REPAIR_DELAY_US: u64 = 5_000;

/// Timers of one peer run no more often than this.
const TICK_MIN_US: u64 = 2_000;
