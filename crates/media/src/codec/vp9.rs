//! VP9 payload descriptor (RFC 9628 section 4.2).

use super::{PayloadFacts, Reader};

/// Reference indices of one frame in flexible mode.
const REFERENCES_MAX: usize = 3;

pub(super) fn inspect(payload: &[u8]) -> Option<PayloadFacts> {
    let mut reader = Reader::new(payload);
    let flags = reader.byte()?;
    let has = |bit: u8| flags & bit != 0;
    let (has_picture_id, is_inter, has_layers, is_flexible) = (has(0x80), has(0x40), has(0x20), has(0x10));
    let (starts_frame, ends_frame, has_structure, not_for_inter_layer) = (has(0x08), has(0x04), has(0x02), has(0x01));
    if has_picture_id && reader.byte()? & 0x80 != 0 {
        reader.byte()?;
    }
    let mut facts = PayloadFacts { starts_frame, ends_frame, not_for_inter_layer, ..Default::default() };
    let mut depends_on_lower_spatial = false;
    if has_layers {
        let layer = reader.byte()?;
        facts.temporal = layer >> 5;
        facts.is_switching_point = layer & 0x10 != 0;
        facts.spatial = layer >> 1 & 0x07;
        depends_on_lower_spatial = layer & 1 != 0;
        if !is_flexible {
            reader.byte()?;
        }
    }
    if is_flexible && is_inter {
        for _ in 0..REFERENCES_MAX {
            if reader.byte()? & 1 == 0 {
                break;
            }
        }
    }
    facts.starts_key_frame = starts_frame && !is_inter && facts.spatial == 0 && !depends_on_lower_spatial;
    if has_structure {
        facts.size = largest_size(&mut reader);
    }
    Some(facts)
}

/// The size of the highest spatial layer of a scalability structure.
fn largest_size(reader: &mut Reader<'_>) -> Option<(u16, u16)> {
    let head = reader.byte()?;
    let layers = (head >> 5) + 1;
    if head & 0x10 == 0 {
        return None;
    }
    let mut size = None;
    for _ in 0..layers {
        size = Some((reader.u16()?, reader.u16()?));
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_frame_of_three_spatial_layers_states_the_largest_size() {
        let payload = [
            0xAA, 0x81, 0x00, 0x00, 0x00, // I L B V; long picture id; T0 S0 D0; TL0PICIDX
            0x50, 0x01, 0x40, 0x00, 0xB4, 0x02, 0x80, 0x01, 0x68, 0x05, 0x00, 0x02, 0xD0,
        ];
        let facts = inspect(&payload).unwrap();
        assert!(facts.starts_key_frame);
        assert_eq!(facts.size, Some((1280, 720)));
    }

    #[test]
    fn the_upper_spatial_layer_of_a_key_frame_is_no_place_to_begin() {
        let facts = inspect(&[0xA8, 0x01, 0x03, 0x00]).unwrap();
        assert_eq!((facts.spatial, facts.starts_key_frame), (1, false));
        assert!(facts.starts_frame);
    }

    #[test]
    fn an_inter_frame_reads_its_layers_in_flexible_mode_too() {
        let facts = inspect(&[0xF8, 0x05, 0x54, 0x03, 0x02]).unwrap();
        assert_eq!((facts.temporal, facts.spatial), (2, 2));
        assert!(facts.is_switching_point && !facts.starts_key_frame);
    }
}
