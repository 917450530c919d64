// Produced by `cargo xtask gen` from catalog/; do not edit.

/// Every failure that can leave Exedra. Ordered by name; the number behind it is this build's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Code {
    /// Only an administrator may do this
    AdminRequired,
    /// The socket has already joined
    AlreadyJoined,
    /// An answer without an offer
    AnswerWithoutOffer,
    /// The request is not authenticated
    ApiAuthMissing,
    /// Always-archived sessions must be routed
    ArchiveModeConflict,
    /// This archive cannot be deleted
    ArchiveNotDeletable,
    /// This archive cannot be stopped
    ArchiveNotStoppable,
    /// An argument is invalid
    ArgumentInvalid,
    /// The browser blocks sound until a click
    AutoplayBlocked,
    /// The request could not be read
    BadRequest,
    /// The session is already broadcast
    BroadcastAlreadyComposed,
    /// The broadcast could not start
    BroadcastStartFailed,
    /// The broadcast could not be stopped
    BroadcastStopFailed,
    /// The broadcast's process did not answer
    BroadcastUnreachable,
    /// The call does not fit the state
    CallOutOfOrder,
    /// Too many early ICE candidates
    CandidateQueueFull,
    /// Captions are already on
    CaptionsAlreadyEnabled,
    /// The page's policy forbids the device
    CaptureBlockedByPolicy,
    /// Access to the device was denied
    CaptureDenied,
    /// The operating system denies access
    CaptureDeniedBySystem,
    /// Capturing failed
    CaptureFailed,
    /// This browser cannot capture media
    CaptureUnsupported,
    /// There is no network
    ClientOffline,
    /// The client reads too slowly
    ClientTooSlow,
    /// No common codec
    CodecUnsupported,
    /// The configuration is invalid
    ConfigInvalid,
    /// There is no such connection
    ConnectionNotFound,
    /// Connecting was cancelled
    ConnectCancelled,
    /// Connecting took too long
    ConnectTimeout,
    /// No device fulfils the constraints
    ConstraintsNotSatisfied,
    /// The body is of another media type
    ContentTypeUnsupported,
    /// This page may not use the server
    CrossOriginRefused,
    /// The device disappeared
    DeviceGone,
    /// The device cannot be opened
    DeviceInUse,
    /// The devices could not be listed
    DeviceListFailed,
    /// There is no such device
    DeviceNotFound,
    /// The dialect is off for this project
    DialectDisabled,
    /// The media path could not be secured
    DtlsFailed,
    /// The same identity joined elsewhere
    DuplicateIdentity,
    /// The other side is not ready yet
    EndpointNotReady,
    /// Two entries of one user contradict each other
    EntryConflict,
    /// Entering the room took too long
    EntryTimeout,
    /// This SDK cannot do that yet
    FeatureUnsupported,
    /// This device has no H.264
    H264Missing,
    /// The client fell silent
    HeartbeatLost,
    /// No network path for media
    IceFailed,
    /// Internal error
    Internal,
    /// The connection broke while joining
    JoinInterrupted,
    /// Locked after failed logins
    LoginLocked,
    /// The login took too long
    LoginTimeout,
    /// The token is not a token
    MalformedToken,
    /// The media server's answer is unusable
    MediaNodeResponseInvalid,
    /// The media server did not answer
    MediaNodeTimeout,
    /// Playing was aborted
    MediaPlaybackAborted,
    /// The media cannot be decoded
    MediaPlaybackDecode,
    /// Playing stopped for a network error
    MediaPlaybackNetwork,
    /// The media cannot be played
    MediaPlaybackUnsupported,
    /// Media did not arrive
    MediaTimeout,
    /// The URL does not have this HTTP method
    MethodNotAllowed,
    /// There is no such method
    MethodUnknown,
    /// Access to the microphone was denied
    MicrophoneDenied,
    /// The browser cannot open the microphone any more
    MicrophoneStuck,
    /// Mixing could not start
    MixStartFailed,
    /// Mixing could not be stopped
    MixStopFailed,
    /// The name is taken
    NameTaken,
    /// A negotiation is already running
    NegotiationInProgress,
    /// The negotiation was not completed
    NegotiationTimeout,
    /// Not connected
    NotConnected,
    /// The socket has not joined a session
    NotJoined,
    /// No media server is available
    NoMediaNode,
    /// Neither audio nor video was asked for
    NoMediaRequested,
    /// The browser could not make an offer
    OfferFailed,
    /// No offer followed
    OfferTimeout,
    /// Not available for this participant
    OperationUnavailable,
    /// The page's origin is not allowed
    OriginRefused,
    /// The page is not secure
    PageInsecure,
    /// A parameter is invalid
    ParameterInvalid,
    /// The other side left meanwhile
    ParticipantLeft,
    /// There is no such participant type
    ParticipantTypeInvalid,
    /// The browser could not create a peer connection
    PeerConnectionFailed,
    /// The token does not allow this
    PermissionDenied,
    /// The ICE session was restarted meanwhile
    PreconditionFailed,
    /// The header If-Match is missing
    PreconditionRequired,
    /// The project is disabled
    ProjectDisabled,
    /// The project id is invalid
    ProjectIdInvalid,
    /// The project has no key
    ProjectKeyMissing,
    /// There is no such project
    ProjectUnknown,
    /// No common protocol version
    ProtocolUnsupported,
    /// Publishing was cancelled
    PublishCancelled,
    /// Too many requests
    RateLimited,
    /// Reconnecting was given up
    ReconnectGivenUp,
    /// The browser refused the server's answer
    RemoteDescriptionRefused,
    /// Removed from the session
    RemovedByModerator,
    /// The report could not be sent
    ReportFailed,
    /// The request is empty
    RequestEmpty,
    /// Too many requests wait for the connection
    RequestQueueFull,
    /// The request is too large
    RequestTooLarge,
    /// The earlier connection cannot be continued
    ResumeRefused,
    /// The room permit is not acceptable
    RoomPermitInvalid,
    /// The room permit is missing
    RoomPermitMissing,
    /// The project is no sandbox
    SandboxDisabled,
    /// The screen could not be captured
    ScreenCaptureFailed,
    /// The screen was not shared
    ScreenShareDenied,
    /// This browser cannot share the screen
    ScreenShareUnsupported,
    /// Internal error of the SDK
    SdkInternal,
    /// The SDP offer is invalid
    SdpInvalid,
    /// The SDP offer needs something this server does not do
    SdpUnsupported,
    /// The offer has no such media section
    SectionUnknown,
    /// No server could be found
    ServerDiscoveryFailed,
    /// The server is overloaded
    ServerOverloaded,
    /// The server's answer is empty
    ServerResponseEmpty,
    /// The server's answer cannot be understood
    ServerResponseInvalid,
    /// The server is shutting down
    ServerShuttingDown,
    /// Unexpected HTTP status
    ServerStatusUnexpected,
    /// The server cannot be reached
    ServerUnreachable,
    /// The session is already locked
    SessionAlreadyLocked,
    /// The session is over
    SessionClosed,
    /// The session is full
    SessionFull,
    /// The session id is invalid
    SessionIdInvalid,
    /// Too many sessions
    SessionLimitExceeded,
    /// The session is locked
    SessionLocked,
    /// There is no such session
    SessionNotFound,
    /// The signaling connection closed
    SignalingLost,
    /// The server did not answer
    SignalingTimeout,
    /// The signal's data cannot be sent
    SignalDataInvalid,
    /// The signal's data is too large
    SignalDataTooLarge,
    /// Too many signals
    SignalRateLimited,
    /// The signal type has a forbidden character
    SignalTypeInvalid,
    /// The signal type is too long
    SignalTypeTooLong,
    /// The database is not available
    StoreUnavailable,
    /// The stream ended meanwhile
    StreamEnded,
    /// Too many streams
    StreamLimitExceeded,
    /// There is no such stream
    StreamNotFound,
    /// The stream belongs to somebody else
    StreamNotOwned,
    /// Nobody publishes in this session yet
    StreamNotPublished,
    /// The stream's properties are invalid
    StreamPropertiesInvalid,
    /// Already subscribed
    SubscribeAlreadyActive,
    /// Subscribing was cancelled
    SubscribeCancelled,
    /// The subscription ended
    SubscriptionEnded,
    /// Too many subscriptions
    SubscriptionLimitExceeded,
    /// There is no such subscription
    SubscriptionNotFound,
    /// Only the synchronizer may do this
    SyncRoleRequired,
    /// A claim of the token is invalid
    TokenClaimInvalid,
    /// The token cannot be decompressed
    TokenCompressionInvalid,
    /// The token is empty
    TokenEmpty,
    /// The token's encoding is wrong
    TokenEncodingInvalid,
    /// The token has expired
    TokenExpired,
    /// The token misses a field
    TokenFieldMissing,
    /// The token's content is not JSON
    TokenJsonInvalid,
    /// The token lives too long
    TokenLifetimeTooLong,
    /// The token is not valid yet
    TokenNotYetValid,
    /// The token is of another project
    TokenProjectMismatch,
    /// The token was revoked
    TokenRevoked,
    /// The token is for another session
    TokenSessionMismatch,
    /// The token's signature is wrong
    TokenSignatureInvalid,
    /// The token's signature cannot be read
    TokenSignatureUnreadable,
    /// The token is for another user
    TokenUserMismatch,
    /// The token's version is not supported
    TokenVersionUnsupported,
    /// The stream has no such track
    TrackKindNotPublished,
    /// The media path broke
    TransportLost,
    /// The user is blocked
    UserBlocked,
    /// A click is needed
    UserGestureRequired,
    /// The user id is invalid
    UserIdInvalid,
    /// This publisher does not use a camera
    VideoSourceFixed,
    /// There is no such video source
    VideoSourceInvalid,
    /// This browser cannot do it
    WebrtcUnsupported,
    /// There is no such WHIP or WHEP session
    WhipSessionNotFound,
}

