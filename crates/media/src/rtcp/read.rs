//! Reading RTCP.

use super::{
    BYE, FORMAT_FIR, FORMAT_NACK, FORMAT_PLI, FORMAT_REMB, FORMAT_TRANSPORT_CC, PAYLOAD_FEEDBACK, RECEIVER_REPORT,
    SENDER_REPORT, TRANSPORT_FEEDBACK, transport_cc::Arrivals,
};

/// The packets of one compound packet.
#[derive(Debug, Clone)]
pub struct Compound<'a> {
    rest: &'a [u8],
}

/// One packet the plane acts upon.
#[derive(Debug, Clone)]
pub enum Packet<'a> {
    SenderReport {
        ssrc: u32,
        info: SenderInfo,
        reports: ReportBlocks<'a>,
    },
    ReceiverReport {
        ssrc: u32,
        reports: ReportBlocks<'a>,
    },
    Bye {
        sources: Sources<'a>,
    },
    Feedback {
        media_ssrc: u32,
        feedback: Feedback<'a>,
    },
    /// A well-formed packet of a type the plane has no use for.
    Other {
        packet_type: u8,
    },
}

#[derive(Debug, Clone)]
pub enum Feedback<'a> {
    Nack(NackPairs<'a>),
    TransportCc(Arrivals<'a>),
    Pli,
    /// The media SSRCs that a full intra request names.
    Fir(FirEntries<'a>),
    /// Receiver estimated maximum bitrate, bits per second.
    Remb {
        bitrate_bps: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderInfo {
    pub ntp: u64,
    pub rtp_timestamp: u32,
    pub packets: u32,
    pub bytes: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReportBlock {
    pub ssrc: u32,
    /// Fraction of packets lost since the previous report, in 1/256.
    pub fraction_lost: u8,
    /// 24 bits, signed: duplicates can make it negative.
    pub cumulative_lost: i32,
    pub highest_sequence: u32,
    /// Interarrival jitter in units of the RTP clock.
    pub jitter: u32,
    /// Middle 32 bits of the NTP time of the last sender report, 0 when there was none.
    pub last_sender_report: u32,
    /// 1/65,536 s between that report's arrival and this one.
    pub delay_since: u32,
}

impl<'a> Compound<'a> {
    pub fn new(datagram: &'a [u8]) -> Self {
        Self { rest: datagram }
    }
}

impl<'a> Iterator for Compound<'a> {
    type Item = Packet<'a>;

    fn next(&mut self) -> Option<Packet<'a>> {
        let head = self.rest.first_chunk::<4>()?;
        let len = 4 * (usize::from(u16::from_be_bytes([head[2], head[3]])) + 1);
        if head[0] >> 6 != 2 || len > self.rest.len() {
            self.rest = &[];
            return None;
        }
        let (packet, rest) = self.rest.split_at(len);
        self.rest = rest;
        let padding = match head[0] & 0x20 {
            0 => 0,
            _ => usize::from(packet[len - 1]),
        };
        let body = packet.get(4..len.saturating_sub(padding)).unwrap_or(&[]);
        let parsed = parse(head[0] & 0x1F, head[1], body);
        Some(parsed.unwrap_or(Packet::Other { packet_type: head[1] }))
    }
}

fn parse(count: u8, packet_type: u8, body: &[u8]) -> Option<Packet<'_>> {
    match packet_type {
        SENDER_REPORT => Some(Packet::SenderReport {
            ssrc: u32_at(body, 0)?,
            info: SenderInfo {
                ntp: u64::from(u32_at(body, 4)?) << 32 | u64::from(u32_at(body, 8)?),
                rtp_timestamp: u32_at(body, 12)?,
                packets: u32_at(body, 16)?,
                bytes: u32_at(body, 20)?,
            },
            reports: ReportBlocks::new(body.get(24..)?, count),
        }),
        RECEIVER_REPORT => {
            Some(Packet::ReceiverReport { ssrc: u32_at(body, 0)?, reports: ReportBlocks::new(body.get(4..)?, count) })
        }
        BYE => Some(Packet::Bye { sources: Sources { rest: body, left: count } }),
        TRANSPORT_FEEDBACK | PAYLOAD_FEEDBACK => {
            let media_ssrc = u32_at(body, 4)?;
            let control = body.get(8..)?;
            let feedback = match (packet_type, count) {
                (TRANSPORT_FEEDBACK, FORMAT_NACK) => Feedback::Nack(NackPairs { rest: control }),
                (TRANSPORT_FEEDBACK, FORMAT_TRANSPORT_CC) => Feedback::TransportCc(Arrivals::parse(control)?),
                (PAYLOAD_FEEDBACK, FORMAT_PLI) => Feedback::Pli,
                (PAYLOAD_FEEDBACK, FORMAT_FIR) => Feedback::Fir(FirEntries { rest: control }),
                (PAYLOAD_FEEDBACK, FORMAT_REMB) => parse_remb(control)?,
                _ => return None,
            };
            Some(Packet::Feedback { media_ssrc, feedback })
        }
        _ => None,
    }
}

/// draft-alvestrand-rmcat-remb-03 section 2.2.
fn parse_remb(control: &[u8]) -> Option<Feedback<'_>> {
    if control.first_chunk::<4>()? != b"REMB" {
        return None;
    }
    let word = u32_at(control, 4)?;
    let mantissa = u64::from(word & 0x3_FFFF);
    let exponent = (word >> 18) & 0x3F;
    let bitrate_bps = mantissa.saturating_mul(1u64.checked_shl(exponent)?);
    Some(Feedback::Remb { bitrate_bps })
}

#[derive(Debug, Clone)]
pub struct ReportBlocks<'a> {
    rest: &'a [u8],
    left: u8,
}

impl<'a> ReportBlocks<'a> {
    fn new(rest: &'a [u8], left: u8) -> Self {
        Self { rest, left }
    }
}

impl Iterator for ReportBlocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        if self.left == 0 {
            return None;
        }
        let (block, rest) = self.rest.split_first_chunk::<24>()?;
        self.left -= 1;
        self.rest = rest;
        let loss = u32_at(block, 4)?;
        Some(ReportBlock {
            ssrc: u32_at(block, 0)?,
            fraction_lost: (loss >> 24) as u8,
            cumulative_lost: (loss << 8) as i32 >> 8,
            highest_sequence: u32_at(block, 8)?,
            jitter: u32_at(block, 12)?,
            last_sender_report: u32_at(block, 16)?,
            delay_since: u32_at(block, 20)?,
        })
    }
}

