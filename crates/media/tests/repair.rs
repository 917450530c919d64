//! Lost packets: asked for, repaired, and never a storm.

mod support;

use std::time::Duration;

use exedra_media::rtcp::{Feedback, Packet};
use exedra_media::rtp::{FixedHeader, HeaderWriter};
use exedra_media::sequence::SEQUENCE_HISTORY;
use exedra_media::{Codec, SubscriptionId, SubscriptionWants};
use support::camera::{Camera, height_of};
use support::link::Link;
use support::{ReceivedPacket, Section, World, receive, send, vp8};

fn call() -> (World, usize, usize) {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, Codec::Vp8)]);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8)]);
    (world, publisher, subscriber)
}

fn nacked(world: &World, publisher: usize) -> Vec<u16> {
    let mut all = Vec::new();
    world.peers[publisher].rtcp_of(|packet| {
        if let Packet::Feedback { feedback: Feedback::Nack(pairs), .. } = packet {
            pairs.for_each(|sequence| all.push(sequence));
        }
        None::<()>
    });
    all
}

#[test]
fn a_subscriber_that_misses_a_packet_gets_it_again_on_the_repair_stream() {
    let (mut world, publisher, subscriber) = call();
    world.send_frame(publisher, 0, true, 5);
    world.run_for(Duration::from_millis(20));
    let ssrc = world.peers[subscriber].ssrc_of(0);
    let lost = world.peers[subscriber].media_of(0)[2].clone();
    world.send_rtcp(subscriber, |out| assert_eq!(out.nack(1, ssrc, &[lost.sequence]), 1));
    world.settle();
    let repairs = world.peers[subscriber].repairs_of(0);
    assert_eq!(repairs.len(), 1);
    assert_eq!(repairs[0].payload[..2], lost.sequence.to_be_bytes());
    assert_eq!(repairs[0].payload[2..], lost.payload);
    assert_eq!((repairs[0].timestamp, repairs[0].marker, repairs[0].pt), (lost.timestamp, lost.marker, 97));
}

/// A repair is of the packet that was sent under its number, as it was sent.
fn assert_repairs_repeat(world: &World, subscriber: usize) {
    let media = world.peers[subscriber].media_of(0);
    for repair in world.peers[subscriber].repairs_of(0) {
        let sequence = u16::from_be_bytes([repair.payload[0], repair.payload[1]]);
        let sent = media.iter().find(|packet| packet.sequence == sequence).expect("sent");
        assert_eq!((repair.timestamp, &repair.payload[2..]), (sent.timestamp, &sent.payload[..]), "{sequence}");
    }
}

fn has_repaired(world: &World, subscriber: usize, sequence: u16) -> bool {
    let is_of = |packet: &&ReceivedPacket| packet.payload.starts_with(&sequence.to_be_bytes());
    world.peers[subscriber].repairs_of(0).iter().any(is_of)
}

#[test]
fn what_was_sent_before_a_layer_was_left_and_taken_up_again_is_not_repaired_with_the_numbers_of_today() {
    let mut world = World::new();
    let publisher = world.join(vec![Section::SendSimulcast { track: 2, codec: Codec::Vp8, rids: vec!["q", "h"] }]);
    let mut camera = Camera::simulcast(publisher);
    camera.layers.truncate(2);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8)]);
    let mut watch = |world: &mut World, height: u16| {
        let wants = SubscriptionWants { height_max: Some(u32::from(height)), ..SubscriptionWants::default() };
        world.plane.set_subscription(SubscriptionId(12), wants, world.now);
        camera.play(world, Duration::from_millis(700));
        let video = world.peers[subscriber].media_of(0);
        let newest = video.last().unwrap();
        assert_eq!(height_of(newest), height);
        newest.sequence
    };
    let large = watch(&mut world, 360);
    let small = watch(&mut world, 180);
    // Nobody watched it, and it was begun anew.
    world.peers[publisher].sources[1].timestamp += 1_000_000;
    let large_again = watch(&mut world, 360);
    let ssrc = world.peers[subscriber].ssrc_of(0);
    world.send_rtcp(subscriber, |out| assert_eq!(out.nack(1, ssrc, &[large, small, large_again]), 3));
    world.settle();
    assert_repairs_repeat(&world, subscriber);
    let repaired = [large, small, large_again].map(|sequence| has_repaired(&world, subscriber, sequence));
    assert_eq!(repaired, [false, true, true]);
}

