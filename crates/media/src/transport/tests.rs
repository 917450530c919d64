//! A client's transport against the server's over a lossy link with a virtual clock.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use super::*;
use crate::srtp::{SRTCP_OVERHEAD_MAX, SRTP_OVERHEAD_MAX, SrtpProfile};

static SERVER_IDENTITY: LazyLock<Arc<Identity>> = LazyLock::new(|| Arc::new(Identity::generate().unwrap()));
static CLIENT_IDENTITY: LazyLock<Arc<Identity>> = LazyLock::new(|| Arc::new(Identity::generate().unwrap()));

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn server_address() -> SocketAddr {
    address("192.0.2.1:5000")
}

fn client_address() -> SocketAddr {
    address("198.51.100.7:40000")
}

struct Datagram {
    arrives_at: Instant,
    from: SocketAddr,
    to: SocketAddr,
    bytes: Vec<u8>,
}

/// Two transports, and a network of 20 ms one way that loses datagrams by a seed.
struct Call {
    client: Transport,
    server: Transport,
    client_address: SocketAddr,
    now: Instant,
    started_at: Instant,
    network: VecDeque<Datagram>,
    loss_percent: u64,
    random: u64,
    client_events: Vec<TransportEvent>,
    server_events: Vec<TransportEvent>,
    largest_datagram: usize,
}

impl Call {
    fn new(loss_percent: u64, seed: u64) -> Self {
        let now = Instant::now();
        let mut client = Transport::client(CLIENT_IDENTITY.clone(), &[client_address()], now);
        let mut server = Transport::server(SERVER_IDENTITY.clone(), &[server_address()], now);
        server.set_remote(&client.local_params());
        client.set_remote(&server.local_params());
        Self {
            client,
            server,
            client_address: client_address(),
            now,
            started_at: now,
            network: VecDeque::new(),
            loss_percent,
            random: seed,
            client_events: Vec::new(),
            server_events: Vec::new(),
            largest_datagram: 0,
        }
    }

    fn elapsed(&self) -> Duration {
        self.now - self.started_at
    }

    fn roll(&mut self) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.random >> 33
    }

    fn send(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        self.largest_datagram = self.largest_datagram.max(bytes.len());
        if self.roll() % 100 >= self.loss_percent {
            let arrives_at = self.now + Duration::from_millis(20);
            self.network.push_back(Datagram { arrives_at, from, to, bytes });
        }
    }

    fn collect(&mut self) {
        let mut out = Vec::new();
        while let Some(to) = self.client.poll_transmit(&mut out) {
            self.send(self.client_address, to, out.clone());
        }
        while let Some(to) = self.server.poll_transmit(&mut out) {
            self.send(server_address(), to, out.clone());
        }
        self.client_events.extend(std::iter::from_fn(|| self.client.poll_event()));
        self.server_events.extend(std::iter::from_fn(|| self.server.poll_event()));
    }

    /// Goes to the next instant at which something happens, and lets it happen.
    fn step(&mut self) {
        self.collect();
        let next = [
            self.network.front().map(|datagram| datagram.arrives_at),
            self.client.poll_timeout(),
            self.server.poll_timeout(),
        ];
        let next = next.into_iter().flatten().min().unwrap();
        self.now = self.now.max(next);
        while self.network.front().is_some_and(|datagram| datagram.arrives_at <= self.now) {
            let datagram = self.network.pop_front().unwrap();
            let _ = if datagram.to == server_address() {
                self.server.handle_datagram(datagram.from, datagram.to, &datagram.bytes, self.now)
            } else if datagram.to == self.client_address {
                self.client.handle_datagram(datagram.from, datagram.to, &datagram.bytes, self.now)
            } else {
                Ok(())
            };
        }
        self.client.handle_timeout(self.now);
        self.server.handle_timeout(self.now);
        self.collect();
    }

    fn run_until(&mut self, what: &str, limit: Duration, done: impl Fn(&Self) -> bool) {
        while !done(self) {
            self.step();
            assert!(
                self.elapsed() < limit,
                "{what} within {limit:?}: {:?} {:?}",
                self.client.facts(),
                self.server.facts()
            );
        }
    }

    fn is_connected(&self) -> bool {
        let has_keys =
            |events: &[TransportEvent]| events.iter().any(|event| matches!(event, TransportEvent::DtlsConnected(_)));
        has_keys(&self.client_events) && has_keys(&self.server_events)
    }

    fn connect(&mut self) {
        self.run_until("connected", Duration::from_secs(12), Self::is_connected);
    }

    fn take_keys(&mut self) -> (SrtpKeys, SrtpKeys) {
        let take = |events: &mut Vec<TransportEvent>| {
            let position = events.iter().position(|event| matches!(event, TransportEvent::DtlsConnected(_))).unwrap();
            match events.remove(position) {
                TransportEvent::DtlsConnected(keys) => keys,
                _ => unreachable!(),
            }
        };
        (take(&mut self.client_events), take(&mut self.server_events))
    }
}

#[test]
fn a_call_connects_and_media_flows_both_ways() {
    let mut call = Call::new(0, 1);
    call.connect();
    assert!(call.elapsed() < Duration::from_secs(1), "{:?}", call.elapsed());
    assert!(matches!(call.server_events[0], TransportEvent::IceConnected));
    assert_eq!(call.server.selected(), Some(client_address()));
    assert_eq!(call.client.selected(), Some(server_address()));
    let (client, server) = call.take_keys();
    assert_eq!(client.profile(), server.profile());
    assert!(matches!(client.profile(), SrtpProfile::AeadAes128Gcm | SrtpProfile::AeadAes256Gcm));
    let (client, server) = (client.split(), server.split());
    for ((mut sender, _), (_, mut receiver)) in [(client, server)] {
        let mut stream = sender.open_stream(9).unwrap();
        let mut packet = vec![0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, b'h', b'i'];
        packet.resize(14 + SRTP_OVERHEAD_MAX, 0);
        let len = sender.protect_rtp(&mut stream, &mut packet, 12, 14, 1).unwrap();
        let len = receiver.unprotect_rtp(&mut packet[..len], 12).unwrap();
        assert_eq!(&packet[12..len], b"hi");
        let mut report = vec![0x80, 201, 0, 1, 0, 0, 0, 9];
        report.resize(8 + SRTCP_OVERHEAD_MAX, 0);
        let len = sender.protect_rtcp(&mut report, 8).unwrap();
        assert_eq!(receiver.unprotect_rtcp(&mut report[..len]), Ok(8));
    }
}

#[test]
fn a_call_connects_at_thirty_percent_loss() {
    let mut slowest = Duration::ZERO;
    for seed in 0..40 {
        let mut call = Call::new(30, seed);
        call.connect();
        slowest = slowest.max(call.elapsed());
    }
    assert!(slowest < Duration::from_secs(12), "{slowest:?}");
}
