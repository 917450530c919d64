//! Datagrams over the loopback interface: what was sent arrives, in order, whole, and in few system calls.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use exedra_udp::{
    DATAGRAM_BYTES_MAX, RecvBatch, RecvStats, SEGMENTS_MAX, SendBatch, Socket, SocketOptions, Waker,
    sleep_until_readable, wait,
};

const PATIENCE: Option<Duration> = Some(Duration::from_secs(10));

fn socket(address: &str) -> Socket {
    Socket::bind(address.parse().unwrap()).unwrap()
}

/// Receives until `count` datagrams are there, or nothing more comes.
fn receive(socket: &Socket, count: usize) -> (Vec<(SocketAddr, Vec<u8>)>, RecvStats) {
    let mut batch = RecvBatch::new();
    let mut received = Vec::new();
    while received.len() < count && sleep_until_readable(socket, PATIENCE).unwrap() {
        socket.recv_batch(&mut batch).unwrap();
        received.extend(batch.datagrams().map(|d| (d.from, d.payload.to_vec())));
    }
    (received, batch.stats())
}

fn numbered(number: usize, len: usize) -> Vec<u8> {
    (0..len).map(|i| (number * 31 + i) as u8).collect()
}

#[test]
fn a_frame_of_equal_packets_leaves_as_one_message_and_arrives_as_its_packets() {
    for host in ["127.0.0.1:0", "[::1]:0"] {
        let (sender, receiver) = (socket(host), socket(host));
        let mut batch = SendBatch::new();
        let sizes = [1_200, 1_200, 1_200, 1_200, 700];
        let packets: Vec<_> = sizes.iter().enumerate().map(|(i, &len)| numbered(i, len)).collect();
        for packet in &packets {
            batch.slot(&sender, receiver.local_addr())[..packet.len()].copy_from_slice(packet);
            batch.commit(packet.len());
        }
        batch.flush(&sender);

        let (received, _) = receive(&receiver, packets.len());
        assert_eq!(received.iter().map(|(_, p)| p.clone()).collect::<Vec<_>>(), packets);
        assert!(received.iter().all(|(from, _)| *from == sender.local_addr()));
        let stats = batch.stats();
        assert_eq!((stats.calls, stats.messages, stats.datagrams, stats.bytes), (1, 1, 5, 5_500));
        assert!(batch.is_empty());
    }
}

#[test]
fn a_run_ends_at_a_new_destination_a_longer_datagram_and_after_a_shorter_one() {
    let sender = socket("127.0.0.1:0");
    let (a, b) = (socket("127.0.0.1:0"), socket("127.0.0.1:0"));
    let mut batch = SendBatch::new();
    let plan = [(&a, 100), (&a, 100), (&b, 100), (&a, 100), (&a, 101), (&a, 50), (&a, 50), (&a, 50)];
    for (i, (to, len)) in plan.iter().enumerate() {
        batch.push(&sender, to.local_addr(), &numbered(i, *len));
    }
    batch.flush(&sender);
    // [a100 a100] [b100] [a100] [a101 a50] [a50 a50]
    assert_eq!(batch.stats().messages, 5);
    assert_eq!(batch.stats().datagrams, 8);
    let to_a: Vec<_> = receive(&a, 7).0.into_iter().map(|(_, p)| p).collect();
    let expected: Vec<_> = plan
        .iter()
        .enumerate()
        .filter(|(_, (to, _))| std::ptr::eq(*to, &a))
        .map(|(i, (_, len))| numbered(i, *len))
        .collect();
    assert_eq!(to_a, expected);
    assert_eq!(receive(&b, 1).0[0].1, numbered(2, 100));
}

#[test]
fn a_run_stays_within_the_kernels_limits() {
    let (sender, receiver) = (socket("127.0.0.1:0"), socket("127.0.0.1:0"));
    let mut batch = SendBatch::new();
    let small = SEGMENTS_MAX + 1;
    for i in 0..small {
        batch.push(&sender, receiver.local_addr(), &numbered(i, 20));
    }
    batch.flush(&sender);
    assert_eq!((batch.stats().messages, batch.stats().refused), (2, 0));
    assert_eq!(receive(&receiver, small).0.len(), small);

    // 60 × 1,400 exceed 65,000 bytes before they exceed 64 datagrams.
    let mut batch = SendBatch::new();
    for i in 0..60 {
        batch.push(&sender, receiver.local_addr(), &numbered(i, 1_400));
    }
    batch.flush(&sender);
    assert_eq!((batch.stats().messages, batch.stats().refused), (2, 0));
    assert_eq!(receive(&receiver, 60).0.len(), 60);
}

