//! The loop of one shard, run to completion: commands, a batch of datagrams in, what follows from them out, sleep.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use exedra_media::PlaneConfig;
use exedra_udp::{RecvBatch, Socket, Waker, wait};
use tokio::sync::mpsc;
use tracing::error;

use super::ShardCommand;
use super::driver::Driver;
use super::gauges::Gauges;

/// Commands carried out before the socket is looked at again.
const COMMANDS_PER_TURN: usize = 64;

/// Batches received before what follows from them is sent: a flood must not starve the timers.
const BATCHES_PER_TURN: usize = 4;

/// How soon a full room's mailbox is tried again.
const RETRY: Duration = Duration::from_millis(5);

pub struct ShardThread {
    socket: Socket,
    queue: mpsc::Receiver<ShardCommand>,
    waker: Arc<Waker>,
    stop: Arc<AtomicBool>,
    gauges: Gauges,
    plane: PlaneConfig,
    received: RecvBatch,
    driver: Driver,
}

impl ShardThread {
    pub fn new(
        socket: Socket,
        plane: PlaneConfig,
        queue: mpsc::Receiver<ShardCommand>,
        waker: Arc<Waker>,
        stop: Arc<AtomicBool>,
        gauges: Gauges,
    ) -> Self {
        let driver = Driver::new(plane.clone(), Instant::now());
        Self { socket, queue, waker, stop, gauges, plane, received: RecvBatch::new(), driver }
    }

    /// The plane contains what goes wrong with one peer. What goes wrong beyond that costs this shard's peers, which are
    /// told so and may come again, and nothing else.
    pub fn run(mut self) {
        while catch_unwind(AssertUnwindSafe(|| self.turns())).is_err() {
            error!("a media shard met an internal defect; its peers are given up");
            self.gauges.count_panic();
            let fresh = Driver::new(self.plane.clone(), Instant::now());
            self.driver = std::mem::replace(&mut self.driver, fresh).into_successor(self.plane.clone(), Instant::now());
        }
    }

    fn turns(&mut self) {
        loop {
            let stopping = self.stop.load(Ordering::Acquire);
            let commands_left = self.commands();
            let datagrams_left = self.datagrams();
            let now = Instant::now();
            self.driver.flush(&self.socket, now);
            self.gauges.publish(&self.received, &self.driver, now);
            if stopping && !commands_left {
                return;
            }
            let timeout = match commands_left || datagrams_left {
                true => Duration::ZERO,
                false => {
                    let timeout = self.driver.next_timeout().saturating_duration_since(now);
                    if self.driver.has_backlog() { timeout.min(RETRY) } else { timeout }
                }
            };
            if let Err(source) = wait(&self.socket, &self.waker, Some(timeout)) {
                error!(%source, "a media shard cannot wait for its socket");
                std::thread::sleep(RETRY);
            }
        }
    }

    fn commands(&mut self) -> bool {
        for _ in 0..COMMANDS_PER_TURN {
            let Ok(command) = self.queue.try_recv() else { return false };
            self.driver.command(command, &self.socket, Instant::now());
        }
        true
    }

    /// `true`: there may be more.
    fn datagrams(&mut self) -> bool {
        for _ in 0..BATCHES_PER_TURN {
            match self.socket.recv_batch(&mut self.received) {
                Ok(0) => return false,
                Ok(_) => {
                    self.driver.receive(&mut self.received, &self.socket, Instant::now());
                    if !self.received.is_full() {
                        return false;
                    }
                }
                Err(source) => {
                    error!(%source, "a media shard cannot read its socket");
                    return false;
                }
            }
        }
        true
    }
}
