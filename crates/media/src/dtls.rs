//! DTLS-SRTP (RFC 5764): the handshake that yields the media keys. Wraps the engine of the `dimpl` crate.
//!
//! Owns the certificate, the check of the peer's fingerprint, and the keys until they leave, once. Sees only datagrams from
//! addresses that ICE has authenticated; must not know addresses itself.
//!
//! Invariant: no keys leave before the peer's certificate has matched the fingerprint of its session description.

mod client_hello;
mod fingerprint;
mod flight;
mod signatures;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dimpl::{Config, ConfigBuilder, DtlsCertificate, Output};

pub use fingerprint::{Fingerprint, FingerprintAlgorithm};
use flight::Flight;

use crate::srtp::{DtlsRole, SrtpKeys, SrtpProfile};

/// Largest handshake datagram. Fits the smallest path that carries IPv6, with room for a tunnel.
pub const DTLS_MTU_BYTES: usize = 1_150;

/// The engine's own retransmission, behind ours (see [`flight`]); it gives lost records new numbers.
const FLIGHT_RTO_START: Duration = Duration::from_millis(400);
const FLIGHT_RETRIES: usize = 7;
const HANDSHAKE_MAX: Duration = Duration::from_secs(30);

/// Handshake records that arrive out of order and wait; more is not a handshake.
const RECORDS_WAITING_MAX: usize = 64;

/// Handshakes begun anew when noise was taken for the first. A peer with which there is nothing to agree on gets to its failure
/// within a second.
const RESTARTS_MAX: u32 = 3;

/// A client waits this long before the next one, so that what damaged the last is not there still.
const RESTART_AFTER: Duration = Duration::from_millis(200);

/// Datagrams of one flight waiting to be polled.
const TRANSMITS_MAX: usize = 32;

/// Our certificate, shared by all peers of a process.
pub struct Identity {
    certificate: DtlsCertificate,
    fingerprint: Fingerprint,
    config: Arc<Config>,
}

impl Identity {
    /// A fresh self-signed certificate (ECDSA P-256).
    pub fn generate() -> Result<Self, IdentityError> {
        Self::with_config(Config::builder())
    }

    /// As [`generate`](Self::generate), for a peer that does not speak DTLS 1.3.
    #[cfg(test)]
    pub(crate) fn generate_dtls12() -> Result<Self, IdentityError> {
        Self::with_config(Config::builder().dtls13_cipher_suites(&[]))
    }

    fn with_config(builder: ConfigBuilder) -> Result<Self, IdentityError> {
        let certificate =
            dimpl::certificate::generate_self_signed_certificate().map_err(|_| IdentityError::Certificate)?;
        let config = builder
            .with_crypto_provider(signatures::provider())
            .mtu(DTLS_MTU_BYTES)
            .max_queue_rx(RECORDS_WAITING_MAX)
            // Who reaches DTLS has answered for its address in ICE; a cookie would only cost a round trip.
            .use_server_cookie(false)
            .flight_start_rto(FLIGHT_RTO_START)
            .flight_retries(FLIGHT_RETRIES)
            .handshake_timeout(HANDSHAKE_MAX)
            .build()
            .map_err(|_| IdentityError::Configuration)?;
        let fingerprint = Fingerprint::of(&certificate.certificate);
        Ok(Self { fingerprint, certificate, config: Arc::new(config) })
    }

    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityError {
    Certificate,
    Configuration,
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "could not generate a certificate",
            Self::Configuration => "the DTLS configuration was refused",
        })
    }
}

impl std::error::Error for IdentityError {}

/// How far the handshake has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum HandshakeStage {
    /// Nothing sent or received.
    #[default]
    Idle,
    Started,
    Connected,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DtlsFailure {
    /// The certificate is not the one whose fingerprint was signaled.
    FingerprintMismatch,
    /// The peer supports no SRTP profile of ours.
    NoSrtpProfile,
    Timeout,
    /// The peers could not agree, or the handshake was damaged too often.
    Protocol,
}

