//! Sending: datagrams are written once, into their final place, and leave in as few messages as the kernel allows.
//!
//! The arena is filled without gaps, so a run of equal datagrams to one destination is one contiguous piece of memory and
//! one message. Whoever fills the batch gets long runs by going through destinations one by one (subscriber-major).

use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Duration;
use std::{io, mem};

use crate::pages::fault_in;
use crate::socket::Socket;
use crate::sys::{self, Run};

/// Largest datagram the batch takes; media stays below 1,500, DTLS flights and tests may not.
pub const DATAGRAM_BYTES_MAX: usize = 2_048;

/// Datagrams in one message: the kernel's limit (`UDP_MAX_SEGMENTS` before Linux 6.9).
pub const SEGMENTS_MAX: usize = 64;

/// Bytes in one message: below the 65,507 an IPv4 datagram can hold.
const RUN_BYTES_MAX: usize = 65_000;

/// Arena of one batch. It is written and read again at once, so it should stay in the second-level cache.
const ARENA_BYTES: usize = 256 * 1024;

/// Messages of one batch.
const RUNS_MAX: usize = 256;

/// How long a full send buffer may hold up the shard, once per flush. Two packet times at 50 packets/s would be audible.
const BACKPRESSURE_WAIT: Duration = Duration::from_millis(2);

/// Runs the kernel may refuse in a row before segmentation is given up on this batch's socket.
const REFUSALS_MAX: u32 = 16;

/// Counters since the batch was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SendStats {
    pub calls: u64,
    /// Messages the kernel took; `datagrams / messages` is the mean GSO run.
    pub messages: u64,
    pub datagrams: u64,
    pub bytes: u64,
    /// Datagrams given up because the send buffer stayed full.
    pub dropped_by_backpressure: u64,
    /// Datagrams the kernel refused for another reason (no route, filtered, too large).
    pub refused: u64,
    /// Runs the kernel would not segment; they were sent one by one.
    pub gso_refused: u64,
}

/// Datagrams waiting to leave through one socket.
#[derive(Debug)]
pub struct SendBatch {
    arena: Box<[u8]>,
    /// End of the committed part of the arena.
    end: usize,
    runs: Vec<Run>,
    /// Destination of the slot that is being written.
    open: Option<SocketAddr>,
    segments_max: usize,
    refusals_in_a_row: u32,
    stats: SendStats,
}

impl Default for SendBatch {
    fn default() -> Self {
        SendBatch::new()
    }
}

impl SendBatch {
    pub fn new() -> SendBatch {
        let mut arena = vec![0; ARENA_BYTES].into_boxed_slice();
        fault_in(&mut arena);
        SendBatch {
            arena,
            end: 0,
            runs: Vec::with_capacity(RUNS_MAX),
            open: None,
            segments_max: SEGMENTS_MAX,
            refusals_in_a_row: 0,
            stats: SendStats::default(),
        }
    }

    /// Never merges datagrams: for kernels and paths where segmentation is known to hurt.
    pub fn without_gso() -> SendBatch {
        SendBatch { segments_max: 1, ..SendBatch::new() }
    }

    /// The place of the next datagram, [`DATAGRAM_BYTES_MAX`] bytes with undefined content. Write it, then [`commit`]
    /// its length; taking another slot instead abandons this one. A full batch is flushed through `socket` first.
    ///
    /// [`commit`]: SendBatch::commit
    #[inline]
    pub fn slot(&mut self, socket: &Socket, to: SocketAddr) -> &mut [u8] {
        if self.end + DATAGRAM_BYTES_MAX > self.arena.len() || self.runs.len() == RUNS_MAX {
            self.flush(socket);
        }
        self.open = Some(to);
        &mut self.arena[self.end..][..DATAGRAM_BYTES_MAX]
    }

    /// Queues the first `len` bytes of the slot. Nothing happens without an open slot, for 0, or beyond its size.
    #[inline]
    pub fn commit(&mut self, len: usize) {
        let Some(to) = self.open.take() else { return };
        if len == 0 || len > DATAGRAM_BYTES_MAX {
            return;
        }
        let start = self.end;
        self.end += len;
        match self.runs.last_mut() {
            Some(run) if run.takes(to, len, self.segments_max) => {
                run.len += len as u32;
                run.datagrams += 1;
            }
            _ => self.runs.push(Run { to, start: start as u32, len: len as u32, segment: len as u16, datagrams: 1 }),
        }
    }

