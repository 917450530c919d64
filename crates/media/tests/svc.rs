//! Layers inside of one encoding: each subscriber gets those that it has use for, as a stream that is whole in itself.

mod support;

use std::time::Duration;

use exedra_media::codec::descriptor::{self, Structure};
use exedra_media::fuzz::svc::Scalability;
use exedra_media::{Codec, ExtensionKind, SubscriptionId, SubscriptionWants, TrackId};
use support::layered::{LayeredCamera, assert_decodable, height_of, tag_of};
use support::link::Link;
use support::{ReceivedPacket, Section, World, offered_ids, receive, send};

const L3T3_KEY: Scalability = Scalability { spatial: 3, temporal: 3, key_only: true };
const L3T3: Scalability = Scalability { key_only: false, ..L3T3_KEY };
const L1T3: Scalability = Scalability { spatial: 1, ..L3T3 };

fn filmed(codec: Codec, mode: Scalability) -> (World, LayeredCamera) {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, codec)]);
    let camera = LayeredCamera::new(publisher, 0, codec, mode);
    (world, camera)
}

fn height(height_max: u32) -> SubscriptionWants {
    SubscriptionWants { height_max: Some(height_max), ..SubscriptionWants::default() }
}

fn frame_rate(frame_rate_max: u32) -> SubscriptionWants {
    SubscriptionWants { frame_rate_max: Some(frame_rate_max), ..SubscriptionWants::default() }
}

/// Spatial layers of the last second.
fn recent<'a>(world: &World, video: &[&'a ReceivedPacket]) -> Vec<&'a ReceivedPacket> {
    video.iter().copied().filter(|packet| world.now - packet.at < Duration::from_secs(1)).collect()
}

#[test]
fn each_subscriber_gets_the_spatial_layer_that_fits_its_place() {
    for (codec, mode) in [(Codec::Vp9, L3T3_KEY), (Codec::Vp9, L3T3), (Codec::Av1, L3T3_KEY), (Codec::Av1, L3T3)] {
        let case = format!("{codec:?} {mode:?}");
        let (mut world, mut camera) = filmed(codec, mode);
        let subscribers = [180, 360, 720].map(|place| {
            let subscriber = world.join(vec![receive(2, 1000 + u64::from(place), codec)]);
            world.plane.set_subscription(SubscriptionId(1000 + u64::from(place)), height(place), world.now);
            (subscriber, place)
        });
        camera.play(&mut world, Duration::from_secs(4));
        for (subscriber, place) in subscribers {
            let video = world.peers[subscriber].media_of(0);
            assert_decodable(mode, &video);
            let recent = recent(&world, &video);
            let largest = recent.iter().map(|packet| height_of(packet)).max();
            assert_eq!(largest.map(u32::from), Some(place), "{case}");
            let pictures = recent.iter().filter(|packet| packet.marker).count();
            assert!((29..=32).contains(&pictures), "{case}: {pictures} marked pictures in a second");
        }
        // A change of mind, up and down.
        let (subscriber, _) = subscribers[0];
        for place in [720, 180, 360] {
            world.plane.set_subscription(SubscriptionId(1180), height(place), world.now);
            camera.play(&mut world, Duration::from_secs(2));
            let video = world.peers[subscriber].media_of(0);
            assert_decodable(mode, &video);
            let largest = recent(&world, &video).iter().map(|packet| height_of(packet)).max();
            assert_eq!(largest.map(u32::from), Some(place), "{case}");
        }
    }
}

