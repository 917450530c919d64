//! What a room wants done. The caller carries effects out in their order: entries of the log are stored before the events
//! they explain are sent.

use std::sync::Arc;

use exedra_contract::wire::EventBody;

use crate::attempt::Subject;
use crate::keys::{Attachment, ConnectionKey, FlowKey, PeerKey, TrackKey, TrackKind};
use crate::log::LogEntry;

#[derive(Debug)]
pub enum Effect {
    Log(LogEntry),
    Media(MediaOp),
    Send(Delivery),
    /// Close this socket of the connection, after what was sent to it.
    CloseSocket {
        connection: ConnectionKey,
        attachment: Attachment,
    },
    /// An attempt is about to fail. Find out why, and answer with [`Command::AttemptFailed`](crate::Command::AttemptFailed)
    /// within [`DIAGNOSIS_MS_MAX`](crate::limits::DIAGNOSIS_MS_MAX); else it fails without a cause.
    Diagnose(Diagnosis),
    /// What was counted of these tracks and flows belongs into the log, now and then and before they are closed.
    Summarize(MediaOf),
}

/// The media of one connection, or a part of it, with the ids by which clients know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MediaOf {
    pub peer: Option<PeerKey>,
    /// By stream id.
    pub tracks: Vec<(String, TrackKind, TrackKey)>,
    /// By subscription id.
    pub flows: Vec<(String, TrackKind, FlowKey)>,
}

/// One event for one connection. The body is shared by all receivers of the same event.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub to: ConnectionKey,
    pub seq: u64,
    pub body: Arc<EventBody>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaOp {
    OpenPeer {
        peer: PeerKey,
    },
    /// Ends everything of the peer that was not closed before.
    ClosePeer {
        peer: PeerKey,
    },
    OpenTrack {
        peer: PeerKey,
        track: TrackKey,
        kind: TrackKind,
    },
    CloseTrack {
        track: TrackKey,
    },
    /// Nothing of the track is forwarded while it is muted, whatever its publisher sends.
    MuteTrack {
        track: TrackKey,
        muted: bool,
    },
    OpenFlow {
        peer: PeerKey,
        flow: Flow,
        wants: Wants,
    },
    SetFlow {
        flow: FlowKey,
        wants: Wants,
    },
    CloseFlow {
        flow: FlowKey,
    },
    RequestKeyFrame {
        flow: FlowKey,
    },
}

/// One track on its way to one subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    pub key: FlowKey,
    pub track: TrackKey,
    pub kind: TrackKind,
}

/// What a subscriber wants of one track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wants {
    pub enabled: bool,
    pub width_max: Option<u32>,
    pub height_max: Option<u32>,
    pub frame_rate_max: Option<u32>,
    /// Higher wins when bandwidth is short.
    pub priority: u8,
    /// On a path that is too narrow for both, the picture gives way to the sound.
    pub audio_fallback: bool,
}

/// What the room knows about an attempt that is about to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    pub subject: Subject,
    pub trigger: Trigger,
    pub connection: ConnectionKey,
    pub peer: Option<PeerKey>,
    /// For a subscription: the transport its stream comes from.
    pub publisher_peer: Option<PeerKey>,
    /// ICE and DTLS of the connection are up.
    pub transport_up: bool,
    /// The client made an offer for this attempt, and it was accepted.
    pub negotiated: bool,
    /// The tracks that were to be sent or received.
    pub tracks: Vec<TrackKey>,
    /// The ways of those tracks to a subscriber.
    pub flows: Vec<FlowKey>,
    pub waited_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// [`ATTEMPT_MS_MAX`](crate::limits::ATTEMPT_MS_MAX) is over.
    TimedOut,
    TransportFailed,
    NoCommonCodec,
}
