//! A publisher that changes its codec in mid stream: who has agreed to the new one goes on from its next key frame, and who
//! has not is told so.

mod support;

use std::time::Duration;

use exedra_media::fuzz::svc::Scalability;
use exedra_media::sdp::OfferCodec;
use exedra_media::{Codec, Limit, PlaneEvent, SubscriptionId, TrackId};
use support::camera::{self, Camera};
use support::layered::{LayeredCamera, tag_of};
use support::{ReceivedPacket, Section, World, send};

const SECOND: Duration = Duration::from_secs(1);

fn receive(subscription: u64, codecs: &[Codec]) -> Section {
    Section::Receive { track: 2, subscription, codecs: codecs.to_vec() }
}

fn change_codec(world: &mut World, publisher: usize, codec: Codec) {
    world.negotiate(publisher, vec![send(2, codec)]).unwrap();
    world.peers[publisher].sources[0].pt = OfferCodec::usual(codec).pt;
}

fn pt(codec: Codec) -> u8 {
    OfferCodec::usual(codec).pt
}

fn assert_follows_on(video: &[&ReceivedPacket]) {
    for pair in video.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1), "no gap");
        let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
        let elapsed = (pair[1].at - pair[0].at).as_secs_f64();
        assert!(f64::from(step) < (elapsed + 1.0) * 90_000.0, "timestamps go on: {step} in {elapsed} s");
    }
}

fn key_frames_asked(world: &World) -> u64 {
    world.plane.track_stats(TrackId(2), world.now).unwrap().encodings[0].key_frames_asked
}

#[test]
fn a_subscriber_that_agreed_to_both_codecs_gets_the_new_one_from_a_key_frame_on_and_one_that_did_not_is_told() {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, Codec::Vp8)]);
    let able = world.join(vec![receive(11, &[Codec::Vp8, Codec::Vp9])]);
    let unable = world.join(vec![receive(12, &[Codec::Vp8])]);
    let mut vp8 = Camera::single(publisher, 0, 500_000);
    vp8.play(&mut world, SECOND);

    // Agreed anew, and still sending what was agreed before: nothing is lost on the way.
    world.negotiate(publisher, vec![send(2, Codec::Vp9)]).unwrap();
    world.negotiate(able, vec![receive(11, &[Codec::Vp8, Codec::Vp9])]).unwrap();
    let before = world.peers[able].media_of(0).len();
    vp8.play(&mut world, SECOND);
    assert!(world.peers[able].media_of(0).len() >= before + 30);

    world.peers[publisher].sources[0].pt = pt(Codec::Vp9);
    let single = Scalability { spatial: 1, temporal: 1, key_only: false };
    let mut vp9 = LayeredCamera::new(publisher, 0, Codec::Vp9, single);
    let seen = [able, unable].map(|peer| world.peers[peer].media_of(0).len());
    let _lost_key_frame = vp9.datagrams(&mut world);
    vp9.play(&mut world, 3 * SECOND);
    let video = world.peers[able].media_of(0);
    assert_follows_on(&video);
    let first = video[seen[0]];
    assert_eq!((first.pt, tag_of(first).since_key, tag_of(first).starts), (pt(Codec::Vp9), 0, true));
    assert!(video.len() > seen[0] + 120, "{} packets in three seconds", video.len() - seen[0]);
    assert_eq!(world.plane.explain(SubscriptionId(11)).unwrap().limit(), None);

    assert_eq!(world.peers[unable].media_of(0).len(), seen[1], "nothing that it could not decode");
    assert_eq!(world.plane.explain(SubscriptionId(12)).unwrap().limit(), Some(Limit::Codec));
    let is_told = |event: &PlaneEvent| match event {
        PlaneEvent::VideoQuality { subscription, explanation } => {
            *subscription == SubscriptionId(12) && explanation.limit() == Some(Limit::Codec)
        }
        _ => false,
    };
    assert_eq!(world.count(is_told), 1);
    let asked = key_frames_asked(&world);
    vp9.play(&mut world, 3 * SECOND);
    assert_eq!(key_frames_asked(&world), asked, "no key frame helps who cannot decode it");

    // A new offer brings the picture back, and the first codec is taken up again as well.
    world.negotiate(unable, vec![receive(12, &[Codec::Vp8, Codec::Vp9])]).unwrap();
    vp9.play(&mut world, SECOND);
    let video = world.peers[unable].media_of(0);
    assert_follows_on(&video);
    assert_eq!((video[seen[1]].pt, tag_of(video[seen[1]]).since_key), (pt(Codec::Vp9), 0));
    change_codec(&mut world, publisher, Codec::Vp8);
    let seen = [able, unable].map(|peer| world.peers[peer].media_of(0).len());
    vp8.play(&mut world, 3 * SECOND);
    for (peer, seen) in [able, unable].into_iter().zip(seen) {
        let video = world.peers[peer].media_of(0);
        assert_follows_on(&video);
        assert!(video[seen].pt == pt(Codec::Vp8) && camera::is_key(video[seen]));
    }
}

