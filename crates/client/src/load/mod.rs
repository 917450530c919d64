//! The load generator: one publisher, many subscribers, and what they cost the server.
//!
//! The subscribers are threads of this process that sleep and then drain their sockets: a client that blocks until a datagram
//! arrives makes every send of the server wake a thread, and the server looks 20 to 65 % worse than it is. So latency does
//! not come from our own clock but from the kernel's time of arrival; the time of sending travels in the payload.

mod join;
mod process;
mod publisher;
mod report;
mod subscribers;

use std::net::IpAddr;
use std::time::{Duration, Instant};

pub use report::{Figure, Report, Run, Scenario, write_report};

use crate::error::ClientError;
use crate::synthetic::traffic::TrafficShape;
use process::ServerProcess;
use publisher::Publisher;
use subscribers::{Snapshot, Workers};

/// Above this many packets a second, one subscriber in [`DECRYPTING_ONE_IN`] decrypts and the others count headers.
const DECRYPT_ALL_MAX: u64 = 200_000;
const DECRYPTING_ONE_IN: usize = 8;

/// Nothing is measured until everybody has received for this long.
const WARM_UP: Duration = Duration::from_millis(1_500);

/// Time for slow starts (key frames, the last joins) before the warm-up begins.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// `http://host:port` of a development server, and its process.
    pub origin: String,
    pub server_pid: u32,
    /// Where our sockets are bound.
    pub local: IpAddr,
    pub subscribers: usize,
    pub shape: TrafficShape,
    /// Cores for the subscribers' threads, one each. The publisher and signaling run on what is left to the process.
    pub worker_cores: Vec<usize>,
    /// Subscribers that join at the same time.
    pub joining_max: usize,
    pub window: Duration,
    /// How long a subscriber thread sleeps between two looks at its sockets.
    pub tick: Duration,
    /// Let the kernel coalesce what our sockets receive: cheaper for the server on loopback than any real path.
    pub gro: bool,
}

/// Joins, measures one window, leaves.
pub async fn run(options: &LoadOptions) -> Result<Run, ClientError> {
    let server = ServerProcess::new(options.server_pid);
    let room = format!("load-{}", uuid::Uuid::new_v4().simple());
    let packets_per_second = options.shape.packets_per_second() * options.subscribers as u64;
    let decrypting_one_in = if packets_per_second > DECRYPT_ALL_MAX { DECRYPTING_ONE_IN } else { 1 };

    let publisher = Publisher::start(options, &room).await?;
    let memory_before = server.resident_bytes()?;
    let workers = Workers::start(options)?;
    let joins = join::join_all(options, &room, publisher.stream_id(), decrypting_one_in, &workers).await?;
    settle(options, &workers).await?;
    tokio::time::sleep(WARM_UP).await;

    let memory = server.resident_bytes()?;
    let before = Sample::take(&server, &workers, &publisher).await?;
    tokio::time::sleep(options.window).await;
    let after = Sample::take(&server, &workers, &publisher).await?;

    let run =
        figures(options, &before, &after, memory.saturating_sub(memory_before), joins.first_packet_ms(&workers).await?);
    joins.leave().await;
    publisher.leave().await;
    workers.stop();
    Ok(run)
}

/// Waits until every subscriber has received something.
async fn settle(options: &LoadOptions, workers: &Workers) -> Result<(), ClientError> {
    let deadline = Instant::now() + SETTLED_WITHIN;
    loop {
        let receiving = workers.snapshot().await?.receiving;
        if receiving == options.subscribers {
            return Ok(());
        }
        if Instant::now() > deadline {
            let message = format!("{receiving} of {} subscribers receive", options.subscribers);
            return Err(ClientError::Transport(message));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

struct Sample {
    at: Instant,
    server_cpu: Duration,
    workers: Snapshot,
    published: u64,
    kernel_drops: u64,
}

impl Sample {
    async fn take(server: &ServerProcess, workers: &Workers, publisher: &Publisher) -> Result<Self, ClientError> {
        let workers = workers.snapshot().await?;
        Ok(Self {
            at: Instant::now(),
            server_cpu: server.cpu()?,
            workers,
            published: publisher.packets(),
            kernel_drops: process::receive_buffer_errors(),
        })
    }
}

fn figures(options: &LoadOptions, before: &Sample, after: &Sample, memory: u64, join_ms: Vec<f64>) -> Run {
    let seconds = (after.at - before.at).as_secs_f64();
    let received = after.workers.received - before.workers.received;
    let lost = after.workers.lost.saturating_sub(before.workers.lost);
    let server_cpu = after.server_cpu - before.server_cpu;
    let forwarded = received + lost;
    let mut latencies = after.workers.latencies_us.clone();
    latencies.sort_unstable();
    let busiest = before.workers.cpu.iter().zip(&after.workers.cpu).map(|(before, after)| *after - *before).max();
    Run {
        subscribers: options.subscribers,
        packets_per_second: received as f64 / seconds,
        published_per_second: (after.published - before.published) as f64 / seconds,
        server_cpu_us_per_packet: server_cpu.as_secs_f64() * 1e6 / forwarded.max(1) as f64,
        server_cores: server_cpu.as_secs_f64() / seconds,
        loss: lost as f64 / forwarded.max(1) as f64,
        client_kernel_drops: after.kernel_drops - before.kernel_drops,
        latency_ms_p50: percentile(&latencies, 0.50),
        latency_ms_p99: percentile(&latencies, 0.99),
        memory_kb_per_subscriber: memory as f64 / 1_000.0 / options.subscribers as f64,
        join_ms_p50: join_ms.get(join_ms.len() / 2).copied().unwrap_or_default(),
        client_core_max: busiest.unwrap_or_default().as_secs_f64() / seconds,
    }
}

/// Of sorted microseconds, in milliseconds.
fn percentile(sorted_us: &[u32], share: f64) -> f64 {
    let index = (sorted_us.len() as f64 * share) as usize;
    sorted_us.get(index.min(sorted_us.len().saturating_sub(1))).map_or(f64::NAN, |&us| f64::from(us) / 1_000.0)
}
