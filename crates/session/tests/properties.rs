//! What holds for every call, whatever its participants do: random commands over several rooms at once, watched by a model
//! of each client and of the media plane.

mod house;

use std::collections::{BTreeMap, BTreeSet};

use exedra_contract::token::Role;
use exedra_contract::wire::{
    EndReason, EventBody, Section, Signal, StreamChanges, StreamProperties, SubscriptionPreferences,
};
use exedra_contract::{Class, faults};
use exedra_session::{
    Admission, Command, ConnectionKey, Effect, FlowKey, Join, LogBody, MediaFact, Moderation, PeerKey, Reply, Request,
    Resume, Settings, TrackKey,
};
use house::{House, camera, receives, sends};
use proptest::prelude::*;

const ROOMS: usize = 3;

/// One thing that happens. The numbers pick among what there is when it happens; `foreign` takes names from the next room.
#[derive(Debug, Clone)]
enum Step {
    Join { room: usize, role: usize, events: bool },
    Client { room: usize, who: usize, does: Does, target: usize, foreign: bool },
    Plane { room: usize, says: Says, about: usize, foreign: bool },
    Server { room: usize, moderation: usize, target: usize, foreign: bool },
    Diagnosed { room: usize },
    LoseSocket { room: usize, who: usize },
    Resume { room: usize, who: usize, foreign: bool },
    PassMs(u64),
    Close { room: usize },
}

#[derive(Debug, Clone, Copy)]
enum Does {
    Leave,
    Publish,
    Unpublish,
    Mute(bool),
    Subscribe,
    Unsubscribe,
    Prefer(bool),
    Negotiate,
    KeyFrame,
    Signal,
    SignalTo,
    Moderate(usize),
}

#[derive(Debug, Clone, Copy)]
enum Says {
    Up,
    Failed,
    Lost,
    Arriving,
    Flowing,
    Levels,
}

fn step() -> impl Strategy<Value = Step> {
    use Does::*;
    let room = 0..ROOMS;
    let foreign = prop::bool::weighted(0.1);
    let does = prop_oneof![
        1 => Just(Leave),
        6 => Just(Publish),
        2 => Just(Unpublish),
        3 => any::<bool>().prop_map(Mute),
        8 => Just(Subscribe),
        2 => Just(Unsubscribe),
        2 => any::<bool>().prop_map(Prefer),
        12 => Just(Negotiate),
        1 => Just(KeyFrame),
        3 => Just(Signal),
        3 => Just(SignalTo),
        3 => (0usize..5).prop_map(Moderate),
    ];
    let says = prop_oneof![
        24 => Just(Says::Up),
        1 => Just(Says::Failed),
        1 => Just(Says::Lost),
        2 => Just(Says::Arriving),
        24 => Just(Says::Flowing),
        1 => Just(Says::Levels),
    ];
    let some = 0usize..64;
    prop_oneof![
        6 => (room.clone(), 0usize..4, prop::bool::weighted(0.8)).prop_map(|(room, role, events)| Step::Join { room, role, events }),
        40 => (room.clone(), some.clone(), does, some.clone(), foreign)
            .prop_map(|(room, who, does, target, foreign)| Step::Client { room, who, does, target, foreign }),
        24 => (room.clone(), says, some.clone(), foreign)
            .prop_map(|(room, says, about, foreign)| Step::Plane { room, says, about, foreign }),
        2 => (room.clone(), 0usize..5, some.clone(), foreign)
            .prop_map(|(room, moderation, target, foreign)| Step::Server { room, moderation, target, foreign }),
        2 => room.clone().prop_map(|room| Step::Diagnosed { room }),
        3 => (room.clone(), some.clone()).prop_map(|(room, who)| Step::LoseSocket { room, who }),
        4 => (room.clone(), some, foreign).prop_map(|(room, who, foreign)| Step::Resume { room, who, foreign }),
        4 => prop_oneof![4 => 0u64..2_000, 2 => 2_000u64..70_000, 1 => Just(5 * 3_600_000u64)].prop_map(Step::PassMs),
        1 => prop::sample::select(vec![None, None, None, None, Some(0usize)])
            .prop_map(|room| room.map_or(Step::PassMs(1), |room| Step::Close { room })),
    ]
}

/// What one client believes, from its answers and events alone.
struct Client {
    admission: Admission,
    role: Role,
    attached: bool,
    connection_events: bool,
    last_seq: u64,
    connections: BTreeSet<String>,
    streams: BTreeSet<String>,
    own_streams: Vec<String>,
    own_subscriptions: Vec<String>,
}

