//! VP9 payload descriptor (RFC 9628 section 4.2).

use super::{NO_SIZES, PayloadFacts, PictureNumbers, Reader, Sizes};
use crate::layers::{LAYERS_MAX, Layer, LayerSet};

/// Reference indices of one frame in flexible mode.
const REFERENCES_MAX: usize = 3;

pub(super) fn inspect(payload: &[u8]) -> Option<(PayloadFacts, Sizes)> {
    let mut reader = Reader::new(payload);
    let flags = reader.byte()?;
    let has = |bit: u8| flags & bit != 0;
    let (has_picture_id, is_inter, has_layers, is_flexible) = (has(0x80), has(0x40), has(0x20), has(0x10));
    let (starts_frame, ends_frame, has_structure, not_for_inter_layer) = (has(0x08), has(0x04), has(0x02), has(0x01));
    let mut facts = PayloadFacts { starts_frame, ends_frame, ..PayloadFacts::default() };
    if has_picture_id {
        let picture_id_at = reader.at as u8;
        let first = reader.byte()?;
        let is_long = first & 0x80 != 0;
        let picture_id = match is_long {
            true => u16::from(first & 0x7F) << 8 | u16::from(reader.byte()?),
            false => u16::from(first),
        };
        facts.picture = Some(PictureNumbers { picture_id, picture_id_at, is_long, is_gapless: false, tl0: None });
    }
    let mut depends_on_lower_spatial = false;
    if has_layers {
        let head = reader.byte()?;
        depends_on_lower_spatial = head & 1 != 0;
        if let Some(layer) = Layer::new(head >> 1 & 0x07, head >> 5) {
            facts.layer = layer;
            facts.needed_by = match not_for_inter_layer {
                true => LayerSet::within_spatial(layer),
                false => LayerSet::from(layer),
            };
            if head & 0x10 != 0 {
                facts.switches_to = LayerSet::of_temporal(layer.temporal);
            }
        }
        if !is_flexible {
            let at = reader.at as u8;
            let tl0 = reader.byte()?;
            if let Some(picture) = &mut facts.picture {
                picture.tl0 = Some((at, tl0));
            }
        }
    }
    if is_flexible && is_inter {
        for _ in 0..REFERENCES_MAX {
            if reader.byte()? & 1 == 0 {
                break;
            }
        }
    }
    facts.starts_key_frame = starts_frame && !is_inter && facts.layer.spatial == 0 && !depends_on_lower_spatial;
    let sizes = if has_structure { sizes(&mut reader) } else { None };
    Some((facts, sizes.unwrap_or(NO_SIZES)))
}

/// The sizes of the spatial layers in a scalability structure; those that are not being sent have none.
fn sizes(reader: &mut Reader<'_>) -> Option<Sizes> {
    let head = reader.byte()?;
    let layers = usize::from(head >> 5) + 1;
    if head & 0x10 == 0 || layers > LAYERS_MAX {
        return None;
    }
    let mut sizes = NO_SIZES;
    for size in &mut sizes[..layers] {
        *size = Some((reader.u16()?, reader.u16()?)).filter(|size| *size != (0, 0));
    }
    Some(sizes)
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
        let (facts, sizes) = inspect(&payload).unwrap();
        assert!(facts.starts_key_frame);
        assert_eq!(sizes, [Some((320, 180)), Some((640, 360)), Some((1280, 720)), None]);
    }

    #[test]
    fn the_upper_spatial_layer_of_a_key_frame_is_no_place_to_begin() {
        let (facts, _) = inspect(&[0xA8, 0x01, 0x03, 0x00]).unwrap();
        assert_eq!((facts.layer.spatial, facts.starts_key_frame), (1, false));
        assert!(facts.starts_frame);
    }

    #[test]
    fn an_inter_frame_reads_its_layers_in_flexible_mode_too() {
        let (facts, _) = inspect(&[0xF8, 0x05, 0x54, 0x03, 0x02]).unwrap();
        let layer = Layer { spatial: 2, temporal: 2 };
        assert_eq!(facts.layer, layer);
        assert!(facts.switches_to.contains(layer) && !facts.starts_key_frame);
    }

    #[test]
    fn a_frame_that_larger_ones_do_not_refer_to_is_needed_by_its_own_size_only() {
        let needed_by = |flags: u8| inspect(&[flags, 0x05, 0x02, 0x00]).unwrap().0.needed_by;
        let (own, larger) = (Layer { spatial: 1, temporal: 0 }, Layer { spatial: 2, temporal: 0 });
        assert!(needed_by(0xE8).contains(larger) && needed_by(0xE8).contains(own));
        assert!(!needed_by(0xE9).contains(larger) && needed_by(0xE9).contains(own));
        assert!(!needed_by(0xE8).contains(Layer::default()));
    }
}
