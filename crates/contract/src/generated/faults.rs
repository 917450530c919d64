//! One constructor for each code, with its args in the catalogue's order.

// Produced by `cargo xtask gen` from catalog/; do not edit.

use serde_json::Value;

use crate::fault::{Code, Fault};

/// The socket has already joined
///
/// This socket has already joined a session; one socket belongs to one session.
pub fn already_joined() -> Fault {
    Fault::raise(Code::AlreadyJoined, vec![])
}

/// The request is not authenticated
///
/// The request has no `{header}` header.
/// - `header` (public): the header that is looked for
pub fn api_auth_missing(header: impl Into<String>) -> Fault {
    Fault::raise(Code::ApiAuthMissing, vec![Value::String(header.into())])
}

/// Always-archived sessions must be routed
///
/// A session with the archive mode `always` needs the media mode `routed`.
pub fn archive_mode_conflict() -> Fault {
    Fault::raise(Code::ArchiveModeConflict, vec![])
}

/// An argument is invalid
///
/// The argument `{name}` is invalid: {reason}.
/// - `name` (public): the argument
/// - `reason` (public): what is wrong with it
pub fn argument_invalid(name: impl Into<String>, reason: impl Into<String>) -> Fault {
    Fault::raise(Code::ArgumentInvalid, vec![Value::String(name.into()), Value::String(reason.into())])
}

/// The browser blocks sound until a click
///
/// The browser plays sound only after the user has clicked or tapped on the page.
pub fn autoplay_blocked() -> Fault {
    Fault::raise(Code::AutoplayBlocked, vec![])
}

/// The request could not be read
///
/// The request could not be read: {reason}.
/// - `reason` (public): what could not be read, and where
pub fn bad_request(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::BadRequest, vec![Value::String(reason.into())])
}

/// The page's policy forbids the device
///
/// The page's permissions policy forbids the {devices}.
/// - `devices` (public): camera, microphone, or both
pub fn capture_blocked_by_policy(devices: impl Into<String>) -> Fault {
    Fault::raise(Code::CaptureBlockedByPolicy, vec![Value::String(devices.into())])
}

/// Access to the device was denied
///
/// Access to the {devices} was denied.
/// - `devices` (public): camera, microphone, or both
pub fn capture_denied(devices: impl Into<String>) -> Fault {
    Fault::raise(Code::CaptureDenied, vec![Value::String(devices.into())])
}

/// The operating system denies access
///
/// The operating system does not allow this browser to use the {devices}.
/// - `devices` (public): camera, microphone, or both
pub fn capture_denied_by_system(devices: impl Into<String>) -> Fault {
    Fault::raise(Code::CaptureDeniedBySystem, vec![Value::String(devices.into())])
}

/// Capturing failed
///
/// The {devices} could not be captured: {reason}
/// - `devices` (public): camera, microphone, or both
/// - `reason` (public): the browser's words
pub fn capture_failed(devices: impl Into<String>, reason: impl Into<String>) -> Fault {
    Fault::raise(Code::CaptureFailed, vec![Value::String(devices.into()), Value::String(reason.into())])
}

/// This browser cannot capture media
///
/// The browser does not support what was requested of camera or microphone.
pub fn capture_unsupported() -> Fault {
    Fault::raise(Code::CaptureUnsupported, vec![])
}

/// There is no network
///
/// This device has no network connection.
pub fn client_offline() -> Fault {
    Fault::raise(Code::ClientOffline, vec![])
}

/// The client reads too slowly
///
/// More than {limit} frames waited for this client; its signaling connection was closed.
/// - `limit` (public): frames that may wait for one client
pub fn client_too_slow(limit: u64) -> Fault {
    Fault::raise(Code::ClientTooSlow, vec![limit.into()])
}

/// No common codec
///
/// The client offers {offered} for {kind}; one of {needed} is needed.
/// - `kind` (public): audio or video
/// - `offered` (public): what the client can do
/// - `needed` (public): what would do
pub fn codec_unsupported(kind: impl Into<String>, offered: impl Into<String>, needed: impl Into<String>) -> Fault {
    Fault::raise(Code::CodecUnsupported, vec![Value::String(kind.into()), Value::String(offered.into()), Value::String(needed.into())])
}

