//! Input that is wrong, hostile or too much: it costs its sender, and nobody else.

mod support;

use std::net::SocketAddr;
use std::time::Duration;

use exedra_media::rtp::{FixedHeader, HeaderWriter};
use exedra_media::{
    Codec, Egress, Limits, NegotiateError, PeerId, PlaneError, PlaneEvent, RecordingEgress, TrackId, TransportLoss,
};
use support::{Section, World, offered_ids, receive, send, vp8};

fn call() -> (World, usize, usize) {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, Codec::Vp8)]);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8)]);
    world.send_frame(publisher, 0, true, 2);
    (world, publisher, subscriber)
}

/// The call still works: what is sent now arrives.
fn assert_alive(world: &mut World, publisher: usize, subscriber: usize) {
    let before = world.peers[subscriber].media_of(0).len();
    world.send_frame(publisher, 0, false, 3);
    world.run_for(Duration::from_millis(20));
    assert_eq!(world.peers[subscriber].media_of(0).len(), before + 3);
}

#[test]
fn media_from_an_address_that_ice_has_not_seen_is_counted_and_dropped() {
    let (mut world, publisher, subscriber) = call();
    let stranger: SocketAddr = "192.0.2.1:9".parse().unwrap();
    let mut datagram = world.peers[publisher].rtp(0, &vp8(false, true, 1), true);
    world.plane.receive(stranger, &mut datagram, world.now, &mut world.egress);
    for first in [0u8, 1, 20, 22, 63, 64, 128, 200] {
        world.plane.receive(stranger, &mut [first; 40], world.now, &mut world.egress);
    }
    world.plane.receive(stranger, &mut [], world.now, &mut world.egress);
    world.run_for(Duration::from_millis(20));
    let counters = world.plane.stats().counters;
    assert_eq!((counters.unauthenticated, counters.unknown_ufrag, counters.unknown), (5, 2, 3));
    assert_eq!(world.peers[subscriber].media_of(0).len(), 2);
    assert_alive(&mut world, publisher, subscriber);
}

#[test]
fn garbage_on_a_live_address_changes_only_counters() {
    let (mut world, publisher, subscriber) = call();
    let mut random = exedra_media::seed::Random::new(3);
    for round in 0..20_000 {
        let mut datagram = vec![0; (random.number() % 300) as usize];
        datagram.iter_mut().for_each(|byte| *byte = random.number() as u8);
        if let Some(first) = datagram.first_mut() {
            *first = [0x80, 0x90, 0xB0, 0x81, 0x16, 0x00][round % 6];
        }
        let from = [publisher, subscriber][round % 2];
        world.deliver(from, &mut datagram);
    }
    world.run_for(Duration::from_millis(100));
    assert!(world.plane.peer_facts(PeerId(1), world.now).unwrap().received.unauthentic > 1000);
    assert_eq!(world.plane.stats().counters.panics, 0);
    assert_alive(&mut world, publisher, subscriber);
}

#[test]
fn authentic_nonsense_in_rtcp_of_every_length_is_harmless() {
    let (mut world, publisher, subscriber) = call();
    let mut random = exedra_media::seed::Random::new(4);
    for round in 0..5_000usize {
        let len = 4 * (2 + round % 60);
        let peer = [publisher, subscriber][round % 2];
        let ssrc = world.peers[subscriber].ssrc_of(0);
        let mut buffer = vec![0; len + 32];
        buffer.iter_mut().for_each(|byte| *byte = random.number() as u8);
        buffer[0] = 0x80 | (buffer[0] & 0x3F);
        buffer[1] = 200 + (round % 8) as u8;
        buffer[2..4].copy_from_slice(&(random.number() as u16 % 64).to_be_bytes());
        if len >= 12 {
            buffer[8..12].copy_from_slice(&ssrc.to_be_bytes());
        }
        let (sender, _) = world.peers[peer].srtp.as_mut().unwrap();
        let len = sender.protect_rtcp(&mut buffer, len).unwrap();
        world.deliver(peer, &mut buffer[..len]);
    }
    world.run_for(Duration::from_millis(100));
    assert_eq!(world.plane.stats().counters.panics, 0);
    assert_alive(&mut world, publisher, subscriber);
}

/// Sends a packet whose header a test has written itself.
fn send_raw(world: &mut World, peer: usize, mut packet: Vec<u8>, header_len: usize) {
    let len = packet.len();
    packet.resize(len + 16, 0);
    let peer_state = &mut world.peers[peer];
    let source = &mut peer_state.sources[0];
    let index = source.index;
    source.index += 1;
    packet[2..4].copy_from_slice(&(index as u16).to_be_bytes());
    packet[8..12].copy_from_slice(&source.ssrc.to_be_bytes());
    let (sender, _) = peer_state.srtp.as_mut().unwrap();
    let len = sender.protect_rtp(source.stream.as_mut().unwrap(), &mut packet, header_len, len, index).unwrap();
    world.deliver(peer, &mut packet[..len]);
}

