//! The server's agent: ICE-lite (RFC 8445, 2.5). It answers checks, learns addresses from them, and sends to the one that the
//! peer nominates. It has no timers but that of consent.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use is::stun::{StunMessage, TransId};

use super::addresses::Addresses;
use super::{CONSENT_MAX, Credentials, IceEvent, IceFacts, StunRefusal, StunTransmit, sha1_hmac};

/// Transactions remembered against replay from another address.
const TRANSACTIONS_MAX: usize = 32;

/// Answers waiting to be polled; a caller that polls after each datagram never has more than one.
const TRANSMITS_MAX: usize = 16;

/// A path of lower priority is taken over only when the selected one has not been nominated for this long. A browser repeats the
/// nomination of its selected path every 2.5 s; an aggressively nominating peer names several paths in turn.
const NOMINATION_FRESH: Duration = Duration::from_secs(3);

/// Longest answer: header, mapped IPv6 address, integrity and fingerprint.
const STUN_ANSWER_BYTES_MAX: usize = 128;

pub struct LiteAgent {
    local: Credentials,
    remote: Option<Credentials>,
    /// Of before an ICE restart: the peer goes on checking with them until it has our answer (RFC 8445, 2.4).
    previous: Option<(Credentials, Credentials)>,
    addresses: Addresses,
    nomination: Option<Nomination>,
    connected: bool,
    transactions: VecDeque<(TransId, SocketAddr)>,
    transmits: VecDeque<StunTransmit>,
    events: VecDeque<IceEvent>,
    facts: IceFacts,
}

struct Nomination {
    priority: u32,
    repeated_at: Instant,
}

impl Default for LiteAgent {
    fn default() -> Self {
        Self::new()
    }
}

