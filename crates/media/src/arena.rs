//! The packets of one encoding, decrypted once: jitter buffer, retransmission history and key-frame replay are all this
//! one ring, and so is the pacer's queue, because a subscriber's place in it is a number.
//!
//! Owns the bytes. Must not know subscribers. Two numbers name a packet: its *arrival* (0, 1, 2, … in the order in which
//! packets came, without gaps) and the publisher's extended *sequence*. Everything is allocated when the arena is made.

use crate::codec::PayloadFacts;
use crate::rtp::ElementTable;

/// What is known of a packet besides its bytes, read once for all subscribers.
#[derive(Debug, Clone, Copy, Default)]
pub struct PacketMeta {
    /// The publisher's sequence number, extended.
    pub sequence: u64,
    pub arrived_us: u64,
    pub timestamp: u32,
    pub marker: bool,
    /// Position of the payload type in the track's list.
    pub payload: u8,
    /// The numbers before this packet were never sent on (a mute, a restart): nobody may wait for them.
    pub after_break: bool,
    /// Where the payload lies in the packet, padding excluded.
    pub payload_at: u16,
    pub payload_len: u16,
    /// Bytes of the payload before the primary encoding, in a packet of redundant audio; 0 in any other.
    pub redundant_len: u16,
    /// Bytes that are added on the way to a subscriber, see [`run_padding`](crate::run_padding).
    pub padding: u8,
    pub elements: ElementTable,
    pub facts: PayloadFacts,
}

#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    meta: PacketMeta,
    /// Position in the endless stream of bytes of which the arena keeps the end …
    at: u64,
    /// … and in the arena.
    start: u32,
    len: u16,
}

#[derive(Debug)]
pub struct Arena {
    bytes: Box<[u8]>,
    written: u64,
    entries: Box<[Entry]>,
    arrivals: u64,
    /// Low half of the arrival number of the packet that last used this place, by sequence.
    by_sequence: Box<[u32]>,
}

impl Arena {
    /// `packets` is a power of two.
    pub fn new(bytes: usize, packets: usize) -> Self {
        debug_assert!(packets.is_power_of_two());
        Self {
            bytes: vec![0; bytes].into(),
            written: 0,
            entries: vec![Entry::default(); packets].into(),
            arrivals: 0,
            by_sequence: vec![u32::MAX; packets].into(),
        }
    }

    /// Keeps a packet, forgetting the oldest ones. Returns its arrival number.
    pub fn push(&mut self, packet: &[u8], meta: PacketMeta) -> u64 {
        let mut start = (self.written % self.bytes.len() as u64) as usize;
        if start + packet.len() > self.bytes.len() {
            self.written += (self.bytes.len() - start) as u64;
            start = 0;
        }
        self.bytes[start..start + packet.len()].copy_from_slice(packet);
        let arrival = self.arrivals;
        let slot = self.slot(arrival);
        self.entries[slot] = Entry { meta, at: self.written, start: start as u32, len: packet.len() as u16 };
        let slot = self.slot(meta.sequence);
        self.by_sequence[slot] = arrival as u32;
        self.written += packet.len() as u64;
        self.arrivals += 1;
        arrival
    }

    /// A kept packet is to be sent with so much padding.
    pub fn set_padding(&mut self, arrival: u64, padding: u8) {
        if self.contains(arrival) {
            let slot = self.slot(arrival);
            self.entries[slot].meta.padding = padding;
        }
    }

    /// The number the next packet will get.
    pub fn arrivals(&self) -> u64 {
        self.arrivals
    }

    /// A packet and what is known of it, while it is kept.
    #[inline]
    pub fn get(&self, arrival: u64) -> Option<(&PacketMeta, &[u8])> {
        let entry = self.entry(arrival)?;
        let start = entry.start as usize;
        Some((&entry.meta, &self.bytes[start..start + usize::from(entry.len)]))
    }

    pub fn contains(&self, arrival: u64) -> bool {
        self.entry(arrival).is_some()
    }

    /// The arrival number of a sequence number, while its packet is kept.
    pub fn find(&self, sequence: u64) -> Option<u64> {
        let low = self.by_sequence[self.slot(sequence)];
        let arrival = self.complete(low);
        (self.entry(arrival)?.meta.sequence == sequence).then_some(arrival)
    }

    /// The arrival number of a kept packet from its low 32 bits.
    pub fn complete(&self, low: u32) -> u64 {
        self.arrivals.saturating_sub(u64::from((self.arrivals as u32).wrapping_sub(low)))
    }

    #[inline]
    fn entry(&self, arrival: u64) -> Option<&Entry> {
        if arrival >= self.arrivals || self.arrivals - arrival > self.entries.len() as u64 {
            return None;
        }
        let entry = &self.entries[self.slot(arrival)];
        (self.written - entry.at <= self.bytes.len() as u64).then_some(entry)
    }

    fn slot(&self, number: u64) -> usize {
        number as usize & (self.entries.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(sequence: u64) -> PacketMeta {
        PacketMeta { sequence, ..PacketMeta::default() }
    }

    #[test]
    fn a_packet_is_found_by_arrival_and_by_sequence_until_its_bytes_are_overwritten() {
        let mut arena = Arena::new(1000, 8);
        for sequence in 100..107 {
            let arrival = arena.push(&[sequence as u8; 300], meta(sequence));
            assert_eq!(arena.get(arrival).unwrap().1, &[sequence as u8; 300][..]);
            assert_eq!(arena.find(sequence), Some(arrival));
        }
        assert_eq!(arena.find(103), None, "three packets of 300 bytes fit into 1,000");
        assert!(arena.get(3).is_none());
        for sequence in 104..107 {
            assert_eq!(arena.get(arena.find(sequence).unwrap()).unwrap().1[0], sequence as u8);
        }
    }

    #[test]
    fn the_number_of_packets_is_bounded_too() {
        let mut arena = Arena::new(100_000, 8);
        for sequence in 0..20 {
            arena.push(&[1], meta(sequence));
        }
        assert_eq!((arena.find(11), arena.find(12)), (None, Some(12)));
        assert!(arena.get(20).is_none(), "nothing has arrived yet");
        assert!(arena.find(12 + 8).is_none(), "same place, other number");
    }

    #[test]
    fn every_kept_packet_has_the_bytes_it_came_with() {
        let mut arena = Arena::new(5000, 64);
        for sequence in 0..10_000u64 {
            let len = 1 + (sequence * 7919 % 900) as usize;
            arena.push(&vec![sequence as u8; len], meta(sequence));
            for arrival in arena.arrivals().saturating_sub(70)..arena.arrivals() {
                if let Some((meta, bytes)) = arena.get(arrival) {
                    assert_eq!(meta.sequence, arrival);
                    assert!(bytes.iter().all(|byte| *byte == arrival as u8));
                }
            }
        }
    }
}
