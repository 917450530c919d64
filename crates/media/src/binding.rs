//! What the caller says about the media sections of an offer and about what a subscriber wants to see.

use crate::ids::{SubscriptionId, TrackId};

/// The meaning of one media section of an offer. Sections that are not listed are answered as inactive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionBinding {
    pub mid: String,
    pub target: SectionTarget,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectionTarget {
    /// The peer sends this track.
    Send { track: TrackId },
    /// The peer receives this track, which a peer of the same room sends.
    Receive { track: TrackId, subscription: SubscriptionId },
}

/// What one subscriber wants of one track. The plane gives at most this, and less when bandwidth is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionWants {
    /// `false`: nothing is sent; sequence numbers continue without a gap afterwards.
    pub enabled: bool,
    /// Size of the picture where it is shown, in device pixels. `None`: no limit.
    pub width_max: Option<u32>,
    pub height_max: Option<u32>,
    pub frame_rate_max: Option<u32>,
    /// Higher wins when bandwidth is short.
    pub priority: u8,
    /// On a path that is too narrow for both, the picture gives way to the sound. Otherwise the smallest one stays.
    pub audio_fallback: bool,
}

impl Default for SubscriptionWants {
    fn default() -> Self {
        Self {
            enabled: true,
            width_max: None,
            height_max: None,
            frame_rate_max: None,
            priority: 100,
            audio_fallback: true,
        }
    }
}
