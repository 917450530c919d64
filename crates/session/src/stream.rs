//! What a client publishes.
//!
//! ```text
//! publish → pending ──(offer accepted, transport up)──→ live → ended
//!                  └──(12 s, or the transport failed)──→ operation_failed
//! ```
//! Only its owner knows a pending stream. The owner hears `stream_created` like everybody else: that is when its publish
//! succeeded.

use std::collections::BTreeSet;

use exedra_contract::wire::{self, EndReason, EventBody, StreamChanges, StreamProperties};
use exedra_contract::{Fault, faults};

use crate::attempt::{Attempt, Subject};
use crate::command::{Millis, Reply};
use crate::connection::Connection;
use crate::effect::{Effect, MediaOf, MediaOp};
use crate::keys::{ConnectionKey, StreamKey, SubscriptionKey, TrackKey, TrackKind};
use crate::limits::{
    ATTEMPT_MS_MAX, FRAME_RATE_MAX, PICTURE_SIDE_MAX, STREAM_INITIALS_BYTES_MAX, STREAM_NAME_BYTES_MAX,
};
use crate::log::LogBody;
use crate::room::{Room, Turn};
use crate::timers::Timer;

pub(crate) struct Stream {
    pub id: String,
    pub owner: ConnectionKey,
    pub properties: StreamProperties,
    pub audio: Option<TrackKey>,
    pub video: Option<TrackKey>,
    pub phase: StreamPhase,
    pub subscriptions: BTreeSet<SubscriptionKey>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StreamPhase {
    Pending(Attempt),
    Live { since: Millis },
}

impl Stream {
    pub fn is_live(&self) -> bool {
        matches!(self.phase, StreamPhase::Live { .. })
    }

    pub fn tracks(&self) -> impl Iterator<Item = (TrackKind, TrackKey)> + use<> {
        let audio = self.audio.map(|track| (TrackKind::Audio, track));
        audio.into_iter().chain(self.video.map(|track| (TrackKind::Video, track)))
    }
}

impl Room {
    pub(crate) fn publish(
        &mut self,
        from: ConnectionKey,
        mut properties: StreamProperties,
        turn: &mut Turn,
    ) -> Result<Reply, Fault> {
        let connection = &self.connections[&from];
        connection.require(connection.capabilities.publish, "publish", "publish")?;
        check(&properties)?;
        let limits = self.settings.limits;
        if connection.streams.len() >= limits.streams_per_connection_max {
            return Err(faults::stream_limit_exceeded(limits.streams_per_connection_max as u64, "connection"));
        }
        if self.streams.len() >= limits.streams_max {
            return Err(faults::stream_limit_exceeded(limits.streams_max as u64, "session"));
        }

        properties.has_audio &= properties.audio_track;
        properties.has_video &= properties.video_track;
        properties.video_suspended &= properties.video_track;
        let mute_now = self.force_muted && properties.has_audio;
        properties.has_audio &= !self.force_muted;

        let peer = self.open_peer(from, turn);
        let key: StreamKey = self.names.key();
        let stream = Stream {
            id: self.names.id(),
            owner: from,
            audio: properties.audio_track.then(|| self.names.key()),
            video: properties.video_track.then(|| self.names.key()),
            phase: StreamPhase::Pending(Attempt::new(turn.now)),
            subscriptions: BTreeSet::new(),
            properties,
        };
        let stream_id = stream.id.clone();
        for (kind, track) in stream.tracks() {
            self.directory.tracks.insert(track, key);
            turn.media(MediaOp::OpenTrack { peer, track, kind });
            if !stream.sends(kind) {
                turn.media(MediaOp::MuteTrack { track, muted: true });
            }
        }
        let requested = LogBody::PublishRequested {
            connection_id: connection_id(self, from),
            stream_id: stream_id.clone(),
            audio: stream.audio.is_some(),
            video: stream.video.is_some(),
            source: stream.properties.video_source,
            width: stream.properties.width,
            height: stream.properties.height,
        };
        self.directory.streams.insert(stream_id.clone(), key);
        self.streams.insert(key, stream);
        if let Some(connection) = self.connections.get_mut(&from) {
            connection.streams.insert(key);
        }
        self.watch_media(from, turn);
        self.timers.set(Timer::Attempt(Subject::Publish(key)), turn.now.after(ATTEMPT_MS_MAX));
        self.log(requested, turn);
        if mute_now {
            self.send(from, EventBody::StreamMuteForced { stream_id: stream_id.clone() }, turn);
        }
        self.fail_on_a_failed_transport(from, Subject::Publish(key), turn);
        Ok(Reply::Published { stream_id })
    }

