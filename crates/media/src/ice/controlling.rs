//! The native client's agent: a full one that checks the server's candidates, nominates the best and keeps its consent fresh.
//! Wraps the agent of the `is` crate.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use is::stun::{StunMessage, StunPacket};
use is::{Candidate, IceAgent, IceAgentEvent, IceConnectionState, IceCreds, Protocol};

use super::addresses::Addresses;
use super::{Credentials, IceEvent, IceFacts, StunHmac, StunRefusal, StunTransmit};

/// Until a path is found, checks are dense: a lost one must not cost seconds.
const SEARCH_INTERVAL_FIRST: Duration = Duration::from_millis(100);
const SEARCH_INTERVAL_LONGEST: Duration = Duration::from_millis(200);
/// 20 s, longer than anybody waits for a call.
const SEARCH_CHECKS_MAX: usize = 100;

/// On the chosen path they only keep consent; unanswered for 16 s, it is given up.
const CONSENT_INTERVAL: Duration = Duration::from_secs(2);
const CONSENT_CHECKS_MAX: usize = 12;

pub struct ControllingAgent {
    agent: IceAgent,
    local: Credentials,
    remote: Option<Credentials>,
    addresses: Addresses,
    connected: bool,
    events: VecDeque<IceEvent>,
    facts: IceFacts,
    timeout: Option<Instant>,
}

impl ControllingAgent {
    pub fn new(local_addresses: &[SocketAddr], now: Instant) -> Self {
        let local = Credentials::random();
        let mut agent = IceAgent::with_hmac(to_is(&local), &StunHmac);
        agent.set_controlling(true);
        agent.set_initial_stun_rto(SEARCH_INTERVAL_FIRST);
        for &address in local_addresses {
            if let Ok(candidate) = Candidate::host(address, Protocol::Udp) {
                agent.add_local_candidate(candidate);
            }
        }
        let mut new = Self {
            agent,
            local,
            remote: None,
            addresses: Addresses::default(),
            connected: false,
            events: VecDeque::new(),
            facts: IceFacts::default(),
            timeout: None,
        };
        new.search();
        new.handle_timeout(now);
        new
    }

    pub fn local(&self) -> &Credentials {
        &self.local
    }

    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    pub fn facts(&self) -> &IceFacts {
        &self.facts
    }

    fn search(&mut self) {
        self.agent.set_max_stun_rto(SEARCH_INTERVAL_LONGEST);
        self.agent.set_max_stun_retransmits(SEARCH_CHECKS_MAX);
    }

    fn keep_consent(&mut self) {
        self.agent.set_max_stun_rto(CONSENT_INTERVAL);
        self.agent.set_max_stun_retransmits(CONSENT_CHECKS_MAX);
    }

    /// New local credentials for the next offer; the answer's complete the restart.
    pub fn restart(&mut self) {
        self.local = Credentials::random();
        self.agent.ice_restart(to_is(&self.local), true);
        self.remote = None;
        self.search();
        self.collect();
    }

    pub fn set_remote(&mut self, remote: Credentials, candidates: &[SocketAddr]) -> bool {
        let restarted = self.remote.as_ref().is_some_and(|old| *old != remote);
        if self.remote.as_ref() != Some(&remote) {
            self.agent.set_remote_credentials(to_is(&remote));
            self.remote = Some(remote);
        }
        for &address in candidates {
            if let Ok(candidate) = Candidate::host(address, Protocol::Udp) {
                self.agent.add_remote_candidate(candidate);
            }
        }
        self.collect();
        restarted
    }

    pub fn handle_stun(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        datagram: &[u8],
        now: Instant,
    ) -> Result<(), StunRefusal> {
        self.facts.stun_messages += 1;
        self.facts.first_stun_at.get_or_insert(now);
        let outcome = match StunMessage::parse(datagram) {
            Err(_) => Err(StunRefusal::Malformed),
            Ok(message) => {
                let packet = StunPacket { proto: Protocol::Udp, source: from, destination: to, message };
                match self.agent.handle_packet(now, packet) {
                    true => Ok(()),
                    false => Err(StunRefusal::BadIntegrity),
                }
            }
        };
        match outcome {
            Ok(()) => {
                self.facts.authenticated(now);
                self.addresses.checked(from, now);
                self.handle_timeout(now);
            }
            Err(refusal) => self.facts.refused(refusal),
        }
        outcome
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.agent.handle_timeout(now);
        self.collect();
        if self.addresses.selected().is_some() {
            self.facts.selected_at.get_or_insert(now);
        }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timeout
    }

    pub fn poll_transmit(&mut self) -> Option<StunTransmit> {
        let transmit = self.agent.poll_transmit()?;
        self.timeout = self.agent.poll_timeout();
        Some(StunTransmit { destination: transmit.destination, message: transmit.contents.to_vec() })
    }

    pub fn poll_event(&mut self) -> Option<IceEvent> {
        self.events.pop_front()
    }

    fn collect(&mut self) {
        while let Some(event) = self.agent.poll_event() {
            match event {
                IceAgentEvent::NominatedSend { destination, .. } => {
                    if self.addresses.selected() != Some(destination) {
                        self.addresses.select(destination);
                        self.events.push_back(IceEvent::Selected(destination));
                    }
                }
                IceAgentEvent::IceConnectionStateChange(state) => self.state_changed(state),
                IceAgentEvent::DiscoveredRecv { .. } | IceAgentEvent::IceRestart(_) => {}
            }
        }
        self.timeout = self.agent.poll_timeout();
    }

    fn state_changed(&mut self, state: IceConnectionState) {
        if state.is_connected() && !self.connected {
            self.connected = true;
            self.keep_consent();
            self.events.push_back(IceEvent::Connected);
        } else if state.is_disconnected() && self.connected {
            self.connected = false;
            self.events.push_back(IceEvent::Disconnected);
        }
    }
}

fn to_is(credentials: &Credentials) -> IceCreds {
    IceCreds { ufrag: credentials.ufrag.clone(), pass: credentials.pwd.clone() }
}