#[test]
fn a_pause_does_not_change_what_a_repair_repeats() {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, Codec::Vp8)]);
    let mut camera = Camera::single(publisher, 0, 500_000);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8)]);
    camera.play(&mut world, Duration::from_millis(500));
    let before = world.peers[subscriber].media_of(0).last().unwrap().sequence;
    for enabled in [false, true] {
        let wants = SubscriptionWants { enabled, ..SubscriptionWants::default() };
        world.plane.set_subscription(SubscriptionId(12), wants, world.now);
        camera.play(&mut world, Duration::from_millis(700));
    }
    let after = world.peers[subscriber].media_of(0).last().unwrap().sequence;
    let ssrc = world.peers[subscriber].ssrc_of(0);
    world.send_rtcp(subscriber, |out| assert_eq!(out.nack(1, ssrc, &[before, after]), 2));
    world.settle();
    assert_repairs_repeat(&world, subscriber);
    assert_eq!([before, after].map(|sequence| has_repaired(&world, subscriber, sequence)), [false, true]);
}

#[test]
fn a_number_is_not_taken_for_one_that_was_repaired_a_turn_of_the_clock_ago() {
    let (mut world, publisher, subscriber) = call();
    world.send_frame(publisher, 0, true, 3);
    let ssrc = world.peers[subscriber].ssrc_of(0);
    let first = world.peers[subscriber].media_of(0)[2].sequence;
    let repaired_at = world.now;
    world.send_rtcp(subscriber, |out| _ = out.nack(1, ssrc, &[first]));
    world.settle();
    // Its place in the history is taken by the number that comes when 16 bits of milliseconds have turned round.
    let turn = Duration::from_millis(1 << 16);
    for _ in 1..SEQUENCE_HISTORY {
        world.send_frame(publisher, 0, false, 1);
        world.run_for(Duration::from_millis(10));
    }
    world.run_for(repaired_at + turn + Duration::from_millis(2) - world.now);
    world.send_frame(publisher, 0, false, 1);
    let newest = world.peers[subscriber].media_of(0).last().unwrap().sequence;
    assert_eq!(newest, first.wrapping_add(SEQUENCE_HISTORY as u16));
    world.send_rtcp(subscriber, |out| _ = out.nack(1, ssrc, &[newest]));
    world.settle();
    assert!(has_repaired(&world, subscriber, first) && has_repaired(&world, subscriber, newest));
    world.send_rtcp(subscriber, |out| _ = out.nack(1, ssrc, &[newest]));
    world.settle();
    assert_eq!(world.peers[subscriber].repairs_of(0).len(), 2, "and not again at once");
}

#[test]
fn a_storm_of_nacks_costs_a_bounded_share() {
    let (mut world, publisher, subscriber) = call();
    world.send_frame(publisher, 0, true, 30);
    world.run_for(Duration::from_millis(20));
    let ssrc = world.peers[subscriber].ssrc_of(0);
    let all: Vec<u16> = world.peers[subscriber].media_of(0).iter().map(|packet| packet.sequence).collect();
    for _ in 0..500 {
        world.send_rtcp(subscriber, |out| assert_eq!(out.nack(1, ssrc, &all), all.len()));
        world.run_for(Duration::from_millis(2));
    }
    let repairs = world.peers[subscriber].repairs_of(0).len();
    let stats = world.plane.subscription_stats(SubscriptionId(12)).unwrap();
    assert!((30..=300).contains(&repairs), "of 15,000 asked for: {repairs}");
    assert_eq!(stats.counters.repairs + stats.counters.repairs_refused, 15_000);
}

#[test]
fn what_was_too_much_for_the_path_is_not_sent_again_once_a_smaller_picture_takes_its_place() {
    let mut world = World::new();
    let rids = vec!["q", "h", "f"];
    let publisher = world.join(vec![Section::SendSimulcast { track: 2, codec: Codec::Vp8, rids }]);
    let mut camera = Camera::simulcast(publisher);
    let subscriber = world.join(vec![receive(2, 12, Codec::Vp8)]);
    world.peers[subscriber].link = Some(Link::new(3_000_000, 20, world.now));
    camera.play(&mut world, Duration::from_secs(3));
    world.peers[subscriber].link.as_mut().unwrap().rate_bps = 300_000;
    camera.play(&mut world, Duration::from_secs(3));
    let (ssrc, video) = (world.peers[subscriber].ssrc_of(0), world.peers[subscriber].media_of(0));
    let first_small = video.iter().rposition(|packet| height_of(packet) == 720).unwrap() + 1;
    let (large, small) = (video[first_small - 1].sequence, video[first_small].sequence);
    world.send_rtcp(subscriber, |out| assert_eq!(out.nack(1, ssrc, &[large, small]), 2));
    camera.play(&mut world, Duration::from_secs(1));
    assert_eq!([large, small].map(|sequence| has_repaired(&world, subscriber, sequence)), [false, true]);
}

