//! Messages between clients, and the meters of who is speaking.

use std::collections::BTreeMap;

use exedra_contract::wire::{AudioLevel, EventBody, Signal};
use exedra_contract::{Fault, faults};

use crate::command::{Actor, Reply};
use crate::keys::{ConnectionKey, StreamKey, TrackKey};
use crate::limits::{AUDIO_LEVEL_LISTENERS_MAX, SIGNAL_DATA_BYTES_MAX, SIGNAL_TYPE_BYTES_MAX};
use crate::log::LogBody;
use crate::room::{Room, Turn};

impl Room {
    /// To one connection, or to everybody, the sender included.
    pub(crate) fn signal(&mut self, sender: Actor, signal: Signal, turn: &mut Turn) -> Result<Reply, Fault> {
        if let Actor::Connection(key) = sender {
            let connection = &self.connections[&key];
            connection.require(connection.capabilities.signal, "signal", "signal")?;
        }
        check(&signal)?;
        let target = match &signal.to {
            Some(id) => {
                let known = self.directory.connections.get(id).copied();
                Some(known.ok_or_else(|| faults::connection_not_found(&**id))?)
            }
            None => None,
        };
        let from = match sender {
            Actor::Server => None,
            Actor::Connection(key) => self.take_signal_token(key, turn)?,
        };

        let bytes = signal.data.as_ref().map_or(0, String::len);
        self.log(LogBody::Signal { from: from.clone(), to: signal.to.clone(), bytes }, turn);
        let event = EventBody::Signal { signal, from };
        match target {
            Some(key) => self.send(key, event, turn),
            None => self.announce(event, turn),
        }
        Ok(Reply::Done)
    }

    /// Only signals that would be sent count against the rate. Returns the sender's id.
    fn take_signal_token(&mut self, key: ConnectionKey, turn: &Turn) -> Result<Option<String>, Fault> {
        let per_second = self.settings.limits.signal_rate.per_second;
        let Some(connection) = self.connections.get_mut(&key) else { return Ok(None) };
        match connection.signals.take(turn.now) {
            Ok(()) => Ok(Some(connection.id.clone())),
            Err(wait_ms) => Err(faults::signal_rate_limited(u64::from(per_second)).retry_after_ms(wait_ms)),
        }
    }

    /// Each client that asked for them hears the levels of what it subscribes to.
    pub(crate) fn audio_levels(&mut self, levels: &[(TrackKey, f32)], turn: &mut Turn) {
        let listeners = self.connections.values().filter(|connection| connection.audio_levels).count();
        if listeners == 0 || listeners > AUDIO_LEVEL_LISTENERS_MAX {
            return;
        }
        let mut heard: BTreeMap<ConnectionKey, Vec<AudioLevel>> = BTreeMap::new();
        let mut told: BTreeMap<ConnectionKey, StreamKey> = BTreeMap::new();
        for (track, level) in levels {
            let Some(key) = self.directory.tracks.get(track) else { continue };
            let stream = &self.streams[key];
            for subscription in &stream.subscriptions {
                let listener = self.subscriptions[subscription].owner;
                // A stream that a client subscribes to twice is listed once.
                if self.connections[&listener].audio_levels && told.insert(listener, *key) != Some(*key) {
                    heard.entry(listener).or_default().push(AudioLevel { stream_id: stream.id.clone(), level: *level });
                }
            }
        }
        for (listener, levels) in heard {
            // Nobody who resumes wants to know how loud it was.
            if self.connections[&listener].attachment.is_some() {
                self.send(listener, EventBody::AudioLevels { levels }, turn);
            }
        }
    }
}

fn check(signal: &Signal) -> Result<(), Fault> {
    let kind = signal.kind.as_deref().unwrap_or("");
    if kind.len() > SIGNAL_TYPE_BYTES_MAX {
        return Err(faults::signal_type_too_long(SIGNAL_TYPE_BYTES_MAX as u64, kind.len() as u64));
    }
    if let Some(stranger) = kind.chars().find(|c| !c.is_ascii_alphanumeric() && !"-_~".contains(*c)) {
        return Err(faults::signal_type_invalid(stranger));
    }
    let data_bytes = signal.data.as_ref().map_or(0, String::len);
    if data_bytes > SIGNAL_DATA_BYTES_MAX {
        return Err(faults::signal_data_too_large(SIGNAL_DATA_BYTES_MAX as u64, data_bytes as u64));
    }
    Ok(())
}
