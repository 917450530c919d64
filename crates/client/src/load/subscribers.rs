//! Threads that receive: each owns its subscribers, sleeps, and drains all their sockets.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use exedra_udp::{RecvBatch, SendBatch, Socket};
use tokio::sync::oneshot;

use super::LoadOptions;
use super::process::own_thread_cpu;
use crate::error::ClientError;
use crate::peer::Peer;
use crate::synthetic::traffic::sent_at;

/// Subscribers look after their timers this often; their feedback is due every 100 ms.
const TIMERS_EVERY: Duration = Duration::from_millis(10);

/// Latencies kept of one window and thread, 4 bytes each.
const LATENCIES_MAX: usize = 4_000_000;

pub struct Subscriber {
    pub peer: Peer,
    socket: Socket,
    started: Instant,
    first_packet_after: Option<Duration>,
    mids: Vec<String>,
}

impl Subscriber {
    /// `mids` are those it receives; `started` is when it began to join.
    pub fn new(peer: Peer, socket: Socket, mids: Vec<String>, started: Instant) -> Self {
        Self { peer, socket, started, first_packet_after: None, mids }
    }
}

/// Sums over all subscribers since they joined, but for the latencies, which are those since the previous snapshot.
#[derive(Debug, Default, Clone)]
pub struct Snapshot {
    pub receiving: usize,
    pub received: u64,
    pub lost: u64,
    pub latencies_us: Vec<u32>,
    pub join_times: Vec<Duration>,
    /// Time that each thread has run.
    pub cpu: Vec<Duration>,
}

enum Command {
    Add(Box<Subscriber>),
    Snapshot(oneshot::Sender<Snapshot>),
    Stop,
}

pub struct Workers {
    commands: Vec<mpsc::Sender<Command>>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Workers {
    pub fn start(options: &LoadOptions) -> Result<Self, ClientError> {
        let (mut commands, mut threads) = (Vec::new(), Vec::new());
        for &core in &options.worker_cores {
            let (sender, receiver) = mpsc::channel();
            let tick = options.tick;
            let thread = thread::Builder::new().name(format!("subscribers-{core}"));
            let thread = thread
                .spawn(move || Worker::new(receiver, tick).run(core))
                .map_err(|error| ClientError::Transport(format!("thread: {error}")))?;
            commands.push(sender);
            threads.push(thread);
        }
        if commands.is_empty() {
            return Err(ClientError::Transport("no core for subscribers".to_owned()));
        }
        Ok(Self { commands, threads })
    }

    pub fn add(&self, number: usize, subscriber: Subscriber) -> Result<(), ClientError> {
        let worker = &self.commands[number % self.commands.len()];
        worker.send(Command::Add(Box::new(subscriber))).map_err(|_| ClientError::Closed)
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
            sum.receiving += part.receiving;
            sum.received += part.received;
            sum.lost += part.lost;
            sum.latencies_us.extend(part.latencies_us);
            sum.join_times.extend(part.join_times);
            sum.cpu.extend(part.cpu);
        }
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
}

struct Worker {
    commands: mpsc::Receiver<Command>,
    tick: Duration,
    subscribers: Vec<Subscriber>,
    latencies_us: Vec<u32>,
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
            subscribers: Vec::new(),
            latencies_us: Vec::new(),
            next_timers: Instant::now(),
            receive: RecvBatch::new(),
            send: SendBatch::new(),
            datagram: Vec::new(),
        }
    }

    fn run(mut self, core: usize) {
        if let Err(error) = exedra_udp::pin_to_core(core) {
            tracing::warn!(core, %error, "subscriber thread is not pinned");
        }
        loop {
            thread::sleep(self.tick);
            for command in self.commands.try_iter().collect::<Vec<_>>() {
                match command {
                    Command::Add(subscriber) => self.subscribers.push(*subscriber),
                    Command::Snapshot(reply) => drop(reply.send(self.snapshot())),
                    Command::Stop => return,
                }
            }
            self.drain();
        }
    }

    fn drain(&mut self) {
        let now = Instant::now();
        let timers = now >= self.next_timers;
        if timers {
            self.next_timers = now + TIMERS_EVERY;
        }
        for subscriber in &mut self.subscribers {
            let connecting = !subscriber.peer.is_connected();
            // An error is a socket that the kernel took away; its subscriber shows up as loss.
            while subscriber.socket.recv_batch(&mut self.receive).is_ok_and(|count| count > 0) {
                for datagram in self.receive.datagrams() {
                    let received_at = datagram.received_at;
                    let Some(media) = subscriber.peer.handle_datagram(datagram.from, datagram.payload, now) else {
                        continue;
                    };
                    subscriber.first_packet_after.get_or_insert_with(|| subscriber.started.elapsed());
                    // A retransmission is late because of the loss, not because of the router.
                    if !media.retransmission
                        && let (Some(received_at), Some(sent_at)) = (received_at, sent_at(media.payload))
                        && self.latencies_us.len() < LATENCIES_MAX
                    {
                        self.latencies_us.push(received_at.saturating_sub(sent_at).as_micros() as u32);
                    }
                }
            }
            if timers || connecting {
                subscriber.peer.handle_timeout(now);
                while subscriber.peer.poll_event().is_some() {}
                while let Some(to) = subscriber.peer.poll_transmit(&mut self.datagram) {
                    self.send.push(&subscriber.socket, to, &self.datagram);
                }
                self.send.flush(&subscriber.socket);
            }
        }
    }

    fn snapshot(&mut self) -> Snapshot {
        let mut snapshot = Snapshot {
            latencies_us: std::mem::take(&mut self.latencies_us),
            cpu: vec![own_thread_cpu()],
            ..Snapshot::default()
        };
        for subscriber in &self.subscribers {
            let tracks = subscriber.mids.iter().filter_map(|mid| subscriber.peer.receive_stats(mid));
            let (received, lost) = tracks.fold((0, 0), |(received, lost), track| {
                (received + track.reception.received, lost + track.reception.lost)
            });
            snapshot.receiving += usize::from(received > 0);
            snapshot.received += received;
            snapshot.lost += lost;
            snapshot.join_times.extend(subscriber.first_packet_after);
        }
        snapshot
    }
}