/// The configuration is invalid
///
/// The setting `{key}` is invalid: {reason}.
/// - `key` (public): the setting
/// - `reason` (public): what is wrong with it
pub fn config_invalid(key: impl Into<String>, reason: impl Into<String>) -> Fault {
    Fault::raise(Code::ConfigInvalid, vec![Value::String(key.into()), Value::String(reason.into())])
}

/// There is no such connection
///
/// Nobody in this session has the connection `{connection_id}`.
/// - `connection_id` (public): the connection that was addressed
pub fn connection_not_found(connection_id: impl Into<String>) -> Fault {
    Fault::raise(Code::ConnectionNotFound, vec![Value::String(connection_id.into())])
}

/// Connecting was cancelled
///
/// The app itself gave up connecting before it was complete.
pub fn connect_cancelled() -> Fault {
    Fault::raise(Code::ConnectCancelled, vec![])
}

/// Connecting took too long
///
/// The server did not answer within {waited_ms} ms.
/// - `waited_ms` (public): how long the answer was waited for
pub fn connect_timeout(waited_ms: u64) -> Fault {
    Fault::raise(Code::ConnectTimeout, vec![waited_ms.into()])
}

/// No device fulfils the constraints
///
/// No device fulfils the constraint `{constraint}`.
/// - `constraint` (public): the constraint no device fulfils
pub fn constraints_not_satisfied(constraint: impl Into<String>) -> Fault {
    Fault::raise(Code::ConstraintsNotSatisfied, vec![Value::String(constraint.into())])
}

/// This page may not use the server
///
/// The server does not allow pages of {origin} to use it, or a content security policy of the page forbids it.
/// - `origin` (public): the page's origin
pub fn cross_origin_refused(origin: impl Into<String>) -> Fault {
    Fault::raise(Code::CrossOriginRefused, vec![Value::String(origin.into())])
}

/// The device disappeared
///
/// The {devices} stopped during the call and could not be opened again.
/// - `devices` (public): camera, microphone or screen
pub fn device_gone(devices: impl Into<String>) -> Fault {
    Fault::raise(Code::DeviceGone, vec![Value::String(devices.into())])
}

/// The device cannot be opened
///
/// The {devices} could not be started, most often because another program uses it: {reason}
/// - `devices` (public): camera, microphone, or both
/// - `reason` (public): the browser's words
pub fn device_in_use(devices: impl Into<String>, reason: impl Into<String>) -> Fault {
    Fault::raise(Code::DeviceInUse, vec![Value::String(devices.into()), Value::String(reason.into())])
}

/// The devices could not be listed
///
/// The browser could not list the devices: {reason}
/// - `reason` (public): the browser's words
pub fn device_list_failed(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::DeviceListFailed, vec![Value::String(reason.into())])
}

/// There is no such device
///
/// No {devices} was found.
/// - `devices` (public): camera, microphone, or both
pub fn device_not_found(devices: impl Into<String>) -> Fault {
    Fault::raise(Code::DeviceNotFound, vec![Value::String(devices.into())])
}

/// The media path could not be secured
///
/// {operation}: a network path was found, but its encryption handshake did not succeed within {timeout_ms} ms.
/// - `operation` (public): what was being attempted
/// - `timeout_ms` (public): how long it was tried
pub fn dtls_failed(operation: impl Into<String>, timeout_ms: u64) -> Fault {
    Fault::raise(Code::DtlsFailed, vec![Value::String(operation.into()), timeout_ms.into()])
}

/// The client fell silent
///
/// Nothing arrived on the signaling connection for {silent_ms} ms; it was closed.
/// - `silent_ms` (public): how long nothing arrived
pub fn heartbeat_lost(silent_ms: u64) -> Fault {
    Fault::raise(Code::HeartbeatLost, vec![silent_ms.into()])
}

/// No network path for media
///
/// {operation}: no network path for media was found within {timeout_ms} ms.
/// - `operation` (public): what was being attempted
/// - `timeout_ms` (public): how long it was tried
pub fn ice_failed(operation: impl Into<String>, timeout_ms: u64) -> Fault {
    Fault::raise(Code::IceFailed, vec![Value::String(operation.into()), timeout_ms.into()])
}

/// Internal error
///
/// Something failed inside the server; its log has the reason under this occurrence's id.
pub fn internal() -> Fault {
    Fault::raise(Code::Internal, vec![])
}

