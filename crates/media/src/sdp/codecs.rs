//! Payload types: which of an offer's codecs we take, and which of a subscriber's fits a published track.

use crate::codec::Codec;

use super::parse::{RtpMap, SdpSection};

/// One accepted payload type with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    pub pt: u8,
    pub codec: Codec,
    pub clock_hz: u32,
    pub channels: u8,
    /// Format parameters as offered (`minptime=10;useinbandfec=1`).
    pub fmtp: Option<String>,
    /// Retransmission (RFC 4588).
    pub rtx_pt: Option<u8>,
    /// Redundant audio (RFC 2198) around this codec.
    pub red_pt: Option<u8>,
    pub nack: bool,
    pub pli: bool,
    pub fir: bool,
    /// Transport-wide congestion control feedback.
    pub twcc: bool,
}

impl Payload {
    /// Whether packets of this type are of this payload, with redundancy or without.
    pub fn carries(&self, pt: u8) -> bool {
        self.pt == pt || self.red_pt == Some(pt)
    }
}

/// All payload types of a section that we can forward, in its order of preference.
pub(super) fn supported(section: &SdpSection<'_>) -> Vec<Payload> {
    section
        .formats
        .iter()
        .filter_map(|format| format.parse().ok())
        .filter_map(|pt| section.rtpmaps.iter().find(|rtpmap| rtpmap.pt == pt))
        .filter_map(|rtpmap| payload(section, rtpmap))
        .collect()
}

fn payload(section: &SdpSection<'_>, rtpmap: &RtpMap<'_>) -> Option<Payload> {
    let codec = Codec::from_name(rtpmap.name)?;
    let fmtp = fmtp_of(section, rtpmap.pt);
    if rtpmap.clock_hz != codec.clock_hz() || rtpmap.pt > 127 || !is_forwardable(codec, fmtp) {
        return None;
    }
    let has = |wanted: &str| {
        section
            .feedbacks
            .iter()
            .any(|feedback| feedback.pt.is_none_or(|pt| pt == rtpmap.pt) && feedback.value.eq_ignore_ascii_case(wanted))
    };
    Some(Payload {
        pt: rtpmap.pt,
        codec,
        clock_hz: rtpmap.clock_hz,
        channels: rtpmap.channels,
        fmtp: fmtp.map(str::to_owned),
        rtx_pt: companion(section, "rtx", |fmtp| {
            parameter(fmtp, "apt").and_then(|apt| apt.parse().ok()) == Some(rtpmap.pt)
        }),
        // `111/111`: the primary and its redundant copies.
        red_pt: companion(section, "red", |fmtp| {
            codec == Codec::Opus && fmtp.split('/').all(|primary| primary.trim().parse() == Ok(rtpmap.pt))
        }),
        nack: has("nack"),
        pli: has("nack pli"),
        fir: has("ccm fir"),
        twcc: has("transport-cc"),
    })
}

/// The payload type of a format that accompanies another one and says so in its parameters.
fn companion(section: &SdpSection<'_>, name: &str, belongs: impl Fn(&str) -> bool) -> Option<u8> {
    section
        .rtpmaps
        .iter()
        .filter(|rtpmap| rtpmap.name.eq_ignore_ascii_case(name) && rtpmap.pt <= 127)
        .find(|rtpmap| fmtp_of(section, rtpmap.pt).is_some_and(&belongs))
        .map(|rtpmap| rtpmap.pt)
}

fn fmtp_of<'a>(section: &SdpSection<'a>, pt: u8) -> Option<&'a str> {
    section.fmtps.iter().find(|(of, _)| *of == pt).map(|(_, fmtp)| *fmtp)
}

/// VP9 in 8 and 10 bits without the 4:4:4 profiles, AV1 main; H.264 in both packetization modes that browsers have.
fn is_forwardable(codec: Codec, fmtp: Option<&str>) -> bool {
    let value = |name, default| fmtp.and_then(|fmtp| parameter(fmtp, name)).unwrap_or(default);
    match codec {
        Codec::Opus | Codec::Vp8 => true,
        Codec::Vp9 => matches!(value("profile-id", "0"), "0" | "2"),
        Codec::Av1 => value("profile", "0") == "0",
        Codec::H264 => matches!(value("packetization-mode", "0"), "0" | "1"),
    }
}

/// A parameter of `name=value;name=value`.
pub(super) fn parameter<'a>(fmtp: &'a str, name: &str) -> Option<&'a str> {
    fmtp.split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// For each published payload type, the subscriber's payload type that decodes it; of several, the one whose format is closest.
pub(super) fn matching(published: &[Payload], offered: &[Payload]) -> Vec<(u8, u8)> {
    published
        .iter()
        .filter_map(|source| {
            offered
                .iter()
                .filter(|candidate| candidate.codec == source.codec)
                .filter_map(|candidate| Some((distance(source, candidate)?, candidate)))
                .min_by_key(|(distance, _)| *distance)
                .map(|(_, candidate)| (source.pt, candidate.pt))
        })
        .collect()
}

