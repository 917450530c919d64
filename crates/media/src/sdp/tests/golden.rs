//! Offers as browsers and GStreamer send them, and the exact answers they get. After a wanted change, `EXEDRA_BLESS=1 cargo test
//! -p exedra-media golden` writes the answers anew; review them as code.

use std::path::Path;

use super::*;

/// Sections on which the client may send are received, the others are sent a VP8 or Opus track.
fn answered(offer: &str) -> Answer {
    let payload = |pt, codec: Codec, rtx_pt| Payload {
        pt,
        codec,
        clock_hz: codec.clock_hz(),
        channels: if codec == Codec::Opus { 2 } else { 1 },
        fmtp: None,
        rtx_pt,
        red_pt: None,
        nack: true,
        pli: true,
        fir: true,
        twcc: true,
    };
    let offer = Sdp::parse(offer).unwrap();
    answer(&offer, &transport(Setup::Passive), |section| match section.kind {
        _ if section.direction.sends() => receive_all(),
        SectionKind::Audio => send(&[payload(111, Codec::Opus, None)], 1_000),
        _ => send(&[payload(96, Codec::Vp8, Some(97))], 2_000),
    })
    .unwrap()
}

fn check(name: &str) -> Answer {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sdp/golden");
    let offer = std::fs::read_to_string(golden.join(format!("{name}.offer.sdp"))).unwrap();
    // Descriptions end their lines with CRLF; files in a repository do not.
    let answer = answered(&offer.replace('\n', "\r\n"));
    let text = answer.sdp.replace("\r\n", "\n");
    let path = golden.join(format!("{name}.answer.sdp"));
    if std::env::var_os("EXEDRA_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap(), "{name}");
    Sdp::parse(&answer.sdp).unwrap();
    answer
}

fn directions(answer: &Answer) -> Vec<Direction> {
    answer.sections.iter().map(|section| section.direction).collect()
}

#[test]
fn golden_chrome() {
    use Direction::{RecvOnly, SendOnly};
    let answer = check("chrome");
    assert_eq!(directions(&answer), [RecvOnly, RecvOnly, SendOnly, SendOnly]);
    let [video] = &answer.sections[1].encodings[..] else { panic!("one encoding") };
    assert!(video.ssrc.is_some() && video.rtx_ssrc.is_some());
    assert_eq!(answer.sections[3].payload_map, [(96, 96)]);
}

#[test]
fn golden_chrome_simulcast() {
    let answer = check("chrome-simulcast");
    let rids: Vec<_> = answer.sections[1].encodings.iter().filter_map(|encoding| encoding.rid.clone()).collect();
    assert_eq!(rids, ["h", "m", "l"]);
    assert_eq!(answer.sections[1].extensions.get(ExtensionKind::Rid), Some(10));
    assert_eq!(answer.sections[1].extensions.get(ExtensionKind::DependencyDescriptor), Some(12));
}

#[test]
fn golden_firefox() {
    let answer = check("firefox");
    assert_eq!(answer.sections[3].payload_map, [(96, 120)]);
    assert_eq!(answer.sections[3].payloads[0].rtx_pt, Some(124));
    assert_eq!(answer.sections[0].payloads[0].fmtp.as_deref(), Some("maxplaybackrate=48000;stereo=1;useinbandfec=1"));
}

#[test]
fn golden_firefox_simulcast() {
    let answer = check("firefox-simulcast");
    let rids: Vec<_> = answer.sections[1].encodings.iter().filter_map(|encoding| encoding.rid.clone()).collect();
    assert_eq!(rids, ["h", "m", "l"]);
}

#[test]
fn golden_safari() {
    let answer = check("safari");
    assert_eq!(directions(&answer), [Direction::RecvOnly, Direction::RecvOnly]);
    let codecs: Vec<Codec> = answer.sections[1].payloads.iter().map(|payload| payload.codec).collect();
    assert_eq!(codecs, [Codec::H264, Codec::H264, Codec::Vp8, Codec::Vp9]);
    assert_eq!(answer.sections[0].payloads[0].red_pt, Some(63));
    let reply = Sdp::parse(&answer.sdp).unwrap();
    assert_eq!(reply.bundle, ["0", "1"]);
    assert!(reply.sections[2].is_rejected(), "there are no data channels");
}

#[test]
fn golden_gstreamer() {
    let answer = check("gstreamer");
    assert_eq!(directions(&answer), [Direction::RecvOnly, Direction::RecvOnly]);
    assert_eq!(
        answer.sections[0].encodings,
        [Encoding { rid: None, ssrc: Some(3_484_078_952), rtx_ssrc: Some(1_629_131_433) }]
    );
    assert_eq!(answer.sections[1].mid, "audio1");
}
