//! The room itself: everything it holds, and the one function through which everything happens.

use std::collections::BTreeMap;
use std::sync::Arc;

use exedra_contract::wire::{EventBody, MediaMode};
use exedra_contract::{Fault, faults};

use crate::command::{Actor, Command, MediaFact, Millis, Reply, Request};
use crate::connection::Connection;
use crate::directory::Directory;
use crate::effect::{Delivery, Effect, MediaOp};
use crate::keys::{ConnectionKey, Names, Randomness, StreamKey, SubscriptionKey};
use crate::limits::Limits;
use crate::log::{LogBody, LogEntry};
use crate::stream::Stream;
use crate::subscription::Subscription;
use crate::timers::{Timer, Timers};

#[derive(Debug, Clone)]
pub struct Settings {
    pub session_id: String,
    pub media_mode: MediaMode,
    /// Whether the role `subscriber` may send signals. The vendor's documents leave it open; by default it may not.
    pub subscribers_may_signal: bool,
    pub limits: Limits,
}

impl Settings {
    pub fn new(session_id: impl Into<String>) -> Settings {
        Settings {
            session_id: session_id.into(),
            media_mode: MediaMode::Routed,
            subscribers_may_signal: false,
            limits: Limits::default(),
        }
    }
}

pub struct Room {
    pub(crate) settings: Settings,
    pub(crate) names: Names,
    pub(crate) connections: BTreeMap<ConnectionKey, Connection>,
    pub(crate) streams: BTreeMap<StreamKey, Stream>,
    pub(crate) subscriptions: BTreeMap<SubscriptionKey, Subscription>,
    /// Finds all of the above by the names that others use.
    pub(crate) directory: Directory,
    pub(crate) timers: Timers,
    /// A moderator muted everybody: new streams start muted.
    pub(crate) force_muted: bool,
    pub(crate) closed: bool,
    log_seq: u64,
}

/// The time of one command, and what it causes.
pub(crate) struct Turn<'a> {
    pub now: Millis,
    effects: &'a mut Vec<Effect>,
}

impl Turn<'_> {
    pub fn media(&mut self, op: MediaOp) {
        self.effects.push(Effect::Media(op));
    }

    pub fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}

impl Room {
    /// `room_number` must be unique in the process: it makes the room's keys so.
    pub fn new(settings: Settings, room_number: u32, randomness: Randomness) -> Room {
        Room {
            settings,
            names: Names::new(room_number, randomness),
            connections: BTreeMap::new(),
            streams: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            directory: Directory::default(),
            timers: Timers::default(),
            force_muted: false,
            closed: false,
            log_seq: 0,
        }
    }

    /// Does one thing. Effects are appended in the order in which they were decided; a fault means that nothing happened.
    pub fn apply(&mut self, command: Command, now: Millis, effects: &mut Vec<Effect>) -> Result<Reply, Fault> {
        let turn = &mut Turn { now, effects };
        match command {
            Command::Join(join) => self.join(join, turn),
            Command::Resume(resume) => self.resume(resume, turn),
            Command::SocketLost { connection, attachment } => self.socket_lost(connection, attachment, turn),
            Command::Vanished { connection, attachment } => self.vanished(connection, attachment, turn),
            Command::Request { from, request } => self.request(from, request, turn),
            Command::Negotiated { connection, sections, without_codec } => {
                self.negotiated(connection, &sections, &without_codec, turn)
            }
            Command::ServerSignal(signal) => self.signal(Actor::Server, signal, turn),
            Command::ServerModeration(moderation) => self.moderate(Actor::Server, moderation, turn),
            Command::Media(fact) => self.media_fact(fact, turn),
            Command::AttemptFailed { subject, fault } => self.attempt_failed(subject, fault, turn),
            Command::Timeout => self.run_timers(turn),
            Command::Close { reason } => self.close(reason, turn),
        }
    }

    /// When [`Command::Timeout`] is due next.
    pub fn next_timeout(&self) -> Option<Millis> {
        self.timers.next()
    }

