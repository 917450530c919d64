//! The picture each subscriber gets: as good as its place, its path and the publisher allow, and changed only where a
//! decoder can follow.

mod support;

use std::time::Duration;

use exedra_media::{
    Codec, Explanation, Limit, PlaneEvent, Quality, Reason, SubscriptionId, SubscriptionWants, TrackId,
};
use support::camera::{Camera, height_of, is_key, picture_of};
use support::link::Link;
use support::{ReceivedPacket, Section, World, receive, send};

fn simulcast() -> (World, Camera) {
    let mut world = World::new();
    let rids = vec!["q", "h", "f"];
    let publisher = world.join(vec![Section::SendSimulcast { track: 2, codec: Codec::Vp8, rids }]);
    (world, Camera::simulcast(publisher))
}

fn wants(height_max: u32) -> SubscriptionWants {
    SubscriptionWants { height_max: Some(height_max), ..SubscriptionWants::default() }
}

fn height_now(world: &World, subscriber: usize) -> u16 {
    world.peers[subscriber].media_of(0).last().map_or(0, |packet| height_of(packet))
}

/// What subscribers were told of their pictures, in order.
fn told(world: &World) -> Vec<Explanation> {
    let told = |event: &PlaneEvent| match event {
        PlaneEvent::VideoQuality { explanation, .. } => Some(**explanation),
        _ => None,
    };
    world.events.iter().filter_map(told).collect()
}

/// What a decoder needs of a stream that nothing was lost of, whatever layers it was put together from.
fn assert_decodable(video: &[&ReceivedPacket]) {
    assert!(is_key(video[0]));
    for pair in video.windows(2) {
        let [before, now] = pair else { unreachable!() };
        assert_eq!(now.sequence, before.sequence.wrapping_add(1), "no gap");
        let step = now.timestamp.wrapping_sub(before.timestamp) as i32;
        assert!((0..180_000).contains(&step), "timestamps go on: {step}");
        if height_of(now) != height_of(before) {
            assert!(is_key(now), "a change of layer at a key frame");
        }
        if now.timestamp == before.timestamp {
            assert_eq!(picture_of(now), picture_of(before));
        } else {
            assert_eq!(picture_of(now), (picture_of(before) + 1) & 0x7FFF, "pictures are counted on");
        }
    }
}

#[test]
fn each_subscriber_gets_the_layer_that_fits_its_place_and_changes_at_key_frames() {
    let (mut world, mut camera) = simulcast();
    let large = world.join(vec![receive(2, 11, Codec::Vp8)]);
    let small = world.join(vec![receive(2, 12, Codec::Vp8)]);
    world.plane.set_subscription(SubscriptionId(12), wants(180), world.now);
    camera.play(&mut world, Duration::from_secs(4));
    assert_eq!((height_now(&world, large), height_now(&world, small)), (720, 180));
    assert_eq!(world.plane.explain(SubscriptionId(11)).unwrap().decision.unwrap().reason, Reason::Best);
    assert_eq!(world.plane.explain(SubscriptionId(12)).unwrap().decision.unwrap().reason, Reason::ElementSize);
    for height in [360, 720, 180, 360] {
        world.plane.set_subscription(SubscriptionId(12), wants(height), world.now);
        camera.play(&mut world, Duration::from_secs(2));
        assert_eq!(u32::from(height_now(&world, small)), height);
    }
    assert_decodable(&world.peers[small].media_of(0));
    assert_decodable(&world.peers[large].media_of(0));
}

#[test]
fn a_picture_is_explained_in_figures_and_a_change_of_it_is_told_once_it_lasts() {
    let (mut world, mut camera) = simulcast();
    world.join(vec![receive(2, 11, Codec::Vp8)]);
    camera.play(&mut world, Duration::from_secs(4));
    assert_eq!(told(&world), [], "the best there is goes without saying");
    let explanation = world.plane.explain(SubscriptionId(11)).unwrap();
    assert_eq!((explanation.limit(), explanation.sent), (None, explanation.best));
    let best = explanation.best.unwrap();
    assert_eq!(best.size, Some((1280, 720)));
    assert!((29..=31).contains(&best.frame_rate), "{best:?}");
    assert!((1_500_000..2_200_000).contains(&best.rate_bps), "{best:?}");

    // A size that does not stay is not worth a word.
    world.plane.set_subscription(SubscriptionId(11), wants(180), world.now);
    camera.play(&mut world, Duration::from_millis(600));
    world.plane.set_subscription(SubscriptionId(11), wants(720), world.now);
    camera.play(&mut world, Duration::from_secs(3));
    assert_eq!(told(&world), []);
    world.plane.set_subscription(SubscriptionId(11), wants(180), world.now);
    camera.play(&mut world, Duration::from_secs(3));
    let [told_of] = told(&world)[..] else { panic!("{:?}", told(&world)) };
    assert_eq!((told_of.limit(), told_of.wants.height_max), (Some(Limit::ElementSize), Some(180)));
    assert_eq!((told_of.sent.unwrap().size, told_of.best.unwrap().size), (Some((320, 180)), Some((1280, 720))));

    let off = SubscriptionWants { enabled: false, ..SubscriptionWants::default() };
    world.plane.set_subscription(SubscriptionId(11), off, world.now);
    assert_eq!(world.plane.explain(SubscriptionId(11)).unwrap().limit(), Some(Limit::Subscription));
    world.plane.set_subscription(SubscriptionId(11), SubscriptionWants::default(), world.now);
    world.plane.set_track_muted(TrackId(2), true, world.now);
    assert_eq!(world.plane.explain(SubscriptionId(11)).unwrap().limit(), Some(Limit::Muted));
}