#[test]
fn a_full_batch_flushes_itself_and_loses_nothing() {
    let sender = socket("127.0.0.1:0");
    let receivers: Vec<_> = (0..50).map(|_| socket("127.0.0.1:0")).collect();
    let mut batch = SendBatch::new();
    // 50 destinations in turn: no runs, more messages than a batch holds, more bytes than its arena.
    for round in 0..10 {
        for receiver in &receivers {
            batch.push(&sender, receiver.local_addr(), &numbered(round, 1_200));
        }
    }
    batch.flush(&sender);
    assert_eq!((batch.stats().datagrams, batch.stats().messages), (500, 500));
    assert!(batch.stats().calls >= 500 / 64);
    for receiver in &receivers {
        let (received, _) = receive(receiver, 10);
        assert_eq!(
            received.into_iter().map(|(_, p)| p).collect::<Vec<_>>(),
            (0..10).map(|r| numbered(r, 1_200)).collect::<Vec<_>>()
        );
    }
}

#[test]
fn one_call_receives_what_the_kernel_coalesced() {
    let (sender, receiver) = (socket("127.0.0.1:0"), socket("127.0.0.1:0"));
    assert!(receiver.granted().gro);
    let mut batch = SendBatch::new();
    for i in 0..40 {
        batch.push(&sender, receiver.local_addr(), &numbered(i, 1_000));
    }
    batch.flush(&sender);
    let (received, stats) = receive(&receiver, 40);
    assert_eq!(received.len(), 40);
    assert_eq!((stats.calls, stats.messages, stats.datagrams, stats.bytes), (1, 1, 40, 40_000));
}

#[test]
fn without_gro_the_same_datagrams_arrive_one_by_one() {
    let sender = socket("127.0.0.1:0");
    let options = SocketOptions { gro: false, ..SocketOptions::default() };
    let receiver = Socket::bind_with("127.0.0.1:0".parse().unwrap(), options).unwrap();
    assert!(!receiver.granted().gro);
    let mut batch = SendBatch::new();
    for i in 0..10 {
        batch.push(&sender, receiver.local_addr(), &numbered(i, 1_000));
    }
    batch.flush(&sender);
    let (received, stats) = receive(&receiver, 10);
    assert_eq!((received.len(), stats.messages), (10, 10));
}

#[test]
fn one_socket_serves_many_senders_without_mixing_them() {
    let receiver = socket("127.0.0.1:0");
    let senders: Vec<_> = (0..20).map(|_| socket("127.0.0.1:0")).collect();
    for (i, sender) in senders.iter().enumerate() {
        let mut batch = SendBatch::new();
        for _ in 0..5 {
            batch.push(sender, receiver.local_addr(), &numbered(i, 300 + i));
        }
        batch.flush(sender);
    }
    let mut by_sender: BTreeMap<SocketAddr, Vec<Vec<u8>>> = BTreeMap::new();
    for (from, payload) in receive(&receiver, 100).0 {
        by_sender.entry(from).or_default().push(payload);
    }
    assert_eq!(by_sender.len(), 20);
    for (i, sender) in senders.iter().enumerate() {
        assert_eq!(by_sender[&sender.local_addr()], vec![numbered(i, 300 + i); 5]);
    }
}

#[test]
fn an_ipv6_wildcard_socket_speaks_ipv4_with_ipv4_addresses() {
    let server = socket("[::]:0");
    let client = socket("127.0.0.1:0");
    let server_v4: SocketAddr = format!("127.0.0.1:{}", server.local_addr().port()).parse().unwrap();
    let mut batch = SendBatch::new();
    batch.push(&client, server_v4, b"ping");
    batch.flush(&client);
    let (received, _) = receive(&server, 1);
    assert_eq!(received, [(client.local_addr(), b"ping".to_vec())]);
    batch.push(&server, received[0].0, b"pong");
    batch.flush(&server);
    assert_eq!(receive(&client, 1).0, [(server_v4, b"pong".to_vec())]);
}

#[test]
fn a_destination_the_kernel_refuses_costs_only_its_own_datagrams() {
    let (sender, receiver) = (socket("127.0.0.1:0"), socket("127.0.0.1:0"));
    let mut batch = SendBatch::new();
    batch.push(&sender, receiver.local_addr(), b"before");
    // An IPv4 socket has no way to IPv6, and port 0 is no destination.
    batch.push(&sender, "[::1]:9".parse().unwrap(), b"nowhere");
    batch.push(&sender, "127.0.0.1:0".parse().unwrap(), b"nobody");
    batch.push(&sender, receiver.local_addr(), b"after");
    batch.flush(&sender);
    assert_eq!((batch.stats().datagrams, batch.stats().refused), (2, 2));
    let payloads: Vec<_> = receive(&receiver, 2).0.into_iter().map(|(_, p)| p).collect();
    assert_eq!(payloads, [b"before".to_vec(), b"after".to_vec()]);
}

