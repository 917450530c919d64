//! Rooms at work: one task owns one [`session::Room`](exedra_session::Room) and carries its effects out.
//!
//! Owns the order of things: what a room decided is on disk first, then the media plane hears of it, then clients do.
//! Must not know room rules (the session's), packets (the plane's) or sockets (signaling's).

mod bridge;
mod diagnosis;
mod directory;
mod task;

pub use bridge::{room_of, room_of_key};
pub use diagnosis::{Arrival, is_public};
pub use directory::Rooms;

use std::fmt;

use exedra_contract::sandbox::Event;
use exedra_contract::{Fault, wire};
use exedra_media::PlaneEvent;
use exedra_session::{Attachment, Command, ConnectionKey, Join, Resume, Room};
use tokio::sync::{mpsc, oneshot};

use crate::sandbox::Scope;
use crate::signaling::gate::Admitted;
use crate::signaling::outbox::Outbox;

/// Messages waiting for one room. Sockets wait when it is full; shards keep what must not be lost and try again.
const MAILBOX_MAX: usize = 1024;

/// One socket of one connection. What concerns an earlier socket of the same connection is stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceKey {
    connection: ConnectionKey,
    attachment: Attachment,
}

/// What a room's task can be told.
#[derive(Debug)]
pub enum RoomMessage {
    /// Whoever is let in, or turned away, hears of it by `done`.
    Join {
        joining: Joining,
        done: oneshot::Sender<Result<PlaceKey, Refused>>,
    },
    Request {
        place: PlaceKey,
        id: u32,
        method: wire::Method,
    },
    SocketLost {
        place: PlaceKey,
    },
    /// The client is gone, and cannot resume.
    Vanished {
        place: PlaceKey,
    },
    /// From the room's shard.
    Media(PlaneEvent),
    /// What the room asked of its shard is answered.
    Answered(task::Answer),
    /// The customer's server, over REST.
    Server {
        command: Command,
        done: oneshot::Sender<Result<(), Fault>>,
    },
    /// A client's request that the sandbox makes fail.
    Provoked {
        place: PlaceKey,
        id: u32,
        method: wire::Method,
        fault: Fault,
    },
    /// Something that the sandbox makes happen to a connection.
    Happen {
        place: PlaceKey,
        event: Event,
    },
    /// There are new rules of the sandbox for this session.
    SandboxRules,
    /// Somebody wants to know something that only the room knows.
    Look(Look),
    /// The process ends.
    Close,
}

/// A question to a room; it brings its own way back.
pub struct Look(pub Box<dyn FnOnce(&Room) + Send>);

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Look(..)")
    }
}

/// A client at the door: verified, with a socket, not yet in the room.
#[derive(Debug)]
pub struct Joining {
    pub request_id: u32,
    pub entry: Entry,
    pub arrival: Arrival,
    pub outbox: Outbox,
    pub sandbox: Option<Vec<Scope>>,
}

#[derive(Debug)]
pub enum Entry {
    Join(Join),
    Resume(Resume),
}

/// The door stayed shut; the socket may try again.
#[derive(Debug)]
pub struct Refused {
    pub fault: Fault,
    pub outbox: Option<Outbox>,
}

impl Joining {
    pub fn new(request_id: u32, join: wire::Join, admitted: &Admitted, arrival: Arrival, outbox: Outbox) -> Self {
        let entry = match join.resume {
            Some(resume) => Entry::Resume(Resume {
                connection_id: resume.connection_id,
                secret: resume.secret,
                last_seq: resume.last_seq,
            }),
            None => Entry::Join(Join {
                role: admitted.claims.role,
                data: admitted.claims.connection_data.clone(),
                connection_events: join.connection_events,
                audio_levels: join.audio_levels,
            }),
        };
        Self { request_id, entry, arrival, outbox, sandbox: admitted.sandbox.clone() }
    }
}

/// One connection, as its socket knows it.
#[derive(Debug)]
pub struct Place {
    mailbox: mpsc::Sender<RoomMessage>,
    place: PlaceKey,
}

impl Place {
    /// The room answers through the outbox. A room that is gone closes the outbox, which says so.
    pub async fn request(&self, id: u32, method: wire::Method) {
        let _ = self.mailbox.send(RoomMessage::Request { place: self.place, id, method }).await;
    }

    /// Like [`Self::request`], of one that fails with this.
    pub async fn provoke(&self, id: u32, method: wire::Method, fault: Fault) {
        let _ = self.mailbox.send(RoomMessage::Provoked { place: self.place, id, method, fault }).await;
    }

    pub fn connection(&self) -> ConnectionKey {
        self.place.connection
    }

    /// The socket is gone; its client may come back on another one.
    pub async fn lost(self) {
        let _ = self.mailbox.send(RoomMessage::SocketLost { place: self.place }).await;
    }

    /// The client is gone, and has no way of coming back.
    pub async fn vanished(self) {
        let _ = self.mailbox.send(RoomMessage::Vanished { place: self.place }).await;
    }
}

#[cfg(test)]
mod tests;
