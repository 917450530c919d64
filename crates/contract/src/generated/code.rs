// Produced by `cargo xtask gen` from catalog/; do not edit.

/// Every failure that can leave Exedra. Ordered by name; the number behind it is this build's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Code {
    /// The socket has already joined
    AlreadyJoined,
    /// The request is not authenticated
    ApiAuthMissing,
    /// Always-archived sessions must be routed
    ArchiveModeConflict,
    /// An argument is invalid
    ArgumentInvalid,
    /// The browser blocks sound until a click
    AutoplayBlocked,
    /// The request could not be read
    BadRequest,
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
    /// The media path could not be secured
    DtlsFailed,
    /// The client fell silent
    HeartbeatLost,
    /// No network path for media
    IceFailed,
    /// Internal error
    Internal,
    /// The token is not a token
    MalformedToken,
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
    /// There is no such method
    MethodUnknown,
    /// Not connected
    NotConnected,
    /// The socket has not joined a session
    NotJoined,
    /// Neither audio nor video was asked for
    NoMediaRequested,
    /// The browser could not make an offer
    OfferFailed,
    /// No offer followed
    OfferTimeout,
    /// The page is not secure
    PageInsecure,
    /// A parameter is invalid
    ParameterInvalid,
    /// The browser could not create a peer connection
    PeerConnectionFailed,
    /// The token does not allow this
    PermissionDenied,
    /// There is no such project
    ProjectUnknown,
    /// No common protocol version
    ProtocolUnsupported,
    /// Publishing was cancelled
    PublishCancelled,
    /// Too many requests
    RateLimited,
    /// The browser refused the server's answer
    RemoteDescriptionRefused,
    /// The report could not be sent
    ReportFailed,
    /// Too many requests wait for the connection
    RequestQueueFull,
    /// The request is too large
    RequestTooLarge,
    /// The earlier connection cannot be continued
    ResumeRefused,
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
    /// The session is full
    SessionFull,
    /// The session id is invalid
    SessionIdInvalid,
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
    /// The stream's properties are invalid
    StreamPropertiesInvalid,
    /// Subscribing was cancelled
    SubscribeCancelled,
    /// The subscription ended
    SubscriptionEnded,
    /// Too many subscriptions
    SubscriptionLimitExceeded,
    /// There is no such subscription
    SubscriptionNotFound,
    /// A claim of the token is invalid
    TokenClaimInvalid,
    /// The token has expired
    TokenExpired,
    /// The token lives too long
    TokenLifetimeTooLong,
    /// The token is not valid yet
    TokenNotYetValid,
    /// The token is of another project
    TokenProjectMismatch,
    /// The token is for another session
    TokenSessionMismatch,
    /// The token's signature is wrong
    TokenSignatureInvalid,
    /// The stream has no such track
    TrackKindNotPublished,
    /// The media path broke
    TransportLost,
    /// A click is needed
    UserGestureRequired,
    /// This publisher does not use a camera
    VideoSourceFixed,
    /// There is no such video source
    VideoSourceInvalid,
    /// This browser cannot do it
    WebrtcUnsupported,
}

