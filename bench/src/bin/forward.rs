//! What forwarding costs above the system calls: nanoseconds and allocations per forwarded packet.
//!
//! A real plane with real peers (ICE, DTLS, AES-128-GCM, transport-wide numbers, pacer) on a virtual clock; the egress
//! counts and forgets. Traffic is that of the end-to-end run: frames of 5 packets of 1,100 bytes, 30 a second. Decrypting
//! the publisher's packet, reports and timers are in the figure; making the traffic is not. The last line is JSON.

#[path = "../../../crates/media/tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use exedra_media::egress::CountingEgress;
use exedra_media::{Codec, Limits};
use support::{Section, World, receive, send, vp8};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const PAYLOAD_BYTES: usize = 1100;
const PACKETS_PER_FRAME: usize = 5;
const FRAME: Duration = Duration::from_millis(33);

/// Peers fall silent after 30 s without a datagram of theirs; a world is used for less than that.
const WARM_UP_FRAMES: usize = 30;
const ROUNDS: usize = 7;
const FRAMES_PER_ROUND: usize = 60;

/// The population the bar is set for.
const BAR_SUBSCRIBERS: usize = 200;

#[derive(Clone, Copy)]
struct Figures {
    ns_per_forward: f64,
    allocs_per_forward: f64,
    mean_run: f64,
}

fn main() {
    let mut bar = None;
    println!(
        "{:>12} {:>8} {:>15} {:>18} {:>9}",
        "subscribers", "streams", "ns per forward", "allocs per forward", "mean run"
    );
    for (subscribers, streams) in [(1, 1), (50, 1), (200, 1), (500, 1), (10, 1), (10, 10), (10, 100)] {
        let figures = measure(subscribers, streams);
        println!(
            "{subscribers:>12} {streams:>8} {:>15.0} {:>18.4} {:>9.2}",
            figures.ns_per_forward, figures.allocs_per_forward, figures.mean_run
        );
        if (subscribers, streams) == (BAR_SUBSCRIBERS, 1) {
            bar = Some(figures);
        }
    }
    if let Some(Figures { ns_per_forward, allocs_per_forward, mean_run }) = bar {
        println!(
            "{{\"subscribers\":{BAR_SUBSCRIBERS},\"ns_per_forward\":{ns_per_forward:.1},\
             \"allocs_per_forward\":{allocs_per_forward:.4},\"mean_run\":{mean_run:.2}}}"
        );
    }
}

fn measure(subscribers: usize, streams: usize) -> Figures {
    let limits = Limits { tracks_per_peer_max: streams, ..Limits::default() };
    let mut world = World::with_limits(limits);
    let sent: Vec<Section> = (0..streams as u64).map(|track| send(track, Codec::Vp8)).collect();
    let publisher = world.join(sent);
    let joined: Vec<usize> = (0..subscribers)
        .map(|subscriber| {
            let peer = world.add(support::ROOM);
            let subscription = |track| (subscriber * streams) as u64 + track;
            let received = (0..streams as u64).map(|track| receive(track, subscription(track), Codec::Vp8)).collect();
            world.negotiate(peer, received).expect("a good offer");
            peer
        })
        .collect();
    world.run_for(Duration::from_millis(500));
    assert!(joined.iter().all(|peer| world.peers[*peer].srtp.is_some()), "everybody is connected");

    let mut egress = CountingEgress::new();
    play(&mut world, publisher, streams, WARM_UP_FRAMES, &mut egress);
    let mut ns = Vec::new();
    let before = (egress.datagrams, egress.runs);
    for _ in 0..ROUNDS {
        let from = egress.datagrams;
        let elapsed = play(&mut world, publisher, streams, FRAMES_PER_ROUND, &mut egress);
        let forwarded = egress.datagrams - from;
        assert!(forwarded >= (subscribers * streams * FRAMES_PER_ROUND * PACKETS_PER_FRAME) as u64, "all arrived");
        ns.push(elapsed.as_nanos() as f64 / forwarded as f64);
    }
    let mean_run = (egress.datagrams - before.0) as f64 / (egress.runs - before.1) as f64;

    let from = egress.datagrams;
    let batches: Vec<_> = (0..FRAMES_PER_ROUND).map(|frame| frames(&mut world, publisher, streams, frame)).collect();
    let profiler = dhat::Profiler::builder().testing().build();
    let blocks = dhat::HeapStats::get().total_blocks;
    for mut batch in batches {
        forward(&mut world, publisher, &mut batch, &mut egress);
    }
    let blocks = dhat::HeapStats::get().total_blocks - blocks;
    drop(profiler);

    ns.sort_by(f64::total_cmp);
    Figures {
        ns_per_forward: ns[ns.len() / 2],
        allocs_per_forward: blocks as f64 / (egress.datagrams - from) as f64,
        mean_run,
    }
}

/// Forwards so many frames of every stream; returns the time the plane took.
fn play(world: &mut World, publisher: usize, streams: usize, count: usize, egress: &mut CountingEgress) -> Duration {
    let mut elapsed = Duration::ZERO;
    for frame in 0..count {
        let mut batch = frames(world, publisher, streams, frame);
        elapsed += forward(world, publisher, &mut batch, egress);
    }
    elapsed
}

/// One frame of every stream, encrypted by the publisher; the first of a round is a key frame.
fn frames(world: &mut World, publisher: usize, streams: usize, frame: usize) -> Vec<Vec<u8>> {
    let mut batch = Vec::with_capacity(streams * PACKETS_PER_FRAME);
    for stream in 0..streams {
        for packet in 0..PACKETS_PER_FRAME {
            let mut payload = vp8(frame == 0, packet == 0, frame as u8);
            payload.resize(PAYLOAD_BYTES, frame as u8);
            batch.push(world.peers[publisher].rtp(stream, &payload, packet + 1 == PACKETS_PER_FRAME));
        }
        world.peers[publisher].sources[stream].timestamp += 3000;
    }
    batch
}

/// A batch in, everything that is due out: what a shard does between two waits.
fn forward(world: &mut World, publisher: usize, batch: &mut [Vec<u8>], egress: &mut CountingEgress) -> Duration {
    let from = world.peers[publisher].address;
    let end = world.now + FRAME;
    let started = Instant::now();
    for datagram in batch {
        world.plane.receive(from, datagram, world.now, egress);
    }
    world.plane.flush(world.now, egress);
    while world.plane.next_timeout() < end {
        world.now = world.plane.next_timeout().max(world.now + Duration::from_micros(100));
        world.plane.flush(world.now, egress);
    }
    world.now = end;
    started.elapsed()
}
