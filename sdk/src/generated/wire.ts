// Produced by `cargo xtask gen` from crates/contract/src/wire.rs; do not edit.

export const PROTOCOL = "exedra.v1";
export const SIGNALING_PATH = "/v1/signaling";
export const FRAME_BYTES_MAX = 262144;
export const HEARTBEAT_MS = 10000;

export type AudioLevel = { stream_id: string, 
/**
 * 0 (silence) to 1 (full scale), linear.
 */
level: number, };

export type Capabilities = { publish: boolean, subscribe: boolean, signal: boolean, force_unpublish: boolean, force_disconnect: boolean, force_mute: boolean, };

export type ClientInfo = { 
/**
 * `exedra-js`, `opentok`, `exedra-rs`, …
 */
sdk: string, version: string, user_agent: string, };

export type Connection = { connection_id: string, 
/**
 * Milliseconds since the epoch.
 */
created_at: number, 
/**
 * From the token; absent when the token had none.
 */
data: string | null, capabilities: Capabilities, };

/**
 * Result of [`Method::Stats`]. Counts are since the beginning of each stream, subscription or transport.
 */
export type ConnectionStats = { 
/**
 * Absent without a media transport.
 */
transport?: TransportStats, 
/**
 * The tracks of own streams, as they arrive at the server.
 */
published: Array<PublishedStats>, 
/**
 * The tracks of subscriptions, as the server sends them.
 */
subscribed: Array<SubscribedStats>, };

export type EncodingStats = { rid?: string, packets: number, bytes: number, lost: number, jitter_ms: number, key_frames_asked: number, 
/**
 * Somebody needs it; what nobody needs the client is asked not to send.
 */
needed: boolean, width?: number, height?: number, frame_rate: number, bitrate_bps: number, };

export type EndReason = "clientDisconnected" | "forceDisconnected" | "forceUnpublished" | "mediaStopped" | "networkDisconnected" | "mediaIdle" | "serverRotation";

/**
 * Server to client, unasked.
 */
export type Event = { 
/**
 * 1, 2, 3, … for each connection; survives a resume.
 */
seq: number, } & ({ "event": "connection_created", "data": { connection: Connection, } } | { "event": "connection_destroyed", "data": { connection_id: string, reason: EndReason, } } | { "event": "stream_created", "data": { stream: Stream, } } | { "event": "stream_updated", "data": { stream_id: string, changes: StreamChanges, } } | { "event": "stream_destroyed", "data": { stream_id: string, reason: EndReason, } } | { "event": "signal", "data": { from: string | null, type?: string, data?: string, 
/**
 * A connection id; absent: everybody, the sender included.
 */
to?: string, } } | { "event": "stream_mute_forced", "data": { stream_id: string, } } | { "event": "mute_forced", "data": { active: boolean, } } | { "event": "subscription_started", "data": { subscription_id: string, } } | { "event": "subscription_ended", "data": { subscription_id: string, reason: EndReason, } } | { "event": "encodings_needed", "data": { stream_id: string, encodings: Array<NeededEncoding>, } } | { "event": "quality_changed", "data": { subscription_id: string, explanation: Explanation, } } | { "event": "operation_failed", "data": { operation: string, subject_id: string, error: import("./problem").Problem, } } | { "event": "audio_levels", "data": { levels: Array<AudioLevel>, } } | { "event": "session_disconnected", "data": { reason: EndReason, error: import("./problem").Problem | null, } });

export type EventBody = { "event": "connection_created", "data": { connection: Connection, } } | { "event": "connection_destroyed", "data": { connection_id: string, reason: EndReason, } } | { "event": "stream_created", "data": { stream: Stream, } } | { "event": "stream_updated", "data": { stream_id: string, changes: StreamChanges, } } | { "event": "stream_destroyed", "data": { stream_id: string, reason: EndReason, } } | { "event": "signal", "data": { from: string | null, type?: string, data?: string, 
/**
 * A connection id; absent: everybody, the sender included.
 */
to?: string, } } | { "event": "stream_mute_forced", "data": { stream_id: string, } } | { "event": "mute_forced", "data": { active: boolean, } } | { "event": "subscription_started", "data": { subscription_id: string, } } | { "event": "subscription_ended", "data": { subscription_id: string, reason: EndReason, } } | { "event": "encodings_needed", "data": { stream_id: string, encodings: Array<NeededEncoding>, } } | { "event": "quality_changed", "data": { subscription_id: string, explanation: Explanation, } } | { "event": "operation_failed", "data": { operation: string, subject_id: string, error: import("./problem").Problem, } } | { "event": "audio_levels", "data": { levels: Array<AudioLevel>, } } | { "event": "session_disconnected", "data": { reason: EndReason, error: import("./problem").Problem | null, } };