#[test]
fn datagrams_lost_to_a_full_receive_buffer_are_counted() {
    let sender = socket("127.0.0.1:0");
    let options = SocketOptions { receive_buffer_bytes: 8_192, gro: false, ..SocketOptions::default() };
    let receiver = Socket::bind_with("127.0.0.1:0".parse().unwrap(), options).unwrap();
    let mut batch = SendBatch::without_gso();
    for i in 0..100 {
        batch.push(&sender, receiver.local_addr(), &numbered(i, 1_200));
    }
    batch.flush(&sender);
    assert_eq!(batch.stats().datagrams, 100);

    let mut incoming = RecvBatch::new();
    let mut arrived = 0;
    while receiver.recv_batch(&mut incoming).unwrap() > 0 {
        arrived += incoming.datagrams().count() as u64;
    }
    // The counter travels with the next datagram that is queued.
    batch.push(&sender, receiver.local_addr(), b"tell me");
    batch.flush(&sender);
    assert!(sleep_until_readable(&receiver, PATIENCE).unwrap());
    receiver.recv_batch(&mut incoming).unwrap();
    assert!(arrived < 100);
    assert_eq!(arrived + incoming.stats().dropped_by_kernel, 100);
}

#[test]
fn arrival_is_stamped_by_the_kernel_on_request() {
    let sender = socket("127.0.0.1:0");
    let options = SocketOptions { timestamps: true, ..SocketOptions::default() };
    let receiver = Socket::bind_with("127.0.0.1:0".parse().unwrap(), options).unwrap();
    assert!(receiver.granted().timestamps);
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let before = now();
    let mut batch = SendBatch::new();
    batch.push(&sender, receiver.local_addr(), b"stamp");
    batch.flush(&sender);
    assert!(sleep_until_readable(&receiver, PATIENCE).unwrap());
    let mut incoming = RecvBatch::new();
    receiver.recv_batch(&mut incoming).unwrap();
    let stamp = incoming.datagrams().next().unwrap().received_at.unwrap();
    assert!(before <= stamp && stamp <= now());
}

#[test]
fn nothing_there_is_not_an_error() {
    let receiver = socket("127.0.0.1:0");
    let mut batch = RecvBatch::new();
    assert_eq!(receiver.recv_batch(&mut batch).unwrap(), 0);
    assert_eq!(batch.datagrams().count(), 0);
}

#[test]
fn a_slot_that_is_not_committed_or_committed_beyond_its_size_sends_nothing() {
    let (sender, receiver) = (socket("127.0.0.1:0"), socket("127.0.0.1:0"));
    let mut batch = SendBatch::new();
    batch.slot(&sender, receiver.local_addr())[0] = 1;
    batch.slot(&sender, receiver.local_addr())[0] = 2;
    batch.commit(DATAGRAM_BYTES_MAX + 1);
    batch.commit(5);
    batch.slot(&sender, receiver.local_addr())[0] = 3;
    batch.commit(0);
    assert!(batch.is_empty());
    batch.push(&sender, receiver.local_addr(), &[0; DATAGRAM_BYTES_MAX + 1]);
    assert_eq!(batch.stats().refused, 1);
    batch.push(&sender, receiver.local_addr(), b"this one");
    batch.flush(&sender);
    assert_eq!(receive(&receiver, 1).0[0].1, b"this one");
    assert_eq!(batch.stats().datagrams, 1);
}

#[test]
fn a_waker_ends_the_sleep_of_another_thread_and_says_so_once() {
    let shard = socket("127.0.0.1:0");
    let waker = Arc::new(Waker::new().unwrap());
    let from_elsewhere = Arc::clone(&waker);
    let thread = std::thread::spawn(move || {
        from_elsewhere.wake();
        from_elsewhere.wake();
    });
    let ready = wait(&shard, &waker, PATIENCE).unwrap();
    assert!(ready.woken && !ready.readable);
    thread.join().unwrap();
    // Both wakes may have come before or after the first look; then none is left.
    wait(&shard, &waker, Some(Duration::ZERO)).unwrap();
    let ready = wait(&shard, &waker, Some(Duration::ZERO)).unwrap();
    assert!(!ready.woken && !ready.readable);

    let mut batch = SendBatch::new();
    batch.push(&shard, shard.local_addr(), b"to myself");
    batch.flush(&shard);
    waker.wake();
    let ready = wait(&shard, &waker, PATIENCE).unwrap();
    assert!(ready.woken && ready.readable);
}

#[test]
fn a_thread_is_pinned_to_a_core_it_may_use() {
    std::thread::spawn(|| {
        let cores = exedra_udp::allowed_cores().unwrap();
        let last = *cores.last().unwrap();
        exedra_udp::pin_to_core(last).unwrap();
        assert_eq!(exedra_udp::allowed_cores().unwrap(), [last]);
        assert!(exedra_udp::pin_to_core(usize::MAX).is_err());
    })
    .join()
    .unwrap();
}

#[test]
fn a_buffer_cut_short_by_the_system_is_reported() {
    let modest = SocketOptions { receive_buffer_bytes: 65_536, send_buffer_bytes: 65_536, ..SocketOptions::default() };
    let granted = Socket::bind_with("127.0.0.1:0".parse().unwrap(), modest).unwrap().granted();
    assert!(!granted.falls_short_of(&modest), "{granted:?}");
    let absurd = SocketOptions { receive_buffer_bytes: usize::MAX, ..modest };
    assert!(granted.falls_short_of(&absurd));
}
