//! Clients, a media plane and the paths between them under one virtual clock.
//!
//! Nothing here waits: time jumps to the next thing that happens. Everything random follows from the world's seed but
//! for keys and signatures, which no outcome depends on.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use exedra_client::peer::{Peer, PeerConfig, PeerEvent, ReceiveStats, SendNumbers, SendStats};
use exedra_client::synthetic::traffic::{TrafficShape, TrafficVideo, audio_payload};
use exedra_media::dtls::Identity;
use exedra_media::{
    Kind, Limits, PeerId, Plane, PlaneConfig, PlaneEvent, RecordingEgress, RoomKey, SectionBinding, SectionTarget,
    SubscriptionId, TrackId,
};

use crate::link::{Link, LinkProfile, Random};

/// A client of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientId(usize);

/// Tracks of one published stream.
#[derive(Debug, Clone)]
pub struct Published {
    pub audio: TrackId,
    pub video: TrackId,
    pub audio_mid: String,
    pub video_mid: String,
}

/// One stream as received by one client.
#[derive(Debug, Clone)]
pub struct Received {
    pub audio: SubscriptionId,
    pub video: SubscriptionId,
    pub audio_mid: String,
    pub video_mid: String,
}

/// One new media packet at a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    pub at: Duration,
    pub client: usize,
    pub mid: String,
    pub payload_bytes: usize,
    pub retransmission: bool,
}

/// Longest run of events at one moment: beyond it a timer stands still.
const EVENTS_AT_ONCE_MAX: u32 = 10_000;

const ROOM: RoomKey = RoomKey(1);

/// The wall clock when a world begins.
const UNIX_MS: u64 = 1_750_000_000_000;

pub struct World {
    started: Instant,
    now: Instant,
    random: Random,
    identity: Arc<Identity>,
    server: SocketAddr,
    plane: Plane,
    egress: RecordingEgress,
    clients: Vec<Client>,
    in_flight: BinaryHeap<Reverse<InFlight>>,
    sent: u64,
    next_id: u64,
    plane_events: Vec<PlaneEvent>,
    trace: Vec<Trace>,
}

struct Client {
    peer: Peer,
    id: PeerId,
    address: SocketAddr,
    up: Link,
    down: Link,
    bindings: Vec<SectionBinding>,
    sources: Vec<Source>,
    events: Vec<PeerEvent>,
}

struct Source {
    mid: String,
    started: Instant,
    number: u64,
    until: Option<Instant>,
    media: Media,
}

enum Media {
    Video(TrafficVideo),
    Audio,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct InFlight {
    at: Instant,
    /// Order of sending, for datagrams that arrive together.
    number: u64,
    from: SocketAddr,
    to: SocketAddr,
    datagram: Vec<u8>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let now = Instant::now();
        let identity = Arc::new(Identity::generate().expect("a certificate"));
        let server = SocketAddr::from(([10, 0, 0, 1], 5_000));
        let config = plane_config(Arc::clone(&identity), server, seed);
        Self {
            started: now,
            now,
            random: Random(seed),
            identity,
            server,
            plane: Plane::new(config, now),
            egress: RecordingEgress::new(),
            clients: Vec::new(),
            in_flight: BinaryHeap::new(),
            sent: 0,
            next_id: 1,
            plane_events: Vec::new(),
            trace: Vec::new(),
        }
    }

    /// A client with a path to the server and one back.
    pub fn add_client(&mut self, up: LinkProfile, down: LinkProfile) -> ClientId {
        let number = self.clients.len();
        let address = SocketAddr::from(([10, 0, 1, number as u8 + 1], 40_000));
        let config = PeerConfig {
            identity: Arc::clone(&self.identity),
            local: address,
            seed: self.random.number(),
            unix_ms: UNIX_MS,
        };
        let id = PeerId(self.new_id());
        self.plane.add_peer(id, ROOM, self.now).expect("room for a peer");
        self.clients.push(Client {
            peer: Peer::new(config, self.now),
            id,
            address,
            up: Link::new(up, self.random.number()),
            down: Link::new(down, self.random.number()),
            bindings: Vec::new(),
            sources: Vec::new(),
            events: Vec::new(),
        });
        ClientId(number)
    }

    /// Changes the paths of a client from now on.
    pub fn set_links(&mut self, client: ClientId, up: LinkProfile, down: LinkProfile) {
        let client = &mut self.clients[client.0];
        (client.up.profile, client.down.profile) = (up, down);
    }

    /// Publishes audio and video; media flows once the client is connected.
    pub fn publish(&mut self, client: ClientId) -> Published {
        let numbers = SendNumbers {
            ssrc: self.random.number() as u32,
            rtx_ssrc: self.random.number() as u32,
            first_sequence: self.random.number() as u16 >> 1,
            picture_id: self.random.number() as u16,
        };
        self.publish_with(client, numbers)
    }

