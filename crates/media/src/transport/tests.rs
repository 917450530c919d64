//! A client's transport against the server's over a lossy link with a virtual clock.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use super::*;
use crate::dtls::HandshakeStage;
use crate::srtp::{SRTCP_OVERHEAD_MAX, SRTP_OVERHEAD_MAX, SrtpProfile};

static SERVER_IDENTITY: LazyLock<Arc<Identity>> = LazyLock::new(|| Arc::new(Identity::generate().unwrap()));
static CLIENT_IDENTITY: LazyLock<Arc<Identity>> = LazyLock::new(|| Arc::new(Identity::generate().unwrap()));

/// A client as today's Chromium is, which leads the server to DTLS 1.2.
static CLIENT_IDENTITY_12: LazyLock<Arc<Identity>> = LazyLock::new(|| Arc::new(Identity::generate_dtls12().unwrap()));

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
    /// What the client has sent, lost or not.
    seen: Vec<Vec<u8>>,
}

impl Call {
    fn new(loss_percent: u64, seed: u64) -> Self {
        Self::with_client(&CLIENT_IDENTITY, loss_percent, seed)
    }

    fn with_client(identity: &Arc<Identity>, loss_percent: u64, seed: u64) -> Self {
        let now = Instant::now();
        let mut client = Transport::client(identity.clone(), &[client_address()], now);
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
            seen: Vec::new(),
        }
    }

    /// The client waits for the server's handshake.
    fn with_passive_client(identity: &Arc<Identity>, loss_percent: u64, seed: u64) -> Self {
        let mut call = Self::with_client(identity, loss_percent, seed);
        call.server = Transport::server(SERVER_IDENTITY.clone(), &[server_address()], call.now);
        call.agree(Setup::Passive);
        call
    }

    /// Offer and answer, in which the client wants this role.
    fn agree(&mut self, setup: Setup) {
        let offer = TransportParams { setup, ..self.client.local_params() };
        self.server.set_remote(&offer);
        self.client.set_remote(&self.server.local_params());
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
            self.seen.push(out.clone());
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

    fn run_for(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.now < end {
            self.step();
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

    /// Another handshake is to come; it has twelve seconds again.
    fn forget_handshake(&mut self) {
        self.client_events.clear();
        self.server_events.clear();
        self.started_at = self.now;
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
    for identity in [&CLIENT_IDENTITY, &CLIENT_IDENTITY_12] {
        connects_and_media_flows(identity);
    }
}

fn connects_and_media_flows(identity: &Arc<Identity>) {
    let mut call = Call::with_client(identity, 0, 1);
    call.connect();
    assert!(call.elapsed() < Duration::from_secs(1), "{:?}", call.elapsed());
    assert!(matches!(call.server_events[0], TransportEvent::IceConnected));
    assert_eq!(call.server.selected(), Some(client_address()));
    assert_eq!(call.client.selected(), Some(server_address()));
    let (client, server) = call.take_keys();
    assert_eq!(client.profile(), server.profile());
    assert!(matches!(client.profile(), SrtpProfile::AeadAes128Gcm | SrtpProfile::AeadAes256Gcm));
    assert_media_flows(client, server);
}

#[test]
fn a_server_is_active_where_its_client_is_passive_and_stays_so() {
    let mut call = Call::new(0, 1);
    let passive = TransportParams { setup: Setup::Passive, ..call.client.local_params() };
    assert_eq!(call.server.answer_params(&passive).setup, Setup::Active);
    call.agree(Setup::Passive);
    call.connect();
    let (client, server) = call.take_keys();
    assert_media_flows(client, server);
    // Whatever later offers say, the association has its roles.
    let actpass = TransportParams { setup: Setup::ActPass, ..passive };
    assert_eq!(call.server.answer_params(&actpass).setup, Setup::Active);
    let active = TransportParams { setup: Setup::Active, ..actpass };
    assert_eq!(call.server.answer_params(&active).setup, Setup::Active);
}

/// RFC 8842, 5.3 and 5.5: another certificate is another association, whose roles nobody has yet.
#[test]
fn a_client_that_comes_back_with_another_certificate_chooses_its_role_anew() {
    for (before, after) in [(Setup::Passive, Setup::Active), (Setup::Active, Setup::Passive)] {
        let mut call = Call::new(0, 1);
        call.agree(before);
        call.connect();
        call.forget_handshake();
        call.client = Transport::client(CLIENT_IDENTITY_12.clone(), &[client_address()], call.now);
        let offer = TransportParams { setup: after, ..call.client.local_params() };
        let answered = call.server.answer_params(&offer).setup;
        assert_eq!(answered, if after == Setup::Active { Setup::Passive } else { Setup::Active });
        call.agree(after);
        assert_eq!(call.server.local_params().setup, answered, "as it was answered");
        call.connect();
        let (client, server) = call.take_keys();
        assert_media_flows(client, server);
    }
}

/// RTP and RTCP from each end to the other.
fn assert_media_flows(client: SrtpKeys, server: SrtpKeys) {
    let ((mut client_out, mut client_in), (mut server_out, mut server_in)) = (client.split(), server.split());
    for (sender, receiver) in [(&mut client_out, &mut server_in), (&mut server_out, &mut client_in)] {
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
    for identity in [&CLIENT_IDENTITY, &CLIENT_IDENTITY_12] {
        let mut slowest = Duration::ZERO;
        for seed in 0..60 {
            let mut call = Call::with_client(identity, 30, seed);
            call.connect();
            slowest = slowest.max(call.elapsed());
        }
        assert!(slowest < Duration::from_secs(6), "{slowest:?}");
    }
}

#[test]
fn no_handshake_datagram_needs_a_large_mtu() {
    let mut call = Call::new(0, 1);
    call.connect();
    assert!((200..=crate::dtls::DTLS_MTU_BYTES).contains(&call.largest_datagram), "{}", call.largest_datagram);
}

#[test]
fn after_the_handshake_only_consent_has_a_timer() {
    let mut call = Call::new(0, 1);
    call.connect();
    call.run_for(Duration::from_secs(30));
    let next = call.server.poll_timeout().unwrap();
    assert_eq!(Some(next), call.server.facts().ice.last_authenticated_at.map(|at| at + crate::ice::CONSENT_MAX));
    let sent = call.server.facts().dtls.datagrams_sent;
    call.run_for(Duration::from_secs(60));
    assert_eq!(call.server.facts().dtls.datagrams_sent, sent);
    assert_eq!(call.server_events.iter().filter(|event| matches!(event, TransportEvent::IceConnected)).count(), 1);
    assert!(!call.server_events.iter().any(|event| matches!(event, TransportEvent::IceDisconnected)));
}

#[test]
fn dtls_from_an_address_without_a_check_changes_nothing_but_a_counter() {
    let mut stranger = Call::new(0, 9);
    stranger.connect();
    let mut call = Call::new(0, 1);
    for datagram in &stranger.seen {
        if DatagramKind::of(datagram) == DatagramKind::Dtls {
            let outcome = call.server.handle_datagram(address("203.0.113.9:9"), server_address(), datagram, call.now);
            assert_eq!(outcome, Err(TransportError::Unauthenticated));
        }
    }
    let facts = call.server.facts();
    assert!(facts.dtls_unauthenticated >= 2);
    assert_eq!(
        facts,
        TransportFacts { dtls_unauthenticated: facts.dtls_unauthenticated, ..Call::new(0, 1).server.facts() }
    );
    assert_eq!(call.server.poll_transmit(&mut Vec::new()), None);
    assert!(call.server.poll_event().is_none());
    call.connect();
}

/// Noise and forged alerts with the client's own address, and whole handshakes of strangers with other addresses.
#[test]
fn garbage_does_not_end_the_handshake() {
    let mut stranger = Call::new(0, 9);
    stranger.connect();
    for seed in 0..80 {
        let identity = if seed % 2 == 0 { &CLIENT_IDENTITY } else { &CLIENT_IDENTITY_12 };
        let with_client = if seed < 40 { Call::with_client } else { Call::with_passive_client };
        let mut call = with_client(identity, 0, seed);
        connect_in_noise(&mut call, &stranger.seen);
        assert!(call.server.facts().dtls.plaintext_alerts > 0);
    }
}

fn connect_in_noise(call: &mut Call, of_strangers: &[Vec<u8>]) {
    while !call.is_connected() {
        call.step();
        for stranger_datagram in of_strangers {
            let from = address("203.0.113.9:9");
            let _ = call.server.handle_datagram(from, server_address(), stranger_datagram, call.now);
            let mut noise = match call.roll() % 2 {
                0 => vec![21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, (call.roll() % 120) as u8],
                _ => (0..call.roll() % 300).map(|_| call.roll() as u8).collect(),
            };
            if call.roll().is_multiple_of(2) && !noise.is_empty() {
                noise[0] = 20 + (call.roll() % 44) as u8;
            }
            let from = call.client_address;
            let _ = call.server.handle_datagram(from, server_address(), &noise, call.now);
        }
        assert!(call.elapsed() < Duration::from_secs(12), "{:?}", call.server.facts());
    }
    assert!(!call.server_events.iter().any(|event| matches!(event, TransportEvent::DtlsFailed(_))));
    let (client, server) = call.take_keys();
    assert_media_flows(client, server);
}

/// A ServerHello that chooses what was not offered.
fn forged_server_hello() -> Vec<u8> {
    let mut body = vec![0xfe, 0xfd];
    body.extend([7; 32]);
    // No session, TLS_NULL_WITH_NULL_NULL, no compression, no extensions.
    body.extend([0, 0, 0, 0, 0, 0]);
    let length = [0, 0, body.len() as u8];
    let mut handshake = vec![2];
    for part in [&length[..], &[0, 0], &[0, 0, 0], &length, &body] {
        handshake.extend(part);
    }
    let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, handshake.len() as u8];
    record.extend(handshake);
    record
}

#[test]
fn a_forged_server_hello_does_not_end_the_handshake_of_an_active_server() {
    for identity in [&CLIENT_IDENTITY, &CLIENT_IDENTITY_12] {
        let mut call = Call::with_passive_client(identity, 0, 1);
        for forged in 1..=3 {
            // What the server says does not get to its client before somebody else has answered.
            let sent = call.server.facts().dtls.datagrams_sent;
            while call.server.facts().dtls.datagrams_sent == sent {
                call.step();
                call.network.retain(|datagram| DatagramKind::of(&datagram.bytes) != DatagramKind::Dtls);
            }
            let from = call.client_address;
            let _ = call.server.handle_datagram(from, server_address(), &forged_server_hello(), call.now);
            assert_eq!(call.server.facts().dtls.restarts, forged);
        }
        call.connect();
        assert!(!call.server_events.iter().any(|event| matches!(event, TransportEvent::DtlsFailed(_))));
        let (client, server) = call.take_keys();
        assert_media_flows(client, server);
    }
}

#[test]
fn a_passive_client_renews_its_certificate_on_its_address_whatever_is_still_under_way() {
    for seed in 0..10 {
        let mut call = Call::with_passive_client(&CLIENT_IDENTITY, 0, seed);
        call.connect();
        call.forget_handshake();
        // Its predecessor says goodbye while the server is told already.
        let mut goodbye = Vec::new();
        call.client.close(call.now);
        assert!(call.client.poll_transmit(&mut goodbye).is_some());
        call.client = Transport::client(CLIENT_IDENTITY_12.clone(), &[client_address()], call.now);
        call.agree(Setup::Passive);
        let late: Vec<Vec<u8>> = vec![goodbye; 5];
        let _ = call.server.handle_datagram(client_address(), server_address(), &late[0], call.now);
        connect_in_noise(&mut call, &late);
        assert!(!call.server_events.iter().any(|event| matches!(event, TransportEvent::Closed)));
    }
}

#[test]
fn garbage_after_the_handshake_closes_nothing() {
    let mut call = Call::new(0, 3);
    call.connect();
    call.server_events.clear();
    let seen = call.seen.clone();
    for round in 0..5_000 {
        let mut datagram = seen[round % seen.len()].clone();
        let position = call.roll() as usize % datagram.len();
        datagram[position] ^= 1 << (call.roll() % 8);
        let from = call.client_address;
        let _ = call.server.handle_datagram(from, server_address(), &datagram, call.now);
        call.collect();
    }
    assert!(call.server_events.is_empty(), "{:?}", call.server_events);
    assert_eq!(call.server.facts().dtls.stage, HandshakeStage::Connected);
}

#[test]
fn a_certificate_that_was_not_signaled_yields_no_keys() {
    let mut call = Call::new(0, 1);
    let mut params = call.client.local_params();
    params.fingerprint = crate::dtls::Fingerprint::of(b"somebody else");
    call.server = Transport::server(SERVER_IDENTITY.clone(), &[server_address()], call.now);
    call.server.set_remote(&params);
    call.client.set_remote(&call.server.local_params());
    call.run_until("failed", Duration::from_secs(5), |call| {
        call.server_events.iter().any(|event| matches!(event, TransportEvent::DtlsFailed(_)))
    });
    assert!(
        call.server_events
            .iter()
            .any(|event| { matches!(event, TransportEvent::DtlsFailed(DtlsFailure::FingerprintMismatch)) })
    );
    call.run_for(Duration::from_secs(5));
    assert!(!call.server_events.iter().any(|event| matches!(event, TransportEvent::DtlsConnected(_))));
}

#[test]
fn checks_without_the_password_are_counted_and_change_nothing() {
    let mut call = Call::new(0, 1);
    let mut params = call.server.local_params();
    params.pwd = "not-the-password-of-it".to_owned();
    call.client = Transport::client(CLIENT_IDENTITY.clone(), &[client_address()], call.now);
    call.server = Transport::server(SERVER_IDENTITY.clone(), &[server_address()], call.now);
    call.server.set_remote(&call.client.local_params());
    params.ufrag = call.server.local_ufrag().to_owned();
    call.client.set_remote(&params);
    call.run_for(Duration::from_secs(5));
    let facts = call.server.facts().ice;
    assert!(facts.stun_bad_integrity > 5);
    assert_eq!(facts.checks_authenticated, 0);
    assert!(!call.server.authenticated(client_address()));
    assert!(call.server_events.is_empty());
    let sent_by_server = call.server.poll_transmit(&mut Vec::new());
    assert_eq!(sent_by_server, None);
}

#[test]
fn a_captured_check_does_not_authenticate_another_address() {
    let mut call = Call::new(0, 1);
    call.connect();
    let thief = address("203.0.113.9:9");
    let checks: Vec<Vec<u8>> =
        call.seen.iter().filter(|datagram| DatagramKind::of(datagram) == DatagramKind::Stun).cloned().collect();
    for check in checks {
        assert!(call.server.handle_datagram(thief, server_address(), &check, call.now).is_err());
    }
    assert!(!call.server.authenticated(thief));
    assert_eq!(call.server.selected(), Some(client_address()));
    assert!(call.server.facts().ice.stun_replayed > 0);
}

#[test]
fn a_client_behind_a_new_nat_binding_is_followed() {
    let mut call = Call::new(0, 1);
    call.connect();
    call.client_address = address("198.51.100.7:55555");
    call.run_for(Duration::from_secs(10));
    assert_eq!(call.server.selected(), Some(call.client_address));
    assert!(call.server.authenticated(client_address()), "the old address is still remembered");
}

#[test]
fn an_ice_restart_keeps_the_keys_and_the_path() {
    let mut call = Call::new(0, 1);
    call.connect();
    let before = call.server.local_params();
    call.client.restart_ice();
    call.server.set_remote(&call.client.local_params());
    let after = call.server.local_params();
    assert_ne!(before.ufrag, after.ufrag);
    assert_ne!(before.pwd, after.pwd);
    assert_eq!(call.server.selected(), Some(client_address()));
    call.client.set_remote(&after);
    let checks_before = call.server.facts().ice.checks_authenticated;
    call.run_for(Duration::from_secs(5));
    assert!(call.server.facts().ice.checks_authenticated > checks_before);
    assert_eq!(call.server.facts().ice.stun_unknown_user, 0);
    let handshakes = call.server_events.iter().filter(|event| matches!(event, TransportEvent::DtlsConnected(_)));
    assert_eq!(handshakes.count(), 1);
}

#[test]
fn checks_with_the_old_credentials_are_answered_until_the_first_with_the_new() {
    let mut call = Call::new(0, 1);
    call.connect();
    let mut old_client =
        std::mem::replace(&mut call.client, Transport::client(CLIENT_IDENTITY.clone(), &[client_address()], call.now));
    // The server has the restart's offer, the client not yet the answer.
    call.server.set_remote(&call.client.local_params());
    let answer = call.server.local_params();
    let outcomes = |server: &mut Transport, client: &mut Transport, now: &mut Instant| {
        let mut outcomes = Vec::new();
        let mut out = Vec::new();
        for _ in 0..100 {
            *now += Duration::from_millis(100);
            client.handle_timeout(*now);
            while client.poll_transmit(&mut out).is_some() {
                if DatagramKind::of(&out) == DatagramKind::Stun {
                    outcomes.push(server.handle_datagram(client_address(), server_address(), &out, *now));
                }
            }
        }
        outcomes
    };
    let old = outcomes(&mut call.server, &mut old_client, &mut call.now);
    assert!(!old.is_empty() && old.iter().all(Result::is_ok), "{old:?}");
    call.client.set_remote(&answer);
    let new = outcomes(&mut call.server, &mut call.client, &mut call.now);
    assert!(!new.is_empty() && new.iter().all(Result::is_ok), "{new:?}");
    let late = outcomes(&mut call.server, &mut old_client, &mut call.now);
    assert!(late.iter().all(|outcome| *outcome == Err(TransportError::Stun(StunRefusal::UnknownUser))));
}

#[test]
fn a_silent_client_is_reported_and_may_return() {
    let mut call = Call::new(0, 1);
    call.connect();
    call.server_events.clear();
    call.loss_percent = 100;
    call.run_for(Duration::from_secs(17));
    assert!(matches!(call.server_events[..], [TransportEvent::IceDisconnected]), "{:?}", call.server_events);
    call.loss_percent = 0;
    call.client.restart_ice();
    call.server.set_remote(&call.client.local_params());
    call.client.set_remote(&call.server.local_params());
    call.run_for(Duration::from_secs(5));
    assert!(matches!(call.server_events[1], TransportEvent::IceConnected), "{:?}", call.server_events);
}

#[test]
fn a_goodbye_is_heard() {
    let mut call = Call::new(0, 1);
    call.connect();
    call.client.close(call.now);
    call.run_until("closed", Duration::from_secs(2), |call| {
        call.server_events.iter().any(|event| matches!(event, TransportEvent::Closed))
    });
}
