//! What the outside of Exedra can see: fault codes and how each dialect shows them, token formats, wire messages.
//!
//! Owns the vocabulary. Must not know sockets, clocks, rooms or RTP. Everything a client and a server both have to
//! agree on is defined here once; the TypeScript in `sdk/src/generated` is produced from these types (`cargo xtask gen`).

pub mod cause;
pub mod explain;
pub mod fault;
#[doc(hidden)]
pub mod fuzz;
#[rustfmt::skip]
mod generated;
pub mod pages;
pub mod problem;
pub mod project;
pub mod render;
pub mod sandbox;
pub mod search;
pub mod session_id;
pub mod token;
pub mod wire;

pub use cause::Cause;
pub use fault::{Class, Code, Effect, Fault, Operation};
pub use generated::faults;
pub use problem::Problem;
