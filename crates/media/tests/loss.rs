//! Five packets of a hundred lost on the way in and on the way out, with 100 ms round trips: what viewers can decode, by codec
//! and by kind of layers.

mod support;

use std::time::{Duration, Instant};

use exedra_media::Codec;
use exedra_media::fuzz::svc::Scalability;
use support::camera::{self, Camera};
use support::layered::{LayeredCamera, begins_key_frame};
use support::link::Link;
use support::uplink::Uplink;
use support::{ReceivedPacket, Section, World, receive, send};

const ROUND_TRIP: Duration = Duration::from_millis(100);
const FILMED_FOR: Duration = Duration::from_secs(30);
const SINGLE: Scalability = Scalability { spatial: 1, temporal: 1, key_only: false };
const L3T3: Scalability = Scalability { spatial: 3, temporal: 3, key_only: false };

/// A call over paths that lose; how many pictures were filmed and how many shown.
fn pictures(
    section: Section,
    seed: u64,
    begins_key_frame: fn(&ReceivedPacket) -> bool,
    mut film: impl FnMut(&mut World, usize, Duration),
) -> (usize, usize) {
    let codec = match section {
        Section::Send { codec, .. } | Section::SendSimulcast { codec, .. } => codec,
        Section::Receive { .. } => unreachable!("somebody has to send"),
    };
    let mut world = World::new();
    let publisher = world.join(vec![section]);
    let subscriber = world.join(vec![receive(2, 12, codec)]);
    world.peers[publisher].uplink = Some(Uplink::new(0.05, ROUND_TRIP, seed));
    let mut link = Link::seeded(20_000_000, ROUND_TRIP.as_millis() as u64 / 2, seed, world.now);
    link.loss = 0.05;
    world.peers[subscriber].link = Some(link);
    world.peers[subscriber].watch(0, ROUND_TRIP, begins_key_frame);
    film(&mut world, publisher, Duration::from_secs(2));
    let shown = |world: &World, from: Instant| {
        let viewer = world.peers[subscriber].viewer.as_ref().unwrap();
        viewer.shown_between(from, world.now + Duration::from_secs(9)).count()
    };
    let (before, from) = (shown(&world, world.now - Duration::from_secs(60)), world.now);
    film(&mut world, publisher, FILMED_FOR);
    let filmed = (world.now - from).as_micros() / camera::FRAME.as_micros();
    // The last repairs.
    world.run_for(Duration::from_secs(2));
    assert!(world.peers[publisher].uplink.as_ref().unwrap().repeated > 0, "the first hop lost, too");
    assert!(!world.peers[subscriber].repairs_of(0).is_empty(), "and the second");
    (filmed as usize, shown(&world, from - Duration::from_secs(60)) - before)
}

fn assert_decodable(case: &str, (filmed, shown): (usize, usize)) {
    assert!(shown * 100 >= filmed * 99, "{case}: {shown} of {filmed} pictures");
}

#[test]
fn at_5_percent_loss_99_percent_of_pictures_are_decodable_with_every_codec_and_its_layers() {
    let l3t3_key = Scalability { key_only: true, ..L3T3 };
    let temporal = Scalability { spatial: 1, ..L3T3 };
    for (codec, mode) in [
        (Codec::H264, SINGLE),
        (Codec::Vp8, temporal),
        (Codec::Vp9, SINGLE),
        (Codec::Vp9, L3T3),
        (Codec::Vp9, l3t3_key),
        (Codec::Av1, L3T3),
    ] {
        for seed in 1..=3 {
            let mut camera = None;
            let counted = pictures(send(2, codec), seed, begins_key_frame, |world, publisher, duration| {
                let camera = camera.get_or_insert_with(|| LayeredCamera::new(publisher, 0, codec, mode));
                camera.frame_bytes = 1500;
                camera.play(world, duration);
            });
            assert_decodable(&format!("{codec:?} {mode:?}, seed {seed}"), counted);
        }
    }
}

#[test]
fn at_5_percent_loss_99_percent_of_pictures_of_a_simulcast_are_decodable() {
    for seed in 1..=3 {
        let section = Section::SendSimulcast { track: 2, codec: Codec::Vp8, rids: vec!["q", "h", "f"] };
        let mut camera = None;
        let counted = pictures(section, seed, camera::is_key, |world, publisher, duration| {
            camera.get_or_insert_with(|| Camera::simulcast(publisher)).play(world, duration);
        });
        assert_decodable(&format!("simulcast, seed {seed}"), counted);
    }
}
