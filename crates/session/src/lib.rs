//! The rules of a room: who is in it, what they publish and subscribe, what they may say and do to each other.
//!
//! [`Room::apply`] takes one [`Command`] and the time, changes the room, and lists the [`Effect`]s in the order in which they
//! were decided. It does no IO, reads no clock and makes no random number of its own: the same commands give the same effects.
//!
//! Must not know RTP (tracks are opaque keys), HTTP, sockets or any vendor's dialect.

mod attempt;
mod command;
mod connection;
mod directory;
mod effect;
mod keys;
pub mod limits;
mod log;
mod moderation;
mod negotiation;
mod outbox;
mod quality;
mod query;
mod rate;
mod room;
mod signal;
mod stream;
mod subscription;
mod timers;
mod transport;

pub use attempt::Subject;
pub use command::{
    Actor, Admission, Command, Join, MediaFact, Millis, Moderation, Reply, Request, Resume, Section, SectionPlan,
    Sections,
};
pub use effect::{Delivery, Diagnosis, Effect, Flow, MediaOf, MediaOp, Trigger, Wants};
pub use keys::{
    Attachment, ConnectionKey, FlowKey, PeerKey, Randomness, StreamKey, SubscriptionKey, TrackKey, TrackKind,
};
pub use limits::Limits;
pub use log::{LogBody, LogEntry, ModerationAction};
pub use room::{Room, Settings};
