//! H.264 NAL units in RTP (RFC 6184 section 5).

use super::bits::Bits;
use super::{PayloadFacts, Sizes, only};
use crate::layers::{Layer, LayerSet};

const SLICE: u8 = 1;
const IDR: u8 = 5;
const SPS: u8 = 7;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;
const NAL_REF_IDC: u8 = 0x60;

pub(super) fn inspect(payload: &[u8]) -> Option<(PayloadFacts, Sizes)> {
    let first = *payload.first()?;
    let indicator = first & 0x1F;
    let mut size = None;
    let (starts_unit, begins, has_slice) = match indicator {
        STAP_A => {
            let (mut begins, mut has_slice) = (false, false);
            for unit in units(&payload[1..]) {
                begins |= begins_decoding(unit[0] & 0x1F);
                has_slice |= unit[0] & 0x1F == SLICE;
                size = size.or_else(|| parameter_set_size(unit));
            }
            (true, begins, has_slice)
        }
        FU_A => {
            let header = payload.get(1)?;
            let starts = header & 0x80 != 0;
            (starts, starts && begins_decoding(header & 0x1F), header & 0x1F == SLICE)
        }
        unit => {
            size = parameter_set_size(payload);
            (true, begins_decoding(unit), unit == SLICE)
        }
    };
    let mut facts = PayloadFacts { starts_frame: starts_unit, starts_key_frame: begins, ..PayloadFacts::default() };
    // Pictures that no other refers to (nal_ref_idc 0) are the upper temporal layer, as far as H.264 marks one.
    if has_slice && first & NAL_REF_IDC == 0 {
        facts.layer = Layer { spatial: 0, temporal: 1 };
        facts.needed_by = LayerSet::from(facts.layer);
        facts.switches_to = LayerSet::of_temporal(1);
    }
    Some((facts, only(size)))
}

fn begins_decoding(unit: u8) -> bool {
    matches!(unit, IDR | SPS)
}

/// The units of an aggregation packet, none of them empty.
fn units(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (size, tail) = rest.split_first_chunk::<2>()?;
        let size = usize::from(u16::from_be_bytes(*size)).clamp(1, tail.len().max(1));
        let unit = tail.get(..size)?;
        rest = &tail[size..];
        Some(unit)
    })
}

/// Longest parameter set that is read: what comes before the size is short.
const SPS_BYTES_MAX: usize = 128;

/// The picture size of a sequence parameter set (H.264 section 7.3.2.1.1), cropping applied.
fn parameter_set_size(unit: &[u8]) -> Option<(u16, u16)> {
    if unit.first()? & 0x1F != SPS {
        return None;
    }
    // Without emulation prevention (section 7.4.1).
    let mut bytes = [0; SPS_BYTES_MAX];
    let mut len = 0;
    let mut zeros = 0;
    for byte in unit[1..].iter().take(SPS_BYTES_MAX) {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        bytes[len] = *byte;
        len += 1;
    }
    let mut bits = Bits::new(&bytes[..len]);
    let profile = bits.bits(8)?;
    bits.skip(16)?;
    bits.exp_golomb()?;
    let mut chroma_format = 1;
    if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
        chroma_format = bits.exp_golomb()?;
        if chroma_format == 3 {
            bits.skip(1)?;
        }
        bits.exp_golomb()?;
        bits.exp_golomb()?;
        bits.skip(1)?;
        // Scaling matrices are not used in real-time profiles, and would have to be read to be skipped.
        if bits.bit()? {
            return None;
        }
    }
    bits.exp_golomb()?;
    match bits.exp_golomb()? {
        0 => _ = bits.exp_golomb()?,
        1 => {
            bits.skip(1)?;
            bits.signed_exp_golomb()?;
            bits.signed_exp_golomb()?;
            for _ in 0..bits.exp_golomb()?.min(255) {
                bits.signed_exp_golomb()?;
            }
        }
        _ => {}
    }
    bits.exp_golomb()?;
    bits.skip(1)?;
    let width_units = bits.exp_golomb()?.checked_add(1)?;
    let height_units = bits.exp_golomb()?.checked_add(1)?;
    let frames_only = bits.bit()?;
    if !frames_only {
        bits.skip(1)?;
    }
    bits.skip(1)?;
    let fields = if frames_only { 1 } else { 2 };
    let (mut crop_width, mut crop_height) = (0, 0);
    if bits.bit()? {
        let unit_width = if matches!(chroma_format, 1 | 2) { 2 } else { 1 };
        let unit_height = fields * if chroma_format == 1 { 2 } else { 1 };
        crop_width = bits.exp_golomb()?.checked_add(bits.exp_golomb()?)?.checked_mul(unit_width)?;
        crop_height = bits.exp_golomb()?.checked_add(bits.exp_golomb()?)?.checked_mul(unit_height)?;
    }
    let width = width_units.checked_mul(16)?.checked_sub(crop_width)?;
    let height = height_units.checked_mul(16 * fields)?.checked_sub(crop_height)?;
    Some((u16::try_from(width).ok()?, u16::try_from(height).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_frames_are_found_in_single_units_aggregates_and_fragments() {
        let begins = |payload: &[u8]| inspect(payload).unwrap().0.starts_key_frame;
        assert!(begins(&[0x65, 0x88]));
        assert!(begins(&[0x67, 0x42]));
        assert!(begins(&[0x78, 0x00, 0x02, 0x67, 0x42, 0x00, 0x01, 0x68]));
        assert!(begins(&[0x7C, 0x85, 0x88]));
        assert!(!begins(&[0x7C, 0x05, 0x88]), "a later fragment");
        assert!(!begins(&[0x41, 0x9A]), "a delta frame");
        assert!(!begins(&[0x78, 0xFF, 0xFF, 0x41]), "an aggregate that lies about its sizes");
    }

    #[test]
    fn a_picture_that_no_other_refers_to_is_of_the_upper_temporal_layer() {
        let temporal = |payload: &[u8]| inspect(payload).unwrap().0.layer.temporal;
        assert_eq!((temporal(&[0x01, 0x9A]), temporal(&[0x41, 0x9A])), (1, 0));
        assert_eq!((temporal(&[0x1C, 0x81]), temporal(&[0x1C, 0x01]), temporal(&[0x5C, 0x01])), (1, 1, 0), "fragments");
        assert_eq!(temporal(&[0x18, 0x00, 0x02, 0x01, 0x9A]), 1, "an aggregate");
        assert_eq!(temporal(&[0x06, 0x05]), 0, "supplemental information belongs to what follows");
    }

    #[test]
    fn a_parameter_set_states_the_size_less_the_cropping() {
        let size = |payload: &[u8]| inspect(payload).unwrap().1[0];
        // Constrained baseline, 640 × 360: 40 × 23 macroblocks, 8 lines cropped.
        let sps = [0x67, 0x42, 0xC0, 0x1F, 0x8C, 0x8D, 0x40, 0x50, 0x17, 0xFC, 0xB0, 0x0F, 0x08, 0x84, 0x6A];
        assert_eq!(size(&sps), Some((640, 360)));
        let mut aggregate = vec![0x78, 0, sps.len() as u8];
        aggregate.extend(sps);
        aggregate.extend([0, 4, 0x68, 0xCE, 0x3C, 0x80]);
        assert_eq!(size(&aggregate), Some((640, 360)));
        for cut in 0..sps.len() {
            inspect(&sps[..cut]);
        }
        assert_eq!(size(&[0x67, 0, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    }
}
