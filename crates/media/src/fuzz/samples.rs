//! Valid input for each parser of this crate, made with our own writers.

use std::time::Instant;

use crate::codec::Codec;
use crate::extension::ExtensionKind;
use crate::rtcp::{CompoundWriter, FeedbackWriter, ReportBlock, SenderInfo};
use crate::rtp::{FixedHeader, HeaderWriter};
use crate::sdp::{self, LocalSource, OfferCodec, OfferSection, OfferTarget, Sdp, SectionPlan};

use super::call::{PUBLISHER_SSRC, Route};
use super::svc::{Scalability, SvcFrame};
use super::{PROFILES, introduced, keys, next_datagram};

pub fn stun() -> Vec<Vec<u8>> {
    let mut now = Instant::now();
    vec![next_datagram(&mut introduced(now).0, &mut now)]
}

/// Changes to a check that change nothing, and one that spoils no more than the fingerprint's place.
pub fn patches() -> Vec<Vec<u8>> {
    vec![vec![], vec![0, 20, 0], vec![0, 4, 0, 1, 0, 0, 0, 30, 0]]
}

/// The first flight of a handshake, whole and in its records.
pub fn dtls() -> Vec<Vec<u8>> {
    let mut now = Instant::now();
    let (mut client, mut server) = introduced(now);
    let mut flights = Vec::new();
    let (from, to) = (super::address(super::CLIENT), super::address(super::SERVER));
    while flights.len() < 2 {
        let datagram = next_datagram(&mut client, &mut now);
        if (20..64).contains(&datagram[0]) {
            flights.push(datagram.clone());
        }
        let _ = server.handle_datagram(from, to, &datagram, now);
        let mut answer = Vec::new();
        while server.poll_transmit(&mut answer).is_some() {
            let _ = client.handle_datagram(to, from, &answer, now);
        }
    }
    // Later flights belong to a handshake of their own; only a hello is understood out of the blue.
    flights.truncate(1);
    flights
}

/// A packet with every extension we use.
pub fn rtp_packet(ssrc: u32, two_byte: bool, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0; 1_500];
    let fixed = FixedHeader { payload_type: 96, marker: true, sequence: 7, timestamp: 90_000, ssrc };
    let mut writer = HeaderWriter::new(&mut packet, fixed, two_byte);
    let ids = sdp::offered_extensions(crate::codec::Kind::Video);
    for (kind, data) in [
        (ExtensionKind::Mid, &b"0"[..]),
        (ExtensionKind::TransportSequence, &[0, 9]),
        (ExtensionKind::AbsSendTime, &[1, 2, 3]),
        (ExtensionKind::VideoOrientation, &[1]),
    ] {
        writer.element(ids.get(kind).expect("offered"), data);
    }
    let header_len = writer.finish();
    packet[header_len..header_len + payload.len()].copy_from_slice(payload);
    packet.truncate(header_len + payload.len());
    packet
}

pub fn rtp() -> Vec<Vec<u8>> {
    let mut padded = rtp_packet(5, false, &[1, 2, 3, 4, 0, 0, 3]);
    padded[0] |= 0x20;
    vec![
        rtp_packet(5, false, &[0x90, 0x80, 1, 0]),
        rtp_packet(5, true, &[9; 300]),
        padded,
        vec![0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xfe],
    ]
}

pub fn srtp() -> Vec<Vec<u8>> {
    let seal = |profile, plain: &[u8]| {
        let mut sender = keys(profile).0;
        let mut stream = sender.open_stream(5).expect("a fresh key");
        let header_len = crate::rtp::RtpHeader::parse(plain).expect("a sample").len;
        let mut packet = plain.to_vec();
        packet.resize(plain.len() + 32, 0);
        let len = sender.protect_rtp(&mut stream, &mut packet, header_len, plain.len(), 7).expect("sealed");
        packet.truncate(len);
        packet
    };
    let plain = rtp_packet(5, false, &[7; 60]);
    PROFILES.map(|profile| seal(profile, &plain)).to_vec()
}