/// libvpx adds a spatial layer when there is room for it, without a key frame.
#[test]
fn larger_pictures_that_begin_between_key_frames_are_sent_to_who_has_a_place_for_them() {
    let (mut world, mut camera) = filmed(Codec::Vp9, L1T3);
    camera.play(&mut world, Duration::from_millis(400));
    (camera.mode, camera.states_layers) = (L3T3, true);
    camera.play(&mut world, Duration::from_millis(400));
    let subscribers = [180, 720].map(|place| {
        let subscriber = world.join(vec![receive(2, 1000 + u64::from(place), Codec::Vp9)]);
        world.plane.set_subscription(SubscriptionId(1000 + u64::from(place)), height(place), world.now);
        (subscriber, place)
    });
    camera.play(&mut world, Duration::from_secs(3));
    for (subscriber, place) in subscribers {
        let video = world.peers[subscriber].media_of(0);
        let largest = recent(&world, &video).iter().map(|packet| height_of(packet)).max();
        assert_eq!(largest.map(u32::from), Some(place));
    }
}

#[test]
fn a_smaller_picture_costs_less_where_layers_stand_alone() {
    let (mut world, mut camera) = filmed(Codec::Vp9, L3T3_KEY);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp9)]);
    camera.play(&mut world, Duration::from_secs(3));
    let video = world.peers[subscriber].media_of(0);
    assert!(recent(&world, &video).iter().all(|packet| tag_of(packet).spatial == 2), "the largest layer alone");
}

/// The descriptors of what a subscriber got, read as a browser reads them; and the masks that were said.
fn described(video: &[&ReceivedPacket]) -> Vec<(descriptor::Descriptor, bool)> {
    let id = offered_ids().get(ExtensionKind::DependencyDescriptor).unwrap();
    let mut known: Option<Box<Structure>> = None;
    let mut read = Vec::new();
    for packet in video {
        let (_, data) = packet.elements.iter().find(|(element, _)| *element == id).expect("a descriptor");
        let descriptor = descriptor::read(data, &mut known).expect("readable");
        read.push((descriptor, descriptor.facts.has_mask()));
    }
    read
}

#[test]
fn a_descriptor_says_which_decode_targets_are_left_and_counts_frames_on() {
    let (mut world, mut camera) = filmed(Codec::Av1, L3T3_KEY);
    let subscriber = world.join(vec![receive(2, 12, Codec::Av1)]);
    camera.play(&mut world, Duration::from_secs(1));
    let before = world.peers[subscriber].media_of(0).len();
    let masked = described(&world.peers[subscriber].media_of(0));
    let (first, _) = masked[0];
    assert!(first.facts.has_structure && !masked[0].1, "a structure says that all targets are there");
    world.plane.set_subscription(SubscriptionId(12), height(180), world.now);
    camera.play(&mut world, Duration::from_secs(2));
    let video = world.peers[subscriber].media_of(0);
    let descriptors = described(&video);
    let changes: Vec<_> = descriptors.iter().zip(&video).skip(before).filter(|((_, is_said), _)| *is_said).collect();
    assert!(!changes.is_empty());
    assert!(
        changes.iter().any(|((descriptor, _), _)| descriptor.facts.has_structure),
        "at the key frame that led there"
    );
    for pair in descriptors.windows(2) {
        let step = pair[1].0.facts.frame_number.wrapping_sub(pair[0].0.facts.frame_number);
        assert!(step < 10, "frame numbers go on, with gaps where frames were left out: {step}");
    }
}

