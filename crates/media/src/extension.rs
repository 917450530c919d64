//! RTP header extensions by meaning (RFC 8285): the ids are each peer's own, the meanings are the plane's.

/// The extensions the plane reads, writes or carries over. Anything else is not negotiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExtensionKind {
    Mid,
    Rid,
    RepairedRid,
    TransportSequence,
    AbsSendTime,
    AudioLevel,
    VideoOrientation,
    PlayoutDelay,
    VideoContentType,
    ColorSpace,
    AbsCaptureTime,
    DependencyDescriptor,
    VideoLayersAllocation,
}

impl ExtensionKind {
    pub const COUNT: usize = 13;

    pub const ALL: [Self; Self::COUNT] = [
        Self::Mid,
        Self::Rid,
        Self::RepairedRid,
        Self::TransportSequence,
        Self::AbsSendTime,
        Self::AudioLevel,
        Self::VideoOrientation,
        Self::PlayoutDelay,
        Self::VideoContentType,
        Self::ColorSpace,
        Self::AbsCaptureTime,
        Self::DependencyDescriptor,
        Self::VideoLayersAllocation,
    ];

    pub fn uri(self) -> &'static str {
        match self {
            Self::Mid => "urn:ietf:params:rtp-hdrext:sdes:mid",
            Self::Rid => "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
            Self::RepairedRid => "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
            Self::TransportSequence => "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
            Self::AbsSendTime => "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
            Self::AudioLevel => "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            Self::VideoOrientation => "urn:3gpp:video-orientation",
            Self::PlayoutDelay => "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
            Self::VideoContentType => "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
            Self::ColorSpace => "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
            Self::AbsCaptureTime => "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
            Self::DependencyDescriptor => {
                "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
            }
            Self::VideoLayersAllocation => "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
        }
    }

    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.uri() == uri)
    }

    /// What a publisher says about its media travels on to subscribers; what it says about its own transport does not.
    pub fn is_carried_over(self) -> bool {
        matches!(
            self,
            Self::AudioLevel
                | Self::VideoOrientation
                | Self::PlayoutDelay
                | Self::VideoContentType
                | Self::ColorSpace
                | Self::AbsCaptureTime
                | Self::DependencyDescriptor
        )
    }
}

/// The ids one media section negotiated. An id of 0 means "not negotiated".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtensionIds {
    ids: [u8; ExtensionKind::COUNT],
    kinds: [Option<ExtensionKind>; 16],
}

impl Default for ExtensionIds {
    fn default() -> Self {
        Self { ids: [0; ExtensionKind::COUNT], kinds: [None; 16] }
    }
}

impl ExtensionIds {
    /// Ids outside 1 to 14 do not fit the one-byte form and are left out (RFC 8285 section 4.2).
    pub fn set(&mut self, kind: ExtensionKind, id: u8) {
        if (1..=14).contains(&id) {
            self.ids[kind as usize] = id;
            self.kinds[usize::from(id)] = Some(kind);
        }
    }

    pub fn get(&self, kind: ExtensionKind) -> Option<u8> {
        match self.ids[kind as usize] {
            0 => None,
            id => Some(id),
        }
    }

    pub fn kind(&self, id: u8) -> Option<ExtensionKind> {
        self.kinds.get(usize::from(id)).copied().flatten()
    }

    pub fn iter(&self) -> impl Iterator<Item = (u8, ExtensionKind)> + '_ {
        ExtensionKind::ALL.into_iter().filter_map(|kind| Some((self.get(kind)?, kind)))
    }
}
