//! A room with everybody in it, for tests: commands in, and what each client and the media plane have seen so far.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};

use exedra_contract::Fault;
use exedra_contract::token::Role;
use exedra_contract::wire::{
    EndReason, EventBody, Section, SectionTarget, Signal, StreamChanges, StreamProperties, SubscriptionPreferences,
};
use exedra_session::{
    Admission, Attachment, Command, ConnectionKey, Diagnosis, Effect, FlowKey, Join, LogBody, MediaFact, MediaOf,
    MediaOp, Millis, Moderation, PeerKey, Reply, Request, Resume, Room, Settings, TrackKey,
};

pub struct House {
    pub room: Room,
    pub now: Millis,
    pub log: Vec<LogBody>,
    pub media: Media,
    pub seen: BTreeMap<ConnectionKey, Vec<(u64, EventBody)>>,
    pub closed_sockets: Vec<(ConnectionKey, Attachment)>,
    pub diagnoses: Vec<Diagnosis>,
}

/// What is open in the plane now, and what was said about it.
#[derive(Default)]
pub struct Media {
    pub peers: BTreeSet<PeerKey>,
    pub tracks: BTreeSet<TrackKey>,
    pub flows: BTreeMap<FlowKey, TrackKey>,
    pub muted: BTreeSet<TrackKey>,
    pub ops: Vec<MediaOp>,
    pub summarized: Vec<MediaOf>,
}

/// 2026-01-01T00:00:00Z
pub const START: Millis = Millis(1_767_225_600_000);

/// Splitmix64: short, and good enough to tell ids apart.
pub fn seeded(mut seed: u64) -> Box<dyn FnMut() -> u128 + Send> {
    let mut next = move || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    Box::new(move || u128::from(next()) << 64 | u128::from(next()))
}

impl House {
    pub fn new() -> House {
        House::with(Settings::new("session"))
    }

    pub fn with(settings: Settings) -> House {
        House::number(settings, 1, 7)
    }

    pub fn number(settings: Settings, room_number: u32, seed: u64) -> House {
        House {
            room: Room::new(settings, room_number, seeded(seed)),
            now: START,
            log: Vec::new(),
            media: Media::default(),
            seen: BTreeMap::new(),
            closed_sockets: Vec::new(),
            diagnoses: Vec::new(),
        }
    }

    pub fn apply(&mut self, command: Command) -> Result<Reply, Fault> {
        let mut effects = Vec::new();
        let result = self.room.apply(command, self.now, &mut effects);
        assert!(result.is_ok() || effects.is_empty(), "a refused command had effects: {effects:?}");
        for effect in effects {
            match effect {
                Effect::Log(entry) => self.log.push(entry.body),
                Effect::Media(op) => self.media.apply(op),
                Effect::Send(delivery) => {
                    let event = EventBody::clone(&delivery.body);
                    self.seen.entry(delivery.to).or_default().push((delivery.seq, event));
                }
                Effect::CloseSocket { connection, attachment } => self.closed_sockets.push((connection, attachment)),
                Effect::Diagnose(diagnosis) => self.diagnoses.push(diagnosis),
                Effect::Summarize(of) => self.media.summarize(of),
            }
        }
        result
    }

    pub fn join(&mut self, role: Role) -> Admission {
        self.try_join(Join { role, data: None, connection_events: true, audio_levels: true }).unwrap()
    }

    pub fn try_join(&mut self, join: Join) -> Result<Admission, Fault> {
        match self.apply(Command::Join(join))? {
            Reply::Admitted(admission) => Ok(*admission),
            other => panic!("{other:?}"),
        }
    }

    pub fn resume(&mut self, who: &Admission, last_seq: u64) -> Result<Admission, Fault> {
        let resume =
            Resume { connection_id: who.connection.connection_id.clone(), secret: who.resume_secret.clone(), last_seq };
        match self.apply(Command::Resume(resume))? {
            Reply::Admitted(admission) => Ok(*admission),
            other => panic!("{other:?}"),
        }
    }

    pub fn request(&mut self, from: &Admission, request: Request) -> Result<Reply, Fault> {
        self.apply(Command::Request { from: from.key, request })
    }

    pub fn fact(&mut self, fact: MediaFact) {
        self.apply(Command::Media(fact)).unwrap();
    }

