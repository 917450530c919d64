//! A UDP relay that puts a simulated link ([`exedra_sim::link`]) into each direction of a real path: delay, jitter (which
//! reorders), loss and duplication where the kernel has no netem.
//!
//! Clients talk to `--listen`; each gets a socket of its own towards `--to`, so the server sees one address per client.
//! The same seed and the same arrival order of packets give the same decisions.
//!
//! `exedra-relay --listen 192.0.2.254:5000 --to 192.0.2.1:5000 --delay-ms 50 --jitter-ms 10 --loss 0.05 --duplicate 0.01 --seed 7`

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use exedra_sim::link::{Link, LinkProfile};

/// Packets waiting for their time; more are dropped, as a full router queue would.
const QUEUE_PACKETS_MAX: usize = 65_536;
const CLIENTS_MAX: usize = 1_024;

/// One direction, of all clients together.
#[derive(Clone)]
struct Way {
    link: Arc<Mutex<Link>>,
    queue: SyncSender<Delayed>,
}

struct Delayed {
    due: Instant,
    socket: Arc<UdpSocket>,
    to: SocketAddr,
    bytes: Vec<u8>,
}

fn main() -> Result<(), String> {
    let arguments = Arguments::parse()?;
    let listen = Arc::new(UdpSocket::bind(arguments.listen).map_err(|e| format!("bind {}: {e}", arguments.listen))?);
    let (queue, due) = sync_channel(QUEUE_PACKETS_MAX);
    thread::spawn(move || deliver(due));

    let way = |seed| Way { link: Arc::new(Mutex::new(Link::new(arguments.profile, seed))), queue: queue.clone() };
    let (there, back) = (way(arguments.seed), way(!arguments.seed));
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
                let (upstream, listen, back) = (socket.clone(), listen.clone(), back.clone());
                thread::spawn(move || relay_back(&upstream, listen, client, &back));
                upstreams.insert(client, socket.clone());
                socket
            }
        };
        there.carry(&upstream, arguments.to, &buffer[..len]);
    }
}

fn relay_back(upstream: &UdpSocket, listen: Arc<UdpSocket>, client: SocketAddr, back: &Way) {
    let mut buffer = [0u8; 65_536];
    while let Ok((len, _)) = upstream.recv_from(&mut buffer) {
        back.carry(&listen, client, &buffer[..len]);
    }
}

impl Way {
    fn carry(&self, socket: &Arc<UdpSocket>, to: SocketAddr, bytes: &[u8]) {
        let now = Instant::now();
        for delay in self.link.lock().expect("no holder panics").carry(bytes) {
            let delayed = Delayed { due: now + delay, socket: socket.clone(), to, bytes: bytes.to_vec() };
            let _full_queue_drops = self.queue.try_send(delayed);
        }
    }
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

struct Arguments {
    listen: SocketAddr,
    to: SocketAddr,
    profile: LinkProfile,
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
            profile: LinkProfile {
                delay: Duration::from_millis(take(&mut given, "--delay-ms", Some(0))?),
                jitter: Duration::from_millis(take(&mut given, "--jitter-ms", Some(0))?),
                loss: take(&mut given, "--loss", Some(0.0))?,
                duplicate: take(&mut given, "--duplicate", Some(0.0))?,
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
        self.due == other.due
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
        self.due.cmp(&other.due)
    }
}
