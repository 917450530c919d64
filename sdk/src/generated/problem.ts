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
  | "enter"
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

/** How far an attempt came before it failed, in order. */
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
  /** Only an administrator may do this */
  ADMIN_REQUIRED: Record<never, never>;
  /** The socket has already joined */
  ALREADY_JOINED: Record<never, never>;
  /** An answer without an offer */
  ANSWER_WITHOUT_OFFER: Record<never, never>;
  /** The request is not authenticated */
  API_AUTH_MISSING: { header: string };
  /** Always-archived sessions must be routed */
  ARCHIVE_MODE_CONFLICT: Record<never, never>;
  /** This archive cannot be deleted */
  ARCHIVE_NOT_DELETABLE: { state: string };
  /** This archive cannot be stopped */
  ARCHIVE_NOT_STOPPABLE: { state: string };
  /** An argument is invalid */
  ARGUMENT_INVALID: { name: string; reason: string };
  /** The browser blocks sound until a click */
  AUTOPLAY_BLOCKED: Record<never, never>;
  /** The request could not be read */
  BAD_REQUEST: { reason: string };
  /** The session is already broadcast */
  BROADCAST_ALREADY_COMPOSED: Record<never, never>;
  /** The broadcast could not start */
  BROADCAST_START_FAILED: { reason: string };
  /** The broadcast could not be stopped */
  BROADCAST_STOP_FAILED: { reason: string };
  /** The broadcast's process did not answer */
  BROADCAST_UNREACHABLE: { target: string };
  /** The call does not fit the state */
  CALL_OUT_OF_ORDER: { method: string; state: string };
  /** Too many early ICE candidates */
  CANDIDATE_QUEUE_FULL: { limit: number };
  /** Captions are already on */
  CAPTIONS_ALREADY_ENABLED: Record<never, never>;
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
  /** The body is of another media type */
  CONTENT_TYPE_UNSUPPORTED: { got: string; needed: string };
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
  /** The dialect is off for this project */
  DIALECT_DISABLED: { dialect: string; project_id: string };
  /** The media path could not be secured */
  DTLS_FAILED: { operation: string; timeout_ms: number };
  /** The same identity joined elsewhere */
  DUPLICATE_IDENTITY: { user_id: string };
  /** The other side is not ready yet */
  ENDPOINT_NOT_READY: { connection_id: string };
  /** Two entries of one user contradict each other */
  ENTRY_CONFLICT: { reason: string };
  /** Entering the room took too long */
  ENTRY_TIMEOUT: { timeout_ms: number };
  /** This SDK cannot do that yet */
  FEATURE_UNSUPPORTED: { feature: string };
  /** This device has no H.264 */
  H264_MISSING: Record<never, never>;
  /** The client fell silent */
  HEARTBEAT_LOST: { silent_ms: number };
  /** No network path for media */
  ICE_FAILED: { operation: string; timeout_ms: number };
  /** Internal error */
  INTERNAL: Record<never, never>;
  /** The connection broke while joining */
  JOIN_INTERRUPTED: Record<never, never>;
  /** Locked after failed logins */
  LOGIN_LOCKED: { failures: number };
  /** The login took too long */
  LOGIN_TIMEOUT: { timeout_ms: number };
  /** The token is not a token */
  MALFORMED_TOKEN: { reason: string };
  /** The media server's answer is unusable */
  MEDIA_NODE_RESPONSE_INVALID: Record<never, never>;
  /** The media server did not answer */
  MEDIA_NODE_TIMEOUT: { timeout_ms: number };
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
  /** The URL does not have this HTTP method */
  METHOD_NOT_ALLOWED: { method: string; allowed: string };
  /** There is no such method */
  METHOD_UNKNOWN: { method: string };
  /** Access to the microphone was denied */
  MICROPHONE_DENIED: Record<never, never>;
  /** The browser cannot open the microphone any more */
  MICROPHONE_STUCK: Record<never, never>;
  /** Mixing could not start */
  MIX_START_FAILED: { reason: string };
  /** Mixing could not be stopped */
  MIX_STOP_FAILED: { reason: string };
  /** The name is taken */
  NAME_TAKEN: { name: string };
  /** A negotiation is already running */
  NEGOTIATION_IN_PROGRESS: Record<never, never>;
  /** The negotiation was not completed */
  NEGOTIATION_TIMEOUT: { timeout_ms: number };
  /** Not connected */
  NOT_CONNECTED: { operation: string };
  /** The socket has not joined a session */
  NOT_JOINED: { method: string };
  /** No media server is available */
  NO_MEDIA_NODE: Record<never, never>;
  /** Neither audio nor video was asked for */
  NO_MEDIA_REQUESTED: Record<never, never>;
  /** The browser could not make an offer */
  OFFER_FAILED: { reason: string };
  /** No offer followed */
  OFFER_TIMEOUT: { operation: string; timeout_ms: number };
  /** Not available for this participant */
  OPERATION_UNAVAILABLE: { method: string; reason: string };
  /** The page's origin is not allowed */
  ORIGIN_REFUSED: { origin: string };
  /** The page is not secure */
  PAGE_INSECURE: { origin: string };
  /** A parameter is invalid */
  PARAMETER_INVALID: { name: string; reason: string };
  /** The other side left meanwhile */
  PARTICIPANT_LEFT: { connection_id: string };
  /** There is no such participant type */
  PARTICIPANT_TYPE_INVALID: { got: string };
  /** The browser could not create a peer connection */
  PEER_CONNECTION_FAILED: { reason: string };
  /** The token does not allow this */
  PERMISSION_DENIED: { operation: string; capability: string };
  /** The ICE session was restarted meanwhile */
  PRECONDITION_FAILED: { got: string };
  /** The header If-Match is missing */
  PRECONDITION_REQUIRED: Record<never, never>;
  /** The project is disabled */
  PROJECT_DISABLED: { project_id: string };
  /** The project id is invalid */
  PROJECT_ID_INVALID: { got: string };
  /** The project has no key */
  PROJECT_KEY_MISSING: { project_id: string };
  /** There is no such project */
  PROJECT_UNKNOWN: { project_id: string };
  /** No common protocol version */
  PROTOCOL_UNSUPPORTED: { expected: string; got: string };
  /** Publishing was cancelled */
  PUBLISH_CANCELLED: Record<never, never>;
  /** Too many requests */
  RATE_LIMITED: { limit_per_s: number };
  /** Reconnecting was given up */
  RECONNECT_GIVEN_UP: { attempts: number };
  /** The browser refused the server's answer */
  REMOTE_DESCRIPTION_REFUSED: { reason: string };
  /** Removed from the session */
  REMOVED_BY_MODERATOR: Record<never, never>;
  /** The report could not be sent */
  REPORT_FAILED: Record<never, never>;
  /** The request is empty */
  REQUEST_EMPTY: Record<never, never>;
  /** Too many requests wait for the connection */
  REQUEST_QUEUE_FULL: { limit: number };
  /** The request is too large */
  REQUEST_TOO_LARGE: { limit_bytes: number; got_bytes: number };
  /** The earlier connection cannot be continued */
  RESUME_REFUSED: { reason: string };
  /** The room permit is not acceptable */
  ROOM_PERMIT_INVALID: { check: string };
  /** The room permit is missing */
  ROOM_PERMIT_MISSING: Record<never, never>;
  /** The project is no sandbox */
  SANDBOX_DISABLED: { project_id: string };
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
  /** No server could be found */
  SERVER_DISCOVERY_FAILED: { reason: string };
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
  /** The session is already locked */
  SESSION_ALREADY_LOCKED: Record<never, never>;
  /** The session is over */
  SESSION_CLOSED: Record<never, never>;
  /** The session is full */
  SESSION_FULL: { limit: number };
  /** The session id is invalid */
  SESSION_ID_INVALID: { reason: string };
  /** Too many sessions */
  SESSION_LIMIT_EXCEEDED: { limit: number; scope: string };
  /** The session is locked */
  SESSION_LOCKED: Record<never, never>;
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
  /** Nobody publishes in this session yet */
  STREAM_NOT_PUBLISHED: Record<never, never>;
  /** The stream's properties are invalid */
  STREAM_PROPERTIES_INVALID: { property: string; reason: string };
  /** Already subscribed */
  SUBSCRIBE_ALREADY_ACTIVE: { stream_id: string };
  /** Subscribing was cancelled */
  SUBSCRIBE_CANCELLED: Record<never, never>;
  /** The subscription ended */
  SUBSCRIPTION_ENDED: { reason: string };
  /** Too many subscriptions */
  SUBSCRIPTION_LIMIT_EXCEEDED: { limit: number; scope: string };
  /** There is no such subscription */
  SUBSCRIPTION_NOT_FOUND: { subscription_id: string };
  /** Only the synchronizer may do this */
  SYNC_ROLE_REQUIRED: Record<never, never>;
  /** A claim of the token is invalid */
  TOKEN_CLAIM_INVALID: { claim: string; expected: string; got: string };
  /** The token cannot be decompressed */
  TOKEN_COMPRESSION_INVALID: Record<never, never>;
  /** The token is empty */
  TOKEN_EMPTY: Record<never, never>;
  /** The token's encoding is wrong */
  TOKEN_ENCODING_INVALID: { reason: string };
  /** The token has expired */
  TOKEN_EXPIRED: { expired_at: number; now: number; skew_s: number };
  /** The token misses a field */
  TOKEN_FIELD_MISSING: { field: string };
  /** The token's content is not JSON */
  TOKEN_JSON_INVALID: Record<never, never>;
  /** The token lives too long */
  TOKEN_LIFETIME_TOO_LONG: { lifetime_s: number; limit_s: number };
  /** The token is not valid yet */
  TOKEN_NOT_YET_VALID: { valid_from: number; now: number; skew_s: number };
  /** The token is of another project */
  TOKEN_PROJECT_MISMATCH: { claim: string; expected: string; got: string };
  /** The token was revoked */
  TOKEN_REVOKED: Record<never, never>;
  /** The token is for another session */
  TOKEN_SESSION_MISMATCH: { expected: string; got: string };
  /** The token's signature is wrong */
  TOKEN_SIGNATURE_INVALID: Record<never, never>;
  /** The token's signature cannot be read */
  TOKEN_SIGNATURE_UNREADABLE: Record<never, never>;
  /** The token is for another user */
  TOKEN_USER_MISMATCH: { expected: string; got: string };
  /** The token's version is not supported */
  TOKEN_VERSION_UNSUPPORTED: { got: string; expected: string };
  /** The stream has no such track */
  TRACK_KIND_NOT_PUBLISHED: { kind: string };
  /** The media path broke */
  TRANSPORT_LOST: { silent_ms: number };
  /** The user is blocked */
  USER_BLOCKED: Record<never, never>;
  /** A click is needed */
  USER_GESTURE_REQUIRED: { operation: string };
  /** The user id is invalid */
  USER_ID_INVALID: { reason: string };
  /** This publisher does not use a camera */
  VIDEO_SOURCE_FIXED: Record<never, never>;
  /** There is no such video source */
  VIDEO_SOURCE_INVALID: { source: string };
  /** This browser cannot do it */
  WEBRTC_UNSUPPORTED: Record<never, never>;
  /** There is no such WHIP or WHEP session */
  WHIP_SESSION_NOT_FOUND: Record<never, never>;
}

export type Code = keyof ArgsByCode;

/** Discriminated by `code`: checking it gives `args` its type. */
export type KnownProblem = { [C in Code]: ProblemOf<C, ArgsByCode[C]> }[Code];
