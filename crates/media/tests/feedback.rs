//! Feedback and reports: what each side learns of the other.

mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use exedra_media::rtcp::{Feedback, Packet, ReportBlock, SenderInfo};
use exedra_media::{Codec, PlaneEvent, SubscriptionId, TransportFailure, TransportLoss};
use support::{World, receive, send};

#[test]
fn a_publisher_is_told_when_each_of_its_packets_arrived() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus)]);
    for packet in 0..100 {
        if packet % 10 == 7 {
            drop(world.peers[publisher].rtp(0, &[0; 80], false));
        } else {
            world.send(publisher, 0, &[0; 80], false);
        }
        world.run_for(Duration::from_millis(20));
    }
    world.run_for(Duration::from_millis(200));
    let mut told = BTreeMap::new();
    world.peers[publisher].rtcp_of(|packet| {
        if let Packet::Feedback { feedback: Feedback::TransportCc(arrivals), .. } = packet {
            arrivals.for_each(|arrival| _ = told.insert(arrival.sequence, arrival.at_us));
        }
        None::<()>
    });
    assert_eq!(told.len(), 100);
    assert!(told.iter().all(|(sequence, at)| at.is_none() == (sequence % 10 == 7)));
    let first = told[&0].unwrap();
    let late = told
        .iter()
        .find(|(sequence, at)| at.is_some_and(|at| (at - first - i64::from(**sequence) * 20_000).abs() > 500));
    assert_eq!(late, None);
}

#[test]
fn a_publisher_learns_its_loss_and_jitter_once_a_second() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus)]);
    for packet in 0..200 {
        match packet % 4 {
            0 => drop(world.peers[publisher].rtp(0, &[0; 80], false)),
            _ => world.send(publisher, 0, &[0; 80], false),
        }
        world.peers[publisher].sources[0].timestamp += 960;
        world.run_for(Duration::from_millis(20));
    }
    let blocks: Vec<ReportBlock> = world.peers[publisher]
        .rtcp_of(|packet| match packet {
            Packet::ReceiverReport { reports, .. } => Some(reports.collect::<Vec<_>>()),
            _ => None,
        })
        .concat();
    assert!((3..=5).contains(&blocks.len()), "{}", blocks.len());
    let last = blocks.last().unwrap();
    assert_eq!(last.ssrc, world.peers[publisher].sources[0].ssrc);
    assert!((60..=68).contains(&last.fraction_lost), "a quarter of 256: {}", last.fraction_lost);
    assert!(last.jitter < 48, "steady: {}", last.jitter);
}

#[test]
fn sender_reports_keep_a_publishers_audio_and_video_in_step() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus), send(2, Codec::Vp8)]);
    let subscriber = world.join(vec![receive(1, 11, Codec::Opus), receive(2, 12, Codec::Vp8)]);
    world.send(publisher, 0, &[0; 80], false);
    world.send_frame(publisher, 1, true, 1);
    // On the publisher's clock, audio timestamp 48,000 and video timestamp 90,000 are the same moment.
    let their_ntp = 77u64 << 32;
    let ssrcs = [0, 1].map(|source| world.peers[publisher].sources[source].ssrc);
    for (ssrc, rtp_timestamp, delay_ms) in [(ssrcs[0], 48_000, 0), (ssrcs[1], 90_000, 40)] {
        world.run_for(Duration::from_millis(delay_ms));
        let info = SenderInfo { ntp: their_ntp, rtp_timestamp, packets: 1, bytes: 80 };
        world.send_rtcp(publisher, |out| assert!(out.sender_report(ssrc, &info)));
    }
    world.run_for(Duration::from_millis(2100));
    let reports = world.peers[subscriber].rtcp_of(|packet| match packet {
        Packet::SenderReport { ssrc, info, .. } => Some((ssrc, info)),
        _ => None,
    });
    let of = |section: usize| {
        let ssrc = world.peers[subscriber].ssrc_of(section);
        reports.iter().rev().find(|(of, _)| *of == ssrc).map(|(_, info)| *info).expect("a report")
    };
    let (audio, video) = (of(0), of(1));
    let offset =
        |section: usize, timestamp: u32| world.peers[subscriber].media_of(section)[0].timestamp.wrapping_sub(timestamp);
    // Back on the publisher's timeline: seconds since the moment both reports named.
    let audio_s = f64::from(audio.rtp_timestamp.wrapping_sub(offset(0, 1000)).wrapping_sub(48_000)) / 48_000.0;
    let video_s = f64::from(video.rtp_timestamp.wrapping_sub(offset(1, 1000)).wrapping_sub(90_000)) / 90_000.0;
    assert_eq!(audio.ntp, video.ntp, "one compound, one time");
    assert!((audio_s - video_s).abs() < 0.0005, "{audio_s} {video_s}");
    assert!((1.0..2.2).contains(&audio_s), "{audio_s}");
    assert_eq!((audio.packets, audio.bytes), (1, 80));
}

