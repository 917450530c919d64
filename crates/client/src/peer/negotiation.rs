//! The sections of our offers, and what the answers make of them.

use std::fmt;

use exedra_media::codec::{Codec, Kind};
use exedra_media::sdp::{
    self, AnsweredSection, Direction, LocalSource, OfferCodec, OfferSection, OfferTarget, Sdp, SdpError, SectionPlan,
};
use exedra_media::transport::TransportParams;

use super::CNAME;
use super::receive::ReceiveFormat;
use super::send::{SendFormat, SendNumbers};

/// One media section. It keeps its place for the life of the peer, in use or not.
#[derive(Debug, Clone)]
pub struct Section {
    pub mid: String,
    pub kind: Kind,
    pub usage: Usage,
}

#[derive(Debug, Clone, Copy)]
pub enum Usage {
    Send(SendNumbers),
    Receive,
    Stopped,
}

pub struct Answered {
    pub transport: TransportParams,
    pub sending: Vec<(SendFormat, SendNumbers)>,
    pub receiving: Vec<ReceiveFormat>,
}

/// Why an answer cannot be used at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerError {
    Sdp(SdpError),
    /// The server will not have the track: no common codec, or a section it does not know.
    Refused {
        mid: String,
    },
    /// The server's offer leaves us no role.
    Unanswerable(sdp::AnswerError),
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sdp(error) => write!(f, "answer: {error}"),
            Self::Refused { mid } => write!(f, "answer: section {mid} was refused"),
            Self::Unanswerable(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AnswerError {}

pub fn offer(sections: &[Section], transport: &TransportParams) -> String {
    let sections: Vec<_> = sections.iter().map(offered).collect();
    sdp::offer(transport, &sections)
}

fn offered(section: &Section) -> OfferSection {
    let codecs: &[Codec] = match (section.kind, section.usage) {
        (Kind::Audio, _) => &[Codec::Opus],
        // We send what our encoder makes, and count whatever others send.
        (Kind::Video, Usage::Send(_)) => &[Codec::Vp8],
        (Kind::Video, _) => &[Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1],
    };
    let target = match section.usage {
        Usage::Send(numbers) => OfferTarget::Send {
            source: LocalSource {
                ssrc: numbers.ssrc,
                rtx_ssrc: (section.kind == Kind::Video).then_some(numbers.rtx_ssrc),
            },
            stream_id: CNAME.to_owned(),
            track_id: section.mid.clone(),
            cname: CNAME.to_owned(),
        },
        Usage::Receive => OfferTarget::Receive,
        Usage::Stopped => OfferTarget::Inactive,
    };
    OfferSection {
        mid: section.mid.clone(),
        kind: section.kind,
        codecs: codecs.iter().map(|codec| OfferCodec::usual(*codec)).collect(),
        target,
    }
}

/// The kinds of an offer's sections and an answer that receives them all. What the server sends is then read from the offer
/// like from an answer.
pub fn accept(text: &str, transport: &TransportParams) -> Result<(Vec<Kind>, String), AnswerError> {
    let offer = Sdp::parse(text).map_err(AnswerError::Sdp)?;
    let plan = SectionPlan::Receive { codecs: vec![Codec::Opus, Codec::Vp8], red: false, agreed: Vec::new() };
    let answer = sdp::answer(&offer, transport, |_| plan.clone()).map_err(AnswerError::Unanswerable)?;
    Ok((answer.sections.iter().map(|section| section.kind).collect(), answer.sdp))
}

pub fn read_answer(text: &str, sections: &[Section]) -> Result<Answered, AnswerError> {
    let answer = Sdp::parse(text).map_err(AnswerError::Sdp)?;
    let transport = answer.transport().map_err(AnswerError::Sdp)?;
    let (mut sending, mut receiving) = (Vec::new(), Vec::new());
    let answered = sdp::read_answer(&answer);
    for section in sections {
        let refused = || AnswerError::Refused { mid: section.mid.clone() };
        let answered = answered.iter().find(|answered| answered.mid == section.mid && !answered.rejected);
        match section.usage {
            Usage::Stopped => {}
            Usage::Send(numbers) => {
                let answered = answered.filter(|answered| answered.direction == Direction::RecvOnly);
                let format = answered.and_then(send_format).ok_or_else(refused)?;
                sending.push((format, numbers));
            }
            Usage::Receive => {
                let answered = answered.filter(|answered| answered.direction == Direction::SendOnly);
                receiving.push(answered.and_then(receive_format).ok_or_else(refused)?);
            }
        }
    }
    Ok(Answered { transport, sending, receiving })
}

fn send_format(section: &AnsweredSection) -> Option<SendFormat> {
    let payload = section.payloads.first()?;
    Some(SendFormat {
        mid: section.mid.clone(),
        payload_type: payload.pt,
        rtx_payload_type: payload.rtx_pt,
        clock_hz: payload.clock_hz,
        extensions: section.extensions,
    })
}

fn receive_format(section: &AnsweredSection) -> Option<ReceiveFormat> {
    let encoding = section.encodings.first()?;
    Some(ReceiveFormat {
        mid: section.mid.clone(),
        kind: section.kind,
        payloads: section.payloads.clone(),
        extensions: section.extensions,
        ssrc: encoding.ssrc?,
        rtx_ssrc: encoding.rtx_ssrc,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use exedra_media::dtls::Identity;
    use exedra_media::transport::Transport;

    use super::*;

    #[test]
    fn a_server_that_offers_is_answered_actively_and_its_sections_are_received() {
        let identity = std::sync::Arc::new(Identity::generate().expect("a certificate"));
        let address = "192.0.2.1:5000".parse().expect("an address");
        let transport = Transport::client(identity, &[address], Instant::now()).local_params();
        let server_sends = |mid: &str, kind, ssrc| Section {
            mid: mid.to_owned(),
            kind,
            usage: Usage::Send(SendNumbers { ssrc, rtx_ssrc: ssrc + 1, first_sequence: 0, picture_id: 0 }),
        };
        let sections = [server_sends("0", Kind::Audio, 10), server_sends("1", Kind::Video, 20)];
        let lite = |sdp: String| sdp.replacen("t=0 0", "t=0 0\r\na=ice-lite", 1);
        let offer = lite(super::offer(&sections, &transport));
        let (kinds, answer) = accept(&offer, &transport).expect("an answer");
        assert_eq!(kinds, [Kind::Audio, Kind::Video]);
        assert_eq!(
            (answer.matches("a=recvonly").count(), answer.matches("a=setup:active").count()),
            (2, 2),
            "{answer}"
        );
        let received = ["0", "1"].map(|mid| Section { usage: Usage::Receive, ..server_sends(mid, Kind::Video, 0) });
        let ssrcs: Vec<u32> =
            read_answer(&offer, &received).expect("formats").receiving.iter().map(|format| format.ssrc).collect();
        assert_eq!(ssrcs, [10, 20]);
    }
}
