//! What one participant sends, the others get.

mod support;

use std::time::Duration;

use exedra_media::{Codec, NegotiateError, PlaneEvent, RoomKey, SubscriptionId, SubscriptionWants, TrackId};
use support::{World, receive, send, vp8};

#[test]
fn a_subscriber_gets_the_publishers_audio_and_video() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus), send(2, Codec::Vp8)]);
    let subscriber = world.join(vec![receive(1, 11, Codec::Opus), receive(2, 12, Codec::Vp8)]);
    for frame in 0..10 {
        world.send(publisher, 0, &[frame; 80], false);
        world.send_frame(publisher, 1, frame == 0, 3);
        world.run_for(Duration::from_millis(33));
    }
    let audio = world.peers[subscriber].media_of(0);
    assert_eq!(audio.len(), 10);
    assert!(audio.iter().zip(0..).all(|(packet, frame)| packet.payload == [frame; 80]));
    let video = world.peers[subscriber].media_of(1);
    assert_eq!(video.len(), 30);
    assert!(video.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
    assert_eq!(video.iter().filter(|packet| packet.marker).count(), 10);
    let first = video[0].timestamp;
    assert!(video.iter().zip(0..).all(|(packet, at)| packet.timestamp.wrapping_sub(first) == at / 3 * 3000));

    let once = |event: PlaneEvent| assert_eq!(world.count(|seen| *seen == event), 1, "{event:?}");
    once(PlaneEvent::FirstPacket { track: TrackId(1) });
    once(PlaneEvent::FirstPacket { track: TrackId(2) });
    once(PlaneEvent::FirstKeyFrame { track: TrackId(2) });
    once(PlaneEvent::SubscriptionStarted { subscription: SubscriptionId(11) });
    once(PlaneEvent::SubscriptionStarted { subscription: SubscriptionId(12) });
}

#[test]
fn a_frame_leaves_with_its_last_packet_or_2_ms_after_its_first_and_a_sound_at_once() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus), send(2, Codec::Vp8)]);
    let subscriber = world.join(vec![receive(1, 11, Codec::Opus), receive(2, 12, Codec::Vp8)]);
    world.send_frame(publisher, 1, true, 1);
    world.run_for(Duration::from_millis(100));
    let came = |world: &World| [0, 1].map(|section| world.peers[subscriber].media_of(section).len());
    assert_eq!(came(&world), [0, 1]);

    world.send(publisher, 1, &vp8(false, true, 1), false);
    world.run_for(Duration::from_millis(1));
    world.send(publisher, 0, &[1; 80], false);
    world.run_for(Duration::from_micros(100));
    assert_eq!(came(&world), [1, 1], "the sound, and not the beginning of the frame");
    world.send(publisher, 1, &vp8(false, false, 1), true);
    world.run_for(Duration::from_micros(100));
    assert_eq!(came(&world), [1, 3], "the whole frame, although the sound was just before it");

    world.run_for(Duration::from_millis(100));
    world.send(publisher, 1, &vp8(false, true, 1), false);
    world.run_for(Duration::from_micros(1_900));
    assert_eq!(came(&world), [1, 3]);
    world.run_for(Duration::from_micros(200));
    assert_eq!(came(&world), [1, 4], "its end is late");
}

#[test]
fn who_joins_late_sees_the_picture_from_the_last_key_frame_without_asking_for_another() {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, Codec::Vp8)]);
    for frame in 0..20 {
        world.send_frame(publisher, 0, frame == 0, 2);
        world.run_for(Duration::from_millis(33));
    }
    let late = world.join(vec![receive(2, 12, Codec::Vp8)]);
    let video = world.peers[late].media_of(0);
    assert_eq!(video.len(), 40);
    assert_eq!(video[0].payload[0..2], [0x10, 0], "the key frame's first packet");
    assert_eq!(world.plane.track_stats(TrackId(2), world.now).unwrap().encodings[0].key_frames_asked, 0);
}

#[test]
fn who_joins_long_after_the_last_key_frame_gets_a_new_one() {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, Codec::Vp8)]);
    for frame in 0..90 {
        world.send_frame(publisher, 0, frame == 0, 2);
        world.run_for(Duration::from_millis(33));
    }
    let late = world.join(vec![receive(2, 12, Codec::Vp8)]);
    world.send_frame(publisher, 0, false, 2);
    world.run_for(Duration::from_millis(100));
    assert!(world.peers[late].media_of(0).is_empty(), "nothing it could decode");
    assert!(world.plane.track_stats(TrackId(2), world.now).unwrap().encodings[0].key_frames_asked > 0);
    world.send_frame(publisher, 0, true, 2);
    world.run_for(Duration::from_millis(10));
    assert_eq!(world.peers[late].media_of(0).len(), 2);
}

