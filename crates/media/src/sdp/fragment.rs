//! The part of a description that WHIP and WHEP send alone (RFC 8840; RFC 9725, 4.3): credentials and candidates.

use std::fmt::Write;

use super::answer::write_candidates;
use super::{Sdp, SdpError};

/// The credentials of one ICE session, as one side says them. Candidates of a client's are not kept: an ICE-lite agent learns
/// addresses from the checks that come from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceFragment {
    pub ufrag: String,
    pub pwd: String,
}

impl IceFragment {
    pub fn parse(text: &str) -> Result<Self, SdpError> {
        // A fragment is a description without its head, of which one line is demanded.
        let whole = format!("v=0\r\n{text}");
        let sdp = Sdp::parse(&whole).map_err(|error| match error {
            SdpError::MalformedLine(line) => SdpError::MalformedLine(line - 1),
            error => error,
        })?;
        let (ufrag, pwd) = sdp.ice_credentials().ok_or(SdpError::MissingIceCredentials)?;
        Ok(Self { ufrag: ufrag.to_owned(), pwd: pwd.to_owned() })
    }

    /// The same offer with these credentials: what a client would offer to restart ICE.
    pub fn applied_to(&self, offer: &str) -> String {
        let mut out = String::with_capacity(offer.len());
        for line in offer.lines() {
            match line.split_once(':').map_or(line, |(name, _)| name) {
                "a=ice-ufrag" => {
                    let _ = write!(out, "a=ice-ufrag:{}\r\n", self.ufrag);
                }
                "a=ice-pwd" => {
                    let _ = write!(out, "a=ice-pwd:{}\r\n", self.pwd);
                }
                "a=candidate" | "a=end-of-candidates" => {}
                _ => {
                    let _ = write!(out, "{line}\r\n");
                }
            }
        }
        out
    }

    /// What an answer of ours says of ICE, as a fragment of its own.
    pub fn of_answer(answer: &str) -> Result<String, SdpError> {
        let sdp = Sdp::parse(answer)?;
        let transport = sdp.transport()?;
        let section = sdp.sections.iter().find(|section| !section.is_rejected()).ok_or(SdpError::NoUsableSection)?;
        let mut out = String::from("a=ice-lite\r\n");
        let _ = write!(out, "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n", transport.ufrag, transport.pwd);
        let formats = section.formats.join(" ");
        let _ = write!(out, "m={} 9 {} {formats}\r\na=mid:{}\r\n", section.media, section.protocol, section.mid);
        write_candidates(&mut out, &transport.candidates);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As in RFC 9725, 4.3.2, with names of our own.
    const TRICKLED: &str = "a=ice-ufrag:ab12\r\na=ice-pwd:0123456789abcdefghijklmn\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n\
        a=mid:0\r\na=candidate:1 1 UDP 2122252543 6d5a.local 51000 typ host\r\na=end-of-candidates\r\n";

    fn other() -> IceFragment {
        IceFragment { ufrag: "zz99".to_owned(), pwd: "nmlkjihgfedcba9876543210".to_owned() }
    }

    #[test]
    fn credentials_are_read_from_the_session_or_a_section() {
        let expected = IceFragment { ufrag: "ab12".to_owned(), pwd: "0123456789abcdefghijklmn".to_owned() };
        assert_eq!(IceFragment::parse(TRICKLED), Ok(expected.clone()));
        let (credentials, section) = TRICKLED.split_at(TRICKLED.find("m=").unwrap());
        assert_eq!(IceFragment::parse(&format!("{section}{credentials}")), Ok(expected));
    }

    #[test]
    fn what_is_no_fragment_is_refused_at_its_own_line() {
        assert_eq!(IceFragment::parse(""), Err(SdpError::MissingIceCredentials));
        assert_eq!(IceFragment::parse("a=ice-ufrag:ab12\r\n"), Err(SdpError::MissingIceCredentials));
        assert_eq!(IceFragment::parse("a=ice-ufrag:a b\r\n"), Err(SdpError::MalformedLine(1)));
        assert_eq!(IceFragment::parse("a=group:BUNDLE 0\r\nrubbish\r\n"), Err(SdpError::MalformedLine(2)));
    }

    #[test]
    fn an_offer_with_other_credentials_is_otherwise_the_same() {
        let offer = include_str!("golden/chrome.offer.sdp");
        let (before, restarted) = (Sdp::parse(offer).unwrap(), other().applied_to(offer));
        let after = Sdp::parse(&restarted).unwrap();
        let (before_transport, transport) = (before.transport().unwrap(), after.transport().unwrap());
        assert_eq!((&*transport.ufrag, &*transport.pwd), ("zz99", "nmlkjihgfedcba9876543210"));
        assert_eq!(transport.fingerprint, before_transport.fingerprint);
        assert_eq!(after.sections.len(), before.sections.len());
        let kept =
            |text: &str| text.lines().filter(|line| !line.contains("ice-") && !line.contains("candidate")).count();
        assert_eq!(kept(&restarted), kept(offer));
    }

    #[test]
    fn an_answer_as_a_fragment_reads_back() {
        let answer = include_str!("golden/chrome.answer.sdp");
        let transport = Sdp::parse(answer).unwrap().transport().unwrap();
        let fragment = IceFragment::of_answer(answer).unwrap();
        let read = IceFragment::parse(&fragment).unwrap();
        assert_eq!((read.ufrag, read.pwd), (transport.ufrag, transport.pwd));
        assert_eq!(fragment.matches("a=candidate:").count(), transport.candidates.len());
        assert_eq!(IceFragment::of_answer("v=0\r\n"), Err(SdpError::NoUsableSection));
    }
}