/**
 * Result of [`Method::Explain`]: what is sent of a subscription's video, what was wanted, and what keeps it from being better.
 */
export type Explanation = { quality: VideoQuality, 
/**
 * Absent: nothing; it is the best that the publisher sends.
 */
limited_by?: Limit, 
/**
 * What is sent now; absent: nothing.
 */
sent?: Picture, 
/**
 * The best that the publisher sends now; absent: nothing arrives from it.
 */
best?: Picture, 
/**
 * What the subscriber asked for.
 */
wanted: SubscriptionPreferences, 
/**
 * Bits per second of the next better picture, where there is one.
 */
next_bps?: number, 
/**
 * Bits per second that the path to the subscriber is believed to carry, for everything it receives; absent while
 * nothing has shown it.
 */
estimate_bps?: number, 
/**
 * Bits per second that arrived at the subscriber lately.
 */
delivered_bps: number, 
/**
 * Share of the packets to the subscriber that were lost lately, 0 to 1.
 */
loss: number, };

export type IceServer = { urls: Array<string>, username?: string, credential?: string, };

export type Join = { session_id: string, token: string, 
/**
 * The project the page believes in (OpenTok API key or application id); checked against the token when present.
 */
project_id?: string, client: ClientInfo, 
/**
 * `false`: no `connection_created` and `connection_destroyed` events of others (large audiences).
 */
connection_events: boolean, 
/**
 * `true`: `audio_levels` events, which cost the server a message to each listener four times a second.
 */
audio_levels: boolean, 
/**
 * Continues an earlier connection whose socket was lost, with the same ids.
 */
resume?: Resume, };

/**
 * Result of [`Method::Join`].
 */
export type Joined = { connection: Connection, capabilities: Capabilities, session: SessionInfo, 
/**
 * Everybody already in the session, oldest first, without the own connection.
 */
connections: Array<Connection>, 
/**
 * Every visible stream of others, oldest first.
 */
streams: Array<Stream>, ice_servers: Array<IceServer>, resume_secret: string, heartbeat_ms: number, 
/**
 * How long an attempt to publish or subscribe may take before it fails with a cause.
 */
attempt_timeout_ms: number, };

export type JsonValue = number | string | boolean | Array<JsonValue> | { [key in string]: JsonValue } | null;

/**
 * What keeps a picture from being better.
 */
export type Limit = "starting" | "subscription" | "muted" | "element_size" | "bandwidth" | "publisher" | "codec" | "policy";

export type MediaKind = "audio" | "video";

export type MediaMode = "routed" | "relayed";

export type Method = { "method": "join", "params": Join } | { "method": "leave", "params": Record<symbol, never> } | { "method": "publish", "params": Publish } | { "method": "unpublish", "params": { stream_id: string, 
/**
 * Capture ended, such as a screen that is no longer shared: others see reason `mediaStopped`.
 */
media_stopped: boolean, } } | { "method": "update_stream", "params": UpdateStream } | { "method": "subscribe", "params": Subscribe } | { "method": "unsubscribe", "params": { subscription_id: string, } } | { "method": "update_subscription", "params": UpdateSubscription } | { "method": "negotiate", "params": Negotiate } | { "method": "signal", "params": Signal } | { "method": "force_disconnect", "params": { connection_id: string, } } | { "method": "force_unpublish", "params": { stream_id: string, } } | { "method": "force_mute_stream", "params": { stream_id: string, } } | { "method": "force_mute_all", "params": { excluded_stream_ids: Array<string>, } } | { "method": "disable_force_mute", "params": Record<symbol, never> } | { "method": "request_key_frame", "params": { subscription_id: string, } } | { "method": "explain", "params": { subscription_id: string, } } | { "method": "stats", "params": Record<symbol, never> } | { "method": "report", "params": Report } | { "method": "ping", "params": Record<symbol, never> };