#[test]
fn simulcast_of_vp9_and_av1_changes_encodings_like_that_of_vp8() {
    for codec in [Codec::Vp9, Codec::Av1] {
        let mut world = World::new();
        let rids = vec!["q", "h", "f"];
        let publisher = world.join(vec![Section::SendSimulcast { track: 2, codec, rids }]);
        let mode = Scalability { spatial: 1, temporal: 1, key_only: false };
        let mut cameras: Vec<_> = (0..3)
            .map(|layer| {
                let mut camera = LayeredCamera::new(publisher, layer, codec, mode);
                camera.frame_bytes = 300 << (2 * layer);
                camera.picture = 20_000 - 9000 * layer as u32;
                camera
            })
            .collect();
        let subscriber = world.join(vec![receive(2, 12, codec)]);
        let play = |world: &mut World, cameras: &mut Vec<LayeredCamera>, frames: usize| {
            for _ in 0..frames {
                cameras.iter_mut().for_each(|camera| camera.frame(world));
                world.run_for(support::camera::FRAME);
            }
        };
        play(&mut world, &mut cameras, 60);
        // Sizes are the same for all: it is the rate that ranks them here.
        assert_eq!(world.plane.subscription_stats(SubscriptionId(12)).unwrap().encoding, 2);
        world.peers[subscriber].link = Some(Link::new(300_000, 20, world.now));
        play(&mut world, &mut cameras, 120);
        world.peers[subscriber].link = Some(Link::new(5_000_000, 20, world.now));
        play(&mut world, &mut cameras, 400);
        let stats = world.plane.subscription_stats(SubscriptionId(12)).unwrap();
        assert_eq!(stats.encoding, 2, "{codec:?}");
        assert!(stats.counters.encoding_changes >= 3, "{codec:?}: {stats:?}");
        let video = world.peers[subscriber].media_of(0);
        let mut begins = 0;
        for pair in video.windows(2) {
            let (before, now) = (tag_of(pair[0]), tag_of(pair[1]));
            if now.picture.abs_diff(before.picture) > 1000 {
                assert_eq!(
                    (now.since_key, now.starts),
                    (0, true),
                    "{codec:?}: another encoding begins with a key frame"
                );
                begins += 1;
            }
        }
        assert!(begins >= 3);
        if codec == Codec::Av1 {
            let numbers: Vec<_> = described(&video).iter().map(|(read, _)| read.facts.frame_number).collect();
            // Lost packets are repaired on another stream; what came here goes forward.
            assert!(numbers.windows(2).all(|pair| (pair[1].wrapping_sub(pair[0]) as i16) >= 0), "frame numbers go on");
        } else {
            let picture = |packet: &ReceivedPacket| u16::from_be_bytes([packet.payload[1], packet.payload[2]]) & 0x7FFF;
            let forward =
                |pair: &[&ReceivedPacket]| (picture(pair[1]).wrapping_sub(picture(pair[0])) & 0x7FFF) < 0x4000;
            assert!(video.windows(2).all(forward), "picture ids go on");
        }
    }
}

fn vp8_picture(packet: &ReceivedPacket) -> u16 {
    u16::from_be_bytes([packet.payload[2], packet.payload[3]]) & 0x7FFF
}

/// Temporal layers of VP8 leave no gap, neither in sequence numbers nor in picture ids; TL0PICIDX counts the lowest.
fn assert_vp8_whole(video: &[&ReceivedPacket]) {
    assert_decodable(L1T3, video);
    for pair in video.windows(2) {
        let step = (vp8_picture(pair[1]).wrapping_sub(vp8_picture(pair[0]))) & 0x7FFF;
        assert_eq!(step, u16::from(pair[1].timestamp != pair[0].timestamp), "{:?}", tag_of(pair[1]));
        let tl0 = pair[1].payload[4].wrapping_sub(pair[0].payload[4]);
        let (before, now) = (tag_of(pair[0]), tag_of(pair[1]));
        assert_eq!(tl0, u8::from(now.temporal == 0 && now.picture != before.picture), "{before:?} {now:?}");
    }
}

#[test]
fn a_subscriber_gets_no_more_pictures_than_it_wants_and_counts_them_without_a_gap() {
    for codec in [Codec::Vp8, Codec::Vp9, Codec::Av1] {
        let (mut world, mut camera) = filmed(codec, L1T3);
        let subscriber = world.join(vec![receive(2, 12, codec)]);
        camera.play(&mut world, Duration::from_secs(2));
        for (wanted, expected) in [(8, 7..=9), (15, 14..=16), (30, 29..=31), (1, 7..=9), (60, 29..=31)] {
            world.plane.set_subscription(SubscriptionId(12), frame_rate(wanted), world.now);
            camera.play(&mut world, Duration::from_secs(3));
            let video = world.peers[subscriber].media_of(0);
            let pictures = recent(&world, &video).iter().filter(|packet| packet.marker).count();
            assert!(expected.contains(&pictures), "{codec:?}: {pictures} pictures of {wanted}");
            assert_decodable(L1T3, &video);
            if codec == Codec::Vp8 {
                assert_vp8_whole(&video);
            }
        }
        let asked = world.plane.track_stats(TrackId(2), world.now).unwrap().encodings[0].key_frames_asked;
        assert!(asked <= 1, "{codec:?}: no key frame was needed for any of it: {asked}");
    }
}