impl fmt::Display for DtlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FingerprintMismatch => "certificate does not match the signaled fingerprint",
            Self::NoSrtpProfile => "no SRTP profile in common",
            Self::Timeout => "handshake timed out",
            Self::Protocol => "handshake failed",
        })
    }
}

#[derive(Debug)]
pub(crate) enum DtlsEvent {
    Connected(SrtpKeys),
    Failed(DtlsFailure),
    Closed,
}

/// What the handshake has met, for the cause of a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DtlsFacts {
    pub datagrams_received: u64,
    pub datagrams_sent: u64,
    pub stage: HandshakeStage,
    pub failure: Option<DtlsFailure>,
    /// Unprotected alerts: the peer's complaint, or a forgery. Counted, never obeyed.
    pub plaintext_alerts: u64,
    /// Description byte of the first one (RFC 8446, 6).
    pub first_plaintext_alert: Option<u8>,
    /// Handshakes begun anew after the engine gave up on damaged input.
    pub restarts: u32,
    pub first_datagram_at: Option<Instant>,
    pub connected_at: Option<Instant>,
}

/// One DTLS association.
pub(crate) struct Dtls {
    identity: Arc<Identity>,
    role: DtlsRole,
    /// From the first datagram (or the client's start) until failure or close.
    engine: Option<Box<dimpl::Dtls>>,
    expected: Option<Fingerprint>,
    /// Whether all certificates the peer has shown to this engine match; `None` before the first.
    peer_matches: Option<bool>,
    keys: Option<SrtpKeys>,
    engine_connected: bool,
    ended: bool,
    /// The engine's own, or when a client begins another one.
    engine_timeout: Option<Instant>,
    flight: Flight,
    transmits: VecDeque<Vec<u8>>,
    events: VecDeque<DtlsEvent>,
    facts: DtlsFacts,
}

impl Dtls {
    pub(crate) fn new(identity: Arc<Identity>, role: DtlsRole) -> Self {
        Self {
            identity,
            role,
            engine: None,
            expected: None,
            peer_matches: None,
            keys: None,
            engine_connected: false,
            ended: false,
            engine_timeout: None,
            flight: Flight::default(),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
            facts: DtlsFacts::default(),
        }
    }

    pub(crate) fn facts(&self) -> &DtlsFacts {
        &self.facts
    }

    /// The peer's signaled fingerprint. Another one than before means another peer process: the association begins anew
    /// (RFC 8842, 5).
    pub(crate) fn expect(&mut self, fingerprint: Fingerprint) {
        if self.expected.as_ref().is_some_and(|old| *old != fingerprint) {
            let identity = Arc::clone(&self.identity);
            *self = Self::new(identity, self.role);
        }
        self.expected = Some(fingerprint);
    }

    /// The association that has begun is with this peer, and has the roles it began with.
    pub(crate) fn has_begun_with(&self, fingerprint: &Fingerprint) -> bool {
        self.facts.stage != HandshakeStage::Idle && self.expected.as_ref() == Some(fingerprint)
    }

    pub(crate) fn role(&self) -> DtlsRole {
        self.role
    }

    /// Who sends the first flight. Only before the handshake.
    pub(crate) fn set_role(&mut self, role: DtlsRole) {
        self.role = role;
    }

    /// The active side sends its first flight, or begins anew when it is time to.
    pub(crate) fn start(&mut self, now: Instant) {
        let is_due = self.engine_timeout.is_none_or(|at| now >= at);
        if self.engine.is_none() && is_due && !self.ended && self.role == DtlsRole::Client {
            self.new_engine(&[], now);
            self.run_engine(now);
        }
    }