pub fn rtcp() -> Vec<Vec<u8>> {
    let block = ReportBlock {
        ssrc: PUBLISHER_SSRC,
        fraction_lost: 3,
        cumulative_lost: -1,
        highest_sequence: 0x1_0007,
        jitter: 9,
        last_sender_report: 1,
        delay_since: 2,
    };
    let info = SenderInfo { ntp: 1 << 40, rtp_timestamp: 90_000, packets: 7, bytes: 700 };
    let compound = |write: &dyn Fn(&mut CompoundWriter<'_>)| {
        let mut buffer = [0; 1_200];
        let mut writer = CompoundWriter::new(&mut buffer);
        write(&mut writer);
        let len = writer.len();
        buffer[..len].to_vec()
    };
    let mut feedback = [0; 1_200];
    let arrivals: Vec<_> = (0..40u64).map(|i| (i % 5 != 0).then_some(1_000_000 + i * i * 900)).collect();
    let (len, _) = FeedbackWriter::default().write(&mut feedback, 1, 2, 65_520, &arrivals).expect("room");
    vec![
        compound(&|w| {
            w.sender_report(PUBLISHER_SSRC, &info);
            w.cname(PUBLISHER_SSRC, "somebody");
        }),
        compound(&|w| {
            w.receiver_report(1, &[block, block]);
            w.nack(1, PUBLISHER_SSRC, &[1, 2, 3, 40, 65_535]);
            w.pli(1, PUBLISHER_SSRC);
            w.fir(1, PUBLISHER_SSRC, 1);
        }),
        compound(&|w| {
            w.receiver_report(1, &[]);
            w.bye(1);
        }),
        feedback[..len].to_vec(),
        // REMB of 1 Mbit/s.
        vec![0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, b'R', b'E', b'M', b'B', 1, 0x0b, 0xd0, 0x90, 0, 0, 0, 2],
    ]
}

pub fn srtcp() -> Vec<Vec<u8>> {
    let seal = |(profile, plain): (_, Vec<u8>)| {
        let mut packet = plain.clone();
        packet.resize(plain.len() + 32, 0);
        let len = keys(profile).0.protect_rtcp(&mut packet, plain.len()).expect("sealed");
        packet.truncate(len);
        packet
    };
    PROFILES.into_iter().zip(rtcp()).map(seal).collect()
}

/// Opus, VP8, VP9, H.264, AV1, after the byte that names them.
pub fn payloads() -> Vec<Vec<u8>> {
    vec![
        vec![0, 0xfc, 0xff, 0xfe],
        vec![1, 0x90, 0xe0, 0x81, 0x23, 7, 0x40, 0x10, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0xe0, 1],
        vec![2, 0xaa, 0x81, 0x23, 0x20, 0x18, 1, 2, 0x80, 1, 0x68, 0x49, 0x83, 0x42],
        vec![3, 0x78, 0, 4, 0x67, 0x42, 0xe0, 0x1f, 0, 2, 0x68, 0xce],
        vec![3, 0x7c, 0x85, 0x88, 0x84],
        vec![5, 0xef, 0x0f, 0, 2, 0x6f, 7, 7, 9, 9, 9],
        vec![4, 0x18, 0x0a, 0x0b, 0, 0, 0, 0x24, 0xcf, 0x7f, 0x0d, 0xbf],
    ]
}

/// A key frame's with its structure, and one that refers to it; for the feed, which keeps nothing between inputs.
pub fn descriptors() -> Vec<Vec<u8>> {
    let modes = [(1, 1, false), (1, 3, false), (2, 2, true), (3, 3, false), (3, 3, true)];
    let sample = |(spatial, temporal, key_only)| {
        let mode = Scalability { spatial, temporal, key_only };
        let key = mode.descriptor(SvcFrame { spatial: 0, temporal: 0, is_key: true }, 1, true, false);
        let largest = SvcFrame { spatial: spatial - 1, temporal: temporal - 1, is_key: false };
        let delta = mode.descriptor(largest, 1 + u16::from(spatial), true, true);
        [vec![key.len() as u8], key, delta].concat()
    };
    modes.into_iter().map(sample).collect()
}

fn sections() -> Vec<OfferSection> {
    let names = |target: &str| (format!("stream-{target}"), format!("track-{target}"));
    let (stream_id, track_id) = names("camera");
    let source = LocalSource { ssrc: PUBLISHER_SSRC, rtx_ssrc: Some(PUBLISHER_SSRC + 1) };
    let one = OfferTarget::Send { source, stream_id, track_id, cname: "somebody".to_owned() };
    let (stream_id, track_id) = names("layers");
    let rids = ["h", "m", "l"].map(str::to_owned).to_vec();
    let section = |mid: &str, codecs: &[Codec], target| OfferSection {
        mid: mid.to_owned(),
        kind: codecs[0].kind(),
        codecs: codecs.iter().map(|codec| OfferCodec::usual(*codec)).collect(),
        target,
    };
    vec![
        section("0", &[Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1], one),
        section("1", &[Codec::Vp8], OfferTarget::SendSimulcast { rids, stream_id, track_id }),
        section("2", &[Codec::Opus], OfferTarget::Receive),
        section("3", &[Codec::Vp8], OfferTarget::Stopped),
    ]
}

/// One of our own, and one as browsers write them.
pub fn offers() -> Vec<Vec<u8>> {
    let (client, _) = introduced(Instant::now());
    vec![sdp::offer(&client.local_params(), &sections()).into_bytes(), BROWSER_OFFER.as_bytes().to_vec()]
}

