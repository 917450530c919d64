//! One request of a client's: from its method to the frame that answers it, or to the question that must be answered first.
//!
//! Owns no state. Methods are the session's requests one to one, except for what only the server can do. Invariants: each
//! request is answered once; one from a socket that was replaced or closed changes nothing.

use axum::extract::ws::Utf8Bytes;
use exedra_contract::Fault;
use exedra_contract::wire::{self, Method, Published, Section, Subscribed};
use exedra_session::{Command, Moderation, Reply, Request};
use serde_json::json;

use super::RoomTask;
use super::media::Question;
use super::turn::{Step, Turn};
use crate::room::PlaceKey;
use crate::signaling::frame;

/// What a method asks for, by who answers it.
pub enum Asked {
    /// The room decides.
    Room(Request),
    /// The room names what the sections stand for, then the plane answers the offer.
    Negotiate { offer: String, sections: Vec<Section> },
    /// Kept for the next diagnosis and in the call's log.
    Report(wire::Report),
    /// Answered at once.
    Nothing,
}

impl RoomTask {
    pub(super) fn request(&mut self, place: PlaceKey, id: u32, method: Method, turn: &mut Turn) {
        if !self.sockets.is_attached(place) {
            return;
        }
        let at = turn.steps.len();
        let from = place.connection;
        let reply = match asked(method) {
            Asked::Room(request) => self.decide(Command::Request { from, request }, turn),
            Asked::Negotiate { offer, sections } => {
                let request = Request::Negotiate { sections: sections.clone() };
                match self.decide(Command::Request { from, request }, turn) {
                    Ok(Reply::Sections(planned)) => {
                        let question = Question::Negotiate { place, id, offer, sections, planned };
                        return turn.steps.push(Step::Ask(question));
                    }
                    other => other,
                }
            }
            Asked::Report(report) => self.keep_report(place, report, turn),
            Asked::Nothing => Ok(Reply::Done),
        };
        let frame = match reply {
            Ok(Reply::Explain { flow: Some(flow), explanation: otherwise }) => {
                return turn.steps.push(Step::Ask(Question::Explain { place, id, flow, otherwise }));
            }
            Ok(Reply::Stats(of)) => return turn.steps.push(Step::Ask(Question::Stats { place, id, of })),
            Ok(reply) => answer(id, reply),
            Err(fault) => self.node.render_error(Some(id), &fault),
        };
        turn.steps.insert(at, Step::Answer { place, frame });
    }

    fn keep_report(&mut self, place: PlaceKey, report: wire::Report, turn: &mut Turn) -> Result<Reply, Fault> {
        turn.log.push(self.client_report(place.connection, &report)?);
        if let Some(socket) = self.sockets.of_mut(place.connection) {
            socket.report = Some(report.facts);
        }
        Ok(Reply::Done)
    }
}

pub fn asked(method: Method) -> Asked {
    Asked::Room(match method {
        Method::Leave {} => Request::Leave,
        Method::Publish(publish) => Request::Publish(publish.properties),
        Method::Unpublish { stream_id, media_stopped } => Request::Unpublish { stream_id, media_stopped },
        Method::UpdateStream(update) => Request::UpdateStream { stream_id: update.stream_id, changes: update.changes },
        Method::Subscribe(subscribe) => {
            Request::Subscribe { stream_id: subscribe.stream_id, preferences: subscribe.preferences }
        }
        Method::Unsubscribe { subscription_id } => Request::Unsubscribe { subscription_id },
        Method::UpdateSubscription(update) => {
            Request::UpdateSubscription { subscription_id: update.subscription_id, preferences: update.preferences }
        }
        Method::RequestKeyFrame { subscription_id } => Request::RequestKeyFrame { subscription_id },
        Method::Explain { subscription_id } => Request::Explain { subscription_id },
        Method::Stats {} => Request::Stats,
        Method::Signal(signal) => Request::Signal(signal),
        Method::ForceDisconnect { connection_id } => Request::Moderate(Moderation::Disconnect { connection_id }),
        Method::ForceUnpublish { stream_id } => Request::Moderate(Moderation::Unpublish { stream_id }),
        Method::ForceMuteStream { stream_id } => Request::Moderate(Moderation::MuteStream { stream_id }),
        Method::ForceMuteAll { excluded_stream_ids } => Request::Moderate(Moderation::MuteAll { excluded_stream_ids }),
        Method::DisableForceMute {} => Request::Moderate(Moderation::DisableMuteAll),
        Method::Negotiate(negotiate) => {
            return Asked::Negotiate { offer: negotiate.offer, sections: negotiate.sections };
        }
        Method::Report(report) => return Asked::Report(report),
        Method::Ping {} | Method::Join(_) => return Asked::Nothing,
    })
}

pub fn answer(id: u32, reply: Reply) -> Utf8Bytes {
    match reply {
        Reply::Published { stream_id } => frame::ok(id, &Published { stream_id }),
        Reply::Subscribed { subscription_id, stream } => frame::ok(id, &Subscribed { subscription_id, stream }),
        Reply::Explain { explanation, .. } => frame::ok(id, &explanation),
        Reply::Done | Reply::Admitted(_) | Reply::Sections(_) | Reply::Stats(_) => frame::ok(id, &json!({})),
    }
}
