//! What one more subscriber costs.

mod support;

use exedra_media::Codec;
use support::{World, receive, send};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// The bar of the design, for one subscriber of an audio and a video track.
const SUBSCRIBER_BYTES_MAX: usize = 60 * 1024;

#[test]
fn a_subscriber_costs_less_than_sixty_kilobytes() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let few = plane_bytes(5);
    let many = plane_bytes(45);
    let bytes = (many - few) / 40;
    assert!(bytes <= SUBSCRIBER_BYTES_MAX, "{bytes} bytes per subscriber");
    assert!(bytes > 1024, "{bytes} bytes: something is not counted");
}

/// What a plane with so many connected subscribers holds on the heap: what goes when it is dropped.
fn plane_bytes(subscribers: u64) -> usize {
    let mut world = World::new();
    let publisher = world.join(vec![send(1, Codec::Opus), send(2, Codec::Vp8)]);
    for subscriber in 0..subscribers {
        world.join(vec![receive(1, 100 + subscriber, Codec::Opus), receive(2, 500 + subscriber, Codec::Vp8)]);
    }
    for frame in 0..30 {
        world.send(publisher, 0, &[1; 80], false);
        world.send_frame(publisher, 1, frame == 0, 4);
        world.run_for(std::time::Duration::from_millis(33));
    }
    let before = dhat::HeapStats::get().curr_bytes;
    let World { plane, .. } = world;
    let held = dhat::HeapStats::get().curr_bytes;
    drop(plane);
    assert!(before >= held);
    held - dhat::HeapStats::get().curr_bytes
}
