//! The outcome of negotiation for one media section.

use crate::codec::{Codec, Kind};
use crate::extension::ExtensionIds;

use super::Payload;

/// Of media, as the side that wrote the description sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    #[default]
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    const ALL: [Self; 4] = [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive];

    pub fn name(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|direction| direction.name() == name)
    }

    /// As the other side sees it.
    pub fn reversed(self) -> Self {
        match self {
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            same => same,
        }
    }

    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }
}

/// One encoding a peer announced: a layer of a simulcast, or the only one. Either has the RID or the SSRC, or both are unknown
/// until its first packet names the mid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoding {
    pub rid: Option<String>,
    pub ssrc: Option<u32>,
    pub rtx_ssrc: Option<u32>,
}

/// What we send on a section: the sources named in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalSource {
    pub ssrc: u32,
    /// Present if the answer has a retransmission payload type for it.
    pub rtx_ssrc: Option<u32>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct NegotiatedSection {
    pub mid: String,
    pub kind: Kind,
    /// As the answer says it: `RecvOnly` is a section on which the client sends.
    pub direction: Direction,
    /// Accepted ones, in order of preference. Empty for an inactive or rejected section.
    pub payloads: Vec<Payload>,
    pub extensions: ExtensionIds,
    /// What the client announced to send, best simulcast layer as it ordered them.
    pub encodings: Vec<Encoding>,
    /// What we send.
    pub local: Option<LocalSource>,
    /// For a sending section: payload type of the published track, and the one to send it with. Retransmission and redundant
    /// payload types are in [`Payload`].
    pub payload_map: Vec<(u8, u8)>,
    /// Why the section is not what its plan wanted; it is inactive or rejected then, and the rest of the answer is good.
    pub problem: Option<SectionProblem>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SectionProblem {
    /// The client supports none of the codecs: those of the published track, or of ours.
    CodecUnsupported { wanted: Vec<Codec> },
    /// The client offered the section for the other direction only.
    DirectionMismatch,
    /// Offered without rtcp-mux, or outside of the BUNDLE group.
    NotMultiplexed,
    /// Neither audio nor video over DTLS-SRTP.
    UnsupportedMedia,
}
