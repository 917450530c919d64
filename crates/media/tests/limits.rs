//! The plane's bounds, each driven one past.

mod support;

use std::time::Duration;

use exedra_media::limits::{PAYLOADS_PER_TRACK_MAX, RTP_PACKET_BYTES_MAX};
use exedra_media::rtp::{FixedHeader, HeaderWriter};
use exedra_media::sdp::AnswerError;
use exedra_media::{Codec, Limits, NegotiateError, PeerId, PlaneError, PlaneEvent, TrackId};
use support::{ROOM, Section, World, offered_ids, receive, send, vp8, with_h264_payload_types};

fn limited(change: impl FnOnce(&mut Limits)) -> World {
    let mut limits = Limits::default();
    change(&mut limits);
    World::with_limits(limits)
}

#[test]
fn one_peer_too_many_is_refused_until_another_leaves() {
    let mut world = limited(|limits| limits.peers_max = 2);
    for _ in 0..2 {
        world.add(ROOM);
    }
    let (third, now) = (PeerId(99), world.now);
    assert_eq!(world.plane.add_peer(third, ROOM, now), Err(PlaneError::TooManyPeers));
    world.plane.remove_peer(PeerId(1), now, &mut world.egress);
    assert_eq!(world.plane.add_peer(third, ROOM, now), Ok(()));
}

#[test]
fn an_offer_with_one_track_or_subscription_too_many_changes_nothing() {
    let mut world = limited(|limits| {
        limits.tracks_per_peer_max = 2;
        limits.subscriptions_per_peer_max = 2;
    });
    let publisher = world.add(ROOM);
    let tracks = |count: u64| (1..=count).map(|track| send(track, Codec::Vp8)).collect::<Vec<_>>();
    assert_eq!(world.negotiate(publisher, tracks(3)).err(), Some(NegotiateError::TooManyTracks));
    assert_eq!(world.plane.stats().tracks, 0);
    world.negotiate(publisher, tracks(2)).unwrap();

    let viewer = world.add(ROOM);
    let views = |count: u64| (1..=count).map(|at| receive(1, 10 + at, Codec::Vp8)).collect::<Vec<_>>();
    assert_eq!(world.negotiate(viewer, views(3)).err(), Some(NegotiateError::TooManySubscriptions));
    assert_eq!(world.plane.stats().subscriptions, 0);
    world.negotiate(viewer, views(2)).unwrap();
}

#[test]
fn payload_types_that_a_track_has_no_place_for_are_not_answered_as_accepted() {
    let mut world = World::new();
    let publisher = world.add(ROOM);
    world.peers[publisher].amend = Some(|offer| with_h264_payload_types(&offer, PAYLOADS_PER_TRACK_MAX as u8 + 1));
    let negotiated = world.negotiate(publisher, vec![send(1, Codec::H264)]).unwrap();
    assert!(negotiated.problems.is_empty(), "{:?}", negotiated.problems);
    assert_eq!(negotiated.answer.matches(" H264/90000").count(), PAYLOADS_PER_TRACK_MAX);
    world.peers[publisher].amend = None;
    let refused = Err(NegotiateError::Answer(AnswerError::PayloadTypesTaken { mid: "0".to_owned() }));
    assert_eq!(world.negotiate(publisher, vec![send(1, Codec::Vp8)]), refused);
    // The last of the first offer, which had no place.
    assert_eq!(world.negotiate(publisher, vec![send(1, Codec::H264)]), refused);
}

#[test]
fn two_sections_that_claim_to_be_one_track_have_no_more_payload_types_than_one() {
    let mut world = World::new();
    let publisher = world.add(ROOM);
    world.peers[publisher].amend = Some(|offer| with_h264_payload_types(&offer, PAYLOADS_PER_TRACK_MAX as u8));
    // The second one has the payload type of VP8.
    world.negotiate(publisher, vec![send(1, Codec::H264), send(1, Codec::Vp8)]).unwrap();
    world.run_for(Duration::from_millis(300));
    let viewer =
        world.join(vec![Section::Receive { track: 1, subscription: 11, codecs: vec![Codec::H264, Codec::Vp8] }]);
    world.send_frame(publisher, 1, true, 3);
    world.run_for(Duration::from_millis(50));
    assert_eq!(world.peers[viewer].media_of(0).len(), 0);
    assert_eq!(world.plane.stats().counters.panics, 0);
    assert_eq!(world.plane.track_stats(TrackId(1), world.now).unwrap().counters.refused, 3);
}

