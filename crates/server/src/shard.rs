//! Media shards: threads, each with one UDP socket and one [`Plane`](exedra_media::Plane) of its own.
//!
//! Owns the thread, its queue and its socket. A room lives on one shard; everything a room asks of media comes through the
//! bounded queue of its shard, and everything media tells a room goes into that room's mailbox. Shards share nothing.

mod driver;
mod figures;
mod gauges;
pub mod offer;
mod reports;
mod thread;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use exedra_contract::wire::ConnectionStats;
use exedra_contract::{Fault, faults};
use exedra_media::dtls::Identity;
use exedra_media::plane::{OthersHeard, TrackStats};
use exedra_media::sdp::SectionProblem;
use exedra_media::{Explanation, PeerFacts, PlaneConfig};
use exedra_session::{FlowKey, MediaOf, MediaOp, PeerKey, Sections, TrackKey};
use exedra_udp::{Socket, Waker};
use tokio::sync::{mpsc, oneshot};
use tracing::info;

use crate::config::Config;
use crate::metrics::Metrics;
use crate::room::RoomMessage;

use gauges::Gauges;
pub use thread::ShardThread;

/// What became of an offer, or why it was refused.
pub type NegotiateOutcome = Result<Agreed, Fault>;

#[derive(Debug)]
pub struct Agreed {
    /// SDP.
    pub answer: String,
    /// Mids of the sections that were answered as inactive for want of a common codec.
    pub without_codec: Vec<String>,
}

/// Commands waiting for one shard. Rooms wait when it is full.
const QUEUE_MAX: usize = 4096;

pub enum ShardCommand {
    /// From now on events of this room's keys go to `reports`.
    OpenRoom {
        room: u32,
        reports: mpsc::Sender<RoomMessage>,
    },
    /// Nothing of the room remains on the shard.
    CloseRoom {
        room: u32,
    },
    Media {
        room: u32,
        op: MediaOp,
    },
    Negotiate {
        offer: String,
        planned: Sections,
        answer: oneshot::Sender<NegotiateOutcome>,
    },
    /// Why the picture of a flow is as it is. `None`: the plane does not know the flow yet.
    Explain {
        flow: FlowKey,
        answer: oneshot::Sender<Option<Explanation>>,
    },
    /// What was counted.
    Stats {
        of: MediaOf,
        answer: oneshot::Sender<ConnectionStats>,
    },
    /// Loses all datagrams of a peer for a while.
    Unplug {
        peer: PeerKey,
        for_ms: u64,
    },
    /// What was seen of the media of an attempt.
    Facts {
        of: FactsOf,
        answer: oneshot::Sender<MediaFacts>,
    },
    /// Who else is heard on this shard's media port; those on this machine only `from_here`.
    Others {
        except: Option<PeerKey>,
        from_here: bool,
        answer: oneshot::Sender<OthersHeard>,
    },
}

/// The transport and the tracks of one attempt.
#[derive(Debug)]
pub struct FactsOf {
    pub peer: Option<PeerKey>,
    pub tracks: Vec<TrackKey>,
    pub flows: Vec<FlowKey>,
}

#[derive(Debug, Default)]
pub struct MediaFacts {
    pub peer: Option<PeerFacts>,
    /// Of those tracks that the plane knows.
    pub tracks: Vec<TrackStats>,
    /// Why a section of the attempt was answered as inactive.
    pub problem: Option<SectionProblem>,
    /// Of the attempt's video; unknown when it has none or nothing of it arrived.
    pub key_frame_seen: Option<bool>,
    /// To the subscriber, of a subscription.
    pub packets_sent: Option<u64>,
    /// Of other clients on the media ports of all shards; a shard itself leaves it empty.
    pub others: OthersHeard,
}

/// A room's way to its shard.
#[derive(Debug, Clone)]
pub struct Shard {
    commands: mpsc::Sender<ShardCommand>,
    waker: Arc<Waker>,
}

impl Shard {
    pub async fn send(&self, command: ShardCommand) {
        if self.commands.send(command).await.is_ok() {
            self.waker.wake();
        }
    }

