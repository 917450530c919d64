//! Opus as publishers send it and subscribers take it: redundant or not, and with the parameters that both sides named.

mod support;

use std::time::Duration;

use exedra_media::{Codec, TrackId};
use support::{ROOM, Section, World, receive, send};

const RED: u8 = 63;
const OPUS: u8 = 111;

fn with_red(offer: String) -> String {
    let red = format!("a=rtpmap:{RED} red/48000/2\r\na=fmtp:{RED} {OPUS}/{OPUS}\r\na=rtpmap:{OPUS}");
    offer.replace(&format!("SAVPF {OPUS}"), &format!("SAVPF {RED} {OPUS}")).replace(&format!("a=rtpmap:{OPUS}"), &red)
}

fn join(world: &mut World, sections: Vec<Section>, amend: Option<fn(String) -> String>) -> (usize, String) {
    let peer = world.add(ROOM);
    world.peers[peer].amend = amend;
    let answer = world.negotiate(peer, sections).expect("a good offer").answer;
    world.run_for(Duration::from_millis(300));
    (peer, answer)
}

/// Two redundant bytes in front of three.
fn redundant(at: u8) -> Vec<u8> {
    vec![0x80 | OPUS, 0x0F, 0x00, 2, OPUS, at, at, 9, 9, at]
}

#[test]
fn redundant_audio_goes_to_who_takes_it_and_its_newest_block_to_who_does_not() {
    let mut world = World::new();
    let (publisher, answer) = join(&mut world, vec![send(1, Codec::Opus)], Some(with_red));
    assert!(answer.contains(&format!("SAVPF {RED} {OPUS}\r\n")), "in the order that was offered: {answer}");
    let (takes, answer) = join(&mut world, vec![receive(1, 11, Codec::Opus)], Some(with_red));
    assert!(answer.contains(&format!("a=fmtp:{RED} {OPUS}/{OPUS}")));
    let (plain, answer) = join(&mut world, vec![receive(1, 12, Codec::Opus)], None);
    assert!(!answer.contains("red/48000"));
    for at in 0..10 {
        // A publisher may change between the two at any packet.
        let is_red = at % 3 != 2;
        world.peers[publisher].sources[0].pt = if is_red { RED } else { OPUS };
        let payload = if is_red { redundant(at) } else { vec![9, 9, at] };
        world.send(publisher, 0, &payload, false);
        world.run_for(Duration::from_millis(20));
    }
    let (full, primary) = (world.peers[takes].media_of(0), world.peers[plain].media_of(0));
    assert_eq!((full.len(), primary.len()), (10, 10));
    for (at, (full, primary)) in (0..10).zip(full.iter().zip(&primary)) {
        let expected = if at % 3 != 2 { (RED, redundant(at)) } else { (OPUS, vec![9, 9, at]) };
        assert_eq!((full.pt, full.payload.clone()), expected);
        assert_eq!((primary.pt, primary.payload.clone()), (OPUS, vec![9, 9, at]));
    }
    assert!(primary.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
}

#[test]
fn redundant_audio_whose_blocks_do_not_add_up_is_refused() {
    let mut world = World::new();
    let (publisher, _) = join(&mut world, vec![send(1, Codec::Opus)], Some(with_red));
    let (subscriber, _) = join(&mut world, vec![receive(1, 11, Codec::Opus)], None);
    world.peers[publisher].sources[0].pt = RED;
    for payload in [&[0x80 | OPUS, 0xFF, 0xFF, 0xFF, OPUS, 1][..], &[0xFF; 9], &[OPUS]] {
        world.send(publisher, 0, payload, false);
    }
    world.run_for(Duration::from_millis(20));
    assert_eq!(world.plane.track_stats(TrackId(1), world.now).unwrap().counters.refused, 3);
    assert!(world.peers[subscriber].media_of(0).is_empty());
}

#[test]
fn stereo_and_silence_suppression_are_what_the_publisher_offered() {
    let mut world = World::new();
    let amend: fn(String) -> String = |offer| offer.replace("useinbandfec=1", "useinbandfec=1;stereo=1;usedtx=1");
    let (publisher, answer) = join(&mut world, vec![send(1, Codec::Opus)], Some(amend));
    assert!(answer.contains("a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;usedtx=1\r\n"), "{answer}");
    let (subscriber, _) = join(&mut world, vec![receive(1, 11, Codec::Opus)], Some(amend));
    // Silence: one packet in 400 ms, and the clock goes on.
    for at in 0..5 {
        world.send(publisher, 0, &[at], false);
        world.peers[publisher].sources[0].timestamp += 19_200;
        world.run_for(Duration::from_millis(400));
    }
    let audio = world.peers[subscriber].media_of(0);
    assert_eq!(audio.len(), 5);
    assert!(audio.windows(2).all(|pair| {
        let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
        (pair[1].sequence.wrapping_sub(pair[0].sequence), step) == (1, 19_200)
    }));
}
