//! No packet is worth an allocation.

mod support;

use std::time::Duration;

use exedra_media::Codec;
use exedra_media::egress::CountingEgress;
use support::{World, receive, send, vp8};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const SUBSCRIBERS: usize = 8;
const FRAMES: usize = 90;
const PACKETS_PER_FRAME: usize = 4;

fn main() {
    forwarding_three_seconds_of_video_allocates_nothing();
}

fn forwarding_three_seconds_of_video_allocates_nothing() {
    let mut world = World::new();
    let publisher = world.join(vec![send(2, Codec::Vp8)]);
    for subscriber in 0..SUBSCRIBERS {
        world.join(vec![receive(2, 100 + subscriber as u64, Codec::Vp8)]);
    }
    // Long enough for everybody to have been told how the picture fares.
    for frame in 0..90 {
        world.send_frame(publisher, 0, frame == 0, PACKETS_PER_FRAME);
        world.run_for(Duration::from_millis(33));
    }
    let mut datagrams = Vec::new();
    for frame in 0..FRAMES * PACKETS_PER_FRAME {
        let mut payload = vp8(false, true, frame as u8);
        // A frame as browsers divide it: the last packets are a byte longer, and the first ones padded.
        payload.resize(payload.len() + usize::from(frame % PACKETS_PER_FRAME >= 2), 0);
        datagrams.push(world.peers[publisher].rtp(0, &payload, false));
    }
    let from = world.peers[publisher].address;
    let mut egress = CountingEgress::new();

    let profiler = dhat::Profiler::builder().testing().build();
    let before = dhat::HeapStats::get().total_blocks;
    for frame in datagrams.chunks_mut(PACKETS_PER_FRAME) {
        for datagram in frame {
            world.plane.receive(from, datagram, world.now, &mut egress);
        }
        world.plane.flush(world.now, &mut egress);
        world.now += Duration::from_millis(33);
    }
    let blocks = dhat::HeapStats::get().total_blocks - before;
    drop(profiler);

    assert!(egress.datagrams >= (SUBSCRIBERS * FRAMES * PACKETS_PER_FRAME) as u64, "{}", egress.datagrams);
    assert!(world.plane.stats().counters.padding > 0);
    assert_eq!(blocks, 0, "blocks allocated while {} datagrams left", egress.datagrams);
}
