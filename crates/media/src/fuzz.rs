//! How the parsers of this crate are fed for fuzzing: see `exedra_malformed`.

mod call;
mod samples;
pub mod svc;

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use exedra_malformed::Parser;

use crate::codec::descriptor::{self, DESCRIPTOR_BYTES_MAX, DescriptorChange};
use crate::codec::{self, Codec};
use crate::dtls::Identity;
use crate::extension::ExtensionIds;
use crate::layers::Layer;
use crate::rtcp::{Compound, Feedback, Packet};
use crate::rtp::{RtpHeader, StreamNames};
use crate::sdp::{self, Sdp, SectionPlan};
use crate::srtp::{DtlsRole, SrtpKeys, SrtpProfile, SrtpReceiver, SrtpSender};
use crate::transport::{Transport, TransportError};
use call::Call;

pub const PARSERS: &[Parser] = &[
    Parser { name: "stun", feed: stun, samples: samples::stun },
    Parser { name: "stun_checks", feed: stun_checks, samples: samples::patches },
    Parser { name: "dtls", feed: dtls, samples: samples::dtls },
    Parser { name: "srtp", feed: srtp, samples: samples::srtp },
    Parser { name: "srtcp", feed: srtcp, samples: samples::srtcp },
    Parser { name: "rtp", feed: rtp, samples: samples::rtp },
    Parser { name: "rtcp", feed: rtcp, samples: samples::rtcp },
    Parser { name: "payload", feed: payload, samples: samples::payloads },
    Parser { name: "dependency_descriptor", feed: dependency_descriptor, samples: samples::descriptors },
    Parser { name: "sdp_offer", feed: sdp_offer, samples: samples::offers },
    Parser { name: "sdp_answer", feed: sdp_answer, samples: samples::answers },
    Parser { name: "ice_fragment", feed: ice_fragment, samples: samples::fragments },
    Parser { name: "plane", feed: plane, samples: samples::datagrams },
];

const CLIENT: &str = "10.0.0.1:4000";
const SERVER: &str = "10.0.0.2:5000";

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn identity() -> Arc<Identity> {
    static IDENTITY: OnceLock<Arc<Identity>> = OnceLock::new();
    IDENTITY.get_or_init(|| Arc::new(Identity::generate().expect("a certificate"))).clone()
}

/// A client and a server that know of each other, before the first datagram.
fn introduced(now: Instant) -> (Transport, Transport) {
    let mut client = Transport::client(identity(), &[address(CLIENT)], now);
    let mut server = Transport::server(identity(), &[address(SERVER)], now);
    client.set_remote(&server.local_params());
    server.set_remote(&client.local_params());
    (client, server)
}

/// The client's next datagram; time goes on until there is one.
fn next_datagram(client: &mut Transport, now: &mut Instant) -> Vec<u8> {
    let mut datagram = Vec::new();
    for _ in 0..100 {
        if client.poll_transmit(&mut datagram).is_some() {
            break;
        }
        *now += Duration::from_millis(10);
        client.handle_timeout(*now);
    }
    datagram
}

fn stun(input: &[u8]) -> bool {
    let now = Instant::now();
    let (_, mut server) = introduced(now);
    let outcome = server.handle_datagram(address(CLIENT), address(SERVER), input, now);
    assert!(!server.authenticated(address(CLIENT)), "nobody knows the password");
    !matches!(outcome, Err(TransportError::Unknown | TransportError::Stun(crate::ice::StunRefusal::Malformed)))
}

/// A real check, changed in some bytes: triples of a 16-bit position and what to flip there.
fn stun_checks(input: &[u8]) -> bool {
    let mut now = Instant::now();
    let (mut client, mut server) = introduced(now);
    let mut check = next_datagram(&mut client, &mut now);
    let original = check.clone();
    for patch in input.chunks_exact(3) {
        let at = usize::from(u16::from_be_bytes([patch[0], patch[1]])) % check.len();
        check[at] ^= patch[2];
    }
    let outcome = server.handle_datagram(address(CLIENT), address(SERVER), &check, now);
    assert_eq!(outcome.is_ok(), server.authenticated(address(CLIENT)));
    // The last eight bytes are the fingerprint; what comes before is covered by the integrity.
    let covered = original.len() - 8;
    assert!(outcome.is_err() || check[..covered] == original[..covered], "a changed check was believed");
    outcome.is_ok()
}