impl Code {
    pub const ALL: &'static [Code] = &[
        Code::AdminRequired,
        Code::AlreadyJoined,
        Code::AnswerWithoutOffer,
        Code::ApiAuthMissing,
        Code::ArchiveModeConflict,
        Code::ArchiveNotDeletable,
        Code::ArchiveNotStoppable,
        Code::ArgumentInvalid,
        Code::AutoplayBlocked,
        Code::BadRequest,
        Code::BroadcastAlreadyComposed,
        Code::BroadcastStartFailed,
        Code::BroadcastStopFailed,
        Code::BroadcastUnreachable,
        Code::CallOutOfOrder,
        Code::CandidateQueueFull,
        Code::CaptionsAlreadyEnabled,
        Code::CaptureBlockedByPolicy,
        Code::CaptureDenied,
        Code::CaptureDeniedBySystem,
        Code::CaptureFailed,
        Code::CaptureUnsupported,
        Code::ClientOffline,
        Code::ClientTooSlow,
        Code::CodecUnsupported,
        Code::ConfigInvalid,
        Code::ConnectionNotFound,
        Code::ConnectCancelled,
        Code::ConnectTimeout,
        Code::ConstraintsNotSatisfied,
        Code::ContentTypeUnsupported,
        Code::CrossOriginRefused,
        Code::DeviceGone,
        Code::DeviceInUse,
        Code::DeviceListFailed,
        Code::DeviceNotFound,
        Code::DialectDisabled,
        Code::DtlsFailed,
        Code::DuplicateIdentity,
        Code::EndpointNotReady,
        Code::EntryConflict,
        Code::EntryTimeout,
        Code::FeatureUnsupported,
        Code::H264Missing,
        Code::HeartbeatLost,
        Code::IceFailed,
        Code::Internal,
        Code::JoinInterrupted,
        Code::LoginLocked,
        Code::LoginTimeout,
        Code::MalformedToken,
        Code::MediaNodeResponseInvalid,
        Code::MediaNodeTimeout,
        Code::MediaPlaybackAborted,
        Code::MediaPlaybackDecode,
        Code::MediaPlaybackNetwork,
        Code::MediaPlaybackUnsupported,
        Code::MediaTimeout,
        Code::MethodNotAllowed,
        Code::MethodUnknown,
        Code::MicrophoneDenied,
        Code::MicrophoneStuck,
        Code::MixStartFailed,
        Code::MixStopFailed,
        Code::NameTaken,
        Code::NegotiationInProgress,
        Code::NegotiationTimeout,
        Code::NotConnected,
        Code::NotJoined,
        Code::NoMediaNode,
        Code::NoMediaRequested,
        Code::OfferFailed,
        Code::OfferTimeout,
        Code::OperationUnavailable,
        Code::OriginRefused,
        Code::PageInsecure,
        Code::ParameterInvalid,
        Code::ParticipantLeft,
        Code::ParticipantTypeInvalid,
        Code::PeerConnectionFailed,
        Code::PermissionDenied,
        Code::PreconditionFailed,
        Code::PreconditionRequired,
        Code::ProjectDisabled,
        Code::ProjectIdInvalid,
        Code::ProjectKeyMissing,
        Code::ProjectUnknown,
        Code::ProtocolUnsupported,
        Code::PublishCancelled,
        Code::RateLimited,
        Code::ReconnectGivenUp,
        Code::RemoteDescriptionRefused,
        Code::RemovedByModerator,
        Code::ReportFailed,
        Code::RequestEmpty,
        Code::RequestQueueFull,
        Code::RequestTooLarge,
        Code::ResumeRefused,
        Code::RoomPermitInvalid,
        Code::RoomPermitMissing,
        Code::SandboxDisabled,
        Code::ScreenCaptureFailed,
        Code::ScreenShareDenied,
        Code::ScreenShareUnsupported,
        Code::SdkInternal,
        Code::SdpInvalid,
        Code::SdpUnsupported,
        Code::SectionUnknown,
        Code::ServerDiscoveryFailed,
        Code::ServerOverloaded,
        Code::ServerResponseEmpty,
        Code::ServerResponseInvalid,
        Code::ServerShuttingDown,
        Code::ServerStatusUnexpected,
        Code::ServerUnreachable,
        Code::SessionAlreadyLocked,
        Code::SessionClosed,
        Code::SessionFull,
        Code::SessionIdInvalid,
        Code::SessionLimitExceeded,
        Code::SessionLocked,
        Code::SessionNotFound,
        Code::SignalingLost,
        Code::SignalingTimeout,
        Code::SignalDataInvalid,
        Code::SignalDataTooLarge,
        Code::SignalRateLimited,
        Code::SignalTypeInvalid,
        Code::SignalTypeTooLong,
        Code::StoreUnavailable,
        Code::StreamEnded,
        Code::StreamLimitExceeded,
        Code::StreamNotFound,
        Code::StreamNotOwned,
        Code::StreamNotPublished,
        Code::StreamPropertiesInvalid,
        Code::SubscribeAlreadyActive,
        Code::SubscribeCancelled,
        Code::SubscriptionEnded,
        Code::SubscriptionLimitExceeded,
        Code::SubscriptionNotFound,
        Code::SyncRoleRequired,
        Code::TokenClaimInvalid,
        Code::TokenCompressionInvalid,
        Code::TokenEmpty,
        Code::TokenEncodingInvalid,
        Code::TokenExpired,
        Code::TokenFieldMissing,
        Code::TokenJsonInvalid,
        Code::TokenLifetimeTooLong,
        Code::TokenNotYetValid,
        Code::TokenProjectMismatch,
        Code::TokenRevoked,
        Code::TokenSessionMismatch,
        Code::TokenSignatureInvalid,
        Code::TokenSignatureUnreadable,
        Code::TokenUserMismatch,
        Code::TokenVersionUnsupported,
        Code::TrackKindNotPublished,
        Code::TransportLost,
        Code::UserBlocked,
        Code::UserGestureRequired,
        Code::UserIdInvalid,
        Code::VideoSourceFixed,
        Code::VideoSourceInvalid,
        Code::WebrtcUnsupported,
        Code::WhipSessionNotFound,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Code::AdminRequired => "ADMIN_REQUIRED",
            Code::AlreadyJoined => "ALREADY_JOINED",
            Code::AnswerWithoutOffer => "ANSWER_WITHOUT_OFFER",
            Code::ApiAuthMissing => "API_AUTH_MISSING",
            Code::ArchiveModeConflict => "ARCHIVE_MODE_CONFLICT",
            Code::ArchiveNotDeletable => "ARCHIVE_NOT_DELETABLE",
            Code::ArchiveNotStoppable => "ARCHIVE_NOT_STOPPABLE",
            Code::ArgumentInvalid => "ARGUMENT_INVALID",
            Code::AutoplayBlocked => "AUTOPLAY_BLOCKED",
            Code::BadRequest => "BAD_REQUEST",
            Code::BroadcastAlreadyComposed => "BROADCAST_ALREADY_COMPOSED",
            Code::BroadcastStartFailed => "BROADCAST_START_FAILED",
            Code::BroadcastStopFailed => "BROADCAST_STOP_FAILED",
            Code::BroadcastUnreachable => "BROADCAST_UNREACHABLE",
            Code::CallOutOfOrder => "CALL_OUT_OF_ORDER",
            Code::CandidateQueueFull => "CANDIDATE_QUEUE_FULL",
            Code::CaptionsAlreadyEnabled => "CAPTIONS_ALREADY_ENABLED",
            Code::CaptureBlockedByPolicy => "CAPTURE_BLOCKED_BY_POLICY",
            Code::CaptureDenied => "CAPTURE_DENIED",
            Code::CaptureDeniedBySystem => "CAPTURE_DENIED_BY_SYSTEM",
            Code::CaptureFailed => "CAPTURE_FAILED",
            Code::CaptureUnsupported => "CAPTURE_UNSUPPORTED",
            Code::ClientOffline => "CLIENT_OFFLINE",
            Code::ClientTooSlow => "CLIENT_TOO_SLOW",
            Code::CodecUnsupported => "CODEC_UNSUPPORTED",
            Code::ConfigInvalid => "CONFIG_INVALID",
            Code::ConnectionNotFound => "CONNECTION_NOT_FOUND",
            Code::ConnectCancelled => "CONNECT_CANCELLED",
            Code::ConnectTimeout => "CONNECT_TIMEOUT",
            Code::ConstraintsNotSatisfied => "CONSTRAINTS_NOT_SATISFIED",
            Code::ContentTypeUnsupported => "CONTENT_TYPE_UNSUPPORTED",
            Code::CrossOriginRefused => "CROSS_ORIGIN_REFUSED",
            Code::DeviceGone => "DEVICE_GONE",
            Code::DeviceInUse => "DEVICE_IN_USE",
            Code::DeviceListFailed => "DEVICE_LIST_FAILED",
            Code::DeviceNotFound => "DEVICE_NOT_FOUND",
            Code::DialectDisabled => "DIALECT_DISABLED",
            Code::DtlsFailed => "DTLS_FAILED",
            Code::DuplicateIdentity => "DUPLICATE_IDENTITY",
            Code::EndpointNotReady => "ENDPOINT_NOT_READY",
            Code::EntryConflict => "ENTRY_CONFLICT",
            Code::EntryTimeout => "ENTRY_TIMEOUT",
            Code::FeatureUnsupported => "FEATURE_UNSUPPORTED",
            Code::H264Missing => "H264_MISSING",
            Code::HeartbeatLost => "HEARTBEAT_LOST",
            Code::IceFailed => "ICE_FAILED",
            Code::Internal => "INTERNAL",
            Code::JoinInterrupted => "JOIN_INTERRUPTED",
            Code::LoginLocked => "LOGIN_LOCKED",
            Code::LoginTimeout => "LOGIN_TIMEOUT",
            Code::MalformedToken => "MALFORMED_TOKEN",
            Code::MediaNodeResponseInvalid => "MEDIA_NODE_RESPONSE_INVALID",
            Code::MediaNodeTimeout => "MEDIA_NODE_TIMEOUT",
            Code::MediaPlaybackAborted => "MEDIA_PLAYBACK_ABORTED",
            Code::MediaPlaybackDecode => "MEDIA_PLAYBACK_DECODE",
            Code::MediaPlaybackNetwork => "MEDIA_PLAYBACK_NETWORK",
            Code::MediaPlaybackUnsupported => "MEDIA_PLAYBACK_UNSUPPORTED",
            Code::MediaTimeout => "MEDIA_TIMEOUT",
            Code::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Code::MethodUnknown => "METHOD_UNKNOWN",
            Code::MicrophoneDenied => "MICROPHONE_DENIED",
            Code::MicrophoneStuck => "MICROPHONE_STUCK",
            Code::MixStartFailed => "MIX_START_FAILED",
            Code::MixStopFailed => "MIX_STOP_FAILED",
            Code::NameTaken => "NAME_TAKEN",
            Code::NegotiationInProgress => "NEGOTIATION_IN_PROGRESS",
            Code::NegotiationTimeout => "NEGOTIATION_TIMEOUT",
            Code::NotConnected => "NOT_CONNECTED",
            Code::NotJoined => "NOT_JOINED",
            Code::NoMediaNode => "NO_MEDIA_NODE",
            Code::NoMediaRequested => "NO_MEDIA_REQUESTED",
            Code::OfferFailed => "OFFER_FAILED",
            Code::OfferTimeout => "OFFER_TIMEOUT",
            Code::OperationUnavailable => "OPERATION_UNAVAILABLE",
            Code::OriginRefused => "ORIGIN_REFUSED",
            Code::PageInsecure => "PAGE_INSECURE",
            Code::ParameterInvalid => "PARAMETER_INVALID",
            Code::ParticipantLeft => "PARTICIPANT_LEFT",
            Code::ParticipantTypeInvalid => "PARTICIPANT_TYPE_INVALID",
            Code::PeerConnectionFailed => "PEER_CONNECTION_FAILED",
            Code::PermissionDenied => "PERMISSION_DENIED",
            Code::PreconditionFailed => "PRECONDITION_FAILED",
            Code::PreconditionRequired => "PRECONDITION_REQUIRED",
            Code::ProjectDisabled => "PROJECT_DISABLED",
            Code::ProjectIdInvalid => "PROJECT_ID_INVALID",
            Code::ProjectKeyMissing => "PROJECT_KEY_MISSING",
            Code::ProjectUnknown => "PROJECT_UNKNOWN",
            Code::ProtocolUnsupported => "PROTOCOL_UNSUPPORTED",
            Code::PublishCancelled => "PUBLISH_CANCELLED",
            Code::RateLimited => "RATE_LIMITED",
            Code::ReconnectGivenUp => "RECONNECT_GIVEN_UP",
            Code::RemoteDescriptionRefused => "REMOTE_DESCRIPTION_REFUSED",
            Code::RemovedByModerator => "REMOVED_BY_MODERATOR",
            Code::ReportFailed => "REPORT_FAILED",
            Code::RequestEmpty => "REQUEST_EMPTY",
            Code::RequestQueueFull => "REQUEST_QUEUE_FULL",
            Code::RequestTooLarge => "REQUEST_TOO_LARGE",
            Code::ResumeRefused => "RESUME_REFUSED",
            Code::RoomPermitInvalid => "ROOM_PERMIT_INVALID",
            Code::RoomPermitMissing => "ROOM_PERMIT_MISSING",
            Code::SandboxDisabled => "SANDBOX_DISABLED",
            Code::ScreenCaptureFailed => "SCREEN_CAPTURE_FAILED",
            Code::ScreenShareDenied => "SCREEN_SHARE_DENIED",
            Code::ScreenShareUnsupported => "SCREEN_SHARE_UNSUPPORTED",
            Code::SdkInternal => "SDK_INTERNAL",
            Code::SdpInvalid => "SDP_INVALID",
            Code::SdpUnsupported => "SDP_UNSUPPORTED",
            Code::SectionUnknown => "SECTION_UNKNOWN",
            Code::ServerDiscoveryFailed => "SERVER_DISCOVERY_FAILED",
            Code::ServerOverloaded => "SERVER_OVERLOADED",
            Code::ServerResponseEmpty => "SERVER_RESPONSE_EMPTY",
            Code::ServerResponseInvalid => "SERVER_RESPONSE_INVALID",
            Code::ServerShuttingDown => "SERVER_SHUTTING_DOWN",
            Code::ServerStatusUnexpected => "SERVER_STATUS_UNEXPECTED",
            Code::ServerUnreachable => "SERVER_UNREACHABLE",
            Code::SessionAlreadyLocked => "SESSION_ALREADY_LOCKED",
            Code::SessionClosed => "SESSION_CLOSED",
            Code::SessionFull => "SESSION_FULL",
            Code::SessionIdInvalid => "SESSION_ID_INVALID",
            Code::SessionLimitExceeded => "SESSION_LIMIT_EXCEEDED",
            Code::SessionLocked => "SESSION_LOCKED",
            Code::SessionNotFound => "SESSION_NOT_FOUND",
            Code::SignalingLost => "SIGNALING_LOST",
            Code::SignalingTimeout => "SIGNALING_TIMEOUT",
            Code::SignalDataInvalid => "SIGNAL_DATA_INVALID",
            Code::SignalDataTooLarge => "SIGNAL_DATA_TOO_LARGE",
            Code::SignalRateLimited => "SIGNAL_RATE_LIMITED",
            Code::SignalTypeInvalid => "SIGNAL_TYPE_INVALID",
            Code::SignalTypeTooLong => "SIGNAL_TYPE_TOO_LONG",
            Code::StoreUnavailable => "STORE_UNAVAILABLE",
            Code::StreamEnded => "STREAM_ENDED",
            Code::StreamLimitExceeded => "STREAM_LIMIT_EXCEEDED",
            Code::StreamNotFound => "STREAM_NOT_FOUND",
            Code::StreamNotOwned => "STREAM_NOT_OWNED",
            Code::StreamNotPublished => "STREAM_NOT_PUBLISHED",
            Code::StreamPropertiesInvalid => "STREAM_PROPERTIES_INVALID",
            Code::SubscribeAlreadyActive => "SUBSCRIBE_ALREADY_ACTIVE",
            Code::SubscribeCancelled => "SUBSCRIBE_CANCELLED",
            Code::SubscriptionEnded => "SUBSCRIPTION_ENDED",
            Code::SubscriptionLimitExceeded => "SUBSCRIPTION_LIMIT_EXCEEDED",
            Code::SubscriptionNotFound => "SUBSCRIPTION_NOT_FOUND",
            Code::SyncRoleRequired => "SYNC_ROLE_REQUIRED",
            Code::TokenClaimInvalid => "TOKEN_CLAIM_INVALID",
            Code::TokenCompressionInvalid => "TOKEN_COMPRESSION_INVALID",
            Code::TokenEmpty => "TOKEN_EMPTY",
            Code::TokenEncodingInvalid => "TOKEN_ENCODING_INVALID",
            Code::TokenExpired => "TOKEN_EXPIRED",
            Code::TokenFieldMissing => "TOKEN_FIELD_MISSING",
            Code::TokenJsonInvalid => "TOKEN_JSON_INVALID",
            Code::TokenLifetimeTooLong => "TOKEN_LIFETIME_TOO_LONG",
            Code::TokenNotYetValid => "TOKEN_NOT_YET_VALID",
            Code::TokenProjectMismatch => "TOKEN_PROJECT_MISMATCH",
            Code::TokenRevoked => "TOKEN_REVOKED",
            Code::TokenSessionMismatch => "TOKEN_SESSION_MISMATCH",
            Code::TokenSignatureInvalid => "TOKEN_SIGNATURE_INVALID",
            Code::TokenSignatureUnreadable => "TOKEN_SIGNATURE_UNREADABLE",
            Code::TokenUserMismatch => "TOKEN_USER_MISMATCH",
            Code::TokenVersionUnsupported => "TOKEN_VERSION_UNSUPPORTED",
            Code::TrackKindNotPublished => "TRACK_KIND_NOT_PUBLISHED",
            Code::TransportLost => "TRANSPORT_LOST",
            Code::UserBlocked => "USER_BLOCKED",
            Code::UserGestureRequired => "USER_GESTURE_REQUIRED",
            Code::UserIdInvalid => "USER_ID_INVALID",
            Code::VideoSourceFixed => "VIDEO_SOURCE_FIXED",
            Code::VideoSourceInvalid => "VIDEO_SOURCE_INVALID",
            Code::WebrtcUnsupported => "WEBRTC_UNSUPPORTED",
            Code::WhipSessionNotFound => "WHIP_SESSION_NOT_FOUND",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.binary_search_by_key(&name, |code| code.as_str()).ok().map(|at| Self::ALL[at])
    }
}
