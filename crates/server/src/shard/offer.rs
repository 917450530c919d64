//! What the sections of an offer stand for, and what is wrong with an offer that the plane refuses.

use exedra_contract::{Fault, faults};
use exedra_media::limits::Limits;
use exedra_media::sdp::{Sdp, SdpError, SectionKind};
use exedra_media::{NegotiateError, SectionBinding, SectionTarget, SubscriptionId, TrackId};
use exedra_session::{SectionPlan, Sections};

/// The room named audio and video for each section; the offer says which of the two it is.
pub fn bindings(offer: &str, planned: &Sections) -> Result<Vec<SectionBinding>, Fault> {
    let sdp = Sdp::parse(offer).map_err(|error| fault(NegotiateError::Sdp(error)))?;
    let mut bindings = Vec::with_capacity(planned.plans.len());
    for plan in &planned.plans {
        let (SectionPlan::Send { mid, .. } | SectionPlan::Receive { mid, .. }) = plan;
        let section = sdp.sections.iter().find(|section| section.mid == *mid);
        let kind = section.ok_or_else(|| faults::section_unknown(mid.as_str()))?.kind;
        let target = match plan {
            SectionPlan::Send { audio, video, .. } => {
                of_kind(kind, *audio, *video).map(|track| SectionTarget::Send { track: TrackId(track.0) })
            }
            SectionPlan::Receive { audio, video, .. } => of_kind(kind, *audio, *video).map(|flow| {
                SectionTarget::Receive { track: TrackId(flow.track.0), subscription: SubscriptionId(flow.key.0) }
            }),
        };
        // A section of a kind that the stream does not have is answered as inactive.
        bindings.extend(target.map(|target| SectionBinding { mid: mid.clone(), target }));
    }
    Ok(bindings)
}

fn of_kind<T>(kind: SectionKind, audio: Option<T>, video: Option<T>) -> Option<T> {
    match kind {
        SectionKind::Audio => audio,
        SectionKind::Video => video,
        SectionKind::Other => None,
    }
}

pub fn fault(error: NegotiateError) -> Fault {
    let limits = Limits::default();
    match error {
        NegotiateError::Sdp(SdpError::MalformedLine(line)) => {
            faults::sdp_invalid(line as u64, "it does not have the form that its type demands")
        }
        NegotiateError::Sdp(error) => faults::sdp_invalid(0, error.to_string()),
        NegotiateError::Answer(error) => faults::sdp_unsupported(error.to_string()),
        NegotiateError::UnknownSection { mid } => faults::section_unknown(mid),
        NegotiateError::TooManyTracks => {
            faults::stream_limit_exceeded(limits.tracks_per_peer_max as u64, "media transport")
        }
        NegotiateError::TooManySubscriptions => {
            faults::subscription_limit_exceeded(limits.subscriptions_per_peer_max as u64, "media transport")
        }
        NegotiateError::PeerOver => faults::transport_lost(0),
        // The plane was full when the room opened the peer.
        NegotiateError::UnknownPeer => faults::server_overloaded("media peers", limits.peers_max as u64),
        NegotiateError::UnknownTrack { .. } | NegotiateError::NotYours { .. } => faults::internal().because(error),
    }
}