    pub fn publish(&mut self, from: &Admission) -> Result<String, Fault> {
        self.publish_as(from, camera())
    }

    pub fn publish_as(&mut self, from: &Admission, properties: StreamProperties) -> Result<String, Fault> {
        match self.request(from, Request::Publish(properties))? {
            Reply::Published { stream_id } => Ok(stream_id),
            other => panic!("{other:?}"),
        }
    }

    pub fn subscribe(&mut self, from: &Admission, stream_id: &str) -> Result<String, Fault> {
        let preferences = SubscriptionPreferences::default();
        match self.request(from, Request::Subscribe { stream_id: stream_id.to_owned(), preferences })? {
            Reply::Subscribed { subscription_id, .. } => Ok(subscription_id),
            other => panic!("{other:?}"),
        }
    }

    /// The offer is made, and the plane accepts it.
    pub fn negotiate(&mut self, from: &Admission, sections: Vec<Section>) -> PeerKey {
        let reply = self.request(from, Request::Negotiate { sections: sections.clone() }).unwrap();
        let Reply::Sections(plan) = reply else { panic!("{reply:?}") };
        self.apply(Command::Negotiated { connection: from.key, sections, without_codec: Vec::new() }).unwrap();
        plan.peer
    }

    /// Publishes all the way until everybody sees it.
    pub fn publish_live(&mut self, from: &Admission) -> String {
        let stream_id = self.publish(from).unwrap();
        let peer = self.negotiate(from, vec![sends("0", &stream_id), sends("1", &stream_id)]);
        self.fact(MediaFact::TransportUp { peer });
        stream_id
    }

    /// Subscribes all the way until media flows.
    pub fn subscribe_live(&mut self, from: &Admission, stream_id: &str) -> String {
        let before: BTreeSet<FlowKey> = self.media.flows.keys().copied().collect();
        let subscription_id = self.subscribe(from, stream_id).unwrap();
        let peer = self.negotiate(from, vec![receives("2", &subscription_id)]);
        self.fact(MediaFact::TransportUp { peer });
        for flow in self.media.flows.keys().copied().filter(|flow| !before.contains(flow)).collect::<Vec<_>>() {
            self.fact(MediaFact::Flowing { flow });
        }
        subscription_id
    }

    pub fn moderate(&mut self, from: &Admission, moderation: Moderation) -> Result<Reply, Fault> {
        self.request(from, Request::Moderate(moderation))
    }

    pub fn signal(&mut self, from: &Admission, data: &str, to: Option<&Admission>) -> Result<Reply, Fault> {
        let to = to.map(|to| to.connection.connection_id.clone());
        self.request(from, Request::Signal(Signal { kind: None, data: Some(data.to_owned()), to }))
    }

    pub fn lose_socket(&mut self, who: &Admission) {
        self.apply(Command::SocketLost { connection: who.key, attachment: who.attachment }).unwrap();
    }

    pub fn leave(&mut self, who: &Admission) {
        self.request(who, Request::Leave).unwrap();
    }

    /// Time goes on, and every timeout that comes due on the way is delivered at its moment.
    pub fn pass_ms(&mut self, ms: u64) {
        let end = self.now.after(ms);
        while let Some(due) = self.room.next_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.apply(Command::Timeout).unwrap();
        }
        self.now = end;
    }

    /// The events a client has received since this was last asked, in words.
    pub fn news(&mut self, who: &Admission) -> Vec<String> {
        let events = self.seen.remove(&who.key).unwrap_or_default();
        events.iter().map(|(_, body)| in_words(body)).collect()
    }
}

impl Media {
    /// Carries out one operation, as strictly as a plane would.
    pub fn apply(&mut self, op: MediaOp) {
        match &op {
            MediaOp::OpenPeer { peer } => assert!(self.peers.insert(*peer)),
            MediaOp::ClosePeer { peer } => assert!(self.peers.remove(peer)),
            MediaOp::OpenTrack { peer, track, .. } => {
                assert!(self.peers.contains(peer) && self.tracks.insert(*track));
            }
            MediaOp::CloseTrack { track } => {
                assert!(self.tracks.remove(track), "closed a track that is not open");
                assert!(!self.flows.values().any(|of| of == track), "closed a track that still flows");
                self.muted.remove(track);
            }
            MediaOp::MuteTrack { track, muted } => {
                assert!(self.tracks.contains(track));
                let changed = if *muted { self.muted.insert(*track) } else { self.muted.remove(track) };
                assert!(changed, "muted or unmuted a track that was so already");
            }
            MediaOp::OpenFlow { peer, flow, .. } => {
                assert!(self.peers.contains(peer) && self.tracks.contains(&flow.track));
                assert!(self.flows.insert(flow.key, flow.track).is_none());
            }
            MediaOp::CloseFlow { flow } => assert!(self.flows.remove(flow).is_some()),
            MediaOp::SetFlow { flow, .. } | MediaOp::RequestKeyFrame { flow } => {
                assert!(self.flows.contains_key(flow));
            }
        }
        self.ops.push(op);
    }

