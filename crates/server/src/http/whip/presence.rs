//! A client without a socket, in its room: it asks what any client asks, and hears what any client hears. The room knows no
//! difference; only here is known that nobody can tell this client anything.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use exedra_contract::wire::{self, EndReason, EventBody, Joined, Method, Response, SectionTarget, ServerFrame};
use exedra_contract::{Fault, faults};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Refusal;
use crate::node::Node;
use crate::room::{Arrival, Joining, Place};
use crate::signaling::gate::Admitted;
use crate::signaling::outbox::{Next, OutboxReader, outbox};

pub struct Presence {
    place: Place,
    outbox: OutboxReader,
    next_id: u32,
    /// The one thing the client came for, once it has it.
    subject: Option<Subject>,
    end: Option<End>,
}

#[derive(Clone)]
pub enum Subject {
    Stream { stream_id: String },
    Subscription { subscription_id: String, stream_id: String },
}

/// Why there is nothing left to stay for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The room says nothing any more.
    ByTheRoom,
    /// The stream was ended by somebody.
    StreamOver,
    /// The media transport never came up, or was lost.
    TransportLost,
}

impl Subject {
    pub fn target(&self) -> SectionTarget {
        match self.clone() {
            Self::Stream { stream_id } => SectionTarget::Send { stream_id },
            Self::Subscription { subscription_id, .. } => SectionTarget::Receive { subscription_id },
        }
    }

    fn ended_by(&self, event: &EventBody) -> Option<End> {
        match (self, event) {
            (Self::Stream { stream_id }, EventBody::StreamDestroyed { stream_id: ended, reason }) => {
                let end = match reason {
                    EndReason::NetworkDisconnected => End::TransportLost,
                    _ => End::StreamOver,
                };
                (ended == stream_id).then_some(end)
            }
            (Self::Subscription { stream_id, .. }, EventBody::StreamDestroyed { stream_id: ended, .. }) => {
                (ended == stream_id).then_some(End::StreamOver)
            }
            // There is nothing else that could have.
            (_, EventBody::SubscriptionEnded { .. } | EventBody::OperationFailed { .. }) => Some(End::TransportLost),
            _ => None,
        }
    }
}

impl Presence {
    pub async fn enter(
        node: &Arc<Node>,
        join: wire::Join,
        admitted: Admitted,
        arrival: Arrival,
    ) -> Result<Self, Refusal> {
        const JOIN: u32 = 0;
        let (outbox, reader) = outbox();
        let joining = Joining::new(JOIN, join, &admitted, arrival, outbox);
        let place = node.rooms.join(node, admitted.session, joining).await.map_err(|refused| refused.fault)?;
        let mut presence = Self { place, outbox: reader, next_id: JOIN + 1, subject: None, end: None };
        presence.answer_to::<Joined>(JOIN).await?;
        Ok(presence)
    }

    pub async fn ask<T: DeserializeOwned>(&mut self, method: Method) -> Result<T, Refusal> {
        let id = self.next_id;
        self.next_id = id.wrapping_add(1);
        self.place.request(id, method).await;
        self.answer_to(id).await
    }

    /// From now on the client stays for this.
    pub fn stay_for(&mut self, subject: Subject) {
        self.subject = Some(subject);
    }

    /// Resolves when there is nothing left to stay for. May be dropped and asked again.
    pub async fn ended(&mut self) -> End {
        loop {
            if let Some(end) = self.end {
                return end;
            }
            self.next_answer().await;
        }
    }

    /// Goes, as far as it has not gone already.
    pub async fn go(mut self, end: End) {
        match end {
            End::StreamOver => self.leave().await,
            // The room ignores it of a connection that it has ended, but not of one that it only let go of.
            End::ByTheRoom | End::TransportLost => self.place.vanished().await,
        }
    }

    pub async fn leave(&mut self) {
        // Whoever was thrown out meanwhile has left too.
        let _ = self.ask::<Value>(Method::Leave {}).await;
    }

    async fn answer_to<T: DeserializeOwned>(&mut self, asked: u32) -> Result<T, Refusal> {
        while self.end != Some(End::ByTheRoom) {
            match self.next_answer().await {
                Some(Response::Ok { id, result }) if id == asked => return read(result).map_err(Refusal::from),
                Some(Response::Err { id, error }) if id == Some(asked) => return Err(Refusal::Room(read(error)?)),
                _ => {}
            }
        }
        Err(faults::whip_session_not_found().into())
    }

    /// Takes one frame of the room's.
    async fn next_answer(&mut self) -> Option<Response> {
        match self.outbox.next().await {
            Next::Send(frame) => match frame_of(&frame) {
                Ok(ServerFrame::Response(response)) => return Some(response),
                Ok(ServerFrame::Event(event)) => {
                    let subject = self.subject.as_ref();
                    self.end = self.end.or_else(|| subject.and_then(|subject| subject.ended_by(&event.body)));
                }
                Err(source) => tracing::error!(%source, "a room wrote a frame that does not read back"),
            },
            Next::Close(_) | Next::HangUp | Next::Abandoned { .. } => self.end = Some(End::ByTheRoom),
        }
        None
    }
}

fn frame_of(frame: &Utf8Bytes) -> serde_json::Result<ServerFrame> {
    serde_json::from_str(frame.as_str())
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, Fault> {
    serde_json::from_value(value).map_err(|source| faults::internal().because(source))
}
