//! A small VP8 encoder (RFC 6386) for synthetic pictures.
//!
//! It owns the path from an I420 picture to a VP8 frame and must not know RTP, time or what the picture shows. It is
//! made for test pictures: most of the picture stands still, and what moves is flat. So a macroblock is either copied
//! from the last frame, corrected where it stands (zero motion vector plus residual), or predicted from its
//! neighbours; there is no motion search and no loop filter.
//!
//! Every frame is coded with the default probabilities, so losing an inter frame costs pictures but never the ability
//! to parse the next one.

mod bool_encoder;
mod encoder;
mod macroblock;
mod picture;
mod predict;
mod tables;
mod tokens;
mod transform;

pub use encoder::{EncodedFrame, Encoder};
pub use picture::{Colour, Picture};
