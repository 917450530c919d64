//! Where datagrams leave the plane: slot by slot, so that ciphertext is written once, straight to where the socket
//! layer sends it from.
//!
//! Consecutive datagrams for one destination are one run (one GSO message when their sizes agree); the plane orders its
//! work so that runs are long, pads what is a little shorter than what follows it ([`run_padding`](crate::run_padding)), and
//! an implementation must keep the order it is given.

use std::net::SocketAddr;

/// Size of a slot. Nothing the plane sends is larger: 1,500 bytes of Ethernet less IPv4 and UDP headers, rounded up.
pub const SLOT_BYTES: usize = 1500;

/// A sink of datagrams. It never fails: an egress that cannot send discards and counts.
pub trait Egress {
    /// The next free slot, [`SLOT_BYTES`] long, for a datagram to `destination`. A slot that is not committed is offered again.
    fn slot(&mut self, destination: SocketAddr) -> &mut [u8];

    /// Sends the first `len` bytes of the slot last offered.
    fn commit(&mut self, len: usize);
}

/// Keeps what was sent, for tests and simulations.
#[derive(Debug)]
pub struct RecordingEgress {
    pub sent: Vec<(SocketAddr, Vec<u8>)>,
    slot: Box<[u8; SLOT_BYTES]>,
    destination: Option<SocketAddr>,
}

impl RecordingEgress {
    pub fn new() -> Self {
        Self { sent: Vec::new(), slot: Box::new([0; SLOT_BYTES]), destination: None }
    }

    /// Everything sent since the last call.
    pub fn take(&mut self) -> Vec<(SocketAddr, Vec<u8>)> {
        std::mem::take(&mut self.sent)
    }
}

impl Default for RecordingEgress {
    fn default() -> Self {
        Self::new()
    }
}

impl Egress for RecordingEgress {
    fn slot(&mut self, destination: SocketAddr) -> &mut [u8] {
        self.destination = Some(destination);
        &mut self.slot[..]
    }

    fn commit(&mut self, len: usize) {
        if let Some(destination) = self.destination.take() {
            self.sent.push((destination, self.slot[..len].to_vec()));
        }
    }
}

/// Counts and forgets: what a benchmark of everything above the system calls needs.
#[derive(Debug)]
pub struct CountingEgress {
    pub datagrams: u64,
    pub bytes: u64,
    /// Changes of destination or of size: `datagrams / runs` is the mean GSO run.
    pub runs: u64,
    slot: Box<[u8; SLOT_BYTES]>,
    destination: Option<SocketAddr>,
    last: Option<(SocketAddr, usize)>,
}

impl CountingEgress {
    pub fn new() -> Self {
        Self { datagrams: 0, bytes: 0, runs: 0, slot: Box::new([0; SLOT_BYTES]), destination: None, last: None }
    }
}

impl Default for CountingEgress {
    fn default() -> Self {
        Self::new()
    }
}

impl Egress for CountingEgress {
    fn slot(&mut self, destination: SocketAddr) -> &mut [u8] {
        self.destination = Some(destination);
        &mut self.slot[..]
    }

    fn commit(&mut self, len: usize) {
        let Some(destination) = self.destination.take() else {
            return;
        };
        self.datagrams += 1;
        self.bytes += len as u64;
        if self.last != Some((destination, len)) {
            self.runs += 1;
            self.last = Some((destination, len));
        }
    }
}
