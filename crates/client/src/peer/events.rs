//! What a peer tells its owner.

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerEvent {
    /// ICE and DTLS are up; media can flow.
    Connected,
    /// The transport never came up.
    Failed { reason: String },
    /// No sign of life from the other side; it may come back.
    Disconnected,
    /// The other side said goodbye.
    Closed,
    /// A receiver of the track needs a key frame.
    KeyFrameRequested { mid: String },
    /// The first frame of a received video track that a decoder could show.
    FirstFrame { mid: String },
}
