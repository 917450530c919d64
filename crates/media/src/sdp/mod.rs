//! Session descriptions (RFC 8866, RFC 8829): reading what browsers offer, answering it, and offering for the native client.
//!
//! One peer connection, BUNDLE and rtcp-mux always; the client offers, the server answers. Mids, extension ids and payload types
//! follow the offer. Owns the text and the negotiation of codecs; must not know tracks, rooms or addresses beyond candidates.
//!
//! Invariant: a damaged or strange section costs that section, and at worst its own offer; nothing here panics.

mod answer;
mod codecs;
mod fragment;
mod offer;
mod parse;
mod section;

#[cfg(test)]
mod tests;

use std::fmt;

pub use answer::{Answer, AnswerError, SectionPlan, answer};
pub use codecs::Payload;
pub use fragment::IceFragment;
pub use offer::{AnsweredSection, OfferCodec, OfferSection, OfferTarget, offer, offered_extensions, read_answer};
pub use parse::{Extmap, Rid, Sdp, SdpSection, SectionKind, SsrcGroup};
pub use section::{Direction, Encoding, LocalSource, NegotiatedSection, SectionProblem};

/// A browser's section is about 6 KB; this has room for 150 of them.
pub const SDP_BYTES_MAX: usize = 1 << 20;
pub const SDP_LINE_BYTES_MAX: usize = 4_096;
pub const SDP_LINES_MAX: usize = 65_536;
pub const SDP_SECTIONS_MAX: usize = 1_024;
/// Codecs, header extensions, feedback lines, SSRCs, groups, RIDs or candidates of one section, each.
pub const SDP_ITEMS_MAX: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SdpError {
    TooLong,
    LineTooLong,
    TooManyLines,
    TooManySections,
    TooManyItems,
    /// Does not begin with `v=0`.
    NotSdp,
    /// The line, counted from 1, does not have the form its type demands.
    MalformedLine(usize),
    /// Two sections have the same mid.
    DuplicateMid,
    /// No ICE credentials that apply to the first usable section.
    MissingIceCredentials,
    /// No fingerprint, or none of a supported hash.
    MissingFingerprint,
    /// No section that is not rejected.
    NoUsableSection,
}

impl fmt::Display for SdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "description is longer than {SDP_BYTES_MAX} bytes"),
            Self::LineTooLong => write!(f, "a line is longer than {SDP_LINE_BYTES_MAX} bytes"),
            Self::TooManyLines => write!(f, "more than {SDP_LINES_MAX} lines"),
            Self::TooManySections => write!(f, "more than {SDP_SECTIONS_MAX} media sections"),
            Self::TooManyItems => write!(f, "more than {SDP_ITEMS_MAX} items of a kind in a section"),
            Self::NotSdp => f.write_str("does not begin with v=0"),
            Self::MalformedLine(line) => write!(f, "line {line} is malformed"),
            Self::DuplicateMid => f.write_str("two media sections have the same mid"),
            Self::MissingIceCredentials => f.write_str("no ICE credentials"),
            Self::MissingFingerprint => f.write_str("no DTLS fingerprint of a supported hash"),
            Self::NoUsableSection => f.write_str("no media section that is not rejected"),
        }
    }
}

impl std::error::Error for SdpError {}
