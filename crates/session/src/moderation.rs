//! What a moderator, or the application's own server, may do to others.
//!
//! Muting is enforced, not requested: the track is muted in the media plane at once, and its publisher is told so that it
//! stops its microphone. It may unmute itself afterwards.

use exedra_contract::wire::{Capabilities, EndReason, EventBody, StreamChanges};
use exedra_contract::{Fault, faults};

use crate::command::{Actor, Moderation, Reply};
use crate::keys::StreamKey;
use crate::log::{LogBody, ModerationAction};
use crate::room::{Room, Turn};

impl Room {
    pub(crate) fn moderate(&mut self, by: Actor, moderation: Moderation, turn: &mut Turn) -> Result<Reply, Fault> {
        match moderation {
            Moderation::Disconnect { connection_id } => self.force_disconnect(by, connection_id, turn),
            Moderation::Unpublish { stream_id } => self.force_unpublish(by, stream_id, turn),
            Moderation::MuteStream { stream_id } => self.force_mute_stream(by, stream_id, turn),
            Moderation::MuteAll { excluded_stream_ids } => self.force_mute_all(by, &excluded_stream_ids, turn),
            Moderation::DisableMuteAll => self.disable_force_mute(by, turn),
        }
    }

    fn force_disconnect(&mut self, by: Actor, connection_id: String, turn: &mut Turn) -> Result<Reply, Fault> {
        self.authorize(by, |may| may.force_disconnect, "force_disconnect", "forceDisconnect")?;
        let known = self.directory.connections.get(&connection_id).copied();
        let key = known.ok_or_else(|| faults::connection_not_found(&*connection_id))?;
        self.log_moderation(by, ModerationAction::Disconnect, Some(connection_id), turn);
        self.disconnect(key, EndReason::ForceDisconnected, turn);
        Ok(Reply::Done)
    }

    fn force_unpublish(&mut self, by: Actor, stream_id: String, turn: &mut Turn) -> Result<Reply, Fault> {
        self.authorize(by, |may| may.force_unpublish, "force_unpublish", "forceUnpublish")?;
        let key = self.moderated_stream(by, &stream_id)?;
        self.log_moderation(by, ModerationAction::Unpublish, Some(stream_id), turn);
        self.end_stream(key, EndReason::ForceUnpublished, turn);
        Ok(Reply::Done)
    }

    fn force_mute_stream(&mut self, by: Actor, stream_id: String, turn: &mut Turn) -> Result<Reply, Fault> {
        self.authorize(by, |may| may.force_mute, "force_mute_stream", "forceMute")?;
        let key = self.moderated_stream(by, &stream_id)?;
        self.log_moderation(by, ModerationAction::MuteStream, Some(stream_id), turn);
        self.mute_stream(key, turn);
        Ok(Reply::Done)
    }

    /// Excluded streams that are gone, or never were, exclude nothing.
    fn force_mute_all(&mut self, by: Actor, excluded: &[String], turn: &mut Turn) -> Result<Reply, Fault> {
        self.authorize(by, |may| may.force_mute, "force_mute_all", "forceMute")?;
        self.log_moderation(by, ModerationAction::MuteAll, None, turn);
        self.force_muted = true;
        for key in self.streams.keys().copied().collect::<Vec<_>>() {
            if !excluded.contains(&self.streams[&key].id) {
                self.mute_stream(key, turn);
            }
        }
        self.announce(EventBody::MuteForced { active: true }, turn);
        Ok(Reply::Done)
    }

    fn disable_force_mute(&mut self, by: Actor, turn: &mut Turn) -> Result<Reply, Fault> {
        self.authorize(by, |may| may.force_mute, "disable_force_mute", "forceMute")?;
        self.log_moderation(by, ModerationAction::DisableMuteAll, None, turn);
        self.force_muted = false;
        self.announce(EventBody::MuteForced { active: false }, turn);
        Ok(Reply::Done)
    }

    /// A stream whose audio is off already is left alone.
    fn mute_stream(&mut self, key: StreamKey, turn: &mut Turn) {
        let stream = &self.streams[&key];
        if stream.properties.has_audio {
            let (owner, stream_id) = (stream.owner, stream.id.clone());
            self.send(owner, EventBody::StreamMuteForced { stream_id }, turn);
            self.change_stream(key, StreamChanges { has_audio: Some(false), ..StreamChanges::default() }, turn);
        }
    }

    fn moderated_stream(&self, by: Actor, stream_id: &str) -> Result<StreamKey, Fault> {
        match by {
            Actor::Server => self.known_stream(None, stream_id),
            Actor::Connection(key) => self.known_stream(Some(key), stream_id),
        }
    }

    fn authorize(&self, by: Actor, has: fn(&Capabilities) -> bool, operation: &str, name: &str) -> Result<(), Fault> {
        let Actor::Connection(key) = by else { return Ok(()) };
        let connection = &self.connections[&key];
        connection.require(has(&connection.capabilities), operation, name)
    }

    fn log_moderation(&mut self, by: Actor, action: ModerationAction, target: Option<String>, turn: &mut Turn) {
        let by = match by {
            Actor::Server => None,
            Actor::Connection(key) => self.connections.get(&key).map(|connection| connection.id.clone()),
        };
        self.log(LogBody::Moderated { by, action, target }, turn);
    }
}