struct Watched {
    house: House,
    clients: BTreeMap<ConnectionKey, Client>,
    log_seq: u64,
    closed: bool,
    trace: Vec<String>,
}

struct World {
    rooms: Vec<Watched>,
    /// The room that each id was issued in.
    issued: BTreeMap<String, usize>,
}

impl World {
    fn new(seed: u64) -> World {
        let room = |number: usize| Watched {
            house: House::number(Settings::new("session"), number as u32, seed + number as u64),
            clients: BTreeMap::new(),
            log_seq: 0,
            closed: false,
            trace: Vec::new(),
        };
        World { rooms: (0..ROOMS).map(room).collect(), issued: BTreeMap::new() }
    }

    fn step(&mut self, step: &Step) {
        match step.clone() {
            Step::Join { room, role, events } => {
                let role = [Role::Subscriber, Role::Publisher, Role::PublisherOnly, Role::Moderator][role];
                let join = Join { role, data: None, connection_events: events, audio_levels: true };
                if let Some(Reply::Admitted(admission)) = self.apply(room, Command::Join(join)) {
                    self.issued.insert(admission.connection.connection_id.clone(), room);
                    self.rooms[room].admit(*admission, role, events);
                }
            }
            Step::Client { room, who, does, target, foreign } => self.client(room, who, does, target, foreign),
            Step::Plane { room, says, about, foreign } => {
                let media = &self.rooms[if foreign { (room + 1) % ROOMS } else { room }].house.media;
                let peer = pick(&media.peers, about).copied().unwrap_or(PeerKey(0));
                let track = pick(&media.tracks, about).copied().unwrap_or(TrackKey(0));
                let flow = pick(media.flows.keys(), about).copied().unwrap_or(FlowKey(0));
                let fact = match says {
                    Says::Up => MediaFact::TransportUp { peer },
                    Says::Failed => MediaFact::TransportFailed { peer },
                    Says::Lost => MediaFact::TransportLost { peer, silent_ms: (about % 2 == 0).then_some(30_000) },
                    Says::Arriving => MediaFact::Arriving { track },
                    Says::Flowing => MediaFact::Flowing { flow },
                    Says::Levels => MediaFact::AudioLevels { levels: vec![(track, 0.5)] },
                };
                let before = self.rooms[room].trace.len();
                self.apply(room, Command::Media(fact));
                assert!(!foreign || self.rooms[room].trace.len() == before, "a key of another room meant something");
            }
            Step::Server { room, moderation, target, foreign } => {
                let moderation = self.moderation(room, moderation, target, foreign);
                self.apply(room, Command::ServerModeration(moderation));
            }
            Step::Diagnosed { room } => {
                if let Some(diagnosis) = self.rooms[room].house.diagnoses.pop() {
                    let fault = faults::dtls_failed("publish", diagnosis.waited_ms);
                    self.apply(room, Command::AttemptFailed { subject: diagnosis.subject, fault });
                }
            }
            Step::LoseSocket { room, who } => {
                let Some(key) = pick(self.rooms[room].clients.keys(), who).copied() else { return };
                let client = self.rooms[room].clients.get_mut(&key).unwrap();
                client.attached = false;
                let attachment = client.admission.attachment;
                self.apply(room, Command::SocketLost { connection: key, attachment });
            }
            Step::Resume { room, who, foreign } => {
                let Some(client) = pick(self.rooms[room].clients.values(), who) else { return };
                let resume = Resume {
                    connection_id: client.admission.connection.connection_id.clone(),
                    secret: client.admission.resume_secret.clone(),
                    last_seq: client.last_seq,
                };
                let key = client.admission.key;
                if foreign {
                    assert!(self.apply((room + 1) % ROOMS, Command::Resume(resume)).is_none());
                    return;
                }
                // The new socket is there before the first event on it.
                self.rooms[room].clients.get_mut(&key).unwrap().attached = true;
                match self.apply(room, Command::Resume(resume)) {
                    Some(Reply::Admitted(admission)) => {
                        self.rooms[room].clients.get_mut(&key).unwrap().admission = *admission;
                    }
                    other => panic!("a client that is still there could not resume: {other:?}"),
                }
            }
            Step::PassMs(ms) => {
                for room in 0..ROOMS {
                    let end = self.rooms[room].house.now.after(ms);
                    while let Some(due) = self.rooms[room].house.room.next_timeout().filter(|due| *due <= end) {
                        let now = self.rooms[room].house.now;
                        self.rooms[room].house.now = now.max(due);
                        self.apply(room, Command::Timeout);
                        let next = self.rooms[room].house.room.next_timeout();
                        assert!(next.is_none_or(|next| next > due), "a timeout that is due again at once never ends");
                    }
                    self.rooms[room].house.now = end;
                }
            }
            Step::Close { room } => {
                self.apply(room, Command::Close { reason: EndReason::ServerRotation });
                self.rooms[room].closed = true;
            }
        }
    }

