// Produced by `cargo xtask gen` from catalog/; do not edit.

import type { Code, ProblemClass, Operation } from "./problem";

export interface VendorForm {
  code: number;
  /** A second number, where the dialect has one; else 0. */
  extraCode: number;
  name: string | undefined;
  message: string;
}

type Row<K> = readonly [keys: readonly K[], operations: readonly Operation[] | null, form: VendorForm];

const MAP: readonly Row<Code>[] = [
  [["PARAMETER_INVALID", "BAD_REQUEST", "ARGUMENT_INVALID", "TRACK_KIND_NOT_PUBLISHED"], null, { code: 1011, extraCode: 0, name: "OT_INVALID_PARAMETER", message: "{detail}" }],
  [["NOT_CONNECTED", "NOT_JOINED"], null, { code: 1010, extraCode: 0, name: "OT_NOT_CONNECTED", message: "{detail}" }],
  [["CLIENT_OFFLINE", "SIGNALING_LOST"], null, { code: 1010, extraCode: 0, name: "OT_NOT_CONNECTED", message: "{detail}" }],
  [["SDK_INTERNAL"], null, { code: 2000, extraCode: 0, name: undefined, message: "{detail}" }],
  [["MALFORMED_TOKEN", "TOKEN_SIGNATURE_INVALID", "TOKEN_EXPIRED", "TOKEN_NOT_YET_VALID", "TOKEN_SESSION_MISMATCH", "TOKEN_PROJECT_MISMATCH", "TOKEN_CLAIM_INVALID", "TOKEN_LIFETIME_TOO_LONG", "PROJECT_UNKNOWN", "TOKEN_REVOKED", "TOKEN_EMPTY", "TOKEN_ENCODING_INVALID", "PROJECT_DISABLED", "PROJECT_KEY_MISSING", "DIALECT_DISABLED", "ORIGIN_REFUSED"], null, { code: 1004, extraCode: 0, name: "OT_AUTHENTICATION_ERROR", message: "{detail}" }],
  [["SANDBOX_DISABLED"], ["connect", "resume"], { code: 1004, extraCode: 0, name: "OT_AUTHENTICATION_ERROR", message: "{detail}" }],
  [["SESSION_ID_INVALID", "SESSION_NOT_FOUND"], null, { code: 1005, extraCode: 0, name: "OT_INVALID_SESSION_ID", message: "{detail}" }],
  [["CLIENT_OFFLINE"], ["connect", "resume"], { code: 1006, extraCode: 0, name: "OT_NOT_CONNECTED", message: "{detail}" }],
  [["SERVER_UNREACHABLE", "SIGNALING_LOST", "CONNECT_TIMEOUT", "SERVER_SHUTTING_DOWN", "SERVER_OVERLOADED", "PROTOCOL_UNSUPPORTED", "RESUME_REFUSED", "RECONNECT_GIVEN_UP", "JOIN_INTERRUPTED", "SERVER_DISCOVERY_FAILED", "NO_MEDIA_NODE", "MEDIA_NODE_TIMEOUT", "SESSION_LIMIT_EXCEEDED", "SESSION_CLOSED", "SESSION_LOCKED", "DUPLICATE_IDENTITY", "REMOVED_BY_MODERATOR", "HEARTBEAT_LOST"], ["connect", "resume"], { code: 1006, extraCode: 0, name: "OT_CONNECT_FAILED", message: "{detail}" }],
  [["SESSION_FULL"], null, { code: 1027, extraCode: 0, name: "OT_CONNECTION_LIMIT_EXCEEDED", message: "{detail}" }],
  [["SERVER_RESPONSE_INVALID"], ["connect", "resume"], { code: 2001, extraCode: 0, name: "OT_BADLY_FORMED_RESPONSE", message: "{detail}" }],
  [["SERVER_RESPONSE_EMPTY"], null, { code: 2001, extraCode: 0, name: "OT_EMPTY_RESPONSE_BODY", message: "{detail}" }],
  [["SERVER_STATUS_UNEXPECTED"], null, { code: 2001, extraCode: 0, name: "OT_INVALID_HTTP_STATUS", message: "{detail}" }],
  [["CROSS_ORIGIN_REFUSED"], null, { code: 2001, extraCode: 0, name: "OT_XDOMAIN_OR_PARSING_ERROR", message: "{detail}" }],
  [["CAPTURE_DENIED", "MICROPHONE_DENIED", "CAPTURE_DENIED_BY_SYSTEM", "CAPTURE_BLOCKED_BY_POLICY", "PAGE_INSECURE", "SCREEN_SHARE_DENIED", "USER_GESTURE_REQUIRED"], null, { code: 1500, extraCode: 0, name: "OT_USER_MEDIA_ACCESS_DENIED", message: "Publisher Access Denied: {detail}" }],
  [["DEVICE_IN_USE", "DEVICE_GONE"], null, { code: 1500, extraCode: 0, name: "OT_HARDWARE_UNAVAILABLE", message: "{detail}" }],
  [["MICROPHONE_STUCK"], null, { code: 1500, extraCode: 0, name: "OT_CHROME_MICROPHONE_ACQUISITION_ERROR", message: "{detail}" }],
  [["DEVICE_NOT_FOUND"], null, { code: 1500, extraCode: 0, name: "OT_NO_DEVICES_FOUND", message: "{detail}" }],
  [["NO_MEDIA_REQUESTED"], null, { code: 1500, extraCode: 0, name: "OT_NO_VALID_CONSTRAINTS", message: "{detail}" }],
  [["CONSTRAINTS_NOT_SATISFIED"], null, { code: 1500, extraCode: 0, name: "OT_CONSTRAINTS_NOT_SATISFIED", message: "{detail}" }],
  [["CAPTURE_FAILED", "SCREEN_CAPTURE_FAILED", "DEVICE_LIST_FAILED"], null, { code: 1500, extraCode: 0, name: "OT_UNABLE_TO_CAPTURE_MEDIA", message: "{detail}" }],
  [["FEATURE_UNSUPPORTED"], null, { code: 2000, extraCode: 0, name: "OT_NOT_SUPPORTED", message: "{detail}" }],
  [["FEATURE_UNSUPPORTED"], ["capture", "publish"], { code: 1500, extraCode: 0, name: "OT_NOT_SUPPORTED", message: "{detail}" }],
  [["WEBRTC_UNSUPPORTED", "CAPTURE_UNSUPPORTED"], null, { code: 1500, extraCode: 0, name: "OT_NOT_SUPPORTED", message: "{detail}" }],
  [["SCREEN_SHARE_UNSUPPORTED"], null, { code: 1550, extraCode: 0, name: "OT_SCREEN_SHARING_NOT_SUPPORTED", message: "Screen sharing is not supported." }],
  [["AUTOPLAY_BLOCKED", "MEDIA_PLAYBACK_ABORTED"], null, { code: 1500, extraCode: 0, name: "OT_MEDIA_ERR_ABORTED", message: "{detail}" }],
  [["MEDIA_PLAYBACK_NETWORK"], null, { code: 1500, extraCode: 0, name: "OT_MEDIA_ERR_NETWORK", message: "{detail}" }],
  [["MEDIA_PLAYBACK_DECODE"], null, { code: 1500, extraCode: 0, name: "OT_MEDIA_ERR_DECODE", message: "{detail}" }],
  [["MEDIA_PLAYBACK_UNSUPPORTED"], null, { code: 1500, extraCode: 0, name: "OT_MEDIA_ERR_SRC_NOT_SUPPORTED", message: "{detail}" }],
  [["PERMISSION_DENIED"], null, { code: 1500, extraCode: 0, name: "OT_PERMISSION_DENIED", message: "{detail}" }],
  [["STREAM_PROPERTIES_INVALID"], null, { code: 1011, extraCode: 0, name: "OT_INVALID_PARAMETER", message: "{detail}" }],
  [["STREAM_LIMIT_EXCEEDED"], ["publish"], { code: 2001, extraCode: 0, name: "OT_STREAM_CREATE_FAILED", message: "{detail}" }],
  [["ICE_FAILED", "DTLS_FAILED", "TRANSPORT_LOST"], ["publish", "negotiate", "call"], { code: 1553, extraCode: 0, name: "OT_ICE_WORKFLOW_FAILED", message: "ICEWorkflow: {detail}" }],
  [["PEER_CONNECTION_FAILED", "CODEC_UNSUPPORTED"], null, { code: 1601, extraCode: 0, name: "OT_CREATE_PEER_CONNECTION_FAILED", message: "{detail}" }],
  [["REMOTE_DESCRIPTION_REFUSED", "OFFER_FAILED", "SDP_INVALID", "SDP_UNSUPPORTED", "SECTION_UNKNOWN"], null, { code: 1601, extraCode: 0, name: "OT_SET_REMOTE_DESCRIPTION_FAILED", message: "{detail}" }],
  [["MEDIA_TIMEOUT", "SIGNALING_TIMEOUT"], ["publish"], { code: 1500, extraCode: 0, name: "OT_TIMEOUT", message: "Session.publish :: Could not publish in a reasonable amount of time" }],
  [["INTERNAL", "STORE_UNAVAILABLE", "SERVER_OVERLOADED", "SERVER_SHUTTING_DOWN", "RATE_LIMITED", "SERVER_RESPONSE_INVALID", "REQUEST_TOO_LARGE", "REQUEST_QUEUE_FULL", "NO_MEDIA_NODE", "MEDIA_NODE_TIMEOUT"], ["publish"], { code: 2001, extraCode: 0, name: "OT_UNEXPECTED_SERVER_RESPONSE", message: "{detail}" }],
  [["NOT_CONNECTED", "NOT_JOINED", "SIGNALING_LOST"], ["subscribe", "unsubscribe"], { code: 1010, extraCode: 0, name: "OT_DISCONNECTED", message: "{detail}" }],
  [["ICE_FAILED", "DTLS_FAILED", "TRANSPORT_LOST", "MEDIA_TIMEOUT", "SIGNALING_TIMEOUT"], ["subscribe"], { code: 1554, extraCode: 0, name: "OT_ICE_WORKFLOW_FAILED", message: "ICEWorkflow: {detail}" }],
  [["PEER_CONNECTION_FAILED", "CODEC_UNSUPPORTED"], ["subscribe"], { code: 1013, extraCode: 0, name: "OT_CREATE_PEER_CONNECTION_FAILED", message: "{detail}" }],
  [["REMOTE_DESCRIPTION_REFUSED", "OFFER_FAILED", "SDP_INVALID", "SDP_UNSUPPORTED", "SECTION_UNKNOWN"], ["subscribe"], { code: 1600, extraCode: 0, name: "OT_SET_REMOTE_DESCRIPTION_FAILED", message: "{detail}" }],
  [["STREAM_NOT_FOUND", "SUBSCRIPTION_NOT_FOUND"], null, { code: 1604, extraCode: 0, name: "OT_STREAM_NOT_FOUND", message: "{detail}" }],
  [["STREAM_ENDED", "SUBSCRIPTION_ENDED"], null, { code: 1604, extraCode: 0, name: "OT_STREAM_DESTROYED", message: "{detail}" }],
  [["SUBSCRIPTION_LIMIT_EXCEEDED", "STREAM_LIMIT_EXCEEDED"], null, { code: 1605, extraCode: 0, name: "OT_STREAM_LIMIT_EXCEEDED", message: "{detail}" }],
  [["PERMISSION_DENIED"], ["subscribe"], { code: 1600, extraCode: 0, name: "OT_PERMISSION_DENIED", message: "{detail}" }],
  [["AUTOPLAY_BLOCKED", "MEDIA_PLAYBACK_ABORTED"], ["subscribe"], { code: 1600, extraCode: 0, name: "OT_MEDIA_ERR_ABORTED", message: "{detail}" }],
  [["MEDIA_PLAYBACK_NETWORK"], ["subscribe"], { code: 1600, extraCode: 0, name: "OT_MEDIA_ERR_NETWORK", message: "{detail}" }],
  [["MEDIA_PLAYBACK_DECODE"], ["subscribe"], { code: 1600, extraCode: 0, name: "OT_MEDIA_ERR_DECODE", message: "{detail}" }],
  [["MEDIA_PLAYBACK_UNSUPPORTED"], ["subscribe"], { code: 1600, extraCode: 0, name: "OT_MEDIA_ERR_SRC_NOT_SUPPORTED", message: "{detail}" }],
  [["INTERNAL", "STORE_UNAVAILABLE", "SERVER_OVERLOADED", "SERVER_SHUTTING_DOWN", "RATE_LIMITED", "SERVER_RESPONSE_INVALID", "REQUEST_TOO_LARGE"], ["subscribe"], { code: 2001, extraCode: 0, name: "OT_UNEXPECTED_SERVER_RESPONSE", message: "{detail}" }],
  [["SIGNAL_TYPE_INVALID", "SIGNAL_DATA_INVALID", "PARAMETER_INVALID", "BAD_REQUEST", "ARGUMENT_INVALID"], ["signal"], { code: 400, extraCode: 0, name: "OT_INVALID_PARAMETER", message: "{detail}" }],
  [["CONNECTION_NOT_FOUND"], null, { code: 404, extraCode: 0, name: "OT_NOT_FOUND", message: "{detail}" }],
  [["CONNECTION_NOT_FOUND"], ["force_disconnect"], { code: 1011, extraCode: 0, name: "OT_INVALID_PARAMETER", message: "{detail}" }],
  [["SIGNAL_TYPE_TOO_LONG", "SIGNAL_DATA_TOO_LARGE", "REQUEST_TOO_LARGE"], ["signal"], { code: 413, extraCode: 0, name: "OT_INVALID_PARAMETER", message: "{detail}" }],
  [["SIGNAL_RATE_LIMITED", "RATE_LIMITED", "REQUEST_QUEUE_FULL"], ["signal"], { code: 429, extraCode: 0, name: "OT_RATE_LIMIT_EXCEEDED", message: "{detail}" }],
  [["NOT_CONNECTED", "NOT_JOINED", "CLIENT_OFFLINE", "SIGNALING_LOST"], ["signal"], { code: 500, extraCode: 0, name: "OT_NOT_CONNECTED", message: "{detail}" }],
  [["PERMISSION_DENIED"], ["signal"], { code: 400, extraCode: 0, name: "OT_PERMISSION_DENIED", message: "{detail}" }],
  [["INTERNAL", "STORE_UNAVAILABLE", "SERVER_OVERLOADED", "SERVER_SHUTTING_DOWN", "SERVER_RESPONSE_INVALID", "SIGNALING_TIMEOUT"], ["signal"], { code: 2001, extraCode: 0, name: "OT_UNEXPECTED_SERVER_RESPONSE", message: "{detail}" }],
  [["PERMISSION_DENIED"], ["force_disconnect"], { code: 1520, extraCode: 0, name: "OT_PERMISSION_DENIED", message: "{detail}" }],
  [["PERMISSION_DENIED"], ["force_unpublish"], { code: 1530, extraCode: 0, name: "OT_PERMISSION_DENIED", message: "{detail}" }],
  [["STREAM_NOT_FOUND", "STREAM_ENDED"], ["force_unpublish"], { code: 1535, extraCode: 0, name: "OT_STREAM_NOT_FOUND", message: "{detail}" }],
  [["PERMISSION_DENIED"], ["force_mute"], { code: 1540, extraCode: 0, name: "OT_PERMISSION_DENIED", message: "{detail}" }],
  [["VIDEO_SOURCE_INVALID"], null, { code: 1500, extraCode: 0, name: "OT_INVALID_VIDEO_SOURCE", message: "{detail}" }],
  [["VIDEO_SOURCE_FIXED"], null, { code: 1500, extraCode: 0, name: "OT_SET_VIDEO_SOURCE_FAILURE", message: "{detail}" }],
  [["REPORT_FAILED", "CLIENT_OFFLINE", "NOT_CONNECTED", "NOT_JOINED", "SIGNALING_LOST"], ["report"], { code: 2011, extraCode: 0, name: "OT_REPORT_ISSUE_FAILED", message: "{detail}" }],
  [["PROJECT_UNKNOWN"], ["rest", "create_session"], { code: -1, extraCode: 0, name: undefined, message: "Issuer not found" }],
  [["BROADCAST_UNREACHABLE"], ["broadcast", "rest"], { code: -1, extraCode: 0, name: undefined, message: "Request timed out." }],
  [["ARCHIVE_NOT_STOPPABLE"], ["record", "rest"], { code: 15002, extraCode: 0, name: undefined, message: "You can only stop an archive that has one of the following statuses: started OR paused OR stopped" }],
  [["ARCHIVE_NOT_DELETABLE"], ["record", "rest"], { code: 15004, extraCode: 0, name: undefined, message: "You can only delete an archive that has one of the following statuses: available OR uploaded OR deleted" }],
  [["CAPTIONS_ALREADY_ENABLED"], ["rest"], { code: 60003, extraCode: 0, name: undefined, message: "Audio captioning is already enabled" }],
  [["BROADCAST_ALREADY_COMPOSED"], ["broadcast", "rest"], { code: 409, extraCode: 0, name: undefined, message: "Session is already composed for given tag with code 409" }],
];

