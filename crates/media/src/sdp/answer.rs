//! Answering an offer, everything on one transport. A server of ours is ICE-lite, and passive in DTLS unless the client wants to be.

use std::fmt::{self, Write};
use std::net::SocketAddr;

use crate::codec::{Codec, Kind};
use crate::extension::{ExtensionIds, ExtensionKind};
use crate::limits::{ENCODINGS_PER_TRACK_MAX, PAYLOADS_PER_TRACK_MAX};
use crate::transport::TransportParams;

use super::codecs::{self, Payload};
use super::parse::{Sdp, SdpSection, SectionKind};
use super::section::{Direction, Encoding, LocalSource, NegotiatedSection, SectionProblem};

/// What the caller wants of one offered section.
#[derive(Clone, Debug, PartialEq)]
pub enum SectionPlan {
    /// The client sends, we receive. Only these codecs are taken; redundant audio only if the forwarder can carry it.
    Receive {
        codecs: Vec<Codec>,
        red: bool,
        /// Payload types of earlier offers, at most [`PAYLOADS_PER_TRACK_MAX`] with those that are taken now.
        agreed: Vec<Payload>,
    },
    /// We send what a publisher sends with these payloads, taken from its negotiated section.
    Send {
        published: Vec<Payload>,
        red: bool,
        source: LocalSource,
        /// Media stream and track id that the client's `ontrack` shows.
        stream_id: String,
        track_id: String,
        cname: String,
    },
    /// Nobody sends; the section stays for later use.
    Inactive,
    /// Refused for good, the client may recycle it.
    Reject,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub sdp: String,
    /// One for each section of audio or video, in the order of the offer.
    pub sections: Vec<NegotiatedSection>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerError {
    /// The client demands the DTLS role that is ours: the handshake has begun with the roles as they were.
    SetupConflict,
    /// Both sides are ICE-lite.
    RemoteIsLite,
    /// Of the payload types that the client would send on a section none can be taken: each meant something else before, or is
    /// one more than a track can have.
    PayloadTypesTaken { mid: String },
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetupConflict => f.write_str("offer demands the DTLS role that is ours already"),
            Self::RemoteIsLite => f.write_str("offer is of an ICE-lite agent, as we are"),
            Self::PayloadTypesTaken { mid } => write!(
                f,
                "the payload types of section {mid:?} meant another codec in an earlier offer, or are more than the \
                 {PAYLOADS_PER_TRACK_MAX} of one track"
            ),
        }
    }
}

impl std::error::Error for AnswerError {}

/// Answers each section by its plan. `transport` is ours beside the peer's, which is [`Sdp::transport`].
pub fn answer(
    offer: &Sdp<'_>,
    transport: &TransportParams,
    mut plan: impl FnMut(&SdpSection<'_>) -> SectionPlan,
) -> Result<Answer, AnswerError> {
    if offer.ice_lite && transport.ice_lite {
        return Err(AnswerError::RemoteIsLite);
    }
    if offer.transport().is_ok_and(|remote| remote.setup == transport.setup) {
        return Err(AnswerError::SetupConflict);
    }
    let mut body = String::new();
    let mut bundled = Vec::new();
    let mut sections = Vec::new();
    for section in &offer.sections {
        let Some(kind) = media_kind(section) else {
            write_rejected(&mut body, section);
            continue;
        };
        let negotiated = Negotiation::new(offer, section, kind).settle(plan(section))?;
        if negotiated.rejected {
            write_rejected(&mut body, section);
        } else {
            let shows_candidates = bundled.is_empty();
            bundled.push(&*section.mid);
            negotiated.write(&mut body, transport, shows_candidates);
        }
        sections.push(negotiated.outcome);
    }
    let mut sdp = String::with_capacity(body.len() + 512);
    write_session(&mut sdp, offer, transport, &bundled);
    sdp.push_str(&body);
    Ok(Answer { sdp, sections })
}

fn media_kind(section: &SdpSection<'_>) -> Option<Kind> {
    match section.kind {
        SectionKind::Audio => Some(Kind::Audio),
        SectionKind::Video => Some(Kind::Video),
        SectionKind::Other => None,
    }
}

/// One section on its way from plan to answer.
struct Negotiation<'a> {
    offer: &'a Sdp<'a>,
    section: &'a SdpSection<'a>,
    rejected: bool,
    /// Payload types as the answer lists them; an inactive section has to list some as well.
    listed: Vec<Payload>,
    stream: Option<(String, String, String)>,
    outcome: NegotiatedSection,
}

