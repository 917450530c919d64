//! What the plane reads of a payload: enough to know where key frames and layers begin, never a picture.
//!
//! Each codec has a file that turns the first bytes of a payload into [`PayloadFacts`]. An end-to-end encrypted payload may
//! lie about them; the worst it gets is a wrong layer choice for its own stream.

mod av1;
mod bits;
pub mod descriptor;
mod h264;
pub mod red;
mod vp8;
mod vp9;

pub use descriptor::DescriptorFacts;

use crate::layers::{LAYERS_MAX, Layer, LayerSet};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Audio,
    Video,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    Opus,
    Vp8,
    Vp9,
    H264,
    Av1,
}

impl Codec {
    pub fn kind(self) -> Kind {
        match self {
            Self::Opus => Kind::Audio,
            Self::Vp8 | Self::Vp9 | Self::H264 | Self::Av1 => Kind::Video,
        }
    }

    /// RTP clock rate.
    pub fn clock_hz(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::Vp8 | Self::Vp9 | Self::H264 | Self::Av1 => 90_000,
        }
    }

    /// Encoding name in `a=rtpmap`, compared without case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Vp8 => "VP8",
            Self::Vp9 => "VP9",
            Self::H264 => "H264",
            Self::Av1 => "AV1",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Opus, Self::Vp8, Self::Vp9, Self::H264, Self::Av1]
            .into_iter()
            .find(|codec| codec.name().eq_ignore_ascii_case(name))
    }
}

/// What one packet says about the frame it belongs to. By default: nothing, as in a stream without layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayloadFacts {
    /// The packet is the first of a frame (of a frame's spatial layer, where there are layers), as far as the codec says.
    pub starts_frame: bool,
    /// The packet is the last of a frame of its spatial layer, as far as the codec says.
    pub ends_frame: bool,
    /// A decoder that has seen nothing can begin here.
    pub starts_key_frame: bool,
    pub layer: Layer,
    /// The choices of layers that cannot do without this frame.
    pub needed_by: LayerSet,
    /// The choices that who has the next lower temporal layer may change to with this frame.
    pub switches_to: LayerSet,
    /// The numbers that go on for a receiver when the encoding under it changes.
    pub picture: Option<PictureNumbers>,
    pub descriptor: Option<DescriptorFacts>,
}

impl Default for PayloadFacts {
    fn default() -> Self {
        Self {
            starts_frame: false,
            ends_frame: false,
            starts_key_frame: false,
            layer: Layer::default(),
            needed_by: LayerSet::default(),
            switches_to: LayerSet::NONE,
            picture: None,
            descriptor: None,
        }
    }
}

/// Width and height by spatial layer, where a key frame states them.
pub type Sizes = [Option<(u16, u16)>; LAYERS_MAX];

/// PictureID and TL0PICIDX (RFC 7741 section 4.2, RFC 9628 section 4.2), with their positions in the payload for rewriting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureNumbers {
    pub picture_id: u16,
    pub picture_id_at: u8,
    /// 15 bits instead of 7.
    pub is_long: bool,
    /// A receiver waits for a picture whose number is left out. Not so for VP9, where references are differences of numbers.
    pub is_gapless: bool,
    pub tl0: Option<(u8, u8)>,
}

/// Reads what a payload says, and the sizes it states. Never fails: a payload that makes no sense says nothing.
pub fn inspect(codec: Codec, payload: &[u8]) -> (PayloadFacts, Sizes) {
    let inspected = match codec {
        Codec::Opus => {
            Some((PayloadFacts { starts_frame: true, ends_frame: true, ..PayloadFacts::default() }, NO_SIZES))
        }
        Codec::Vp8 => vp8::inspect(payload),
        Codec::Vp9 => vp9::inspect(payload),
        Codec::H264 => h264::inspect(payload),
        Codec::Av1 => av1::inspect(payload),
    };
    inspected.unwrap_or_default()
}

const NO_SIZES: Sizes = [None; LAYERS_MAX];

/// The size of a stream that has one.
fn only(size: Option<(u16, u16)>) -> Sizes {
    let mut sizes = NO_SIZES;
    sizes[0] = size;
    sizes
}

/// Reads a payload front to back; every step can find that it has ended.
#[derive(Debug)]
struct Reader<'a> {
    payload: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(payload: &'a [u8]) -> Self {
        Self { payload, at: 0 }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.payload.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes([self.byte()?, self.byte()?]))
    }

    fn rest(&self) -> &'a [u8] {
        self.payload.get(self.at..).unwrap_or(&[])
    }
}
