//! Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).

use super::{FORMAT_TRANSPORT_CC, TRANSPORT_FEEDBACK};

/// Unit of a delta, microseconds.
const TICK_US: i64 = 250;
/// Unit of the reference time, microseconds.
const REFERENCE_US: i64 = 64_000;

const NOT_RECEIVED: u8 = 0;
const SMALL_DELTA: u8 = 1;
const LARGE_DELTA: u8 = 2;

const RUN_MAX: usize = 0x1FFF;
const ONE_BIT_SYMBOLS: usize = 14;
const TWO_BIT_SYMBOLS: usize = 7;

/// One feedback message.
#[derive(Debug, Clone)]
pub struct Arrivals<'a> {
    pub base_sequence: u16,
    /// Packets reported upon, received or not.
    pub count: u16,
    pub feedback_count: u8,
    /// Microseconds on the receiver's clock, below [`Self::CYCLE_US`]. Arrivals count from it.
    pub reference_us: i64,
    chunks: &'a [u8],
    deltas: &'a [u8],
}

/// What became of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    pub sequence: u16,
    /// When it arrived, in microseconds on the receiver's clock, of the cycle of the reference time; `None`: not so far.
    pub at_us: Option<i64>,
}

impl<'a> Arrivals<'a> {
    /// The reference time has 24 bits: it comes round every 12 days of the receiver's clock, which need not have begun at 0.
    pub const CYCLE_US: i64 = (1 << 24) * REFERENCE_US;

    pub(super) fn parse(control: &'a [u8]) -> Option<Self> {
        let (head, rest) = control.split_first_chunk::<8>()?;
        let count = u16::from_be_bytes([head[2], head[3]]);
        let mut covered = 0;
        let mut chunks = 0;
        while covered < usize::from(count) {
            let chunk = rest.get(2 * chunks..)?.first_chunk::<2>()?;
            covered += Chunk::read(*chunk).len();
            chunks += 1;
        }
        let (chunks, deltas) = rest.split_at(2 * chunks);
        let reference = i64::from(u32::from_be_bytes([0, head[4], head[5], head[6]]));
        Some(Self {
            base_sequence: u16::from_be_bytes([head[0], head[1]]),
            count,
            feedback_count: head[7],
            reference_us: reference * REFERENCE_US,
            chunks,
            deltas,
        })
    }

