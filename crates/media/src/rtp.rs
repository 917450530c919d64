//! RTP packets (RFC 3550 section 5, RFC 8285): reading what arrived, writing what leaves.
//!
//! Reading never trusts a length. Nothing here knows streams, peers or keys.

use std::ops::{Range, RangeInclusive};

use crate::extension::{ExtensionIds, ExtensionKind};
use crate::limits::EXTENSION_ELEMENTS_MAX;

pub const FIXED_HEADER_BYTES: usize = 12;

const VERSION: u8 = 2;
const ONE_BYTE_PROFILE: u16 = 0xBEDE;
const TWO_BYTE_PROFILE: u16 = 0x1000;
const ONE_BYTE_LENGTHS: RangeInclusive<usize> = 1..=16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RtpError {
    TooShort,
    NotVersion2,
    /// CSRC list or extension block reaches past the end.
    HeaderTruncated,
    /// The padding count is zero or larger than the payload.
    BadPadding,
}

/// The header of one packet, as offsets into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RtpHeader {
    pub payload_type: u8,
    pub marker: bool,
    pub has_padding: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Fixed header, CSRCs and extension block.
    pub len: usize,
    /// The extension block without its four-byte head, and the profile that says its form.
    pub extensions: Range<usize>,
    pub profile: u16,
}

impl RtpHeader {
    /// Reads the part that is in clear on the wire; works on encrypted and decrypted packets alike.
    pub fn parse(packet: &[u8]) -> Result<Self, RtpError> {
        let fixed = packet.first_chunk::<FIXED_HEADER_BYTES>().ok_or(RtpError::TooShort)?;
        if fixed[0] >> 6 != VERSION {
            return Err(RtpError::NotVersion2);
        }
        let csrc_count = usize::from(fixed[0] & 0x0F);
        let mut len = FIXED_HEADER_BYTES + 4 * csrc_count;
        let mut extensions = len..len;
        let mut profile = 0;
        if fixed[0] & 0x10 != 0 {
            let head = packet.get(len..).and_then(|rest| rest.first_chunk::<4>()).ok_or(RtpError::HeaderTruncated)?;
            profile = u16::from_be_bytes([head[0], head[1]]);
            let bytes = 4 * usize::from(u16::from_be_bytes([head[2], head[3]]));
            extensions = len + 4..len + 4 + bytes;
            len = extensions.end;
        }
        if len > packet.len() {
            return Err(RtpError::HeaderTruncated);
        }
        Ok(Self {
            payload_type: fixed[1] & 0x7F,
            marker: fixed[1] & 0x80 != 0,
            has_padding: fixed[0] & 0x20 != 0,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
            len,
            extensions,
            profile,
        })
    }

    /// The payload of a decrypted packet, without padding. A packet of nothing but padding has an empty payload.
    pub fn payload(&self, packet: &[u8]) -> Result<Range<usize>, RtpError> {
        let end = packet.len();
        if !self.has_padding {
            return Ok(self.len..end);
        }
        let padding = packet.last().map_or(0, |count| usize::from(*count));
        if padding == 0 || padding > end.saturating_sub(self.len) {
            return Err(RtpError::BadPadding);
        }
        Ok(self.len..end - padding)
    }

    /// The extension elements in order of appearance, as (id, position of the data in the packet).
    pub fn elements<'a>(&self, packet: &'a [u8]) -> Elements<'a> {
        let form = match self.profile {
            ONE_BYTE_PROFILE => Some(Form::OneByte),
            profile if profile & 0xFFF0 == TWO_BYTE_PROFILE => Some(Form::TwoByte),
            _ => None,
        };
        Elements { packet, form, at: self.extensions.start, end: self.extensions.end }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    OneByte,
    TwoByte,
}

#[derive(Debug, Clone)]
pub struct Elements<'a> {
    packet: &'a [u8],
    form: Option<Form>,
    at: usize,
    end: usize,
}

impl Iterator for Elements<'_> {
    type Item = (u8, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let form = self.form?;
        while self.at < self.end {
            let first = *self.packet.get(self.at)?;
            if first == 0 {
                self.at += 1;
                continue;
            }
            let (id, start, len) = match form {
                Form::OneByte => (first >> 4, self.at + 1, usize::from(first & 0x0F) + 1),
                Form::TwoByte => (first, self.at + 2, usize::from(*self.packet.get(self.at + 1)?)),
            };
            // RFC 8285 section 4.2: id 15 of the one-byte form ends the list; so does an id 0 that claims data.
            if form == Form::OneByte && (id == 15 || id == 0) {
                break;
            }
            if start + len > self.end {
                break;
            }
            self.at = start + len;
            return Some((id, start..start + len));
        }
        self.form = None;
        None
    }
}

/// Extension elements of one packet by meaning: what the hot path needs, read once for all subscribers.
#[derive(Debug, Clone, Copy, Default)]
pub struct ElementTable {
    elements: [Element; EXTENSION_ELEMENTS_MAX],
    len: u8,
    needs_two_byte: bool,
}

/// One element that is carried over: its meaning, and where its data lies in the packet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Element {
    pub kind: u8,
    pub len: u8,
    pub at: u16,
}