/// The token is not a token
///
/// The token cannot be read: {reason}.
/// - `reason` (public): the first thing that is wrong with its form
pub fn malformed_token(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::MalformedToken, vec![Value::String(reason.into())])
}

/// Playing was aborted
///
/// The video element gave up playing because something else took its place.
pub fn media_playback_aborted() -> Fault {
    Fault::raise(Code::MediaPlaybackAborted, vec![])
}

/// The media cannot be decoded
///
/// The video element reports that it cannot decode the media.
pub fn media_playback_decode() -> Fault {
    Fault::raise(Code::MediaPlaybackDecode, vec![])
}

/// Playing stopped for a network error
///
/// The video element reports a network error while playing.
pub fn media_playback_network() -> Fault {
    Fault::raise(Code::MediaPlaybackNetwork, vec![])
}

/// The media cannot be played
///
/// The video element cannot play this source.
pub fn media_playback_unsupported() -> Fault {
    Fault::raise(Code::MediaPlaybackUnsupported, vec![])
}

/// Media did not arrive
///
/// {operation}: the media path is up, but no media flowed within {timeout_ms} ms.
/// - `operation` (public): what was being attempted
/// - `timeout_ms` (public): how long it was tried
pub fn media_timeout(operation: impl Into<String>, timeout_ms: u64) -> Fault {
    Fault::raise(Code::MediaTimeout, vec![Value::String(operation.into()), timeout_ms.into()])
}

/// There is no such method
///
/// This server has no method `{method}`.
/// - `method` (public): the method or path that was asked for
pub fn method_unknown(method: impl Into<String>) -> Fault {
    Fault::raise(Code::MethodUnknown, vec![Value::String(method.into())])
}

/// Not connected
///
/// `{operation}` needs a connected session.
/// - `operation` (public): what was asked for
pub fn not_connected(operation: impl Into<String>) -> Fault {
    Fault::raise(Code::NotConnected, vec![Value::String(operation.into())])
}

/// The socket has not joined a session
///
/// `{method}` needs a session; this socket has not joined one.
/// - `method` (public): what was asked for too early
pub fn not_joined(method: impl Into<String>) -> Fault {
    Fault::raise(Code::NotJoined, vec![Value::String(method.into())])
}

/// Neither audio nor video was asked for
///
/// A stream needs audio or video; both are switched off.
pub fn no_media_requested() -> Fault {
    Fault::raise(Code::NoMediaRequested, vec![])
}

/// The browser could not make an offer
///
/// The browser could not describe its media: {reason}
/// - `reason` (public): the browser's words
pub fn offer_failed(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::OfferFailed, vec![Value::String(reason.into())])
}

/// No offer followed
///
/// {operation}: the client made no SDP offer for it within {timeout_ms} ms.
/// - `operation` (public): what was being attempted
/// - `timeout_ms` (public): how long the offer was waited for
pub fn offer_timeout(operation: impl Into<String>, timeout_ms: u64) -> Fault {
    Fault::raise(Code::OfferTimeout, vec![Value::String(operation.into()), timeout_ms.into()])
}

/// The page is not secure
///
/// Browsers give camera and microphone to https pages and localhost only; this page is {origin}.
/// - `origin` (public): the page's origin
pub fn page_insecure(origin: impl Into<String>) -> Fault {
    Fault::raise(Code::PageInsecure, vec![Value::String(origin.into())])
}

/// A parameter is invalid
///
/// The parameter `{name}` is invalid: {reason}.
/// - `name` (public): the parameter
/// - `reason` (public): what is wrong with its value
pub fn parameter_invalid(name: impl Into<String>, reason: impl Into<String>) -> Fault {
    Fault::raise(Code::ParameterInvalid, vec![Value::String(name.into()), Value::String(reason.into())])
}

/// The browser could not create a peer connection
///
/// The browser could not create a peer connection: {reason}.
/// - `reason` (public): the browser's words
pub fn peer_connection_failed(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::PeerConnectionFailed, vec![Value::String(reason.into())])
}

/// The token does not allow this
///
/// `{operation}` needs the capability `{capability}`, which this token does not have.
/// - `operation` (public): what was asked for
/// - `capability` (public): the capability that the token lacks
pub fn permission_denied(operation: impl Into<String>, capability: impl Into<String>) -> Fault {
    Fault::raise(Code::PermissionDenied, vec![Value::String(operation.into()), Value::String(capability.into())])
}

