//! The sending half of one peer: its keys, its address, its transport-wide numbers and its budgets.

use std::hint::black_box;
use std::net::SocketAddr;

use crate::bwe::Estimator;
use crate::nack::RepairBudget;
use crate::srtp::{SendStream, SrtpSender};
use crate::twcc::SentPackets;

pub struct SendPath {
    pub srtp: SrtpSender,
    pub address: SocketAddr,
    pub sent: SentPackets,
    pub repairs: RepairBudget,
    pub estimator: Estimator,
    /// The probe that what is sent now is part of, 0 for none.
    pub probe: u8,
    pub counters: SendCounters,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SendCounters {
    pub packets: u64,
    /// On the wire, above UDP.
    pub bytes: u64,
    /// Bytes of it that only make runs longer, see [`run_padding`](crate::run_padding).
    pub padding: u64,
    /// Packets that SRTP refused to seal: a number used before, or a key at its end.
    pub unsealed: u64,
}

/// A packet written into a slot and waiting to be sealed.
#[derive(Debug, Clone, Copy)]
pub struct Written {
    pub header_len: usize,
    pub len: usize,
    /// SRTP index.
    pub index: u64,
    /// It carries the transport-wide number that is next.
    pub is_numbered: bool,
}

impl SendPath {
    pub fn new(srtp: SrtpSender, address: SocketAddr, now_us: u64) -> Self {
        Self {
            srtp,
            address,
            sent: SentPackets::new(),
            repairs: RepairBudget::new(now_us),
            estimator: Estimator::new(),
            probe: 0,
            counters: SendCounters::default(),
        }
    }

    /// Reads what sending will, without needing any of it yet.
    #[inline]
    pub fn touch(&self) {
        black_box((self.address, self.sent.next(), self.probe, self.counters.packets));
        black_box(self.estimator.estimate_bps());
    }

    /// Seals what was written, and accounts for it. Returns the datagram's length, to be committed.
    #[inline]
    pub fn seal(&mut self, stream: &mut SendStream, slot: &mut [u8], written: Written, now_us: u64) -> Option<usize> {
        let Written { header_len, len, index, is_numbered } = written;
        let Ok(len) = self.srtp.protect_rtp(stream, slot, header_len, len, index) else {
            self.counters.unsealed += 1;
            return None;
        };
        if is_numbered {
            self.sent.sent(len, self.probe, now_us);
        }
        self.counters.packets += 1;
        self.counters.bytes += len as u64;
        Some(len)
    }
}