impl LiteAgent {
    pub fn new() -> Self {
        Self {
            local: Credentials::random(),
            remote: None,
            previous: None,
            addresses: Addresses::default(),
            nomination: None,
            connected: false,
            transactions: VecDeque::new(),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
            facts: IceFacts::default(),
        }
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

    /// The peer's credentials. Other ones than before restart ICE: ours change too, and the selected address stays in use until
    /// the peer nominates under the new ones. Returns whether it was a restart.
    pub fn set_remote(&mut self, remote: Credentials) -> bool {
        match self.remote.replace(remote.clone()) {
            None => false,
            Some(same) if same == remote => false,
            Some(old) => {
                let old_local = std::mem::replace(&mut self.local, Credentials::random());
                self.previous = Some((old_local, old));
                self.nomination = None;
                true
            }
        }
    }

    pub fn handle_stun(&mut self, from: SocketAddr, datagram: &[u8], now: Instant) -> Result<(), StunRefusal> {
        self.facts.stun_messages += 1;
        self.facts.first_stun_at.get_or_insert(now);
        let outcome = self.answer(from, datagram, now);
        if let Err(refusal) = outcome {
            self.facts.refused(refusal);
        }
        outcome
    }

    fn answer(&mut self, from: SocketAddr, datagram: &[u8], now: Instant) -> Result<(), StunRefusal> {
        let request = StunMessage::parse(datagram).map_err(|_| StunRefusal::Malformed)?;
        if !request.is_binding_request() {
            return Err(StunRefusal::Unexpected);
        }
        let (ours, theirs) = request.split_username().ok_or(StunRefusal::Malformed)?;
        let names = |(local, remote): (&Credentials, &Credentials)| local.ufrag == ours && remote.ufrag == theirs;
        let current = self.remote.as_ref().map(|remote| (&self.local, remote));
        let previous = self.previous.as_ref().map(|(local, remote)| (local, remote));
        let is_current = current.is_some_and(names);
        let (local, _) = current
            .filter(|&pair| names(pair))
            .or(previous.filter(|&pair| names(pair)))
            .ok_or(StunRefusal::UnknownUser)?;
        if !request.verify(local.pwd.as_bytes(), sha1_hmac) {
            return Err(StunRefusal::BadIntegrity);
        }
        let transaction = request.trans_id();
        let password = local.pwd.as_bytes();
        if request.ice_controlled().is_some() {
            let conflict = encode(StunMessage::binding_role_conflict_reply(transaction), password);
            self.transmit(from, conflict);
            return Err(StunRefusal::RoleConflict);
        }
        let known = self.transactions.iter().find(|(id, _)| *id == transaction);
        if known.is_some_and(|&(_, address)| address != from) {
            return Err(StunRefusal::Replayed);
        }
        let reply = encode(StunMessage::binding_reply(transaction, from), password);
        if known.is_none() {
            if self.transactions.len() >= TRANSACTIONS_MAX {
                self.transactions.pop_front();
            }
            self.transactions.push_back((transaction, from));
        }
        self.transmit(from, reply);
        self.facts.authenticated(now);
        self.addresses.checked(from, now);
        if is_current {
            self.previous = None;
        }
        if !self.connected {
            self.connected = true;
            self.events.push_back(IceEvent::Connected);
        }
        if request.use_candidate() {
            self.nominated(from, request.prio().unwrap_or(0), now);
        }
        Ok(())
    }

    fn nominated(&mut self, from: SocketAddr, priority: u32, now: Instant) {
        let is_selected = self.addresses.selected() == Some(from);
        let yields = match &self.nomination {
            None => true,
            Some(current) => priority >= current.priority || now >= current.repeated_at + NOMINATION_FRESH,
        };
        if !is_selected && !yields {
            return;
        }
        self.nomination = Some(Nomination { priority, repeated_at: now });
        if !is_selected {
            self.addresses.select(from);
            self.facts.selected_at.get_or_insert(now);
            self.events.push_back(IceEvent::Selected(from));
        }
    }

    fn transmit(&mut self, destination: SocketAddr, message: Vec<u8>) {
        if self.transmits.len() < TRANSMITS_MAX {
            self.transmits.push_back(StunTransmit { destination, message });
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if self.connected && self.consent_ends_at().is_some_and(|end| now >= end) {
            self.connected = false;
            self.events.push_back(IceEvent::Disconnected);
        }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.consent_ends_at().filter(|_| self.connected)
    }

    pub fn poll_transmit(&mut self) -> Option<StunTransmit> {
        self.transmits.pop_front()
    }

    pub fn poll_event(&mut self) -> Option<IceEvent> {
        self.events.pop_front()
    }

    fn consent_ends_at(&self) -> Option<Instant> {
        Some(self.facts.last_authenticated_at? + CONSENT_MAX)
    }
}

fn encode(message: StunMessage<'_>, password: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; STUN_ANSWER_BYTES_MAX];
    let len = message.to_bytes(Some(password), &mut bytes, sha1_hmac).expect("an answer of bounded attributes");
    bytes.truncate(len);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMOTE: &str = "client";

    fn agent() -> LiteAgent {
        let mut agent = LiteAgent::new();
        agent.set_remote(Credentials { ufrag: REMOTE.to_owned(), pwd: "the-password-of-the-client".to_owned() });
        agent
    }

    fn address(port: u16) -> SocketAddr {
        ([198, 51, 100, 7], port).into()
    }

    fn check(agent: &LiteAgent, is_controlling: bool, priority: u32, nominates: bool) -> Vec<u8> {
        let username = format!("{}:{REMOTE}", agent.local().ufrag);
        let request = StunMessage::binding_request(&username, TransId::new(), is_controlling, 1, priority, nominates);
        let mut bytes = vec![0; 256];
        let len = request.to_bytes(Some(agent.local().pwd.as_bytes()), &mut bytes, sha1_hmac).unwrap();
        bytes.truncate(len);
        bytes
    }

    fn nominate(agent: &mut LiteAgent, port: u16, priority: u32, now: Instant) {
        let request = check(agent, true, priority, true);
        agent.handle_stun(address(port), &request, now).unwrap();
        let reply = agent.poll_transmit().unwrap();
        assert_eq!(reply.destination, address(port));
        let mapped = StunMessage::parse(&reply.message).unwrap().mapped_address();
        assert_eq!(mapped, Some(address(port)));
    }

    #[test]
    fn a_check_without_nomination_authenticates_and_selects_nothing() {
        let mut agent = agent();
        let request = check(&agent, true, 1, false);
        agent.handle_stun(address(1), &request, Instant::now()).unwrap();
        assert!(agent.addresses().contains(address(1)));
        assert_eq!(agent.addresses().selected(), None);
        assert_eq!(agent.poll_event(), Some(IceEvent::Connected));
        assert_eq!(agent.poll_event(), None);
    }

    #[test]
    fn the_best_of_several_nominated_paths_is_selected_until_it_falls_silent() {
        let mut agent = agent();
        let start = Instant::now();
        nominate(&mut agent, 1, 100, start);
        nominate(&mut agent, 2, 200, start);
        assert_eq!(agent.addresses().selected(), Some(address(2)));
        // An aggressively nominating peer names the worse one again and again.
        nominate(&mut agent, 1, 100, start + NOMINATION_FRESH / 2);
        assert_eq!(agent.addresses().selected(), Some(address(2)));
        nominate(&mut agent, 1, 100, start + NOMINATION_FRESH);
        assert_eq!(agent.addresses().selected(), Some(address(1)));
    }

    #[test]
    fn a_peer_that_also_believes_to_be_controlled_is_told_so() {
        let mut agent = agent();
        let request = check(&agent, false, 1, false);
        let outcome = agent.handle_stun(address(1), &request, Instant::now());
        assert_eq!(outcome, Err(StunRefusal::RoleConflict));
        let reply = agent.poll_transmit().unwrap();
        assert_eq!(StunMessage::parse(&reply.message).unwrap().error_code(), Some((487, "Role Conflict")));
        assert!(!agent.addresses().contains(address(1)));
    }

    #[test]
    fn answers_nobody_polls_are_bounded() {
        let mut agent = agent();
        let now = Instant::now();
        for _ in 0..2 * TRANSMITS_MAX {
            let request = check(&agent, true, 1, true);
            agent.handle_stun(address(1), &request, now).unwrap();
        }
        assert_eq!(std::iter::from_fn(|| agent.poll_transmit()).count(), TRANSMITS_MAX);
    }
}
