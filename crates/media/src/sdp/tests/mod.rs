//! Whole descriptions: offers as browsers send them, and the answers they get.

mod golden;
mod limits;

use super::*;
use crate::codec::{Codec, Kind};
use crate::dtls::Fingerprint;
use crate::extension::ExtensionKind;
use crate::transport::{Setup, TransportParams};

fn transport(setup: Setup) -> TransportParams {
    TransportParams {
        ufrag: "serverufrag1".to_owned(),
        pwd: "a-password-of-the-server".to_owned(),
        fingerprint: Fingerprint::of(b"server"),
        candidates: vec!["192.0.2.1:5000".parse().unwrap(), "[2001:db8::1]:5000".parse().unwrap()],
        setup,
        ice_lite: setup == Setup::Passive,
    }
}

fn receive_all() -> SectionPlan {
    let codecs = vec![Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1];
    SectionPlan::Receive { codecs, red: true, agreed: Vec::new() }
}

fn send(published: &[Payload], ssrc: u32) -> SectionPlan {
    SectionPlan::Send {
        published: published.to_vec(),
        red: true,
        source: LocalSource { ssrc, rtx_ssrc: Some(ssrc + 1) },
        stream_id: "stream".to_owned(),
        track_id: "track".to_owned(),
        cname: "cname".to_owned(),
    }
}

fn native_offer() -> String {
    let section = |mid: &str, codecs: &[Codec], target| OfferSection {
        mid: mid.to_owned(),
        kind: codecs[0].kind(),
        codecs: codecs.iter().map(|codec| OfferCodec::usual(*codec)).collect(),
        target,
    };
    offer(
        &transport(Setup::Active),
        &[
            section(
                "0",
                &[Codec::Opus],
                OfferTarget::Send {
                    source: LocalSource { ssrc: 10, rtx_ssrc: None },
                    stream_id: "s".to_owned(),
                    track_id: "a".to_owned(),
                    cname: "c".to_owned(),
                },
            ),
            section(
                "1",
                &[Codec::Vp8, Codec::H264],
                OfferTarget::SendSimulcast {
                    rids: ["h", "m", "l"].map(str::to_owned).to_vec(),
                    stream_id: "s".to_owned(),
                    track_id: "v".to_owned(),
                },
            ),
            section("2", &[Codec::Vp8, Codec::Vp9], OfferTarget::Receive),
            section("3", &[Codec::Vp8], OfferTarget::Stopped),
        ],
    )
}

#[test]
fn a_native_client_and_the_server_agree() {
    let text = native_offer();
    let parsed = Sdp::parse(&text).unwrap();
    assert_eq!(parsed.transport().unwrap().setup, Setup::ActPass);
    let published = vec![Payload {
        pt: 120,
        ..codecs_of(&parsed, "2").into_iter().find(|payload| payload.codec == Codec::Vp9).unwrap()
    }];
    let answered = answer(&parsed, &transport(Setup::Passive), |section| match &*section.mid {
        "2" => send(&published, 77),
        _ => receive_all(),
    })
    .unwrap();

    let video = &answered.sections[1];
    assert_eq!(video.direction, Direction::RecvOnly);
    let rids: Vec<_> = video.encodings.iter().map(|encoding| encoding.rid.as_deref().unwrap()).collect();
    assert_eq!(rids, ["h", "m", "l"]);
    let sent = &answered.sections[2];
    assert_eq!(sent.direction, Direction::SendOnly);
    assert_eq!(sent.payload_map, [(120, 98)]);
    assert_eq!(sent.local, Some(LocalSource { ssrc: 77, rtx_ssrc: Some(78) }));

    let reply = Sdp::parse(&answered.sdp).unwrap();
    assert_eq!(reply.transport().unwrap(), transport(Setup::Passive));
    let sections = read_answer(&reply);
    assert_eq!(sections.iter().map(|section| section.rejected).collect::<Vec<_>>(), [false, false, false, true]);
    assert_eq!(sections[1].rids, ["h", "m", "l"]);
    assert_eq!(sections[2].encodings, [Encoding { rid: None, ssrc: Some(77), rtx_ssrc: Some(78) }]);
    assert_eq!(sections[2].payloads.len(), 1);
    assert_eq!(sections[2].payloads[0].pt, 98);
    assert_eq!(sections[2].payloads[0].rtx_pt, Some(99));
    assert_eq!(sections[2].msid, Some(("stream".to_owned(), "track".to_owned())));
    assert_eq!(sections[0].extensions.get(ExtensionKind::AudioLevel), Some(4));
    assert_eq!(sections[0].kind, Kind::Audio);
}

/// What a section's formats would be, accepted in full.
fn codecs_of(sdp: &Sdp<'_>, mid: &str) -> Vec<Payload> {
    codecs::supported(sdp.sections.iter().find(|section| section.mid == mid).unwrap())
}
