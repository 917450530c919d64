//! What the sandbox makes happen in a room.
//!
//! Owns what a socket of a sandbox still has before it: whose rules apply, and media to be dropped once there is some. Must not
//! know which rules wait ([`sandbox`](crate::sandbox)'s). Invariant: every failure takes the way that the real one takes.

use exedra_contract::sandbox::Event;
use exedra_contract::wire::Method;
use exedra_contract::{Class, Effect as FaultEffect, Fault};
use exedra_session::{Command, ConnectionKey, MediaFact, PeerKey, Reply};
use tracing::info;

use super::RoomTask;
use super::request::{Asked, answer, asked};
use super::turn::{Step, Turn};
use crate::redact::Tag;
use crate::room::{PlaceKey, RoomMessage};
use crate::sandbox::Scope;
use crate::signaling::outbox::End;

/// Of a socket whose project is a sandbox.
pub struct Sandboxed {
    scopes: Vec<Scope>,
    /// Its media is to be dropped as soon as it has any.
    drop_media_ms: Option<u64>,
}

impl Sandboxed {
    pub fn new(scopes: Vec<Scope>) -> Self {
        Self { scopes, drop_media_ms: None }
    }
}

impl RoomTask {
    /// A request that is to fail. What in reality is accepted first and fails later, does so here.
    pub(super) fn provoked(&mut self, place: PlaceKey, id: u32, method: Method, fault: Fault, turn: &mut Turn) {
        if !self.sockets.is_attached(place) {
            return;
        }
        let fails_later = matches!(fault.class(), Class::Network | Class::Timeout);
        match method {
            Method::Publish(_) | Method::Subscribe(_) if fails_later => {
                self.fail_attempt(place, id, method, fault, turn)
            }
            _ => {
                let frame = self.node.render_error(Some(id), &fault);
                turn.steps.push(Step::Answer { place, frame });
                if fault.effect() == FaultEffect::ConnectionCloses {
                    self.lose(place, End::AfterQueue, turn);
                }
            }
        }
    }

    fn fail_attempt(&mut self, place: PlaceKey, id: u32, method: Method, fault: Fault, turn: &mut Turn) {
        let Asked::Room(request) = asked(method) else { return };
        let at = turn.steps.len();
        let (frame, subject) = match self.decide(Command::Request { from: place.connection, request }, turn) {
            Ok(reply) => {
                let subject = match &reply {
                    Reply::Published { stream_id } => self.room.attempt_named(stream_id),
                    Reply::Subscribed { subscription_id, .. } => self.room.attempt_named(subscription_id),
                    _ => None,
                };
                (answer(id, reply), subject)
            }
            Err(fault) => (self.node.render_error(Some(id), &fault), None),
        };
        turn.steps.insert(at, Step::Answer { place, frame });
        if let Some(subject) = subject {
            let _ = self.decide(Command::AttemptFailed { subject, fault }, turn);
        }
    }

    /// Starts what is to happen to the connections by itself.
    pub(super) fn start_events(&mut self, only: Option<ConnectionKey>) {
        for (place, sandboxed) in
            self.sockets.sandboxed().filter(|(place, _)| only.is_none_or(|only| only == place.connection))
        {
            let Some(connection_id) = self.room.connection_id(place.connection) else { continue };
            for (after, event) in self.node.sandbox.events(&sandboxed.scopes, connection_id) {
                self.later(async move {
                    tokio::time::sleep(after).await;
                    RoomMessage::Happen { place, event }
                });
            }
        }
    }

    pub(super) fn happen(&mut self, place: PlaceKey, event: Event, turn: &mut Turn) {
        if !self.sockets.is_attached(place) {
            return;
        }
        info!(room = %self.tag, connection = %Tag::connection(self.room.connection_id(place.connection).unwrap_or_default()), ?event, "the sandbox makes something happen");
        match event {
            Event::Fail(code) => {
                let fault = Fault::example(code).because("provoked by the sandbox");
                let frame = self.node.render_error(None, &fault);
                match fault.effect() {
                    FaultEffect::OperationFails => turn.steps.push(Step::Answer { place, frame }),
                    FaultEffect::StreamEnds => {
                        turn.steps.push(Step::Answer { place, frame });
                        let silent_ms = fault.args().find_map(|(_, value)| value.as_u64());
                        if let Some(peer) = self.room.peer(place.connection) {
                            let _ = self.decide(Command::Media(MediaFact::TransportLost { peer, silent_ms }), turn);
                        }
                    }
                    _ => self.lose(place, End::Instead(frame), turn),
                }
            }
            Event::CloseSignaling { clean: true } => self.lose(place, End::AfterQueue, turn),
            Event::CloseSignaling { clean: false } => self.lose(place, End::HangUp, turn),
            Event::DropMedia { for_ms } => match self.room.peer(place.connection) {
                Some(peer) => turn.steps.push(Step::DropMedia { peer, for_ms }),
                None => {
                    let sandboxed = self.sockets.of_mut(place.connection).and_then(|socket| socket.sandboxed.as_mut());
                    if let Some(sandboxed) = sandboxed {
                        sandboxed.drop_media_ms = Some(for_ms);
                    }
                }
            },
        }
    }

    /// How long a new peer's media is to be dropped.
    pub(super) fn drop_that_waits(&mut self, peer: PeerKey) -> Option<u64> {
        let room = &self.room;
        let mut waiting = self.sockets.sandboxed_mut().filter_map(|(connection, sandboxed)| {
            (sandboxed.drop_media_ms.is_some() && room.peer(connection) == Some(peer)).then_some(sandboxed)
        });
        waiting.next()?.drop_media_ms.take()
    }

    /// The client loses its socket and may resume, as when it did not keep up.
    fn lose(&mut self, place: PlaceKey, end: End, turn: &mut Turn) {
        turn.steps.push(Step::CloseSocket { place, end });
        self.lost(place, turn);
    }
}
