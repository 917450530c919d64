//! Key frames: asked for when somebody cannot go on without, and never in a storm.

mod support;

use std::time::Duration;

use exedra_media::rtcp::{Feedback, Packet};
use exedra_media::{Codec, TrackId};
use support::{World, receive, send, vp8};

fn asked(world: &World, publisher: usize) -> usize {
    let is_request = |packet: Packet<'_>| {
        matches!(packet, Packet::Feedback { feedback: Feedback::Pli | Feedback::Fir(_), .. }).then_some(())
    };
    world.peers[publisher].rtcp_of(is_request).len()
}

#[test]
fn fifty_joins_at_once_cost_the_publisher_two_key_frames_a_second_at_most() {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, Codec::Vp8)]);
    world.send_frame(publisher, 0, true, 1);
    world.run_for(Duration::from_secs(3));
    let joined: Vec<_> = (0..50)
        .map(|subscription| {
            let peer = world.add(support::ROOM);
            world.negotiate(peer, vec![receive(2, 100 + subscription, Codec::Vp8)]).unwrap();
            peer
        })
        .collect();
    for _ in 0..60 {
        world.send_frame(publisher, 0, false, 1);
        world.run_for(Duration::from_millis(33));
    }
    let requests = asked(&world, publisher);
    assert!((1..=5).contains(&requests), "{requests} in two seconds without an answer");
    world.send_frame(publisher, 0, true, 1);
    world.run_for(Duration::from_millis(50));
    assert!(joined.iter().all(|peer| world.peers[*peer].media_of(0).len() == 1));
    world.run_for(Duration::from_secs(2));
    assert_eq!(asked(&world, publisher), requests, "the key frame ended it");
}

#[test]
fn a_storm_of_picture_loss_is_throttled() {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, Codec::Vp8)]);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8)]);
    world.send_frame(publisher, 0, true, 1);
    let before = asked(&world, publisher);
    let ssrc = world.peers[subscriber].ssrc_of(0);
    for _ in 0..1000 {
        world.send_rtcp(subscriber, |out| assert!(out.pli(1, ssrc)));
        world.send_rtcp(subscriber, |out| assert!(out.fir(1, ssrc, 3)));
        world.run_for(Duration::from_millis(2));
    }
    let requests = asked(&world, publisher) - before;
    assert!((3..=5).contains(&requests), "{requests} in two seconds");
}

#[test]
fn a_muted_video_returns_with_a_key_frame() {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, Codec::Vp8)]);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8)]);
    world.send_frame(publisher, 0, true, 2);
    world.plane.set_track_muted(TrackId(2), true, world.now);
    world.send_frame(publisher, 0, false, 2);
    let before = asked(&world, publisher);
    world.run_for(Duration::from_secs(1));
    world.plane.set_track_muted(TrackId(2), false, world.now);
    world.run_for(Duration::from_millis(50));
    assert_eq!(asked(&world, publisher), before + 1);
    world.send_frame(publisher, 0, true, 2);
    world.run_for(Duration::from_millis(20));
    let video = world.peers[subscriber].media_of(0);
    assert_eq!(video.len(), 4);
    assert!(video.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
}

/// A packet of a key frame that arrives after everything that the publisher sends until it is delivered.
fn late_key_frame(world: &mut World, publisher: usize) -> Vec<u8> {
    let late = world.peers[publisher].rtp(0, &vp8(true, true, 0xAA), true);
    world.peers[publisher].sources[0].timestamp += 3000;
    late
}

#[test]
fn who_joins_begins_with_the_newest_key_frame_and_not_with_an_older_one_that_came_late() {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, Codec::Vp8)]);
    let mut late = late_key_frame(&mut world, publisher);
    world.send_frame(publisher, 0, true, 2);
    world.send_frame(publisher, 0, false, 2);
    world.deliver(publisher, &mut late);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8)]);
    let video = world.peers[subscriber].media_of(0);
    assert_eq!(video.len(), 4, "the newest, and what follows it");
    assert!(video.iter().all(|packet| packet.payload[499] != 0xAA));
}

#[test]
fn a_key_frame_from_before_a_mute_that_comes_after_it_is_not_the_one_that_is_asked_for() {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, Codec::Vp8)]);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8)]);
    world.send_frame(publisher, 0, true, 2);
    let mut late = late_key_frame(&mut world, publisher);
    world.send_frame(publisher, 0, false, 2);
    world.plane.set_track_muted(TrackId(2), true, world.now);
    world.send_frame(publisher, 0, false, 2);
    world.plane.set_track_muted(TrackId(2), false, world.now);
    let another = world.add(support::ROOM);
    world.negotiate(another, vec![receive(2, 13, Codec::Vp8)]).unwrap();
    let before = asked(&world, publisher);
    world.deliver(publisher, &mut late);
    world.run_for(Duration::from_millis(600));
    assert!(asked(&world, publisher) > before, "it is still wanted");
    assert!(world.peers[another].media_of(0).is_empty());
    world.send_frame(publisher, 0, true, 2);
    world.run_for(Duration::from_millis(20));
    assert_eq!(world.peers[another].media_of(0).len(), 2);
    assert!(world.peers[subscriber].media_of(0).len() >= 6);
}
