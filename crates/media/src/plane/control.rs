//! ICE and DTLS of a peer: finding it, following its transport, giving it up in time.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::{Plane, mark};
use crate::egress::Egress;
use crate::event::{PlaneEvent, TransportFailure, TransportLoss};
use crate::limits::{PEER_SILENCE_MAX, TRANSPORT_SETUP_MAX};
use crate::peer::{Peer, PeerKey, PeerState};
use crate::send_path::SendPath;
use crate::srtp::SrtpKeys;
use crate::track::{EncodingSet, SubscriberRef};
use crate::transport::{TransportError, TransportEvent};

/// Transport events of one datagram: more means that the transport repeats itself.
const EVENTS_PER_POLL_MAX: usize = 16;

const STUN_HEADER_BYTES: usize = 20;
const STUN_USERNAME: u16 = 0x0006;

impl Plane {
    pub(super) fn receive_stun(&mut self, from: SocketAddr, datagram: &[u8], now: Instant, egress: &mut impl Egress) {
        let key = local_ufrag(datagram).and_then(|ufrag| self.by_ufrag.get(ufrag));
        match key {
            Some(&key) => self.receive_control(key, from, datagram, now, egress),
            None => self.counters.unknown_ufrag += 1,
        }
    }

    pub(super) fn receive_dtls(&mut self, from: SocketAddr, datagram: &[u8], now: Instant, egress: &mut impl Egress) {
        match self.by_address.get(&from) {
            Some(&key) => self.receive_control(key, from, datagram, now, egress),
            None => self.counters.unauthenticated += 1,
        }
    }

    fn receive_control(
        &mut self,
        key: PeerKey,
        from: SocketAddr,
        datagram: &[u8],
        now: Instant,
        egress: &mut impl Egress,
    ) {
        let now_us = self.clock.us(now);
        let Some(peer) = self.peers.get_mut(key).filter(|peer| peer.state != PeerState::Over) else { return };
        let to = self.config.candidates.first().copied().unwrap_or(from);
        let handled = catch_unwind(AssertUnwindSafe(|| peer.transport.handle_datagram(from, to, datagram, now)));
        match handled {
            Ok(Ok(())) => peer.heard_us = now_us,
            Ok(Err(TransportError::Unauthenticated)) => self.counters.unauthenticated += 1,
            Ok(Err(TransportError::Stun(_) | TransportError::Unknown)) => self.counters.refused_control += 1,
            Err(_) => return self.contain_panic(key),
        }
        self.contained(key, |plane| {
            plane.follow_transport(key, now_us, egress);
            plane.reschedule(key, now_us);
        });
    }

    /// Does what the transport says, sends what it has to say, and keeps the maps that find it.
    pub(super) fn follow_transport(&mut self, key: PeerKey, now_us: u64, egress: &mut impl Egress) {
        for _ in 0..EVENTS_PER_POLL_MAX {
            let Some(peer) = self.peers.get_mut(key).filter(|peer| peer.state != PeerState::Over) else { return };
            let Some(event) = peer.transport.poll_event() else { break };
            match event {
                TransportEvent::IceConnected | TransportEvent::IceDisconnected => {}
                TransportEvent::Selected { address } => {
                    if let Some(path) = &mut peer.path {
                        path.address = address;
                    }
                }
                TransportEvent::DtlsConnected(keys) => self.adopt_keys(key, keys, now_us),
                TransportEvent::DtlsFailed(_) if peer.state == PeerState::Connecting => {
                    self.fail(key, TransportFailure::DtlsFailed);
                }
                TransportEvent::DtlsFailed(_) | TransportEvent::Closed => self.end(key, TransportLoss::Closed),
            }
        }
        let Some(peer) = self.peers.get_mut(key) else { return };
        peer.transmit(&mut self.scratch.datagram, egress);
        self.learn_addresses(key);
    }