export type NeededEncoding = { rid: string, needed: boolean, };

export type Negotiate = { 
/**
 * A complete SDP offer (RFC 8829), BUNDLE with rtcp-mux. Candidates are not needed: the server is ICE-lite.
 */
offer: string, 
/**
 * The meaning of the media sections; a section that is not listed is answered as inactive.
 */
sections: Array<Section>, };

/**
 * Result of [`Method::Negotiate`].
 */
export type Negotiated = { answer: string, };

/**
 * An encoding in figures. Width and height are absent while no key frame has stated them.
 */
export type Picture = { width?: number, height?: number, frame_rate: number, bitrate_bps: number, };

export type Publish = { properties: StreamProperties, };

/**
 * Result of [`Method::Publish`]. Next comes a `negotiate` that binds media sections to the stream.
 */
export type Published = { stream_id: string, };

export type PublishedStats = { stream_id: string, kind: MediaKind, 
/**
 * Subscriptions that receive it.
 */
subscribers: number, 
/**
 * Packets that came again because the server asked for them.
 */
repaired: number, encodings: Array<EncodingStats>, };

export type Report = { 
/**
 * `publish`, `subscribe`, `connect`, …
 */
operation: string, 
/**
 * The stream or subscription the attempt was about.
 */
subject_id?: string, 
/**
 * Flat facts: ICE states, candidate pair counts, selected pair types, `getStats` figures.
 */
facts: Record<string, unknown>, };

/**
 * Client to server. `id` is echoed in the response; ids need only be unique among requests in flight.
 */
export type Request = { id: number, } & ({ "method": "join", "params": Join } | { "method": "leave", "params": Record<symbol, never> } | { "method": "publish", "params": Publish } | { "method": "unpublish", "params": { stream_id: string, 
/**
 * Capture ended, such as a screen that is no longer shared: others see reason `mediaStopped`.
 */
media_stopped: boolean, } } | { "method": "update_stream", "params": UpdateStream } | { "method": "subscribe", "params": Subscribe } | { "method": "unsubscribe", "params": { subscription_id: string, } } | { "method": "update_subscription", "params": UpdateSubscription } | { "method": "negotiate", "params": Negotiate } | { "method": "signal", "params": Signal } | { "method": "force_disconnect", "params": { connection_id: string, } } | { "method": "force_unpublish", "params": { stream_id: string, } } | { "method": "force_mute_stream", "params": { stream_id: string, } } | { "method": "force_mute_all", "params": { excluded_stream_ids: Array<string>, } } | { "method": "disable_force_mute", "params": Record<symbol, never> } | { "method": "request_key_frame", "params": { subscription_id: string, } } | { "method": "explain", "params": { subscription_id: string, } } | { "method": "stats", "params": Record<symbol, never> } | { "method": "report", "params": Report } | { "method": "ping", "params": Record<symbol, never> });

/**
 * `result` is the result type named at the method (`{}` where none is named); `error` is a problem object (RFC 9457).
 */
export type Response = { id: number, result: JsonValue, } | { id: number | null, error: import("./problem").Problem, };

export type Resume = { connection_id: string, 
/**
 * From [`Joined::resume_secret`].
 */
secret: string, 
/**
 * The last event the client processed; later ones are sent again.
 */
last_seq: number, };

export type Section = { mid: string, } & ({ stream_id: string, } | { subscription_id: string, });

export type SectionTarget = { stream_id: string, } | { subscription_id: string, };

/**
 * Server to client.
 */
export type ServerFrame = Response | Event;

export type SessionInfo = { session_id: string, media_mode: MediaMode, 
/**
 * A moderator's `force_mute_all` is in effect: new streams start muted.
 */
force_muted: boolean, };

/**
 * Limits and meaning: `type` up to 128 bytes of `A-Z a-z 0-9 - _ ~`, `data` up to 8192 bytes.
 */
export type Signal = { type?: string, data?: string, 
/**
 * A connection id; absent: everybody, the sender included.
 */
to?: string, };

