//! Writing a publisher's packet as one subscriber's: the work that is done for every packet and every subscriber.
//!
//! Must not allocate, look anything up or decide anything: which packet goes to whom, and under which number, is the
//! subscription's business.

use crate::arena::PacketMeta;
use crate::codec::PictureNumbers;
use crate::codec::descriptor::{DESCRIPTOR_BYTES_MAX, DescriptorChange};
use crate::extension::ExtensionKind;
use crate::rtp::{FixedHeader, HeaderWriter};

/// Longest MID that is written into packets; a subscription with a longer one relies on its signaled SSRC.
pub const MID_BYTES_MAX: usize = 16;

/// The header extension ids of one subscription by meaning, 0 for none, and its MID.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeaderPlan {
    pub ids: [u8; ExtensionKind::COUNT],
    pub mid: [u8; MID_BYTES_MAX],
    pub mid_len: u8,
}

impl HeaderPlan {
    #[inline]
    pub fn id(&self, kind: ExtensionKind) -> u8 {
        self.ids[kind as usize]
    }

    /// What is written carries a transport-wide number.
    #[inline]
    pub fn is_numbered(&self) -> bool {
        self.id(ExtensionKind::TransportSequence) != 0
    }

    fn mid(&self) -> &[u8] {
        &self.mid[..usize::from(self.mid_len)]
    }
}

/// Writes the header of `packet` in the subscriber's terms; returns its length.
#[inline]
pub fn write_header(
    slot: &mut [u8],
    fixed: FixedHeader,
    plan: &HeaderPlan,
    transport_sequence: u16,
    meta: &PacketMeta,
    packet: &[u8],
    change: DescriptorChange,
) -> usize {
    // A mask of decode targets is added to few packets; it may be what does not fit the one-byte form.
    let needs_two_byte = meta.elements.needs_two_byte() || change.active_targets.is_some();
    let mut writer = HeaderWriter::new(slot, fixed, needs_two_byte);
    if plan.mid_len != 0 && plan.id(ExtensionKind::Mid) != 0 {
        writer.element(plan.id(ExtensionKind::Mid), plan.mid());
    }
    if plan.is_numbered() {
        writer.element(plan.id(ExtensionKind::TransportSequence), &transport_sequence.to_be_bytes());
    }
    for element in meta.elements.as_slice() {
        let id = plan.ids[usize::from(element.kind)];
        let start = usize::from(element.at);
        if id == 0 {
            continue;
        }
        let data = &packet[start..start + usize::from(element.len)];
        match meta.facts.descriptor {
            Some(facts) if element.kind == ExtensionKind::DependencyDescriptor as u8 => {
                let mut rewritten = [0; DESCRIPTOR_BYTES_MAX];
                if let Some(len) = facts.rewrite(data, change, &mut rewritten) {
                    writer.element(id, &rewritten[..len]);
                }
            }
            _ => _ = writer.element(id, data),
        }
    }
    writer.finish()
}

/// Writes a packet of nothing but padding; returns the lengths of its header and of all of it.
pub fn write_padding(
    slot: &mut [u8],
    fixed: FixedHeader,
    plan: &HeaderPlan,
    transport_sequence: u16,
    padding: u8,
) -> Option<(usize, usize)> {
    let meta = PacketMeta::default();
    let header_len = write_header(slot, fixed, plan, transport_sequence, &meta, &[], DescriptorChange::default());
    Some((header_len, pad(slot, header_len, padding)?))
}

/// Adds padding to a packet of `len` bytes (RFC 3550 section 5.1); returns its length then, or `None` when it does not fit.
#[inline]
pub fn pad(slot: &mut [u8], len: usize, padding: u8) -> Option<usize> {
    let end = len + usize::from(padding);
    if let Some((count, zeros)) = slot.get_mut(len..end)?.split_last_mut() {
        zeros.fill(0);
        *count = padding;
        slot[0] |= 0x20;
    }
    Some(end)
}

/// Copies the payload behind the header, without its first `left_out` bytes; returns the packet's length, or `None` when it
/// does not fit.
#[inline]
pub fn write_payload(slot: &mut [u8], at: usize, meta: &PacketMeta, packet: &[u8], left_out: usize) -> Option<usize> {
    let start = usize::from(meta.payload_at);
    let payload = &packet[start + left_out..start + usize::from(meta.payload_len)];
    let end = at + payload.len();
    slot.get_mut(at..end)?.copy_from_slice(payload);
    Some(end)
}

/// What is added to the picture numbers of an encoding so that they continue those of the one before (RFC 7741
/// section 4.2 asks for running numbers; a decoder drops frames whose number it has seen).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PictureOffset {
    pub picture_id: u16,
    pub tl0: u8,
}

impl PictureOffset {
    /// The offset under which `first` follows `last`.
    pub fn following(last: PictureNumbers, first: PictureNumbers) -> Self {
        let tl0 = match (last.tl0, first.tl0) {
            (Some((_, last)), Some((_, first))) => last.wrapping_add(1).wrapping_sub(first),
            _ => 0,
        };
        Self { picture_id: last.picture_id.wrapping_add(1).wrapping_sub(first.picture_id), tl0 }
    }

    /// A picture is left out on purpose.
    pub fn leave_out(&mut self) {
        self.picture_id = self.picture_id.wrapping_sub(1);
    }

    /// Rewrites the numbers in a payload and returns what they are now.
    #[inline]
    pub fn apply(self, picture: PictureNumbers, payload: &mut [u8]) -> PictureNumbers {
        let mut rewritten = picture;
        rewritten.picture_id = picture.picture_id.wrapping_add(self.picture_id) & 0x7FFF;
        let at = usize::from(picture.picture_id_at);
        match (picture.is_long, payload.get_mut(at..)) {
            (true, Some([high, low, ..])) => {
                let [first, second] = (rewritten.picture_id | 0x8000).to_be_bytes();
                (*high, *low) = (first, second);
            }
            (false, Some([short, ..])) => {
                rewritten.picture_id &= 0x7F;
                *short = rewritten.picture_id as u8;
            }
            _ => {}
        }
        if let Some((at, tl0)) = picture.tl0 {
            let tl0 = tl0.wrapping_add(self.tl0);
            if let Some(byte) = payload.get_mut(usize::from(at)) {
                *byte = tl0;
            }
            rewritten.tl0 = Some((at, tl0));
        }
        rewritten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picture_numbers_continue_across_a_change_of_encoding_and_wrap() {
        let numbers = |picture_id, tl0| PictureNumbers {
            picture_id,
            picture_id_at: 2,
            is_long: true,
            is_gapless: true,
            tl0: Some((4, tl0)),
        };
        let offset = PictureOffset::following(numbers(0x7FFF, 255), numbers(100, 7));
        let mut payload = [0x90, 0xE0, 0x80, 100, 7, 0];
        let now = offset.apply(numbers(100, 7), &mut payload);
        assert_eq!((now.picture_id, now.tl0), (0, Some((4, 0))));
        assert_eq!(payload, [0x90, 0xE0, 0x80, 0, 0, 0]);
        let now = offset.apply(numbers(101, 8), &mut payload);
        assert_eq!((now.picture_id, now.tl0), (1, Some((4, 1))));
    }
}