/// There is no such project
///
/// This server has no project `{project_id}`.
/// - `project_id` (public): the project that was named
pub fn project_unknown(project_id: impl Into<String>) -> Fault {
    Fault::raise(Code::ProjectUnknown, vec![Value::String(project_id.into())])
}

/// No common protocol version
///
/// The client offers the protocol `{got}`; this server speaks `{expected}`.
/// - `expected` (public): the protocol versions this server speaks
/// - `got` (public): what the client offered
pub fn protocol_unsupported(expected: impl Into<String>, got: impl Into<String>) -> Fault {
    Fault::raise(Code::ProtocolUnsupported, vec![Value::String(expected.into()), Value::String(got.into())])
}

/// Publishing was cancelled
///
/// The app itself gave up publishing before it was complete.
pub fn publish_cancelled() -> Fault {
    Fault::raise(Code::PublishCancelled, vec![])
}

/// Too many requests
///
/// More than {limit_per_s} requests per second; this one was not carried out.
/// - `limit_per_s` (public): requests a second that are accepted over time
pub fn rate_limited(limit_per_s: u64) -> Fault {
    Fault::raise(Code::RateLimited, vec![limit_per_s.into()])
}

/// The browser refused the server's answer
///
/// The browser refused the server's answer: {reason}
/// - `reason` (public): the browser's words
pub fn remote_description_refused(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::RemoteDescriptionRefused, vec![Value::String(reason.into())])
}

/// The report could not be sent
///
/// The report of the issue could not be sent.
pub fn report_failed() -> Fault {
    Fault::raise(Code::ReportFailed, vec![])
}

/// Too many requests wait for the connection
///
/// {limit} requests already wait for the connection to come back.
/// - `limit` (public): requests that may wait
pub fn request_queue_full(limit: u64) -> Fault {
    Fault::raise(Code::RequestQueueFull, vec![limit.into()])
}

/// The request is too large
///
/// The request has {got_bytes} bytes; at most {limit_bytes} are accepted.
/// - `limit_bytes` (public): the largest accepted size
/// - `got_bytes` (public): the size of the request
pub fn request_too_large(limit_bytes: u64, got_bytes: u64) -> Fault {
    Fault::raise(Code::RequestTooLarge, vec![limit_bytes.into(), got_bytes.into()])
}

/// The earlier connection cannot be continued
///
/// The earlier connection cannot be continued: {reason}.
/// - `reason` (public): why it cannot continue
pub fn resume_refused(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::ResumeRefused, vec![Value::String(reason.into())])
}

/// The screen could not be captured
///
/// The screen or window could not be captured: {reason}
/// - `reason` (public): the browser's words
pub fn screen_capture_failed(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::ScreenCaptureFailed, vec![Value::String(reason.into())])
}

/// The screen was not shared
///
/// The user did not choose a screen to share, or the system does not allow it.
pub fn screen_share_denied() -> Fault {
    Fault::raise(Code::ScreenShareDenied, vec![])
}

/// This browser cannot share the screen
///
/// This browser cannot share the screen.
pub fn screen_share_unsupported() -> Fault {
    Fault::raise(Code::ScreenShareUnsupported, vec![])
}

/// Internal error of the SDK
///
/// An internal error of the SDK: {reason}
/// - `reason` (public): what happened
pub fn sdk_internal(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::SdkInternal, vec![Value::String(reason.into())])
}

/// The SDP offer is invalid
///
/// Line {line} of the SDP offer is invalid: {reason}.
/// - `line` (public): line of the offer, from 1; 0: the offer as a whole
/// - `reason` (public): what is wrong
pub fn sdp_invalid(line: u64, reason: impl Into<String>) -> Fault {
    Fault::raise(Code::SdpInvalid, vec![line.into(), Value::String(reason.into())])
}

/// The SDP offer needs something this server does not do
///
/// The SDP offer is valid, but cannot be answered: {feature}.
/// - `feature` (public): what the offer needs or lacks
pub fn sdp_unsupported(feature: impl Into<String>) -> Fault {
    Fault::raise(Code::SdpUnsupported, vec![Value::String(feature.into())])
}

