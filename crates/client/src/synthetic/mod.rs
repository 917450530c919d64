//! Synthetic media: what a participant without a camera and a microphone sends.

mod font;
pub mod picture;
pub mod tone;
pub mod traffic;