/// RFC 3264, 8.3.2.
#[test]
fn a_payload_type_that_is_to_mean_another_codec_is_refused_and_the_stream_goes_on() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Vp8)]);
    let viewer = world.join(vec![receive(1, 11, Codec::Vp8)]);
    world.send_frame(publisher, 0, true, 2);
    world.peers[publisher].amend = Some(|offer| offer.replace("a=rtpmap:96 VP8", "a=rtpmap:96 VP9"));
    let refused = Err(NegotiateError::Answer(AnswerError::PayloadTypesTaken { mid: "0".to_owned() }));
    assert_eq!(world.negotiate(publisher, vec![send(1, Codec::Vp8)]), refused);
    world.send_frame(publisher, 0, false, 2);
    world.run_for(Duration::from_millis(50));
    assert_eq!(world.peers[viewer].media_of(0).len(), 4);
}

#[test]
fn a_packet_one_byte_too_large_is_counted_and_the_next_is_forwarded() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Vp8)]);
    let viewer = world.join(vec![receive(1, 11, Codec::Vp8)]);
    // All but the payload of what a test peer sends.
    let mut header = [0; 100];
    let fixed = FixedHeader { payload_type: 96, marker: false, sequence: 0, timestamp: 0, ssrc: 0 };
    let mut writer = HeaderWriter::new(&mut header, fixed, false);
    for (kind, data) in
        [(exedra_media::ExtensionKind::Mid, &b"0"[..]), (exedra_media::ExtensionKind::TransportSequence, &[0, 0])]
    {
        writer.element(offered_ids().get(kind).unwrap(), data);
    }
    let header_bytes = writer.finish();

    let payload = |bytes: usize| {
        let mut payload = vp8(true, true, 0);
        payload.resize(bytes, 0);
        payload
    };
    world.send(publisher, 0, &payload(RTP_PACKET_BYTES_MAX - header_bytes), true);
    world.send(publisher, 0, &payload(RTP_PACKET_BYTES_MAX - header_bytes + 1), true);
    world.send(publisher, 0, &payload(100), true);
    world.run_for(Duration::from_millis(50));
    let lengths: Vec<_> = world.peers[viewer].media_of(0).iter().map(|packet| packet.payload.len()).collect();
    assert_eq!(lengths, [RTP_PACKET_BYTES_MAX - header_bytes, 100]);
    assert_eq!(world.plane.track_stats(TrackId(1), world.now).unwrap().counters.refused, 1);
}

#[test]
fn nobody_who_fetches_no_events_makes_them_pile_up() {
    let mut world = limited(|limits| limits.events_max = 5);
    let publisher = world.join(vec![send(1, Codec::Opus)]);
    // As `run_for`, without fetching.
    for _ in 0..40 {
        world.send(publisher, 0, &[1; 80], false);
        world.now += Duration::from_millis(300);
        let mut datagram = Vec::new();
        let peer = &mut world.peers[publisher];
        peer.transport.handle_timeout(world.now);
        while peer.transport.poll_transmit(&mut datagram).is_some() {
            world.plane.receive(peer.address, &mut datagram.clone(), world.now, &mut world.egress);
        }
        world.plane.flush(world.now, &mut world.egress);
    }
    let mut waiting = 0;
    while let Some(event) = world.plane.poll_event() {
        waiting += usize::from(matches!(event, PlaneEvent::AudioLevels { .. }));
    }
    assert!((1..=5).contains(&waiting), "{waiting}");
    assert!(world.plane.stats().counters.events_discarded > 20);
}
