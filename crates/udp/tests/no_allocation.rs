//! The packet path allocates nothing once its buffers exist. A process of its own: the counter is the global allocator.

use std::time::Duration;

use exedra_udp::{RecvBatch, SendBatch, Socket, sleep_until_readable};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[test]
fn sending_and_receiving_ten_thousand_datagrams_allocates_nothing() {
    let sender = Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let receivers: Vec<_> = (0..10).map(|_| Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap()).collect();
    let (mut outgoing, mut incoming) = (SendBatch::new(), RecvBatch::new());
    let mut received = 0;

    let profiler = dhat::Profiler::builder().testing().build();
    let before = dhat::HeapStats::get();
    for _ in 0..200 {
        for receiver in &receivers {
            for _ in 0..5 {
                outgoing.slot(&sender, receiver.local_addr())[0] = 7;
                outgoing.commit(1_100);
            }
        }
        outgoing.flush(&sender);
        for receiver in &receivers {
            let mut missing = 5;
            while missing > 0 && sleep_until_readable(receiver, Some(Duration::from_secs(10))).unwrap() {
                missing -= receiver.recv_batch(&mut incoming).unwrap();
                received += incoming.datagrams().filter(|d| d.payload[0] == 7 && d.payload.len() == 1_100).count();
            }
        }
    }
    let after = dhat::HeapStats::get();
    drop(profiler);

    assert_eq!(received, 10_000);
    assert_eq!(after.total_blocks - before.total_blocks, 0);
}
