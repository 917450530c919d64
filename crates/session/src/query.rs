//! Looking into a room without changing it.

use exedra_contract::wire;

use crate::attempt::Subject;
use crate::connection::Connection;
use crate::keys::{ConnectionKey, PeerKey};
use crate::room::{Room, Settings};
use crate::stream::Stream;

impl Room {
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn connection_count(&self) -> usize {
        self.connections.len()
    }

    pub fn subscription_count(&self) -> usize {
        self.subscriptions.len()
    }

    /// Oldest first.
    pub fn connections(&self) -> impl Iterator<Item = wire::Connection> + '_ {
        self.connections.values().map(Connection::describe)
    }

    pub fn connection_key(&self, connection_id: &str) -> Option<ConnectionKey> {
        self.directory.connections.get(connection_id).copied()
    }

    pub fn connection_id(&self, key: ConnectionKey) -> Option<&str> {
        self.connections.get(&key).map(|connection| connection.id.as_str())
    }

    /// The media transport of a connection, if it has one.
    pub fn peer(&self, key: ConnectionKey) -> Option<PeerKey> {
        self.connections.get(&key)?.transport.peer()
    }

    /// What a stream or subscription that was accepted is an attempt at, as long as it is one.
    pub fn attempt_named(&self, id: &str) -> Option<Subject> {
        let stream = self.directory.streams.get(id).copied().map(Subject::Publish);
        let subject = stream.or_else(|| self.directory.subscriptions.get(id).copied().map(Subject::Subscribe));
        subject.filter(|subject| self.attempt(*subject).is_some())
    }

    /// The visible streams, oldest first.
    pub fn streams(&self) -> Vec<wire::Stream> {
        self.streams_where(|_| true)
    }

    pub fn stream(&self, stream_id: &str) -> Option<wire::Stream> {
        let stream = self.streams.get(self.directory.streams.get(stream_id)?)?;
        stream.is_live().then(|| stream.describe(&self.connections[&stream.owner].id))
    }

    /// Nobody is in the room, and nothing is left of those who were.
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
            && self.streams.is_empty()
            && self.subscriptions.is_empty()
            && self.directory.is_empty()
            && self.timers.is_empty()
    }

    pub(crate) fn streams_where(&self, wanted: impl Fn(&Stream) -> bool) -> Vec<wire::Stream> {
        let live = self.streams.values().filter(|stream| stream.is_live() && wanted(stream));
        live.map(|stream| stream.describe(&self.connections[&stream.owner].id)).collect()
    }
}
