//! The picture each subscriber gets: as good as its place, its path and the publisher allow, and changed only where a
//! decoder can follow.

mod support;

use std::time::Duration;

use exedra_media::seed::Random;
use exedra_media::{
    Codec, Decision, Explanation, Limit, PlaneEvent, Quality, Reason, SubscriptionId, SubscriptionWants, TrackId,
};
use support::camera::{Camera, FRAME, height_of, is_key, picture_of};
use support::link::{Link, busy};
use support::{ReceivedPacket, Section, World, receive, send, vp8};

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
fn the_end_of_a_small_picture_does_not_send_the_beginning_of_a_large_one() {
    let (mut world, mut camera) = simulcast();
    let subscriber = world.join(vec![receive(2, 11, Codec::Vp8)]);
    camera.play(&mut world, Duration::from_secs(3));
    assert_eq!(height_now(&world, subscriber), 720);
    let (small, large) = (camera.layers[0].source, camera.layers[2].source);
    let came = |world: &World| world.peers[subscriber].media_of(0).len();
    let before = came(&world);
    world.send(camera.peer, large, &vp8(false, true, 1), false);
    world.send(camera.peer, small, &vp8(false, true, 1), true);
    world.run_for(Duration::from_micros(100));
    assert_eq!(came(&world), before);
    world.send(camera.peer, large, &vp8(false, false, 1), true);
    world.run_for(Duration::from_micros(100));
    assert_eq!(came(&world), before + 2);
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

/// A publisher of sound and one picture of `picture_bps`, and somebody who gets both over a path of `rate_bps`.
fn sound_and_picture(picture_bps: usize, rate_bps: u64) -> (World, Camera, usize) {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus), send(2, Codec::Vp8)]);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8), receive(1, 11, Codec::Opus)]);
    world.peers[subscriber].link = Some(Link::new(rate_bps, 20, world.now));
    (world, Camera::single(publisher, 1, picture_bps), subscriber)
}

