//! The sockets of a room's connections: one for each connection that has one now, always the newest.
//!
//! Owns their outboxes, and what is remembered of a client for as long as its socket lives. Must not know why anything is sent.
//! Invariants: nothing here waits, and a client that does not keep up loses its socket, not the room's time; what is meant for
//! a socket that was replaced or closed goes nowhere.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use exedra_contract::faults;
use exedra_session::{Attachment, ConnectionKey, Delivery};
use serde_json::{Map, Value};

use super::provoke::Sandboxed;
use crate::node::Node;
use crate::room::{Arrival, PlaceKey};
use crate::signaling::frame::EventWriter;
use crate::signaling::outbox::{End, OUTBOX_FRAMES_MAX, Outbox, Overflow};

pub struct Sockets {
    node: Arc<Node>,
    of_connections: HashMap<ConnectionKey, Socket>,
    events: EventWriter,
    /// Those that the room has not heard of yet.
    lost: Vec<PlaceKey>,
}

pub struct Socket {
    attachment: Attachment,
    outbox: Outbox,
    pub arrival: Arrival,
    pub sandboxed: Option<Sandboxed>,
    /// The newest report of this client's.
    pub report: Option<Map<String, Value>>,
}

impl Sockets {
    pub fn new(node: Arc<Node>) -> Self {
        Self { node, of_connections: HashMap::new(), events: EventWriter::default(), lost: Vec::new() }
    }

    /// Takes the place of the connection's earlier socket, if it has one.
    pub fn attach(&mut self, place: PlaceKey, outbox: Outbox, arrival: Arrival, sandboxed: Option<Sandboxed>) {
        let socket = Socket { attachment: place.attachment, outbox, arrival, sandboxed, report: None };
        match self.of_connections.insert(place.connection, socket) {
            Some(earlier) => earlier.outbox.end(End::AfterQueue),
            None => {
                self.node.metrics.connections.inc();
            }
        }
    }

    pub fn is_attached(&self, place: PlaceKey) -> bool {
        self.of(place.connection).is_some_and(|socket| socket.attachment == place.attachment)
    }

    pub fn of(&self, connection: ConnectionKey) -> Option<&Socket> {
        self.of_connections.get(&connection)
    }

    pub fn of_mut(&mut self, connection: ConnectionKey) -> Option<&mut Socket> {
        self.of_connections.get_mut(&connection)
    }

    pub fn sandboxed(&self) -> impl Iterator<Item = (PlaceKey, &Sandboxed)> {
        self.of_connections.iter().filter_map(|(connection, socket)| {
            let place = PlaceKey { connection: *connection, attachment: socket.attachment };
            Some((place, socket.sandboxed.as_ref()?))
        })
    }

    pub fn sandboxed_mut(&mut self) -> impl Iterator<Item = (ConnectionKey, &mut Sandboxed)> {
        let sockets = self.of_connections.iter_mut();
        sockets.filter_map(|(connection, socket)| Some((*connection, socket.sandboxed.as_mut()?)))
    }

    pub fn answer(&mut self, place: PlaceKey, frame: Utf8Bytes) {
        if self.is_attached(place) {
            self.send(place, frame, None);
        }
    }

    pub fn deliver(&mut self, Delivery { to, seq, body }: Delivery) {
        if let Some(attachment) = self.of(to).map(|socket| socket.attachment) {
            let frame = self.events.frame(seq, &body);
            self.send(PlaceKey { connection: to, attachment }, frame, Some(seq));
        }
    }

    pub fn close(&mut self, place: PlaceKey, end: End) {
        if self.is_attached(place)
            && let Some(socket) = self.of_connections.remove(&place.connection)
        {
            self.node.metrics.connections.dec();
            socket.outbox.end(end);
        }
    }

    /// Closes it, and has the room told: its client may resume on a new one.
    pub fn lose(&mut self, place: PlaceKey, end: End) {
        self.close(place, end);
        self.lost.push(place);
    }

    /// Those lost since the last time.
    pub fn take_lost(&mut self) -> Vec<PlaceKey> {
        std::mem::take(&mut self.lost)
    }

    fn send(&mut self, place: PlaceKey, frame: Utf8Bytes, seq: Option<u64>) {
        let Some(socket) = self.of(place.connection) else { return };
        if socket.outbox.send(frame, seq) == Err(Overflow) {
            self.node.metrics.outboxes_overflowed.inc();
            let last_word = self.node.render_error(None, &faults::client_too_slow(OUTBOX_FRAMES_MAX as u64));
            self.lose(place, End::Instead(last_word));
        }
    }
}

/// A room that panics has closed none of them by itself.
impl Drop for Sockets {
    fn drop(&mut self) {
        self.node.metrics.connections.dec_by(self.of_connections.len() as i64);
    }
}
