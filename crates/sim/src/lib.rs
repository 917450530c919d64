//! A deterministic world for tests: virtual clock, seeded network, native clients and the media plane in one process.
//!
//! Owns time and the paths between clients and server. Must not read a clock except to have something to count from.

pub mod link;
pub mod world;