    /// The same with given numbers of the video track.
    pub fn publish_with(&mut self, client: ClientId, numbers: SendNumbers) -> Published {
        let (audio, video) = (TrackId(self.new_id()), TrackId(self.new_id()));
        let now = self.now;
        let entry = &mut self.clients[client.0];
        let audio_mid = entry.peer.add_send(Kind::Audio);
        let video_mid = entry.peer.add_send_with(Kind::Video, numbers);
        for (mid, track) in [(&audio_mid, audio), (&video_mid, video)] {
            entry.bindings.push(SectionBinding { mid: mid.clone(), target: SectionTarget::Send { track } });
        }
        let traffic = TrafficVideo::new(TrafficShape::VIDEO, numbers.picture_id);
        for (mid, media) in [(&audio_mid, Media::Audio), (&video_mid, Media::Video(traffic))] {
            entry.sources.push(Source { mid: mid.clone(), started: now, number: 0, until: None, media });
        }
        self.negotiate(client);
        Published { audio, video, audio_mid, video_mid }
    }

    /// Stops sending at `after` from now, with the tracks still published.
    pub fn fall_silent_after(&mut self, client: ClientId, after: Duration) {
        let until = self.now + after;
        for source in &mut self.clients[client.0].sources {
            source.until = Some(until);
        }
    }

    pub fn subscribe(&mut self, client: ClientId, published: &Published) -> Received {
        let (audio, video) = (SubscriptionId(self.new_id()), SubscriptionId(self.new_id()));
        let entry = &mut self.clients[client.0];
        let audio_mid = entry.peer.add_receive(Kind::Audio);
        let video_mid = entry.peer.add_receive(Kind::Video);
        for (mid, track, subscription) in [(&audio_mid, published.audio, audio), (&video_mid, published.video, video)] {
            let target = SectionTarget::Receive { track, subscription };
            entry.bindings.push(SectionBinding { mid: mid.clone(), target });
        }
        self.negotiate(client);
        Received { audio, video, audio_mid, video_mid }
    }

    /// The client disappears without a word, and the server is told by signaling.
    pub fn remove_client(&mut self, client: ClientId) {
        let entry = &mut self.clients[client.0];
        entry.sources.clear();
        self.plane.remove_peer(entry.id, self.now, &mut self.egress);
    }

    /// The server forgets everything and starts anew with another seed; clients keep sending to it.
    pub fn restart_server(&mut self) {
        let config = plane_config(Arc::clone(&self.identity), self.server, self.random.number());
        self.plane = Plane::new(config, self.now);
    }

    pub fn run_for(&mut self, duration: Duration) {
        let end = self.now + duration;
        let (mut moment, mut events) = (self.now, 0);
        loop {
            let next = self.next_moment().filter(|next| *next <= end);
            let Some(next) = next else {
                self.now = end;
                return;
            };
            self.now = next.max(self.now);
            events = if self.now == moment { events + 1 } else { 0 };
            moment = self.now;
            assert!(events < EVENTS_AT_ONCE_MAX, "a timer stands still at {:?}", self.now - self.started);
            self.happen();
        }
    }

    /// Runs until `done`, for at most `limit`; returns whether it came true.
    pub fn run_until(&mut self, limit: Duration, done: impl Fn(&World) -> bool) -> bool {
        let end = self.now + limit;
        while !done(self) {
            if self.now >= end {
                return false;
            }
            self.run_for(Duration::from_millis(1));
        }
        true
    }

    pub fn elapsed(&self) -> Duration {
        self.now - self.started
    }

    pub fn is_connected(&self, client: ClientId) -> bool {
        self.clients[client.0].peer.is_connected()
    }

    pub fn received(&self, client: ClientId, mid: &str) -> ReceiveStats {
        self.clients[client.0].peer.receive_stats(mid).unwrap_or_default()
    }

    pub fn sent(&self, client: ClientId, mid: &str) -> SendStats {
        self.clients[client.0].peer.send_stats(mid).unwrap_or_default()
    }

    pub fn peer_events(&self, client: ClientId) -> &[PeerEvent] {
        &self.clients[client.0].events
    }

    pub fn plane_events(&self) -> &[PlaneEvent] {
        &self.plane_events
    }

    pub fn plane(&mut self) -> &mut Plane {
        &mut self.plane
    }

    /// Every new media packet at every client, in order.
    pub fn trace(&self) -> &[Trace] {
        &self.trace
    }

    fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    fn negotiate(&mut self, client: ClientId) {
        let client = &mut self.clients[client.0];
        let offer = client.peer.offer();
        let negotiated = self.plane.negotiate(client.id, &offer, &client.bindings, self.now).expect("an answer");
        assert_eq!(negotiated.problems, [], "every section is what it was meant to be");
        client.peer.handle_answer(&negotiated.answer).expect("a usable answer");
    }

    fn next_moment(&self) -> Option<Instant> {
        let arrival = self.in_flight.peek().map(|Reverse(next)| next.at);
        let clients = self.clients.iter().flat_map(|client| {
            client.peer.poll_timeout().into_iter().chain(client.sources.iter().filter_map(Source::next_at))
        });
        clients.chain(arrival).chain([self.plane.next_timeout()]).min()
    }

    /// Everything of this moment.
    fn happen(&mut self) {
        while let Some(Reverse(next)) = self.in_flight.peek()
            && next.at <= self.now
            && let Some(Reverse(arrival)) = self.in_flight.pop()
        {
            self.arrive(arrival);
        }
        self.plane.flush(self.now, &mut self.egress);
        while let Some(event) = self.plane.poll_event() {
            self.plane_events.push(event);
        }
        for client in &mut self.clients {
            client.peer.handle_timeout(self.now);
            while let Some(event) = client.peer.poll_event() {
                if let PeerEvent::KeyFrameRequested { mid } = &event {
                    client.sources.iter_mut().filter(|source| source.mid == *mid).for_each(Source::request_key_frame);
                }
                client.events.push(event);
            }
            for source in &mut client.sources {
                source.run(&mut client.peer, self.now - self.started, self.now);
            }
        }
        self.transmit();
    }

    fn arrive(&mut self, arrival: InFlight) {
        let InFlight { from, to, mut datagram, .. } = arrival;
        if to == self.server {
            self.plane.receive(from, &mut datagram, self.now, &mut self.egress);
            return;
        }
        let at = self.now - self.started;
        let Some(number) = self.clients.iter().position(|client| client.address == to) else { return };
        if let Some(media) = self.clients[number].peer.handle_datagram(from, &mut datagram, self.now) {
            self.trace.push(Trace {
                at,
                client: number,
                mid: media.mid.to_owned(),
                payload_bytes: media.payload.len(),
                retransmission: media.retransmission,
            });
        }
    }

    fn transmit(&mut self) {
        let mut datagram = Vec::new();
        for client in &mut self.clients {
            while let Some(to) = client.peer.poll_transmit(&mut datagram) {
                for delay in client.up.carry(&datagram) {
                    let at = self.now + delay;
                    self.sent += 1;
                    let datagram = datagram.clone();
                    let number = self.sent;
                    self.in_flight.push(Reverse(InFlight { at, number, from: client.address, to, datagram }));
                }
            }
        }
        for (to, datagram) in self.egress.take() {
            let Some(client) = self.clients.iter_mut().find(|client| client.address == to) else { continue };
            for delay in client.down.carry(&datagram) {
                let at = self.now + delay;
                self.sent += 1;
                let (number, datagram) = (self.sent, datagram.clone());
                self.in_flight.push(Reverse(InFlight { at, number, from: self.server, to, datagram }));
            }
        }
    }
}

fn plane_config(identity: Arc<Identity>, server: SocketAddr, seed: u64) -> PlaneConfig {
    PlaneConfig { identity, candidates: vec![server], unix_ms: UNIX_MS, seed, limits: Limits::default() }
}

impl Source {
    fn next_at(&self) -> Option<Instant> {
        let next = self.started
            + match self.media {
                Media::Video(_) => {
                    Duration::from_nanos(self.number * 1_000_000_000 / TrafficShape::VIDEO.frames_per_second)
                }
                Media::Audio => Duration::from_millis(20 * self.number),
            };
        (self.until.is_none_or(|until| next < until)).then_some(next)
    }

    fn request_key_frame(&mut self) {
        if let Media::Video(video) = &mut self.media {
            video.request_key_frame();
        }
    }

    fn run(&mut self, peer: &mut Peer, stamp: Duration, now: Instant) {
        while self.next_at().is_some_and(|at| at <= now) {
            match &mut self.media {
                Media::Video(video) => {
                    let timestamp = (self.number * 3_000) as u32;
                    let mut sent = true;
                    video.frame(stamp, |payload, last| {
                        sent &= peer.send_payload(&self.mid, payload, timestamp, last, now);
                    });
                    if !sent {
                        video.request_key_frame();
                    }
                }
                Media::Audio => {
                    let payload = audio_payload(&TrafficShape::VIDEO, stamp);
                    peer.send_payload(&self.mid, &payload, (self.number * 960) as u32, false, now);
                }
            }
            self.number += 1;
        }
    }
}
