//! A peer whose cable is cut for a while: nothing of it is found, nothing goes out to it, and nobody is told. What follows
//! (checks unanswered, silence, a transport given up) follows by itself.
//!
//! Costs nothing while it is not used: the peer is taken out of the maps by which datagrams find it.

use std::time::{Duration, Instant};

use super::Plane;
use crate::ids::PeerId;
use crate::peer::PeerKey;
use crate::send_path::SendPath;

/// What is put back when the time is over.
pub struct Unplugged {
    pub until_us: u64,
    path: Option<SendPath>,
}

impl Plane {
    /// Loses every datagram from and to the peer from now on, for this long.
    pub fn unplug(&mut self, peer: PeerId, duration: Duration, now: Instant) {
        let Some(&key) = self.peer_keys.get(&peer) else { return };
        let Some(peer) = self.peers.get_mut(key) else { return };
        let until_us = self.clock.us(now) + duration.as_micros() as u64;
        match &mut peer.unplugged {
            Some(unplugged) => unplugged.until_us = unplugged.until_us.max(until_us),
            None => peer.unplugged = Some(Box::new(Unplugged { until_us, path: peer.path.take() })),
        }
        self.by_ufrag.remove(&peer.ufrag);
        self.by_address.retain(|_, of| *of != key);
        self.schedule(key, until_us);
    }

    /// Puts everything back once the time is over.
    pub(super) fn replug(&mut self, key: PeerKey, now_us: u64) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let Some(unplugged) = peer.unplugged.take_if(|unplugged| unplugged.until_us <= now_us) else { return };
        peer.path = unplugged.path;
        self.by_ufrag.insert(peer.ufrag.clone(), key);
        for address in &peer.addresses {
            self.by_address.insert(*address, key);
        }
        self.begin_subscriptions(key, now_us);
    }
}