    pub(crate) fn unpublish(
        &mut self,
        from: ConnectionKey,
        stream_id: &str,
        media_stopped: bool,
        turn: &mut Turn,
    ) -> Result<Reply, Fault> {
        let key = self.own_stream(from, stream_id)?;
        let reason = if media_stopped { EndReason::MediaStopped } else { EndReason::ClientDisconnected };
        self.end_stream(key, reason, turn);
        Ok(Reply::Done)
    }

    pub(crate) fn update_stream(
        &mut self,
        from: ConnectionKey,
        stream_id: &str,
        changes: StreamChanges,
        turn: &mut Turn,
    ) -> Result<Reply, Fault> {
        let key = self.own_stream(from, stream_id)?;
        check_picture(changes.width.unwrap_or(0), changes.height.unwrap_or(0))?;
        self.change_stream(key, changes, turn);
        Ok(Reply::Done)
    }

    /// Carries out what of `changes` is a change, and tells everybody who knows the stream.
    pub(crate) fn change_stream(&mut self, key: StreamKey, changes: StreamChanges, turn: &mut Turn) {
        let Some(stream) = self.streams.get_mut(&key) else { return };
        let before: Vec<_> = stream.tracks().map(|(kind, track)| (kind, track, stream.sends(kind))).collect();
        let changes = stream.properties.accept(changes);
        if changes == StreamChanges::default() {
            return;
        }
        for (kind, track, sent) in before {
            let sends = stream.sends(kind);
            if sends != sent {
                turn.media(MediaOp::MuteTrack { track, muted: !sends });
            }
        }
        let (stream_id, live, subscriptions) = (stream.id.clone(), stream.is_live(), stream.subscriptions.clone());
        self.log(LogBody::StreamUpdated { stream_id: stream_id.clone(), changes: changes.clone() }, turn);
        if live {
            self.announce(EventBody::StreamUpdated { stream_id, changes }, turn);
        }
        for subscription in subscriptions {
            self.settle_subscription(subscription, turn);
        }
    }

    /// Makes a pending stream visible once everything it waits for is there.
    pub(crate) fn settle_stream(&mut self, key: StreamKey, turn: &mut Turn) {
        let Some(stream) = self.streams.get_mut(&key) else { return };
        let StreamPhase::Pending(attempt) = stream.phase else { return };
        if !attempt.negotiated || !self.connections[&stream.owner].transport.is_up() {
            return;
        }
        stream.phase = StreamPhase::Live { since: turn.now };
        let (owner, described) = (stream.owner, stream.describe(&self.connections[&stream.owner].id));
        self.timers.cancel(Timer::Attempt(Subject::Publish(key)));
        let created = LogBody::StreamCreated {
            connection_id: connection_id(self, owner),
            stream_id: described.stream_id.clone(),
            waited_ms: turn.now.since(attempt.began),
        };
        self.log(created, turn);
        // Who hears nothing of connections learns here whose stream it is.
        let connection = self.connections.get(&owner).map(Connection::describe);
        let whole = EventBody::StreamCreated { stream: wire::Stream { connection, ..described.clone() } };
        self.announce_where(|_, hearer| hearer.connection_events, EventBody::StreamCreated { stream: described }, turn);
        self.announce_where(|_, hearer| !hearer.connection_events, whole, turn);
    }

    /// Ends a stream with everything that hangs on it. Subscribers learn it from `stream_destroyed` alone.
    pub(crate) fn end_stream(&mut self, key: StreamKey, reason: EndReason, turn: &mut Turn) {
        let Some(stream) = self.remove_stream(key, turn) else { return };
        self.log(LogBody::StreamDestroyed { stream_id: stream.id.clone(), reason }, turn);
        if stream.is_live() {
            self.announce(EventBody::StreamDestroyed { stream_id: stream.id, reason }, turn);
        }
        self.close_useless_peer(stream.owner, turn);
    }

