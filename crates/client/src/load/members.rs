//! Threads that are the members' machines: each owns its members, sleeps, and then drains all their sockets and sends what
//! their sources have due.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use exedra_media::srtp::SrtpProfile;
use exedra_udp::{RecvBatch, SendBatch, Socket};
use tokio::sync::oneshot;

use super::process::own_thread_cpu;
use super::source::Source;
use super::{LoadOptions, unix_time};
use crate::error::ClientError;
use crate::peer::{Peer, PeerEvent};
use crate::synthetic::traffic::sent_at;

/// Members look after their timers this often; their feedback is due every 100 ms.
const TIMERS_EVERY: Duration = Duration::from_millis(10);

/// A look at an empty socket costs a system call, so a thread with many looks less often. Latency is unaffected: it comes from
/// the kernel's time of arrival.
const TICK_PER_MEMBER: Duration = Duration::from_micros(4);

/// While their sockets are looked at, sources are asked after this many members: what they send must not come in bursts of our
/// making.
const SOURCES_EVERY: usize = 32;

/// Latencies kept of one window and thread, 4 bytes each.
const LATENCIES_MAX: usize = 4_000_000;

pub struct Member {
    pub peer: Peer,
    socket: Socket,
    source: Option<Source>,
    /// Mids of what it receives.
    pub receiving: Vec<String>,
    /// When it began to join, and how long it took to the first packet.
    started: Instant,
    first_packet_after: Option<Duration>,
}

impl Member {
    pub fn new(peer: Peer, socket: Socket, source: Option<Source>, receiving: Vec<String>, started: Instant) -> Self {
        Self { peer, socket, source, receiving, started, first_packet_after: None }
    }

    fn flush(&mut self, batch: &mut SendBatch, datagram: &mut Vec<u8>) {
        while let Some(to) = self.peer.poll_transmit(datagram) {
            batch.push(&self.socket, to, datagram);
        }
        batch.flush(&self.socket);
    }
}

/// Sums over all members since they joined, but for the latencies, which are those since the previous snapshot.
#[derive(Debug, Default, Clone)]
pub struct Snapshot {
    /// Tracks that are received, and those of which something has come.
    pub tracks: usize,
    pub tracks_live: usize,
    pub sources_live: usize,
    pub published: u64,
    pub received: u64,
    pub lost: u64,
    pub latencies_us: Vec<u32>,
    pub join_times: Vec<Duration>,
    /// What their handshakes agreed on, each once.
    pub srtp_profiles: Vec<SrtpProfile>,
    /// Time that each thread has run.
    pub cpu: Vec<Duration>,
}

type Act = Box<dyn FnOnce(&mut Member) + Send>;

enum Command {
    Add(usize, Box<Member>),
    With(usize, Act),
    Snapshot(oneshot::Sender<Snapshot>),
    Stop,
}

/// All threads. Members are known by their numbers.
pub struct Members {
    commands: Vec<mpsc::Sender<Command>>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Members {
    pub fn start(options: &LoadOptions) -> Result<Self, ClientError> {
        let (mut commands, mut threads) = (Vec::new(), Vec::new());
        for &core in &options.worker_cores {
            let (sender, receiver) = mpsc::channel();
            let tick = options.tick;
            let thread = thread::Builder::new().name(format!("members-{core}"));
            let thread = thread
                .spawn(move || Worker::new(receiver, tick).run(core))
                .map_err(|error| ClientError::Transport(format!("thread: {error}")))?;
            commands.push(sender);
            threads.push(thread);
        }
        if commands.is_empty() {
            return Err(ClientError::Transport("no core for the members".to_owned()));
        }
        Ok(Self { commands, threads })
    }

    pub fn add(&self, number: usize, member: Member) -> Result<(), ClientError> {
        self.send(number, Command::Add(number, Box::new(member)))
    }

    /// Lets `act` have a member on its thread.
    pub async fn with<T: Send + 'static>(
        &self,
        number: usize,
        act: impl FnOnce(&mut Member) -> T + Send + 'static,
    ) -> Result<T, ClientError> {
        let (reply, answer) = oneshot::channel();
        self.send(number, Command::With(number, Box::new(move |member| drop(reply.send(act(member))))))?;
        answer.await.map_err(|_| ClientError::Closed)
    }

    pub async fn snapshot(&self) -> Result<Snapshot, ClientError> {
        let mut answers = Vec::new();
        for worker in &self.commands {
            let (reply, answer) = oneshot::channel();
            worker.send(Command::Snapshot(reply)).map_err(|_| ClientError::Closed)?;
            answers.push(answer);
        }
        let mut sum = Snapshot::default();
        for answer in answers {
            let part = answer.await.map_err(|_| ClientError::Closed)?;
            sum.tracks += part.tracks;
            sum.tracks_live += part.tracks_live;
            sum.sources_live += part.sources_live;
            sum.published += part.published;
            sum.received += part.received;
            sum.lost += part.lost;
            sum.latencies_us.extend(part.latencies_us);
            sum.join_times.extend(part.join_times);
            sum.srtp_profiles.extend(part.srtp_profiles);
            sum.cpu.extend(part.cpu);
        }
        sum.srtp_profiles.sort_unstable_by_key(|profile| *profile as u8);
        sum.srtp_profiles.dedup();
        Ok(sum)
    }

