//! Reading a description into borrowed parts. Unknown lines and attributes are skipped; limits are errors.

use std::net::{IpAddr, SocketAddr};

use super::section::Direction;
use super::{SDP_BYTES_MAX, SDP_ITEMS_MAX, SDP_LINE_BYTES_MAX, SDP_LINES_MAX, SDP_SECTIONS_MAX, SdpError};
use crate::dtls::Fingerprint;
use crate::transport::{Setup, TransportParams};

#[derive(Debug, Default)]
pub struct Sdp<'a> {
    pub ice_lite: bool,
    /// Mids of the first BUNDLE group.
    pub bundle: Vec<&'a str>,
    pub extmap_allow_mixed: bool,
    pub sections: Vec<SdpSection<'a>>,
    session: TransportLines<'a>,
}

/// One `m=` section.
#[derive(Debug)]
pub struct SdpSection<'a> {
    pub kind: SectionKind,
    /// As written: `audio`, `video`, `application` or whatever a future brings.
    pub media: &'a str,
    pub protocol: &'a str,
    pub port: u16,
    /// As written; numbers only in a section of RTP.
    pub formats: Vec<&'a str>,
    /// The position, in decimal, where a description has none.
    pub mid: String,
    pub direction: Direction,
    pub rtcp_mux: bool,
    pub bundle_only: bool,
    pub extmap_allow_mixed: bool,
    pub rtpmaps: Vec<RtpMap<'a>>,
    pub fmtps: Vec<(u8, &'a str)>,
    pub feedbacks: Vec<Feedback<'a>>,
    pub extmaps: Vec<Extmap<'a>>,
    pub rids: Vec<Rid<'a>>,
    /// RIDs of the simulcast that this side sends, in its order; the first alternative of each.
    pub simulcast_send: Vec<&'a str>,
    pub simulcast_recv: Vec<&'a str>,
    pub ssrcs: Vec<u32>,
    pub ssrc_groups: Vec<SsrcGroup<'a>>,
    /// Stream and track id.
    pub msid: Option<(&'a str, &'a str)>,
    transport: TransportLines<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    Audio,
    Video,
    Other,
}

#[derive(Clone, Copy, Debug)]
pub struct RtpMap<'a> {
    pub pt: u8,
    pub name: &'a str,
    pub clock_hz: u32,
    pub channels: u8,
}

#[derive(Clone, Copy, Debug)]
pub struct Feedback<'a> {
    /// `None` for all (`*`).
    pub pt: Option<u8>,
    pub value: &'a str,
}

/// `3/sendonly uri` (RFC 8285, 8): an id, and who uses it if not both.
#[derive(Clone, Copy, Debug)]
pub struct Extmap<'a> {
    pub id: u16,
    pub direction: Direction,
    pub uri: &'a str,
}

#[derive(Clone, Copy, Debug)]
pub struct Rid<'a> {
    pub id: &'a str,
    pub is_send: bool,
}

#[derive(Clone, Debug)]
pub struct SsrcGroup<'a> {
    pub semantics: &'a str,
    pub ssrcs: Vec<u32>,
}

/// Attributes that may stand at the session or in a section.
#[derive(Debug, Default)]
struct TransportLines<'a> {
    ufrag: Option<&'a str>,
    pwd: Option<&'a str>,
    fingerprint: Option<Fingerprint>,
    setup: Option<Setup>,
    candidates: Vec<SocketAddr>,
}

