//! What a WHIP or WHEP client offers: at most one section of audio and one of video, both of one stream.

use exedra_contract::wire::{Section, SectionTarget};
use exedra_contract::{Fault, faults};
use exedra_media::NegotiateError;
use exedra_media::sdp::{Direction, IceFragment, Sdp, SdpError, SdpSection, SectionKind, read_answer};

use crate::shard;

pub struct MediaOffer {
    pub text: String,
    /// The ICE session of the offer.
    pub ice: IceFragment,
    /// What the client does with its media.
    direction: Direction,
    pub audio: Option<OfferedTrack>,
    pub video: Option<OfferedTrack>,
}

pub struct OfferedTrack {
    mid: String,
    /// Names of the codecs, for who is told that none of them will do.
    codecs: String,
}

impl MediaOffer {
    /// `direction`: `SendOnly` of who publishes, `RecvOnly` of who watches.
    pub fn read(text: String, direction: Direction) -> Result<Self, Fault> {
        let sdp = Sdp::parse(&text).map_err(sdp_fault)?;
        sdp.transport().map_err(sdp_fault)?;
        let audio = only_track(&sdp, SectionKind::Audio, direction)?;
        let video = only_track(&sdp, SectionKind::Video, direction)?;
        if audio.is_none() && video.is_none() {
            return Err(faults::sdp_unsupported(format!("no section of audio or video is {}", direction.name())));
        }
        let ice = IceFragment::parse(&text).map_err(sdp_fault)?;
        Ok(Self { ice, direction, audio, video, text })
    }

    /// All sections stand for the one stream or subscription.
    pub fn sections(&self, target: &SectionTarget) -> Vec<Section> {
        let tracks = self.audio.iter().chain(&self.video);
        tracks.map(|track| Section { mid: track.mid.clone(), target: target.clone() }).collect()
    }

    /// An answer that leaves out what was wanted is no answer (RFC 9725, 4.4): the client is told why instead.
    pub fn check_answer(&self, answer: &str, wants_audio: bool, wants_video: bool) -> Result<(), Fault> {
        let answer = Sdp::parse(answer).map_err(|error| faults::internal().because(error))?;
        let answered = read_answer(&answer);
        let wanted = [(&self.audio, wants_audio, "audio"), (&self.video, wants_video, "video")];
        for (track, _, kind) in wanted.into_iter().filter(|(_, is_wanted, _)| *is_wanted) {
            let Some(track) = track else { continue };
            let section = answered.iter().find(|section| section.mid == track.mid && !section.rejected);
            if section.is_none_or(|section| section.direction != self.direction.reversed()) {
                let needed = match (self.direction, kind) {
                    (Direction::RecvOnly, _) => "what the publisher sends",
                    (_, "audio") => "opus",
                    (_, _) => "VP8, VP9, H264, AV1",
                };
                return Err(faults::codec_unsupported(kind, track.codecs.as_str(), needed));
            }
        }
        Ok(())
    }
}

pub fn sdp_fault(error: SdpError) -> Fault {
    shard::offer::fault(NegotiateError::Sdp(error))
}

fn only_track(sdp: &Sdp<'_>, kind: SectionKind, direction: Direction) -> Result<Option<OfferedTrack>, Fault> {
    let usable = |section: &&SdpSection<'_>| {
        let fits = match direction {
            Direction::SendOnly => section.direction.sends(),
            _ => section.direction.receives(),
        };
        section.kind == kind && fits && !section.is_rejected()
    };
    let mut sections = sdp.sections.iter().filter(usable);
    let Some(section) = sections.next() else { return Ok(None) };
    let unsupported = |feature: &str| Err(faults::sdp_unsupported(format!("{feature} (section {})", section.mid)));
    if sections.next().is_some() {
        return unsupported("there is more than one section of its kind");
    }
    if !section.protocol.ends_with("RTP/SAVPF") {
        return unsupported("the profile is not UDP/TLS/RTP/SAVPF");
    }
    if !section.rtcp_mux {
        return unsupported("rtcp-mux is missing");
    }
    if !sdp.is_bundled(section) {
        return unsupported("BUNDLE is missing");
    }
    let mut codecs: Vec<&str> = section.rtpmaps.iter().map(|rtpmap| rtpmap.name).collect();
    codecs.dedup();
    Ok(Some(OfferedTrack { mid: section.mid.clone(), codecs: codecs.join(", ").chars().take(200).collect() }))
}
