//! What a batch of messages decided, collected before any of it happens.
//!
//! Owns the order: steps happen as they stand here, after the log is on disk. A reply goes before the steps of the command that
//! it answers, so that a client reads the answer to its request before the events that the request caused.

use axum::extract::ws::Utf8Bytes;
use exedra_contract::Fault;
use exedra_session::{Admission, Delivery, MediaOf, MediaOp, PeerKey};
use tokio::sync::oneshot;

use super::join::Newcomer;
use super::media::Question;
use crate::room::PlaceKey;
use crate::signaling::outbox::End;
use crate::store::CallEvent;

#[derive(Default)]
pub struct Turn {
    pub log: Vec<CallEvent>,
    pub steps: Vec<Step>,
}

pub enum Step {
    Admit { admission: Box<Admission>, newcomer: Newcomer },
    Answer { place: PlaceKey, frame: Utf8Bytes },
    Deliver(Delivery),
    CloseSocket { place: PlaceKey, end: End },
    Media(MediaOp),
    DropMedia { peer: PeerKey, for_ms: u64 },
    Ask(Question),
    Summarize(MediaOf),
    AnswerServer { done: oneshot::Sender<Result<(), Fault>>, result: Result<(), Fault> },
}