/// How far a receiving format is from a sent one: 0 is the same, `None` cannot decode it.
fn distance(source: &Payload, candidate: &Payload) -> Option<u8> {
    let values = |name| {
        let of = |payload: &Payload| payload.fmtp.as_deref().and_then(|fmtp| parameter(fmtp, name)).map(str::to_owned);
        (of(source), of(candidate))
    };
    match source.codec {
        Codec::Opus | Codec::Vp8 | Codec::Av1 => Some(0),
        Codec::Vp9 => {
            let (sent, received) = values("profile-id");
            let zero = || "0".to_owned();
            (sent.unwrap_or_else(zero) == received.unwrap_or_else(zero)).then_some(0)
        }
        Codec::H264 => {
            let (sent_mode, received_mode) = values("packetization-mode");
            let is_interleaved = |mode: Option<String>| mode.as_deref() == Some("1");
            let (sent_mode, received_mode) = (is_interleaved(sent_mode), is_interleaved(received_mode));
            // Mode 1 may carry single units, but mode 0 carries no fragments or aggregates (RFC 6184, 6).
            if sent_mode && !received_mode {
                return None;
            }
            let (sent, received) = values("profile-level-id");
            let sent = H264Profile::of(sent.as_deref())?;
            let received = H264Profile::of(received.as_deref())?;
            let profile = match (sent == received, received.rank() >= sent.rank()) {
                (true, _) => 0,
                // A decoder of a higher profile decodes the lower ones.
                (false, true) => 2,
                // Against the letter, but decoders take more than their names say, and the other choice is no picture.
                (false, false) => 4,
            };
            Some(profile + u8::from(sent_mode != received_mode))
        }
    }
}

/// RFC 6184, table 5: profile_idc with the constraint flags that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum H264Profile {
    ConstrainedBaseline,
    Baseline,
    Main,
    ConstrainedHigh,
    High,
}

impl H264Profile {
    /// Without the parameter it is Baseline level 1 (RFC 6184, 8.1). `None` for profiles that browsers do not have.
    fn of(profile_level_id: Option<&str>) -> Option<Self> {
        let Some(id) = profile_level_id else {
            return Some(Self::Baseline);
        };
        let id = u32::from_str_radix(id, 16).ok().filter(|_| id.len() == 6)?;
        let (idc, constraints) = ((id >> 16) as u8, (id >> 8) as u8);
        Some(match (idc, constraints) {
            (0x42, flags) if flags & 0x40 != 0 => Self::ConstrainedBaseline,
            (0x42, _) => Self::Baseline,
            (0x4d, flags) if flags & 0x80 != 0 => Self::ConstrainedBaseline,
            (0x4d, _) => Self::Main,
            (0x64, flags) if flags & 0x0c == 0x0c => Self::ConstrainedHigh,
            (0x64, _) => Self::High,
            _ => return None,
        })
    }

    fn rank(self) -> u8 {
        match self {
            Self::ConstrainedBaseline => 0,
            Self::Baseline => 1,
            Self::Main => 2,
            Self::ConstrainedHigh => 3,
            Self::High => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn h264(pt: u8, fmtp: &str) -> Payload {
        Payload {
            pt,
            codec: Codec::H264,
            clock_hz: 90_000,
            channels: 1,
            fmtp: Some(fmtp.to_owned()),
            rtx_pt: None,
            red_pt: None,
            nack: true,
            pli: true,
            fir: true,
            twcc: true,
        }
    }

    const CONSTRAINED_BASELINE: &str = "packetization-mode=1;profile-level-id=42e01f";
    const BASELINE: &str = "packetization-mode=1;profile-level-id=42001f";
    const HIGH: &str = "profile-level-id=640c1f;packetization-mode=1";

    #[test]
    fn the_same_profile_is_preferred_whatever_its_level() {
        let offered = [h264(1, HIGH), h264(2, BASELINE), h264(3, CONSTRAINED_BASELINE)];
        let published = [h264(100, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e034")];
        assert_eq!(matching(&published, &offered), [(100, 3)]);
    }

    #[test]
    fn a_higher_profile_decodes_a_lower_one() {
        let published = [h264(100, CONSTRAINED_BASELINE)];
        assert_eq!(matching(&published, &[h264(1, HIGH)]), [(100, 1)]);
    }

    #[test]
    fn fragments_do_not_fit_a_receiver_of_single_units() {
        let offered = [h264(1, "packetization-mode=0;profile-level-id=42e01f")];
        assert_eq!(matching(&[h264(100, CONSTRAINED_BASELINE)], &offered), []);
        let single_units = [h264(100, "profile-level-id=42e01f")];
        assert_eq!(matching(&single_units, &[h264(2, CONSTRAINED_BASELINE)]), [(100, 2)]);
    }
}