    /// A summary is of what is still open.
    pub fn summarize(&mut self, of: MediaOf) {
        assert!(of.tracks.iter().all(|(_, _, track)| self.tracks.contains(track)), "{of:?}");
        assert!(of.flows.iter().all(|(_, _, flow)| self.flows.contains_key(flow)), "{of:?}");
        self.summarized.push(of);
    }

    pub fn is_empty(&self) -> bool {
        self.peers.is_empty() && self.tracks.is_empty() && self.flows.is_empty() && self.muted.is_empty()
    }
}

pub fn camera() -> StreamProperties {
    StreamProperties {
        name: "camera".to_owned(),
        audio_track: true,
        video_track: true,
        has_audio: true,
        has_video: true,
        width: 1_280,
        height: 720,
        ..StreamProperties::default()
    }
}

pub fn sends(mid: &str, stream_id: &str) -> Section {
    Section { mid: mid.to_owned(), target: SectionTarget::Send { stream_id: stream_id.to_owned() } }
}

pub fn receives(mid: &str, subscription_id: &str) -> Section {
    let target = SectionTarget::Receive { subscription_id: subscription_id.to_owned() };
    Section { mid: mid.to_owned(), target }
}

pub fn muted(has_audio: bool) -> StreamChanges {
    StreamChanges { has_audio: Some(has_audio), ..StreamChanges::default() }
}

/// `event` with its reason or figures, without ids.
pub fn in_words(body: &EventBody) -> String {
    fn reason(reason: &EndReason) -> String {
        serde_json::to_value(reason).unwrap().as_str().unwrap().to_owned()
    }
    match body {
        EventBody::ConnectionCreated { .. } => "connection created".to_owned(),
        EventBody::ConnectionDestroyed { reason: why, .. } => format!("connection destroyed: {}", reason(why)),
        EventBody::StreamCreated { .. } => "stream created".to_owned(),
        EventBody::StreamUpdated { changes, .. } => {
            format!("stream updated: {}", serde_json::to_string(changes).unwrap())
        }
        EventBody::StreamDestroyed { reason: why, .. } => format!("stream destroyed: {}", reason(why)),
        EventBody::Signal { signal, from } => {
            let sender = if from.is_some() { "" } else { " from the server" };
            format!("signal{sender}: {}", signal.data.as_deref().unwrap_or(""))
        }
        EventBody::StreamMuteForced { .. } => "own stream muted".to_owned(),
        EventBody::MuteForced { active } => format!("mute forced: {active}"),
        EventBody::SubscriptionStarted { .. } => "subscription started".to_owned(),
        EventBody::SubscriptionEnded { reason: why, .. } => format!("subscription ended: {}", reason(why)),
        EventBody::EncodingsNeeded { encodings, .. } => {
            let needed = encodings.iter().filter(|encoding| encoding.needed).map(|encoding| &*encoding.rid);
            format!("encodings needed: {}", needed.collect::<Vec<_>>().join(" "))
        }
        EventBody::QualityChanged { explanation, .. } => {
            let limit = explanation.limited_by.map_or("nothing".to_owned(), |limit| format!("{limit:?}"));
            format!("quality: {:?}, limited by {limit}", explanation.quality)
        }
        EventBody::OperationFailed { operation, error, .. } => {
            format!("{operation} failed: {}", error["code"].as_str().unwrap())
        }
        EventBody::AudioLevels { levels } => format!("audio levels: {}", levels.len()),
        EventBody::SessionDisconnected { reason: why, .. } => format!("session disconnected: {}", reason(why)),
    }
}
