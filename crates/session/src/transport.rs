//! The media transport of a connection, as far as the rules of the room depend on it.
//!
//! ```text
//! none → opening → up → none
//!           ↓
//!        failed → none
//! ```
//! It is opened by the first attempt to publish or subscribe. One that failed is closed with the last attempt that waited for
//! it, one that was lost takes all streams and subscriptions with it; the next attempt opens another. Short silences, and a
//! change of the client's address, are the plane's own business: it reports a loss only when it has given up.

use exedra_contract::cause::{Fact, Facts, decide};
use exedra_contract::wire::{EndReason, EventBody};
use exedra_contract::{Fault, faults};
use serde_json::Value;

use crate::attempt::Subject;
use crate::effect::{MediaOp, Trigger};
use crate::keys::{ConnectionKey, PeerKey, TrackKey};
use crate::log::LogBody;
use crate::room::{Room, Turn};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    None,
    Opening(PeerKey),
    Up(PeerKey),
    Failed(PeerKey),
}

impl Transport {
    pub fn peer(self) -> Option<PeerKey> {
        match self {
            Transport::None => None,
            Transport::Opening(peer) | Transport::Up(peer) | Transport::Failed(peer) => Some(peer),
        }
    }

    pub fn is_up(self) -> bool {
        matches!(self, Transport::Up(_))
    }
}

impl Room {
    /// The connection's transport, opened if it has none. The connection must exist.
    pub(crate) fn open_peer(&mut self, key: ConnectionKey, turn: &mut Turn) -> PeerKey {
        if let Some(peer) = self.connections[&key].transport.peer() {
            return peer;
        }
        let peer: PeerKey = self.names.key();
        self.set_transport(key, Transport::Opening(peer));
        self.directory.peers.insert(peer, key);
        turn.media(MediaOp::OpenPeer { peer });
        peer
    }

    pub(crate) fn transport_up(&mut self, peer: PeerKey, turn: &mut Turn) {
        let Some(&key) = self.directory.peers.get(&peer) else { return };
        if self.connections[&key].transport.is_up() {
            return;
        }
        self.set_transport(key, Transport::Up(peer));
        self.log(LogBody::TransportUp { connection_id: self.connections[&key].id.clone() }, turn);
        self.settle_attempts(key, turn);
    }

    pub(crate) fn transport_failed(&mut self, peer: PeerKey, turn: &mut Turn) {
        let Some(&key) = self.directory.peers.get(&peer) else { return };
        if self.connections[&key].transport != Transport::Opening(peer) {
            return;
        }
        self.set_transport(key, Transport::Failed(peer));
        self.log(LogBody::TransportFailed { connection_id: self.connections[&key].id.clone() }, turn);
        for subject in self.pending_attempts(key) {
            self.begin_diagnosis(subject, Trigger::TransportFailed, turn);
        }
        self.close_useless_peer(key, turn);
    }

    pub(crate) fn transport_lost(&mut self, peer: PeerKey, silent_ms: Option<u64>, turn: &mut Turn) {
        let Some(&key) = self.directory.peers.get(&peer) else { return };
        let connection = &self.connections[&key];
        if connection.transport != Transport::Up(peer) {
            return;
        }
        let (streams, subscriptions) = (connection.streams.clone(), connection.subscriptions.clone());
        let fault = silent_ms.map(|silent_ms| silence(silent_ms, connection.attachment.is_some()));
        let cause = fault.as_ref().and_then(Fault::cause).map(|cause| cause.id.clone());
        let error = fault.and_then(|fault| serde_json::to_value(fault.problem(None)).ok());
        let pending = self.pending_attempts(key);
        self.log(LogBody::TransportLost { connection_id: self.connections[&key].id.clone(), cause }, turn);
        self.set_transport(key, Transport::Failed(peer));
        let reason = EndReason::NetworkDisconnected;
        for subscription in subscriptions.into_iter().filter(|&key| !pending.contains(&Subject::Subscribe(key))) {
            let subscription_id = self.subscriptions[&subscription].id.clone();
            self.remove_subscription(subscription, reason, turn);
            let ended = match &error {
                Some(error) => failed("subscribe", subscription_id, error),
                None => EventBody::SubscriptionEnded { subscription_id, reason },
            };
            self.send(key, ended, turn);
        }
        for stream in streams.into_iter().filter(|&key| !pending.contains(&Subject::Publish(key))) {
            if let Some(error) = &error {
                self.send(key, failed("publish", self.streams[&stream].id.clone(), error), turn);
            }
            self.end_stream(stream, reason, turn);
        }
        for subject in pending {
            self.begin_diagnosis(subject, Trigger::TransportFailed, turn);
        }
        self.close_useless_peer(key, turn);
    }

    /// Closes a transport that does not work and that nothing depends on any more.
    pub(crate) fn close_useless_peer(&mut self, key: ConnectionKey, turn: &mut Turn) {
        let Some(connection) = self.connections.get(&key) else { return };
        if let Transport::Failed(peer) = connection.transport
            && connection.is_idle()
        {
            self.set_transport(key, Transport::None);
            self.directory.peers.remove(&peer);
            turn.media(MediaOp::ClosePeer { peer });
        }
    }

    pub(crate) fn media_arrived(&mut self, track: TrackKey, turn: &mut Turn) {
        let Some(stream) = self.directory.tracks.get(&track).and_then(|key| self.streams.get(key)) else { return };
        let (stream_id, audio) = (stream.id.clone(), stream.audio == Some(track));
        self.log(LogBody::MediaArrived { stream_id, audio }, turn);
    }

    fn set_transport(&mut self, key: ConnectionKey, transport: Transport) {
        if let Some(connection) = self.connections.get_mut(&key) {
            connection.transport = transport;
        }
    }
}

/// Why everything on a transport ends that had worked.
fn silence(silent_ms: u64, signaling_alive: bool) -> Fault {
    let mut facts = Facts::default();
    facts
        .observe(Fact::MediaWasUp, true)
        .observe_with(Fact::MediaAlive, false, format!("for {:.0} s", silent_ms as f64 / 1000.0))
        .observe(Fact::SignalingAlive, signaling_alive);
    let fault = faults::transport_lost(silent_ms);
    match decide(&facts) {
        Some(cause) => fault.with_cause(cause),
        None => fault,
    }
}

fn failed(operation: &str, subject_id: String, error: &Value) -> EventBody {
    EventBody::OperationFailed { operation: operation.to_owned(), subject_id, error: error.clone() }
}
