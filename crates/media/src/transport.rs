//! The transport of one peer: ICE and DTLS over one flow of datagrams, without IO. The SRTP keys leave it once, and media never
//! passes through it.
//!
//! Drive it with datagrams and time, then poll until nothing is left: `poll_transmit`, `poll_event`, `poll_timeout`.
//!
//! Invariant: no byte from an address that has not passed an authenticated ICE check changes anything but a counter.

mod params;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

pub use params::{Setup, TransportParams};

use crate::dtls::{Dtls, DtlsEvent, DtlsFacts, DtlsFailure, Identity};
use crate::ice::addresses::Addresses;
use crate::ice::controlling::ControllingAgent;
use crate::ice::lite::LiteAgent;
use crate::ice::{Credentials, IceEvent, IceFacts, StunRefusal, StunTransmit};
use crate::srtp::{DtlsRole, SrtpKeys};

pub struct Transport {
    ice: Agent,
    dtls: Dtls,
    identity: Arc<Identity>,
    /// What our session description offers the peer to send to.
    candidates: Vec<SocketAddr>,
    /// Where the handshake last came from; answers go there until an address is selected.
    dtls_from: Option<SocketAddr>,
    facts: Facts,
}

#[expect(clippy::large_enum_variant, reason = "a server has thousands of one kind, a client one of the other")]
enum Agent {
    Lite(LiteAgent),
    Controlling(Box<ControllingAgent>),
}

#[derive(Default)]
struct Facts {
    dtls_unauthenticated: u64,
    unknown: u64,
}

/// Counters and first times from which the cause of a failure can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransportFacts {
    pub ice: IceFacts,
    pub dtls: DtlsFacts,
    /// DTLS from addresses that ICE has not authenticated; discarded.
    pub dtls_unauthenticated: u64,
    /// Neither STUN nor DTLS.
    pub unknown: u64,
}

#[derive(Debug)]
pub enum TransportEvent {
    /// The first authenticated check, or the first after [`IceDisconnected`](Self::IceDisconnected).
    IceConnected,
    /// Send media to this address from now on.
    Selected {
        address: SocketAddr,
    },
    /// The handshake is done. Again only after the peer signaled another certificate.
    DtlsConnected(SrtpKeys),
    DtlsFailed(DtlsFailure),
    /// No authenticated check for [`crate::ice::CONSENT_MAX`]. The peer may come back.
    IceDisconnected,
    /// The peer said goodbye.
    Closed,
}

/// Why a datagram changed nothing. For counters and tests; there is nothing to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// Neither STUN nor DTLS by its first byte (RFC 7983).
    Unknown,
    Stun(StunRefusal),
    /// DTLS from an address without an authenticated check.
    Unauthenticated,
}

/// What a datagram is, by its first byte (RFC 7983).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatagramKind {
    Stun,
    Dtls,
    /// RTP or RTCP, told apart by the second byte (RFC 5761).
    Rtp,
    Unknown,
}

impl DatagramKind {
    #[inline]
    pub fn of(datagram: &[u8]) -> Self {
        match datagram.first() {
            Some(0..=3) => Self::Stun,
            Some(20..=63) => Self::Dtls,
            Some(128..=191) => Self::Rtp,
            _ => Self::Unknown,
        }
    }
}

impl Transport {
    /// The server's end: ICE-lite, DTLS passive unless the client wants to be. `candidates` go into the answer.
    pub fn server(identity: Arc<Identity>, candidates: &[SocketAddr], _now: Instant) -> Self {
        Self::new(identity, candidates, Agent::Lite(LiteAgent::new()), DtlsRole::Server)
    }

    /// The native client's end: ICE controlling, DTLS active unless the server will be. `local` are the addresses of its sockets.
    pub fn client(identity: Arc<Identity>, local: &[SocketAddr], now: Instant) -> Self {
        let agent = Agent::Controlling(Box::new(ControllingAgent::new(local, now)));
        Self::new(identity, local, agent, DtlsRole::Client)
    }

    fn new(identity: Arc<Identity>, candidates: &[SocketAddr], ice: Agent, role: DtlsRole) -> Self {
        Self {
            ice,
            dtls: Dtls::new(Arc::clone(&identity), role),
            identity,
            candidates: candidates.to_vec(),
            dtls_from: None,
            facts: Facts::default(),
        }
    }

    /// The user fragment of ours that the peer's checks name first. Changes with an ICE restart.
    pub fn local_ufrag(&self) -> &str {
        &self.local().ufrag
    }

    /// What the peer needs to know of us.
    pub fn local_params(&self) -> TransportParams {
        let local = self.local();
        TransportParams {
            ufrag: local.ufrag.clone(),
            pwd: local.pwd.clone(),
            fingerprint: self.identity.fingerprint().clone(),
            candidates: self.candidates.clone(),
            setup: self.dtls.role().into(),
            ice_lite: matches!(self.ice, Agent::Lite(_)),
        }
    }

    /// The same, in an answer to a peer that said this of itself.
    pub fn answer_params(&self, remote: &TransportParams) -> TransportParams {
        TransportParams { setup: self.role_beside(remote).into(), ..self.local_params() }
    }

    /// The DTLS role that the peer's leaves to us (RFC 8842, 5.3). Once the handshake has begun it is the one it began with; with
    /// another certificate another one begins, whose roles are open.
    fn role_beside(&self, remote: &TransportParams) -> DtlsRole {
        let is_open = !self.dtls.has_begun_with(&remote.fingerprint);
        match remote.setup {
            Setup::Active if is_open => DtlsRole::Server,
            Setup::Passive if is_open => DtlsRole::Client,
            _ => self.dtls.role(),
        }
    }