const LAST_RESORT: readonly Row<ProblemClass>[] = [
  [["NOT_FOUND"], ["connect", "resume"], { code: 1006, extraCode: 0, name: "OT_CONNECT_FAILED", message: "{detail}" }],
  [["CONFLICT"], ["connect", "resume"], { code: 1006, extraCode: 0, name: "OT_CONNECT_FAILED", message: "{detail}" }],
  [["EXHAUSTED"], ["connect", "resume"], { code: 1006, extraCode: 0, name: "OT_CONNECT_FAILED", message: "{detail}" }],
  [["UNSUPPORTED"], ["connect", "resume"], { code: 1006, extraCode: 0, name: "OT_CONNECT_FAILED", message: "{detail}" }],
  [["TIMEOUT"], ["connect", "resume"], { code: 1006, extraCode: 0, name: "OT_CONNECT_FAILED", message: "{detail}" }],
  [["UNAVAILABLE"], ["connect", "resume"], { code: 1006, extraCode: 0, name: "OT_CONNECT_FAILED", message: "{detail}" }],
  [["NOT_FOUND"], ["publish", "subscribe", "signal"], { code: 2001, extraCode: 0, name: "OT_UNEXPECTED_SERVER_RESPONSE", message: "{detail}" }],
  [["CONFLICT"], ["publish", "subscribe", "signal"], { code: 2001, extraCode: 0, name: "OT_UNEXPECTED_SERVER_RESPONSE", message: "{detail}" }],
  [["EXHAUSTED"], ["publish", "subscribe", "signal"], { code: 2001, extraCode: 0, name: "OT_UNEXPECTED_SERVER_RESPONSE", message: "{detail}" }],
  [["UNSUPPORTED"], ["publish", "subscribe", "signal"], { code: 2001, extraCode: 0, name: "OT_UNEXPECTED_SERVER_RESPONSE", message: "{detail}" }],
  [["NETWORK"], ["publish", "subscribe", "signal"], { code: 2001, extraCode: 0, name: "OT_UNEXPECTED_SERVER_RESPONSE", message: "{detail}" }],
  [["TIMEOUT"], ["publish", "subscribe", "signal"], { code: 2001, extraCode: 0, name: "OT_UNEXPECTED_SERVER_RESPONSE", message: "{detail}" }],
  [["UNAVAILABLE"], ["publish", "subscribe", "signal"], { code: 2001, extraCode: 0, name: "OT_UNEXPECTED_SERVER_RESPONSE", message: "{detail}" }],
  [["INTERNAL"], ["connect", "resume", "publish", "subscribe", "signal"], { code: 2001, extraCode: 0, name: "OT_UNEXPECTED_SERVER_RESPONSE", message: "{detail}" }],
  [["INVALID"], null, { code: 1011, extraCode: 0, name: "OT_INVALID_PARAMETER", message: "{detail}" }],
  [["UNAUTHENTICATED"], null, { code: 1004, extraCode: 0, name: "OT_AUTHENTICATION_ERROR", message: "{detail}" }],
  [["PERMISSION"], null, { code: 1500, extraCode: 0, name: "OT_PERMISSION_DENIED", message: "{detail}" }],
  [["NOT_FOUND"], null, { code: 2000, extraCode: 0, name: undefined, message: "{detail}" }],
  [["CONFLICT"], null, { code: 2000, extraCode: 0, name: undefined, message: "{detail}" }],
  [["EXHAUSTED"], null, { code: 2000, extraCode: 0, name: undefined, message: "{detail}" }],
  [["UNSUPPORTED"], null, { code: 2000, extraCode: 0, name: undefined, message: "{detail}" }],
  [["DEVICE"], null, { code: 1500, extraCode: 0, name: "OT_UNABLE_TO_CAPTURE_MEDIA", message: "{detail}" }],
  [["NETWORK"], null, { code: 1006, extraCode: 0, name: "OT_CONNECT_FAILED", message: "{detail}" }],
  [["TIMEOUT"], null, { code: 2000, extraCode: 0, name: undefined, message: "{detail}" }],
  [["CANCELLED"], null, { code: 2000, extraCode: 0, name: undefined, message: "{detail}" }],
  [["UNAVAILABLE"], null, { code: 2000, extraCode: 0, name: undefined, message: "{detail}" }],
  [["INTERNAL"], null, { code: 2000, extraCode: 0, name: undefined, message: "{detail}" }],
];

/** What a client of this vendor sees of a problem. Total: every class has a last resort. */
export function opentokError(
  problem: { code: string; class: ProblemClass; detail: string },
  operation: Operation,
): VendorForm {
  const form = find(MAP, problem.code, operation) ?? find(LAST_RESORT, problem.class, operation);
  if (!form) throw new Error(`no last resort for ${problem.class}`);
  return { ...form, message: form.message.replace("{detail}", () => problem.detail) };
}

function find<K extends string>(rows: readonly Row<K>[], key: string, operation: Operation): VendorForm | undefined {
  const fits = rows.filter(([keys]) => (keys as readonly string[]).includes(key));
  const row = fits.find(([, operations]) => operations?.includes(operation)) ?? fits.find(([, operations]) => operations === null);
  return row?.[2];
}