#[test]
fn a_path_too_narrow_for_any_picture_keeps_the_sound_warns_first_and_recovers() {
    let (mut world, mut camera, subscriber) = sound_and_picture(800_000, 3_000_000);
    let play = |world: &mut World, camera: &mut Camera, seconds: u64| {
        for _ in 0..seconds * 25 {
            world.send(camera.peer, 0, &[1; 80], false);
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
fn a_path_that_hardly_carries_a_picture_is_warned_of_once_before_it_is_given_up() {
    for rate_bps in [120_000, 135_000, 150_000] {
        for seed in 1..=3 {
            let mut world = World::new();
            let rids = vec!["q", "h", "f"];
            let picture = Section::SendSimulcast { track: 2, codec: Codec::Vp8, rids };
            let publisher = world.join(vec![send(1, Codec::Opus), picture]);
            let subscriber = world.join(vec![receive(2, 12, Codec::Vp8), receive(1, 11, Codec::Opus)]);
            world.peers[subscriber].link = Some(Link::seeded(3_000_000, 20, seed, world.now));
            let mut camera = Camera::simulcast(publisher);
            camera.layers.iter_mut().for_each(|layer| layer.source += 1);
            speak(&mut world, &mut camera, Duration::from_millis(8_000 + 137 * seed));
            assert_eq!(told(&world), [], "at 3 Mbit/s, seed {seed}");
            world.peers[subscriber].link.as_mut().unwrap().rate_bps = rate_bps;
            speak(&mut world, &mut camera, Duration::from_secs(4));
            let mut qualities: Vec<_> = told(&world).iter().map(|told| told.quality).collect();
            qualities.dedup();
            assert_eq!(qualities, [Quality::Endangered, Quality::Suspended], "{rate_bps} bit/s, seed {seed}");
        }
    }
}

/// Somebody who hears a publisher over a path of `rate_bps` that was too narrow for the smallest picture.
fn sound_alone(rate_bps: u64) -> (World, Camera, usize) {
    let (mut world, mut camera, subscriber) = sound_and_picture(150_000, rate_bps);
    speak(&mut world, &mut camera, Duration::from_secs(12));
    assert_eq!(world.plane.explain(SubscriptionId(12)).unwrap().quality, Quality::Suspended);
    (world, camera, subscriber)
}

/// Sound of 32 kbit/s beside the picture.
fn speak(world: &mut World, camera: &mut Camera, duration: Duration) {
    let end = world.now + duration;
    let mut frame_at = world.now;
    while world.now < end {
        world.send(camera.peer, 0, &[1; 80], false);
        if frame_at <= world.now {
            camera.frame(world);
            frame_at += FRAME;
        }
        world.run_for(Duration::from_millis(20));
    }
}

#[test]
fn a_publisher_that_pauses_for_a_moment_makes_no_room_for_its_picture() {
    let (mut world, mut camera, _) = sound_alone(80_000);
    let before = told(&world).len();
    for moment_ms in [400, 800, 1_500, 3_000] {
        camera.layers[0].is_off = true;
        speak(&mut world, &mut camera, Duration::from_millis(moment_ms));
        camera.layers[0].is_off = false;
        speak(&mut world, &mut camera, Duration::from_secs(5));
    }
    let told: Vec<_> = told(&world)[before..].iter().map(|explanation| explanation.quality).collect();
    assert!(!told.contains(&Quality::Good), "{told:?}");
    assert_eq!(world.plane.explain(SubscriptionId(12)).unwrap().quality, Quality::Suspended);
}

#[test]
fn a_suspended_picture_that_could_not_be_sent_anyway_is_explained_by_what_it_lacks() {
    let (mut world, mut camera, subscriber) = sound_alone(80_000);
    let limit = |world: &World| world.plane.explain(SubscriptionId(12)).unwrap().limit();
    assert_eq!(limit(&world), Some(Limit::Bandwidth));
    camera.layers[0].is_off = true;
    speak(&mut world, &mut camera, Duration::from_secs(3));
    assert_eq!(limit(&world), Some(Limit::Publisher), "nobody sends it");

    let explanation = world.plane.explain(SubscriptionId(12)).unwrap();
    let decision = Decision { reason: Reason::Codec, ..explanation.decision.unwrap() };
    let foreign = Explanation { decision: Some(decision), ..explanation };
    assert_eq!((foreign.quality, foreign.limit()), (Quality::Suspended, Some(Limit::Codec)));

    camera.layers[0].is_off = false;
    world.peers[subscriber].link.as_mut().unwrap().rate_bps = 3_000_000;
    let mut limits = Vec::new();
    while world.plane.explain(SubscriptionId(12)).unwrap().quality == Quality::Suspended {
        speak(&mut world, &mut camera, Duration::from_millis(200));
        limits.push(limit(&world));
        assert!(limits.len() < 60, "{limits:?}");
    }
    assert!(limits.contains(&Some(Limit::Policy)), "there is room, and it waits a little longer: {limits:?}");
}

#[test]
fn looking_for_room_for_a_picture_costs_no_sound() {
    for rate_bps in [70_000, 100_000] {
        let (mut world, mut camera, subscriber) = sound_alone(rate_bps);
        let heard = world.peers[subscriber].media_of(1).len();
        let dropped = world.peers[subscriber].link.as_ref().unwrap().dropped;
        let looked = world.peers[subscriber].repairs_of(0).len();
        speak(&mut world, &mut camera, Duration::from_secs(60));
        let looked = world.peers[subscriber].repairs_of(0).len() - looked;
        assert!(looked >= 60, "{rate_bps} bit/s: {looked} packets to look for room");
        let heard = world.peers[subscriber].media_of(1).len() - heard;
        let dropped = world.peers[subscriber].link.as_ref().unwrap().dropped - dropped;
        assert!(heard >= 2_980 && dropped == 0, "{rate_bps} bit/s: {heard} of 3000 heard, {dropped} dropped");
    }
}

#[test]
fn a_narrow_path_that_stalls_and_catches_up_is_not_taken_for_a_wide_one() {
    for lasting_ms in [200, 400, 800, 1_200] {
        for every_ms in [1_700, 2_900] {
            let (mut world, mut camera, subscriber) = sound_alone(80_000);
            let (lasting, every) = (Duration::from_millis(lasting_ms), Duration::from_millis(every_ms));
            let stalls = (0..60).map(|stall| world.now + every * stall).map(|at| at..at + lasting).collect();
            world.peers[subscriber].link.as_mut().unwrap().stalls = stalls;
            let before = told(&world).len();
            speak(&mut world, &mut camera, Duration::from_secs(60));
            let told: Vec<_> = told(&world)[before..].iter().map(|explanation| explanation.quality).collect();
            let case = format!("stalls of {lasting_ms} ms every {every_ms}");
            assert!(!told.contains(&Quality::Good), "{case}: {told:?}");
            assert_eq!(world.plane.explain(SubscriptionId(12)).unwrap().quality, Quality::Suspended, "{case}");
        }
    }
}

/// Sound and a picture over a wide path, to somebody who is busy for ten seconds from `begun` on.
fn busy_call(picture_bps: usize, rate_bps: u64, begun: Duration, receive_buffer: usize, seed: u64) -> World {
    let (mut world, mut camera, subscriber) = sound_and_picture(picture_bps, rate_bps);
    world.peers[subscriber].watch(0, Duration::from_millis(40), is_key);
    camera.variation = Some(Random::new(seed));
    speak(&mut world, &mut camera, begun);
    let stalls = busy(&mut Random::new(seed), world.now, Duration::from_secs(10));
    let link = world.peers[subscriber].link.as_mut().unwrap();
    (link.receive_buffer, link.stalls) = (receive_buffer, stalls);
    speak(&mut world, &mut camera, Duration::from_secs(15));
    world
}

#[test]
fn a_receiver_that_is_busy_now_and_then_keeps_its_picture() {
    for picture_bps in [200_000, 800_000, 2_000_000] {
        for receive_buffer in [0, 64_000, 200_000] {
            for (rate_bps, begun_s) in [(4_000_000, 0), (4_000_000, 4), (10_000_000, 0), (10_000_000, 4)] {
                for seed in 1..=5 {
                    let world = busy_call(picture_bps, rate_bps, Duration::from_secs(begun_s), receive_buffer, seed);
                    let told: Vec<_> = told(&world).iter().map(|explanation| explanation.quality).collect();
                    let of = format!("{picture_bps} of {rate_bps} bit/s after {begun_s} s");
                    let is_suspended = told.contains(&Quality::Suspended);
                    assert!(!is_suspended, "{of}, {receive_buffer} bytes wait, seed {seed}: {told:?}");
                }
            }
        }
    }
}

#[test]
fn a_narrow_path_that_holds_hardly_a_packet_is_not_taken_for_a_busy_receiver() {
    for (rate_bps, queue_ms) in [(45_000, 20), (45_000, 60), (80_000, 20), (80_000, 60)] {
        for picture_bps in [180_000, 400_000, 800_000] {
            for seed in 1..=3 {
                let (mut world, mut camera, subscriber) = sound_and_picture(picture_bps, 3_000_000);
                world.peers[subscriber].watch(0, Duration::from_millis(40), is_key);
                camera.variation = Some(Random::new(seed));
                speak(&mut world, &mut camera, Duration::from_secs(4));
                let link = world.peers[subscriber].link.as_mut().unwrap();
                (link.rate_bps, link.queue_max) = (rate_bps, Duration::from_millis(queue_ms));
                // A second to see it, and two before the picture is given up.
                speak(&mut world, &mut camera, Duration::from_secs(3));
                let quality = world.plane.explain(SubscriptionId(12)).unwrap().quality;
                let path = format!("{picture_bps} over {rate_bps} bit/s that hold {queue_ms} ms, seed {seed}");
                assert_eq!(quality, Quality::Suspended, "{path}");
            }
        }
    }
}

#[test]
fn a_path_that_drops_at_once_what_is_too_much_is_not_taken_for_a_busy_receiver() {
    for rate_bps in [45_000, 80_000, 120_000, 160_000] {
        for (picture_bps, burst_bytes) in [(400_000, 3_000), (800_000, 3_000), (800_000, 10_000), (2_000_000, 10_000)] {
            for seed in 1..=3 {
                let mut world = World::new();
                let publisher = world.join(vec![send(2, Codec::Vp8)]);
                let subscriber = world.join(vec![receive(2, 12, Codec::Vp8)]);
                let mut camera = Camera::single(publisher, 0, picture_bps);
                world.peers[subscriber].link = Some(Link::new(4_000_000, 20, world.now));
                world.peers[subscriber].watch(0, Duration::from_millis(40), is_key);
                camera.variation = Some(Random::new(seed));
                camera.play(&mut world, Duration::from_secs(4));
                let case = format!("{picture_bps} over {rate_bps} bit/s in bursts of {burst_bytes}, seed {seed}");
                world.peers[subscriber].link.as_mut().unwrap().police(rate_bps, burst_bytes, world.now);
                // A second and a half to see it, and two before the picture is given up.
                camera.play(&mut world, Duration::from_millis(3_500));
                let quality = world.plane.explain(SubscriptionId(12)).unwrap().quality;
                assert_eq!(quality, Quality::Suspended, "{case}");
            }
        }
    }
}

#[test]
fn a_picture_that_does_not_give_way_to_the_sound_stays_with_its_reason_and_without_a_warning() {
    let (mut world, mut camera) = simulcast();
    let subscriber = world.join(vec![receive(2, 11, Codec::Vp8)]);
    let insistent = SubscriptionWants { audio_fallback: false, ..SubscriptionWants::default() };
    world.plane.set_subscription(SubscriptionId(11), insistent, world.now);
    world.peers[subscriber].link = Some(Link::new(3_000_000, 20, world.now));
    camera.play(&mut world, Duration::from_secs(8));
    assert_eq!(height_now(&world, subscriber), 720);

    world.peers[subscriber].link.as_mut().unwrap().rate_bps = 60_000;
    camera.play(&mut world, Duration::from_secs(8));
    let before = world.peers[subscriber].media_of(0).len();
    camera.play(&mut world, Duration::from_secs(4));
    let explanation = world.plane.explain(SubscriptionId(11)).unwrap();
    assert!(explanation.path.estimate_bps.unwrap() < explanation.sent.unwrap().rate_bps, "{explanation:?}");
    assert_eq!((explanation.quality, explanation.limit()), (Quality::Good, Some(Limit::Bandwidth)));
    assert!(world.peers[subscriber].media_of(0).len() > before, "the picture goes on");
    assert_eq!(height_now(&world, subscriber), 180);
    assert!(told(&world).iter().all(|explanation| explanation.quality == Quality::Good), "{:?}", told(&world));

    world.peers[subscriber].link.as_mut().unwrap().rate_bps = 3_000_000;
    camera.play(&mut world, Duration::from_secs(10));
    assert_eq!(height_now(&world, subscriber), 720, "{:?}", world.plane.explain(SubscriptionId(11)));
}

#[test]
fn room_is_looked_for_even_for_a_picture_of_one_size_that_does_not_give_way() {
    let (mut world, mut camera, subscriber) = sound_and_picture(800_000, 3_000_000);
    let insistent = SubscriptionWants { audio_fallback: false, ..SubscriptionWants::default() };
    world.plane.set_subscription(SubscriptionId(12), insistent, world.now);
    speak(&mut world, &mut camera, Duration::from_secs(4));
    world.peers[subscriber].link.as_mut().unwrap().rate_bps = 150_000;
    speak(&mut world, &mut camera, Duration::from_secs(8));
    assert_eq!(world.plane.explain(SubscriptionId(12)).unwrap().limit(), Some(Limit::Bandwidth));

    world.peers[subscriber].link.as_mut().unwrap().rate_bps = 3_000_000;
    speak(&mut world, &mut camera, Duration::from_secs(10));
    let explanation = world.plane.explain(SubscriptionId(12)).unwrap();
    assert_eq!(explanation.limit(), None, "{explanation:?}");
}

#[test]
fn a_path_that_stays_too_narrow_is_not_decided_about_with_every_message() {
    let (mut world, mut camera) = simulcast();
    let subscriber = world.join(vec![receive(2, 11, Codec::Vp8)]);
    let insistent = SubscriptionWants { audio_fallback: false, ..SubscriptionWants::default() };
    world.plane.set_subscription(SubscriptionId(11), insistent, world.now);
    world.peers[subscriber].link = Some(Link::new(100_000, 20, world.now));
    camera.play(&mut world, Duration::from_secs(8));
    let counted = |world: &World| {
        let facts = world.plane.peer_facts(world.peers[subscriber].id, world.now).unwrap().received;
        (facts.allocations, facts.feedback_received)
    };
    let before = counted(&world);
    camera.play(&mut world, Duration::from_secs(10));
    let (allocations, messages) = (counted(&world).0 - before.0, counted(&world).1 - before.1);
    assert!(messages > 150, "{messages} messages");
    // Five a second, and at once whenever the path turns out to carry even less.
    assert!((50..75).contains(&allocations), "{allocations} decisions in 10 s");
}

#[test]
fn an_estimate_that_falls_is_answered_at_once() {
    for phase_ms in [0, 30, 70, 110, 150, 190] {
        let (mut world, mut camera) = simulcast();
        let subscriber = world.join(vec![receive(2, 11, Codec::Vp8)]);
        world.peers[subscriber].link = Some(Link::new(2_000_000, 20, world.now));
        camera.play(&mut world, Duration::from_secs(5) + Duration::from_millis(phase_ms));
        world.peers[subscriber].link.as_mut().unwrap().rate_bps = 300_000;
        let mut has_fallen = false;
        for _ in 0..60 {
            camera.frame(&mut world);
            for _ in 0..33 {
                world.run_for(Duration::from_millis(1));
                let explanation = world.plane.explain(SubscriptionId(11)).unwrap();
                let (estimate_bps, decision) = (explanation.path.estimate_bps.unwrap(), explanation.decision.unwrap());
                if estimate_bps < 1_400_000 && !has_fallen {
                    has_fallen = true;
                    assert_ne!(decision.encoding, Some(2), "{phase_ms} ms: {explanation:?}");
                }
            }
        }
        assert!(has_fallen, "{phase_ms} ms");
    }
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