    fn request(&mut self, from: ConnectionKey, request: Request, turn: &mut Turn) -> Result<Reply, Fault> {
        if !self.connections.contains_key(&from) {
            return Err(faults::not_joined(request.method()));
        }
        match request {
            Request::Leave => self.leave(from, turn),
            Request::Publish(properties) => self.publish(from, properties, turn),
            Request::Unpublish { stream_id, media_stopped } => self.unpublish(from, &stream_id, media_stopped, turn),
            Request::UpdateStream { stream_id, changes } => self.update_stream(from, &stream_id, changes, turn),
            Request::Subscribe { stream_id, preferences } => self.subscribe(from, &stream_id, preferences, turn),
            Request::Unsubscribe { subscription_id } => self.unsubscribe(from, &subscription_id, turn),
            Request::UpdateSubscription { subscription_id, preferences } => {
                self.update_subscription(from, &subscription_id, preferences, turn)
            }
            Request::Negotiate { sections } => self.negotiate(from, sections),
            Request::RequestKeyFrame { subscription_id } => self.request_key_frame(from, &subscription_id, turn),
            Request::Explain { subscription_id } => self.explain(from, &subscription_id),
            Request::Stats => Ok(Reply::Stats(self.media_of(from))),
            Request::Signal(signal) => self.signal(Actor::Connection(from), signal, turn),
            Request::Moderate(moderation) => self.moderate(Actor::Connection(from), moderation, turn),
        }
    }

    fn media_fact(&mut self, fact: MediaFact, turn: &mut Turn) -> Result<Reply, Fault> {
        match fact {
            MediaFact::TransportUp { peer } => self.transport_up(peer, turn),
            MediaFact::TransportFailed { peer } => self.transport_failed(peer, turn),
            MediaFact::TransportLost { peer, silent_ms } => self.transport_lost(peer, silent_ms, turn),
            MediaFact::Arriving { track } => self.media_arrived(track, turn),
            MediaFact::Flowing { flow } => self.media_flowing(flow, turn),
            MediaFact::QualityChanged { flow, explanation } => self.quality_changed(flow, *explanation, turn),
            MediaFact::EncodingsNeeded { track, encodings } => self.encodings_needed(track, encodings, turn),
            MediaFact::AudioLevels { levels } => self.audio_levels(&levels, turn),
        }
        Ok(Reply::Done)
    }

    fn run_timers(&mut self, turn: &mut Turn) -> Result<Reply, Fault> {
        while let Some(timer) = self.timers.pop_due(turn.now) {
            match timer {
                Timer::Attempt(subject) => self.attempt_due(subject, turn),
                Timer::Resume(connection) => self.resume_expired(connection, turn),
                Timer::MediaIdle(connection) => self.media_idle(connection, turn),
                Timer::MediaSummary(connection) => self.media_summary_due(connection, turn),
            }
        }
        Ok(Reply::Done)
    }

    pub(crate) fn log(&mut self, body: LogBody, turn: &mut Turn) {
        self.log_seq += 1;
        turn.push(Effect::Log(LogEntry { seq: self.log_seq, at_ms: turn.now.0, body }));
    }

    pub(crate) fn send(&mut self, to: ConnectionKey, body: EventBody, turn: &mut Turn) {
        if let Some(connection) = self.connections.get_mut(&to) {
            deliver(to, connection, &Arc::new(body), turn);
        }
    }

    /// Sends one event to everybody.
    pub(crate) fn announce(&mut self, body: EventBody, turn: &mut Turn) {
        self.announce_where(|_, _| true, body, turn);
    }

    pub(crate) fn announce_where(
        &mut self,
        hears: impl Fn(ConnectionKey, &Connection) -> bool,
        body: EventBody,
        turn: &mut Turn,
    ) {
        // The last word of a closed room was that it closes.
        if self.closed {
            return;
        }
        let body = Arc::new(body);
        for (&key, connection) in &mut self.connections {
            if hears(key, connection) {
                deliver(key, connection, &body, turn);
            }
        }
    }
}

/// A connection without a socket gets its events when it resumes.
fn deliver(to: ConnectionKey, connection: &mut Connection, body: &Arc<EventBody>, turn: &mut Turn) {
    let seq = connection.outbox.push(body);
    if connection.attachment.is_some() {
        turn.push(Effect::Send(Delivery { to, seq, body: Arc::clone(body) }));
    }
}
