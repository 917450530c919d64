//! Finds things by the names that others use: clients by id, the media plane by its own keys.

use std::collections::BTreeMap;

use crate::keys::{ConnectionKey, FlowKey, PeerKey, StreamKey, SubscriptionKey, TrackKey};

#[derive(Debug, Default)]
pub(crate) struct Directory {
    pub connections: BTreeMap<String, ConnectionKey>,
    pub streams: BTreeMap<String, StreamKey>,
    pub subscriptions: BTreeMap<String, SubscriptionKey>,
    pub peers: BTreeMap<PeerKey, ConnectionKey>,
    pub tracks: BTreeMap<TrackKey, StreamKey>,
    pub flows: BTreeMap<FlowKey, SubscriptionKey>,
}

impl Directory {
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
            && self.streams.is_empty()
            && self.subscriptions.is_empty()
            && self.peers.is_empty()
            && self.tracks.is_empty()
            && self.flows.is_empty()
    }
}