    fn client(&mut self, room: usize, who: usize, does: Does, target: usize, foreign: bool) {
        let Some(key) = pick(self.rooms[room].clients.keys(), who).copied() else { return };
        let client = &self.rooms[room].clients[&key];
        // Others' names as often as one's own: they must be refused.
        let stream_id = if target.is_multiple_of(2) {
            pick(&client.own_streams, target / 2).cloned().unwrap_or_default()
        } else {
            self.stream(room, target, foreign)
        };
        let subscription_id = pick(&client.own_subscriptions, target).cloned().unwrap_or_default();
        let request = match does {
            Does::Leave => Request::Leave,
            Does::Publish => {
                let video_track = !target.is_multiple_of(3);
                Request::Publish(StreamProperties { video_track, has_video: !target.is_multiple_of(5), ..camera() })
            }
            Does::Unpublish => Request::Unpublish { stream_id, media_stopped: false },
            Does::Mute(has_audio) => {
                let changes = StreamChanges { has_audio: Some(has_audio), ..StreamChanges::default() };
                Request::UpdateStream { stream_id, changes }
            }
            Does::Subscribe => Request::Subscribe {
                stream_id: self.stream(room, target, foreign),
                preferences: SubscriptionPreferences::default(),
            },
            Does::Unsubscribe => Request::Unsubscribe { subscription_id },
            Does::Prefer(video) => {
                let preferences = SubscriptionPreferences { video: Some(video), ..SubscriptionPreferences::default() };
                Request::UpdateSubscription { subscription_id, preferences }
            }
            Does::Negotiate => Request::Negotiate { sections: client.sections() },
            Does::KeyFrame => Request::RequestKeyFrame { subscription_id },
            Does::Signal => Request::Signal(Signal { kind: None, data: Some("x".to_owned()), to: None }),
            Does::SignalTo => {
                let to = Some(self.connection(room, target, foreign));
                Request::Signal(Signal { kind: None, data: Some("y".to_owned()), to })
            }
            Does::Moderate(which) => Request::Moderate(self.moderation(room, which, target, foreign)),
        };
        let sections = if let Request::Negotiate { sections } = &request { sections.clone() } else { vec![] };
        let reply = self.apply(room, Command::Request { from: key, request });
        match reply {
            Some(Reply::Published { stream_id }) => {
                self.issued.insert(stream_id.clone(), room);
                let client = self.rooms[room].clients.get_mut(&key).unwrap();
                assert!(!matches!(client.role, Role::Subscriber), "a subscriber published");
                client.own_streams.push(stream_id);
            }
            Some(Reply::Subscribed { subscription_id, .. }) => {
                self.issued.insert(subscription_id.clone(), room);
                let client = self.rooms[room].clients.get_mut(&key).unwrap();
                assert!(!matches!(client.role, Role::PublisherOnly), "a publisher-only client subscribed");
                client.own_subscriptions.push(subscription_id);
            }
            Some(Reply::Sections(_)) => {
                self.apply(room, Command::Negotiated { connection: key, sections, without_codec: Vec::new() });
            }
            _ => {}
        }
    }

    fn moderation(&self, room: usize, which: usize, target: usize, foreign: bool) -> Moderation {
        let stream_id = self.stream(room, target, foreign);
        match which {
            0 => Moderation::Disconnect { connection_id: self.connection(room, target, foreign) },
            1 => Moderation::Unpublish { stream_id },
            2 => Moderation::MuteStream { stream_id },
            3 => Moderation::MuteAll { excluded_stream_ids: vec![stream_id] },
            _ => Moderation::DisableMuteAll,
        }
    }

    fn stream(&self, room: usize, target: usize, foreign: bool) -> String {
        let streams = self.rooms[if foreign { (room + 1) % ROOMS } else { room }].house.room.streams();
        pick(&streams, target).map(|stream| stream.stream_id.clone()).unwrap_or_default()
    }

    fn connection(&self, room: usize, target: usize, foreign: bool) -> String {
        let clients = &self.rooms[if foreign { (room + 1) % ROOMS } else { room }].clients;
        pick(clients.values(), target).map(|c| c.admission.connection.connection_id.clone()).unwrap_or_default()
    }