impl Code {
    pub const ALL: &'static [Code] = &[
        Code::AlreadyJoined,
        Code::ApiAuthMissing,
        Code::ArchiveModeConflict,
        Code::ArgumentInvalid,
        Code::AutoplayBlocked,
        Code::BadRequest,
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
        Code::CrossOriginRefused,
        Code::DeviceGone,
        Code::DeviceInUse,
        Code::DeviceListFailed,
        Code::DeviceNotFound,
        Code::DtlsFailed,
        Code::HeartbeatLost,
        Code::IceFailed,
        Code::Internal,
        Code::MalformedToken,
        Code::MediaPlaybackAborted,
        Code::MediaPlaybackDecode,
        Code::MediaPlaybackNetwork,
        Code::MediaPlaybackUnsupported,
        Code::MediaTimeout,
        Code::MethodUnknown,
        Code::NotConnected,
        Code::NotJoined,
        Code::NoMediaRequested,
        Code::OfferFailed,
        Code::OfferTimeout,
        Code::PageInsecure,
        Code::ParameterInvalid,
        Code::PeerConnectionFailed,
        Code::PermissionDenied,
        Code::ProjectUnknown,
        Code::ProtocolUnsupported,
        Code::PublishCancelled,
        Code::RateLimited,
        Code::RemoteDescriptionRefused,
        Code::ReportFailed,
        Code::RequestQueueFull,
        Code::RequestTooLarge,
        Code::ResumeRefused,
        Code::ScreenCaptureFailed,
        Code::ScreenShareDenied,
        Code::ScreenShareUnsupported,
        Code::SdkInternal,
        Code::SdpInvalid,
        Code::SdpUnsupported,
        Code::SectionUnknown,
        Code::ServerOverloaded,
        Code::ServerResponseEmpty,
        Code::ServerResponseInvalid,
        Code::ServerShuttingDown,
        Code::ServerStatusUnexpected,
        Code::ServerUnreachable,
        Code::SessionFull,
        Code::SessionIdInvalid,
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
        Code::StreamPropertiesInvalid,
        Code::SubscribeCancelled,
        Code::SubscriptionEnded,
        Code::SubscriptionLimitExceeded,
        Code::SubscriptionNotFound,
        Code::TokenClaimInvalid,
        Code::TokenExpired,
        Code::TokenLifetimeTooLong,
        Code::TokenNotYetValid,
        Code::TokenProjectMismatch,
        Code::TokenSessionMismatch,
        Code::TokenSignatureInvalid,
        Code::TrackKindNotPublished,
        Code::TransportLost,
        Code::UserGestureRequired,
        Code::VideoSourceFixed,
        Code::VideoSourceInvalid,
        Code::WebrtcUnsupported,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Code::AlreadyJoined => "ALREADY_JOINED",
            Code::ApiAuthMissing => "API_AUTH_MISSING",
            Code::ArchiveModeConflict => "ARCHIVE_MODE_CONFLICT",
            Code::ArgumentInvalid => "ARGUMENT_INVALID",
            Code::AutoplayBlocked => "AUTOPLAY_BLOCKED",
            Code::BadRequest => "BAD_REQUEST",
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
            Code::CrossOriginRefused => "CROSS_ORIGIN_REFUSED",
            Code::DeviceGone => "DEVICE_GONE",
            Code::DeviceInUse => "DEVICE_IN_USE",
            Code::DeviceListFailed => "DEVICE_LIST_FAILED",
            Code::DeviceNotFound => "DEVICE_NOT_FOUND",
            Code::DtlsFailed => "DTLS_FAILED",
            Code::HeartbeatLost => "HEARTBEAT_LOST",
            Code::IceFailed => "ICE_FAILED",
            Code::Internal => "INTERNAL",
            Code::MalformedToken => "MALFORMED_TOKEN",
            Code::MediaPlaybackAborted => "MEDIA_PLAYBACK_ABORTED",
            Code::MediaPlaybackDecode => "MEDIA_PLAYBACK_DECODE",
            Code::MediaPlaybackNetwork => "MEDIA_PLAYBACK_NETWORK",
            Code::MediaPlaybackUnsupported => "MEDIA_PLAYBACK_UNSUPPORTED",
            Code::MediaTimeout => "MEDIA_TIMEOUT",
            Code::MethodUnknown => "METHOD_UNKNOWN",
            Code::NotConnected => "NOT_CONNECTED",
            Code::NotJoined => "NOT_JOINED",
            Code::NoMediaRequested => "NO_MEDIA_REQUESTED",
            Code::OfferFailed => "OFFER_FAILED",
            Code::OfferTimeout => "OFFER_TIMEOUT",
            Code::PageInsecure => "PAGE_INSECURE",
            Code::ParameterInvalid => "PARAMETER_INVALID",
            Code::PeerConnectionFailed => "PEER_CONNECTION_FAILED",
            Code::PermissionDenied => "PERMISSION_DENIED",
            Code::ProjectUnknown => "PROJECT_UNKNOWN",
            Code::ProtocolUnsupported => "PROTOCOL_UNSUPPORTED",
            Code::PublishCancelled => "PUBLISH_CANCELLED",
            Code::RateLimited => "RATE_LIMITED",
            Code::RemoteDescriptionRefused => "REMOTE_DESCRIPTION_REFUSED",
            Code::ReportFailed => "REPORT_FAILED",
            Code::RequestQueueFull => "REQUEST_QUEUE_FULL",
            Code::RequestTooLarge => "REQUEST_TOO_LARGE",
            Code::ResumeRefused => "RESUME_REFUSED",
            Code::ScreenCaptureFailed => "SCREEN_CAPTURE_FAILED",
            Code::ScreenShareDenied => "SCREEN_SHARE_DENIED",
            Code::ScreenShareUnsupported => "SCREEN_SHARE_UNSUPPORTED",
            Code::SdkInternal => "SDK_INTERNAL",
            Code::SdpInvalid => "SDP_INVALID",
            Code::SdpUnsupported => "SDP_UNSUPPORTED",
            Code::SectionUnknown => "SECTION_UNKNOWN",
            Code::ServerOverloaded => "SERVER_OVERLOADED",
            Code::ServerResponseEmpty => "SERVER_RESPONSE_EMPTY",
            Code::ServerResponseInvalid => "SERVER_RESPONSE_INVALID",
            Code::ServerShuttingDown => "SERVER_SHUTTING_DOWN",
            Code::ServerStatusUnexpected => "SERVER_STATUS_UNEXPECTED",
            Code::ServerUnreachable => "SERVER_UNREACHABLE",
            Code::SessionFull => "SESSION_FULL",
            Code::SessionIdInvalid => "SESSION_ID_INVALID",
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
            Code::StreamPropertiesInvalid => "STREAM_PROPERTIES_INVALID",
            Code::SubscribeCancelled => "SUBSCRIBE_CANCELLED",
            Code::SubscriptionEnded => "SUBSCRIPTION_ENDED",
            Code::SubscriptionLimitExceeded => "SUBSCRIPTION_LIMIT_EXCEEDED",
            Code::SubscriptionNotFound => "SUBSCRIPTION_NOT_FOUND",
            Code::TokenClaimInvalid => "TOKEN_CLAIM_INVALID",
            Code::TokenExpired => "TOKEN_EXPIRED",
            Code::TokenLifetimeTooLong => "TOKEN_LIFETIME_TOO_LONG",
            Code::TokenNotYetValid => "TOKEN_NOT_YET_VALID",
            Code::TokenProjectMismatch => "TOKEN_PROJECT_MISMATCH",
            Code::TokenSessionMismatch => "TOKEN_SESSION_MISMATCH",
            Code::TokenSignatureInvalid => "TOKEN_SIGNATURE_INVALID",
            Code::TrackKindNotPublished => "TRACK_KIND_NOT_PUBLISHED",
            Code::TransportLost => "TRANSPORT_LOST",
            Code::UserGestureRequired => "USER_GESTURE_REQUIRED",
            Code::VideoSourceFixed => "VIDEO_SOURCE_FIXED",
            Code::VideoSourceInvalid => "VIDEO_SOURCE_INVALID",
            Code::WebrtcUnsupported => "WEBRTC_UNSUPPORTED",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.binary_search_by_key(&name, |code| code.as_str()).ok().map(|at| Self::ALL[at])
    }
}