impl ElementTable {
    pub fn push(&mut self, kind: ExtensionKind, data: &Range<usize>) {
        let (Ok(at), Ok(len)) = (u16::try_from(data.start), u8::try_from(data.len())) else {
            return;
        };
        if let Some(element) = self.elements.get_mut(usize::from(self.len)) {
            *element = Element { kind: kind as u8, len, at };
            self.len += 1;
            self.needs_two_byte |= !ONE_BYTE_LENGTHS.contains(&data.len());
        }
    }

    /// An element does not fit the one-byte form.
    pub fn needs_two_byte(&self) -> bool {
        self.needs_two_byte
    }

    /// Kinds and lengths of the elements, whatever they say.
    pub fn layout(&self) -> impl Iterator<Item = (u8, u8)> {
        self.as_slice().iter().map(|element| (element.kind, element.len))
    }

    pub fn as_slice(&self) -> &[Element] {
        &self.elements[..usize::from(self.len)]
    }
}

/// Where the extended count of a stream begins: one cycle up, so that what is late for its first packet has a number too.
pub const FIRST_CYCLE: u64 = 1 << 16;

/// Continues a 16-bit counter without wrapping (RFC 3550 appendix A.1): the value nearest to `newest` whose low 16 bits
/// are `sequence`.
pub fn extend_sequence(newest: u64, sequence: u16) -> u64 {
    let distance = sequence.wrapping_sub(newest as u16) as i16;
    newest.wrapping_add_signed(i64::from(distance))
}

/// Where an extension block is being written; the head is filled in by [`HeaderWriter::finish`].
///
/// The one-byte form is used while every element fits it, which all of WebRTC's common ones do; an element that does not
/// makes the whole block two-byte.
#[derive(Debug)]
pub struct HeaderWriter<'a> {
    out: &'a mut [u8],
    at: usize,
    block: usize,
    two_byte: bool,
}

/// The fixed header of a packet to be written.
#[derive(Debug, Clone, Copy)]
pub struct FixedHeader {
    pub payload_type: u8,
    pub marker: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

impl<'a> HeaderWriter<'a> {
    /// `out` must have room for the fixed header.
    #[inline]
    pub fn new(out: &'a mut [u8], fixed: FixedHeader, two_byte: bool) -> Self {
        out[0] = VERSION << 6;
        out[1] = u8::from(fixed.marker) << 7 | fixed.payload_type;
        out[2..4].copy_from_slice(&fixed.sequence.to_be_bytes());
        out[4..8].copy_from_slice(&fixed.timestamp.to_be_bytes());
        out[8..12].copy_from_slice(&fixed.ssrc.to_be_bytes());
        let block = FIXED_HEADER_BYTES + 4;
        Self { out, at: block, block, two_byte }
    }

    /// Leaves out an element that has no room or does not fit the form; a header extension is never worth a packet.
    #[inline]
    pub fn element(&mut self, id: u8, data: &[u8]) -> Option<usize> {
        let head = if self.two_byte { 2 } else { 1 };
        let end = self.at + head + data.len();
        if end + 3 > self.out.len() || (!self.two_byte && !ONE_BYTE_LENGTHS.contains(&data.len())) {
            return None;
        }
        if self.two_byte {
            self.out[self.at] = id;
            self.out[self.at + 1] = data.len() as u8;
        } else {
            self.out[self.at] = id << 4 | (data.len() - 1) as u8;
        }
        let at = self.at + head;
        self.out[at..end].copy_from_slice(data);
        self.at = end;
        Some(at)
    }

    /// Pads and closes the extension block; returns the header's length.
    #[inline]
    pub fn finish(self) -> usize {
        if self.at == self.block {
            return FIXED_HEADER_BYTES;
        }
        let end = self.at.next_multiple_of(4);
        self.out[self.at..end].fill(0);
        let profile = if self.two_byte { TWO_BYTE_PROFILE } else { ONE_BYTE_PROFILE };
        let words = ((end - self.block) / 4) as u16;
        self.out[0] |= 0x10;
        self.out[FIXED_HEADER_BYTES..FIXED_HEADER_BYTES + 2].copy_from_slice(&profile.to_be_bytes());
        self.out[FIXED_HEADER_BYTES + 2..self.block].copy_from_slice(&words.to_be_bytes());
        end
    }
}

/// The elements of a packet that says who it belongs to (RFC 8843, RFC 8852).
#[derive(Debug, Default, Clone, Copy)]
pub struct StreamNames<'a> {
    pub mid: Option<&'a [u8]>,
    pub rid: Option<&'a [u8]>,
    pub repaired_rid: Option<&'a [u8]>,
}

impl<'a> StreamNames<'a> {
    pub fn read(header: &RtpHeader, packet: &'a [u8], ids: &ExtensionIds) -> Self {
        let mut names = Self::default();
        for (id, data) in header.elements(packet) {
            let data = Some(&packet[data]);
            match ids.kind(id) {
                Some(ExtensionKind::Mid) => names.mid = data,
                Some(ExtensionKind::Rid) => names.rid = data,
                Some(ExtensionKind::RepairedRid) => names.repaired_rid = data,
                _ => {}
            }
        }
        names
    }
}
