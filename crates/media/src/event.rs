//! What the plane tells its owner, and the closed list of reasons for which it gives a peer up.

use std::fmt;

use crate::explanation::Explanation;
use crate::ids::{PeerId, RoomKey, SubscriptionId, TrackId};

#[derive(Debug, Clone, PartialEq)]
pub enum PlaneEvent {
    /// ICE and DTLS are up; media can flow. Once for each transport (an ICE restart does not repeat it).
    TransportUp { peer: PeerId },
    /// The transport never came up. [`crate::Plane::peer_facts`] has the evidence; the peer stays until removed.
    TransportFailed { peer: PeerId, reason: TransportFailure },
    /// A transport that was up is gone. The peer stays until removed.
    TransportLost { peer: PeerId, reason: TransportLoss },
    /// The first authenticated packet of a track.
    FirstPacket { track: TrackId },
    /// The first complete start of a key frame of a video track.
    FirstKeyFrame { track: TrackId },
    /// The first media packet of a subscription was sent.
    SubscriptionStarted { subscription: SubscriptionId },
    /// The picture of a video subscription, or what limits it, has changed; its path became too narrow for any, or recovered.
    VideoQuality { subscription: SubscriptionId, explanation: Box<Explanation> },
    /// Which encodings of a track somebody needs has changed; by RID, in the order in which the publisher announced them.
    EncodingsNeeded { track: TrackId, encodings: Vec<(String, bool)> },
    /// Audio tracks of the room that are not silent, loudest first; at most four times a second.
    AudioLevels { room: RoomKey, levels: Vec<(TrackId, f32)> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransportFailure {
    /// No authenticated ICE check in time.
    IceTimeout,
    /// ICE was up, the handshake did not finish in time.
    DtlsTimeout,
    /// The handshake failed: certificate, fingerprint or protocol.
    DtlsFailed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransportLoss {
    /// Nothing authenticated arrived for [`crate::limits::PEER_SILENCE_MAX`].
    Silence,
    /// The peer closed DTLS.
    Closed,
    /// Handling this peer panicked: a defect of ours, contained.
    Panicked,
}

impl fmt::Display for TransportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IceTimeout => "no authenticated connectivity check in time",
            Self::DtlsTimeout => "DTLS handshake did not finish in time",
            Self::DtlsFailed => "DTLS handshake failed",
        })
    }
}

impl fmt::Display for TransportLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silence => "nothing authenticated arrived for too long",
            Self::Closed => "the peer closed its transport",
            Self::Panicked => "an internal defect stopped the peer",
        })
    }
}
