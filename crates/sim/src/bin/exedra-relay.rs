//! A seeded UDP relay for the network lab: delay, jitter, loss and reordering where the kernel has no netem.
//!
//! Clients talk to `--listen`; each gets a socket of its own towards `--to`, so the server sees one address per client.
//! The same seed and the same arrival order of packets give the same decisions.
//!
//! `exedra-relay --listen 10.77.0.3:5000 --to 10.77.0.1:5000 --delay-ms 50 --jitter-ms 10 --loss 0.05 --reorder 0.01 --seed 7`

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Packets waiting for their time; more are dropped, as a full router queue would.
const QUEUE_PACKETS_MAX: usize = 65_536;
const CLIENTS_MAX: usize = 1_024;

#[derive(Clone, Copy)]
struct Impairment {
    delay: Duration,
    jitter: Duration,
    loss: f64,
    /// Share of packets that overtake: they skip the delay.
    reorder: f64,
}

struct Delayed {
    due: Instant,
    order: u64,
    socket: Arc<UdpSocket>,
    to: SocketAddr,
    bytes: Vec<u8>,
}

fn main() -> Result<(), String> {
    let arguments = Arguments::parse()?;
    let listen = Arc::new(UdpSocket::bind(arguments.listen).map_err(|e| format!("bind {}: {e}", arguments.listen))?);
    let (queue, due) = sync_channel(QUEUE_PACKETS_MAX);
    thread::spawn(move || deliver(due));

    let dice = Arc::new(Mutex::new(Dice(arguments.seed | 1)));
    let mut upstreams: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
    let mut buffer = [0u8; 65_536];
    eprintln!("relaying {} to {}", arguments.listen, arguments.to);
    loop {
        let Ok((len, client)) = listen.recv_from(&mut buffer) else { continue };
        let upstream = match upstreams.get(&client) {
            Some(socket) => socket.clone(),
            None if upstreams.len() >= CLIENTS_MAX => continue,
            None => {
                let any: SocketAddr =
                    if arguments.to.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
                let socket = Arc::new(UdpSocket::bind(any).map_err(|e| e.to_string())?);
                let back = (socket.clone(), listen.clone(), queue.clone(), dice.clone());
                let impairment = arguments.impairment;
                thread::spawn(move || relay_back(back.0, back.1, client, back.2, back.3, impairment));
                upstreams.insert(client, socket.clone());
                socket
            }
        };
        impair(&queue, &dice, arguments.impairment, upstream, arguments.to, &buffer[..len]);
    }
}

fn relay_back(
    upstream: Arc<UdpSocket>,
    listen: Arc<UdpSocket>,
    client: SocketAddr,
    queue: SyncSender<Delayed>,
    dice: Arc<Mutex<Dice>>,
    impairment: Impairment,
) {
    let mut buffer = [0u8; 65_536];
    while let Ok((len, _)) = upstream.recv_from(&mut buffer) {
        impair(&queue, &dice, impairment, listen.clone(), client, &buffer[..len]);
    }
}

fn impair(
    queue: &SyncSender<Delayed>,
    dice: &Mutex<Dice>,
    impairment: Impairment,
    socket: Arc<UdpSocket>,
    to: SocketAddr,
    bytes: &[u8],
) {
    let (order, lost, overtakes, jitter) = {
        let mut dice = dice.lock().expect("no holder panics");
        (dice.next(), dice.roll() < impairment.loss, dice.roll() < impairment.reorder, dice.roll())
    };
    if lost {
        return;
    }
    let delay = if overtakes { Duration::ZERO } else { impairment.delay + impairment.jitter.mul_f64(jitter) };
    let _full_queue_drops =
        queue.try_send(Delayed { due: Instant::now() + delay, order, socket, to, bytes: bytes.to_vec() });
}

fn deliver(incoming: Receiver<Delayed>) {
    let mut waiting = BinaryHeap::new();
    loop {
        let next = waiting.peek().map(|Reverse(d): &Reverse<Delayed>| d.due.saturating_duration_since(Instant::now()));
        match incoming.recv_timeout(next.unwrap_or(Duration::from_secs(3600))) {
            Ok(packet) => waiting.push(Reverse(packet)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while waiting.peek().is_some_and(|Reverse(d)| d.due <= Instant::now()) {
            let Reverse(packet) = waiting.pop().expect("peeked");
            let _unreachable_is_loss = packet.socket.send_to(&packet.bytes, packet.to);
        }
    }
}

/// xorshift64*: small, seeded, good enough for dice.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn roll(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

struct Arguments {
    listen: SocketAddr,
    to: SocketAddr,
    impairment: Impairment,
    seed: u64,
}

impl Arguments {
    fn parse() -> Result<Self, String> {
        let mut given: HashMap<String, String> = HashMap::new();
        let mut words = std::env::args().skip(1);
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
            given.insert(name, value);
        }
        fn take<T: std::str::FromStr>(
            given: &mut HashMap<String, String>,
            name: &str,
            default: Option<T>,
        ) -> Result<T, String> {
            match (given.remove(name), default) {
                (Some(text), _) => text.parse().map_err(|_| format!("{name}: cannot read {text:?}")),
                (None, Some(default)) => Ok(default),
                (None, None) => Err(format!("{name} is required")),
            }
        }
        let arguments = Self {
            listen: take(&mut given, "--listen", None)?,
            to: take(&mut given, "--to", None)?,
            impairment: Impairment {
                delay: Duration::from_millis(take(&mut given, "--delay-ms", Some(0))?),
                jitter: Duration::from_millis(take(&mut given, "--jitter-ms", Some(0))?),
                loss: take(&mut given, "--loss", Some(0.0))?,
                reorder: take(&mut given, "--reorder", Some(0.0))?,
            },
            seed: take(&mut given, "--seed", Some(1))?,
        };
        match given.keys().next() {
            Some(unknown) => Err(format!("unknown option {unknown}")),
            None => Ok(arguments),
        }
    }
}

impl PartialEq for Delayed {
    fn eq(&self, other: &Self) -> bool {
        (self.due, self.order) == (other.due, other.order)
    }
}
impl Eq for Delayed {}
impl PartialOrd for Delayed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Delayed {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due, self.order).cmp(&(other.due, other.order))
    }
}
