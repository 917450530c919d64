//! Calls in the deterministic world: what a participant would notice, in virtual time.

use std::time::Duration;

use exedra_client::peer::SendNumbers;
use exedra_media::PlaneEvent;
use exedra_sim::link::LinkProfile;
use exedra_sim::world::{ClientId, Published, Received, World};

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

struct Call {
    world: World,
    publisher: ClientId,
    subscriber: ClientId,
    published: Published,
    received: Received,
}

/// A call of two over clean paths; both are connected and the first frame was shown.
fn call(seed: u64) -> Call {
    call_with(seed, LinkProfile::PERFECT, None)
}

fn call_with(seed: u64, path: LinkProfile, numbers: Option<SendNumbers>) -> Call {
    let mut world = World::new(seed);
    let publisher = world.add_client(path, path);
    let subscriber = world.add_client(path, path);
    let published = match numbers {
        Some(numbers) => world.publish_with(publisher, numbers),
        None => world.publish(publisher),
    };
    let received = world.subscribe(subscriber, &published);
    let mid = received.video_mid.clone();
    let shown = world.run_until(10 * SECOND, |world| world.received(subscriber, &mid).frames.decodable > 0);
    assert!(shown, "the first frame is shown within 10 s");
    Call { world, publisher, subscriber, published, received }
}

impl Call {
    /// Runs on, lets the last repairs arrive, and returns frames published and frames that could be shown.
    fn frames_during(&mut self, duration: Duration) -> (u64, u64) {
        let before = self.frames();
        self.world.fall_silent_after(self.publisher, duration);
        self.world.run_for(duration + 2 * SECOND);
        let after = self.frames();
        (after.0 - before.0, after.1 - before.1)
    }

    fn frames(&self) -> (u64, u64) {
        let sent = self.world.sent(self.publisher, &self.published.video_mid).frames;
        (sent, self.world.received(self.subscriber, &self.received.video_mid).frames.decodable)
    }
}

#[test]
fn a_call_connects_and_every_frame_and_sound_arrives() {
    let mut call = call(1);
    assert!(call.world.elapsed() < SECOND, "connected after {:?}", call.world.elapsed());
    let (published, shown) = call.frames_during(5 * SECOND);
    assert_eq!(published, 150);
    assert!(shown.abs_diff(published) <= 1, "{shown} of {published}");
    let audio = call.world.received(call.subscriber, &call.received.audio_mid);
    assert!(audio.reception.received >= 250, "{audio:?}");
    assert_eq!((audio.reception.lost, audio.reception.duplicates), (0, 0));
    let started = |event: &PlaneEvent| matches!(event, PlaneEvent::SubscriptionStarted { .. });
    assert_eq!(call.world.plane_events().iter().filter(|event| started(event)).count(), 2);
}

#[test]
fn with_5_percent_loss_and_100_ms_round_trip_99_percent_of_frames_are_decodable() {
    for seed in 1..=5 {
        let mut call = call(seed);
        let lossy = LinkProfile::PERFECT.with_delay(50 * MS).with_loss(0.05);
        call.world.set_links(call.publisher, lossy, lossy);
        call.world.set_links(call.subscriber, lossy, lossy);
        let (published, shown) = call.frames_during(30 * SECOND);
        let video = call.world.received(call.subscriber, &call.received.video_mid);
        assert!(shown * 100 >= published * 99, "seed {seed}: {shown} of {published} frames, {video:?}");
        // Both hops lost packets, and both were repaired by retransmission rather than by luck.
        let sent = call.world.sent(call.publisher, &call.published.video_mid);
        assert!(sent.retransmitted > 0 && video.recovered > 0, "seed {seed}: {sent:?} {video:?}");
    }
}

#[test]
fn reordered_and_repeated_packets_cost_nothing() {
    let rough = LinkProfile::PERFECT.with_delay(20 * MS).with_jitter(30 * MS).with_duplicate(0.05);
    let mut call = call_with(3, rough, None);
    let (published, shown) = call.frames_during(10 * SECOND);
    assert!(shown + 2 >= published, "{shown} of {published}");
    let audio = call.world.received(call.subscriber, &call.received.audio_mid);
    assert!(audio.reception.late > 0, "the path did reorder: {audio:?}");
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let run = |seed| {
        let mut call = call(seed);
        let lossy = LinkProfile::PERFECT.with_delay(30 * MS).with_jitter(5 * MS).with_loss(0.03);
        call.world.set_links(call.subscriber, lossy, lossy);
        call.world.run_for(5 * SECOND);
        call.world.trace().to_vec()
    };
    let first = run(7);
    assert!(first.len() > 900 && first.iter().any(|entry| entry.retransmission), "{} packets", first.len());
    assert_eq!(run(7), first);
    assert_ne!(run(8), first);
}

#[test]
fn sequence_numbers_and_picture_ids_wrap_without_a_gap() {
    let numbers = SendNumbers { ssrc: 1_000, rtx_ssrc: 1_001, first_sequence: 65_100, picture_id: 0x7FC0 };
    let mut call = call_with(5, LinkProfile::PERFECT, Some(numbers));
    let lossy = LinkProfile::PERFECT.with_delay(20 * MS).with_loss(0.02);
    call.world.set_links(call.publisher, lossy, lossy);
    let (published, shown) = call.frames_during(10 * SECOND);
    assert!(shown * 100 >= published * 99, "{shown} of {published}");
}

#[test]
fn a_subscriber_that_joins_later_starts_with_a_key_frame() {
    let mut call = call(6);
    call.world.run_for(5 * SECOND);
    let late = call.world.add_client(LinkProfile::PERFECT, LinkProfile::PERFECT);
    let received = call.world.subscribe(late, &call.published);
    let asked = call.world.elapsed();
    let mid = received.video_mid.clone();
    assert!(call.world.run_until(5 * SECOND, |world| world.received(late, &mid).frames.decodable > 0));
    let waited = call.world.elapsed() - asked;
    assert!(waited < SECOND, "first picture after {waited:?}");
    let frames = call.world.received(late, &received.video_mid).frames;
    assert_eq!((frames.key_frames, frames.undecodable), (1, 0), "{frames:?}");
}

#[test]
fn packets_that_do_not_stop_after_the_publisher_left_reach_nobody() {
    let mut call = call(9);
    call.world.remove_client(call.publisher);
    call.world.run_for(SECOND);
    let before = call.world.trace().len();
    call.world.run_for(5 * SECOND);
    assert_eq!(call.world.trace().len(), before);
}

#[test]
fn a_server_that_lost_its_memory_takes_no_media_and_stays_calm() {
    let mut call = call(10);
    call.world.restart_server();
    let before = call.world.trace().len();
    call.world.run_for(3 * SECOND);
    assert_eq!(call.world.trace().len(), before, "nobody is authenticated after a restart");
    // A new client of the new server is served as if nothing had been.
    let publisher = call.world.add_client(LinkProfile::PERFECT, LinkProfile::PERFECT);
    let subscriber = call.world.add_client(LinkProfile::PERFECT, LinkProfile::PERFECT);
    let published = call.world.publish(publisher);
    let received = call.world.subscribe(subscriber, &published);
    let mid = received.video_mid.clone();
    assert!(call.world.run_until(5 * SECOND, |world| world.received(subscriber, &mid).frames.decodable > 10));
}
