//! What a shard shows of itself in `/metrics`: counters at every turn, and every few seconds what it takes a look at each peer for.

use std::time::{Duration, Instant};

use exedra_media::plane::PathSample;
use exedra_udp::RecvBatch;
use prometheus_client::metrics::histogram::Histogram;

use super::driver::Driver;
use crate::metrics::ShardMetrics;

/// Peers are looked at this often.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

pub struct Gauges {
    metrics: ShardMetrics,
    round_trip: Histogram,
    looked: Option<Look>,
}

struct Look {
    at: Instant,
    bytes_received: u64,
    bytes_sent: u64,
}

impl Gauges {
    pub fn new(metrics: ShardMetrics, round_trip: Histogram) -> Self {
        Self { metrics, round_trip, looked: None }
    }

    pub fn count_panic(&self) {
        self.metrics.panics.inc();
    }

    pub fn publish(&mut self, received: &RecvBatch, driver: &Driver, now: Instant) {
        let (received, sent, plane) = (received.stats(), driver.sent(), driver.plane_stats());
        let metrics = &self.metrics;
        metrics.datagrams_received.set(received.datagrams);
        metrics.bytes_received.set(received.bytes);
        metrics.dropped_by_kernel.set(received.dropped_by_kernel);
        metrics.datagrams_sent.set(sent.datagrams);
        metrics.bytes_sent.set(sent.bytes);
        metrics.messages_sent.set(sent.messages);
        metrics.gso_run_mean.set(sent.datagrams as f64 / sent.messages.max(1) as f64);
        metrics.dropped_by_backpressure.set(sent.dropped_by_backpressure);
        metrics.refused.set(sent.refused);
        metrics.events_dropped.set(driver.events_dropped() + plane.counters.events_discarded);
        metrics.peers.set(plane.peers as u64);
        metrics.tracks.set(plane.tracks as u64);
        metrics.subscriptions.set(plane.subscriptions as u64);
        metrics.unauthenticated.set(plane.counters.unauthenticated);
        metrics.unknown.set(plane.counters.unknown + plane.counters.unknown_ufrag);
        metrics.refused_control.set(plane.counters.refused_control);
        metrics.padding_sent.set(plane.counters.padding);
        metrics.peer_panics.set(plane.counters.panics);

        let (bytes_received, bytes_sent) = (received.bytes, sent.bytes);
        let look = Look { at: now, bytes_received, bytes_sent };
        let Some(before) = &self.looked else {
            self.looked = Some(look);
            return;
        };
        let elapsed = now.saturating_duration_since(before.at);
        if elapsed < LOOK_INTERVAL {
            return;
        }
        let bits_per_second = |bytes: u64| (bytes as f64 * 8.0 / elapsed.as_secs_f64()) as u64;
        metrics.bitrate_received.set(bits_per_second(bytes_received - before.bytes_received));
        metrics.bitrate_sent.set(bits_per_second(bytes_sent - before.bytes_sent));
        self.looked = Some(look);
        self.look_at_peers(driver);
    }

    fn look_at_peers(&self, driver: &Driver) {
        let (mut telling, mut estimates_bps, mut losses) = (0_u64, 0.0, 0.0);
        for PathSample { figures, round_trip_us } in driver.paths() {
            if let Some(estimate_bps) = figures.estimate_bps {
                telling += 1;
                estimates_bps += estimate_bps as f64;
                losses += figures.loss_fraction;
            }
            if let Some(round_trip_us) = round_trip_us {
                self.round_trip.observe(round_trip_us as f64 / 1_000_000.0);
            }
        }
        let telling = telling.max(1) as f64;
        self.metrics.estimate_mean.set(estimates_bps / telling);
        self.metrics.loss_mean.set(losses / telling);
    }
}