impl<'a> Sdp<'a> {
    pub fn parse(text: &'a str) -> Result<Self, SdpError> {
        if text.len() > SDP_BYTES_MAX {
            return Err(SdpError::TooLong);
        }
        let mut sdp = Sdp::default();
        // Directions may be set for all sections at once (RFC 8866, 6.7).
        let mut direction = Direction::default();
        for (position, line) in text.lines().enumerate() {
            if position >= SDP_LINES_MAX {
                return Err(SdpError::TooManyLines);
            }
            if line.len() > SDP_LINE_BYTES_MAX {
                return Err(SdpError::LineTooLong);
            }
            if position == 0 {
                if line.trim_end() != "v=0" {
                    return Err(SdpError::NotSdp);
                }
                continue;
            }
            let malformed = SdpError::MalformedLine(position + 1);
            let Some((key, value)) = line.trim_end().split_once('=') else {
                if line.trim().is_empty() {
                    continue;
                }
                return Err(malformed);
            };
            match (key, sdp.sections.last_mut()) {
                ("m", _) => {
                    if sdp.sections.len() >= SDP_SECTIONS_MAX {
                        return Err(SdpError::TooManySections);
                    }
                    let index = sdp.sections.len();
                    let section = SdpSection::from_line(value, index, direction).ok_or(malformed)?;
                    sdp.sections.push(section);
                }
                ("a", Some(section)) => {
                    let (name, value) = value.split_once(':').unwrap_or((value, ""));
                    section.attribute(name, value).map_err(|error| error.at(position + 1))?;
                }
                ("a", None) => match value.split_once(':').unwrap_or((value, "")) {
                    ("ice-lite", _) => sdp.ice_lite = true,
                    ("extmap-allow-mixed", _) => sdp.extmap_allow_mixed = true,
                    ("group", group) => {
                        if let Some(mids) = group.strip_prefix("BUNDLE")
                            && sdp.bundle.is_empty()
                        {
                            sdp.bundle = mids.split_whitespace().take(SDP_SECTIONS_MAX).collect();
                        }
                    }
                    (name, value) => {
                        if let Some(all) = Direction::from_name(name) {
                            direction = all;
                        }
                        sdp.session.attribute(name, value).map_err(|error| error.at(position + 1))?;
                    }
                },
                _ => {}
            }
        }
        if text.is_empty() {
            return Err(SdpError::NotSdp);
        }
        sdp.check_mids()?;
        Ok(sdp)
    }

    fn check_mids(&self) -> Result<(), SdpError> {
        let mut mids: Vec<&str> = self.sections.iter().map(|section| &*section.mid).collect();
        mids.sort_unstable();
        match mids.windows(2).any(|pair| pair[0] == pair[1]) {
            true => Err(SdpError::DuplicateMid),
            false => Ok(()),
        }
    }

    /// Whether a section shares the one transport. Without a group that is only the first section in use.
    pub fn is_bundled(&self, section: &SdpSection<'_>) -> bool {
        if self.bundle.is_empty() {
            let first = self.sections.iter().find(|section| !section.is_rejected());
            return first.is_some_and(|first| first.mid == section.mid);
        }
        self.bundle.contains(&&*section.mid)
    }

    /// The first user fragment and password, in a section or at the session.
    pub(super) fn ice_credentials(&self) -> Option<(&'a str, &'a str)> {
        let sections = self.sections.iter().map(|section| &section.transport);
        let lines = sections.chain([&self.session]).find(|lines| lines.ufrag.is_some())?;
        Some((lines.ufrag?, lines.pwd.or(self.session.pwd)?))
    }

    /// The other side's transport: that of the first section in the group which is in use (RFC 9143, 7.1), completed from the
    /// session's lines.
    pub fn transport(&self) -> Result<TransportParams, SdpError> {
        let mut usable = self
            .sections
            .iter()
            .filter(|section| !section.is_rejected() && self.is_bundled(section))
            .map(|section| &section.transport)
            .peekable();
        if usable.peek().is_none() {
            return Err(SdpError::NoUsableSection);
        }
        let lines = usable.find(|lines| lines.ufrag.is_some()).unwrap_or(&self.session);
        let ufrag = lines.ufrag.ok_or(SdpError::MissingIceCredentials)?;
        let pwd = lines.pwd.or(self.session.pwd).ok_or(SdpError::MissingIceCredentials)?;
        let fingerprint = lines.fingerprint.as_ref().or(self.session.fingerprint.as_ref());
        Ok(TransportParams {
            ufrag: ufrag.to_owned(),
            pwd: pwd.to_owned(),
            fingerprint: fingerprint.ok_or(SdpError::MissingFingerprint)?.clone(),
            candidates: [&lines.candidates[..], &self.session.candidates].concat(),
            setup: lines.setup.or(self.session.setup).unwrap_or(Setup::ActPass),
            ice_lite: self.ice_lite,
        })
    }
}