    /// Does one thing in one room, checks every effect, then that everybody's picture of the room is right.
    fn apply(&mut self, room: usize, command: Command) -> Option<Reply> {
        let watched = &mut self.rooms[room];
        let mut effects = Vec::new();
        let result = watched.house.room.apply(command, watched.house.now, &mut effects);
        watched.trace.extend(effects.iter().map(|effect| format!("{effect:?}")));
        let reply = match result {
            Ok(reply) => Some(reply),
            Err(fault) => {
                assert!(effects.is_empty(), "{fault} had effects");
                assert_ne!(fault.class(), Class::Internal, "{fault}");
                None
            }
        };
        for effect in effects {
            self.observe(room, effect);
        }
        // Whoever has lost its socket goes without a farewell.
        let Watched { house, clients, .. } = &mut self.rooms[room];
        clients.retain(|_, client| {
            client.attached || house.room.connection_key(&client.admission.connection.connection_id).is_some()
        });
        // A new client is only known once its admission is.
        if !matches!(reply, Some(Reply::Admitted(_))) {
            self.rooms[room].check_pictures();
        }
        reply
    }

    fn observe(&mut self, room: usize, effect: Effect) {
        let text = format!("{effect:?}");
        for (id, home) in &self.issued {
            assert!(*home == room || !text.contains(id.as_str()), "an id of another room: {text}");
        }
        let watched = &mut self.rooms[room];
        match effect {
            Effect::Log(entry) => {
                watched.log_seq += 1;
                assert_eq!(entry.seq, watched.log_seq);
                watched.house.log.push(entry.body);
            }
            Effect::Media(op) => watched.house.media.apply(op),
            Effect::Send(delivery) => {
                let client = watched.clients.get_mut(&delivery.to).expect("an event for somebody who is not there");
                assert!(client.attached, "an event for somebody without a socket");
                assert_eq!(delivery.seq, client.last_seq + 1, "a gap");
                client.last_seq += 1;
                client.learn(&delivery.body);
            }
            Effect::CloseSocket { connection, attachment } => {
                let client = &watched.clients[&connection];
                assert_eq!(client.admission.attachment, attachment);
                // Replaced by a resume, or gone.
                if watched.house.room.connection_key(&client.admission.connection.connection_id).is_none() {
                    watched.clients.remove(&connection);
                }
            }
            Effect::Diagnose(diagnosis) => watched.house.diagnoses.push(diagnosis),
            Effect::Summarize(of) => watched.house.media.summarize(of),
        }
    }

    /// Everybody goes, one way or the other.
    fn finish(&mut self) {
        for room in 0..ROOMS {
            let keys: Vec<_> = self.rooms[room].clients.keys().copied().collect();
            for key in keys.into_iter().filter(|key| !key.0.is_multiple_of(3)) {
                self.apply(room, Command::Request { from: key, request: Request::Leave });
            }
        }
        // Those who are left fall silent.
        for room in 0..ROOMS {
            for (key, attachment) in
                self.rooms[room].clients.values().map(|c| (c.admission.key, c.admission.attachment)).collect::<Vec<_>>()
            {
                self.rooms[room].clients.get_mut(&key).unwrap().attached = false;
                self.apply(room, Command::SocketLost { connection: key, attachment });
            }
        }
        self.step(&Step::PassMs(61_000));
        for watched in &self.rooms {
            watched.check_nothing_is_left();
        }
    }
}

impl Watched {
    fn admit(&mut self, admission: Admission, role: Role, connection_events: bool) {
        let client = Client {
            role,
            attached: true,
            connection_events,
            last_seq: 0,
            connections: admission.connections.iter().map(|c| c.connection_id.clone()).collect(),
            streams: admission.streams.iter().map(|s| s.stream_id.clone()).collect(),
            own_streams: vec![],
            own_subscriptions: vec![],
            admission,
        };
        self.clients.insert(client.admission.key, client);
        self.check_pictures();
    }

    /// What each client believes is what is.
    fn check_pictures(&self) {
        let streams: BTreeSet<_> = self.house.room.streams().into_iter().map(|s| s.stream_id).collect();
        let connections: BTreeSet<_> = self.house.room.connections().map(|c| c.connection_id).collect();
        assert_eq!(self.clients.len(), connections.len());
        for client in self.clients.values().filter(|client| client.attached) {
            assert_eq!(client.streams, streams);
            if client.connection_events {
                let mut expected = connections.clone();
                expected.remove(&client.admission.connection.connection_id);
                assert_eq!(client.connections, expected);
            }
        }
    }

