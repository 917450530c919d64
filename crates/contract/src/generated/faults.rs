//! One constructor for each code, with its args in the catalogue's order.

// Produced by `cargo xtask gen` from catalog/; do not edit.

use serde_json::Value;

use crate::fault::{Code, Fault};

/// Only an administrator may do this
///
/// The request needs an administrator of the project.
pub fn admin_required() -> Fault {
    Fault::raise(Code::AdminRequired, vec![])
}

/// The socket has already joined
///
/// This socket has already joined a session; one socket belongs to one session.
pub fn already_joined() -> Fault {
    Fault::raise(Code::AlreadyJoined, vec![])
}

/// An answer without an offer
///
/// An SDP answer arrived for which there was no offer.
pub fn answer_without_offer() -> Fault {
    Fault::raise(Code::AnswerWithoutOffer, vec![])
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

/// This archive cannot be deleted
///
/// The archive is {state}; only one that is available, uploaded or deleted can be deleted.
/// - `state` (public): its present state
pub fn archive_not_deletable(state: impl Into<String>) -> Fault {
    Fault::raise(Code::ArchiveNotDeletable, vec![Value::String(state.into())])
}

/// This archive cannot be stopped
///
/// The archive is {state}; only one that is started, paused or stopped can be stopped.
/// - `state` (public): its present state
pub fn archive_not_stoppable(state: impl Into<String>) -> Fault {
    Fault::raise(Code::ArchiveNotStoppable, vec![Value::String(state.into())])
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

/// The session is already broadcast
///
/// The session is already composed for this tag.
pub fn broadcast_already_composed() -> Fault {
    Fault::raise(Code::BroadcastAlreadyComposed, vec![])
}

/// The broadcast could not start
///
/// Publishing to the destination could not start: {reason}.
/// - `reason` (public): what the destination said
pub fn broadcast_start_failed(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::BroadcastStartFailed, vec![Value::String(reason.into())])
}

/// The broadcast could not be stopped
///
/// Publishing to the destination could not be stopped: {reason}.
/// - `reason` (public): what happened
pub fn broadcast_stop_failed(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::BroadcastStopFailed, vec![Value::String(reason.into())])
}

/// The broadcast's process did not answer
///
/// The broadcast to {target} did not answer in time.
/// - `target` (public): where it was to be sent
pub fn broadcast_unreachable(target: impl Into<String>) -> Fault {
    Fault::raise(Code::BroadcastUnreachable, vec![Value::String(target.into())])
}

/// The call does not fit the state
///
/// `{method}` cannot be called while {state}.
/// - `method` (public): what was called
/// - `state` (public): the state in which it was called
pub fn call_out_of_order(method: impl Into<String>, state: impl Into<String>) -> Fault {
    Fault::raise(Code::CallOutOfOrder, vec![Value::String(method.into()), Value::String(state.into())])
}

/// Too many early ICE candidates
///
/// {limit} ICE candidates already wait for an endpoint; this one was dropped.
/// - `limit` (public): candidates that are kept
pub fn candidate_queue_full(limit: u64) -> Fault {
    Fault::raise(Code::CandidateQueueFull, vec![limit.into()])
}