    /// What the peer said of itself. Other credentials than before restart ICE: then [`local_ufrag`](Self::local_ufrag) and
    /// password have changed as well, and media goes on to the selected address meanwhile.
    pub fn set_remote(&mut self, params: &TransportParams) {
        let remote = Credentials { ufrag: params.ufrag.clone(), pwd: params.pwd.clone() };
        let role = self.role_beside(params);
        self.dtls.expect(params.fingerprint.clone());
        self.dtls.set_role(role);
        match &mut self.ice {
            Agent::Lite(agent) => agent.set_remote(remote),
            Agent::Controlling(agent) => agent.set_remote(remote, &params.candidates),
        };
    }

    /// The client begins an ICE restart: its next offer carries new credentials. The server only ever answers one.
    pub fn restart_ice(&mut self) {
        if let Agent::Controlling(agent) = &mut self.ice {
            agent.restart();
        }
    }

    /// STUN and DTLS only; media goes to the SRTP receiver.
    pub fn handle_datagram(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        datagram: &[u8],
        now: Instant,
    ) -> Result<(), TransportError> {
        match DatagramKind::of(datagram) {
            DatagramKind::Stun => {
                let outcome = match &mut self.ice {
                    Agent::Lite(agent) => agent.handle_stun(from, datagram, now),
                    Agent::Controlling(agent) => agent.handle_stun(from, to, datagram, now),
                };
                self.start_dtls_once_selected(now);
                outcome.map_err(TransportError::Stun)
            }
            DatagramKind::Dtls if self.authenticated(from) => {
                self.dtls_from = Some(from);
                self.dtls.handle_datagram(datagram, now);
                Ok(())
            }
            DatagramKind::Dtls => {
                self.facts.dtls_unauthenticated += 1;
                Err(TransportError::Unauthenticated)
            }
            DatagramKind::Rtp | DatagramKind::Unknown => {
                self.facts.unknown += 1;
                Err(TransportError::Unknown)
            }
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        match &mut self.ice {
            Agent::Lite(agent) => agent.handle_timeout(now),
            Agent::Controlling(agent) => agent.handle_timeout(now),
        }
        self.start_dtls_once_selected(now);
        self.dtls.handle_timeout(now);
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let ice = match &self.ice {
            Agent::Lite(agent) => agent.poll_timeout(),
            Agent::Controlling(agent) => agent.poll_timeout(),
        };
        [ice, self.dtls.poll_timeout()].into_iter().flatten().min()
    }

    /// Replaces the contents of `out` with the next datagram and returns where it goes.
    pub fn poll_transmit(&mut self, out: &mut Vec<u8>) -> Option<SocketAddr> {
        out.clear();
        let stun = match &mut self.ice {
            Agent::Lite(agent) => agent.poll_transmit(),
            Agent::Controlling(agent) => agent.poll_transmit(),
        };
        if let Some(StunTransmit { destination, message }) = stun {
            out.extend_from_slice(&message);
            return Some(destination);
        }
        let destination = self.addresses().selected().or(self.dtls_from)?;
        out.extend_from_slice(&self.dtls.poll_transmit()?);
        Some(destination)
    }

    pub fn poll_event(&mut self) -> Option<TransportEvent> {
        let ice = match &mut self.ice {
            Agent::Lite(agent) => agent.poll_event(),
            Agent::Controlling(agent) => agent.poll_event(),
        };
        if let Some(event) = ice {
            return Some(match event {
                IceEvent::Connected => TransportEvent::IceConnected,
                IceEvent::Selected(address) => TransportEvent::Selected { address },
                IceEvent::Disconnected => TransportEvent::IceDisconnected,
            });
        }
        Some(match self.dtls.poll_event()? {
            DtlsEvent::Connected(keys) => TransportEvent::DtlsConnected(keys),
            DtlsEvent::Failed(failure) => TransportEvent::DtlsFailed(failure),
            DtlsEvent::Closed => TransportEvent::Closed,
        })
    }

    /// Whether this address has passed an authenticated check, and is remembered.
    #[inline]
    pub fn authenticated(&self, from: SocketAddr) -> bool {
        self.addresses().contains(from)
    }

    /// Where media goes.
    pub fn selected(&self) -> Option<SocketAddr> {
        self.addresses().selected()
    }

    /// All addresses that are [`authenticated`](Self::authenticated), at most [`crate::ice::ADDRESSES_MAX`].
    pub fn authenticated_addresses(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.addresses().iter()
    }

    pub fn facts(&self) -> TransportFacts {
        TransportFacts {
            ice: *match &self.ice {
                Agent::Lite(agent) => agent.facts(),
                Agent::Controlling(agent) => agent.facts(),
            },
            dtls: *self.dtls.facts(),
            dtls_unauthenticated: self.facts.dtls_unauthenticated,
            unknown: self.facts.unknown,
        }
    }

    /// Queues a goodbye to the peer; poll once more before dropping.
    pub fn close(&mut self, now: Instant) {
        self.dtls.close(now);
    }

    fn start_dtls_once_selected(&mut self, now: Instant) {
        if self.addresses().selected().is_some() {
            self.dtls.start(now);
        }
    }

    fn local(&self) -> &Credentials {
        match &self.ice {
            Agent::Lite(agent) => agent.local(),
            Agent::Controlling(agent) => agent.local(),
        }
    }

    fn addresses(&self) -> &Addresses {
        match &self.ice {
            Agent::Lite(agent) => agent.addresses(),
            Agent::Controlling(agent) => agent.addresses(),
        }
    }
}