#[test]
fn a_layer_that_the_publisher_stops_is_replaced_and_named() {
    let (mut world, mut camera) = simulcast();
    let subscriber = world.join(vec![receive(2, 11, Codec::Vp8)]);
    camera.play(&mut world, Duration::from_secs(3));
    assert_eq!(height_now(&world, subscriber), 720);
    camera.layers[2].is_off = true;
    camera.play(&mut world, Duration::from_secs(5));
    assert_eq!(height_now(&world, subscriber), 360);
    assert_eq!(world.plane.explain(SubscriptionId(11)).unwrap().decision.unwrap().reason, Reason::Publisher);
    camera.layers[2].is_off = false;
    camera.play(&mut world, Duration::from_secs(3));
    assert_eq!(height_now(&world, subscriber), 720);
    assert_decodable(&world.peers[subscriber].media_of(0));
}

#[test]
fn a_path_that_narrows_gets_a_smaller_picture_in_two_seconds_and_the_best_one_back_in_ten() {
    // Wide and narrow rate, one-way latency, and the height that fits the narrow path.
    for (wide_bps, narrow_bps, latency_ms, fitting) in [
        (2_000_000, 300_000, 20, 180),
        (3_000_000, 300_000, 50, 180),
        (2_200_000, 250_000, 5, 180),
        (5_000_000, 800_000, 40, 360),
    ] {
        let case = format!("{wide_bps} to {narrow_bps} at {latency_ms} ms");
        let (mut world, mut camera) = simulcast();
        let subscriber = world.join(vec![receive(2, 11, Codec::Vp8)]);
        world.peers[subscriber].link = Some(Link::new(wide_bps, latency_ms, world.now));
        camera.play(&mut world, Duration::from_secs(10));
        assert_eq!(height_now(&world, subscriber), 720, "{case}");

        world.peers[subscriber].link.as_mut().unwrap().rate_bps = narrow_bps;
        camera.play(&mut world, Duration::from_secs(2));
        assert_eq!(height_now(&world, subscriber), fitting, "{case}");
        let explanation = world.plane.explain(SubscriptionId(11)).unwrap();
        assert_eq!(explanation.decision.unwrap().reason, Reason::Bandwidth, "{case}");
        let dropped = world.peers[subscriber].link.as_ref().unwrap().dropped;
        let before = world.peers[subscriber].media_of(0).len();
        camera.play(&mut world, Duration::from_secs(8));
        let frames = world.peers[subscriber].media_of(0)[before..].iter().filter(|packet| packet.marker).count();
        assert!(frames >= 225, "{case}: {frames} of 242 frames of the smaller picture");
        let lost = world.peers[subscriber].link.as_ref().unwrap().dropped - dropped;
        assert!(lost < 20, "{case}: probes aside, nothing is lost: {lost}");

        world.peers[subscriber].link.as_mut().unwrap().rate_bps = wide_bps;
        camera.play(&mut world, Duration::from_secs(10));
        let explanation = world.plane.explain(SubscriptionId(11));
        assert_eq!(height_now(&world, subscriber), 720, "{case}: {explanation:?}");
    }
}

#[test]
fn random_loss_of_a_radio_link_does_not_cost_the_picture() {
    let (mut world, mut camera) = simulcast();
    let subscriber = world.join(vec![receive(2, 11, Codec::Vp8)]);
    let mut link = Link::new(5_000_000, 50, world.now);
    link.loss = 0.05;
    world.peers[subscriber].link = Some(link);
    camera.play(&mut world, Duration::from_secs(15));
    assert_eq!(height_now(&world, subscriber), 720, "{:?}", world.plane.explain(SubscriptionId(11)));
}