    /// Copies a whole datagram in: for control traffic, where the copy does not matter.
    pub fn push(&mut self, socket: &Socket, to: SocketAddr, datagram: &[u8]) {
        let Some(place) = self.slot(socket, to).get_mut(..datagram.len()) else {
            self.stats.refused += 1;
            return;
        };
        place.copy_from_slice(datagram);
        self.commit(datagram.len());
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub fn stats(&self) -> SendStats {
        self.stats
    }

    /// Sends everything, in order. Media that cannot leave now is worth nothing later: what the kernel does not take after
    /// one bounded wait is dropped and counted.
    pub fn flush(&mut self, socket: &Socket) {
        self.drain_into(&mut &*socket);
    }

    fn drain_into(&mut self, outlet: &mut impl Outlet) {
        let mut next = 0;
        let mut may_wait = true;
        while next < self.runs.len() {
            self.stats.calls += 1;
            match outlet.send(&self.arena[..self.end], &self.runs[next..]) {
                Ok(sent) => {
                    for run in &self.runs[next..next + sent] {
                        account(&mut self.stats, run);
                        if run.datagrams > 1 {
                            self.refusals_in_a_row = 0;
                        }
                    }
                    next += sent;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    if !mem::take(&mut may_wait) || !outlet.wait_for_room() {
                        let left: u64 = self.runs[next..].iter().map(|run| u64::from(run.datagrams)).sum();
                        self.stats.dropped_by_backpressure += left;
                        break;
                    }
                }
                Err(_) if self.runs[next].datagrams > 1 => {
                    self.send_one_by_one(outlet, self.runs[next]);
                    next += 1;
                }
                Err(_) => {
                    self.stats.refused += 1;
                    next += 1;
                }
            }
        }
        self.runs.clear();
        self.end = 0;
        self.open = None;
    }

    /// The kernel refused to segment this run: no checksum offload on the way, or segments larger than the path's MTU.
    /// Unsegmented they may still leave.
    fn send_one_by_one(&mut self, outlet: &mut impl Outlet, run: Run) {
        self.stats.gso_refused += 1;
        self.refusals_in_a_row += 1;
        if self.refusals_in_a_row == REFUSALS_MAX {
            self.segments_max = 1;
        }
        for single in run.split() {
            self.stats.calls += 1;
            match outlet.send(&self.arena[..self.end], &[single]) {
                Ok(_) => account(&mut self.stats, &single),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.stats.dropped_by_backpressure += 1,
                Err(_) => self.stats.refused += 1,
            }
        }
    }
}

/// Where runs go: the kernel, or in tests a kernel that refuses on cue (loopback never pushes back).
trait Outlet {
    /// Returns how many runs were taken; an error concerns the first.
    fn send(&mut self, arena: &[u8], runs: &[Run]) -> io::Result<usize>;
    fn wait_for_room(&mut self) -> bool;
}

impl Outlet for &Socket {
    fn send(&mut self, arena: &[u8], runs: &[Run]) -> io::Result<usize> {
        sys::send_messages(self.as_fd(), self.family(), arena, runs)
    }

    fn wait_for_room(&mut self) -> bool {
        sys::poll_writable(self.as_fd(), BACKPRESSURE_WAIT).unwrap_or(false)
    }
}

fn account(stats: &mut SendStats, run: &Run) {
    stats.messages += 1;
    stats.datagrams += u64::from(run.datagrams);
    stats.bytes += u64::from(run.len);
}

impl Run {
    /// A run ends with its first datagram that is shorter than the others.
    fn takes(&self, to: SocketAddr, len: usize, segments_max: usize) -> bool {
        let complete = self.len == u32::from(self.segment) * u32::from(self.datagrams);
        self.to == to
            && complete
            && len <= usize::from(self.segment)
            && usize::from(self.datagrams) < segments_max
            && self.len as usize + len <= RUN_BYTES_MAX
    }

