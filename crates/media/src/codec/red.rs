//! Redundant audio (RFC 2198): where the newest block begins, for a subscriber that takes the codec without redundancy.

/// Blocks of one packet at most; browsers send two or three.
const BLOCKS_MAX: usize = 32;

/// Bytes before the primary encoding. `None`: the blocks do not add up.
pub fn primary_at(payload: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut redundant = 0;
    for _ in 0..BLOCKS_MAX {
        if payload.get(at)? & 0x80 == 0 {
            // The last header is a byte; its block takes what is left, and must be left something.
            let primary = at + 1 + redundant;
            return (primary < payload.len()).then_some(primary);
        }
        let header = payload.get(at..)?.first_chunk::<4>()?;
        redundant += usize::from(u16::from_be_bytes([header[2], header[3]]) & 0x3FF);
        at += 4;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_block_follows_the_redundant_ones() {
        let payload = [0x80 | 111, 0x0F, 0x00, 2, 111, 7, 7, 9, 9, 9];
        assert_eq!(primary_at(&payload), Some(7));
        assert_eq!(primary_at(&[111, 9, 9]), Some(1), "no redundancy yet");
        for cut in 0..8 {
            assert_eq!(primary_at(&payload[..cut]), None, "{cut}");
        }
        assert_eq!(primary_at(&[0xFF; 400]), None);
    }
}
