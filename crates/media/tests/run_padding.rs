//! The packets of a frame leave equally long, so that they are one run; nobody but the kernel notices.

mod support;

use std::time::Duration;

use exedra_media::limits::RTP_PACKET_BYTES_MAX;
use exedra_media::rtcp::{Packet, SenderInfo};
use exedra_media::{Codec, SubscriptionId};
use support::camera::FRAME;
use support::{ReceivedPacket, World, receive, send, vp8};

fn call() -> (World, usize, usize) {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus), send(2, Codec::Vp8)]);
    let subscriber = world.join(vec![receive(1, 11, Codec::Opus), receive(2, 12, Codec::Vp8)]);
    (world, publisher, subscriber)
}

/// A frame with payloads of these lengths, and what the subscriber gets of it.
fn frame(world: &mut World, (publisher, subscriber): (usize, usize), lengths: &[usize]) -> Vec<ReceivedPacket> {
    let before = world.peers[subscriber].media_of(1).len();
    for (at, len) in lengths.iter().enumerate() {
        world.send(publisher, 1, &payload(at, *len), at + 1 == lengths.len());
    }
    world.peers[publisher].sources[1].timestamp += 3000;
    world.run_for(FRAME);
    world.peers[subscriber].media_of(1)[before..].iter().map(|packet| (*packet).clone()).collect()
}

/// Of a key frame; distinct for each place in it.
fn payload(at: usize, len: usize) -> Vec<u8> {
    let mut payload = vp8(true, at == 0, at as u8);
    payload.resize(len, at as u8 + 1);
    payload
}

fn padding_sent(world: &World) -> u64 {
    world.plane.stats().counters.padding
}

#[test]
fn packets_of_a_frame_that_differ_by_little_leave_equally_long_and_arrive_as_they_were() {
    let (mut world, publisher, subscriber) = call();
    for (lengths, padding) in [
        (&[1100, 1100, 1101, 1101][..], &[1, 1, 0, 0][..]),
        (&[1101, 1101, 1101, 1090], &[0; 4]),
        (&[700, 1100, 1107], &[0, 7, 0]),
        (&[1100, 1200], &[0; 2]),
        (&[RTP_PACKET_BYTES_MAX - 34, RTP_PACKET_BYTES_MAX - 24], &[10, 0]),
    ] {
        let before = padding_sent(&world);
        let received = frame(&mut world, (publisher, subscriber), lengths);
        assert_eq!(received.len(), lengths.len());
        let longest =
            received.iter().filter(|packet| packet.padding.is_empty()).map(|packet| packet.datagram_len).max();
        for (at, packet) in received.iter().enumerate() {
            assert_eq!(packet.payload, payload(at, lengths[at]), "packet {at} of {lengths:?}");
            let mut expected = vec![0; padding[at]];
            expected.last_mut().into_iter().for_each(|count| *count = padding[at] as u8);
            assert_eq!(packet.padding, expected, "packet {at} of {lengths:?}");
            assert!(Some(packet.datagram_len) <= longest, "longer than the longest of {lengths:?}");
            if padding[at] > 0 {
                assert_eq!(packet.datagram_len, received[at + 1].datagram_len, "one run");
            }
        }
        assert_eq!(padding_sent(&world) - before, padding.iter().sum::<usize>() as u64);
    }
}

#[test]
fn padding_of_the_publishers_own_is_not_passed_on_and_does_not_count() {
    let (mut world, publisher, subscriber) = call();
    world.peers[publisher].padding = 100;
    let received = frame(&mut world, (publisher, subscriber), &[1100, 1101]);
    assert_eq!(received.iter().map(|packet| packet.padding.len()).collect::<Vec<_>>(), [1, 0]);
    world.peers[publisher].padding = 0;
    let before = padding_sent(&world);
    frame(&mut world, (publisher, subscriber), &[1100, 1100]);
    assert_eq!(padding_sent(&world), before);
}

#[test]
fn sound_is_never_padded() {
    let (mut world, publisher, subscriber) = call();
    // Of one time even, and in one release.
    for len in [1000, 1001, 1002] {
        world.send(publisher, 0, &vec![7; len], true);
    }
    world.run_for(FRAME);
    let sound = world.peers[subscriber].media_of(0);
    assert_eq!(sound.iter().map(|packet| packet.payload.len()).collect::<Vec<_>>(), [1000, 1001, 1002]);
    assert!(sound.iter().all(|packet| packet.padding.is_empty()));
    assert_eq!(padding_sent(&world), 0);
}

#[test]
fn sender_reports_and_statistics_count_payload_and_no_padding() {
    let (mut world, publisher, subscriber) = call();
    let ssrc = world.peers[publisher].sources[1].ssrc;
    frame(&mut world, (publisher, subscriber), &[1100, 1101, 1101]);
    let info = SenderInfo { ntp: 77 << 32, rtp_timestamp: 90_000, packets: 3, bytes: 3302 };
    world.send_rtcp(publisher, |out| assert!(out.sender_report(ssrc, &info)));
    world.run_for(Duration::from_millis(1100));
    assert_eq!(padding_sent(&world), 1);
    let ssrc = world.peers[subscriber].ssrc_of(1);
    let reported = world.peers[subscriber].rtcp_of(|packet| match packet {
        Packet::SenderReport { ssrc: of, info, .. } if of == ssrc => Some((info.packets, info.bytes)),
        _ => None,
    });
    assert_eq!(reported.last(), Some(&(3, 3302)));
    let counters = world.plane.subscription_stats(SubscriptionId(12)).unwrap().counters;
    assert_eq!((counters.packets, counters.bytes), (3, 3302));
}

#[test]
fn a_padded_packet_is_repaired_without_its_padding() {
    let (mut world, publisher, subscriber) = call();
    let lost = frame(&mut world, (publisher, subscriber), &[1100, 1101])[0].clone();
    assert_eq!(lost.padding, [1]);
    let ssrc = world.peers[subscriber].ssrc_of(1);
    world.send_rtcp(subscriber, |out| assert_eq!(out.nack(1, ssrc, &[lost.sequence]), 1));
    world.settle();
    let repairs = world.peers[subscriber].repairs_of(1);
    assert_eq!(repairs.len(), 1);
    assert_eq!(repairs[0].payload, [&lost.sequence.to_be_bytes()[..], &lost.payload[..]].concat());
    assert!(repairs[0].padding.is_empty());
}