#[test]
fn a_paused_subscription_is_sent_nothing_and_returns_without_a_gap_at_a_key_frame() {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, Codec::Vp8)]);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8)]);
    let play = |world: &mut World, frames: u32, key: bool| {
        for frame in 0..frames {
            world.send_frame(publisher, 0, key && frame == 0, 2);
            world.run_for(Duration::from_millis(33));
        }
    };
    play(&mut world, 5, true);
    let asked = |world: &World| world.plane.track_stats(TrackId(2), world.now).unwrap().encodings[0].key_frames_asked;
    let asked_before = asked(&world);
    let wants = SubscriptionWants { enabled: false, ..SubscriptionWants::default() };
    world.plane.set_subscription(SubscriptionId(12), wants, world.now);
    play(&mut world, 10, false);
    assert_eq!(world.peers[subscriber].media_of(0).len(), 10);
    world.plane.set_subscription(SubscriptionId(12), SubscriptionWants::default(), world.now);
    play(&mut world, 2, false);
    assert_eq!(world.peers[subscriber].media_of(0).len(), 10, "not before a key frame");
    assert_eq!(asked(&world), asked_before + 1, "which the publisher was asked for");
    play(&mut world, 2, true);
    let video = world.peers[subscriber].media_of(0);
    assert_eq!(video.len(), 14);
    assert!(video.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
}

#[test]
fn a_muted_track_reaches_nobody_and_returns_without_a_gap() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus)]);
    let subscriber = world.join(vec![receive(1, 11, Codec::Opus)]);
    let play = |world: &mut World, filler: u8| {
        for _ in 0..10 {
            world.send(publisher, 0, &[filler; 80], false);
            world.run_for(Duration::from_millis(20));
        }
    };
    play(&mut world, 1);
    world.plane.set_track_muted(TrackId(1), true, world.now);
    play(&mut world, 2);
    world.plane.set_track_muted(TrackId(1), false, world.now);
    play(&mut world, 3);
    let audio = world.peers[subscriber].media_of(0);
    assert_eq!(audio.len(), 20);
    assert!(audio.iter().all(|packet| packet.payload[0] != 2));
    assert!(audio.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
}

#[test]
fn a_track_of_another_room_cannot_be_subscribed_to() {
    let mut world = World::new();
    world.join(vec![send(2, Codec::Vp8)]);
    let stranger = world.add(RoomKey(2));
    let refused = world.negotiate(stranger, vec![receive(2, 12, Codec::Vp8)]);
    assert_eq!(refused, Err(NegotiateError::UnknownTrack { mid: "0".to_owned() }));
    assert_eq!(world.plane.stats().subscriptions, 0);
}

#[test]
fn a_subscriber_without_the_codec_is_told_and_the_other_sections_work() {
    let mut world = World::new();
    world.join(vec![send(1, Codec::Opus), send(2, Codec::H264)]);
    let subscriber = world.add(support::ROOM);
    let sections = vec![receive(1, 11, Codec::Opus), receive(2, 12, Codec::Vp8)];
    let negotiated = world.negotiate(subscriber, sections).unwrap();
    assert_eq!(negotiated.problems.len(), 1);
    assert_eq!(negotiated.problems[0].0.mid, "1");
    assert_eq!(world.plane.stats().subscriptions, 1);
}

#[test]
fn numbers_go_on_across_the_wrap_of_the_publishers_and_of_the_subscribers_sequence() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus)]);
    let subscriber = world.join(vec![receive(1, 11, Codec::Opus)]);
    world.peers[publisher].sources[0].index = 65_000;
    for _ in 0..70_000 {
        world.send(publisher, 0, &[7; 20], false);
        world.now += Duration::from_millis(5);
        world.settle();
    }
    let audio = world.peers[subscriber].media_of(0);
    assert_eq!(audio.len(), 70_000);
    assert!(audio.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
    let numbers: Vec<_> = audio.iter().filter_map(|packet| packet.transport_sequence).collect();
    assert!(numbers.len() == 70_000 && numbers.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)));
}

