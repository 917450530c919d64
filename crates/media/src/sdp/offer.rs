//! The native client's side: writing an offer, and reading what the server answered.

use std::fmt::Write;

use crate::codec::{Codec, Kind};
use crate::extension::{ExtensionIds, ExtensionKind};
use crate::transport::TransportParams;

use super::answer::{encodings, extensions, write_payload, write_transport};
use super::codecs::{self, Payload};
use super::parse::{Sdp, SectionKind};
use super::section::{Direction, Encoding, LocalSource};

#[derive(Clone, Debug, PartialEq)]
pub struct OfferSection {
    pub mid: String,
    pub kind: Kind,
    /// In order of preference.
    pub codecs: Vec<OfferCodec>,
    pub target: OfferTarget,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferCodec {
    pub pt: u8,
    pub codec: Codec,
    pub fmtp: Option<String>,
    pub rtx_pt: Option<u8>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum OfferTarget {
    /// One encoding, named by its SSRC.
    Send {
        source: LocalSource,
        stream_id: String,
        track_id: String,
        cname: String,
    },
    /// A simulcast, its layers named by RID in each packet.
    SendSimulcast {
        rids: Vec<String>,
        stream_id: String,
        track_id: String,
    },
    Receive,
    Inactive,
    /// Given up; the server may not use it again.
    Stopped,
}

impl OfferCodec {
    /// With the payload types that browsers use: 111 for Opus, from 96 for video, the next one up for retransmission.
    pub fn usual(codec: Codec) -> Self {
        let (pt, fmtp) = match codec {
            Codec::Opus => (111, Some("minptime=10;useinbandfec=1")),
            Codec::Vp8 => (96, None),
            Codec::Vp9 => (98, Some("profile-id=0")),
            Codec::H264 => (102, Some("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f")),
            Codec::Av1 => (45, Some("level-idx=5;profile=0;tier=0")),
        };
        Self { pt, codec, fmtp: fmtp.map(str::to_owned), rtx_pt: (codec.kind() == Kind::Video).then_some(pt + 1) }
    }
}

/// The header extensions a native client offers, with their ids.
pub fn offered_extensions(kind: Kind) -> ExtensionIds {
    let both = [(ExtensionKind::Mid, 1), (ExtensionKind::TransportSequence, 2), (ExtensionKind::AbsSendTime, 3)];
    let own: &[(ExtensionKind, u8)] = match kind {
        Kind::Audio => &[(ExtensionKind::AudioLevel, 4)],
        Kind::Video => &[
            (ExtensionKind::Rid, 5),
            (ExtensionKind::RepairedRid, 6),
            (ExtensionKind::VideoOrientation, 7),
            (ExtensionKind::DependencyDescriptor, 8),
            (ExtensionKind::PlayoutDelay, 9),
        ],
    };
    let mut ids = ExtensionIds::default();
    for &(kind, id) in both.iter().chain(own) {
        ids.set(kind, id);
    }
    ids
}

/// `transport` is [`crate::transport::Transport::local_params`] of the client.
pub fn offer(transport: &TransportParams, sections: &[OfferSection]) -> String {
    let mut out = String::from(
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=extmap-allow-mixed\r\na=msid-semantic:WMS *\r\n",
    );
    let in_use = |section: &&OfferSection| section.target != OfferTarget::Stopped;
    let bundled: Vec<&str> = sections.iter().filter(in_use).map(|section| &*section.mid).collect();
    let _ = write!(out, "a=group:BUNDLE {}\r\n", bundled.join(" "));
    for section in sections {
        section.write(&mut out, transport);
    }
    out
}

impl OfferSection {
    fn write(&self, out: &mut String, transport: &TransportParams) {
        let media = match self.kind {
            Kind::Audio => "audio",
            Kind::Video => "video",
        };
        let is_stopped = self.target == OfferTarget::Stopped;
        let _ = write!(out, "m={media} {} UDP/TLS/RTP/SAVPF", if is_stopped { 0 } else { 9 });
        for codec in &self.codecs {
            for pt in [Some(codec.pt), codec.rtx_pt].into_iter().flatten() {
                let _ = write!(out, " {pt}");
            }
        }
        let _ = write!(out, "\r\nc=IN IP4 0.0.0.0\r\na=mid:{}\r\n", self.mid);
        if is_stopped {
            out.push_str("a=inactive\r\n");
            return;
        }
        let actpass = TransportParams { setup: crate::transport::Setup::ActPass, ..transport.clone() };
        write_transport(out, &actpass, true);
        out.push_str("a=rtcp-mux\r\na=rtcp-rsize\r\n");
        for (id, kind) in offered_extensions(self.kind).iter() {
            let _ = write!(out, "a=extmap:{id} {}\r\n", kind.uri());
        }
        for codec in &self.codecs {
            write_payload(out, &codec.payload());
        }
        self.write_target(out);
    }

    fn write_target(&self, out: &mut String) {
        match &self.target {
            OfferTarget::Send { source, stream_id, track_id, cname } => {
                let _ = write!(out, "a=sendonly\r\na=msid:{stream_id} {track_id}\r\n");
                if let Some(rtx_ssrc) = source.rtx_ssrc {
                    let _ = write!(out, "a=ssrc-group:FID {} {rtx_ssrc}\r\n", source.ssrc);
                }
                for ssrc in [Some(source.ssrc), source.rtx_ssrc].into_iter().flatten() {
                    let _ = write!(out, "a=ssrc:{ssrc} cname:{cname}\r\n");
                }
            }
            OfferTarget::SendSimulcast { rids, stream_id, track_id } => {
                let _ = write!(out, "a=sendonly\r\na=msid:{stream_id} {track_id}\r\n");
                for rid in rids {
                    let _ = write!(out, "a=rid:{rid} send\r\n");
                }
                let _ = write!(out, "a=simulcast:send {}\r\n", rids.join(";"));
            }
            OfferTarget::Receive => out.push_str("a=recvonly\r\n"),
            OfferTarget::Inactive | OfferTarget::Stopped => out.push_str("a=inactive\r\n"),
        }
    }
}

impl OfferCodec {
    fn payload(&self) -> Payload {
        let is_video = self.codec.kind() == Kind::Video;
        Payload {
            pt: self.pt,
            codec: self.codec,
            clock_hz: self.codec.clock_hz(),
            channels: if is_video { 1 } else { 2 },
            fmtp: self.fmtp.clone(),
            rtx_pt: self.rtx_pt,
            red_pt: None,
            nack: is_video,
            pli: is_video,
            fir: is_video,
            twcc: true,
        }
    }
}

/// One section of the server's answer, as the client needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct AnsweredSection {
    pub mid: String,
    pub kind: Kind,
    pub rejected: bool,
    /// As the server says it: `SendOnly` is a section on which the client receives.
    pub direction: Direction,
    pub payloads: Vec<Payload>,
    pub extensions: ExtensionIds,
    /// What the server sends.
    pub encodings: Vec<Encoding>,
    /// Layers of a simulcast that the server wants, in the offered order.
    pub rids: Vec<String>,
    /// Media stream and track id of what the server sends.
    pub msid: Option<(String, String)>,
}

/// The audio and video sections of an answer. The server's transport is [`Sdp::transport`].
pub fn read_answer(answer: &Sdp<'_>) -> Vec<AnsweredSection> {
    answer
        .sections
        .iter()
        .filter_map(|section| {
            let kind = match section.kind {
                SectionKind::Audio => Kind::Audio,
                SectionKind::Video => Kind::Video,
                SectionKind::Other => return None,
            };
            let to_owned = |(stream, track): (&str, &str)| (stream.to_owned(), track.to_owned());
            Some(AnsweredSection {
                mid: section.mid.clone(),
                kind,
                rejected: section.is_rejected(),
                direction: section.direction,
                payloads: codecs::supported(section),
                extensions: extensions(section, |_| true),
                encodings: encodings(section),
                rids: section.simulcast_recv.iter().map(|rid| (*rid).to_owned()).collect(),
                msid: section.msid.map(to_owned),
            })
        })
        .collect()
}
