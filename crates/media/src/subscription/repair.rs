//! What a subscription sends on its repair stream (RFC 4588): lost packets again, recent ones to fill a probe, padding.
//!
//! Must not change what the media stream goes on with: a repair is of what was sent, as it was sent.

use super::{Rtx, Subscription};
use crate::arena::PacketMeta;
use crate::egress::Egress;
use crate::forward::{PictureOffset, write_header, write_padding, write_payload};
use crate::rtp::FixedHeader;
use crate::send_path::{SendPath, Written};
use crate::sequence::{Use, complete};
use crate::track::{Encoding, Track};

/// Packets that one fill sends again at most.
const FILL_PACKETS_MAX: u16 = 64;

/// Padding of one packet: its count is a byte, and the count is part of it.
const PADDING_BYTES: u8 = 252;

/// A packet is repaired again only after this long, or most of a round trip: a second NACK for it may have crossed with the
/// repair, or both wait in one queue.
const REPAIR_AGAIN_MS: u16 = 20;
const REPAIR_AGAIN_MS_MAX: u64 = 1000;

impl Subscription {
    /// Repairs the packet that the subscriber calls `sequence`, when it is still there and there is budget for it.
    pub fn repair<E: Egress>(
        &mut self,
        sequence: u16,
        track: &Track,
        path: &mut SendPath,
        now_us: u64,
        egress: &mut E,
    ) -> bool {
        let repaired = self.try_repair(sequence, track, path, now_us, egress).is_some();
        match repaired {
            true => self.counters.repairs += 1,
            false => self.counters.repairs_refused += 1,
        }
        repaired
    }

    fn try_repair<E: Egress>(
        &mut self,
        sequence: u16,
        track: &Track,
        path: &mut SendPath,
        now_us: u64,
        egress: &mut E,
    ) -> Option<()> {
        let (number, used) = self.map.look_up(sequence).filter(|(number, _)| *number >= self.repairable_from)?;
        let (encoding, arrival) = match used {
            Use::Sent { encoding, arrival } | Use::Nothing { encoding, arrival } => {
                let arena = &track.encodings.get(usize::from(encoding))?.arena;
                (encoding, complete(arena.arrivals().checked_sub(1)?, arrival)?)
            }
            Use::Reserved { encoding, sequence } => {
                let arena = &track.encodings.get(usize::from(encoding))?.arena;
                let newest = arena.get(arena.arrivals().checked_sub(1)?)?.0.sequence;
                (encoding, arena.find(complete(newest, sequence)?)?)
            }
        };
        let from = &track.encodings[usize::from(encoding)];
        let (mut meta, mut packet) = from.arena.get(arrival)?;
        let nothing = PacketMeta { timestamp: meta.timestamp, payload: meta.payload, ..PacketMeta::default() };
        if matches!(used, Use::Nothing { .. }) {
            (meta, packet) = (&nothing, &[]);
        }
        self.offsets_at(number, encoding)?;
        let now_ms = ((now_us / 1000) as u16).max(1);
        let repaired_ms = self.rtx.as_mut()?.repaired_ms(number, self.map.next());
        let again_ms =
            REPAIR_AGAIN_MS.max((path.estimator.round_trip_us() * 3 / 4 / 1000).min(REPAIR_AGAIN_MS_MAX) as u16);
        if *repaired_ms != 0 && now_ms.wrapping_sub(*repaired_ms) < again_ms {
            return None;
        }
        if !path.repairs.take(packet.len(), path.estimator.estimate_bps(), now_us) {
            return None;
        }
        *repaired_ms = now_ms;
        self.resend(number, encoding, from, meta, packet, path, now_us, egress).map(|_| ())
    }

    /// Sends recent packets once more on the repair stream, to show what the path takes: a receiver drops what it has, and
    /// is glad of what it has not. Returns the bytes sent, on the wire.
    pub fn fill<E: Egress>(
        &mut self,
        track: &Track,
        path: &mut SendPath,
        bytes: u64,
        now_us: u64,
        egress: &mut E,
    ) -> u64 {
        let mut filled = 0;
        for back in 1..=FILL_PACKETS_MAX {
            if filled >= bytes {
                break;
            }
            let sequence = (self.map.next() as u16).wrapping_sub(back);
            let Some((number, Use::Sent { encoding, arrival })) = self.map.look_up(sequence) else { continue };
            let Some(from) = track.encodings.get(usize::from(encoding)) else { continue };
            let arrival = from.arena.arrivals().checked_sub(1).and_then(|newest| complete(newest, arrival));
            let Some((meta, packet)) = arrival.and_then(|arrival| from.arena.get(arrival)) else { continue };
            // A few large packets would be a burst faster than was asked for, and tell less.
            if packet.len() as u64 > 4 * bytes {
                continue;
            }
            let Some(sent) = self.resend(number, encoding, from, meta, packet, path, now_us, egress) else { break };
            filled += sent as u64;
        }
        // Nothing left to say twice: say nothing, at length.
        for _ in 0..FILL_PACKETS_MAX {
            if filled >= bytes {
                break;
            }
            let Some(sent) = self.pad(path, now_us, egress) else { break };
            filled += sent as u64;
        }
        filled
    }

