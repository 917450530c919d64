//! Native client: demo participant, load generator, test peer.
//!
//! Owns the client's side of signaling and media. Must not know the server's insides: what it shares with the server is
//! the wire (`exedra_contract::wire`) and the packet formats (`exedra_media`).

pub mod demo;
pub mod dev_join;
pub mod error;
pub mod load;
pub mod participant;
pub mod peer;
pub mod signaling;
pub mod synthetic;
pub mod vp8;
pub mod whip;

pub use error::ClientError;
pub use participant::{JoinOptions, Participant, ParticipantEvent};
