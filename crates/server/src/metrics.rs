//! Counters and gauges in the Prometheus text format (`/metrics`).
//!
//! Labels come from closed sets only: a label that a client can choose would be a map without a bound.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

pub struct Metrics {
    registry: Registry,
    pub sockets: Gauge,
    pub sockets_accepted: Counter,
    /// Frames of clients that were read.
    pub frames: Counter,
    pub rooms: Gauge,
    pub connections: Gauge,
    pub sessions_created: Counter,
    /// Media transports that ever came up.
    pub transports_up: Counter,
    pub outboxes_overflowed: Counter,
    pub heartbeats_missed: Counter,
    pub panics: Counter,
    pub event_log_batches_lost: Counter,
    /// Faults that left the process, by code.
    pub faults: Family<FaultLabels, Counter>,
    pub http_requests: Family<HttpLabels, Counter>,
    pub shards: Vec<ShardMetrics>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct FaultLabels {
    pub code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct HttpLabels {
    pub route: &'static str,
    pub status: u16,
}

/// Written by the shard's own thread, once for each turn of its loop.
#[derive(Clone, Default)]
pub struct ShardMetrics {
    pub datagrams_received: Gauge<u64, AtomicU64>,
    pub bytes_received: Gauge<u64, AtomicU64>,
    pub datagrams_sent: Gauge<u64, AtomicU64>,
    pub bytes_sent: Gauge<u64, AtomicU64>,
    pub messages_sent: Gauge<u64, AtomicU64>,
    pub dropped_by_kernel: Gauge<u64, AtomicU64>,
    pub dropped_by_backpressure: Gauge<u64, AtomicU64>,
    pub events_dropped: Gauge<u64, AtomicU64>,
    /// Datagrams the kernel refused.
    pub refused: Gauge<u64, AtomicU64>,
    pub peers: Gauge<u64, AtomicU64>,
    pub tracks: Gauge<u64, AtomicU64>,
    pub subscriptions: Gauge<u64, AtomicU64>,
    /// DTLS or media from addresses without an authenticated check.
    pub unauthenticated: Gauge<u64, AtomicU64>,
    /// Nothing a media port is for, or STUN for nobody.
    pub unknown: Gauge<u64, AtomicU64>,
    pub refused_control: Gauge<u64, AtomicU64>,
    pub peer_panics: Gauge<u64, AtomicU64>,
    /// Defects that cost the whole shard its peers.
    pub panics: Counter,
}

impl Metrics {
    pub fn new(shards: usize) -> Self {
        let mut registry = Registry::with_prefix("exedra");
        let mut metrics = Self {
            sockets: Gauge::default(),
            sockets_accepted: Counter::default(),
            frames: Counter::default(),
            rooms: Gauge::default(),
            connections: Gauge::default(),
            sessions_created: Counter::default(),
            transports_up: Counter::default(),
            outboxes_overflowed: Counter::default(),
            heartbeats_missed: Counter::default(),
            panics: Counter::default(),
            event_log_batches_lost: Counter::default(),
            faults: Family::default(),
            http_requests: Family::default(),
            shards: Vec::new(),
            registry: Registry::default(),
        };
        registry.register("sockets", "Signaling sockets that are open", metrics.sockets.clone());
        registry.register("sockets_accepted", "Signaling sockets ever accepted", metrics.sockets_accepted.clone());
        registry.register("frames", "Signaling frames read from clients", metrics.frames.clone());
        registry.register("rooms", "Rooms with at least one connection", metrics.rooms.clone());
        registry.register("connections", "Connections in all rooms", metrics.connections.clone());
        registry.register("transports_up", "Media transports that came up", metrics.transports_up.clone());
        registry.register("sessions_created", "Sessions created", metrics.sessions_created.clone());
        registry.register(
            "outboxes_overflowed",
            "Sockets closed because their client read too slowly",
            metrics.outboxes_overflowed.clone(),
        );
        registry.register(
            "heartbeats_missed",
            "Sockets closed because they were silent",
            metrics.heartbeats_missed.clone(),
        );
        registry.register("panics", "Defects that were contained", metrics.panics.clone());
        registry.register(
            "event_log_batches_lost",
            "Batches of call events that the disk refused",
            metrics.event_log_batches_lost.clone(),
        );
        registry.register("faults", "Faults that left the process", metrics.faults.clone());
        registry.register("http_requests", "HTTP requests answered", metrics.http_requests.clone());
        for shard in 0..shards {
            let counters = ShardMetrics::default();
            counters.register(&mut registry, shard as u32);
            metrics.shards.push(counters);
        }
        metrics.registry = registry;
        metrics
    }

    pub fn fault(&self, code: &'static str) {
        self.faults.get_or_create(&FaultLabels { code }).inc();
    }

    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}

impl ShardMetrics {
    fn register(&self, registry: &mut Registry, shard: u32) {
        let labels = [("shard".into(), shard.to_string().into())];
        let registry = registry.sub_registry_with_labels(labels.into_iter());
        registry.register("udp_datagrams_received", "Datagrams taken from the socket", self.datagrams_received.clone());
        registry.register("udp_bytes_received", "Bytes taken from the socket", self.bytes_received.clone());
        registry.register("udp_datagrams_sent", "Datagrams the kernel took", self.datagrams_sent.clone());
        registry.register("udp_bytes_sent", "Bytes the kernel took", self.bytes_sent.clone());
        registry.register("udp_messages_sent", "GSO messages the kernel took", self.messages_sent.clone());
        registry.register(
            "udp_dropped_by_kernel",
            "Datagrams lost to a full receive buffer",
            self.dropped_by_kernel.clone(),
        );
        registry.register(
            "udp_dropped_by_backpressure",
            "Datagrams lost to a full send buffer",
            self.dropped_by_backpressure.clone(),
        );
        registry.register("media_events_dropped", "Media events a room had no place for", self.events_dropped.clone());
        registry.register("udp_refused", "Datagrams the kernel refused", self.refused.clone());
        registry.register("media_peers", "Peers on the shard", self.peers.clone());
        registry.register("media_tracks", "Published tracks on the shard", self.tracks.clone());
        registry.register("media_subscriptions", "Subscribed tracks on the shard", self.subscriptions.clone());
        registry.register(
            "media_unauthenticated",
            "Datagrams from unauthenticated addresses",
            self.unauthenticated.clone(),
        );
        registry.register("media_unknown", "Datagrams that mean nothing here", self.unknown.clone());
        registry.register(
            "media_refused_control",
            "STUN that failed its integrity check",
            self.refused_control.clone(),
        );
        registry.register("media_peer_panics", "Defects contained to one peer", self.peer_panics.clone());
        registry.register("media_shard_panics", "Defects that cost a shard its peers", self.panics.clone());
    }
}