impl<'a> Negotiation<'a> {
    fn new(offer: &'a Sdp<'a>, section: &'a SdpSection<'a>, kind: Kind) -> Self {
        let mut listed = codecs::supported(section);
        listed.retain(|payload| payload.codec.kind() == kind);
        Self {
            offer,
            section,
            rejected: false,
            listed,
            stream: None,
            outcome: NegotiatedSection {
                mid: section.mid.clone(),
                kind,
                direction: Direction::Inactive,
                payloads: Vec::new(),
                extensions: ExtensionIds::default(),
                encodings: Vec::new(),
                local: None,
                payload_map: Vec::new(),
                problem: None,
            },
        }
    }

    fn settle(mut self, plan: SectionPlan) -> Result<Self, AnswerError> {
        if self.section.is_rejected() || plan == SectionPlan::Reject {
            self.rejected = true;
        } else if !self.section.protocol.ends_with("RTP/SAVPF") {
            self.refuse(SectionProblem::UnsupportedMedia);
            self.rejected = true;
        } else if !self.section.rtcp_mux || !self.offer.is_bundled(self.section) {
            self.refuse(SectionProblem::NotMultiplexed);
            self.rejected = true;
        } else {
            match plan {
                SectionPlan::Receive { codecs, red, agreed } => self.receive(codecs, red, &agreed)?,
                SectionPlan::Send { published, red, source, stream_id, track_id, cname } => {
                    self.send(&published, red, source);
                    self.stream = Some((stream_id, track_id, cname));
                }
                SectionPlan::Inactive | SectionPlan::Reject => {}
            }
            if self.outcome.direction == Direction::Inactive {
                // What an answer leaves out a browser does not offer again, and without its RIDs it refuses its own simulcast.
                self.outcome.extensions = extensions(self.section, |_| true);
            }
            // An active or inactive section needs a format, and there is none both know.
            self.rejected = self.listed.is_empty();
        }
        Ok(self)
    }

    fn receive(&mut self, codecs: Vec<Codec>, red: bool, agreed: &[Payload]) -> Result<(), AnswerError> {
        if !self.section.direction.sends() {
            self.refuse(SectionProblem::DirectionMismatch);
            return Ok(());
        }
        let accepted = self.listed.iter().filter(|payload| codecs.contains(&payload.codec));
        let mut accepted: Vec<Payload> = accepted.cloned().collect();
        if accepted.is_empty() {
            self.refuse(SectionProblem::CodecUnsupported { wanted: codecs });
            return Ok(());
        }
        // What is accepted the client may send at once, so nothing is that its track has no place for.
        let mut places = PAYLOADS_PER_TRACK_MAX.saturating_sub(agreed.len());
        accepted.retain(|payload| match agreed.iter().find(|known| known.carries(payload.pt)) {
            // A number never means another codec later (RFC 3264, 8.3.2).
            Some(known) => (known.pt, known.codec) == (payload.pt, payload.codec),
            None => places.checked_sub(1).map(|left| places = left).is_some(),
        });
        if accepted.is_empty() {
            return Err(AnswerError::PayloadTypesTaken { mid: self.section.mid.clone() });
        }
        strip_red(&mut accepted, red);
        self.listed.clone_from(&accepted);
        self.outcome.payloads = accepted;
        self.outcome.direction = Direction::RecvOnly;
        self.outcome.extensions = extensions(self.section, Direction::sends);
        self.outcome.encodings = encodings(self.section);
        Ok(())
    }

    fn send(&mut self, published: &[Payload], red: bool, source: LocalSource) {
        if !self.section.direction.receives() {
            return self.refuse(SectionProblem::DirectionMismatch);
        }
        let payload_map = codecs::matching(published, &self.listed);
        let mut accepted: Vec<Payload> = Vec::new();
        for (_, pt) in &payload_map {
            if accepted.iter().all(|payload| payload.pt != *pt) {
                accepted.extend(self.listed.iter().find(|payload| payload.pt == *pt).cloned());
            }
        }
        if accepted.is_empty() {
            let mut wanted: Vec<Codec> = published.iter().map(|payload| payload.codec).collect();
            wanted.dedup();
            return self.refuse(SectionProblem::CodecUnsupported { wanted });
        }
        strip_red(&mut accepted, red && published.iter().any(|payload| payload.red_pt.is_some()));
        let has_rtx = accepted.iter().any(|payload| payload.rtx_pt.is_some());
        self.listed.clone_from(&accepted);
        self.outcome.payloads = accepted;
        self.outcome.direction = Direction::SendOnly;
        self.outcome.extensions = extensions(self.section, Direction::receives);
        self.outcome.payload_map = payload_map;
        self.outcome.local = Some(LocalSource { ssrc: source.ssrc, rtx_ssrc: source.rtx_ssrc.filter(|_| has_rtx) });
    }