/// Why an attribute could not be taken; its line is known by the caller.
enum AttributeError {
    Malformed,
    TooMany,
}

impl AttributeError {
    fn at(self, line: usize) -> SdpError {
        match self {
            Self::Malformed => SdpError::MalformedLine(line),
            Self::TooMany => SdpError::TooManyItems,
        }
    }
}

type AttributeResult = Result<(), AttributeError>;

impl<'a> SdpSection<'a> {
    fn from_line(value: &'a str, index: usize, direction: Direction) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let media = words.next()?;
        // A port may be followed by a count (RFC 8866, 5.14), which nobody uses.
        let port = words.next()?.split('/').next()?.parse().ok()?;
        let protocol = words.next()?;
        let formats: Vec<&str> = words.take(SDP_ITEMS_MAX).collect();
        Some(Self {
            kind: match media {
                "audio" => SectionKind::Audio,
                "video" => SectionKind::Video,
                _ => SectionKind::Other,
            },
            media,
            protocol,
            port,
            formats,
            mid: index.to_string(),
            direction,
            rtcp_mux: false,
            bundle_only: false,
            extmap_allow_mixed: false,
            rtpmaps: Vec::new(),
            fmtps: Vec::new(),
            feedbacks: Vec::new(),
            extmaps: Vec::new(),
            rids: Vec::new(),
            simulcast_send: Vec::new(),
            simulcast_recv: Vec::new(),
            ssrcs: Vec::new(),
            ssrc_groups: Vec::new(),
            msid: None,
            transport: TransportLines::default(),
        })
    }

    /// Refused by the side that wrote it (RFC 8829, 5.2.2); a bundle-only section has no port either.
    pub fn is_rejected(&self) -> bool {
        self.port == 0 && !self.bundle_only
    }

    fn attribute(&mut self, name: &'a str, value: &'a str) -> AttributeResult {
        match name {
            "mid" => value.trim().clone_into(&mut self.mid),
            "rtcp-mux" => self.rtcp_mux = true,
            "bundle-only" => self.bundle_only = true,
            "extmap-allow-mixed" => self.extmap_allow_mixed = true,
            "rtpmap" => {
                let rtpmap = RtpMap::from_value(value).ok_or(AttributeError::Malformed)?;
                push(&mut self.rtpmaps, rtpmap)?;
            }
            "fmtp" => {
                let (pt, parameters) = value.split_once(' ').unwrap_or((value, ""));
                let pt = pt.parse().map_err(|_| AttributeError::Malformed)?;
                push(&mut self.fmtps, (pt, parameters.trim()))?;
            }
            "rtcp-fb" => {
                let (pt, value) = value.split_once(' ').ok_or(AttributeError::Malformed)?;
                let pt = match pt {
                    "*" => None,
                    pt => Some(pt.parse().map_err(|_| AttributeError::Malformed)?),
                };
                push(&mut self.feedbacks, Feedback { pt, value: value.trim() })?;
            }
            "extmap" => {
                let extmap = Extmap::from_value(value).ok_or(AttributeError::Malformed)?;
                push(&mut self.extmaps, extmap)?;
            }
            "rid" => {
                let mut words = value.split_ascii_whitespace();
                let id = words.next().ok_or(AttributeError::Malformed)?;
                let is_send = words.next() == Some("send");
                push(&mut self.rids, Rid { id, is_send })?;
            }
            "simulcast" => self.simulcast(value),
            "ssrc" => {
                let ssrc = value.split_ascii_whitespace().next();
                let ssrc = ssrc.and_then(|ssrc| ssrc.parse().ok()).ok_or(AttributeError::Malformed)?;
                if !self.ssrcs.contains(&ssrc) {
                    push(&mut self.ssrcs, ssrc)?;
                }
            }
            "ssrc-group" => {
                let mut words = value.split_ascii_whitespace();
                let semantics = words.next().ok_or(AttributeError::Malformed)?;
                let ssrcs: Result<Vec<u32>, _> = words.map(str::parse).collect();
                let ssrcs = ssrcs.map_err(|_| AttributeError::Malformed)?;
                push(&mut self.ssrc_groups, SsrcGroup { semantics, ssrcs })?;
            }
            "msid" => {
                let mut words = value.split_ascii_whitespace();
                let stream = words.next().unwrap_or("-");
                self.msid = Some((stream, words.next().unwrap_or("")));
            }
            name => match Direction::from_name(name) {
                Some(direction) => self.direction = direction,
                None => self.transport.attribute(name, value)?,
            },
        }
        Ok(())
    }