    pub(crate) fn handle_datagram(&mut self, datagram: &[u8], now: Instant) {
        self.facts.datagrams_received += 1;
        self.facts.first_datagram_at.get_or_insert(now);
        if self.ended {
            return;
        }
        if let Some(description) = plaintext_alert(datagram) {
            self.facts.plaintext_alerts += 1;
            self.facts.first_plaintext_alert.get_or_insert(description);
            return;
        }
        // A client speaks first: what comes before is of no handshake of its own.
        if self.engine.is_none() && self.role == DtlsRole::Server {
            self.new_engine(datagram, now);
        }
        let Some(engine) = &mut self.engine else {
            return;
        };
        // The engine's answers go out with the time of their cause.
        let outcome = engine.handle_timeout(now).and_then(|()| engine.handle_packet(datagram));
        if !self.advance(outcome, now) {
            self.transmits.extend(self.flight.asked_for(now).iter().cloned());
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.engine_timeout.is_some_and(|at| now >= at) {
            self.start(now);
            self.run_engine(now);
        }
        self.transmits.extend(self.flight.due(now).iter().cloned());
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        [self.engine_timeout, self.flight.timeout()].into_iter().flatten().min()
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        let datagram = self.transmits.pop_front();
        if self.transmits.is_empty() {
            // A handshake needs this queue for a second of an hour's call.
            self.transmits = VecDeque::new();
        }
        self.facts.datagrams_sent += u64::from(datagram.is_some());
        datagram
    }

    pub(crate) fn poll_event(&mut self) -> Option<DtlsEvent> {
        self.events.pop_front()
    }

    /// Says goodbye to the peer (`close_notify`).
    pub(crate) fn close(&mut self, now: Instant) {
        if let Some(engine) = &mut self.engine {
            let outcome = engine.close();
            self.advance(outcome, now);
            self.end();
        }
    }

    /// `trigger` is the datagram that begins the handshake, at the server.
    fn new_engine(&mut self, trigger: &[u8], now: Instant) {
        let config = Arc::clone(&self.identity.config);
        let certificate = self.identity.certificate.clone();
        let speaks_13 = config.dtls13_cipher_suites().next().is_some();
        let engine = match self.role {
            DtlsRole::Client => {
                let new = if speaks_13 { dimpl::Dtls::new_auto } else { dimpl::Dtls::new_12 };
                let mut engine = new(config, certificate, now);
                engine.set_active(true);
                engine
            }
            DtlsRole::Server if speaks_13 && client_hello::prefers_dtls13(trigger) => {
                dimpl::Dtls::new_auto(config, certificate, now)
            }
            DtlsRole::Server => dimpl::Dtls::new_12(config, certificate, now),
        };
        self.engine = Some(Box::new(engine));
        self.facts.stage = self.facts.stage.max(HandshakeStage::Started);
    }

    fn run_engine(&mut self, now: Instant) {
        if let Some(engine) = &mut self.engine {
            let outcome = engine.handle_timeout(now);
            self.advance(outcome, now);
        }
    }

    /// Takes out what the engine has to say; returns whether that was anything to send.
    fn advance(&mut self, outcome: Result<(), dimpl::Error>, now: Instant) -> bool {
        let sent = self.drain();
        self.flight.sent(&sent, now);
        let has_sent = !sent.is_empty();
        if self.transmits.len() + sent.len() <= TRANSMITS_MAX {
            self.transmits.extend(sent);
        }
        if self.engine_connected && self.facts.stage < HandshakeStage::Connected {
            self.connected(now);
        }
        if let Err(error) = outcome {
            self.engine_failed(&error, now);
        }
        has_sent
    }

    fn drain(&mut self) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        let mut buffer = vec![0; 2_048];
        while let Some(engine) = &mut self.engine {
            match engine.poll_output(&mut buffer) {
                Output::Packet(datagram) => sent.push(datagram.to_vec()),
                Output::BufferTooSmall { needed } => buffer.resize(needed, 0),
                Output::PeerCert(certificate) => {
                    // Judged once the peer has proved to own it: until then anybody can show any certificate.
                    let matches = self.expected.as_ref().is_some_and(|expected| expected.matches(certificate));
                    self.peer_matches = Some(matches && self.peer_matches != Some(false));
                }
                Output::KeyingMaterial(material, profile) => {
                    self.keys = srtp_profile(profile)
                        .and_then(|profile| SrtpKeys::from_keying_material(profile, self.role, &material).ok());
                }
                Output::Connected => self.engine_connected = true,
                Output::CloseNotify => {
                    self.events.push_back(DtlsEvent::Closed);
                    self.end();
                }
                Output::Timeout(at) => {
                    self.engine_timeout = Some(at);
                    break;
                }
                // Data channels are not offered, so there is nobody to give data to.
                Output::ApplicationData(_) => {}
                _ => {}
            }
        }
        sent
    }

