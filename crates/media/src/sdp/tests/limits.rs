//! One past each bound, and descriptions that are wrong in one place.

use proptest::prelude::*;

use super::*;

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
const SECTION: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n";

fn error(text: &str) -> SdpError {
    Sdp::parse(text).unwrap_err()
}

#[test]
fn one_past_each_bound_is_an_error() {
    assert_eq!(error(&" ".repeat(SDP_BYTES_MAX + 1)), SdpError::TooLong);
    let line = |len: usize| format!("{HEAD}a={}\r\n", "x".repeat(len - 2));
    assert!(Sdp::parse(&line(SDP_LINE_BYTES_MAX)).is_ok());
    assert_eq!(error(&line(SDP_LINE_BYTES_MAX + 1)), SdpError::LineTooLong);
    let lines = |count: usize| format!("v=0\n{}", "a=x\n".repeat(count - 1));
    assert!(Sdp::parse(&lines(SDP_LINES_MAX)).is_ok());
    assert_eq!(error(&lines(SDP_LINES_MAX + 1)), SdpError::TooManyLines);
    let sections = |count: usize| format!("{HEAD}{}", "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n".repeat(count));
    assert!(Sdp::parse(&sections(SDP_SECTIONS_MAX)).is_ok());
    assert_eq!(error(&sections(SDP_SECTIONS_MAX + 1)), SdpError::TooManySections);
    for item in
        ["a=rtpmap:1 x/1", "a=fmtp:1 x", "a=rtcp-fb:1 nack", "a=extmap:1 x", "a=rid:x send", "a=ssrc-group:FID 1"]
    {
        let items = |count: usize| format!("{HEAD}{SECTION}{}", format!("{item}\r\n").repeat(count));
        assert!(Sdp::parse(&items(SDP_ITEMS_MAX - 1)).is_ok(), "{item}");
        assert_eq!(error(&items(SDP_ITEMS_MAX + 1)), SdpError::TooManyItems, "{item}");
    }
    let ssrcs: String = (0..=SDP_ITEMS_MAX).map(|ssrc| format!("a=ssrc:{ssrc} cname:x\r\n")).collect();
    assert_eq!(error(&format!("{HEAD}{SECTION}{ssrcs}")), SdpError::TooManyItems);
}

#[test]
fn a_malformed_line_is_named_by_its_number() {
    for line in [
        "nonsense",
        "m=audio",
        "m=audio x UDP/TLS/RTP/SAVPF 0",
        "a=rtpmap:111",
        "a=rtpmap:300 opus/48000",
        "a=fmtp:x y",
        "a=extmap:x",
        "a=ssrc:x cname:y",
        "a=ssrc-group:FID x",
        "a=ice-ufrag:abc",
        "a=ice-pwd:short",
        "a=ice-ufrag:with space",
    ] {
        assert_eq!(error(&format!("{HEAD}{SECTION}{line}\r\n")), SdpError::MalformedLine(8), "{line}");
    }
    assert_eq!(error(""), SdpError::NotSdp);
    assert_eq!(error("o=- 1 1 IN IP4 0.0.0.0"), SdpError::NotSdp);
    assert_eq!(error(&format!("{HEAD}{SECTION}a=mid:0\r\n{SECTION}a=mid:0\r\n")), SdpError::DuplicateMid);
}

#[test]
fn what_is_missing_of_the_transport_is_named() {
    let missing = |text: &str| Sdp::parse(text).unwrap().transport().unwrap_err();
    assert_eq!(missing(HEAD), SdpError::NoUsableSection);
    assert_eq!(missing(&format!("{HEAD}{SECTION}")), SdpError::MissingIceCredentials);
    let credentials = "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n";
    assert_eq!(missing(&format!("{HEAD}{SECTION}{credentials}")), SdpError::MissingFingerprint);
    assert_eq!(
        missing(&format!("{HEAD}{SECTION}{credentials}a=fingerprint:sha-1 00:11\r\n")),
        SdpError::MissingFingerprint
    );
}

/// The native offer with one thing changed; the answer's section 2 is sent a VP9 track.
fn problem_of(mid: &str, change: impl Fn(String) -> String, plan: impl Fn() -> SectionPlan) -> NegotiatedSection {
    let text = change(native_offer());
    let offer = Sdp::parse(&text).unwrap();
    let answer = answer(&offer, &transport(Setup::Passive), |section| match section.mid == mid {
        true => plan(),
        false => SectionPlan::Inactive,
    })
    .unwrap();
    Sdp::parse(&answer.sdp).unwrap();
    answer.sections.into_iter().find(|section| section.mid == mid).unwrap()
}