    /// Gives a question to the shard, in the order of what is sent. The answer fails to come if the shard is gone.
    pub async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> ShardCommand) -> oneshot::Receiver<T> {
        let (answer, answered) = oneshot::channel();
        self.send(question(answer)).await;
        answered
    }
}

pub struct Shards {
    shards: Vec<Shard>,
    stop: Arc<AtomicBool>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Shards {
    pub fn start(config: &Config, metrics: &Metrics) -> Result<Self, Fault> {
        let identity = Arc::new(Identity::generate().map_err(|source| faults::internal().because(source))?);
        let cores = exedra_udp::allowed_cores().unwrap_or_default();
        let stop = Arc::new(AtomicBool::new(false));
        let (mut shards, mut threads) = (Vec::new(), Vec::new());
        for (index, counters) in metrics.shards.iter().enumerate() {
            let port = match config.media_port {
                0 => 0,
                first => first + index as u16,
            };
            let socket = bind(config, port)?;
            let candidates = candidates(config, socket.local_addr().port());
            // A thread for each core owns it; fewer or more are left to the scheduler.
            let core = (metrics.shards.len() == cores.len()).then(|| cores[index]);
            let waker = Arc::new(Waker::new().map_err(|source| faults::internal().because(source))?);
            let (commands, queue) = mpsc::channel(QUEUE_MAX);
            let plane = PlaneConfig {
                identity: identity.clone(),
                candidates,
                unix_ms: crate::clock::now_ms(),
                seed: crate::random::bits() as u64,
                limits: exedra_media::Limits::default(),
            };
            let gauges = Gauges::new(counters.clone(), metrics.round_trip.clone());
            let shard = ShardThread::new(socket, plane, queue, waker.clone(), stop.clone(), gauges);
            threads.push(spawn(index, core, shard)?);
            shards.push(Shard { commands, waker });
        }
        info!(shards = shards.len(), "media shards started");
        Ok(Self { shards, stop, threads: Mutex::new(threads) })
    }

    pub fn of_room(&self, number: u32) -> Shard {
        self.shards[number as usize % self.shards.len()].clone()
    }

    pub async fn others_heard(&self, except: Option<PeerKey>, from_here: bool) -> OthersHeard {
        let mut sum = OthersHeard::default();
        for shard in &self.shards {
            let answered = shard.ask(|answer| ShardCommand::Others { except, from_here, answer }).await;
            let OthersHeard { now, silent } = answered.await.unwrap_or_default();
            sum = OthersHeard { now: sum.now + now, silent: sum.silent + silent };
        }
        sum
    }

    /// Lets every shard do what is in its queue, and waits for its end.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.shards.iter().for_each(|shard| shard.waker.wake());
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let _ = thread.join();
        }
    }
}

fn spawn(index: usize, core: Option<usize>, shard: ShardThread) -> Result<JoinHandle<()>, Fault> {
    let run = move || {
        if let Some(core) = core {
            // Unpinned it is slower, not wrong.
            let _ = exedra_udp::pin_to_core(core);
        }
        shard.run();
    };
    let thread = std::thread::Builder::new().name(format!("shard-{index}")).spawn(run);
    thread.map_err(|source: io::Error| faults::internal().because(source))
}

fn bind(config: &Config, port: u16) -> Result<Socket, Fault> {
    // Answers must come from the address that was asked. Of several interfaces the kernel chooses by destination, and a browser on
    // this machine that checks 127.0.0.1 from its other address would be answered from that one. One address can be bound itself,
    // unless it is that of a NAT in front of us.
    if let [only] = config.media_addresses[..]
        && let Ok(socket) = Socket::bind(SocketAddr::new(only, port))
    {
        return Ok(socket);
    }
    let is_v6 = config.media_addresses.iter().any(IpAddr::is_ipv6);
    let any = if is_v6 { IpAddr::V6(Ipv6Addr::UNSPECIFIED) } else { IpAddr::V4(Ipv4Addr::UNSPECIFIED) };
    let address = SocketAddr::new(any, port);
    Socket::bind(address).map_err(|source| faults::config_invalid("media_port", format!("UDP port {port}: {source}")))
}

fn candidates(config: &Config, port: u16) -> Vec<SocketAddr> {
    config.media_addresses.iter().map(|address| SocketAddr::new(*address, port)).collect()
}
