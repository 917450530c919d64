//! What a client receives of one stream.
//!
//! ```text
//! subscribe → pending ──(offer accepted, transport up, media flows or none is expected)──→ started → ended
//!                    └──(12 s, or the transport failed)──→ operation_failed
//! ```
//! A client may subscribe to a stream several times, and to its own.

use exedra_contract::wire::{EndReason, EventBody, SubscriptionPreferences, VideoQuality};
use exedra_contract::{Fault, faults};

use crate::attempt::{Attempt, Subject};
use crate::command::Reply;
use crate::effect::{Effect, Flow, MediaOf, MediaOp, Wants};
use crate::keys::{ConnectionKey, FlowKey, StreamKey, SubscriptionKey, TrackKind};
use crate::limits::ATTEMPT_MS_MAX;
use crate::log::LogBody;
use crate::room::{Room, Turn};
use crate::stream::Stream;
use crate::timers::Timer;

pub(crate) struct Subscription {
    pub id: String,
    pub owner: ConnectionKey,
    pub stream: StreamKey,
    pub audio: Option<Flow>,
    pub video: Option<Flow>,
    preferences: Preferences,
    pub quality: VideoQuality,
    pub phase: SubscriptionPhase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubscriptionPhase {
    Pending { attempt: Attempt, flowing: bool },
    Started,
}

/// [`SubscriptionPreferences`] with every question answered.
#[derive(Debug, Clone, Copy)]
struct Preferences {
    audio: bool,
    video: bool,
    width_max: Option<u32>,
    height_max: Option<u32>,
    frame_rate_max: Option<u32>,
    priority: u8,
}

impl Preferences {
    const INITIAL: Preferences = Preferences {
        audio: true,
        video: true,
        width_max: None,
        height_max: None,
        frame_rate_max: None,
        priority: 100,
    };

    fn changed_by(self, changes: &SubscriptionPreferences) -> Preferences {
        Preferences {
            audio: changes.audio.unwrap_or(self.audio),
            video: changes.video.unwrap_or(self.video),
            width_max: changes.width_max.or(self.width_max),
            height_max: changes.height_max.or(self.height_max),
            frame_rate_max: changes.frame_rate_max.or(self.frame_rate_max),
            priority: changes.priority.unwrap_or(self.priority),
        }
    }

    fn wants(&self, kind: TrackKind, stream: &Stream) -> Wants {
        let (enabled, picture) = match kind {
            TrackKind::Audio => (self.audio, None),
            TrackKind::Video => (self.video, Some(self)),
        };
        Wants {
            enabled,
            width_max: picture.and_then(|p| p.width_max),
            height_max: picture.and_then(|p| p.height_max),
            frame_rate_max: picture.and_then(|p| p.frame_rate_max),
            priority: self.priority,
            audio_fallback: !stream.properties.audio_fallback_off,
        }
    }
}

impl Subscription {
    pub fn flows(&self) -> impl Iterator<Item = Flow> + use<> {
        self.audio.into_iter().chain(self.video)
    }

    /// What its owner asked for, with every question answered.
    pub fn wanted(&self) -> SubscriptionPreferences {
        let Preferences { audio, video, width_max, height_max, frame_rate_max, priority } = self.preferences;
        SubscriptionPreferences {
            audio: Some(audio),
            video: Some(video),
            width_max,
            height_max,
            frame_rate_max,
            priority: Some(priority),
        }
    }

    /// The publisher sends something that the subscriber wants. Otherwise silence is what it asked for.
    fn expects_media(&self, stream: &Stream) -> bool {
        self.flows().any(|flow| stream.sends(flow.kind) && self.preferences.wants(flow.kind, stream).enabled)
    }
}

impl Room {
    pub(crate) fn subscribe(
        &mut self,
        from: ConnectionKey,
        stream_id: &str,
        preferences: SubscriptionPreferences,
        turn: &mut Turn,
    ) -> Result<Reply, Fault> {
        let connection = &self.connections[&from];
        connection.require(connection.capabilities.subscribe, "subscribe", "subscribe")?;
        let stream_key = self.known_stream(None, stream_id)?;
        let subscriptions_max = self.settings.limits.subscriptions_per_connection_max;
        if connection.subscriptions.len() >= subscriptions_max {
            return Err(faults::subscription_limit_exceeded(subscriptions_max as u64, "connection"));
        }

        let connection_id = connection.id.clone();
        let peer = self.open_peer(from, turn);
        let key: SubscriptionKey = self.names.key();
        let stream = &self.streams[&stream_key];
        let described = stream.describe(&self.connections[&stream.owner].id);
        let mut flow = |kind, track: Option<_>| track.map(|track| Flow { key: self.names.key(), track, kind });
        let (audio, video) = (flow(TrackKind::Audio, stream.audio), flow(TrackKind::Video, stream.video));
        let subscription = Subscription {
            id: self.names.id(),
            owner: from,
            stream: stream_key,
            audio,
            video,
            preferences: Preferences::INITIAL.changed_by(&preferences),
            quality: VideoQuality::Good,
            phase: SubscriptionPhase::Pending { attempt: Attempt::new(turn.now), flowing: false },
        };
        for flow in subscription.flows() {
            self.directory.flows.insert(flow.key, key);
            turn.media(MediaOp::OpenFlow { peer, flow, wants: subscription.preferences.wants(flow.kind, stream) });
        }
        let subscription_id = subscription.id.clone();
        self.directory.subscriptions.insert(subscription_id.clone(), key);
        self.subscriptions.insert(key, subscription);
        if let Some(stream) = self.streams.get_mut(&stream_key) {
            stream.subscriptions.insert(key);
        }
        if let Some(connection) = self.connections.get_mut(&from) {
            connection.subscriptions.insert(key);
        }
        self.watch_media(from, turn);
        self.timers.set(Timer::Attempt(Subject::Subscribe(key)), turn.now.after(ATTEMPT_MS_MAX));
        let (stream_id, subscription) = (described.stream_id.clone(), subscription_id.clone());
        self.log(LogBody::SubscribeRequested { connection_id, stream_id, subscription_id: subscription }, turn);
        self.fail_on_a_failed_transport(from, Subject::Subscribe(key), turn);
        Ok(Reply::Subscribed { subscription_id, stream: described })
    }