/// The offer has no such media section
///
/// The section list names the media section `{mid}`, which the offer does not have.
/// - `mid` (public): the media section
pub fn section_unknown(mid: impl Into<String>) -> Fault {
    Fault::raise(Code::SectionUnknown, vec![Value::String(mid.into())])
}

/// The server is overloaded
///
/// The server is overloaded ({resource}) and did not carry this out.
/// - `resource` (public): what has run short
/// - `limit` (internal): the bound that was reached
pub fn server_overloaded(resource: impl Into<String>, limit: u64) -> Fault {
    Fault::raise(Code::ServerOverloaded, vec![Value::String(resource.into()), limit.into()])
}

/// The server's answer is empty
///
/// The server answered without a body where one is expected.
pub fn server_response_empty() -> Fault {
    Fault::raise(Code::ServerResponseEmpty, vec![])
}

/// The server's answer cannot be understood
///
/// The server's answer cannot be understood: {reason}.
/// - `reason` (public): what could not be understood
pub fn server_response_invalid(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::ServerResponseInvalid, vec![Value::String(reason.into())])
}

/// The server is shutting down
///
/// The server is shutting down and takes nothing new.
pub fn server_shutting_down() -> Fault {
    Fault::raise(Code::ServerShuttingDown, vec![])
}

/// Unexpected HTTP status
///
/// The server answered with the unexpected HTTP status {status}.
/// - `status` (public): the HTTP status
pub fn server_status_unexpected(status: u64) -> Fault {
    Fault::raise(Code::ServerStatusUnexpected, vec![status.into()])
}

/// The server cannot be reached
///
/// No signaling connection to {url} could be opened.
/// - `url` (public): where a socket was tried to be opened
pub fn server_unreachable(url: impl Into<String>) -> Fault {
    Fault::raise(Code::ServerUnreachable, vec![Value::String(url.into())])
}

/// The session is full
///
/// The session already has its {limit} connections.
/// - `limit` (public): connections one session may have
pub fn session_full(limit: u64) -> Fault {
    Fault::raise(Code::SessionFull, vec![limit.into()])
}

/// The session id is invalid
///
/// The session id is invalid: {reason}.
/// - `reason` (public): what is wrong with its form
pub fn session_id_invalid(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::SessionIdInvalid, vec![Value::String(reason.into())])
}

/// There is no such session
///
/// This server has no session `{session_id}`.
/// - `session_id` (public): the session that was asked for
pub fn session_not_found(session_id: impl Into<String>) -> Fault {
    Fault::raise(Code::SessionNotFound, vec![Value::String(session_id.into())])
}

/// The signaling connection closed
///
/// The signaling connection closed with code {close_code}.
/// - `close_code` (public): WebSocket close code (RFC 6455, 7.4)
pub fn signaling_lost(close_code: u64) -> Fault {
    Fault::raise(Code::SignalingLost, vec![close_code.into()])
}

/// The server did not answer
///
/// `{method}` got no answer within {timeout_ms} ms.
/// - `method` (public): the request
/// - `timeout_ms` (public): how long the answer was waited for
pub fn signaling_timeout(method: impl Into<String>, timeout_ms: u64) -> Fault {
    Fault::raise(Code::SignalingTimeout, vec![Value::String(method.into()), timeout_ms.into()])
}

/// The signal's data cannot be sent
///
/// The signal's data cannot be sent: {reason}.
/// - `reason` (public): why it cannot be sent
pub fn signal_data_invalid(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::SignalDataInvalid, vec![Value::String(reason.into())])
}

/// The signal's data is too large
///
/// The signal's data has {got_bytes} bytes; at most {limit_bytes} are accepted.
/// - `limit_bytes` (public): the largest accepted data
/// - `got_bytes` (public): the size of the data in UTF-8
pub fn signal_data_too_large(limit_bytes: u64, got_bytes: u64) -> Fault {
    Fault::raise(Code::SignalDataTooLarge, vec![limit_bytes.into(), got_bytes.into()])
}

/// Too many signals
///
/// More than {limit_per_s} signals per second; this one was sent to nobody.
/// - `limit_per_s` (public): signals a second that are accepted over time
pub fn signal_rate_limited(limit_per_s: u64) -> Fault {
    Fault::raise(Code::SignalRateLimited, vec![limit_per_s.into()])
}

