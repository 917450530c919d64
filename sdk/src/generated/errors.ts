import type { ProblemClass, RetryHow } from "./problem";

interface Row {
  class: ProblemClass;
  status: number;
  retry: RetryHow;
  effect: string;
  title: string;
  message: string;
  actions: { user: string; developer: string; operator: string };
}

const none = { user: "", developer: "", operator: "" };

export const CATALOGUE = {
  SERVER_UNREACHABLE: { class: "NETWORK", status: 503, retry: "reconnect", effect: "operation_fails", title: "The server cannot be reached", message: "No WebSocket connection to {url}: the server is down, the address is wrong, or the network blocks it.", actions: none },
  CLIENT_OFFLINE: { class: "NETWORK", status: 503, retry: "reconnect", effect: "operation_fails", title: "This device is offline", message: "The browser reports that it has no network.", actions: none },
  SIGNALING_LOST: { class: "NETWORK", status: 503, retry: "reconnect", effect: "operation_fails", title: "The connection to the server was lost", message: "The WebSocket closed (code {close_code}) before the answer arrived.", actions: none },
  SIGNALING_TIMEOUT: { class: "TIMEOUT", status: 504, retry: "same", effect: "operation_fails", title: "The server did not answer", message: "No answer to {method} within {timeout_ms} ms.", actions: none },
  SERVER_RESPONSE_INVALID: { class: "INTERNAL", status: 502, retry: "same", effect: "operation_fails", title: "The server answered something unexpected", message: "The answer of the server cannot be understood: {reason}.", actions: none },
  CONNECT_CANCELLED: { class: "CANCELLED", status: 499, retry: "same", effect: "operation_fails", title: "Connecting was cancelled", message: "The app disconnected before the connection was there.", actions: none },
  PUBLISH_CANCELLED: { class: "CANCELLED", status: 499, retry: "same", effect: "operation_fails", title: "Publishing was cancelled", message: "The app stopped publishing before the stream was there.", actions: none },
  SUBSCRIBE_CANCELLED: { class: "CANCELLED", status: 499, retry: "same", effect: "operation_fails", title: "Subscribing was cancelled", message: "The app unsubscribed before media arrived.", actions: none },
  NOT_CONNECTED: { class: "CONFLICT", status: 409, retry: "reconnect", effect: "operation_fails", title: "Not connected", message: "{operation} needs a connected session.", actions: none },
  REQUEST_QUEUE_FULL: { class: "EXHAUSTED", status: 429, retry: "after", effect: "operation_fails", title: "Too many requests wait for the connection", message: "{limit} requests already wait for the connection to come back.", actions: none },
  WEBRTC_UNSUPPORTED: { class: "UNSUPPORTED", status: 400, retry: "never", effect: "operation_fails", title: "This browser has no WebRTC", message: "RTCPeerConnection does not exist in this browser.", actions: none },
  PEER_CONNECTION_FAILED: { class: "INTERNAL", status: 500, retry: "same", effect: "operation_fails", title: "The browser could not create a peer connection", message: "{reason}", actions: none },
  OFFER_FAILED: { class: "INTERNAL", status: 500, retry: "reconnect", effect: "operation_fails", title: "The browser could not make an offer", message: "{reason}", actions: none },
  REMOTE_DESCRIPTION_REFUSED: { class: "INTERNAL", status: 500, retry: "reconnect", effect: "operation_fails", title: "The browser refused the server's answer", message: "{reason}", actions: none },
  ICE_FAILED: { class: "NETWORK", status: 504, retry: "reconnect", effect: "operation_fails", title: "No media path to the server", message: "{operation}: no path for media to the server within {timeout_ms} ms. UDP is probably blocked.", actions: none },
  DTLS_FAILED: { class: "NETWORK", status: 504, retry: "reconnect", effect: "operation_fails", title: "The media path could not be secured", message: "{operation}: the server was reached, but the DTLS handshake did not finish within {timeout_ms} ms.", actions: none },
  MEDIA_TIMEOUT: { class: "TIMEOUT", status: 504, retry: "same", effect: "operation_fails", title: "No media arrived", message: "{operation}: the media path is up, but no media flowed within {timeout_ms} ms.", actions: none },
  STREAM_ENDED: { class: "NOT_FOUND", status: 410, retry: "never", effect: "operation_fails", title: "The stream ended", message: "The stream {stream_id} ended ({reason}) before the operation was complete.", actions: none },
  SUBSCRIPTION_ENDED: { class: "CANCELLED", status: 410, retry: "same", effect: "operation_fails", title: "The subscription ended", message: "The server ended the subscription ({reason}).", actions: none },
  TRACK_KIND_NOT_PUBLISHED: { class: "INVALID", status: 400, retry: "never", effect: "operation_fails", title: "The stream has no such track", message: "The stream was published without {kind}.", actions: none },
  NO_MEDIA_REQUESTED: { class: "INVALID", status: 400, retry: "never", effect: "operation_fails", title: "Neither audio nor video", message: "Audio and video are both off; one is needed.", actions: none },
  PAGE_INSECURE: { class: "PERMISSION", status: 403, retry: "never", effect: "operation_fails", title: "The page is not secure", message: "Browsers give cameras and microphones only to pages served over HTTPS or from localhost; this page is {origin}.", actions: none },
  CAPTURE_UNSUPPORTED: { class: "UNSUPPORTED", status: 400, retry: "never", effect: "operation_fails", title: "This browser cannot capture media", message: "The browser does not support what was requested.", actions: none },
  CAPTURE_DENIED: { class: "PERMISSION", status: 403, retry: "user_gesture", effect: "operation_fails", title: "Access was denied", message: "The user denied access to the {devices}.", actions: none },
  CAPTURE_DENIED_BY_SYSTEM: { class: "PERMISSION", status: 403, retry: "user_gesture", effect: "operation_fails", title: "The operating system denied access", message: "The operating system does not allow this browser to use the {devices}.", actions: none },
  CAPTURE_BLOCKED_BY_POLICY: { class: "PERMISSION", status: 403, retry: "never", effect: "operation_fails", title: "The page may not use the device", message: "A permissions policy of the page or of its frame forbids the {devices}.", actions: none },
  DEVICE_NOT_FOUND: { class: "DEVICE", status: 404, retry: "same", effect: "operation_fails", title: "No device found", message: "No {devices} that fits was found.", actions: none },
  DEVICE_IN_USE: { class: "DEVICE", status: 409, retry: "same", effect: "operation_fails", title: "The device could not be started", message: "The {devices} could not be started, probably because another program uses it: {reason}", actions: none },
  CONSTRAINTS_NOT_SATISFIED: { class: "DEVICE", status: 400, retry: "never", effect: "operation_fails", title: "The device cannot do that", message: "No device satisfies the constraint {constraint}.", actions: none },
  CAPTURE_FAILED: { class: "DEVICE", status: 500, retry: "same", effect: "operation_fails", title: "Capture failed", message: "The {devices} could not be captured: {reason}", actions: none },
  DEVICE_LIST_FAILED: { class: "DEVICE", status: 500, retry: "same", effect: "operation_fails", title: "The devices could not be listed", message: "{reason}", actions: none },
  SCREEN_SHARE_UNSUPPORTED: { class: "UNSUPPORTED", status: 400, retry: "never", effect: "operation_fails", title: "Screen sharing is not supported", message: "This browser cannot share a screen.", actions: none },
  SCREEN_SHARE_DENIED: { class: "PERMISSION", status: 403, retry: "user_gesture", effect: "operation_fails", title: "Screen sharing was denied", message: "The user or the operating system refused to share the screen.", actions: none },
  SCREEN_CAPTURE_FAILED: { class: "DEVICE", status: 500, retry: "same", effect: "operation_fails", title: "The screen could not be captured", message: "{reason}", actions: none },
  USER_GESTURE_REQUIRED: { class: "PERMISSION", status: 403, retry: "user_gesture", effect: "operation_fails", title: "A click is needed", message: "The browser allows {operation} only in reaction to a click.", actions: none },
  SDK_INTERNAL: { class: "INTERNAL", status: 500, retry: "reconnect", effect: "operation_fails", title: "Internal error", message: "An internal error of the SDK: {reason}", actions: none },
} satisfies Record<string, Row>;

export type SdkCode = keyof typeof CATALOGUE;
