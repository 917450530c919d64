//! The signaling protocol `exedra.v1`: JSON text frames on one WebSocket (`/v1/signaling`).
//!
//! Three kinds of frame exist. The client sends [`Request`]s, each with an id of its own choosing; the server answers
//! each exactly once with a [`Response`]; and it sends [`Event`]s, numbered without gaps from 1 in the order in which
//! the room decided them. A response and the events caused by its request arrive in the order in which they happened.
//!
//! The client is always the one that offers SDP, for publishing and for subscribing alike, and the server always
//! answers: there is no glare, and WHIP and WHEP are the same operation.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// WebSocket subprotocol; the version of this file.
pub const PROTOCOL: &str = "exedra.v1";

/// Path of the signaling WebSocket on every Exedra origin.
pub const SIGNALING_PATH: &str = "/v1/signaling";

/// Largest frame a client may send, in bytes: an SDP offer of 100 sections fits, twice.
pub const FRAME_BYTES_MAX: usize = 256 * 1024;

/// Largest [`Report`] that is kept, in bytes of JSON.
pub const REPORT_BYTES_MAX: usize = 16 * 1024;

/// A client sends [`Method::Ping`] this often; the server closes after three silent periods.
pub const HEARTBEAT_MS: u64 = 10_000;

/// Client to server. `id` is echoed in the response; ids need only be unique among requests in flight.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Request {
    pub id: u32,
    #[serde(flatten)]
    pub method: Method,
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(tag = "method", content = "params", rename_all = "snake_case")]
pub enum Method {
    /// First request on a new socket. Everything else before it is refused with `NOT_JOINED`.
    Join(Join),
    /// Leaves the session; others see reason `clientDisconnected`. Answered before the socket closes.
    Leave {},
    /// Declares a stream. It becomes visible to others (`stream_created`) when its media transport is up.
    Publish(Publish),
    Unpublish {
        stream_id: String,
        /// Capture ended, such as a screen that is no longer shared: others see reason `mediaStopped`.
        #[serde(default)]
        media_stopped: bool,
    },
    /// Mute, unmute, resize of an own stream.
    UpdateStream(UpdateStream),
    Subscribe(Subscribe),
    Unsubscribe {
        subscription_id: String,
    },
    UpdateSubscription(UpdateSubscription),
    /// An SDP offer for the connection's one peer connection, with the meaning of each of its media sections.
    Negotiate(Negotiate),
    Signal(Signal),
    ForceDisconnect {
        connection_id: String,
    },
    ForceUnpublish {
        stream_id: String,
    },
    ForceMuteStream {
        stream_id: String,
    },
    /// Mutes the audio of all current and future streams but the excluded ones, until `disable_force_mute`.
    ForceMuteAll {
        excluded_stream_ids: Vec<String>,
    },
    DisableForceMute {},
    /// Asks the publisher of the subscribed stream for a key frame; throttled by the server.
    RequestKeyFrame {
        subscription_id: String,
    },
    /// Why the picture of a subscription is as it is.
    Explain {
        subscription_id: String,
    },
    /// What the server has counted of this connection's media.
    Stats {},
    /// What the browser saw of a failed or finished attempt; stored beside the server's own facts.
    Report(Report),
    Ping {},
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Join {
    pub session_id: String,
    pub token: String,
    /// The project the page believes in (OpenTok API key or application id); checked against the token when present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub project_id: Option<String>,
    pub client: ClientInfo,
    /// `false`: no `connection_created` and `connection_destroyed` events of others (large audiences).
    #[serde(default = "yes")]
    pub connection_events: bool,
    /// `true`: `audio_levels` events, which cost the server a message to each listener four times a second.
    #[serde(default)]
    pub audio_levels: bool,
    /// Continues an earlier connection whose socket was lost, with the same ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub resume: Option<Resume>,
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Resume {
    pub connection_id: String,
    /// From [`Joined::resume_secret`].
    pub secret: String,
    /// The last event the client processed; later ones are sent again.
    #[ts(type = "number")]
    pub last_seq: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct ClientInfo {
    /// `exedra-js`, `opentok`, `exedra-rs`, …
    pub sdk: String,
    pub version: String,
    #[serde(default)]
    pub user_agent: String,
}

/// Result of [`Method::Join`].
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Joined {
    pub connection: Connection,
    pub capabilities: Capabilities,
    pub session: SessionInfo,
    /// Everybody already in the session, oldest first, without the own connection.
    pub connections: Vec<Connection>,
    /// Every visible stream of others, oldest first.
    pub streams: Vec<Stream>,
    pub ice_servers: Vec<IceServer>,
    pub resume_secret: String,
    #[ts(type = "number")]
    pub heartbeat_ms: u64,
    /// How long an attempt to publish or subscribe may take before it fails with a cause.
    #[ts(type = "number")]
    pub attempt_timeout_ms: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SessionInfo {
    pub session_id: String,
    pub media_mode: MediaMode,
    /// A moderator's `force_mute_all` is in effect: new streams start muted.
    pub force_muted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MediaMode {
    Routed,
    Relayed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Connection {
    pub connection_id: String,
    /// Milliseconds since the epoch.
    #[ts(type = "number")]
    pub created_at: u64,
    /// From the token; absent when the token had none.
    pub data: Option<String>,
    pub capabilities: Capabilities,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Capabilities {
    pub publish: bool,
    pub subscribe: bool,
    pub signal: bool,
    pub force_unpublish: bool,
    pub force_disconnect: bool,
    pub force_mute: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Stream {
    pub stream_id: String,
    pub connection_id: String,
    /// Milliseconds since the epoch.
    #[ts(type = "number")]
    pub created_at: u64,
    /// Its publisher, for a client that was not told of it: one without connection events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub connection: Option<Connection>,
    #[serde(flatten)]
    pub properties: StreamProperties,
}

/// What the publisher says about its stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct StreamProperties {
    #[serde(default)]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub initials: Option<String>,
    /// The stream has an audio (video) track at all.
    pub audio_track: bool,
    pub video_track: bool,
    /// The track is not muted now.
    pub has_audio: bool,
    pub has_video: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub video_source: Option<VideoSource>,
    #[serde(default)]
    pub width: u32,
    #[serde(default)]
    pub height: u32,
    /// Frames per second, when the publisher asked for a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub frame_rate: Option<u32>,
    #[serde(default)]
    pub has_captions: bool,
    /// The publisher's uplink is too weak for a picture: audio only, until it recovers. `has_video` stays what its user wants.
    #[serde(default)]
    pub video_suspended: bool,
    /// On a path that is too narrow for both, a subscriber keeps the smallest picture beside the sound, and is not warned.
    #[serde(default)]
    pub audio_fallback_off: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VideoSource {
    Camera,
    Screen,
    Custom,
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Publish {
    pub properties: StreamProperties,
}

/// Result of [`Method::Publish`]. Next comes a `negotiate` that binds media sections to the stream.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Published {
    pub stream_id: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct UpdateStream {
    pub stream_id: String,
    pub changes: StreamChanges,
}

/// The properties of a stream that can change while it lives.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct StreamChanges {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_audio: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_video: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_captions: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_suspended: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_source: Option<VideoSource>,
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Subscribe {
    pub stream_id: String,
    #[serde(flatten)]
    pub preferences: SubscriptionPreferences,
}

/// Result of [`Method::Subscribe`]. Next comes a `negotiate` that binds media sections to the subscription.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Subscribed {
    pub subscription_id: String,
    pub stream: Stream,
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct UpdateSubscription {
    pub subscription_id: String,
    #[serde(flatten)]
    pub preferences: SubscriptionPreferences,
}

/// What the subscriber wants of a stream. An absent field keeps its value (initially: audio and video on, no limits).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct SubscriptionPreferences {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<bool>,
    /// Size of the picture on the page, in device pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width_max: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height_max: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_rate_max: Option<u32>,
    /// Higher wins when bandwidth is short; 0 to 255, initially 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u8>,
}

/// Result of [`Method::Explain`]: what is sent of a subscription's video, what was wanted, and what keeps it from being better.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Explanation {
    pub quality: VideoQuality,
    /// Absent: nothing; it is the best that the publisher sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited_by: Option<Limit>,
    /// What is sent now; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Picture>,
    /// The best that the publisher sends now; absent: nothing arrives from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<Picture>,
    /// What the subscriber asked for.
    pub wanted: SubscriptionPreferences,
    /// Bits per second of the next better picture, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number")]
    pub next_bps: Option<u64>,
    /// Bits per second that the path to the subscriber is believed to carry, for everything it receives; absent while
    /// nothing has shown it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number")]
    pub estimate_bps: Option<u64>,
    /// Bits per second that arrived at the subscriber lately.
    #[ts(type = "number")]
    pub delivered_bps: u64,
    /// Share of the packets to the subscriber that were lost lately, 0 to 1.
    pub loss: f32,
}

/// An encoding in figures. Width and height are absent while no key frame has stated them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Picture {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    pub frame_rate: u32,
    #[ts(type = "number")]
    pub bitrate_bps: u64,
}

/// Result of [`Method::Stats`]. Counts are since the beginning of each stream, subscription or transport.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ConnectionStats {
    /// Absent without a media transport.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<TransportStats>,
    /// The tracks of own streams, as they arrive at the server.
    pub published: Vec<PublishedStats>,
    /// The tracks of subscriptions, as the server sends them.
    pub subscribed: Vec<SubscribedStats>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct TransportStats {
    #[ts(type = "number")]
    pub packets_received: u64,
    #[ts(type = "number")]
    pub packets_sent: u64,
    #[ts(type = "number")]
    pub bytes_sent: u64,
    #[ts(type = "number")]
    pub nacks_received: u64,
    #[ts(type = "number")]
    pub nacks_sent: u64,
    #[ts(type = "number")]
    pub key_frames_asked: u64,
    /// Bits per second that the path to the client is believed to carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number")]
    pub estimate_bps: Option<u64>,
    #[ts(type = "number")]
    pub delivered_bps: u64,
    /// Share of the packets to the client that were lost lately, 0 to 1.
    pub loss: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip_ms: Option<f32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Audio,
    Video,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PublishedStats {
    pub stream_id: String,
    pub kind: MediaKind,
    /// Subscriptions that receive it.
    pub subscribers: u32,
    /// Packets that came again because the server asked for them.
    #[ts(type = "number")]
    pub repaired: u64,
    pub encodings: Vec<EncodingStats>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct EncodingStats {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rid: Option<String>,
    #[serde(flatten)]
    pub picture: Picture,
    #[ts(type = "number")]
    pub packets: u64,
    #[ts(type = "number")]
    pub bytes: u64,
    #[ts(type = "number")]
    pub lost: i64,
    pub jitter_ms: f32,
    #[ts(type = "number")]
    pub key_frames_asked: u64,
    /// Somebody needs it; what nobody needs the client is asked not to send.
    pub needed: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct SubscribedStats {
    pub subscription_id: String,
    pub kind: MediaKind,
    #[ts(type = "number")]
    pub packets: u64,
    #[ts(type = "number")]
    pub bytes: u64,
    /// Packets sent again because the client asked for them.
    #[ts(type = "number")]
    pub repairs: u64,
    /// Asked for, and too late or too often.
    #[ts(type = "number")]
    pub repairs_refused: u64,
    /// Key frames the client asked for.
    #[ts(type = "number")]
    pub key_frames_asked: u64,
    /// Changes from one of the publisher's encodings to another.
    #[ts(type = "number")]
    pub encoding_changes: u64,
    /// Share of the packets lost since the report before, 0 to 1, as the client's newest report tells.
    pub loss: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip_ms: Option<f32>,
    pub flowing: bool,
}

/// How a subscription's video fares on the path to its subscriber.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VideoQuality {
    #[default]
    Good,
    /// The path does not carry even the smallest picture; it is given up soon.
    Endangered,
    /// Audio only, until the path recovers.
    Suspended,
}

/// What keeps a picture from being better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Nothing was decided yet.
    Starting,
    /// The subscriber wants no video.
    Subscription,
    /// The publisher has muted it, or suspended it for want of uplink.
    Muted,
    /// It would not be shown larger.
    ElementSize,
    /// The path to the subscriber does not carry more.
    Bandwidth,
    /// The publisher does not send more, for want of uplink or CPU, or because its camera has no more.
    Publisher,
    /// The publisher has changed to a codec that the subscriber has not agreed to decode. A new offer of the subscriber's with
    /// that codec brings the picture back.
    Codec,
    /// The path has recovered; a suspended picture stays away a little longer, so that it does not come and go.
    Policy,
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Negotiate {
    /// A complete SDP offer (RFC 8829), BUNDLE with rtcp-mux. Candidates are not needed: the server is ICE-lite.
    pub offer: String,
    /// The meaning of the media sections; a section that is not listed is answered as inactive.
    pub sections: Vec<Section>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Section {
    pub mid: String,
    #[serde(flatten)]
    pub target: SectionTarget,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum SectionTarget {
    /// The client sends this track of its own stream.
    Send { stream_id: String },
    /// The client receives this track of a subscription. Audio or video is the section's own kind.
    Receive { subscription_id: String },
}

/// Result of [`Method::Negotiate`].
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Negotiated {
    pub answer: String,
}

/// Limits and meaning: `type` up to 128 bytes of `A-Z a-z 0-9 - _ ~`, `data` up to 8192 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Signal {
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// A connection id; absent: everybody, the sender included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Report {
    /// `publish`, `subscribe`, `connect`, …
    pub operation: String,
    /// The stream or subscription the attempt was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub subject_id: Option<String>,
    /// Flat facts: ICE states, candidate pair counts, selected pair types, `getStats` figures.
    #[ts(type = "Record<string, unknown>")]
    pub facts: serde_json::Map<String, Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct IceServer {
    pub urls: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub credential: Option<String>,
}

/// Server to client.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum ServerFrame {
    Response(Response),
    Event(Event),
}

/// `result` is the result type named at the method (`{}` where none is named); `error` is a problem object (RFC 9457).
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum Response {
    Ok {
        id: u32,
        result: Value,
    },
    /// `id` is absent when the frame could not be read far enough to find one.
    Err {
        id: Option<u32>,
        #[ts(type = "import(\"./problem\").Problem")]
        error: Value,
    },
}

/// Server to client, unasked.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Event {
    /// 1, 2, 3, … for each connection; survives a resume.
    #[ts(type = "number")]
    pub seq: u64,
    #[serde(flatten)]
    pub body: EventBody,
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum EventBody {
    ConnectionCreated {
        connection: Connection,
    },
    ConnectionDestroyed {
        connection_id: String,
        reason: EndReason,
    },
    /// A stream became visible. The publisher itself receives it too: that is when its `publish` succeeded.
    StreamCreated {
        stream: Stream,
    },
    StreamUpdated {
        stream_id: String,
        changes: StreamChanges,
    },
    StreamDestroyed {
        stream_id: String,
        reason: EndReason,
    },
    /// `from` is absent when the server sent it by REST.
    Signal {
        #[serde(flatten)]
        signal: Signal,
        from: Option<String>,
    },
    /// A moderator muted this own stream; the client stops its microphone and answers with `update_stream`.
    StreamMuteForced {
        stream_id: String,
    },
    /// `force_mute_all` (true) or `disable_force_mute` (false) took effect, for everybody.
    MuteForced {
        active: bool,
    },
    /// Media of the subscription reached the client's transport (first packet sent and transport up).
    SubscriptionStarted {
        subscription_id: String,
    },
    /// The subscription ended for a reason of the server's; `stream_destroyed` implies it and does not repeat it.
    SubscriptionEnded {
        subscription_id: String,
        reason: EndReason,
    },
    /// Which encodings of an own simulcast somebody needs: the client sends those, and stops the others until it is told again.
    EncodingsNeeded {
        stream_id: String,
        encodings: Vec<NeededEncoding>,
    },
    /// The picture of a subscription, or what limits it, has changed for longer than a moment; or its path became too narrow
    /// for any picture, or recovered, which is told at once.
    QualityChanged {
        subscription_id: String,
        explanation: Explanation,
    },
    /// Something that was accepted failed later: a publish or subscribe whose transport never came up.
    OperationFailed {
        operation: String,
        subject_id: String,
        #[ts(type = "import(\"./problem\").Problem")]
        error: Value,
    },
    /// Audio levels of the streams this client subscribes to, loudest first, at most 4 a second. For clients that asked for
    /// them in [`Join::audio_levels`].
    AudioLevels {
        levels: Vec<AudioLevel>,
    },
    /// The own connection ended. The socket closes after it.
    SessionDisconnected {
        reason: EndReason,
        #[ts(type = "import(\"./problem\").Problem | null")]
        error: Option<Value>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NeededEncoding {
    pub rid: String,
    pub needed: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AudioLevel {
    pub stream_id: String,
    /// 0 (silence) to 1 (full scale), linear.
    pub level: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum EndReason {
    ClientDisconnected,
    ForceDisconnected,
    ForceUnpublished,
    MediaStopped,
    NetworkDisconnected,
    MediaIdle,
    ServerRotation,
}

fn yes() -> bool {
    true
}
