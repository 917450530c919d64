//! What the room wants of its shard: changes of media in their order, and questions.
//!
//! Owns the way there and back, no state. Must not know packets (the plane's) or why an attempt failed
//! ([`diagnosis`](super::super::diagnosis)'s). Invariant: the room never waits for an answer. It is awaited beside the room and
//! comes back as a message, like everything else that the room is told.

use axum::extract::ws::Utf8Bytes;
use exedra_contract::{Fault, faults, wire};
use exedra_media::PlaneEvent;
use exedra_session::{Command, Diagnosis, FlowKey, MediaOf, MediaOp, Sections};

use super::RoomTask;
use super::turn::{Step, Turn};
use crate::room::diagnosis::{self, Surroundings};
use crate::room::{PlaceKey, RoomMessage, bridge};
use crate::shard::{Agreed, FactsOf, MediaFacts, NegotiateOutcome, ShardCommand};
use crate::signaling::frame;

pub enum Question {
    /// What the plane answers to an offer.
    Negotiate { place: PlaceKey, id: u32, offer: String, sections: Vec<wire::Section>, planned: Sections },
    /// Why a picture is as it is. `otherwise`: if the plane has nothing to say.
    Explain { place: PlaceKey, id: u32, flow: FlowKey, otherwise: Box<wire::Explanation> },
    /// What was counted.
    Stats { place: PlaceKey, id: u32, of: MediaOf },
    /// What was seen of an attempt that is about to fail.
    Diagnose(Diagnosis),
}

#[derive(Debug)]
pub enum Answer {
    /// To be passed on as it is.
    Frame {
        place: PlaceKey,
        frame: Utf8Bytes,
    },
    Negotiated {
        place: PlaceKey,
        id: u32,
        sections: Vec<wire::Section>,
        outcome: NegotiateOutcome,
    },
    Observed {
        diagnosis: Box<Diagnosis>,
        media: Box<MediaFacts>,
    },
}

impl RoomTask {
    pub(super) async fn media(&mut self, op: MediaOp) {
        let opened = match op {
            MediaOp::OpenPeer { peer } => Some(peer),
            _ => None,
        };
        self.shard.send(ShardCommand::Media { room: self.number, op }).await;
        if let Some(peer) = opened
            && let Some(for_ms) = self.drop_that_waits(peer)
        {
            self.shard.send(ShardCommand::Unplug { peer, for_ms }).await;
        }
    }

    pub(super) fn reported(&mut self, event: PlaneEvent, turn: &mut Turn) {
        if matches!(event, PlaneEvent::TransportUp { .. }) {
            self.node.metrics.transports_up.inc();
        }
        if let Some(fact) = bridge::fact(event) {
            let _ = self.decide(Command::Media(fact), turn);
        }
    }

    pub(super) async fn ask(&mut self, question: Question) {
        match question {
            Question::Negotiate { place, id, offer, sections, planned } => {
                let answered = self.shard.ask(|answer| ShardCommand::Negotiate { offer, planned, answer }).await;
                self.later(async move {
                    let silent = |_| Err(faults::internal().because("the shard gave no answer"));
                    let outcome = answered.await.unwrap_or_else(silent);
                    RoomMessage::Answered(Answer::Negotiated { place, id, sections, outcome })
                });
            }
            Question::Explain { place, id, flow, otherwise } => {
                let answered = self.shard.ask(|answer| ShardCommand::Explain { flow, answer }).await;
                self.later(async move {
                    let explanation = match answered.await {
                        Ok(Some(seen)) => wire::Explanation { wanted: otherwise.wanted, ..bridge::explained(&seen) },
                        _ => *otherwise,
                    };
                    RoomMessage::Answered(Answer::Frame { place, frame: frame::ok(id, &explanation) })
                });
            }
            Question::Stats { place, id, of } => {
                let answered = self.shard.ask(|answer| ShardCommand::Stats { of, answer }).await;
                self.later(async move {
                    let stats = answered.await.unwrap_or_default();
                    RoomMessage::Answered(Answer::Frame { place, frame: frame::ok(id, &stats) })
                });
            }
            Question::Diagnose(diagnosis) => {
                let of =
                    FactsOf { peer: diagnosis.peer, tracks: diagnosis.tracks.clone(), flows: diagnosis.flows.clone() };
                let from_here = self.sockets.of(diagnosis.connection).is_some_and(|socket| socket.arrival.from_here);
                let answered = self.shard.ask(|answer| ShardCommand::Facts { of, answer }).await;
                let node = self.node.clone();
                self.later(async move {
                    let others = node.shards.others_heard(diagnosis.peer, from_here).await;
                    let media = Box::new(MediaFacts { others, ..answered.await.unwrap_or_default() });
                    RoomMessage::Answered(Answer::Observed { diagnosis: Box::new(diagnosis), media })
                });
            }
        }
    }

    pub(super) fn answered(&mut self, answer: Answer, turn: &mut Turn) {
        match answer {
            Answer::Frame { place, frame } => turn.steps.push(Step::Answer { place, frame }),
            Answer::Negotiated { place, id, sections, outcome } => {
                let at = turn.steps.len();
                let agreed = outcome.and_then(|Agreed { answer, without_codec }| {
                    let command = Command::Negotiated { connection: place.connection, sections, without_codec };
                    self.decide(command, turn)?;
                    Ok(frame::ok(id, &wire::Negotiated { answer }))
                });
                let frame = agreed.unwrap_or_else(|fault| self.node.render_error(Some(id), &fault));
                turn.steps.insert(at, Step::Answer { place, frame });
            }
            Answer::Observed { diagnosis, media } => {
                let fault = self.diagnose(&diagnosis, &media);
                let _ = self.decide(Command::AttemptFailed { subject: diagnosis.subject, fault }, turn);
            }
        }
    }

    fn diagnose(&self, diagnosis: &Diagnosis, media: &MediaFacts) -> Fault {
        let socket = self.sockets.of(diagnosis.connection);
        let surroundings = Surroundings {
            signaling_alive: socket.is_some(),
            any_transport_came_up: self.node.metrics.transports_up.get() > 0,
            media_addresses: &self.node.config.media_addresses,
            arrival: socket.map(|socket| socket.arrival).unwrap_or_default(),
            report: socket.and_then(|socket| socket.report.as_ref()),
        };
        diagnosis::fault(diagnosis, media, &surroundings)
    }
}