/// The signal type has a forbidden character
///
/// The signal type contains `{character}`; allowed are A-Z a-z 0-9 - _ ~.
/// - `character` (public): the first character that is not allowed
pub fn signal_type_invalid(character: impl Into<String>) -> Fault {
    Fault::raise(Code::SignalTypeInvalid, vec![Value::String(character.into())])
}

/// The signal type is too long
///
/// The signal type has {got_bytes} bytes; at most {limit_bytes} are accepted.
/// - `limit_bytes` (public): the longest accepted type
/// - `got_bytes` (public): the length of the type
pub fn signal_type_too_long(limit_bytes: u64, got_bytes: u64) -> Fault {
    Fault::raise(Code::SignalTypeTooLong, vec![limit_bytes.into(), got_bytes.into()])
}

/// The database is not available
///
/// The server cannot reach its database; nothing was changed.
/// - `operation` (internal): what was being read or written
pub fn store_unavailable(operation: impl Into<String>) -> Fault {
    Fault::raise(Code::StoreUnavailable, vec![Value::String(operation.into())])
}

/// The stream ended meanwhile
///
/// The stream `{stream_id}` ended ({reason}) before the operation was complete.
/// - `stream_id` (public): the stream that ended
/// - `reason` (public): why it ended
pub fn stream_ended(stream_id: impl Into<String>, reason: impl Into<String>) -> Fault {
    Fault::raise(Code::StreamEnded, vec![Value::String(stream_id.into()), Value::String(reason.into())])
}

/// Too many streams
///
/// At most {limit} streams per {scope} are allowed.
/// - `limit` (public): streams that are allowed
/// - `scope` (public): per what the limit counts
pub fn stream_limit_exceeded(limit: u64, scope: impl Into<String>) -> Fault {
    Fault::raise(Code::StreamLimitExceeded, vec![limit.into(), Value::String(scope.into())])
}

/// There is no such stream
///
/// This session has no stream `{stream_id}`.
/// - `stream_id` (public): the stream that was asked for
pub fn stream_not_found(stream_id: impl Into<String>) -> Fault {
    Fault::raise(Code::StreamNotFound, vec![Value::String(stream_id.into())])
}

/// The stream belongs to somebody else
///
/// The stream `{stream_id}` was published by another connection; only its owner can change it or send its media.
/// - `stream_id` (public): the stream of somebody else
pub fn stream_not_owned(stream_id: impl Into<String>) -> Fault {
    Fault::raise(Code::StreamNotOwned, vec![Value::String(stream_id.into())])
}

/// The stream's properties are invalid
///
/// The stream property `{property}` is invalid: {reason}.
/// - `property` (public): the property
/// - `reason` (public): what is wrong
pub fn stream_properties_invalid(property: impl Into<String>, reason: impl Into<String>) -> Fault {
    Fault::raise(Code::StreamPropertiesInvalid, vec![Value::String(property.into()), Value::String(reason.into())])
}

/// Subscribing was cancelled
///
/// The app itself gave up subscribing before it was complete.
pub fn subscribe_cancelled() -> Fault {
    Fault::raise(Code::SubscribeCancelled, vec![])
}

/// The subscription ended
///
/// The server ended the subscription ({reason}).
/// - `reason` (public): why it ended
pub fn subscription_ended(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::SubscriptionEnded, vec![Value::String(reason.into())])
}

/// Too many subscriptions
///
/// At most {limit} subscriptions per {scope} are allowed.
/// - `limit` (public): subscriptions that are allowed
/// - `scope` (public): per what the limit counts
pub fn subscription_limit_exceeded(limit: u64, scope: impl Into<String>) -> Fault {
    Fault::raise(Code::SubscriptionLimitExceeded, vec![limit.into(), Value::String(scope.into())])
}

/// There is no such subscription
///
/// This connection has no subscription `{subscription_id}`.
/// - `subscription_id` (public): the subscription that was asked for
pub fn subscription_not_found(subscription_id: impl Into<String>) -> Fault {
    Fault::raise(Code::SubscriptionNotFound, vec![Value::String(subscription_id.into())])
}

/// A claim of the token is invalid
///
/// The token's `{claim}` must be {expected}; it is {got}.
/// - `claim` (public): the claim or field
/// - `expected` (public): what it may be
/// - `got` (public): what it is
pub fn token_claim_invalid(claim: impl Into<String>, expected: impl Into<String>, got: impl Into<String>) -> Fault {
    Fault::raise(Code::TokenClaimInvalid, vec![Value::String(claim.into()), Value::String(expected.into()), Value::String(got.into())])
}

