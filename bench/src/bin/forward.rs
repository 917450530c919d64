//! What forwarding costs above the system calls: nanoseconds and allocations per forwarded packet.
//!
//! A real plane with real peers (ICE, DTLS, AES-128-GCM, transport-wide numbers, pacer) on a virtual clock; the egress
//! counts and forgets. Traffic is that of the end-to-end run `browser`: frames of 5 packets of 1,100 bytes, 30 a second, of
//! which the last ones are a byte longer. Decrypting the publisher's packet, reports and timers are in the figure; making the
//! traffic is not. The last line is JSON.

#[path = "../../../crates/media/tests/support/mod.rs"]
mod support;

use std::hint::black_box;
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

/// What is written between two frames to measure with cold caches, as a server meets them whose core did other work since
/// the last frame: more than a second-level cache, so that what the plane holds comes from the third.
const EVICTION_BYTES: usize = 8 << 20;

#[derive(Clone, Copy)]
struct Figures {
    ns_per_forward: f64,
    /// With [`EVICTION_BYTES`] written before each frame.
    cold_ns_per_forward: f64,
    allocs_per_forward: f64,
    mean_run: f64,
}

fn main() {
    let mut bar = None;
    println!(
        "{:>12} {:>8} {:>15} {:>12} {:>18} {:>9}",
        "subscribers", "streams", "ns per forward", "cold caches", "allocs per forward", "mean run"
    );
    for (subscribers, streams) in [(1, 1), (50, 1), (200, 1), (500, 1), (10, 1), (10, 10), (10, 100)] {
        let figures = measure(subscribers, streams);
        println!(
            "{subscribers:>12} {streams:>8} {:>15.0} {:>12.0} {:>18.4} {:>9.2}",
            figures.ns_per_forward, figures.cold_ns_per_forward, figures.allocs_per_forward, figures.mean_run
        );
        if (subscribers, streams) == (BAR_SUBSCRIBERS, 1) {
            bar = Some(figures);
        }
    }
    if let Some(Figures { ns_per_forward, cold_ns_per_forward, allocs_per_forward, mean_run }) = bar {
        println!(
            "{{\"subscribers\":{BAR_SUBSCRIBERS},\"ns_per_forward\":{ns_per_forward:.1},\
             \"cold_ns_per_forward\":{cold_ns_per_forward:.1},\
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
    play(&mut world, publisher, streams, WARM_UP_FRAMES, &mut egress, || {});
    let before = (egress.datagrams, egress.runs);
    let mut rounds = |between: &mut dyn FnMut()| {
        let mut ns: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let from = egress.datagrams;
                let elapsed = play(&mut world, publisher, streams, FRAMES_PER_ROUND, &mut egress, &mut *between);
                let forwarded = egress.datagrams - from;
                let due = subscribers * streams * FRAMES_PER_ROUND * PACKETS_PER_FRAME;
                assert!(forwarded >= due as u64, "all arrived");
                elapsed.as_nanos() as f64 / forwarded as f64
            })
            .collect();
        ns.sort_by(f64::total_cmp);
        ns[ns.len() / 2]
    };
    let ns_per_forward = rounds(&mut || {});
    let mut other = vec![0_u8; EVICTION_BYTES];
    let cold_ns_per_forward = rounds(&mut || {
        for line in other.chunks_exact_mut(64) {
            line[0] = black_box(line[0].wrapping_add(1));
        }
    });
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

    Figures {
        ns_per_forward,
        cold_ns_per_forward,
        allocs_per_forward: blocks as f64 / (egress.datagrams - from) as f64,
        mean_run,
    }
}

/// Forwards so many frames of every stream; returns the time the plane took, without what happens `between` them.
fn play(
    world: &mut World,
    publisher: usize,
    streams: usize,
    count: usize,
    egress: &mut CountingEgress,
    mut between: impl FnMut(),
) -> Duration {
    let mut elapsed = Duration::ZERO;
    for frame in 0..count {
        let mut batch = frames(world, publisher, streams, frame);
        between();
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
            let is_longer = packet >= PACKETS_PER_FRAME - frame % PACKETS_PER_FRAME;
            payload.resize(PAYLOAD_BYTES + usize::from(is_longer), frame as u8);
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
