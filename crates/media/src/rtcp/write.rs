//! Writing RTCP into a buffer that its owner bounds. A packet that does not fit is not begun.

use super::{
    BYE, FORMAT_FIR, FORMAT_NACK, FORMAT_PLI, PAYLOAD_FEEDBACK, RECEIVER_REPORT, ReportBlock, SENDER_REPORT,
    SOURCE_DESCRIPTION, SenderInfo, TRANSPORT_FEEDBACK,
};

const SDES_CNAME: u8 = 1;

/// Most report blocks of one report: the count has five bits.
pub const REPORT_BLOCKS_MAX: usize = 31;

#[derive(Debug)]
pub struct CompoundWriter<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl<'a> CompoundWriter<'a> {
    pub fn new(out: &'a mut [u8]) -> Self {
        Self { out, len: 0 }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn room(&self) -> usize {
        self.out.len() - self.len
    }

    /// Where the next packet would begin; [`Self::advance`] takes what another writer put there.
    pub fn spare(&mut self) -> &mut [u8] {
        &mut self.out[self.len..]
    }

    pub fn advance(&mut self, len: usize) {
        self.len += len;
    }

    /// A sender report without report blocks.
    pub fn sender_report(&mut self, ssrc: u32, info: &SenderInfo) -> bool {
        let Some(body) = self.begin(0, SENDER_REPORT, 24) else {
            return false;
        };
        body[0..4].copy_from_slice(&ssrc.to_be_bytes());
        body[4..12].copy_from_slice(&info.ntp.to_be_bytes());
        body[12..16].copy_from_slice(&info.rtp_timestamp.to_be_bytes());
        body[16..20].copy_from_slice(&info.packets.to_be_bytes());
        body[20..24].copy_from_slice(&info.bytes.to_be_bytes());
        true
    }

    /// At most [`REPORT_BLOCKS_MAX`] blocks; further ones are left out.
    pub fn receiver_report(&mut self, ssrc: u32, blocks: &[ReportBlock]) -> bool {
        let blocks = &blocks[..blocks.len().min(REPORT_BLOCKS_MAX)];
        let Some(body) = self.begin(blocks.len() as u8, RECEIVER_REPORT, 4 + 24 * blocks.len()) else {
            return false;
        };
        body[0..4].copy_from_slice(&ssrc.to_be_bytes());
        for (block, out) in blocks.iter().zip(body[4..].chunks_exact_mut(24)) {
            let lost = block.cumulative_lost.clamp(-0x80_0000, 0x7F_FFFF) as u32 & 0xFF_FFFF;
            let loss = u32::from(block.fraction_lost) << 24 | lost;
            out[0..4].copy_from_slice(&block.ssrc.to_be_bytes());
            out[4..8].copy_from_slice(&loss.to_be_bytes());
            out[8..12].copy_from_slice(&block.highest_sequence.to_be_bytes());
            out[12..16].copy_from_slice(&block.jitter.to_be_bytes());
            out[16..20].copy_from_slice(&block.last_sender_report.to_be_bytes());
            out[20..24].copy_from_slice(&block.delay_since.to_be_bytes());
        }
        true
    }

    /// A source description of one chunk with one item, the CNAME.
    pub fn cname(&mut self, ssrc: u32, cname: &str) -> bool {
        let cname = &cname.as_bytes()[..cname.len().min(255)];
        // RFC 3550 section 6.5: items end with at least one zero byte, up to the next word.
        let len = (4 + 2 + cname.len() + 1).next_multiple_of(4);
        let Some(body) = self.begin(1, SOURCE_DESCRIPTION, len) else {
            return false;
        };
        body[0..4].copy_from_slice(&ssrc.to_be_bytes());
        body[4] = SDES_CNAME;
        body[5] = cname.len() as u8;
        body[6..6 + cname.len()].copy_from_slice(cname);
        body[6 + cname.len()..].fill(0);
        true
    }

    pub fn bye(&mut self, ssrc: u32) -> bool {
        let Some(body) = self.begin(1, BYE, 4) else {
            return false;
        };
        body.copy_from_slice(&ssrc.to_be_bytes());
        true
    }

    pub fn pli(&mut self, sender_ssrc: u32, media_ssrc: u32) -> bool {
        let Some(body) = self.begin(FORMAT_PLI, PAYLOAD_FEEDBACK, 8) else {
            return false;
        };
        body[0..4].copy_from_slice(&sender_ssrc.to_be_bytes());
        body[4..8].copy_from_slice(&media_ssrc.to_be_bytes());
        true
    }

    pub fn fir(&mut self, sender_ssrc: u32, media_ssrc: u32, request: u8) -> bool {
        let Some(body) = self.begin(FORMAT_FIR, PAYLOAD_FEEDBACK, 16) else {
            return false;
        };
        body.fill(0);
        body[0..4].copy_from_slice(&sender_ssrc.to_be_bytes());
        body[8..12].copy_from_slice(&media_ssrc.to_be_bytes());
        body[12] = request;
        true
    }

    /// A generic NACK for sequence numbers in ascending order; returns how many of them it carries.
    pub fn nack(&mut self, sender_ssrc: u32, media_ssrc: u32, missing: &[u16]) -> usize {
        let pairs_max = self.room().saturating_sub(12) / 4;
        let mut taken = 0;
        let mut pairs = 0;
        let start = self.len;
        let Some(body) = self.begin(FORMAT_NACK, TRANSPORT_FEEDBACK, 8) else {
            return 0;
        };
        body[0..4].copy_from_slice(&sender_ssrc.to_be_bytes());
        body[4..8].copy_from_slice(&media_ssrc.to_be_bytes());
        while let Some(&first) = missing.get(taken)
            && pairs < pairs_max
        {
            taken += 1;
            let mut following = 0u16;
            while let Some(next) = missing.get(taken) {
                let distance = next.wrapping_sub(first);
                if !(1..=16).contains(&distance) {
                    break;
                }
                following |= 1 << (distance - 1);
                taken += 1;
            }
            self.out[self.len..self.len + 2].copy_from_slice(&first.to_be_bytes());
            self.out[self.len + 2..self.len + 4].copy_from_slice(&following.to_be_bytes());
            self.len += 4;
            pairs += 1;
        }
        if taken == 0 {
            self.len = start;
            return 0;
        }
        let words = ((self.len - start) / 4 - 1) as u16;
        self.out[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
        taken
    }

    /// Writes the head of a packet with a body of `len` bytes (a multiple of four) and returns the body.
    fn begin(&mut self, count: u8, packet_type: u8, len: usize) -> Option<&mut [u8]> {
        if self.room() < 4 + len {
            return None;
        }
        let packet = &mut self.out[self.len..self.len + 4 + len];
        self.len += 4 + len;
        packet[0] = 2 << 6 | count;
        packet[1] = packet_type;
        packet[2..4].copy_from_slice(&((len / 4) as u16).to_be_bytes());
        Some(&mut packet[4..])
    }
}