    fn split(self) -> impl Iterator<Item = Run> {
        (0..self.len).step_by(usize::from(self.segment)).map(move |offset| Run {
            start: self.start + offset,
            len: u32::from(self.segment).min(self.len - offset),
            datagrams: 1,
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receive::RecvBatch;
    use crate::wait::sleep_until_readable;

    fn receive(socket: &Socket, count: usize) -> Vec<Vec<u8>> {
        let (mut batch, mut received) = (RecvBatch::new(), Vec::new());
        while received.len() < count && sleep_until_readable(socket, Some(Duration::from_secs(10))).unwrap() {
            socket.recv_batch(&mut batch).unwrap();
            received.extend(batch.datagrams().map(|d| d.payload.to_vec()));
        }
        received
    }

    #[test]
    fn a_run_the_kernel_will_not_segment_is_sent_datagram_by_datagram_and_soon_no_longer_tried() {
        let bind = || Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let (sender, receiver) = (bind(), bind());
        // Without UDP checksums there is nothing to complete per segment, and the kernel refuses the run.
        sys::set_option(sender.as_fd(), libc::SOL_SOCKET, libc::SO_NO_CHECK, 1).unwrap();
        let mut batch = SendBatch::new();
        let packets: Vec<_> = (0..6u8).map(|i| vec![i; 500]).collect();
        for packet in &packets {
            batch.push(&sender, receiver.local_addr(), packet);
        }
        batch.flush(&sender);
        assert_eq!(receive(&receiver, 6), packets);
        let stats = batch.stats();
        assert_eq!((stats.gso_refused, stats.datagrams, stats.messages, stats.refused), (1, 6, 6, 0));

        for _ in 0..2 * REFUSALS_MAX {
            batch.push(&sender, receiver.local_addr(), &[1; 500]);
            batch.push(&sender, receiver.local_addr(), &[2; 500]);
            batch.flush(&sender);
        }
        assert_eq!(batch.stats().gso_refused, u64::from(REFUSALS_MAX));
        assert_eq!(receive(&receiver, 4 * REFUSALS_MAX as usize).len(), 4 * REFUSALS_MAX as usize);
    }

    /// Answers from a script, then takes everything; remembers the first byte of each run it took.
    struct Scripted {
        script: std::vec::IntoIter<io::Result<usize>>,
        room_after_waiting: bool,
        waits: u32,
        taken: Vec<u8>,
    }

    impl Scripted {
        fn new(script: Vec<io::Result<usize>>, room_after_waiting: bool) -> Scripted {
            Scripted { script: script.into_iter(), room_after_waiting, waits: 0, taken: Vec::new() }
        }
    }

    impl Outlet for Scripted {
        fn send(&mut self, arena: &[u8], runs: &[Run]) -> io::Result<usize> {
            let sent = self.script.next().unwrap_or(Ok(runs.len()))?;
            self.taken.extend(runs[..sent].iter().map(|run| arena[run.start as usize]));
            Ok(sent)
        }

        fn wait_for_room(&mut self) -> bool {
            self.waits += 1;
            self.room_after_waiting
        }
    }

    /// Five datagrams that cannot be merged, starting with 0 to 4.
    fn five() -> SendBatch {
        let socket = Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut batch = SendBatch::without_gso();
        for i in 0..5 {
            batch.push(&socket, socket.local_addr(), &[i; 100]);
        }
        batch
    }

    fn blocked() -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    #[test]
    fn a_partly_taken_batch_goes_on_where_the_kernel_stopped() {
        let (mut batch, mut outlet) =
            (five(), Scripted::new(vec![Ok(2), Err(io::ErrorKind::Interrupted.into()), Ok(1)], true));
        batch.drain_into(&mut outlet);
        assert_eq!(outlet.taken, [0, 1, 2, 3, 4]);
        assert_eq!((batch.stats().datagrams, batch.stats().calls, outlet.waits), (5, 4, 0));
    }

    #[test]
    fn a_send_buffer_that_empties_in_time_costs_one_wait_and_no_datagram() {
        let (mut batch, mut outlet) = (five(), Scripted::new(vec![Ok(2), blocked()], true));
        batch.drain_into(&mut outlet);
        assert_eq!((outlet.taken.len(), outlet.waits, batch.stats().dropped_by_backpressure), (5, 1, 0));
    }

    #[test]
    fn a_send_buffer_that_stays_full_drops_and_counts_instead_of_blocking() {
        for (script, room, sent) in
            [(vec![Ok(2), blocked()], false, 2), (vec![Ok(2), blocked(), Ok(1), blocked()], true, 3)]
        {
            let (mut batch, mut outlet) = (five(), Scripted::new(script, room));
            batch.drain_into(&mut outlet);
            assert_eq!((outlet.taken.len(), outlet.waits), (sent, 1));
            assert_eq!(batch.stats().dropped_by_backpressure, 5 - sent as u64);
            assert!(batch.is_empty());
        }
    }
}
