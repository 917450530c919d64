//! What can happen to a room, and what it answers.

use exedra_contract::Fault;
use exedra_contract::token::Role;
use exedra_contract::wire::{
    Capabilities, Connection, EndReason, Explanation, NeededEncoding, Signal, Stream, StreamChanges, StreamProperties,
    SubscriptionPreferences,
};

use crate::attempt::Subject;
use crate::effect::{Flow, MediaOf};
use crate::keys::{Attachment, ConnectionKey, FlowKey, PeerKey, TrackKey};

/// Milliseconds since the epoch, by a clock of the caller's that never goes back while the room lives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    pub fn after(self, ms: u64) -> Millis {
        Millis(self.0.saturating_add(ms))
    }

    /// 0 when `earlier` is later.
    pub fn since(self, earlier: Millis) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[derive(Debug)]
pub enum Command {
    Join(Join),
    Resume(Resume),
    /// The socket of a connection closed without `Leave`.
    SocketLost {
        connection: ConnectionKey,
        attachment: Attachment,
    },
    /// A client that cannot resume is gone: its connection ends at once.
    Vanished {
        connection: ConnectionKey,
        attachment: Attachment,
    },
    /// A client that is in the room asks for something.
    Request {
        from: ConnectionKey,
        request: Request,
    },
    /// The plane accepted an offer with these sections: what [`Request::Negotiate`] prepared is now true.
    Negotiated {
        connection: ConnectionKey,
        sections: Vec<Section>,
        /// Mids of those sections for which the client and the stream have no codec in common.
        without_codec: Vec<String>,
    },
    /// The application's own server sends a signal to one connection or to all.
    ServerSignal(Signal),
    /// The application's own server moderates.
    ServerModeration(Moderation),
    Media(MediaFact),
    /// Answers [`Effect::Diagnose`](crate::Effect::Diagnose). Ignored when the attempt has succeeded meanwhile.
    AttemptFailed {
        subject: Subject,
        fault: Fault,
    },
    /// [`Room::next_timeout`](crate::Room::next_timeout) is reached.
    Timeout,
    /// Ends every connection; nobody can join any more.
    Close {
        reason: EndReason,
    },
}

/// A client whose token was verified.
#[derive(Debug, Clone)]
pub struct Join {
    pub role: Role,
    /// From the token.
    pub data: Option<String>,
    /// Whether it hears of others coming and going.
    pub connection_events: bool,
    /// Whether it is told how loud the streams are that it subscribes to.
    pub audio_levels: bool,
}

#[derive(Debug, Clone)]
pub struct Resume {
    pub connection_id: String,
    pub secret: String,
    /// The last event the client processed.
    pub last_seq: u64,
}

#[derive(Debug, Clone)]
pub enum Request {
    Leave,
    Publish(StreamProperties),
    Unpublish {
        stream_id: String,
        /// Capture ended by itself, and not by a wish to unpublish.
        media_stopped: bool,
    },
    UpdateStream {
        stream_id: String,
        changes: StreamChanges,
    },
    Subscribe {
        stream_id: String,
        preferences: SubscriptionPreferences,
    },
    Unsubscribe {
        subscription_id: String,
    },
    UpdateSubscription {
        subscription_id: String,
        preferences: SubscriptionPreferences,
    },
    /// Asks what the sections of an offer stand for; changes nothing.
    Negotiate {
        sections: Vec<Section>,
    },
    RequestKeyFrame {
        subscription_id: String,
    },
    /// Asks why the picture is as it is; changes nothing.
    Explain {
        subscription_id: String,
    },
    /// Asks what was counted of its media; changes nothing.
    Stats,
    Signal(Signal),
    Moderate(Moderation),
}