#[test]
fn a_path_too_narrow_for_any_picture_keeps_the_sound_warns_first_and_recovers() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus), send(2, Codec::Vp8)]);
    let mut camera = Camera::single(publisher, 1, 800_000);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8), receive(1, 11, Codec::Opus)]);
    world.peers[subscriber].link = Some(Link::new(3_000_000, 20, world.now));
    let play = |world: &mut World, camera: &mut Camera, seconds: u64| {
        for _ in 0..seconds * 25 {
            world.send(publisher, 0, &[1; 80], false);
            camera.play(world, Duration::from_millis(40));
        }
    };
    play(&mut world, &mut camera, 4);
    assert!(told(&world).is_empty());

    world.peers[subscriber].link.as_mut().unwrap().rate_bps = 150_000;
    play(&mut world, &mut camera, 8);
    let at = |wanted| told(&world).iter().position(|explanation| explanation.quality == wanted);
    let (warned, suspended) = (at(Quality::Endangered), at(Quality::Suspended));
    assert!(warned.is_some() && warned < suspended, "{warned:?} {suspended:?}");
    let (video, audio) = (world.peers[subscriber].media_of(0).len(), world.peers[subscriber].media_of(1).len());
    play(&mut world, &mut camera, 2);
    assert_eq!(world.peers[subscriber].media_of(0).len(), video);
    assert!(world.peers[subscriber].media_of(1).len() - audio >= 48, "the sound goes on");

    let explanation = world.plane.explain(SubscriptionId(12)).unwrap();
    assert_eq!((explanation.limit(), explanation.sent), (Some(Limit::Bandwidth), None));
    assert!(explanation.path.estimate_bps.unwrap() < explanation.best.unwrap().rate_bps);

    world.peers[subscriber].link.as_mut().unwrap().rate_bps = 3_000_000;
    play(&mut world, &mut camera, 20);
    assert_eq!(world.plane.explain(SubscriptionId(12)).unwrap().quality, Quality::Good);
    assert!(world.peers[subscriber].media_of(0).len() > video, "and the picture is back");
}

#[test]
fn a_client_without_feedback_is_not_limited() {
    let (mut world, mut camera) = simulcast();
    let subscriber = world.join(vec![receive(2, 11, Codec::Vp8)]);
    camera.play(&mut world, Duration::from_secs(5));
    let explanation = world.plane.explain(SubscriptionId(11)).unwrap();
    assert_eq!(explanation.path.estimate_bps, None);
    assert_eq!(height_now(&world, subscriber), 720);
}

/// Publishers of one plain video each, and one subscriber of them all behind a link.
fn meeting(publishers: u64, rate_bps: usize, link_bps: u64) -> (World, Vec<Camera>, usize) {
    let mut world = World::new();
    let cameras =
        (0..publishers).map(|track| Camera::single(world.join(vec![send(track, Codec::Vp8)]), 0, rate_bps)).collect();
    let sections = (0..publishers).map(|track| receive(track, 100 + track, Codec::Vp8)).collect();
    let subscriber = world.join(sections);
    world.peers[subscriber].link = Some(Link::new(link_bps, 20, world.now));
    (world, cameras, subscriber)
}

fn play_all(world: &mut World, cameras: &mut [Camera], seconds: u64) {
    for _ in 0..seconds * 30 {
        for camera in cameras.iter_mut() {
            camera.frame(world);
        }
        world.run_for(support::camera::FRAME);
    }
}

#[test]
fn a_wide_path_carries_a_large_meeting_from_the_start() {
    let (mut world, mut cameras, subscriber) = meeting(16, 1_000_000, 60_000_000);
    play_all(&mut world, &mut cameras, 6);
    let troubled = told(&world).iter().any(|explanation| explanation.quality == Quality::Suspended);
    assert!(!troubled, "{:?}", world.plane.explain(SubscriptionId(100)).unwrap().path);
    for section in 0..16 {
        let frames = world.peers[subscriber].media_of(section).iter().filter(|packet| packet.marker).count();
        assert!(frames > 150, "{frames} frames of track {section}");
    }
}

#[test]
fn a_path_too_narrow_for_the_meeting_carries_as_many_as_fit_the_preferred_ones_first() {
    let (mut world, mut cameras, subscriber) = meeting(8, 800_000, 4_000_000);
    let preferred = SubscriptionWants { priority: 200, ..SubscriptionWants::default() };
    world.plane.set_subscription(SubscriptionId(107), preferred, world.now);
    play_all(&mut world, &mut cameras, 15);
    let flowing = |world: &World| -> Vec<bool> {
        (100..108).map(|id| world.plane.explain(SubscriptionId(id)).unwrap().is_flowing).collect()
    };
    let count = flowing(&world).iter().filter(|flows| **flows).count();
    assert!((3..=5).contains(&count), "{:?}", flowing(&world));
    assert!(flowing(&world)[7], "the preferred one is among them");
    let dropped = world.peers[subscriber].link.as_ref().unwrap().dropped;
    play_all(&mut world, &mut cameras, 5);
    let lost = world.peers[subscriber].link.as_ref().unwrap().dropped - dropped;
    assert!(lost < 60, "{lost} packets lost in 5 s");
}