/// What an authenticated address sends in place of a handshake. The real handshake comes after it.
fn dtls(input: &[u8]) -> bool {
    let mut now = Instant::now();
    let (mut client, mut server) = introduced(now);
    let mut datagram = next_datagram(&mut client, &mut now);
    while let Ok(()) = server.handle_datagram(address(CLIENT), address(SERVER), &datagram, now) {
        let mut answer = Vec::new();
        while server.poll_transmit(&mut answer).is_some() {
            let _ = client.handle_datagram(address(SERVER), address(CLIENT), &answer, now);
        }
        if client.selected().is_some() {
            break;
        }
        datagram = next_datagram(&mut client, &mut now);
    }
    assert!(server.authenticated(address(CLIENT)));
    let before = server.facts().dtls;
    let outcome = server.handle_datagram(address(CLIENT), address(SERVER), input, now);
    while server.poll_event().is_some() {}
    let mut answer = Vec::new();
    while server.poll_transmit(&mut answer).is_some() {}
    for _ in 0..3 {
        if let Some(at) = server.poll_timeout() {
            now = now.max(at);
            server.handle_timeout(now);
        }
    }
    outcome.is_ok() && server.facts().dtls != before
}

thread_local! {
    static CALL: RefCell<Option<Call>> = const { RefCell::new(None) };
}

const PROFILES: [SrtpProfile; 2] = [SrtpProfile::AeadAes128Gcm, SrtpProfile::Aes128CmSha1_80];

/// What one end seals the other opens.
fn keys(profile: SrtpProfile) -> (SrtpSender, SrtpReceiver) {
    let material: Vec<u8> = (0..profile.keying_material_len() as u8).collect();
    let [sender, receiver] = [DtlsRole::Client, DtlsRole::Server]
        .map(|role| SrtpKeys::from_keying_material(profile, role, &material).expect("keys").split());
    (sender.0, receiver.1)
}

/// The receivers are fresh each time: a sample is not a replay of itself.
fn srtp(input: &[u8]) -> bool {
    PROFILES.iter().any(|profile| {
        let mut receiver = keys(*profile).1;
        let mut packet = input.to_vec();
        let Ok(header) = RtpHeader::parse(&packet) else { return false };
        let opened = receiver.unprotect_rtp(&mut packet, header.len);
        assert_eq!(receiver.ssrc_count(), usize::from(opened.is_ok()), "state without authentication");
        assert!(opened.is_err() || receiver.unprotect_rtp(&mut input.to_vec(), header.len).is_err(), "a replay");
        opened.is_ok()
    })
}

fn srtcp(input: &[u8]) -> bool {
    PROFILES.iter().any(|profile| keys(*profile).1.unprotect_rtcp(&mut input.to_vec()).is_ok())
}

fn rtp(input: &[u8]) -> bool {
    let Ok(header) = RtpHeader::parse(input) else { return false };
    assert!(header.len <= input.len());
    for (_, data) in header.elements(input) {
        assert!(data.end <= header.extensions.end && header.extensions.end <= header.len);
    }
    let mut ids = ExtensionIds::default();
    for (id, kind) in sdp::offered_extensions(codec::Kind::Video).iter() {
        ids.set(kind, id);
    }
    let _ = StreamNames::read(&header, input, &ids);
    match header.payload(input) {
        Ok(payload) => {
            assert!(header.len <= payload.start && payload.end <= input.len());
            true
        }
        Err(_) => false,
    }
}

fn rtcp(input: &[u8]) -> bool {
    let mut packets = 0;
    for packet in Compound::new(input) {
        packets += 1;
        match packet {
            Packet::SenderReport { reports, .. } | Packet::ReceiverReport { reports, .. } => {
                assert!(reports.count() <= 31);
            }
            Packet::Bye { sources } => assert!(sources.count() <= 31),
            Packet::Feedback { feedback: Feedback::Nack(pairs), .. } => {
                let mut missing = 0;
                pairs.for_each(|_| missing += 1);
                assert!(missing <= 17 * input.len() / 4);
            }
            Packet::Feedback { feedback: Feedback::TransportCc(arrivals), .. } => {
                let mut reported = 0u32;
                arrivals.for_each(|_| reported += 1);
                assert!(reported <= u32::from(arrivals.count));
            }
            Packet::Feedback { feedback: Feedback::Fir(entries), .. } => assert!(entries.count() <= input.len() / 8),
            Packet::Feedback { .. } | Packet::Other { .. } => {}
        }
    }
    packets > 0
}

