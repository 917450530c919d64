//! Changes of layer on a path that loses every twentieth packet and reorders others, with every number about to wrap: what a
//! viewer can show after repair has no gap, and no number names two packets.

mod support;

use std::time::Duration;

use exedra_media::fuzz::svc::Scalability;
use exedra_media::{Codec, SubscriptionId, SubscriptionWants};
use proptest::prelude::*;
use support::camera::{self, Camera};
use support::layered::{LayeredCamera, assert_decodable, begins_key_frame, height_of, tag_of};
use support::link::Link;
use support::{ReceivedPacket, Section, World, receive, send};

const ROUND_TRIP: Duration = Duration::from_millis(60);

fn wants(height_max: u32) -> SubscriptionWants {
    SubscriptionWants { height_max: Some(height_max), ..SubscriptionWants::default() }
}

/// A viewer of section 0 behind a wide path that loses and reorders.
fn watch(world: &mut World, subscriber: usize, seed: u64, begins_key_frame: fn(&ReceivedPacket) -> bool) {
    let mut link = Link::seeded(20_000_000, ROUND_TRIP.as_millis() as u64 / 2, seed, world.now);
    link.loss = 0.05;
    link.overtaken = 0.05;
    world.peers[subscriber].link = Some(link);
    world.peers[subscriber].watch(0, ROUND_TRIP, begins_key_frame);
    world.peers[subscriber].viewer.as_mut().unwrap().is_patient = true;
}

/// What the viewer showed, packet by packet, once the last repairs had time to come.
fn shown(world: &World, subscriber: usize) -> Vec<&ReceivedPacket> {
    let viewer = world.peers[subscriber].viewer.as_ref().unwrap();
    viewer.shown.iter().flat_map(|shown| &shown.packets).collect()
}