    /// `send h;m;l recv …` (RFC 8853, 5.1): streams apart by `;`, alternatives by `,`, initially paused ones marked with `~`.
    fn simulcast(&mut self, value: &'a str) {
        let mut words = value.split_ascii_whitespace();
        while let (Some(direction), Some(streams)) = (words.next(), words.next()) {
            let first_alternatives = streams
                .split(';')
                .filter_map(|alternatives| alternatives.split(',').next())
                .map(|rid| rid.trim_start_matches('~'))
                .filter(|rid| !rid.is_empty())
                .take(SDP_ITEMS_MAX)
                .collect();
            match direction {
                "send" => self.simulcast_send = first_alternatives,
                "recv" => self.simulcast_recv = first_alternatives,
                _ => {}
            }
        }
    }
}

impl<'a> RtpMap<'a> {
    /// `111 opus/48000/2`
    fn from_value(value: &'a str) -> Option<Self> {
        let (pt, encoding) = value.split_once(' ')?;
        let mut parts = encoding.trim().split('/');
        Some(Self {
            pt: pt.parse().ok()?,
            name: parts.next()?,
            clock_hz: parts.next()?.parse().ok()?,
            channels: parts.next().and_then(|channels| channels.parse().ok()).unwrap_or(1),
        })
    }
}

impl<'a> Extmap<'a> {
    fn from_value(value: &'a str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let id = words.next()?;
        let (id, direction) = match id.split_once('/') {
            Some((id, direction)) => (id, Direction::from_name(direction)?),
            None => (id, Direction::SendRecv),
        };
        Some(Self { id: id.parse().ok()?, direction, uri: words.next()? })
    }
}

impl<'a> TransportLines<'a> {
    fn attribute(&mut self, name: &str, value: &'a str) -> AttributeResult {
        match name {
            "ice-ufrag" => self.ufrag = Some(ice_chars(value, 4)?),
            "ice-pwd" => self.pwd = Some(ice_chars(value, 22)?),
            "setup" => self.setup = Setup::from_name(value.trim()),
            // Several may be given, of different hashes; the first one we can check counts.
            "fingerprint" => self.fingerprint = self.fingerprint.take().or_else(|| value.parse().ok()),
            "candidate" => {
                if let Some(candidate) = udp_candidate(value) {
                    push(&mut self.candidates, candidate)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// RFC 8839, 5.4: at least 4 characters of user fragment, 22 of password, at most 256 of either.
fn ice_chars(value: &str, len_min: usize) -> Result<&str, AttributeError> {
    let value = value.trim();
    match (len_min..=256).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(value),
        false => Err(AttributeError::Malformed),
    }
}

/// `842163049 1 udp 1677729535 192.0.2.3 46154 typ srflx …`. Names (mDNS), TCP and other components are none of ours.
fn udp_candidate(value: &str) -> Option<SocketAddr> {
    let mut words = value.split_ascii_whitespace().skip(1);
    let is_rtp = words.next()? == "1";
    let is_udp = words.next()?.eq_ignore_ascii_case("udp");
    let _priority = words.next()?;
    let ip: IpAddr = words.next()?.parse().ok()?;
    let port: u16 = words.next()?.parse().ok()?;
    (is_rtp && is_udp && port != 0).then_some(SocketAddr::new(ip, port))
}

fn push<T>(items: &mut Vec<T>, item: T) -> AttributeResult {
    if items.len() >= SDP_ITEMS_MAX {
        return Err(AttributeError::TooMany);
    }
    items.push(item);
    Ok(())
}
