//! AV1 aggregation header (AV1 RTP payload format, section 4.4) and the size in a sequence header (AV1 section 5.5.1).

use super::bits::Bits;
use super::{NO_SIZES, PayloadFacts, Reader, Sizes, only};

const SEQUENCE_HEADER: u8 = 1;

pub(super) fn inspect(payload: &[u8]) -> Option<(PayloadFacts, Sizes)> {
    let header = *payload.first()?;
    let continues_unit = header & 0x80 != 0;
    let new_sequence = header & 0x08 != 0;
    // The first packet of a coded video sequence, which begins with a key frame and its sequence header.
    let starts_key_frame = new_sequence && !continues_unit;
    let facts = PayloadFacts { starts_frame: !continues_unit, starts_key_frame, ..PayloadFacts::default() };
    let sizes = if starts_key_frame { only(first_unit(payload).and_then(sequence_size)) } else { NO_SIZES };
    Some((facts, sizes))
}

/// The first OBU of a packet.
fn first_unit(payload: &[u8]) -> Option<&[u8]> {
    let count = payload.first()? >> 4 & 0b11;
    let mut reader = Reader::new(payload);
    reader.byte()?;
    // Every unit has a length but the last one of a stated number.
    let len = match count {
        1 => reader.rest().len(),
        _ => leb128(&mut reader)?,
    };
    let rest = reader.rest();
    Some(&rest[..len.min(rest.len())])
}

fn sequence_size(unit: &[u8]) -> Option<(u16, u16)> {
    let mut reader = Reader::new(unit);
    let header = reader.byte()?;
    if header >> 3 & 0x0F != SEQUENCE_HEADER {
        return None;
    }
    if header & 0x04 != 0 {
        reader.byte()?;
    }
    if header & 0x02 != 0 {
        leb128(&mut reader)?;
    }
    let mut bits = Bits::new(reader.rest());
    bits.skip(3)?;
    let is_reduced = bits.bits(2)? & 1 == 1;
    if is_reduced {
        bits.skip(5)?;
    } else {
        // Timing information is not used in real time, and would have to be read to be skipped.
        if bits.bit()? {
            return None;
        }
        let has_display_delay = bits.bit()?;
        for _ in 0..=bits.bits(5)? {
            bits.skip(12)?;
            if bits.bits(5)? > 7 {
                bits.skip(1)?;
            }
            if has_display_delay && bits.bit()? {
                bits.skip(4)?;
            }
        }
    }
    let width_bits = bits.bits(4)? + 1;
    let height_bits = bits.bits(4)? + 1;
    let width = bits.bits(width_bits)? + 1;
    let height = bits.bits(height_bits)? + 1;
    Some((u16::try_from(width).ok()?, u16::try_from(height).ok()?))
}

fn leb128(reader: &mut Reader<'_>) -> Option<usize> {
    let mut value = 0;
    for byte in 0..4 {
        let next = usize::from(reader.byte()?);
        value |= (next & 0x7F) << (7 * byte);
        if next & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_coded_video_sequence_is_a_key_frame() {
        assert!(inspect(&[0x18, 0x0A]).unwrap().0.starts_key_frame);
        assert!(!inspect(&[0x10, 0x32]).unwrap().0.starts_key_frame);
        assert!(!inspect(&[0x90, 0x32]).unwrap().0.starts_frame);
    }

    #[test]
    fn a_sequence_header_states_the_size() {
        // Profile 0, one operating point of level 5; 10 bits each for 640 and 360.
        let mut bits = String::from("000" /* profile */) + "00" + "0" + "0" + "00000" + "000000000000" + "00101";
        bits += &format!("{:04b}{:04b}{:010b}{:010b}", 9, 9, 639, 359);
        let mut sequence = vec![SEQUENCE_HEADER << 3];
        for byte in bits.as_bytes().chunks(8) {
            let bit = |at: usize| byte.get(at).is_some_and(|bit| *bit == b'1');
            sequence.push((0..8).fold(0, |byte, at| byte << 1 | u8::from(bit(at))));
        }
        let mut payload = vec![0x28, sequence.len() as u8];
        payload.extend(&sequence);
        payload.extend([0x30, 0x00]);
        assert_eq!(inspect(&payload).unwrap().1[0], Some((640, 360)));
        for cut in 0..payload.len() {
            inspect(&payload[..cut]);
        }
    }
}