    /// Calls `report` for each packet in order of sequence; stops where the deltas run out.
    pub fn for_each(&self, mut report: impl FnMut(Arrival)) {
        let mut sequence = self.base_sequence;
        let mut left = self.count;
        let mut at_us = self.reference_us;
        let mut deltas = self.deltas;
        for chunk in self.chunks.chunks_exact(2) {
            let chunk = Chunk::read([chunk[0], chunk[1]]);
            for index in 0..chunk.len().min(usize::from(left)) {
                let arrival = match chunk.symbol(index) {
                    SMALL_DELTA => {
                        let Some((delta, rest)) = deltas.split_first_chunk::<1>() else {
                            return;
                        };
                        deltas = rest;
                        at_us += i64::from(delta[0]) * TICK_US;
                        Some(at_us)
                    }
                    LARGE_DELTA => {
                        let Some((delta, rest)) = deltas.split_first_chunk::<2>() else {
                            return;
                        };
                        deltas = rest;
                        at_us += i64::from(i16::from_be_bytes(*delta)) * TICK_US;
                        Some(at_us)
                    }
                    _ => None,
                };
                report(Arrival { sequence, at_us: arrival });
                sequence = sequence.wrapping_add(1);
                left -= 1;
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Chunk {
    Run { symbol: u8, len: u16 },
    OneBit(u16),
    TwoBit(u16),
}

impl Chunk {
    fn read(bytes: [u8; 2]) -> Self {
        let word = u16::from_be_bytes(bytes);
        match word >> 14 {
            0b10 => Self::OneBit(word & 0x3FFF),
            0b11 => Self::TwoBit(word & 0x3FFF),
            _ => Self::Run { symbol: (word >> 13 & 0b11) as u8, len: word & 0x1FFF },
        }
    }

    fn len(self) -> usize {
        match self {
            // A run of nothing would never end the list: count it as one, the sender's nonsense costs the sender.
            Self::Run { len, .. } => usize::from(len).max(1),
            Self::OneBit(_) => ONE_BIT_SYMBOLS,
            Self::TwoBit(_) => TWO_BIT_SYMBOLS,
        }
    }

    fn symbol(self, index: usize) -> u8 {
        match self {
            Self::Run { symbol, .. } => symbol,
            Self::OneBit(bits) => (bits >> (ONE_BIT_SYMBOLS - 1 - index) & 1) as u8,
            Self::TwoBit(bits) => (bits >> (2 * (TWO_BIT_SYMBOLS - 1 - index)) & 0b11) as u8,
        }
    }
}

/// Packets of one feedback message: 8 bytes of head, and for each at most 2 bytes of delta and a share of a chunk.
pub const FEEDBACK_PACKETS_MAX: usize = 400;

/// Writes feedback messages, numbering them.
#[derive(Debug, Default)]
pub struct FeedbackWriter {
    feedback_count: u8,
}

impl FeedbackWriter {
    /// Reports on the packets from `base_sequence` on, whose arrival times (microseconds) are `arrivals`. Returns the
    /// bytes written and how many packets they cover, which is fewer than given where they are too many or a gap in time is
    /// too wide for one message; `None` when there is nothing to say or no room.
    pub fn write(
        &mut self,
        out: &mut [u8],
        sender_ssrc: u32,
        media_ssrc: u32,
        base_sequence: u16,
        arrivals: &[Option<u64>],
    ) -> Option<(usize, usize)> {
        // After an outage it may be that all packets of a message are missing: the first arrival is further on.
        let first_us = *arrivals.iter().flatten().next()? as i64;
        let reference = first_us.div_euclid(REFERENCE_US);
        let arrivals = &arrivals[..arrivals.len().min(FEEDBACK_PACKETS_MAX)];

        let mut symbols = [NOT_RECEIVED; FEEDBACK_PACKETS_MAX];
        let mut deltas = [0u8; 2 * FEEDBACK_PACKETS_MAX];
        let mut deltas_len = 0;
        let mut covered = 0;
        let mut ticks = reference * REFERENCE_US / TICK_US;
        for (index, arrival) in arrivals.iter().enumerate() {
            if let Some(at_us) = *arrival {
                let delta = (at_us as i64).div_euclid(TICK_US) - ticks;
                if let Ok(small) = u8::try_from(delta) {
                    symbols[index] = SMALL_DELTA;
                    deltas[deltas_len] = small;
                    deltas_len += 1;
                } else if let Ok(large) = i16::try_from(delta) {
                    symbols[index] = LARGE_DELTA;
                    deltas[deltas_len..deltas_len + 2].copy_from_slice(&large.to_be_bytes());
                    deltas_len += 2;
                } else {
                    break;
                }
                ticks += delta;
            }
            covered = index + 1;
        }

        // A message of its own always fits: checked against the worst case before anything is written.
        let chunks_max = 2 * covered.div_ceil(TWO_BIT_SYMBOLS);
        if out.len() < (20 + chunks_max + deltas_len).next_multiple_of(4) {
            return None;
        }
        let mut len = 20;
        let mut symbols = &symbols[..covered];
        while !symbols.is_empty() {
            let (chunk, taken) = next_chunk(symbols);
            out[len..len + 2].copy_from_slice(&chunk.to_be_bytes());
            len += 2;
            symbols = &symbols[taken..];
        }
        out[len..len + deltas_len].copy_from_slice(&deltas[..deltas_len]);
        len += deltas_len;
        let end = len.next_multiple_of(4);
        let padding = end - len;
        out[len..end].fill(0);
        if padding > 0 {
            out[end - 1] = padding as u8;
        }

        out[0] = 2 << 6 | u8::from(padding > 0) << 5 | FORMAT_TRANSPORT_CC;
        out[1] = TRANSPORT_FEEDBACK;
        out[2..4].copy_from_slice(&((end / 4 - 1) as u16).to_be_bytes());
        out[4..8].copy_from_slice(&sender_ssrc.to_be_bytes());
        out[8..12].copy_from_slice(&media_ssrc.to_be_bytes());
        out[12..14].copy_from_slice(&base_sequence.to_be_bytes());
        out[14..16].copy_from_slice(&(covered as u16).to_be_bytes());
        out[16..19].copy_from_slice(&(reference as u32).to_be_bytes()[1..]);
        out[19] = self.feedback_count;
        self.feedback_count = self.feedback_count.wrapping_add(1);
        Some((end, covered))
    }
}

/// The chunk that says most about the front of `symbols`, and how many of them it says.
fn next_chunk(symbols: &[u8]) -> (u16, usize) {
    let first = symbols[0];
    let run = symbols.iter().take(RUN_MAX).take_while(|symbol| **symbol == first).count();
    let one_bit = symbols.iter().take(ONE_BIT_SYMBOLS).take_while(|symbol| **symbol != LARGE_DELTA).count();
    // A vector may reach past the last packet: the count in the head says where the list ends.
    let one_bit_fits = one_bit == ONE_BIT_SYMBOLS || one_bit == symbols.len();
    if run >= ONE_BIT_SYMBOLS || run == symbols.len() || (run >= TWO_BIT_SYMBOLS && !one_bit_fits) {
        return (u16::from(first) << 13 | run as u16, run);
    }
    if one_bit_fits {
        let bits = symbols[..one_bit]
            .iter()
            .enumerate()
            .fold(0, |bits, (at, symbol)| bits | u16::from(*symbol) << (ONE_BIT_SYMBOLS - 1 - at));
        return (0x8000 | bits, one_bit);
    }
    let taken = symbols.len().min(TWO_BIT_SYMBOLS);
    let bits = symbols[..taken]
        .iter()
        .enumerate()
        .fold(0, |bits, (at, symbol)| bits | u16::from(*symbol) << (2 * (TWO_BIT_SYMBOLS - 1 - at)));
    (0xC000 | bits, taken)
}