#[test]
fn a_path_too_narrow_for_all_pictures_carries_fewer() {
    let (mut world, mut camera) = filmed(Codec::Vp8, L1T3);
    camera.frame_bytes = 2000;
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8)]);
    world.peers[subscriber].link = Some(Link::new(2_000_000, 20, world.now));
    camera.play(&mut world, Duration::from_secs(5));
    assert_eq!(world.plane.subscription_stats(SubscriptionId(12)).unwrap().layer.temporal, 2);
    world.peers[subscriber].link.as_mut().unwrap().rate_bps = 350_000;
    camera.play(&mut world, Duration::from_secs(5));
    assert!(world.plane.subscription_stats(SubscriptionId(12)).unwrap().layer.temporal < 2);
    let before = world.peers[subscriber].media_of(0).len();
    camera.play(&mut world, Duration::from_secs(5));
    let pictures = world.peers[subscriber].media_of(0)[before..].iter().filter(|packet| packet.marker).count();
    assert!(pictures >= 35, "{pictures} pictures in five seconds");
    world.peers[subscriber].link.as_mut().unwrap().rate_bps = 2_000_000;
    camera.play(&mut world, Duration::from_secs(10));
    assert_eq!(world.plane.subscription_stats(SubscriptionId(12)).unwrap().layer.temporal, 2);
}

#[test]
fn a_late_packet_of_a_layer_left_out_fills_the_place_that_was_kept_for_it() {
    let (mut world, mut camera) = filmed(Codec::Vp8, L1T3);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8)]);
    world.plane.set_subscription(SubscriptionId(12), frame_rate(8), world.now);
    camera.play(&mut world, Duration::from_secs(3));
    while tag_of(world.peers[subscriber].media_of(0).last().unwrap()).picture != camera.picture {
        camera.frame(&mut world);
        world.run_for(support::camera::FRAME);
    }
    // The next picture is of the highest layer. Its second packet comes after the pictures that follow it.
    let [mut first, mut late] = <[_; 2]>::try_from(camera.datagrams(&mut world)).unwrap();
    world.deliver(camera.peer, &mut first);
    for _ in 0..8 {
        camera.frame(&mut world);
        world.run_for(Duration::from_millis(5));
    }
    let before = world.peers[subscriber].media_of(0).len();
    world.deliver(camera.peer, &mut late);
    world.run_for(Duration::from_millis(20));
    camera.play(&mut world, Duration::from_millis(200));
    let video = world.peers[subscriber].media_of(0);
    assert!(video[before].payload.is_empty(), "nothing, under the number that would be missing");
    let mut numbers: Vec<_> = video.iter().map(|packet| packet.sequence.wrapping_sub(video[0].sequence)).collect();
    numbers.sort_unstable();
    assert!(numbers.iter().zip(0..).all(|(number, expected)| *number == expected), "all numbers, each once");
    let media: Vec<_> = video.into_iter().filter(|packet| !packet.payload.is_empty()).collect();
    let pictures = media.windows(2).map(|pair| vp8_picture(pair[1]).wrapping_sub(vp8_picture(pair[0])) & 0x7FFF);
    assert!(pictures.into_iter().all(|step| step <= 1), "and no picture id is missing");
}