#[test]
fn a_section_that_cannot_be_served_says_why() {
    let unchanged = |text: String| text;
    let only_av1 = || SectionPlan::Receive { codecs: vec![Codec::Av1], red: false, agreed: Vec::new() };
    let no_codec = problem_of("1", unchanged, only_av1);
    assert_eq!(no_codec.problem, Some(SectionProblem::CodecUnsupported { wanted: vec![Codec::Av1] }));
    assert_eq!(no_codec.direction, Direction::Inactive);
    assert!(no_codec.extensions.get(ExtensionKind::Mid).is_some(), "a section that rests keeps its extensions");

    let published = || Payload {
        pt: 1,
        codec: Codec::H264,
        clock_hz: 90_000,
        channels: 1,
        fmtp: Some("packetization-mode=1;profile-level-id=42e01f".to_owned()),
        rtx_pt: None,
        red_pt: None,
        nack: true,
        pli: true,
        fir: true,
        twcc: true,
    };
    let undecodable = problem_of("2", unchanged, || send(&[published()], 1));
    assert_eq!(undecodable.problem, Some(SectionProblem::CodecUnsupported { wanted: vec![Codec::H264] }));
    assert_eq!((undecodable.local, undecodable.payloads.len()), (None, 0));

    let backwards = problem_of("2", unchanged, receive_all);
    assert_eq!(backwards.problem, Some(SectionProblem::DirectionMismatch));
    let backwards = problem_of("1", unchanged, || send(&[published()], 1));
    assert_eq!(backwards.problem, Some(SectionProblem::DirectionMismatch));

    let unbundled = problem_of("1", |text| text.replace("BUNDLE 0 1 2", "BUNDLE 0 2"), receive_all);
    assert_eq!(unbundled.problem, Some(SectionProblem::NotMultiplexed));
    let no_mux = problem_of("1", |text| text.replace("a=rtcp-mux\r\n", ""), receive_all);
    assert_eq!(no_mux.problem, Some(SectionProblem::NotMultiplexed));
    let plain_rtp = problem_of("1", |text| text.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), receive_all);
    assert_eq!(plain_rtp.problem, Some(SectionProblem::UnsupportedMedia));
}

#[test]
fn an_offer_whose_roles_conflict_with_ours_is_refused() {
    let refusal = |ours: Setup, change: fn(String) -> String| {
        let text = change(native_offer());
        let offer = Sdp::parse(&text).unwrap();
        answer(&offer, &transport(ours), |_| receive_all()).err()
    };
    let passive = |text: String| text.replace("setup:actpass", "setup:passive");
    let active = |text: String| text.replace("setup:actpass", "setup:active");
    assert_eq!(refusal(Setup::Passive, passive), Some(AnswerError::SetupConflict));
    assert_eq!(refusal(Setup::Active, active), Some(AnswerError::SetupConflict));
    assert_eq!(refusal(Setup::Active, passive), None);
    let lite = |text: String| text.replace("t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n");
    assert_eq!(refusal(Setup::Passive, lite), Some(AnswerError::RemoteIsLite));
}

#[test]
fn extension_ids_that_do_not_exist_or_repeat_are_left_out() {
    let lines = "a=extmap:0 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=extmap:15 urn:3gpp:video-orientation\r\n\
                 a=extmap:300 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
                 a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\na=extmap:5 urn:ietf:params:rtp-hdrext:sdes:mid\r\n";
    let text = format!("{HEAD}{SECTION}{lines}");
    let offer = Sdp::parse(&text).unwrap();
    let answer = answer(&offer, &transport(Setup::Passive), |_| receive_all()).unwrap();
    let ids: Vec<_> = answer.sections[0].extensions.iter().collect();
    assert_eq!(ids, [(4, ExtensionKind::Mid)]);
}

proptest! {
    /// Lines of real offers in any order and number, damaged here and there: an error or an answer that can be read.
    #[test]
    fn shuffled_and_damaged_offers_do_no_harm(
        picks in proptest::collection::vec((0_usize..4_000, 0_usize..200, any::<u8>()), 0..120),
    ) {
        let offers = [
            include_str!("../golden/chrome-simulcast.offer.sdp"),
            include_str!("../golden/firefox-simulcast.offer.sdp"),
            include_str!("../golden/safari.offer.sdp"),
            include_str!("../golden/gstreamer.offer.sdp"),
        ];
        let lines: Vec<&str> = offers.iter().flat_map(|offer| offer.lines()).collect();
        let mut text = String::from("v=0\r\n");
        for (pick, position, byte) in picks {
            let mut line = lines[pick % lines.len()].as_bytes().to_vec();
            if byte < 40 && !line.is_empty() {
                let position = position % line.len();
                line[position] = byte + 32;
            }
            text.push_str(&String::from_utf8_lossy(&line));
            text.push_str("\r\n");
        }
        let Ok(offer) = Sdp::parse(&text) else { return Ok(()) };
        let plan = |section: &SdpSection<'_>| match section.direction.sends() {
            true => receive_all(),
            false => send(&codecs::supported(section), 1),
        };
        if let Ok(answered) = answer(&offer, &transport(Setup::Passive), plan) {
            let reply = Sdp::parse(&answered.sdp).expect("an answer can be read");
            prop_assert_eq!(reply.sections.len(), offer.sections.len());
            prop_assert_eq!(read_answer(&reply).len(), answered.sections.len());
        }
    }
}