#[test]
fn levels_are_told_while_somebody_is_heard_and_once_when_all_fall_silent() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus)]);
    for _ in 0..50 {
        world.send(publisher, 0, &[1; 80], false);
        world.run_for(Duration::from_millis(20));
    }
    let levels: Vec<_> = world
        .events
        .iter()
        .filter_map(|event| match event {
            PlaneEvent::AudioLevels { room, levels } => Some((*room, levels.clone())),
            _ => None,
        })
        .collect();
    assert!((3..=5).contains(&levels.len()), "four a second: {levels:?}");
    assert!(levels.iter().all(|(room, _)| *room == support::ROOM));
    let (track, level) = levels[1].1[0];
    assert!(track == TrackId(1) && (level - 0.1).abs() < 0.001, "-20 dBov is a tenth: {level}");
    world.events.clear();
    world.run_for(Duration::from_secs(2));
    let silent = world.count(|event| matches!(event, PlaneEvent::AudioLevels { levels, .. } if levels.is_empty()));
    let all = world.count(|event| matches!(event, PlaneEvent::AudioLevels { .. }));
    assert_eq!(silent, 1);
    assert!(all <= 2, "{all}");
}

#[test]
fn nothing_is_left_over_when_everybody_has_gone() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus), send(2, Codec::Vp8)]);
    let subscriber = world.join(vec![receive(1, 11, Codec::Opus), receive(2, 12, Codec::Vp8)]);
    world.send_frame(publisher, 1, true, 3);
    for peer in [publisher, subscriber] {
        let id = world.peers[peer].id;
        world.plane.remove_peer(id, world.now, &mut world.egress);
    }
    world.send_frame(publisher, 1, true, 3);
    world.run_for(Duration::from_secs(2));
    let stats = world.plane.stats();
    assert_eq!((stats.peers, stats.tracks, stats.subscriptions), (0, 0, 0));
    assert!(stats.counters.unauthenticated > 0, "a removed peer's packets are nobody's");
}

#[test]
fn a_renegotiation_keeps_what_it_repeats_and_removes_what_it_leaves_out() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus), send(2, Codec::Vp8)]);
    let subscriber = world.join(vec![receive(1, 11, Codec::Opus)]);
    world.send(publisher, 0, &[1; 80], false);
    world.settle();
    let ssrc = world.peers[subscriber].ssrc_of(0);
    world.negotiate(subscriber, vec![receive(1, 11, Codec::Opus), receive(2, 12, Codec::Vp8)]).unwrap();
    assert_eq!(world.peers[subscriber].ssrc_of(0), ssrc, "the same stream goes on");
    world.send(publisher, 0, &[2; 80], false);
    world.send_frame(publisher, 1, true, 2);
    world.run_for(Duration::from_millis(20));
    let peer = &world.peers[subscriber];
    assert_eq!((peer.media_of(0).len(), peer.media_of(1).len()), (2, 2));
    assert_eq!(peer.media_of(0)[1].sequence, peer.media_of(0)[0].sequence.wrapping_add(1));

    world.plane.remove_subscription(SubscriptionId(12));
    world.send_frame(publisher, 1, true, 2);
    world.run_for(Duration::from_millis(20));
    assert_eq!(world.peers[subscriber].media_of(1).len(), 2);
    assert_eq!(world.plane.stats().subscriptions, 1);
}

#[test]
fn media_goes_on_through_an_ice_restart_and_afterwards() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus)]);
    let subscriber = world.join(vec![receive(1, 11, Codec::Opus)]);
    let play = |world: &mut World| {
        for _ in 0..10 {
            world.send(publisher, 0, &[1; 80], false);
            world.run_for(Duration::from_millis(20));
        }
    };
    play(&mut world);
    let ufrag = world.peers[subscriber].transport.local_ufrag().to_owned();
    world.peers[subscriber].transport.restart_ice();
    assert_ne!(world.peers[subscriber].transport.local_ufrag(), ufrag);
    world.negotiate(subscriber, vec![receive(1, 11, Codec::Opus)]).unwrap();
    play(&mut world);
    world.run_for(Duration::from_secs(40));
    play(&mut world);
    let audio = world.peers[subscriber].media_of(0);
    assert_eq!(audio.len(), 30);
    assert!(audio.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
    let checks = world.plane.stats().counters;
    assert_eq!(checks.unknown_ufrag, 0, "checks under the new name find the peer");
    assert_eq!(world.count(|event| matches!(event, PlaneEvent::TransportUp { .. })), 2, "once for each transport");
    assert_eq!(world.count(|event| matches!(event, PlaneEvent::TransportLost { .. })), 0);
}