/// Places its subscriber picture shows in turn, and for how many pictures.
fn places() -> impl Strategy<Value = Vec<(u32, u64)>> {
    prop::collection::vec((prop::sample::select(vec![180u32, 360, 720]), 3..40u64), 2..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Sequence numbers (and with them SRTP's roll-over counter) and timestamps of the publisher wrap within the first
    /// pictures, those of the subscriber wherever they do.
    #[test]
    fn simulcast_changes_encodings_without_a_gap(places in places(), seed in 1..1000u64, before_wrap in 1..60u64) {
        let mut world = World::new();
        let rids = vec!["q", "h", "f"];
        let publisher = world.join(vec![Section::SendSimulcast { track: 2, codec: Codec::Vp8, rids }]);
        for source in &mut world.peers[publisher].sources {
            source.index = 65_536 - before_wrap;
            source.timestamp = u32::MAX - 2970 * before_wrap as u32;
        }
        let mut camera = Camera::simulcast(publisher);
        let subscriber = world.join(vec![receive(2, 11, Codec::Vp8)]);
        watch(&mut world, subscriber, seed, camera::is_key);
        for (place, pictures) in places {
            world.plane.set_subscription(SubscriptionId(11), wants(place), world.now);
            camera.play(&mut world, camera::FRAME * (30 + pictures as u32));
        }
        world.run_for(Duration::from_secs(1));
        let video = shown(&world, subscriber);
        prop_assert!(camera::is_key(video[0]));
        for pair in video.windows(2) {
            let [before, now] = pair else { unreachable!() };
            prop_assert_eq!(now.sequence, before.sequence.wrapping_add(1));
            let step = now.timestamp.wrapping_sub(before.timestamp);
            prop_assert!(step < 90_000, "timestamps go on: {}", step);
            let is_new = now.timestamp != before.timestamp;
            let picture = camera::picture_of(before).wrapping_add(u16::from(is_new)) & 0x7FFF;
            prop_assert_eq!(camera::picture_of(now), picture);
            let has_changed = camera::height_of(now) != camera::height_of(before);
            prop_assert!(!has_changed || camera::is_key(now), "another encoding begins with a key frame");
        }
        let pictures = video.iter().filter(|packet| packet.marker).count() as u64;
        let filmed = world.peers[publisher].sources[0].index;
        prop_assert!(filmed > 65_536, "the numbers did wrap: {}", filmed);
        prop_assert!(pictures > 30);
    }

    #[test]
    fn layers_of_one_encoding_change_without_a_gap(
        places in places(),
        seed in 1..1000u64,
        before_wrap in 1..300u64,
        is_av1 in any::<bool>(),
        key_only in any::<bool>(),
    ) {
        let codec = if is_av1 { Codec::Av1 } else { Codec::Vp9 };
        let mode = Scalability { spatial: 3, temporal: 3, key_only };
        let mut world = World::new();
        let publisher = world.join(vec![send(2, codec)]);
        world.peers[publisher].sources[0].index = 65_536 - before_wrap;
        world.peers[publisher].sources[0].timestamp = u32::MAX - 700 * before_wrap as u32;
        let mut camera = LayeredCamera::new(publisher, 0, codec, mode);
        let subscriber = world.join(vec![receive(2, 12, codec)]);
        watch(&mut world, subscriber, seed, begins_key_frame);
        let mut last = 0;
        for (place, pictures) in places {
            world.plane.set_subscription(SubscriptionId(12), wants(place), world.now);
            camera.play(&mut world, camera::FRAME * (45 + pictures as u32));
            last = place;
        }
        world.run_for(Duration::from_secs(1));
        let video = shown(&world, subscriber);
        assert_decodable(mode, &video);
        let recent = video.iter().rev().take_while(|packet| tag_of(packet).picture + 10 > camera.picture);
        prop_assert_eq!(recent.map(|packet| height_of(packet)).max().map(u32::from), Some(last));
        let filmed = world.peers[publisher].sources[0].index;
        prop_assert!(filmed > 65_536, "the numbers did wrap: {}", filmed);
    }
}

/// Numbers that the subscriber's stream has left before they wrap.
fn left_before_wrap(world: &World, subscriber: usize) -> usize {
    let ssrc = world.peers[subscriber].ssrc_of(0);
    let last = world.peers[subscriber].rtp.iter().rev().find(|packet| packet.ssrc == ssrc).expect("video");
    usize::from(u16::MAX - last.sequence)
}

#[test]
fn an_encoding_changes_where_the_subscribers_own_numbers_wrap() {
    // At the last number, the first one of the next cycle, and within the key frame.
    for left in [1, 0, 3] {
        let mut world = World::new();
        let rids = vec!["q", "h", "f"];
        let publisher = world.join(vec![Section::SendSimulcast { track: 2, codec: Codec::Vp8, rids }]);
        let mut camera = Camera::simulcast(publisher);
        let subscriber = world.join(vec![receive(2, 11, Codec::Vp8)]);
        world.plane.set_subscription(SubscriptionId(11), wants(180), world.now);
        camera.play(&mut world, Duration::from_secs(1));
        let small_bps = camera.layers[0].rate_bps;
        camera.layers[0].rate_bps = 100 * small_bps;
        while left_before_wrap(&world, subscriber) > 200 {
            world.peers[subscriber].rtp.clear();
            camera.play(&mut world, camera::FRAME);
        }
        camera.layers[0].rate_bps = small_bps;
        // The small picture that is filmed together with the key frame is still sent before it.
        while left_before_wrap(&world, subscriber) > left + 1 {
            camera.play(&mut world, camera::FRAME);
        }
        world.plane.set_subscription(SubscriptionId(11), wants(720), world.now);
        // Long enough for a decision: the next picture is the key frame.
        world.run_for(Duration::from_millis(250));
        camera.play(&mut world, camera::FRAME * 5);

        let video = world.peers[subscriber].media_of(0);
        let change = video.iter().position(|packet| camera::height_of(packet) == 720).expect("a change");
        assert!(camera::is_key(video[change]));
        assert_eq!(usize::from(u16::MAX - video[change - 1].sequence), left);
        assert!(video.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
        // Decrypting has shown that the roll-over counter went on; repairs find both sides of it.
        let lost: Vec<_> = video[change - 2..change + 6].iter().map(|packet| (*packet).clone()).collect();
        let numbers: Vec<_> = lost.iter().map(|packet| packet.sequence).collect();
        assert!(numbers.contains(&u16::MAX) && numbers.contains(&0), "{numbers:?}");
        let ssrc = world.peers[subscriber].ssrc_of(0);
        world.send_rtcp(subscriber, |out| _ = out.nack(1, ssrc, &numbers));
        world.settle();
        let repairs = world.peers[subscriber].repairs_of(0);
        for lost in &lost {
            let is_of = |repair: &&&ReceivedPacket| repair.payload[..2] == lost.sequence.to_be_bytes();
            let repair = repairs.iter().find(is_of).expect("repaired");
            assert_eq!((&repair.payload[2..], repair.timestamp), (&lost.payload[..], lost.timestamp));
        }
    }
}