/// Captions are already on
///
/// Captions are already running for this session.
pub fn captions_already_enabled() -> Fault {
    Fault::raise(Code::CaptionsAlreadyEnabled, vec![])
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

/// The body is of another media type
///
/// The body is `{got}`; `{needed}` is needed.
/// - `got` (public): the Content-Type of the request
/// - `needed` (public): the one that would do
pub fn content_type_unsupported(got: impl Into<String>, needed: impl Into<String>) -> Fault {
    Fault::raise(Code::ContentTypeUnsupported, vec![Value::String(got.into()), Value::String(needed.into())])
}

/// This page may not use the server
///
/// The content security policy of {origin} does not let the page talk to the server.
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

/// The dialect is off for this project
///
/// The project `{project_id}` does not accept clients of the dialect `{dialect}`.
/// - `dialect` (public): the dialect
/// - `project_id` (public): the project
pub fn dialect_disabled(dialect: impl Into<String>, project_id: impl Into<String>) -> Fault {
    Fault::raise(Code::DialectDisabled, vec![Value::String(dialect.into()), Value::String(project_id.into())])
}

/// The media path could not be secured
///
/// {operation}: a network path was found, but its encryption handshake did not succeed within {timeout_ms} ms.
/// - `operation` (public): what was being attempted
/// - `timeout_ms` (public): how long it was tried
pub fn dtls_failed(operation: impl Into<String>, timeout_ms: u64) -> Fault {
    Fault::raise(Code::DtlsFailed, vec![Value::String(operation.into()), timeout_ms.into()])
}

/// The same identity joined elsewhere
///
/// `{user_id}` joined from another page or device, which ended this connection.
/// - `user_id` (public): the identity
pub fn duplicate_identity(user_id: impl Into<String>) -> Fault {
    Fault::raise(Code::DuplicateIdentity, vec![Value::String(user_id.into())])
}

/// The other side is not ready yet
///
/// The media of `{connection_id}` is not ready: it is still being negotiated, or is reconnecting.
/// - `connection_id` (public): whose media is not ready
pub fn endpoint_not_ready(connection_id: impl Into<String>) -> Fault {
    Fault::raise(Code::EndpointNotReady, vec![Value::String(connection_id.into())])
}

/// Two entries of one user contradict each other
///
/// The entry does not fit another one of the same user: {reason}.
/// - `reason` (public): what does not fit
pub fn entry_conflict(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::EntryConflict, vec![Value::String(reason.into())])
}

/// Entering the room took too long
///
/// The room was not entered within {timeout_ms} ms.
/// - `timeout_ms` (public): how long the entry may take
pub fn entry_timeout(timeout_ms: u64) -> Fault {
    Fault::raise(Code::EntryTimeout, vec![timeout_ms.into()])
}

/// This SDK cannot do that yet
///
/// This version of the SDK has no {feature}.
/// - `feature` (public): what was asked for
pub fn feature_unsupported(feature: impl Into<String>) -> Fault {
    Fault::raise(Code::FeatureUnsupported, vec![Value::String(feature.into())])
}

/// This device has no H.264
///
/// H.264 is needed here, and this device cannot encode it.
pub fn h264_missing() -> Fault {
    Fault::raise(Code::H264Missing, vec![])
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

/// The connection broke while joining
///
/// The connection was lost between the request to join and its answer.
pub fn join_interrupted() -> Fault {
    Fault::raise(Code::JoinInterrupted, vec![])
}

/// Locked after failed logins
///
/// After {failures} failed logins within a minute this user cannot log in from here for a minute.
/// - `failures` (public): failed logins in a minute
pub fn login_locked(failures: u64) -> Fault {
    Fault::raise(Code::LoginLocked, vec![failures.into()])
}

/// The login took too long
///
/// The login was not complete within {timeout_ms} ms.
/// - `timeout_ms` (public): how long the login may take
pub fn login_timeout(timeout_ms: u64) -> Fault {
    Fault::raise(Code::LoginTimeout, vec![timeout_ms.into()])
}

/// The token is not a token
///
/// The token cannot be read: {reason}.
/// - `reason` (public): the first thing that is wrong with its form
pub fn malformed_token(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::MalformedToken, vec![Value::String(reason.into())])
}

/// The media server's answer is unusable
///
/// The media server of this session answered something that cannot be used.
pub fn media_node_response_invalid() -> Fault {
    Fault::raise(Code::MediaNodeResponseInvalid, vec![])
}