    fn refuse(&mut self, problem: SectionProblem) {
        self.outcome.problem = Some(problem);
    }

    fn write(&self, out: &mut String, transport: &TransportParams, shows_candidates: bool) {
        let section = self.section;
        let _ = write!(out, "m={} 9 {}", section.media, section.protocol);
        for payload in &self.listed {
            // The order says what is preferred: redundant audio before plain audio, or after it.
            let mut companions = [Some(payload.pt), payload.red_pt, payload.rtx_pt];
            companions.sort_by_key(|pt| section.formats.iter().position(|format| format.parse().ok() == *pt));
            for pt in companions.into_iter().flatten() {
                let _ = write!(out, " {pt}");
            }
        }
        out.push_str("\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n");
        write_transport(out, transport, shows_candidates);
        let _ = write!(out, "a=mid:{}\r\n", section.mid);
        self.write_extensions(out);
        let _ = write!(out, "a={}\r\n", self.outcome.direction.name());
        if let (Some((stream, track, _)), Direction::SendOnly) = (&self.stream, self.outcome.direction) {
            let _ = write!(out, "a=msid:{stream} {track}\r\n");
        }
        out.push_str("a=rtcp-mux\r\na=rtcp-rsize\r\n");
        for payload in &self.listed {
            write_payload(out, payload);
        }
        self.write_simulcast(out);
        self.write_sources(out);
    }

    /// What the client only sends we only receive, and the other way round (RFC 8285, 8).
    fn write_extensions(&self, out: &mut String) {
        for (id, kind) in self.outcome.extensions.iter() {
            let offered = self.section.extmaps.iter().find(|extmap| extmap.id == u16::from(id));
            let direction = offered.map_or(Direction::SendRecv, |extmap| extmap.direction.reversed());
            let _ = match direction {
                Direction::SendRecv => write!(out, "a=extmap:{id} {}\r\n", kind.uri()),
                direction => write!(out, "a=extmap:{id}/{} {}\r\n", direction.name(), kind.uri()),
            };
        }
    }

    /// RFC 8853, 5.3: what the client sends is what we receive, in its order.
    fn write_simulcast(&self, out: &mut String) {
        let rids: Vec<&str> = self.outcome.encodings.iter().filter_map(|encoding| encoding.rid.as_deref()).collect();
        if rids.is_empty() {
            return;
        }
        for rid in &rids {
            let _ = write!(out, "a=rid:{rid} recv\r\n");
        }
        let _ = write!(out, "a=simulcast:recv {}\r\n", rids.join(";"));
    }

    fn write_sources(&self, out: &mut String) {
        let (Some(local), Some((_, _, cname))) = (self.outcome.local, &self.stream) else {
            return;
        };
        if let Some(rtx_ssrc) = local.rtx_ssrc {
            let _ = write!(out, "a=ssrc-group:FID {} {rtx_ssrc}\r\n", local.ssrc);
        }
        for ssrc in [Some(local.ssrc), local.rtx_ssrc].into_iter().flatten() {
            let _ = write!(out, "a=ssrc:{ssrc} cname:{cname}\r\n");
        }
    }
}

fn strip_red(payloads: &mut [Payload], red: bool) {
    if !red {
        for payload in payloads {
            payload.red_pt = None;
        }
    }
}

/// The extensions we know whose direction, as the other side offers it, is `usable`.
pub(super) fn extensions(section: &SdpSection<'_>, usable: impl Fn(Direction) -> bool) -> ExtensionIds {
    let mut ids = ExtensionIds::default();
    for extmap in &section.extmaps {
        let Some(kind) = ExtensionKind::from_uri(extmap.uri).filter(|_| usable(extmap.direction)) else {
            continue;
        };
        // Each id and each meaning once; a description that repeats one is wrong about the second.
        if let Ok(id) = u8::try_from(extmap.id)
            && ids.get(kind).is_none()
            && ids.kind(id).is_none()
        {
            ids.set(kind, id);
        }
    }
    ids
}

