// Produced by `cargo xtask gen` from catalog/; do not edit.

export type ProblemClass = 
  | "INVALID"
  | "UNAUTHENTICATED"
  | "PERMISSION"
  | "NOT_FOUND"
  | "CONFLICT"
  | "EXHAUSTED"
  | "UNSUPPORTED"
  | "DEVICE"
  | "NETWORK"
  | "TIMEOUT"
  | "CANCELLED"
  | "UNAVAILABLE"
  | "INTERNAL";

export type RetryHow = 
  | "never"
  | "same"
  | "after"
  | "reconnect"
  | "new_token"
  | "user_gesture";

export type Effect = 
  | "operation_fails"
  | "stream_ends"
  | "connection_closes"
  | "session_closes"
  | "process_ends";

/** What was being attempted. */
export type Operation = 
  | "connect"
  | "resume"
  | "call"
  | "disconnect"
  | "capture"
  | "publish"
  | "unpublish"
  | "update_stream"
  | "set_video_source"
  | "subscribe"
  | "unsubscribe"
  | "update_subscription"
  | "play"
  | "negotiate"
  | "signal"
  | "force_disconnect"
  | "force_unpublish"
  | "force_mute"
  | "stats"
  | "report"
  | "encrypt"
  | "switch_role"
  | "synchronize"
  | "record"
  | "broadcast"
  | "mix"
  | "create_session"
  | "rest"
  | "serve";

export interface Retry {
  how: RetryHow;
  /** Set when `how` is `after`. */
  after_ms?: number;
}

export type Stage =
  | "device"
  | "token"
  | "signaling"
  | "ice"
  | "dtls"
  | "first_packet"
  | "first_key_frame"
  | "playing";

export interface Evidence {
  who: "server" | "client";
  fact: string;
}

/** Why an attempt failed, decided from what both ends saw. */
export interface Cause {
  id: string;
  stage: Stage;
  /** 0 to 1. */
  confidence: number;
  evidence: Evidence[];
  ruled_out: string[];
}

export interface Actions {
  user: string;
  developer: string;
  operator: string;
}

export interface ProblemOf<C extends string, A> {
  /** Path of the page that explains the code, on the server's origin. */
  type: string;
  title: string;
  /** HTTP status. */
  status: number;
  detail: string;
  /** This occurrence, as the server's log knows it. */
  instance?: string;
  code: C;
  class: ProblemClass;
  args: A;
  retry: Retry;
  effect: Effect;
  cause?: Cause;
  actions: Actions;
}

/** The error object of every Exedra wire (RFC 9457). A newer server may send a `code` this build does not know. */
export type Problem = ProblemOf<string, Record<string, unknown>>;