/// The media server did not answer
///
/// The media server of this session did not answer within {timeout_ms} ms.
/// - `timeout_ms` (public): how long the node was waited for
pub fn media_node_timeout(timeout_ms: u64) -> Fault {
    Fault::raise(Code::MediaNodeTimeout, vec![timeout_ms.into()])
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

/// The URL does not have this HTTP method
///
/// This URL has no method {method}; it has {allowed}.
/// - `method` (public): the HTTP method of the request
/// - `allowed` (public): the HTTP methods that this URL has
pub fn method_not_allowed(method: impl Into<String>, allowed: impl Into<String>) -> Fault {
    Fault::raise(Code::MethodNotAllowed, vec![Value::String(method.into()), Value::String(allowed.into())])
}

/// There is no such method
///
/// This server has no method `{method}`.
/// - `method` (public): the method or path that was asked for
pub fn method_unknown(method: impl Into<String>) -> Fault {
    Fault::raise(Code::MethodUnknown, vec![Value::String(method.into())])
}

/// Access to the microphone was denied
///
/// Access to the microphone was denied.
pub fn microphone_denied() -> Fault {
    Fault::raise(Code::MicrophoneDenied, vec![])
}

/// The browser cannot open the microphone any more
///
/// The browser fails to open a microphone that it lists; a restart of the browser helps.
pub fn microphone_stuck() -> Fault {
    Fault::raise(Code::MicrophoneStuck, vec![])
}

/// Mixing could not start
///
/// The mixed stream could not be started: {reason}.
/// - `reason` (public): what happened
pub fn mix_start_failed(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::MixStartFailed, vec![Value::String(reason.into())])
}

/// Mixing could not be stopped
///
/// The mixed stream could not be stopped: {reason}.
/// - `reason` (public): what happened
pub fn mix_stop_failed(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::MixStopFailed, vec![Value::String(reason.into())])
}

/// The name is taken
///
/// Somebody in this session is already called `{name}`.
/// - `name` (public): the name that was asked for
pub fn name_taken(name: impl Into<String>) -> Fault {
    Fault::raise(Code::NameTaken, vec![Value::String(name.into())])
}

/// A negotiation is already running
///
/// An exchange of session descriptions is already running for this media.
pub fn negotiation_in_progress() -> Fault {
    Fault::raise(Code::NegotiationInProgress, vec![])
}