/// What the client announced to send: RIDs of a simulcast, or SSRCs with their retransmission SSRCs.
pub(super) fn encodings(section: &SdpSection<'_>) -> Vec<Encoding> {
    let declared = |rid: &&str| section.rids.iter().any(|line| line.is_send && line.id == *rid);
    let rids: Vec<&str> =
        section.simulcast_send.iter().copied().filter(declared).take(ENCODINGS_PER_TRACK_MAX).collect();
    if !rids.is_empty() {
        let by_rid = |rid: &str| Encoding { rid: Some(rid.to_owned()), ..Encoding::default() };
        return rids.into_iter().map(by_rid).collect();
    }
    let groups = &section.ssrc_groups;
    let rtx_of = |ssrc: u32| {
        groups.iter().filter(|group| group.semantics == "FID").find_map(|group| match group.ssrcs[..] {
            [primary, rtx] if primary == ssrc => Some(rtx),
            _ => None,
        })
    };
    let primaries = match groups.iter().find(|group| group.semantics == "SIM") {
        Some(simulcast) => &simulcast.ssrcs[..],
        None => section.ssrcs.get(..1).unwrap_or_default(),
    };
    let by_ssrc = |&ssrc: &u32| Encoding { rid: None, ssrc: Some(ssrc), rtx_ssrc: rtx_of(ssrc) };
    primaries.iter().take(ENCODINGS_PER_TRACK_MAX).map(by_ssrc).collect()
}

fn write_session(out: &mut String, offer: &Sdp<'_>, transport: &TransportParams, bundled: &[&str]) {
    out.push_str("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n");
    if transport.ice_lite {
        out.push_str("a=ice-lite\r\n");
    }
    if offer.extmap_allow_mixed {
        out.push_str("a=extmap-allow-mixed\r\n");
    }
    out.push_str("a=msid-semantic:WMS *\r\n");
    if !bundled.is_empty() {
        let _ = write!(out, "a=group:BUNDLE {}\r\n", bundled.join(" "));
    }
}

/// Port 0 and the offered formats (RFC 8829, 5.3.1).
fn write_rejected(out: &mut String, section: &SdpSection<'_>) {
    let formats = match section.formats.is_empty() {
        true => "0".to_owned(),
        false => section.formats.join(" "),
    };
    let _ = write!(
        out,
        "m={} 0 {} {formats}\r\nc=IN IP4 0.0.0.0\r\na=mid:{}\r\na=inactive\r\n",
        section.media, section.protocol, section.mid,
    );
}

pub(super) fn write_transport(out: &mut String, transport: &TransportParams, shows_candidates: bool) {
    let _ = write!(
        out,
        "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=fingerprint:{}\r\na=setup:{}\r\n",
        transport.ufrag,
        transport.pwd,
        transport.fingerprint,
        transport.setup.name(),
    );
    if shows_candidates {
        write_candidates(out, &transport.candidates);
    }
}

pub(super) fn write_candidates(out: &mut String, candidates: &[SocketAddr]) {
    for (position, candidate) in candidates.iter().enumerate() {
        // RFC 8445, 5.1.2: type preference of a host, then our order.
        let local_preference = 65_535_u32.saturating_sub(position as u32);
        let priority = 126 << 24 | local_preference << 8 | 255;
        let _ = write!(
            out,
            "a=candidate:{} 1 udp {priority} {} {} typ host\r\n",
            position + 1,
            candidate.ip(),
            candidate.port(),
        );
    }
    if !candidates.is_empty() {
        out.push_str("a=end-of-candidates\r\n");
    }
}

pub(super) fn write_payload(out: &mut String, payload: &Payload) {
    let Payload { pt, codec, .. } = payload;
    let _ = write!(out, "a=rtpmap:{pt} {}/{}", codec.name(), payload.clock_hz);
    if payload.channels > 1 {
        let _ = write!(out, "/{}", payload.channels);
    }
    out.push_str("\r\n");
    let feedback =
        [(payload.nack, "nack"), (payload.pli, "nack pli"), (payload.fir, "ccm fir"), (payload.twcc, "transport-cc")];
    for (_, value) in feedback.iter().filter(|(is_on, _)| *is_on) {
        let _ = write!(out, "a=rtcp-fb:{pt} {value}\r\n");
    }
    if let Some(fmtp) = payload.fmtp.as_deref().filter(|fmtp| !fmtp.is_empty()) {
        let _ = write!(out, "a=fmtp:{pt} {fmtp}\r\n");
    }
    if let Some(red) = payload.red_pt {
        let clock_hz = payload.clock_hz;
        let _ = write!(out, "a=rtpmap:{red} red/{clock_hz}/{}\r\na=fmtp:{red} {pt}/{pt}\r\n", payload.channels);
    }
    if let Some(rtx) = payload.rtx_pt {
        let clock_hz = payload.clock_hz;
        let _ = write!(out, "a=rtpmap:{rtx} rtx/{clock_hz}\r\na=fmtp:{rtx} apt={pt}\r\n");
    }
}
