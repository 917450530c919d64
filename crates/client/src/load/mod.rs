//! The load generator: members of one room, what they get through a server, and what that costs the server.
//!
//! The members are threads of this process that sleep and then drain their sockets: a client that blocks until a datagram
//! arrives makes every send of the server wake a thread, and the server looks 20 to 65 % worse than it is. So latency does
//! not come from our own clock but from the kernel's time of arrival; the time of sending travels in the payload.

mod members;
mod plot;
mod process;
mod report;
mod room;
mod scenario;
mod server;
mod source;

use std::net::IpAddr;
use std::time::{Duration, Instant};

use futures_util::StreamExt;

pub use report::{Environment, Figure, Measured, Report, Run, write_report};
pub use scenario::{Scenario, Traffic};
pub use server::{Server, ServerKind, ServerSpec};

use crate::error::ClientError;
use members::{Members, Snapshot};
use process::ServerProcess;
use room::{Endpoints, Room, Seat};

/// Above this many packets a second for each thread, one member in [`DECRYPTING_ONE_IN`] decrypts and the others count headers.
const DECRYPT_ALL_MAX: f64 = 60_000.0;
const DECRYPTING_ONE_IN: usize = 8;

/// Nothing is measured until everybody has received for this long.
const WARM_UP: Duration = Duration::from_millis(1_500);

/// Then everybody must have received this share of what is published for so long. A run that never comes to that is
/// measured as it is.
const STEADY_SHARE: f64 = 0.98;
const STEADY_FOR: Duration = Duration::from_secs(1);

/// Time for slow starts (key frames, the last joins, estimates that have to grow) before the warm-up begins.
const SETTLED_WITHIN: Duration = Duration::from_secs(15);

#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// Where our sockets are bound.
    pub local: IpAddr,
    /// Cores for the members' threads, one each. Signaling runs on what is left to the process.
    pub worker_cores: Vec<usize>,
    /// Cores that this process has altogether.
    pub client_cores: usize,
    /// Members that join at the same time.
    pub joining_max: usize,
    pub window: Duration,
    /// How long a thread of members sleeps between two looks at its sockets.
    pub tick: Duration,
    /// Let the kernel coalesce what our sockets receive: cheaper for the server on loopback than any real path.
    pub gro: bool,
}

/// Joins, measures one window, leaves.
pub async fn run(options: &LoadOptions, server: &Server, scenario: &Scenario) -> Result<Run, ClientError> {
    if !scenario.is_for(server.kind) {
        return Err(ClientError::Protocol(format!("{scenario} is driven on Exedra only")));
    }
    let process = ServerProcess::new(server.pid);
    let endpoints = Endpoints::new(options.local, options.gro)?;
    let members = Members::start(options)?;
    let opening = (0..scenario.rooms()).map(|_| Room::open(server, scenario.traffic.shape()));
    let rooms = futures_util::future::try_join_all(opening).await?;
    let load = Load { options, scenario, endpoints, members, rooms };

    let empty = process.resident_bytes()?;
    let mut seats = load.join_publishers().await?;
    // Of publishers and their audience, only the audience is counted.
    let before_joining = if scenario.is_meeting() { empty } else { process.resident_bytes()? };
    seats.extend(load.join_receivers(&seats).await?);
    // A server may hold video back from a member whose path it believes too narrow: then the report says of how much.
    load.until(|seen| seen.tracks > 0 && seen.tracks_live == seen.tracks).await?;
    tokio::time::sleep(WARM_UP).await;
    load.until_steady().await?;

    let memory = process.resident_bytes()?.saturating_sub(before_joining);
    let before = Sample::take(&process, &load.members).await?;
    tokio::time::sleep(options.window).await;
    let after = Sample::take(&process, &load.members).await?;

    let run = figures(options, scenario, &before, &after, memory)?;
    futures_util::future::join_all(seats.iter().map(Seat::leave)).await;
    load.members.stop();
    Ok(run)
}

/// One run while it goes on. Publishers are the members with the first numbers.
struct Load<'a> {
    options: &'a LoadOptions,
    scenario: &'a Scenario,
    endpoints: Endpoints,
    members: Members,
    rooms: Vec<Room>,
}