    /// Forgets a stream without a word. Its subscriptions go first.
    pub(crate) fn remove_stream(&mut self, key: StreamKey, turn: &mut Turn) -> Option<Stream> {
        for subscription in self.streams.get(&key)?.subscriptions.clone() {
            self.remove_subscription(subscription, EndReason::ClientDisconnected, turn);
        }
        let stream = self.streams.remove(&key)?;
        self.directory.streams.remove(&stream.id);
        self.timers.cancel(Timer::Attempt(Subject::Publish(key)));
        turn.push(Effect::Summarize(MediaOf { tracks: stream.media().collect(), ..MediaOf::default() }));
        for (_, track) in stream.tracks() {
            self.directory.tracks.remove(&track);
            turn.media(MediaOp::CloseTrack { track });
        }
        if let Some(owner) = self.connections.get_mut(&stream.owner) {
            owner.streams.remove(&key);
            self.watch_media(stream.owner, turn);
        }
        Some(stream)
    }

    /// A stream the client knows: its own, or a live one of somebody.
    pub(crate) fn known_stream(&self, to: Option<ConnectionKey>, stream_id: &str) -> Result<StreamKey, Fault> {
        let key = self.directory.streams.get(stream_id).copied();
        key.filter(|key| self.streams[key].is_live() || Some(self.streams[key].owner) == to)
            .ok_or_else(|| faults::stream_not_found(stream_id))
    }

    pub(crate) fn own_stream(&self, from: ConnectionKey, stream_id: &str) -> Result<StreamKey, Fault> {
        let key = self.known_stream(Some(from), stream_id)?;
        if self.streams[&key].owner == from { Ok(key) } else { Err(faults::stream_not_owned(stream_id)) }
    }
}

impl Stream {
    pub fn describe(&self, connection_id: &str) -> wire::Stream {
        let (StreamPhase::Live { since: created_at } | StreamPhase::Pending(Attempt { began: created_at, .. })) =
            self.phase;
        wire::Stream {
            stream_id: self.id.clone(),
            connection_id: connection_id.to_owned(),
            created_at: created_at.0,
            connection: None,
            properties: self.properties.clone(),
        }
    }

    /// The publisher sends media of this kind now.
    pub fn sends(&self, kind: TrackKind) -> bool {
        match kind {
            TrackKind::Audio => self.properties.has_audio,
            TrackKind::Video => self.properties.has_video && !self.properties.video_suspended,
        }
    }
}

/// Applying what a publisher says has changed.
trait Accept {
    /// Takes over the changes and returns those that made a difference. A track that does not exist stays muted.
    fn accept(&mut self, changes: StreamChanges) -> StreamChanges;
}

impl Accept for StreamProperties {
    fn accept(&mut self, changes: StreamChanges) -> StreamChanges {
        fn replace<T: PartialEq + Copy>(current: &mut T, new: Option<T>) -> Option<T> {
            let new = new.filter(|new| new != current)?;
            *current = new;
            Some(new)
        }
        StreamChanges {
            has_audio: replace(&mut self.has_audio, changes.has_audio.map(|on| on && self.audio_track)),
            has_video: replace(&mut self.has_video, changes.has_video.map(|on| on && self.video_track)),
            has_captions: replace(&mut self.has_captions, changes.has_captions),
            video_suspended: replace(
                &mut self.video_suspended,
                changes.video_suspended.map(|on| on && self.video_track),
            ),
            width: replace(&mut self.width, changes.width),
            height: replace(&mut self.height, changes.height),
            video_source: replace(&mut self.video_source, changes.video_source.map(Some)).flatten(),
        }
    }
}

fn check(properties: &StreamProperties) -> Result<(), Fault> {
    if !properties.audio_track && !properties.video_track {
        return Err(faults::stream_properties_invalid("audio_track", "the stream has neither audio nor video"));
    }
    at_most("name", STREAM_NAME_BYTES_MAX as u64, properties.name.len() as u64)?;
    let initials = properties.initials.as_ref().map_or(0, String::len);
    at_most("initials", STREAM_INITIALS_BYTES_MAX as u64, initials as u64)?;
    at_most("frame_rate", FRAME_RATE_MAX.into(), properties.frame_rate.unwrap_or(0).into())?;
    check_picture(properties.width, properties.height)
}

fn check_picture(width: u32, height: u32) -> Result<(), Fault> {
    at_most("width", PICTURE_SIDE_MAX.into(), width.into())?;
    at_most("height", PICTURE_SIDE_MAX.into(), height.into())
}

fn at_most(property: &str, max: u64, got: u64) -> Result<(), Fault> {
    let too_large = || faults::stream_properties_invalid(property, format!("{got} is more than {max}"));
    if got <= max { Ok(()) } else { Err(too_large()) }
}

fn connection_id(room: &Room, key: ConnectionKey) -> String {
    room.connections.get(&key).map(|connection| connection.id.clone()).unwrap_or_default()
}