pub fn answers() -> Vec<Vec<u8>> {
    let (client, server) = introduced(Instant::now());
    let offer = sdp::offer(&client.local_params(), &sections());
    let offer = Sdp::parse(&offer).expect("our own offer");
    let plan = |codecs: &[Codec]| SectionPlan::Receive { codecs: codecs.to_vec(), red: false, agreed: Vec::new() };
    let all = [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1];
    let answer = sdp::answer(&offer, &server.local_params(), |_| plan(&all)).expect("an answer");
    vec![answer.sdp.into_bytes()]
}

pub fn fragments() -> Vec<Vec<u8>> {
    let answer = answers().remove(0);
    let answer = std::str::from_utf8(&answer).expect("our own answer");
    vec![sdp::IceFragment::of_answer(answer).expect("a fragment").into_bytes()]
}

/// For the plane: each kind of datagram by each route.
pub fn datagrams() -> Vec<Vec<u8>> {
    let by = |route: Route| move |datagram: Vec<u8>| [&[route as u8], &datagram[..]].concat();
    let key_frame = rtp_packet(PUBLISHER_SSRC, false, &payloads()[1][1..]);
    let mut all: Vec<Vec<u8>> = vec![by(Route::Sealed)(key_frame)];
    all.extend(rtp().into_iter().map(by(Route::Sealed)));
    all.extend(rtcp().into_iter().map(by(Route::Sealed)));
    all.extend(rtcp().into_iter().map(by(Route::SealedBySubscriber)));
    all
}

const BROWSER_OFFER: &str = "v=0\r
o=- 4611731400430051336 2 IN IP4 127.0.0.1\r
s=-\r
t=0 0\r
a=group:BUNDLE 0 1 2\r
a=extmap-allow-mixed\r
a=msid-semantic: WMS *\r
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 0 126\r
c=IN IP4 0.0.0.0\r
a=rtcp:9 IN IP4 0.0.0.0\r
a=candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host generation 0\r
a=ice-ufrag:F7gI\r
a=ice-pwd:x9cml/YzichV2+XlhiMu8g1a\r
a=ice-options:trickle\r
a=fingerprint:sha-256 D1:2C:BE:AD:C4:F6:64:5C:25:16:11:9C:AF:E7:0F:73:79:36:4E:9C:1E:15:54:39:0C:06:8B:ED:96:86:00:39\r
a=setup:actpass\r
a=mid:0\r
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r
a=extmap:2/sendonly http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r
a=sendrecv\r
a=msid:- 5f2c\r
a=rtcp-mux\r
a=rtpmap:111 opus/48000/2\r
a=rtcp-fb:111 transport-cc\r
a=fmtp:111 minptime=10;useinbandfec=1\r
a=rtpmap:63 red/48000/2\r
a=fmtp:63 111/111\r
a=rtpmap:0 PCMU/8000\r
a=rtpmap:126 telephone-event/8000\r
a=ssrc:1399694169 cname:cJOoUJH2CEuTb2Qb\r
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103\r
c=IN IP4 0.0.0.0\r
a=ice-ufrag:F7gI\r
a=ice-pwd:x9cml/YzichV2+XlhiMu8g1a\r
a=fingerprint:sha-256 D1:2C:BE:AD:C4:F6:64:5C:25:16:11:9C:AF:E7:0F:73:79:36:4E:9C:1E:15:54:39:0C:06:8B:ED:96:86:00:39\r
a=setup:actpass\r
a=mid:1\r
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r
a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r
a=sendonly\r
a=rtcp-mux\r
a=rtcp-rsize\r
a=rtpmap:96 VP8/90000\r
a=rtcp-fb:96 nack\r
a=rtcp-fb:96 nack pli\r
a=rtcp-fb:96 ccm fir\r
a=rtpmap:97 rtx/90000\r
a=fmtp:97 apt=96\r
a=rtpmap:102 H264/90000\r
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r
a=rtpmap:103 rtx/90000\r
a=fmtp:103 apt=102\r
a=rid:q send\r
a=rid:f send\r
a=simulcast:send q;~f\r
a=ssrc-group:FID 2231627014 632943048\r
a=ssrc:2231627014 cname:cJOoUJH2CEuTb2Qb\r
a=ssrc:632943048 cname:cJOoUJH2CEuTb2Qb\r
m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r
c=IN IP4 0.0.0.0\r
a=ice-ufrag:F7gI\r
a=ice-pwd:x9cml/YzichV2+XlhiMu8g1a\r
a=fingerprint:sha-256 D1:2C:BE:AD:C4:F6:64:5C:25:16:11:9C:AF:E7:0F:73:79:36:4E:9C:1E:15:54:39:0C:06:8B:ED:96:86:00:39\r
a=setup:actpass\r
a=mid:2\r
a=sctp-port:5000\r
";
