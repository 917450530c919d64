//! A client's way in: from the door to a place in the room, and what it is told first.
//!
//! Owns a [`Newcomer`], from when it knocks until it is in or turned away. Invariants: whoever knocks is answered once, and an
//! outbox goes to the room or back to its socket, never both; a place is known to its socket only once the joining is on disk.

use exedra_contract::faults;
use exedra_contract::wire::{HEARTBEAT_MS, Joined, SessionInfo};
use exedra_session::limits::ATTEMPT_MS_MAX;
use exedra_session::{Admission, Command, Reply};
use tokio::sync::oneshot;
use tracing::{debug, error};

use super::RoomTask;
use super::provoke::Sandboxed;
use super::turn::{Step, Turn};
use crate::redact::Tag;
use crate::room::{Arrival, Entry, Joining, PlaceKey, Refused, RoomMessage};
use crate::signaling::frame;
use crate::signaling::outbox::{End, Outbox};

/// What a client came with.
pub struct Newcomer {
    request_id: u32,
    outbox: Outbox,
    arrival: Arrival,
    sandboxed: Option<Sandboxed>,
    done: oneshot::Sender<Result<PlaceKey, Refused>>,
}

impl RoomTask {
    pub(super) fn join(&mut self, joining: Joining, done: oneshot::Sender<Result<PlaceKey, Refused>>, turn: &mut Turn) {
        let Joining { request_id, entry, arrival, outbox, sandbox } = joining;
        let at = turn.steps.len();
        let command = match entry {
            Entry::Join(join) => Command::Join(join),
            Entry::Resume(resume) => Command::Resume(resume),
        };
        let reply = if self.closing { Err(faults::server_shutting_down()) } else { self.decide(command, turn) };
        match reply {
            Ok(Reply::Admitted(admission)) => {
                let sandboxed = sandbox.map(Sandboxed::new);
                let newcomer = Newcomer { request_id, outbox, arrival, sandboxed, done };
                turn.steps.insert(at, Step::Admit { admission, newcomer });
            }
            Ok(other) => {
                error!(room = %self.tag, reply = ?std::mem::discriminant(&other), "a join was answered with something else");
                outbox.end(End::AfterQueue);
            }
            Err(fault) => {
                let _ = done.send(Err(Refused { fault, outbox: Some(outbox) }));
            }
        }
    }

    pub(super) fn admit(&mut self, admission: Admission, newcomer: Newcomer) {
        let Newcomer { request_id, outbox, arrival, sandboxed, done } = newcomer;
        let place = PlaceKey { connection: admission.key, attachment: admission.attachment };
        debug!(room = %self.tag, connection = %Tag::connection(&admission.connection.connection_id), "joined");
        let joined = Joined {
            capabilities: admission.capabilities,
            session: SessionInfo {
                session_id: self.session.id.clone(),
                media_mode: self.session.media_mode,
                force_muted: admission.force_muted,
            },
            connection: admission.connection,
            connections: admission.connections,
            streams: admission.streams,
            ice_servers: Vec::new(),
            resume_secret: admission.resume_secret,
            heartbeat_ms: HEARTBEAT_MS,
            attempt_timeout_ms: ATTEMPT_MS_MAX,
        };
        let is_sandboxed = sandboxed.is_some();
        self.sockets.attach(place, outbox, arrival, sandboxed);
        self.sockets.answer(place, frame::ok(request_id, &joined));
        if is_sandboxed {
            self.start_events(Some(place.connection));
        }
        if done.send(Ok(place)).is_err() {
            self.sockets.lose(place, End::AfterQueue);
        }
    }

    /// Whoever had a place in the mailbox while it closed.
    pub(super) async fn refuse_latecomers(&mut self) {
        while let Some(message) = self.mailbox.recv().await {
            if let RoomMessage::Join { joining: Joining { outbox, .. }, done } = message {
                let fault = faults::server_overloaded("room", 0_u64);
                let _ = done.send(Err(Refused { fault, outbox: Some(outbox) }));
            }
        }
    }
}
