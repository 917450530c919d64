//! VP8 payload descriptor (RFC 7741 section 4.2) and the head of a key frame (RFC 6386 section 9.1).

use super::{NO_SIZES, PayloadFacts, PictureNumbers, Reader, Sizes, only};
use crate::layers::{Layer, LayerSet};

pub(super) fn inspect(payload: &[u8]) -> Option<(PayloadFacts, Sizes)> {
    let mut reader = Reader::new(payload);
    let required = reader.byte()?;
    let starts_partition = required & 0x10 != 0;
    let partition = required & 0x07;
    let mut picture = None;
    let mut temporal = 0;
    let mut is_layer_sync = false;
    if required & 0x80 != 0 {
        let present = reader.byte()?;
        if present & 0x80 != 0 {
            let picture_id_at = reader.at as u8;
            let first = reader.byte()?;
            let is_long = first & 0x80 != 0;
            let picture_id = match is_long {
                true => u16::from(first & 0x7F) << 8 | u16::from(reader.byte()?),
                false => u16::from(first),
            };
            picture = Some(PictureNumbers { picture_id, picture_id_at, is_long, is_gapless: true, tl0: None });
        }
        if present & 0x40 != 0 {
            let at = reader.at as u8;
            let tl0 = reader.byte()?;
            if let Some(picture) = &mut picture {
                picture.tl0 = Some((at, tl0));
            }
        }
        if present & 0x30 != 0 {
            let layer = reader.byte()?;
            if present & 0x20 != 0 {
                temporal = layer >> 6;
                is_layer_sync = layer & 0x20 != 0;
            }
        }
    }
    let starts_frame = starts_partition && partition == 0;
    let starts_key_frame = starts_frame && reader.rest().first()? & 1 == 0;
    let layer = Layer { spatial: 0, temporal };
    let facts = PayloadFacts {
        starts_frame,
        starts_key_frame,
        layer,
        needed_by: LayerSet::from(layer),
        switches_to: if is_layer_sync { LayerSet::of_temporal(temporal) } else { LayerSet::NONE },
        picture,
        ..PayloadFacts::default()
    };
    Some((facts, if starts_key_frame { only(key_frame_size(reader.rest())) } else { NO_SIZES }))
}

fn key_frame_size(frame: &[u8]) -> Option<(u16, u16)> {
    let head = frame.first_chunk::<10>()?;
    let width = u16::from_le_bytes([head[6], head[7]]) & 0x3FFF;
    let height = u16::from_le_bytes([head[8], head[9]]) & 0x3FFF;
    (head[3..6] == [0x9D, 0x01, 0x2A]).then_some((width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_frame_is_known_by_its_first_partition_and_states_its_size() {
        let payload = [
            0x90, 0xE0, 0x81, 0x23, 0x07, 0x40, // X S; I L T; 15-bit picture id; TL0; TID 1
            0x10, 0x00, 0x00, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0xE0, 0x01,
        ];
        let (facts, sizes) = inspect(&payload).unwrap();
        assert!(facts.starts_key_frame && facts.starts_frame);
        assert_eq!(sizes[0], Some((640, 480)));
        assert_eq!(facts.layer.temporal, 1);
        let picture = facts.picture.unwrap();
        assert_eq!((picture.picture_id, picture.picture_id_at, picture.is_long), (0x123, 2, true));
        assert_eq!(picture.tl0, Some((4, 7)));
    }

    #[test]
    fn a_later_packet_of_a_key_frame_starts_nothing() {
        let (facts, _) = inspect(&[0x80, 0x80, 0x05, 0x00]).unwrap();
        assert!(!facts.starts_frame && !facts.starts_key_frame);
    }

    #[test]
    fn a_delta_frame_is_not_a_key_frame() {
        let (facts, _) = inspect(&[0x10, 0x01]).unwrap();
        assert!(facts.starts_frame && !facts.starts_key_frame);
    }
}