#[test]
fn a_repair_repeats_what_was_sent_whatever_was_left_out_since() {
    let (mut world, mut camera) = filmed(Codec::Vp8, L1T3);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8)]);
    world.plane.set_subscription(SubscriptionId(12), frame_rate(8), world.now);
    camera.play(&mut world, Duration::from_secs(3));
    let ssrc = world.peers[subscriber].ssrc_of(0);
    let lost: Vec<_> =
        world.peers[subscriber].media_of(0).iter().rev().take(6).map(|packet| (*packet).clone()).collect();
    let numbers: Vec<_> = lost.iter().map(|packet| packet.sequence).collect();
    world.send_rtcp(subscriber, |out| _ = out.nack(1, ssrc, &numbers));
    world.settle();
    let repairs = world.peers[subscriber].repairs_of(0);
    assert_eq!(repairs.len(), 6);
    for (lost, repair) in lost.iter().map(|lost| {
        let is_of = |repair: &&&ReceivedPacket| repair.payload[..2] == lost.sequence.to_be_bytes();
        (lost, repairs.iter().find(is_of).expect("repaired"))
    }) {
        assert_eq!(repair.payload[2..], lost.payload);
        assert_eq!((repair.marker, repair.timestamp), (lost.marker, lost.timestamp));
    }
}

#[test]
fn a_repair_describes_the_layers_that_were_sent_whatever_was_chosen_since() {
    let (mut world, mut camera) = filmed(Codec::Av1, L3T3);
    let subscriber = world.join(vec![receive(2, 12, Codec::Av1)]);
    camera.play(&mut world, Duration::from_secs(1));
    for place in [360, 180] {
        world.plane.set_subscription(SubscriptionId(12), height(place), world.now);
        camera.play(&mut world, Duration::from_millis(500));
    }
    let id = offered_ids().get(ExtensionKind::DependencyDescriptor).unwrap();
    let descriptor_of = |packet: &ReceivedPacket| packet.elements.iter().find(|(element, _)| *element == id).cloned();
    let video = world.peers[subscriber].media_of(0);
    let described = described(&video);
    let says_targets = |read: &descriptor::Descriptor| read.facts.has_structure || read.facts.has_mask();
    let mut lost: Vec<ReceivedPacket> = Vec::new();
    for ((read, _), packet) in described.iter().zip(&video) {
        if says_targets(read) || tag_of(packet).picture.is_multiple_of(8) {
            lost.push((*packet).clone());
        }
    }
    assert!(described.iter().filter(|(_, is_said)| *is_said).count() >= 2, "both changes were said");
    let ssrc = world.peers[subscriber].ssrc_of(0);
    let numbers: Vec<_> = lost.iter().map(|packet| packet.sequence).collect();
    world.send_rtcp(subscriber, |out| _ = out.nack(1, ssrc, &numbers));
    world.settle();
    let repairs = world.peers[subscriber].repairs_of(0);
    for lost in &lost {
        let is_of = |repair: &&&ReceivedPacket| repair.payload[..2] == lost.sequence.to_be_bytes();
        let repair = repairs.iter().find(is_of).expect("repaired");
        assert_eq!(descriptor_of(repair), descriptor_of(lost), "{:?}", tag_of(lost));
        assert_eq!(repair.marker, lost.marker, "{:?}", tag_of(lost));
    }
}

#[test]
fn a_size_that_is_no_longer_sent_gives_way_to_the_next_smaller_one_before_it_is_missed_for_long() {
    for codec in [Codec::Vp9, Codec::Av1] {
        let (mut world, mut camera) = filmed(codec, L3T3_KEY);
        let subscriber = world.join(vec![receive(2, 12, codec)]);
        camera.play(&mut world, Duration::from_secs(3));
        camera.mode.spatial = 2;
        camera.play(&mut world, Duration::from_secs(3));
        let video = world.peers[subscriber].media_of(0);
        assert_decodable(L3T3_KEY, &video);
        assert!(recent(&world, &video).iter().all(|packet| height_of(packet) == 360), "{codec:?}");
        let pauses = video.windows(2).map(|pair| pair[1].at - pair[0].at);
        let longest = pauses.max().unwrap();
        assert!(longest < Duration::from_millis(700), "{codec:?}: nothing for {longest:?}");
    }
}