    /// Media can flow from here on.
    fn adopt_keys(&mut self, key: PeerKey, keys: SrtpKeys, now_us: u64) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let address = peer.transport.selected().or_else(|| peer.transport.authenticated_addresses().next());
        let Some(address) = address else { return };
        let (sender, receiver) = keys.split();
        let mut path = SendPath::new(sender, address, now_us);
        for subscription in peer.subscriptions.iter_mut().flatten() {
            subscription.open_streams(&mut path);
        }
        peer.srtp = Some(receiver);
        peer.path = Some(path);
        if peer.state == PeerState::Connecting {
            peer.state = PeerState::Up;
            let id = peer.id;
            self.emit(PlaneEvent::TransportUp { peer: id });
        }
        self.begin_subscriptions(key, now_us);
    }

    /// Lets every subscription of a peer look for a place to begin.
    pub(super) fn begin_subscriptions(&mut self, key: PeerKey, now_us: u64) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        for index in 0..peer.subscriptions.len() as u16 {
            mark(peer, SubscriberRef { peer: key, index }, EncodingSet::ALL, &mut self.waiting, now_us);
        }
    }

    /// Media is taken from the addresses that ICE has authenticated, and from no other.
    fn learn_addresses(&mut self, key: PeerKey) {
        let Self { peers, by_address, .. } = self;
        let Some(peer) = peers.get_mut(key) else { return };
        for address in peer.transport.authenticated_addresses() {
            if !peer.addresses.contains(&address) {
                peer.addresses.push(address);
                by_address.insert(address, key);
            }
        }
        let transport = &peer.transport;
        peer.addresses.retain(|address| {
            let is_current = transport.authenticated(*address);
            if !is_current && by_address.get(address) == Some(&key) {
                by_address.remove(address);
            }
            is_current
        });
    }

    /// An ICE restart changes the name by which checks find the peer.
    pub(super) fn learn_ufrag(&mut self, key: PeerKey) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let ufrag = peer.transport.local_ufrag();
        if peer.ufrag != ufrag {
            let before = std::mem::replace(&mut peer.ufrag, ufrag.to_owned());
            self.by_ufrag.remove(&before);
            if peer.unplugged.is_none() {
                self.by_ufrag.insert(peer.ufrag.clone(), key);
            }
        }
    }

    pub(super) fn end_if_silent(&mut self, key: PeerKey, now_us: u64) {
        let Some(peer) = self.peers.get(key) else { return };
        if deadline_us(peer).is_none_or(|deadline_us| now_us < deadline_us) {
            return;
        }
        match peer.state {
            PeerState::Connecting if peer.addresses.is_empty() => self.fail(key, TransportFailure::IceTimeout),
            PeerState::Connecting => self.fail(key, TransportFailure::DtlsTimeout),
            PeerState::Up => self.end(key, TransportLoss::Silence),
            PeerState::Over => {}
        }
    }

    fn fail(&mut self, key: PeerKey, reason: TransportFailure) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        peer.state = PeerState::Over;
        let id = peer.id;
        self.emit(PlaneEvent::TransportFailed { peer: id, reason });
    }
}

/// When a peer from which nothing more comes is given up.
pub(super) fn deadline_us(peer: &Peer) -> Option<u64> {
    match peer.state {
        PeerState::Connecting => Some(peer.negotiated_us? + TRANSPORT_SETUP_MAX.as_micros() as u64),
        PeerState::Up => Some(peer.heard_us + PEER_SILENCE_MAX.as_micros() as u64),
        PeerState::Over => None,
    }
}

/// The receiver's user fragment in a STUN message: the part of USERNAME before the colon (RFC 8445 section 7.2.2).
pub fn local_ufrag(datagram: &[u8]) -> Option<&str> {
    let mut rest = datagram.get(STUN_HEADER_BYTES..)?;
    while let Some((head, tail)) = rest.split_first_chunk::<4>() {
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let len = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = tail.get(..len)?;
        if kind == STUN_USERNAME {
            return std::str::from_utf8(value).ok()?.split(':').next();
        }
        rest = tail.get(len.next_multiple_of(4)..)?;
    }
    None
}
