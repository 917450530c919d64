//! What one participant sends, the others get.

mod support;

use std::time::Duration;

use exedra_media::{Codec, PlaneEvent, SubscriptionId, TrackId};
use support::{World, receive, send};

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