#[test]
fn padding_longer_than_the_payload_and_reserved_extension_ids_are_survived() {
    let (mut world, publisher, subscriber) = call();
    let refused = |world: &World| world.plane.track_stats(TrackId(2), world.now).unwrap().counters.refused;
    for padding in [0u8, 6, 200] {
        let mut packet = vec![0xA0, 96, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0];
        packet.extend([0x10, 0x01, 0x00, 0x00, padding]);
        send_raw(&mut world, publisher, packet, 12);
    }
    assert_eq!(refused(&world), 3);
    let forwarded = world.peers[subscriber].media_of(0).len();
    // A whole payload of padding: nothing to forward, and no gap either.
    let mut packet = vec![0xA0, 96, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0];
    packet.extend([0, 0, 0, 4]);
    send_raw(&mut world, publisher, packet, 12);
    for element in [0x0Fu8, 0x03, 0xF0, 0xFF, 0x00] {
        let mut packet = vec![0x90, 96, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0xBE, 0xDE, 0, 1, element, 1, 2, 3];
        packet.extend(vp8(false, true, element));
        send_raw(&mut world, publisher, packet, 20);
    }
    world.run_for(Duration::from_millis(20));
    let video = world.peers[subscriber].media_of(0);
    assert_eq!(video.len(), forwarded + 5);
    assert!(video[forwarded + 1..].windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
    assert_alive(&mut world, publisher, subscriber);
}

#[test]
fn a_packet_too_large_for_a_datagram_is_refused() {
    let (mut world, publisher, subscriber) = call();
    let mut packet = vec![0x80, 96, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0];
    packet.extend(vec![0; 1800]);
    send_raw(&mut world, publisher, packet, 12);
    assert_eq!(world.plane.track_stats(TrackId(2), world.now).unwrap().counters.refused, 1);
    assert_alive(&mut world, publisher, subscriber);
}

#[test]
fn a_stream_whose_ssrc_was_not_signaled_is_known_by_its_mid_or_its_payload_type() {
    for names_mid in [true, false] {
        let (mut world, publisher, subscriber) = call();
        let ssrc = 0xABCD_EF01;
        let (sender, _) = world.peers[publisher].srtp.as_mut().unwrap();
        let mut stream = sender.open_stream(ssrc).unwrap();
        let mut packet = vec![0; 1500];
        let fixed = FixedHeader { payload_type: 96, marker: true, sequence: 5, timestamp: 9, ssrc };
        let mut writer = HeaderWriter::new(&mut packet, fixed, false);
        if names_mid {
            writer.element(offered_ids().get(exedra_media::ExtensionKind::Mid).unwrap(), b"0");
        }
        let header_len = writer.finish();
        let payload = vp8(true, true, 0xEE);
        packet[header_len..header_len + payload.len()].copy_from_slice(&payload);
        let len = sender.protect_rtp(&mut stream, &mut packet, header_len, header_len + payload.len(), 5).unwrap();
        world.deliver(publisher, &mut packet[..len]);
        world.run_for(Duration::from_millis(20));
        let video = world.peers[subscriber].media_of(0);
        assert_eq!(video.last().unwrap().payload[400], 0xEE);
        let gap = video[2].sequence.wrapping_sub(video[1].sequence);
        assert_eq!(gap, 1, "another SSRC of the publisher's, the same stream to the subscriber");
        assert!(video[2].timestamp.wrapping_sub(video[1].timestamp) < 90_000);
    }
}

/// An egress that fails for one destination the way only a defect can.
struct Trap {
    inner: RecordingEgress,
    destination: SocketAddr,
}

impl Egress for Trap {
    fn slot(&mut self, destination: SocketAddr) -> &mut [u8] {
        assert!(destination != self.destination, "the defect");
        self.inner.slot(destination)
    }

    fn commit(&mut self, len: usize) {
        self.inner.commit(len);
    }
}

#[test]
fn a_panic_ends_the_peer_it_happened_for_and_no_other() {
    let (mut world, publisher, subscriber) = call();
    let victim = world.join(vec![receive(2, 13, Codec::Vp8)]);
    let destination = world.peers[victim].address;
    let mut trap = Trap { inner: RecordingEgress::new(), destination };
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for _ in 0..5 {
        let mut datagram = world.peers[publisher].rtp(0, &vp8(false, true, 1), true);
        let from = world.peers[publisher].address;
        world.now += Duration::from_millis(10);
        world.plane.receive(from, &mut datagram, world.now, &mut trap);
        world.plane.flush(world.now, &mut trap);
    }
    std::panic::set_hook(hook);
    let media = |to: usize| {
        let address = world.peers[to].address;
        trap.inner.sent.iter().filter(|(at, datagram)| *at == address && datagram[1] & 0x7F == 96).count()
    };
    assert_eq!(media(subscriber), 5, "untouched");
    world.settle();
    assert_eq!(world.plane.stats().counters.panics, 1);
    let lost = PlaneEvent::TransportLost { peer: world.peers[victim].id, reason: TransportLoss::Panicked };
    assert_eq!(world.count(|event| *event == lost), 1);
}

#[test]
fn one_past_each_limit_is_refused_by_name() {
    let limits = Limits { peers_max: 2, tracks_per_peer_max: 2, subscriptions_per_peer_max: 1, ..Limits::default() };
    let mut world = World::with_limits(limits);
    let publisher = world.join(vec![send(1, Codec::Opus), send(2, Codec::Vp8)]);
    let subscriber = world.add(support::ROOM);
    assert_eq!(world.plane.add_peer(PeerId(99), support::ROOM, world.now), Err(PlaneError::TooManyPeers));
    assert_eq!(world.plane.add_peer(PeerId(1), support::ROOM, world.now), Err(PlaneError::PeerExists));
    let three = vec![send(1, Codec::Opus), send(2, Codec::Vp8), send(3, Codec::Vp8)];
    assert_eq!(world.negotiate(publisher, three), Err(NegotiateError::TooManyTracks));
    let two = vec![receive(1, 11, Codec::Opus), receive(2, 12, Codec::Vp8)];
    assert_eq!(world.negotiate(subscriber, two), Err(NegotiateError::TooManySubscriptions));
    assert_eq!(world.plane.stats().tracks, 2);
}

#[test]
fn a_bad_offer_harms_nobody_and_changes_nothing() {
    let (mut world, publisher, subscriber) = call();
    let id = world.peers[publisher].id;
    for offer in ["", "v=0", "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", "\u{0}\u{fffd}"] {
        assert!(world.plane.negotiate(id, offer, &[], world.now).is_err(), "{offer:?}");
    }
    assert_alive(&mut world, publisher, subscriber);
}

#[test]
fn a_track_or_subscription_of_somebody_else_cannot_be_taken_over() {
    let (mut world, _, subscriber) = call();
    let thief = world.add(support::ROOM);
    let taken: Result<_, _> = world.negotiate(thief, vec![send(2, Codec::Vp8)]);
    assert_eq!(taken, Err(NegotiateError::NotYours { mid: "0".to_owned() }));
    let taken = world.negotiate(thief, vec![Section::Receive { track: 2, subscription: 12, codecs: vec![Codec::Vp8] }]);
    assert_eq!(taken, Err(NegotiateError::NotYours { mid: "0".to_owned() }));
    assert!(world.peers[subscriber].answered.len() == 1);
}

#[test]
fn a_peer_whose_cable_is_cut_goes_on_when_it_is_put_back_in_time() {
    let (mut world, publisher, subscriber) = call();
    for cut in [publisher, subscriber] {
        let before = world.peers[subscriber].media_of(0).len();
        world.plane.unplug(PeerId(cut as u64 + 1), Duration::from_secs(2), world.now);
        world.send_frame(publisher, 0, false, 3);
        world.run_for(Duration::from_millis(500));
        assert_eq!(world.peers[subscriber].media_of(0).len(), before, "nothing gets through");
        world.run_for(Duration::from_secs(2));
        world.send_frame(publisher, 0, true, 2);
        world.run_for(Duration::from_millis(100));
        assert_alive(&mut world, publisher, subscriber);
    }
    assert_eq!(world.count(|event| matches!(event, PlaneEvent::TransportLost { .. })), 0);
}

#[test]
fn a_peer_whose_cable_stays_cut_is_given_up() {
    let (mut world, publisher, _) = call();
    world.plane.unplug(PeerId(publisher as u64 + 1), Duration::from_secs(120), world.now);
    world.run_for(exedra_media::limits::PEER_SILENCE_MAX + Duration::from_secs(1));
    let lost = PlaneEvent::TransportLost { peer: PeerId(publisher as u64 + 1), reason: TransportLoss::Silence };
    assert_eq!(world.count(|event| *event == lost), 1);
}

#[test]
fn a_browser_that_numbers_its_extensions_otherwise_gets_them_under_its_own_numbers() {
    let (mut world, publisher, _) = call();
    let other = world.add(support::ROOM);
    world.peers[other].amend = Some(|offer| {
        let renumbered =
            offer.lines().map(|line| match line.strip_prefix("a=extmap:").and_then(|map| map.split_once(' ')) {
                Some((id, uri)) => format!("a=extmap:{} {uri}\r\n", id.parse::<u8>().unwrap() + 4),
                None => format!("{line}\r\n"),
            });
        renumbered.collect()
    });
    world.negotiate(other, vec![receive(2, 13, Codec::Vp8)]).unwrap();
    world.run_for(Duration::from_millis(300));
    world.send_frame(publisher, 0, true, 1);
    world.run_for(Duration::from_millis(20));
    let video = world.peers[other].media_of(0);
    let offered = |kind| offered_ids().get(kind).unwrap() + 4;
    let elements = &video.last().expect("forwarded").elements;
    assert!(elements.contains(&(offered(exedra_media::ExtensionKind::Mid), b"0".to_vec())), "{elements:?}");
    let numbered = offered(exedra_media::ExtensionKind::TransportSequence);
    assert!(elements.iter().any(|(id, data)| *id == numbered && data.len() == 2), "{elements:?}");
}

#[test]
fn a_muted_track_stays_muted_when_its_publisher_negotiates_again() {
    let (mut world, publisher, subscriber) = call();
    world.plane.set_track_muted(TrackId(2), true, world.now);
    world.negotiate(publisher, vec![send(2, Codec::Vp8)]).unwrap();
    let before = world.peers[subscriber].media_of(0).len();
    world.send_frame(publisher, 0, true, 3);
    world.run_for(Duration::from_millis(20));
    assert_eq!(world.peers[subscriber].media_of(0).len(), before);
    world.plane.set_track_muted(TrackId(2), false, world.now);
    world.send_frame(publisher, 0, true, 3);
    world.run_for(Duration::from_millis(20));
    assert_eq!(world.peers[subscriber].media_of(0).len(), before + 3);
}

/// What others have met, and the test that meets it here.
const MET_BY_OTHERS: [(&str, &str, &str); 15] = [
    (
        "a ClientHello from another address",
        "src/transport/tests.rs",
        "dtls_from_an_address_without_a_check_changes_nothing_but_a_counter",
    ),
    ("garbage SRTP on a live address", "tests/trouble.rs", "garbage_on_a_live_address_changes_only_counters"),
    (
        "spoofed sources fill the addresses",
        "tests/trouble.rs",
        "media_from_an_address_that_ice_has_not_seen_is_counted_and_dropped",
    ),
    (
        "extension ids 0 and 15",
        "tests/trouble.rs",
        "padding_longer_than_the_payload_and_reserved_extension_ids_are_survived",
    ),
    (
        "padding longer than the payload",
        "tests/trouble.rs",
        "padding_longer_than_the_payload_and_reserved_extension_ids_are_survived",
    ),
    ("compound RTCP of every length", "tests/trouble.rs", "authentic_nonsense_in_rtcp_of_every_length_is_harmless"),
    ("a layer index off by one", "tests/svc.rs", "each_subscriber_gets_the_spatial_layer_that_fits_its_place"),
    (
        "key-frame storms on join",
        "tests/key_frames.rs",
        "fifty_joins_at_once_cost_the_publisher_two_key_frames_a_second_at_most",
    ),
    ("NACK storms", "tests/repair.rs", "a_storm_of_nacks_costs_a_bounded_share"),
    (
        "a sequence wrap while a layer changes",
        "src/sequence.rs",
        "another_encoding_continues_the_numbers_and_late_packets_of_the_old_one_are_left_out",
    ),
    ("a mute forgotten", "tests/trouble.rs", "a_muted_track_stays_muted_when_its_publisher_negotiates_again"),
    (
        "other extension ids",
        "tests/trouble.rs",
        "a_browser_that_numbers_its_extensions_otherwise_gets_them_under_its_own_numbers",
    ),
    ("a packet larger than a datagram", "tests/trouble.rs", "a_packet_too_large_for_a_datagram_is_refused"),
    (
        "an SSRC that was not signaled",
        "tests/trouble.rs",
        "a_stream_whose_ssrc_was_not_signaled_is_known_by_its_mid_or_its_payload_type",
    ),
    ("a bad SDP", "tests/trouble.rs", "a_bad_offer_harms_nobody_and_changes_nothing"),
];

#[test]
fn what_others_have_met_has_a_test_here() {
    for (trouble, file, test) in MET_BY_OTHERS {
        let source = std::fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).expect(file);
        assert!(
            source.contains(&format!("#[test]\n    fn {test}()")) || source.contains(&format!("#[test]\nfn {test}()")),
            "{trouble}"
        );
    }
}
