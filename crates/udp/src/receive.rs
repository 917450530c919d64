//! Receiving: one call brings many messages, each of which may be many datagrams of one sender.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsFd;
use std::time::Duration;

use crate::pages::fault_in;
use crate::socket::Socket;
use crate::sys::{self, Message};

/// Messages taken by one call. 32 keep the touched part of the buffers inside the second-level cache.
const MESSAGES: usize = 32;

/// The largest message GRO can build, moved on by a few cache lines so that the starts of all buffers, which hold the headers
/// everybody looks at, do not compete for the same cache set.
const STRIDE: usize = 65_536 + 5 * 64;

/// Most messages are no longer: a frame of a camera.
const USUAL_BYTES: usize = 8_192;

/// One received datagram, to be decrypted in place.
#[derive(Debug)]
pub struct Datagram<'a> {
    pub from: SocketAddr,
    pub payload: &'a mut [u8],
    /// Kernel's time of arrival since the epoch, when the socket was opened with `timestamps`.
    pub received_at: Option<Duration>,
}

/// Counters since the batch was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecvStats {
    pub calls: u64,
    pub messages: u64,
    pub datagrams: u64,
    pub bytes: u64,
    /// Datagrams the kernel dropped because the receive buffer was full.
    pub dropped_by_kernel: u64,
}

/// Reusable buffers for [`Socket::recv_batch`]. 2 MiB of address space, of which only what arrives is touched.
#[derive(Debug)]
pub struct RecvBatch {
    buffers: Box<[u8]>,
    messages: Box<[Message]>,
    filled: usize,
    stats: RecvStats,
    /// The kernel's counter is 32 bits wide, starts at 0 with the socket and is absent until the first drop.
    kernel_drops_seen: u32,
}

impl Default for RecvBatch {
    fn default() -> Self {
        RecvBatch::new()
    }
}

impl RecvBatch {
    pub fn new() -> RecvBatch {
        let nobody =
            Message { from: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), len: 0, segment: 0, received_at: None };
        let mut buffers = vec![0; MESSAGES * STRIDE].into_boxed_slice();
        buffers.chunks_exact_mut(STRIDE).for_each(|buffer| fault_in(&mut buffer[..USUAL_BYTES]));
        RecvBatch {
            buffers,
            messages: vec![nobody; MESSAGES].into_boxed_slice(),
            filled: 0,
            stats: RecvStats::default(),
            kernel_drops_seen: 0,
        }
    }

    /// The datagrams of the last call, in order of arrival.
    pub fn datagrams(&mut self) -> impl Iterator<Item = Datagram<'_>> {
        self.buffers.chunks_exact_mut(STRIDE).zip(&self.messages[..self.filled]).flat_map(|(buffer, message)| {
            let segment = (message.segment as usize).max(1);
            buffer[..message.len as usize].chunks_mut(segment).map(|payload| Datagram {
                from: message.from,
                payload,
                received_at: message.received_at,
            })
        })
    }

    /// The last call brought as many messages as fit: there may be more.
    pub fn is_full(&self) -> bool {
        self.filled == self.messages.len()
    }

    pub fn stats(&self) -> RecvStats {
        self.stats
    }
}

impl Socket {
    /// Takes what has arrived, without blocking; returns the number of datagrams (0: nothing there). The batch belongs to
    /// one socket for as long as its `dropped_by_kernel` is to mean anything.
    ///
    /// Zero-length datagrams, which mean nothing in any protocol carried here, are skipped.
    pub fn recv_batch(&self, batch: &mut RecvBatch) -> io::Result<usize> {
        batch.filled = 0;
        let received = match sys::receive_messages(self.as_fd(), &mut batch.buffers, STRIDE, &mut batch.messages) {
            Ok(received) => received,
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => return Ok(0),
            // A late ICMP answer to something we sent; the socket is as good as before.
            Err(e) if matches!(e.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::HostUnreachable) => {
                return Ok(0);
            }
            Err(e) => return Err(e),
        };
        batch.filled = received.messages;
        let (mut datagrams, mut bytes) = (0, 0);
        for message in &batch.messages[..batch.filled] {
            datagrams += message.len.div_ceil(message.segment.max(1)) as usize;
            bytes += u64::from(message.len);
        }
        if let Some(total) = received.dropped_total {
            batch.stats.dropped_by_kernel += u64::from(total.wrapping_sub(batch.kernel_drops_seen));
            batch.kernel_drops_seen = total;
        }
        batch.stats.calls += 1;
        batch.stats.messages += batch.filled as u64;
        batch.stats.datagrams += datagrams as u64;
        batch.stats.bytes += bytes;
        Ok(datagrams)
    }
}