#[derive(Debug, Clone)]
pub struct Sources<'a> {
    rest: &'a [u8],
    left: u8,
}

impl Iterator for Sources<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.left == 0 {
            return None;
        }
        let (source, rest) = self.rest.split_first_chunk::<4>()?;
        self.left -= 1;
        self.rest = rest;
        Some(u32::from_be_bytes(*source))
    }
}

/// The sequence numbers of a generic NACK (RFC 4585 section 6.2.1), in the order in which it lists them.
#[derive(Debug, Clone)]
pub struct NackPairs<'a> {
    rest: &'a [u8],
}

impl NackPairs<'_> {
    /// Calls `missing` for each sequence number.
    pub fn for_each(self, mut missing: impl FnMut(u16)) {
        let mut rest = self.rest;
        while let Some((pair, tail)) = rest.split_first_chunk::<4>() {
            rest = tail;
            let first = u16::from_be_bytes([pair[0], pair[1]]);
            let following = u16::from_be_bytes([pair[2], pair[3]]);
            missing(first);
            for bit in 0..16 {
                if following & 1 << bit != 0 {
                    missing(first.wrapping_add(bit + 1));
                }
            }
        }
    }
}

#[derive(Debug, Clone)]
pub struct FirEntries<'a> {
    rest: &'a [u8],
}

impl Iterator for FirEntries<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (entry, rest) = self.rest.split_first_chunk::<8>()?;
        self.rest = rest;
        u32_at(entry, 0)
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().map(|word| u32::from_be_bytes(*word))
}
