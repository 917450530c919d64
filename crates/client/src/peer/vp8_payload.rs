//! The VP8 payload format, RFC 7741: frames into payloads, and what a receiver reads of one.

/// Payload bytes of one packet: with header, extensions and SRTP tag it stays below 1,200 bytes on the wire.
const PAYLOAD_BYTES_MAX: usize = 1_120;

/// Extended descriptor with a 15-bit picture id.
const DESCRIPTOR_BYTES: usize = 4;

const EXTENDED: u8 = 0x80;
const START_OF_PARTITION: u8 = 0x10;
const HAS_PICTURE_ID: u8 = 0x80;
const LONG_PICTURE_ID: u8 = 0x80;

/// Splits `frame` into payloads of nearly equal size (equal sizes make long GSO runs), and calls `send` with each and
/// whether it is the last.
pub fn packetize(frame: &[u8], picture_id: u16, mut send: impl FnMut(&[u8], bool)) {
    let packets = frame.len().div_ceil(PAYLOAD_BYTES_MAX - DESCRIPTOR_BYTES).max(1);
    let size = frame.len().div_ceil(packets).max(1);
    let mut payload = [0; PAYLOAD_BYTES_MAX];
    for (index, part) in frame.chunks(size).enumerate() {
        let start = if index == 0 { START_OF_PARTITION } else { 0 };
        payload[0] = EXTENDED | start;
        payload[1] = HAS_PICTURE_ID;
        payload[2] = LONG_PICTURE_ID | (picture_id >> 8) as u8;
        payload[3] = picture_id as u8;
        payload[DESCRIPTOR_BYTES..DESCRIPTOR_BYTES + part.len()].copy_from_slice(part);
        send(&payload[..DESCRIPTOR_BYTES + part.len()], (index + 1) * size >= frame.len());
    }
}

/// What matters for continuity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayloadFacts {
    pub starts_frame: bool,
    /// Only known, and only true, at the start of a frame.
    pub key_frame: bool,
}

/// Reads the descriptor; `None` when it reaches past the end.
pub fn read(payload: &[u8]) -> Option<PayloadFacts> {
    let first = *payload.first()?;
    let mut at = 1;
    if first & EXTENDED != 0 {
        let extensions = *payload.get(at)?;
        at += 1;
        if extensions & HAS_PICTURE_ID != 0 {
            at += if payload.get(at)? & LONG_PICTURE_ID != 0 { 2 } else { 1 };
        }
        // TL0PICIDX; then one byte for TID and KEYIDX together.
        at += usize::from(extensions & 0x40 != 0) + usize::from(extensions & 0x30 != 0);
    }
    let starts_frame = first & START_OF_PARTITION != 0 && first & 0x07 == 0;
    let key_frame = starts_frame && payload.get(at)? & 1 == 0;
    Some(PayloadFacts { starts_frame, key_frame })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_carry_the_whole_frame_and_say_where_it_starts() {
        for len in [1, 10, 1_115, 1_116, 1_117, 5_000, 40_000] {
            let frame: Vec<u8> = (0..len).map(|index| (index * 2) as u8).collect();
            let (mut together, mut lasts) = (Vec::new(), Vec::new());
            packetize(&frame, 0x7ABC, |payload, last| {
                let facts = read(payload).expect("a descriptor");
                assert_eq!(facts.starts_frame, together.is_empty());
                assert_eq!(facts.key_frame, together.is_empty(), "an even first byte is a key frame");
                assert_eq!(payload[2..4], [0xFA, 0xBC]);
                together.extend_from_slice(&payload[DESCRIPTOR_BYTES..]);
                lasts.push(last);
            });
            assert_eq!(together, frame);
            assert!(lasts.pop().is_some_and(|last| last) && lasts.iter().all(|last| !last));
        }
    }

    #[test]
    fn a_descriptor_that_ends_early_is_nothing() {
        let whole = [0x90, 0xF0, 0x81, 0x02, 3, 4, 0x00];
        assert_eq!(read(&whole), Some(PayloadFacts { starts_frame: true, key_frame: true }));
        for len in 0..whole.len() {
            assert_eq!(read(&whole[..len]), None, "{len} bytes");
        }
    }
}