    pub fn stop(self) {
        for worker in &self.commands {
            let _ = worker.send(Command::Stop);
        }
        for thread in self.threads {
            let _ = thread.join();
        }
    }

    fn send(&self, number: usize, command: Command) -> Result<(), ClientError> {
        self.commands[number % self.commands.len()].send(command).map_err(|_| ClientError::Closed)
    }
}

struct Worker {
    commands: mpsc::Receiver<Command>,
    tick: Duration,
    members: Vec<(usize, Member)>,
    latencies_us: Vec<u32>,
    next_turn: Instant,
    next_timers: Instant,
    receive: RecvBatch,
    send: SendBatch,
    datagram: Vec<u8>,
}

impl Worker {
    fn new(commands: mpsc::Receiver<Command>, tick: Duration) -> Self {
        Self {
            commands,
            tick,
            members: Vec::new(),
            latencies_us: Vec::new(),
            next_turn: Instant::now(),
            next_timers: Instant::now(),
            receive: RecvBatch::new(),
            // Packets of one frame would leave as one message, which no real network brings.
            send: SendBatch::without_gso(),
            datagram: Vec::new(),
        }
    }

    fn run(mut self, core: usize) {
        if let Err(error) = exedra_udp::pin_to_core(core) {
            tracing::warn!(core, %error, "a thread of members is not pinned");
        }
        loop {
            thread::sleep(self.tick);
            for command in self.commands.try_iter().collect::<Vec<_>>() {
                match command {
                    Command::Add(number, member) => self.members.push((number, *member)),
                    Command::With(number, act) => {
                        if let Some((_, member)) = self.members.iter_mut().find(|(of, _)| *of == number) {
                            act(member);
                        }
                    }
                    Command::Snapshot(reply) => drop(reply.send(self.snapshot())),
                    Command::Stop => return,
                }
            }
            self.send_due();
            if Instant::now() >= self.next_turn {
                self.turn();
                self.next_turn = Instant::now() + TICK_PER_MEMBER * self.members.len() as u32;
            }
        }
    }

    fn send_due(&mut self) {
        for (_, member) in &mut self.members {
            if member.source.as_mut().is_some_and(|source| source.send_due(&mut member.peer, Instant::now())) {
                member.flush(&mut self.send, &mut self.datagram);
            }
        }
    }

    fn turn(&mut self) {
        let (now, unix_now) = (Instant::now(), unix_time());
        let timers = now >= self.next_timers;
        if timers {
            self.next_timers = now + TIMERS_EVERY;
        }
        for index in 0..self.members.len() {
            if index.is_multiple_of(SOURCES_EVERY) {
                self.send_due();
            }
            let (_, member) = &mut self.members[index];
            let connecting = !member.peer.is_connected();
            // An error is a socket that the kernel took away; its member shows up as loss.
            while member.socket.recv_batch(&mut self.receive).is_ok_and(|count| count > 0) {
                for datagram in self.receive.datagrams() {
                    let received_at = datagram.received_at;
                    // Feedback tells when it arrived, not when we looked: the server's estimate must not see our sleep.
                    let ago = unix_now.saturating_sub(received_at.unwrap_or(unix_now));
                    let arrived = now.checked_sub(ago).unwrap_or(now);
                    let Some(media) = member.peer.handle_datagram(datagram.from, datagram.payload, arrived) else {
                        continue;
                    };
                    member.first_packet_after.get_or_insert_with(|| member.started.elapsed());
                    // A retransmission is late because of the loss, not because of the router.
                    if !media.retransmission
                        && let (Some(received_at), Some(sent_at)) = (received_at, sent_at(media.payload))
                        && self.latencies_us.len() < LATENCIES_MAX
                    {
                        self.latencies_us.push(received_at.saturating_sub(sent_at).as_micros() as u32);
                    }
                }
            }
            if !(timers || connecting) {
                continue;
            }
            member.peer.handle_timeout(now);
            while let Some(event) = member.peer.poll_event() {
                if let (PeerEvent::KeyFrameRequested { .. }, Some(source)) = (event, &mut member.source) {
                    source.request_key_frame();
                }
            }
            member.flush(&mut self.send, &mut self.datagram);
        }
    }

    fn snapshot(&mut self) -> Snapshot {
        let mut snapshot = Snapshot {
            latencies_us: std::mem::take(&mut self.latencies_us),
            cpu: vec![own_thread_cpu()],
            ..Snapshot::default()
        };
        for (_, member) in &self.members {
            for track in member.receiving.iter().filter_map(|mid| member.peer.receive_stats(mid)) {
                snapshot.tracks += 1;
                snapshot.tracks_live += usize::from(track.reception.received > 0);
                snapshot.received += track.reception.received;
                snapshot.lost += track.reception.lost;
            }
            let published = member.source.as_ref().map_or(0, Source::packets);
            snapshot.published += published;
            snapshot.sources_live += usize::from(published > 0);
            snapshot.join_times.extend(member.first_packet_after.filter(|_| !member.receiving.is_empty()));
            snapshot.srtp_profiles.extend(member.peer.srtp_profile());
        }
        snapshot
    }
}