#[test]
fn a_round_trip_is_measured_from_a_receiver_report() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus)]);
    let subscriber = world.join(vec![receive(1, 11, Codec::Opus)]);
    world.send(publisher, 0, &[0; 80], false);
    let ssrc = world.peers[publisher].sources[0].ssrc;
    let info = SenderInfo { ntp: 77 << 32, rtp_timestamp: 1000, packets: 1, bytes: 80 };
    world.send_rtcp(publisher, |out| assert!(out.sender_report(ssrc, &info)));
    world.run_for(Duration::from_millis(1100));
    let ntp = world.peers[subscriber].rtcp_of(|packet| match packet {
        Packet::SenderReport { info, .. } => Some(info.ntp),
        _ => None,
    });
    let sent_at = ntp.last().unwrap();
    let block = ReportBlock {
        ssrc: world.peers[subscriber].ssrc_of(0),
        fraction_lost: 26,
        last_sender_report: (sent_at >> 16) as u32,
        delay_since: 0,
        ..ReportBlock::default()
    };
    world.send_rtcp(subscriber, |out| assert!(out.receiver_report(1, &[block])));
    let counters = world.plane.subscription_stats(SubscriptionId(11)).unwrap().counters;
    assert_eq!(counters.fraction_lost, 26);
    let trip_us = counters.round_trip_us.unwrap();
    assert!(trip_us < 1_100_000 && trip_us > 1000, "{trip_us}");
}

#[test]
fn a_peer_that_falls_silent_is_given_up_after_thirty_seconds() {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus)]);
    let id = world.peers[publisher].id;
    let mut left = world.peers.remove(publisher);
    world.run_for(Duration::from_secs(29));
    let lost = PlaneEvent::TransportLost { peer: id, reason: TransportLoss::Silence };
    assert_eq!(world.count(|event| *event == lost), 0);
    world.run_for(Duration::from_secs(2));
    assert_eq!(world.count(|event| *event == lost), 1);
    world.run_for(Duration::from_secs(60));
    assert_eq!(world.count(|event| *event == lost), 1);
    let mut packet = left.rtp(0, &[0; 80], false);
    world.plane.receive(left.address, &mut packet, world.now, &mut world.egress);
    assert_eq!(world.count(|event| matches!(event, PlaneEvent::FirstPacket { .. })), 0);
}

#[test]
fn a_peer_that_never_connects_fails_with_its_stage() {
    let mut world = World::new();
    let peer = world.add(support::ROOM);
    world.negotiate(peer, vec![send(1, Codec::Opus)]).unwrap();
    let id = world.peers[peer].id;
    world.peers.clear();
    world.run_for(Duration::from_secs(13));
    let failed = PlaneEvent::TransportFailed { peer: id, reason: TransportFailure::IceTimeout };
    assert_eq!(world.count(|event| *event == failed), 1);
}

#[test]
fn a_peer_without_an_offer_waits_as_long_as_it_likes() {
    let mut world = World::new();
    world.add(support::ROOM);
    world.run_for(Duration::from_secs(120));
    assert_eq!(world.events, []);
}