#[test]
fn nacks_for_what_was_never_sent_are_harmless() {
    let (mut world, publisher, subscriber) = call();
    world.send_frame(publisher, 0, true, 3);
    let ssrc = world.peers[subscriber].ssrc_of(0);
    let newest = world.peers[subscriber].media_of(0)[2].sequence;
    for offset in [1u16, 2, 600, 20_000, 40_000, 65_000] {
        world.send_rtcp(subscriber, |out| _ = out.nack(1, ssrc, &[newest.wrapping_add(offset)]));
        world.send_rtcp(subscriber, |out| _ = out.nack(1, ssrc ^ 77, &[newest]));
    }
    world.settle();
    assert!(world.peers[subscriber].repairs_of(0).is_empty());
}

#[test]
fn what_the_publisher_lost_is_asked_for_and_takes_its_place_when_it_comes() {
    let (mut world, publisher, subscriber) = call();
    world.send_frame(publisher, 0, true, 3);
    world.run_for(Duration::from_millis(20));
    let mut lost = world.peers[publisher].rtp(0, &vp8(false, true, 0xAA), true);
    world.send_frame(publisher, 0, false, 2);
    world.run_for(Duration::from_millis(20));
    assert_eq!(nacked(&world, publisher), [103], "the fourth from 100");
    world.deliver(publisher, &mut lost);
    world.run_for(Duration::from_millis(20));
    let video = world.peers[subscriber].media_of(0);
    assert_eq!(video.len(), 6);
    let late = video[5];
    assert_eq!(late.payload[499], 0xAA);
    assert_eq!(late.sequence, video[2].sequence.wrapping_add(1), "the place that was kept for it");
    assert_eq!(video[3].sequence, video[2].sequence.wrapping_add(2));
    world.run_for(Duration::from_secs(1));
    assert_eq!(nacked(&world, publisher).len(), 1, "and asked for no more");
}

#[test]
fn a_repair_from_the_publisher_is_taken_for_the_packet_it_repeats() {
    let (mut world, publisher, subscriber) = call();
    world.send_frame(publisher, 0, true, 3);
    let lost = world.peers[publisher].rtp(0, &vp8(false, true, 0xAA), true);
    drop(lost);
    world.send_frame(publisher, 0, false, 2);
    world.run_for(Duration::from_millis(20));

    let peer = &mut world.peers[publisher];
    let rtx_ssrc = peer.sources[0].ssrc + 1;
    let mut payload = 103u16.to_be_bytes().to_vec();
    payload.extend(vp8(false, true, 0xAA));
    let mut packet = vec![0; 1500];
    let fixed = FixedHeader { payload_type: 97, marker: true, sequence: 9, timestamp: 4000, ssrc: rtx_ssrc };
    let header_len = HeaderWriter::new(&mut packet, fixed, false).finish();
    packet[header_len..header_len + payload.len()].copy_from_slice(&payload);
    let (sender, _) = peer.srtp.as_mut().unwrap();
    let mut stream = sender.open_stream(rtx_ssrc).unwrap();
    let len = sender.protect_rtp(&mut stream, &mut packet, header_len, header_len + payload.len(), 9).unwrap();
    world.deliver(publisher, &mut packet[..len]);
    world.run_for(Duration::from_millis(20));

    let video = world.peers[subscriber].media_of(0);
    assert_eq!(video.len(), 6);
    assert_eq!((video[5].payload.len(), video[5].payload[499], video[5].marker), (500, 0xAA, true));
    assert_eq!(video[5].sequence, video[2].sequence.wrapping_add(1));
    world.run_for(Duration::from_secs(1));
    assert_eq!(nacked(&world, publisher).len(), 1);
}

#[test]
fn a_subscriber_may_ask_for_a_hole_before_the_publisher_has_filled_it() {
    let (mut world, publisher, subscriber) = call();
    world.send_frame(publisher, 0, true, 3);
    let mut lost = world.peers[publisher].rtp(0, &vp8(false, true, 0xAA), true);
    world.send_frame(publisher, 0, false, 2);
    world.run_for(Duration::from_millis(20));
    let ssrc = world.peers[subscriber].ssrc_of(0);
    let hole = world.peers[subscriber].media_of(0)[2].sequence.wrapping_add(1);
    world.send_rtcp(subscriber, |out| _ = out.nack(1, ssrc, &[hole]));
    world.run_for(Duration::from_millis(30));
    assert!(world.peers[subscriber].repairs_of(0).is_empty());
    world.deliver(publisher, &mut lost);
    world.run_for(Duration::from_millis(30));
    assert_eq!(world.peers[subscriber].media_of(0).last().unwrap().sequence, hole);
}