    /// A packet of nothing but padding (RFC 3550 section 5.1), on the repair stream, where it leaves no gap.
    fn pad<E: Egress>(&mut self, path: &mut SendPath, now_us: u64, egress: &mut E) -> Option<usize> {
        let rtx = self.rtx.as_mut()?;
        let payload_type = self.outgoing.payload_types.iter().find_map(|payload| payload.rtx)?;
        let fixed = FixedHeader {
            payload_type,
            marker: false,
            sequence: rtx.next as u16,
            timestamp: self.last.map_or(0, |last| last.timestamp),
            ssrc: rtx.ssrc,
        };
        let slot = egress.slot(path.address);
        let (header_len, len) = write_padding(slot, fixed, &self.plan, path.sent.next(), PADDING_BYTES)?;
        let len = rtx.seal(slot, (header_len, len), self.plan.is_numbered(), path, now_us)?;
        egress.commit(len);
        Some(len)
    }

    #[expect(clippy::too_many_arguments, reason = "a packet, its place, and where it goes")]
    fn resend<E: Egress>(
        &mut self,
        number: u64,
        index: u8,
        encoding: &Encoding,
        meta: &PacketMeta,
        packet: &[u8],
        path: &mut SendPath,
        now_us: u64,
        egress: &mut E,
    ) -> Option<usize> {
        // The layers may be others by now.
        let chosen = self.choices.at(number);
        let change = self.descriptor_change(index, encoding, meta, chosen);
        let offsets = self.offsets_at(number, index)?;
        let rtx = self.rtx.as_mut()?;
        let payload_type = self.outgoing.payload_types[usize::from(meta.payload)].rtx?;
        let fixed = FixedHeader {
            payload_type,
            marker: meta.marker || chosen.layer.ends_picture(&meta.facts),
            sequence: rtx.next as u16,
            timestamp: meta.timestamp.wrapping_add(offsets.timestamp),
            ssrc: rtx.ssrc,
        };
        let slot = egress.slot(path.address);
        let header_len = write_header(slot, fixed, &self.plan, path.sent.next(), meta, packet, change);
        // RFC 4588 section 4: the original sequence number, then the original payload, and none of its padding.
        let payload_at = header_len + 2;
        slot[header_len..payload_at].copy_from_slice(&(number as u16).to_be_bytes());
        let len = write_payload(slot, payload_at, meta, packet, 0)?;
        if let Some(picture) = meta.facts.picture {
            let offset = PictureOffset { picture_id: self.map.note_of(number), ..offsets.picture };
            offset.apply(picture, &mut slot[payload_at..len]);
        }
        let len = rtx.seal(slot, (header_len, len), self.plan.is_numbered(), path, now_us)?;
        egress.commit(len);
        Some(len)
    }
}

impl Rtx {
    /// When a number was last repaired; `next` is the first that was not given yet. Clearing the places of new numbers waits for
    /// the next repair, so that numbers that need none cost nothing.
    fn repaired_ms(&mut self, number: u64, next: u64) -> &mut u16 {
        let places = self.repaired_ms.len() as u64;
        for new in self.repaired_to.max(next.saturating_sub(places))..next {
            self.repaired_ms[(new % places) as usize] = 0;
        }
        self.repaired_to = next;
        &mut self.repaired_ms[(number % places) as usize]
    }

    /// Seals what was written, its header and all of it so long, under the next number of the repair stream.
    fn seal(
        &mut self,
        slot: &mut [u8],
        (header_len, len): (usize, usize),
        is_numbered: bool,
        path: &mut SendPath,
        now_us: u64,
    ) -> Option<usize> {
        let index = self.next - self.index_base;
        self.next += 1;
        path.seal(self.stream.as_mut()?, slot, Written { header_len, len, index, is_numbered }, now_us)
    }
}