export type Stream = { stream_id: string, connection_id: string, 
/**
 * Milliseconds since the epoch.
 */
created_at: number, 
/**
 * Its publisher, for a client that was not told of it: one without connection events.
 */
connection?: Connection, name: string, initials?: string, 
/**
 * The stream has an audio (video) track at all.
 */
audio_track: boolean, video_track: boolean, 
/**
 * The track is not muted now.
 */
has_audio: boolean, has_video: boolean, video_source?: VideoSource, width: number, height: number, 
/**
 * Frames per second, when the publisher asked for a number.
 */
frame_rate?: number, has_captions: boolean, 
/**
 * The publisher's uplink is too weak for a picture: audio only, until it recovers. `has_video` stays what its user wants.
 */
video_suspended: boolean, 
/**
 * On a path that is too narrow for both, a subscriber keeps the smallest picture beside the sound, and is not warned.
 */
audio_fallback_off: boolean, };

/**
 * The properties of a stream that can change while it lives.
 */
export type StreamChanges = { has_audio?: boolean, has_video?: boolean, has_captions?: boolean, video_suspended?: boolean, width?: number, height?: number, video_source?: VideoSource, };

/**
 * What the publisher says about its stream.
 */
export type StreamProperties = { name: string, initials?: string, 
/**
 * The stream has an audio (video) track at all.
 */
audio_track: boolean, video_track: boolean, 
/**
 * The track is not muted now.
 */
has_audio: boolean, has_video: boolean, video_source?: VideoSource, width: number, height: number, 
/**
 * Frames per second, when the publisher asked for a number.
 */
frame_rate?: number, has_captions: boolean, 
/**
 * The publisher's uplink is too weak for a picture: audio only, until it recovers. `has_video` stays what its user wants.
 */
video_suspended: boolean, 
/**
 * On a path that is too narrow for both, a subscriber keeps the smallest picture beside the sound, and is not warned.
 */
audio_fallback_off: boolean, };

export type Subscribe = { stream_id: string, audio?: boolean, video?: boolean, 
/**
 * Size of the picture on the page, in device pixels.
 */
width_max?: number, height_max?: number, frame_rate_max?: number, 
/**
 * Higher wins when bandwidth is short; 0 to 255, initially 100.
 */
priority?: number, };

/**
 * Result of [`Method::Subscribe`]. Next comes a `negotiate` that binds media sections to the subscription.
 */
export type Subscribed = { subscription_id: string, stream: Stream, };

export type SubscribedStats = { subscription_id: string, kind: MediaKind, packets: number, bytes: number, 
/**
 * Packets sent again because the client asked for them.
 */
repairs: number, 
/**
 * Asked for, and too late or too often.
 */
repairs_refused: number, 
/**
 * Key frames the client asked for.
 */
key_frames_asked: number, 
/**
 * Changes from one of the publisher's encodings to another.
 */
encoding_changes: number, 
/**
 * Share of the packets lost since the report before, 0 to 1, as the client's newest report tells.
 */
loss: number, round_trip_ms?: number, flowing: boolean, };

/**
 * What the subscriber wants of a stream. An absent field keeps its value (initially: audio and video on, no limits).
 */
export type SubscriptionPreferences = { audio?: boolean, video?: boolean, 
/**
 * Size of the picture on the page, in device pixels.
 */
width_max?: number, height_max?: number, frame_rate_max?: number, 
/**
 * Higher wins when bandwidth is short; 0 to 255, initially 100.
 */
priority?: number, };

export type TransportStats = { packets_received: number, packets_sent: number, bytes_sent: number, nacks_received: number, nacks_sent: number, key_frames_asked: number, 
/**
 * Bits per second that the path to the client is believed to carry.
 */
estimate_bps?: number, delivered_bps: number, 
/**
 * Share of the packets to the client that were lost lately, 0 to 1.
 */
loss: number, round_trip_ms?: number, };

export type UpdateStream = { stream_id: string, changes: StreamChanges, };

export type UpdateSubscription = { subscription_id: string, audio?: boolean, video?: boolean, 
/**
 * Size of the picture on the page, in device pixels.
 */
width_max?: number, height_max?: number, frame_rate_max?: number, 
/**
 * Higher wins when bandwidth is short; 0 to 255, initially 100.
 */
priority?: number, };

/**
 * How a subscription's video fares on the path to its subscriber.
 */
export type VideoQuality = "good" | "endangered" | "suspended";

export type VideoSource = "camera" | "screen" | "custom";
