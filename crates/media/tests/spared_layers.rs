//! What nobody watches is not sent: a publisher hears which layers are needed, and stops the others.

mod support;

use std::time::Duration;

use exedra_media::{Codec, Limit, PlaneEvent, SubscriptionId, SubscriptionWants};
use support::camera::{Camera, height_of};
use support::link::Link;
use support::{Section, World, receive};

struct Studio {
    world: World,
    camera: Camera,
    heard: usize,
}

impl Studio {
    fn new() -> Self {
        let mut world = World::new();
        let rids = vec!["q", "h", "f"];
        let publisher = world.join(vec![Section::SendSimulcast { track: 2, codec: Codec::Vp8, rids }]);
        let camera = Camera::simulcast(publisher);
        Self { world, camera, heard: 0 }
    }

    /// Films, and obeys what the plane asks for.
    fn play(&mut self, duration: Duration) {
        let end = self.world.now + duration;
        while self.world.now < end {
            self.camera.frame(&mut self.world);
            self.world.run_for(support::camera::FRAME);
            for event in &self.world.events[self.heard..] {
                if let PlaneEvent::EncodingsNeeded { encodings, .. } = event {
                    for (layer, (_, is_needed)) in self.camera.layers.iter_mut().zip(encodings) {
                        layer.is_off = !is_needed;
                    }
                }
            }
            self.heard = self.world.events.len();
        }
    }

    fn sent(&self) -> Vec<bool> {
        self.camera.layers.iter().map(|layer| !layer.is_off).collect()
    }

    fn show(&mut self, subscription: u64, height_max: u32) {
        let wants = SubscriptionWants { height_max: Some(height_max), ..SubscriptionWants::default() };
        self.world.plane.set_subscription(SubscriptionId(subscription), wants, self.world.now);
    }

    fn height(&self, subscriber: usize) -> u16 {
        self.world.peers[subscriber].media_of(0).last().map_or(0, |packet| height_of(packet))
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn layers_that_nobody_needs_stop_late_and_start_at_once() {
    let mut studio = Studio::new();
    studio.play(4 * SECOND);
    assert_eq!(studio.sent(), [true; 3], "somebody may come at any moment");
    studio.play(3 * SECOND);
    assert_eq!(studio.sent(), [true, false, false], "nobody came; the smallest goes on");

    // Who comes sees the smallest at once and the largest a moment later.
    let subscriber = studio.world.join(vec![receive(2, 11, Codec::Vp8)]);
    studio.play(Duration::from_millis(100));
    assert_eq!(studio.height(subscriber), 180);
    studio.play(Duration::from_millis(500));
    assert_eq!((studio.sent(), studio.height(subscriber)), (vec![true; 3], 720));

    studio.show(11, 180);
    studio.play(4 * SECOND);
    assert_eq!(studio.sent(), [true; 3]);
    studio.play(3 * SECOND);
    assert_eq!((studio.sent(), studio.height(subscriber)), (vec![true, false, false], 180));
    let explanation = studio.world.plane.explain(SubscriptionId(11)).unwrap();
    assert_eq!(explanation.limit(), Some(Limit::ElementSize), "and not for want of the publisher's");

    // Another one who shows it larger gets it, and the first one keeps what it has.
    let second = studio.world.join(vec![receive(2, 12, Codec::Vp8)]);
    studio.show(12, 360);
    studio.play(7 * SECOND);
    assert_eq!(studio.sent(), [true, true, false]);
    assert_eq!((studio.height(subscriber), studio.height(second)), (180, 360));
    let told = studio.world.count(|event| matches!(event, PlaneEvent::EncodingsNeeded { .. }));
    assert_eq!(told, 5, "a change is told once");
}

#[test]
fn a_narrow_path_keeps_the_next_better_layer_ready_and_no_more() {
    let mut studio = Studio::new();
    let subscriber = studio.world.join(vec![receive(2, 11, Codec::Vp8)]);
    studio.world.peers[subscriber].link = Some(Link::new(300_000, 20, studio.world.now));
    studio.play(12 * SECOND);
    assert_eq!((studio.sent(), studio.height(subscriber)), (vec![true, true, false], 180));
    studio.world.peers[subscriber].link.as_mut().unwrap().rate_bps = 4_000_000;
    studio.play(12 * SECOND);
    assert_eq!((studio.sent(), studio.height(subscriber)), (vec![true; 3], 720));
}

#[test]
fn a_layer_that_its_publisher_does_not_bring_back_is_named_as_the_limit() {
    let mut studio = Studio::new();
    studio.play(7 * SECOND);
    assert_eq!(studio.sent(), [true, false, false]);
    let subscriber = studio.world.join(vec![receive(2, 11, Codec::Vp8)]);
    // It hears the wish, and has no bandwidth for it.
    for _ in 0..150 {
        studio.camera.frame(&mut studio.world);
        studio.world.run_for(support::camera::FRAME);
    }
    assert_eq!(studio.height(subscriber), 180);
    assert_eq!(studio.world.plane.explain(SubscriptionId(11)).unwrap().limit(), Some(Limit::Publisher));
    let told = studio.world.count(|event| matches!(event, PlaneEvent::EncodingsNeeded { .. }));
    assert_eq!(told, 2, "and it is not asked again and again");
}