/// The token has expired
///
/// The token expired at {expired_at}; the server's clock says {now}, and {skew_s} s of difference are tolerated.
/// - `expired_at` (public): end of validity, seconds since the epoch
/// - `now` (public): the server's clock, seconds since the epoch
/// - `skew_s` (public): tolerated difference of clocks
pub fn token_expired(expired_at: u64, now: u64, skew_s: u64) -> Fault {
    Fault::raise(Code::TokenExpired, vec![expired_at.into(), now.into(), skew_s.into()])
}

/// The token lives too long
///
/// The token is valid for {lifetime_s} s; at most {limit_s} s are accepted.
/// - `lifetime_s` (public): from making to expiry
/// - `limit_s` (public): the longest accepted
pub fn token_lifetime_too_long(lifetime_s: u64, limit_s: u64) -> Fault {
    Fault::raise(Code::TokenLifetimeTooLong, vec![lifetime_s.into(), limit_s.into()])
}

/// The token is not valid yet
///
/// The token is valid from {valid_from}; the server's clock says {now}, and {skew_s} s of difference are tolerated.
/// - `valid_from` (public): begin of validity, seconds since the epoch
/// - `now` (public): the server's clock, seconds since the epoch
/// - `skew_s` (public): tolerated difference of clocks
pub fn token_not_yet_valid(valid_from: u64, now: u64, skew_s: u64) -> Fault {
    Fault::raise(Code::TokenNotYetValid, vec![valid_from.into(), now.into(), skew_s.into()])
}

/// The token is of another project
///
/// The token's `{claim}` is `{got}`, but the request is about the project `{expected}`.
/// - `claim` (public): where the token names the project
/// - `expected` (public): the project of the request or of the session
/// - `got` (public): the project in the token
pub fn token_project_mismatch(claim: impl Into<String>, expected: impl Into<String>, got: impl Into<String>) -> Fault {
    Fault::raise(Code::TokenProjectMismatch, vec![Value::String(claim.into()), Value::String(expected.into()), Value::String(got.into())])
}

/// The token is for another session
///
/// The token is for the session `{got}`, not for `{expected}`.
/// - `expected` (public): the session that was to be joined
/// - `got` (public): the session in the token
pub fn token_session_mismatch(expected: impl Into<String>, got: impl Into<String>) -> Fault {
    Fault::raise(Code::TokenSessionMismatch, vec![Value::String(expected.into()), Value::String(got.into())])
}

/// The token's signature is wrong
///
/// The token was not signed with the secret of its project.
pub fn token_signature_invalid() -> Fault {
    Fault::raise(Code::TokenSignatureInvalid, vec![])
}

/// The stream has no such track
///
/// The stream was published without {kind}.
/// - `kind` (public): audio or video
pub fn track_kind_not_published(kind: impl Into<String>) -> Fault {
    Fault::raise(Code::TrackKindNotPublished, vec![Value::String(kind.into())])
}

/// The media path broke
///
/// Nothing arrived on the media path for {silent_ms} ms.
/// - `silent_ms` (public): how long nothing arrived on the media path
pub fn transport_lost(silent_ms: u64) -> Fault {
    Fault::raise(Code::TransportLost, vec![silent_ms.into()])
}

/// A click is needed
///
/// The browser allows {operation} only in reaction to a click.
/// - `operation` (public): what needs the click
pub fn user_gesture_required(operation: impl Into<String>) -> Fault {
    Fault::raise(Code::UserGestureRequired, vec![Value::String(operation.into())])
}

/// This publisher does not use a camera
///
/// The video source can only be changed while a camera is being published.
pub fn video_source_fixed() -> Fault {
    Fault::raise(Code::VideoSourceFixed, vec![])
}

/// There is no such video source
///
/// `{source}` is not the id of a camera of this device.
/// - `source` (public): what was passed
pub fn video_source_invalid(source: impl Into<String>) -> Fault {
    Fault::raise(Code::VideoSourceInvalid, vec![Value::String(source.into())])
}

/// This browser cannot do it
///
/// This browser has no RTCPeerConnection.
pub fn webrtc_unsupported() -> Fault {
    Fault::raise(Code::WebrtcUnsupported, vec![])
}