impl Request {
    /// As the protocol calls it.
    pub fn method(&self) -> &'static str {
        match self {
            Request::Leave => "leave",
            Request::Publish(_) => "publish",
            Request::Unpublish { .. } => "unpublish",
            Request::UpdateStream { .. } => "update_stream",
            Request::Subscribe { .. } => "subscribe",
            Request::Unsubscribe { .. } => "unsubscribe",
            Request::UpdateSubscription { .. } => "update_subscription",
            Request::Negotiate { .. } => "negotiate",
            Request::RequestKeyFrame { .. } => "request_key_frame",
            Request::Explain { .. } => "explain",
            Request::Stats => "stats",
            Request::Signal(_) => "signal",
            Request::Moderate(moderation) => moderation.method(),
        }
    }
}

pub use exedra_contract::wire::Section;

#[derive(Debug, Clone)]
pub enum Moderation {
    Disconnect {
        connection_id: String,
    },
    Unpublish {
        stream_id: String,
    },
    MuteStream {
        stream_id: String,
    },
    /// Mutes current and future streams but the excluded ones.
    MuteAll {
        excluded_stream_ids: Vec<String>,
    },
    /// Future streams start as they like again; muted ones stay muted.
    DisableMuteAll,
}

impl Moderation {
    pub fn method(&self) -> &'static str {
        match self {
            Moderation::Disconnect { .. } => "force_disconnect",
            Moderation::Unpublish { .. } => "force_unpublish",
            Moderation::MuteStream { .. } => "force_mute_stream",
            Moderation::MuteAll { .. } => "force_mute_all",
            Moderation::DisableMuteAll => "disable_force_mute",
        }
    }
}

/// Who moderates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Connection(ConnectionKey),
    /// The application's server, by REST: it may do everything.
    Server,
}

/// What the media plane found out.
#[derive(Debug, Clone)]
pub enum MediaFact {
    TransportUp {
        peer: PeerKey,
    },
    /// The transport never came up.
    TransportFailed {
        peer: PeerKey,
    },
    /// A transport that was up is gone for good.
    TransportLost {
        peer: PeerKey,
        /// How long nothing arrived; `None`: that was not the reason.
        silent_ms: Option<u64>,
    },
    /// The first packet of a track arrived from its publisher.
    Arriving {
        track: TrackKey,
    },
    /// The first packet of a flow left for its subscriber.
    Flowing {
        flow: FlowKey,
    },
    /// The picture of a flow, or what limits it, has changed.
    QualityChanged {
        flow: FlowKey,
        explanation: Box<Explanation>,
    },
    /// Which encodings of a track somebody needs has changed.
    EncodingsNeeded {
        track: TrackKey,
        encodings: Vec<NeededEncoding>,
    },
    /// Audio tracks that are not silent, loudest first, 0 to 1.
    AudioLevels {
        levels: Vec<(TrackKey, f32)>,
    },
}

/// The answer to whoever gave the command. It is for the client first: events come after it.
#[derive(Debug)]
pub enum Reply {
    Done,
    Admitted(Box<Admission>),
    Published {
        stream_id: String,
    },
    Subscribed {
        subscription_id: String,
        stream: Stream,
    },
    Sections(Sections),
    /// The plane has the figures.
    Stats(MediaOf),
    /// The plane explains the flow. Before it knows the flow, and without one, this is all there is to say.
    Explain {
        flow: Option<FlowKey>,
        explanation: Box<Explanation>,
    },
}

/// A place in the room.
#[derive(Debug)]
pub struct Admission {
    pub key: ConnectionKey,
    pub attachment: Attachment,
    pub connection: Connection,
    pub capabilities: Capabilities,
    pub force_muted: bool,
    /// The others, oldest first; for a connection without connection events only those that publish.
    pub connections: Vec<Connection>,
    /// The visible streams of the others, oldest first.
    pub streams: Vec<Stream>,
    pub resume_secret: String,
}

/// What the listed sections of an offer stand for. Sections whose stream or subscription has ended are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sections {
    pub peer: PeerKey,
    pub plans: Vec<SectionPlan>,
}

/// The offer says whether a section is audio or video; that picks one of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SectionPlan {
    Send { mid: String, audio: Option<TrackKey>, video: Option<TrackKey> },
    Receive { mid: String, audio: Option<Flow>, video: Option<Flow> },
}
