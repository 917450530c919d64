//! RTCP (RFC 3550 section 6, RFC 4585, RFC 5104, draft-holmer-rmcat-transport-wide-cc-extensions-01): a compound packet
//! as a sequence of borrowed views, and writers for what the plane sends.
//!
//! Reading stops at the first thing that does not add up and keeps what came before it: a compound packet of any length
//! is harmless, a truncated tail costs the tail.

mod read;
mod transport_cc;
mod write;

pub use read::{Compound, Feedback, NackPairs, Packet, ReportBlock, ReportBlocks, SenderInfo};
pub use transport_cc::{Arrival, Arrivals, FEEDBACK_PACKETS_MAX, FeedbackWriter};
pub use write::{CompoundWriter, REPORT_BLOCKS_MAX};

pub const SENDER_REPORT: u8 = 200;
pub const RECEIVER_REPORT: u8 = 201;
pub const SOURCE_DESCRIPTION: u8 = 202;
pub const BYE: u8 = 203;
pub const TRANSPORT_FEEDBACK: u8 = 205;
pub const PAYLOAD_FEEDBACK: u8 = 206;

const FORMAT_NACK: u8 = 1;
const FORMAT_TRANSPORT_CC: u8 = 15;
const FORMAT_PLI: u8 = 1;
const FORMAT_FIR: u8 = 4;
const FORMAT_REMB: u8 = 15;

/// Whether a datagram of the RTP range (RFC 7983) is RTCP (RFC 5761 section 4).
pub fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram.get(1), Some(192..=223))
}
