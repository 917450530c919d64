//! Counters and gauges in the Prometheus text format (`/metrics`).
//!
//! Labels come from closed sets only: a label that a client can choose would be a map without a bound.

use std::ops::Deref;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// A set of metrics: each with its place, its type, its name and its meaning, said once.
macro_rules! metrics {
    ($(#[$doc:meta])* $set:ident { $($field:ident: $kind:ty = $name:literal, $help:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Default)]
        pub struct $set {
            $(#[doc = $help] pub $field: $kind,)+
        }

        impl $set {
            fn register(&self, registry: &mut Registry) {
                $(registry.register($name, $help, self.$field.clone());)+
            }
        }
    };
}

type Number = Gauge<u64, AtomicU64>;
type Fraction = Gauge<f64, AtomicU64>;

metrics! {
    /// Of the process as a whole.
    ProcessMetrics {
        sockets: Gauge = "sockets", "Signaling sockets that are open";
        sockets_accepted: Counter = "sockets_accepted", "Signaling sockets ever accepted";
        whip_sessions: Gauge = "whip_sessions", "WHIP and WHEP sessions that are running";
        frames: Counter = "frames", "Signaling frames read from clients";
        rooms: Gauge = "rooms", "Rooms with at least one connection";
        connections: Gauge = "connections", "Connections in all rooms";
        transports_up: Counter = "transports_up", "Media transports that came up";
        sessions_created: Counter = "sessions_created", "Sessions created";
        outboxes_overflowed: Counter = "outboxes_overflowed", "Sockets closed because their client read too slowly";
        heartbeats_missed: Counter = "heartbeats_missed", "Sockets closed because they were silent";
        panics: Counter = "panics", "Defects that were contained";
        event_log_batches_lost: Counter = "event_log_batches_lost", "Batches of call events that the disk refused";
        faults: Family<FaultLabels, Counter> = "faults", "Faults that left the process";
        http_requests: Family<HttpLabels, Counter> = "http_requests", "HTTP requests answered";
    }
}

metrics! {
    /// Written by the shard's own thread, once for each turn of its loop.
    ShardMetrics {
        datagrams_received: Number = "udp_datagrams_received", "Datagrams taken from the socket";
        bytes_received: Number = "udp_bytes_received", "Bytes taken from the socket";
        datagrams_sent: Number = "udp_datagrams_sent", "Datagrams the kernel took";
        bytes_sent: Number = "udp_bytes_sent", "Bytes the kernel took";
        messages_sent: Number = "udp_messages_sent", "GSO messages the kernel took";
        gso_run_mean: Fraction = "udp_gso_run_mean", "Datagrams in one GSO message, on average since the start";
        dropped_by_kernel: Number = "udp_dropped_by_kernel", "Datagrams lost to a full receive buffer";
        dropped_by_backpressure: Number = "udp_dropped_by_backpressure", "Datagrams lost to a full send buffer";
        events_dropped: Number = "media_events_dropped", "Media events a room had no place for";
        refused: Number = "udp_refused", "Datagrams the kernel refused";
        peers: Number = "media_peers", "Peers on the shard";
        tracks: Number = "media_tracks", "Published tracks on the shard";
        subscriptions: Number = "media_subscriptions", "Subscribed tracks on the shard";
        padding_sent: Number = "media_padding_bytes_sent", "Bytes added to media to have more datagrams in one GSO message";
        bitrate_received: Number = "media_received_bits_per_second", "Media that publishers send, over the last seconds";
        bitrate_sent: Number = "media_sent_bits_per_second", "Media that subscribers are sent, over the last seconds";
        estimate_mean: Fraction = "media_estimate_bits_per_second_mean", "What the path to a subscriber carries, on average of those that tell";
        loss_mean: Fraction = "media_loss_ratio_mean", "Share of packets to a subscriber that is lost, on average of those that tell";
        unauthenticated: Number = "media_unauthenticated", "Datagrams from unauthenticated addresses";
        unknown: Number = "media_unknown", "Datagrams that mean nothing here, or STUN for nobody";
        refused_control: Number = "media_refused_control", "STUN that failed its integrity check";
        peer_panics: Number = "media_peer_panics", "Defects contained to one peer";
        panics: Counter = "media_shard_panics", "Defects that cost a shard its peers";
    }
}

pub struct Metrics {
    registry: Registry,
    process: ProcessMetrics,
    /// Observed for each subscriber that tells, every few seconds.
    pub round_trip: Histogram,
    pub shards: Vec<ShardMetrics>,
}

/// 2 ms to 4 s.
const ROUND_TRIP_BUCKETS: (f64, f64, u16) = (0.002, 2.0, 12);

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct FaultLabels {
    pub code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct HttpLabels {
    pub route: &'static str,
    pub status: u16,
}

impl Metrics {
    pub fn new(shards: usize) -> Self {
        let mut registry = Registry::with_prefix("exedra");
        let process = ProcessMetrics::default();
        process.register(&mut registry);
        let (first_s, factor, count) = ROUND_TRIP_BUCKETS;
        let round_trip = Histogram::new(exponential_buckets(first_s, factor, count));
        registry.register("media_round_trip_seconds", "Round trip to each subscriber", round_trip.clone());
        let shards = (0..shards).map(|shard| {
            let metrics = ShardMetrics::default();
            let labels = [("shard".into(), shard.to_string().into())];
            metrics.register(registry.sub_registry_with_labels(labels.into_iter()));
            metrics
        });
        let shards = shards.collect();
        Self { registry, process, round_trip, shards }
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

impl Deref for Metrics {
    type Target = ProcessMetrics;

    fn deref(&self) -> &ProcessMetrics {
        &self.process
    }
}