    fn check_nothing_is_left(&self) {
        assert!(self.house.room.is_empty(), "the room kept something");
        assert!(self.house.media.is_empty(), "the media plane kept something");
        let count = |what: fn(&LogBody) -> bool| self.house.log.iter().filter(|body| what(body)).count();
        assert_eq!(
            count(|b| matches!(b, LogBody::ConnectionCreated { .. })),
            count(|b| matches!(b, LogBody::ConnectionDestroyed { .. }))
        );
        assert_eq!(
            count(|b| matches!(b, LogBody::PublishRequested { .. })),
            count(|b| matches!(b, LogBody::StreamDestroyed { .. }))
                + count(|b| matches!(b, LogBody::AttemptFailed { operation, .. } if operation == "publish"))
        );
        assert_eq!(
            count(|b| matches!(b, LogBody::SubscribeRequested { .. })),
            count(|b| matches!(b, LogBody::SubscriptionEnded { .. }))
        );
    }
}

impl Client {
    fn learn(&mut self, event: &EventBody) {
        match event {
            EventBody::ConnectionCreated { connection } => {
                assert!(self.connection_events);
                assert!(self.connections.insert(connection.connection_id.clone()), "came twice");
            }
            EventBody::ConnectionDestroyed { connection_id, .. } => {
                assert!(self.connection_events);
                assert!(self.connections.remove(connection_id), "a stranger left");
            }
            EventBody::StreamCreated { stream } => {
                assert!(self.streams.insert(stream.stream_id.clone()), "created twice");
            }
            EventBody::StreamDestroyed { stream_id, .. } => {
                assert!(self.streams.remove(stream_id), "an unknown stream ended");
            }
            EventBody::StreamUpdated { stream_id, .. } => assert!(self.streams.contains(stream_id)),
            EventBody::StreamMuteForced { stream_id } => {
                // The event may come before the answer that names a stream just published.
                assert!(!self.streams.contains(stream_id) || self.own_streams.contains(stream_id));
            }
            EventBody::SubscriptionStarted { subscription_id }
            | EventBody::SubscriptionEnded { subscription_id, .. } => {
                assert!(self.own_subscriptions.contains(subscription_id));
            }
            EventBody::SessionDisconnected { .. } => {
                // Nothing may follow it but the end.
                self.attached = false;
            }
            _ => {}
        }
    }

    fn sections(&self) -> Vec<Section> {
        let sending = self.own_streams.iter().enumerate().map(|(i, id)| sends(&format!("s{i}"), id));
        let receiving = self.own_subscriptions.iter().enumerate().map(|(i, id)| receives(&format!("r{i}"), id));
        sending.chain(receiving).collect()
    }
}

fn pick<T>(from: impl IntoIterator<Item = T>, which: usize) -> Option<T> {
    let all: Vec<T> = from.into_iter().collect();
    let index = which.checked_rem(all.len())?;
    all.into_iter().nth(index)
}

fn run(steps: &[Step], seed: u64) -> World {
    let mut world = World::new(seed);
    // A room is rarely empty when something happens in it.
    for room in 0..ROOMS {
        for role in 0..4 {
            world.step(&Step::Join { room, role, events: role != 0 });
        }
    }
    for step in steps {
        world.step(step);
    }
    world.finish();
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rooms_stay_apart_pictures_stay_true_and_nothing_is_left_over(
        steps in prop::collection::vec(step(), 1..250), seed in any::<u32>(),
    ) {
        run(&steps, u64::from(seed));
    }

    #[test]
    fn the_same_seed_gives_the_same_trace(steps in prop::collection::vec(step(), 1..120), seed in any::<u32>()) {
        let trace = || run(&steps, u64::from(seed)).rooms.into_iter().map(|room| room.trace).collect::<Vec<_>>();
        prop_assert_eq!(trace(), trace());
    }
}

/// The random calls above are worth something only if they reach the states that matter.
#[test]
fn random_calls_get_far() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut reached: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..60 {
        let steps = prop::collection::vec(step(), 200..250).new_tree(&mut runner).unwrap().current();
        for room in run(&steps, seed).rooms {
            for entry in &room.house.log {
                let what = serde_json::to_value(entry).unwrap()["what"].as_str().unwrap().to_owned();
                *reached.entry(what).or_default() += 1;
            }
        }
    }
    for what in [
        "connection_resumed",
        "transport_failed",
        "transport_lost",
        "stream_created",
        "media_arrived",
        "stream_updated",
        "subscription_started",
        "attempt_failed",
        "signal",
        "moderated",
        "room_closed",
    ] {
        assert!(reached.get(what).is_some_and(|&times| times >= 5), "{what}: {reached:?}");
    }
}