impl Load<'_> {
    async fn join_publishers(&self) -> Result<Vec<Seat>, ClientError> {
        let publishers = self.scenario.publishers();
        let shape = self.scenario.traffic.shape();
        let joining =
            (0..publishers).map(|number| self.room_of(number).publish(&self.endpoints, &self.members, number, shape));
        let seats = self.some_at_a_time(joining).await?;
        match self.until(|seen| seen.sources_live == publishers).await? {
            true => Ok(seats),
            false => Err(ClientError::Transport("not every publisher gets to send".to_owned())),
        }
    }

    /// In a meeting those who are there already receive each other.
    async fn join_receivers(&self, seats: &[Seat]) -> Result<Vec<Seat>, ClientError> {
        let threads = self.options.worker_cores.len().max(1) as f64;
        let all_decrypt = self.scenario.packets_per_second() <= DECRYPT_ALL_MAX * threads;
        let decrypting = move |number: usize| all_decrypt || number.is_multiple_of(DECRYPTING_ONE_IN);
        let shape = self.scenario.traffic.shape();
        if !self.scenario.is_meeting() {
            let numbers = self.scenario.publishers()..self.scenario.publishers() + self.scenario.size;
            return self
                .some_at_a_time(numbers.map(|number| {
                    let room = self.room_of(number);
                    room.subscribe(&self.endpoints, &self.members, number, decrypting(number), shape)
                }))
                .await;
        }
        let watching = seats.iter().enumerate().map(|(number, seat)| async move {
            let (Room::Exedra(room), Seat::Exedra(seat)) = (self.room_of(number), seat) else {
                return Err(ClientError::Protocol("a meeting is driven on Exedra only".to_owned()));
            };
            self.members.with(number, move |member| member.peer.set_decrypting(decrypting(number))).await?;
            room.watch_others(seat, &self.members, number).await
        });
        self.some_at_a_time(watching).await?;
        Ok(Vec::new())
    }

    fn room_of(&self, number: usize) -> &Room {
        &self.rooms[self.scenario.room_of(number)]
    }

    /// Results come in the order of the members.
    async fn some_at_a_time<T>(
        &self,
        joining: impl Iterator<Item = impl Future<Output = Result<T, ClientError>>>,
    ) -> Result<Vec<T>, ClientError> {
        let joined: Vec<_> =
            futures_util::stream::iter(joining).buffered(self.options.joining_max.max(1)).collect().await;
        joined.into_iter().collect()
    }

    /// Members whose paths were first taken for narrow get everything a little later, and catch up with what was kept for
    /// them: that is how joining goes, and not how forwarding does.
    async fn until_steady(&self) -> Result<(), ClientError> {
        let deadline = Instant::now() + SETTLED_WITHIN;
        let due = STEADY_SHARE * self.scenario.packets_per_second() * STEADY_FOR.as_secs_f64();
        while Instant::now() < deadline {
            let before = self.members.snapshot().await?.received;
            tokio::time::sleep(STEADY_FOR).await;
            if (self.members.snapshot().await?.received - before) as f64 >= due {
                break;
            }
        }
        Ok(())
    }

    /// Whether it came to that in time.
    async fn until(&self, reached: impl Fn(&Snapshot) -> bool) -> Result<bool, ClientError> {
        let deadline = Instant::now() + SETTLED_WITHIN;
        while !reached(&self.members.snapshot().await?) {
            if Instant::now() > deadline {
                return Ok(false);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(true)
    }
}

struct Sample {
    at: Instant,
    server_cpu: Duration,
    own_cpu: Duration,
    members: Snapshot,
    kernel_drops: u64,
}

impl Sample {
    async fn take(server: &ServerProcess, members: &Members) -> Result<Self, ClientError> {
        let members = members.snapshot().await?;
        Ok(Self {
            at: Instant::now(),
            server_cpu: server.cpu()?,
            own_cpu: process::own_cpu(),
            members,
            kernel_drops: process::receive_buffer_errors(),
        })
    }
}

fn figures(
    options: &LoadOptions,
    scenario: &Scenario,
    before: &Sample,
    after: &Sample,
    memory: u64,
) -> Result<Run, ClientError> {
    let seconds = (after.at - before.at).as_secs_f64();
    let received = after.members.received - before.members.received;
    let lost = after.members.lost.saturating_sub(before.members.lost);
    let server_cpu = after.server_cpu - before.server_cpu;
    let forwarded = received + lost;
    let mut latencies = after.members.latencies_us.clone();
    latencies.sort_unstable();
    let mut join_times = after.members.join_times.clone();
    join_times.sort_unstable();
    let busiest = before.members.cpu.iter().zip(&after.members.cpu).map(|(before, after)| *after - *before).max();
    let own = (after.own_cpu - before.own_cpu).as_secs_f64() / options.client_cores.max(1) as f64;
    let [srtp_profile] = after.members.srtp_profiles[..] else {
        let profiles = &after.members.srtp_profiles;
        return Err(ClientError::Protocol(format!("members negotiated different SRTP profiles: {profiles:?}")));
    };
    Ok(Run {
        packets_per_second: received as f64 / seconds,
        tracks_live: after.members.tracks_live as f64 / after.members.tracks.max(1) as f64,
        published_per_second: (after.members.published - before.members.published) as f64 / seconds,
        server_cpu_us_per_packet: server_cpu.as_secs_f64() * 1e6 / forwarded.max(1) as f64,
        server_cores: server_cpu.as_secs_f64() / seconds,
        loss: lost as f64 / forwarded.max(1) as f64,
        client_kernel_drops: after.kernel_drops - before.kernel_drops,
        latency_ms_p50: percentile(&latencies, 0.50),
        latency_ms_p99: percentile(&latencies, 0.99),
        memory_kb_per_member: memory as f64 / 1_000.0 / scenario.size as f64,
        join_ms_p50: join_times.get(join_times.len() / 2).map_or(f64::NAN, |wait| wait.as_secs_f64() * 1_000.0),
        client_core_max: busiest.unwrap_or_default().as_secs_f64().max(own) / seconds,
        srtp_profile: format!("{srtp_profile:?}"),
    })
}

/// Of sorted microseconds, in milliseconds.
fn percentile(sorted_us: &[u32], share: f64) -> f64 {
    let index = (sorted_us.len() as f64 * share) as usize;
    sorted_us.get(index.min(sorted_us.len().saturating_sub(1))).map_or(f64::NAN, |&us| f64::from(us) / 1_000.0)
}

/// Time since the epoch.
fn unix_time() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}