const REDUNDANT: u8 = 5;

/// The first byte chooses the codec, or redundant audio around it. A payload that makes no sense says nothing, so all are understood.
fn payload(input: &[u8]) -> bool {
    let Some((&which, payload)) = input.split_first() else { return false };
    if which == REDUNDANT {
        return codec::red::primary_at(payload).is_some_and(|at| at < payload.len());
    }
    let codecs = [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1];
    let (facts, _) = codec::inspect(codecs[usize::from(which) % codecs.len()], payload);
    if let Some(picture) = facts.picture {
        assert!(usize::from(picture.picture_id_at) < payload.len());
        assert!(picture.tl0.is_none_or(|(at, _)| usize::from(at) < payload.len()));
    }
    true
}

/// The first byte says how long the descriptor is that may bring a structure; the other one follows it.
fn dependency_descriptor(input: &[u8]) -> bool {
    let Some((&len, rest)) = input.split_first() else { return false };
    let (first, second) = rest.split_at(usize::from(len).min(rest.len()));
    let mut known = None;
    let mut understood = 0;
    for data in [first, second] {
        let Some(read) = descriptor::read(data, &mut known) else { continue };
        let Some(structure) = &known else { unreachable!("nothing is read without a structure") };
        assert!(read.layer.is_within(Layer::ALL) && read.facts.fits(structure));
        assert_eq!(structure.active_targets(Layer::ALL), structure.all_targets());
        let change = DescriptorChange { frame_number: 1, active_targets: Some(structure.active_targets(read.layer)) };
        let mut out = [0; DESCRIPTOR_BYTES_MAX];
        if let Some(len) = read.facts.rewrite(data, change, &mut out) {
            let again = descriptor::read(&out[..len], &mut known.clone()).expect("what was read before");
            assert_eq!((again.layer, again.needed_by, again.reach), (read.layer, read.needed_by, read.reach));
        }
        understood += 1;
    }
    understood > 0
}

/// An offer that is understood gets an answer that can be read.
fn sdp_offer(input: &[u8]) -> bool {
    let Some(offer) = std::str::from_utf8(input).ok().and_then(|text| Sdp::parse(text).ok()) else { return false };
    let Ok(_) = offer.transport() else { return false };
    let ours = introduced(Instant::now()).1.local_params();
    let codecs = [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1];
    let plan = || SectionPlan::Receive { codecs: codecs.to_vec(), red: true, agreed: Vec::new() };
    let Ok(answer) = sdp::answer(&offer, &ours, |_| plan()) else { return false };
    let read = Sdp::parse(&answer.sdp).expect("our own answer");
    assert_eq!(read.sections.len(), offer.sections.len());
    true
}

/// What is read can be put into an offer, and is read from there again.
fn ice_fragment(input: &[u8]) -> bool {
    const OFFER: &str = include_str!("sdp/golden/firefox.offer.sdp");
    let Some(fragment) = std::str::from_utf8(input).ok().and_then(|text| sdp::IceFragment::parse(text).ok()) else {
        return false;
    };
    let offer = fragment.applied_to(OFFER);
    assert_eq!(sdp::IceFragment::parse(&offer), Ok(fragment));
    true
}

fn sdp_answer(input: &[u8]) -> bool {
    let Some(answer) = std::str::from_utf8(input).ok().and_then(|text| Sdp::parse(text).ok()) else { return false };
    let _ = sdp::read_answer(&answer);
    answer.transport().is_ok()
}

/// The first byte says who sends the rest, and whether it is sealed on the way.
fn plane(input: &[u8]) -> bool {
    CALL.with_borrow_mut(|call| {
        let outcome = call.get_or_insert_with(Call::begin).feed(input);
        // A peer may say goodbye; the next input gets a new call.
        if outcome.is_over {
            *call = None;
        }
        outcome.is_understood
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_input_makes_a_parser_panic() {
        for parser in PARSERS {
            // A handshake for each input takes its time.
            let cases = if parser.name == "dtls" { 1_000 } else { 5_000 };
            let tally = exedra_malformed::exercise(parser, 1, cases);
            assert!(tally.understood > 0, "{}: {tally:?}", parser.name);
            assert!(tally.refused > 0 || parser.name == "payload", "{}: {tally:?}", parser.name);
        }
    }
}