/// The negotiation was not completed
///
/// The exchange of session descriptions was not completed within {timeout_ms} ms.
/// - `timeout_ms` (public): how long the other half was waited for
pub fn negotiation_timeout(timeout_ms: u64) -> Fault {
    Fault::raise(Code::NegotiationTimeout, vec![timeout_ms.into()])
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

/// No media server is available
///
/// No healthy media server is registered, so the session cannot be placed.
pub fn no_media_node() -> Fault {
    Fault::raise(Code::NoMediaNode, vec![])
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

/// Not available for this participant
///
/// `{method}` is not available here: {reason}.
/// - `method` (public): what was asked for
/// - `reason` (public): why it is not available here
pub fn operation_unavailable(method: impl Into<String>, reason: impl Into<String>) -> Fault {
    Fault::raise(Code::OperationUnavailable, vec![Value::String(method.into()), Value::String(reason.into())])
}

/// The page's origin is not allowed
///
/// The project does not allow connections from `{origin}`.
/// - `origin` (public): where the page comes from
pub fn origin_refused(origin: impl Into<String>) -> Fault {
    Fault::raise(Code::OriginRefused, vec![Value::String(origin.into())])
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

/// The other side left meanwhile
///
/// The participant `{connection_id}` left while the request was being carried out.
/// - `connection_id` (public): who left
pub fn participant_left(connection_id: impl Into<String>) -> Fault {
    Fault::raise(Code::ParticipantLeft, vec![Value::String(connection_id.into())])
}

/// There is no such participant type
///
/// There is no participant type `{got}`.
/// - `got` (public): what was asked for
pub fn participant_type_invalid(got: impl Into<String>) -> Fault {
    Fault::raise(Code::ParticipantTypeInvalid, vec![Value::String(got.into())])
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

/// The ICE session was restarted meanwhile
///
/// The entity tag {got} is not that of the current ICE session.
/// - `got` (public): the entity tags in the request
pub fn precondition_failed(got: impl Into<String>) -> Fault {
    Fault::raise(Code::PreconditionFailed, vec![Value::String(got.into())])
}

/// The header If-Match is missing
///
/// A PATCH must say in `If-Match` which ICE session it is about.
pub fn precondition_required() -> Fault {
    Fault::raise(Code::PreconditionRequired, vec![])
}

/// The project is disabled
///
/// The operator has disabled the project `{project_id}`.
/// - `project_id` (public): the project
pub fn project_disabled(project_id: impl Into<String>) -> Fault {
    Fault::raise(Code::ProjectDisabled, vec![Value::String(project_id.into())])
}

/// The project id is invalid
///
/// `{got}` is not a project id: it must be a number from 1 to 4294967295.
/// - `got` (public): what was given
pub fn project_id_invalid(got: impl Into<String>) -> Fault {
    Fault::raise(Code::ProjectIdInvalid, vec![Value::String(got.into())])
}

/// The project has no key
///
/// No key is stored for the project `{project_id}`, so no token of it can be verified.
/// - `project_id` (public): the project
pub fn project_key_missing(project_id: impl Into<String>) -> Fault {
    Fault::raise(Code::ProjectKeyMissing, vec![Value::String(project_id.into())])
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

/// Reconnecting was given up
///
/// The signaling connection broke and did not come back in {attempts} attempts.
/// - `attempts` (public): how often it was tried
pub fn reconnect_given_up(attempts: u64) -> Fault {
    Fault::raise(Code::ReconnectGivenUp, vec![attempts.into()])
}

/// The browser refused the server's answer
///
/// The browser refused the server's answer: {reason}
/// - `reason` (public): the browser's words
pub fn remote_description_refused(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::RemoteDescriptionRefused, vec![Value::String(reason.into())])
}

/// Removed from the session
///
/// A moderator or the customer's server removed this connection from the session.
pub fn removed_by_moderator() -> Fault {
    Fault::raise(Code::RemovedByModerator, vec![])
}

/// The report could not be sent
///
/// The report of the issue could not be sent.
pub fn report_failed() -> Fault {
    Fault::raise(Code::ReportFailed, vec![])
}

/// The request is empty
///
/// The request has no body.
pub fn request_empty() -> Fault {
    Fault::raise(Code::RequestEmpty, vec![])
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

/// The room permit is not acceptable
///
/// The room permit (`privateMapKey`) is not acceptable: {check}.
/// - `check` (public): the check that failed
pub fn room_permit_invalid(check: impl Into<String>) -> Fault {
    Fault::raise(Code::RoomPermitInvalid, vec![Value::String(check.into())])
}

/// The room permit is missing
///
/// The project requires a permit for each room (`privateMapKey`), and none was given.
pub fn room_permit_missing() -> Fault {
    Fault::raise(Code::RoomPermitMissing, vec![])
}

/// The project is no sandbox
///
/// The project `{project_id}` is no sandbox: failures cannot be provoked in it.
/// - `project_id` (public): the project that is no sandbox
pub fn sandbox_disabled(project_id: impl Into<String>) -> Fault {
    Fault::raise(Code::SandboxDisabled, vec![Value::String(project_id.into())])
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

/// No server could be found
///
/// The request for the nearest server failed: {reason}.
/// - `reason` (public): request error or request timeout
pub fn server_discovery_failed(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::ServerDiscoveryFailed, vec![Value::String(reason.into())])
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

/// The session is already locked
///
/// The session is already locked.
pub fn session_already_locked() -> Fault {
    Fault::raise(Code::SessionAlreadyLocked, vec![])
}

/// The session is over
///
/// The session is closing or was closed; it cannot be joined again.
pub fn session_closed() -> Fault {
    Fault::raise(Code::SessionClosed, vec![])
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

/// Too many sessions
///
/// At most {limit} sessions per {scope} may be alive; this one was not started.
/// - `limit` (public): sessions that may be alive
/// - `scope` (public): per what the limit counts
pub fn session_limit_exceeded(limit: u64, scope: impl Into<String>) -> Fault {
    Fault::raise(Code::SessionLimitExceeded, vec![limit.into(), Value::String(scope.into())])
}

/// The session is locked
///
/// The session is locked: nobody can join, and nothing new can be published or subscribed to.
pub fn session_locked() -> Fault {
    Fault::raise(Code::SessionLocked, vec![])
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

/// Nobody publishes in this session yet
///
/// Nobody publishes in this session yet.
pub fn stream_not_published() -> Fault {
    Fault::raise(Code::StreamNotPublished, vec![])
}

/// The stream's properties are invalid
///
/// The stream property `{property}` is invalid: {reason}.
/// - `property` (public): the property
/// - `reason` (public): what is wrong
pub fn stream_properties_invalid(property: impl Into<String>, reason: impl Into<String>) -> Fault {
    Fault::raise(Code::StreamPropertiesInvalid, vec![Value::String(property.into()), Value::String(reason.into())])
}

/// Already subscribed
///
/// This connection is already subscribed to the stream `{stream_id}`.
/// - `stream_id` (public): the stream
pub fn subscribe_already_active(stream_id: impl Into<String>) -> Fault {
    Fault::raise(Code::SubscribeAlreadyActive, vec![Value::String(stream_id.into())])
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

/// Only the synchronizer may do this
///
/// Only the participant with the synchronizer role may send synchronisation data.
pub fn sync_role_required() -> Fault {
    Fault::raise(Code::SyncRoleRequired, vec![])
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

/// The token cannot be decompressed
///
/// The token's content cannot be decompressed.
pub fn token_compression_invalid() -> Fault {
    Fault::raise(Code::TokenCompressionInvalid, vec![])
}

/// The token is empty
///
/// The token is an empty text.
pub fn token_empty() -> Fault {
    Fault::raise(Code::TokenEmpty, vec![])
}

/// The token's encoding is wrong
///
/// The token is not in its base64 form: {reason}.
/// - `reason` (public): the first thing that is wrong
pub fn token_encoding_invalid(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::TokenEncodingInvalid, vec![Value::String(reason.into())])
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

/// The token misses a field
///
/// The token has no `{field}`.
/// - `field` (public): the missing field
pub fn token_field_missing(field: impl Into<String>) -> Fault {
    Fault::raise(Code::TokenFieldMissing, vec![Value::String(field.into())])
}

/// The token's content is not JSON
///
/// The token decodes, but its content is not one JSON object.
pub fn token_json_invalid() -> Fault {
    Fault::raise(Code::TokenJsonInvalid, vec![])
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

/// The token was revoked
///
/// The token was issued before the time from which tokens of this user or project are valid.
pub fn token_revoked() -> Fault {
    Fault::raise(Code::TokenRevoked, vec![])
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

/// The token's signature cannot be read
///
/// The signature in the token is not base64 of the right length.
pub fn token_signature_unreadable() -> Fault {
    Fault::raise(Code::TokenSignatureUnreadable, vec![])
}

/// The token is for another user
///
/// The token is for the user `{got}`, not for `{expected}`.
/// - `expected` (public): the user who wants to join
/// - `got` (public): the user in the token
pub fn token_user_mismatch(expected: impl Into<String>, got: impl Into<String>) -> Fault {
    Fault::raise(Code::TokenUserMismatch, vec![Value::String(expected.into()), Value::String(got.into())])
}

/// The token's version is not supported
///
/// The token has the version `{got}`; only `{expected}` is accepted.
/// - `got` (public): the version in the token
/// - `expected` (public): what is accepted
pub fn token_version_unsupported(got: impl Into<String>, expected: impl Into<String>) -> Fault {
    Fault::raise(Code::TokenVersionUnsupported, vec![Value::String(got.into()), Value::String(expected.into())])
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

/// The user is blocked
///
/// This user is on the project's block list.
pub fn user_blocked() -> Fault {
    Fault::raise(Code::UserBlocked, vec![])
}

/// A click is needed
///
/// The browser allows {operation} only in reaction to a click.
/// - `operation` (public): what needs the click
pub fn user_gesture_required(operation: impl Into<String>) -> Fault {
    Fault::raise(Code::UserGestureRequired, vec![Value::String(operation.into())])
}

/// The user id is invalid
///
/// The user id is invalid: {reason}.
/// - `reason` (public): what is wrong
pub fn user_id_invalid(reason: impl Into<String>) -> Fault {
    Fault::raise(Code::UserIdInvalid, vec![Value::String(reason.into())])
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

/// There is no such WHIP or WHEP session
///
/// There is no WHIP or WHEP session at this URL for this token.
pub fn whip_session_not_found() -> Fault {
    Fault::raise(Code::WhipSessionNotFound, vec![])
}