#[test]
fn a_late_packet_of_the_codec_before_changes_nothing() {
    for is_key in [false, true] {
        let (mut world, publisher, subscriber, mut late) = changed_with_a_late_packet(is_key);
        let single = Scalability { spatial: 1, temporal: 1, key_only: false };
        let mut vp9 = LayeredCamera::new(publisher, 0, Codec::Vp9, single);
        vp9.play(&mut world, Duration::from_millis(200));
        let before = world.peers[subscriber].media_of(0).len();
        world.deliver(publisher, &mut late);
        // Who begins now begins with the new codec.
        let another = world.join(vec![receive(12, &[Codec::Vp8, Codec::Vp9])]);
        vp9.play(&mut world, SECOND);
        for (peer, before) in [(subscriber, before), (another, 0)] {
            let video = world.peers[peer].media_of(0);
            assert!(video[before..].iter().all(|packet| packet.pt == pt(Codec::Vp9)));
            assert!(video.len() >= before + 58, "and the picture goes on: {} packets", video.len() - before);
        }
        assert!(key_frames_asked(&world) <= 2);
    }
}

#[test]
fn a_late_key_frame_of_the_codec_before_is_not_the_one_that_is_waited_for() {
    let (mut world, publisher, subscriber, mut late) = changed_with_a_late_packet(true);
    let single = Scalability { spatial: 1, temporal: 1, key_only: false };
    let mut vp9 = LayeredCamera::new(publisher, 0, Codec::Vp9, single);
    let before = world.peers[subscriber].media_of(0).len();
    let _lost_key_frame = vp9.datagrams(&mut world);
    // What follows it tells of the change, and has a key frame asked for.
    for mut datagram in vp9.datagrams(&mut world) {
        world.deliver(publisher, &mut datagram);
    }
    world.deliver(publisher, &mut late);
    vp9.play(&mut world, SECOND);
    let video = world.peers[subscriber].media_of(0);
    assert!(video[before..].iter().all(|packet| packet.pt == pt(Codec::Vp9)));
    assert!(tag_of(video[before]).starts && tag_of(video[before]).since_key == 0);
    assert!(video.len() >= before + 50, "and the picture goes on: {} packets", video.len() - before);
}

/// The publisher's stream is of VP9 from now on, and a packet of VP8 is still under way.
fn changed_with_a_late_packet(is_key: bool) -> (World, usize, usize, Vec<u8>) {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, Codec::Vp8)]);
    let subscriber = world.join(vec![receive(11, &[Codec::Vp8, Codec::Vp9])]);
    let mut vp8 = Camera::single(publisher, 0, 500_000);
    vp8.play(&mut world, SECOND);
    let late = world.peers[publisher].rtp(0, &support::vp8(is_key, true, 1), true);
    world.peers[publisher].sources[0].timestamp += 2970;
    change_codec(&mut world, publisher, Codec::Vp9);
    world.negotiate(subscriber, vec![receive(11, &[Codec::Vp8, Codec::Vp9])]).unwrap();
    (world, publisher, subscriber, late)
}

/// As Chromium offers it: each profile and packetization mode has a payload type of its own.
#[test]
fn a_publisher_with_many_payload_types_of_one_codec_changes_to_another_one() {
    let mut world = World::new();
    let publisher = world.add(support::ROOM);
    world.peers[publisher].amend = Some(|offer| support::with_h264_payload_types(&offer, 12));
    world.negotiate(publisher, vec![send(2, Codec::H264)]).unwrap();
    world.run_for(Duration::from_millis(300));
    let subscriber = world.join(vec![receive(11, &[Codec::H264, Codec::Vp8])]);
    let single = Scalability { spatial: 1, temporal: 1, key_only: false };
    LayeredCamera::new(publisher, 0, Codec::H264, single).play(&mut world, SECOND);
    world.peers[publisher].amend = None;
    change_codec(&mut world, publisher, Codec::Vp8);
    world.negotiate(subscriber, vec![receive(11, &[Codec::H264, Codec::Vp8])]).unwrap();
    Camera::single(publisher, 0, 500_000).play(&mut world, SECOND);
    let video = world.peers[subscriber].media_of(0);
    let vp8 = video.iter().filter(|packet| packet.pt == pt(Codec::Vp8)).count();
    assert!((30..video.len()).contains(&vp8), "{vp8} packets of {}", video.len());
    assert_eq!(world.plane.track_stats(TrackId(2), world.now).unwrap().counters.refused, 0);
}