/** The public args of each code. */
export interface ArgsByCode {
  /** The socket has already joined */
  ALREADY_JOINED: Record<never, never>;
  /** The request is not authenticated */
  API_AUTH_MISSING: { header: string };
  /** Always-archived sessions must be routed */
  ARCHIVE_MODE_CONFLICT: Record<never, never>;
  /** An argument is invalid */
  ARGUMENT_INVALID: { name: string; reason: string };
  /** The browser blocks sound until a click */
  AUTOPLAY_BLOCKED: Record<never, never>;
  /** The request could not be read */
  BAD_REQUEST: { reason: string };
  /** The page's policy forbids the device */
  CAPTURE_BLOCKED_BY_POLICY: { devices: string };
  /** Access to the device was denied */
  CAPTURE_DENIED: { devices: string };
  /** The operating system denies access */
  CAPTURE_DENIED_BY_SYSTEM: { devices: string };
  /** Capturing failed */
  CAPTURE_FAILED: { devices: string; reason: string };
  /** This browser cannot capture media */
  CAPTURE_UNSUPPORTED: Record<never, never>;
  /** There is no network */
  CLIENT_OFFLINE: Record<never, never>;
  /** The client reads too slowly */
  CLIENT_TOO_SLOW: { limit: number };
  /** No common codec */
  CODEC_UNSUPPORTED: { kind: string; offered: string; needed: string };
  /** The configuration is invalid */
  CONFIG_INVALID: { key: string; reason: string };
  /** There is no such connection */
  CONNECTION_NOT_FOUND: { connection_id: string };
  /** Connecting was cancelled */
  CONNECT_CANCELLED: Record<never, never>;
  /** Connecting took too long */
  CONNECT_TIMEOUT: { waited_ms: number };
  /** No device fulfils the constraints */
  CONSTRAINTS_NOT_SATISFIED: { constraint: string };
  /** This page may not use the server */
  CROSS_ORIGIN_REFUSED: { origin: string };
  /** The device disappeared */
  DEVICE_GONE: { devices: string };
  /** The device cannot be opened */
  DEVICE_IN_USE: { devices: string; reason: string };
  /** The devices could not be listed */
  DEVICE_LIST_FAILED: { reason: string };
  /** There is no such device */
  DEVICE_NOT_FOUND: { devices: string };
  /** The media path could not be secured */
  DTLS_FAILED: { operation: string; timeout_ms: number };
  /** The client fell silent */
  HEARTBEAT_LOST: { silent_ms: number };
  /** No network path for media */
  ICE_FAILED: { operation: string; timeout_ms: number };
  /** Internal error */
  INTERNAL: Record<never, never>;
  /** The token is not a token */
  MALFORMED_TOKEN: { reason: string };
  /** Playing was aborted */
  MEDIA_PLAYBACK_ABORTED: Record<never, never>;
  /** The media cannot be decoded */
  MEDIA_PLAYBACK_DECODE: Record<never, never>;
  /** Playing stopped for a network error */
  MEDIA_PLAYBACK_NETWORK: Record<never, never>;
  /** The media cannot be played */
  MEDIA_PLAYBACK_UNSUPPORTED: Record<never, never>;
  /** Media did not arrive */
  MEDIA_TIMEOUT: { operation: string; timeout_ms: number };
  /** There is no such method */
  METHOD_UNKNOWN: { method: string };
  /** Not connected */
  NOT_CONNECTED: { operation: string };
  /** The socket has not joined a session */
  NOT_JOINED: { method: string };
  /** Neither audio nor video was asked for */
  NO_MEDIA_REQUESTED: Record<never, never>;
  /** The browser could not make an offer */
  OFFER_FAILED: { reason: string };
  /** No offer followed */
  OFFER_TIMEOUT: { operation: string; timeout_ms: number };
  /** The page is not secure */
  PAGE_INSECURE: { origin: string };
  /** A parameter is invalid */
  PARAMETER_INVALID: { name: string; reason: string };
  /** The browser could not create a peer connection */
  PEER_CONNECTION_FAILED: { reason: string };
  /** The token does not allow this */
  PERMISSION_DENIED: { operation: string; capability: string };
  /** There is no such project */
  PROJECT_UNKNOWN: { project_id: string };
  /** No common protocol version */
  PROTOCOL_UNSUPPORTED: { expected: string; got: string };
  /** Publishing was cancelled */
  PUBLISH_CANCELLED: Record<never, never>;
  /** Too many requests */
  RATE_LIMITED: { limit_per_s: number };
  /** The browser refused the server's answer */
  REMOTE_DESCRIPTION_REFUSED: { reason: string };
  /** The report could not be sent */
  REPORT_FAILED: Record<never, never>;
  /** Too many requests wait for the connection */
  REQUEST_QUEUE_FULL: { limit: number };
  /** The request is too large */
  REQUEST_TOO_LARGE: { limit_bytes: number; got_bytes: number };
  /** The earlier connection cannot be continued */
  RESUME_REFUSED: { reason: string };
  /** The screen could not be captured */
  SCREEN_CAPTURE_FAILED: { reason: string };
  /** The screen was not shared */
  SCREEN_SHARE_DENIED: Record<never, never>;
  /** This browser cannot share the screen */
  SCREEN_SHARE_UNSUPPORTED: Record<never, never>;
  /** Internal error of the SDK */
  SDK_INTERNAL: { reason: string };
  /** The SDP offer is invalid */
  SDP_INVALID: { line: number; reason: string };
  /** The SDP offer needs something this server does not do */
  SDP_UNSUPPORTED: { feature: string };
  /** The offer has no such media section */
  SECTION_UNKNOWN: { mid: string };
  /** The server is overloaded */
  SERVER_OVERLOADED: { resource: string };
  /** The server's answer is empty */
  SERVER_RESPONSE_EMPTY: Record<never, never>;
  /** The server's answer cannot be understood */
  SERVER_RESPONSE_INVALID: { reason: string };
  /** The server is shutting down */
  SERVER_SHUTTING_DOWN: Record<never, never>;
  /** Unexpected HTTP status */
  SERVER_STATUS_UNEXPECTED: { status: number };
  /** The server cannot be reached */
  SERVER_UNREACHABLE: { url: string };
  /** The session is full */
  SESSION_FULL: { limit: number };
  /** The session id is invalid */
  SESSION_ID_INVALID: { reason: string };
  /** There is no such session */
  SESSION_NOT_FOUND: { session_id: string };
  /** The signaling connection closed */
  SIGNALING_LOST: { close_code: number };
  /** The server did not answer */
  SIGNALING_TIMEOUT: { method: string; timeout_ms: number };
  /** The signal's data cannot be sent */
  SIGNAL_DATA_INVALID: { reason: string };
  /** The signal's data is too large */
  SIGNAL_DATA_TOO_LARGE: { limit_bytes: number; got_bytes: number };
  /** Too many signals */
  SIGNAL_RATE_LIMITED: { limit_per_s: number };
  /** The signal type has a forbidden character */
  SIGNAL_TYPE_INVALID: { character: string };
  /** The signal type is too long */
  SIGNAL_TYPE_TOO_LONG: { limit_bytes: number; got_bytes: number };
  /** The database is not available */
  STORE_UNAVAILABLE: Record<never, never>;
  /** The stream ended meanwhile */
  STREAM_ENDED: { stream_id: string; reason: string };
  /** Too many streams */
  STREAM_LIMIT_EXCEEDED: { limit: number; scope: string };
  /** There is no such stream */
  STREAM_NOT_FOUND: { stream_id: string };
  /** The stream belongs to somebody else */
  STREAM_NOT_OWNED: { stream_id: string };
  /** The stream's properties are invalid */
  STREAM_PROPERTIES_INVALID: { property: string; reason: string };
  /** Subscribing was cancelled */
  SUBSCRIBE_CANCELLED: Record<never, never>;
  /** The subscription ended */
  SUBSCRIPTION_ENDED: { reason: string };
  /** Too many subscriptions */
  SUBSCRIPTION_LIMIT_EXCEEDED: { limit: number; scope: string };
  /** There is no such subscription */
  SUBSCRIPTION_NOT_FOUND: { subscription_id: string };
  /** A claim of the token is invalid */
  TOKEN_CLAIM_INVALID: { claim: string; expected: string; got: string };
  /** The token has expired */
  TOKEN_EXPIRED: { expired_at: number; now: number; skew_s: number };
  /** The token lives too long */
  TOKEN_LIFETIME_TOO_LONG: { lifetime_s: number; limit_s: number };
  /** The token is not valid yet */
  TOKEN_NOT_YET_VALID: { valid_from: number; now: number; skew_s: number };
  /** The token is of another project */
  TOKEN_PROJECT_MISMATCH: { claim: string; expected: string; got: string };
  /** The token is for another session */
  TOKEN_SESSION_MISMATCH: { expected: string; got: string };
  /** The token's signature is wrong */
  TOKEN_SIGNATURE_INVALID: Record<never, never>;
  /** The stream has no such track */
  TRACK_KIND_NOT_PUBLISHED: { kind: string };
  /** The media path broke */
  TRANSPORT_LOST: { silent_ms: number };
  /** A click is needed */
  USER_GESTURE_REQUIRED: { operation: string };
  /** This publisher does not use a camera */
  VIDEO_SOURCE_FIXED: Record<never, never>;
  /** There is no such video source */
  VIDEO_SOURCE_INVALID: { source: string };
  /** This browser cannot do it */
  WEBRTC_UNSUPPORTED: Record<never, never>;
}

export type Code = keyof ArgsByCode;

/** Discriminated by `code`: checking it gives `args` its type. */
export type KnownProblem = { [C in Code]: ProblemOf<C, ArgsByCode[C]> }[Code];