    fn connected(&mut self, now: Instant) {
        if self.peer_matches != Some(true) {
            return self.fail(DtlsFailure::FingerprintMismatch);
        }
        match self.keys.take() {
            None => self.fail(DtlsFailure::NoSrtpProfile),
            Some(keys) => {
                self.facts.stage = HandshakeStage::Connected;
                self.facts.connected_at = Some(now);
                self.flight.completed(now);
                self.events.push_back(DtlsEvent::Connected(keys));
            }
        }
    }

    /// The engine calls each of its errors final. They are the peer's or the network's doing, so they end the association only
    /// when nothing better is left.
    fn engine_failed(&mut self, error: &dimpl::Error, now: Instant) {
        use dimpl::{Error, UnexpectedMessageError};
        match error {
            Error::UnexpectedMessage(UnexpectedMessageError::UnrecognizedAutoServerResponse) => {}
            // The keys have left and media flows on; only the goodbye is lost.
            _ if self.facts.stage == HandshakeStage::Connected => self.end(),
            Error::Timeout(_) => self.fail(DtlsFailure::Timeout),
            _ if self.facts.restarts < RESTARTS_MAX => {
                self.facts.restarts += 1;
                self.facts.stage = HandshakeStage::Started;
                self.peer_matches = None;
                self.keys = None;
                self.engine_connected = false;
                // The next datagram begins a server's.
                self.engine = None;
                self.engine_timeout = (self.role == DtlsRole::Client).then(|| now + RESTART_AFTER);
                self.flight = Flight::default();
            }
            _ => self.fail(DtlsFailure::Protocol),
        }
    }

    fn fail(&mut self, failure: DtlsFailure) {
        self.facts.failure = Some(failure);
        self.events.push_back(DtlsEvent::Failed(failure));
        self.end();
    }

    fn end(&mut self) {
        self.ended = true;
        self.engine = None;
        self.keys = None;
        self.engine_timeout = None;
        self.flight = Flight::default();
    }
}

/// The description of an alert that is not protected by keys: `None` for any other datagram. Records of epoch 0 in DTLS 1.2 and
/// 1.3 have type, version, epoch, sequence number and length in front (RFC 9147, 4).
fn plaintext_alert(datagram: &[u8]) -> Option<u8> {
    const CONTENT_TYPE_ALERT: u8 = 21;
    let record: &[u8; 15] = datagram.first_chunk()?;
    (record[0] == CONTENT_TYPE_ALERT && record[3..5] == [0, 0]).then_some(record[14])
}

fn srtp_profile(profile: dimpl::SrtpProfile) -> Option<SrtpProfile> {
    match profile {
        dimpl::SrtpProfile::AEAD_AES_128_GCM => Some(SrtpProfile::AeadAes128Gcm),
        dimpl::SrtpProfile::AEAD_AES_256_GCM => Some(SrtpProfile::AeadAes256Gcm),
        dimpl::SrtpProfile::AES128_CM_SHA1_80 => Some(SrtpProfile::Aes128CmSha1_80),
        _ => None,
    }
}
