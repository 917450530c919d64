//! Every bound of the plane, by name. What is one past a bound is refused (a typed error) or discarded (a counter).

/// Bounds that the owner of a plane may set. The defaults suit one shard of a large server.
#[derive(Debug, Clone)]
pub struct Limits {
    pub peers_max: usize,
    /// Media sections bound to tracks that one peer publishes.
    pub tracks_per_peer_max: usize,
    /// Media sections bound to subscriptions of one peer.
    pub subscriptions_per_peer_max: usize,
    /// Events waiting for [`crate::Plane::poll_event`]; audio levels are discarded beyond it, nothing else is.
    pub events_max: usize,
    /// Bytes of packets kept for retransmission and replay, for each encoding of a video track.
    pub video_history_bytes: usize,
    /// The same for an audio track.
    pub audio_history_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            peers_max: 10_000,
            tracks_per_peer_max: 16,
            subscriptions_per_peer_max: 512,
            events_max: 16_384,
            video_history_bytes: 512 * 1024,
            audio_history_bytes: 32 * 1024,
        }
    }
}

/// Largest RTP packet taken in, decrypted. With two-byte extensions and a transport sequence number it still fits a slot.
pub const RTP_PACKET_BYTES_MAX: usize = 1440;

/// Largest RTCP datagram written: fits any path that carries IPv6.
pub const RTCP_PACKET_BYTES_MAX: usize = 1200;

/// Encodings of one track: the layers of a simulcast.
pub const ENCODINGS_PER_TRACK_MAX: usize = 4;

/// Payload types of one track over all its publisher's offers, which keep their meaning: browsers have a dozen for H.264 alone.
pub const PAYLOADS_PER_TRACK_MAX: usize = 32;

/// Packets of one video encoding that can be addressed for retransmission, a power of two.
pub const VIDEO_HISTORY_PACKETS: usize = 1024;

/// The same for audio: 2.5 s at 20 ms.
pub const AUDIO_HISTORY_PACKETS: usize = 128;

/// Extension elements of one packet that are carried over; later ones are left out.
pub const EXTENSION_ELEMENTS_MAX: usize = 8;

/// Missing packets of one encoding that are asked for at a time; beyond it a key frame is cheaper.
pub const MISSING_PACKETS_MAX: usize = 256;

/// A peer from which nothing authenticated arrives for this long has left.
pub const PEER_SILENCE_MAX: std::time::Duration = std::time::Duration::from_secs(30);

/// A transport that is not up after this long never will be.
pub const TRANSPORT_SETUP_MAX: std::time::Duration = std::time::Duration::from_secs(12);