    pub(crate) fn unsubscribe(
        &mut self,
        from: ConnectionKey,
        subscription_id: &str,
        turn: &mut Turn,
    ) -> Result<Reply, Fault> {
        let key = self.own_subscription(from, subscription_id)?;
        self.remove_subscription(key, EndReason::ClientDisconnected, turn);
        self.close_useless_peer(from, turn);
        Ok(Reply::Done)
    }

    pub(crate) fn update_subscription(
        &mut self,
        from: ConnectionKey,
        subscription_id: &str,
        changes: SubscriptionPreferences,
        turn: &mut Turn,
    ) -> Result<Reply, Fault> {
        let key = self.own_subscription(from, subscription_id)?;
        if let Some(subscription) = self.subscriptions.get_mut(&key) {
            let before = subscription.preferences;
            subscription.preferences = before.changed_by(&changes);
            let stream = &self.streams[&subscription.stream];
            for flow in subscription.flows() {
                let wants = subscription.preferences.wants(flow.kind, stream);
                if wants != before.wants(flow.kind, stream) {
                    turn.media(MediaOp::SetFlow { flow: flow.key, wants });
                }
            }
        }
        self.settle_subscription(key, turn);
        Ok(Reply::Done)
    }

    /// Nothing to do for a subscription without video.
    pub(crate) fn request_key_frame(
        &mut self,
        from: ConnectionKey,
        subscription_id: &str,
        turn: &mut Turn,
    ) -> Result<Reply, Fault> {
        let key = self.own_subscription(from, subscription_id)?;
        if let Some(flow) = self.subscriptions[&key].video {
            turn.media(MediaOp::RequestKeyFrame { flow: flow.key });
        }
        Ok(Reply::Done)
    }

    pub(crate) fn media_flowing(&mut self, flow: FlowKey, turn: &mut Turn) {
        let Some(&key) = self.directory.flows.get(&flow) else { return };
        if let Some(Subscription { phase: SubscriptionPhase::Pending { flowing, .. }, .. }) =
            self.subscriptions.get_mut(&key)
        {
            *flowing = true;
        }
        self.settle_subscription(key, turn);
    }

    /// Declares a pending subscription started once everything it waits for is there.
    pub(crate) fn settle_subscription(&mut self, key: SubscriptionKey, turn: &mut Turn) {
        let Some(subscription) = self.subscriptions.get_mut(&key) else { return };
        let SubscriptionPhase::Pending { attempt, flowing } = subscription.phase else { return };
        let transport_up = self.connections[&subscription.owner].transport.is_up();
        let silent = !subscription.expects_media(&self.streams[&subscription.stream]);
        if !attempt.negotiated || !transport_up || !(flowing || silent) {
            return;
        }
        subscription.phase = SubscriptionPhase::Started;
        let (owner, subscription_id) = (subscription.owner, subscription.id.clone());
        self.timers.cancel(Timer::Attempt(Subject::Subscribe(key)));
        let waited_ms = turn.now.since(attempt.began);
        self.log(LogBody::SubscriptionStarted { subscription_id: subscription_id.clone(), waited_ms }, turn);
        self.send(owner, EventBody::SubscriptionStarted { subscription_id }, turn);
    }

    /// Forgets a subscription without telling its owner.
    pub(crate) fn remove_subscription(&mut self, key: SubscriptionKey, reason: EndReason, turn: &mut Turn) {
        let Some(subscription) = self.subscriptions.remove(&key) else { return };
        self.directory.subscriptions.remove(&subscription.id);
        self.timers.cancel(Timer::Attempt(Subject::Subscribe(key)));
        turn.push(Effect::Summarize(MediaOf { flows: subscription.media().collect(), ..MediaOf::default() }));
        for flow in subscription.flows() {
            self.directory.flows.remove(&flow.key);
            turn.media(MediaOp::CloseFlow { flow: flow.key });
        }
        if let Some(stream) = self.streams.get_mut(&subscription.stream) {
            stream.subscriptions.remove(&key);
        }
        if let Some(owner) = self.connections.get_mut(&subscription.owner) {
            owner.subscriptions.remove(&key);
            self.watch_media(subscription.owner, turn);
        }
        self.log(LogBody::SubscriptionEnded { subscription_id: subscription.id, reason }, turn);
    }

    pub(crate) fn own_subscription(&self, from: ConnectionKey, id: &str) -> Result<SubscriptionKey, Fault> {
        let key = self.directory.subscriptions.get(id).copied();
        key.filter(|key| self.subscriptions[key].owner == from).ok_or_else(|| faults::subscription_not_found(id))
    }
}
