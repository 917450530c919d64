//! AV1 aggregation header (AV1 RTP payload format, section 4.4).

use super::PayloadFacts;

pub(super) fn inspect(payload: &[u8]) -> Option<PayloadFacts> {
    let header = payload.first()?;
    let continues_unit = header & 0x80 != 0;
    let new_sequence = header & 0x08 != 0;
    Some(PayloadFacts {
        starts_frame: !continues_unit,
        // The first packet of a coded video sequence, which begins with a key frame and its sequence header.
        starts_key_frame: new_sequence && !continues_unit,
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_coded_video_sequence_is_a_key_frame() {
        assert!(inspect(&[0x18, 0x0A]).unwrap().starts_key_frame);
        assert!(!inspect(&[0x10, 0x32]).unwrap().starts_key_frame);
        assert!(!inspect(&[0x90, 0x32]).unwrap().starts_frame);
    }
}
