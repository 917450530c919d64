//! Every bound of a room, by name. One past a bound is the declared fault, and changes nothing.

/// Bounds the operator may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub connections_max: usize,
    /// Streams of all connections together.
    pub streams_max: usize,
    pub streams_per_connection_max: usize,
    pub subscriptions_per_connection_max: usize,
    pub signal_rate: SignalRate,
}

/// A token bucket: `burst` at once, `per_second` in the long run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalRate {
    pub per_second: u32,
    pub burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections_max: 15_000,
            streams_max: 1_000,
            streams_per_connection_max: 8,
            subscriptions_per_connection_max: 256,
            signal_rate: SignalRate { per_second: 100, burst: 200 },
        }
    }
}

pub const SIGNAL_TYPE_BYTES_MAX: usize = 128;
pub const SIGNAL_DATA_BYTES_MAX: usize = 8_192;

pub const STREAM_NAME_BYTES_MAX: usize = 1_024;
pub const STREAM_INITIALS_BYTES_MAX: usize = 64;
/// Width and height of a picture, in pixels.
pub const PICTURE_SIDE_MAX: u32 = 16_384;
pub const FRAME_RATE_MAX: u32 = 240;

/// Events kept for a client whose socket is lost. A client that missed more has to join again.
pub const MISSED_EVENTS_MAX: usize = 1_024;
/// What those events may weigh together.
pub const MISSED_BYTES_MAX: usize = 1 << 20;

/// In a room with more connections nobody is told about audio levels: the fan-out would cost more than the meters are worth.
pub const AUDIO_LEVEL_LISTENERS_MAX: usize = 300;

/// An attempt to publish or subscribe takes at most this long. Vendors' clients give up after 15 s, ours before that: the
/// verdict with the evidence of both ends has to come first.
pub const ATTEMPT_MS_MAX: u64 = 12_000;
/// How long the cause of a failed attempt may be searched before the attempt fails without one.
pub const DIAGNOSIS_MS_MAX: u64 = 1_000;
/// A connection without a socket lives this long; then it has left.
pub const RESUME_MS_MAX: u64 = 60_000;
/// A connection that neither publishes nor subscribes for this long is disconnected.
pub const MEDIA_IDLE_MS_MAX: u64 = 4 * 60 * 60 * 1_000;

/// The media of a connection is summed up in the log this often, and when it ends.
pub const MEDIA_SUMMARY_MS: u64 = 60_000;
/// In a room with more subscriptions it is summed up when it ends alone: each is a line of every minute, and the log would
/// fill up.
pub const MEDIA_SUMMARY_SUBSCRIPTIONS_MAX: usize = 400;
